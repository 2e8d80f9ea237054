"""ccxt.pro's watches: of the market, and of its user's own orders and balance."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt
import ccxt.pro

from tests.doors.clients.ccxt.doors import UNIFIED, settings
from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place


class SocketsDay:
    def __init__(self, place: Place, diary: Diary, other: Counterparty) -> None:
        self.place = place
        self.diary = diary
        self.other = other

    async def live(self) -> None:
        client = ccxt.pro.binance(settings(self.place))
        try:
            await client.load_markets()
            await self.market(client)
            await self.book(client)
            await self.user(client)
        finally:
            await client.close()

    async def told(self, watch: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
        """What a watch gives, while somebody trades, until it is what was wanted."""
        while True:
            waiting = asyncio.ensure_future(watch())
            while not waiting.done():
                await asyncio.wait([waiting], timeout=0.5)
                if not waiting.done():
                    self.other.trade("BUY", "0.02")
            try:
                given = waiting.result()
            except ccxt.NetworkError:
                continue  # it tells of a cut, and connects anew when it is asked again
            if wanted(given):
                return given

    async def market(self, client: ccxt.pro.binance) -> None:
        async with self.diary.waiting("trade stream"):
            trades = await self.told(lambda: client.watch_trades(UNIFIED), bool)
            assert trades[-1]["symbol"] == UNIFIED
        async with self.diary.waiting("aggregate trade stream"):
            trades = await self.told(lambda: client.watch_trades(UNIFIED, params={"name": "aggTrade"}), bool)
            assert trades[-1]["symbol"] == UNIFIED
        async with self.diary.waiting("candle stream"):
            candles = await self.told(lambda: client.watch_ohlcv(UNIFIED, "1m"), bool)
            assert candles[-1][3] <= candles[-1][4] <= candles[-1][2]
        async with self.diary.waiting("ticker stream"):
            ticker = await self.told(lambda: client.watch_ticker(UNIFIED), bool)
            assert ticker["low"] <= ticker["last"] <= ticker["high"]
        async with self.diary.waiting("best price stream"):
            best = await self.told(
                lambda: client.watch_bids_asks([UNIFIED]), lambda all_of_them: UNIFIED in all_of_them
            )
            assert 0 < best[UNIFIED]["bid"] < best[UNIFIED]["ask"]
        async with self.diary.waiting("market streams after a cut", seconds=90):
            with_cut = asyncio.ensure_future(client.watch_trades(UNIFIED))
            await asyncio.sleep(0.5)
            self.place.cut()
            await asyncio.gather(with_cut, return_exceptions=True)
            await self.told(lambda: client.watch_trades(UNIFIED), bool)

    async def book(self, client: ccxt.pro.binance) -> None:
        """While the market moves, its book must meet the REST API's."""
        async with self.diary.waiting("book kept from its stream", seconds=90):
            await client.watch_order_book(UNIFIED, 1000)
            while True:
                kept = await client.watch_order_book(UNIFIED, 1000)
                kept = [[list(level) for level in kept[side][:300]] for side in ("bids", "asks")]
                shown = await client.fetch_order_book(UNIFIED, 1000)
                if kept == [shown[side][:300] for side in ("bids", "asks")]:
                    break

    async def user(self, client: ccxt.pro.binance) -> None:
        async with self.diary.waiting("orders told", "balances told"):
            await self.order_told(client)
        async with self.diary.waiting("user data after a cut", seconds=90):
            waiting = asyncio.ensure_future(client.watch_orders(UNIFIED))
            await asyncio.sleep(0.5)
            self.place.cut()
            await asyncio.gather(waiting, return_exceptions=True)
            await self.order_told(client)
        self.diary.absent("it passes order lists over", "order lists told")

    async def order_told(self, client: ccxt.pro.binance) -> None:
        orders = asyncio.ensure_future(client.watch_orders(UNIFIED))
        balance = asyncio.ensure_future(client.watch_balance())
        await asyncio.sleep(1.5)  # until both are subscribed
        price = round(float(self.other.best()[0]) * 0.8, 2)
        placed = await client.create_order(UNIFIED, "limit", "buy", 0.01, price)
        told = {one["id"]: one for one in await orders}
        assert told[placed["id"]]["status"] == "open"
        assert (await balance)["USDT"]["used"] >= 0.01 * price * 0.999
        ended = asyncio.ensure_future(client.watch_orders(UNIFIED))
        await client.cancel_order(placed["id"], UNIFIED)
        while {one["id"]: one for one in await ended}.get(placed["id"], {}).get("status") != "canceled":
            ended = asyncio.ensure_future(client.watch_orders(UNIFIED))
