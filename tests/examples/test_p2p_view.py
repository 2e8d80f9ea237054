"""What the view of the market between people tells, as traders would read it."""

from typing import Any, cast

import pytest

from tests.examples.p2p_asking import ANN, BOB, CAROL, UNIT, ask, market
from venus.records.commands import FreezeAccount, Side
from venus.records.events import EventFlag, EventKind
from venus.records.p2p import RefuseClaim, UndoPaid, WithdrawAppeal
from venus.records.p2p_states import CancelReason, Ending, Ground, OrderState, Party, Spoke
from venus.testing.p2p_tape import ALIPAY, BANK, BTC, DAY_NS, MINUTE_NS, USDT, Tape
from venus.units import NS_PER_S
from venus.views import p2p_questions as asked
from venus.views.p2p import P2pView
from venus.views.p2p_questions import Figures, SearchQuestion


@pytest.fixture
def tape() -> Tape:
    return market()


def order(tape: Tape, number: int) -> asked.P2pOrder:
    answer = ask(tape, asked.P2pOrderQuestion(number))
    assert answer.order is not None
    return cast(asked.P2pOrder, answer.order)


def figures(tape: Tape, account: int) -> tuple[Figures, Figures]:
    (trader,) = ask(tape, asked.TradersQuestion([account])).traders
    return trader.month, trader.life


# Orders


def test_an_order_is_told_from_its_opening_to_its_end(tape: Tape) -> None:
    tape.note_index(USDT, "CNY", 690_000_000)
    advert = tape.post(ANN)
    number = tape.trade(advert, BOB, ANN, 100 * UNIT, 4 * MINUTE_NS, 2 * MINUTE_NS)
    told = order(tape, number)
    assert (told.buyer, told.seller, told.maker, told.advert) == (BOB, ANN, ANN, advert)
    assert (told.state, told.ending) == (OrderState.COMPLETED, Ending.RELEASED)
    assert (told.atoms, told.fiat_amount, told.paid_fiat, told.fiat) == (100 * UNIT, 700_00, 700_00, "CNY")
    assert (told.buyer_fee_ppm, told.seller_fee_ppm) == (2_000, 1_000)
    assert (told.buyer_fee_atoms, told.seller_fee_atoms) == (200_000, 100_000)
    assert told.locked_atoms == 100 * UNIT + 100_000
    assert told.pay_due_ns - told.opened_ns == 15 * MINUTE_NS
    assert (told.ended_ns, told.claim_until_ns) == (tape.time_ns, tape.time_ns + 7 * DAY_NS)
    assert (told.payer_hash, told.payee_hash, told.chat) == (b"p" * 32, b"", b"c" * 32)
    assert told.index_price == 690_000_000
    answer = ask(tape, asked.P2pOrderQuestion(number))
    assert [step.kind for step in answer.steps] == [
        EventKind.ESCROW_OPENED,
        EventKind.ESCROW_PAID,
        EventKind.ESCROW_COMPLETED,
    ]
    assert [step.sequence for step in answer.steps] == [number, number + 1, number + 2]
    assert answer.posted == answer.advert == asked.Source(advert, answer.posted.frame)
    assert answer.terms.sequence == 3 and answer.index == asked.Source(0, 0)  # a fixed price came of no index
    assert (answer.buyer.account, answer.seller.account) == (BOB, ANN)


def test_who_buys_by_the_advert_is_its_maker(tape: Tape) -> None:
    advert = tape.post(ANN, Side.BUY)
    told = order(tape, tape.take(advert, BOB, ANN, 100 * UNIT, side=Side.SELL))
    assert (told.buyer, told.seller, told.maker) == (ANN, BOB, ANN)
    assert (told.buyer_fee_ppm, told.seller_fee_ppm) == (1_000, 2_000)
    assert ask(tape, asked.AdvertQuestion(advert)).advert.bound_atoms == 0


