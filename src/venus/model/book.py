"""One symbol: its grid, its counters, and the orders that rest on it in two sorted lists.

Source: docs/rules/spot.md.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from venus.model.transfers import Digest
from venus.records.commands import ListSymbol, OrderType, SelfTrade, Side, TimeInForce

UNLIMITED = 10**60
"""Lots or atoms where nothing limits them: more than any product of three int64, so what is taken is never missed."""


@dataclass(slots=True)
class Order:
    id: int
    account: int
    symbol: int
    side: Side
    type: OrderType
    tif: TimeInForce
    stp: SelfTrade
    price_ticks: int
    client: Digest
    original_lots: int
    executed_lots: int
    remaining_lots: int


@dataclass(slots=True)
class Book:
    """`bids` and `asks` are in the order of priority: best price first, within a price the oldest first."""

    number: int
    listing: ListSymbol
    quote_atoms_per_lot_tick: int  # K of the rules; B is listing.lot_atoms
    halted: bool = False
    next_trade_id: int = 1
    next_prevented_id: int = 1
    last_price_ticks: int = 0  # 0: no trade yet
    bids: list[Order] = field(default_factory=list)
    asks: list[Order] = field(default_factory=list)

    def side(self, side: Side) -> list[Order]:
        return self.bids if side is Side.BUY else self.asks

    def facing(self, side: Side) -> list[Order]:
        """The orders that an order of this side would meet."""
        return self.asks if side is Side.BUY else self.bids

    def notional_atoms(self, price_ticks: int, lots: int) -> int:
        return price_ticks * lots * self.quote_atoms_per_lot_tick

    def base_atoms(self, lots: int) -> int:
        return lots * self.listing.lot_atoms

    def pays(self, side: Side) -> int:
        """The asset that an order of this side gives away, and holds while it rests."""
        return self.listing.quote_asset if side is Side.BUY else self.listing.base_asset

    def hold_atoms(self, order: Order, lots: int) -> int:
        """What so many of its lots hold while they rest."""
        return self.notional_atoms(order.price_ticks, lots) if order.side is Side.BUY else self.base_atoms(lots)

    def rest(self, order: Order) -> None:
        insort(self.side(order.side), order, key=priority)

    def remove(self, order: Order) -> None:
        orders = self.side(order.side)
        del orders[next(i for i, other in enumerate(orders) if other is order)]

    def sweep(self, side: Side, lots: int, budget_atoms: int) -> tuple[int, int]:
        """Lots and cost in quote atoms that a MARKET order of this side would take, everyone's orders counted.

        lots, budget_atoms  UNLIMITED where the order has no such limit
        """
        swept_lots = cost_atoms = 0
        for price_ticks, level_lots in levels(self.facing(side)):
            affordable_lots = (budget_atoms - cost_atoms) // self.notional_atoms(price_ticks, 1)
            take_lots = min(level_lots, lots - swept_lots, affordable_lots)
            swept_lots += take_lots
            cost_atoms += self.notional_atoms(price_ticks, take_lots)
            if take_lots < level_lots:
                break
        return swept_lots, cost_atoms


def priority(order: Order) -> tuple[int, int]:
    """Sorts one side of a book. Order ids are given in time and an order rests at once or never, so id is time."""
    return (-order.price_ticks if order.side is Side.BUY else order.price_ticks), order.id


def levels(orders: list[Order]) -> Iterator[tuple[int, int]]:
    """Price in ticks and all lots at it, from the best."""
    for price_ticks, at_price in groupby(orders, key=lambda order: order.price_ticks):
        yield price_ticks, sum(order.remaining_lots for order in at_price)


def crosses(side: Side, price_ticks: int, facing_price_ticks: int) -> bool:
    """Whether an order of this side and limit would trade at the price that it faces."""
    return price_ticks >= facing_price_ticks if side is Side.BUY else price_ticks <= facing_price_ticks
