"""The machine with everything that follows from its frames: event chain, Merkle log, views.

Recovery, replay and the live engine all drive this one object, so they cannot differ.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from venus.core.machine import Machine
from venus.engine.event_buffers import EventBuffers
from venus.journal.frames import Frame, FrameKind, Tip
from venus.journal.merkle import MerkleFrontier
from venus.records.batch import Batch
from venus.records.commands import COMMAND, ColdCommand, decode_cold, encode_cold, plain
from venus.records.event_chain import EventChain
from venus.views.house import Views


class Work(NamedTuple):
    """What a frame asks: hot commands with their texts, or one cold command."""

    commands: np.ndarray  # COMMAND[n]
    texts: bytes
    cold: ColdCommand | None

    @property
    def commands_count(self) -> int:
        return len(self.commands) if self.cold is None else 1

    def payload(self) -> tuple[bytes | memoryview, ...]:
        """The frame's payload, as buffers that are not copied."""
        if self.cold is not None:
            return (encode_cold(self.cold),)
        return self.commands.view(np.uint8).data, self.texts


NO_COMMANDS = np.zeros(0, COMMAND)


def work_of(frame: Frame) -> Work:
    """A journaled frame's work; its arrays are views of the file."""
    if frame.kind == FrameKind.COLD:
        return Work(NO_COMMANDS, b"", decode_cold(bytes(frame.payload)))
    assert frame.kind == FrameKind.HOT, frame.kind
    records_bytes = frame.commands_count * COMMAND.itemsize
    return Work(np.frombuffer(frame.payload[:records_bytes], COMMAND), bytes(frame.payload[records_bytes:]), None)


def plain_batch(number: int, time_ns: int, first_sequence: int, work: Work, events: np.ndarray) -> Batch:
    """What views fold: a cold command without its approvals."""
    cold = None if work.cold is None else plain(work.cold)
    return Batch(number, time_ns, first_sequence, work.commands, work.texts, cold, events)


class Marks(msgspec.Struct, frozen=True):
    """What a snapshot says besides arrays: where in the journal it was taken."""

    frames: int
    tip_hash: bytes
    chain: bytes
    frontier: bytes
    state_root: bytes
    rules: int = 1  # of the chain; a snapshot without it was taken under rules 1


class Exchange:
    """State and views; `chain` and `frontier` are advanced by whoever journals (see seal)."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.views = Views()
        self.chain = EventChain()
        self.frontier = MerkleFrontier()
        self._event_buffers = EventBuffers()

    def run(self, number: int, time_ns: int, work: Work) -> Batch:
        """Run a frame's work; views are folded separately, so that replies need not wait for them.

        The batch's events stay valid as long as anybody holds them.
        """
        machine = self.machine
        machine.write_events_to(self._event_buffers.take(machine.events_length))
        first_sequence = machine.next_sequence
        if work.cold is None:
            events = machine.apply_hot(time_ns, first_sequence, work.commands, work.texts)
        else:
            events = machine.apply_cold(time_ns, first_sequence, work.cold)
        return plain_batch(number, time_ns, first_sequence, work, events)

    def replay(self, frame: Frame) -> Batch | None:
        """Run one journaled frame whole: machine, views, chain, log. None for a frame without commands."""
        batch = None
        if frame.kind != FrameKind.CHECKPOINT:
            assert frame.first_sequence == self.machine.next_sequence, ("sequence", frame.number)
            batch = self.run(frame.number, frame.time_ns, work_of(frame))
            self.chain.add(batch.events)
            self.views.apply(batch)
        self.frontier.append(frame.hash)
        return batch

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything for a snapshot; views of memory, to be written before the next frame."""
        machine = {f"core/{name}": array for name, array in self.machine.arrays().items()}
        views = {f"views/{name}": array for name, array in self.views.arrays().items()}
        return machine | views

    def marks(self, tip: Tip) -> Marks:
        """Where this state stands, with its state root; slow."""
        chain = self.chain
        return Marks(tip.frames, tip.hash, chain.value, self.frontier.state(), self.machine.state_root(), chain.rules)

    def restore(self, marks: Marks, arrays: Mapping[str, np.ndarray]) -> None:
        """Become what a snapshot holds."""
        self.machine.restore({name[5:]: array for name, array in arrays.items() if name.startswith("core/")})
        self.views.restore({name[6:]: array for name, array in arrays.items() if name.startswith("views/")})
        self.chain = EventChain(marks.chain, marks.rules)
        self.frontier = MerkleFrontier.from_state(marks.frontier)