def test_a_traders_orders_are_chosen_by_side_state_and_time(tape: Tape) -> None:
    advert, buying = tape.post(ANN), tape.post(ANN, Side.BUY, price=600_000_000)
    first = tape.trade(advert, BOB, ANN, 100 * UNIT, MINUTE_NS, MINUTE_NS)
    tape.wait(DAY_NS)
    second = tape.take(advert, CAROL, ANN, 100 * UNIT)
    third = tape.take(buying, BOB, ANN, 50 * UNIT, side=Side.SELL, price=600_000_000)

    def numbers(**fields: Any) -> list[int]:
        return [one.number for one in ask(tape, asked.P2pOrdersQuestion(**{"account": ANN} | fields)).orders]

    assert numbers() == [third, second, first]
    assert numbers(side=Side.SELL) == [second, first]
    assert numbers(states=[OrderState.OPEN]) == [third, second]
    assert numbers(start_ns=tape.time_ns) == [third, second]
    assert numbers(end_ns=tape.time_ns) == [first]
    assert numbers(fiat="EUR") == numbers(asset=BTC) == []
    assert numbers(advert=buying) == [third]
    assert numbers(skip=1, limit=1) == [second]
    assert numbers(account=BOB) == [third, first]
    assert numbers(account=99) == []


def test_undone_payments_leave_no_trace_in_the_state_but_one_in_the_history(tape: Tape) -> None:
    advert = tape.post(ANN)
    number = tape.take(advert, BOB, ANN, 100 * UNIT)
    tape.mark_paid(number, BOB, ANN, 650_00)
    assert order(tape, number).release_due_ns == tape.time_ns + 15 * MINUTE_NS
    undo = UndoPaid(order=number, account=BOB, chat=b"", reference="u")
    tape.do(undo, kind=EventKind.ESCROW_UNPAID, order_id=number, account=BOB, maker_account=ANN)
    told = order(tape, number)
    assert (told.state, told.paid_ns, told.release_due_ns, told.paid_fiat) == (OrderState.OPEN, 0, 0, 0)
    assert [step.amount for step in ask(tape, asked.P2pOrderQuestion(number)).steps] == [100 * UNIT, 650_00, 0]


def test_ended_orders_are_told_for_half_a_year(tape: Tape) -> None:
    advert = tape.post(ANN, atoms=10**12)
    old = [tape.trade(advert, BOB, ANN, UNIT * 20, MINUTE_NS, MINUTE_NS) for _ in range(70)]
    tape.wait(100 * DAY_NS)
    waiting = tape.take(advert, BOB, ANN, UNIT * 20)
    tape.wait(81 * DAY_NS)
    assert ask(tape, asked.P2pOrderQuestion(old[0])).order is None
    assert [one.number for one in ask(tape, asked.P2pOrdersQuestion(BOB)).orders] == [waiting]
    new = [tape.trade(advert, CAROL, ANN, UNIT * 20, MINUTE_NS, MINUTE_NS) for _ in range(70)]  # the old ones leave
    assert len(tape.view.arrays()["orders"]) == 71
    assert [one.number for one in ask(tape, asked.P2pOrdersQuestion(ANN)).orders] == [*reversed(new), waiting]
    assert ask(tape, asked.P2pOrdersQuestion(BOB)).total == 1
    assert len(ask(tape, asked.P2pOrderQuestion(new[5])).steps) == 3
    tape.release(waiting, BOB, ANN, UNIT * 20)
    assert [step.kind for step in ask(tape, asked.P2pOrderQuestion(waiting)).steps] == [
        EventKind.ESCROW_OPENED,
        EventKind.ESCROW_COMPLETED,
    ]


