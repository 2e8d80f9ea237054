"""Whom a door waits for is whom the core asks: on streams around coins, need and count against the core's own."""

from collections.abc import Callable

import pytest

from venus.core.machine import Machine
from venus.gateway.binance.errors import ApiError
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.quorums import Judged, missing, needed
from venus.gateway.issuance.refusals import CODE_BASE
from venus.gateway.issuance.signatures import seat_that_signed
from venus.records import coins, institutions
from venus.records.batch import Batch
from venus.records.commands import Approved, PlainCommand, encode_cold, plain
from venus.records.events import EventFlag, EventKind
from venus.records.quorums import NOBODY, Need
from venus.records.quorums import needed as core_needed
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.coin_flow import CoinFlow
from venus.testing.frames import Frame
from venus.views.issuance import Issuance
from venus.views.issuance_questions import (
    CoinsQuestion,
    InstitutionsQuestion,
    LawfulOrder,
    LawfulOrdersQuestion,
    ReservesQuestion,
)

COMMANDS = 250
OF_ORDER = (coins.EnforceOrder, coins.LiftOrder, coins.DecideAppeal)
OF_THEIR_OWN = (institutions.RevokeSeat, institutions.SetQuorum, institutions.AdoptControls)
"""Commands that are refused for a seat or a quorum by tests of their own, too."""
OF_APPROVALS = {
    Reject.UNKNOWN_SEAT,
    Reject.SEAT_NOT_ACTIVE,
    Reject.APPROVAL_EXPIRED,
    Reject.BAD_SIGNATURE,
}


def facts_of(view: Issuance) -> LedgerFacts:
    """What a door would know, had it just asked."""
    facts = LedgerFacts.__new__(LedgerFacts)
    facts.who = view.answer(InstitutionsQuestion())
    facts.coins = view.answer(CoinsQuestion()).coins
    facts.currencies = []
    answers = [view.answer(ReservesQuestion(coin.asset)) for coin in facts.coins]
    facts.reserves = {reserve.number: reserve for answer in answers for reserve in answer.reserves}
    return facts


def order_of(view: Issuance, facts: LedgerFacts, command: PlainCommand) -> LawfulOrder | None:
    if not isinstance(command, OF_ORDER):
        return None
    orders = [one for coin in facts.coins for one in view.answer(LawfulOrdersQuestion(coin.asset)).orders]
    return next((one for one in orders if one.number == command.order), None)


def or_reject(ask: Callable[[], Need]) -> Need | Reject:
    try:
        return ask()
    except ApiError as error:
        return Reject(CODE_BASE - error.code)


def check_need(view: Issuance, machine: Machine, frame: Frame) -> None:
    """Before the frame: who must approve its command."""
    assert frame.cold is not None
    command, facts = plain(frame.cold), facts_of(view)
    own = core_needed(machine.affairs, command)
    told = or_reject(lambda: needed(facts, command, order_of(view, facts, command), Judged()))
    assert told == own, command


def check_count(view: Issuance, frame: Frame, reason: Reject) -> None:
    """After it, if it was not because of anything else: whether its approvals were a quorum."""
    assert isinstance(frame.cold, Approved)
    command, facts = plain(frame.cold), facts_of(view)
    approvals = frame.cold.approvals
    need = or_reject(lambda: needed(facts, command, order_of(view, facts, command), Judged()))
    if isinstance(need, Reject) or need == NOBODY:
        return
    body = encode_cold(command)
    faults = [
        or_reject(lambda one=one: seat_that_signed(facts, one, body, frame.time_ns) and Need()) for one in approvals
    ]
    bad = [fault for fault in faults if isinstance(fault, Reject)]
    if reason in OF_APPROVALS:
        assert bad or isinstance(command, OF_THEIR_OWN), (reason, command)
    elif reason == Reject.QUORUM_MISSING and not bad:
        wanted = missing(facts, need, approvals, frame.time_ns)
        assert wanted or isinstance(command, OF_THEIR_OWN), command
    elif reason == Reject.NONE:
        assert not bad and not missing(facts, need, approvals, frame.time_ns), command


@pytest.mark.parametrize("seed", range(5))
def test_a_door_waits_for_whom_the_core_asks(seed: int) -> None:
    machine, flow, view = Machine(), CoinFlow(seed), Issuance()
    opinions = Opinions({"core": machine})
    counted = 0
    for number, frame in enumerate(flow.frames(COMMANDS)):
        if frame.cold is not None:
            check_need(view, machine, frame)
        before = view.arrays()
        events = opinions.apply(frame)
        flow.learn(events)
        cold = plain(frame.cold) if frame.cold is not None else None
        if isinstance(frame.cold, Approved):
            last = events[-1]
            is_rejected = last["kind"] == EventKind.REJECTED
            is_due = (events["flags"] & EventFlag.TIMER).any()
            if not is_due and not last["flags"] & EventFlag.REPEATED:
                then = Issuance()
                then.restore(before)
                check_count(then, frame, Reject(int(last["reason"])) if is_rejected else Reject.NONE)
                counted += 1
        view.apply(Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events))
    assert counted > 50
