"""Market data: what anyone may see of a market, folded from the exchange's events.

Books by level, trades, aggregate trades, candles, the ticker, and a publication of what changed for whoever streams it.
All in whole ticks, lots and ns. Rows cross to the doors as the bytes of the NumPy types named beside each field, to be
read with np.frombuffer; sums that may leave 64 bits are two limbs, joined by `wide`. A symbol is its number; of an
unknown one nothing is known, and the answer is empty.
Source: docs/rules/events.md; [D] rest-api.md, web-socket-streams.md.
"""

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.commands import Side
from venus.units import NS_PER_S
from venus.views.candles import (
    CANDLE,
    DAY_NS,
    INTERVAL_CODES,
    INTERVAL_NAMES,
    INTERVALS_COUNT,
    MINUTE_NS,
    Interval,
    bounded_ns,
    number_at,
    numbers_between,
    open_at,
    open_ns,
    source_of,
    wide,
)
from venus.views.kernels.market_data_reading import count_unpublished, publish, read_candles, read_tickers
from venus.views.kernels.market_data_rows import (
    AGGREGATE,
    CANDLE_CHANGE,
    LEVEL,
    LEVEL_CHANGE,
    SYMBOL_CHANGE,
    TICKER,
    TOP,
    TRADE,
    UNPUBLISHED,
)
from venus.views.market_state import TRADES_KEPT, MarketState
from venus.views.rings import Rings

__all__ = [
    "AGGREGATE",
    "CANDLE",
    "CANDLE_CHANGE",
    "INTERVAL_CODES",
    "INTERVAL_NAMES",
    "LEVEL",
    "LEVEL_CHANGE",
    "SYMBOL_CHANGE",
    "TICKER",
    "TOP",
    "TRADE",
    "Interval",
    "MarketData",
    "Publication",
    "open_at",
    "wide",
]

DEPTH_LEVELS_MAX = 5000
ROWS_MAX = 1000
"""No answer holds more trades, aggregates or candles; a larger limit is taken as this."""
AVERAGE_NS = 5 * MINUTE_NS


class DepthQuestion(msgspec.Struct, frozen=True, tag=True):
    """The best levels of a book, at most DEPTH_LEVELS_MAX a side."""

    symbol: int
    limit: int = 100


class DepthAnswer(msgspec.Struct, frozen=True, tag=True):
    last_update_id: int
    bids: bytes  # LEVEL[], best first
    asks: bytes  # LEVEL[], best first


class TopsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Best prices; of all symbols if none is named."""

    symbols: tuple[int, ...] = ()


class TopsAnswer(msgspec.Struct, frozen=True, tag=True):
    tops: bytes  # TOP[], in the order asked


class MarketTradesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Trades of a symbol: the newest, or from an id on."""

    symbol: int
    limit: int = 500
    from_id: int | None = None


class MarketTradesAnswer(msgspec.Struct, frozen=True, tag=True):
    trades: bytes  # TRADE[], oldest first


class AggTradesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Aggregate trades of a symbol: fills of one taker order at one price, one after the other, are one row.

    Bounds are inclusive. With `from_id` or `start_ns` the oldest from there on, else the newest (up to `end_ns`).
    """

    symbol: int
    limit: int = 500
    from_id: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None


class AggTradesAnswer(msgspec.Struct, frozen=True, tag=True):
    aggregates: bytes  # AGGREGATE[], oldest first


class CandlesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Candles of a symbol from its first trade to now, without gaps: one that saw no trade is flat.

    Bounds are inclusive and about opening times. With `start_ns` the oldest from there on, else the newest (up to
    `end_ns`). `offset_ns` is what the asker's clock is ahead of UTC, whole minutes, for days that begin at another
    midnight.
    """

    symbol: int
    interval: int  # Interval
    limit: int = 500
    start_ns: int | None = None
    end_ns: int | None = None
    now_ns: int = 0  # the asker's clock, if later than the last event's
    offset_ns: int = 0


class CandlesAnswer(msgspec.Struct, frozen=True, tag=True):
    candles: bytes  # CANDLE[], oldest first


class TickerQuestion(msgspec.Struct, frozen=True, tag=True):
    """What happened in the last `window_ns`, or since `from_ns`; of all symbols if none is named.

    The window begins on a whole second, rounded up; on a whole minute, rounded down, if it is longer than a day.
    """

    symbols: tuple[int, ...] = ()
    window_ns: int = DAY_NS
    now_ns: int = 0  # the asker's clock, if later than the last event's
    from_ns: int | None = None  # where the window begins, whatever the time; a whole minute if that is over a day ago


class TickerAnswer(msgspec.Struct, frozen=True, tag=True):
    tickers: bytes  # TICKER[], in the order asked