def test_what_is_claimed_is_told_until_somebody_decides(tape: Tape) -> None:
    advert = tape.post(ANN, atoms=10**12)
    claimed, *_ = (tape.trade(advert, BOB, ANN, UNIT * 20, MINUTE_NS, MINUTE_NS) for _ in range(100))
    tape.claim(claimed, ANN, Ground.CHARGEBACK)
    tape.wait(200 * DAY_NS)
    for _ in range(100):
        tape.trade(advert, CAROL, ANN, UNIT * 20, MINUTE_NS, MINUTE_NS)
    assert len(tape.view.arrays()["orders"]) == 101
    assert [one.number for one in ask(tape, asked.P2pOrdersQuestion(BOB)).orders] == [claimed]
    refuse = RefuseClaim(order=claimed, grounds_hash=b"r" * 32, reference="r")
    tape.do(refuse, kind=EventKind.CLAIM_REFUSED, order_id=claimed, account=ANN)
    assert ask(tape, asked.P2pOrderQuestion(claimed)).order is None


# Disputes


def test_disputes_wait_in_the_order_in_which_they_began(tape: Tape) -> None:
    advert = tape.post(ANN)
    first, second = (tape.take(advert, BOB, ANN, 100 * UNIT) for _ in range(2))
    for number in (first, second):
        tape.mark_paid(number, BOB, ANN, 700_00)
    tape.wait(NS_PER_S)
    tape.appeal(second, BOB, Ground.NOT_RELEASED, evidence=b"e" * 32)
    tape.wait(15 * MINUTE_NS)
    late = {"kind": EventKind.DISPUTE_OPENED, "order_id": first, "account": BOB, "reason": Ground.RELEASE_LATE}
    tape.clock(late | {"price_ticks": tape.time_ns + DAY_NS})
    told = ask(tape, asked.DisputesQuestion("disputes"))
    assert [one.number for one in told.orders] == [second, first]
    assert [(one.appealed_by, one.spoke, one.late) for one in told.orders] == [
        (Party.BUYER, Spoke.BUYER, False),
        (Party.CLOCK, Spoke.NONE, True),
    ]
    assert ask(tape, asked.DisputesQuestion("escalated")).total == 0
    tape.clock({"kind": EventKind.DISPUTE_ESCALATED, "order_id": first})
    assert [one.number for one in ask(tape, asked.DisputesQuestion("escalated")).orders] == [first]
    assert order(tape, first).evidence_due_ns == 0
    tape.decide(first, BOB, ANN, 40 * UNIT, 100 * UNIT, Party.SELLER)
    told = order(tape, first)
    assert (told.state, told.buyer_atoms, told.at_fault) == (OrderState.COMPLETED, 40 * UNIT, Party.SELLER)
    assert told.grounds_hash == b"g" * 32
    assert ask(tape, asked.DisputesQuestion("disputes")).total == 1
    counts = ask(tape, asked.P2pCountsQuestion())
    assert (counts.disputes, counts.disputes_by_clock, counts.verdicts, counts.for_buyer) == (1, 1, 1, 0)
    assert steps_of(tape, first)[-2:] == [EventKind.ESCROW_COMPLETED, EventKind.DISPUTE_DECIDED]


def steps_of(tape: Tape, number: int) -> list[int]:
    return [step.kind for step in ask(tape, asked.P2pOrderQuestion(number)).steps]


def test_silence_and_verdicts_fall_on_who_is_at_fault(tape: Tape) -> None:
    advert = tape.post(ANN)
    silent, fair = (tape.take(advert, BOB, ANN, 100 * UNIT) for _ in range(2))
    for number in (silent, fair):
        tape.mark_paid(number, BOB, ANN, 700_00)
        tape.appeal(number, ANN, Ground.NOT_PAID)
    tape.wait(DAY_NS)
    tape.clock(tape.ended(silent, BOB, ANN, 0, 100 * UNIT, Ending.SILENCE))
    tape.decide(fair, BOB, ANN, 100 * UNIT, 100 * UNIT, Party.NOBODY)
    buyer, seller = figures(tape, BOB)[0], figures(tape, ANN)[0]
    assert (buyer.orders, buyer.completed, buyer.failed, buyer.disputes_lost) == (2, 1, 1, 1)
    assert (seller.orders, seller.completed, seller.failed, seller.disputes_lost) == (2, 1, 0, 0)
    assert ask(tape, asked.P2pCountsQuestion()).silences == 1


