"""Where a supervisor's frames come from, and what the exchange claims beside them.

Source: docs/rules/supervision.md, "Sources".
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from typing import NamedTuple, Protocol, TypeVar

from venus.journal.chain_file import ChainReader
from venus.journal.cosignatures import CosignatureVerifier
from venus.journal.failures import FrameMissing
from venus.journal.following import durable_frames
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import NoteRefused, Verifier
from venus.journal.segments import Walk
from venus.journal.store import JournalReader
from venus.supervisor.chains import NOTHING_CLAIMED, Claim
from venus.supervisor.judge import read_checkpoint

POLL_S = 0.002
_DRY_S, _PATIENCE_S = 0.001, 0.1
_AHEAD = 64
_LATE_MAX = 4_096
_T = TypeVar("_T")


class Places(Protocol):
    """Where in an exchange's data directory that lies which a supervisor reads."""

    @property
    def journal(self) -> Path: ...
    @property
    def snapshots(self) -> Path: ...
    @property
    def journal_verifier(self) -> Path: ...
    @property
    def event_chain(self) -> Path: ...


class Shown(NamedTuple):
    """A durable frame, with what is claimed of it."""

    frame: Frame
    claim: Claim
    seen_s: float  # when it was seen, on the clock of time.monotonic()


class Late(NamedTuple):
    """A claim that came after its frame: the event chain behind it."""

    frame: int
    chain: bytes


class SourceLost(Exception):
    """What an exchange hands on cannot be had at all; the text says why."""


class SourceAway(SourceLost):
    """The exchange cannot be reached now; it may come again."""


class SourceBroken(Exception):
    """What a source gives in a frame's place is none."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"frame {number}, as it was given: {reason}")
        self.number = number
        self.reason = reason


class Source(Protocol):
    """An exchange's journal as it shows it to a supervisor.

    name  what a person calls it
    """

    name: str

    def verifier(self) -> Verifier:
        """The journal's public key; raises SourceLost."""

    def frames(self) -> int:
        """So many frames are durable there, as far as is known without a question."""

    def frame(self, number: int) -> Frame:
        """One frame as it stands there now; raises FrameMissing, JournalDamaged, SourceLost."""

    def shown(self, first: int, follow: bool, stopping: threading.Event) -> Iterator[Shown]:
        """Frames from one on, as far as they are durable; `follow`: and those to come, until it stops.

        Raises JournalDamaged, FrameMissing, SourceLost.
        """

    def late(self) -> list[Late]:
        """Claims that came since, of frames that were shown without one."""

    def hand_in(self, note: bytes, verifier: CosignatureVerifier) -> None:
        """Give the exchange a checkpoint that this key cosigned, if it takes any."""

    def close(self) -> None:
        """Nothing more is asked."""


class DirectorySource:
    """An exchange's data directory, of which nothing but the journal and what stands beside it is read."""

    def __init__(self, places: Places, verifier: Verifier | None = None) -> None:
        """verifier: the journal's key if it is known from elsewhere, else the directory's is taken."""
        self._verifier = verifier
        self.name = str(places.journal)
        self._places = places
        self._reader = JournalReader(places.journal)
        self._claims = ChainReader(places.event_chain)
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

    def frame(self, number: int) -> Frame:
        return self._reader.frame(number)

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


def read_verifier(path: Path) -> Verifier:
    """A journal's public key; raises FileNotFoundError if it is not there, NoteRefused if it is none."""
    return Verifier.from_text(path.read_text().strip())


def ahead(items: Iterator[_T], done: threading.Event) -> Iterator[_T | None]:
    """Items made by a thread that runs ahead, until done; None when it has none now. What it raises is raised here."""
    queue: Queue = Queue(maxsize=_AHEAD)
    end = object()

    def put(item: object) -> None:
        while not done.is_set():
            try:
                return queue.put(item, timeout=_PATIENCE_S)
            except Full:
                continue

    def read() -> None:
        try:
            for item in items:
                put(item)
                if done.is_set():
                    return
            put(end)
        except BaseException as error:  # noqa: BLE001 - handed on to the reader's caller, whatever it is
            put(error)

    threading.Thread(target=read, daemon=True).start()
    patience_s = _DRY_S
    while True:
        try:
            item = queue.get(timeout=patience_s)
        except Empty:
            patience_s = _PATIENCE_S
            yield None
            continue
        patience_s = _DRY_S
        if item is end:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def roots_told(reader: JournalReader, first: int, verifier: Verifier) -> Iterator[int]:
    """Numbers of frames after which a checkpoint that stands in the journal tells the state root."""
    for place in reader.headers(first):
        if place.header.kind == FrameKind.CHECKPOINT:
            try:
                checkpoint = read_checkpoint(reader.frame(place.header.number), verifier)
            except NoteRefused:
                continue  # the judge will come to it
            if checkpoint.state is not None:
                yield checkpoint.state[0]
