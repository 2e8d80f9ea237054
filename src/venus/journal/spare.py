"""The next segment, made ready before it is needed: so a full disk is known early, and rolling does not wait."""

import errno
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from venus.journal.failures import JournalFull
from venus.journal.storage import Storage

SPARE_NAME = "spare"
_FAST_S = 2.0
_ZEROS = memoryview(bytes(1 << 20))  # made once: filling a fresh block would hold up every other thread
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Spare:
    """Makes one segment at a time: allocated, zeroed and synced, so that a later sync of its frames moves no metadata.

    When segments fill within _FAST_S zeros are left to the file system (allocated blocks read as zeros): frames are
    large then, a sync of large ones costs a third more, and zeroing would take half of the disk.

    ahead: begin in a thread of its own as soon as one is taken; else when one is asked for.
    reserve_bytes: room on the disk that making a segment must leave, for snapshots and everything else.
    """

    def __init__(self, storage: Storage, directory: Path, segment_bytes: int, reserve_bytes: int, ahead: bool) -> None:
        self.path = directory / SPARE_NAME
        self.segment_bytes = segment_bytes
        self._storage = storage
        self._directory = directory
        self._reserve_bytes = reserve_bytes
        self._ahead = ahead
        self._lock = Lock()
        self._thread: Thread | None = None
        self._descriptor: int | None = None
        self._failure: OSError | None = None
        self._closing = False
        self._taken_s: float | None = None
        self._zeroing = True
        if SPARE_NAME in storage.names(directory):
            storage.remove(self.path)

    def ready(self) -> bool:
        return self._descriptor is not None

    def begin(self) -> None:
        """Start making the first one, if it is to be made ahead."""
        with self._lock:
            self._start()

    def require(self) -> None:
        """Return once the spare is ready; raises JournalFull if there is no room, OSError if the disk fails."""
        if self.ready():
            return
        with self._lock:
            if self._thread is not None:
                self._thread.join()
                self._thread = None
            else:
                self._failure = None
            if not self.ready() and self._failure is None:
                self._make()
            failure = self._failure
        if failure is not None:
            if failure.errno in _NO_ROOM:
                raise JournalFull(f"no room in {self._directory} for another segment of {self.segment_bytes} bytes")
            raise failure

    def take(self, path: Path) -> int:
        """Give the ready spare its name, and start on the next; returns its descriptor, the directory not synced."""
        with self._lock:
            descriptor = self._descriptor
            assert descriptor is not None, "require() comes first"
            self._storage.rename(self.path, path)
            now_s = monotonic()
            self._zeroing = self._taken_s is None or now_s - self._taken_s > _FAST_S
            self._taken_s = now_s
            self._descriptor = None
            self._start()
        return descriptor

    def close(self) -> None:
        """Stop making, and leave no spare behind."""
        self._closing = True
        with self._lock:
            if self._thread is not None:
                self._thread.join()
                self._thread = None
            if self._descriptor is not None:
                self._discard(self._descriptor)
                self._descriptor = None

    def _start(self) -> None:
        if self._ahead:
            self._thread = Thread(target=self._make, name="journal-spare", daemon=True)
            self._thread.start()

    def _make(self) -> None:
        """Make it, or note why not and leave nothing behind."""
        descriptor = None
        try:
            if self._storage.free_bytes(self._directory) < self.segment_bytes + self._reserve_bytes:
                raise OSError(errno.ENOSPC, "the reserve would be used", str(self._directory))
            descriptor = self._storage.open(self.path)
            self._storage.allocate(descriptor, self.segment_bytes)
            for at in range(0, self.segment_bytes if self._zeroing else 0, len(_ZEROS)):
                if self._closing:
                    break
                self._storage.write(descriptor, [_ZEROS[: self.segment_bytes - at]], at)
                # Chunk by chunk: one large sync would hold up the journal's own.
                self._storage.sync(descriptor)
            self._storage.sync(descriptor)
        except OSError as error:
            self._failure = error
            if descriptor is not None:
                self._discard(descriptor)
            return
        self._descriptor = descriptor

    def _discard(self, descriptor: int) -> None:
        """Give the room back; what a failing disk keeps is removed by the next start."""
        self._storage.close(descriptor)
        with suppress(OSError):
            self._storage.remove(self.path)
