"""What traders under rules 2 add to a plain order: triggers, trailing distances, slices, pegs; mostly right."""

from random import Random

from venus.records.commands import (
    DISPLAY_LOTS_MAX,
    PEG_OFFSET_MAX,
    PRICED_TYPES,
    TRAIL_BIPS_MAX,
    Command,
    OrderType,
    Side,
    TimeInForce,
    order_terms,
    peg_of,
)

STOPS = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
TAKES = (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
DISTANCES_BIPS = (10, 30, 100, 200, 300, 1_000)
ODD_DISTANCES_BIPS = (1, 3_000, 9_999, 10_000, TRAIL_BIPS_MAX)


class Terms:
    def __init__(self, random: Random) -> None:
        self._random = random

    def any_of(self, order: Command, near_ticks: int, spread_ticks: int) -> Command:
        """A plain order made into one with terms.

        near_ticks  where the market is
        """
        [kind] = self._random.choices(["conditional", "iceberg", "peg"], [60, 25, 15])
        if kind == "conditional":
            type_ = self._random.choice([*STOPS, *TAKES])
            return self.conditional(order, type_, near_ticks, spread_ticks)
        plain = order._replace(
            type=self._random.choice([OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER]),
            tif=TimeInForce.GTC,
            price_ticks=order.price_ticks or near_ticks,
            flags=0,
        )
        return self.iceberg(plain) if kind == "iceberg" else self.pegged(plain)

    def conditional(self, order: Command, type_: OrderType, near_ticks: int, spread_ticks: int) -> Command:
        random = self._random
        above = (type_ in STOPS) == (order.side == Side.BUY)
        away_ticks = random.randint(0, max(spread_ticks // 3, 1))
        if random.random() < 0.08:
            away_ticks = -away_ticks  # the market has been there already
        trigger_ticks = max(near_ticks + (away_ticks if above else -away_ticks), 1)
        distances_bips = DISTANCES_BIPS if random.random() < 0.92 else ODD_DISTANCES_BIPS
        trail_bips = random.choice(distances_bips) if random.random() < 0.35 else 0
        if trail_bips and random.random() < 0.6:
            trigger_ticks = 0
        if random.random() < 0.01:
            trigger_ticks = random.choice([-1, 2**60, 2**62])
        order = order._replace(
            type=type_,
            flags=0,
            tif=TimeInForce.GTC,
            price_ticks=0,
            target_hi=trigger_ticks,
            target_lo=order_terms(0, trail_bips),
        )
        if type_ not in PRICED_TYPES:
            return order
        about_ticks = trigger_ticks if 0 < trigger_ticks < 2**60 else near_ticks
        order = order._replace(
            price_ticks=max(about_ticks + random.randint(-spread_ticks, spread_ticks) // 2, 1),
            tif=random.choice([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]),
        )
        if random.random() < 0.25:
            order = self.pegged(order)
        if random.random() < 0.25:
            order = self.iceberg(order._replace(tif=order.tif if random.random() < 0.1 else TimeInForce.GTC))
        return order

    def iceberg(self, order: Command) -> Command:
        """Mostly of a few slices; at times one slice, too many, or more than there is."""
        random, lots = self._random, order.quantity
        shown_lots = random.choice([1, 2, lots // 3, lots // 2, lots // 4, lots - 1, lots, lots + 1, lots // 101])
        shown_lots = max(1, min(shown_lots, DISPLAY_LOTS_MAX))
        trail_bits = order.target_lo & ~DISPLAY_LOTS_MAX
        return order._replace(target_lo=trail_bits | shown_lots)

    def pegged(self, order: Command) -> Command:
        random = self._random
        market = order.type != OrderType.LIMIT_MAKER and random.random() < 0.35
        offset = random.choice([0, 0, 0, 1, 1, 2, PEG_OFFSET_MAX])
        keeps_price = random.random() < 0.4
        return order._replace(
            peg=peg_of(market=market, offset=offset), price_ticks=order.price_ticks if keeps_price else 0
        )
