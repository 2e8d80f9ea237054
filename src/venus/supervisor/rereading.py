"""Read a journal as what it did: every frame re-executed, with its events, and compared with the checkpoints.

For whoever judges or reports: nothing is written, and nothing that the journal does not confirm is handed on silently.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from venus.core.machine import Machine
from venus.journal.frames import Frame
from venus.journal.store import JournalReader
from venus.records.batch import Batch
from venus.records.event_chain import EventChain
from venus.records.work import Work, plain_batch
from venus.supervisor.chains import ChainHere, Claim
from venus.supervisor.findings import Finding
from venus.supervisor.judge import Judge
from venus.supervisor.sources import Places, read_verifier


class JournalDiffers(Exception):
    """The journal is not as the rules say; the text names the frame."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.words)
        self.finding = finding


class Reading(NamedTuple):
    """One frame. `batch` is None for a frame without commands, and `note` empty for all but checkpoints; events are the
    reader's to keep."""

    number: int
    time_ns: int
    hash: bytes
    batch: Batch | None
    note: str
    event_chain: bytes  # after it


class _Events(ChainHere):
    """Keeps what a frame did."""

    def __init__(self, chain: EventChain) -> None:
        super().__init__(chain)
        self.batch: Batch | None = None

    def add(self, frame: Frame, work: Work, events: np.ndarray, claim: Claim) -> None:
        super().add(frame, work, events, claim)
        self.batch = plain_batch(frame.number, frame.time_ns, frame.first_sequence, work, events.copy())


class Rereading:
    """Every frame from the first, as far as the journal goes now; `machine` is what they made until then.

    Its iteration raises JournalDamaged and JournalDiffers. State roots that were told late are for `venus replay`.
    """

    def __init__(self, places: Places) -> None:
        """Raises FileNotFoundError: no public key."""
        self.machine = Machine()
        self._verifier = read_verifier(places.journal_verifier)
        self._reader = JournalReader(places.journal)

    def __iter__(self) -> Iterator[Reading]:
        events = _Events(EventChain())
        judge = Judge(self._verifier, self.machine, make_chain=lambda _: events)
        for frame in self._reader.frames():
            events.batch = None
            checkpoints = judge.checkpoints
            found = judge.take(frame)
            if found is not None:
                raise JournalDiffers(found)
            note = judge.note.decode() if judge.checkpoints > checkpoints else ""
            yield Reading(frame.number, frame.time_ns, frame.hash, events.batch, note, events.chain.value)


def reread(places: Places) -> Iterator[Reading]:
    """The readings alone; raises what Rereading raises."""
    return iter(Rereading(places))
