"""Drives a running exchange with a recorded market, through the front door, so that its book becomes the recording's.

One account stands for all who rested orders in the recording and one for all who took them. After every depth event
the exchange's book is the recording's; between them every recorded trade is traded at its price, which may need orders
in its way to go or an order to be there first: the next depth event puts that right.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from venus.testing.recordings import Book, Changes, Level, Line, Malformed, Order, Other, Recording, Trade
from venus.testing.rest_client import RestClient

MAKER, TAKER = "recording-maker", "recording-taker"
_NOTHING = Decimal(0)
_AT_ONCE = 32
_SPREAD_OUT_S_MIN = 0.002
_PROGRESS_LINES = 50


class Refused(Exception):
    """The exchange refused what the recording needs; the replay cannot be right from here on."""


class Door:
    """Signed requests of one account, over as many connections as it has requests under way."""

    def __init__(self, rest: str, keys: Mapping[str, str], symbol: str) -> None:
        self._rest = rest
        self._keys = keys
        self._symbol = symbol
        self._idle: list[RestClient] = []

    async def order(self, side: str, price: Decimal, quantity: Decimal, time_in_force: str) -> dict[str, Any]:
        return await self._ask(
            "POST",
            "order",
            side=side,
            type="LIMIT",
            timeInForce=time_in_force,
            price=f"{price:f}",
            quantity=f"{quantity:f}",
            newOrderRespType="FULL",
            selfTradePreventionMode="NONE",  # one account stands for many
        )

    async def cancel(self, order_id: int) -> None:
        await self._ask("DELETE", "order", orderId=order_id)

    async def reduce(self, order_id: int, quantity: Decimal) -> None:
        await self._ask("PUT", "order/amend/keepPriority", orderId=order_id, newQty=f"{quantity:f}")

    def close(self) -> None:
        for client in self._idle:
            client.close()

    async def _ask(self, method: str, path: str, **fields: object) -> dict[str, Any]:
        client = await self._connected()
        try:
            reply = await client.ask(method, path, symbol=self._symbol, **fields)
        except BaseException:
            client.close()  # an answer may still be on its way to it
            raise
        self._idle.append(client)
        if reply.status != 200:
            raise Refused(f"{method} {path} {fields}: {reply.json}")
        answer: dict[str, Any] = reply.json
        return answer

    async def _connected(self) -> RestClient:
        """The connection used last, if the server has not cut it as idle; else a new one."""
        while self._idle:
            client = self._idle.pop()
            if not client.ended:
                return client
        return await RestClient.connect(self._rest, self._keys)


class Resting:
    """One order of ours on the book."""

    __slots__ = ("order_id", "original", "remaining")

    def __init__(self, order_id: int, original: Decimal, remaining: Decimal) -> None:
        self.order_id = order_id
        self.original = original
        self.remaining = remaining


class Side:
    """One side of the recording's book, and our orders that make it so on the exchange."""

    def __init__(self, door: Door, name: str) -> None:
        self.wanted: dict[Decimal, Decimal] = {}
        self.ours: dict[Decimal, deque[Resting]] = {}
        self.touched: set[Decimal] = set()  # prices at which our orders changed since the last depth event
        self.name = name
        self._door = door

    def total(self, price: Decimal) -> Decimal:
        return sum((resting.remaining for resting in self.ours.get(price, ())), _NOTHING)

    def prices_inside(self, price: Decimal) -> list[Decimal]:
        """Prices of ours that a taker would meet before this one."""
        return [own for own in self.ours if (own > price if self.name == "BUY" else own < price)]

    async def lessen(self, price: Decimal, to: Decimal) -> None:
        """Take off from the youngest orders until no more than `to` rests at a price."""
        self.touched.add(price)
        queue = self.ours.get(price, deque())
        surplus = self.total(price) - to
        while surplus > 0:
            last = queue[-1]
            if last.remaining <= surplus:
                queue.pop()
                surplus -= last.remaining
                await self._door.cancel(last.order_id)
            else:
                last.original -= surplus
                last.remaining -= surplus
                surplus = _NOTHING
                await self._door.reduce(last.order_id, last.original)
        if not queue:
            self.ours.pop(price, None)

    async def add_up(self, price: Decimal, to: Decimal) -> None:
        """Rest what is missing to `to` at a price."""
        self.touched.add(price)
        missing = to - self.total(price)
        if missing > 0:
            placed = await self._door.order(self.name, price, missing, "GTC")
            if placed["status"] != "NEW":
                raise Refused(f"an order that should rest at {price} is {placed['status']}")
            self.ours.setdefault(price, deque()).append(Resting(placed["orderId"], missing, missing))

    def filled(self, price: Decimal, quantity: Decimal) -> None:
        """A taker took so much at a price: the oldest first."""
        self.touched.add(price)
        queue = self.ours[price]
        while quantity > 0:
            first = queue[0]
            taken = min(first.remaining, quantity)
            first.remaining -= taken
            quantity -= taken
            if first.remaining == 0:
                queue.popleft()
        if not queue:
            del self.ours[price]


