"""Where a supervisor's frames come from, and what the exchange claims beside them.

Source: docs/rules/supervision.md, "Sources".
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar, cast

from venus.journal.chain_file import ChainReader
from venus.journal.cosignatures import CosignatureVerifier
from venus.journal.events_files import EventsReader
from venus.journal.failures import FrameMissing, SnapshotDamaged
from venus.journal.figures import KeptFigures
from venus.journal.following import durable_frames
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import NoteRefused, Verifier
from venus.journal.segments import Walk
from venus.journal.store import JournalReader
from venus.records.liabilities import Leaves, leaves_of
from venus.supervisor.chains import NOTHING_CLAIMED, Claim
from venus.supervisor.disputes import NotTold
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
    @property
    def events(self) -> Path: ...
    @property
    def liabilities(self) -> Path: ...


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

    def events(self, number: int) -> bytes:
        """EVENT[n] that the exchange says a frame came to, as it stands; raises NotTold."""

    def leaves(self, frames: int) -> Leaves:
        """Of the tree of what the exchange says it owes behind so many frames; raises NotTold."""

    def looks(self, first: int) -> dict[int, str]:
        """The hashes of looks into the journal from one on, as the exchange lists them, by number; some at a time.

        Raises NotTold.
        """

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

    def events(self, number: int) -> bytes:
        told = EventsReader(self._places.events).value(number)
        if told is None:
            raise NotTold(f"does not tell them: {self._places.events} holds none of frame {number}")
        return told

    def leaves(self, frames: int) -> Leaves:
        directory, tree = self._places.liabilities, None
        if directory.is_dir():  # it is only read
            try:
                tree = KeptFigures(directory).tree(frames)
            except SnapshotDamaged as damaged:
                raise NotTold(f"does not tell them: {damaged}") from damaged
        if tree is None:
            raise NotTold(f"does not tell them: {directory} holds no tree of {frames} frames")
        return leaves_of(tree)

    def looks(self, first: int) -> dict[int, str]:
        raise NotTold("lists them in its registry, which is not read")

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


class _Ahead:
    """What a thread has made ahead. Who takes is given all of it at once: with frames that are small, handing over each
    by itself would cost more than judging it.
    """

    def __init__(self, done: threading.Event) -> None:
        self._done = done
        self._changed = threading.Condition(threading.Lock())
        self._items: list[object] = []
        self._takes = False  # somebody waits for one

    def put(self, item: object) -> None:
        with self._changed:
            while len(self._items) >= _AHEAD and not self._done.is_set():
                self._changed.wait(_PATIENCE_S)
            self._items.append(item)
            if self._takes:
                self._changed.notify()

    def take(self, patience_s: float) -> list[object]:
        """Empty: there was nothing for so long."""
        with self._changed:
            if not self._items:
                self._takes = True
                self._changed.wait(patience_s)
                self._takes = False
            items, self._items = self._items, []
            if len(items) >= _AHEAD:
                self._changed.notify()
            return items


class _Raised(NamedTuple):
    error: BaseException


def ahead(items: Iterator[_T], done: threading.Event) -> Iterator[_T | None]:
    """Items made by a thread that runs ahead, until done; None when it has none now. What it raises is raised here."""
    made = _Ahead(done)
    end = object()

    def read() -> None:
        try:
            for item in items:
                made.put(item)
                if done.is_set():
                    return
            made.put(end)
        except BaseException as error:  # noqa: BLE001 - handed on to the reader's caller, whatever it is
            made.put(_Raised(error))

    threading.Thread(target=read, daemon=True).start()
    patience_s = _DRY_S
    while True:
        taken = made.take(patience_s)
        if not taken:
            patience_s = _PATIENCE_S
            yield None
            continue
        patience_s = _DRY_S
        for item in taken:
            if item is end:
                return
            if isinstance(item, _Raised):
                raise item.error
            yield cast(_T, item)


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
