"""Methods of the WebSocket API and the endpoints behind them: one operation, two doors.

A method is a name for an endpoint: same handler, same parameters, same weight, same refusals. A row is all that a new
endpoint needs to be reached here too. What only a connection has (session, subscriptions) is in ws_api_account.py.
Source: [D] web-socket-api.md.
"""

from collections.abc import Mapping
from typing import NamedTuple

from venus.gateway.binance.endpoint import Endpoint

_ROWS = """
    ping                            GET     ping
    time                            GET     time
    exchangeInfo                    GET     exchangeInfo
    executionRules                  GET     executionRules
    depth                           GET     depth
    trades.recent                   GET     trades
    trades.historical               GET     historicalTrades
    blockTrades.historical          GET     historicalBlockTrades
    trades.aggregate                GET     aggTrades
    klines                          GET     klines
    uiKlines                        GET     uiKlines
    avgPrice                        GET     avgPrice
    ticker.24hr                     GET     ticker/24hr
    ticker.tradingDay               GET     ticker/tradingDay
    ticker                          GET     ticker
    ticker.price                    GET     ticker/price
    ticker.book                     GET     ticker/bookTicker
    referencePrice                  GET     referencePrice
    referencePrice.calculation      GET     referencePrice/calculation
    order.place                     POST    order                       counts
    order.test                      POST    order/test
    order.status                    GET     order
    order.cancel                    DELETE  order
    order.cancelReplace             POST    order/cancelReplace         counts
    order.amend.keepPriority        PUT     order/amend/keepPriority
    order.amendments                GET     order/amendments
    openOrders.status               GET     openOrders
    openOrders.cancelAll            DELETE  openOrders
    allOrders                       GET     allOrders
    orderList.place                 POST    order/oco                   counts
    orderList.place.oco             POST    orderList/oco               counts
    orderList.place.oto             POST    orderList/oto               counts
    orderList.place.otoco           POST    orderList/otoco             counts
    orderList.place.opo             POST    orderList/opo               counts
    orderList.place.opoco           POST    orderList/opoco             counts
    orderList.status                GET     orderList
    orderList.cancel                DELETE  orderList
    openOrderLists.status           GET     openOrderList
    allOrderLists                   GET     allOrderList
    sor.order.place                 POST    sor/order                   counts
    sor.order.test                  POST    sor/order/test
    account.status                  GET     account
    account.commission              GET     account/commission
    account.rateLimits.orders       GET     rateLimit/order
    myTrades                        GET     myTrades
    myPreventedMatches              GET     myPreventedMatches
    myAllocations                   GET     myAllocations
    myFilters                       GET     myFilters
    userDataStream.start            POST    userDataStream
    userDataStream.ping             PUT     userDataStream
    userDataStream.stop             DELETE  userDataStream
"""
"""Method; HTTP method and path under /api/v3; "counts" if its answers show the account's order counts."""


class Method(NamedTuple):
    endpoint: Endpoint
    shows_orders: bool


def documented() -> dict[str, tuple[str, str]]:
    """HTTP method and path by name of method."""
    return {name: (verb, f"/api/v3/{path}") for name, verb, path, *_ in map(str.split, _ROWS.strip().splitlines())}


def methods(endpoints: Mapping[tuple[str, str], Endpoint]) -> dict[str, Method]:
    """Those whose endpoint is served."""
    counting = {row.split()[0] for row in _ROWS.strip().splitlines() if row.endswith("counts")}
    return {
        name: Method(endpoints[route], name in counting) for name, route in documented().items() if route in endpoints
    }
