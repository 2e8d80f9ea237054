"""Receipts: what a customer was told of a command's place in the journal, signed, so that he can hold it against it.

A receipt is a note by the receipts key, with its delegation (delegated.py). Source: docs/rules/receipts.md.
"""

import re
from base64 import b64encode
from hashlib import sha256
from typing import NamedTuple, Self

from venus.journal.delegated import open_delegated, sign_delegated
from venus.journal.frames import FrameKind
from venus.journal.notes import NoteRefused, Signer, Verifier, base64_bytes

RECEIPT = "venus/receipt"
"""First line of a receipt."""
RECEIPTS_KEY = "venus/receipts"
"""Name of the key that signs receipts."""
NOBODY = -1
PAYLOAD_BYTES_MAX = 1_024
"""Larger ones are told by their digest alone: a receipt must fit into a header."""
_KINDS = {"hot": FrameKind.HOT, "cold": FrameKind.COLD}
_WORDS = {kind: word for word, kind in _KINDS.items()}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}|-1")
_LINES = 5


class Receipt(NamedTuple):
    """Commands in a row, as they stand in a frame that is durable.

    sequence  of the first of `commands_count`
    time_ns   of the frame
    account   whose key asked; NOBODY for what seats signed
    kind      FrameKind.HOT or COLD
    digest    bytes[32]: SHA-256 of the commands as a frame of that kind holds them: hot records, then their texts; or
              the cold one
    payload   those bytes, where they are few; empty where only the digest is told
    """

    sequence: int
    commands_count: int
    time_ns: int
    account: int
    kind: FrameKind
    digest: bytes
    payload: bytes

    @classmethod
    def of(cls, sequence: int, count: int, time_ns: int, account: int, kind: FrameKind, payload: bytes) -> Self:
        told = payload if len(payload) <= PAYLOAD_BYTES_MAX else b""
        return cls(sequence, count, time_ns, account, kind, sha256(payload).digest(), told)

    def text(self) -> str:
        """The note's text."""
        lines = [
            RECEIPT,
            f"{self.sequence} {self.commands_count}",
            f"time {self.time_ns}",
            f"account {self.account}",
            f"{_WORDS[self.kind]} {b64encode(self.digest).decode()}",
        ]
        if self.payload:
            lines.append(f"commands {b64encode(self.payload).decode()}")
        return "\n".join(lines) + "\n"


def sign_receipt(receipt: Receipt, signer: Signer, delegation: bytes) -> bytes:
    return sign_delegated(receipt.text(), signer, delegation)


def open_receipt(data: bytes, journal: Verifier) -> Receipt:
    """Check a receipt with the journal's public key; raises NoteRefused."""
    return _parsed(open_delegated(data, journal))


def _parsed(text: str) -> Receipt:
    lines = text[:-1].split("\n")
    if len(lines) not in (_LINES, _LINES + 1) or lines[0] != RECEIPT:
        raise NoteRefused("the first note is no receipt")
    numbers = lines[1].split(" ")
    word, _, digest = lines[4].partition(" ")
    if len(numbers) != 2 or word not in _KINDS:
        raise NoteRefused("the receipt does not say of which commands")
    payload = base64_bytes(lines[5].removeprefix("commands ")) if len(lines) > _LINES else b""
    receipt = Receipt(
        sequence=_number(numbers[0]),
        commands_count=_number(numbers[1]),
        time_ns=_after("time", lines[2]),
        account=_after("account", lines[3]),
        kind=_KINDS[word],
        digest=base64_bytes(digest),
        payload=payload,
    )
    is_told = not payload or sha256(payload).digest() == receipt.digest
    if receipt.sequence < 1 or receipt.commands_count < 1 or not is_told or receipt.text() != text:
        raise NoteRefused("the receipt contradicts itself")
    return receipt


def _after(word: str, line: str) -> int:
    found, _, number = line.partition(" ")
    if found != word:
        raise NoteRefused(f"not the {word} of a receipt: {line!r}")
    return _number(number)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise NoteRefused(f"not a number: {text!r}")
    return int(text)
