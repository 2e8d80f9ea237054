"""Market data, folded so slowly that it is obvious: every trade is kept, every answer is computed from all of them.

Written from docs/rules/events.md and the calendar; it shares no code with the view.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from venus.records.batch import Batch
from venus.records.commands import ListAsset, ListSymbol, Side
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.units import NS_PER_S

DAY_NS = 86_400 * NS_PER_S


class SlowTrade(NamedTuple):
    """A trade, field for field as TRADE."""

    trade_id: int
    price_ticks: int
    lots: int
    time_ns: int
    taker_order_id: int
    symbol: int
    buyer_is_maker: int


class SlowMarket:
    """One symbol: every trade it ever had, its levels, and how often they changed."""

    def __init__(self, number: int, tick_lot_atoms: int, lot_atoms: int) -> None:
        self.number = number
        self.tick_lot_atoms = tick_lot_atoms
        self.lot_atoms = lot_atoms
        self.levels: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.update_id = 0
        self.trades: list[SlowTrade] = []

    def lot_hold_atoms(self, side: int, price_ticks: int) -> int:
        """What one lot of a resting order holds."""
        return price_ticks * self.tick_lot_atoms if side == Side.BUY else self.lot_atoms

    def change(self, side: int, price_ticks: int, lots: int) -> None:
        if lots:
            self.update_id += 1
            self.levels[side][price_ticks] = self.levels[side].get(price_ticks, 0) + lots

    def settle(self) -> None:
        for levels in self.levels:
            for price_ticks in [price for price, lots in levels.items() if lots == 0]:
                del levels[price_ticks]

    def depth(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return sorted(self.levels[Side.BUY].items(), reverse=True), sorted(self.levels[Side.SELL].items())

    def top(self) -> tuple[int, ...]:
        bids, asks = self.depth()
        return (self.update_id, *(bids or [(0, 0)])[0], *(asks or [(0, 0)])[0], self.number)

    def aggregates(self) -> list[tuple[int, ...]]:
        groups = groupby(self.trades, key=lambda trade: (trade.taker_order_id, trade.price_ticks))
        rows: list[tuple[int, ...]] = []
        for (order_id, price_ticks), group in groups:
            fills = list(group)
            lots = sum(fill.lots for fill in fills)
            ids = (fills[0].trade_id, fills[-1].trade_id)
            rest = (fills[0].time_ns, order_id, self.number, fills[0].buyer_is_maker)
            rows.append((len(rows) + 1, price_ticks, lots, *ids, *rest))
        return rows

    def sums(self, from_ns: int, before_ns: int) -> tuple[int, ...]:
        """Open, high, low, close, first id, trades, lots, quote, taker's buys in lots and quote, of a span of time."""
        first, after = (
            bisect_left(self.trades, time_ns, key=lambda trade: trade.time_ns) for time_ns in (from_ns, before_ns)
        )
        trades = self.trades[first:after]
        if not trades:
            return (*[self.trades[first - 1].price_ticks if first else 0] * 4, -1, 0, 0, 0, 0, 0)
        prices = [trade.price_ticks for trade in trades]
        shape = (prices[0], max(prices), min(prices), prices[-1], trades[0].trade_id, len(trades))
        bought = [trade for trade in trades if not trade.buyer_is_maker]
        return (*shape, *_lots_and_quote(trades), *_lots_and_quote(bought))

    def candles(self, interval: str, now_ns: int, zone_ns: int) -> list[tuple[int, ...]]:
        """All candles from the first trade to now."""
        rows = []
        open_ns = slow_open_ns(interval, self.trades[0].time_ns, zone_ns)
        while open_ns <= now_ns:
            after_ns = slow_after_ns(interval, open_ns, zone_ns)
            rows.append((open_ns, *self.sums(open_ns, after_ns)))
            open_ns = after_ns
        return rows


