"""An exchange's data directory as a source: nothing of it is read but the journal and what stands beside it.

Source: docs/rules/supervision.md, "Sources".
"""

import threading
import time
from collections.abc import Iterator

from venus.journal.chain_file import ChainReader
from venus.journal.cosignatures import CosignatureVerifier
from venus.journal.events_files import EventsReader
from venus.journal.failures import FrameMissing, SnapshotDamaged
from venus.journal.figures import KeptFigures, KeptTree
from venus.journal.following import durable_frames
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import NoteRefused, Verifier
from venus.journal.segments import Walk
from venus.journal.store import JournalReader
from venus.records.liabilities import Leaves, leaves_of
from venus.registry.looks import Look
from venus.registry.looks_file import BadLooks, LooksReader
from venus.supervisor.chains import NOTHING_CLAIMED, Claim
from venus.supervisor.disputes import NotTold
from venus.supervisor.sources import Late, Places, Shown, SourceLost, read_verifier

POLL_S = 0.002
_LATE_MAX = 4_096


class DirectorySource:
    """An exchange's data directory, of which nothing but the journal and what stands beside it is read."""

    def __init__(self, places: Places, verifier: Verifier | None = None) -> None:
        """verifier: the journal's key if it is known from elsewhere, else the directory's is taken."""
        self._verifier = verifier
        self.name = str(places.journal)
        self._places = places
        self._reader = JournalReader(places.journal)
        self._claims = ChainReader(places.event_chain)
        self._looks = LooksReader(places.looks)
        self._unclaimed: list[int] = []  # a frame is durable before its chain is written

    def verifier(self) -> Verifier:
        if self._verifier is not None:
            return self._verifier
        try:
            return read_verifier(self._places.journal_verifier)
        except (OSError, NoteRefused) as error:
            raise SourceLost(f"no public key of the journal: {error}") from error

    def frames(self) -> int:
        return durable_frames(self._places.journal)

    def away_s(self) -> float:
        return 0.0

    def frame(self, number: int) -> Frame:
        return self._reader.frame(number)

    def events(self, number: int) -> bytes:
        told = EventsReader(self._places.events).value(number)
        if told is None:
            raise NotTold(f"does not tell them: {self._places.events} holds none of frame {number}")
        return told

    def leaves(self, frames: int) -> Leaves:
        return leaves_of(self._kept(frames).tree)

    def supply(self, frames: int) -> str:
        return self._kept(frames).supply

    def _kept(self, frames: int) -> KeptTree:
        directory, kept = self._places.liabilities, None
        if directory.is_dir():  # it is only read
            try:
                kept = KeptFigures(directory).kept(frames)
            except SnapshotDamaged as damaged:
                raise NotTold(f"does not tell them: {damaged}") from damaged
        if kept is None:
            raise NotTold(f"does not tell them: {directory} holds no figures of {frames} frames")
        return kept

    def looks(self, first: int) -> list[Look]:
        """A list that ends sooner than a frame says may have been copied before it: that is no finding."""
        try:
            found = self._looks.behind(first)
        except (OSError, BadLooks) as error:
            raise NotTold(f"does not tell them: {error}") from error
        if not found:
            raise NotTold(f"does not tell them: {self._places.looks} ends before look {first}")
        return found

    def hand_in(self, note: bytes, verifier: CosignatureVerifier) -> None:
        """A directory is only read: the note is kept by who cosigned it."""

    def close(self) -> None:
        self._claims.close()

    def shown(self, first: int, follow: bool, stopping: threading.Event) -> Iterator[Shown]:
        reader = JournalReader(self._places.journal)
        walk: Walk | None = None
        while not stopping.is_set():
            durable = self.frames()
            if walk is None and durable > first:
                walk = reader.walk(first)
            if walk is not None and walk.number < durable:
                for frame in walk.frames():
                    yield Shown(frame, self._claim(frame), time.monotonic())
                    if walk.number >= durable:
                        break
                else:
                    raise FrameMissing(f"frame {walk.number}: the journal ends before it, but {durable} are durable")
            elif not follow:
                return
            else:
                stopping.wait(POLL_S)

    def late(self) -> list[Late]:
        missing, self._unclaimed = self._unclaimed[-_LATE_MAX:], []
        values = [(number, self._claims.value(number)) for number in missing]
        self._unclaimed[:0] = [number for number, value in values if value is None]
        return [Late(number, value) for number, value in values if value is not None]

    def _claim(self, frame: Frame) -> Claim:
        if frame.kind not in (FrameKind.HOT, FrameKind.COLD):
            return NOTHING_CLAIMED
        value = self._claims.value(frame.number)
        if value is None:
            self._unclaimed.append(frame.number)
            return NOTHING_CLAIMED
        return Claim(value)
