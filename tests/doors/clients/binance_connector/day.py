"""binance-connector's day: its REST client, its WebSocket API client, and its streams with a listen key."""

import os
import sys
import traceback

from tests.doors.clients.binance_connector.doors import api_door, rest_door, wallet_door
from tests.doors.clients.binance_connector.sockets import Api, live_sockets_day
from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place
from tests.doors.clients.lists_day import ListsDay
from tests.doors.clients.market_day import live_market_day
from tests.doors.clients.trading_day import TradingDay
from tests.doors.clients.wallet_day import live_wallet_day


def main() -> None:
    place = Place.of_arguments()
    other = Counterparty(place.rest, **place.accounts["bob"])

    diary = Diary("binance-connector", "binance-connector")
    door = rest_door(place)
    live_market_day(door, diary)
    day = TradingDay(door, diary, other)
    day.live()
    ListsDay(day).live()
    live_wallet_day(wallet_door(place), diary)
    live_sockets_day(place, diary, other)
    diary.close("see the other column")

    diary = Diary("binance-connector WebSocket API", "binance-connector")
    api = Api(place)
    door = api_door(api)
    live_market_day(door, diary)
    day = TradingDay(door, diary, other)
    day.live()
    ListsDay(day).live()
    with diary.entry("requests after a cut"):
        place.cut()
        # The client does not connect anew: its user does.
        assert Api(place)("ping_connectivity") == {}
    diary.absent("the client has no call for it", "session logon")
    diary.close("see the other column")


if __name__ == "__main__":
    try:
        main()
    finally:
        # Its threads wait on their sockets for ever, and would keep the program there.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)
