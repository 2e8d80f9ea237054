"""Orders between people, as the C2C SDK asks for them. Its history holds none until there is a market between people.

Source: the C2C SDK's "listUserOrderHistory"; it sends its key and no signature.
"""

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.reading import page_wanted
from venus.registry.credentials import Permission
from venus.units import NS_PER_S

SPAN_DAYS_MAX = 30
ROWS_DEFAULT = ROWS_MAX = 100
TRADE_TYPES = ("BUY", "SELL")

_DAY_NS = 86_400 * NS_PER_S


async def order_history(_desk: Desk, call: Call) -> bytes:
    params = call.params
    if params.optional("tradeType") not in (None, *TRADE_TYPES):
        raise errors.bad_value("tradeType")
    start_ns, end_ns = params.time_ns("startTimestamp"), params.end_time_ns("endTimestamp")
    if start_ns is not None and end_ns is not None and not 0 <= end_ns - start_ns <= SPAN_DAYS_MAX * _DAY_NS:
        raise refusals.bad_interval(SPAN_DAYS_MAX)
    page_wanted(params, page="page", size="rows", size_default=ROWS_DEFAULT, size_max=ROWS_MAX)
    return msgspec.json.encode({"code": "000000", "message": "success", "data": [], "total": 0, "success": True})


_NAMES = names("tradeType startTimestamp endTimestamp page rows")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/sapi/v1/c2c/orderMatch/listUserOrderHistory",
        order_history,
        1,
        _NAMES,
        Permission.USER_DATA,
        key_is_enough=True,
    ),
)
