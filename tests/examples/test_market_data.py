"""Market data as a trader reads it: books and their update ids, trades, candles, the ticker, the average price."""

from datetime import UTC, datetime
from typing import Self

import numpy as np
import pytest

from venus.records.batch import Batch
from venus.records.commands import COMMAND, ListAsset, ListSymbol, Side
from venus.records.events import EVENT, EventFlag, EventKind, Expiry
from venus.units import NS_PER_S
from venus.views import market_state
from venus.views.candles import CANDLE, DAY_NS, HOUR_NS, INTERVAL_CODES, MINUTE_NS, open_at, wide
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

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
NO_COMMANDS = np.zeros(0, COMMAND)


def moment_ns(text: str) -> int:
    """ "2024-02-29 12:00:00" in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


class Market:
    """A view of two symbols, told what happened a frame at a time: `frame` ends one."""

    def __init__(self, text: str = "2024-02-29 12:00:00") -> None:
        self.view = MarketData()
        self.time_ns = moment_ns(text)
        self._events: list[dict[str, int]] = []
        self._trades_count = [0, 0]
        self._listed: ListAsset | ListSymbol | None = None
        for symbol, asset in enumerate(("USD", "COIN")):
            self._list(ListAsset(reference=asset, code=asset, scale=2), EventKind.ASSET_LISTED, symbol)
        figures = dict.fromkeys(ListSymbol.__struct_fields__, 1) | {"base_asset": 1, "quote_asset": 0}
        figures |= {"tick_atoms": 50, "lot_atoms": 4}  # K is 2 and B is 4
        for symbol in (0, 1):
            code = f"COIN{symbol}"
            listing = ListSymbol(**figures | {"reference": code, "code": code})
            self._list(listing, EventKind.SYMBOL_LISTED, symbol)

    def _list(self, command: ListAsset | ListSymbol, kind: EventKind, number: int) -> None:
        self._listed = command
        self.event(kind, symbol=number)
        self.frame()
        self._listed = None

    def event(self, kind: EventKind, **fields: int) -> Self:
        self._events.append({"kind": kind, **fields})
        return self

    def rests(self, side: str, lots: int, price: int, symbol: int = 0) -> Self:
        return self._of_order(EventKind.ACCEPTED, side, lots, price, symbol)

    def cancels(self, side: str, lots: int, price: int) -> Self:
        return self._of_order(EventKind.CANCELED, side, lots, price, 0)

    def _of_order(self, kind: EventKind, side: str, lots: int, price: int, symbol: int, **fields: int) -> Self:
        return self.event(kind, side=SIDES[side], remaining_lots=lots, price_ticks=price, symbol=symbol, **fields)

    def trades(self, side: str, lots: int, price: int, order: int = 1, symbol: int = 0) -> Self:
        """The taker's side; what it takes rests on the other one."""
        self._trades_count[symbol] += 1
        amounts = {"quantity_lots": lots, "price_ticks": price, "trade_id": self._trades_count[symbol]}
        return self.event(EventKind.TRADE, side=SIDES[side], order_id=order, symbol=symbol, **amounts)

    def deals(self, side: str, lots: int, price: int) -> Self:
        """Somebody rests and somebody else takes it, in a frame of its own."""
        other = "sell" if side == "buy" else "buy"
        order = self._trades_count[0] + 1
        return self.rests(other, lots, price).trades(side, lots, price, order).frame()

    def frame(self, text: str = "") -> Self:
        """All that happened since the last frame, at a time of day if one is given."""
        if text:
            self.time_ns = moment_ns(text)
        events = np.zeros(len(self._events), EVENT)
        for row, fields in enumerate(self._events):
            for name, value in fields.items():
                events[name][row] = value
        self._events.clear()
        self.view.apply(Batch(1, self.time_ns, 1, NO_COMMANDS, b"", self._listed, events))
        return self

    def after(self, span_ns: int) -> Self:
        self.time_ns += span_ns
        return self

    def depth(self, limit: int = 100) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """(price, lots) of bids and asks."""
        answer = self.view.answer(DepthQuestion(0, limit))
        return np.frombuffer(answer.bids, LEVEL).tolist(), np.frombuffer(answer.asks, LEVEL).tolist()

    def update_id(self) -> int:
        return self.view.answer(DepthQuestion(0)).last_update_id

    def publication(self) -> Publication:
        publication = self.view.publication()
        assert publication is not None
        return publication

    def candles(self, interval: str, **question: int) -> list[tuple[int, ...]]:
        """(open time, open, high, low, close, lots, quote, trades) of the first symbol's candles."""
        code = INTERVAL_CODES[interval]
        data = self.view.answer(CandlesQuestion(0, code, **question)).candles
        fields = ("open_ns", "open_ticks", "high_ticks", "low_ticks", "close_ticks", "lots_lo", "quote_lo", "trades")
        return [tuple(int(row[name]) for name in fields) for row in np.frombuffer(data, CANDLE)]

    def ticker(self, **question: int) -> dict[str, int]:
        data = self.view.answer(TickerQuestion(symbols=(0,), **question)).tickers
        row = np.frombuffer(data, TICKER)[0]
        return {name: int(row[name]) for name in TICKER.names or ()}


