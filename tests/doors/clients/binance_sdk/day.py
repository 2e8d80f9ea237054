"""The days of binance-sdk-spot (REST, WebSocket API, streams) and of binance-sdk-wallet."""

import asyncio

from binance_sdk_spot.spot import Spot

from tests.doors.clients.binance_sdk.doors import api_door, configuration, rest_door, wallet_door
from tests.doors.clients.binance_sdk.sockets import SocketsDay
from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place
from tests.doors.clients.lists_day import ListsDay
from tests.doors.clients.market_day import live_market_day
from tests.doors.clients.trading_day import TradingDay
from tests.doors.clients.wallet_day import live_wallet_day


def main() -> None:
    place = Place.of_arguments()
    other = Counterparty(place.rest, **place.accounts["bob"])

    diary = Diary("binance-sdk-spot", "binance-sdk-spot")
    door = rest_door(Spot(**configuration(place)))
    live_market_day(door, diary)
    day = TradingDay(door, diary, other)
    day.live()
    ListsDay(day).live()
    asyncio.run(SocketsDay(place, diary, other).live())
    diary.absent("see binance-sdk-wallet", "Wallet")
    diary.close("see the other column")

    diary = Diary("binance-sdk-spot WebSocket API", "binance-sdk-spot")
    loop = asyncio.new_event_loop()
    door = api_door(place, loop)
    live_market_day(door, diary)
    day = TradingDay(door, diary, other)
    day.live()
    ListsDay(day).live()
    with diary.entry("session logon"):
        assert door("session.logon")["apiKey"] == place.accounts["alice"]["apiKey"]
        assert door("session.status")["apiKey"] == place.accounts["alice"]["apiKey"]
        assert door("session.logout").get("apiKey") is None
    with diary.entry("requests after a cut"):
        place.cut()
        # The client does not connect anew: its user does.
        assert api_door(place, loop)("ping") == {}
    diary.absent("see binance-sdk-wallet", "Wallet")
    diary.close("see the other column")

    diary = Diary("binance-sdk-wallet", "binance-sdk-wallet")
    live_wallet_day(wallet_door(place), diary)
    diary.close("it is of the wallet alone")


if __name__ == "__main__":
    main()
