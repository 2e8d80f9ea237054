"""The forms of order lists: which orders a list has, and how the parameters of each are called.

A pair's stop-loss leg comes first, whichever of the two it is. Source: [D] rest-api.md, "Order lists"; errors.md.
"""

from typing import NamedTuple

from venus.gateway.binance import errors
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.order_form import (
    Leg,
    Naming,
    OrderForm,
    new_client_id,
    read_of_type,
    read_order,
    read_response_type,
    read_side,
    read_type,
)
from venus.records.commands import Command, CommandKind, ListType, OrderType, Side, client_digest

_STOP_LOSSES = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
_TAKE_PROFITS = (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
_OF_PAIRS = frozenset({OrderType.LIMIT_MAKER, *_STOP_LOSSES, *_TAKE_PROFITS})
_OF_WORKING = frozenset({OrderType.LIMIT, OrderType.LIMIT_MAKER})

_CONDITIONS = ["StopPrice", "TrailingDelta"]
_WORKING_TERMS = [
    *("Type!", "ClientOrderId", "IcebergQty", "Price", "TimeInForce", "StrategyId", "StrategyType"),
    *("PegPriceType", "PegOffsetType", "PegOffsetValue"),
]
_TERMS = [*_WORKING_TERMS, *_CONDITIONS]
_OF_ALL = "symbol! listClientOrderId newOrderRespType selfTradePreventionMode"


def _names(prefix: str, terms: list[str]) -> str:
    return " ".join(prefix + term for term in terms)


_WORKING = _names("working", ["Side!", "Quantity!", *_WORKING_TERMS])
_PENDING_PAIR = f"{_names('pendingAbove', _TERMS)} {_names('pendingBelow', _TERMS)}"
NAMES = {
    ListType.OCO: f"{_OF_ALL} side! quantity! {_names('above', _TERMS)} {_names('below', _TERMS)}",
    ListType.OTO: f"{_OF_ALL} {_WORKING} pendingSide! pendingQuantity! {_names('pending', _TERMS)}",
    ListType.OTOCO: f"{_OF_ALL} {_WORKING} pendingSide! pendingQuantity! {_PENDING_PAIR}",
    ListType.OPO: f"{_OF_ALL} {_WORKING} pendingSide! {_names('pending', _TERMS)}",
    ListType.OPOCO: f"{_OF_ALL} {_WORKING} pendingSide! {_PENDING_PAIR}",
}
OLD_OCO_NAMES = (
    f"{_OF_ALL} side! quantity! limitClientOrderId price! limitStrategyId limitStrategyType limitIcebergQty "
    "trailingDelta stopClientOrderId stopPrice! stopStrategyId stopStrategyType stopLimitPrice stopIcebergQty "
    "stopLimitTimeInForce"
)
_ABOVE_AND_BELOW = Naming("above"), Naming("below")
_PENDING_ABOVE_AND_BELOW = Naming("pendingAbove"), Naming("pendingBelow")
_PENDING_ORDER = Naming("pending")
_WORKING_ORDER = Naming("working")
_OLD_LIMIT = Naming("limit", {"price": "price"})
_OLD_STOP = Naming(
    "stop",
    {
        "price": "stopLimitPrice",
        "stopPrice": "stopPrice",
        "trailingDelta": "trailingDelta",
        "timeInForce": "stopLimitTimeInForce",
    },
)


class ListForm(NamedTuple):
    """A new order list, ready to be sent, and what its answer repeats."""

    command: Command
    client_id: str
    legs: list[OrderForm]
    response_type: str

    @property
    def type(self) -> ListType:
        return ListType(self.command.type)


def read_list(params: Params, market: Market, account: int, list_type: ListType) -> ListForm:
    """Read a new list's parameters. Raises ApiError."""
    if list_type is ListType.OCO:
        side, quantity = read_side(params, "side"), market.lots("quantity", params.required("quantity"))
        legs = _read_pair(params, market, account, _ABOVE_AND_BELOW, side, quantity)
        return _form(params, market, account, list_type, legs)
    pays = list_type in (ListType.OPO, ListType.OPOCO)
    working = _read_working(params, market, account)
    pending_side = read_side(params, "pendingSide")
    if pays and working.command.side != Side.BUY:
        raise errors.working_must_buy()
    if pays and pending_side is not Side.SELL:
        raise errors.pending_must_sell()
    quantity = 0 if pays else market.lots("pendingQuantity", params.required("pendingQuantity"))
    if list_type in (ListType.OTOCO, ListType.OPOCO):
        pending = _read_pair(params, market, account, _PENDING_ABOVE_AND_BELOW, pending_side, quantity)
    else:
        pending = [read_order(params, market, account, Leg(_PENDING_ORDER, pending_side, quantity))]
    return _form(params, market, account, list_type, [working, *pending])


def read_old_oco(params: Params, market: Market, account: int) -> ListForm:
    """The pair as it was sent before there were legs above and below: a LIMIT_MAKER and a stop loss."""
    side, quantity = read_side(params, "side"), market.lots("quantity", params.required("quantity"))
    params.required("stopPrice")
    stop_type = OrderType.STOP_LOSS_LIMIT if params.has("stopLimitPrice") else OrderType.STOP_LOSS
    stop, limit = (Leg(names, side, quantity) for names in (_OLD_STOP, _OLD_LIMIT))
    legs = [
        read_of_type(params, market, account, stop, side, stop_type),
        read_of_type(params, market, account, limit, side, OrderType.LIMIT_MAKER),
    ]
    return _form(params, market, account, ListType.OCO, legs)


def _form(params: Params, market: Market, account: int, list_type: ListType, legs: list[OrderForm]) -> ListForm:
    client_id = params.client_id("listClientOrderId") or new_client_id()
    client_hi, client_lo = client_digest(client_id)
    command = Command(
        client_hi=client_hi,
        client_lo=client_lo,
        account=account,
        subject=market.number,
        kind=CommandKind.LIST,
        type=list_type,
        text_bytes=len(client_id),
    )
    return ListForm(command, client_id, legs, read_response_type(params, "RESULT"))


def _read_working(params: Params, market: Market, account: int) -> OrderForm:
    leg = Leg(_WORKING_ORDER)
    if read_type(params, leg.names["type"]) not in _OF_WORKING:
        raise errors.bad_order_type()
    return read_order(params, market, account, leg)


def _read_pair(
    params: Params, market: Market, account: int, namings: tuple[Naming, Naming], side: Side, quantity: int
) -> list[OrderForm]:
    """The legs above and below the market, the stop loss first."""
    legs = [Leg(names, side, quantity) for names in namings]
    above, below = (read_type(params, leg.names["type"]) for leg in legs)
    _refuse_places(above, below, buying=side is Side.BUY)
    forms = [read_order(params, market, account, leg) for leg in legs]
    return forms if above in _STOP_LOSSES else forms[::-1]


def _refuse_places(above: OrderType, below: OrderType, *, buying: bool) -> None:
    """A pair is a stop loss and something better than the market, each on its own side of it."""
    if above not in _OF_PAIRS or below not in _OF_PAIRS:
        raise errors.bad_type_in_pair()
    if above is below is OrderType.LIMIT_MAKER:
        raise errors.pair_of_limits()
    better, worse = (below, above) if buying else (above, below)
    if worse is OrderType.LIMIT_MAKER:
        raise errors.limit_on_wrong_side(buying=buying)
    if better in _STOP_LOSSES:
        raise errors.stop_loss_on_wrong_side(buying=buying)
    if worse in _TAKE_PROFITS:
        raise errors.take_profit_on_wrong_side(buying=buying)
