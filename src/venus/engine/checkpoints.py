"""When a checkpoint is due, and how it comes about: a seed is journaled, a child reckons, what it found is journaled.

The figures stand behind the seed's frame, so between that frame and the fork no other is run.
"""

import asyncio
import secrets
from collections.abc import Callable

import structlog

from venus.engine.clock import Clock
from venus.engine.exchange import Exchange
from venus.engine.journaling import CheckpointItem, FrameItem
from venus.engine.places import Places
from venus.engine.reckoning import Figures, Reckoning, reckon
from venus.journal.failures import StorageFailed
from venus.journal.frames import SEED_BYTES, FrameKind, frame_bytes
from venus.journal.store import FileStore

CHECKPOINT_S = 10.0
"""At least so long from one checkpoint to the next, of whatever was journaled meanwhile."""
CHECKPOINT_SHARE = 20
"""And so many times what its figures took: they cost no more than a twentieth of a processor."""

_ROOM_BYTES = frame_bytes(SEED_BYTES) + frame_bytes(2_048)

_log = structlog.get_logger("engine")


class Checkpoints:
    """The checkpoints of one writer; lives in its loop, and all of it ends with `stop`.

    journal   hands a frame without commands to the journal; returns how many frames it was handed until then
    has_room  whether the journal has a place for so many bytes more
    look      has the writer ask `begin_if_due` and `waits_for_rest` again
    """

    def __init__(
        self,
        places: Places,
        exchange: Exchange,
        store: FileStore,
        clock: Clock,
        journal: Callable[[FrameItem | CheckpointItem], int],
        has_room: Callable[[int], bool],
        look: Callable[[], None],
    ) -> None:
        self._places = places
        self._exchange = exchange
        self._clock = clock
        self._journal = journal
        self._has_room = has_room
        self._look = look
        self._loop = asyncio.get_running_loop()
        self._reckoning = Reckoning(places, exchange, store, self._loop, self._on_reckoned)
        self._commands_since_snapshot = 0
        self._is_news = False  # a frame was run that no figures were begun for
        self._seed: bytes | None = None  # journaled, and nothing is run until its figures are begun
        self._due_s = self._loop.time() + CHECKPOINT_S
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = False
        self._stopping = False

    @property
    def waits_for_rest(self) -> bool:
        """Whether `fork` is to be called as soon as everything that was run is durable, and no frame run until then."""
        return self._seed is not None

    @property
    def covers_views(self) -> bool:
        """Whether everything must be folded too, since what is begun next writes a snapshot."""
        return self._reckoning.snapshot_is_due(self._commands_since_snapshot)

    def ran(self, commands: int) -> None:
        """A frame with so many commands was run: it will stand under a checkpoint."""
        self._commands_since_snapshot += commands
        self._is_news = True
        self._await_due()

    def begin_if_due(self) -> None:
        """Journal the seed of a checkpoint's liabilities, if it is time for one and nothing is being reckoned."""
        if not (self._is_due or self.covers_views) or self._seed is not None or self._reckoning.is_busy:
            return
        self._forget_timer()
        if not self._has_room(_ROOM_BYTES):
            self._put_off(0)
            return
        self._is_news = False
        self._seed, _ = self._journal_seed()

    def fork(self) -> None:
        """Begin to reckon what is now; everything that was run is durable, and the journal's threads rest."""
        assert self._seed is not None
        seed, self._seed = self._seed, None
        covers_views = self.covers_views
        self._reckoning.fork(seed, covers_views)
        if covers_views:
            self._commands_since_snapshot = 0

    def stop(self, leaves_checkpoint: bool) -> None:
        """Begin nothing more; say at last what is, reckoned in this process, if anything was run since it was said."""
        self._stopping = True
        self._forget_timer()
        if leaves_checkpoint and (self._commands_since_snapshot or self._reckoning.is_busy):
            self._last_checkpoint()

    def finish(self, leaves_snapshot: bool) -> None:
        """After `stop`, when the journal is closed to frames: wait for a child, and leave a snapshot if one is of use.

        One that cannot be written costs the next start some time, and nothing else.
        """
        self._reckoning.finish()
        if not leaves_snapshot or not self._commands_since_snapshot:
            return
        try:
            self._reckoning.write_snapshot()
        except StorageFailed as error:
            _log.error("no snapshot at this stop; the journal is not affected", error=str(error))

    def _await_due(self) -> None:
        if self._timer is None and self._is_news and self._seed is None and not self._reckoning.is_busy:
            self._timer = self._loop.call_at(self._due_s, self._on_due)

    def _on_due(self) -> None:
        self._is_due = True
        self._look()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._is_due = None, False

    def _journal_seed(self) -> tuple[bytes, int]:
        """The seed, and how many frames there are with its own."""
        seed = secrets.token_bytes(SEED_BYTES)
        sequence, time_ns = self._exchange.machine.next_sequence, self._clock.last_ns
        return seed, self._journal(FrameItem(FrameKind.SEED, sequence, 0, time_ns, (seed,)))

    def _journal_checkpoint(self, figures: Figures) -> None:
        self._journal(CheckpointItem(self._exchange.machine.next_sequence, self._clock.last_ns, figures))

    def _on_reckoned(self, figures: Figures | None, took_s: float) -> None:
        """A child has found a checkpoint's figures, or failed."""
        if self._stopping:
            return
        if figures is not None and self._has_room(_ROOM_BYTES):
            self._journal_checkpoint(figures)
        else:
            self._is_news = True
        self._put_off(took_s)
        self._await_due()

    def _put_off(self, took_s: float) -> None:
        self._due_s = self._loop.time() + max(CHECKPOINT_S, CHECKPOINT_SHARE * took_s)

    def _last_checkpoint(self) -> None:
        seed, frames = self._journal_seed()
        try:
            figures, trouble = reckon(self._exchange, frames, seed, self._exchange.machine.state_root(), self._places)
        except OverflowError as error:
            _log.error("no checkpoint at this stop", why=str(error))
            return
        if trouble:
            _log.error("the liabilities could not be written; the journal is not affected", why=trouble)
        self._journal_checkpoint(figures)
