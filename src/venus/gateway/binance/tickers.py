"""What markets did in a window of time, and what they cost now. Source: [D] rest-api.md, "Market Data endpoints"."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import SINCE_V1, Call, Desk, public
from venus.gateway.binance.params import Params
from venus.gateway.binance.render_market import (
    average_facts,
    ticker_facts,
    ticker_facts_short,
    top_facts,
    window_facts,
)
from venus.gateway.binance.selection import market_of_status, markets_wanted, some_markets_wanted, zone_ns
from venus.gateway.binance.symbols import Market
from venus.units import NS_PER_S
from venus.views.candles import DAY_NS, HOUR_NS, MINUTE_NS
from venus.views.market_questions import (
    TICKER,
    TOP,
    AveragePriceAnswer,
    AveragePriceQuestion,
    TickerAnswer,
    TickerQuestion,
    TopsAnswer,
    TopsQuestion,
)

WEIGHT_EACH, WEIGHT_MAX = 4, 200
"""Of statistics that are computed for each symbol named."""

_WINDOW = re.compile(r"([1-9][0-9]?)([mhd])")
_WINDOW_UNITS = {"m": (MINUTE_NS, 59), "h": (HOUR_NS, 23), "d": (DAY_NS, 7)}
WINDOWS = [f"{count}{unit}" for unit, (_, most) in _WINDOW_UNITS.items() for count in range(1, most + 1)]
TICKER_TYPES = ("FULL", "MINI")

Render = Callable[[Market, tuple[int, ...], int], dict[str, Any]]


async def ticker_24hr(desk: Desk, call: Call) -> bytes:
    render = _render_wanted(call.params, ticker_facts)
    markets, one = await markets_wanted(desk, call)
    rows = await _rows(desk, markets, TickerQuestion(now_ns=call.now_ns))
    return _one_or_all([render(market, row, call.unit_ns) for market, row in zip(markets, rows, strict=True)], one=one)


async def rolling_window(desk: Desk, call: Call) -> bytes:
    """From a whole minute on, so that it is up to a minute longer than the window asked for."""
    render = _render_wanted(call.params, window_facts)
    window_ns = window_ns_wanted(call.params)
    markets, one = await some_markets_wanted(desk, call)
    from_ns = (call.now_ns - window_ns) // MINUTE_NS * MINUTE_NS
    rows = await _rows(desk, markets, TickerQuestion(now_ns=call.now_ns, from_ns=from_ns))
    return _one_or_all([render(market, row, call.unit_ns) for market, row in zip(markets, rows, strict=True)], one=one)


async def trading_day(desk: Desk, call: Call) -> bytes:
    """From the asker's last midnight on; the day is shown whole, as a candle of it would be."""
    render = _render_wanted(call.params, window_facts)
    offset_ns = zone_ns(call.params)
    markets, one = await some_markets_wanted(desk, call)
    from_ns = (call.now_ns + offset_ns) // DAY_NS * DAY_NS - offset_ns
    rows = await _rows(desk, markets, TickerQuestion(now_ns=call.now_ns, from_ns=from_ns))
    last = {"closeTime": (from_ns + DAY_NS) // call.unit_ns - 1}
    facts = [render(market, row, call.unit_ns) | last for market, row in zip(markets, rows, strict=True)]
    return _one_or_all(facts, one=one)


async def ticker_price(desk: Desk, call: Call) -> bytes:
    markets, one = await markets_wanted(desk, call)
    # The last price is the same in every window; the shortest is the least work.
    rows = await _rows(desk, markets, TickerQuestion(window_ns=NS_PER_S, now_ns=call.now_ns))
    facts = [
        {"symbol": market.code, "price": market.price_text(row[_CLOSE])}
        for market, row in zip(markets, rows, strict=True)
    ]
    return _one_or_all(facts, one=one)


async def ticker_book(desk: Desk, call: Call) -> bytes:
    markets, one = await markets_wanted(desk, call)
    answer = await desk.ask(TopsQuestion(tuple(market.number for market in markets)), TopsAnswer)
    tops = np.frombuffer(answer.tops, TOP).tolist() if markets else []
    return _one_or_all([top_facts(market, top) for market, top in zip(markets, tops, strict=True)], one=one)


async def average_price(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    answer = await desk.ask(AveragePriceQuestion(market.number, now_ns=call.now_ns), AveragePriceAnswer)
    return msgspec.json.encode(average_facts(market, answer, call.unit_ns))


async def reference_price(desk: Desk, call: Call) -> bytes:
    """No command sets one, so no symbol ever had one."""
    await call.market(desk)
    raise errors.no_reference_price()


async def reference_price_calculation(desk: Desk, call: Call) -> bytes:
    await market_of_status(desk, call)
    raise errors.no_reference_price()


def window_ns_wanted(params: Params) -> int:
    """`windowSize`: 1m to 59m, 1h to 23h, 1d to 7d; a day if it was not sent."""
    text = params.optional("windowSize")
    if text is None:
        return DAY_NS
    match = _WINDOW.fullmatch(text)
    if match is None or int(match[1]) > _WINDOW_UNITS[match[2]][1]:
        raise errors.bad_value("windowSize")
    return int(match[1]) * _WINDOW_UNITS[match[2]][0]


def _render_wanted(params: Params, full: Render) -> Render:
    kind = params.optional("type") or "FULL"
    if kind not in TICKER_TYPES:
        raise errors.bad_ticker_type()
    return full if kind == "FULL" else ticker_facts_short


async def _rows(desk: Desk, markets: list[Market], question: TickerQuestion) -> list[tuple[int, ...]]:
    """TICKER of each market. No market named would mean all to the view, so then it is not asked."""
    if not markets:
        return []
    symbols = tuple(market.number for market in markets)
    answer = await desk.ask(msgspec.structs.replace(question, symbols=symbols), TickerAnswer)
    rows: list[tuple[int, ...]] = np.frombuffer(answer.tickers, TICKER).tolist()
    return rows


def _one_or_all(facts: list[dict[str, Any]], *, one: bool) -> bytes:
    return msgspec.json.encode(facts[0] if one else facts)


def _ticker_24hr_weight(params: Params) -> int:
    if params.has("symbol"):
        return 2
    codes = params.symbols()
    return 80 if codes is None or len(codes) > 100 else 2 if len(codes) <= 20 else 40


def _ticker_weight(params: Params) -> int:
    return 2 if params.has("symbol") else 4


def _weight_of_each(params: Params) -> int:
    return min(WEIGHT_EACH * len(params.symbols() or ("",)), WEIGHT_MAX)


_CLOSE = (TICKER.names or ()).index("close_ticks")
_TICKER = "symbol symbols symbolStatus"

ENDPOINTS = (
    *public(
        ("avgPrice", average_price, 2, "symbol!"),
        ("ticker/24hr", ticker_24hr, _ticker_24hr_weight, f"{_TICKER} type:tickerType"),
        ("ticker/price", ticker_price, _ticker_weight, _TICKER),
        ("ticker/bookTicker", ticker_book, _ticker_weight, _TICKER),
        versions=SINCE_V1,
    ),
    *public(
        ("ticker", rolling_window, _weight_of_each, f"{_TICKER} windowSize type:tickerType"),
        ("ticker/tradingDay", trading_day, _weight_of_each, f"{_TICKER} timeZone type:tickerType"),
        ("referencePrice", reference_price, 2, "symbol!"),
        ("referencePrice/calculation", reference_price_calculation, 2, "symbol! symbolStatus"),
    ),
)
