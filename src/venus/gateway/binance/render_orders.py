"""An account's orders and trades as JSON says them, from the rows of its view.

Source: [D] rest-api.md, "Query order", "Cancel order", "Account trade list", "Conditional fields in Order Responses".
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from venus.engine.client import Outcome
from venus.gateway.binance.symbols import Market
from venus.records.commands import CommandFlag, OrderType, SelfTrade, Side, TimeInForce
from venus.records.events import Expiry
from venus.views.orders import ORDER_ROW, TRADE_ROW, OrdersAnswer, OrderStatus, TradesAnswer
from venus.views.user_data import execution_id

EXPIRY_REASON = {
    Expiry.NONE: "NONE",
    Expiry.UNFILLED_IOC: "UNFILLED_IOC_QUANTITY_EXPIRED",
    Expiry.UNFILLED_FOK: "UNFILLED_FOK_ORDER_EXPIRED",
    Expiry.NO_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
    Expiry.FUNDS_EXHAUSTED: "INSUFFICIENT_LIQUIDITY",  # there was none left that the account could pay
    Expiry.ACCOUNT_FROZEN: "EXCHANGE_CANCELED",
}
# Names by number, so that the hot path builds no enum.
SIDE_NAMES = {int(side): side.name for side in Side}
TYPE_NAMES = {int(order_type): order_type.name for order_type in OrderType}
TIF_NAMES = {int(tif): tif.name for tif in TimeInForce}
MODE_NAMES = {int(mode): mode.name for mode in SelfTrade}
STATUS_NAMES = {int(status): status.name for status in OrderStatus}
_EXPIRY_NAMES = {int(reason): name for reason, name in EXPIRY_REASON.items()}
_IN_QUOTE = int(CommandFlag.IN_QUOTE)  # a plain number: an IntFlag's "&" builds a flag, ten times as slow
ZERO = "0.00000000"
NOT_IN_A_LIST = -1


class Row(NamedTuple):
    """A row of ORDER_ROW, field for field."""

    order_id: int
    time_ns: int
    updated_ns: int
    client_hi: int
    client_lo: int
    price_ticks: int
    quantity: int
    executed_lots: int
    executed_tick_lots: int
    prevented_lots: int
    prevented_match_id: int
    account: int
    symbol: int
    side: int
    type: int
    tif: int
    stp: int
    flags: int
    status: int
    reason: int
    text_bytes: int


assert Row._fields == ORDER_ROW.names


def add_conditional(
    facts: dict[str, Any], market: Market, prevented_lots: int, prevented_match_id: int, status: int, reason: int
) -> None:
    """Members that an order's answer has only if something was prevented, or if it expired."""
    if prevented_lots:
        facts["preventedMatchId"] = prevented_match_id
        facts["preventedQuantity"] = market.lots_text(prevented_lots)
    if status == OrderStatus.EXPIRED:
        facts["expiryReason"] = _EXPIRY_NAMES[reason]


def order_rows(answer: OrdersAnswer) -> Iterator[tuple[Row, str]]:
    """Rows of an answer, each with its client id."""
    position = 0
    for row in map(Row._make, np.frombuffer(answer.rows, ORDER_ROW).tolist()):
        yield row, answer.texts[position : position + row.text_bytes].decode()
        position += row.text_bytes


def order_facts(market: Market, row: Row, client_id: str, unit_ns: int) -> dict[str, Any]:
    """An order as GET order, openOrders and allOrders show it."""
    facts = {
        "symbol": market.code,
        "orderId": row.order_id,
        "orderListId": NOT_IN_A_LIST,
        "clientOrderId": client_id,
        **_standing(market, row),
        "stopPrice": ZERO,
        "icebergQty": ZERO,
        "time": row.time_ns // unit_ns,
        "updateTime": row.updated_ns // unit_ns,
        "isWorking": True,
        "workingTime": row.time_ns // unit_ns,
        "selfTradePreventionMode": MODE_NAMES[row.stp],
    }
    add_conditional(facts, market, row.prevented_lots, row.prevented_match_id, row.status, row.reason)
    return facts


