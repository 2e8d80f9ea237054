"""Rows of market data as JSON says them. Times in units of `unit_ns`; prices and amounts as decimal text."""

from typing import Any, NamedTuple

import numpy as np

from venus.gateway.binance.symbols import DECIMALS_MIN, Market
from venus.views.candles import PERIODS_NS, Interval, number_at, open_ns, wide
from venus.views.market_questions import AveragePriceAnswer

AVERAGE_MINUTES = 5


def depth_json(market: Market, last_update_id: int, bids: np.ndarray, asks: np.ndarray) -> bytes:
    """A book; `bids` and `asks` are LEVEL[n], best first. Written straight: a deep book is 20,000 numbers."""
    text = f'{{"lastUpdateId":{last_update_id},"bids":[{_levels(market, bids)}],"asks":[{_levels(market, asks)}]}}'
    return text.encode()


def _levels(market: Market, levels: np.ndarray) -> str:
    price_text, lots_text = market.price_text, market.lots_text
    return ",".join([f'["{price_text(ticks)}","{lots_text(lots)}"]' for ticks, lots in levels.tolist()])


def trade_facts(market: Market, trades: np.ndarray, unit_ns: int) -> list[dict[str, Any]]:
    """`trades` is TRADE[n]."""
    return [
        {
            "id": trade_id,
            "price": market.price_text(ticks),
            "qty": market.lots_text(lots),
            "quoteQty": market.notional_text(ticks * lots),
            "time": time_ns // unit_ns,
            "isBuyerMaker": bool(buyer_is_maker),
            "isBestMatch": True,
        }
        for trade_id, ticks, lots, time_ns, *_, buyer_is_maker in trades.tolist()
    ]


def aggregate_facts(market: Market, aggregates: np.ndarray, unit_ns: int) -> list[dict[str, Any]]:
    """`aggregates` is AGGREGATE[n]."""
    return [
        {
            "a": aggregate_id,
            "p": market.price_text(ticks),
            "q": market.lots_text(lots),
            "f": first_id,
            "l": last_id,
            "T": time_ns // unit_ns,
            "m": bool(buyer_is_maker),
            "M": True,
        }
        for aggregate_id, ticks, lots, first_id, last_id, time_ns, *_, buyer_is_maker in aggregates.tolist()
    ]


def candle_rows(
    market: Market, candles: np.ndarray, interval: Interval, offset_ns: int, unit_ns: int
) -> list[list[Any]]:
    """`candles` is CANDLE[n]. A candle closes one unit before the next opens."""
    period_ns = PERIODS_NS[interval]
    rows = []
    for row in candles.tolist():
        start_ns, first_ticks, high_ticks, low_ticks, last_ticks, _first_id, trades_count = row[:7]
        lots, quote, buy_lots, buy_quote = (wide(row[i], row[i + 1]) for i in (7, 9, 11, 13))
        if period_ns:
            end_ns = start_ns + period_ns
        else:  # months differ in length
            end_ns = open_ns(interval, number_at(interval, start_ns, offset_ns) + 1, offset_ns)
        rows.append(
            [
                start_ns // unit_ns,
                market.price_text(first_ticks),
                market.price_text(high_ticks),
                market.price_text(low_ticks),
                market.price_text(last_ticks),
                market.lots_text(lots),
                end_ns // unit_ns - 1,
                market.notional_text(quote),
                trades_count,
                market.lots_text(buy_lots),
                market.notional_text(buy_quote),
                "0",
            ]
        )
    return rows


class _Ticker(NamedTuple):
    """A row of TICKER, field for field."""

    symbol: int
    from_ns: int
    to_ns: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    prev_close_ticks: int
    last_lots: int
    first_trade_id: int
    last_trade_id: int
    trades: int
    lots_hi: int
    lots_lo: int
    quote_hi: int
    quote_lo: int
    bid_ticks: int
    bid_lots: int
    ask_ticks: int
    ask_lots: int


