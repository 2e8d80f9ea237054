"""What a search in the market between people finds, as takers would read it."""

from typing import Any

import pytest

from tests.examples.p2p_asking import ANN, BOB, CAROL, DAVE, UNIT, ask, market
from venus.records.commands import FreezeAccount, Side, UnfreezeAccount
from venus.records.events import EventKind
from venus.records.p2p_states import AdvertState
from venus.testing.p2p_tape import ALIPAY, BANK, BTC, DAY_NS, MINUTE_NS, USDT, Tape
from venus.units import NS_PER_S
from venus.views import p2p_questions as asked
from venus.views.p2p_questions import SearchQuestion


@pytest.fixture
def tape() -> Tape:
    return market()


def found(tape: Tape, **fields: Any) -> list[int]:
    usual: dict[str, Any] = {"side": Side.SELL, "asset": USDT, "fiat": "CNY"}
    answer = ask(tape, SearchQuestion(**usual | fields))
    return [one.advert.number for one in answer.found]


def test_the_best_price_for_the_taker_comes_first(tape: Tape) -> None:
    dear, cheap, same = (tape.post(ANN, price=price) for price in (720_000_000, 690_000_000, 690_000_000))
    assert found(tape) == [cheap, same, dear]
    low, high = (tape.post(BOB, Side.BUY, price=price) for price in (600_000_000, 650_000_000))
    assert found(tape, side=Side.BUY) == [high, low]
    assert found(tape, fiat="JPY") == found(tape, asset=BTC) == found(tape, fiat="ZZZ") == []


def test_a_page_is_told_with_how_many_there_are(tape: Tape) -> None:
    numbers = [tape.post(ANN, price=700_000_000 + place) for place in range(7)]
    answer = ask(tape, SearchQuestion(Side.SELL, USDT, "CNY", skip=2, limit=3))
    assert (answer.total, [one.advert.number for one in answer.found]) == (7, numbers[2:5])
    assert [maker.account for maker in answer.makers] == [ANN]
    assert found(tape, skip=6, limit=100) == numbers[6:]
    assert found(tape, limit=0) == found(tape, skip=9) == []


def test_an_amount_finds_adverts_that_sell_so_much(tape: Tape) -> None:
    small = tape.post(ANN, atoms=20 * UNIT, fiat_min=10_00, fiat_max=140_00)
    large = tape.post(BOB, fiat_min=1_000_00)
    assert found(tape, fiat_amount=140_00) == [small]
    assert found(tape, fiat_amount=140_01) == found(tape, fiat_amount=9_99) == []
    assert found(tape, fiat_amount=5_000_00) == [large]
    assert found(tape, atoms=20 * UNIT) == [small]
    assert found(tape, atoms=200 * UNIT) == [large]
    assert found(tape, atoms=UNIT - 1) == []  # below the market's smallest order


def test_limits_are_exact_to_the_last_atom(tape: Tape) -> None:
    """Where floats would not tell 2^60 from 2^60 + 1."""
    much = 2**60
    number = tape.post(ANN, atoms=much, fiat_min=1, fiat_max=2**62, price=100_000_000)
    assert found(tape, atoms=much) == [number]
    assert found(tape, atoms=much + 1) == []
    fiat = much // 10_000  # at 1.00 CNY, 10,000 atoms are one fen
    assert found(tape, fiat_amount=fiat) == [number]
    assert found(tape, fiat_amount=fiat + 1) == []


def test_what_is_left_lowers_the_limit_and_in_the_end_hides_the_advert(tape: Tape) -> None:
    number = tape.post(ANN, fiat_max=10_000_00)
    tape.take(number, BOB, ANN, 900 * UNIT)
    (one,) = ask(tape, SearchQuestion(Side.SELL, USDT, "CNY")).found
    assert (one.advert.atoms, one.fiat_max_now, one.advert.fiat_max) == (100 * UNIT, 700_00, 10_000_00)
    assert one.advert.bound_atoms == 1001 * UNIT - 900_900_000
    tape.take(number, BOB, ANN, 86 * UNIT)  # 14 USDT are worth 98 CNY, and the least is 100
    assert found(tape) == []
    assert ask(tape, asked.AdvertQuestion(number)).advert.opened == 2


def test_floating_adverts_follow_the_index_and_vanish_with_it(tape: Tape) -> None:
    fixed, floating = tape.post(ANN), tape.post(BOB, price=0, margin_ppm=1_010_000)
    assert found(tape) == [fixed]
    tape.note_index(USDT, "CNY", 680_000_000)
    assert found(tape) == [floating, fixed]
    assert ask(tape, asked.AdvertQuestion(floating)).price_now == 686_800_000
    tape.note_index(USDT, "CNY", 700_000_000)
    assert found(tape) == [fixed, floating]
    tape.wait(5 * MINUTE_NS - 1)
    assert found(tape) == [fixed, floating]
    tape.wait(1)
    assert found(tape) == [fixed]
    tape.note_index(USDT, "CNY", 2**62)  # beyond what an order may cost
    assert found(tape) == [fixed]
    assert ask(tape, asked.MarketQuestion()).index == [asked.Index(USDT, "CNY", 2**62, tape.time_ns)]


