"""The fold of market data over a batch's events: levels, trades, candles, best prices.

Compiled functions of one file are not compiled anew when those they call in another file change.
"""

import numpy as np
from numba import boolean, carray, int64, njit, void

from venus.records.events import EventFlag, EventKind
from venus.views.candles import CANDLE, INTERVALS_COUNT
from venus.views.kernels.index import ONLY_INLINED
from venus.views.kernels.market_data_levels import best_level, change_level, remove_emptied
from venus.views.kernels.market_data_rows import (
    BUY,
    EMPTIED,
    FREE_NODES,
    HEIGHT_MAX,
    LACKS,
    NONE,
    ROW,
    SELL,
    SETTLED,
    SYMBOLS,
    TOUCHED,
    UNPUBLISHED,
    Market,
    candle_type,
    event_type,
    events_type,
    market_type,
    open_market,
    pointer,
    ring_type,
    table_type,
    vector,
)
from venus.views.market_questions import AGGREGATE, TRADE

# Why `fold` came back: what must be given more room before it goes on.
DONE = 0
LACKS_NODES = 1
LACKS_TRADES = 2
LACKS_AGGREGATES = 3
LACKS_CANDLES = 4

ACCEPTED = int(EventKind.ACCEPTED)
TRADED = int(EventKind.TRADE)
CANCELED = int(EventKind.CANCELED)
EXPIRED = int(EventKind.EXPIRED)
AMENDED = int(EventKind.AMENDED)
PREVENTED = int(EventKind.PREVENTED)
TRIGGERED = int(EventKind.TRIGGERED)
SHOWN = int(EventKind.SHOWN)
STARTED = int(EventKind.STARTED)
TAKER_DONE = int(EventFlag.TAKER_DONE)
IN_NO_BOOK = int(EventFlag.WAITING | EventFlag.PENDING)


@njit(boolean(ring_type), cache=True, **ONLY_INLINED)
def _has_room(ring: np.void) -> bool:
    return ring.count < ring.rows_room or ring.rows_room == ring.rows_max


@njit(int64(ring_type), cache=True, **ONLY_INLINED)
def _append(ring: np.void) -> int:
    """Place of a new row in a ring that has room; the row counts as unpublished."""
    number = ring.count
    ring.count = number + 1
    if ring.unpublished == NONE:
        ring.unpublished = number
    return number & (ring.rows_room - 1)


@njit(void(market_type, event_type, int64, int64), cache=True, **ONLY_INLINED)
def _append_trade(market: Market, event: np.void, symbol: int, time_ns: int) -> None:
    """File a trade and its aggregate; both rings have room."""
    ring = market.trades[symbol]
    assert event.trade_id == ring.count + 1
    trade = carray(pointer(ring.address), (ring.rows_room,), TRADE)[_append(ring)]
    trade.trade_id = event.trade_id
    trade.price_ticks = event.price_ticks
    trade.lots = event.quantity_lots
    trade.time_ns = time_ns
    trade.taker_order_id = event.order_id
    trade.symbol = symbol
    trade.buyer_is_maker = event.side == SELL
    ring = market.aggregates[symbol]
    aggregates = carray(pointer(ring.address), (ring.rows_room,), AGGREGATE)
    if ring.count > 0:
        last = aggregates[(ring.count - 1) & (ring.rows_room - 1)]
        if last.taker_order_id == event.order_id and last.price_ticks == event.price_ticks:
            last.lots += event.quantity_lots
            last.last_trade_id = event.trade_id
            return
    aggregate = aggregates[_append(ring)]
    aggregate.aggregate_id = ring.count
    aggregate.price_ticks = event.price_ticks
    aggregate.lots = event.quantity_lots
    aggregate.first_trade_id = event.trade_id
    aggregate.last_trade_id = event.trade_id
    aggregate.time_ns = time_ns
    aggregate.taker_order_id = event.order_id
    aggregate.symbol = symbol
    aggregate.buyer_is_maker = event.side == SELL


