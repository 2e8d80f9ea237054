"""The market between people, after an order's end; bonds and terms: docs/rules/p2p.md. As in test_p2p_stories.py."""

from collections.abc import Iterator

import pytest

from venus.p2p.retention import Deal, Priced, may_leave, retained
from venus.records import p2p
from venus.records.coins import DAY_NS
from venus.records.events import EventKind
from venus.records.p2p_states import AdvertState, Ground, OrderState
from venus.records.rejects import Reject
from venus.testing.p2p_stage import HOURS, MINUTES, PROOF, P2pStage, Trader, applied, priced


@pytest.fixture(scope="module")
def founded() -> P2pStage:
    stage = P2pStage()
    for name in ("ann", "bob", "cat"):
        stage.trader(name)
    return stage


@pytest.fixture
def stage(founded: P2pStage) -> P2pStage:
    """Every story goes on from the same morning."""
    return founded.branch()


@pytest.fixture
def people(stage: P2pStage) -> Iterator[tuple[Trader, Trader, Trader]]:
    names = ("ann", "bob", "cat")
    yield tuple(Trader(stage, name, stage.account(name)) for name in names)  # type: ignore[misc]  # three of them
    ledger = stage.play.model.ledger
    for asset in range(3):
        assert sum(ledger.free[account, asset] + ledger.held[account, asset] for account in range(50)) == 0


People = tuple[Trader, Trader, Trader]


# After the end.


def test_a_chargeback_inside_t_plus_one(stage: P2pStage, people: People):
    """The buyer keeps in value what he bought, so that there is something to lock again."""
    ann, bob, _ = people
    order = bob.takes(ann.sells(1, asset="BTC", at="500000"), 1, asset="BTC")
    bob.pays(order)
    ann.releases(order)
    deals = [Deal(asset=2, atoms=99_800_000, time_ns=stage.time_ns, retain_days=1)]
    stage.later(20 * HOURS)
    kept = retained(deals, stage.time_ns)
    holdings = {2: 299_800_000}
    assert may_leave(kept, holdings, {2: 200_000_000}, {}), "the door lets the two go that he had before"
    assert not may_leave(kept, holdings, {2: 200_000_001}, {})
    ann.appeals(order, Ground.CHARGEBACK, PROOF)
    again = stage.relock(order)
    assert (again.account, again.quantity_lots) == (bob.account, 10**8)
    ann.proves(again.order_id)
    stage.passes(2 * HOURS)
    assert stage.state(again.order_id) == OrderState.CANCELLED
    assert bob.has("BTC") == "1.998", "he gave all of the order back; the fee was his"


def test_t_plus_one_with_several_assets(stage: P2pStage, people: People):
    """Bought coins may be sold and others bought: it is value that stays."""
    day = DAY_NS
    deals = [
        Deal(asset=1, atoms=500 * 10**6, time_ns=0, retain_days=1),
        Deal(asset=2, atoms=10**6, time_ns=day // 2, retain_days=2),
        Deal(asset=1, atoms=-100 * 10**6, time_ns=day // 2, retain_days=0),
    ]
    prices = {1: Priced(priced("7.20"), 6), 2: Priced(priced("500000"), 8)}
    assert retained(deals, day - 1) == {1: 400 * 10**6, 2: 10**6}
    assert retained(deals, day) == {2: 10**6}, "each purchase has its own days"
    kept = retained(deals, day - 1)
    in_bitcoin = {1: 0, 2: 10**6 + 576_000}  # 400 USDT are worth 0.00576 BTC
    assert may_leave(kept, in_bitcoin, {2: 0}, prices)
    assert not may_leave(kept, in_bitcoin, {2: 1}, prices)


def test_a_claim_is_refused_or_comes_too_late(stage: P2pStage, people: People):
    ann, bob, _ = people
    advert = ann.sells(100)
    first, second = bob.takes(advert, 40), bob.takes(advert, 40)
    bob.cancels(first)
    bob.cancels(second)
    bob.appeals(first, Ground.BANK_FROZEN)
    assert stage.refuse_claim(first).kind == EventKind.CLAIM_REFUSED
    refused = p2p.RelockEscrow(reference=stage.reference(), order=first)
    assert stage.by_seats(refused, 0)[-1].reason == Reject.NO_CLAIM
    stage.later(7 * DAY_NS)
    assert bob.cannot(p2p.OpenAppeal, second) == Reject.UNKNOWN_ESCROW, "a week is over, and it is forgotten"
    assert not stage.knows(first)


def test_a_claim_is_given_up(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    ann.releases(order)
    ann.appeals(order, Ground.BANK_FROZEN)
    again = stage.relock(order).order_id
    assert bob.holds() == "60"
    ann.does(p2p.WithdrawAppeal, again)
    assert (bob.has(), stage.state(again)) == ("1059.88", OrderState.COMPLETED)
    assert ann.cannot(p2p.OpenAppeal, again) == Reject.WRONG_STATE, "no end without end"


# Bonds.


def test_a_bond_comes_back_when_nothing_can_be_asked_of_it(stage: P2pStage, people: People):
    ann, bob, _ = people
    ann.posts_bond(100)
    advert = ann.sells(100)
    assert stage.reject(ann.bond_back(100)) == Reject.BOND_IN_USE
    order = bob.takes(advert, 60)
    ann.puts(advert, AdvertState.CLOSED)
    bob.cancels(order)
    assert stage.reject(ann.bond_back(100)) == Reject.BOND_IN_USE, "he may still claim"
    stage.passes(7 * DAY_NS)
    assert applied(stage.ask(ann.bond_back(100))).remaining_lots == 0
    assert (ann.has(), ann.holds()) == ("1000", "0")


def test_only_so_much_of_a_bond_as_there_is(stage: P2pStage, people: People):
    ann, bob, _ = people
    bob.posts_bond(7)
    order = bob.takes(ann.sells(100), 60)
    stage.passes(30 * MINUTES)
    assert (bob.holds(), ann.has(), stage.house_has()) == ("0", "963.46", "3.5")
    assert stage.state(order) == OrderState.CANCELLED


# Terms.


def test_new_terms_leave_alone_what_is_under_way(stage: P2pStage, people: People):
    ann, bob, cat = people
    advert = ann.sells(100)
    order = bob.takes(advert, 60)
    stage.do(stage.terms(maker_fee_ppm=3_000, taker_fee_ppm=0, release_ns=5 * MINUTES))
    bob.pays(order)
    assert stage.passes(60 * MINUTES - 1) == []
    ann.releases(order)
    assert bob.has() == "1059.88", "its fee and its times are as they were"
    later = cat.takes(advert, 40)
    cat.pays(later)
    ann.releases(later)
    assert (cat.has(), stage.house_has()) == ("1040", "0.22"), "the advert keeps its maker's fee"
