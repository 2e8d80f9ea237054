"""Bring a registry's database to the newest schema, at every start, through Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run what migrations are missing, all in one transaction; raises if the database is newer than this program."""
    with engine.begin() as connection:
        command.upgrade(config(connection), "head")


def config(connection: object) -> Config:
    """Alembic's configuration in code: there is no .ini to keep, or to hold a password."""
    alembic = Config()
    # A percent sign in the path would be read as interpolation.
    alembic.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    alembic.attributes["connection"] = connection
    return alembic
