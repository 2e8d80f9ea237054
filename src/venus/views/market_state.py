"""The arrays of market data: what the kernels fold into, given room as it fills, taken to snapshots and back."""

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import ListAsset, ListSymbol
from venus.records.events import EventFlag, EventKind
from venus.records.record_copies import put_records
from venus.units import NS_PER_S
from venus.views.candles import CANDLE, DAY_NS, INTERVALS_COUNT, MINUTE_NS, Interval, open_at
from venus.views.kernels.market_data import (
    DONE,
    LACKS_AGGREGATES,
    LACKS_CANDLES,
    LACKS_NODES,
    LACKS_TRADES,
    fold,
)
from venus.views.kernels.market_data_levels import place_levels, read_levels
from venus.views.kernels.market_data_reading import forget_unpublished
from venus.views.kernels.market_data_rows import (
    CHANGES,
    FREE_NODE,
    FREE_NODES,
    LACKS,
    NONE,
    SYMBOLS,
    Market,
    empty_market,
    table_of,
)
from venus.views.market_questions import AGGREGATE, LEVEL, TRADE
from venus.views.rings import Rings

TRADES_KEPT = 2**18
"""Newest trades, and newest aggregates, that a symbol keeps here; older ones are in the journal."""
SECONDS_KEPT = 2**17
"""Candles of a second that a symbol keeps: those with trades, so of 36 hours at least."""
CANDLES_KEPT = 2**20
"""Candles of each longer interval: minutes of two years at least."""
assert SECONDS_KEPT * NS_PER_S >= DAY_NS + MINUTE_NS  # the ticker reads its first minute by the second
UNPUBLISHED_EVENTS_MAX = 2**20
"""What more events changed is forgotten when nobody asked for it, as while a journal is replayed."""
SYMBOLS_ROOM = 16
NODES_ROOM = 64
CHANGES_ROOM = 4096

LISTED = np.dtype([("tick_lot_atoms", "i8"), ("lot_atoms", "i8"), ("update_id", "i8")])


