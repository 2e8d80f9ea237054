"""One writer at a time, where what is written depends on what was read before it.

Within a process a lock sees to it, and SQLite lets one transaction write at a time. On PostgreSQL two gateways' reads
could pass each other: there a lock of the database is held until the transaction ends.
"""

from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class Matter(IntEnum):
    """What one is alone with; numbers of PostgreSQL's advisory locks."""

    IDENTITIES = 7_301
    MOVES = 7_302
    PAYMENT_REQUESTS = 7_303


def alone(session: Session, matter: Matter) -> None:
    """Wait until nobody else is at this matter, until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int(matter)})
