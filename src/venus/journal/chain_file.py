"""Values beside a journal, 32 bytes for each frame by its number: what its writer claims of every one of them.

The engine keeps the event chain so. Nothing depends on the file: it is written unsynced, and a lost page is a hole of
zeros, which claims nothing. Source: docs/rules/journal.md, "Event chain beside the journal".
"""

import os
from pathlib import Path
from typing import Self

VALUE_BYTES = 32
_NOT_CLAIMED = bytes(VALUE_BYTES)
_AHEAD_BYTES = 1 << 20  # allocated in steps, so that a claim seldom changes the file's length
_WRITE_BYTES = 1 << 16


class ChainFile:
    """The writer's side; of one thread at a time. Raises OSError as the system does; what was lost then is a hole."""

    def __init__(self, descriptor: int, frames: int) -> None:
        self._descriptor = descriptor
        self._first = frames  # the frame of the first value that is not written yet
        self._pending = bytearray()
        self._allocated_bytes = 0

    @classmethod
    def open(cls, path: Path, frames: int, value: bytes) -> Self:
        """Go on behind so many frames, the last of which has this value; what stands behind it is taken off.

        A file that says otherwise of that frame belongs to another journal, and nothing of it is kept.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            known = os.pread(descriptor, VALUE_BYTES, (frames - 1) * VALUE_BYTES) if frames else b""
            if known.rstrip(b"\0") and known != value:
                os.ftruncate(descriptor, 0)
            os.ftruncate(descriptor, frames * VALUE_BYTES)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor, frames)

    def add(self, number: int, value: bytes) -> None:
        """Claim a value for a frame behind the last; written at the next `flush`, or when many wait."""
        if number != self._first + len(self._pending) // VALUE_BYTES:
            self.flush()
            self._first = number
        self._pending += value
        if len(self._pending) >= _WRITE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Let readers see everything that was added."""
        pending = self._pending
        if not pending:
            return
        offset = self._first * VALUE_BYTES
        self._first += len(pending) // VALUE_BYTES
        self._pending = bytearray()
        if offset + len(pending) > self._allocated_bytes:
            self._allocated_bytes = offset + len(pending) + _AHEAD_BYTES
            os.posix_fallocate(self._descriptor, 0, self._allocated_bytes)
        written = 0
        while written < len(pending):
            written += os.pwrite(self._descriptor, memoryview(pending)[written:], offset + written)

    def close(self) -> None:
        try:
            self.flush()
        finally:
            os.close(self._descriptor)


class ChainReader:
    """Reads what is claimed, also while it is written; a file that is not there claims nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def values(self, first: int, count: int) -> bytes:
        """32 bytes for each of so many frames from one on; zeros where nothing is claimed."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return bytes(count * VALUE_BYTES)
        return os.pread(self._descriptor, count * VALUE_BYTES, first * VALUE_BYTES).ljust(count * VALUE_BYTES, b"\0")

    def value(self, number: int) -> bytes | None:
        """What is claimed of a frame; None if nothing is, or not yet."""
        value = self.values(number, 1)
        return None if value == _NOT_CLAIMED else value

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
