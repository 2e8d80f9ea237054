"""What an account has beside its orders and trades: order lists, amendments, prevented matches, allocations.

Source: [D] rest-api.md, "Account Endpoints".
"""

from typing import Any

import msgspec
import numpy as np

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.history import ROWS, refuse_long, span
from venus.gateway.binance.trading.render_lists import ListShown, list_facts, lists_shown
from venus.gateway.binance.trading.render_orders import MODE_NAMES
from venus.records.commands import SelfTrade, client_digest
from venus.registry.credentials import Permission
from venus.views.catalog import AccountAnswer, AccountQuestion
from venus.views.order_questions import (
    AMENDMENT_ROW,
    PREVENTION_ROW,
    AmendmentsAnswer,
    AmendmentsQuestion,
    OpenOrderListsQuestion,
    OrderListQuestion,
    OrderListsAnswer,
    OrderListsQuestion,
    PreventionsAnswer,
    PreventionsQuestion,
)

# Modes whose prevented quantity is the taker's, and those whose is the maker's.
_BOTH_MODES = frozenset({SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT, SelfTrade.TRANSFER})
_TAKER_MODES = _BOTH_MODES | {SelfTrade.EXPIRE_TAKER}
_MAKER_MODES = _BOTH_MODES | {SelfTrade.EXPIRE_MAKER}


async def find_list(desk: Desk, account: int, list_id: int | None, client_id: str | None) -> ListShown | None:
    """An order list of an account by its id, else by its client id."""
    if list_id == 0:
        return None
    client_hi, client_lo = client_digest(client_id or "") if list_id is None else (0, 0)
    question = OrderListQuestion(account, list_id or 0, client_hi, client_lo)
    return next(lists_shown(await desk.ask(question, OrderListsAnswer)), None)


async def order_list(desk: Desk, call: Call) -> bytes:
    list_id, client_id = call.params.integer("orderListId"), call.params.client_id("origClientOrderId")
    if list_id is None and client_id is None:
        raise errors.missing_either("orderListId", "origClientOrderId")
    shown = await find_list(desk, call.account, list_id, client_id)
    if shown is None:
        raise errors.no_such_order()
    if client_id is not None and shown.client_id != client_id:
        raise errors.client_id_mismatch()
    return msgspec.json.encode(list_facts(await _market_of(desk, shown.row.symbol), shown, call.unit_ns))


async def open_order_lists(desk: Desk, call: Call) -> bytes:
    return await _lists(desk, call, await desk.ask(OpenOrderListsQuestion(call.account), OrderListsAnswer))


async def all_order_lists(desk: Desk, call: Call) -> bytes:
    params = call.params
    from_id = params.integer("fromId")
    start_ns, end_ns = params.time_ns("startTime"), params.end_time_ns("endTime")
    if from_id is not None and (start_ns is not None or end_ns is not None):
        raise errors.bad_combination()
    refuse_long(params)
    question = OrderListsQuestion(
        call.account,
        list_id_min=from_id or 0,
        limit=params.limit(ROWS),
        newest=from_id is None and start_ns is None,
        **span(start_ns, end_ns),
    )
    return await _lists(desk, call, await desk.ask(question, OrderListsAnswer))


async def _lists(desk: Desk, call: Call, answer: OrderListsAnswer) -> bytes:
    facts = [list_facts(await _market_of(desk, shown.row.symbol), shown, call.unit_ns) for shown in lists_shown(answer)]
    return msgspec.json.encode(facts)


async def _market_of(desk: Desk, number: int) -> Market:
    if number >= len(desk.symbols.markets):  # listed since this door last looked
        await desk.symbols.refresh()
    return desk.symbols.markets[number]


# Amendments


