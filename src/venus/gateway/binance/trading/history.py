"""What an account has: its orders, open and past, and its trades."""

from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit, Params
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.render_orders import Row, order_facts, order_rows, own_trade_facts
from venus.records.commands import client_digest
from venus.registry.credentials import Permission
from venus.units import NS_PER_S
from venus.views.order_questions import (
    OpenOrdersQuestion,
    OrderQuestion,
    OrdersAnswer,
    OrdersQuestion,
    TradesAnswer,
    TradesQuestion,
)

ROWS = Limit(500, 1_000)
SPAN_HOURS_MAX = 24

_HOUR_NS = 3600 * NS_PER_S


async def find_order(
    desk: Desk, account: int, market: Market, order_id: int | None, client_id: str | None
) -> tuple[Row, str] | None:
    """An order of an account by its id, else by its client id, with the client id it bears."""
    if order_id == 0:
        return None
    client_hi, client_lo = client_digest(client_id or "") if order_id is None else (0, 0)
    question = OrderQuestion(account, market.number, order_id or 0, client_hi, client_lo)
    return next(order_rows(await desk.ask(question, OrdersAnswer)), None)


async def order(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    order_id, client_id = named_order(call.params, "orderId", "origClientOrderId")
    found = await find_order(desk, call.account, market, order_id, client_id)
    if found is None:
        raise errors.no_such_order()
    row, text = found
    if order_id is not None and client_id is not None and text != client_id:
        raise errors.client_id_mismatch()
    return msgspec.json.encode(order_facts(market, row, text, call.unit_ns))


def named_order(params: Params, id_name: str, client_id_name: str) -> tuple[int | None, str | None]:
    """The order meant: its id, its client id, or both. Raises ApiError if neither was sent."""
    order_id, client_id = params.integer(id_name), params.client_id(client_id_name)
    if order_id is None and client_id is None:
        raise errors.missing_either(client_id_name, id_name)
    return order_id, client_id


async def open_orders(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk) if call.params.optional("symbol") else None
    question = OpenOrdersQuestion(call.account, market.number if market else None)
    answer = await desk.ask(question, OrdersAnswer)
    markets = desk.symbols.markets
    facts: list[dict[str, Any]] = []
    for row, text in order_rows(answer):
        if row.symbol >= len(markets):  # listed since this door last looked
            await desk.symbols.refresh()
            markets = desk.symbols.markets
        facts.append(order_facts(markets[row.symbol], row, text, call.unit_ns))
    return msgspec.json.encode(facts)


async def all_orders(desk: Desk, call: Call) -> bytes:
    params = call.params
    market = await call.market(desk)
    order_id, start_ns, end_ns = params.integer("orderId"), params.time_ns("startTime"), params.end_time_ns("endTime")
    refuse_long(params)
    question = OrdersQuestion(
        call.account,
        market.number,
        order_id_min=order_id or 0,
        limit=params.limit(ROWS),
        newest=order_id is None and start_ns is None,
        **span(start_ns, end_ns),
    )
    answer = await desk.ask(question, OrdersAnswer)
    return msgspec.json.encode([order_facts(market, row, text, call.unit_ns) for row, text in order_rows(answer)])


async def my_trades(desk: Desk, call: Call) -> bytes:
    params = call.params
    market = await call.market(desk)
    order_id, from_id = params.integer("orderId"), params.integer("fromId")
    start_ns, end_ns = params.time_ns("startTime"), params.end_time_ns("endTime")
    if (order_id is not None or from_id is not None) and (start_ns is not None or end_ns is not None):
        raise errors.bad_combination()
    refuse_long(params)
    limit = params.limit(ROWS)
    if order_id == 0:
        return b"[]"  # no order has this number, and to the view it says "of any"
    question = TradesQuestion(
        call.account,
        market.number,
        order_id=order_id or 0,
        trade_id_min=from_id or 0,
        limit=limit,
        newest=from_id is None and start_ns is None,
        **span(start_ns, end_ns),
    )
    answer = await desk.ask(question, TradesAnswer)
    return msgspec.json.encode(own_trade_facts(market, answer, call.unit_ns))


def span(start_ns: int | None, end_ns: int | None) -> dict[str, int]:
    """Only the bounds that were sent."""
    bounds = {"start_ns": start_ns, "end_ns": end_ns}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def refuse_long(params: Params) -> None:
    """`startTime` and `endTime` may not be further apart than a day."""
    start_ns, end_ns = params.time_ns("startTime"), params.time_ns("endTime")
    if start_ns is not None and end_ns is not None and end_ns - start_ns > SPAN_HOURS_MAX * _HOUR_NS:
        raise errors.lookup_too_long(SPAN_HOURS_MAX)


def _open_orders_weight(params: Params) -> int:
    return 6 if params.has("symbol") else 80


def _my_trades_weight(params: Params) -> int:
    return 5 if params.has("orderId") else 20


ENDPOINTS = tuple(
    Endpoint("GET", f"/api/v3/{path}", handler, weight, names(read), Permission.USER_DATA)
    for path, handler, weight, read in (
        ("order", order, 4, "symbol! orderId origClientOrderId"),
        ("openOrders", open_orders, _open_orders_weight, "symbol"),
        ("allOrders", all_orders, 20, f"symbol! orderId startTime endTime {ROWS}"),
        ("myTrades", my_trades, _my_trades_weight, f"symbol! orderId startTime endTime fromId {ROWS}"),
    )
)
