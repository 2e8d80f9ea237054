"""Cosignatures that were handed in. They were checked before; a cosigner's name stays with its first key and owner.

Methods block for SQL.
"""

import threading
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.record_tables import CosignatureRow


class KnownCosigner(NamedTuple):
    """Who cosigned under a name."""

    name: str
    verifier: str
    institution: int


class Handed(NamedTuple):
    """A cosignature as it was handed in."""

    frames: int  # of the checkpoint
    name: str
    verifier: str
    line: str
    signed_s: int
    institution: int
    seat: int


class CosignatureRecord:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    def add(self, handed: Handed, now_us: int) -> KnownCosigner | None:
        """Keep one, unless this key's for this checkpoint is kept; None then too. Whose the name is, if another's."""
        with self._lock, self._session.begin() as session:
            owner = session.scalar(
                select(CosignatureRow).where(CosignatureRow.name == handed.name).order_by(CosignatureRow.id).limit(1)
            )
            if owner is not None and (owner.verifier, owner.institution) != (handed.verifier, handed.institution):
                return KnownCosigner(owner.name, owner.verifier, owner.institution)
            same = (CosignatureRow.frames == handed.frames, CosignatureRow.verifier == handed.verifier)
            if session.scalar(select(CosignatureRow.id).where(*same)) is None:
                session.add(CosignatureRow(**handed._asdict(), received_us=now_us))
        return None

    def lines(self, frames: Sequence[int]) -> dict[int, list[str]]:
        """Lines of these checkpoints, by their number of frames, in the order in which they came."""
        found: dict[int, list[str]] = {number: [] for number in frames}
        query = select(CosignatureRow.frames, CosignatureRow.line).where(CosignatureRow.frames.in_(frames))
        with self._session() as session:
            for number, line in session.execute(query.order_by(CosignatureRow.id)):
                found[number].append(line)
        return found

    def newest(self) -> int | None:
        """Frames of the longest checkpoint that bears one."""
        with self._session() as session:
            return session.scalar(select(func.max(CosignatureRow.frames)))

    def cosigners(self) -> list[KnownCosigner]:
        """Everybody who ever cosigned, by name."""
        row = CosignatureRow
        query = select(row.name, row.verifier, row.institution).distinct().order_by(row.name)
        with self._session() as session:
            return [KnownCosigner(*found) for found in session.execute(query)]