# --- books ---


def test_orders_at_one_price_are_one_level_and_the_best_comes_first() -> None:
    market = Market()
    market.rests("buy", 5, 99).rests("buy", 2, 98).rests("buy", 3, 99)
    market.rests("sell", 7, 102).rests("sell", 1, 101).frame()
    assert market.depth() == ([(99, 8), (98, 2)], [(101, 1), (102, 7)])
    assert market.depth(limit=1) == ([(99, 8)], [(101, 1)])
    assert market.update_id() == 5


def test_every_change_of_a_level_takes_the_next_update_id() -> None:
    market = Market().rests("sell", 7, 101).frame()
    assert market.update_id() == 1
    market.trades("buy", 3, 101).trades("buy", 1, 101).frame()
    assert market.update_id() == 3
    market.cancels("sell", 3, 101).frame()
    assert market.update_id() == 4
    assert market.depth() == ([], [])


def test_what_leaves_the_book_leaves_its_level() -> None:
    """Prevented lots, an amendment's, a frozen account's; what a taker leaves unfilled never rested."""
    market = Market().rests("sell", 10, 101).rests("buy", 10, 99).frame()
    market.event(EventKind.PREVENTED, side=Side.BUY, price_ticks=101, quantity_lots=4, remaining_lots=4).frame()
    assert market.depth() == ([(99, 10)], [(101, 6)])
    market.event(EventKind.PREVENTED, side=Side.BUY, price_ticks=101, quantity_lots=4, remaining_lots=0).frame()
    assert market.depth() == ([(99, 10)], [(101, 6)])
    # Three lots less hold 3 × 99 × K of the quote on a bid, 3 × B of the base on an ask.
    market.event(EventKind.AMENDED, side=Side.BUY, price_ticks=99, remaining_lots=7, hold_atoms=-3 * 99 * 2).frame()
    market.event(EventKind.AMENDED, side=Side.SELL, price_ticks=101, remaining_lots=3, hold_atoms=-3 * 4).frame()
    assert market.depth() == ([(99, 7)], [(101, 3)])
    expired = {"side": Side.BUY, "price_ticks": 99, "remaining_lots": 7}
    market.event(EventKind.EXPIRED, flags=EventFlag.TAKER_DONE, reason=Expiry.UNFILLED_IOC, **expired).frame()
    assert market.depth() == ([(99, 7)], [(101, 3)])
    market.event(EventKind.EXPIRED, reason=Expiry.ACCOUNT_FROZEN, **expired).frame()
    assert market.depth() == ([], [(101, 3)])


def test_best_prices_of_all_symbols_or_of_those_named() -> None:
    market = Market().rests("buy", 5, 99).rests("sell", 2, 7, symbol=1).frame()

    def tops(*symbols: int) -> list[tuple[int, ...]]:
        rows: list[tuple[int, ...]] = np.frombuffer(market.view.answer(TopsQuestion(symbols)).tops, TOP).tolist()
        return rows

    assert tops() == [(1, 99, 5, 0, 0, 0), (1, 0, 0, 7, 2, 1)]
    assert tops(1) == [(1, 0, 0, 7, 2, 1)]
    assert tops(1, 44, 0) == [(1, 0, 0, 7, 2, 1), (1, 99, 5, 0, 0, 0)]


