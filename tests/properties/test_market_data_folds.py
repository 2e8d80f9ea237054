"""The market data view against a fold so slow that it is obvious, on made-up markets and on what the core does."""

from collections import defaultdict
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.made_up_markets import START_NS, made_up_batches
from tests.properties.random_conditions import STREAMS, play_conditions
from tests.properties.random_exchange import play
from tests.properties.slow_market_data import SlowMarket, SlowMarketData, slow_after_ns, slow_open_ns
from venus.records.batch import Batch
from venus.units import NS_PER_S
from venus.views.candles import CANDLE, DAY_NS, HOUR_NS, INTERVAL_NAMES, MINUTE_NS, PERIODS_NS, wide
from venus.views.market_data import MarketData
from venus.views.market_questions import (
    AGGREGATE,
    CANDLE_CHANGE,
    LEVEL,
    LEVEL_CHANGE,
    SYMBOL_CHANGE,
    TICKER,
    TOP,
    TRADE,
    AggTradesQuestion,
    AveragePriceQuestion,
    CandlesQuestion,
    DepthQuestion,
    MarketTradesQuestion,
    Publication,
    TickerQuestion,
    TopsQuestion,
)

seeds = st.integers(0, 2**32 - 1)
ZONES_NS = (0, 8 * HOUR_NS, -5 * HOUR_NS, 5 * HOUR_NS + 45 * MINUTE_NS, -12 * HOUR_NS)


def rows_of(data: bytes, row: np.dtype) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = np.frombuffer(data, row).tolist()
    return rows


def candle_of(row: tuple[int, ...]) -> tuple[int, ...]:
    """A CANDLE with its sums joined."""
    return (*row[:7], *(wide(hi, lo) for hi, lo in zip(row[7::2], row[8::2], strict=True)))


def check_books(view: MarketData, slow: SlowMarketData) -> None:
    for market in slow.markets:
        depth = view.answer(DepthQuestion(market.number, 5000))
        assert (rows_of(depth.bids, LEVEL), rows_of(depth.asks, LEVEL)) == market.depth()
        assert depth.last_update_id == market.update_id
        shallow = view.answer(DepthQuestion(market.number, 2))
        assert (rows_of(shallow.bids, LEVEL), rows_of(shallow.asks, LEVEL)) == tuple(
            side[:2] for side in market.depth()
        )
    assert rows_of(view.answer(TopsQuestion()).tops, TOP) == [market.top() for market in slow.markets]


def check_trades(view: MarketData, market: SlowMarket, chance: Random) -> None:
    symbol, trades, aggregates = market.number, market.trades, market.aggregates()
    limit = chance.choice((0, 1, 5, 1000))
    newest = view.answer(MarketTradesQuestion(symbol, limit))
    assert rows_of(newest.trades, TRADE) == trades[max(len(trades) - limit, 0) :]
    from_id = chance.randint(0, len(trades) + 2)
    after = view.answer(MarketTradesQuestion(symbol, limit, from_id))
    assert rows_of(after.trades, TRADE) == [trade for trade in trades if trade.trade_id >= from_id][:limit]
    from_id = chance.randint(0, len(aggregates) + 2)
    named = view.answer(AggTradesQuestion(symbol, limit, from_id=from_id))
    assert rows_of(named.aggregates, AGGREGATE) == [row for row in aggregates if row[0] >= from_id][:limit]
    times_ns = [START_NS, *(trade.time_ns for trade in trades)]
    start_ns, end_ns = (chance.choice(times_ns) + chance.choice((-1, 0, 1)) for _ in range(2))
    between = view.answer(AggTradesQuestion(symbol, limit, start_ns=start_ns, end_ns=end_ns))
    assert rows_of(between.aggregates, AGGREGATE) == [row for row in aggregates if start_ns <= row[5] <= end_ns][:limit]
    until = [row for row in aggregates if row[5] <= end_ns]
    newest_until = view.answer(AggTradesQuestion(symbol, limit, end_ns=end_ns))
    assert rows_of(newest_until.aggregates, AGGREGATE) == until[max(len(until) - limit, 0) :]


def check_candles(view: MarketData, market: SlowMarket, now_ns: int, chance: Random) -> None:
    """Every interval of which the market's life has at most three hundred candles, each in one zone."""
    if not market.trades:
        assert view.answer(CandlesQuestion(market.number, 0)).candles == b""
        return
    for interval, period_ns in enumerate(PERIODS_NS):
        if period_ns and now_ns - market.trades[0].time_ns > 300 * period_ns:
            continue
        zone_ns = chance.choice(ZONES_NS)
        expected = market.candles(INTERVAL_NAMES[interval], now_ns, zone_ns)

        def asked(interval: int = interval, zone_ns: int = zone_ns, **bounds: int) -> list[tuple[int, ...]]:
            question = CandlesQuestion(market.number, interval, now_ns=now_ns, offset_ns=zone_ns, **bounds)
            return [candle_of(row) for row in rows_of(view.answer(question).candles, CANDLE)]

        assert asked(limit=1000) == expected
        limit = chance.choice((1, 3, 1000))
        start_ns, end_ns = (chance.choice(expected)[0] + chance.choice((-1, 0, 1)) for _ in range(2))
        since = [candle for candle in expected if candle[0] >= start_ns]
        until = [candle for candle in expected if candle[0] <= end_ns]
        assert asked(limit=limit) == expected[-limit:]
        assert asked(limit=limit, start_ns=start_ns) == since[:limit]
        assert asked(limit=limit, end_ns=end_ns) == until[-limit:]
        assert asked(limit=limit, start_ns=start_ns, end_ns=end_ns) == [c for c in since if c[0] <= end_ns][:limit]


