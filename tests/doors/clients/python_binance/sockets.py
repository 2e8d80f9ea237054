"""python-binance's sockets: its asynchronous client, market sockets, depth cache and user socket."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

from binance import AsyncClient, BinanceSocketManager, DepthCacheManager
from binance.exceptions import BinanceWebsocketUnableToConnect

from tests.doors.clients.counterparty import SYMBOL, Counterparty
from tests.doors.clients.diary import Diary, Place


def live_sockets_day(place: Place, diary: Diary, other: Counterparty) -> None:
    asyncio.run(SocketsDay(place, diary, other).live())


async def until(socket: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message that is wanted."""
    while True:
        message = await socket.recv()
        if wanted(message):
            return message


async def subscribed(client: AsyncClient) -> Any:
    """A user socket, tried until the client has its connection back."""
    while True:
        socket = BinanceSocketManager(client).user_socket()
        try:
            await socket.connect()
            return socket
        except BinanceWebsocketUnableToConnect:
            await asyncio.sleep(1)


class SocketsDay:
    def __init__(self, place: Place, diary: Diary, other: Counterparty) -> None:
        self.place = place
        self.diary = diary
        self.other = other

    async def live(self) -> None:
        client = await AsyncClient.create(*self.place.accounts["alice"].values())
        try:
            await self.market(client)
            await self.book(client)
            await self.user(client)
        finally:
            await client.close_connection()

    async def market(self, client: AsyncClient) -> None:
        manager = BinanceSocketManager(client, max_queue_size=10_000)
        async with AsyncExitStack() as stack:
            sockets = {
                name: await stack.enter_async_context(socket)
                for name, socket in {
                    "trade": manager.trade_socket(SYMBOL),
                    "aggregate": manager.aggtrade_socket(SYMBOL),
                    "candle": manager.kline_socket(SYMBOL, interval="1m"),
                    "ticker": manager.symbol_ticker_socket(SYMBOL),
                    "best": manager.symbol_book_ticker_socket(SYMBOL),
                }.items()
            }
            done = await client.order_market_buy(symbol=SYMBOL, quantity="0.4")
            last = max(fill["tradeId"] for fill in done["fills"])
            price = done["fills"][-1]["price"]
            async with self.diary.waiting("trade stream"):
                assert (await until(sockets["trade"], lambda one: one["t"] == last))["p"] == price
            async with self.diary.waiting("aggregate trade stream"):
                assert (await until(sockets["aggregate"], lambda one: one["l"] >= last))["p"] == price
            async with self.diary.waiting("candle stream"):
                candle = (await until(sockets["candle"], lambda one: one["k"]["L"] >= last))["k"]
                assert float(candle["l"]) <= float(candle["c"]) <= float(candle["h"])
            async with self.diary.waiting("ticker stream"):
                ticker = await until(sockets["ticker"], lambda one: one["L"] >= last)
                assert float(ticker["l"]) <= float(ticker["c"]) <= float(ticker["h"])
            async with self.diary.waiting("best price stream"):
                best = await until(sockets["best"], lambda one: "b" in one)
                assert Decimal(best["b"]) < Decimal(best["a"])
        # A socket that is closed while it reconnects never ends in this client: one alone, and only once it speaks.
        async with (
            self.diary.waiting("market streams after a cut", seconds=90),
            BinanceSocketManager(client).trade_socket(SYMBOL) as socket,
        ):
            self.place.cut()
            await until(socket, lambda one: one["e"] == "error")
            heard = asyncio.create_task(until(socket, lambda one: one["e"] == "trade"))
            while not heard.done():
                self.other.trade("BUY", "0.01")
                await asyncio.sleep(0.5)

    async def book(self, client: AsyncClient) -> None:
        """While the market moves, its cache must meet the REST API's book."""
        async with (
            self.diary.waiting("book kept from its stream", seconds=90),
            DepthCacheManager(client, SYMBOL, limit=5000, ws_interval=100) as cache,
        ):
            while True:
                kept = await cache.recv()
                shown = await client.get_order_book(symbol=SYMBOL, limit=5000)
                bids, asks = ([[float(p), float(q)] for p, q in shown[side]] for side in ("bids", "asks"))
                if (kept.get_bids(), kept.get_asks()) == (bids, asks):
                    break

    async def user(self, client: AsyncClient) -> None:
        async with (
            self.diary.waiting("orders told", "balances told"),
            BinanceSocketManager(client).user_socket() as socket,
        ):
            await self.order_told(client, socket)
        async with self.diary.waiting("order lists told"), BinanceSocketManager(client).user_socket() as socket:
            bid, ask = self.other.best()
            placed = await client.create_oco_order(
                symbol=SYMBOL,
                side="SELL",
                quantity="0.01",
                aboveType="LIMIT_MAKER",
                abovePrice=f"{ask * Decimal('1.2'):.2f}",
                belowType="STOP_LOSS",
                belowStopPrice=f"{bid * Decimal('0.8'):.2f}",
            )
            told = await until(socket, lambda one: one["e"] == "listStatus")
            assert (told["g"], told["c"], told["L"]) == (placed["orderListId"], "OCO", "EXECUTING")
            await client.v3_delete_order_list(symbol=SYMBOL, orderListId=placed["orderListId"])
            await until(socket, lambda one: one["e"] == "listStatus" and one["L"] == "ALL_DONE")
        async with self.diary.waiting("user data after a cut", seconds=60):
            socket = await subscribed(client)
            self.place.cut()
            await until(socket, lambda one: one["e"] == "error")
            # The client tells of the cut, connects anew, and leaves subscribing anew to its user. The old socket is not
            # closed: it would unsubscribe between two connections from what ended with the first, and wait in vain.
            socket = await subscribed(client)
            try:
                await self.order_told(client, socket)
            finally:
                await socket.close()

    async def order_told(self, client: AsyncClient, socket: Any) -> None:
        price = f"{self.other.best()[0] * Decimal('0.8'):.2f}"
        placed = await client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=price)
        told = await until(socket, lambda one: one["e"] == "executionReport" and one["i"] == placed["orderId"])
        assert (told["x"], told["X"], told["c"]) == ("NEW", "NEW", placed["clientOrderId"])
        position = await until(socket, lambda one: one["e"] == "outboundAccountPosition")
        [locked] = [one for one in position["B"] if one["a"] == "USDT"]
        assert Decimal(locked["l"]) >= Decimal(price) * Decimal("0.01")
        await client.cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
        ended = await until(socket, lambda one: one["e"] == "executionReport" and one["x"] == "CANCELED")
        assert (ended["i"], ended["C"]) == (placed["orderId"], placed["clientOrderId"])
