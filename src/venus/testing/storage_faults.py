"""Storage that fails: a disk in memory that forgets what was not synced, and a layer that fails at one operation.

Everything random comes from a seed, so a failing trial is repeated by its number.
"""

import errno
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from random import Random
from threading import Lock, RLock
from typing import NamedTuple, NoReturn

from venus.journal.storage import Buffer, Storage, buffers_bytes

PAGE_BYTES = 4_096


class Crashed(BaseException):
    """The process or the power is gone: not an error that code below could handle."""


class _File:
    """What the cache shows, what the disk has, and the pages in which they may differ.

    One thread may write while another flushes: a page that is written meanwhile is dirty again afterwards.
    """

    def __init__(self) -> None:
        self.cache = bytearray()
        self.disk = bytearray()
        self.dirty: set[int] = set()
        self._changing = Lock()

    def write(self, data: bytes, offset: int) -> None:
        if not data:
            return  # as the system does: writing nothing does not lengthen a file
        end = offset + len(data)
        with self._changing:
            if end > len(self.cache):
                self.cache.extend(bytes(end - len(self.cache)))
            self.cache[offset:end] = data
            self.dirty.update(range(offset // PAGE_BYTES, -(-end // PAGE_BYTES)))

    def flush(self, survives: Callable[[int], bool]) -> None:
        """Dirty pages for which it is true reach the disk, and the file's length up to them; all are called clean."""
        with self._changing:
            for page in sorted(self.dirty):
                if survives(page):
                    start, end = page * PAGE_BYTES, min((page + 1) * PAGE_BYTES, len(self.cache))
                    if end > len(self.disk):
                        self.disk.extend(bytes(end - len(self.disk)))
                    self.disk[start:end] = self.cache[start:end]
            self.dirty.clear()


class _Renaming(NamedTuple):
    """A change of names that no sync of the directory has made durable yet; `file` None: the name goes."""

    directory: Path
    changes: tuple[tuple[Path, _File | None], ...]


class SimulatedDisk:
    """A Storage in memory with the promises of POSIX and no more.

    Bytes are durable after sync, names after sync_directory. A lost power keeps any of the unsynced pages, in any
    combination, and of each directory's changes of names a first part. capacity_bytes: how much it holds.
    """

    def __init__(self, random: Random, capacity_bytes: int = 1 << 40) -> None:
        self.random = random
        self.capacity_bytes = capacity_bytes
        self.files: dict[Path, _File] = {}
        self._files_durable: dict[Path, _File] = {}
        self._renamings: list[_Renaming] = []
        self._opened: dict[int, _File] = {}
        self._locks: dict[int, _File] = {}
        self._descriptor_next = 3

    def make_directory(self, directory: Path) -> None:
        """Nothing to do: any path is a directory here."""

    def names(self, directory: Path) -> list[str]:
        return sorted(path.name for path in self.files if path.parent == directory)

    def free_bytes(self, directory: Path) -> int:
        return max(self.capacity_bytes - sum(len(file.cache) for file in self.files.values()), 0)

    def size(self, path: Path) -> int:
        return len(self.files[path].cache)

    def open(self, path: Path) -> int:
        if path not in self.files:
            self._change(path.parent, (path, _File()))
        descriptor = self._descriptor_next
        self._descriptor_next += 1
        self._opened[descriptor] = self.files[path]
        return descriptor

    def close(self, descriptor: int) -> None:
        del self._opened[descriptor]
        self._locks.pop(descriptor, None)

    def lock(self, descriptor: int) -> bool:
        if self._opened[descriptor] in self._locks.values():
            return False
        self._locks[descriptor] = self._opened[descriptor]
        return True

    def unlock(self, descriptor: int) -> None:
        self._locks.pop(descriptor, None)

    def allocate(self, descriptor: int, size: int) -> None:
        file = self._opened[descriptor]
        missing = size - len(file.cache)
        if missing > self.free_bytes(Path()):
            raise OSError(errno.ENOSPC, "no space left on the simulated disk")
        if missing > 0:
            file.write(bytes(missing), len(file.cache))

    def write(self, descriptor: int, parts: Sequence[Buffer], offset: int) -> None:
        file = self._opened[descriptor]
        data = b"".join(parts)
        room = max(len(file.cache) - offset, 0) + self.free_bytes(Path())
        file.write(data[:room], offset)
        if room < len(data):
            raise OSError(errno.ENOSPC, "no space left on the simulated disk")

    def sync(self, descriptor: int) -> None:
        self._opened[descriptor].flush(lambda _page: True)

    def sync_directory(self, directory: Path) -> None:
        for renaming in self._renamings:
            if renaming.directory == directory:
                _apply(self._files_durable, renaming)
        self._renamings = [renaming for renaming in self._renamings if renaming.directory != directory]

    def rename(self, old: Path, new: Path) -> None:
        self._change(new.parent, (old, None), (new, self.files[old]))

    def remove(self, path: Path) -> None:
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "no such file on the simulated disk", str(path))
        self._change(path.parent, (path, None))

    def map(self, path: Path) -> memoryview:
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "no such file on the simulated disk", str(path))
        return memoryview(self.files[path].cache).toreadonly()

    def fail_sync(self, descriptor: int) -> None:
        """What Linux does when a sync fails: some pages made it, and all of them are called clean."""
        self._opened[descriptor].flush(lambda _page: self.random.random() < 0.5)
        raise OSError(errno.EIO, "simulated sync error")

    def kill_process(self) -> None:
        """The process is gone; the kernel, its cache and the disk go on."""
        self._opened.clear()
        self._locks.clear()

    def lose_power(self, chance: float | None = None) -> None:
        """The cache is gone: of what was not synced any pages, and a first part of the changes of names, survive.

        chance: that a page survives; by default any of a few.
        """
        self.kill_process()
        if chance is None:
            chance = self.random.choice((0.0, 0.5, 0.9, 1.0))
        for directory in sorted({renaming.directory for renaming in self._renamings}):
            own = [renaming for renaming in self._renamings if renaming.directory == directory]
            for renaming in own[: self.random.randint(0, len(own))]:
                _apply(self._files_durable, renaming)
        self._renamings.clear()
        for file in self._files_durable.values():
            file.flush(lambda _page: self.random.random() < chance)
            file.cache = bytearray(file.disk)
        self.files = dict(self._files_durable)

    def flip(self, path: Path, bit: int) -> None:
        """The medium changes one bit, behind everybody's back."""
        file = self.files[path]
        for data in (file.cache, file.disk):
            if bit // 8 < len(data):
                data[bit // 8] ^= 1 << bit % 8

    def truncate(self, path: Path, size: int) -> None:
        """The file loses its end, behind everybody's back."""
        file = self.files[path]
        file.cache, file.disk = file.cache[:size], file.disk[:size]
        file.dirty = {page for page in file.dirty if page * PAGE_BYTES < size}

    def _change(self, directory: Path, *changes: tuple[Path, _File | None]) -> None:
        renaming = _Renaming(directory, changes)
        self._renamings.append(renaming)
        _apply(self.files, renaming)


def _apply(files: dict[Path, _File], renaming: _Renaming) -> None:
    for path, file in renaming.changes:
        if file is None:
            files.pop(path, None)
        else:
            files[path] = file


class FaultKind(Enum):
    DIE_BEFORE = "die before"
    DIE_WITHIN = "die within"  # a write: after part of it; anything else: after it
    DIE_AFTER = "die after"
    FAIL = "fail"  # a write: after part of it; a sync: some pages lost and all called clean


class Fault(NamedTuple):
    """What happens at which changing operation, counted from 0."""

    at: int
    kind: FaultKind


def crash() -> NoReturn:
    raise Crashed


class FaultyStorage:
    """Passes everything on to a storage, and fails once, at one operation that changes something.

    operations   how many such operations there were: run once without a fault to learn the boundaries
    reads_short  of so many of the next maps only a part is given
    die          what dying is: raising Crashed, or ending the process for good
    """

    def __init__(
        self, inner: Storage, fault: Fault | None, random: Random, die: Callable[[], NoReturn] = crash
    ) -> None:
        self.inner = inner
        self.fault = fault
        self.random = random
        self.die = die
        self.operations = 0
        self.reads_short = 0
        self.hit: str | None = None
        self._dead = False
        self._changing = RLock()  # what one thread changes comes before or after what another does

    def end(self) -> None:
        """Nothing changes by this storage any more: threads of the process that died on it end with Crashed."""
        with self._changing:
            self._dead = True

    def make_directory(self, directory: Path) -> None:
        self._change("make_directory", lambda: self.inner.make_directory(directory))

    def names(self, directory: Path) -> list[str]:
        return self.inner.names(directory)

    def free_bytes(self, directory: Path) -> int:
        return self.inner.free_bytes(directory)

    def size(self, path: Path) -> int:
        return self.inner.size(path)

    def open(self, path: Path) -> int:
        return self.inner.open(path)

    def close(self, descriptor: int) -> None:
        self.inner.close(descriptor)

    def lock(self, descriptor: int) -> bool:
        return self.inner.lock(descriptor)

    def unlock(self, descriptor: int) -> None:
        self.inner.unlock(descriptor)

    def allocate(self, descriptor: int, size: int) -> None:
        self._change("allocate", lambda: self.inner.allocate(descriptor, size))

    def write(self, descriptor: int, parts: Sequence[Buffer], offset: int) -> None:
        def write_part() -> None:
            landed = self.random.randint(0, buffers_bytes(parts))
            self.inner.write(descriptor, [b"".join(parts)[:landed]], offset)

        self._change("write", lambda: self.inner.write(descriptor, parts, offset), write_part)

    def sync(self, descriptor: int) -> None:
        def fail() -> None:
            if isinstance(self.inner, SimulatedDisk):
                self.inner.fail_sync(descriptor)

        self._change("sync", lambda: self.inner.sync(descriptor), fail)

    def sync_directory(self, directory: Path) -> None:
        self._change("sync_directory", lambda: self.inner.sync_directory(directory))

    def rename(self, old: Path, new: Path) -> None:
        self._change("rename", lambda: self.inner.rename(old, new))

    def remove(self, path: Path) -> None:
        self._change("remove", lambda: self.inner.remove(path))

    def map(self, path: Path) -> memoryview:
        view = self.inner.map(path)
        if self.reads_short > 0 and len(view) > 0:
            self.reads_short -= 1
            return view[: self.random.randrange(len(view))]
        return view

    def _change(self, name: str, whole: Callable[[], None], part: Callable[[], None] | None = None) -> None:
        with self._changing:
            self._change_alone(name, whole, part)

    def _change_alone(self, name: str, whole: Callable[[], None], part: Callable[[], None] | None) -> None:
        if self._dead:
            raise Crashed  # what code does on its way out after a crash changes nothing any more
        at = self.operations
        self.operations += 1
        if self.fault is None or self.fault.at != at:
            whole()
            return
        self.hit = name
        kind = self.fault.kind
        self._dead = kind is not FaultKind.FAIL
        if kind is FaultKind.DIE_BEFORE:
            self.die()
        if kind is FaultKind.FAIL:
            if part is not None:
                part()
            raise OSError(errno.EIO, f"simulated {name} error")
        if kind is FaultKind.DIE_WITHIN and name == "write" and part is not None:
            part()
        else:
            whole()
        self.die()