def ticker_facts_short(market: Market, row: tuple[int, ...], unit_ns: int) -> dict[str, Any]:
    """`row` is one of TICKER. Type MINI."""
    ticker = _Ticker._make(row)
    return {
        "symbol": market.code,
        "openPrice": market.price_text(ticker.open_ticks),
        "highPrice": market.price_text(ticker.high_ticks),
        "lowPrice": market.price_text(ticker.low_ticks),
        "lastPrice": market.price_text(ticker.close_ticks),
        "volume": market.lots_text(wide(ticker.lots_hi, ticker.lots_lo)),
        "quoteVolume": market.notional_text(wide(ticker.quote_hi, ticker.quote_lo)),
        "openTime": ticker.from_ns // unit_ns,
        "closeTime": ticker.to_ns // unit_ns,
        "firstId": ticker.first_trade_id,
        "lastId": ticker.last_trade_id,
        "count": ticker.trades,
    }


def window_facts(market: Market, row: tuple[int, ...], unit_ns: int) -> dict[str, Any]:
    """`row` is one of TICKER. Type FULL of a window, without what surrounds it."""
    ticker = _Ticker._make(row)
    change_ticks = ticker.close_ticks - ticker.open_ticks
    lots, quote = wide(ticker.lots_hi, ticker.lots_lo), wide(ticker.quote_hi, ticker.quote_lo)
    return ticker_facts_short(market, row, unit_ns) | {
        "priceChange": market.price_text(change_ticks),
        "priceChangePercent": ratio_text(100 * change_ticks, ticker.open_ticks, places=3),
        "weightedAvgPrice": _average_text(market, quote, lots),
    }


def ticker_facts(market: Market, row: tuple[int, ...], unit_ns: int) -> dict[str, Any]:
    """`row` is one of TICKER. Type FULL of the last day."""
    ticker = _Ticker._make(row)
    return window_facts(market, row, unit_ns) | {
        "prevClosePrice": market.price_text(ticker.prev_close_ticks),
        "lastQty": market.lots_text(ticker.last_lots),
        "bidPrice": market.price_text(ticker.bid_ticks),
        "bidQty": market.lots_text(ticker.bid_lots),
        "askPrice": market.price_text(ticker.ask_ticks),
        "askQty": market.lots_text(ticker.ask_lots),
    }


def top_facts(market: Market, row: tuple[int, ...]) -> dict[str, Any]:
    """`row` is one of TOP; a side that is empty is all zeros."""
    _update_id, bid_ticks, bid_lots, ask_ticks, ask_lots, _symbol = row
    return {
        "symbol": market.code,
        "bidPrice": market.price_text(bid_ticks),
        "bidQty": market.lots_text(bid_lots),
        "askPrice": market.price_text(ask_ticks),
        "askQty": market.lots_text(ask_lots),
    }


def average_facts(market: Market, answer: AveragePriceAnswer, unit_ns: int) -> dict[str, Any]:
    quote, lots = wide(answer.quote_hi, answer.quote_lo), wide(answer.lots_hi, answer.lots_lo)
    return {
        "mins": AVERAGE_MINUTES,
        "price": _average_text(market, quote, lots),
        "closeTime": answer.last_trade_ns // unit_ns,
    }


def _average_text(market: Market, tick_lots: int, lots: int) -> str:
    """A price weighted by lots: a sum of ticks times lots over lots."""
    return ratio_text(tick_lots * market.listing.tick_atoms, lots * 10**market.quote.scale, places=DECIMALS_MIN)


def ratio_text(numerator: int, denominator: int, *, places: int) -> str:
    """A ratio to so many places, rounded half away from zero; over 0 it is 0. Shown only, never counted with."""
    scaled = (2 * abs(numerator) * 10**places + denominator) // (2 * denominator) if denominator else 0
    whole, fraction = divmod(scaled, 10**places)
    return f"{'-' if numerator < 0 and scaled else ''}{whole}.{fraction:0{places}d}"
