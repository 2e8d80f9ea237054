"""A dispute decided again by whoever was given its bundle: is everything in the journal, and does it come to that?

Nothing is asked of the exchange; its public key and this program are enough. Source: docs/rules/p2p_bundle.md.
"""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import msgspec

from venus.journal.delegated import open_delegated
from venus.journal.frames import HEADER_BYTES, FrameBroken, FrameKind, FrameVersion, Header, decode_header
from venus.journal.merkle import verify_inclusion
from venus.journal.notes import Checkpoint, NoteRefused, Verifier, open_note, parse_checkpoint
from venus.p2p.bundle import Bundle, FrameProof, signed_text
from venus.p2p.bundle import Told as ToldThere
from venus.p2p.chat import BrokenChain, Message, check_chain
from venus.p2p.opening import Impossible
from venus.p2p.replay import Case, RanOut, Step, Told, replay
from venus.p2p.texts import AdvertText, BadText, Evidence, Grounds, decoded
from venus.records import p2p
from venus.records.approvals import Approval
from venus.records.commands import Approved, decode_cold, plain
from venus.records.p2p_states import Act
from venus.supervisor.dispute_seats import wrong_seats


class Kind(StrEnum):
    """What of a bundle is not as it should be."""

    SIGNATURE = "SIGNATURE"  # the exchange does not stand by this file
    CHECKPOINT = "CHECKPOINT"  # not signed by the journal's key
    FRAME = "FRAME"  # no frame, or out of order
    PROOF = "PROOF"  # a frame that is not in the checkpoint's log
    COMMAND = "COMMAND"  # a frame that has nothing to do with the order
    REPLAY = "REPLAY"  # rules and table do not allow it
    SEATS = "SEATS"  # a verdict that those who must did not approve
    CONFLICT = "CONFLICT"  # a party judged himself
    CHAT = "CHAT"  # its chain is broken
    HEAD = "HEAD"  # a command names a chat that is not this one
    TEXT = "TEXT"  # another text than the hash says
    JOURNAL = "JOURNAL"  # the journal says otherwise


class Fault(NamedTuple):
    kind: Kind
    words: str


class Obeyed(NamedTuple):
    """A command of the bundle, proven to be in the journal."""

    frame: int
    step: Step
    approvals: tuple[Approval, ...]


class Report(NamedTuple):
    """What checking found.

    faults    empty: nothing contradicts the bundle
    case      the order as it was decided again; None if that was impossible
    obeyed    its commands
    unproven  in words, what of it rests on the exchange's signature alone, or is not there
    """

    faults: list[Fault]
    checkpoint: Checkpoint | None
    case: Case | None
    obeyed: list[Obeyed]
    unproven: list[str]


def check(bundle: Bundle, verifier: Verifier) -> Report:
    """Hold a bundle against the journal's public key. Finds all faults that it can, not the first alone."""
    faults: list[Fault] = []
    _check_signature(bundle, verifier, faults)
    checkpoint = _checkpoint(bundle, verifier, faults)
    obeyed = _obeyed(bundle, checkpoint, faults)
    case: Case | None = None
    try:
        case = replay(bundle.order, [one.step for one in obeyed], to_replay(bundle.told), _until_ns(bundle, obeyed))
    except Impossible as error:
        faults.append(Fault(Kind.REPLAY, str(error)))
    if case is not None:
        faults += [Fault(Kind.COMMAND, words) for words in _strangers(bundle.order, case, obeyed)]
        for wrong in wrong_seats(bundle.told, case, [(one.step, one.approvals) for one in obeyed]):
            faults.append(Fault(Kind.CONFLICT if wrong.is_conflict else Kind.SEATS, wrong.words))
    steps = [one.step for one in obeyed]
    _check_chat(bundle, steps, faults)
    unproven = [] if case is None else _unproven(bundle, case, steps)
    unproven += _check_texts(bundle, steps, faults)
    return Report(faults, checkpoint, case, obeyed, unproven)


def to_replay(told: ToldThere) -> Told:
    """What a replay is told besides the commands. Raises Impossible for a clock that there is not."""
    acts = Act.__members__
    wrong = [one.act for one in told.timers if one.act not in acts]
    if wrong:
        raise Impossible(0, f"{wrong[0]!r} is no act of a clock")
    return Told(
        scales={one.asset: one.scale for one in told.assets},
        maker_fee_ppm=told.maker_fee_ppm,
        timers=[RanOut(one.order, acts[one.act], one.time_ns, one.is_frozen) for one in told.timers],
        relocked={one.order: one.atoms for one in told.relocked},
    )


