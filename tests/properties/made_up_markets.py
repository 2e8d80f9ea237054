"""Events of markets that nobody matched: what rests and who meets whom is drawn from a seed, extremes included.

They obey docs/rules/events.md, and reach prices, quantities and times that a stream of orders rarely does.
"""

from random import Random
from typing import NamedTuple

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import COMMAND, ColdCommand, ListAsset, ListSymbol, Side
from venus.records.events import EVENT, EventFlag, EventKind
from venus.units import NS_PER_S
from venus.views.candles import DAY_NS, HOUR_NS, MINUTE_NS

NO_COMMANDS = np.zeros(0, COMMAND)
START_NS = 1_709_164_800 * NS_PER_S  # 2024-02-29 00:00, a Thursday


def _listing(code: str, base: int, tick_atoms: int, lot_atoms: int) -> ListSymbol:
    figures = dict.fromkeys(ListSymbol.__struct_fields__, 1) | {"reference": code, "code": code}
    figures |= {"base_asset": base, "quote_asset": 0, "tick_atoms": tick_atoms, "lot_atoms": lot_atoms}
    return ListSymbol(**figures)


class Listed(NamedTuple):
    """K and B of a symbol, and the prices and quantities that its orders have here."""

    tick_lot_atoms: int
    lot_atoms: int
    prices: tuple[int, int]
    lots: tuple[int, int]


LISTINGS: tuple[ColdCommand, ...] = (
    ListAsset(reference="Q", code="Q", scale=2),
    ListAsset(reference="B", code="B", scale=8),
    ListAsset(reference="W", code="W", scale=0),
    _listing("BQ", 1, tick_atoms=3 * 10**8, lot_atoms=5),
    _listing("DEAR", 2, tick_atoms=1, lot_atoms=1),
    _listing("MANY", 2, tick_atoms=1, lot_atoms=1),
)
MARKETS = (
    Listed(15, 5, (90, 110), (1, 40)),
    Listed(1, 1, (2**59 - 9, 2**59), (1, 8)),  # price × lots up to the largest notional there is
    Listed(1, 1, (1, 4), (1, 2**60)),
)


class Resting(NamedTuple):
    symbol: int
    side: int
    price_ticks: int
    lots: int


