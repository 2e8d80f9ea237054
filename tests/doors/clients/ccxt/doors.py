"""ccxt's calls under the names of the WebSocket API's methods: the API's own answer is in `info` of a unified one."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import ccxt
import ccxt.pro

from tests.doors.clients.counterparty import SYMBOL
from tests.doors.clients.diary import NoCall, Place
from tests.doors.clients.door import Door, Refused

UNIFIED = "BTC/USDT"
Params = dict[str, Any]


def settings(place: Place, name: str = "alice") -> Params:
    """What a user writes to have ccxt talk to another address."""
    api, sapi = f"{place.rest}/api", f"{place.rest}/sapi"
    return {
        **place.accounts[name],
        "options": {"fetchMarkets": {"types": ["spot"]}},
        "urls": {
            "api": {
                "public": f"{api}/v3",
                "private": f"{api}/v3",
                "v1": f"{api}/v1",
                "sapi": f"{sapi}/v1",
                "sapiV2": f"{sapi}/v2",
                "sapiV3": f"{sapi}/v3",
                "sapiV4": f"{sapi}/v4",
                "ws": {"spot": place.ws, "margin": place.ws, "ws-api": {"spot": place.ws_api}},
            }
        },
    }


def refusal(error: Exception) -> Refused | None:
    """ccxt puts its own name before the answer's body, or before its words alone where it knows them."""
    if not isinstance(error, ccxt.ExchangeError):
        return None
    text = str(error).removeprefix("binance ")
    if not text.startswith("{"):
        return Refused(None, text)
    body = json.loads(text)
    body = body.get("error", body)
    return Refused(body["code"], body["msg"])


def numbers(value: Any) -> Any:
    """ccxt gives whole numbers of the API's answers as text in `info`: numbers again, for names that are numbers."""
    if isinstance(value, list):
        return [numbers(one) for one in value]
    if isinstance(value, dict):
        return {name: _number(name, one) for name, one in value.items()}
    return value


WHOLE = {"id", "a", "orderId", "orderListId", "tradeId", "lastUpdateId", "serverTime", "openTime", "closeTime"}
WHOLE |= {"trailingDelta", "takerOrderId", "tranId", "status", "code", "fromId", "pegOffsetValue"}


def _number(name: str, value: Any) -> Any:
    if name in WHOLE and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return numbers(value)


def order_arguments(params: Params) -> tuple[list[Any], Params]:
    """A new order as a unified call has it: symbol, type, side, amount, price, and the rest by the API's names."""
    left = dict(params)
    del left["symbol"]
    kind, side = left.pop("type").lower(), left.pop("side").lower()
    amount = float(left.pop("quantity")) if "quantity" in left else None
    price = float(left.pop("price")) if "price" in left else None
    left.pop("newOrderRespType", None)
    if left.get("timeInForce") == "GTC":
        del left["timeInForce"]  # what ccxt sends by itself
    return [UNIFIED, kind, side, amount, price], left


def unified_names(params: Params) -> Params:
    left = dict(params)
    if "quoteOrderQty" in left:
        left["cost"] = float(left.pop("quoteOrderQty"))
    if "trailingDelta" in left:
        left["trailingPercent"] = left.pop("trailingDelta") / 100
    return left


def plain(call: Callable[[Params], Any]) -> Callable[..., Any]:
    return lambda **params: numbers(call(params))


def lists_calls(client: ccxt.binance) -> dict[str, Callable[..., Any]]:
    return {
        "orderList.place": plain(client.private_post_order_oco),
        "orderList.place.oco": plain(client.private_post_orderlist_oco),
        "orderList.place.oto": plain(client.private_post_orderlist_oto),
        "orderList.place.otoco": plain(client.private_post_orderlist_otoco),
        "orderList.place.opo": plain(client.private_post_orderlist_opo),
        "orderList.place.opoco": plain(client.private_post_orderlist_opoco),
        "orderList.cancel": plain(client.private_delete_orderlist),
        "orderList.status": plain(client.private_get_orderlist),
        "openOrderLists.status": lambda: numbers(client.private_get_openorderlist()),
        "allOrderLists": plain(client.private_get_allorderlist),
    }


