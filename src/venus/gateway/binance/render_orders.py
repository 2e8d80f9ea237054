"""Orders and trades as JSON says them: a new order from its own events alone, an old one from its row.

Source: [D] rest-api.md, "New order", "Query order", "Conditional fields in Order Responses"; faqs/stp_faq.md.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from venus.engine.client import Outcome
from venus.gateway.binance.order_form import OrderForm
from venus.gateway.binance.symbols import Market
from venus.records.commands import CommandFlag, OrderType, SelfTrade, Side, TimeInForce
from venus.records.events import Event, EventFlag, EventKind, Expiry
from venus.records.rejects import Reject
from venus.views.orders import ORDER_ROW, TRADE_ROW, OrdersAnswer, OrderStatus, TradesAnswer

EXPIRY_REASON = {
    Expiry.NONE: "NONE",
    Expiry.UNFILLED_IOC: "UNFILLED_IOC_QUANTITY_EXPIRED",
    Expiry.UNFILLED_FOK: "UNFILLED_FOK_ORDER_EXPIRED",
    Expiry.NO_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
    Expiry.FUNDS_EXHAUSTED: "INSUFFICIENT_LIQUIDITY",  # there was none left that the account could pay
    Expiry.ACCOUNT_FROZEN: "EXCHANGE_CANCELED",
}
# Names by number, so that the hot path builds no enum.
_SIDE_NAMES = {int(side): side.name for side in Side}
_TYPE_NAMES = {int(order_type): order_type.name for order_type in OrderType}
_TIF_NAMES = {int(tif): tif.name for tif in TimeInForce}
_MODE_NAMES = {int(mode): mode.name for mode in SelfTrade}
_STATUS_NAMES = {int(status): status.name for status in OrderStatus}
_EXPIRY_NAMES = {int(reason): name for reason, name in EXPIRY_REASON.items()}
# Bits as plain numbers: an IntFlag's "&" builds a flag, ten times as slow.
_TAKER_DONE = int(EventFlag.TAKER_DONE)
_TIMER = int(EventFlag.TIMER)
_IN_QUOTE = int(CommandFlag.IN_QUOTE)
_ZERO = "0.00000000"
_NOT_IN_A_LIST = -1

# Modes whose prevented quantity is the taker's, and those whose is the maker's.
_BOTH_MODES = frozenset({SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT, SelfTrade.TRANSFER})
_TAKER_MODES = _BOTH_MODES | {SelfTrade.EXPIRE_TAKER}
_MAKER_MODES = _BOTH_MODES | {SelfTrade.EXPIRE_MAKER}


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


class Placed(NamedTuple):
    """What a new order's events add up to."""

    order_id: int
    status: str
    executed_lots: int
    executed_tick_lots: int
    prevented_lots: int
    prevented_match_id: int
    reason: int  # Expiry
    trades: list[Event]
    preventions: list[Event]


def reject_of(outcome: Outcome) -> Reject:
    """Why the command was refused; NONE if it was not."""
    for event in outcome.events:
        if event.kind == EventKind.REJECTED:
            return Reject(event.reason)
    return Reject.NONE


def own_event(outcome: Outcome, kind: EventKind) -> Event:
    """The command's one event of this kind. The frame's timers may have fired before it."""
    return next(event for event in outcome.events if event.kind == kind and not event.flags & _TIMER)


def add_up(form: OrderForm, outcome: Outcome) -> Placed:
    """Fold an accepted order's events into where it stands."""
    accepted = own_event(outcome, EventKind.ACCEPTED)
    order_id = accepted.order_id
    trades, preventions = [], []
    executed_lots = executed_tick_lots = prevented_lots = prevented_match_id = reason = 0
    ended_by = 0
    for event in outcome.events:
        if event.order_id != order_id:
            continue
        kind = event.kind
        if kind == EventKind.TRADE:
            trades.append(event)
            executed_lots += event.quantity_lots
            executed_tick_lots += event.quantity_lots * event.price_ticks
        elif kind == EventKind.PREVENTED:
            preventions.append(event)
            prevented_lots += event.quantity_lots
            prevented_match_id = event.trade_id
        elif kind == EventKind.EXPIRED:
            reason = event.reason
        if event.flags & _TAKER_DONE:
            ended_by = kind
    if ended_by == EventKind.EXPIRED:
        status = "EXPIRED"
    elif ended_by == EventKind.PREVENTED:
        status = "EXPIRED_IN_MATCH"
    elif ended_by or not accepted.remaining_lots:
        status = "FILLED"  # by a trade, or by quote with all spent that could be
    else:
        status = "PARTIALLY_FILLED" if executed_lots else "NEW"
    return Placed(
        order_id,
        status,
        executed_lots,
        executed_tick_lots,
        prevented_lots,
        # As the maker of another's prevented match an order has it too; here it can only be the taker.
        prevented_match_id if prevented_lots else 0,
        reason,
        trades,
        preventions,
    )


