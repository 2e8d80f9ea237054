"""Read a journal as what it did: every frame re-executed, with its events, and compared with the checkpoints.

For whoever judges or reports: nothing is written, and nothing that the journal does not confirm is handed on silently.
"""

from collections.abc import Iterator
from typing import NamedTuple

from venus.core.machine import Machine
from venus.engine.audit import Difference, compare, read_checkpoint
from venus.engine.exchange import plain_batch, work_of
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.journal.frames import Frame, FrameKind
from venus.journal.merkle import MerkleFrontier
from venus.journal.store import JournalReader
from venus.records.batch import Batch
from venus.records.event_chain import EventChain


class JournalDiffers(Exception):
    """A checkpoint says otherwise than the replay; the text names the frame."""

    def __init__(self, difference: Difference) -> None:
        frame, what, recorded, replayed = difference
        super().__init__(f"frame {frame}: {what} is {replayed}, the journal says {recorded}")
        self.difference = difference


class Reading(NamedTuple):
    """One frame. `batch` is None for a checkpoint, and `note` empty for any other; events are the reader's to keep."""

    number: int
    time_ns: int
    hash: bytes
    batch: Batch | None
    note: str
    event_chain: bytes  # after it


class Rereading:
    """Every frame from the first, as far as the journal goes now; `machine` is what they made until then.

    Its iteration raises JournalDamaged, NoteRefused (a checkpoint is not signed by the journal's key), JournalDiffers,
    and what decoding a command raises. State roots are for `venus replay`.
    """

    def __init__(self, places: Places) -> None:
        """Raises FileNotFoundError: no public key."""
        self.machine = Machine()
        self._verifier = journal_verifier(places)
        self._reader = JournalReader(places.journal)

    def __iter__(self) -> Iterator[Reading]:
        chain, frontier = EventChain(), MerkleFrontier()
        for frame in self._reader.frames():
            batch, note = None, ""
            if frame.kind == FrameKind.CHECKPOINT:
                checkpoint = read_checkpoint(frame, self._verifier)
                difference = compare(frame, checkpoint, frontier.root(), chain.value, {})
                if difference is not None:
                    raise JournalDiffers(difference)
                note = bytes(frame.payload).decode()
            else:
                batch = _run(self.machine, frame)
                chain.add(batch.events)
            frontier.append(frame.hash)
            yield Reading(frame.number, frame.time_ns, frame.hash, batch, note, chain.value)


def reread(places: Places) -> Iterator[Reading]:
    """The readings alone; raises what Rereading raises."""
    return iter(Rereading(places))


def _run(machine: Machine, frame: Frame) -> Batch:
    work = work_of(frame)
    if work.cold is None:
        events = machine.apply_hot(frame.time_ns, frame.first_sequence, work.commands, work.texts)
    else:
        events = machine.apply_cold(frame.time_ns, frame.first_sequence, work.cold)
    return plain_batch(frame.number, frame.time_ns, frame.first_sequence, work, events.copy())
