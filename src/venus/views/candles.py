"""Candles' calendar: sixteen intervals, where each candle opens, and the flat candles between those that traded.

A candle has a whole number within its interval, counted from one fixed moment, so that "the next candle" is plus one
even for months. Only candles with trades are stored; what lies between is filled when somebody asks.
Source: [D] rest-api.md, "Kline/Candlestick data"; weeks begin on Monday, three-day candles count from 1970-01-01.
"""

from enum import IntEnum
from math import gcd

import numpy as np

from venus.units import NS_PER_S

MINUTE_NS = 60 * NS_PER_S
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
MONDAY_NS = 4 * DAY_NS
"""1970-01-01 was a Thursday; the first Monday after it."""

TIME_NS_MAX = 2**62
"""The year 2116; nobody asks for a later candle, nor for an earlier one than as long before 1970."""

CANDLE = np.dtype(
    [
        ("open_ns", "i8"),  # start, inclusive
        ("open_ticks", "i8"),
        ("high_ticks", "i8"),
        ("low_ticks", "i8"),
        ("close_ticks", "i8"),
        ("first_trade_id", "i8"),  # -1 without trades; ids are consecutive, so the last is first + trades - 1
        ("trades", "i8"),
        ("lots_hi", "u8"),  # sums are 128 bits wide: `wide(hi, lo)`
        ("lots_lo", "u8"),
        ("quote_hi", "u8"),  # price_ticks × lots; times the symbol's K it is quote atoms
        ("quote_lo", "u8"),
        ("buy_lots_hi", "u8"),  # of trades whose taker bought
        ("buy_lots_lo", "u8"),
        ("buy_quote_hi", "u8"),
        ("buy_quote_lo", "u8"),
    ]
)


def wide(hi: int, lo: int) -> int:
    """The whole number of two 64-bit limbs, as sums of lots and of price × lots are kept."""
    return (int(hi) << 64) | int(lo)


class Interval(IntEnum):
    """Codes of candle intervals; they ride in publications and snapshots, so a number never changes its meaning."""

    S1 = 0
    M1 = 1
    M3 = 2
    M5 = 3
    M15 = 4
    M30 = 5
    H1 = 6
    H2 = 7
    H4 = 8
    H6 = 9
    H8 = 10
    H12 = 11
    D1 = 12
    D3 = 13
    W1 = 14
    MONTH1 = 15


INTERVALS_COUNT = len(Interval)
INTERVAL_NAMES = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
"""Name of each code, as clients say it."""
INTERVAL_CODES = {name: Interval(code) for code, name in enumerate(INTERVAL_NAMES)}
PERIODS_NS = (
    NS_PER_S,
    *(minutes * MINUTE_NS for minutes in (1, 3, 5, 15, 30)),
    *(hours * HOUR_NS for hours in (1, 2, 4, 6, 8, 12)),
    *(days * DAY_NS for days in (1, 3, 7)),
    0,
)
"""Length of each code's candles; 0 for months, which have none."""
ANCHORS_NS = tuple(MONDAY_NS if code == Interval.W1 else 0 for code in Interval)
"""Where candle 0 of each code opens."""
assert len(INTERVAL_NAMES) == len(PERIODS_NS) == INTERVALS_COUNT


def bounded_ns(time_ns: int) -> int:
    """A moment that somebody asked for, brought to where the calendar can count."""
    return min(max(time_ns, -TIME_NS_MAX), TIME_NS_MAX)


def number_at(interval: int, time_ns: int, offset_ns: int = 0) -> int:
    """Number of the candle that holds a moment; `offset_ns` is what the asker's clock is ahead of UTC."""
    local_ns = time_ns + offset_ns
    if interval == Interval.MONTH1:
        return int(np.datetime64(local_ns, "ns").astype("datetime64[M]").astype("i8"))
    return (local_ns - ANCHORS_NS[interval]) // PERIODS_NS[interval]


def open_ns(interval: int, number: int, offset_ns: int = 0) -> int:
    """Opening time of a candle by number; that of `number + 1` is its end."""
    if interval == Interval.MONTH1:
        return int(np.datetime64(number, "M").astype("datetime64[ns]").astype("i8")) - offset_ns
    return ANCHORS_NS[interval] + number * PERIODS_NS[interval] - offset_ns


def open_at(interval: int, time_ns: int, offset_ns: int = 0) -> int:
    """Opening time of the candle that holds a moment."""
    return open_ns(interval, number_at(interval, time_ns, offset_ns), offset_ns)


def source_of(interval: int, offset_ns: int) -> int:
    """The longest interval, counted in UTC, whose candles fit whole into those of an asker `offset_ns` ahead."""
    if offset_ns == 0:
        return interval
    fits_ns = gcd(PERIODS_NS[interval] or DAY_NS, ANCHORS_NS[interval], offset_ns)
    return max(code for code in Interval if code < Interval.D3 and fits_ns % PERIODS_NS[code] == 0)


def numbers_between(
    interval: int, *, first: int, last: int, start_ns: int | None, end_ns: int | None, limit: int, offset_ns: int
) -> range:
    """Numbers of the candles asked for, of those from `first` to `last`; bounds inclusive, on opening times.

    With a start the oldest `limit` from there on, else the newest. Source: [D] rest-api.md, "Kline/Candlestick data".
    """
    if end_ns is not None:
        last = min(last, number_at(interval, bounded_ns(end_ns), offset_ns))
    if start_ns is None:
        first = max(first, last - limit + 1)
    else:
        first = max(first, number_at(interval, bounded_ns(start_ns) - 1, offset_ns) + 1)
        last = min(last, first + limit - 1)
    return range(first, last + 1)
