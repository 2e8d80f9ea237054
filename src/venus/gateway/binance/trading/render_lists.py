"""Order lists as JSON says them: placed, cancelled, asked for, and beside an amended order.

Source: [D] rest-api.md, "Order lists", "Query Order list"; enums.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.render_orders import Row, order_rows
from venus.records.commands import ListType
from venus.views.order_questions import LIST_ROW, OrderListsAnswer

CONTINGENCY = {int(list_type): "OCO" if list_type is ListType.OCO else "OTO" for list_type in ListType}


class ListRow(NamedTuple):
    """A row of LIST_ROW, field for field."""

    list_id: int
    opened_ns: int
    updated_ns: int
    symbol: int
    type: int
    legs: int
    is_done: int
    text_bytes: int


assert ListRow._fields == LIST_ROW.names


class ListShown(NamedTuple):
    """An order list with its client id, and its orders with theirs."""

    row: ListRow
    client_id: str
    orders: list[tuple[Row, str]]


def lists_shown(answer: OrderListsAnswer) -> Iterator[ListShown]:
    """The lists of an answer."""
    legs = order_rows(answer.legs)
    position = 0
    for row in map(ListRow._make, np.frombuffer(answer.rows, LIST_ROW).tolist()):
        client_id = answer.texts[position : position + row.text_bytes].decode()
        position += row.text_bytes
        yield ListShown(row, client_id, [next(legs) for _ in range(row.legs)])


def list_facts(market: Market, shown: ListShown, unit_ns: int) -> dict[str, Any]:
    """A list as the questions about lists show it."""
    return _facts(
        market,
        shown.row.list_id,
        shown.row.type,
        shown.client_id,
        is_done=bool(shown.row.is_done),
        time=shown.row.opened_ns // unit_ns,
        orders=_orders(market, ((row.order_id, client_id) for row, client_id in shown.orders)),
    )


def cancelled_list_facts(
    market: Market, shown: ListShown, time_ns: int, unit_ns: int, reports: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """A list as the answer to its cancel shows it; `reports` are its orders that were cancelled."""
    row = shown.row._replace(opened_ns=time_ns)
    return list_facts(market, shown._replace(row=row), unit_ns) | {"orderReports": list(reports)}


def placed_list_facts(
    market: Market,
    list_id: int,
    list_type: ListType,
    client_id: str,
    time: int,
    reports: Sequence[dict[str, Any]],
    *,
    is_done: bool,
) -> dict[str, Any]:
    """The answer to a new list; `reports` are the answers to its orders."""
    orders = _orders(market, ((report["orderId"], report["clientOrderId"]) for report in reports))
    facts = _facts(market, list_id, list_type, client_id, is_done=is_done, time=time, orders=orders)
    return facts | {"orderReports": list(reports)}


def list_status_facts(market: Market, shown: ListShown) -> dict[str, Any]:
    """A list as it stands beside its amended order."""
    facts = list_facts(market, shown, 1)
    return {name: facts[name] for name in _STATUS_NAMES}


_STATUS_NAMES = ("orderListId", "contingencyType", "listOrderStatus", "listClientOrderId", "symbol", "orders")


def _facts(
    market: Market,
    list_id: int,
    list_type: int,
    client_id: str,
    *,
    is_done: bool,
    time: int,
    orders: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "orderListId": list_id,
        "contingencyType": CONTINGENCY[list_type],
        "listStatusType": "ALL_DONE" if is_done else "EXEC_STARTED",
        "listOrderStatus": "ALL_DONE" if is_done else "EXECUTING",
        "listClientOrderId": client_id,
        "transactionTime": time,
        "symbol": market.code,
        "orders": orders,
    }


def _orders(market: Market, named: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    return [{"symbol": market.code, "orderId": order_id, "clientOrderId": client_id} for order_id, client_id in named]