def test_a_late_release_stays_late_and_is_counted_once(tape: Tape) -> None:
    advert = tape.post(ANN)
    number = tape.take(advert, BOB, ANN, 100 * UNIT)
    tape.mark_paid(number, BOB, ANN, 700_00)
    for _ in range(2):
        tape.wait(15 * MINUTE_NS)
        late = {"kind": EventKind.DISPUTE_OPENED, "order_id": number, "account": BOB, "reason": Ground.RELEASE_LATE}
        tape.clock(late | {"price_ticks": tape.time_ns + DAY_NS})
        withdraw = WithdrawAppeal(order=number, account=BOB, chat=b"", reference=f"w{tape.sequence}")
        tape.do(withdraw, kind=EventKind.DISPUTE_WITHDRAWN, order_id=number, account=BOB)
    told = order(tape, number)
    assert (told.state, told.appealed_by, told.late) == (OrderState.PAID, Party.NOBODY, True)
    assert told.release_due_ns == tape.time_ns + 15 * MINUTE_NS
    tape.release(number, BOB, ANN, 100 * UNIT)
    seller = figures(tape, ANN)[0]
    assert (seller.late, seller.completed) == (1, 1)
    assert seller.release_s_median == 30 * 60  # what he took, whatever was withdrawn meanwhile


def test_a_claim_is_locked_again_as_an_order_of_its_own(tape: Tape) -> None:
    advert = tape.post(ANN)
    first, second = (tape.trade(advert, BOB, ANN, 100 * UNIT, MINUTE_NS, MINUTE_NS) for _ in range(2))
    for number in (first, second):
        tape.claim(number, ANN, Ground.CHARGEBACK)
    assert [one.number for one in ask(tape, asked.DisputesQuestion("claims")).orders] == [first, second]
    refuse = RefuseClaim(order=second, grounds_hash=b"r" * 32, reference="r")
    tape.do(refuse, kind=EventKind.CLAIM_REFUSED, order_id=second, account=ANN)
    again = tape.relock(first, BOB, ANN, 60 * UNIT)
    assert ask(tape, asked.DisputesQuestion("claims")).total == 0
    told = order(tape, again)
    assert (told.relocks, told.advert, told.holder, told.state) == (first, 0, Party.BUYER, OrderState.DISPUTED)
    assert (told.buyer, told.seller, told.fiat_amount) == (BOB, ANN, 420_00)
    assert (told.appealed_by, told.ground) == (Party.SELLER, Ground.CHARGEBACK)
    assert order(tape, first).relocked_as == again
    tape.decide(again, BOB, ANN, 20 * UNIT, 60 * UNIT, Party.BUYER)
    buyer = figures(tape, BOB)[0]
    assert (buyer.orders, buyer.completed, buyer.disputes_lost) == (2, 2, 1)  # the order itself was counted before
    moves = ask(tape, asked.RetainedQuestion(BOB, 0)).moves
    assert [(move.atoms, move.fiat_amount, move.retain_days) for move in moves] == [
        (99_800_000, 700_00, 1),
        (99_800_000, 700_00, 1),
        (-40 * UNIT, -280_00, 0),
    ]
    back = ask(tape, asked.RetainedQuestion(ANN, 0)).moves[-1]
    assert (back.atoms, back.retain_days) == (40 * UNIT, 0)  # a seller bought nothing
    assert ask(tape, asked.RetainedQuestion(BOB, 0, from_purchase=True)).moves == moves
    assert ask(tape, asked.RetainedQuestion(ANN, 0, from_purchase=True)).moves == []
    assert ask(tape, asked.RetainedQuestion(BOB, moves[1].time_ns + 1, from_purchase=True)).moves == []


# Traders


