"""The market between people in the core alone: docs/rules/p2p.md. Every invariant is checked after every line.

Ann sells USDT, Bob buys, Eve is the person who sits at the arbiters too; 1 USDT is 10^6 atoms, and costs 7.20 CNY.
"""

from typing import Any

import msgspec
import numpy as np
import pytest

from venus.core.kernels import layout
from venus.core.machine import Machine
from venus.core.reach import unbind
from venus.records import p2p
from venus.records.approvals import Approval
from venus.records.coins import DAY_NS
from venus.records.commands import (
    COMMAND,
    AccountKind,
    Command,
    CommandKind,
    FreezeAccount,
    ListAsset,
    OpenAccounts,
    PlainCommand,
    adoption,
    approved,
)
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.records.institutions import AddInstitution
from venus.records.p2p_states import AdvertState, CancelReason, Ending, Ground, OrderState, Party
from venus.records.rejects import Reject
from venus.testing.officials import ALL_BODIES, ARBITER, MINUTE_NS, SUPERVISOR, approval, founding, signed_by

HOUSE, BANK, ANN, BOB, EVE = range(5)
USDT = 0
UNIT = 10**6
PRICE = 720_000_000
TEXT, PAYER, PAYEE, PROOF = (bytes([one]) * 32 for one in range(1, 5))
LATER = DAY_NS


