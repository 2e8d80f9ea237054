"""Holds a customer's receipt against a journal: whether that has the commands there, or what it has instead.

Source: docs/rules/receipts.md, "Checking".
"""

from typing import NamedTuple

import msgspec

from venus.journal.frames import Frame, FrameKind
from venus.journal.receipts import Receipt
from venus.journal.sequences import Sequences
from venus.journal.store import JournalReader
from venus.records.commands import decode_cold
from venus.records.sequenced import commands_of, slice_hot
from venus.records.words import cold_words, command_words


class Verdict(NamedTuple):
    """What a journal says to a receipt.

    holds  True: it has these commands there. False: it contradicts the receipt, which is then evidence against whoever
           signed it. None: it ends before, so a newer copy must be asked
    frame  in which they stand or should; -1: none
    words  why, for people
    """

    holds: bool | None
    frame: int
    words: str


def judge(receipt: Receipt, reader: JournalReader) -> Verdict:
    """Raises what reading a journal raises: JournalDamaged, StorageFailed."""
    sequence, count = receipt.sequence, receipt.commands_count
    frame = Sequences(reader).holding(sequence)
    if frame is None:
        return Verdict(None, -1, f"this journal ends before the command {sequence}: ask a newer copy of it")
    at = f"frame {frame.number}"
    if frame.time_ns != receipt.time_ns:
        return Verdict(
            False, frame.number, f"{at}: the journal's time is {frame.time_ns}, the receipt says {receipt.time_ns}"
        )
    first = sequence - frame.first_sequence
    if first + count > frame.commands_count:
        return Verdict(False, frame.number, f"{at}: it ends before the last of the receipt's {count} commands")
    found = _payload(frame, first, count)
    told = Receipt.of(sequence, count, frame.time_ns, receipt.account, FrameKind(frame.kind), found)
    if (told.kind, told.digest) != (receipt.kind, receipt.digest):
        return Verdict(False, frame.number, f"{at}: {_difference(receipt, told, found)}")
    return Verdict(True, frame.number, f"{at} holds it: {' | '.join(told_commands(told.kind, found, count))}")


def told_commands(kind: FrameKind, payload: bytes, count: int) -> list[str]:
    """Commands in words, each with its client id; a payload that cannot be read says so."""
    try:
        if kind == FrameKind.COLD:
            return [cold_words(decode_cold(payload))]
        return [command_words(command) + (f" {text!r}" * bool(text)) for command, text in commands_of(payload, count)]
    except (msgspec.MsgspecError, ValueError):
        return ["bytes that are no command"]


def _payload(frame: Frame, first: int, count: int) -> bytes:
    if frame.kind == FrameKind.COLD:
        return bytes(frame.payload)
    return slice_hot(frame.payload, frame.commands_count, first, count).payload


def _difference(receipt: Receipt, told: Receipt, found: bytes) -> str:
    """The first command of the run that is another one."""
    theirs = told_commands(told.kind, found, receipt.commands_count)
    if not receipt.payload:
        return f"the journal has other commands there: {' | '.join(theirs)}"
    ours = told_commands(receipt.kind, receipt.payload, receipt.commands_count)
    for number, (own, other) in enumerate(zip(ours, theirs, strict=False)):
        if own != other:
            return f"command {receipt.sequence + number} is {other}, the receipt says {own}"
    return f"the journal has {' | '.join(theirs)}, the receipt says {' | '.join(ours)}"