def test_nothing_is_known_of_a_symbol_that_is_not_listed() -> None:
    view = Market().view
    for symbol in (2, -1, 2**31):
        depth = view.answer(DepthQuestion(symbol))
        assert (depth.last_update_id, depth.bids, depth.asks) == (0, b"", b"")
        assert view.answer(MarketTradesQuestion(symbol)).trades == b""
        assert view.answer(AggTradesQuestion(symbol)).aggregates == b""
        assert view.answer(CandlesQuestion(symbol, 0)).candles == b""
        assert view.answer(TickerQuestion((symbol,))).tickers == b""
        assert view.answer(AveragePriceQuestion(symbol)).last_trade_ns == 0
    assert Market().deals("buy", 1, 5).view.answer(CandlesQuestion(0, 16)).candles == b""


# --- publications ---


def test_a_publication_has_each_level_once_and_the_ids_of_all_its_changes() -> None:
    market = Market().rests("buy", 5, 99).rests("sell", 2, 101).frame()
    market.publication()
    market.rests("buy", 1, 99).rests("buy", 8, 98).cancels("buy", 8, 98).trades("buy", 2, 101).frame()
    publication = market.publication()
    assert np.frombuffer(publication.changes, SYMBOL_CHANGE).tolist() == [(3, 6, 0, 3, 0)]
    levels = np.frombuffer(publication.levels, LEVEL_CHANGE).tolist()
    assert levels == [(99, 6, 3, 0, Side.BUY), (98, 0, 5, 0, Side.BUY), (101, 0, 6, 0, Side.SELL)]
    assert market.view.publication() is None


def test_each_symbol_has_its_own_ids_and_its_levels_are_together() -> None:
    market = Market().rests("buy", 1, 10, symbol=1).rests("buy", 2, 20).rests("sell", 3, 11, symbol=1).frame()
    publication = market.publication()
    assert np.frombuffer(publication.changes, SYMBOL_CHANGE).tolist() == [(1, 2, 0, 2, 1), (1, 1, 2, 1, 0)]
    prices = [price for price, _, _, _, _ in np.frombuffer(publication.levels, LEVEL_CHANGE).tolist()]
    assert prices == [10, 11, 20]


def test_best_prices_are_published_only_when_they_change() -> None:
    market = Market().rests("buy", 5, 99).frame()
    assert np.frombuffer(market.publication().tops, TOP).tolist() == [(1, 99, 5, 0, 0, 0)]
    market.rests("buy", 5, 98).frame()
    assert market.publication().tops == b""
    market.rests("buy", 1, 99).cancels("buy", 1, 99).frame()
    assert market.publication().tops == b""
    market.cancels("buy", 5, 99).frame()
    assert np.frombuffer(market.publication().tops, TOP).tolist() == [(5, 98, 5, 0, 0, 0)]


def test_a_trade_is_published_with_its_aggregate_and_all_its_candles() -> None:
    market = Market().rests("sell", 5, 101).frame()
    market.publication()
    market.trades("buy", 2, 101, order=8).frame()
    publication = market.publication()
    assert np.frombuffer(publication.trades, TRADE).tolist() == [(1, 101, 2, market.time_ns, 8, 0, 0)]
    assert np.frombuffer(publication.aggregates, AGGREGATE).tolist() == [(1, 101, 2, 1, 1, market.time_ns, 8, 0, 0)]
    candles = np.frombuffer(publication.candles, CANDLE_CHANGE)
    assert candles["interval"].tolist() == list(INTERVAL_CODES.values())
    assert set(candles["close_ticks"].tolist()) == {101}


def test_a_frame_that_changes_no_market_publishes_nothing() -> None:
    market = Market()
    market.event(EventKind.TRANSFERRED, symbol=1, quantity_lots=5).event(EventKind.REJECTED, symbol=9).frame()
    assert market.view.publication() is None