class MarketState:
    """`market` is replaced whenever one of its arrays is; `table` is its address for kernels."""

    def __init__(self, trades_kept: int) -> None:
        self._take(empty_market())
        self.trades = Rings(TRADE, (trades_kept,))
        self.aggregates = Rings(AGGREGATE, (trades_kept,))
        self.candles = Rings(CANDLE, (SECONDS_KEPT, *(INTERVALS_COUNT - 1) * (CANDLES_KEPT,)))
        self.symbols_count = 0
        self.time_ns = 0
        self._asset_scales: list[int] = []
        self._opens_ns = np.zeros(INTERVALS_COUNT, "i8")  # of the candles that hold one second,
        self._opens_until_ns = 0  # which ends here
        self._unpublished_events = 0

    def fold(self, batch: Batch) -> None:
        """Fold what one frame did."""
        assert batch.time_ns >= self.time_ns
        self.time_ns = batch.time_ns
        events = batch.events
        if len(events) == 0:
            return
        if batch.cold is not None:
            self._list(batch)
        if self._unpublished_events and self._unpublished_events + len(events) > UNPUBLISHED_EVENTS_MAX:
            forget_unpublished(self.table)
            self._unpublished_events = 0
        self._unpublished_events += len(events)
        if batch.time_ns >= self._opens_until_ns:
            self._opens_ns[:] = [open_at(interval, batch.time_ns) for interval in Interval]
            self._opens_until_ns = int(self._opens_ns[Interval.S1]) + NS_PER_S
        self._give_changes_room(len(events))
        while (lacks := fold(self.table, events, batch.time_ns, self._opens_ns)) != DONE:
            self._give_room(lacks)

    def count_as_published(self) -> None:
        """All that changed up to now was asked for."""
        self._unpublished_events = 0

    def levels(self, symbol: int, side: int, limit: int) -> np.ndarray:
        """Best levels of one side, LEVEL[k], best first."""
        tree = 2 * symbol + side
        levels = np.empty(min(limit, int(self.market.sides[tree]["levels"])), LEVEL)
        read_levels(self.table, tree, levels)
        return levels

    def arrays(self) -> dict[str, np.ndarray]:
        """All state but what is unpublished. It depends on the events alone, not on how they came in batches."""
        listed = np.empty(self.symbols_count, LISTED)
        for name in LISTED.names or ():
            listed[name] = self.market.symbols[name][: self.symbols_count]
        sides_count = 2 * self.symbols_count
        levels_counts = self.market.sides["levels"][:sides_count].copy()
        levels = np.empty(int(levels_counts.sum()), LEVEL)
        row = 0
        for tree in range(sides_count):
            row += read_levels(self.table, tree, levels[row : row + levels_counts[tree]])
        return {
            "clock": np.array([self.time_ns], "i8"),
            "asset_scales": np.array(self._asset_scales, "i8"),
            "symbols": listed,
            "level_counts": levels_counts,
            "levels": levels,
            "trade_counts": self.trades.counts(),
            "trades": self.trades.kept(),
            "aggregate_counts": self.aggregates.counts(),
            "aggregates": self.aggregates.kept(),
            "candle_counts": self.candles.counts(),
            "candles": self.candles.kept(),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from, with nothing to publish; this state must be new."""
        assert self.symbols_count == 0
        self.time_ns = int(arrays["clock"][0])
        self._asset_scales = arrays["asset_scales"].tolist()
        self.trades.restore(arrays["trade_counts"], arrays["trades"])
        self.aggregates.restore(arrays["aggregate_counts"], arrays["aggregates"])
        self.candles.restore(arrays["candle_counts"], arrays["candles"])
        for symbol, listed in enumerate(arrays["symbols"]):
            self._add_symbol(int(listed["tick_lot_atoms"]), int(listed["lot_atoms"]))
            for name in ("update_id", "published_update_id"):
                self.market.symbols[name][symbol] = listed["update_id"]
        ends = np.cumsum(arrays["level_counts"])
        for tree, (count, end) in enumerate(zip(arrays["level_counts"], ends, strict=True)):
            levels = arrays["levels"][end - count : end].copy()
            row = 0
            while (row := place_levels(self.table, tree, levels, row)) < len(levels):
                self._give_nodes_room()
        for symbol in range(self.symbols_count):
            self._restore_top(symbol)

    def _restore_top(self, symbol: int) -> None:
        top = self.market.tops[symbol]
        top["update_id"] = self.market.symbols[symbol]["update_id"]
        for side, name in enumerate(("bid", "ask")):
            for best in self.levels(symbol, side, 1):
                top[f"{name}_ticks"], top[f"{name}_lots"] = best["price_ticks"], best["lots"]
        self.market.published_tops[symbol] = top

    def _list(self, batch: Batch) -> None:
        """Learn of an asset or a symbol; a cold command's own event is its frame's last."""
        outcome = batch.events[-1]
        if outcome["flags"] & EventFlag.REPEATED:
            return
        command = batch.cold
        if isinstance(command, ListAsset) and outcome["kind"] == EventKind.ASSET_LISTED:
            assert outcome["symbol"] == len(self._asset_scales)
            self._asset_scales.append(command.scale)
        elif isinstance(command, ListSymbol) and outcome["kind"] == EventKind.SYMBOL_LISTED:
            assert outcome["symbol"] == self.symbols_count
            for rings in (self.trades, self.aggregates, self.candles):
                rings.add_group()
            tick_lot_atoms = command.tick_atoms * command.lot_atoms // 10 ** self._asset_scales[command.base_asset]
            self._add_symbol(tick_lot_atoms, command.lot_atoms)

    def _add_symbol(self, tick_lot_atoms: int, lot_atoms: int) -> None:
        """One more symbol, whose rings are there already."""
        market = self.market
        symbol = self.symbols_count
        if symbol == len(market.symbols):
            by_symbol = ("symbols", "tops", "published_tops", "partials", "touched", "unpublished")
            longer = {name: _longer(getattr(market, name), symbol + 1, SYMBOLS_ROOM) for name in by_symbol}
            market = market._replace(sides=_longer(market.sides, 2 * symbol + 2, 2 * SYMBOLS_ROOM), **longer)
        rings = {"trades": self.trades.table, "aggregates": self.aggregates.table, "candles": self.candles.table}
        market = self._take(market._replace(**rings))
        market.symbols[symbol]["tick_lot_atoms"] = tick_lot_atoms
        market.symbols[symbol]["lot_atoms"] = lot_atoms
        market.tops[symbol]["symbol"] = market.published_tops[symbol]["symbol"] = symbol
        market.partials[symbol]["first_trade_id"] = NONE
        market.sides[2 * symbol : 2 * symbol + 2] = (NONE, NONE, 0)
        market.counters[SYMBOLS] = self.symbols_count = symbol + 1

    def _give_room(self, lacks: int) -> None:
        series = int(self.market.counters[LACKS])
        if lacks == LACKS_NODES:
            self._give_nodes_room()
        elif lacks == LACKS_TRADES:
            self.trades.grow(series)
        elif lacks == LACKS_AGGREGATES:
            self.aggregates.grow(series)
        else:
            assert lacks == LACKS_CANDLES, lacks
            self.candles.grow(series)

    def _give_changes_room(self, events_count: int) -> None:
        """Every event may change a level, and may empty one."""
        rows = int(self.market.counters[CHANGES]) + events_count
        if rows > len(self.market.changes):
            self._take(self.market._replace(changes=_longer(self.market.changes, rows, CHANGES_ROOM)))
        if events_count > len(self.market.emptied):
            self._take(self.market._replace(emptied=_longer(self.market.emptied, events_count, CHANGES_ROOM)))

    def _give_nodes_room(self) -> None:
        """Twice the nodes; the new ones are chained before what is free."""
        market = self.market
        nodes_count = len(market.nodes)
        pool = ("keys", "values", "marks", "nodes")
        market = market._replace(**{name: _longer(getattr(market, name), nodes_count + 1, NODES_ROOM) for name in pool})
        market.nodes["next"][nodes_count:-1] = np.arange(nodes_count + 1, len(market.nodes))
        market.nodes["next"][-1] = market.counters[FREE_NODE]
        market.counters[FREE_NODE] = nodes_count
        market.counters[FREE_NODES] += len(market.nodes) - nodes_count
        self._take(market)

    def _take(self, market: Market) -> Market:
        self.market = market
        self._table = table_of(market)
        self.table = int(self._table.ctypes.data)
        return market


def _longer(array: np.ndarray, rows: int, rows_room: int) -> np.ndarray:
    """A copy with room for at least `rows`, doubling from `rows_room`; what is new is zero."""
    while rows_room < rows:
        rows_room *= 2
    longer = np.zeros((rows_room, *array.shape[1:]), array.dtype)
    put_records(longer, array)
    return longer
