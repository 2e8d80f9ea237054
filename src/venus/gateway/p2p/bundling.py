"""What goes into a dispute's bundle, put together of what the view, the journal and the registry say.

Source: docs/rules/p2p_bundle.md.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.journal.frames import Frame, hashed_bytes
from venus.p2p.bundle import (
    AssetTold,
    FrameProof,
    InstitutionTold,
    PersonTold,
    RelockTold,
    SeatTold,
    TimerTold,
    Told,
)
from venus.p2p.chat import Kind, Message
from venus.p2p.clocks import clock_of
from venus.p2p.texts import Evidence, decoded
from venus.records.approvals import Approval
from venus.records.commands import Approved, PlainCommand, decode_cold, plain
from venus.records.p2p import SetP2pTerms
from venus.views.catalog import Asset
from venus.views.p2p_questions import P2pOrderAnswer

_HASHED_TEXTS = ("text_hash", "evidence_hash", "grounds_hash")


class Case(NamedTuple):
    """An order with, if there is one, the order that locked it again."""

    answers: list[P2pOrderAnswer]

    @property
    def numbers(self) -> list[int]:
        return [one.order.number for one in self.answers if one.order is not None]

    def frames(self) -> list[int]:
        """Numbers of the frames that it is replayed from, in order."""
        first = self.answers[0]
        found = {one.frame for one in (first.terms, first.posted, first.advert, first.index) if one.sequence}
        for answer in self.answers:
            for step in answer.steps:
                if not step.timer and clock_of(step.kind, step.reason, timer=False) is None:
                    found.add(step.frame)
        return sorted(found)

    def timers(self) -> Iterator[TimerTold]:
        for answer in self.answers:
            assert answer.order is not None
            for step in answer.steps:
                ran = clock_of(step.kind, step.reason, timer=step.timer)
                if ran is not None:
                    yield TimerTold(
                        order=answer.order.number, act=ran.act.name, time_ns=step.time_ns, is_frozen=ran.is_frozen
                    )

    def relocked(self) -> Iterator[RelockTold]:
        for answer in self.answers[1:]:
            assert answer.order is not None
            yield RelockTold(order=answer.order.number, atoms=answer.order.atoms)


class Command(NamedTuple):
    frame: Frame
    command: PlainCommand
    approvals: tuple[Approval, ...]


def commands_in(frames: Iterable[Frame]) -> list[Command]:
    found = []
    for frame in frames:
        command = decode_cold(bytes(frame.payload))
        approvals = command.approvals if isinstance(command, Approved) else ()
        found.append(Command(frame, plain(command), approvals))
    return found


def frame_proofs(commands: Sequence[Command], paths: Sequence[Sequence[bytes]]) -> tuple[FrameProof, ...]:
    return tuple(
        FrameProof(
            number=one.frame.number,
            frame=_text(hashed_bytes(one.frame)),
            path=tuple(_text(node) for node in path),
        )
        for one, path in zip(commands, paths, strict=True)
    )


def told_of(case: Case, commands: Sequence[Command], asset: Asset, ledger: LedgerFacts, arbiter_now: int) -> Told:
    """What the commands alone do not say. arbiter_now: of the terms in force."""
    first = case.answers[0]
    order = first.order
    assert order is not None
    approvals = {(one.institution, one.seat) for command in commands for one in command.approvals}
    institutions = [ledger.institution_numbered(number) for number in sorted({number for number, _ in approvals})]
    return Told(
        exchange=_text(ledger.who.exchange),
        relying_party=ledger.who.relying_party,
        page_origin=ledger.who.page_origin,
        maker_fee_ppm=order.buyer_fee_ppm if order.maker == order.buyer else order.seller_fee_ppm,
        arbiter=_arbiter(commands, {institution for institution, _ in approvals}, arbiter_now),
        assets=(AssetTold(asset=asset.number, code=asset.code, scale=asset.scale),),
        persons=tuple(
            PersonTold(account=one.account, person=one.person) for one in (first.buyer, first.seller) if one is not None
        ),
        institutions=tuple(
            InstitutionTold(institution=one.number, name=one.name, quorum=one.quorum) for one in institutions
        ),
        seats=tuple(_seat(ledger, institution, seat) for institution, seat in sorted(approvals)),
        timers=tuple(case.timers()),
        relocked=tuple(case.relocked()),
    )


def _arbiter(commands: Sequence[Command], approved: set[int], now: int) -> int:
    """The terms' that the order has, unless another decided: then later terms named it."""
    [first, *_] = [one.command.arbiter for one in commands if isinstance(one.command, SetP2pTerms)]
    return now if approved and first not in approved else first


def _seat(ledger: LedgerFacts, institution: int, number: int) -> SeatTold:
    seat = ledger.institution_numbered(institution).seats[number]
    return SeatTold(
        institution=institution,
        seat=number,
        person=seat.person,
        role=seat.role,
        scheme=seat.scheme,
        key=_text(seat.key),
        from_ns=seat.from_ns,
        until_ns=seat.until_ns,
    )


def text_hashes(commands: Sequence[Command]) -> list[bytes]:
    """Of all that people wrote and a command names."""
    named = (getattr(one.command, field, b"") for one in commands for field in _HASHED_TEXTS)
    return list(dict.fromkeys(digest for digest in named if digest))


def file_hashes(commands: Sequence[Command], chat: Sequence[Message], texts: Mapping[str, str]) -> list[str]:
    """Of all files that a command, the chat or evidence names."""
    proofs = [getattr(one.command, "proof_hash", b"").hex() for one in commands]
    shown = [message.file for message in chat if message.kind is Kind.FILE]
    brought = [texts.get(getattr(one.command, "evidence_hash", b"").hex()) for one in commands]
    named = [name for text in brought if text for name in decoded(text.encode(), Evidence).files]
    return list(dict.fromkeys(name for name in (*proofs, *shown, *named) if name))


def _text(data: bytes) -> str:
    return b64encode(data).decode()
