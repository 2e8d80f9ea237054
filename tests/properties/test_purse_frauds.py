"""Whatever devices do and in whatever order it is settled: nobody loses more than docs/rules/purses.md says.

Devices are honest or copied; payments are repeated, reordered, forged, split, late. Core and model play every command,
with all invariants after each; what is lost is reckoned here from what devices took and what accounts got.
"""

from collections import Counter
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venus.purse.device import Device, PurseRefused
from venus.records.coins import DAY_NS
from venus.records.commands import NoteClockJump
from venus.records.events import Event, EventKind
from venus.records.purses import PursePayment
from venus.records.rejects import Reject
from venus.testing.purse_stage import CLAIM_NS, HOLDS_MAX, LIFE_NS, PAYMENT_MAX, PurseStage, card_of, copy_of

NAMES = ("ann", "bob", "tea", "inn")
ISSUED = 5_000
ATOMS = st.sampled_from([90, 60, 40, 10, 1, PAYMENT_MAX, PAYMENT_MAX + 1])
WHO = st.integers(0, len(NAMES) - 1)
ACT = st.one_of(
    st.tuples(st.just("pay"), WHO, WHO, ATOMS),
    st.tuples(st.just("pay"), WHO, WHO, ATOMS),
    st.tuples(st.just("cheat"), WHO, WHO, WHO, ATOMS),
    st.tuples(st.just("cheat"), WHO, WHO, WHO, ATOMS),
    st.tuples(st.just("forge"), WHO, st.integers(0, 5), st.integers(0, 200)),
    st.tuples(st.just("load"), WHO, st.integers(1, 120)),
    st.tuples(st.just("settle"), st.permutations(range(6)), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 12)),
    st.tuples(st.just("close"), WHO),
)