class MadeUp:
    """Events that a core could have given, though nobody matched anything: what rests is drawn at random."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.resting: list[Resting] = []
        self.trades_count = [0] * len(MARKETS)
        self.orders_count = 0

    def command(self) -> list[dict[str, int]]:
        """Events of one command."""
        what = self.chance.random()
        if what < 0.45 or not self.resting:
            return self._order()
        if what < 0.7:
            return self._take()
        order = self.resting.pop(self.chance.randrange(len(self.resting)))
        facts = {"symbol": order.symbol, "side": order.side, "price_ticks": order.price_ticks}
        if what < 0.8 and order.lots > 1:
            return [self._amend(order, facts)]
        if what < 0.92:
            return [facts | {"kind": EventKind.CANCELED, "remaining_lots": order.lots}]
        if what < 0.97:
            return [facts | {"kind": EventKind.EXPIRED, "remaining_lots": order.lots}]
        self.resting.append(order)
        return [self.chance.choice(({"kind": EventKind.REJECTED}, {"kind": EventKind.TRANSFERRED})) | {"symbol": 77}]

    def _order(self) -> list[dict[str, int]]:
        symbol, side = self.chance.randrange(len(MARKETS)), self.chance.randrange(2)
        price_ticks, lots = (self.chance.randint(*bounds) for bounds in MARKETS[symbol][2:])
        order = Resting(symbol, side, price_ticks, lots)
        if sum(other.lots for other in self.resting if other[:3] == order[:3]) + lots < 2**62:
            self.resting.append(order)
            return [self._accepted(order, lots)]
        return [self._accepted(order, 0), self._expired(order)]

    def _accepted(self, order: Resting, rests_lots: int) -> dict[str, int]:
        self.orders_count += 1
        facts = {"kind": EventKind.ACCEPTED, "order_id": self.orders_count, "quantity_lots": order.lots}
        facts |= {"symbol": order.symbol, "side": order.side, "price_ticks": order.price_ticks}
        return facts | {"remaining_lots": rests_lots}

    def _expired(self, order: Resting) -> dict[str, int]:
        facts = {"kind": EventKind.EXPIRED, "order_id": self.orders_count, "flags": EventFlag.TAKER_DONE}
        facts |= {"symbol": order.symbol, "side": order.side, "price_ticks": order.price_ticks}
        return facts | {"remaining_lots": order.lots}

    def _take(self) -> list[dict[str, int]]:
        """An order that meets some of those on one side, and may rest itself in the end."""
        first = self.chance.choice(self.resting)
        makers = [order for order in self.resting if order[:2] == first[:2]]
        own = Resting(first.symbol, 1 - first.side, first.price_ticks, 1)
        rests = self.chance.random() < 0.2
        events = [self._accepted(own, int(rests))]
        for maker in self.chance.sample(makers, min(len(makers), self.chance.randint(1, 4))):
            self.resting.remove(maker)
            taken_lots = self.chance.choice((maker.lots, self.chance.randint(1, maker.lots)))
            facts = {"symbol": own.symbol, "side": own.side, "price_ticks": maker.price_ticks}
            facts |= {"order_id": self.orders_count}
            if self.chance.random() < 0.2:
                taken_lots = self.chance.choice((0, taken_lots))
                events.append(facts | {"kind": EventKind.PREVENTED, "quantity_lots": 7, "remaining_lots": taken_lots})
            else:
                self.trades_count[own.symbol] += 1
                facts |= {"trade_id": self.trades_count[own.symbol], "quantity_lots": taken_lots}
                events.append(facts | {"kind": EventKind.TRADE, "remaining_lots": 9})
            if taken_lots < maker.lots:
                self.resting.append(maker._replace(lots=maker.lots - taken_lots))
        if rests:
            self.resting.append(own)
        elif self.chance.random() < 0.5:
            events.append(self._expired(own))
        return events

    def _amend(self, order: Resting, facts: dict[str, int]) -> dict[str, int]:
        left_lots = self.chance.randint(1, order.lots - 1)
        self.resting.append(order._replace(lots=left_lots))
        freed_lots = order.lots - left_lots
        listed = MARKETS[order.symbol]
        lot_hold_atoms = order.price_ticks * listed.tick_lot_atoms if order.side == Side.BUY else listed.lot_atoms
        hold_atoms = -freed_lots * lot_hold_atoms
        return facts | {"kind": EventKind.AMENDED, "remaining_lots": left_lots, "hold_atoms": hold_atoms}


def events_of(facts: list[dict[str, int]]) -> np.ndarray:
    events = np.zeros(len(facts), EVENT)
    for row, event in enumerate(facts):
        for name, value in event.items():
            events[name][row] = value
    events.flags.writeable = False  # as those read from a frame are
    return events


def cold_batches(commands: tuple[ColdCommand, ...], time_ns: int) -> list[Batch]:
    """Listings, each of them twice: the second time is a retry."""
    batches = []
    assets_count = symbols_count = 0
    for command in commands:
        is_asset = isinstance(command, ListAsset)
        kind = EventKind.ASSET_LISTED if is_asset else EventKind.SYMBOL_LISTED
        for flags in (EventFlag.NONE, EventFlag.REPEATED):
            outcome = {"kind": kind, "symbol": assets_count if is_asset else symbols_count, "flags": flags}
            batches.append(Batch(len(batches), time_ns, 0, NO_COMMANDS, b"", command, events_of([outcome])))
        assets_count += is_asset
        symbols_count += not is_asset
    return batches


def made_up_batches(seed: int) -> list[Batch]:
    """A hundred frames at a pace of their own, from a nanosecond to a month apart."""
    chance = Random(seed)
    made_up = MadeUp(chance)
    batches = cold_batches(LISTINGS, START_NS)
    time_ns = START_NS
    pace_ns = chance.choice((1, NS_PER_S // 3, 20 * NS_PER_S, 25 * MINUTE_NS, 9 * HOUR_NS, 12 * DAY_NS))
    for _ in range(100):
        time_ns += chance.choice((0, 1, chance.randrange(pace_ns + 1), chance.randrange(3 * pace_ns + 1)))
        facts = [event for _ in range(chance.randint(1, 12)) for event in made_up.command()]
        batches.append(Batch(len(batches), time_ns, 0, NO_COMMANDS, b"", None, events_of(facts)))
    return batches
