"""Every order of random markets comes out of its own few commands as the exchange had it, verdicts' signatures too."""

from typing import Any

import pytest

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.p2p.bundling import Case, Command, told_of
from venus.journal.frames import Frame, FrameKind, FrameVersion
from venus.model.exchange import Exchange
from venus.p2p.life import Life
from venus.p2p.replay import Step, replay
from venus.records.batch import Batch
from venus.records.commands import Approved, encode_cold, plain
from venus.records.p2p_states import Ending, OrderState
from venus.supervisor.dispute_bundle import to_replay
from venus.supervisor.dispute_seats import wrong_seats
from venus.testing.agreement import Opinions
from venus.testing.p2p_flow import P2pFlow
from venus.testing.p2p_wallet_flow import P2pWalletFlow
from venus.views.catalog import Asset
from venus.views.issuance import Issuance
from venus.views.issuance_questions import InstitutionsAnswer, InstitutionsQuestion
from venus.views.p2p import P2pView
from venus.views.p2p_questions import MarketQuestion, P2pOrder, P2pOrderAnswer, P2pOrderQuestion


class Town:
    """A random market: its frames with one command, and what its views say of it."""

    def __init__(self, flow: P2pFlow, commands: int) -> None:
        self.model = Exchange()
        self.p2p, self.issuance = P2pView(), Issuance()
        self.commands: dict[int, Command] = {}
        self.orders: dict[int, None] = {}
        opinions = Opinions({"model": self.model})
        for number, frame in enumerate(flow.frames(commands)):
            events = opinions.apply(frame)
            flow.learn(events)
            asked = frame.cold
            cold = None if asked is None else plain(asked)
            batch = Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events)
            self.p2p.apply(batch)
            self.issuance.apply(batch)
            self.orders |= dict.fromkeys(self.model.affairs.p2p.market.orders)
            if asked is not None:
                approvals = asked.approvals if isinstance(asked, Approved) else ()
                payload = memoryview(encode_cold(asked))
                journaled = Frame(
                    FrameVersion.WHOLE,
                    FrameKind.COLD,
                    number,
                    frame.first_sequence,
                    frame.time_ns,
                    0,
                    1,
                    1,
                    payload,
                    bytes(32),
                    bytes(32),
                )
                self.commands[number] = Command(journaled, plain(asked), approvals)
        self.ledger = LedgerFacts(None, None)  # type: ignore[arg-type]  # it is asked nothing here
        who = self.issuance.answer(InstitutionsQuestion())
        assert isinstance(who, InstitutionsAnswer)
        self.ledger.who = who

    def answer(self, number: int) -> P2pOrderAnswer:
        found: Any = self.p2p.answer(P2pOrderQuestion(number))
        return found

    def check(self, number: int) -> str:
        """Replay an order from what its bundle would hold; how it ended."""
        first = self.answer(number)
        order = first.order
        assert order is not None
        case = Case([first, self.answer(order.relocked_as)] if order.relocked_as else [first])
        commands = [self.commands[frame] for frame in case.frames()]
        scale = self.model.ledger.assets[order.asset].scale
        market: Any = self.p2p.answer(MarketQuestion())
        told = told_of(case, commands, Asset(order.asset, "", scale), self.ledger, market.terms.arbiter)
        steps = [Step(one.frame.first_sequence, one.frame.time_ns, one.command) for one in commands]
        until_ns = max([one.time_ns for one in steps] + [one.time_ns for one in told.timers])
        replayed = replay(number, steps, to_replay(told), until_ns)
        for answer in case.answers:
            assert answer.order is not None
            check_life(replayed.lives[answer.order.number], answer.order)
        obeyed = [(step, one.approvals) for step, one in zip(steps, commands, strict=True)]
        assert list(wrong_seats(told, replayed, obeyed)) == []
        return Ending(order.ending).name


def check_life(life: Life, order: P2pOrder) -> None:
    opened = life.opened
    assert (opened.buyer, opened.seller, opened.asset, opened.atoms) == (
        order.buyer,
        order.seller,
        order.asset,
        order.atoms,
    )
    assert (opened.relocks, opened.holder, life.relocked_by) == (order.relocks, order.holder, order.relocked_as)
    if not order.relocks:
        assert (opened.price, opened.fiat_amount) == (order.price, order.fiat_amount)
    assert (life.state, life.ending, life.late, life.ended_ns) == (
        order.state,
        order.ending,
        order.late,
        order.ended_ns,
    )
    assert (life.claim.by if life.claim else 0) == order.claim_by
    shares = life.shares
    if shares is not None:
        assert life.buyer_atoms == order.buyer_atoms
        if not order.relocks:
            assert shares.house == order.buyer_fee_atoms + order.seller_fee_atoms
    if order.ending == Ending.DECIDED:
        assert life.at_fault == order.at_fault
    if order.state == OrderState.DISPUTED:
        assert (life.spoke, life.escalated, life.appealed_by) == (order.spoke, order.escalated, order.appealed_by)
        if not order.escalated:
            assert life.evidence_due_ns == order.evidence_due_ns


def play(flow: P2pFlow, commands: int) -> list[str]:
    town = Town(flow, commands)
    return [town.check(number) for number in town.orders if not _of(town, number).relocks]


def _of(town: Town, number: int) -> P2pOrder:
    order = town.answer(number).order
    assert order is not None
    return order


def test_orders_of_a_random_market() -> None:
    assert len(play(P2pFlow(1), 300)) > 5


def test_orders_that_are_paid_from_wallets() -> None:
    assert "PAID_BY_WALLET" in play(P2pWalletFlow(10), 300)


@pytest.mark.heavy
def test_orders_of_many_random_markets_end_in_every_way() -> None:
    ended = {ending for seed in range(10, 20) for ending in play(P2pFlow(seed), 500)}
    assert ended >= {"NONE", "RELEASED", "CANCELLED", "TIMED_OUT", "AGREED", "DECIDED", "SILENCE"}