def test_months_pass_and_lives_go_on(tape: Tape) -> None:
    advert = tape.post(ANN)
    for who, seconds in ((BOB, 60), (CAROL, 120), (BOB, 600)):
        tape.trade(advert, who, ANN, 100 * UNIT, 30 * NS_PER_S, seconds * NS_PER_S)
        tape.wait(10 * DAY_NS)
    month, life = figures(tape, ANN)
    assert (month.orders, month.completed, month.partners) == (2, 2, 2)
    assert (month.release_s_median, month.release_s_sum, month.releases) == (360, 720, 2)
    assert (life.orders, life.partners, life.release_s_median, life.release_s_sum) == (3, 2, 120, 780)
    assert figures(tape, BOB)[0].pay_s_median == 30
    pair = ask(tape, asked.PairQuestion(BOB, ANN))
    assert (pair.completed, pair.completed_month) == (2, 1)
    assert ask(tape, asked.PairQuestion(BOB, CAROL)).completed == 0
    tape.wait(30 * DAY_NS)
    assert figures(tape, ANN)[0] == Figures()
    assert figures(tape, ANN)[1] == life


def test_what_counts_against_limits_is_told_by_currency_and_method(tape: Tape) -> None:
    advert = tape.post(ANN, methods=(ALIPAY, BANK))
    tape.trade(advert, BOB, ANN, 100 * UNIT, MINUTE_NS, MINUTE_NS)
    tape.wait(DAY_NS)
    since_ns = tape.time_ns
    tape.trade(advert, BOB, ANN, 100 * UNIT, MINUTE_NS, MINUTE_NS)
    tape.cancel(tape.take(advert, BOB, ANN, 50 * UNIT), BOB, ANN, 50 * UNIT)
    lapsed = tape.take(advert, BOB, ANN, 20 * UNIT, method=BANK)
    tape.wait(15 * MINUTE_NS)
    tape.clock(tape.ended(lapsed, BOB, ANN, 0, 20 * UNIT, Ending.TIMED_OUT))
    asked_to = tape.take(advert, BOB, ANN, 20 * UNIT, method=BANK)
    tape.ask_cancel(asked_to, ANN)
    tape.cancel(asked_to, BOB, ANN, 20 * UNIT)
    told = ask(tape, asked.UsageQuestion(BOB, since_ns))
    assert told.rows == [
        asked.Usage(Side.BUY, "CNY", ALIPAY, 2, 1_050_00, 350_00),
        asked.Usage(Side.BUY, "CNY", BANK, 2, 280_00, 280_00),
    ]
    assert (told.opened, told.cancelled, told.timed_out) == (4, 1, 1)
    seller = ask(tape, asked.UsageQuestion(ANN, since_ns))
    assert (seller.opened, seller.cancelled, seller.timed_out) == (4, 0, 0)
    assert figures(tape, ANN)[0].failed == 1  # the one that he asked to cancel
    assert (figures(tape, BOB)[0].failed, figures(tape, BOB)[0].cancelled) == (2, 1)
    assert order(tape, asked_to).cancel_asked == CancelReason.METHOD_FAILS


def test_bonds_sanctions_and_open_orders_are_the_traders(tape: Tape) -> None:
    advert = tape.post(ANN)
    tape.bond(ANN, 50 * UNIT, 50 * UNIT)
    number = tape.take(advert, BOB, ANN, 100 * UNIT)
    tape.wait(15 * MINUTE_NS)
    ended = tape.ended(number, BOB, ANN, 0, 100 * UNIT, Ending.TIMED_OUT)
    slashed = {"kind": EventKind.BOND_SLASHED, "order_id": number, "account": ANN, "maker_account": BOB}
    (trader,) = ask(tape, asked.TradersQuestion([ANN])).traders
    assert (trader.bond_atoms, trader.open_orders, trader.adverts) == (50 * UNIT, 1, 1)
    tape.clock(ended, slashed | {"symbol": USDT, "quantity_lots": 10 * UNIT, "remaining_lots": 40 * UNIT})
    tape.sanction(ANN, tape.time_ns + DAY_NS)
    ann, bob = ask(tape, asked.TradersQuestion([ANN, 99, BOB])).traders
    assert (ann.bond_atoms, ann.open_orders, ann.sanction_grounds) == (40 * UNIT, 0, "late")
    assert (bob.open_orders, bob.sanctioned_until_ns, bob.frozen) == (0, 0, False)
    assert steps_of(tape, number)[-1] == EventKind.BOND_SLASHED
    tape.sanction(ANN, 0)
    assert ask(tape, asked.TradersQuestion([ANN])).traders[0].sanctioned_until_ns == 0


