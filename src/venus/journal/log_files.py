"""A journal's Merkle log in files, level by level, so that tiles are read and never made: 32 bytes a frame, and little
more for the levels above. Whoever serves the log keeps it; made again from the journal if it is lost or another's.

`0`: the frames' hashes; `1` and on: roots of whole tiles of the level below; `checkpoints`: where they stand.
"""

import os
import shutil
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from venus.journal.failures import FrameMissing
from venus.journal.frames import FrameKind, decode, stored_hash
from venus.journal.merkle import leaf_hash
from venus.journal.segments import Segments, Walk
from venus.journal.storage import Disk
from venus.journal.tiles import HASH_BYTES, TILE_WIDTH, TiledLog, tile_root

_CHECKPOINT = Struct("<3q")  # its frame, its segment's first frame, its offset there
_BATCH_FRAMES = 65_536


class CheckpointAt(NamedTuple):
    """Where a checkpoint stands: frame, the first frame of its segment, offset in it."""

    frame: int
    segment: int
    offset: int


class LogFiles:
    """`size`: frames that are in the log. One at a time for a folder; of one thread at a time."""

    def __init__(self, folder: Path, journal: Path) -> None:
        """Go on with what the folder holds of this journal; raises OSError, JournalDamaged."""
        self._folder = folder
        self._segments = Segments(Disk(), journal)
        self._levels: list[int] = []  # descriptors
        self.checkpoints: list[CheckpointAt] = []
        self.size = 0
        self._walk: Walk | None = None
        self._open()

    def follow(self, durable_frames: int) -> bool:
        """Take in frames that are durable, a batch at most; whether there are more. Raises JournalDamaged, OSError."""
        if self.size >= durable_frames:
            return False
        if self._walk is None:
            self._walk = Walk(self._segments, self.size, thorough=False)
        walk = self._walk
        end = min(durable_frames, self.size + _BATCH_FRAMES)
        hashes, found = bytearray(), []
        for place in walk.headers():
            hashes += stored_hash(walk.view, place.offset, place.header)
            if place.header.kind == FrameKind.CHECKPOINT:
                found.append(CheckpointAt(place.header.number, int(place.path.stem), place.offset))
            if walk.number >= end:
                break
        else:
            raise FrameMissing(f"frame {walk.number}: the journal ends before it, but {durable_frames} are durable")
        os.pwrite(self._level(0), hashes, self.size * HASH_BYTES)
        if len(hashes) // HASH_BYTES + self.size % TILE_WIDTH >= TILE_WIDTH:
            os.fdatasync(self._level(0))  # a root above stands for hashes that a loss of power cannot take
        self._append_checkpoints(found)
        self.size = walk.number
        self._raise()
        return self.size < durable_frames

    def entries(self, index: int, width: int) -> bytes:
        """Hashes of the frames of a tile; fewer if the log is not so long."""
        return self._read(0, index, width, self.size)

    def tile(self, level: int, index: int, width: int) -> bytes:
        """A tile's hashes; fewer if the log is not so long."""
        if level == 0:
            entries = self.entries(index, width)
            return b"".join(leaf_hash(entries[at : at + HASH_BYTES]) for at in range(0, len(entries), HASH_BYTES))
        return self._read(level, index, width, self.size // TILE_WIDTH**level)

    def root(self, size: int) -> bytes:
        """Root of the first so many frames, made from tiles."""
        return TiledLog(size, self.tile).root()

    def note(self, at: CheckpointAt) -> tuple[int, bytes]:
        """A checkpoint's time in nanoseconds and its note; raises JournalDamaged, FrameMissing."""
        segment = next((one for one in self._segments.listed if one.first_number == at.segment), None)
        if segment is None:
            raise FrameMissing(f"frame {at.frame} is no longer here")
        frame = decode(self._segments.view(segment), at.offset)
        return frame.time_ns, bytes(frame.payload)

    def begin_again(self) -> None:
        """Forget everything: it is not this journal's."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self.size, self.checkpoints, self._walk = 0, [], None
        self._open()

    def close(self) -> None:
        for descriptor in self._levels:
            os.close(descriptor)
        self._levels = []

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        roots = os.fstat(self._level(1)).st_size // HASH_BYTES
        size = min(roots, os.fstat(self._level(0)).st_size // HASH_BYTES // TILE_WIDTH) * TILE_WIDTH
        if size == 0:
            return
        self.size = size
        for path in self._folder.glob("[0-9]*"):
            if int(path.name) > 1:
                path.write_bytes(b"")  # made again from the level below, of which the newest checkpoint's root tells
        last = size // TILE_WIDTH - 1
        if self._read(1, last // TILE_WIDTH, TILE_WIDTH, last + 1)[-HASH_BYTES:] != tile_root(
            self.tile(0, last, TILE_WIDTH)
        ) or not self._is_of_journal(size):
            self.begin_again()
            return
        data = self._checkpoints_path.read_bytes() if self._checkpoints_path.exists() else b""
        whole = len(data) - len(data) % _CHECKPOINT.size
        read = [CheckpointAt(*_CHECKPOINT.unpack_from(data, at)) for at in range(0, whole, _CHECKPOINT.size)]
        self.checkpoints = [one for one in read if one.frame < size]
        self._checkpoints_path.write_bytes(b"".join(_CHECKPOINT.pack(*one) for one in self.checkpoints))
        self._raise()

    def _is_of_journal(self, size: int) -> bool:
        """Whether the journal's frame at the end has the hash that is kept here; by the chain all before it have."""
        try:
            _, view, offset = self._segments.locate(size - 1)
            frame = decode(view, offset)
        except FrameMissing:
            return False
        return frame.hash == self.entries((size - 1) // TILE_WIDTH, TILE_WIDTH)[-HASH_BYTES:]

    def _raise(self) -> None:
        """Make the roots that the levels above lack."""
        level, count = 1, self.size
        while count >= TILE_WIDTH:
            whole = count // TILE_WIDTH
            descriptor = self._level(level)
            made = min(os.fstat(descriptor).st_size // HASH_BYTES, whole)
            roots = [tile_root(self.tile(level - 1, index, TILE_WIDTH)) for index in range(made, whole)]
            os.pwrite(descriptor, b"".join(roots), made * HASH_BYTES)
            level, count = level + 1, whole

    def _read(self, level: int, index: int, width: int, count: int) -> bytes:
        width = min(width, count - index * TILE_WIDTH)
        if width <= 0:
            return b""
        return os.pread(self._level(level), width * HASH_BYTES, index * TILE_WIDTH * HASH_BYTES)

    def _level(self, level: int) -> int:
        while len(self._levels) <= level:
            path = self._folder / str(len(self._levels))
            self._levels.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
        return self._levels[level]

    @property
    def _checkpoints_path(self) -> Path:
        return self._folder / "checkpoints"

    def _append_checkpoints(self, found: list[CheckpointAt]) -> None:
        if found:
            self.checkpoints += found
            with self._checkpoints_path.open("ab") as file:
                file.write(b"".join(_CHECKPOINT.pack(*one) for one in found))
