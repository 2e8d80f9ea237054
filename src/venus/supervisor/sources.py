"""Where a supervisor's frames come from, and what the exchange claims beside them.

Source: docs/rules/supervision.md, "Sources".
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from venus.journal.cosignatures import CosignatureVerifier
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import NoteRefused, Verifier
from venus.journal.store import JournalReader
from venus.records.liabilities import Leaves
from venus.registry.looks import Look
from venus.supervisor.chains import Claim
from venus.supervisor.judge import read_checkpoint


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
    @property
    def looks(self) -> Path: ...


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

    def away_s(self) -> float:
        """Since when it cannot be reached; 0: it can, as far as is known."""

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

    def supply(self, frames: int) -> str:
        """The text of what the exchange says is issued and backs it behind so many frames; raises NotTold."""

    def looks(self, first: int) -> list[Look]:
        """Looks into the journal from one on, as the exchange lists them, some at a time; empty: it lists no more.

        Raises NotTold.
        """

    def hand_in(self, note: bytes, verifier: CosignatureVerifier) -> None:
        """Give the exchange a checkpoint that this key cosigned, if it takes any."""

    def close(self) -> None:
        """Nothing more is asked."""


def read_verifier(path: Path) -> Verifier:
    """A journal's public key; raises FileNotFoundError if it is not there, NoteRefused if it is none."""
    return Verifier.from_text(path.read_text().strip())


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