@njit(void(candle_type, candle_type), cache=True)
def merge_candle(candle: np.void, later: np.void) -> None:
    """Add to a candle, which may be without trades, one that follows it. A carry is a sum below what was added."""
    if candle.trades == 0:
        candle.open_ticks = later.open_ticks
        candle.high_ticks = later.high_ticks
        candle.low_ticks = later.low_ticks
        candle.first_trade_id = later.first_trade_id
    candle.high_ticks = max(candle.high_ticks, later.high_ticks)
    candle.low_ticks = min(candle.low_ticks, later.low_ticks)
    candle.close_ticks = later.close_ticks
    candle.trades += later.trades
    candle.lots_lo += later.lots_lo
    candle.lots_hi += later.lots_hi + np.uint64(candle.lots_lo < later.lots_lo)
    candle.quote_lo += later.quote_lo
    candle.quote_hi += later.quote_hi + np.uint64(candle.quote_lo < later.quote_lo)
    candle.buy_lots_lo += later.buy_lots_lo
    candle.buy_lots_hi += later.buy_lots_hi + np.uint64(candle.buy_lots_lo < later.buy_lots_lo)
    candle.buy_quote_lo += later.buy_quote_lo
    candle.buy_quote_hi += later.buy_quote_hi + np.uint64(candle.buy_quote_lo < later.buy_quote_lo)


@njit(void(candle_type), cache=True)
def clear_candle(candle: np.void) -> None:
    """A candle without trades, at no price."""
    candle.open_ticks = 0
    candle.high_ticks = 0
    candle.low_ticks = 0
    candle.close_ticks = 0
    candle.first_trade_id = NONE
    candle.trades = 0
    candle.lots_hi = candle.lots_lo = 0
    candle.quote_hi = candle.quote_lo = 0
    candle.buy_lots_hi = candle.buy_lots_lo = 0
    candle.buy_quote_hi = candle.buy_quote_lo = 0


@njit(void(market_type, event_type, int64), cache=True, **ONLY_INLINED)
def _add_to_partial(market: Market, event: np.void, symbol: int) -> None:
    """Add a trade to what its symbol traded in this batch; price × lots fits 63 bits by the listing's proof."""
    candle = market.partials[symbol]
    price_ticks = event.price_ticks
    if candle.trades == 0:
        candle.open_ticks = price_ticks
        candle.high_ticks = price_ticks
        candle.low_ticks = price_ticks
        candle.first_trade_id = event.trade_id
    candle.high_ticks = max(candle.high_ticks, price_ticks)
    candle.low_ticks = min(candle.low_ticks, price_ticks)
    candle.close_ticks = price_ticks
    candle.trades += 1
    lots = np.uint64(event.quantity_lots)
    quote = np.uint64(price_ticks * event.quantity_lots)
    candle.lots_lo += lots
    candle.lots_hi += np.uint64(candle.lots_lo < lots)
    candle.quote_lo += quote
    candle.quote_hi += np.uint64(candle.quote_lo < quote)
    if event.side == BUY:
        candle.buy_lots_lo += lots
        candle.buy_lots_hi += np.uint64(candle.buy_lots_lo < lots)
        candle.buy_quote_lo += quote
        candle.buy_quote_hi += np.uint64(candle.buy_quote_lo < quote)


@njit(void(ring_type, int64, candle_type), cache=True)
def _extend_candles(ring: np.void, open_ns: int, partial: np.void) -> None:
    """Merge into a series what was traded within its candle that opens at `open_ns`; the ring has room."""
    candles = carray(pointer(ring.address), (ring.rows_room,), CANDLE)
    place = (ring.count - 1) & (ring.rows_room - 1)
    if ring.count == 0 or candles[place].open_ns != open_ns:
        place = _append(ring)
        candles[place].open_ns = open_ns
        clear_candle(candles[place])
    elif ring.unpublished == NONE:
        ring.unpublished = ring.count - 1
    merge_candle(candles[place], partial)


