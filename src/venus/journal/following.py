"""Durable frames as they stand in the files, for whoever hands a journal on while another process writes it.

Source: docs/rules/journal.md, "Reading and recovery".
"""

from collections.abc import Iterator
from pathlib import Path

from venus.journal.failures import FrameMissing
from venus.journal.segments import Place, Segments, Walk
from venus.journal.storage import Disk
from venus.journal.writer_mark import MARK_NAME, decode_mark


class Following:
    """A place in a journal that moves on; nothing in memory grows with what it passed."""

    def __init__(self, directory: Path, first: int) -> None:
        """Stand before a frame, the next to come at most. Raises FrameMissing, JournalDamaged."""
        self._walk = Walk(Segments(Disk(), directory), first, thorough=False)
        self._places: Iterator[Place] = self._walk.headers()

    @property
    def number(self) -> int:
        """The frame that comes next."""
        return self._walk.number

    def take(self, durable_frames: int, bytes_wanted: int) -> bytes:
        """The next frames, whole, of those that are durable: one at least, and no more when it is enough.

        Headers, chain and order are verified, payloads are not: whoever takes the frames hashes them. Empty: there is
        nothing yet. Raises JournalDamaged.
        """
        walk = self._walk
        parts: list[memoryview] = []
        taken = 0
        while walk.number < durable_frames and taken < bytes_wanted:
            place = next(self._places, None)
            if place is None:
                raise FrameMissing(f"frame {walk.number}: the journal ends before it, but {durable_frames} are durable")
            parts.append(walk.view[place.offset : walk.offset])
            taken += walk.offset - place.offset
        return b"".join(parts)


def durable_frames(directory: Path) -> int:
    """How many frames of a journal are known to be durable; 0 if its writer's mark says nothing."""
    try:
        mark = decode_mark((directory / MARK_NAME).read_bytes())
    except FileNotFoundError:
        return 0
    return mark.durable_frames if mark else 0
