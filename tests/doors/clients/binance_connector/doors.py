"""binance-connector's calls under the names of the WebSocket API's methods."""

from collections.abc import Callable
from functools import partial
from typing import Any

from binance.error import ClientError
from binance.spot import Spot

from tests.doors.clients.binance_connector.sockets import Api, ApiRefused
from tests.doors.clients.diary import Place
from tests.doors.clients.door import Door, Refused


def refusal(error: Exception) -> Refused | None:
    if isinstance(error, ClientError):
        return Refused(error.error_code, error.error_message)
    return Refused(error.code, error.message) if isinstance(error, ApiRefused) else None


def client(place: Place) -> Spot:
    keys = place.accounts["alice"]
    return Spot(keys["apiKey"], keys["secret"], base_url=place.rest, timeout=30)


def rest_door(place: Place) -> Door:
    spot = client(place)
    calls = {
        "ping": spot.ping,
        "time": spot.time,
        "exchangeInfo": spot.exchange_info,
        "depth": spot.depth,
        "trades.recent": spot.trades,
        "trades.historical": spot.historical_trades,
        "trades.aggregate": spot.agg_trades,
        "klines": spot.klines,
        "uiKlines": spot.ui_klines,
        "avgPrice": spot.avg_price,
        "ticker.24hr": spot.ticker_24hr,
        "ticker.tradingDay": spot.trading_day_ticker,
        "ticker": spot.rolling_window_ticker,
        "ticker.price": spot.ticker_price,
        "ticker.book": spot.book_ticker,
        "account.status": spot.account,
        "account.commission": spot.query_commission_rates,
        "account.rateLimits.orders": spot.get_order_rate_limit,
        "order.place": spot.new_order,
        "order.test": spot.new_order_test,
        "order.status": spot.get_order,
        "order.cancel": spot.cancel_order,
        "order.cancelReplace": spot.cancel_and_replace,
        "openOrders.status": spot.get_open_orders,
        "openOrders.cancelAll": spot.cancel_open_orders,
        "orderList.place.oco": spot.new_oco_order,
        "orderList.place.oto": spot.new_oto_order,
        "orderList.place.otoco": spot.new_otoco_order,
        "orderList.cancel": spot.cancel_oco_order,
        "orderList.status": spot.get_oco_order,
        "openOrderLists.status": spot.get_oco_open_orders,
        "allOrderLists": spot.get_oco_orders,
        "allOrders": spot.get_orders,
        "myTrades": spot.my_trades,
        "myPreventedMatches": spot.query_prevented_matches,
        "myAllocations": spot.query_allocations,
    }
    return Door(calls, refusal)


def wallet_door(place: Place) -> Door:
    spot = client(place)
    calls = {
        "system/status": spot.system_status,
        "capital/config/getall": spot.coin_info,
        "asset/tradeFee": spot.trade_fee,
        "capital/deposit/address": spot.deposit_address,
        "capital/deposit/hisrec": spot.deposit_history,
        "capital/withdraw/apply": spot.withdraw,
        "capital/withdraw/history": spot.withdraw_history,
        "asset/getUserAsset": spot.user_asset,
        "asset/transfer": spot.user_universal_transfer,
        "account/status": spot.account_status,
        "accountSnapshot": spot.account_snapshot,
    }
    return Door(calls, refusal)


API_CALLS = {
    "ping": "ping_connectivity",
    "time": "server_time",
    "exchangeInfo": "exchange_info",
    "depth": "order_book",
    "trades.recent": "recent_trades",
    "trades.historical": "historical_trades",
    "trades.aggregate": "aggregate_trades",
    "klines": "klines",
    "uiKlines": "ui_klines",
    "avgPrice": "avg_price",
    "ticker.24hr": "ticker_24hr",
    "ticker": "ticker",
    "ticker.price": "ticker_price",
    "ticker.book": "ticker_book",
    "account.status": "account",
    "account.rateLimits.orders": "order_rate_limit",
    "order.place": "new_order",
    "order.test": "new_order_test",
    "order.status": "get_order",
    "order.cancel": "cancel_order",
    "order.cancelReplace": "cancel_replace_order",
    "openOrders.status": "get_open_orders",
    "openOrders.cancelAll": "cancel_open_orders",
    "orderList.place.oco": "new_oco_order",
    "orderList.place.oto": "new_oto_order",
    "orderList.place.otoco": "new_otoco_order",
    "orderList.cancel": "cancel_oco_order",
    "orderList.status": "get_oco_order",
    "openOrderLists.status": "get_open_oco_orders",
    "allOrderLists": "oco_history",
    "allOrders": "order_history",
    "myTrades": "my_trades",
    "myPreventedMatches": "prevented_matches",
}


def api_door(api: Api) -> Door:
    calls: dict[str, Callable[..., Any]] = {method: partial(api, name) for method, name in API_CALLS.items()}
    calls["trades.historical"] = partial(api, "historical_trades", apiKey=api.key)
    return Door(calls, refusal)