@njit(int64(table_type, vector), cache=True)
def _settle(table: int, opens_ns: np.ndarray) -> int:
    """End of a batch: emptied levels go, touched symbols get their candles and best prices."""
    market = open_market(table)
    for i in range(market.counters[EMPTIED]):
        remove_emptied(table, market.emptied[i, 0], market.emptied[i, 1])
    market.counters[EMPTIED] = 0
    for i in range(market.counters[SETTLED], market.counters[TOUCHED]):
        symbol = market.touched[i]
        if market.partials[symbol].trades > 0:
            first = symbol * INTERVALS_COUNT
            for series in range(first, first + INTERVALS_COUNT):
                if not _has_room(market.candles[series]):
                    market.counters[SETTLED] = i
                    market.counters[LACKS] = series
                    return LACKS_CANDLES
            for interval in range(INTERVALS_COUNT):
                _extend_candles(market.candles[first + interval], opens_ns[interval], market.partials[symbol])
            clear_candle(market.partials[symbol])
        top = market.tops[symbol]
        top.update_id = market.symbols[symbol].update_id
        top.bid_ticks, top.bid_lots = best_level(market, 2 * symbol + BUY)
        top.ask_ticks, top.ask_lots = best_level(market, 2 * symbol + SELL)
        market.symbols[symbol].touched = 0
        if market.symbols[symbol].unpublished == 0:
            market.symbols[symbol].unpublished = 1
            market.unpublished[market.counters[UNPUBLISHED]] = symbol
            market.counters[UNPUBLISHED] += 1
    market.counters[SETTLED] = 0
    market.counters[TOUCHED] = 0
    market.counters[ROW] = 0
    return DONE


@njit(int64(event_type), cache=True, **ONLY_INLINED)
def _hidden_lots(event: np.void) -> int:
    """Lots of an iceberg that no depth shows, of any event but a trade."""
    return event.maker_fee_atoms


@njit(int64(market_type, event_type, int64), cache=True, **ONLY_INLINED)
def _amended_lots(market: Market, event: np.void, symbol: int) -> int:
    """By how many lots an amendment reduced an order. Under rules 1 the freed hold tells it."""
    assert symbol < market.counters[SYMBOLS]
    if event.trade_id != 0:
        return event.trade_id
    lot_hold_atoms = market.symbols[symbol].lot_atoms
    if event.side == BUY:
        lot_hold_atoms = event.price_ticks * market.symbols[symbol].tick_lot_atoms
    return -event.hold_atoms // lot_hold_atoms


@njit(int64(table_type, events_type, int64, vector), cache=True)
def fold(table: int, events: np.ndarray, time_ns: int, opens_ns: np.ndarray) -> int:
    """Fold a batch's events, from counters[ROW] on, and settle what it touched; DONE, or what lacks room first.

    events    EVENT[m]  of one frame
    time_ns   int64     of the frame
    opens_ns  int64[INTERVALS_COUNT]  openings of the candles that hold time_ns
    Errors: assertions, for events that contradict the state.
    Source: docs/rules/events.md.
    """
    market = open_market(table)
    for row in range(market.counters[ROW], len(events)):
        event = events[row]
        kind = event.kind
        symbol = int64(event.symbol)
        side = int64(event.side)
        if kind == TRADED:
            side = 1 - side  # the maker's
            lots = -event.quantity_lots
        elif event.flags & IN_NO_BOOK != 0:
            continue
        elif kind in (ACCEPTED, TRIGGERED, STARTED):
            lots = event.remaining_lots - _hidden_lots(event)
        elif kind == PREVENTED:
            side = 1 - side
            lots = _hidden_lots(event) - event.remaining_lots
        elif kind == CANCELED or (kind == EXPIRED and event.flags & TAKER_DONE == 0):
            lots = _hidden_lots(event) - event.remaining_lots
        elif kind == SHOWN:
            lots = event.quantity_lots
        elif kind == AMENDED:
            lots = _hidden_lots(event) - _amended_lots(market, event, symbol)
        else:
            continue
        if lots == 0:
            continue
        assert symbol < market.counters[SYMBOLS]
        lacks = DONE
        if market.counters[FREE_NODES] <= HEIGHT_MAX:
            lacks = LACKS_NODES
        elif kind == TRADED and not _has_room(market.trades[symbol]):
            lacks = LACKS_TRADES
        elif kind == TRADED and not _has_room(market.aggregates[symbol]):
            lacks = LACKS_AGGREGATES
        if lacks != DONE:
            market.counters[ROW] = row
            market.counters[LACKS] = symbol
            return lacks
        if market.symbols[symbol].touched == 0:
            market.symbols[symbol].touched = 1
            market.touched[market.counters[TOUCHED]] = symbol
            market.counters[TOUCHED] += 1
        change_level(table, market, symbol, side, event.price_ticks, lots)
        if kind == TRADED:
            _append_trade(market, event, symbol, time_ns)
            _add_to_partial(market, event, symbol)
    market.counters[ROW] = len(events)
    return _settle(table, opens_ns)