@dataclass
class Game:
    guarantee_atoms: int
    stage: PurseStage = field(init=False)
    devices: list[Device] = field(init=False)
    clones: dict[int, Device] = field(default_factory=dict)
    shown: list[PursePayment] = field(default_factory=list)  # all that was ever signed or made up
    loaded: Counter[int] = field(default_factory=Counter)  # by purse
    paid: Counter[int] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)  # by guarantees
    caught: set[int] = field(default_factory=set)
    cheats: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.stage = PurseStage(self.guarantee_atoms)
        self.devices = [self.stage.purse(name, 0) for name in NAMES]
        for place, name in enumerate(NAMES):
            self.stage.person(name, 300)
            self.load(place, 100)

    def number(self, place: int) -> int:
        return card_of(self.devices[place]).purse

    def load(self, place: int, atoms: int) -> None:
        command = self.stage.funding(self.devices[place], atoms)
        [*_, event] = self.stage.ask(command)
        if event.kind == EventKind.REJECTED:
            return
        self.loaded[event.order_id] += atoms
        self.stage.certify(self.devices[place], event.order_id, event.price_ticks, event.remaining_lots)
        if place in self.clones:
            self.clones[place].load(card_of(self.devices[place]))

    def pay(self, payer: Device, place: int, atoms: int) -> None:
        stage = self.stage
        try:
            request = self.devices[place].ask(atoms, stage.nonce(), stage.time_ns)
            paid = payer.pay(request, stage.time_ns)
        except PurseRefused:
            return
        self.shown.append(paid.payment)
        before = msgspec.json.encode(self.devices[place])
        try:
            self.devices[place].receive(paid, stage.time_ns)
        except PurseRefused:
            assert msgspec.json.encode(self.devices[place]) == before, "a refusal changes nothing"
        assert self.devices[place].taken_atoms + self.devices[place].left_atoms <= HOLDS_MAX

    def cheat(self, place: int, first: int, second: int, atoms: int) -> None:
        """Device and copy pay with the same money; the copy is kept, and may go on."""
        if place not in self.clones or self.clones[place].counter < self.devices[place].counter:
            self.clones[place] = copy_of(self.devices[place])
        self.cheats.add(self.number(place))
        self.pay(self.devices[place], first, atoms)
        self.pay(self.clones[place], second, atoms)

    def forge(self, place: int, what: int, by: int) -> None:
        """Somebody who has no key changes what was signed."""
        if not self.shown:
            return
        one, changed = self.shown[-1], msgspec.structs.replace
        self.shown.append(
            [
                changed(one, atoms=one.atoms + by),
                changed(one, payee=self.number(place)),
                changed(one, counter=by, total_atoms=one.total_atoms + 1),
                changed(one, purse=self.number(place)),
                changed(one, nonce=bytes(16)),
                changed(one, signature=bytes(by)),
            ][what]
        )

    def settle(self, order: list[int], whole: bool) -> None:
        """Some of what was shown, in some order, some of it again; then devices forget what is done."""
        recent = self.shown if whole else self.shown[-6:]
        chosen = (
            [recent[place % len(recent)] for place in (order if not whole else range(len(recent)))] if recent else []
        )
        for start in range(0, len(chosen), 100):
            self._account(
                self.stage.ask(self.stage.settling(*chosen[start : start + 100])), chosen[start : start + 100]
            )

    def _account(self, events: list[Event], payments: list[PursePayment]) -> None:
        for event in events:
            if event.kind == EventKind.PURSE_CAUGHT:
                assert event.order_id not in self.caught
                self.caught.add(event.order_id)
            elif event.kind == EventKind.PURSE_PAID:
                self.paid[event.order_id] += event.quantity_lots
                self.answered[event.order_id] += event.hold_atoms
        outcomes = [one for one in events if one.kind in (EventKind.PURSE_PAID, EventKind.PURSE_REFUSED)]
        done = [
            payment
            for payment, one in zip(payments, outcomes, strict=True)
            if one.kind == EventKind.PURSE_PAID or one.reason == Reject.COUNTER_USED
        ]
        for payment, one in zip(payments, outcomes, strict=True):
            if one.kind == EventKind.PURSE_PAID and payment.purse not in self.cheats:
                assert one.remaining_lots == one.hold_atoms == 0, "an honest payment is paid in full"
        for device in self.devices:
            device.settled(done)

    def wait(self, days: int) -> None:
        self.stage.later(days * DAY_NS)
        self.stage.ask(NoteClockJump(reference=self.stage.reference(), by_ns=0))

    def close(self, place: int) -> None:
        self.stage.ask(self.stage.closing(self.devices[place]))

    def check(self) -> None:
        assert self.caught <= self.cheats, "nobody honest is caught"
        for number in range(1, len(NAMES) + 1):
            assert self.paid[number] <= self.loaded[number] + self.answered[number]
            assert self.answered[number] <= self.guarantee_atoms
            assert self.answered[number] == 0 or number in self.caught
        assert self.stage.supply == ISSUED

    def finish(self) -> None:
        """All is shown once more, and all is closed: what everybody has in the end."""
        self.settle([], True)
        refused = {
            (one.purse, one.counter): one
            for device in self.devices
            for one in (taken.payment for taken in device.taken)
        }
        still_open = [
            number for number in range(1, 5) if not self.stage.play.model.affairs.purses.all[number - 1].closed
        ]
        for number, _ in refused:
            assert number in self.caught or number not in still_open, "only a cheat's or a late payment is left unpaid"
        self.stage.later(LIFE_NS + CLAIM_NS)
        for place in range(len(NAMES)):
            self.close(place)
        self.check()
        assert self.stage.offline == 0
        owned = sum(self.stage.money(name) for name in NAMES)
        lost_by_operator = sum(self.answered.values())
        assert lost_by_operator <= self.guarantee_atoms * len(self.caught)
        assert owned == 300 * len(NAMES) + lost_by_operator
        assert self.stage.treasury(0) == ISSUED - owned


def play(guarantee_atoms: int, acts: list[tuple]) -> None:
    game = Game(guarantee_atoms)
    for act, *given_ in acts:
        if act == "pay":
            place, to, atoms = given_
            game.pay(game.devices[place], to, atoms)
        else:
            getattr(game, act)(*given_)
        game.check()
    game.finish()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([0, 50, 150]), st.lists(ACT, min_size=6, max_size=20))
def test_nobody_loses_more_than_is_said(guarantee_atoms: int, acts: list[tuple]):
    play(guarantee_atoms, acts)


@pytest.mark.heavy
@settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([0, 50, 150]), st.lists(ACT, min_size=10, max_size=40))
def test_nobody_loses_more_than_is_said_in_long_games(guarantee_atoms: int, acts: list[tuple]):
    play(guarantee_atoms, acts)