# What everybody may know


def test_days_are_told_with_the_spread_to_the_index(tape: Tape) -> None:
    advert = tape.post(ANN)
    tape.trade(advert, BOB, ANN, 100 * UNIT, MINUTE_NS, MINUTE_NS)  # without an index
    tape.note_index(USDT, "CNY", 700_000_000)
    dear = tape.post(CAROL, price=714_000_000)
    order = tape.take(dear, BOB, CAROL, 100 * UNIT, price=714_000_000)
    tape.mark_paid(order, BOB, CAROL, 714_00)
    tape.release(order, BOB, CAROL, 100 * UNIT)
    (row,) = ask(tape, asked.P2pStatisticsQuestion(1)).rows
    assert (row.fiat, row.asset, row.method, row.orders) == ("CNY", USDT, ALIPAY, 2)
    assert (row.atoms, row.fiat_amount, row.index_fiat, row.spread_ppm) == (200 * UNIT, 1_414_00, 714_00, 20_000)
    tape.wait(89 * DAY_NS)
    assert len(ask(tape, asked.P2pStatisticsQuestion(90)).rows) == 1
    assert ask(tape, asked.P2pStatisticsQuestion(89)).rows == []
    tape.wait(DAY_NS)
    assert ask(tape, asked.P2pStatisticsQuestion(1_000)).rows == []


def test_news_is_told_once_by_its_place(tape: Tape) -> None:
    place = ask(tape, asked.NewsQuestion(-1)).place
    advert = tape.post(ANN)
    number = tape.take(advert, BOB, ANN, 100 * UNIT)
    told = ask(tape, asked.NewsQuestion(place))
    assert [(one.kind, one.order, one.advert, one.parties) for one in told.news] == [
        (EventKind.ADVERT_POSTED, 0, advert, (ANN,)),
        (EventKind.ESCROW_OPENED, number, 0, (BOB, ANN)),
        (EventKind.ESCROW_OPENED, 0, advert, (ANN,)),
    ]
    assert ask(tape, asked.NewsQuestion(told.place)).news == []
    restored = P2pView()
    restored.restore(tape.view.arrays())
    answer = restored.answer(asked.NewsQuestion(place))
    assert isinstance(answer, asked.NewsAnswer)
    assert answer.missed and answer.place == told.place  # it says that it does not know


def test_a_retry_changes_nothing(tape: Tape) -> None:
    number = tape.post(ANN)
    before = ask(tape, asked.AdvertQuestion(number))
    again = {"order_id": number, "account": ANN, "side": 1, "flags": EventFlag.REPEATED, "trade_id": number}
    tape.do(FreezeAccount(account=ANN, until_ns=0, reference="x"), kind=EventKind.ADVERT_POSTED, **again)
    assert ask(tape, asked.AdvertQuestion(number)) == before
    assert ask(tape, asked.P2pCountsQuestion()).adverts == 1


def test_before_there_are_terms_there_is_nothing() -> None:
    view = P2pView()
    answer = view.answer(asked.MarketQuestion())
    assert isinstance(answer, asked.MarketAnswer)
    assert answer.terms is None
    assert view.answer(SearchQuestion(1, 0, "CNY")) == asked.SearchAnswer(0, [], [], 0)
    view.restore({})  # a snapshot that is older than the market
    assert view.answer(asked.P2pCountsQuestion()) == asked.P2pCountsAnswer(*[0] * 16)
