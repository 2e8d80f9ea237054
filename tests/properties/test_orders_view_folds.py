"""The orders view against a fold so slow that it is obvious, on whatever the exchange does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.random_exchange import CLIENT_IDS, STRANGER, SYMBOLS, TRADERS, play
from tests.properties.slow_orders import SlowOrder, SlowOrders
from venus.records.batch import Batch
from venus.records.commands import client_digest
from venus.views.orders import (
    ORDER_ROW,
    TRADE_ROW,
    OpenOrdersQuestion,
    OrderQuestion,
    Orders,
    OrdersAnswer,
    OrdersQuestion,
    TradesQuestion,
)

seeds = st.integers(0, 2**32 - 1)


def assert_orders(answer: OrdersAnswer, expected: list[SlowOrder]) -> None:
    assert np.frombuffer(answer.rows, ORDER_ROW).tolist() == [order.row() for order in expected]
    assert answer.texts.decode() == "".join(order.text for order in expected)


def cut(rows: list, limit: int, newest: bool) -> list:
    return rows[-limit:] if newest else rows[:limit]


def folded(batches: list[Batch]) -> tuple[Orders, SlowOrders]:
    """Both folds; the fast one is written to arrays and read back half-way."""
    view, slow = Orders(rows_reserved=8), SlowOrders()  # so that everything grows on the way
    for number, batch in enumerate(batches):
        if number == len(batches) // 2:
            before = {name: array.copy() for name, array in view.arrays().items()}
            view = Orders(rows_reserved=8)
            view.restore(before)
            after = view.arrays()
            assert before.keys() == after.keys()
            assert all(np.array_equal(before[name], after[name]) for name in before)
        view.apply(batch)
        slow.apply(batch)
    return view, slow


@given(seeds)
def test_every_order_is_found_by_id_by_client_id_and_among_the_open(seed) -> None:
    view, slow = folded(play(seed))
    for order in slow.orders.values():
        assert_orders(view.answer(OrderQuestion(order.account, order.symbol, order.order_id)), [order])
        assert_orders(view.answer(OrderQuestion(order.account + 1, order.symbol, order.order_id)), [])
        assert_orders(view.answer(OrderQuestion(order.account, 1 - order.symbol, order.order_id)), [])
        for text in CLIENT_IDS[1:]:
            expected = [order] if order.text == text else []
            asked = OrderQuestion(order.account, order.symbol, order.order_id, *client_digest(text))
            assert_orders(view.answer(asked), expected)
    assert_orders(view.answer(OrderQuestion(TRADERS[0], 0, len(slow.orders) + 1)), [])
    for account in (*TRADERS, STRANGER):
        for symbol in SYMBOLS:
            still_open = [order for order in slow.of(account, symbol) if order.is_open]
            assert_orders(view.answer(OpenOrdersQuestion(account, symbol)), still_open)
            for text in CLIENT_IDS[1:]:
                found = slow.bearer(account, symbol, client_digest(text))
                asked = OrderQuestion(account, symbol, 0, *client_digest(text))
                assert_orders(view.answer(asked), [found] if found else [])
        still_open = [order for order in slow.orders.values() if order.account == account and order.is_open]
        assert_orders(view.answer(OpenOrdersQuestion(account)), still_open)


@given(seeds, st.integers(0, 300), st.integers(0, 120), st.integers(0, 120), st.integers(1, 20), st.booleans())
def test_a_page_of_orders_is_what_a_filter_and_a_slice_would_give(seed, id_min, start, end, limit, newest) -> None:
    view, slow = folded(play(seed))
    for account in (*TRADERS, STRANGER):
        for symbol in SYMBOLS:
            mine = slow.of(account, symbol)
            asked = OrdersQuestion(account, symbol, order_id_min=id_min, limit=limit, newest=newest)
            assert_orders(view.answer(asked), cut([o for o in mine if o.order_id >= id_min], limit, newest))
            asked = OrdersQuestion(account, symbol, start_ns=start, end_ns=end, limit=limit, newest=newest)
            assert_orders(view.answer(asked), cut([o for o in mine if start <= o.time_ns <= end], limit, newest))


@given(seeds, st.integers(0, 80), st.integers(0, 120), st.integers(0, 120), st.integers(1, 20), st.booleans())
def test_a_page_of_trades_is_what_a_filter_and_a_slice_would_give(seed, id_min, start, end, limit, newest) -> None:
    view, slow = folded(play(seed))

    def assert_trades(expected: list[tuple[int, ...]], **bounds: int) -> None:
        answer = view.answer(TradesQuestion(limit=limit, newest=newest, **bounds))
        rows = np.frombuffer(answer.rows, TRADE_ROW)
        assert [row[:-1] for row in rows.tolist()] == cut(expected, limit, newest)

    for account in (*TRADERS, STRANGER):
        for symbol in SYMBOLS:
            mine = [trade for trade in slow.trades if trade[6:8] == (account, symbol)]
            whose = {"account": account, "symbol": symbol}
            assert_trades(mine, **whose)
            assert_trades([t for t in mine if t[0] >= id_min], **whose, trade_id_min=id_min)
            assert_trades([t for t in mine if start <= t[5] <= end], **whose, start_ns=start, end_ns=end)
            for order_id in [*(order.order_id for order in slow.of(account, symbol)), len(slow.orders) + 1]:
                of_order = [t for t in mine if t[1] == order_id]
                assert_trades([t for t in of_order if t[0] >= id_min], **whose, order_id=order_id, trade_id_min=id_min)
                in_time = [t for t in of_order if start <= t[5] <= end]
                assert_trades(in_time, **whose, order_id=order_id, start_ns=start, end_ns=end)
