"""One writer at a time, where what is written depends on what was read before it.

Within a process a lock sees to it, and SQLite lets one transaction write at a time. On PostgreSQL two gateways' reads
could pass each other: there a lock of the database is held until the transaction ends.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

Result = TypeVar("Result")
_TRIES = 20


class Matter(IntEnum):
    """What one is alone with; numbers of PostgreSQL's advisory locks."""

    IDENTITIES = 7_301
    MOVES = 7_302
    PAYMENT_REQUESTS = 7_303
    TRADERS = 7_304
    CHATS = 7_305
    SECOND_FACTORS = 7_306
    CLIENT_IDS = 7_307
    FILES = 7_308


def alone(at: Session | Connection, matter: Matter) -> None:
    """Wait until nobody else is at this matter, until this transaction ends."""
    dialect = at.dialect if isinstance(at, Connection) else at.get_bind().dialect
    if dialect.name == "postgresql":
        at.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int(matter)})


def after_others(work: Callable[[], Result]) -> Result:
    """Do it, and anew if another process was first: it finds then what that one wrote.

    SQLite lets two processes read before either writes; then a key of the second is taken.
    """
    for _ in range(_TRIES - 1):
        try:
            return work()
        except IntegrityError:
            continue
    return work()
