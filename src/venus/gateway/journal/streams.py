"""What a follower reads, piece by piece: frames as they stand in the file, or the event chain after each of them.

A piece is made when the one before it was taken, so a slow reader costs one piece of memory and nobody's time.
"""

import asyncio
from struct import Struct
from typing import Protocol

from venus.journal.chain_file import VALUE_BYTES, ChainReader
from venus.journal.following import Following
from venus.journal.frames import ALIGN_BYTES

PIECE_BYTES = 1 << 18
_IN_PASSING_FRAMES = 32  # just written, so in memory: read without a thread
_CHAINS_IN_PIECE = 4_096
_CLAIM_PATIENCE_S = 1.0  # a frame is durable before its event chain is written
_NUMBER = Struct("<q")
_UNCLAIMED = bytes(VALUE_BYTES)
CHAIN_RECORD_BYTES = _NUMBER.size + VALUE_BYTES


class Stream(Protocol):
    """`number`: the frame that comes next."""

    @property
    def number(self) -> int: ...

    async def piece(self, frames: int) -> bytes:
        """The next of what concerns the first so many frames, which are durable; empty: wait for more."""

    def beat(self) -> bytes:
        """What is sent while nothing happens, so that a reader knows that the connection lives."""

    def close(self) -> None: ...


class FrameStream:
    """Frames as they stand in their file; between two of them 64 zero bytes may stand, which mean nothing."""

    def __init__(self, following: Following) -> None:
        self._following = following

    @property
    def number(self) -> int:
        return self._following.number

    async def piece(self, frames: int) -> bytes:
        if frames - self.number <= _IN_PASSING_FRAMES:
            return self._following.take(frames, PIECE_BYTES)
        return await asyncio.to_thread(self._following.take, frames, PIECE_BYTES)

    def beat(self) -> bytes:
        return bytes(ALIGN_BYTES)

    def close(self) -> None:
        """Its maps go with it."""


class ChainStream:
    """Records of 40 bytes: a frame's number, and the event chain after it. A record whose chain is zeros says that of
    frames before that number nothing is claimed that was not told.
    """

    def __init__(self, reader: ChainReader, number: int) -> None:
        self._reader = reader
        self.number = number
        self._waits_since_s: float | None = None

    async def piece(self, frames: int) -> bytes:
        first = self.number
        count = min(frames - first, _CHAINS_IN_PIECE)
        if count <= 0:
            return b""
        data = self._reader.values(first, count)
        values = [data[at : at + VALUE_BYTES] for at in range(0, len(data), VALUE_BYTES)]
        claimed = [(first + i, value) for i, value in enumerate(values) if value != _UNCLAIMED]
        if claimed:
            self._waits_since_s = None
            self.number = claimed[-1][0] + 1
        else:
            now_s = asyncio.get_running_loop().time()
            self._waits_since_s = self._waits_since_s or now_s
            if now_s - self._waits_since_s < _CLAIM_PATIENCE_S:
                return b""
            self.number = first + count
        records = b"".join([_NUMBER.pack(number) + value for number, value in claimed])
        return records + (b"" if claimed else self.beat())

    def beat(self) -> bytes:
        return _NUMBER.pack(self.number) + _UNCLAIMED

    def close(self) -> None:
        self._reader.close()
