"""What is asked of market data, what it answers and publishes.

All in whole ticks, lots and ns. Rows cross to the doors as the bytes of the NumPy types named beside each field, to be
read with np.frombuffer; sums that may leave 64 bits are two limbs, joined by `wide`. A symbol is its number; of an
unknown one nothing is known, and the answer is empty. Source: [D] rest-api.md, web-socket-streams.md.
"""

import msgspec
import numpy as np

from venus.views.candles import CANDLE, DAY_NS, MINUTE_NS

LEVEL = np.dtype([("price_ticks", "i8"), ("lots", "i8")])
LEVEL_CHANGE = np.dtype(
    [
        ("price_ticks", "i8"),
        ("lots", "i8"),  # total at the price now; 0: the level is gone
        ("update_id", "i8"),  # of the last change
        ("symbol", "u4"),
        ("side", "u4"),  # Side of the resting orders: BUY is a bid
    ],
    align=True,
)
SYMBOL_CHANGE = np.dtype(
    [
        ("first_update_id", "i8"),  # U: one above the u of the publication before
        ("last_update_id", "i8"),  # u
        ("levels_from", "i8"),  # its rows among the publication's levels
        ("levels_count", "i8"),
        ("symbol", "i8"),
    ]
)
TOP = np.dtype(
    [
        ("update_id", "i8"),  # of the book it was read from
        ("bid_ticks", "i8"),  # 0: no such side
        ("bid_lots", "i8"),
        ("ask_ticks", "i8"),
        ("ask_lots", "i8"),
        ("symbol", "i8"),
    ]
)
TRADE = np.dtype(
    [
        ("trade_id", "i8"),  # per symbol from 1, consecutive
        ("price_ticks", "i8"),
        ("lots", "i8"),
        ("time_ns", "i8"),
        ("taker_order_id", "i8"),
        ("symbol", "u4"),
        ("buyer_is_maker", "u4"),
    ],
    align=True,
)
AGGREGATE = np.dtype(
    [
        ("aggregate_id", "i8"),  # per symbol from 1, consecutive
        ("price_ticks", "i8"),
        ("lots", "i8"),
        ("first_trade_id", "i8"),
        ("last_trade_id", "i8"),
        ("time_ns", "i8"),
        ("taker_order_id", "i8"),
        ("symbol", "u4"),
        ("buyer_is_maker", "u4"),
    ],
    align=True,
)
CANDLE_CHANGE = np.dtype([("symbol", "i8"), ("interval", "i8"), *CANDLE.descr])
TICKER = np.dtype(
    [
        ("symbol", "i8"),
        ("from_ns", "i8"),  # start of the window
        ("to_ns", "i8"),  # now
        ("open_ticks", "i8"),  # without trades in the window: open, high, low, close are the last price
        ("high_ticks", "i8"),
        ("low_ticks", "i8"),
        ("close_ticks", "i8"),
        ("prev_close_ticks", "i8"),  # last price before the window; 0: none
        ("last_lots", "i8"),  # of the last trade ever
        ("first_trade_id", "i8"),  # -1 without trades in the window
        ("last_trade_id", "i8"),  # -1 without trades in the window
        ("trades", "i8"),
        ("lots_hi", "u8"),
        ("lots_lo", "u8"),
        ("quote_hi", "u8"),
        ("quote_lo", "u8"),
        ("bid_ticks", "i8"),  # 0: no such side
        ("bid_lots", "i8"),
        ("ask_ticks", "i8"),
        ("ask_lots", "i8"),
    ]
)

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