def _check_signature(bundle: Bundle, verifier: Verifier, faults: list[Fault]) -> None:
    try:
        text = open_delegated(bundle.signature.encode(), verifier)
    except NoteRefused as error:
        faults.append(Fault(Kind.SIGNATURE, f"the exchange's signature under the bundle: {error}"))
        return
    if text != signed_text(bundle):
        faults.append(Fault(Kind.SIGNATURE, "what the exchange signed is another bundle"))


def _checkpoint(bundle: Bundle, verifier: Verifier, faults: list[Fault]) -> Checkpoint | None:
    try:
        checkpoint = parse_checkpoint(open_note(bundle.checkpoint.encode(), [verifier]).text)
    except NoteRefused as error:
        faults.append(Fault(Kind.CHECKPOINT, str(error)))
        return None
    if checkpoint.origin != verifier.name:
        faults.append(Fault(Kind.CHECKPOINT, f"it is of {checkpoint.origin}, the key is that of {verifier.name}"))
    return checkpoint


# Frames


def _obeyed(bundle: Bundle, checkpoint: Checkpoint | None, faults: list[Fault]) -> list[Obeyed]:
    found: list[Obeyed] = []
    for proof in bundle.frames:
        try:
            header, raw = _frame(proof)
            obeyed = _command(proof.number, header, raw)
        except (FrameBroken, ValueError, msgspec.MsgspecError) as error:
            faults.append(Fault(Kind.FRAME, f"frame {proof.number}: {error}"))
            continue
        if checkpoint is not None and not _is_in(checkpoint, proof, raw):
            faults.append(Fault(Kind.PROOF, f"frame {proof.number} is not in the log of {checkpoint.frames} frames"))
        found.append(obeyed)
    for before, one in pairwise(found):
        forward = before.frame < one.frame and before.step.sequence < one.step.sequence
        if not (forward and before.step.time_ns <= one.step.time_ns):
            faults.append(Fault(Kind.FRAME, f"frame {one.frame} does not come after frame {before.frame}"))
    return found


def _bytes(text: str) -> bytes:
    """Raises ValueError."""
    try:
        return b64decode(text, validate=True)
    except BadBase64:
        raise ValueError("it is not base64") from None


def _frame(proof: FrameProof) -> tuple[Header, bytes]:
    raw = _bytes(proof.frame)
    header = decode_header(memoryview(raw), 0)
    if len(raw) != HEADER_BYTES + header.payload_bytes:
        raise ValueError(f"it has {len(raw)} bytes, its header says {HEADER_BYTES + header.payload_bytes}")
    if header.version != FrameVersion.WHOLE:
        raise ValueError(f"a frame of version {header.version} is not proved by its bytes alone")
    if header.number != proof.number:
        raise ValueError(f"its header says that it is frame {header.number}")
    return header, raw


def _command(number: int, header: Header, raw: bytes) -> Obeyed:
    if header.kind != FrameKind.COLD or header.commands_count != 1:
        raise ValueError("it does not hold one cold command")
    command = decode_cold(raw[HEADER_BYTES:])
    approvals = command.approvals if isinstance(command, Approved) else ()
    return Obeyed(number, Step(header.first_sequence, header.time_ns, plain(command)), approvals)


def _is_in(checkpoint: Checkpoint, proof: FrameProof, raw: bytes) -> bool:
    try:
        path = [_bytes(text) for text in proof.path]
    except ValueError:
        return False
    return verify_inclusion(sha256(raw).digest(), proof.number, checkpoint.frames, path, checkpoint.root)


def _until_ns(bundle: Bundle, obeyed: Sequence[Obeyed]) -> int:
    """A time that the journal has reached: of the last of its frames, or of what a clock did."""
    return max([one.step.time_ns for one in obeyed] + [one.time_ns for one in bundle.told.timers], default=0)


