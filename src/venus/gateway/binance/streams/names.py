"""Names of market streams and what each one means.

A name that means nothing is no error: connections may be opened on any token, and so listen to a stream that never
speaks. Source: [D] web-socket-streams.md, "Detailed Stream information".
"""

import re
from enum import IntEnum
from typing import NamedTuple

from venus.units import NS_PER_MS, NS_PER_S
from venus.views.candles import DAY_NS, HOUR_NS, INTERVAL_CODES, Interval

FAST_NS = 100 * NS_PER_MS
SLOW_NS = NS_PER_S
CANDLE_NS = 2 * NS_PER_S


class StreamKind(IntEnum):
    TRADE = 1
    AGGREGATE = 2
    BOOK_TICKER = 3
    DEPTH = 4
    PARTIAL_DEPTH = 5
    CANDLE = 6
    MINI_TICKER = 7
    TICKER = 8
    WINDOW_TICKER = 9
    AVERAGE_PRICE = 10


class Stream(NamedTuple):
    """What a name asks for; what its kind does not use is zero."""

    kind: StreamKind
    code: str = ""  # symbol, as listed; empty: all symbols
    every_ns: int = 0  # 0: as it happens
    levels: int = 0
    interval: int = 0
    offset_ns: int = 0  # candles: what the asker's clock is ahead of UTC
    window_ns: int = 0
    label: str = ""  # the interval or window, as the name has it


_WINDOWS_NS = {"1h": HOUR_NS, "4h": 4 * HOUR_NS, "1d": DAY_NS}
_DEPTH = re.compile(r"depth(5|10|20)?(?:@(100|1000)ms)?")
_CANDLE = re.compile(r"kline_([0-9]+[smhdwM])(@\+08:00)?")
_EAST_NS = 8 * HOUR_NS
_PLAIN = {
    "trade": Stream(StreamKind.TRADE),
    "aggTrade": Stream(StreamKind.AGGREGATE),
    "bookTicker": Stream(StreamKind.BOOK_TICKER),
    "miniTicker": Stream(StreamKind.MINI_TICKER, every_ns=SLOW_NS, window_ns=DAY_NS),
    "ticker": Stream(StreamKind.TICKER, every_ns=SLOW_NS, window_ns=DAY_NS),
    "avgPrice": Stream(StreamKind.AVERAGE_PRICE, every_ns=SLOW_NS),
} | {
    f"ticker_{label}": Stream(StreamKind.WINDOW_TICKER, every_ns=SLOW_NS, window_ns=window_ns, label=label)
    for label, window_ns in _WINDOWS_NS.items()
}
_OF_ALL_SYMBOLS = {
    f"!{kind}@arr": _PLAIN[kind] for kind in ("miniTicker", *(f"ticker_{label}" for label in _WINDOWS_NS))
} | {
    # Not documented, or no longer, and asked for all the same by python-binance.
    "!miniTicker@arr@1000ms": _PLAIN["miniTicker"],
    "!miniTicker@arr@3000ms": _PLAIN["miniTicker"]._replace(every_ns=3 * NS_PER_S),
    "!ticker@arr": _PLAIN["ticker"],
    "!bookTicker": _PLAIN["bookTicker"],
}


def parse_stream(name: str) -> Stream | None:
    """The stream of a name, or None if there is none of it. Symbols are in lower case in names."""
    code, at, rest = name.partition("@")
    if not at or name.startswith("!"):
        return _OF_ALL_SYMBOLS.get(name)
    if not code or code != code.lower():
        return None
    stream = _PLAIN.get(rest) or _depth(rest) or _candle(rest)
    return stream and stream._replace(code=code.upper())


def _depth(rest: str) -> Stream | None:
    match = _DEPTH.fullmatch(rest)
    if match is None:
        return None
    levels, every_ms = match.groups()
    kind = StreamKind.PARTIAL_DEPTH if levels else StreamKind.DEPTH
    return Stream(kind, every_ns=FAST_NS if every_ms == "100" else SLOW_NS, levels=int(levels or 0))


def _candle(rest: str) -> Stream | None:
    match = _CANDLE.fullmatch(rest)
    if match is None or match[1] not in INTERVAL_CODES:
        return None
    interval = INTERVAL_CODES[match[1]]
    every_ns = SLOW_NS if interval == Interval.S1 else CANDLE_NS
    offset_ns = _EAST_NS if match[2] else 0
    return Stream(StreamKind.CANDLE, every_ns=every_ns, interval=interval, offset_ns=offset_ns, label=match[1])