class Street:
    """One machine; `time_ns` is what the next frame bears."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.time_ns = 20_000 * DAY_NS
        self._references = 0
        for rules in range(2, 6):
            self.do(adoption(self.reference(), rules))
        account = {"tier": 0, "trade_group": -1}
        for kind, count, label in ((AccountKind.HOUSE, 1, "house"), (AccountKind.EXTERNAL, 1, "bank"), (1, 3, "")):
            self.ask(OpenAccounts, account_kind=int(kind), count=count, label=label, **account)
        self.ask(ListAsset, code="USDT", scale=6)
        self.do(founding())
        for body in ALL_BODIES[len(founding().institutions) :]:
            self.do(AddInstitution(reference=body.name, terms=body.terms()), SUPERVISOR)
        self.ask(p2p.SetP2pTerms, **TERMS)
        for account, person in ((ANN, 1_001), (BOB, 1_002), (EVE, ALL_BODIES[ARBITER].people[0].number)):
            self.give(account, 5_000)
            self.ask(p2p.EnrolTrader, account=account, person=person)

    def reference(self) -> str:
        self._references += 1
        return f"r{self._references}"

    def give(self, account: int, units: int) -> None:
        transfer = Command(
            kind=CommandKind.TRANSFER, account=BANK, subject=USDT, target_lo=account, quantity=units * UNIT, client_hi=1
        )
        transfer = transfer._replace(client_lo=self.machine.next_sequence)
        frame = np.frombuffer(transfer.pack(), COMMAND)
        events = self.machine.apply_hot(self.time_ns, self.machine.next_sequence, frame, b"")
        assert events[-1]["kind"] == EventKind.TRANSFERRED

    def events(self, command: PlainCommand, approvals: tuple[Approval, ...] = ()) -> list[Event]:
        asked = approved(command, *approvals) if approvals else command
        return self.frame(asked)

    def frame(self, asked: Any) -> list[Event]:
        events = self.machine.apply_cold(self.time_ns, self.machine.next_sequence, asked)
        told = list(unpack_events(events.tobytes()))
        self.machine.check()
        return told

    def do(self, command: PlainCommand, *institutions: int) -> list[Event]:
        told = self.frame(signed_by(command, self.time_ns, *institutions) if institutions else command)
        assert told[-1].kind != EventKind.REJECTED, (command, Reject(told[-1].reason).name)
        return told

    def ask(self, kind: type[Any], **fields: Any) -> list[Event]:
        """What must be applied."""
        return self.do(kind(reference=self.reference(), **fields))

    def no(self, kind: type[Any], **fields: Any) -> Reject:
        """What must be refused, and leaves the state as it is."""
        before = msgspec.msgpack.encode(self.machine.affairs)
        [*_, event] = self.frame(kind(reference=self.reference(), **fields))
        assert event.kind == EventKind.REJECTED, event
        assert msgspec.msgpack.encode(self.machine.affairs) == before
        return Reject(event.reason)

    def by_seats(self, command: PlainCommand, *seats: int) -> list[Event]:
        """With the approvals of so many seats of the arbiters."""
        people = ALL_BODIES[ARBITER].people
        until_ns = self.time_ns + MINUTE_NS
        return self.events(command, tuple(approval(command, ARBITER, seat, people[seat], until_ns) for seat in seats))

    def advert(self, account: int = ANN, side: int = 1, units: int = 1_000, **changed: Any) -> int:
        return self.ask(p2p.PostAdvert, **(self.offer(account, side, units) | changed))[-1].order_id

    def offer(self, account: int, side: int, units: int) -> dict[str, Any]:
        offer = {"account": account, "side": side, "asset": USDT, "fiat": "CNY", "atoms": units * UNIT}
        offer |= {"fiat_min": 100, "fiat_max": 10**9, "price": PRICE, "margin_ppm": 0, "pay_ns": 15 * MINUTE_NS}
        return offer | {"methods": (1, 2), "text_hash": TEXT}

    def taking(self, advert: int, account: int, units: int, **changed: Any) -> dict[str, Any]:
        taking = {"advert": advert, "account": account, "amount": units * UNIT, "in_fiat": 0, "price_limit": PRICE}
        taking |= {"method": 1, "payer_hash": PAYER, "payee_hash": PAYEE, "retain_days": 1, "terms_hash": TEXT}
        return taking | changed

    def order(self, advert: int, account: int = BOB, units: int = 100, **changed: Any) -> int:
        return self.ask(p2p.TakeAdvert, **self.taking(advert, account, units, **changed))[-1].order_id

    def act(self, kind: type[Any], order: int, account: int, **fields: Any) -> list[Event]:
        return self.ask(kind, order=order, account=account, chat=b"", **fields)

    def acts(self, kind: type[Any], order: int, account: int, **fields: Any) -> Reject:
        return self.no(kind, order=order, account=account, chat=b"", **fields)

    def paid(self, order: int, account: int = BOB) -> None:
        self.act(p2p.MarkPaid, order, account, fiat=72_000, proof_hash=PROOF)

    def disputed(self, order: int, account: int = BOB, evidence: bytes = b"") -> None:
        self.act(p2p.OpenAppeal, order, account, ground=Ground.NOT_RELEASED, evidence_hash=evidence)

    def wait(self, ns: int) -> list[Event]:
        """Time goes by; what it did. The frame itself asks for nothing that is."""
        self.time_ns += ns
        told = self.frame(p2p.NoteIndex(reference="", prices=()))
        return told[:-1]

    def reach(self, account: int, atoms: int) -> list[Event]:
        """What a lawful order for so many lets go, before it takes them."""
        counters = self.machine.memory.counters
        counters[layout.EVENTS_COUNT] = 0
        unbind(self.machine._step(self.machine.next_sequence, EventFlag.NONE), account, USDT, atoms)
        told = self.machine.memory["events"][: int(counters[layout.EVENTS_COUNT])]
        self.machine.check()
        return list(unpack_events(told.tobytes()))

    def has(self, account: int) -> tuple[int, int]:
        """Free and held."""
        balances = self.machine.memory["balances"]
        of_it = balances[(balances["account"] == account) & (balances["asset"] == USDT)]
        return int(of_it["free_atoms"].sum()), int(of_it["held_atoms"].sum())

    def state(self, order: int) -> OrderState:
        return self.machine.affairs.market.orders[order].state


TERMS = {
    "arbiter": ARBITER,
    "maker_fee_ppm": 1_000,
    "taker_fee_ppm": 2_000,
    "fiats": (p2p.Fiat(code="CNY", exponent=2), p2p.Fiat(code="JPY", exponent=0)),
    "assets": (p2p.Tradable(asset=USDT, atoms_min=UNIT, large_atoms=500 * UNIT),),
    "pay_ns_min": 5 * MINUTE_NS,
    "pay_ns_max": 60 * MINUTE_NS,
    "release_ns": 30 * MINUTE_NS,
    "evidence_ns": 60 * MINUTE_NS,
    "aftermath_ns": DAY_NS,
    "index_ns": 2 * MINUTE_NS,
    "bond_asset": USDT,
    "slash_atoms": 7,
}


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in Street(Machine()).machine.arrays().items()}


@pytest.fixture
def street(arrays: dict[str, np.ndarray]) -> Street:
    """Every test goes on from the same beginning, as after a start from a snapshot."""
    machine = Machine()
    machine.restore({name: array.copy() for name, array in arrays.items()})
    one = Street.__new__(Street)
    one.machine, one.time_ns, one._references = machine, machine.time_ns, 1_000
    return one


def test_bought_paid_and_released(street: Street):
    advert = street.advert()
    assert street.has(ANN) == (3_999 * UNIT, 1_001 * UNIT)  # the maker's fee is bound too
    order = street.order(advert)
    street.paid(order)
    street.wait(MINUTE_NS)
    told = street.act(p2p.ReleaseEscrow, order, ANN)
    assert [event.kind for event in told] == [EventKind.HELD, *[EventKind.TRANSFERRED] * 2, EventKind.ESCROW_COMPLETED]
    done = told[-1]
    assert (done.reason, done.quantity_lots, done.remaining_lots) == (Ending.RELEASED, 100 * UNIT, 0)
    assert (done.taker_fee_atoms, done.maker_fee_atoms) == (UNIT // 5, UNIT // 10)
    assert street.has(BOB) == (5_100 * UNIT - UNIT // 5, 0) and street.has(HOUSE)[0] == UNIT * 3 // 10
    street.ask(p2p.SetAdvertState, advert=advert, account=ANN, state=AdvertState.CLOSED)
    assert street.has(ANN) == (4_900 * UNIT - UNIT // 10, 0)
    assert street.wait(DAY_NS) == [] and not street.machine.affairs.market.orders


def test_a_taker_sells_to_an_advert_that_buys_and_pays_in_whole_fiat(street: Street):
    order = street.order(street.advert(side=0), amount=72_001, in_fiat=1)
    opened = street.machine.affairs.market.orders[order]
    assert (opened.buyer, opened.seller, opened.atoms) == (ANN, BOB, 100_001_388)
    assert street.has(BOB)[1] == 100_001_388 + 200_002
    street.paid(order, ANN)
    street.act(p2p.ReleaseEscrow, order, BOB)
    assert street.has(ANN) == (5_000 * UNIT + 100_001_388 - 100_001, 0)


def test_who_does_not_pay_in_time_gets_nothing_and_loses_of_his_bond(street: Street):
    street.ask(p2p.PostBond, account=BOB, atoms=10)
    order = street.order(street.advert())
    assert street.wait(15 * MINUTE_NS - 1) == []
    told = street.wait(1)
    kinds = [EventKind.HELD, EventKind.ESCROW_CANCELLED, EventKind.HELD, *[EventKind.TRANSFERRED] * 2]
    assert [event.kind for event in told] == [*kinds, EventKind.BOND_SLASHED]
    assert all(event.flags == EventFlag.TIMER for event in told)
    assert (told[-1].quantity_lots, told[-1].remaining_lots, told[3].maker_account) == (7, 3, ANN)
    assert [event.quantity_lots for event in told[3:5]] == [3, 4]
    assert street.acts(p2p.MarkPaid, order, BOB, fiat=1, proof_hash=b"") == Reject.WRONG_STATE
    assert street.no(p2p.WithdrawBond, account=BOB, atoms=3) == Reject.BOND_IN_USE
    street.wait(DAY_NS)
    street.ask(p2p.WithdrawBond, account=BOB, atoms=3)
    assert street.acts(p2p.MarkPaid, order, BOB, fiat=1, proof_hash=b"") == Reject.UNKNOWN_ESCROW


def test_what_each_may_do_before_the_release(street: Street):
    order = street.order(street.advert())
    assert street.acts(p2p.MarkPaid, order, ANN, fiat=1, proof_hash=b"") == Reject.NOT_A_PARTY
    assert street.acts(p2p.MarkPaid, order, EVE, fiat=1, proof_hash=b"") == Reject.NOT_A_PARTY
    assert street.acts(p2p.ReleaseEscrow, order, ANN) == Reject.WRONG_STATE
    assert street.acts(p2p.CancelEscrow, order, ANN, reason=CancelReason.OTHER) == Reject.NOT_A_PARTY
    street.act(p2p.AskCancel, order, ANN, reason=CancelReason.TERMS_NOT_MET)
    assert street.acts(p2p.AskCancel, order, ANN, reason=CancelReason.TERMS_NOT_MET) == Reject.NO_CHANGE
    street.act(p2p.RefuseCancel, order, BOB, proof_hash=PROOF)
    assert street.acts(p2p.RefuseCancel, order, BOB, proof_hash=b"") == Reject.NO_CHANGE
    street.paid(order)
    assert street.acts(p2p.MarkPaid, order, BOB, fiat=1, proof_hash=b"") == Reject.WRONG_STATE
    street.act(p2p.UndoPaid, order, BOB)
    street.paid(order)
    street.wait(15 * MINUTE_NS)
    assert street.acts(p2p.UndoPaid, order, BOB) == Reject.TOO_LATE
    street.act(p2p.CancelEscrow, order, BOB, reason=CancelReason.AGREED_BY_BOTH)
    assert street.state(order) == OrderState.CANCELLED and street.has(BOB) == (5_000 * UNIT, 0)


def test_a_late_release_is_a_dispute_never_a_refund_and_is_late_for_ever(street: Street):
    street.ask(p2p.PostBond, account=ANN, atoms=100)
    order = street.order(street.advert())
    street.paid(order)
    [opened, *_, slashed] = street.wait(30 * MINUTE_NS)
    assert (opened.kind, opened.reason, opened.account) == (EventKind.DISPUTE_OPENED, Ground.RELEASE_LATE, BOB)
    assert (slashed.kind, slashed.account, slashed.remaining_lots) == (EventKind.BOND_SLASHED, ANN, 93)
    assert street.acts(p2p.WithdrawAppeal, order, ANN) == Reject.NOT_A_PARTY
    street.act(p2p.WithdrawAppeal, order, BOB)
    assert [event.kind for event in street.wait(30 * MINUTE_NS)] == [EventKind.DISPUTE_OPENED]  # once is enough
    done = street.act(p2p.ReleaseEscrow, order, ANN)[-1]
    assert (done.kind, done.price_ticks) == (EventKind.ESCROW_COMPLETED, 1)


@pytest.mark.parametrize(("speaks", "state"), [(BOB, OrderState.COMPLETED), (ANN, OrderState.CANCELLED)])
def test_who_is_silent_loses(street: Street, speaks: int, state: OrderState):
    order = street.order(street.advert())
    street.paid(order)
    street.disputed(order, BOB)
    street.act(p2p.SubmitEvidence, order, speaks, evidence_hash=PROOF)
    assert street.wait(60 * MINUTE_NS)[-1].reason == Ending.SILENCE
    assert street.state(order) == state


def test_both_speak_and_a_person_decides(street: Street):
    order = street.order(street.advert())
    street.paid(order)
    street.disputed(order, ANN, PROOF)
    street.act(p2p.SubmitEvidence, order, BOB, evidence_hash=PROOF)
    [escalated] = street.wait(60 * MINUTE_NS)
    assert (escalated.kind, escalated.reason) == (EventKind.DISPUTE_ESCALATED, 3)
    assert street.wait(LATER) == []
    street.ask(p2p.PostBond, account=ANN, atoms=1)
    verdict = p2p.DecideDispute(
        reference="v", order=order, buyer_atoms=40 * UNIT, at_fault=Party.SELLER, grounds_hash=PROOF, chat=b""
    )
    assert street.events(verdict)[-1].reason == Reject.APPROVALS_MISSING
    told = street.by_seats(verdict, 1)
    kinds = [event.kind for event in told]
    assert kinds[0] == EventKind.APPROVED and kinds[-2:] == [EventKind.BOND_SLASHED, EventKind.DISPUTE_DECIDED]
    assert street.has(BOB)[0] == 5_040 * UNIT - 80_000
    assert street.by_seats(verdict, 1)[-1].flags == EventFlag.REPEATED


def test_large_sums_need_a_quorum_and_nobody_judges_himself(street: Street):
    large, small = street.order(street.advert(), EVE, 500), street.order(street.advert(), EVE, 10)
    for order in (large, small):
        street.paid(order, EVE)
        street.disputed(order, EVE)

    def verdict(order: int, *seats: int) -> Event:
        fields = {"buyer_atoms": 0, "at_fault": Party.NOBODY, "grounds_hash": PROOF, "chat": b""}
        return street.by_seats(p2p.DecideDispute(reference=street.reference(), order=order, **fields), *seats)[-1]

    assert verdict(large, 1).reason == Reject.QUORUM_MISSING
    assert verdict(large, 0, 1).reason == Reject.CONFLICT_OF_INTEREST
    assert verdict(small, 0).reason == Reject.CONFLICT_OF_INTEREST
    assert verdict(small, 1).kind == EventKind.DISPUTE_DECIDED
    assert verdict(small, 1).reason == Reject.WRONG_STATE
    assert verdict(small + 1_000, 1).reason == Reject.UNKNOWN_ESCROW


def test_both_agree_on_a_split(street: Street):
    order = street.order(street.advert())
    street.paid(order)
    street.disputed(order)
    street.act(p2p.OfferSplit, order, BOB, buyer_atoms=70 * UNIT)
    street.act(p2p.OfferSplit, order, ANN, buyer_atoms=50 * UNIT)
    told = street.act(p2p.OfferSplit, order, BOB, buyer_atoms=50 * UNIT)
    assert (told[-2].reason, told[-1].kind) == (Ending.AGREED, EventKind.SPLIT_OFFERED)
    assert street.has(BOB)[0] == 5_050 * UNIT - 100_000


def test_paid_after_the_cancel_a_claim_locks_it_again(street: Street):
    advert = street.advert()
    order = street.order(advert)
    street.wait(15 * MINUTE_NS)
    claim = {"ground": Ground.PAID_AFTER_CANCEL, "evidence_hash": PROOF}
    assert street.by_seats(p2p.RelockEscrow(reference="no", order=order), 1)[-1].reason == Reject.NO_CLAIM
    street.act(p2p.OpenAppeal, order, BOB, **claim)
    assert street.acts(p2p.OpenAppeal, order, ANN, **claim) == Reject.NO_CHANGE
    street.wait(2 * DAY_NS)  # it is not forgotten, since somebody waits
    assert street.acts(p2p.OpenAppeal, order, ANN, **claim) == Reject.TOO_LATE
    relocked = street.by_seats(p2p.RelockEscrow(reference="yes", order=order), 1)[-1]
    assert (relocked.kind, relocked.account, relocked.quantity_lots) == (EventKind.ESCROW_RELOCKED, ANN, 100 * UNIT)
    assert order not in street.machine.affairs.market.orders
    again = relocked.order_id
    street.act(p2p.SubmitEvidence, again, BOB, evidence_hash=PROOF)
    street.wait(60 * MINUTE_NS)
    assert street.has(BOB) == (5_100 * UNIT, 0)
    assert street.acts(p2p.OpenAppeal, again, ANN, **claim) == Reject.WRONG_STATE


def test_a_chargeback_takes_from_the_buyer_what_is_left_of_it(street: Street):
    order = street.order(street.advert())
    street.paid(order)
    street.act(p2p.ReleaseEscrow, order, ANN)
    street.act(p2p.OpenAppeal, order, ANN, ground=Ground.CHARGEBACK, evidence_hash=b"")
    street.advert(BOB, units=5_050, fiat_max=2**62)  # so that little is free
    free = street.has(BOB)[0]
    again = street.by_seats(p2p.RelockEscrow(reference="relock", order=order), 2)[-1]
    assert (again.account, again.quantity_lots, street.has(BOB)[0]) == (BOB, free, 0)
    street.ask(FreezeAccount, account=BOB, until_ns=0)
    refused = {"reason": CancelReason.OTHER}
    assert street.acts(p2p.CancelEscrow, again.order_id, BOB, **refused) == Reject.ACCOUNT_FROZEN
    street.act(p2p.SubmitEvidence, again.order_id, ANN, evidence_hash=PROOF)
    assert street.wait(60 * MINUTE_NS)[-1].kind == EventKind.DISPUTE_ESCALATED  # nothing leaves a frozen account
    fields = {"buyer_atoms": 0, "at_fault": Party.BUYER, "grounds_hash": PROOF, "chat": b""}
    street.by_seats(p2p.DecideDispute(reference="back", order=again.order_id, **fields), 1)
    assert street.has(ANN)[0] == 3_999 * UNIT + free


def test_a_refused_claim_is_over(street: Street):
    order = street.order(street.advert())
    street.act(p2p.CancelEscrow, order, BOB, reason=CancelReason.CHANGED_MIND)
    street.act(p2p.OpenAppeal, order, BOB, ground=Ground.OTHER, evidence_hash=b"")
    refusal = p2p.RefuseClaim(reference="no", order=order, grounds_hash=PROOF)
    told = street.by_seats(refusal, 2)[-1]
    assert (told.kind, told.account) == (EventKind.CLAIM_REFUSED, BOB)
    street.wait(DAY_NS)
    assert not street.machine.affairs.market.orders


def test_several_takers_of_one_remainder(street: Street):
    advert = street.advert(units=150)
    street.order(advert, BOB, 100)
    assert street.no(p2p.TakeAdvert, **street.taking(advert, EVE, 51)) == Reject.ADVERT_SHORT
    street.order(advert, EVE, 50)
    assert street.no(p2p.TakeAdvert, **street.taking(advert, EVE, 1)) == Reject.ADVERT_SHORT
    assert street.has(ANN) == (5_000 * UNIT - 150_150_000, 150_150_000)


def test_the_index_is_followed_while_it_is_good(street: Street):
    advert = street.advert(price=0, margin_ppm=1_010_000)
    limit = {"price_limit": 800_000_000}
    assert street.no(p2p.TakeAdvert, **street.taking(advert, BOB, 1, **limit)) == Reject.NO_INDEX
    street.ask(p2p.NoteIndex, prices=(p2p.IndexPrice(asset=USDT, fiat="CNY", price=700_000_000),))
    assert street.no(p2p.TakeAdvert, **street.taking(advert, BOB, 1, price_limit=706_999_999)) == Reject.PRICE_MOVED
    told = street.ask(p2p.TakeAdvert, **street.taking(advert, BOB, 1, **limit))[-1]
    assert (told.price_ticks, told.remaining_lots) == (707_000_000, 707)
    street.wait(2 * MINUTE_NS)
    assert street.no(p2p.TakeAdvert, **street.taking(advert, BOB, 1, **limit)) == Reject.NO_INDEX


def test_who_may_take_what(street: Street):
    advert = street.advert(fiat_max=100_000)
    cases: dict[Reject, dict[str, Any]] = {
        Reject.ADVERT_CHANGED: {"terms_hash": PROOF},
        Reject.UNKNOWN_METHOD: {"method": 3},
        Reject.PRICE_MOVED: {"price_limit": PRICE - 1},
        Reject.OUTSIDE_LIMITS: {"amount": 100_001, "in_fiat": 1},
        Reject.AMOUNT_OUT_OF_RANGE: {"amount": UNIT - 1},
        Reject.INVALID_COMMAND: {"payer_hash": b""},
        Reject.SAME_PERSON: {"account": ANN},
        Reject.NOT_A_TRADER: {"account": HOUSE},
        Reject.ACCOUNT_UNSUITED: {"account": BANK},
        Reject.UNKNOWN_ACCOUNT: {"account": 99},
        Reject.UNKNOWN_ADVERT: {"advert": 1},
    }
    for reject, changed in cases.items():
        assert street.no(p2p.TakeAdvert, **street.taking(advert, BOB, 100) | changed) == reject
    street.ask(p2p.SetAdvertState, advert=advert, account=ANN, state=AdvertState.RESTING)
    assert street.no(p2p.TakeAdvert, **street.taking(advert, BOB, 100)) == Reject.ADVERT_NOT_ONLINE


def test_an_edit_binds_what_it_offers_and_leaves_orders_as_they_were(street: Street):
    advert = street.advert()
    order = street.order(advert)
    street.ask(p2p.SetP2pTerms, **TERMS | {"maker_fee_ppm": 0, "taker_fee_ppm": 0})
    offer = street.offer(ANN, 1, 200) | {"price": 2 * PRICE}
    edit = {name: value for name, value in offer.items() if name not in ("side", "asset", "fiat")}
    assert street.no(p2p.EditAdvert, advert=advert, **edit | {"account": BOB}) == Reject.NOT_A_PARTY
    street.ask(p2p.EditAdvert, advert=advert, **edit)
    assert street.has(ANN)[1] == 200 * UNIT + 100 * UNIT + UNIT // 10
    assert street.no(p2p.EditAdvert, advert=advert, **edit | {"atoms": 10**10}) == Reject.INSUFFICIENT_FREE
    street.paid(order)
    assert street.act(p2p.ReleaseEscrow, order, ANN)[-1].maker_fee_atoms == UNIT // 10


def test_sanctions_and_freezes_stop_what_is_new_alone(street: Street):
    advert = street.advert()
    order = street.order(advert)
    until_ns = street.time_ns + DAY_NS
    sanction = p2p.SanctionTrader(reference="s", account=ANN, until_ns=until_ns, grounds="told lies")
    assert street.by_seats(sanction, 0)[-1].reason == Reject.QUORUM_MISSING
    assert street.by_seats(sanction, 0, 1)[-1].kind == EventKind.TRADER_SANCTIONED
    assert street.no(p2p.PostAdvert, **street.offer(ANN, 1, 1)) == Reject.TRADER_SANCTIONED
    assert street.no(p2p.TakeAdvert, **street.taking(advert, BOB, 1)) == Reject.ADVERT_NOT_ONLINE
    street.paid(order)
    street.ask(FreezeAccount, account=ANN, until_ns=0)
    assert street.acts(p2p.ReleaseEscrow, order, ANN) == Reject.ACCOUNT_FROZEN
    sanction = p2p.SanctionTrader(reference="e", account=EVE, until_ns=until_ns, grounds="her own")
    assert street.by_seats(sanction, 0, 1)[-1].reason == Reject.CONFLICT_OF_INTEREST


def test_nothing_is_known_before_its_rules_and_its_terms():
    machine = Machine()
    enrolment = p2p.EnrolTrader(reference="1", account=0, person=1)
    for rules in range(2, 6):
        events = machine.apply_cold(1, machine.next_sequence, enrolment)
        assert events[-1]["reason"] == Reject.INVALID_COMMAND
        machine.apply_cold(1, machine.next_sequence, adoption(f"rules {rules}", rules))
    assert machine.apply_cold(1, machine.next_sequence, enrolment)[-1]["reason"] == Reject.NOT_FOUNDED
    machine.apply_cold(1, machine.next_sequence, founding())
    assert machine.apply_cold(1, machine.next_sequence, enrolment)[-1]["reason"] == Reject.NO_P2P_TERMS


def test_a_lawful_order_reaches_adverts_then_what_nobody_paid_then_the_bond(street: Street):
    """No further than needed: what is not stays bound, what is paid stays locked."""
    street.ask(p2p.PostBond, account=ANN, atoms=50 * UNIT)
    unpaid = street.order(street.advert(units=1_000), units=1_000)
    paid = street.order(street.advert(units=100), units=100)
    street.paid(paid)
    buys, sells = street.advert(side=0), street.advert(units=200)
    adverts, free = street.machine.affairs.market.adverts, street.has(ANN)[0]
    told = street.reach(ANN, free + 100 * UNIT)
    assert [event.kind for event in told] == [EventKind.HELD, EventKind.ADVERT_STATE_SET]
    assert told[-1].order_id == sells and street.state(unpaid) == OrderState.OPEN and buys in adverts
    told = street.reach(ANN, 5_000 * UNIT)
    assert street.state(unpaid) == OrderState.CANCELLED and street.state(paid) == OrderState.PAID
    assert EventKind.BOND_WITHDRAWN not in [event.kind for event in told]  # it answers for what is paid
    street.act(p2p.CancelEscrow, paid, BOB, reason=CancelReason.OTHER)
    told = street.reach(ANN, street.has(ANN)[0] + 30 * UNIT)
    assert (told[-1].kind, told[-1].reason) == (EventKind.BOND_WITHDRAWN, Ending.LAWFUL)
    assert (told[-1].quantity_lots, told[-1].remaining_lots) == (30 * UNIT, 20 * UNIT)