class AveragePriceQuestion(msgspec.Struct, frozen=True, tag=True):
    """The average price over AVERAGE_NS, weighted by lots."""

    symbol: int
    now_ns: int = 0  # the asker's clock, if later than the last event's


class AveragePriceAnswer(msgspec.Struct, frozen=True, tag=True):
    """The average is exactly wide(quote) / wide(lots) ticks; without trades in the window the last price, 0 if none."""

    quote_hi: int
    quote_lo: int
    lots_hi: int
    lots_lo: int
    last_trade_ns: int  # 0: never traded


Question = (
    DepthQuestion
    | TopsQuestion
    | MarketTradesQuestion
    | AggTradesQuestion
    | CandlesQuestion
    | TickerQuestion
    | AveragePriceQuestion
)
Answer = (
    DepthAnswer | TopsAnswer | MarketTradesAnswer | AggTradesAnswer | CandlesAnswer | TickerAnswer | AveragePriceAnswer
)


class Publication(msgspec.Struct, frozen=True, tag=True):
    """What changed since the last one. Rows of one symbol are together; symbols are in the order in which they changed.

    A level that changed several times is there once, with what is left of it; `changes` gives the update ids that the
    symbol's levels took, U and u of a depth stream, and where its levels are. Ids without a gap prove that nothing
    is missing: whoever does not ask for long loses what is old, and sees it by them.
    """

    time_ns: int
    changes: bytes  # SYMBOL_CHANGE[], one for each symbol whose levels changed
    levels: bytes  # LEVEL_CHANGE[]
    tops: bytes  # TOP[], only where a best price or its lots differ from the last publication's
    trades: bytes  # TRADE[]
    aggregates: bytes  # AGGREGATE[], each complete
    candles: bytes  # CANDLE_CHANGE[], every candle that a trade changed, as it is now