class MarketReplay:
    """`counts` tells what was read and done; `malformed` the numbers and reasons of lines that say nothing.

    rest: "http://HOST:PORT" of the exchange; keys: of MAKER and TAKER; `after_depth` is awaited after each depth event.
    """

    def __init__(self, rest: str, keys: Mapping[str, Mapping[str, str]], symbol: str) -> None:
        self._maker, self._taker = (Door(rest, keys[name], symbol) for name in (MAKER, TAKER))
        self.bids, self.asks = Side(self._maker, "BUY"), Side(self._maker, "SELL")
        self.counts: Counter[str] = Counter()
        self.malformed: list[tuple[int, str]] = []
        self.after_depth: Callable[[MarketReplay], Awaitable[None]] | None = None
        self._book_id: int | None = None
        self._early: list[Changes] = []
        self._orders: dict[str, tuple[Side, Decimal, int, Decimal]] = {}

    async def run(self, recording: Recording, speed: float | None, progress: Callable[[int, int], None]) -> None:
        """Play every line; `speed` 1 is as it was, None as fast as it goes.

        Raises Refused, Unreadable, and ConnectionEnded or OSError if the exchange cannot be reached.
        """
        started_s, first_ns = time.monotonic(), 0
        for number, line in recording.lines:
            if isinstance(line, Malformed):
                self.malformed.append((number, line.why))
            elif not isinstance(line, Other) and speed:
                first_ns = first_ns or line.time_ns
                wait_s = started_s + (line.time_ns - first_ns) / 1e9 / speed - time.monotonic()
                if wait_s > _SPREAD_OUT_S_MIN:
                    await asyncio.sleep(wait_s)
            self.counts[f"lines: {type(line).__name__.lower()}"] += 1
            await self._play(line)
            if number % _PROGRESS_LINES == 0:
                progress(number, recording.lines_count)

    def close(self) -> None:
        self._maker.close()
        self._taker.close()

    async def _play(self, line: Line) -> None:
        match line:
            case Book():
                await self._play_book(line)
            case Changes():
                await self._play_changes(line)
            case Trade():
                await self._play_trade(line)
            case Order():
                await self._play_order(line)

    # Depth

    async def _play_book(self, book: Book) -> None:
        """The snapshot: from here on the changes that it does not hold yet apply."""
        for side, levels in ((self.bids, book.bids), (self.asks, book.asks)):
            side.wanted = {Decimal(price): Decimal(quantity) for price, quantity in levels}
        self._book_id = book.last_update_id
        await self._settle({*self.bids.wanted, *self.bids.ours}, {*self.asks.wanted, *self.asks.ours})
        early, self._early = self._early, []
        for changes in early:
            await self._play_changes(changes)

    async def _play_changes(self, changes: Changes) -> None:
        if self._book_id is None:
            self._early.append(changes)
            return
        if changes.last_id <= self._book_id:
            self.counts["depth events older than the book"] += 1
            return
        if changes.first_id > self._book_id + 1:
            self.counts["gaps in the recording"] += 1
        self._book_id = changes.last_id
        _apply(self.bids.wanted, changes.bids)
        _apply(self.asks.wanted, changes.asks)
        # What trades have moved since the last event is put right too, whether this event names it or not.
        await self._settle({*_prices(changes.bids), *self.bids.touched}, {*_prices(changes.asks), *self.asks.touched})
        self.counts["depth events played"] += 1
        if self.after_depth is not None:
            await self.after_depth(self)

    async def _settle(self, bids: set[Decimal], asks: set[Decimal]) -> None:
        """Make our orders at these prices what is wanted: first less, then more, so that nothing crosses on the way."""
        both = [(self.bids, price) for price in bids] + [(self.asks, price) for price in asks]
        await _all(side.lessen(price, side.wanted.get(price, _NOTHING)) for side, price in both)
        await _all(side.add_up(price, side.wanted.get(price, _NOTHING)) for side, price in both)
        self.bids.touched.clear()
        self.asks.touched.clear()

    # Trades

    async def _play_trade(self, trade: Trade) -> None:
        price, quantity = Decimal(trade.price), Decimal(trade.quantity)
        met, across = (self.asks, self.bids) if trade.taker_buys else (self.bids, self.asks)
        if quantity == 0:
            self.counts["trades of nothing"] += 1
            return
        await _all(met.lessen(inside, _NOTHING) for inside in met.prices_inside(price))
        crossing = [own for own in across.ours if (own >= price if across.name == "BUY" else own <= price)]
        await _all(across.lessen(own, _NOTHING) for own in crossing)
        await met.add_up(price, max(quantity, met.total(price)))
        done = await self._taker.order("BUY" if trade.taker_buys else "SELL", price, quantity, "IOC")
        if Decimal(done["executedQty"]) != quantity or any(Decimal(fill["price"]) != price for fill in done["fills"]):
            raise Refused(f"a recorded trade of {quantity} at {price} became {done}")
        met.filled(price, quantity)
        self.counts["trades played"] += 1

    # Orders one by one

    async def _play_order(self, order: Order) -> None:
        self.counts[f"orders {order.action}"] += 1
        if order.action == "created":
            await self._create(order)
        elif order.order_id in self._orders:
            await self._correct(order)
        else:
            self.counts["orders that were there before the recording"] += 1

    async def _create(self, order: Order) -> None:
        price, quantity = Decimal(order.price), Decimal(order.quantity)
        if quantity == 0 or price == 0:
            self.counts["orders of nothing"] += 1
            return
        side = self.bids if order.buys else self.asks
        placed = await self._maker.order(side.name, price, quantity, "GTC")
        self.counts["trades made by crossing orders"] += len(placed["fills"])
        self._orders[order.order_id] = (side, price, placed["orderId"], quantity)

    async def _correct(self, order: Order) -> None:
        """What is recorded of an order holds: ours is reduced or withdrawn, unless it was filled already."""
        side, price, ours, original = self._orders[order.order_id]
        left = Decimal(order.quantity) if order.action == "changed" else _NOTHING
        try:
            if left == 0:
                del self._orders[order.order_id]
                await self._maker.cancel(ours)
            elif left < original:
                await self._maker.reduce(ours, left)
                self._orders[order.order_id] = (side, price, ours, left)
        except Refused:
            # It met another order here, as it did there: what the recording reports is the trade that we have had.
            self.counts["orders already filled here"] += 1


def _apply(book: dict[Decimal, Decimal], levels: list[Level]) -> None:
    for price, quantity in levels:
        if Decimal(quantity) == 0:
            book.pop(Decimal(price), None)
        else:
            book[Decimal(price)] = Decimal(quantity)


def _prices(levels: list[Level]) -> Iterable[Decimal]:
    return (Decimal(price) for price, _ in levels)


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Run side by side, a bounded number at a time; the first error ends it."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Awaitable[None]) -> None:
        async with gate:
            await item

    try:
        async with asyncio.TaskGroup() as group:
            for item in work:
                group.create_task(one(item))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
