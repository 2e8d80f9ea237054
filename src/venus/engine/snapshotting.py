"""Snapshots without a pause: a forked child writes the arrays while the parent goes on.

The child sees memory as it was between two frames, so what it writes is deterministic. It is only forked when
everything that was run is durable: a snapshot never covers a frame that a crash could take away.
"""

import asyncio
import os
from collections.abc import Callable

import msgspec
import structlog

from venus.engine.exchange import Exchange
from venus.engine.places import Places
from venus.journal.failures import StorageFailed
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import FileStore

SNAPSHOT_COMMANDS = 4_000_000
_ROOT_BYTES = 32

_log = structlog.get_logger("snapshot")


class Snapshotting:
    """`taken` is called in the loop with (frames, state root) when a child has written one."""

    def __init__(
        self,
        places: Places,
        exchange: Exchange,
        store: FileStore,
        loop: asyncio.AbstractEventLoop,
        taken: Callable[[int, bytes], None],
    ) -> None:
        self._snapshots = SnapshotStore(places.snapshots, store.reader.storage)
        self._exchange = exchange
        self._store = store
        self._loop = loop
        self._taken = taken
        self._child: tuple[int, int, int] | None = None  # process, pipe, frames

    def is_due(self, commands: int) -> bool:
        """Is it time for one, after so many commands since the last?"""
        return commands >= SNAPSHOT_COMMANDS and self._child is None

    def fork(self) -> None:
        """Begin a snapshot of now; everything that was run must be durable."""
        assert self._store.durable_frames == self._store.tip.frames == self._exchange.frontier.size
        frames = self._store.tip.frames
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            self._in_child(writer)
        os.close(writer)
        self._child = (process, reader, frames)
        self._loop.add_reader(reader, self._child_ended)

    def _in_child(self, writer: int) -> None:
        """Write, tell the root through the pipe, and end without running anything of the parent's."""
        status = 1
        try:
            self._store.close_in_child()
            os.write(writer, self._write())
            status = 0
        finally:
            os._exit(status)

    def _write(self) -> bytes:
        assert self._store.durable_frames == self._store.tip.frames
        marks = self._exchange.marks(self._store.tip)
        self._snapshots.write(marks.frames, msgspec.msgpack.encode(marks), self._exchange.arrays())
        return marks.state_root

    def _child_ended(self) -> None:
        assert self._child is not None
        process, reader, frames = self._child
        root = os.read(reader, _ROOT_BYTES)
        self._loop.remove_reader(reader)
        os.close(reader)
        os.waitpid(process, 0)
        self._child = None
        if len(root) == _ROOT_BYTES:
            _log.info("snapshot written", frames=frames)
            self._taken(frames, root)
        else:
            _log.error("the snapshot failed; the journal is not affected", frames=frames)

    def finish(self) -> None:
        """Wait for a child that is still writing."""
        if self._child is not None:
            process, reader, _ = self._child
            self._loop.remove_reader(reader)
            os.close(reader)
            os.waitpid(process, 0)
            self._child = None

    def take_now(self) -> None:
        """Write one in this process; for a stop, when everything is durable and nothing more will come.

        One that cannot be written costs the next start some time, and nothing else.
        """
        try:
            self._write()
        except StorageFailed as error:
            _log.error("no snapshot at this stop; the journal is not affected", error=str(error))
