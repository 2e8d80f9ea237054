"""The SDKs' calls under the names of the WebSocket API's methods; their typed answers as plain data again."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

from binance_common.configuration import (
    ConfigurationRestAPI,
    ConfigurationWebSocketAPI,
    ConfigurationWebSocketStreams,
)
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_spot.spot import Spot
from binance_sdk_wallet.wallet import Wallet

from tests.doors.clients.diary import NoCall, Place
from tests.doors.clients.door import Door, Refused

NUMBERS = ("price", "qty", "quantity", "amount")
REST_CALLS = {
    "ping": "ping",
    "time": "time",
    "exchangeInfo": "exchange_info",
    "depth": "depth",
    "trades.recent": "get_trades",
    "trades.historical": "historical_trades",
    "trades.aggregate": "agg_trades",
    "klines": "klines",
    "uiKlines": "ui_klines",
    "avgPrice": "avg_price",
    "ticker.24hr": "ticker24hr",
    "ticker.tradingDay": "ticker_trading_day",
    "ticker": "ticker",
    "ticker.price": "ticker_price",
    "ticker.book": "ticker_book_ticker",
    "referencePrice": "reference_price",
    "executionRules": "execution_rules",
    "blockTrades.historical": "historical_block_trades",
    "account.status": "get_account",
    "account.commission": "account_commission",
    "account.rateLimits.orders": "rate_limit_order",
    "myFilters": "my_filters",
    "order.place": "new_order",
    "order.test": "order_test",
    "order.status": "get_order",
    "order.cancel": "delete_order",
    "order.cancelReplace": "order_cancel_replace",
    "order.amend.keepPriority": "order_amend_keep_priority",
    "order.amendments": "order_amendments",
    "openOrders.status": "get_open_orders",
    "openOrders.cancelAll": "delete_open_orders",
    "orderList.place": "order_oco",
    "orderList.place.oco": "order_list_oco",
    "orderList.place.oto": "order_list_oto",
    "orderList.place.otoco": "order_list_otoco",
    "orderList.place.opo": "order_list_opo",
    "orderList.place.opoco": "order_list_opoco",
    "orderList.cancel": "delete_order_list",
    "orderList.status": "get_order_list",
    "openOrderLists.status": "open_order_list",
    "allOrderLists": "all_order_list",
    "sor.order.place": "sor_order",
    "allOrders": "all_orders",
    "myTrades": "my_trades",
    "myPreventedMatches": "my_prevented_matches",
    "myAllocations": "my_allocations",
}
API_CALLS = {
    "ping": "ping",
    "time": "time",
    "exchangeInfo": "exchange_info",
    "depth": "depth",
    "trades.recent": "trades_recent",
    "trades.historical": "trades_historical",
    "trades.aggregate": "trades_aggregate",
    "klines": "klines",
    "uiKlines": "ui_klines",
    "avgPrice": "avg_price",
    "ticker.24hr": "ticker24hr",
    "ticker.tradingDay": "ticker_trading_day",
    "ticker": "ticker",
    "ticker.price": "ticker_price",
    "ticker.book": "ticker_book",
    "referencePrice": "reference_price",
    "executionRules": "execution_rules",
    "blockTrades.historical": "block_trades_historical",
    "account.status": "account_status",
    "account.commission": "account_commission",
    "account.rateLimits.orders": "account_rate_limits_orders",
    "myFilters": "my_filters",
    "order.place": "order_place",
    "order.test": "order_test",
    "order.status": "order_status",
    "order.cancel": "order_cancel",
    "order.cancelReplace": "order_cancel_replace",
    "order.amend.keepPriority": "order_amend_keep_priority",
    "order.amendments": "order_amendments",
    "openOrders.status": "open_orders_status",
    "openOrders.cancelAll": "open_orders_cancel_all",
    "orderList.place": "order_list_place",
    "orderList.place.oco": "order_list_place_oco",
    "orderList.place.oto": "order_list_place_oto",
    "orderList.place.otoco": "order_list_place_otoco",
    "orderList.place.opo": "order_list_place_opo",
    "orderList.place.opoco": "order_list_place_opoco",
    "orderList.cancel": "order_list_cancel",
    "orderList.status": "order_list_status",
    "openOrderLists.status": "open_order_lists_status",
    "allOrderLists": "all_order_lists",
    "sor.order.place": "sor_order_place",
    "allOrders": "all_orders",
    "myTrades": "my_trades",
    "myPreventedMatches": "my_prevented_matches",
    "myAllocations": "my_allocations",
    "session.logon": "session_logon",
    "session.status": "session_status",
    "session.logout": "session_logout",
}
WALLET_CALLS = {
    "system/status": "system_status",
    "capital/config/getall": "all_coins_information",
    "asset/tradeFee": "trade_fee",
    "capital/deposit/address": "deposit_address",
    "capital/deposit/hisrec": "deposit_history",
    "capital/withdraw/apply": "withdraw",
    "capital/withdraw/history": "withdraw_history",
    "asset/getUserAsset": "user_asset",
    "asset/transfer": "user_universal_transfer",
    "account/status": "account_status",
    "accountSnapshot": "daily_account_snapshot",
}


class ApiRefused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.refusal = Refused(code, message)


def configuration(place: Place) -> dict[str, Any]:
    keys = place.accounts["alice"]
    pair = {"api_key": keys["apiKey"], "api_secret": keys["secret"]}
    return {
        "config_rest_api": ConfigurationRestAPI(**pair, base_path=place.rest, timeout=10_000),
        "config_ws_api": ConfigurationWebSocketAPI(**pair, stream_url=place.ws_api),
        "config_ws_streams": ConfigurationWebSocketStreams(stream_url=f"ws://{place.host}"),
    }


def arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Names in its way of writing them; amounts as the floats that its signatures ask for."""
    given = {}
    for name, value in params.items():
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        is_number = isinstance(value, str) and any(snake.endswith(word) for word in NUMBERS)
        given[snake] = float(value) if is_number else {"true": True}.get(value, value)
    return given


