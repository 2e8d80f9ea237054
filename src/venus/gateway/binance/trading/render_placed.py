"""A new order's answer, from its own events alone: no question is asked, and none could see less or more.

Source: [D] rest-api.md, "New order"; faqs/stp_faq.md.
"""

from typing import Any

from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.order_form import OrderForm
from venus.gateway.binance.trading.outcomes import Placed
from venus.gateway.binance.trading.render_orders import (
    MODE_NAMES,
    NOT_IN_A_LIST,
    NOT_YET,
    SIDE_NAMES,
    STATUS_NAMES,
    TIF_NAMES,
    TYPE_NAMES,
    ZERO,
    Marks,
    add_conditional,
)
from venus.records.commands import CONDITIONAL_TYPES, DISPLAY_BITS, DISPLAY_LOTS_MAX, OrderType, SelfTrade, Side
from venus.records.events import Event
from venus.views.kernels.order_facts import OrderStatus

_UNCONDITIONAL = frozenset(map(int, OrderType)) - frozenset(map(int, CONDITIONAL_TYPES))
# Modes whose prevented quantity is the taker's, and those whose is the maker's.
_BOTH_MODES = frozenset({SelfTrade.EXPIRE_BOTH, SelfTrade.DECREMENT, SelfTrade.TRANSFER})
_TAKER_MODES = _BOTH_MODES | {SelfTrade.EXPIRE_TAKER}
_MAKER_MODES = _BOTH_MODES | {SelfTrade.EXPIRE_MAKER}


def placed_facts(
    market: Market,
    form: OrderForm,
    placed: Placed,
    time_ns: int,
    unit_ns: int,
    *,
    response_type: str | None = None,
    list_number: int = NOT_IN_A_LIST,
) -> dict[str, Any]:
    """The answer to a new order, as ACK, RESULT or FULL: as its form asks for, or as `response_type` says."""
    command = form.command
    transact_time = time_ns // unit_ns
    response_type = response_type or form.response_type
    if response_type == "ACK":
        return {
            "symbol": market.code,
            "orderId": placed.order_id,
            "orderListId": list_number,
            "clientOrderId": form.client_id,
            "transactTime": transact_time,
        }
    executed = market.lots_text(placed.executed_lots)
    facts: dict[str, Any] = {
        "symbol": market.code,
        "orderId": placed.order_id,
        "orderListId": list_number,
        "clientOrderId": form.client_id,
        "transactTime": transact_time,
        "price": market.price_text(command.price_ticks),
        "origQty": executed if form.in_quote else market.lots_text(command.quantity),
        "executedQty": executed,
        "origQuoteOrderQty": market.quote_text(command.quantity) if form.in_quote else ZERO,
        "cummulativeQuoteQty": market.notional_text(placed.executed_tick_lots) if placed.executed_lots else ZERO,
        "status": STATUS_NAMES[placed.status],
        "timeInForce": TIF_NAMES[command.tif],
        "type": TYPE_NAMES[command.type],
        "side": SIDE_NAMES[command.side],
        "workingTime": transact_time if placed.is_working else NOT_YET,
    }
    if not command.quantity:  # an OPO's leg has none before its working order is filled
        del facts["origQty"]
    if response_type == "FULL":
        facts["fills"] = [_fill_facts(market, event) for event in placed.trades]
        if placed.preventions:
            facts["preventedMatches"] = [_prevented_facts(market, event) for event in placed.preventions]
    facts["selfTradePreventionMode"] = MODE_NAMES[command.stp]
    if not _is_plain(form, placed):
        add_conditional(facts, market, _marks(form, placed, time_ns), unit_ns)
    return facts


def _is_plain(form: OrderForm, placed: Placed) -> bool:
    """Whether its answer surely has no conditional member, as most have none."""
    command = form.command
    return (
        command.type in _UNCONDITIONAL
        and not (command.target_lo or command.peg or form.iceberg_sent or placed.prevented_lots)
        and placed.status != OrderStatus.EXPIRED
        and form.strategy_id is None
        and form.strategy_type is None
    )


def _marks(form: OrderForm, placed: Placed, time_ns: int) -> Marks:
    command = form.command
    trail_bips = command.target_lo >> DISPLAY_BITS
    is_tracking = trail_bips and not command.target_hi and placed.status == OrderStatus.NEW
    return Marks(
        command.type,
        placed.status,
        placed.reason,
        placed.prevented_lots,
        placed.prevented_match_id,
        command.target_hi,
        trail_bips,
        time_ns if is_tracking else 0,
        command.target_lo & DISPLAY_LOTS_MAX if form.iceberg_sent else None,
        command.peg,
        placed.price_ticks if command.peg and placed.is_working else 0,
        form.strategy_id,
        form.strategy_type,
    )


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
