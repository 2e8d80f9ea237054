"""The form of a new order: parameters in, one exact command out.

What each type needs and refuses is a table; everything that depends on the market's state is left to the engine. The
legs of an order list are read the same way, each parameter's name behind the leg's own word ("pendingAbovePrice").
Source: [D] rest-api.md, "New order", "Order lists"; docs/rules/spot.md, conditional.md, iceberg.md.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.records.commands import (
    CONDITIONAL_TYPES,
    DISPLAY_LOTS_MAX,
    PEG_OFFSET_MAX,
    PRICED_TYPES,
    TRAIL_BIPS_MAX,
    Command,
    CommandFlag,
    CommandKind,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    client_digest,
    order_terms,
    peg_of,
)

# As plain numbers, for the hot path.
_ORDER = int(CommandKind.ORDER)
_IN_QUOTE = int(CommandFlag.IN_QUOTE)
STRATEGY_TYPE_MIN = 1_000_000
RESPONSE_TYPES = ("ACK", "RESULT", "FULL")
BIPS = 10_000
_ID_CHARACTERS = 22
_DRAWN_BYTES = 3 * _ID_CHARACTERS * 64  # 88 characters of Base64 for each 66 of them

SIDES = {side.name: side for side in Side}
TYPES = {order_type.name: order_type for order_type in OrderType}
TIMES_IN_FORCE = {tif.name: tif for tif in TimeInForce}
MODES = {mode.name: mode for mode in SelfTrade}
_CONDITIONS = ("stopPrice", "trailingDelta")
REFUSED = {
    OrderType.LIMIT: ("quoteOrderQty", *_CONDITIONS),
    OrderType.MARKET: ("timeInForce", "price", *_CONDITIONS, "icebergQty"),
    OrderType.LIMIT_MAKER: ("timeInForce", "quoteOrderQty", *_CONDITIONS),
    OrderType.STOP_LOSS: ("timeInForce", "price", "quoteOrderQty", "icebergQty"),
    OrderType.STOP_LOSS_LIMIT: ("quoteOrderQty",),
    OrderType.TAKE_PROFIT: ("timeInForce", "price", "quoteOrderQty", "icebergQty"),
    OrderType.TAKE_PROFIT_LIMIT: ("quoteOrderQty",),
}
"""Parameters that a type has no use for."""
_WITH_TIME_IN_FORCE = frozenset({OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT})
_PEG_OFFSET = ("pegOffsetType", "pegOffsetValue")
_PEG_NAMES = ("pegPriceType", *_PEG_OFFSET)
_RARE = ("strategyId", "strategyType", "icebergQty", *_PEG_NAMES)
"""What most orders do without; one look tells."""
_PLAIN_ORDERS_MAX = 1_024  # of one market; then they are read anew
PEG_OFFSET_TYPE = "PRICE_LEVEL"
PEGS = {"PRIMARY_PEG": False, "MARKET_PEG": True}

_TERMS = "timeInForce price strategyId strategyType stopPrice trailingDelta icebergQty pegPriceType"
ORDER_NAMES = (
    f"symbol! side! type! quantity quoteOrderQty newClientOrderId newOrderRespType selfTradePreventionMode {_TERMS} "
    f"{' '.join(_PEG_OFFSET)}"
)


class OrderForm(msgspec.Struct, frozen=True):
    """A new order, ready to be sent, and what its answer repeats."""

    command: Command
    client_id: str
    text: str  # what the command carries: the client id, and the strategy if there is one
    response_type: str
    in_quote: bool  # its quantity is an amount of the quote asset
    iceberg_sent: bool
    strategy_id: int | None
    strategy_type: int | None


class Naming(dict[str, str]):
    """What an order's parameters are called in the request, by their own names: looked up, and worked out once."""

    def __init__(self, prefix: str = "", otherwise: Mapping[str, str] | None = None) -> None:
        super().__init__(otherwise or {})
        self.prefix = prefix
        self.refused = {kind: frozenset(self[name] for name in names) for kind, names in REFUSED.items()}
        self.pegs = frozenset(self[name] for name in _PEG_NAMES)
        self.rare = frozenset(self[name] for name in _RARE)

    def __missing__(self, name: str) -> str:
        self[name] = called = self.prefix + name[0].upper() + name[1:] if self.prefix else name
        return called


