"""Who at the arbiters said that he cannot judge an order between people: he knows a party, or has a share in it.

That he is a party himself the core sees. Methods block for SQL.
"""

import threading
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.p2p_tables import ConflictRow
from venus.registry.vault import Vault


class Conflict(NamedTuple):
    order: int
    person: int
    institution: int
    seat: int
    text: str  # why
    time_us: int


class ConflictRecord:
    def __init__(self, session: sessionmaker[Session], vault: Vault, lock: threading.Lock) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock

    def declare(self, conflict: Conflict) -> bool:
        """For good; whether it is new. What was said first stays."""
        key = (conflict.order, conflict.person)
        with self._lock, self._session.begin() as session:
            if session.get(ConflictRow, key) is not None:
                return False
            session.add(
                ConflictRow(
                    order_id=conflict.order,
                    person=conflict.person,
                    institution=conflict.institution,
                    seat=conflict.seat,
                    sealed=self._vault.seal(conflict.text.encode(), _context(*key)),
                    time_us=conflict.time_us,
                )
            )
        return True

    def has(self, order: int, person: int) -> bool:
        with self._session() as session:
            return session.get(ConflictRow, (order, person)) is not None

    def of(self, order: int) -> list[Conflict]:
        """The oldest first."""
        query = select(ConflictRow).where(ConflictRow.order_id == order).order_by(ConflictRow.time_us)
        with self._session() as session:
            rows = list(session.scalars(query))
        return [
            Conflict(
                row.order_id,
                row.person,
                row.institution,
                row.seat,
                self._vault.unseal(row.sealed, _context(row.order_id, row.person)).decode(),
                row.time_us,
            )
            for row in rows
        ]


def _context(order: int, person: int) -> str:
    return f"p2p_conflicts.sealed:{order}:{person}"
