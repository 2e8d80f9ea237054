"""One command out of a frame's payload: the bytes that a receipt vouches for."""

from typing import NamedTuple

from venus.records.commands import COMMAND, Command, unpack_command

assert COMMAND.fields is not None
_TEXT_BYTES_AT = COMMAND.fields["text_bytes"][1]


class Sliced(NamedTuple):
    """A run of hot commands: their records and their texts, as a frame of them alone would hold them."""

    records: bytes
    texts: bytes

    @property
    def payload(self) -> bytes:
        return self.records + self.texts


def slice_hot(payload: bytes | memoryview, commands_count: int, first: int, count: int) -> Sliced:
    """Commands first..first+count of a hot frame's payload; they must be there."""
    assert first >= 0 and first + count <= commands_count, (first, count, commands_count)
    size = COMMAND.itemsize
    lengths = bytes(payload[: commands_count * size])[_TEXT_BYTES_AT::size]
    texts_at = commands_count * size + sum(lengths[:first])
    texts_end = texts_at + sum(lengths[first : first + count])
    return Sliced(bytes(payload[first * size : (first + count) * size]), bytes(payload[texts_at:texts_end]))


def commands_of(payload: bytes, count: int) -> list[tuple[Command, str]]:
    """The commands of a run and their texts, in order; raises ValueError if the bytes are not so many."""
    size, at = COMMAND.itemsize, count * COMMAND.itemsize
    if len(payload) < at:
        raise ValueError(f"{len(payload)} bytes are not {count} commands")
    found = []
    for i in range(count):
        command = unpack_command(payload[i * size : (i + 1) * size])
        found.append((command, payload[at : at + command.text_bytes].decode()))
        at += command.text_bytes
    if at != len(payload):
        raise ValueError(f"{len(payload)} bytes are not {count} commands")
    return found
