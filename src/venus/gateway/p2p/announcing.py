"""What the exchange says in an order's chat of each thing that happened to it. Texts: venus/p2p/system_texts.py."""

from collections.abc import Iterator
from typing import NamedTuple

from venus.gateway.p2p.facts import P2pFacts
from venus.p2p.names import NameMatch
from venus.p2p.system_texts import CANCEL_REASONS, GROUNDS, PARTIES, Both, Said, system_text
from venus.records.events import EventKind
from venus.records.p2p_states import CancelReason, Ending, Ground, Party
from venus.units import NS_PER_S
from venus.views.p2p_questions import P2pOrder, P2pOrderAnswer, Step

_MINUTE_NS, _HOUR_NS = 60 * NS_PER_S, 3_600 * NS_PER_S


class Announcement(NamedTuple):
    """once: the key under which it is said one time."""

    once: str
    text: Both
    time_ns: int


def announcements(
    answer: P2pOrderAnswer, facts: P2pFacts, match: NameMatch | None, first: int = 0
) -> list[Announcement]:
    """All that is to be said of an order so far, from a step on. match: of the payer's account with the buyer's
    verified name.
    """
    order = answer.order
    assert order is not None
    said = []
    for at, step in enumerate(answer.steps[first:], first):
        for part, text in enumerate(_said(step, order, facts, match)):
            said.append(Announcement(f"step:{at}:{part}", text, step.time_ns))
    return said


def _said(step: Step, order: P2pOrder, facts: P2pFacts, match: NameMatch | None) -> Iterator[Both]:
    amount, asset = facts.amount(order.asset, step.amount), facts.asset(order.asset).code
    party = PARTIES[Party.BUYER.name if step.account == order.buyer else Party.SELLER.name]
    match EventKind(step.kind):
        case EventKind.ESCROW_OPENED:
            yield from _opened(order, facts, match)
        case EventKind.ESCROW_PAID:
            yield from _paid(step, order, facts)
        case EventKind.ESCROW_UNPAID:
            yield system_text(Said.UNPAID)
        case EventKind.ESCROW_COMPLETED | EventKind.ESCROW_CANCELLED:
            yield from _ended(step, order, amount, asset)
        case EventKind.CANCEL_ASKED:
            yield system_text(Said.CANCEL_ASKED, reason=CANCEL_REASONS[CancelReason(step.reason)])
        case EventKind.CANCEL_REFUSED:
            yield system_text(Said.CANCEL_REFUSED)
        case EventKind.DISPUTE_OPENED if step.reason == Ground.RELEASE_LATE:
            yield system_text(Said.RELEASE_LATE, hours=_hours(facts))
        case EventKind.DISPUTE_OPENED:
            yield system_text(Said.APPEALED, party=party, ground=GROUNDS[Ground(step.reason)], hours=_hours(facts))
        case EventKind.EVIDENCE_SUBMITTED:
            yield system_text(Said.EVIDENCE, party=party)
        case EventKind.DISPUTE_WITHDRAWN if not order.relocks:
            yield system_text(Said.WITHDRAWN, minutes=facts.terms.release_ns // _MINUTE_NS)
        case EventKind.SPLIT_OFFERED:
            yield system_text(Said.OFFERED, party=party, amount=amount, asset=asset)
        case EventKind.DISPUTE_ESCALATED:
            yield system_text(Said.ESCALATED)
        case EventKind.CLAIM_MADE:
            yield system_text(Said.CLAIMED, party=party, ground=GROUNDS[Ground(step.reason)])
        case EventKind.CLAIM_REFUSED:
            yield system_text(Said.CLAIM_REFUSED)
        case EventKind.ESCROW_RELOCKED:
            number = order.relocked_as or order.number
            yield system_text(Said.RELOCKED, amount=amount, asset=asset, order=number, hours=_hours(facts))
        case EventKind.BOND_SLASHED:
            bond = facts.terms.bond_asset
            slashed = {"amount": facts.amount(bond, step.amount), "asset": facts.asset(bond).code}
            yield system_text(Said.SLASHED, party=party, **slashed)


def _opened(order: P2pOrder, facts: P2pFacts, match: NameMatch | None) -> Iterator[Both]:
    yield system_text(
        Said.OPENED,
        amount=facts.amount(order.asset, order.atoms),
        asset=facts.asset(order.asset).code,
        fiat=facts.money(order.fiat, order.fiat_amount),
        currency=order.fiat,
        minutes=max(1, (order.pay_due_ns - order.opened_ns) // _MINUTE_NS),
    )
    if order.due_atoms:
        yield system_text(Said.PAY_BY_WALLET)
        return
    yield system_text(Said.PAY_FROM)
    if match is NameMatch.CLOSE:
        yield system_text(Said.NAME_CLOSE)
    elif match is NameMatch.DIFFERENT:
        yield system_text(Said.NAME_DIFFERENT)


def _paid(step: Step, order: P2pOrder, facts: P2pFacts) -> Iterator[Both]:
    fiat, owed = facts.money(order.fiat, step.amount), facts.money(order.fiat, order.fiat_amount)
    minutes = facts.terms.release_ns // _MINUTE_NS
    yield system_text(Said.PAID, fiat=fiat, currency=order.fiat, minutes=minutes)
    if step.amount != order.fiat_amount:
        word = Said.PAID_LESS if step.amount < order.fiat_amount else Said.PAID_MORE
        yield system_text(word, fiat=fiat, owed=owed, currency=order.fiat)


def _ended(step: Step, order: P2pOrder, amount: str, asset: str) -> Iterator[Both]:
    places = {"amount": amount, "asset": asset}
    match Ending(step.reason):
        case Ending.RELEASED:
            yield system_text(Said.RELEASED, **places)
        case Ending.PAID_BY_WALLET:
            yield system_text(Said.PAID_BY_WALLET, **places)
        case Ending.AGREED:
            yield system_text(Said.AGREED, **places)
        case Ending.SILENCE:
            yield system_text(Said.SILENCE, **places)
        case Ending.DECIDED:
            yield system_text(Said.DECIDED, **places)
        case Ending.TIMED_OUT:
            yield system_text(Said.TIMED_OUT)
        case Ending.LAWFUL:
            yield system_text(Said.LAWFUL)
        case _:
            yield system_text(Said.CANCELLED)
    if step.kind == EventKind.ESCROW_COMPLETED and order.retain_days:
        yield system_text(Said.RETAINED, days=order.retain_days)


def _hours(facts: P2pFacts) -> str:
    """As short as it may be: a sandbox's may be a part of one."""
    return f"{facts.terms.evidence_ns / _HOUR_NS:g}"
