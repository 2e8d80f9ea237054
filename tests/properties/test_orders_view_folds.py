"""The orders view against a fold so slow that it is obvious, on whatever the exchange does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.random_conditions import play_either
from tests.properties.random_exchange import CLIENT_IDS, STRANGER, SYMBOLS, TRADERS
from tests.properties.slow_orders import SlowList, SlowOrder, SlowOrders
from venus.records.batch import Batch
from venus.records.commands import client_digest
from venus.views.order_questions import (
    AMENDMENT_ROW,
    LIST_ROW,
    ORDER_ROW,
    PREVENTION_ROW,
    TRADE_ROW,
    AmendmentsQuestion,
    OpenOrderListsQuestion,
    OpenOrdersQuestion,
    OrderListQuestion,
    OrderListsAnswer,
    OrderListsQuestion,
    OrderQuestion,
    OrdersAnswer,
    OrdersQuestion,
    PreventionsQuestion,
    TradesQuestion,
)
from venus.views.orders import Orders

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
    view, slow = folded(play_either(seed))
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
    view, slow = folded(play_either(seed))
    for account in (*TRADERS, STRANGER):
        for symbol in SYMBOLS:
            mine = slow.of(account, symbol)
            asked = OrdersQuestion(account, symbol, order_id_min=id_min, limit=limit, newest=newest)
            assert_orders(view.answer(asked), cut([o for o in mine if o.order_id >= id_min], limit, newest))
            asked = OrdersQuestion(account, symbol, start_ns=start, end_ns=end, limit=limit, newest=newest)
            assert_orders(view.answer(asked), cut([o for o in mine if start <= o.time_ns <= end], limit, newest))


@given(seeds, st.integers(0, 80), st.integers(0, 120), st.integers(0, 120), st.integers(1, 20), st.booleans())
def test_a_page_of_trades_is_what_a_filter_and_a_slice_would_give(seed, id_min, start, end, limit, newest) -> None:
    view, slow = folded(play_either(seed))

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


def assert_lists(answer: OrderListsAnswer, expected: list[SlowList], slow: SlowOrders) -> None:
    assert np.frombuffer(answer.rows, LIST_ROW).tolist() == [one.row() for one in expected]
    assert answer.texts.decode() == "".join(one.text for one in expected)
    legs = [slow.orders[i] for one in expected for i in range(one.first_order, one.first_order + one.legs)]
    assert_orders(answer.legs, legs)


@given(seeds, st.integers(0, 40), st.integers(0, 120), st.integers(0, 120), st.integers(1, 9), st.booleans())
def test_order_lists_are_found_by_id_by_client_id_and_in_pages(seed, id_min, start, end, limit, newest) -> None:
    view, slow = folded(play_either(seed))
    for account in (*TRADERS, STRANGER):
        mine = slow.lists_of(account)
        for list_id in range(len(slow.lists) + 2):
            found = [one for one in mine if one.list_id == list_id]
            assert_lists(view.answer(OrderListQuestion(account, list_id)), found, slow)
        for text in CLIENT_IDS[1:]:
            bearer = slow.list_bearer(account, client_digest(text))
            asked = OrderListQuestion(account, 0, *client_digest(text))
            assert_lists(view.answer(asked), [bearer] if bearer else [], slow)
        still_open = [one for one in mine if not one.is_done]
        assert_lists(view.answer(OpenOrderListsQuestion(account)), still_open, slow)
        asked = OrderListsQuestion(account, list_id_min=id_min, limit=limit, newest=newest)
        assert_lists(view.answer(asked), cut([one for one in mine if one.list_id >= id_min], limit, newest), slow)
        asked = OrderListsQuestion(account, start_ns=start, end_ns=end, limit=limit, newest=newest)
        in_time = [one for one in mine if start <= one.opened_ns <= end]
        assert_lists(view.answer(asked), cut(in_time, limit, newest), slow)


@given(seeds, st.integers(0, 60), st.integers(1, 5))
def test_amendments_and_prevented_matches_are_an_orders_own(seed, id_min, limit) -> None:
    view, slow = folded(play_either(seed))
    for order in slow.orders.values():
        whose = (order.account, order.symbol, order.order_id)
        told = [row for row in slow.amendments.get(order.order_id, []) if row[0] >= id_min][:limit]
        answer = view.answer(AmendmentsQuestion(*whose, execution_id_min=id_min, limit=limit))
        expected = [(*row[:4], len(row[4]), len(row[5])) for row in told]
        assert np.frombuffer(answer.rows, AMENDMENT_ROW).tolist() == expected
        assert answer.texts.decode() == "".join(row[4] + row[5] for row in told)
        mine = [row[1:] for row in slow.preventions if order.order_id in row[6:8] and row[1] >= id_min]
        asked = PreventionsQuestion(order.account, order.symbol, 0, order.order_id, id_min, limit)
        assert np.frombuffer(view.answer(asked).rows, PREVENTION_ROW).tolist() == mine[:limit]
        assert view.answer(PreventionsQuestion(STRANGER, order.symbol, 0, order.order_id)).rows == b""
        assert view.answer(AmendmentsQuestion(STRANGER, order.symbol, order.order_id)).rows == b""
    for symbol, *row in slow.preventions:
        for account in (*TRADERS, STRANGER):
            is_party = account in (slow.orders[row[5]].account, slow.orders[row[6]].account)
            answer = view.answer(PreventionsQuestion(account, symbol, row[0]))
            assert np.frombuffer(answer.rows, PREVENTION_ROW).tolist() == ([tuple(row)] if is_party else [])
