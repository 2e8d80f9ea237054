"""What costs more than the time between two frames: snapshots, and the figures that a checkpoint tells.

A forked child reckons and writes while the parent goes on. It sees memory as it was between two frames, so what it
finds is deterministic. It is only forked when everything that was run is durable: nothing that it says covers a frame
that a crash could take away.
"""

import asyncio
import gc
import os
import select
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import structlog

from venus.core.liabilities import liability_tree, owed_by
from venus.core.supply import supply_root, supply_text
from venus.engine.exchange import Exchange
from venus.engine.keys import ORIGIN
from venus.engine.places import Places
from venus.journal.failures import StorageFailed
from venus.journal.figures import KeptFigures
from venus.journal.notes import Checkpoint
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import FileStore

SNAPSHOT_COMMANDS = 4_000_000
_SAID_BYTES = 4_096
_TROUBLE_CHARACTERS_MAX = 900
_CHILD_NICENESS = 5
_LAST_SNAPSHOT_S = 120.0
"""A stop waits no longer for a child that writes one; the next start then replays more."""
_DESCRIPTORS_MAX = 1 << 20

_log = structlog.get_logger("reckoning")


class Figures(msgspec.Struct, frozen=True):
    """What was true after so many frames, for a checkpoint."""

    frames: int
    liabilities: bytes
    supply: bytes
    state: bytes | None  # the state root, if it was taken


class _Said(msgspec.Struct, frozen=True):
    """What a child says; trouble: what it could not write, or why there are no figures."""

    figures: Figures | None
    trouble: str


class _Child(NamedTuple):
    process: int
    pipe: int
    frames: int
    writes_snapshot: bool
    began_s: float


def reckon(exchange: Exchange, frames: int, seed: bytes, state: bytes | None, places: Places) -> tuple[Figures, str]:
    """The figures of an exchange that ran so many frames, the last of them the SEED; its tree is left in a file.

    Raises OverflowError if customers are owed what no ledger can hold. A tree that could not be written is the second
    answer: no balance can be proved from it, but who replays makes it again.
    """
    tree = liability_tree(owed_by(exchange.machine, frames), seed)
    text, trouble = supply_text(exchange.machine, frames), ""
    try:
        KeptFigures(places.liabilities).keep(tree, text)
    except StorageFailed as error:
        trouble = str(error)
    return Figures(frames, tree.root, supply_root(text), state), trouble


def checkpoint(exchange: Exchange, figures: Figures) -> Checkpoint:
    """What is said of an exchange after the frames that were journaled until now."""
    frontier, frames = exchange.frontier, figures.frames
    return Checkpoint(
        ORIGIN,
        frontier.size,
        frontier.root(),
        exchange.chain.value,
        None if figures.state is None else (frames, figures.state),
        (frames, figures.liabilities),
        (frames, figures.supply),
    )


class Reckoning:
    """`reckoned` is called in the loop with what a child found and the seconds it took; None: it failed."""

    def __init__(
        self,
        places: Places,
        exchange: Exchange,
        store: FileStore,
        loop: asyncio.AbstractEventLoop,
        reckoned: Callable[[Figures | None, float], None],
    ) -> None:
        self._places = places
        self._snapshots = SnapshotStore(places.snapshots, store.reader.storage)
        self._exchange = exchange
        self._store = store
        self._loop = loop
        self._reckoned = reckoned
        self._child: _Child | None = None

    @property
    def is_busy(self) -> bool:
        return self._child is not None

    def snapshot_is_due(self, commands: int) -> bool:
        """Is it time for one, after so many commands since the last?"""
        return commands >= SNAPSHOT_COMMANDS and self._child is None

    def fork(self, seed: bytes, writes_snapshot: bool) -> None:
        """Begin to reckon what is now; everything that was run must be durable."""
        assert self._store.durable_frames == self._store.tip.frames == self._exchange.frontier.size
        assert self._child is None
        reading, writing = os.pipe()
        began_s = time.monotonic()
        process = os.fork()
        if process == 0:
            self._in_child(writing, seed, writes_snapshot)
        os.close(writing)
        self._child = _Child(process, reading, self._store.tip.frames, writes_snapshot, began_s)
        self._loop.add_reader(reading, self._child_ended)

    def _in_child(self, writing: int, seed: bytes, writes_snapshot: bool) -> None:
        """Write, say so through the pipe, and end without running anything of the parent's."""
        status = 1
        try:
            os.nice(_CHILD_NICENESS)
            self._store.close_in_child()
            # Whoever is connected to a parent that dies must be told so, though its child lives on.
            gc.disable()
            signal.set_wakeup_fd(-1)  # else a signal would be written into whatever file has its number next
            os.closerange(3, writing)
            os.closerange(writing + 1, _DESCRIPTORS_MAX)
            os.write(writing, msgspec.msgpack.encode(self._found(seed, writes_snapshot)))
            status = 0
        finally:
            os._exit(status)

    def _found(self, seed: bytes, writes_snapshot: bool) -> _Said:
        state, troubles = None, []
        try:
            state = self.write_snapshot() if writes_snapshot else None
        except StorageFailed as error:
            troubles.append(str(error))
        try:
            figures, trouble = reckon(self._exchange, self._store.tip.frames, seed, state, self._places)
        except OverflowError as error:
            return _Said(None, str(error))
        return _Said(figures, "; ".join(filter(None, [*troubles, trouble]))[:_TROUBLE_CHARACTERS_MAX])

    def write_snapshot(self) -> bytes:
        """Write one of now, in this process; returns its state root. Raises StorageFailed."""
        assert self._store.durable_frames == self._store.tip.frames
        marks = self._exchange.marks(self._store.tip)
        self._snapshots.write(marks.frames, msgspec.msgpack.encode(marks), self._exchange.arrays())
        return marks.state_root

    def _child_ended(self) -> None:
        assert self._child is not None
        child = self._child
        heard = os.read(child.pipe, _SAID_BYTES)
        self._forget(child)
        took_s = time.monotonic() - child.began_s
        said = msgspec.msgpack.decode(heard, type=_Said) if heard else _Said(None, "its process died")
        if said.figures is None:
            _log.error("no figures for a checkpoint; the journal goes on", frames=child.frames, why=said.trouble)
        elif said.trouble:
            _log.error("what was reckoned could not be written; the journal is not affected", why=said.trouble)
        elif child.writes_snapshot:
            _log.info("snapshot written", frames=child.frames)
        self._reckoned(said.figures, took_s)

    def finish(self) -> None:
        """Wait for a child that writes a snapshot; one that does not is of no use any more."""
        if self._child is None:
            return
        end = select.poll()
        end.register(self._child.pipe, select.POLLIN)
        if not end.poll(_LAST_SNAPSHOT_S * 1_000 if self._child.writes_snapshot else 0):
            os.kill(self._child.process, signal.SIGKILL)
        self._forget(self._child)

    def _forget(self, child: _Child) -> None:
        self._loop.remove_reader(child.pipe)
        os.close(child.pipe)
        os.waitpid(child.process, 0)
        self._child = None
