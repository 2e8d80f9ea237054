"""Looks into the journal: a line for each opening of its feed, chained by hashes, so that none is lost unseen.

Methods block for SQL. Source: docs/rules/public_log.md, "Looks".
"""

import threading
from hashlib import sha256
from typing import NamedTuple

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.record_tables import FeedLookRow

NO_LOOK = "0" * 64
"""What stands for the hash of a look before the first."""


class Look(NamedTuple):
    """One; numbers begin with 1."""

    number: int
    institution: int
    seat: int
    time_us: int
    kind: str  # what was opened
    first_frame: int
    hash: str


class LookRow(msgspec.Struct, rename="camel"):
    """One as the public list has it [docs/rules/public_log.md]."""

    number: int
    institution: int
    seat: int
    time_us: int
    what: str
    from_: int = msgspec.field(name="from")
    hash: str = ""

    @property
    def look(self) -> Look:
        return Look(*msgspec.structs.astuple(self))


def look_line(look: Look) -> str:
    """What a look says."""
    return f"{look.number} {look.institution}/{look.seat} {look.time_us} {look.kind} {look.first_frame}"


def look_hash(before: str, look: Look) -> str:
    """The hash of a look behind another's; its own is not read."""
    return sha256(f"{before}\n{look_line(look)}\n".encode()).hexdigest()


class LookRecord:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    def add(self, institution: int, seat: int, time_us: int, kind: str, first_frame: int) -> Look:
        """Write one down behind the last."""
        while True:
            try:
                return self._add(institution, seat, time_us, kind, first_frame)
            except IntegrityError:
                continue  # another process was first with this number

    def _add(self, institution: int, seat: int, time_us: int, kind: str, first_frame: int) -> Look:
        with self._lock, self._session.begin() as session:
            last = session.scalar(select(FeedLookRow).order_by(FeedLookRow.number.desc()).limit(1))
            number, before = (1, NO_LOOK) if last is None else (last.number + 1, last.hash)
            look = Look(number, institution, seat, time_us, kind, first_frame, "")
            look = look._replace(hash=look_hash(before, look))
            session.add(FeedLookRow(**look._asdict()))
        return look

    def listing(self, first: int, limit: int) -> list[Look]:
        """From a number on, in order."""
        query = select(FeedLookRow).where(FeedLookRow.number >= first).order_by(FeedLookRow.number).limit(limit)
        with self._session() as session:
            return [_look(row) for row in session.scalars(query)]

    def counts(self) -> dict[int, int]:
        """How many, by institution."""
        query = select(FeedLookRow.institution, func.count()).group_by(FeedLookRow.institution)
        with self._session() as session:
            return dict(session.execute(query).all())


def _look(row: FeedLookRow) -> Look:
    return Look(row.number, row.institution, row.seat, row.time_us, row.kind, row.first_frame, row.hash)
