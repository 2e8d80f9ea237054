"""An account's orders and trades as JSON says them, from the rows of its view.

Source: [D] rest-api.md, "Query order", "Cancel order", "Account trade list", "Conditional fields in Order Responses".
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from venus.engine.client import Outcome
from venus.gateway.binance.symbols import Market
from venus.records.commands import (
    CONDITIONAL_TYPES,
    CommandFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    peg_parts,
)
from venus.records.events import Expiry
from venus.views.kernels.order_facts import OrderStatus, Working
from venus.views.order_questions import ORDER_ROW, TRADE_ROW, OrdersAnswer, TradesAnswer
from venus.views.user_data import execution_id

EXPIRY_REASON = {
    Expiry.NONE: "NONE",
    Expiry.UNFILLED_IOC: "UNFILLED_IOC_QUANTITY_EXPIRED",
    Expiry.UNFILLED_FOK: "UNFILLED_FOK_ORDER_EXPIRED",
    Expiry.NO_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
    Expiry.FUNDS_EXHAUSTED: "INSUFFICIENT_LIQUIDITY",  # there was none left that the account could pay
    Expiry.ACCOUNT_FROZEN: "EXCHANGE_CANCELED",
    Expiry.OCO_TRIGGER: "OCO_TRIGGER",
    Expiry.PHASE_ONE_EXPIRED: "OTO_PHASE_ONE_EXPIRED",
    Expiry.REJECTED: "REJECTED",
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
NOT_YET = -1
"""Of a time that has not come."""
_CONDITIONAL = frozenset(int(order_type) for order_type in CONDITIONAL_TYPES)
_WORKING = int(Working.WORKING)


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
    working_ns: int
    trailing_ns: int
    trigger_ticks: int
    display_lots: int
    pegged_ticks: int
    strategy_id: int
    strategy_type: int
    list_id: int
    trail_bips: int
    peg: int
    working: int


assert Row._fields == ORDER_ROW.names


class Marks(NamedTuple):
    """What an order's answer has only under conditions."""

    type: int
    status: int
    reason: int
    prevented_lots: int
    prevented_match_id: int
    trigger_ticks: int
    trail_bips: int
    trailing_ns: int
    display_lots: int | None  # None: it is no iceberg
    peg: int
    pegged_ticks: int
    strategy_id: int | None
    strategy_type: int | None


def marks_of(row: Row) -> Marks:
    return Marks(
        row.type,
        row.status,
        row.reason,
        row.prevented_lots,
        row.prevented_match_id,
        row.trigger_ticks,
        row.trail_bips,
        row.trailing_ns,
        row.display_lots or None,
        row.peg,
        row.pegged_ticks,
        None if row.strategy_id < 0 else row.strategy_id,
        None if row.strategy_type < 0 else row.strategy_type,
    )


def add_conditional(facts: dict[str, Any], market: Market, marks: Marks, unit_ns: int) -> None:
    """Members that only some orders' answers have. Source: "Conditional fields in Order Responses"."""
    if marks.prevented_lots:
        facts["preventedMatchId"] = marks.prevented_match_id
        facts["preventedQuantity"] = market.lots_text(marks.prevented_lots)
    if marks.status == OrderStatus.EXPIRED:
        facts["expiryReason"] = _EXPIRY_NAMES[marks.reason]
    if marks.type in _CONDITIONAL:
        facts["stopPrice"] = market.price_text(marks.trigger_ticks)
    if marks.trail_bips:
        facts["trailingDelta"] = marks.trail_bips
        facts["trailingTime"] = marks.trailing_ns // unit_ns if marks.trailing_ns else -1
    if marks.display_lots is not None:
        facts["icebergQty"] = market.lots_text(marks.display_lots)
    if marks.peg:
        _add_peg(facts, market, marks)
    if marks.strategy_id is not None:
        facts["strategyId"] = marks.strategy_id
    if marks.strategy_type is not None:
        facts["strategyType"] = marks.strategy_type


def _add_peg(facts: dict[str, Any], market: Market, marks: Marks) -> None:
    is_market_peg, offset = peg_parts(marks.peg)
    facts["pegPriceType"] = "MARKET_PEG" if is_market_peg else "PRIMARY_PEG"
    if offset:
        facts["pegOffsetType"] = "PRICE_LEVEL"
        facts["pegOffsetValue"] = offset
    if marks.pegged_ticks:
        facts["peggedPrice"] = market.price_text(marks.pegged_ticks)


def list_number(row: Row) -> int:
    """Its order list's id as the API tells it."""
    return row.list_id or NOT_IN_A_LIST


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
        "orderListId": list_number(row),
        "clientOrderId": client_id,
        **_standing(market, row),
        "stopPrice": ZERO,
        "icebergQty": ZERO,
        "time": row.time_ns // unit_ns,
        "updateTime": row.updated_ns // unit_ns,
        "isWorking": row.working == _WORKING,
        "workingTime": row.working_ns // unit_ns if row.working_ns else NOT_YET,
        "selfTradePreventionMode": MODE_NAMES[row.stp],
    }
    add_conditional(facts, market, marks_of(row), unit_ns)
    return facts


def cancelled_facts(
    market: Market, row: Row, client_id: str, cancel_id: str, outcome: Outcome, unit_ns: int
) -> dict[str, Any]:
    """An order as the answer to its cancel shows it: `clientOrderId` is now the cancel's own id."""
    facts = {
        "symbol": market.code,
        "origClientOrderId": client_id,
        "orderId": row.order_id,
        "orderListId": list_number(row),
        "clientOrderId": cancel_id,
        "transactTime": outcome.time_ns // unit_ns,
        **_standing(market, row),
        "selfTradePreventionMode": MODE_NAMES[row.stp],
    }
    add_conditional(facts, market, marks_of(row), unit_ns)
    return facts


def amended_facts(
    market: Market, row: Row, client_id: str, former_id: str, outcome: Outcome, unit_ns: int
) -> dict[str, Any]:
    """The answer to an amendment. Its quantities have names of their own."""
    amended = {
        "symbol": market.code,
        "orderId": row.order_id,
        "orderListId": list_number(row),
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
        "selfTradePreventionMode": MODE_NAMES[row.stp],
    }
    if row.working_ns:
        amended["workingTime"] = row.working_ns // unit_ns
    # What was prevented has a name of its own here.
    add_conditional(amended, market, marks_of(row)._replace(prevented_lots=0), unit_ns)
    return {
        "transactTime": outcome.time_ns // unit_ns,
        "executionId": execution_id(outcome.sequence),
        "amendedOrder": amended,
    }


def _standing(market: Market, row: Row) -> dict[str, Any]:
    """What every answer says of where an order stands."""
    in_quote = bool(row.flags & _IN_QUOTE)
    executed = market.lots_text(row.executed_lots)
    original = {"origQty": executed if in_quote else market.lots_text(row.quantity)}
    if not row.quantity:
        original = {}  # an OPO's leg has none before its working order is filled
    return {
        "price": market.price_text(row.price_ticks),
        **original,
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
        trade_id, order_id, ticks, lots, fee_atoms, time_ns, _account, _symbol, list_id, *marks = trade
        is_buyer, is_maker, fee_in_base, _reserved = marks
        commission = market.base_text(fee_atoms) if fee_in_base else market.quote_text(fee_atoms)
        facts.append(
            {
                "symbol": market.code,
                "id": trade_id,
                "orderId": order_id,
                "orderListId": list_id or NOT_IN_A_LIST,
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
