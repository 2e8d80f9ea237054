"""One frame, byte for byte: header, payload, hash. Source: docs/rules/journal.md, "Frame"."""

from collections.abc import Sequence
from enum import IntEnum
from hashlib import sha256
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from blake3 import blake3

from venus.journal.storage import Buffer

MAGIC = b"VNSF"
ALIGN_BYTES = 64
HASH_BYTES = 32
ZERO_HASH = bytes(HASH_BYTES)

_HEAD = Struct("<4sHHqqqqIIq32sI")
_CHECK = Struct("<I")
HEADER_BYTES = _HEAD.size + _CHECK.size
assert HEADER_BYTES == 96
_ZEROS = bytes(HEADER_BYTES)
_PADDING = tuple(bytes(n) for n in range(ALIGN_BYTES))


class FrameKind(IntEnum):
    HOT = 1
    COLD = 2
    CHECKPOINT = 3
    SEED = 4


class FrameVersion(IntEnum):
    """What a frame's hash is of."""

    WHOLE = 1
    """SHA-256 of header and payload."""
    DIGESTED = 2
    """SHA-256 of the header and of the payload's BLAKE3."""


_VERSIONS = frozenset(FrameVersion)

WITHOUT_COMMANDS = (FrameKind.CHECKPOINT, FrameKind.SEED)
SEED_BYTES = 32
"""The payload of a SEED: nonces of the liability tree that stands behind this very frame."""


class Header(NamedTuple):
    """What a frame says of itself; `previous` is the hash of the frame before it."""

    version: int
    kind: int
    number: int
    first_sequence: int
    time_ns: int
    durable_frames: int
    commands_count: int
    epoch: int
    payload_bytes: int
    previous: bytes


class Frame(NamedTuple):
    """A whole frame, verified; `payload` is a view of the file, not a copy."""

    version: int
    kind: int
    number: int
    first_sequence: int
    time_ns: int
    durable_frames: int
    commands_count: int
    epoch: int
    payload: memoryview
    previous: bytes
    hash: bytes

    @property
    def header(self) -> Header:
        version, kind, number, first_sequence, time_ns, durable, commands_count, epoch, payload, previous, _ = self
        payload_bytes = len(payload)
        return Header(
            version, kind, number, first_sequence, time_ns, durable, commands_count, epoch, payload_bytes, previous
        )


class Tip(NamedTuple):
    """The end of a chain: how many frames it has, and the hash of the last."""

    frames: int
    hash: bytes


GENESIS = Tip(0, ZERO_HASH)


class FrameBroken(Exception):
    """No whole frame stands here. `foreign`: not a torn write, whatever it is."""

    def __init__(self, reason: str, foreign: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.foreign = foreign


def version_of(kind: int) -> FrameVersion:
    """The version in which a frame of a kind is written today: single commands and notes need SHA-256 alone."""
    return FrameVersion.DIGESTED if kind == FrameKind.HOT else FrameVersion.WHOLE


def frame_bytes(payload_bytes: int) -> int:
    """Bytes that a frame of such a payload takes in its file, padding included."""
    return (HEADER_BYTES + payload_bytes + HASH_BYTES + ALIGN_BYTES - 1) & -ALIGN_BYTES


def encode(header: Header, payload: Sequence[Buffer]) -> tuple[bytes, list[Buffer]]:
    """The frame's hash, and its buffers in the order in which they are written; the payload's are not copied.

    payload  contiguous buffers, together header.payload_bytes long
    """
    head = _HEAD.pack(
        MAGIC,
        header.version,
        header.kind,
        header.number,
        header.first_sequence,
        header.time_ns,
        header.durable_frames,
        header.commands_count,
        header.epoch,
        header.payload_bytes,
        header.previous,
        0,
    )
    head += _CHECK.pack(crc32(head))
    frame_hash = _hash(header.version, head, payload)
    return frame_hash, [head, *payload, frame_hash + _PADDING[-(header.payload_bytes + HASH_BYTES + HEADER_BYTES) % 64]]


def _hash(version: int, head: Buffer, payload: Sequence[Buffer]) -> bytes:
    digest = sha256(head)
    if version == FrameVersion.DIGESTED:
        payload_digest = blake3()
        for part in payload:
            payload_digest.update(part)
        digest.update(payload_digest.digest())
    else:
        for part in payload:
            digest.update(part)
    return digest.digest()


def decode_header(view: memoryview, offset: int) -> Header:
    """The header at an offset of a segment, its check verified but not its payload; raises FrameBroken."""
    end = offset + HEADER_BYTES
    if end > len(view):
        raise FrameBroken("the file ends here")
    raw = view[offset:end]
    magic, *fields, reserved = _HEAD.unpack_from(raw)
    if magic != MAGIC:
        raise FrameBroken("there are zeros" if raw == _ZEROS else "there is no frame header")
    if _CHECK.unpack_from(raw, _HEAD.size)[0] != crc32(raw[: _HEAD.size]):
        raise FrameBroken("the header's check does not match")
    header = Header(*fields)
    if header.version not in _VERSIONS:
        words = f"frames of version {header.version} are not known to this program; use a newer one"
        raise FrameBroken(words, foreign=True)
    if reserved or header.payload_bytes < 0 or not 0 <= header.durable_frames <= header.number:
        raise FrameBroken("the header contradicts itself", foreign=True)
    return header


def decode(view: memoryview, offset: int) -> Frame:
    """The whole frame at an offset of a segment, its hash verified, its payload not copied; raises FrameBroken."""
    header = decode_header(view, offset)
    start = offset + HEADER_BYTES
    end = start + header.payload_bytes
    if offset + frame_bytes(header.payload_bytes) > len(view):
        raise FrameBroken("the frame reaches past the end of the file")
    stored = bytes(view[end : end + HASH_BYTES])
    payload = view[start:end]
    if _hash(header.version, view[offset:start], (payload,)) != stored:
        raise FrameBroken("the hash does not match")
    padding_start = end + HASH_BYTES
    padding_bytes = -padding_start % ALIGN_BYTES
    if view[padding_start : padding_start + padding_bytes] != _PADDING[padding_bytes]:
        raise FrameBroken("the padding is not zero")
    version, kind, number, first_sequence, time_ns, durable, commands_count, epoch, _, previous = header
    return Frame(
        version, kind, number, first_sequence, time_ns, durable, commands_count, epoch, payload, previous, stored
    )


def hashed_bytes(frame: Frame) -> bytes:
    """Header and payload of a WHOLE frame: what its hash is of."""
    assert frame.version == FrameVersion.WHOLE, frame.number
    _, parts = encode(frame.header, [frame.payload])
    return b"".join(bytes(part) for part in parts[:-1])


def stored_hash(view: memoryview, offset: int, header: Header) -> bytes:
    """The hash that stands behind the payload of the frame at an offset, not verified."""
    end = offset + HEADER_BYTES + header.payload_bytes
    return bytes(view[end : end + HASH_BYTES])
