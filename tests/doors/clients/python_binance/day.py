"""python-binance's day: its blocking client, its WebSocket API calls, and its sockets.

Pointed here the way its documentation gives for other hosts: class attributes, set before a client is made.
"""

from typing import Any

from binance import BinanceSocketManager, Client
from binance.base_client import BaseClient
from binance.exceptions import BinanceAPIException, BinanceWebsocketUnableToConnect

from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place
from tests.doors.clients.door import Door, Refused
from tests.doors.clients.lists_day import ListsDay
from tests.doors.clients.market_day import live_market_day
from tests.doors.clients.python_binance.sockets import live_sockets_day
from tests.doors.clients.trading_day import TradingDay
from tests.doors.clients.wallet_day import live_wallet_day


def point(place: Place) -> None:
    BaseClient.API_URL = f"{place.rest}/api"
    BaseClient.MARGIN_API_URL = f"{place.rest}/sapi"
    BaseClient.WS_API_URL = place.ws_api
    BinanceSocketManager.STREAM_URL = f"ws://{place.host}/"


def refusal(error: Exception) -> Refused | None:
    return Refused(error.code, error.message) if isinstance(error, BinanceAPIException) else None


def rest_door(client: Client) -> Door:
    calls = {
        "ping": client.ping,
        "time": client.get_server_time,
        "exchangeInfo": client.get_exchange_info,
        "depth": client.get_order_book,
        "trades.recent": client.get_recent_trades,
        "trades.historical": client.get_historical_trades,
        "trades.aggregate": client.get_aggregate_trades,
        "klines": client.get_klines,
        "uiKlines": client.get_ui_klines,
        "avgPrice": client.get_avg_price,
        "ticker.24hr": client.get_ticker,
        "ticker.tradingDay": client.v3_get_ticker_trading_day,
        "ticker": client.get_symbol_ticker_window,
        "ticker.price": client.get_symbol_ticker,
        "ticker.book": client.get_orderbook_ticker,
        "account.status": client.get_account,
        "account.commission": client.v3_get_account_commission,
        "account.rateLimits.orders": client.get_current_order_count,
        "order.place": client.create_order,
        "order.test": client.create_test_order,
        "order.status": client.get_order,
        "order.cancel": client.cancel_order,
        "order.cancelReplace": client.cancel_replace_order,
        "openOrders.status": client.get_open_orders,
        "openOrders.cancelAll": client.cancel_all_open_orders,
        "orderList.place.oco": client.create_oco_order,
        "orderList.place.oto": client.v3_post_order_list_oto,
        "orderList.place.otoco": client.v3_post_order_list_otoco,
        "orderList.cancel": client.v3_delete_order_list,
        "orderList.status": client.v3_get_order_list,
        "openOrderLists.status": client.get_open_oco_orders,
        "allOrderLists": client.v3_get_all_order_list,
        "sor.order.place": client.v3_post_sor_order,
        "allOrders": client.get_all_orders,
        "myTrades": client.get_my_trades,
        "myPreventedMatches": client.get_prevented_matches,
        "myAllocations": client.get_allocations,
    }
    return Door(calls, refusal)


def wallet_door(client: Client) -> Door:
    calls = {
        "system/status": client.get_system_status,
        "capital/config/getall": client.get_all_coins_info,
        "asset/tradeFee": client.get_trade_fee,
        "capital/deposit/address": client.get_deposit_address,
        "capital/deposit/hisrec": client.get_deposit_history,
        "capital/withdraw/apply": client.withdraw,
        "capital/withdraw/history": client.get_withdraw_history,
        "asset/getUserAsset": client.get_user_asset,
        "asset/transfer": client.make_universal_transfer,
        "account/status": client.get_account_status,
        "accountSnapshot": client.get_account_snapshot,
    }
    return Door(calls, refusal)


def websocket_door(client: Client) -> Door:
    calls: dict[str, Any] = {
        "ping": client.ws_ping,
        "time": client.ws_get_time,
        "exchangeInfo": client.ws_get_exchange_info,
        "depth": client.ws_get_order_book,
        "trades.recent": client.ws_get_recent_trades,
        "trades.historical": client.ws_get_historical_trades,
        "trades.aggregate": client.ws_get_aggregate_trades,
        "klines": client.ws_get_klines,
        "uiKlines": client.ws_get_uiKlines,
        "avgPrice": client.ws_get_avg_price,
        "ticker.24hr": client.ws_get_ticker,
        "ticker.tradingDay": client.ws_get_trading_day_ticker,
        "ticker": client.ws_get_symbol_ticker_window,
        "ticker.price": client.ws_get_symbol_ticker,
        "ticker.book": client.ws_get_orderbook_ticker,
        "account.status": client.ws_get_account,
        "account.commission": client.ws_get_commission_rates,
        "account.rateLimits.orders": client.ws_get_account_rate_limits_orders,
        "order.place": client.ws_create_order,
        "order.test": client.ws_create_test_order,
        "order.status": client.ws_get_order,
        "order.cancel": client.ws_cancel_order,
        "order.cancelReplace": client.ws_cancel_and_replace_order,
        "openOrders.status": client.ws_get_open_orders,
        "openOrders.cancelAll": client.ws_cancel_all_open_orders,
        "orderList.place.oco": client.ws_create_oco_order,
        "orderList.place.oto": client.ws_create_oto_order,
        "orderList.place.otoco": client.ws_create_otoco_order,
        "orderList.cancel": client.ws_cancel_oco_order,
        "orderList.status": client.ws_get_oco_order,
        "openOrderLists.status": client.ws_get_oco_open_orders,
        "sor.order.place": client.ws_create_sor_order,
        "allOrders": client.ws_get_all_orders,
        "myTrades": client.ws_get_my_trades,
        "myPreventedMatches": client.ws_get_prevented_matches,
        "myAllocations": client.ws_get_allocations,
    }
    return Door(calls, refusal)


def answers_again(client: Client) -> None:
    """What is asked while it does not know of the cut yet times out; what is asked then is answered."""
    for _ in range(4):
        try:
            assert client.ws_ping() == {}
            return
        except BinanceWebsocketUnableToConnect:
            continue
    raise AssertionError("it did not connect anew")


def main() -> None:
    place = Place.of_arguments()
    point(place)
    other = Counterparty(place.rest, **place.accounts["bob"])
    client = Client(*place.accounts["alice"].values())

    diary = Diary("python-binance", "python-binance")
    live_market_day(rest_door(client), diary)
    day = TradingDay(rest_door(client), diary, other)
    day.live()
    ListsDay(day).live()
    live_wallet_day(wallet_door(client), diary)
    live_sockets_day(place, diary, other)
    diary.close("see the other column")

    diary = Diary("python-binance WebSocket API", "python-binance")
    client = Client(*place.accounts["alice"].values())  # anew: it holds on to the event loop that it was made in
    live_market_day(websocket_door(client), diary)
    day = TradingDay(websocket_door(client), diary, other)
    day.live()
    ListsDay(day).live()
    with diary.entry("requests after a cut", seconds=60):
        place.cut()
        answers_again(client)
    diary.absent("the client has no call for it", "session logon")
    diary.close("see the other column")


if __name__ == "__main__":
    main()
