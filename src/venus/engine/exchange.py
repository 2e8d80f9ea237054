"""The machine with everything that follows from its frames: event chain, Merkle log, views.

Recovery, replay and the live engine all drive this one object, so they cannot differ.
"""

from collections.abc import Mapping

import numpy as np

from venus.core.machine import Machine
from venus.engine.claims import Claims
from venus.journal.frames import WITHOUT_COMMANDS, Frame, FrameKind, Tip
from venus.journal.merkle import MerkleFrontier
from venus.records.batch import Batch
from venus.records.event_buffers import EventBuffers
from venus.records.event_chain import EventChain
from venus.records.marks import Marks
from venus.records.work import Work, cold_work, hot_work, plain_batch
from venus.views.house import Views


def work_of(frame: Frame) -> Work:
    """A journaled frame's work; its arrays are views of the file."""
    if frame.kind == FrameKind.COLD:
        return cold_work(frame.payload)
    assert frame.kind == FrameKind.HOT, frame.kind
    return hot_work(frame.payload, frame.commands_count)


class Exchange:
    """State and views; `chain` and `frontier` are advanced by whoever journals, who tells them in `claims`."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.views = Views()
        self.chain = EventChain()
        self.frontier = MerkleFrontier()
        self.claims: Claims | None = None  # None: nobody is told
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
        if frame.kind not in WITHOUT_COMMANDS:
            assert frame.first_sequence == self.machine.next_sequence, ("sequence", frame.number)
            batch = self.run(frame.number, frame.time_ns, work_of(frame))
            self.chain.add(batch.events)
            self.views.apply(batch)
        self.frontier.append(frame.hash)
        self.tell(None if batch is None else batch.events)
        return batch

    def tell(self, events: np.ndarray | None) -> None:
        """Claim the last frame's events (None: it holds no command) and the chain after it, for whoever follows.

        Raises OSError, and then a claim is missing.
        """
        if self.claims is not None:
            self.claims.tell(self.frontier.size - 1, self.chain.value, events)

    def flush_claims(self) -> None:
        """Let those who follow see everything that was told; raises OSError, and then claims are missing."""
        if self.claims is not None:
            self.claims.flush()

    def close_claims(self) -> None:
        """Nothing more is told."""
        if self.claims is not None:
            self.claims.close()
            self.claims = None

    def forget(self) -> None:
        """Become empty, so that who takes this one's place finds its memory free."""
        empty = Exchange()
        self.machine.restore(empty.machine.arrays())
        self.views.restore(empty.views.arrays())

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