class Leg(NamedTuple):
    """How an order's parameters are called, and what is said of it elsewhere in the request."""

    names: Naming
    side: Side | None = None  # None: a parameter
    quantity: int | None = None  # lots; None: a parameter


SINGLE = Leg(Naming(otherwise={"clientOrderId": "newClientOrderId"}))


class _PlainOrder(NamedTuple):
    """What the words of a plain order come to: one with a quantity of lots, at a price or at any, and nothing more."""

    side: Side
    order_type: OrderType
    tif: TimeInForce
    self_trade: int
    response_type: str
    is_priced: bool


class _Terms(NamedTuple):
    """What an order says of its price and its time."""

    price_ticks: int
    trigger_ticks: int
    trail_bips: int
    display_lots: int
    peg: int
    tif: TimeInForce


def read_order(params: Params, market: Market, account: int, leg: Leg = SINGLE) -> OrderForm:
    """Read a new order's parameters, or a leg's. Raises ApiError."""
    if leg is SINGLE:
        return _read_single(params, market, account)
    return _read_leg(params, market, account, leg)


def _read_single(params: Params, market: Market, account: int) -> OrderForm:
    """Most orders say in words what one before them said: then their numbers and their id are all there is to read.

    The words are the names of all parameters sent, and the values of those that are no number and no id.
    """
    get = params.values.get
    words = (
        *params.values,
        get("side"),
        get("type"),
        get("timeInForce"),
        get("newOrderRespType"),
        get("selfTradePreventionMode"),
    )
    plain: _PlainOrder | None = market.plain_orders.get(words)
    if plain is None:
        form = _read_leg(params, market, account, SINGLE)
        if _is_plain(params, form):
            if len(market.plain_orders) >= _PLAIN_ORDERS_MAX:
                market.plain_orders.clear()
            market.plain_orders[words] = _plain_of(form)
        return form
    side, order_type, tif, self_trade, response_type, is_priced = plain
    price_ticks = market.price_ticks(params.required("price")) if is_priced else 0
    quantity = market.lots("quantity", params.required("quantity"))
    client_id = params.client_id("newClientOrderId") or new_client_id()
    client_hi, client_lo = client_digest(client_id)
    command = Command(  # by place: by name it takes twice as long
        client_hi,
        client_lo,
        0,
        0,
        price_ticks,
        quantity,
        account,
        market.number,
        _ORDER,
        side,
        order_type,
        tif,
        self_trade,
        0,
        len(client_id),
    )
    return OrderForm(command, client_id, client_id, response_type, False, False, None, None)


def _is_plain(params: Params, form: OrderForm) -> bool:
    """Whether another order with the same words differs from it in price, quantity, and id alone."""
    return (
        form.command.type not in CONDITIONAL_TYPES and not form.in_quote and SINGLE.names.rare.isdisjoint(params.values)
    )


def _plain_of(form: OrderForm) -> _PlainOrder:
    command = form.command
    order_type = OrderType(command.type)
    return _PlainOrder(
        Side(command.side),
        order_type,
        TimeInForce(command.tif),
        command.stp,
        form.response_type,
        order_type in PRICED_TYPES,
    )


def _read_leg(params: Params, market: Market, account: int, leg: Leg) -> OrderForm:
    side = leg.side if leg.side is not None else read_side(params, leg.names["side"])
    order_type = read_type(params, leg.names["type"])
    return read_of_type(params, market, account, leg, side, order_type)


