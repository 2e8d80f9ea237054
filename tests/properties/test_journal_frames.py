"""Frames, byte for byte: what is encoded is decoded, and the layout is the one in docs/rules/journal.md."""

from hashlib import sha256
from struct import unpack_from
from zlib import crc32

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from venus.journal.frames import (
    FrameBroken,
    FrameKind,
    FrameVersion,
    Header,
    decode,
    decode_header,
    encode,
    frame_bytes,
)

INT64 = st.integers(0, 2**63 - 1)
UINT32 = st.integers(0, 2**32 - 1)
HASH = st.binary(min_size=32, max_size=32)


@st.composite
def frames(draw: st.DrawFn) -> tuple[Header, list[bytes]]:
    parts = draw(st.lists(st.binary(max_size=300), max_size=4))
    number = draw(INT64)
    header = Header(
        version=draw(st.sampled_from(FrameVersion)),
        kind=draw(st.integers(0, 2**16 - 1)),
        number=number,
        first_sequence=draw(INT64),
        time_ns=draw(INT64),
        durable_frames=draw(st.integers(0, number)),
        commands_count=draw(UINT32),
        epoch=draw(UINT32),
        payload_bytes=sum(map(len, parts)),
        previous=draw(HASH),
    )
    return header, parts


@given(frames())
def test_what_is_encoded_is_decoded(frame: tuple[Header, list[bytes]]) -> None:
    header, parts = frame
    frame_hash, buffers = encode(header, parts)
    data = b"".join(buffers)
    assert len(data) == frame_bytes(header.payload_bytes)
    assert len(data) % 64 == 0
    view = memoryview(bytes(64) + data)
    found = decode(view, 64)
    assert decode_header(view, 64) == header
    assert found.hash == frame_hash
    assert bytes(found.payload) == b"".join(parts)
    assert found.header == header


@given(frames(), st.data())
def test_no_bit_can_change_unseen(frame: tuple[Header, list[bytes]], data: st.DataObject) -> None:
    changed = bytearray(b"".join(encode(*frame)[1]))
    bit = data.draw(st.integers(0, len(changed) * 8 - 1))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FrameBroken):
        decode(memoryview(changed), 0)


@given(frames(), st.data())
def test_no_end_can_be_missing(frame: tuple[Header, list[bytes]], data: st.DataObject) -> None:
    whole = b"".join(encode(*frame)[1])
    with pytest.raises(FrameBroken):
        decode(memoryview(whole[: data.draw(st.integers(0, len(whole) - 1))]), 0)


@pytest.mark.parametrize("version", FrameVersion)
def test_the_layout_is_the_written_one(version: FrameVersion) -> None:
    """Read with nothing but the table in docs/rules/journal.md, so that the page is enough for another program."""
    header = Header(version, FrameKind.COLD, 7, 500, 123_456_789, 5, 1, 3, 11, bytes(range(32)))
    frame_hash, buffers = encode(header, [b"hello ", b"world"])
    data = b"".join(buffers)
    assert data[0:4] == b"VNSF"
    assert unpack_from("<HH", data, 4) == (version, 2)
    assert unpack_from("<qqqq", data, 8) == (7, 500, 123_456_789, 5)
    assert unpack_from("<II", data, 40) == (1, 3)
    assert unpack_from("<q", data, 48) == (11,)
    assert data[56:88] == bytes(range(32))
    assert unpack_from("<II", data, 88) == (0, crc32(data[:92]))
    assert data[96:107] == b"hello world"
    hashed = {1: data[:107], 2: data[:96] + blake3(b"hello world").digest()}[version]
    assert data[107:139] == sha256(hashed).digest() == frame_hash
    assert data[139:] == bytes(192 - 139)
