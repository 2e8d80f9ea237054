"""Messages between the engine and its clients, over a Unix socket.

A message: length of what follows (u32), kind (u8), id (u64), body. Little-endian. The id is the client's and comes
back with the answer.
"""

from enum import IntEnum
from struct import Struct

from venus.records.commands import COMMAND

HEAD = Struct("<IBQ")
LENGTH = Struct("<I")
COUNT = Struct("<H")
ACCOUNT = "<u4"
STAMP = Struct("<qq")  # first sequence, time_ns
MESSAGE_BYTES_MAX = 64 << 20
FRAME_COMMANDS_MAX = 16_384
assert COMMAND.fields is not None
TEXT_BYTES_AT = COMMAND.fields["text_bytes"][1]
"""Where in a COMMAND the length of its text is."""


class MessageKind(IntEnum):
    SUBMIT = 1  # count (u16), COMMAND × count, texts
    COLD = 2  # an encoded cold command
    ASK = 3  # an encoded question
    SUBSCRIBE = 4  # publications from now on
    WATCH = 5  # accounts (u32 each): excerpts of what happens to them from now on; not answered
    UNWATCH = 6  # accounts (u32 each); not answered
    FOLLOW_MARKET = 7  # the market between people: word that it has news from now on; not answered
    OUTCOME = 11  # first sequence, time_ns, EVENT records
    ANSWER = 12  # an encoded answer
    REFUSED = 13  # Refusal (u8)
    PUBLICATION = 14  # an encoded publication; id 0
    EXCERPT = 15  # an encoded excerpt of a frame; id 0
    MARKET_NEWS = 16  # the market between people changed by a frame; id 0, no body


class Refusal(IntEnum):
    """Why a submission was not taken; nothing of it is in the journal, except after HALTED, where that is unknown."""

    OVERLOADED = 1
    DISK_FULL = 2
    STOPPING = 3
    MALFORMED = 4
    HALTED = 5


def message(kind: MessageKind, message_id: int, *body: bytes | memoryview) -> bytes:
    size = HEAD.size - LENGTH.size + sum(map(len, body))
    return HEAD.pack(size, kind, message_id) + b"".join(body)


class Unframer:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[int, int, memoryview]]:
        """(kind, id, body) of each message that is complete; raises ValueError for one too long or too short."""
        data = self._rest + data if self._rest else data
        view = memoryview(data)
        messages = []
        at, end = 0, len(data)
        while end - at >= HEAD.size:
            length, kind, message_id = HEAD.unpack_from(data, at)
            if not HEAD.size - LENGTH.size <= length <= MESSAGE_BYTES_MAX:
                raise ValueError(f"a message of {length} bytes")
            stop = at + LENGTH.size + length
            if stop > end:
                break
            messages.append((kind, message_id, view[at + HEAD.size : stop]))
            at = stop
        self._rest = data[at:]
        return messages
