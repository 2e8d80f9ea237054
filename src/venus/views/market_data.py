"""Market data: what anyone may see of a market, folded from the exchange's events.

Books by level, trades, aggregate trades, candles, the ticker, and a publication of what changed for whoever streams it.
What is asked and answered: market_questions.py.
Source: docs/rules/events.md.
"""

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import Side
from venus.units import NS_PER_S
from venus.views.candles import (
    CANDLE,
    DAY_NS,
    INTERVALS_COUNT,
    MINUTE_NS,
    bounded_ns,
    number_at,
    numbers_between,
    open_ns,
    source_of,
)
from venus.views.kernels.market_data_reading import count_unpublished, publish, read_candles, read_tickers
from venus.views.kernels.market_data_rows import UNPUBLISHED
from venus.views.market_questions import (
    AGGREGATE,
    AVERAGE_NS,
    CANDLE_CHANGE,
    DEPTH_LEVELS_MAX,
    LEVEL_CHANGE,
    ROWS_MAX,
    SYMBOL_CHANGE,
    TICKER,
    TOP,
    TRADE,
    AggTradesAnswer,
    AggTradesQuestion,
    Answer,
    AveragePriceAnswer,
    AveragePriceQuestion,
    CandlesAnswer,
    CandlesQuestion,
    DepthAnswer,
    DepthQuestion,
    MarketTradesAnswer,
    MarketTradesQuestion,
    Publication,
    Question,
    TickerAnswer,
    TickerQuestion,
    TopsAnswer,
    TopsQuestion,
)
from venus.views.market_state import TRADES_KEPT, MarketState
from venus.views.rings import Rings


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
