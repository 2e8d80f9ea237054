"""What an account sees of its orders and trades."""

import numpy as np
import pytest

from tests.examples.trading_day import ANN, BOB, BUY, CAT, HOUSE, LOT_ATOMS, SELL, TICK_LOT_ATOMS, TradingDay
from venus.records.commands import (
    Command,
    CommandFlag,
    CommandKind,
    FreezeAccount,
    OrderType,
    SelfTrade,
    TimeInForce,
    client_digest,
)
from venus.records.events import Expiry
from venus.views.kernels.order_facts import OrderStatus
from venus.views.order_questions import (
    ORDER_ROW,
    PAGE_ROWS_MAX,
    TRADE_ROW,
    OpenOrdersQuestion,
    OrderQuestion,
    OrdersQuestion,
    TradesQuestion,
)


@pytest.fixture
def day() -> TradingDay:
    return TradingDay()


def order(day: TradingDay, account: int, order_id: int) -> np.void:
    (row,) = np.frombuffer(day.views.answer(OrderQuestion(account, 0, order_id)).rows, ORDER_ROW)
    return row


def named(day: TradingDay, account: int, name: str) -> list[int]:
    answer = day.views.answer(OrderQuestion(account, 0, 0, *client_digest(name)))
    assert answer.texts.decode() == name * bool(answer.rows)
    return np.frombuffer(answer.rows, ORDER_ROW)["order_id"].tolist()


def open_ids(day: TradingDay, account: int) -> list[int]:
    return np.frombuffer(day.views.answer(OpenOrdersQuestion(account)).rows, ORDER_ROW)["order_id"].tolist()


def trades(day: TradingDay, account: int, **bounds: int) -> np.ndarray:
    return np.frombuffer(day.views.answer(TradesQuestion(account, 0, **bounds)).rows, TRADE_ROW)


def test_an_order_from_new_to_filled(day: TradingDay) -> None:
    bid = day.order(ANN, BUY, 10, 100, name="my first")
    row = order(day, ANN, bid)
    assert (row["status"], row["executed_lots"], row["quantity"], row["price_ticks"]) == (OrderStatus.NEW, 0, 10, 100)
    assert row["time_ns"] == row["updated_ns"] == day.time_ns
    assert open_ids(day, ANN) == [bid]

    day.order(BOB, SELL, 4, 100)
    row = order(day, ANN, bid)
    assert (row["status"], row["executed_lots"], row["executed_tick_lots"]) == (OrderStatus.PARTIALLY_FILLED, 4, 400)
    assert row["time_ns"] < row["updated_ns"] == day.time_ns

    day.order(BOB, SELL, 6, 99)  # at the bid's price, which is better
    row = order(day, ANN, bid)
    assert (row["status"], row["executed_lots"], row["executed_tick_lots"]) == (OrderStatus.FILLED, 10, 1_000)
    assert open_ids(day, ANN) == []


@pytest.mark.parametrize(
    ("tif", "reason"), [(TimeInForce.IOC, Expiry.UNFILLED_IOC), (TimeInForce.FOK, Expiry.UNFILLED_FOK)]
)
def test_what_may_not_rest_expires_with_its_reason(day: TradingDay, tif: TimeInForce, reason: Expiry) -> None:
    command = Command(kind=CommandKind.ORDER, account=ANN, type=OrderType.LIMIT, tif=tif, price_ticks=9, quantity=1)
    row = order(day, ANN, int(day.hot([command])[0]["order_id"]))
    assert (row["status"], row["reason"], row["tif"]) == (OrderStatus.EXPIRED, reason, tif)
    assert open_ids(day, ANN) == []


def test_an_order_by_quote_tells_quote_atoms(day: TradingDay) -> None:
    day.order(BOB, SELL, 10, 100)
    market = day.order(
        ANN, BUY, 35_000, in_quote=True
    )  # three lots at 100 ticks are 30,000 atoms; a fourth is too much
    row = order(day, ANN, market)
    assert (row["quantity"], row["flags"], row["type"]) == (35_000, CommandFlag.IN_QUOTE, OrderType.MARKET)
    assert (row["status"], row["executed_lots"]) == (OrderStatus.FILLED, 3)
    assert row["executed_tick_lots"] * TICK_LOT_ATOMS == 30_000


def test_a_frozen_account_s_orders_expire(day: TradingDay) -> None:
    bid = day.order(ANN, BUY, 1, 100)
    day.cold(FreezeAccount(reference="court order", account=ANN, until_ns=0))
    row = order(day, ANN, bid)
    assert (row["status"], row["reason"]) == (OrderStatus.EXPIRED, Expiry.ACCOUNT_FROZEN)
    assert open_ids(day, ANN) == []


def test_self_trade_prevention_is_told_from_other_ends(day: TradingDay) -> None:
    bid = day.order(ANN, BUY, 6, 100)
    ask = day.order(ANN, SELL, 2, 100, stp=SelfTrade.DECREMENT)
    row = order(day, ANN, ask)
    assert (row["status"], row["prevented_lots"], row["prevented_match_id"]) == (OrderStatus.EXPIRED_IN_MATCH, 2, 1)
    row = order(day, ANN, bid)  # lost two lots, but is as open and as untraded as before
    assert (row["status"], row["prevented_lots"], row["executed_lots"]) == (OrderStatus.NEW, 2, 0)
    day.order(ANN, SELL, 9, 100, stp=SelfTrade.EXPIRE_MAKER)
    assert order(day, ANN, bid)["status"] == OrderStatus.EXPIRED_IN_MATCH
    assert order(day, ANN, bid)["prevented_lots"] == 6
    assert len(trades(day, ANN)) == 0


