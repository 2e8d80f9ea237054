"""The market between people: docs/rules/p2p.md. Core and model play every line, and nothing is ever lost or doubled.

Ann mostly sells 7.20 CNY each, Bob buys, Cat comes third. A maker's fee is 0.1 %, a taker's 0.2 %.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from venus.records import p2p
from venus.records.coins import DAY_NS, LawfulKind, OrderLawful
from venus.records.commands import FreezeAccount, UnfreezeAccount
from venus.records.events import Event, EventFlag, EventKind
from venus.records.p2p_states import AdvertState, CancelReason, Ending, Ground, OrderState, Party
from venus.records.rejects import Reject
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.officials import ALL_BODIES, ARBITER, COURT, ISSUER
from venus.testing.p2p_stage import HOURS, MINUTES, PROOF, P2pStage, Trader, priced


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


def kinds(events: list[Event]) -> list[EventKind]:
    return [EventKind(event.kind) for event in events]


def freeze(stage: P2pStage, trader: Trader) -> None:
    stage.do(FreezeAccount(reference=stage.reference(), account=trader.account, until_ns=0))


def test_bought_paid_released(stage: P2pStage, people: People):
    ann, bob, _ = people
    advert = ann.sells(100)
    assert (ann.has(), ann.holds()) == ("899.9", "100.1"), "her fee is bound with it"
    order = bob.takes(advert, 60)
    assert (ann.has(), ann.holds(), bob.has()) == ("899.9", "100.1", "1000"), "the escrow is in her own balance"
    bob.pays(order, fiat=432_00)
    ann.releases(order)
    assert stage.state(order) == OrderState.COMPLETED
    assert (bob.has(), ann.holds(), stage.house_has()) == ("1059.88", "40.04", "0.18")
    ann.puts(advert, AdvertState.CLOSED)
    assert (ann.has(), ann.holds()) == ("939.94", "0")


def test_a_taker_sells_to_somebody_who_buys(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.buys(100), 50)
    assert (bob.has(), bob.holds(), ann.holds()) == ("949.9", "50.1", "0")
    ann.pays(order)
    bob.releases(order)
    assert (ann.has(), bob.has()) == ("1049.95", "949.9")


def test_an_amount_of_money_buys_no_more_than_it_pays_for(stage: P2pStage, people: People):
    ann, bob, _ = people
    opened = stage.do(bob.taking(ann.sells(100), 0, amount=100_01, in_fiat=1))
    assert (opened.quantity_lots, opened.remaining_lots) == (13_890_277, 100_01)
    assert 13_890_277 * 720 <= 100_01 * 10**6 < 13_890_278 * 720


# Time.


def test_who_does_not_pay_in_time_has_nothing_and_his_bond_pays_the_other(stage: P2pStage, people: People):
    ann, bob, _ = people
    bob.posts_bond(100)
    order = bob.takes(ann.sells(100), 60)
    assert stage.passes(30 * MINUTES - 1) == []
    happened = stage.passes(1)
    assert kinds(happened)[:2] == [EventKind.HELD, EventKind.ESCROW_CANCELLED]
    assert happened[1].reason == Ending.TIMED_OUT
    assert stage.state(order) == OrderState.CANCELLED
    assert (bob.holds(), ann.has(), stage.house_has()) == ("70", "974.96", "15"), "half to her, half to the house"


def test_a_maker_sets_a_short_time_against_stallers(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100, pay_ns=5 * MINUTES), 60)
    stage.passes(5 * MINUTES)
    assert stage.state(order) == OrderState.CANCELLED
    assert bob.cannot(p2p.MarkPaid, order) == Reject.WRONG_STATE


def test_a_seller_who_vanishes_after_the_payment_loses_it_to_who_proves(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    [opened] = stage.passes(HOURS)
    assert (opened.kind, opened.reason) == (EventKind.DISPUTE_OPENED, Ground.RELEASE_LATE), "a dispute, never a refund"
    assert stage.state(order) == OrderState.DISPUTED
    bob.proves(order)
    assert stage.passes(2 * HOURS)[-1].reason == Ending.SILENCE
    assert bob.has() == "1059.88"


def test_a_late_release_does_not_dodge_the_penalty(stage: P2pStage, people: People):
    ann, bob, _ = people
    ann.posts_bond(100)
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    stage.passes(HOURS)
    assert (ann.holds(), bob.has()) == ("170.1", "1015")
    done = ann.does(p2p.ReleaseEscrow, order)[-1]
    assert (done.kind, done.price_ticks) == (EventKind.ESCROW_COMPLETED, 1), "late for ever"
    assert bob.has() == "1074.88"


def test_nobody_is_slashed_twice_for_one_order_that_is_late_again(stage: P2pStage, people: People):
    ann, bob, _ = people
    ann.posts_bond(100)
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    stage.passes(HOURS)
    bob.does(p2p.WithdrawAppeal, order)
    assert kinds(stage.passes(HOURS)) == [EventKind.DISPUTE_OPENED]
    assert ann.holds() == "170.1"


def test_undo_paid_and_the_first_time_to_pay_goes_on(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    stage.passes(10 * MINUTES)
    bob.pays(order)
    bob.does(p2p.UndoPaid, order)
    assert stage.passes(20 * MINUTES - 1) == []
    stage.passes(1)
    assert stage.state(order) == OrderState.CANCELLED
    late = bob.takes(ann.sells(100), 60)
    bob.pays(late)
    stage.passes(30 * MINUTES)
    assert bob.cannot(p2p.UndoPaid, late) == Reject.TOO_LATE, "or he would be out of it at once"


# Races and repetitions.


def test_release_and_appeal_in_one_moment(stage: P2pStage, people: People):
    ann, bob, _ = people
    advert = ann.sells(100)
    first, second = bob.takes(advert, 40), bob.takes(advert, 40)
    bob.pays(first)
    bob.pays(second)
    ann.releases(first)
    assert bob.appeals(first).kind == EventKind.CLAIM_MADE, "after the release it moves nothing"
    bob.appeals(second)
    ann.releases(second)
    assert stage.state(second) == OrderState.COMPLETED
    assert bob.has() == "1079.84", "each once"


def test_paid_twice_is_paid_once(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    paid = p2p.MarkPaid(reference="paid", order=order, account=bob.account, fiat=432_00, proof_hash=PROOF, chat=b"")
    stage.do(paid)
    again = stage.ask(paid)[-1]
    assert (again.kind, again.flags) == (EventKind.ESCROW_PAID, EventFlag.REPEATED)
    assert bob.cannot(p2p.MarkPaid, order) == Reject.WRONG_STATE
    ann.releases(order)
    assert ann.cannot(p2p.ReleaseEscrow, order) == Reject.WRONG_STATE
    assert bob.has() == "1059.88"


def test_several_takers_of_one_remainder(stage: P2pStage, people: People):
    ann, bob, cat = people
    advert = ann.sells(100)
    bob.takes(advert, 60)
    assert cat.cannot_take(advert, 60) == Reject.ADVERT_SHORT
    cat.takes(advert, 40)
    assert bob.cannot_take(advert, 1) == Reject.ADVERT_SHORT
    assert ann.holds() == "100.1"


# Cancels.


def test_the_seller_asks_and_the_buyer_lets_go(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    assert ann.cannot(p2p.CancelEscrow, order) == Reject.NOT_A_PARTY, "a seller never cancels alone"
    ann.does(p2p.AskCancel, order)
    assert ann.cannot(p2p.AskCancel, order) == Reject.NO_CHANGE
    bob.cancels(order, CancelReason.AGREED_BY_BOTH)
    assert stage.state(order) == OrderState.CANCELLED
    assert bob.has() == "1000"


def test_the_seller_asks_and_the_buyer_refuses_with_proof(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    ann.does(p2p.AskCancel, order)
    bob.does(p2p.RefuseCancel, order, proof_hash=PROOF)
    assert bob.cannot(p2p.RefuseCancel, order) == Reject.NO_CHANGE
    ann.does(p2p.AskCancel, order)
    ann.releases(order)


def test_a_payment_that_lands_after_the_cancel(stage: P2pStage, people: People):
    ann, bob, _ = people
    advert = ann.sells(100)
    order = bob.takes(advert, 60)
    stage.passes(30 * MINUTES)
    assert bob.cannot(p2p.MarkPaid, order) == Reject.WRONG_STATE
    bob.appeals(order, Ground.PAID_AFTER_CANCEL, PROOF)
    assert bob.cannot(p2p.OpenAppeal, order) == Reject.NO_CHANGE
    ann.puts(advert, AdvertState.CLOSED)
    again = stage.relock(order)
    assert (again.account, again.quantity_lots) == (ann.account, 60 * 10**6)
    assert (ann.has(), ann.holds()) == ("940", "60")
    bob.proves(again.order_id)
    stage.passes(2 * HOURS)
    assert (bob.has(), ann.has()) == ("1060", "940"), "what is locked again bears no fees"
    assert bob.cannot(p2p.OpenAppeal, order) == Reject.NO_CHANGE, "once is enough"


# Another sum than was owed.


def test_underpaid_and_both_agree_on_what_was_paid_for(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order, fiat=360_00)
    ann.appeals(order, Ground.UNDERPAID)
    ann.offers_split(order, 40)
    bob.offers_split(order, 50)
    happened = ann.offers_split(order, 50)
    assert (happened[-2].reason, happened[-1].kind) == (Ending.AGREED, EventKind.SPLIT_OFFERED)
    assert (bob.has(), ann.has()) == ("1049.9", "909.91"), "fees of 50, and the other 10 are hers again"


def test_overpaid_is_given_back_outside_and_the_appeal_withdrawn(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order, fiat=500_00)
    bob.appeals(order, Ground.OVERPAID)
    assert ann.cannot(p2p.WithdrawAppeal, order) == Reject.NOT_A_PARTY
    bob.does(p2p.WithdrawAppeal, order)
    assert stage.state(order) == OrderState.PAID
    ann.releases(order)
    assert bob.has() == "1059.88"


# What an advert was when it was taken.


def test_an_advert_is_edited_and_hidden_while_an_order_is_under_way(stage: P2pStage, people: People):
    ann, bob, cat = people
    advert = ann.sells(100)
    order = bob.takes(advert, 60)
    stage.do(ann.edit(advert, 30, at="9.99", pay_ns=MINUTES, text_hash=PROOF))
    assert cat.cannot_take(advert, 10) == Reject.ADVERT_CHANGED, "he saw other terms"
    ann.puts(advert, AdvertState.RESTING)
    assert cat.cannot_take(advert, 10, terms_hash=PROOF) == Reject.ADVERT_NOT_ONLINE
    ann.puts(advert, AdvertState.CLOSED)
    stage.passes(29 * MINUTES)
    assert stage.state(order) == OrderState.OPEN, "he has the time that he was given"
    bob.pays(order)
    ann.releases(order)
    assert (bob.has(), ann.holds()) == ("1059.88", "0")


def test_the_price_feed_is_gone(stage: P2pStage, people: People):
    ann, bob, cat = people
    advert = ann.sells(100, price=0, margin_ppm=1_010_000)
    assert bob.cannot_take(advert, 10) == Reject.NO_INDEX
    stage.price("USDT", "CNY", "7.00")
    order = bob.takes(advert, 10)
    assert cat.cannot_take(advert, 10, price_limit=priced("7.06")) == Reject.PRICE_MOVED
    stage.passes(5 * MINUTES)
    assert cat.cannot_take(advert, 10) == Reject.NO_INDEX, "no price is better than an old one"
    bob.pays(order)
    ann.releases(order)
    stage.price("USDT", "CNY", "7.30")
    assert stage.do(cat.taking(advert, 10)).price_ticks == priced("7.373")


# Who.


def test_nobody_trades_with_himself(stage: P2pStage, people: People):
    ann, _, _ = people
    other = stage.trader("annie", person=1_001)
    advert = ann.sells(100)
    assert ann.cannot_take(advert, 10) == Reject.SAME_PERSON
    assert other.cannot_take(advert, 10) == Reject.SAME_PERSON


def test_a_payer_names_his_account_first(stage: P2pStage, people: People):
    ann, bob, _ = people
    advert = ann.sells(100)
    assert bob.cannot_take(advert, 10, payer_hash=b"") == Reject.INVALID_COMMAND
    selling = ann.buys(100)
    assert bob.cannot_take(selling, 10, payee_hash=b"") == Reject.INVALID_COMMAND


def test_a_merchant_is_suspended_in_the_middle_of_an_order(stage: P2pStage, people: People):
    ann, bob, cat = people
    advert = ann.sells(100)
    order = bob.takes(advert, 60)
    bob.pays(order)
    stage.sanction(ann, 7 * DAY_NS)
    assert cat.cannot_take(advert, 10) == Reject.ADVERT_NOT_ONLINE
    assert stage.reject(ann.offer(10)) == Reject.TRADER_SANCTIONED
    ann.releases(order)
    assert bob.has() == "1059.88"
    stage.passes(7 * DAY_NS)
    cat.takes(advert, 10)


def test_a_block_in_the_middle_of_an_order_ends_no_order(stage: P2pStage, people: People, tmp_path: Path):
    """Blocklists are the registry's: the door asks them before an order, and nobody asks them in one."""
    ann, bob, _ = people
    key = tmp_path / "key"
    registry = Registry.open(f"sqlite:///{tmp_path / 'registry'}", MasterKey.load(key))
    advert = ann.sells(100)
    order = bob.takes(advert, 60)
    registry.market.block(ann.account, bob.account)
    assert asyncio.run(registry.market.apart(bob.account)) == {ann.account}, (
        "so the door lets him take nothing of hers any more"
    )
    registry.close()
    bob.pays(order)
    ann.releases(order)
    assert bob.has() == "1059.88"


