"""What an account sees of its balances."""

import numpy as np
import pytest

from tests.examples.trading_day import (
    ANN,
    BANK,
    BOB,
    BUY,
    COIN,
    HOUSE,
    LOT_ATOMS,
    SELL,
    TICK_LOT_ATOMS,
    USD,
    TradingDay,
)
from venus.records.commands import AccountKind, FreezeAccount, SelfTrade, SetTradeGroup
from venus.records.events import EventFlag
from venus.views.balance_questions import BALANCE_ROW, BalancesQuestion, TotalsQuestion

START = 10**12


@pytest.fixture
def day() -> TradingDay:
    return TradingDay()


def balance(day: TradingDay, account: int, asset: int) -> tuple[int, int]:
    """Free and held atoms."""
    rows = np.frombuffer(day.views.answer(BalancesQuestion(account)).rows, BALANCE_ROW)
    found = rows[rows["asset"] == asset]
    return (int(found[0]["free_atoms"]), int(found[0]["held_atoms"])) if len(found) else (0, 0)


def test_a_deposit_comes_from_outside_which_owes_it(day: TradingDay) -> None:
    assert balance(day, ANN, USD) == (START, 0)
    assert balance(day, BANK, USD) == (-3 * START, 0)
    day.transfer(BANK, ANN, USD, 5, reference=7)
    again = day.transfer(BANK, ANN, USD, 5, reference=7)
    assert again["flags"] == EventFlag.REPEATED
    assert balance(day, ANN, USD) == (START + 5, 0), "a retry moves nothing"
    totals = np.frombuffer(day.views.answer(TotalsQuestion()).rows, BALANCE_ROW)
    assert totals.tolist() == [(USD, 0, 0), (COIN, 0, 0)]


def test_a_resting_order_holds_and_a_cancel_gives_back(day: TradingDay) -> None:
    bid = day.order(ANN, BUY, 10, 100)
    hold = 10 * 100 * TICK_LOT_ATOMS
    assert balance(day, ANN, USD) == (START - hold, hold)
    day.amend(ANN, bid, 4)
    assert balance(day, ANN, USD) == (START - hold * 4 // 10, hold * 4 // 10)
    updated_ns = day.views.answer(BalancesQuestion(ANN)).updated_ns
    assert updated_ns == day.time_ns
    day.order(BOB, SELL, 1, 200)
    assert day.views.answer(BalancesQuestion(ANN)).updated_ns == updated_ns, "nothing of it changed"
    day.cancel(ANN, bid)
    assert balance(day, ANN, USD) == (START, 0)


def test_a_trade_moves_both_assets_and_the_house_takes_both_fees(day: TradingDay) -> None:
    day.order(BOB, SELL, 10, 100)
    day.order(ANN, BUY, 4, 120)  # at 100, where the seller stands
    coin, dollars = 4 * LOT_ATOMS, 400 * TICK_LOT_ATOMS
    taker_fee, maker_fee = coin * 2_000 // 10**6, dollars * 1_000 // 10**6
    assert balance(day, ANN, USD) == (START - dollars, 0)
    assert balance(day, ANN, COIN) == (START + coin - taker_fee, 0)
    assert balance(day, BOB, USD) == (START + dollars - maker_fee, 0)
    assert balance(day, BOB, COIN) == (START - 10 * LOT_ATOMS, 6 * LOT_ATOMS)
    assert balance(day, HOUSE, COIN) == (taker_fee, 0)
    assert balance(day, HOUSE, USD) == (maker_fee, 0)


def test_a_transfer_between_friends_by_prevention_costs_nothing(day: TradingDay) -> None:
    for account in (ANN, BOB):
        day.cold(SetTradeGroup(reference=f"group {account}", account=account, trade_group=1))
    day.order(BOB, SELL, 10, 100, stp=SelfTrade.TRANSFER)
    day.order(ANN, BUY, 4, 100, stp=SelfTrade.TRANSFER)
    assert balance(day, ANN, COIN) == (START + 4 * LOT_ATOMS, 0)
    assert balance(day, ANN, USD) == (START - 400 * TICK_LOT_ATOMS, 0)
    assert balance(day, BOB, COIN) == (START - 10 * LOT_ATOMS, 6 * LOT_ATOMS)
    assert balance(day, BOB, USD) == (START + 400 * TICK_LOT_ATOMS, 0)
    assert balance(day, HOUSE, COIN) == (0, 0)


def test_a_freeze_frees_what_was_held(day: TradingDay) -> None:
    day.order(ANN, BUY, 10, 100)
    day.order(ANN, SELL, 3, 200)
    day.cold(FreezeAccount(reference="court order", account=ANN, until_ns=0))
    assert balance(day, ANN, USD) == balance(day, ANN, COIN) == (START, 0)


def test_who_has_nothing_and_who_is_not_there(day: TradingDay) -> None:
    for account in (-1, 10**6, 2**40):
        answer = day.views.answer(BalancesQuestion(account))
        assert (answer.rows, answer.updated_ns) == (b"", 0)


def test_thousands_of_accounts_each_keep_their_own(day: TradingDay) -> None:
    """Balances, their index and the table of accounts all grow while running."""
    count, first = 5_000, 5
    day.open("many", AccountKind.PERSON, count)
    for account in range(first, first + count):
        day.transfer(BANK, account, account % 2, account)
    for account in (first, first + 1, first + count // 2, first + count - 1):
        assert balance(day, account, account % 2) == (account, 0)
        assert balance(day, account, 1 - account % 2) == (0, 0)
    totals = np.frombuffer(day.views.answer(TotalsQuestion()).rows, BALANCE_ROW)
    assert not (totals["free_atoms"] + totals["held_atoms"]).any()
