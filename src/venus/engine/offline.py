"""Writing a journal without serving it: for a new exchange's first frames, imports and benchmarks.

The same exchange, store and chain as the live writer, one frame at a time, with times that the caller gives.
"""

import secrets
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from venus.engine.exchange import Exchange
from venus.engine.keys import journal_signer
from venus.engine.places import Places
from venus.engine.reckoning import checkpoint, reckon
from venus.engine.recovery import recover
from venus.journal.frames import SEED_BYTES, FrameKind
from venus.journal.notes import sign_note
from venus.journal.snapshots import SnapshotStore
from venus.records.batch import Batch
from venus.records.commands import ColdCommand
from venus.records.work import NO_COMMANDS, Work


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
        self.exchange.close_claims()

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
        exchange.tell(batch.events)
        return batch

    def checkpoint(self) -> None:
        """A checkpoint with the state root and all figures, behind the seed of its liabilities."""
        exchange = self.exchange
        seed = secrets.token_bytes(SEED_BYTES)
        self._append(FrameKind.SEED, seed)
        figures, _ = reckon(exchange, self._store.tip.frames, seed, exchange.machine.state_root(), self._places)
        self._append(FrameKind.CHECKPOINT, sign_note(checkpoint(exchange, figures).text(), [self._signer]))

    def _append(self, kind: FrameKind, payload: bytes) -> None:
        """A frame without commands."""
        machine = self.exchange.machine
        appended = self._store.append(kind, machine.next_sequence, 0, machine.time_ns, (payload,))
        self.exchange.frontier.append(appended.hash)
        self.exchange.tell(None)

    def _finish(self) -> None:
        """A checkpoint and a snapshot."""
        exchange = self.exchange
        self.checkpoint()
        self._store.sync()
        exchange.views.publication()
        marks = exchange.marks(self._store.tip)
        SnapshotStore(self._places.snapshots).write(marks.frames, msgspec.msgpack.encode(marks), exchange.arrays())