def plain(value: Any) -> Any:
    """A model of the SDK as the data it was made from."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if hasattr(value, "actual_instance"):
        return plain(value.actual_instance)
    return value.to_dict() if hasattr(value, "to_dict") else value


def refusal(error: Exception) -> Refused | None:
    if isinstance(error, ApiRefused):
        return error.refusal
    if isinstance(error, (BadRequestError, UnauthorizedError)):
        return Refused(None, error.error_message)
    return None


def rest_door(spot: Spot) -> Door:
    def call(name: str) -> Callable[..., Any]:
        method = getattr(spot.rest_api, name)
        return lambda **params: plain(method(**arguments(params)).data())

    return Door({method: call(name) for method, name in REST_CALLS.items()}, refusal)


def wallet_door(place: Place) -> Door:
    wallet = Wallet(config_rest_api=configuration(place)["config_rest_api"])

    def call(name: str) -> Callable[..., Any]:
        method = getattr(wallet.rest_api, name)
        return lambda **params: plain(method(**arguments(params)).data())

    return Door({method: call(name) for method, name in WALLET_CALLS.items()}, refusal)


def api_door(place: Place, loop: asyncio.AbstractEventLoop) -> Door:
    """Calls run the loop until they are answered; one connection for all, opened by the first."""
    spot = Spot(**configuration(place))
    opened: list[Any] = []

    async def asked(name: str, params: Mapping[str, Any]) -> Any:
        if not opened:
            opened.append(await spot.websocket_api.create_connection())
        answer = (await getattr(opened[0], name)(**arguments(params))).data()
        if isinstance(answer, dict):  # a refusal, which it passes on as it came
            raise ApiRefused(answer["error"]["code"], answer["error"]["msg"])
        if not hasattr(answer, "result"):
            raise NoCall("the client has no place for the result in its model of the answer")
        return plain(answer.result)

    def call(name: str) -> Callable[..., Any]:
        return lambda **params: loop.run_until_complete(asked(name, params))

    return Door({method: call(name) for method, name in API_CALLS.items()}, refusal)