def test_what_nobody_asks_for_is_forgotten_and_the_ids_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_state, "UNPUBLISHED_EVENTS_MAX", 3)
    market = Market().rests("buy", 5, 99).frame()
    market.publication()
    market.rests("buy", 1, 98).trades("sell", 1, 99).frame()
    market.rests("buy", 1, 97).rests("buy", 1, 96).frame()  # too much with the two before
    publication = market.publication()
    assert np.frombuffer(publication.changes, SYMBOL_CHANGE).tolist() == [(4, 5, 0, 2, 0)]
    assert publication.trades == publication.aggregates == publication.candles == b""
    assert np.frombuffer(publication.tops, TOP).tolist() == [(5, 99, 4, 0, 0, 0)]
    market.rests("buy", 1, 95).rests("buy", 1, 94).rests("buy", 1, 93).rests("buy", 1, 92).frame()  # alone, never
    assert np.frombuffer(market.publication().changes, SYMBOL_CHANGE).tolist() == [(6, 9, 0, 4, 0)]


# --- trades ---


def test_fills_of_one_order_at_one_price_are_one_aggregate() -> None:
    market = Market().rests("sell", 9, 101).rests("sell", 9, 102).frame()
    market.trades("buy", 2, 101, order=5).trades("buy", 7, 101, order=5).trades("buy", 1, 102, order=5).frame()
    market.after(NS_PER_S).trades("buy", 1, 102, order=6).frame()
    answer = market.view.answer(AggTradesQuestion(0))
    rows = np.frombuffer(answer.aggregates, AGGREGATE)
    assert rows[["aggregate_id", "price_ticks", "lots", "first_trade_id", "last_trade_id"]].tolist() == [
        (1, 101, 9, 1, 2),
        (2, 102, 1, 3, 3),
        (3, 102, 1, 4, 4),
    ]
    from_the_second = market.view.answer(AggTradesQuestion(0, start_ns=market.time_ns))
    assert np.frombuffer(from_the_second.aggregates, AGGREGATE)["aggregate_id"].tolist() == [3]


def test_the_buyer_is_maker_if_the_taker_sold() -> None:
    market = Market().deals("buy", 1, 101).deals("sell", 2, 99)
    trades = np.frombuffer(market.view.answer(MarketTradesQuestion(0)).trades, TRADE)
    assert trades["buyer_is_maker"].tolist() == [0, 1]
    assert trades["trade_id"].tolist() == [1, 2]


def test_a_page_of_trades_is_the_newest_or_from_an_id() -> None:
    market = Market()
    for price in range(1, 8):
        market.deals("buy", 1, price)

    def ids(limit: int, from_id: int | None = None) -> list[int]:
        answer = market.view.answer(MarketTradesQuestion(0, limit, from_id))
        found: list[int] = np.frombuffer(answer.trades, TRADE)["trade_id"].tolist()
        return found

    assert ids(3) == [5, 6, 7]
    assert ids(3, from_id=2) == [2, 3, 4]
    assert ids(3, from_id=7) == [7]
    assert ids(3, from_id=8) == []
    assert ids(3, from_id=-5) == [1, 2, 3]
    assert ids(-1) == []
    assert ids(10**9) == [1, 2, 3, 4, 5, 6, 7]


# --- candles ---


def test_a_candle_has_the_first_highest_lowest_and_last_price() -> None:
    market = Market("2024-02-29 12:00:10")
    for side, lots, price in (("buy", 1, 100), ("sell", 2, 90), ("buy", 3, 120), ("sell", 4, 110)):
        market.deals(side, lots, price).after(10 * NS_PER_S)
    opened_ns = moment_ns("2024-02-29 12:00:00")
    quote = 1 * 100 + 2 * 90 + 3 * 120 + 4 * 110
    assert market.candles("1m", limit=1) == [(opened_ns, 100, 120, 90, 110, 10, quote, 4)]
    row = np.frombuffer(market.view.answer(CandlesQuestion(0, INTERVAL_CODES["1m"])).candles, CANDLE)[0]
    assert (row["buy_lots_lo"], row["buy_quote_lo"]) == (1 + 3, 1 * 100 + 3 * 120)
    assert (row["first_trade_id"], row["trades"]) == (1, 4)


