"""The file `writer`: who writes (a lock), in which epoch, and how much is known to be durable.

Source: docs/rules/journal.md, "Files".
"""

from pathlib import Path
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from venus.journal.storage import Storage

MARK_NAME = "writer"
_MAGIC = b"VNSW"
_VERSION = 1
_HEAD = Struct("<4sHHIq")
_CHECK = Struct("<I")
_MARK_BYTES = _HEAD.size + _CHECK.size


class Mark(NamedTuple):
    """A lower bound: so many frames are durable, and no later epoch has written one."""

    epoch: int
    durable_frames: int


def encode_mark(mark: Mark) -> bytes:
    head = _HEAD.pack(_MAGIC, _VERSION, 0, mark.epoch, mark.durable_frames)
    return head + _CHECK.pack(crc32(head))


def read_mark(storage: Storage, directory: Path) -> Mark | None:
    """The mark, or None if there is none that can be relied on: it is written unsynced and may be lost."""
    if MARK_NAME not in storage.names(directory):
        return None
    return decode_mark(bytes(storage.map(directory / MARK_NAME)[:_MARK_BYTES]))


def decode_mark(data: bytes) -> Mark | None:
    """The mark in a file's bytes, or None if they are none."""
    if len(data) < _MARK_BYTES or crc32(data[: _HEAD.size]) != _CHECK.unpack_from(data, _HEAD.size)[0]:
        return None
    magic, version, _, epoch, durable_frames = _HEAD.unpack_from(data)
    if magic != _MAGIC or version != _VERSION:
        return None
    return Mark(epoch, durable_frames)
