"""The journal's thread: appends what it is handed, syncs once for all that is waiting, and says how far it is durable.

It runs beside the kernels: hashing, writing and syncing let go of the interpreter. It owns the event chain and the
Merkle frontier, so a checkpoint is handed to it like a frame and sees exactly the frames before it.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

import numpy as np

from venus.engine.exchange import Exchange
from venus.engine.keys import ORIGIN
from venus.journal.frames import FrameKind
from venus.journal.notes import Checkpoint, Signer, sign_note
from venus.journal.storage import Buffer
from venus.journal.store import FileStore


class FrameItem(NamedTuple):
    """A frame to append."""

    kind: int
    first_sequence: int
    commands_count: int
    time_ns: int
    payload: tuple[Buffer, ...]


class EventsItem(NamedTuple):
    """The events of the frame handed over last, for the chain."""

    events: np.ndarray


class CheckpointItem(NamedTuple):
    """A checkpoint over everything handed over before it."""

    first_sequence: int
    time_ns: int
    state: tuple[int, bytes] | None  # (frames, state root)


class _Settle(NamedTuple):
    """Everything handed over before it is done when `done` is set."""

    done: threading.Event


class _Stop(NamedTuple):
    pass


Item = FrameItem | EventsItem | CheckpointItem | _Settle | _Stop


class Journaling:
    """Calls `durable` with the number of durable frames, `failed` with what ended the thread; both from the thread."""

    def __init__(
        self,
        exchange: Exchange,
        store: FileStore,
        signer: Signer,
        durable: Callable[[int], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._exchange = exchange
        self._store = store
        self._signer = signer
        self._durable = durable
        self._failed = failed
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hand(self, item: Item) -> None:
        self._queue.put(item)

    def settle(self) -> None:
        """Wait until everything handed over is appended and chained; for the moment before a fork."""
        done = threading.Event()
        self._queue.put(_Settle(done))
        while not done.wait(0.01) and self._thread.is_alive():
            pass

    def stop(self) -> None:
        """Finish everything handed over, then end the thread."""
        self._queue.put(_Stop())
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._take_group():
                pass
        except BaseException as error:  # noqa: BLE001 - the engine must learn of whatever ended its journal
            self._failed(error)

    def _take_group(self) -> bool:
        """Append everything that is waiting, then sync once; returns whether to go on."""
        item: Item = self._queue.get()
        goes_on = True
        while True:
            goes_on = goes_on and self._take(item)
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
        if self._store.durable_frames < self._store.tip.frames:
            self._store.sync()
            self._durable(self._store.durable_frames)
        return goes_on

    def _take(self, item: Item) -> bool:
        match item:
            case FrameItem():
                self._append(*item)
            case EventsItem(events):
                self._exchange.chain_events(events)
            case CheckpointItem(first_sequence, time_ns, state):
                self._append(FrameKind.CHECKPOINT, first_sequence, 0, time_ns, (self._note(state),))
            case _Settle(done):
                done.set()
            case _Stop():
                return False
        return True

    def _append(
        self, kind: int, first_sequence: int, commands_count: int, time_ns: int, payload: tuple[Buffer, ...]
    ) -> None:
        appended = self._store.append(kind, first_sequence, commands_count, time_ns, payload)
        self._exchange.frontier.append(appended.hash)

    def _note(self, state: tuple[int, bytes] | None) -> bytes:
        frontier = self._exchange.frontier
        text = Checkpoint(ORIGIN, frontier.size, frontier.root(), self._exchange.chain, state).text()
        return sign_note(text, [self._signer])
