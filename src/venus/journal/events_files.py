"""Bytes beside a journal of each of its newest frames: what its writer says that the frame did.

The engine keeps events so. Files of a few megabytes, named by the first frame of which they hold something; the oldest
is written over when there are enough and it has stood for as long as was asked: until then nothing is said of frames
that come. Nothing depends on them: they are written unsynced, and what a loss of power takes is said of no frame.
Source: docs/rules/journal.md, "Events beside the journal".
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from struct import Struct

from venus.journal.storage import Buffer

SUFFIX = ".events"
MB = 1 << 20
FILE_BYTES = 16 * MB
KEPT_BYTES = 64 * MB
_FILES_MAX = 64
_HEAD = Struct("<qq")  # the frame's number and one, and how many bytes follow
_END = bytes(_HEAD.size)  # written over by what follows: behind it stands what the file held before
_WRITE_BYTES = 1 << 16


class EventsFiles:
    """The writer's side; of one thread at a time. Raises OSError as the system does; what was lost then is not said."""

    def __init__(
        self,
        directory: Path,
        frames: int,
        file_bytes: int = FILE_BYTES,
        kept_bytes: int = KEPT_BYTES,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Go on behind so many frames: what was said of those behind them is taken off.

        file_bytes: more if there would be too many files of so few.
        """
        self.stays_s = 0.0
        """What is said from now on stays for so long, whatever comes."""
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._file_bytes, self._kept_bytes = max(file_bytes, kept_bytes // _FILES_MAX), kept_bytes
        self._descriptor: int | None = None
        self._first = 0  # frame of the open file
        self._offset = 0
        self._pending = bytearray()
        self._clock_s = clock_s
        self._until_s: dict[int, float] = {}  # how long a file stays, by its first frame
        self._silent_until_s = -inf
        for first in _firsts(directory):
            if first >= frames:
                _path(directory, first).unlink()

    def add(self, number: int, data: Buffer) -> None:
        """Say what a frame behind the last did; written at the next `flush`, or when much waits."""
        if self._descriptor is None or self._offset + len(self._pending) >= self._file_bytes:
            if self._clock_s() < self._silent_until_s:
                return
            self.flush()
            if not self._begin(number):
                return
        size = len(memoryview(data).cast("B"))
        self._pending += _HEAD.pack(number + 1, size)
        if size < _WRITE_BYTES:
            self._pending += data
            if len(self._pending) >= _WRITE_BYTES:
                self.flush()
        else:
            self._write(data)

    def flush(self) -> None:
        """Let readers see everything that was added."""
        if self._pending:
            self._write(b"")

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self._leave()

    def _write(self, data: Buffer) -> None:
        """What is pending, then data, then an end."""
        assert self._descriptor is not None
        parts, self._pending = (
            [memoryview(part).cast("B") for part in (self._pending, data, _END) if len(part)],
            bytearray(),
        )
        size = sum(map(len, parts)) - len(_END)
        written = 0
        try:
            while parts:
                step = os.pwritev(self._descriptor, parts, self._offset + written)
                written += step
                while parts and step >= len(parts[0]):
                    step -= len(parts.pop(0))
                if step:
                    parts[0] = parts[0][step:]
        except OSError:
            self._leave()  # the next frame begins another file
            raise
        self._offset += size

    def _begin(self, number: int) -> bool:
        """A file whose first frame is this one: one that is written over if there are enough; False: not yet."""
        self._leave()
        directory, to = self._directory, _path(self._directory, number)
        firsts = _firsts(directory)
        kept = {first: _path(directory, first).stat().st_size for first in firsts}
        reused: Path | None = None
        while kept and (sum(kept.values()) + self._file_bytes > self._kept_bytes or len(kept) >= _FILES_MAX):
            oldest = min(kept)
            self._silent_until_s = self._until_s.get(oldest, -inf)
            if self._clock_s() < self._silent_until_s:
                return False
            del kept[oldest]
            self._until_s.pop(oldest, None)
            if reused is None:
                reused = _path(directory, oldest)
            else:
                _path(directory, oldest).unlink()
        if reused is not None:
            reused.rename(to)
        self._descriptor = os.open(to, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._offset = 0
        self._first = number
        os.pwrite(self._descriptor, _END, 0)
        return True

    def _leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._until_s[self._first] = self._clock_s() + self.stays_s


class EventsReader:
    """Reads what is said, also while it is written; a directory that is not there says nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def value(self, number: int) -> bytes | None:
        """What a frame did; None if nothing is said of it, not yet, or no more.

        A file may be written over while it is read, so whoever depends on the answer compares it with what he knows.
        """
        with suppress(FileNotFoundError):
            firsts = [first for first in _firsts(self._directory) if first <= number]
            return _found(_path(self._directory, firsts[-1]).read_bytes(), number) if firsts else None
        return None


def _found(data: bytes, number: int) -> bytes | None:
    at = 0
    while at + _HEAD.size <= len(data):
        named, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        if not 0 < named <= number + 1 or size < 0:
            return None
        if named == number + 1:
            return data[at : at + size] if at + size <= len(data) else None
        at += size
    return None


def _firsts(directory: Path) -> list[int]:
    """Ascending."""
    stems = [path.stem for path in directory.glob(f"*{SUFFIX}")]
    return sorted(int(stem) for stem in stems if stem.isdecimal())


def _path(directory: Path, first: int) -> Path:
    return directory / f"{first:020d}{SUFFIX}"
