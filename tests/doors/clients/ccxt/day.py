"""The day of ccxt, and of its WebSocket side ccxt.pro: their unified calls, else those of the API."""

import asyncio

from tests.doors.clients.ccxt.doors import pro_door, rest_door, wallet_door
from tests.doors.clients.ccxt.sockets import SocketsDay
from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place
from tests.doors.clients.lists_day import ListsDay
from tests.doors.clients.market_day import live_market_day
from tests.doors.clients.trading_day import TradingDay
from tests.doors.clients.wallet_day import live_wallet_day


def main() -> None:
    place = Place.of_arguments()
    other = Counterparty(place.rest, **place.accounts["bob"])

    diary = Diary("ccxt", "ccxt")
    door = rest_door(place)
    live_market_day(door, diary)
    day = TradingDay(door, diary, other)
    day.live()
    ListsDay(day).live()
    live_wallet_day(wallet_door(place), diary)
    diary.close("see ccxt.pro")

    diary = Diary("ccxt.pro", "ccxt")
    asyncio.run(SocketsDay(place, diary, other).live())
    loop = asyncio.new_event_loop()
    door, client = pro_door(place, loop)
    live_market_day(door, diary)
    day = TradingDay(door, diary, other)
    day.live()
    ListsDay(day).live()
    with diary.entry("requests after a cut"):
        place.cut()
        loop.run_until_complete(asyncio.sleep(0.5))
        assert door("account.status")["balances"]
    loop.run_until_complete(client.close())
    diary.absent("the client has no call for it", "session logon")
    diary.close("see ccxt")


if __name__ == "__main__":
    main()