async def amendments(desk: Desk, call: Call) -> bytes:
    """An order's amendments, the oldest first."""
    params = call.params
    market = await call.market(desk)
    order_id = params.integer("orderId")
    if order_id is None:
        raise errors.missing("orderId")
    question = AmendmentsQuestion(
        call.account,
        market.number,
        order_id,
        execution_id_min=params.integer("fromExecutionId") or 0,
        limit=params.limit(ROWS),
    )
    answer = await desk.ask(question, AmendmentsAnswer)
    facts: list[dict[str, Any]] = []
    position = 0
    for execution_id, time_ns, before, after, text_bytes, new_text_bytes in np.frombuffer(
        answer.rows, AMENDMENT_ROW
    ).tolist():
        middle, end = position + text_bytes, position + text_bytes + new_text_bytes
        facts.append(
            {
                "symbol": market.code,
                "orderId": order_id,
                "executionId": execution_id,
                "origClientOrderId": answer.texts[position:middle].decode(),
                "newClientOrderId": answer.texts[middle:end].decode(),
                "origQty": market.lots_text(before),
                "newQty": market.lots_text(after),
                "time": time_ns // call.unit_ns,
            }
        )
        position = end
    return msgspec.json.encode(facts)


# Prevented matches and allocations


async def prevented_matches(desk: Desk, call: Call) -> bytes:
    """Matches that self-trade prevention prevented: one by its id, or an order's."""
    params = call.params
    market = await call.market(desk)
    match_id, order_id = params.integer("preventedMatchId"), params.integer("orderId")
    from_id = params.integer("fromPreventedMatchId")
    if (match_id is None) == (order_id is None):
        if match_id is None:
            raise errors.missing_either("preventedMatchId", "orderId")
        raise errors.bad_combination()
    if match_id is not None and (from_id is not None or params.has("limit")):
        raise errors.bad_combination()
    limit = params.limit(ROWS)
    question = PreventionsQuestion(
        call.account, market.number, match_id or 0, order_id or 0, match_id_min=from_id or 0, limit=limit
    )
    answer = await desk.ask(question, PreventionsAnswer)
    group = (await desk.ask(AccountQuestion(call.account), AccountAnswer)).trade_group
    rows = np.frombuffer(answer.rows, PREVENTION_ROW).tolist()
    return msgspec.json.encode([_prevention_facts(market, row, group, call.unit_ns) for row in rows])


def _prevention_facts(market: Market, row: tuple[int, ...], trade_group: int, unit_ns: int) -> dict[str, Any]:
    match_id, ticks, taker_lots, maker_lots, time_ns, taker_order_id, maker_order_id, mode = row
    facts: dict[str, Any] = {
        "symbol": market.code,
        "preventedMatchId": match_id,
        "takerOrderId": taker_order_id,
        "makerSymbol": market.code,
        "makerOrderId": maker_order_id,
        "tradeGroupId": trade_group,
        "selfTradePreventionMode": MODE_NAMES[mode],
        "price": market.price_text(ticks),
    }
    if mode in _TAKER_MODES:
        facts["takerPreventedQuantity"] = market.lots_text(taker_lots)
    if mode in _MAKER_MODES:
        facts["makerPreventedQuantity"] = market.lots_text(maker_lots)
    facts["transactTime"] = time_ns // unit_ns
    return facts


async def allocations(desk: Desk, call: Call) -> bytes:
    """Of smart order routing, which no symbol has: there are none."""
    params = call.params
    await call.market(desk)
    by_id = params.integer("orderId"), params.integer("fromAllocationId")
    by_time = params.time_ns("startTime"), params.time_ns("endTime")
    if by_id != (None, None) and by_time != (None, None):
        raise errors.bad_combination()
    refuse_long(params)
    params.limit(ROWS)
    return b"[]"


def _prevented_weight(params: Params) -> int:
    return 20 if params.has("orderId") else 2


ENDPOINTS = tuple(
    Endpoint("GET", f"/api/v3/{path}", handler, weight, names(read), Permission.USER_DATA)
    for path, handler, weight, read in (
        ("orderList", order_list, 4, "orderListId origClientOrderId"),
        ("openOrderList", open_order_lists, 6, ""),
        ("allOrderList", all_order_lists, 20, f"fromId startTime endTime {ROWS}"),
        ("order/amendments", amendments, 4, f"symbol! orderId! fromExecutionId {ROWS}"),
        (
            "myPreventedMatches",
            prevented_matches,
            _prevented_weight,
            f"symbol! preventedMatchId orderId fromPreventedMatchId {ROWS}",
        ),
        ("myAllocations", allocations, 20, f"symbol! startTime endTime fromAllocationId {ROWS} orderId"),
    )
)
