"""What names of streams mean, and that a name that means nothing is none."""

import pytest

from venus.gateway.binance.streams.names import Stream, StreamKind, parse_stream
from venus.units import NS_PER_MS, NS_PER_S
from venus.views.candles import DAY_NS, HOUR_NS, INTERVAL_NAMES, Interval


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("btcusdt@trade", Stream(StreamKind.TRADE, "BTCUSDT")),
        ("btcusdt@aggTrade", Stream(StreamKind.AGGREGATE, "BTCUSDT")),
        ("btcusdt@bookTicker", Stream(StreamKind.BOOK_TICKER, "BTCUSDT")),
        ("!bookTicker", Stream(StreamKind.BOOK_TICKER)),
        ("btcusdt@depth", Stream(StreamKind.DEPTH, "BTCUSDT", NS_PER_S)),
        ("btcusdt@depth@1000ms", Stream(StreamKind.DEPTH, "BTCUSDT", NS_PER_S)),
        ("btcusdt@depth@100ms", Stream(StreamKind.DEPTH, "BTCUSDT", 100 * NS_PER_MS)),
        ("btcusdt@depth20", Stream(StreamKind.PARTIAL_DEPTH, "BTCUSDT", NS_PER_S, 20)),
        ("btcusdt@depth5@100ms", Stream(StreamKind.PARTIAL_DEPTH, "BTCUSDT", 100 * NS_PER_MS, 5)),
        ("btcusdt@kline_1s", Stream(StreamKind.CANDLE, "BTCUSDT", NS_PER_S, interval=Interval.S1, label="1s")),
        ("btcusdt@kline_1M", Stream(StreamKind.CANDLE, "BTCUSDT", 2 * NS_PER_S, interval=Interval.MONTH1, label="1M")),
        (
            "btcusdt@kline_1d@+08:00",
            Stream(StreamKind.CANDLE, "BTCUSDT", 2 * NS_PER_S, interval=Interval.D1, offset_ns=8 * HOUR_NS, label="1d"),
        ),
        ("btcusdt@miniTicker", Stream(StreamKind.MINI_TICKER, "BTCUSDT", NS_PER_S, window_ns=DAY_NS)),
        ("!miniTicker@arr", Stream(StreamKind.MINI_TICKER, "", NS_PER_S, window_ns=DAY_NS)),
        ("!miniTicker@arr@3000ms", Stream(StreamKind.MINI_TICKER, "", 3 * NS_PER_S, window_ns=DAY_NS)),
        ("!ticker@arr", Stream(StreamKind.TICKER, "", NS_PER_S, window_ns=DAY_NS)),
        ("btcusdt@ticker", Stream(StreamKind.TICKER, "BTCUSDT", NS_PER_S, window_ns=DAY_NS)),
        ("btcusdt@ticker_4h", Stream(StreamKind.WINDOW_TICKER, "BTCUSDT", NS_PER_S, window_ns=4 * HOUR_NS, label="4h")),
        ("!ticker_1h@arr", Stream(StreamKind.WINDOW_TICKER, "", NS_PER_S, window_ns=HOUR_NS, label="1h")),
        ("btcusdt@avgPrice", Stream(StreamKind.AVERAGE_PRICE, "BTCUSDT", NS_PER_S)),
    ],
)
def test_a_name_says_what_it_asks_for(name: str, stream: Stream) -> None:
    assert parse_stream(name) == stream


@pytest.mark.parametrize("label", INTERVAL_NAMES)
def test_every_interval_has_a_stream(label: str) -> None:
    stream = parse_stream(f"btcusdt@kline_{label}")
    assert stream is not None
    assert INTERVAL_NAMES[stream.interval] == label


@pytest.mark.parametrize(
    "name",
    [
        "",
        "0",
        "@trade",
        "btcusdt",
        "btcusdt@",
        "BTCUSDT@trade",
        "btcusdt@Trade",
        "btcusdt@trade@100ms",
        "btcusdt@depth6",
        "btcusdt@depth@250ms",
        "btcusdt@depth10@1s",
        "btcusdt@kline_7m",
        "btcusdt@kline_1d@+09:00",
        "btcusdt@ticker_2h",
        "!miniTicker@arr@500ms",
        "!bookTicker@arr",
    ],
)
def test_any_other_token_is_no_stream(name: str) -> None:
    assert parse_stream(name) is None