def _lots_and_quote(trades: list[SlowTrade]) -> tuple[int, int]:
    return sum(trade.lots for trade in trades), sum(trade.price_ticks * trade.lots for trade in trades)


def slow_open_ns(name: str, time_ns: int, zone_ns: int) -> int:
    """Where the candle of a moment opens, by the calendar."""
    local = datetime.fromtimestamp((time_ns + zone_ns) // NS_PER_S, UTC)
    midnight = local.replace(hour=0, minute=0, second=0)
    if name == "1M":
        opens = midnight.replace(day=1)
    elif name == "1w":
        opens = midnight - timedelta(days=local.weekday())
    elif name == "3d":
        opens = midnight - timedelta(days=(midnight - datetime(1970, 1, 1, tzinfo=UTC)).days % 3)
    else:
        units_s = {"s": 1, "m": 60, "h": 3600, "d": 86400}[name[-1]] * int(name[:-1])
        opens = local - timedelta(seconds=(local - midnight).seconds % units_s)
    return int(opens.timestamp()) * NS_PER_S - zone_ns


def slow_after_ns(name: str, open_ns: int, zone_ns: int) -> int:
    if name == "1M":
        return slow_open_ns(name, open_ns + 32 * DAY_NS, zone_ns)
    units_s = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}[name[-1]]
    return open_ns + int(name[:-1]) * units_s * NS_PER_S


class SlowMarketData:
    """All symbols; `time_ns` is the last frame's."""

    def __init__(self) -> None:
        self.markets: list[SlowMarket] = []
        self.scales: list[int] = []
        self.time_ns = 0

    def apply(self, batch: Batch) -> None:
        self.time_ns = batch.time_ns
        for event in unpack_events(batch.events.tobytes()):
            self._apply_event(batch, event)
        for market in self.markets:
            market.settle()

    def _apply_event(self, batch: Batch, event: Event) -> None:
        kind, side, price_ticks = event.kind, event.side, event.price_ticks
        is_new = not event.flags & EventFlag.REPEATED
        if kind == EventKind.ASSET_LISTED and is_new:
            assert isinstance(batch.cold, ListAsset)
            self.scales.append(batch.cold.scale)
        elif kind == EventKind.SYMBOL_LISTED and is_new:
            listing = batch.cold
            assert isinstance(listing, ListSymbol)
            tick_lot_atoms = listing.tick_atoms * listing.lot_atoms // 10 ** self.scales[listing.base_asset]
            self.markets.append(SlowMarket(len(self.markets), tick_lot_atoms, listing.lot_atoms))
        if event.symbol >= len(self.markets):
            return
        market = self.markets[event.symbol]
        hidden = event.maker_fee_atoms  # of any event but a trade
        if event.flags & (EventFlag.WAITING | EventFlag.PENDING):
            return  # in no book
        if kind in (EventKind.ACCEPTED, EventKind.TRIGGERED, EventKind.STARTED):
            market.change(side, price_ticks, event.remaining_lots - hidden)
        elif kind == EventKind.SHOWN:
            market.change(side, price_ticks, event.quantity_lots)
        elif kind == EventKind.CANCELED or (kind == EventKind.EXPIRED and not event.flags & EventFlag.TAKER_DONE):
            market.change(side, price_ticks, hidden - event.remaining_lots)
        elif kind == EventKind.AMENDED:
            by_hold = -event.hold_atoms // market.lot_hold_atoms(side, price_ticks) if not event.trade_id else 0
            market.change(side, price_ticks, hidden - (event.trade_id or by_hold))
        elif kind == EventKind.PREVENTED:
            market.change(1 - side, price_ticks, hidden - event.remaining_lots)
        elif kind == EventKind.TRADE:
            market.change(1 - side, price_ticks, -event.quantity_lots)
            amounts = (price_ticks, event.quantity_lots, batch.time_ns, event.order_id)
            market.trades.append(SlowTrade(event.trade_id, *amounts, market.number, int(side == Side.SELL)))