def test_a_candle_without_trades_is_flat_at_the_price_before_it() -> None:
    market = Market("2024-02-29 12:00:00").deals("buy", 1, 100).deals("buy", 1, 105)
    market.after(3 * MINUTE_NS).deals("buy", 2, 95)
    start_ns = moment_ns("2024-02-29 12:00:00")
    flat = (105, 105, 105, 105, 0, 0, 0)
    expected = [
        (start_ns, 100, 105, 100, 105, 2, 205, 2),
        (start_ns + MINUTE_NS, *flat),
        (start_ns + 2 * MINUTE_NS, *flat),
        (start_ns + 3 * MINUTE_NS, 95, 95, 95, 95, 2, 190, 1),
        (start_ns + 4 * MINUTE_NS, 95, 95, 95, 95, 0, 0, 0),
    ]
    assert market.candles("1m", now_ns=start_ns + 4 * MINUTE_NS + 1) == expected
    assert market.candles("1m") == expected[:4]
    assert market.candles("1m", limit=2) == expected[2:4]
    assert market.candles("1m", limit=2, start_ns=start_ns + 1) == expected[1:3]
    assert market.candles("1m", limit=2, end_ns=start_ns + 2 * MINUTE_NS) == expected[1:3]
    assert market.candles("1m", start_ns=start_ns + MINUTE_NS, end_ns=start_ns + MINUTE_NS) == expected[1:2]
    assert market.candles("1m", start_ns=start_ns + HOUR_NS) == []
    assert market.candles("1m", end_ns=start_ns - 1) == []


@pytest.mark.parametrize(
    ("interval", "moment", "opens"),
    [
        ("1s", "2024-02-29 23:59:59", "2024-02-29 23:59:59"),
        ("3m", "2024-02-29 23:59:59", "2024-02-29 23:57:00"),
        ("8h", "2024-02-29 15:59:59", "2024-02-29 08:00:00"),
        ("12h", "2024-02-29 12:00:00", "2024-02-29 12:00:00"),
        ("1d", "2024-02-29 23:59:59", "2024-02-29 00:00:00"),
        ("3d", "2024-02-28 23:59:59", "2024-02-26 00:00:00"),
        ("3d", "2024-03-02 23:59:59", "2024-02-29 00:00:00"),  # 3 × 6,594 days after 1970-01-01
        ("1w", "2024-03-03 23:59:59", "2024-02-26 00:00:00"),  # a Sunday, and its Monday
        ("1w", "2024-03-04 00:00:00", "2024-03-04 00:00:00"),
        ("1M", "2024-02-29 23:59:59", "2024-02-01 00:00:00"),
        ("1M", "2024-03-01 00:00:00", "2024-03-01 00:00:00"),
        ("1M", "2023-12-31 23:59:59", "2023-12-01 00:00:00"),
    ],
)
def test_where_a_candle_opens(interval: str, moment: str, opens: str) -> None:
    assert open_at(INTERVAL_CODES[interval], moment_ns(moment)) == moment_ns(opens)
    market = Market(moment).deals("buy", 1, 100)
    assert [candle[0] for candle in market.candles(interval)] == [moment_ns(opens)]


def test_a_day_begins_at_midnight_where_the_asker_lives() -> None:
    """In Kathmandu, 5:45 ahead, 18:14 still belongs to the day that 18:15 ends."""
    market = Market("2024-02-29 18:14:59").deals("buy", 1, 100)
    market.after(NS_PER_S).deals("buy", 2, 200)
    zone_ns = 5 * HOUR_NS + 45 * MINUTE_NS
    assert market.candles("1d", offset_ns=zone_ns) == [
        (moment_ns("2024-02-28 18:15:00"), 100, 100, 100, 100, 1, 100, 1),
        (moment_ns("2024-02-29 18:15:00"), 200, 200, 200, 200, 2, 400, 1),
    ]
    assert [candle[0] for candle in market.candles("1M", offset_ns=zone_ns)] == [
        moment_ns("2024-01-31 18:15:00"),
        moment_ns("2024-02-29 18:15:00"),
    ]
    assert len(market.candles("1m", offset_ns=zone_ns)) == 2