def placed_facts(market: Market, form: OrderForm, outcome: Outcome, unit_ns: int) -> dict[str, Any]:
    """The answer to a new order, as ACK, RESULT or FULL."""
    command = form.command
    transact_time = outcome.time_ns // unit_ns
    placed = add_up(form, outcome)
    facts: dict[str, Any] = {
        "symbol": market.code,
        "orderId": placed.order_id,
        "orderListId": _NOT_IN_A_LIST,
        "clientOrderId": form.client_id,
        "transactTime": transact_time,
    }
    if form.response_type == "ACK":
        return facts
    executed = market.lots_text(placed.executed_lots)
    facts |= {
        "price": market.price_text(command.price_ticks),
        "origQty": executed if form.in_quote else market.lots_text(command.quantity),
        "executedQty": executed,
        "origQuoteOrderQty": market.quote_text(command.quantity) if form.in_quote else _ZERO,
        "cummulativeQuoteQty": market.notional_text(placed.executed_tick_lots),
        "status": placed.status,
        "timeInForce": _TIF_NAMES[command.tif],
        "type": _TYPE_NAMES[command.type],
        "side": _SIDE_NAMES[command.side],
        "workingTime": transact_time,
    }
    if form.response_type == "FULL":
        facts["fills"] = [_fill_facts(market, event) for event in placed.trades]
        if placed.preventions:
            facts["preventedMatches"] = [_prevented_facts(market, event) for event in placed.preventions]
    facts["selfTradePreventionMode"] = _MODE_NAMES[command.stp]
    _add_conditional(facts, market, placed.prevented_lots, placed.prevented_match_id, placed.status, placed.reason)
    if form.strategy_id is not None:
        facts["strategyId"] = form.strategy_id
    if form.strategy_type is not None:
        facts["strategyType"] = form.strategy_type
    return facts


def _fill_facts(market: Market, event: Event) -> dict[str, Any]:
    """One TRADE of the taker. The fee is taken from what it received."""
    if event.side == Side.BUY:
        commission, asset = market.base_text(event.taker_fee_atoms), market.base.code
    else:
        commission, asset = market.quote_text(event.taker_fee_atoms), market.quote.code
    return {
        "price": market.price_text(event.price_ticks),
        "qty": market.lots_text(event.quantity_lots),
        "commission": commission,
        "commissionAsset": asset,
        "tradeId": event.trade_id,
    }


def _prevented_facts(market: Market, event: Event) -> dict[str, Any]:
    """One PREVENTED, with the quantities that its mode expired."""
    facts: dict[str, Any] = {
        "preventedMatchId": event.trade_id,
        "makerSymbol": market.code,
        "makerOrderId": event.maker_order_id,
        "price": market.price_text(event.price_ticks),
    }
    if event.reason in _TAKER_MODES:
        facts["takerPreventedQuantity"] = market.lots_text(event.quantity_lots)
    if event.reason in _MAKER_MODES:
        facts["makerPreventedQuantity"] = market.lots_text(event.remaining_lots)
    return facts


def _add_conditional(
    facts: dict[str, Any], market: Market, prevented_lots: int, prevented_match_id: int, status: str, reason: int
) -> None:
    if prevented_lots:
        facts["preventedMatchId"] = prevented_match_id
        facts["preventedQuantity"] = market.lots_text(prevented_lots)
    if status == "EXPIRED":
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
        "orderListId": _NOT_IN_A_LIST,
        "clientOrderId": client_id,
        **_standing(market, row),
        "stopPrice": _ZERO,
        "icebergQty": _ZERO,
        "time": row.time_ns // unit_ns,
        "updateTime": row.updated_ns // unit_ns,
        "isWorking": True,
        "workingTime": row.time_ns // unit_ns,
        "selfTradePreventionMode": _MODE_NAMES[row.stp],
    }
    _add_conditional(facts, market, row.prevented_lots, row.prevented_match_id, _STATUS_NAMES[row.status], row.reason)
    return facts


def cancelled_facts(
    market: Market, row: Row, client_id: str, cancel_id: str, outcome: Outcome, unit_ns: int
) -> dict[str, Any]:
    """An order as the answer to its cancel shows it: `clientOrderId` is now the cancel's own id."""
    facts = {
        "symbol": market.code,
        "origClientOrderId": client_id,
        "orderId": row.order_id,
        "orderListId": _NOT_IN_A_LIST,
        "clientOrderId": cancel_id,
        "transactTime": outcome.time_ns // unit_ns,
        **_standing(market, row),
        "selfTradePreventionMode": _MODE_NAMES[row.stp],
    }
    _add_conditional(facts, market, row.prevented_lots, row.prevented_match_id, _STATUS_NAMES[row.status], row.reason)
    return facts


def amended_facts(
    market: Market, row: Row, client_id: str, former_id: str, outcome: Outcome, unit_ns: int
) -> dict[str, Any]:
    """The answer to an amendment. Its quantities have names of their own."""
    return {
        "transactTime": outcome.time_ns // unit_ns,
        "executionId": outcome.sequence,
        "amendedOrder": {
            "symbol": market.code,
            "orderId": row.order_id,
            "orderListId": _NOT_IN_A_LIST,
            "origClientOrderId": former_id,
            "clientOrderId": client_id,
            "price": market.price_text(row.price_ticks),
            "qty": market.lots_text(row.quantity),
            "executedQty": market.lots_text(row.executed_lots),
            "preventedQty": market.lots_text(row.prevented_lots),
            "quoteOrderQty": _ZERO,
            "cumulativeQuoteQty": market.notional_text(row.executed_tick_lots),
            "status": _STATUS_NAMES[row.status],
            "timeInForce": _TIF_NAMES[row.tif],
            "type": _TYPE_NAMES[row.type],
            "side": _SIDE_NAMES[row.side],
            "workingTime": row.time_ns // unit_ns,
            "selfTradePreventionMode": _MODE_NAMES[row.stp],
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
        "origQuoteOrderQty": market.quote_text(row.quantity) if in_quote else _ZERO,
        "cummulativeQuoteQty": market.notional_text(row.executed_tick_lots),
        "status": _STATUS_NAMES[row.status],
        "timeInForce": _TIF_NAMES[row.tif],
        "type": _TYPE_NAMES[row.type],
        "side": _SIDE_NAMES[row.side],
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
                "orderListId": _NOT_IN_A_LIST,
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
