"""One symbol: its grid, its counters, and the orders that rest on it in two sorted lists.

Source: docs/rules/spot.md; slices: docs/rules/iceberg.md.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import groupby

from venus.model.average import Average
from venus.model.transfers import Digest
from venus.records.commands import (
    CONDITIONAL_TYPES,
    ListSymbol,
    OrderType,
    SelfTrade,
    SetSymbolRules,
    Side,
    TimeInForce,
)

UNLIMITED = 10**60
"""Lots or atoms where nothing limits them: more than any product of three int64, so what is taken is never missed."""


class State(Enum):
    """Where an order is."""

    TAKER = auto()  # on its way through the book, or not yet anywhere
    RESTS = auto()
    ABOVE = auto()  # waits for a last price at or above its trigger
    BELOW = auto()
    TRACKS = auto()
    QUEUED = auto()  # triggered, not yet activated
    PENDING = auto()  # a leg that its list has not started
    ENDED = auto()


WAITING = frozenset({State.ABOVE, State.BELOW, State.TRACKS, State.QUEUED})


@dataclass(slots=True)
class Order:
    id: int
    account: int
    symbol: int
    side: Side
    type: OrderType
    tif: TimeInForce
    stp: SelfTrade
    price_ticks: int  # 0: none of its own
    client: Digest
    original_lots: int
    executed_lots: int = 0
    remaining_lots: int = 0
    state: State = State.TAKER
    since: int = 0  # a number that grows: when it came to rest, to wait, to track; the last slice of an iceberg
    amends: int = 0
    list_id: int = 0  # 0: no leg
    display_lots: int = 0  # of an iceberg
    slice_lots: int = 0
    trigger_ticks: int = 0
    trail_bips: int = 0
    extreme_ticks: int = 0  # of one that tracks; 0: none yet
    peg: int = 0
    hold_price_ticks: int = 0  # what its hold is reckoned with: its price, while it rests
    locked_atoms: int = 0  # base that the working leg of an OPO bought for it

    @property
    def conditional(self) -> bool:
        return self.type in CONDITIONAL_TYPES

    @property
    def met_lots(self) -> int:
        """As many as one meeting in the book may take."""
        return self.slice_lots if self.display_lots else self.remaining_lots

    @property
    def hidden_lots(self) -> int:
        return self.remaining_lots - self.met_lots if self.state is State.RESTS else 0


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
    rules: SetSymbolRules | None = None
    average: Average = field(default_factory=Average)
    step_trades: list[tuple[int, int]] = field(default_factory=list)  # price and lots, since prices were looked at

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

    def hold_atoms(self, side: Side, price_ticks: int, lots: int) -> int:
        """What so many lots of an order hold at a price."""
        return self.notional_atoms(price_ticks, lots) if side is Side.BUY else self.base_atoms(lots)

    def rest(self, order: Order) -> None:
        insort(self.side(order.side), order, key=priority)

    def remove(self, order: Order) -> None:
        orders = self.side(order.side)
        del orders[next(i for i, other in enumerate(orders) if other is order)]

    def level_ticks(self, side: Side, behind: int) -> int | None:
        """Price of the level that many behind the best, if there is one."""
        prices = [price_ticks for price_ticks, _ in levels(self.side(side))]
        return prices[behind] if behind < len(prices) else None

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
    """Sorts one side of a book."""
    return (-order.price_ticks if order.side is Side.BUY else order.price_ticks), order.since


def levels(orders: list[Order]) -> Iterator[tuple[int, int]]:
    """Price in ticks and all lots at it, hidden ones too, from the best."""
    for price_ticks, at_price in groupby(orders, key=lambda order: order.price_ticks):
        yield price_ticks, sum(order.remaining_lots for order in at_price)


def crosses(side: Side, price_ticks: int, facing_price_ticks: int) -> bool:
    """Whether an order of this side and limit would trade at the price that it faces."""
    return price_ticks >= facing_price_ticks if side is Side.BUY else price_ticks <= facing_price_ticks
