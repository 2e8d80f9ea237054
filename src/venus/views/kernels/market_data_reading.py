"""Reading market data: what changed since the last publication, and the sums of a rolling window."""

import numpy as np
from numba import boolean, carray, from_dtype, int64, njit, types, void

from venus.units import INT64_MAX
from venus.views.candles import CANDLE, INTERVALS_COUNT, MINUTE_NS, Interval
from venus.views.kernels.index import ONLY_INLINED
from venus.views.kernels.market_data import clear_candle, merge_candle
from venus.views.kernels.market_data_rows import (
    CHANGES,
    NONE,
    UNPUBLISHED,
    Market,
    candle_type,
    market_type,
    matrix,
    open_market,
    pointer,
    ring_type,
    table_type,
    vector,
)
from venus.views.market_questions import LEVEL_CHANGE, SYMBOL_CHANGE, TICKER, TOP, TRADE

SECONDS = int(Interval.S1)
MINUTES = int(Interval.M1)


@njit(boolean(market_type, int64), cache=True, **ONLY_INLINED)
def _top_differs(market: Market, symbol: int) -> bool:
    now, published = market.tops[symbol], market.published_tops[symbol]
    return (
        now.bid_ticks != published.bid_ticks
        or now.bid_lots != published.bid_lots
        or now.ask_ticks != published.ask_ticks
        or now.ask_lots != published.ask_lots
    )


@njit(int64(ring_type), cache=True)
def _pending(ring: np.void) -> int:
    """Rows to publish, of those that were not yet overwritten."""
    return 0 if ring.unpublished == NONE else min(ring.count - ring.unpublished, ring.rows_room)


@njit(int64(ring_type, matrix, int64, int64), cache=True)
def _publish_rows(ring: np.void, out: np.ndarray, row: int, lead: int) -> int:
    """Copy a ring's pending rows, as words, behind `lead` words of each of out's from `row` on; the row after them."""
    words = out.shape[1] - lead
    rows = carray(pointer(ring.address), (ring.rows_room, words), np.int64)
    for number in range(ring.count - _pending(ring), ring.count):
        for word in range(words):
            out[row, lead + word] = rows[number & (ring.rows_room - 1), word]
        row += 1
    ring.unpublished = NONE
    return row


@njit(void(table_type, vector), cache=True)
def count_unpublished(table: int, counts: np.ndarray) -> None:
    """Rows of the next publication: counts int64[6] of symbol changes, levels, tops, trades, aggregates, candles."""
    market = open_market(table)
    counts[:] = 0
    counts[1] = market.counters[CHANGES]
    for i in range(market.counters[UNPUBLISHED]):
        symbol = market.unpublished[i]
        counts[0] += market.symbols[symbol].levels_changed > 0
        counts[2] += _top_differs(market, symbol)
        counts[3] += _pending(market.trades[symbol])
        counts[4] += _pending(market.aggregates[symbol])
        for series in range(symbol * INTERVALS_COUNT, (symbol + 1) * INTERVALS_COUNT):
            counts[5] += _pending(market.candles[series])


matrix = matrix


@njit(void(table_type), cache=True)
def _forget(table: int) -> None:
    market = open_market(table)
    for i in range(market.counters[UNPUBLISHED]):
        state = market.symbols[market.unpublished[i]]
        state.levels_changed = 0
        state.unpublished = 0
    market.counters[CHANGES] = 0
    market.counters[UNPUBLISHED] = 0