def test_methods_makers_and_adverts_are_chosen_or_left_out(tape: Tape) -> None:
    one, both, bank = (
        tape.post(who, methods=methods) for who, methods in ((ANN, (ALIPAY,)), (BOB, (ALIPAY, BANK)), (CAROL, (BANK,)))
    )
    assert found(tape, methods=[ALIPAY]) == [one, both]
    assert found(tape, methods=[BANK, 77]) == [both, bank]
    assert found(tape, methods=[0]) == found(tape, methods=[77, 70_000]) == []
    assert found(tape, not_makers=[ANN, DAVE]) == [both, bank]
    assert found(tape, not_adverts=[both]) == [one, bank]


def test_methods_may_be_as_many_as_there_are_numbers(tape: Tape) -> None:
    sets = [tuple(range(first, first + 16)) for first in range(1, 97, 16)]
    numbers = [tape.post(ANN, methods=methods) for methods in sets]
    for methods, number in zip(sets, numbers, strict=True):
        assert found(tape, methods=[methods[0]]) == found(tape, methods=[methods[-1], 9_999]) == [number]
    assert found(tape, methods=[96, 1]) == [numbers[0], numbers[-1]]


def test_nobody_finds_an_advert_that_nobody_can_take(tape: Tape) -> None:
    number = tape.post(ANN)
    tape.set_state(number, ANN, AdvertState.RESTING)
    assert found(tape) == []
    tape.set_state(number, ANN, AdvertState.ONLINE)
    tape.sanction(ANN, tape.time_ns + DAY_NS)
    assert found(tape) == []
    assert ask(tape, asked.P2pCountsQuestion()).sanctioned == 1
    tape.wait(DAY_NS)
    assert found(tape) == [number]
    freeze = FreezeAccount(account=ANN, until_ns=tape.time_ns + DAY_NS, reference="f")
    tape.do(freeze, kind=EventKind.ACCOUNT_FROZEN, account=ANN)
    assert found(tape) == []
    tape.wait(DAY_NS)
    assert found(tape) == [number]
    tape.do(FreezeAccount(account=ANN, until_ns=0, reference="g"), kind=EventKind.ACCOUNT_FROZEN, account=ANN)
    tape.wait(900 * DAY_NS)
    assert found(tape) == []
    tape.do(UnfreezeAccount(account=ANN, reference="h"), kind=EventKind.ACCOUNT_UNFROZEN, account=ANN)
    assert found(tape) == [number]
    tape.set_state(number, ANN, AdvertState.CLOSED)
    assert found(tape) == []
    assert ask(tape, asked.AdvertsQuestion(ANN)).total == 1
    tape.wait(30 * DAY_NS)
    assert ask(tape, asked.AdvertsQuestion(ANN)).total == 0
    assert ask(tape, asked.AdvertQuestion(number)).advert is None


def test_makers_are_asked_for_by_bond_completion_and_age(tape: Tape) -> None:
    tape.wait(DAY_NS)
    tape.enrol(15)
    young, bonded, busy = (tape.post(who, atoms=10**10) for who in (15, BOB, CAROL))
    tape.bond(BOB, 500 * UNIT, 500 * UNIT)
    tape.trade(busy, DAVE, CAROL, 100 * UNIT, MINUTE_NS, MINUTE_NS)
    tape.trade(bonded, DAVE, BOB, 100 * UNIT, MINUTE_NS, 10 * NS_PER_S)
    tape.cancel(tape.take(bonded, DAVE, BOB, 100 * UNIT), DAVE, BOB, 100 * UNIT)
    for seller in (CAROL, BOB):
        number = tape.take(busy if seller == CAROL else bonded, DAVE, seller, 100 * UNIT)
        tape.ask_cancel(number, seller)
        tape.cancel(number, DAVE, seller, 100 * UNIT)
    tape.trade(busy, DAVE, CAROL, 100 * UNIT, MINUTE_NS, MINUTE_NS)
    assert found(tape, bond_atoms_min=500 * UNIT) == [bonded]
    assert found(tape, enrolled_before_ns=tape.time_ns - 3600 * NS_PER_S) == [bonded, busy]
    assert found(tape, completion_ppm_min=600_000) == [busy]  # 2 of 3; of Bob's 1 of 2: the buyer's change of mind is
    assert found(tape, orders_min=1) == [bonded, busy]  # not his
    assert found(tape, sort="completion") == [busy, bonded, young]
    assert found(tape, sort="release") == [bonded, busy, young]
    assert found(tape, sort="orders") == [busy, bonded, young]
    tape.wait(31 * DAY_NS)
    assert found(tape, sort="orders") == [young, bonded, busy]  # nothing in the month any more