def read_of_type(
    params: Params, market: Market, account: int, leg: Leg, side: Side, order_type: OrderType
) -> OrderForm:
    """As read_order, of an order whose side and type are known. Raises ApiError."""
    if not leg.names.refused[order_type].isdisjoint(params.values):
        params.refuse(*(leg.names[name] for name in REFUSED[order_type]))
    terms = _read_terms(params, market, leg, side, order_type)
    in_quote = False
    if leg.quantity is not None:
        quantity = leg.quantity
    elif order_type is OrderType.MARKET and not leg.names.prefix:
        quantity, in_quote = _market_quantity(params, market)
    else:
        name = leg.names["quantity"]
        quantity = market.lots(name, params.required(name))
    names = leg.names
    strategy_id = strategy_type = None
    if not names.rare.isdisjoint(params.values):
        strategy_id, strategy_type = _read_strategy(params, names)
    client_id = params.client_id(names["clientOrderId"]) or new_client_id()
    client_hi, client_lo = client_digest(client_id)
    text = _text(client_id, strategy_id, strategy_type)
    command = Command(  # by place: by name it takes twice as long
        client_hi,
        client_lo,
        terms.trigger_ticks,
        order_terms(terms.display_lots, terms.trail_bips),
        terms.price_ticks,
        quantity,
        account,
        market.number,
        _ORDER,
        side,
        order_type,
        terms.tif,
        read_self_trade(params, market),
        _IN_QUOTE if in_quote else 0,
        len(text),
        terms.peg,
    )
    return OrderForm(
        command,
        client_id,
        text,
        read_response_type(params, _response_default(order_type)),
        in_quote,
        params.has(names["icebergQty"]),
        strategy_id,
        strategy_type,
    )


def _read_strategy(params: Params, names: Naming) -> tuple[int | None, int | None]:
    """Its number, and the number of its kind."""
    strategy_id = params.integer(names["strategyId"])
    strategy_type = params.integer(names["strategyType"])
    if strategy_type is not None and strategy_type < STRATEGY_TYPE_MIN:
        raise errors.bad_strategy_type()
    return strategy_id, strategy_type


def read_side(params: Params, name: str) -> Side:
    side = SIDES.get(params.required(name))
    if side is None:
        raise errors.bad_side()
    return side


def read_type(params: Params, name: str = "type") -> OrderType:
    order_type = TYPES.get(params.required(name))
    if order_type is None:
        raise errors.bad_order_type()
    return order_type


def read_self_trade(params: Params, market: Market) -> int:
    name = params.optional("selfTradePreventionMode")
    if name is None:
        return market.listing.stp_default
    mode = MODES.get(name)
    if mode is None:
        raise errors.bad_value("selfTradePreventionMode")
    return mode


def read_response_type(params: Params, default: str) -> str:
    name = params.optional("newOrderRespType")
    if name is None:
        return default
    if name not in RESPONSE_TYPES:
        raise errors.bad_value("newOrderRespType")
    return name


_drawn: list[str] = []  # ids that are not given out yet: entropy by the page costs a tenth of what it costs by the id


def _random_id() -> str:
    if not _drawn:
        text = secrets.token_urlsafe(_DRAWN_BYTES).replace("-", "A").replace("_", "B")
        _drawn.extend(text[at : at + _ID_CHARACTERS] for at in range(0, len(text), _ID_CHARACTERS))
    return _drawn.pop()


_draw = _random_id


def new_client_id() -> str:
    """22 letters and digits that nobody can guess, for a request that brought no id."""
    return _draw()


def draw_client_ids(source: Callable[[], str]) -> None:
    """Take ids from here on from a source that a sandbox can repeat."""
    global _draw
    _draw = source


def _response_default(order_type: OrderType) -> str:
    return "FULL" if order_type in (OrderType.LIMIT, OrderType.MARKET) else "ACK"


def _text(client_id: str, strategy_id: int | None, strategy_type: int | None) -> str:
    """docs/rules/events.md, "Texts"."""
    if strategy_type is not None:
        return f"{client_id} {'-' if strategy_id is None else strategy_id} {strategy_type}"
    return client_id if strategy_id is None else f"{client_id} {strategy_id}"


def _read_terms(params: Params, market: Market, leg: Leg, side: Side, order_type: OrderType) -> _Terms:
    tif = TimeInForce.GTC
    if order_type in _WITH_TIME_IN_FORCE:
        tif = read_time_in_force(params, leg.names["timeInForce"])
    is_rare = not leg.names.rare.isdisjoint(params.values)
    peg = _read_peg(params, leg, order_type, tif) if is_rare else 0
    price_name = leg.names["price"]
    price_ticks = 0
    if order_type in PRICED_TYPES and (peg == 0 or params.has(price_name)):
        price_ticks = market.price_ticks(params.required(price_name), price_name)
    trigger_ticks = trail_bips = 0
    if order_type in CONDITIONAL_TYPES:
        trigger_ticks, trail_bips = _read_condition(params, market, leg, side)
    display_lots = _read_iceberg(params, market, leg, tif) if is_rare else 0
    return _Terms(price_ticks, trigger_ticks, trail_bips, display_lots, peg, tif)