@njit(
    void(
        table_type,
        types.Array(from_dtype(SYMBOL_CHANGE), 1, "C"),
        types.Array(from_dtype(LEVEL_CHANGE), 1, "C"),
        types.Array(from_dtype(TOP), 1, "C"),
        matrix,
        matrix,
        matrix,
    ),
    cache=True,
)
def publish(
    table: int,
    changes: np.ndarray,
    levels: np.ndarray,
    tops: np.ndarray,
    trades: np.ndarray,
    aggregates: np.ndarray,
    candles: np.ndarray,
) -> None:
    """Write what changed since the last publication, and count it as published.

    Arrays are as long as `count_unpublished` says; the last three are the words int64[., bytes of a row / 8] of TRADE,
    AGGREGATE and CANDLE_CHANGE.
    """
    market = open_market(table)
    change = top = trade = aggregate = candle = level = 0
    for i in range(market.counters[UNPUBLISHED]):
        symbol = market.unpublished[i]
        state = market.symbols[symbol]
        if state.levels_changed > 0:
            changes[change].first_update_id = state.published_update_id + 1
            changes[change].last_update_id = state.update_id
            changes[change].levels_from = level
            changes[change].levels_count = 0
            changes[change].symbol = symbol
            level += state.levels_changed
            state.levels_changed = change  # until the levels are written, below
            state.published_update_id = state.update_id
            change += 1
        if _top_differs(market, symbol):
            tops[top] = market.tops[symbol]
            market.published_tops[symbol] = market.tops[symbol]
            top += 1
        trade = _publish_rows(market.trades[symbol], trades, trade, 0)
        aggregate = _publish_rows(market.aggregates[symbol], aggregates, aggregate, 0)
        for interval in range(INTERVALS_COUNT):
            first = candle
            candle = _publish_rows(market.candles[symbol * INTERVALS_COUNT + interval], candles, candle, 2)
            for row in range(first, candle):
                candles[row, 0] = symbol
                candles[row, 1] = interval
    for row in range(market.counters[CHANGES]):
        of = changes[market.symbols[market.changes[row].symbol].levels_changed]
        levels[of.levels_from + of.levels_count] = market.changes[row]
        of.levels_count += 1
    _forget(table)


@njit(void(table_type), cache=True)
def forget_unpublished(table: int) -> None:
    """Count everything as published that nobody asked for; tops are kept, so that the next publication has them."""
    market = open_market(table)
    for i in range(market.counters[UNPUBLISHED]):
        symbol = market.unpublished[i]
        market.symbols[symbol].published_update_id = market.symbols[symbol].update_id
        market.trades[symbol].unpublished = NONE
        market.aggregates[symbol].unpublished = NONE
        for series in range(symbol * INTERVALS_COUNT, (symbol + 1) * INTERVALS_COUNT):
            market.candles[series].unpublished = NONE
    _forget(table)


@njit(int64(ring_type, int64), cache=True)
def _first_candle(ring: np.void, from_ns: int) -> int:
    """Number of the first kept candle that opens at or after a moment; the ring's count if none does."""
    candles = carray(pointer(ring.address), (ring.rows_room,), CANDLE)
    low = max(ring.count - ring.rows_room, 0)
    high = ring.count
    while low < high:
        middle = (low + high) >> 1
        if candles[middle & (ring.rows_room - 1)].open_ns < from_ns:
            low = middle + 1
        else:
            high = middle
    return low


@njit(void(ring_type, vector, int64, types.Array(candle_type, 1, "C")), cache=True)
def read_candles(ring: np.void, opens_ns: np.ndarray, end_ns: int, out: np.ndarray) -> None:
    """Candles that open at opens_ns int64[k] and last until the next, the last until end_ns, into CANDLE[k].

    The ring's candles may be shorter than those asked for, if they fit into them. A candle without trades is flat at
    the price before it; the oldest candle kept opens before the first of those asked for ends.
    """
    candles = carray(pointer(ring.address), (ring.rows_room,), CANDLE)
    number = _first_candle(ring, opens_ns[0])
    close_ticks = int64(0)
    if number > max(ring.count - ring.rows_room, 0):
        close_ticks = candles[(number - 1) & (ring.rows_room - 1)].close_ticks
    for i in range(len(opens_ns)):
        after_ns = opens_ns[i + 1] if i + 1 < len(opens_ns) else end_ns
        candle = out[i]
        clear_candle(candle)
        candle.open_ns = opens_ns[i]
        while number < ring.count and candles[number & (ring.rows_room - 1)].open_ns < after_ns:
            merge_candle(candle, candles[number & (ring.rows_room - 1)])
            number += 1
        if candle.trades == 0:
            candle.open_ticks = candle.high_ticks = candle.low_ticks = candle.close_ticks = close_ticks
        close_ticks = candle.close_ticks


