"""Orders for smart order routing, which no symbol here has: read as they are documented, and refused as such.

Source: [D] rest-api.md, "SOR"; the words of the refusal as clients report them.
"""

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.trading.order_form import read_order, read_type
from venus.records.commands import OrderType
from venus.registry.credentials import Permission

_NAMES = (
    "symbol! side! type! timeInForce quantity price newClientOrderId strategyId strategyType icebergQty "
    "newOrderRespType selfTradePreventionMode"
)


async def place(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    if read_type(call.params) not in (OrderType.LIMIT, OrderType.MARKET):
        raise errors.bad_order_type()
    read_order(call.params, market, call.account)
    raise errors.no_routing()


async def try_out(desk: Desk, call: Call) -> bytes:
    call.params.boolean("computeCommissionRates", default=False)
    return await place(desk, call)


def _test_weight(params: Params) -> int:
    return 20 if params.boolean("computeCommissionRates", default=False) else 1


ENDPOINTS = (
    Endpoint("POST", "/api/v3/sor/order", place, 1, names(_NAMES), Permission.TRADE, free_if_done=True),
    Endpoint(
        "POST",
        "/api/v3/sor/order/test",
        try_out,
        _test_weight,
        names(f"{_NAMES} computeCommissionRates"),
        Permission.TRADE,
    ),
)
