"""Random lives of orders between people: whatever happens, no escrow is lost, and at the end every unit has one owner.

A life is that of an order, from being opened to being forgotten. The deep run lives ten thousand of them.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from venus.core.machine import Machine
from venus.records import p2p
from venus.records.coins import DAY_NS
from venus.records.commands import FreezeAccount, NoteClockJump, PlainCommand, UnfreezeAccount
from venus.records.events import EventKind
from venus.records.p2p_states import AdvertState, CancelReason, Ground, OrderState, Party
from venus.testing.officials import ARBITER, signed_by
from venus.testing.p2p_stage import HOURS, MINUTES, PAYEE, PAYER, PROOF, TEXT, P2pStage

USDT, UNIT = 1, 10**6
NAMES = ("ann", "bob", "cat", "dan")
CHECK_EVERY = 32  # steps; all invariants, recomputed from nothing
LIVES_DEEP = 10_000
traders = st.integers(0, len(NAMES) - 1)
some = st.integers(0, 30)  # which of the latest adverts or orders
others = st.sampled_from([1, 2, 3, 1, 2, 3, 0])
either = st.sampled_from([Party.BUYER, Party.SELLER])
hashes = st.sampled_from([b"", PROOF])


class Founded:
    """The market in the morning, made once."""

    def __init__(self) -> None:
        stage = P2pStage()
        self.accounts = [stage.trader(name).account for name in NAMES]
        machine = stage.play.opinions.machines["core"]
        assert isinstance(machine, Machine)
        self.arrays = {name: array.copy() for name, array in machine.arrays().items()}
        self.time_ns, self.sequence = stage.time_ns, machine.next_sequence


class Lives(RuleBasedStateMachine):
    founded: ClassVar[Founded | None] = None
    lived: ClassVar[int] = 0
    endings: ClassVar[set[tuple[int, int]]] = set()

    def __init__(self) -> None:
        super().__init__()
        founded = Lives.founded = Lives.founded or Founded()
        self.machine = Machine()
        self.machine.restore({name: array.copy() for name, array in founded.arrays.items()})
        self.accounts, self.time_ns = founded.accounts, founded.time_ns
        self.total = self.inside()
        self.adverts: list[int] = []
        self.orders: list[int] = []
        self.steps = 0

    @initialize()
    def open_the_market(self) -> None:
        for who in range(len(NAMES)):
            self.post(who, side=who % 2, units=400)

    # What they do. Much of it is refused, and then nothing may have changed.

    @rule(who=traders, side=st.sampled_from([0, 1, 1]), units=st.integers(1, 400))
    def post(self, who: int, side: int, units: int) -> None:
        offer = {"account": self.accounts[who], "side": side, "asset": USDT, "fiat": "CNY", "atoms": units * UNIT}
        offer |= {"fiat_min": 1, "fiat_max": 10**12, "price": 72 * 10**7, "margin_ppm": 0, "pay_ns": 30 * MINUTES}
        self.adverts += self.ask(p2p.PostAdvert, **offer, methods=(1,), text_hash=TEXT)

    @rule(which=some, units=st.integers(1, 400))
    def edit(self, which: int, units: int) -> None:
        for number, advert in self.latest(self.adverts, which, self.machine.affairs.market.adverts):
            offer = {"account": advert.account, "atoms": units * UNIT, "fiat_min": 1, "fiat_max": 10**12}
            offer |= {"price": 71 * 10**7, "margin_ppm": 0, "pay_ns": 10 * MINUTES, "methods": (1, 2)}
            self.ask(p2p.EditAdvert, advert=number, text_hash=TEXT, **offer)

    @rule(which=some, state=st.sampled_from(AdvertState))
    def put(self, which: int, state: AdvertState) -> None:
        for number, advert in self.latest(self.adverts, which, self.machine.affairs.market.adverts):
            self.ask(p2p.SetAdvertState, advert=number, account=advert.account, state=state)

    @rule(takes=st.lists(st.tuples(some, others, st.integers(UNIT, 60 * UNIT)), min_size=4, max_size=12))
    def take(self, takes: list[tuple[int, int, int]]) -> None:
        """Mostly by somebody else than who posted it."""
        for which, other, atoms in takes:
            for number, advert in self.latest(self.adverts, which, self.machine.affairs.market.adverts):
                account = self.accounts[(self.accounts.index(advert.account) + other) % len(NAMES)]
                taking = {"advert": number, "account": account, "amount": atoms, "in_fiat": 0, "method": 1}
                taking |= {"price_limit": 1 if advert.side == 0 else 2**62, "payer_hash": PAYER, "payee_hash": PAYEE}
                self.orders += self.ask(p2p.TakeAdvert, **taking, retain_days=1, terms_hash=TEXT)

    @rule(acts=st.lists(st.tuples(some, st.booleans(), either, hashes), min_size=2, max_size=12))
    def go_on(self, acts: list[tuple[int, bool, Party, bytes]]) -> None:
        """The buyer pays, the seller releases; or one of them appeals, or proves."""
        for which, is_smooth, party, evidence in acts:
            for number, order in self.latest(self.orders, which, self.machine.affairs.market.orders):
                account = order.buyer if party is Party.BUYER else order.seller
                if order.state == OrderState.OPEN:
                    self.ask(p2p.MarkPaid, order=number, account=order.buyer, fiat=1, proof_hash=evidence, chat=b"")
                elif order.state == OrderState.PAID and is_smooth:
                    self.ask(p2p.ReleaseEscrow, order=number, account=order.seller, chat=b"")
                elif order.state == OrderState.DISPUTED:
                    self.ask(p2p.SubmitEvidence, order=number, account=account, evidence_hash=PROOF, chat=b"")
                else:
                    said = {"ground": Ground.OTHER, "evidence_hash": evidence, "chat": b""}
                    self.ask(p2p.OpenAppeal, order=number, account=account, **said)

    @rule(which=some, party=either)
    def undo_or_withdraw(self, which: int, party: Party) -> None:
        for number, order in self.latest(self.orders, which, self.machine.affairs.market.orders):
            account = order.buyer if party is Party.BUYER else order.seller
            kind = p2p.UndoPaid if order.state == OrderState.PAID else p2p.WithdrawAppeal
            self.ask(kind, order=number, account=account, chat=b"")

    @rule(which=some)
    def cancel(self, which: int) -> None:
        for number, order in self.latest(self.orders, which, self.machine.affairs.market.orders):
            said = {"account": order.buyer, "reason": CancelReason.OTHER, "chat": b""}
            self.ask(p2p.CancelEscrow, order=number, **said)

    @rule(which=some, party=either, share=st.integers(0, 4), both=st.booleans())
    def split(self, which: int, party: Party, share: int, both: bool) -> None:
        for number, order in self.latest(self.orders, which, self.machine.affairs.market.orders):
            sides = [order.buyer, order.seller] if both else [order.buyer if party is Party.BUYER else order.seller]
            for account in sides:
                self.ask(p2p.OfferSplit, order=number, account=account, buyer_atoms=order.atoms * share // 4, chat=b"")

    @rule(which=some, share=st.integers(0, 7), at_fault=st.integers(0, 2))
    def judge(self, which: int, share: int, at_fault: int) -> None:
        for number, order in self.latest(self.orders, which, self.machine.affairs.market.orders):
            if order.state == OrderState.DISPUTED:
                self.decide(number, order.atoms * share // 7, at_fault)
            elif order.has_ended:
                claim = p2p.RelockEscrow if share else p2p.RefuseClaim
                self.orders += self.ask(claim, ARBITER, order=number, **({} if share else {"grounds_hash": PROOF}))

    @rule(who=traders, units=st.integers(-60, 60))
    def bond(self, who: int, units: int) -> None:
        kind = p2p.PostBond if units > 0 else p2p.WithdrawBond
        self.ask(kind, account=self.accounts[who], atoms=abs(units) * UNIT)

    @rule(who=traders, until=st.sampled_from([0, 20 * MINUTES]))
    def freeze_or_sanction(self, who: int, until: int) -> None:
        account, until_ns = self.accounts[who], self.time_ns + 20 * MINUTES
        if until:
            self.ask(FreezeAccount, account=account, until_ns=until_ns)
        else:
            self.ask(p2p.SanctionTrader, ARBITER, account=account, until_ns=until_ns, grounds="late")

    @rule(ns=st.sampled_from([1, 10 * MINUTES, 30 * MINUTES, HOURS, 3 * HOURS, DAY_NS, 8 * DAY_NS]))
    def pass_time(self, ns: int) -> None:
        self.wait(ns)

    def teardown(self) -> None:
        """All comes to its end, by the clock and by arbiters; then nothing is held, and nothing was lost or made."""
        for account in self.accounts:
            self.ask(UnfreezeAccount, account=account)
        market = self.machine.affairs.market
        while any(not order.has_ended for order in market.orders.values()):
            self.wait(3 * HOURS)
            for number in [number for number, order in market.orders.items() if order.state == OrderState.DISPUTED]:
                self.decide(number, market.orders[number].atoms // 2, 0)
        for number, order in list(market.orders.items()):
            if order.claimed_by != Party.NOBODY:
                self.ask(p2p.RefuseClaim, ARBITER, order=number, grounds_hash=PROOF)
        for number, advert in list(market.adverts.items()):
            self.ask(p2p.SetAdvertState, advert=number, account=advert.account, state=AdvertState.CLOSED)
        self.wait(8 * DAY_NS)
        for account, bond in list(market.bonds.items()):
            self.ask(p2p.WithdrawBond, account=account, atoms=bond.atoms)
        self.machine.check()
        assert not market.orders and not market.adverts and not market.bonds
        balances = self.machine.memory["balances"]
        assert not balances["held_atoms"][np.isin(balances["account"], self.accounts)].any()
        assert self.inside() == self.total
        Lives.lived += len(self.orders)

    # How.

    def latest(self, numbers: list[int], which: int, known: dict[int, Any]) -> list[tuple[int, Any]]:
        """One of the latest that are still there, if there is one."""
        there = [number for number in numbers[-40:] if number in known]
        return [(there[-1 - which % len(there)], known[there[-1 - which % len(there)]])] if there else []

    def inside(self) -> int:
        """What everybody has, free and held, but the world outside."""
        return int(self.machine.memory["assets"]["inside_atoms"][USDT])

    def ask(self, kind: Callable[..., PlainCommand], *institutions: int, **fields: Any) -> list[int]:
        """The number that was given, if one was."""
        command = kind(reference=f"life {self.machine.next_sequence}", **fields)
        asked = signed_by(command, self.time_ns, *institutions) if institutions else command
        events = self.machine.apply_cold(self.time_ns, self.machine.next_sequence, asked)
        own = events[-1]
        ended = events[np.isin(events["kind"], [EventKind.ESCROW_COMPLETED, EventKind.ESCROW_CANCELLED])]
        Lives.endings |= set(zip(ended["kind"].tolist(), ended["reason"].tolist(), strict=True))
        self.steps += 1
        if self.steps % CHECK_EVERY == 0:
            self.machine.check()
        gives = (EventKind.ADVERT_POSTED, EventKind.ESCROW_OPENED, EventKind.ESCROW_RELOCKED)
        return [int(own["order_id"])] if own["kind"] in gives else []

    def decide(self, number: int, buyer_atoms: int, at_fault: int) -> None:
        verdict = {"buyer_atoms": buyer_atoms, "at_fault": at_fault, "grounds_hash": PROOF, "chat": b""}
        self.ask(p2p.DecideDispute, ARBITER, order=number, **verdict)

    def wait(self, ns: int) -> None:
        self.time_ns += ns
        self.ask(NoteClockJump, by_ns=0)


def live(examples: int, steps: int) -> int:
    """So many days of a market, others at every call; how many orders lived in them."""
    Lives.lived = 0
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=False,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Lives.lived


def test_some_hundred_lives():
    lived = 0
    for _ in range(20):  # some live none
        lived += live(examples=5, steps=60)
        if lived >= 100:
            break
    assert lived >= 100


@pytest.mark.heavy
def test_ten_thousand_lives():
    lived = 0
    for _ in range(100):
        lived += live(examples=25, steps=100)
        if lived >= LIVES_DEEP:
            break
    assert lived >= LIVES_DEEP
    assert len(Lives.endings) >= 7, Lives.endings