class MarketData:
    """The view: folds batches into its state, publishes what changed, answers what is asked."""

    def __init__(self, trades_kept: int = TRADES_KEPT) -> None:
        self._trades_kept = trades_kept
        self._state = MarketState(trades_kept)

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did."""
        self._state.fold(batch)

    def publication(self) -> Publication | None:
        """What changed since the last one; None if nothing did."""
        if self._state.market.counters[UNPUBLISHED] == 0:
            return None
        counts = np.empty(6, "i8")
        count_unpublished(self._state.table, counts)
        changes = np.empty(counts[0], SYMBOL_CHANGE)
        levels = np.empty(counts[1], LEVEL_CHANGE)
        tops = np.empty(counts[2], TOP)
        trades, aggregates, candles = (
            np.empty((count, row.itemsize // 8), "i8")
            for count, row in zip(counts[3:], (TRADE, AGGREGATE, CANDLE_CHANGE), strict=True)
        )
        publish(self._state.table, changes, levels, tops, trades, aggregates, candles)
        self._state.count_as_published()
        rows = (changes, levels, tops, trades, aggregates, candles)
        return Publication(self._state.time_ns, *(array.tobytes() for array in rows))

    def answer(self, question: Question) -> Answer:
        """Answer one question; a symbol or interval that does not exist has no rows."""
        match question:
            case DepthQuestion():
                return self._depth(question)
            case TopsQuestion():
                tops = self._state.market.tops[self._known(question.symbols)]
                return TopsAnswer(tops.tobytes())
            case MarketTradesQuestion():
                return MarketTradesAnswer(self._market_trades(question))
            case AggTradesQuestion():
                return AggTradesAnswer(self._aggregates(question))
            case CandlesQuestion():
                return CandlesAnswer(self._candles(question))
            case TickerQuestion():
                return TickerAnswer(self._tickers(question).tobytes())
            case AveragePriceQuestion():
                return self._average_price(question)

    def arrays(self) -> dict[str, np.ndarray]:
        """All state but what is unpublished, for a snapshot."""
        return self._state.arrays()

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from, with nothing to publish."""
        self._state = MarketState(self._trades_kept)
        self._state.restore(arrays)

    def _known(self, symbols: tuple[int, ...]) -> np.ndarray:
        """Those of the symbols that are listed, int64[k]; all listed ones if none is named."""
        if not symbols:
            return np.arange(self._state.symbols_count)
        return np.array([symbol for symbol in symbols if self._is_listed(symbol)], "i8")

    def _is_listed(self, symbol: int) -> bool:
        return 0 <= symbol < self._state.symbols_count

    def _depth(self, question: DepthQuestion) -> DepthAnswer:
        if not self._is_listed(question.symbol):
            return DepthAnswer(0, b"", b"")
        limit = _limited(question.limit, DEPTH_LEVELS_MAX)
        bids, asks = (self._state.levels(question.symbol, side, limit).tobytes() for side in (Side.BUY, Side.SELL))
        return DepthAnswer(int(self._state.market.symbols[question.symbol]["update_id"]), bids, asks)

    def _market_trades(self, question: MarketTradesQuestion) -> bytes:
        if not self._is_listed(question.symbol):
            return b""
        trades = self._state.trades
        first = None if question.from_id is None else question.from_id - 1  # ids count from 1
        return _page(trades, question.symbol, first, trades.count(question.symbol), question.limit)

    def _aggregates(self, question: AggTradesQuestion) -> bytes:
        symbol = question.symbol
        if not self._is_listed(symbol):
            return b""
        aggregates = self._state.aggregates
        first = None if question.from_id is None else question.from_id - 1
        if question.start_ns is not None:
            first = max(first or 0, aggregates.first_from(symbol, "time_ns", question.start_ns))
        after = aggregates.count(symbol)
        if question.end_ns is not None:
            after = aggregates.first_from(symbol, "time_ns", question.end_ns + 1)
        return _page(aggregates, symbol, first, after, question.limit)

    def _candles(self, question: CandlesQuestion) -> bytes:
        if not self._is_listed(question.symbol) or not 0 <= question.interval < INTERVALS_COUNT:
            return b""
        interval = question.interval
        offset_ns = min(max(question.offset_ns, -DAY_NS), DAY_NS) // MINUTE_NS * MINUTE_NS
        candles = self._state.candles
        series = question.symbol * INTERVALS_COUNT + source_of(interval, offset_ns)
        if candles.count(series) == 0:
            return b""
        oldest_ns = int(candles.row(series, candles.oldest(series))["open_ns"])
        now_ns = self._now_ns(question.now_ns)
        numbers = numbers_between(
            interval,
            first=number_at(interval, oldest_ns, offset_ns),
            last=number_at(interval, now_ns, offset_ns),
            start_ns=question.start_ns,
            end_ns=question.end_ns,
            limit=_limited(question.limit, ROWS_MAX),
            offset_ns=offset_ns,
        )
        if len(numbers) == 0:
            return b""
        rows = np.empty(len(numbers), CANDLE)
        opens_ns = np.array([open_ns(interval, number, offset_ns) for number in numbers], "i8")
        read_candles(candles.table[series], opens_ns, open_ns(interval, numbers.stop, offset_ns), rows)
        return rows.tobytes()

    def _tickers(self, question: TickerQuestion) -> np.ndarray:
        now_ns = self._now_ns(question.now_ns)
        window_ns = max(question.window_ns, 0) if question.from_ns is None else now_ns - bounded_ns(question.from_ns)
        from_ns = bounded_ns(now_ns - window_ns)
        if window_ns > DAY_NS:
            from_ns = from_ns // MINUTE_NS * MINUTE_NS
        else:
            from_ns = -(-from_ns // NS_PER_S) * NS_PER_S
        known = self._known(question.symbols)
        tickers = np.empty(len(known), TICKER)
        read_tickers(self._state.table, known, from_ns, now_ns, np.empty(1, CANDLE), tickers)
        return tickers

    def _average_price(self, question: AveragePriceQuestion) -> AveragePriceAnswer:
        if not self._is_listed(question.symbol):
            return AveragePriceAnswer(0, 0, 0, 1, 0)
        trades = self._state.trades
        ticker = self._tickers(TickerQuestion((question.symbol,), AVERAGE_NS, question.now_ns))[0]
        count = trades.count(question.symbol)
        last_trade_ns = int(trades.row(question.symbol, count - 1)["time_ns"]) if count else 0
        if ticker["trades"] == 0:
            return AveragePriceAnswer(0, int(ticker["close_ticks"]), 0, 1, last_trade_ns)
        quote = (int(ticker["quote_hi"]), int(ticker["quote_lo"]))
        return AveragePriceAnswer(*quote, int(ticker["lots_hi"]), int(ticker["lots_lo"]), last_trade_ns)

    def _now_ns(self, asker_ns: int) -> int:
        return bounded_ns(max(asker_ns, self._state.time_ns))


def _limited(limit: int, limit_max: int) -> int:
    return min(max(limit, 0), limit_max)


def _page(rings: Rings, series: int, first: int | None, after: int, limit: int) -> bytes:
    """Kept rows before number `after`: the oldest `limit` from number `first` on, or the newest if it is None."""
    limit = _limited(limit, ROWS_MAX)
    if first is None:
        return rings.rows(series, after - limit, after).tobytes()
    first = max(first, rings.oldest(series))
    return rings.rows(series, first, min(first + limit, after)).tobytes()
