"""Simulated participants of a sandbox: they keep its books alive, through the same door and limits as everyone.

Each has an idea of every symbol's fair price, which wanders; it takes what is offered beyond that, and else rests an
order near it and withdraws an older one. Drawn from a seed, but not repeatable: what they meet is what others did.
"""

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import structlog

from venus.sdk.connection import signed_query
from venus.testing.sandbox_market import COIN_LISTINGS, LISTINGS, Listing

_LISTINGS = (*LISTINGS, *COIN_LISTINGS)
_PAUSE_S = 2.0  # of one participant between two actions, in the mean
_LOOK_S = 0.5
_OWN_ORDERS_MAX = 24  # of one participant on one symbol, besides those that the sandbox began with
_WANDER = 0.00025
_log = structlog.get_logger("participants")


@contextmanager
def undeterred(name: str) -> Iterator[None]:
    """A fault that was meant for a bot, a connection that was cut: they try again, and the sandbox goes on."""
    try:
        yield
    except httpx.HTTPError as failure:
        _log.debug("not done", participant=name, why=str(failure))


class Market:
    """What all of them look at: best prices, and fair ones that wander around them."""

    def __init__(self, http: httpx.AsyncClient, chance: random.Random) -> None:
        self._http = http
        self._chance = chance
        self.best: dict[str, tuple[float, float]] = {}
        self.fair: dict[str, float] = {}

    async def look(self) -> None:
        reply = await self._http.get("/api/v3/ticker/bookTicker")
        for row in reply.raise_for_status().json():
            bid, ask = float(row["bidPrice"]), float(row["askPrice"])
            if bid > 0 and ask > 0:
                self.best[row["symbol"]] = bid, ask
                self.fair.setdefault(row["symbol"], (bid + ask) / 2)

    def wander(self) -> None:
        for code in self.fair:
            self.fair[code] *= math.exp(self._chance.gauss(0.0, _WANDER))
        if {"BTCUSDT", "ETHUSDT", "ETHBTC"} <= self.fair.keys():
            self.fair["ETHBTC"] = self.fair["ETHUSDT"] / self.fair["BTCUSDT"]

    async def keep_looking(self) -> None:
        while True:
            with undeterred("the market"):
                await self.look()
            self.wander()
            await asyncio.sleep(_LOOK_S)


class Participant:
    """One account."""

    def __init__(self, name: str, keys: Mapping[str, str], market: Market, http: httpx.AsyncClient, seed: int) -> None:
        self._name = name
        self._key = keys["apiKey"]
        self._secret = keys["secret"].encode()
        self._market = market
        self._http = http
        self._chance = random.Random(f"{seed}:{name}")
        self._resting: dict[str, deque[int]] = {listing.code: deque() for listing in _LISTINGS}

    async def live(self) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / _PAUSE_S))
            with undeterred(self._name):
                await self._act(self._chance.choice(_LISTINGS))

    async def _act(self, listing: Listing) -> None:
        if listing.code not in self._market.best:
            return
        bid, ask = self._market.best[listing.code]
        fair = self._market.fair[listing.code]
        resting = self._resting[listing.code]
        if fair > ask or fair < bid:
            await self._order(listing, "BUY" if fair > ask else "SELL", fair, "IOC")
            return
        side = self._chance.choice(("BUY", "SELL"))
        away = abs(self._chance.gauss(0.0, 0.0006)) * fair
        order = await self._order(listing, side, fair - away if side == "BUY" else fair + away, "GTC")
        if order is not None and order["status"] in ("NEW", "PARTIALLY_FILLED"):
            resting.append(order["orderId"])
        if len(resting) > _OWN_ORDERS_MAX:
            await self._signed("DELETE", {"symbol": listing.code, "orderId": resting.popleft()})

    async def _order(self, listing: Listing, side: str, price: float, time_in_force: str) -> dict | None:
        decimals = len(listing.tick.partition(".")[2])
        lot_decimals = len(listing.lot.partition(".")[2])
        quantity = listing.typical_quantity * self._chance.lognormvariate(-0.5, 0.7)
        return await self._signed(
            "POST",
            {
                "symbol": listing.code,
                "side": side,
                "type": "LIMIT",
                "timeInForce": time_in_force,
                "price": f"{price:.{decimals}f}",
                "quantity": f"{max(quantity, 12 / 515):.{lot_decimals}f}",
                "newOrderRespType": "RESULT",
            },
        )

    async def _signed(self, method: str, fields: dict[str, object]) -> dict | None:
        query = signed_query(self._secret, fields, time.time_ns())
        url = f"/api/v3/order?{query}"
        reply = await self._http.request(method, url, headers={"X-MBX-APIKEY": self._key})
        if reply.is_success:
            return reply.json()
        # An order that was filled meanwhile cannot be cancelled, funds run out: a market's daily life.
        _log.debug("refused", participant=self._name, reply=reply.text)
        return None


async def trade(rest: str, keys: Mapping[str, Mapping[str, str]], seed: int) -> None:
    """Trade until cancelled."""
    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncClient(base_url=rest, timeout=30.0, limits=limits) as http, asyncio.TaskGroup() as group:
        market = Market(http, random.Random(seed))
        group.create_task(market.keep_looking())
        for name, own in keys.items():
            group.create_task(Participant(name, own, market, http, seed).live())
