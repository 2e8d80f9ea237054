"""An order's chat as a chain of hashes: who holds its head holds every message before it. docs/rules/p2p_conduct.md.

Commands carry the head as their party saw it, so a message that was left out, changed or put in later is found by
whoever has the chat and the journal.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from hashlib import sha256

import msgspec

from venus.p2p.texts import BadText, plain_lines

MESSAGE_CHARS_MAX = 2_000
EMPTY_HEAD = ""
"""The head of a chat in which nothing was said; in a command it is no bytes."""


class Sender(StrEnum):
    BUYER = "BUYER"
    SELLER = "SELLER"
    ARBITER = "ARBITER"
    SYSTEM = "SYSTEM"


class Kind(StrEnum):
    TEXT = "TEXT"
    FILE = "FILE"
    SYSTEM = "SYSTEM"


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One message, as doors and bundles show it. `hash` covers all else and the hash of the message before it."""

    order: str
    place: int  # from 1, without a gap
    sender: Sender = msgspec.field(name="from")
    kind: Kind
    text: str  # of SYSTEM in English
    text_zh: str  # of SYSTEM alone
    file: str  # hash as hex
    file_name: str
    file_type: str
    time: int  # ms
    hash: str


class BrokenChain(ValueError):
    """A message that does not stand where its hash puts it."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(f"message {place}: {why}")
        self.place = place


class Draft(msgspec.Struct, frozen=True):
    """A message that has no place yet."""

    order: str
    sender: Sender
    kind: Kind
    text: str
    text_zh: str
    file: str
    file_name: str
    file_type: str
    time: int  # ms


def said(order: str, sender: Sender, text: str, time_ms: int) -> Draft:
    """Words of a party or the arbiter. Raises BadText."""
    words = plain_lines("text", text, MESSAGE_CHARS_MAX)
    if not words:
        raise BadText("text: empty")
    return Draft(order, sender, Kind.TEXT, words, "", "", "", "", time_ms)


def shown(order: str, sender: Sender, file: str, file_name: str, file_type: str, time_ms: int) -> Draft:
    """A file of a party or the arbiter, that was let in by attachments.py."""
    return Draft(order, sender, Kind.FILE, "", "", file, file_name, file_type, time_ms)


def told(order: str, text: str, text_zh: str, time_ms: int) -> Draft:
    """What the exchange says: a text of system_texts.py."""
    return Draft(order, Sender.SYSTEM, Kind.SYSTEM, text, text_zh, "", "", "", time_ms)


def placed(draft: Draft, place: int, before: str) -> Message:
    """A draft behind the message whose hash is `before` (EMPTY_HEAD: it is the first)."""
    message = Message(place=place, hash="", **msgspec.structs.asdict(draft))
    return msgspec.structs.replace(message, hash=message_hash(message, before))


def message_hash(message: Message, before: str) -> str:
    """SHA-256, as hex, of the message's JSON with names sorted, its own hash left out, `before` put in."""
    fields = msgspec.to_builtins(message)
    del fields["hash"]
    fields["before"] = before
    return sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()


def writer(draft: Draft) -> Callable[[int, str], tuple[bytes, str]]:
    """For registry/p2p_chat.py, which knows a message's place: its JSON and its hash, once the place is known."""

    def write(place: int, before: str) -> tuple[bytes, str]:
        message = placed(draft, place, before)
        return msgspec.json.encode(message), message.hash

    return write


def read(content: bytes) -> Message:
    """What `writer` wrote."""
    return msgspec.json.decode(content, type=Message)


def check_chain(order: str, messages: Iterable[Message]) -> str:
    """The head of a whole chat of an order. Raises BrokenChain, which names the first place that is not right."""
    head = EMPTY_HEAD
    for place, message in enumerate(messages, 1):
        if message.place != place:
            raise BrokenChain(place, f"is missing: {message.place} stands there")
        if message.order != order:
            raise BrokenChain(place, f"is of order {message.order}")
        if message_hash(message, head) != message.hash:
            raise BrokenChain(place, "was changed, or what is before it was")
        head = message.hash
    return head


def head_bytes(head: str) -> bytes:
    """As a command has it."""
    return bytes.fromhex(head)
