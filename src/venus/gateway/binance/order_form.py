"""The form of a new order: parameters in, one exact command out.

What each type needs and refuses is a table; everything that depends on the market's state is left to the engine.
Source: [D] rest-api.md, "New order"; docs/rules/spot.md.
"""

import secrets
from typing import NamedTuple

from venus.gateway.binance import errors
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.records.commands import (
    Command,
    CommandFlag,
    CommandKind,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    client_digest,
)
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

STRATEGY_TYPE_MIN = 1_000_000
RESPONSE_TYPES = ("ACK", "RESULT", "FULL")

_SIDES = {side.name: side for side in Side}
_TYPES = {order_type.name: order_type for order_type in OrderType}
_TIFS = {tif.name: tif for tif in TimeInForce}
_MODES = {mode.name: mode for mode in SelfTrade}
_NOT_HERE = {
    "STOP_LOSS": "Stop loss",
    "STOP_LOSS_LIMIT": "Stop loss limit",
    "TAKE_PROFIT": "Take profit",
    "TAKE_PROFIT_LIMIT": "Take profit limit",
}
"""Types that the API knows and no symbol here offers yet."""
_REFUSED = {
    OrderType.LIMIT: ("quoteOrderQty", "stopPrice", "trailingDelta"),
    OrderType.MARKET: ("timeInForce", "price", "stopPrice", "trailingDelta", "icebergQty"),
    OrderType.LIMIT_MAKER: ("timeInForce", "quoteOrderQty", "stopPrice", "trailingDelta"),
}
"""Parameters that a type has no use for."""
_PEGS = ("pegPriceType", "pegOffsetType", "pegOffsetValue")

ORDER_NAMES = (
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice "
    "trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType"
)


class OrderForm(NamedTuple):
    """A new order, ready to be sent, and what its answer repeats."""

    command: Command
    client_id: str
    response_type: str
    in_quote: bool  # its quantity is an amount of the quote asset
    strategy_id: int | None
    strategy_type: int | None


def read_order(params: Params, market: Market, account: int) -> OrderForm:
    """Read a new order's parameters. Raises ApiError."""
    side = _SIDES.get(params.required("side"))
    if side is None:
        raise errors.bad_side()
    order_type = read_type(params)
    params.refuse(*_REFUSED[order_type])
    if any(params.has(name) for name in _PEGS):
        raise errors.not_supported_here("Pegged")
    if params.has("icebergQty"):
        raise errors.not_supported_here("Iceberg")
    tif = read_time_in_force(params) if order_type is OrderType.LIMIT else TimeInForce.GTC
    in_quote = False
    price_ticks = 0
    if order_type is OrderType.MARKET:
        quantity, in_quote = _market_quantity(params, market)
    else:
        quantity = market.lots("quantity", params.required("quantity"))
        price_ticks = market.price_ticks(params.required("price"))
    strategy_type = params.integer("strategyType")
    if strategy_type is not None and strategy_type < STRATEGY_TYPE_MIN:
        raise errors.bad_strategy_type()
    client_id = params.client_id("newClientOrderId") or new_client_id()
    client_hi, client_lo = client_digest(client_id)
    return OrderForm(
        Command(
            client_hi=client_hi,
            client_lo=client_lo,
            price_ticks=price_ticks,
            quantity=quantity,
            account=account,
            subject=market.number,
            kind=CommandKind.ORDER,
            side=side,
            type=order_type,
            tif=tif,
            stp=_self_trade(params, market),
            flags=CommandFlag.IN_QUOTE if in_quote else CommandFlag.NONE,
            text_bytes=len(client_id),
        ),
        client_id,
        _response_type(params, order_type),
        in_quote,
        params.integer("strategyId"),
        strategy_type,
    )


def read_type(params: Params) -> OrderType:
    name = params.required("type")
    order_type = _TYPES.get(name)
    if order_type is None:
        raise errors.not_supported_here(_NOT_HERE[name]) if name in _NOT_HERE else errors.bad_order_type()
    return order_type


def read_time_in_force(params: Params) -> TimeInForce:
    tif = _TIFS.get(params.required("timeInForce"))
    if tif is None:
        raise errors.bad_time_in_force()
    return tif


def new_client_id() -> str:
    """22 random letters and digits, for a request that brought no id."""
    return secrets.token_urlsafe(16).replace("-", "A").replace("_", "B")


def filter_reject(command: Command, market: Market) -> Reject:
    """The engine's tests of an order that need no book and no balance (docs/rules/spot.md, 4 and 6 to 10), for
    order/test, which must not reach the engine."""
    listing = market.listing
    if listing.halted:
        return Reject.SYMBOL_HALTED
    if not listing.stp_allowed & (1 << command.stp):
        return Reject.STP_NOT_ALLOWED
    priced = command.type != OrderType.MARKET
    if priced and not listing.price_ticks_min <= command.price_ticks <= listing.price_ticks_max:
        return Reject.PRICE_OUT_OF_RANGE
    quantity_min, quantity_max = listing.quantity_lots_min, listing.quantity_lots_max
    if command.flags & CommandFlag.IN_QUOTE:
        quantity_min, quantity_max = 1, ATOMS_MAX
    elif not priced:
        quantity_max = listing.market_lots_max
    if not quantity_min <= command.quantity <= quantity_max:
        return Reject.QUANTITY_OUT_OF_RANGE
    notional_atoms = command.price_ticks * command.quantity * listing.tick_lot_atoms
    if priced and notional_atoms > listing.notional_atoms_max:
        return Reject.NOTIONAL_TOO_LARGE
    if priced and notional_atoms < listing.notional_atoms_min:
        return Reject.NOTIONAL_TOO_SMALL
    return Reject.NONE


def _market_quantity(params: Params, market: Market) -> tuple[int, bool]:
    """Lots, or with True atoms of the quote asset."""
    text, quote_text = params.optional("quantity"), params.optional("quoteOrderQty")
    if text is not None:
        params.refuse("quoteOrderQty")
        return market.lots("quantity", text), False
    if quote_text is None:
        raise errors.missing_either("quantity", "quoteOrderQty")
    return market.quote_atoms("quoteOrderQty", quote_text), True


def _self_trade(params: Params, market: Market) -> int:
    name = params.optional("selfTradePreventionMode")
    if name is None:
        return market.listing.stp_default
    mode = _MODES.get(name)
    if mode is None:
        raise errors.bad_value("selfTradePreventionMode")
    return mode


def _response_type(params: Params, order_type: OrderType) -> str:
    name = params.optional("newOrderRespType")
    if name is None:
        return "ACK" if order_type is OrderType.LIMIT_MAKER else "FULL"
    if name not in RESPONSE_TYPES:
        raise errors.bad_value("newOrderRespType")
    return name
