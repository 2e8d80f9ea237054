"""binance-sdk-spot's streams, and its user data over the WebSocket API."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from binance_sdk_spot.spot import Spot

from tests.doors.clients.binance_sdk.doors import configuration, plain
from tests.doors.clients.counterparty import SYMBOL, Counterparty
from tests.doors.clients.diary import Diary, Place

Message = dict[str, Any]


class Heard:
    """A stream's messages in a queue."""

    def __init__(self, stream: Any) -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        stream.on("message", self._hear)

    def _hear(self, message: Any) -> None:
        content = plain(message)
        if hasattr(message, "actual_instance"):
            # Its models of user data leave out the event's name, and are named by it.
            name = type(message.actual_instance).__name__
            content |= {"e": name[0].lower() + name[1:]}
        self._messages.put_nowait(content)

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        while True:
            message = await self._messages.get()
            if wanted(message):
                return message


class SocketsDay:
    def __init__(self, place: Place, diary: Diary, other: Counterparty) -> None:
        self.place = place
        self.diary = diary
        self.other = other
        self.spot = Spot(**configuration(place))

    async def live(self) -> None:
        await self.market()
        await self.user()

    async def market(self) -> None:
        symbol = SYMBOL.lower()
        connection = await self.spot.websocket_streams.create_connection()
        for name, subscribe, wanted in (
            ("trade stream", lambda: connection.trade(symbol), lambda one: one["e"] == "trade"),
            ("aggregate trade stream", lambda: connection.agg_trade(symbol), lambda one: one["e"] == "aggTrade"),
            ("candle stream", lambda: connection.kline(symbol, "1m"), lambda one: one["e"] == "kline"),
            ("ticker stream", lambda: connection.ticker(symbol), lambda one: one["e"] == "24hrTicker"),
            (
                "best price stream",
                lambda: connection.book_ticker(symbol),
                lambda one: float(one["b"]) < float(one["a"]),
            ),
        ):
            async with self.diary.waiting(name):
                heard = Heard(await subscribe())
                self.other.trade("BUY", "0.2")
                assert (await heard.until(wanted))["s"] == SYMBOL
        async with self.diary.waiting("book kept from its stream", seconds=90):
            await self.keep_a_book(connection)
        async with self.diary.waiting("market streams after a cut"):
            is_cut = asyncio.Event()
            connection.on_connection("close", lambda *_: is_cut.set())
            self.place.cut()
            await is_cut.wait()
            # The client tells of the cut and leaves connecting anew to its user.
            connection = await self.spot.websocket_streams.create_connection()
            heard = Heard(await connection.trade(symbol))
            self.other.trade("BUY", "0.01234")
            await heard.until(lambda one: one["e"] == "trade")
        await connection.close_connection()

    async def keep_a_book(self, connection: Any) -> None:
        heard = Heard(await connection.diff_book_depth(SYMBOL.lower(), update_speed="100ms"))

        async def update() -> Message:
            return await heard.until(lambda one: one["e"] == "depthUpdate")

        def shown() -> Message:
            return plain(self.spot.rest_api.depth(SYMBOL, limit=5000).data())

        first = await update()
        snapshot = shown()
        last = snapshot["lastUpdateId"]
        assert last >= first["U"]
        book = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
        change = first
        while True:
            if change["u"] > last:
                assert change["U"] <= last + 1, "a gap"
                for side, key in (("bids", "b"), ("asks", "a")):
                    for price, quantity in change[key]:
                        book[side][price] = quantity
                        if not float(quantity):
                            del book[side][price]
                last = change["u"]
                now = shown()
                if now["lastUpdateId"] == last:
                    assert book == {side: dict(map(tuple, now[side])) for side in ("bids", "asks")}
                    return
            change = await update()

    async def user(self) -> None:
        async with self.diary.waiting("orders told", "balances told"):
            connection = await self.spot.websocket_api.create_connection()
            heard = Heard((await connection.user_data_stream_subscribe_signature()).stream)
            await self.order_told(heard)
        async with self.diary.waiting("order lists told"):
            bid, ask = self.other.best()
            placed = self.spot.rest_api.order_list_oco(
                SYMBOL,
                "SELL",
                0.01,
                "LIMIT_MAKER",
                "STOP_LOSS",
                above_price=round(float(ask) * 1.2, 2),
                below_stop_price=round(float(bid) * 0.8, 2),
            ).data()
            told = await heard.until(lambda one: one["e"] == "listStatus")
            assert (told["g"], told["L"]) == (placed.order_list_id, "EXECUTING")
            self.spot.rest_api.delete_order_list(SYMBOL, order_list_id=placed.order_list_id)
            await heard.until(lambda one: one["e"] == "listStatus" and one["L"] == "ALL_DONE")
        async with self.diary.waiting("user data after a cut"):
            connection = await Spot(**configuration(self.place)).websocket_api.create_connection()
            await connection.user_data_stream_subscribe_signature()
            is_cut = asyncio.Event()
            connection.on_connection("close", lambda *_: is_cut.set())
            self.place.cut()
            await is_cut.wait()
            connection = await Spot(**configuration(self.place)).websocket_api.create_connection()
            heard = Heard((await connection.user_data_stream_subscribe_signature()).stream)
            await self.order_told(heard)

    async def order_told(self, heard: Heard) -> None:
        price = round(float(self.other.best()[0]) * 0.8, 2)
        placed = self.spot.rest_api.new_order(
            SYMBOL, "BUY", "LIMIT", time_in_force="GTC", quantity=0.01, price=price
        ).data()
        told = await heard.until(lambda one: one["e"] == "executionReport" and one["i"] == placed.order_id)
        assert (told["x"], told["X"], told["c"]) == ("NEW", "NEW", placed.client_order_id)
        position = await heard.until(lambda one: one["e"] == "outboundAccountPosition")
        assert Decimal({one["a"]: one for one in position["B"]}["USDT"]["l"]) > 0
        self.spot.rest_api.delete_order(SYMBOL, order_id=placed.order_id)
        await heard.until(lambda one: one["e"] == "executionReport" and one["x"] == "CANCELED")
