"""The few things asked of an operating system, so that a test can put a worse one in its place.

Every call raises OSError as the system does; what an error means is decided by the store.
"""

import fcntl
import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

Buffer = bytes | bytearray | memoryview
"""Bytes in a row that are written as they are; of an array give its memoryview."""


def buffers_bytes(parts: Sequence[Buffer]) -> int:
    return sum([part.nbytes if isinstance(part, memoryview) else len(part) for part in parts])


class Storage(Protocol):
    """A place for files. Descriptors are whole numbers that only the same storage understands."""

    def make_directory(self, directory: Path) -> None:
        """Make it and what is above it, durably; nothing if it is there."""

    def names(self, directory: Path) -> list[str]:
        """Names of the files in a directory, sorted."""

    def free_bytes(self, directory: Path) -> int: ...

    def size(self, path: Path) -> int: ...

    def open(self, path: Path) -> int:
        """A descriptor for reading and writing; the file is made, empty, if it is not there."""

    def close(self, descriptor: int) -> None: ...

    def lock(self, descriptor: int) -> bool:
        """Lock the file for this opener alone until it is unlocked or closed; False if another has it."""

    def unlock(self, descriptor: int) -> None:
        """Give the lock up, whoever was forked meanwhile and has the descriptor too."""

    def allocate(self, descriptor: int, size: int) -> None:
        """Make the file `size` bytes long with blocks behind every one; ENOSPC if there are not so many."""

    def write(self, descriptor: int, parts: Sequence[Buffer], offset: int) -> None:
        """Write all the parts, one behind the other, from an offset on."""

    def sync(self, descriptor: int) -> None:
        """Make the file's bytes and its length durable."""

    def sync_directory(self, directory: Path) -> None:
        """Make names that were made, renamed or removed durable."""

    def rename(self, old: Path, new: Path) -> None: ...

    def remove(self, path: Path) -> None: ...

    def map(self, path: Path) -> memoryview:
        """The file's bytes, read-only, without a copy; what is written later shows through."""


class Disk:
    """The real thing."""

    def make_directory(self, directory: Path) -> None:
        if directory.is_dir():
            return
        self.make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        self.sync_directory(directory.parent)

    def names(self, directory: Path) -> list[str]:
        return sorted(path.name for path in directory.iterdir())

    def free_bytes(self, directory: Path) -> int:
        found = os.statvfs(directory)
        return found.f_bavail * found.f_frsize

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def open(self, path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def lock(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(self, descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def allocate(self, descriptor: int, size: int) -> None:
        os.posix_fallocate(descriptor, 0, size)

    def write(self, descriptor: int, parts: Sequence[Buffer], offset: int) -> None:
        written = os.pwritev(descriptor, parts, offset)
        wanted = buffers_bytes(parts)
        if written < wanted:
            # Rare: a signal or the end of the room. The next call says which.
            rest = memoryview(b"".join(parts))
            while written < wanted:
                written += os.pwrite(descriptor, rest[written:], offset + written)

    def sync(self, descriptor: int) -> None:
        os.fdatasync(descriptor)

    def sync_directory(self, directory: Path) -> None:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> None:
        path.unlink()

    def map(self, path: Path) -> memoryview:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if os.fstat(descriptor).st_size == 0:
                return memoryview(b"")
            mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
        mapped.madvise(mmap.MADV_SEQUENTIAL)
        return memoryview(mapped)