@njit(void(ring_type, int64, int64, candle_type), cache=True)
def _merge_between(ring: np.void, from_ns: int, to_ns: int, total: np.void) -> None:
    """Merge the candles that open within [from_ns, to_ns) into a total."""
    candles = carray(pointer(ring.address), (ring.rows_room,), CANDLE)
    for number in range(_first_candle(ring, from_ns), ring.count):
        candle = candles[number & (ring.rows_room - 1)]
        if candle.open_ns >= to_ns:
            break
        merge_candle(total, candle)


@njit(
    void(
        table_type,
        vector,
        int64,
        int64,
        types.Array(candle_type, 1, "C"),
        types.Array(from_dtype(TICKER), 1, "C"),
    ),
    cache=True,
)
def read_tickers(table: int, symbols: np.ndarray, from_ns: int, to_ns: int, total: np.ndarray, out: np.ndarray) -> None:
    """What each of symbols int64[k] did from a whole second on, into TICKER[k]; total is scratch, CANDLE[1].

    The seconds up to the first whole minute are read from the candles of a second, the rest from those of a minute.
    """
    market = open_market(table)
    minute_ns = -(-from_ns // MINUTE_NS) * MINUTE_NS
    for i in range(len(symbols)):
        symbol = symbols[i]
        seconds = market.candles[symbol * INTERVALS_COUNT + SECONDS]
        minutes = market.candles[symbol * INTERVALS_COUNT + MINUTES]
        clear_candle(total[0])
        prev_close_ticks = 0
        if seconds.count > 0:
            _merge_between(seconds, from_ns, minute_ns, total[0])
            _merge_between(minutes, minute_ns, INT64_MAX, total[0])
            before = seconds if from_ns < minute_ns else minutes
            number = _first_candle(before, from_ns) - 1
            if number >= max(before.count - before.rows_room, 0):
                candles = carray(pointer(before.address), (before.rows_room,), CANDLE)
                prev_close_ticks = candles[number & (before.rows_room - 1)].close_ticks
        candle, ticker, top = total[0], out[i], market.tops[symbol]
        ring = market.trades[symbol]
        last_ticks = last_lots = 0
        if ring.count > 0:
            last = carray(pointer(ring.address), (ring.rows_room,), TRADE)[(ring.count - 1) & (ring.rows_room - 1)]
            last_ticks, last_lots = last.price_ticks, last.lots
        traded = candle.trades > 0
        ticker.symbol = symbol
        ticker.from_ns = from_ns
        ticker.to_ns = to_ns
        ticker.open_ticks = candle.open_ticks if traded else last_ticks
        ticker.high_ticks = candle.high_ticks if traded else last_ticks
        ticker.low_ticks = candle.low_ticks if traded else last_ticks
        ticker.close_ticks = last_ticks
        ticker.prev_close_ticks = prev_close_ticks
        ticker.last_lots = last_lots
        ticker.first_trade_id = candle.first_trade_id
        ticker.last_trade_id = candle.first_trade_id + candle.trades - 1 if traded else NONE
        ticker.trades = candle.trades
        ticker.lots_hi, ticker.lots_lo = candle.lots_hi, candle.lots_lo
        ticker.quote_hi, ticker.quote_lo = candle.quote_hi, candle.quote_lo
        ticker.bid_ticks, ticker.bid_lots = top.bid_ticks, top.bid_lots
        ticker.ask_ticks, ticker.ask_lots = top.ask_ticks, top.ask_lots
