"""The journal's threads: one appends what it is handed, and both sync and say how far the journal is durable.

They run beside the kernels: hashing, writing and syncing let go of the interpreter. The first owns the event chain and
the Merkle frontier, so a checkpoint is handed to it like a frame and sees exactly the frames before it.

When frames are small the first thread syncs itself, once for all that is waiting: nothing is faster for a command that
comes alone. Full frames come in a stream: the second syncs them, while the first hashes and writes what follows.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NamedTuple

import numpy as np
import structlog

from venus.engine.exchange import Exchange
from venus.engine.reckoning import Figures, checkpoint
from venus.journal.frames import FrameKind
from venus.journal.notes import Signer, sign_note
from venus.journal.storage import Buffer
from venus.journal.store import FileStore

FULL_COMMANDS = 2_048
"""A frame with as many counts as full."""

EVENTS_STAY_S = 5.0
"""What is told of a frame's events stays for so long at least: who follows asks for them within a second."""

_log = structlog.get_logger("journal")


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
    figures: Figures


class _Sync(NamedTuple):
    """A full frame was appended."""


class _Settle(NamedTuple):
    """Everything handed over before it is done when `done` is set, by both threads."""

    done: threading.Event


class _Stop(NamedTuple):
    pass


Item = FrameItem | EventsItem | CheckpointItem | _Settle | _Stop


class Journaling:
    """Calls `durable` with the number of durable frames, `failed` with what ended a thread; both from its threads."""

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
        self._full_frames: SimpleQueue[_Sync | _Settle | _Stop] = SimpleQueue()
        self._claims_fail = False
        self._left_to_sync = 0  # frames that the second thread will have synced
        self._appends = threading.Thread(target=self._run, args=(self._take_group,), name="journal", daemon=True)
        self._syncs = threading.Thread(target=self._run, args=(self._sync_group,), name="journal-sync", daemon=True)

    def start(self) -> None:
        if self._exchange.claims is not None:
            self._exchange.claims.stay(EVENTS_STAY_S)
        self._appends.start()
        self._syncs.start()

    def hand(self, item: Item) -> None:
        self._queue.put(item)

    def settle(self) -> None:
        """Wait until everything handed over is appended and chained, and both threads rest; for a fork."""
        done = threading.Event()
        self._queue.put(_Settle(done))
        while not done.wait(0.01) and self._appends.is_alive() and self._syncs.is_alive():
            pass

    def stop(self) -> None:
        """Finish everything handed over, then end the threads."""
        self._queue.put(_Stop())
        self._appends.join()
        self._full_frames.put(_Stop())
        self._syncs.join()

    def _run(self, step: Callable[[], bool]) -> None:
        try:
            while step():
                pass
        except BaseException as error:  # noqa: BLE001 - the engine must learn of whatever ended its journal
            self._failed(error)

    def _take_group(self) -> bool:
        """Append everything that is waiting, then see to it that it is synced; returns whether to go on."""
        item: Item = self._queue.get()
        goes_on = True
        while True:
            goes_on = goes_on and self._take(item)
            if isinstance(item, FrameItem) and item.commands_count >= FULL_COMMANDS:
                self._left_to_sync = self._store.tip.frames
                self._full_frames.put(_Sync())
            del item  # its events' buffer is used again when nobody holds it
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
        if self._left_to_sync < self._store.tip.frames:
            self._sync()
        self._claim(self._exchange.flush_claims)
        return goes_on

    def _sync_group(self) -> bool:
        """Sync once for all full frames that are waiting; returns whether to go on."""
        waiting = [self._full_frames.get()]
        with suppress(Empty):
            while True:
                waiting.append(self._full_frames.get_nowait())
        self._sync()
        for item in waiting:
            if isinstance(item, _Settle):
                item.done.set()
        return not isinstance(waiting[-1], _Stop)

    def _sync(self) -> None:
        if self._store.durable_frames < self._store.tip.frames:
            self._store.sync()
            self._durable(self._store.durable_frames)

    def _take(self, item: Item) -> bool:
        match item:
            case FrameItem():
                self._append(*item)
                if item.kind == FrameKind.SEED:  # of which no events come
                    self._claim(self._exchange.tell, None)
            case EventsItem(events):
                self._exchange.chain.add(events)
                self._claim(self._exchange.tell, events)
            case CheckpointItem(first_sequence, time_ns, figures):
                self._append(FrameKind.CHECKPOINT, first_sequence, 0, time_ns, (self._note(figures),))
                self._claim(self._exchange.tell, None)
            case _Settle():
                self._claim(self._exchange.flush_claims)
                self._full_frames.put(item)
            case _Stop():
                return False
        return True

    def _claim(self, step: Callable[..., None], *arguments: np.ndarray | None) -> None:
        """What is told beside the journal may fail: then it is missing there, and the exchange goes on."""
        try:
            step(*arguments)
        except OSError as error:
            if not self._claims_fail:
                _log.error(
                    "what is claimed beside the journal lacks frames; the journal is not affected", error=str(error)
                )
            self._claims_fail = True
        else:
            self._claims_fail = False

    def _append(
        self, kind: int, first_sequence: int, commands_count: int, time_ns: int, payload: tuple[Buffer, ...]
    ) -> None:
        appended = self._store.append(kind, first_sequence, commands_count, time_ns, payload)
        self._exchange.frontier.append(appended.hash)

    def _note(self, figures: Figures) -> bytes:
        return sign_note(checkpoint(self._exchange, figures).text(), [self._signer])