def cancelled_facts(
    market: Market, row: Row, client_id: str, cancel_id: str, outcome: Outcome, unit_ns: int
) -> dict[str, Any]:
    """An order as the answer to its cancel shows it: `clientOrderId` is now the cancel's own id."""
    facts = {
        "symbol": market.code,
        "origClientOrderId": client_id,
        "orderId": row.order_id,
        "orderListId": NOT_IN_A_LIST,
        "clientOrderId": cancel_id,
        "transactTime": outcome.time_ns // unit_ns,
        **_standing(market, row),
        "selfTradePreventionMode": MODE_NAMES[row.stp],
    }
    add_conditional(facts, market, row.prevented_lots, row.prevented_match_id, row.status, row.reason)
    return facts


def amended_facts(
    market: Market, row: Row, client_id: str, former_id: str, outcome: Outcome, unit_ns: int
) -> dict[str, Any]:
    """The answer to an amendment. Its quantities have names of their own."""
    return {
        "transactTime": outcome.time_ns // unit_ns,
        "executionId": execution_id(outcome.sequence),
        "amendedOrder": {
            "symbol": market.code,
            "orderId": row.order_id,
            "orderListId": NOT_IN_A_LIST,
            "origClientOrderId": former_id,
            "clientOrderId": client_id,
            "price": market.price_text(row.price_ticks),
            "qty": market.lots_text(row.quantity),
            "executedQty": market.lots_text(row.executed_lots),
            "preventedQty": market.lots_text(row.prevented_lots),
            "quoteOrderQty": ZERO,
            "cumulativeQuoteQty": market.notional_text(row.executed_tick_lots),
            "status": STATUS_NAMES[row.status],
            "timeInForce": TIF_NAMES[row.tif],
            "type": TYPE_NAMES[row.type],
            "side": SIDE_NAMES[row.side],
            "workingTime": row.time_ns // unit_ns,
            "selfTradePreventionMode": MODE_NAMES[row.stp],
        },
    }


def _standing(market: Market, row: Row) -> dict[str, Any]:
    """What every answer says of where an order stands."""
    in_quote = bool(row.flags & _IN_QUOTE)
    executed = market.lots_text(row.executed_lots)
    return {
        "price": market.price_text(row.price_ticks),
        "origQty": executed if in_quote else market.lots_text(row.quantity),
        "executedQty": executed,
        "origQuoteOrderQty": market.quote_text(row.quantity) if in_quote else ZERO,
        "cummulativeQuoteQty": market.notional_text(row.executed_tick_lots),
        "status": STATUS_NAMES[row.status],
        "timeInForce": TIF_NAMES[row.tif],
        "type": TYPE_NAMES[row.type],
        "side": SIDE_NAMES[row.side],
    }


def own_trade_facts(market: Market, answer: TradesAnswer, unit_ns: int) -> list[dict[str, Any]]:
    """An account's trades as myTrades shows them."""
    facts = []
    for trade in np.frombuffer(answer.rows, TRADE_ROW).tolist():
        trade_id, order_id, ticks, lots, fee_atoms, time_ns, *_, is_buyer, is_maker, fee_in_base, _reserved = trade
        commission = market.base_text(fee_atoms) if fee_in_base else market.quote_text(fee_atoms)
        facts.append(
            {
                "symbol": market.code,
                "id": trade_id,
                "orderId": order_id,
                "orderListId": NOT_IN_A_LIST,
                "price": market.price_text(ticks),
                "qty": market.lots_text(lots),
                "quoteQty": market.notional_text(ticks * lots),
                "commission": commission,
                "commissionAsset": (market.base if fee_in_base else market.quote).code,
                "time": time_ns // unit_ns,
                "isBuyer": bool(is_buyer),
                "isMaker": bool(is_maker),
                "isBestMatch": True,
            }
        )
    return facts
