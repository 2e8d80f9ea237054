"""A book kept from the depth stream, the way its documentation tells, is the engine's book.

Ten thousand random orders go through the REST door at once from several accounts, while a book is kept from snapshot
and updates; afterwards both must agree level for level. Nothing of our own code is between the stream and the book.
"""

import asyncio
import json
from decimal import Decimal
from random import Random
from typing import Any

import uvloop
from websockets.asyncio.client import connect

from tests.doors.local_book import LocalBook, keep, levels
from venus.testing.rest_client import Reply, RestClient
from venus.testing.running import RunningExchange

SYMBOL = "BTCUSDT"
ORDERS = 10_000
ACCOUNTS = 8
OPEN_MAX = 30  # of one account: a symbol allows 200, and these accounts made the book
SEED = 20_240_817
PATIENCE_S = 100
QUIET_S = 0.5


class Trader:
    """Sends whatever comes to its mind around a price; remembers what it has resting."""

    def __init__(self, client: RestClient, random: Random, middle: Decimal) -> None:
        self.client = client
        self.random = random
        self.middle = middle
        self.open: dict[int, Decimal] = {}
        self.done: dict[str, int] = {}

    async def act(self) -> None:
        choice = self.random.random()
        if self.open and (choice < 0.35 or len(self.open) >= OPEN_MAX):
            order_id = self.random.choice(list(self.open))
            await (self._amend(order_id) if choice < 0.1 else self._cancel(order_id))
        elif choice < 0.5:
            await self._place(type="MARKET", quantity=self._quantity())
        else:
            away = Decimal(round(self.random.gauss(0, 60)))
            tif = self.random.choice(["GTC", "GTC", "GTC", "IOC", "FOK"])
            await self._place(type="LIMIT", timeInForce=tif, quantity=self._quantity(), price=self.middle + away)

    def _quantity(self) -> Decimal:
        return Decimal(self.random.randint(20, 4_000)) / 100_000

    async def _place(self, **order: object) -> None:
        side = self.random.choice(["BUY", "SELL"])
        reply = await self.client.ask("POST", "order", symbol=SYMBOL, side=side, newOrderRespType="RESULT", **order)
        self._count(f"{order['type']} {reply.json.get('status')}", reply)
        if reply.json["status"] in ("NEW", "PARTIALLY_FILLED"):
            self.open[reply.json["orderId"]] = Decimal(reply.json["origQty"])

    async def _cancel(self, order_id: int) -> None:
        del self.open[order_id]
        reply = await self.client.ask("DELETE", "order", symbol=SYMBOL, orderId=order_id)
        self._count("cancel", reply, -2011)  # filled since, or withdrawn by self-trade prevention

    async def _amend(self, order_id: int) -> None:
        lots = int(self.open[order_id] * 100_000)
        smaller = Decimal(self.random.randint(lots // 2, lots - 1)) / 100_000
        reply = await self.client.ask(
            "PUT", "order/amend/keepPriority", symbol=SYMBOL, orderId=order_id, newQty=smaller
        )
        self._count("amend", reply, -2038, -1013)  # gone since, or filled beyond what it was to be reduced to
        if reply.status == 200:
            self.open[order_id] = smaller
        else:
            del self.open[order_id]

    def _count(self, what: str, reply: Reply, *refusals: int) -> None:
        """Refused are only those that came too late."""
        if reply.status != 200:
            assert reply.json["code"] in refusals, reply
            what = f"{what} too late"
        self.done[what] = self.done.get(what, 0) + 1


def test_a_book_kept_from_the_stream_is_the_engines(own_exchange: RunningExchange) -> None:
    own_exchange.start()
    uvloop.run(trade_and_compare(own_exchange))


async def trade_and_compare(exchange: RunningExchange) -> None:
    keys = json.loads((exchange.data / "keys" / "participants.json").read_text())
    clients = [await RestClient.connect(exchange.rest, one) for one in list(keys.values())[:ACCOUNTS]]
    book = (await clients[0].ask_public("depth", symbol=SYMBOL, limit=5)).json
    traders = [Trader(client, Random(SEED + i), Decimal(book["bids"][0][0])) for i, client in enumerate(clients)]

    async def trade(trader: Trader) -> None:
        for _ in range(ORDERS // ACCOUNTS):
            await trader.act()

    async with asyncio.timeout(PATIENCE_S), connect(f"{exchange.ws}/{SYMBOL.lower()}@depth@100ms") as stream:
        trading = asyncio.gather(*(trade(trader) for trader in traders))
        first = await stream.recv()
        # Taken in the middle of everything, while updates go on arriving.
        local = LocalBook((await own_connection(exchange, keys)).json)
        keeping = asyncio.ensure_future(keep(local, first, stream))
        await trading
        last = (await clients[0].ask_public("depth", symbol=SYMBOL, limit=5000)).json
        while local.last_id < last["lastUpdateId"]:
            await asyncio.sleep(0.01)
            if keeping.done():
                keeping.result()
        await asyncio.sleep(QUIET_S)  # nothing may follow the last order
        keeping.cancel()
    for client in clients:
        client.close()
    assert local.last_id == last["lastUpdateId"]
    assert local.levels() == levels(last)
    done = {what: sum(one.done.get(what, 0) for one in traders) for trader in traders for what in trader.done}
    assert sum(done.values()) == ORDERS
    assert local.updates > 10
    for what in ("LIMIT NEW", "LIMIT FILLED", "LIMIT EXPIRED", "MARKET FILLED", "cancel", "amend"):
        assert done[what] > ORDERS // 200, done
    print(f"{local.updates} updates, {len(last['bids'])} bids, {len(last['asks'])} asks; {done}")


async def own_connection(exchange: RunningExchange, keys: dict[str, dict[str, str]]) -> Any:
    client = await RestClient.connect(exchange.rest, next(iter(keys.values())))
    try:
        return await client.ask_public("depth", symbol=SYMBOL, limit=5000)
    finally:
        client.close()