def test_a_client_id_finds_the_open_order_else_the_one_that_took_it_last(day: TradingDay) -> None:
    first = day.order(ANN, BUY, 5, 100, name="x")
    other = day.order(BOB, BUY, 5, 90, name="x")  # every account has its own names
    assert named(day, ANN, "x") == [first]
    assert named(day, BOB, "x") == [other]
    day.cancel(ANN, first)
    assert named(day, ANN, "x") == [first]
    second = day.order(ANN, BUY, 5, 100, name="x")
    assert named(day, ANN, "x") == [second]
    assert named(day, ANN, "y") == []


def test_an_amendment_with_a_name_renames(day: TradingDay) -> None:
    old = day.order(ANN, BUY, 5, 100, name="x")
    day.cancel(ANN, old)
    bid = day.order(ANN, BUY, 5, 100, name="x")
    day.amend(ANN, bid, 4)
    assert named(day, ANN, "x") == [bid]
    day.amend(ANN, bid, 3, name="a longer name than before")
    row = order(day, ANN, bid)
    assert (row["quantity"], row["status"], row["updated_ns"]) == (3, OrderStatus.NEW, day.time_ns)
    assert named(day, ANN, "a longer name than before") == [bid]
    assert named(day, ANN, "x") == [old]  # the name is free again, and leads to whom it was before
    newer = day.order(ANN, BUY, 1, 99, name="x")
    assert named(day, ANN, "x") == [newer]


def test_nobody_sees_another_s_orders(day: TradingDay) -> None:
    bid = day.order(ANN, BUY, 5, 100, name="x")
    assert day.views.answer(OrderQuestion(BOB, 0, bid)).rows == b""
    assert day.views.answer(OrderQuestion(ANN, 1, bid)).rows == b""
    assert day.views.answer(OrderQuestion(ANN, 0, bid, *client_digest("y"))).rows == b""
    assert day.views.answer(OrderQuestion(ANN, 0)).rows == b"", "who names no order gets none"
    for nobody in (-1, HOUSE, 10**6, 2**40):
        assert open_ids(day, nobody) == []
        assert day.views.answer(OrdersQuestion(nobody, 0)).rows == b""
        assert len(trades(day, nobody)) == 0


def test_both_sides_of_a_trade(day: TradingDay) -> None:
    ask = day.order(BOB, SELL, 5, 100)
    bid = day.order(ANN, BUY, 5, 101)
    (bought,), (sold,) = trades(day, ANN), trades(day, BOB)
    for row in (bought, sold):
        assert (row["trade_id"], row["price_ticks"], row["quantity_lots"], row["time_ns"]) == (1, 100, 5, day.time_ns)
    assert (bought["order_id"], bought["is_buyer"], bought["is_maker"], bought["fee_in_base"]) == (bid, 1, 0, 1)
    assert (sold["order_id"], sold["is_buyer"], sold["is_maker"], sold["fee_in_base"]) == (ask, 0, 1, 0)
    assert bought["fee_atoms"] == 5 * LOT_ATOMS * 2_000 // 10**6  # the taker received coin
    assert sold["fee_atoms"] == 500 * TICK_LOT_ATOMS * 1_000 // 10**6  # the maker received dollars


def test_a_trade_with_oneself_is_two_rows(day: TradingDay) -> None:
    ask = day.order(ANN, SELL, 5, 100)
    bid = day.order(ANN, BUY, 5, 100, stp=SelfTrade.NONE)
    assert [(row["order_id"], row["is_maker"]) for row in trades(day, ANN)] == [(bid, 0), (ask, 1)]
    assert trades(day, ANN, order_id=ask)["is_buyer"].tolist() == [0]


def test_a_busy_account_is_read_page_by_page(day: TradingDay) -> None:
    """Thousands of orders and trades: lists of many blocks, grown while running."""
    count = 3 * PAGE_ROWS_MAX + 17
    for _ in range(count // 100 + 1):
        buys = [_limit(ANN, BUY, 100), _limit(CAT, BUY, 1)]
        sells = [_limit(BOB, SELL, 100)]
        day.hot([command for _ in range(50) for command in buys] + sells * 50)
        day.hot([command for _ in range(50) for command in sells + buys])

    ids = pages(day, ANN)
    assert len(ids) == 100 * (count // 100 + 1)
    assert ids == sorted(set(ids))
    newest = np.frombuffer(day.views.answer(OrdersQuestion(ANN, 0, limit=10**6)).rows, ORDER_ROW)
    assert newest["order_id"].tolist() == ids[-PAGE_ROWS_MAX:]
    assert set(newest["status"].tolist()) == {OrderStatus.FILLED}
    assert open_ids(day, CAT) == pages(day, CAT)

    last, all_trades = 0, []
    while len(page := trades(day, ANN, trade_id_min=last + 1, newest=False, limit=PAGE_ROWS_MAX)):
        all_trades += page["trade_id"].tolist()
        last = all_trades[-1]
    assert all_trades == list(range(1, len(ids) + 1))
    some = ids[len(ids) // 2]
    (trade,) = trades(day, ANN, order_id=some)
    assert trade["order_id"] == some


def pages(day: TradingDay, account: int) -> list[int]:
    """All order ids of an account, from the oldest, a page at a time."""
    ids: list[int] = []
    while page := day.views.answer(
        OrdersQuestion(account, 0, order_id_min=ids[-1] + 1 if ids else 0, limit=PAGE_ROWS_MAX, newest=False)
    ).rows:
        ids += np.frombuffer(page, ORDER_ROW)["order_id"].tolist()
    return ids


def _limit(account: int, side: int, ticks: int) -> Command:
    return Command(
        kind=CommandKind.ORDER, account=account, side=side, type=OrderType.LIMIT, price_ticks=ticks, quantity=1
    )