def test_an_account_that_holds_escrow_is_frozen(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    bob.appeals(order, evidence=PROOF)
    ann.offers_split(order, 30)
    freeze(stage, ann)
    assert ann.cannot(p2p.ReleaseEscrow, order) == Reject.ACCOUNT_FROZEN
    assert bob.cannot(p2p.OfferSplit, order, buyer_atoms=30 * 10**6) == Reject.ACCOUNT_FROZEN, "nor by agreement"
    assert kinds(stage.passes(2 * HOURS)) == [EventKind.DISPUTE_ESCALATED], "nor by silence: a person looks at it"
    stage.decide(order, buyer=60)
    assert bob.has() == "1059.88"
    stage.do(UnfreezeAccount(reference=stage.reference(), account=ann.account))
    assert ann.holds() == "40.04"


def lawful(stage: P2pStage, trader: Trader, atoms: int) -> OrderLawful:
    return OrderLawful(
        reference=stage.reference(),
        order_kind=LawfulKind.FREEZE,
        coin=0,
        account=trader.account,
        atoms=atoms,
        to_account=0,
        frozen_by=0,
        authority=COURT,
        second=ISSUER,
        basis="case 3 of 2026",
        expires_ns=stage.time_ns + 30 * DAY_NS,
    )


def test_a_lawful_order_takes_what_is_hers_and_not_what_is_open_whose_it_is(stage: P2pStage, people: People):
    ann, bob, _ = people
    stage.fund("ann", 1_000)
    advert = ann.sells(800, asset="vUSD")
    paid, unpaid = (bob.takes(advert, 200, asset="vUSD") for _ in range(2))
    bob.pays(paid)
    happened = stage.ask(lawful(stage, ann, 1_000))
    assert happened[-1].reason == Reject.APPROVALS_MISSING
    stage.do(lawful(stage, ann, 1_000), COURT, ISSUER)
    assert (stage.state(unpaid), stage.state(paid)) == (OrderState.CANCELLED, OrderState.PAID)
    assert stage.order(unpaid).buyer_atoms == 0
    assert bob.cannot_take(advert, 10, asset="vUSD") == Reject.UNKNOWN_ADVERT, "what it bound was hers"
    assert (ann.has("vUSD"), ann.holds("vUSD")) == ("0", "1000")
    ann.releases(paid)
    assert bob.has("vUSD") == "200", "the escrow of who had paid was never touched"


# Disputes.


def test_both_silent_goes_to_a_person(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    ann.appeals(order, Ground.NOT_PAID)
    assert kinds(stage.passes(2 * HOURS)) == [EventKind.DISPUTE_ESCALATED]
    assert stage.passes(20 * DAY_NS) == [], "no clock decides it any more"
    ann.posts_bond(100)
    stage.decide(order, buyer=0, at_fault=Party.SELLER)
    assert (ann.has(), bob.has()) == ("859.96", "1015"), "who is at fault pays, whoever won"


def test_the_silent_buyer_loses_too(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    ann.appeals(order, Ground.THIRD_PARTY, PROOF)
    stage.passes(2 * HOURS)
    assert stage.state(order) == OrderState.CANCELLED


def test_proof_that_comes_too_late_is_read_by_a_person(stage: P2pStage, people: People):
    ann, bob, _ = people
    order = bob.takes(ann.sells(100), 60)
    bob.pays(order)
    bob.appeals(order)
    stage.later(2 * HOURS)
    bob.proves(order)
    assert stage.state(order) == OrderState.DISPUTED
    assert stage.order(order).spoke == 0
    stage.decide(order, buyer=60)


def test_two_arbiters_for_a_large_sum_and_nobody_for_himself(stage: P2pStage, people: People):
    ann, bob, cat = people
    arbiter = ALL_BODIES[ARBITER].people[1].number
    dan = stage.trader("dan", person=arbiter)
    advert = ann.sells(900)
    large, his = bob.takes(advert, 500), dan.takes(advert, 100)
    for buyer, order in ((bob, large), (dan, his)):
        buyer.pays(order)
        buyer.appeals(order, evidence=PROOF)

    def refused(order: int, *seats: int) -> Reject:
        return Reject(stage.by_seats(stage.verdict(order, buyer=0), *seats)[-1].reason)

    assert refused(large, 0) == Reject.QUORUM_MISSING
    assert refused(his, 1) == Reject.CONFLICT_OF_INTEREST
    assert refused(his, 0, 1) == Reject.CONFLICT_OF_INTEREST, "his own word does not even stand beside another's"
    stage.decide(large, buyer=250, seats=(0, 1))
    stage.decide(his, buyer=100)
    assert (bob.has(), dan.has()) == ("1249.5", "1099.8")
    assert cat.cannot(p2p.OfferSplit, large, buyer_atoms=0) == Reject.NOT_A_PARTY
