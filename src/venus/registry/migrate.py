"""Bring a registry's database to the newest schema, at every start, through Alembic.

Alembic takes a second to load, so a start that finds the newest schema, as nearly all do, does not load it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_VERSIONS = "alembic_version"


def migrate(engine: Engine) -> None:
    """Run what migrations are missing, all in one transaction; raises if the database is newer than this program."""
    with engine.begin() as connection:
        if inspect(connection).has_table(_VERSIONS):
            versions = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalars().all()
            if versions == [newest_version()]:
                return
        from alembic import command

        command.upgrade(config(connection), "head")


def newest_version() -> str:
    """The revision that the newest script is named by: NUMBER_what_it_brings.py."""
    return max(script.name for script in (_SCRIPTS / "versions").glob("[0-9]*.py")).partition("_")[0]


def config(connection: object) -> "Config":
    """Alembic's configuration in code: there is no .ini to keep, or to hold a password."""
    from alembic.config import Config

    alembic = Config()
    # A percent sign in the path would be read as interpolation.
    alembic.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    alembic.attributes["connection"] = connection
    return alembic