def test_sums_wider_than_64_bits_are_exact() -> None:
    market = Market()
    price, lots = 2**31, 2**30  # with K = 2 the largest notional that there is
    for _ in range(9):
        market.deals("buy", lots, price)
    market.deals("buy", 2**60, 2)
    for _ in range(20):
        market.deals("buy", 2**60, 1)
    row = np.frombuffer(market.view.answer(CandlesQuestion(0, INTERVAL_CODES["1M"])).candles, CANDLE)[0]
    quote = 9 * price * lots + 22 * 2**60
    assert quote > 2**64 < 21 * 2**60 + 9 * lots
    assert wide(row["quote_hi"], row["quote_lo"]) == wide(row["buy_quote_hi"], row["buy_quote_lo"]) == quote
    assert wide(row["lots_hi"], row["lots_lo"]) == wide(row["buy_lots_hi"], row["buy_lots_lo"]) == 21 * 2**60 + 9 * lots
    ticker = market.ticker()
    assert wide(ticker["quote_hi"], ticker["quote_lo"]) == quote


# --- ticker and average price ---


def test_the_ticker_rolls_over_24_hours() -> None:
    market = Market("2024-02-28 12:00:00").deals("buy", 1, 100)
    market.after(HOUR_NS).deals("buy", 2, 130).rests("buy", 7, 90).rests("sell", 6, 140).frame()
    market.after(HOUR_NS).deals("sell", 3, 110)
    ticker = market.ticker()
    prices = ("open_ticks", "high_ticks", "low_ticks", "close_ticks", "prev_close_ticks")
    assert [ticker[name] for name in prices] == [100, 130, 100, 110, 0]
    assert (ticker["first_trade_id"], ticker["last_trade_id"], ticker["trades"]) == (1, 3, 3)
    assert (ticker["lots_lo"], ticker["quote_lo"]) == (6, 100 + 260 + 330)
    assert (ticker["bid_ticks"], ticker["bid_lots"], ticker["ask_ticks"], ticker["ask_lots"]) == (90, 7, 140, 6)
    next_day = market.ticker(now_ns=moment_ns("2024-02-29 12:00:01"))
    assert [next_day[name] for name in prices] == [130, 130, 110, 110, 100]
    assert (next_day["first_trade_id"], next_day["last_trade_id"], next_day["trades"]) == (2, 3, 2)


def test_a_ticker_without_trades_stands_at_the_last_price() -> None:
    prices = ("open_ticks", "high_ticks", "low_ticks", "close_ticks", "prev_close_ticks", "last_lots")
    assert [Market().ticker()[name] for name in prices] == [0] * 6
    market = Market().deals("buy", 4, 100)
    ticker = market.ticker(now_ns=market.time_ns + 2 * DAY_NS)
    assert [ticker[name] for name in prices] == [100, 100, 100, 100, 100, 4]
    assert (ticker["first_trade_id"], ticker["last_trade_id"], ticker["trades"], ticker["lots_lo"]) == (-1, -1, 0, 0)


def test_the_average_price_is_weighted_by_lots_over_five_minutes() -> None:
    market = Market().deals("buy", 1, 100)
    market.after(MINUTE_NS).deals("buy", 3, 200)

    def average(now_ns: int = 0) -> tuple[int, int]:
        answer = market.view.answer(AveragePriceQuestion(0, now_ns))
        assert answer.last_trade_ns == market.time_ns
        return wide(answer.quote_hi, answer.quote_lo), wide(answer.lots_hi, answer.lots_lo)

    assert average() == (100 + 3 * 200, 4)
    assert average(market.time_ns + 4 * MINUTE_NS + NS_PER_S) == (3 * 200, 3)
    assert average(market.time_ns + 6 * MINUTE_NS) == (200, 1)