def check_tickers(view: MarketData, slow: SlowMarketData, now_ns: int, chance: Random) -> None:
    window_ns = chance.choice((DAY_NS, MINUTE_NS, HOUR_NS, 7 * DAY_NS))
    grid_ns, round_up = (MINUTE_NS, 0) if window_ns > DAY_NS else (NS_PER_S, NS_PER_S - 1)
    from_ns = (now_ns - window_ns + round_up) // grid_ns * grid_ns
    rows = np.frombuffer(view.answer(TickerQuestion(window_ns=window_ns, now_ns=now_ns)).tickers, TICKER)
    assert [int(row["symbol"]) for row in rows] == [market.number for market in slow.markets]
    for row, market in zip(rows, slow.markets, strict=True):
        ticker = {name: int(row[name]) for name in TICKER.names or ()}
        expected = market.sums(from_ns, now_ns + 1)
        shape = tuple(ticker[f"{name}_ticks"] for name in ("open", "high", "low", "close"))
        sums = (wide(ticker["lots_hi"], ticker["lots_lo"]), wide(ticker["quote_hi"], ticker["quote_lo"]))
        assert (*shape, ticker["first_trade_id"], ticker["trades"], *sums) == expected[:8]
        assert ticker["last_trade_id"] == (len(market.trades) if expected[5] else -1)
        before = [trade.price_ticks for trade in market.trades if trade.time_ns < from_ns]
        assert ticker["prev_close_ticks"] == (before[-1] if before else 0)
        assert ticker["last_lots"] == (market.trades[-1].lots if market.trades else 0)
        bids_and_asks = tuple(ticker[name] for name in ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots"))
        assert bids_and_asks == market.top()[1:5]
        assert (ticker["from_ns"], ticker["to_ns"]) == (from_ns, now_ns)


def check_average_price(view: MarketData, market: SlowMarket, now_ns: int) -> None:
    from_ns = -(-(now_ns - 5 * MINUTE_NS) // NS_PER_S) * NS_PER_S
    *shape, lots, quote, _, _ = market.sums(from_ns, now_ns + 1)
    answer = view.answer(AveragePriceQuestion(market.number, now_ns))
    expected = (quote, lots) if lots else (shape[3], 1)
    assert (wide(answer.quote_hi, answer.quote_lo), wide(answer.lots_hi, answer.lots_lo)) == expected
    assert answer.last_trade_ns == (market.trades[-1].time_ns if market.trades else 0)


def check_everything(view: MarketData, slow: SlowMarketData, chance: Random) -> None:
    check_books(view, slow)
    now_ns = slow.time_ns + chance.choice((0, 1, 30 * NS_PER_S, DAY_NS + 1))
    check_tickers(view, slow, now_ns, chance)
    for market in slow.markets:
        check_trades(view, market, chance)
        check_candles(view, market, now_ns, chance)
        check_average_price(view, market, now_ns)


class Follower:
    """What a stranger knows who saw only the publications: books, best prices, trades, candles."""

    def __init__(self) -> None:
        self.books: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        self.update_ids: defaultdict[int, int] = defaultdict(int)
        self.tops: dict[int, tuple[int, ...]] = {}
        self.trades: list[tuple[int, ...]] = []
        self.aggregates: list[tuple[int, ...]] = []
        self.candles: dict[tuple[int, int, int], tuple[int, ...]] = {}

    def follow(self, publication: Publication) -> None:
        levels = rows_of(publication.levels, LEVEL_CHANGE)
        levels_read = 0
        for first_id, last_id, levels_from, levels_count, symbol in rows_of(publication.changes, SYMBOL_CHANGE):
            assert first_id == self.update_ids[symbol] + 1
            assert first_id <= last_id
            self.update_ids[symbol] = last_id
            assert levels_from == levels_read
            levels_read += levels_count
            of_symbol = levels[levels_from:levels_read]
            assert max(update_id for _, _, update_id, _, _ in of_symbol) == last_id
            for price_ticks, lots, update_id, of, side in of_symbol:
                assert of == symbol
                assert first_id <= update_id <= last_id
                self.books[symbol, side][price_ticks] = lots
        assert levels_read == len(levels)
        for top in rows_of(publication.tops, TOP):
            assert top[1:5] != self.tops.get(top[5], (0,) * 6)[1:5]
            self.tops[top[5]] = top
        self.trades += rows_of(publication.trades, TRADE)
        self.aggregates += rows_of(publication.aggregates, AGGREGATE)
        for symbol, interval, *candle in rows_of(publication.candles, CANDLE_CHANGE):
            self.candles[symbol, interval, candle[0]] = tuple(candle)

    def check(self, slow: SlowMarketData) -> None:
        for market in slow.markets:
            for side, levels in enumerate(market.levels):
                assert {price: lots for price, lots in self.books[market.number, side].items() if lots} == levels
            assert self.update_ids[market.number] == market.update_id
            assert self.tops.get(market.number, (0,) * 6)[1:5] == market.top()[1:5]
            assert [row for row in self.trades if row[5] == market.number] == market.trades
            assert [row for row in self.aggregates if row[7] == market.number] == market.aggregates()
            for interval in range(len(PERIODS_NS)):
                traded = {slow_open_ns(INTERVAL_NAMES[interval], trade.time_ns, 0) for trade in market.trades}
                for open_ns in traded:
                    after_ns = slow_after_ns(INTERVAL_NAMES[interval], open_ns, 0)
                    candle = candle_of(self.candles[market.number, interval, open_ns])
                    assert candle == (open_ns, *market.sums(open_ns, after_ns))


def batches_of(seed: int) -> list[Batch]:
    """One seed in four is played by the core, another by the model under rules 2."""
    if seed % 4 == 1:
        return play_conditions(seed % STREAMS)
    return play(seed) if seed % 4 == 0 else made_up_batches(seed)


@given(seed=seeds)
def test_answers_are_the_slow_folds(seed: int) -> None:
    chance = Random(seed)
    view, slow = MarketData(), SlowMarketData()
    for batch in batches_of(seed):
        view.apply(batch)
        slow.apply(batch)
        check_books(view, slow)
        if chance.random() < 0.02:
            check_everything(view, slow, chance)
    check_everything(view, slow, chance)


@given(seed=seeds, rarely=st.booleans())
def test_publications_alone_tell_everything(seed: int, rarely: bool) -> None:
    chance = Random(seed)
    view, slow = MarketData(), SlowMarketData()
    follower = Follower()
    for batch in batches_of(seed):
        view.apply(batch)
        slow.apply(batch)
        if rarely and chance.random() < 0.8:
            continue
        publication = view.publication()
        if publication is not None:
            assert publication.time_ns == batch.time_ns
            follower.follow(publication)
        assert view.publication() is None
    if (publication := view.publication()) is not None:
        follower.follow(publication)
    follower.check(slow)


@given(seed=seeds)
def test_a_restored_view_goes_on_as_if_nothing_had_happened(seed: int) -> None:
    chance = Random(seed)
    view, slow = MarketData(trades_kept=64), SlowMarketData()
    for batch in batches_of(seed):
        if chance.random() < 0.1:
            arrays = view.arrays()
            again = MarketData(trades_kept=64)
            again.restore(arrays)
            assert_same_arrays(again.arrays(), arrays)
            assert again.publication() is None
            view.publication()
            again.apply(batch)
            view.apply(batch)
            assert again.publication() == view.publication()
            view = again
        else:
            view.apply(batch)
        slow.apply(batch)
    check_books(view, slow)
    check_tickers(view, slow, slow.time_ns, chance)
    for market in slow.markets:
        check_candles(view, market, slow.time_ns, chance)


@given(seed=seeds)
def test_state_does_not_depend_on_how_events_came_in_batches(seed: int) -> None:
    chance = Random(seed)
    whole, split = MarketData(), MarketData()
    for batch in batches_of(seed):
        whole.apply(batch)
        if batch.cold is not None:
            split.apply(batch)
            continue
        start = 0
        while start < len(batch.events):
            end = start + chance.randint(1, 9)
            split.apply(batch._replace(events=batch.events[start:end]))
            start = end
    assert_same_arrays(split.arrays(), whole.arrays())


def assert_same_arrays(some: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> None:
    assert some.keys() == others.keys()
    for name, array in some.items():
        assert array.dtype == others[name].dtype, name
        assert array.tobytes() == others[name].tobytes(), name


@given(seed=seeds)
@settings(max_examples=20)
def test_a_full_ring_keeps_the_newest_trades(seed: int) -> None:
    view, slow = MarketData(trades_kept=16), SlowMarketData()
    for batch in batches_of(seed):
        view.apply(batch)
        slow.apply(batch)
    for market in slow.markets:
        answer = view.answer(MarketTradesQuestion(market.number, 1000))
        assert rows_of(answer.trades, TRADE) == market.trades[-16:]
        from_the_first = view.answer(MarketTradesQuestion(market.number, 3, from_id=1))
        assert rows_of(from_the_first.trades, TRADE) == market.trades[-16:][:3]
        aggregates = view.answer(AggTradesQuestion(market.number, 1000))
        assert rows_of(aggregates.aggregates, AGGREGATE) == market.aggregates()[-16:]