def read_time_in_force(params: Params, name: str = "timeInForce") -> TimeInForce:
    tif = TIMES_IN_FORCE.get(params.required(name))
    if tif is None:
        raise errors.bad_time_in_force()
    return tif


def _read_condition(params: Params, market: Market, leg: Leg, side: Side) -> tuple[int, int]:
    """The stop price in ticks and the trailing distance in bips; one of them may be 0."""
    stop_name, trail_name = (leg.names[name] for name in _CONDITIONS)
    stop, trail_bips = params.optional(stop_name), params.integer(trail_name)
    if stop is None and trail_bips is None:
        raise errors.missing_either(stop_name, trail_name)
    trigger_ticks = market.price_ticks(stop, stop_name) if stop is not None else 0
    if stop is not None and trigger_ticks == 0:
        raise errors.filter_failure("PRICE_FILTER")
    if trail_bips is None:
        return trigger_ticks, 0
    if not 0 < trail_bips <= TRAIL_BIPS_MAX or (side is Side.SELL and trail_bips >= BIPS):
        raise errors.filter_failure("TRAILING_DELTA")
    return trigger_ticks, trail_bips


def _read_iceberg(params: Params, market: Market, leg: Leg, tif: TimeInForce) -> int:
    """Lots to be shown; 0: all."""
    name = leg.names["icebergQty"]
    text = params.optional(name)
    if text is None:
        return 0
    if tif is not TimeInForce.GTC:
        if leg.names.prefix:
            raise errors.iceberg_without_gtc(name, leg.names["timeInForce"])
        raise errors.unsupported_combination()
    lots = market.lots(name, text)
    if lots > DISPLAY_LOTS_MAX:
        raise errors.filter_failure("LOT_SIZE")
    return lots


def _read_peg(params: Params, leg: Leg, order_type: OrderType, tif: TimeInForce) -> int:
    """`peg` of COMMAND."""
    if leg.names.pegs.isdisjoint(params.values):
        return 0
    name = leg.names["pegPriceType"]
    offset_type, offset_value = (leg.names[each] for each in _PEG_OFFSET)
    kind = params.optional(name)
    if params.has(offset_type) != params.has(offset_value):
        raise errors.must_come_together(offset_type, offset_value)
    if kind is None:
        if params.has(offset_type):
            raise errors.missing(name)
        return 0
    if kind not in PEGS:
        raise errors.bad_peg_price_type()
    if order_type not in PRICED_TYPES:
        raise errors.peg_of_other_type()
    market_peg = PEGS[kind]
    if order_type is OrderType.LIMIT_MAKER and market_peg:
        raise errors.bad_peg_for_type()
    if order_type is OrderType.LIMIT and not market_peg and tif is not TimeInForce.GTC:
        raise errors.bad_peg_for_type()
    if not params.has(offset_type):
        return peg_of(market=market_peg, offset=0)
    if params.required(offset_type) != PEG_OFFSET_TYPE:
        raise errors.bad_peg_offset_type()
    offset = params.integer(offset_value) or 0
    if offset > PEG_OFFSET_MAX:
        raise errors.above_maximum(offset_value, PEG_OFFSET_MAX)
    return peg_of(market=market_peg, offset=offset)


def _market_quantity(params: Params, market: Market) -> tuple[int, bool]:
    """Lots, or with True atoms of the quote asset."""
    text, quote_text = params.optional("quantity"), params.optional("quoteOrderQty")
    if text is not None:
        params.refuse("quoteOrderQty")
        return market.lots("quantity", text), False
    if quote_text is None:
        raise errors.missing_either("quantity", "quoteOrderQty")
    return market.quote_atoms("quoteOrderQty", quote_text), True