def _strangers(order: int, case: Case, obeyed: Sequence[Obeyed]) -> list[str]:
    """Commands that belong to nothing of the case."""
    used = {one.sequence for one in case.timeline}
    begun = case.lives[order].opened
    return [
        f"frame {one.frame}: {type(one.step.command).__name__} has nothing to do with order {order}"
        for one in obeyed
        if one.step.sequence not in used and not _is_before(one.step, order, begun.advert)
    ]


def _is_before(step: Step, order: int, advert: int) -> bool:
    """Whether a command is of what an order begins with."""
    match step.command:
        case p2p.SetP2pTerms() | p2p.NoteIndex():
            return step.sequence < order
        case p2p.PostAdvert():
            return step.sequence == advert
        case p2p.EditAdvert(advert=number):
            return step.sequence < order and number == advert
        case _:
            return False


# Chat and texts


def _check_chat(bundle: Bundle, steps: Sequence[Step], faults: list[Fault]) -> None:
    chats: dict[str, list[Message]] = {}
    for message in bundle.chat:
        chats.setdefault(message.order, []).append(message)
    for order, messages in chats.items():
        try:
            check_chain(order, messages)
        except BrokenChain as error:
            faults.append(Fault(Kind.CHAT, f"order {order}: {error}"))
    heads = {(message.order, message.hash) for message in bundle.chat}
    for step in steps:
        head: bytes = getattr(step.command, "chat", b"")
        if head and (str(getattr(step.command, "order", 0)), head.hex()) not in heads:
            name = type(step.command).__name__
            faults.append(
                Fault(
                    Kind.HEAD, f"command {step.sequence}: {name} names a message that is not in the chat: {head.hex()}"
                )
            )


def _check_texts(bundle: Bundle, steps: Sequence[Step], faults: list[Fault]) -> list[str]:
    """Every text is what its hash says, and what its command says of it; returns what is not here."""
    for name, content in bundle.texts.items():
        if sha256(content.encode()).hexdigest() != name:
            faults.append(Fault(Kind.TEXT, f"the text under {name} is another"))
    absent: list[str] = []
    for step in steps:
        what = f"command {step.sequence}: {type(step.command).__name__}"
        for field, of_order in _TEXTS.items():
            digest: bytes = getattr(step.command, field, b"")
            text = bundle.texts.get(digest.hex())
            if digest and text is None:
                absent.append(f"{what}: the text of its {field} is not here")
            if text is None:
                continue
            try:
                order = of_order(text.encode())
            except BadText as error:
                faults.append(Fault(Kind.TEXT, f"{what}: {field}: {error}"))
                continue
            if order is not None and order != str(getattr(step.command, "order", 0)):
                faults.append(Fault(Kind.TEXT, f"{what}: its {field} is about order {order}"))
    return absent


def _of_advert(content: bytes) -> None:
    decoded(content, AdvertText)


_TEXTS: dict[str, Callable[[bytes], str | None]] = {
    "text_hash": _of_advert,
    "evidence_hash": lambda content: decoded(content, Evidence).order,
    "grounds_hash": lambda content: decoded(content, Grounds).order,
}
"""Fields of commands that name a text: what reads it, and says of which order it is. Raises BadText."""


def _unproven(bundle: Bundle, case: Case, steps: Sequence[Step]) -> list[str]:
    """What rests on the exchange's signature alone."""
    opened = case.lives[bundle.order].opened
    found = [
        "that no command about this order was left out: only a journal shows it",
        f"that asset {opened.asset} is {_code(bundle, opened.asset)}, and whose persons accounts and seats are",
    ]
    if bundle.told.timers:
        found.append("the moment when a clock ran out, behind what it was set to")
    if bundle.told.relocked:
        found.append("how much was free to be locked again")
    if not any(isinstance(one.command, p2p.SetP2pTerms) and one.sequence < opened.advert for one in steps):
        found.append("the maker's fee, which is of older terms")
    if bundle.told.arbiter != opened.terms.arbiter:
        found.append(f"that institution {bundle.told.arbiter} is the arbiter by later terms")
    due = case.last.due
    if due is not None:
        found.append(f"what came after {_until_of(case)}: {due.act.name} was due at {due.time_ns}")
    return found


def _until_of(case: Case) -> int:
    return case.timeline[-1].time_ns


def _code(bundle: Bundle, asset: int) -> str:
    return next((one.code for one in bundle.told.assets if one.asset == asset), "?")
