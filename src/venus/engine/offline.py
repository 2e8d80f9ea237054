"""Writing a journal without serving it: for a new exchange's first frames, imports and benchmarks.

The same exchange, store and chain as the live writer, one frame at a time, with times that the caller gives.
"""

from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from venus.engine.exchange import NO_COMMANDS, Exchange, Work
from venus.engine.keys import ORIGIN, journal_signer
from venus.engine.places import Places
from venus.engine.recovery import recover
from venus.journal.frames import FrameKind
from venus.journal.notes import Checkpoint, sign_note
from venus.journal.snapshots import SnapshotStore
from venus.records.batch import Batch
from venus.records.commands import ColdCommand


class OfflineWriter:
    """Durable when closed without an error; use as a context."""

    def __init__(self, places: Places) -> None:
        """Raises what recovery raises."""
        recovered = recover(places)
        self.exchange: Exchange = recovered.exchange
        self._places = places
        self._store = recovered.store
        self._signer = journal_signer(places)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self._finish()
        self._store.close()

    def hot(self, time_ns: int, commands: np.ndarray, texts: bytes) -> Batch:
        """Append and run a frame of COMMAND[n]; `time_ns` never goes back."""
        return self._run(FrameKind.HOT, time_ns, Work(commands, texts, None))

    def cold(self, time_ns: int, command: ColdCommand) -> Batch:
        """Append and run one cold command."""
        return self._run(FrameKind.COLD, time_ns, Work(NO_COMMANDS, b"", command))

    def _run(self, kind: FrameKind, time_ns: int, work: Work) -> Batch:
        exchange = self.exchange
        appended = self._store.append(
            kind, exchange.machine.next_sequence, work.commands_count, time_ns, work.payload()
        )
        batch = exchange.run(appended.number, time_ns, work)
        exchange.chain.add(batch.events)
        exchange.views.apply(batch)
        exchange.frontier.append(appended.hash)
        return batch

    def _finish(self) -> None:
        """A checkpoint with the state root, and a snapshot."""
        exchange = self.exchange
        frontier = exchange.frontier
        state = (frontier.size, exchange.machine.state_root())
        note = sign_note(
            Checkpoint(ORIGIN, frontier.size, frontier.root(), exchange.chain.value, state).text(), [self._signer]
        )
        machine = exchange.machine
        appended = self._store.append(FrameKind.CHECKPOINT, machine.next_sequence, 0, machine.time_ns, (note,))
        frontier.append(appended.hash)
        self._store.sync()
        exchange.views.publication()
        marks = exchange.marks(self._store.tip)
        SnapshotStore(self._places.snapshots).write(marks.frames, msgspec.msgpack.encode(marks), exchange.arrays())