def rest_door(place: Place) -> Door:
    client = ccxt.binance(settings(place))
    client.load_markets()

    def of_symbol(call: Callable[..., Any]) -> Callable[..., Any]:
        """A unified call that takes nothing but the symbol, and its `info`."""
        return lambda symbol: numbers(call(UNIFIED if symbol == SYMBOL else symbol)["info"])

    def order(call: Callable[..., Any]) -> Callable[..., Any]:
        """A unified call on one order."""

        def called(symbol: str, orderId: int | None = None, **params: Any) -> Any:
            assert symbol == SYMBOL
            number = None if orderId is None else str(orderId)
            return numbers(call(number, UNIFIED, params)["info"])

        return called

    def listed(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(symbol: str, limit: int | None = None, **params: Any) -> Any:
            assert symbol == SYMBOL
            return [numbers(one["info"]) for one in call(UNIFIED, None, limit, params)]

        return called

    def place_order(**params: Any) -> Any:
        if "pegPriceType" in params:  # its unified call knows no order without a price
            return numbers(client.private_post_order(params))
        arguments, left = order_arguments(params)
        return numbers(client.create_order(*arguments, unified_names(left))["info"])

    def test_order(**params: Any) -> Any:
        arguments, left = order_arguments(params)
        return numbers(client.create_order(*arguments, left | {"test": True})["info"])

    calls = {
        "ping": plain(client.public_get_ping),
        "time": lambda: {"serverTime": client.fetch_time()},
        "exchangeInfo": plain(client.public_get_exchangeinfo),
        "depth": plain(client.public_get_depth),
        "trades.recent": plain(client.public_get_trades),
        "trades.historical": plain(client.public_get_historicaltrades),
        "trades.aggregate": plain(client.public_get_aggtrades),
        "klines": lambda **params: [[int(one[0]), *one[1:]] for one in client.public_get_klines(params)],
        "uiKlines": lambda **params: [[int(one[0]), *one[1:]] for one in client.public_get_uiklines(params)],
        "avgPrice": plain(client.public_get_avgprice),
        "ticker.24hr": of_symbol(client.fetch_ticker),
        "ticker.tradingDay": plain(client.public_get_ticker_tradingday),
        "ticker": plain(client.public_get_ticker),
        "ticker.price": plain(client.public_get_ticker_price),
        "ticker.book": plain(client.public_get_ticker_bookticker),
        "account.status": lambda: client.fetch_balance()["info"],
        "account.commission": plain(client.private_get_account_commission),
        "account.rateLimits.orders": lambda: client.private_get_ratelimit_order(),
        "order.place": place_order,
        "order.test": test_order,
        "order.status": order(client.fetch_order),
        "order.cancel": order(client.cancel_order),
        "order.cancelReplace": plain(client.private_post_order_cancelreplace),
        "openOrders.status": listed(client.fetch_open_orders),
        "openOrders.cancelAll": lambda symbol: [numbers(one["info"]) for one in client.cancel_all_orders(UNIFIED)],
        **lists_calls(client),
        "sor.order.place": plain(client.private_post_sor_order),
        "allOrders": listed(client.fetch_orders),
        "myTrades": listed(client.fetch_my_trades),
        "myPreventedMatches": plain(client.private_get_mypreventedmatches),
        "myAllocations": plain(client.private_get_myallocations),
    }
    return Door(calls, refusal)


def wallet_door(place: Place) -> Door:
    client = ccxt.binance(settings(place))
    client.load_markets()

    def transfer(type: str, asset: str, amount: str) -> Any:  # noqa: A002  the API's name
        ends = {"MAIN": "spot", "FUNDING": "funding"}
        source, target = type.split("_")
        return numbers(client.transfer(asset, float(amount), ends[source], ends[target])["info"])

    def withdraw(coin: str, network: str, address: str, amount: str) -> Any:
        return client.withdraw(coin, float(amount), address, None, {"network": network})["info"]

    calls = {
        "system/status": lambda: numbers(client.fetch_status()["info"]),
        "capital/config/getall": lambda: list(client.sapi_get_capital_config_getall()),
        "asset/tradeFee": lambda symbol: [client.fetch_trading_fee(UNIFIED)["info"]],
        "capital/deposit/address": lambda coin: client.fetch_deposit_address(coin)["info"],
        "capital/deposit/hisrec": lambda: [one["info"] for one in client.fetch_deposits()],
        "capital/withdraw/apply": withdraw,
        "capital/withdraw/history": lambda coin: [one["info"] for one in client.fetch_withdrawals(coin)],
        "asset/getUserAsset": lambda: client.sapiv3_post_asset_getuserasset(),
        "asset/transfer": transfer,
        "account/status": lambda: client.sapi_get_account_status(),
        "accountSnapshot": lambda **params: numbers(client.sapi_get_accountsnapshot(params)),
    }
    return Door(calls, refusal)


def pro_door(place: Place, loop: asyncio.AbstractEventLoop) -> tuple[Door, ccxt.pro.binance]:
    """ccxt.pro's calls over the WebSocket API; they run the loop until they are answered."""
    client = ccxt.pro.binance(settings(place))
    loop.run_until_complete(client.load_markets())

    def asked(call: Any) -> Any:
        return loop.run_until_complete(call)

    def order(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(symbol: str, orderId: int | None = None, **params: Any) -> Any:
            assert symbol == SYMBOL
            number = None if orderId is None else str(orderId)
            return numbers(asked(call(number, UNIFIED, params))["info"])

        return called

    def listed(call: Callable[..., Any]) -> Callable[..., Any]:
        """It keeps a limit of its own to itself: the API's is one of the parameters."""

        def called(symbol: str, **params: Any) -> Any:
            assert symbol == SYMBOL
            return [numbers(one["info"]) for one in asked(call(UNIFIED, None, None, params))]

        return called

    def place_order(**params: Any) -> Any:
        """By the API's names: unified ones it would send as well, and they are refused as parameters not read."""
        if "pegPriceType" in params:
            raise NoCall("its call for a new order knows none without a price")
        arguments, left = order_arguments(params)
        return numbers(asked(client.create_order_ws(*arguments, left))["info"])

    def replace_order(cancelOrderId: int, cancelReplaceMode: str, **params: Any) -> Any:
        """It gives the new order alone, and raises if the old one was not cancelled."""
        assert cancelReplaceMode == "STOP_ON_FAILURE"  # what ccxt sends by itself
        arguments, left = order_arguments(params)
        placed = asked(client.edit_order_ws(str(cancelOrderId), *arguments, left))
        return {"cancelResult": "SUCCESS", "newOrderResult": "SUCCESS", "newOrderResponse": numbers(placed["info"])}

    calls = {
        "trades.recent": listed(client.fetch_trades_ws),  # the newest, if it is not told from where
        "trades.historical": listed(client.fetch_trades_ws),
        "account.status": lambda: asked(client.fetch_balance_ws())["info"],
        "order.place": place_order,
        "order.test": lambda **params: place_order(**params, test=True),
        "order.status": order(client.fetch_order_ws),
        "order.cancel": order(client.cancel_order_ws),
        "order.cancelReplace": replace_order,
        "openOrders.status": listed(client.fetch_open_orders_ws),
        "openOrders.cancelAll": lambda symbol: [
            numbers(one["info"]) for one in asked(client.cancel_all_orders_ws(UNIFIED))
        ],
        "allOrders": listed(client.fetch_orders_ws),
        "myTrades": listed(client.fetch_my_trades_ws),
    }
    return Door(calls, refusal), client
