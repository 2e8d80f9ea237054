"""Market data that anyone may ask for: books, trades, candles, tickers."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.general import status_wanted
from venus.gateway.binance.params import Params
from venus.gateway.binance.render_market import (
    aggregate_facts,
    average_facts,
    candle_rows,
    depth_json,
    ticker_facts,
    ticker_facts_short,
    top_facts,
    trade_facts,
)
from venus.gateway.binance.symbols import Market
from venus.units import NS_PER_S
from venus.views.market_data import (
    AGGREGATE,
    CANDLE,
    INTERVAL_CODES,
    LEVEL,
    TICKER,
    TOP,
    TRADE,
    AggTradesAnswer,
    AggTradesQuestion,
    AveragePriceAnswer,
    AveragePriceQuestion,
    CandlesAnswer,
    CandlesQuestion,
    DepthAnswer,
    DepthQuestion,
    MarketTradesAnswer,
    MarketTradesQuestion,
    TickerAnswer,
    TickerQuestion,
    TopsAnswer,
    TopsQuestion,
)

DEPTH_MAX = 5_000
ROWS_MAX = 1_000
ROWS_DEFAULT = 500

_MINUTE_NS = 60 * NS_PER_S
_TIME_ZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?")
_ZONE_MINUTES_MIN, _ZONE_MINUTES_MAX = -12 * 60, 14 * 60


async def depth(desk: Desk, call: Call) -> bytes:
    limit = call.params.limit(100, DEPTH_MAX, clamp=True)
    market = await _market_of_status(desk, call)
    answer = await desk.ask(DepthQuestion(market.number, limit), DepthAnswer)
    return depth_json(
        market, answer.last_update_id, np.frombuffer(answer.bids, LEVEL), np.frombuffer(answer.asks, LEVEL)
    )


async def trades(desk: Desk, call: Call) -> bytes:
    limit = call.params.limit(ROWS_DEFAULT, ROWS_MAX)
    return await _trades(desk, call, limit, from_id=None)


async def historical_trades(desk: Desk, call: Call) -> bytes:
    limit = call.params.limit(ROWS_DEFAULT, ROWS_MAX)
    return await _trades(desk, call, limit, from_id=call.params.integer("fromId"))


async def _trades(desk: Desk, call: Call, limit: int, from_id: int | None) -> bytes:
    market = await call.market(desk)
    answer = await desk.ask(MarketTradesQuestion(market.number, limit, from_id), MarketTradesAnswer)
    return msgspec.json.encode(trade_facts(market, np.frombuffer(answer.trades, TRADE), call.unit_ns))


async def aggregate_trades(desk: Desk, call: Call) -> bytes:
    params = call.params
    if params.has("fromId") and (params.has("startTime") or params.has("endTime")):
        raise errors.bad_combination()
    market = await call.market(desk)
    question = AggTradesQuestion(
        market.number,
        limit=params.limit(ROWS_DEFAULT, ROWS_MAX),
        from_id=params.integer("fromId"),
        start_ns=params.time_ns("startTime"),
        end_ns=params.end_time_ns("endTime"),
    )
    answer = await desk.ask(question, AggTradesAnswer)
    return msgspec.json.encode(aggregate_facts(market, np.frombuffer(answer.aggregates, AGGREGATE), call.unit_ns))


async def candles(desk: Desk, call: Call) -> bytes:
    params = call.params
    market = await call.market(desk)
    interval = INTERVAL_CODES.get(params.required("interval"))
    if interval is None:
        raise errors.bad_interval()
    offset_ns = zone_ns(params)
    question = CandlesQuestion(
        symbol=market.number,
        interval=interval,
        limit=params.limit(ROWS_DEFAULT, ROWS_MAX),
        start_ns=params.time_ns("startTime"),
        end_ns=params.end_time_ns("endTime"),
        now_ns=call.now_ns,
        offset_ns=offset_ns,
    )
    answer = await desk.ask(question, CandlesAnswer)
    rows = candle_rows(market, np.frombuffer(answer.candles, CANDLE), interval, offset_ns, call.unit_ns)
    return msgspec.json.encode(rows)


def zone_ns(params: Params) -> int:
    """`timeZone`, such as 8, -1:00 or 05:45, as nanoseconds ahead of UTC."""
    text = params.optional("timeZone")
    if text is None:
        return 0
    match = _TIME_ZONE.fullmatch(text)
    if not match:
        raise errors.bad_value("timeZone")
    sign, hours, minutes = match.groups()
    ahead_minutes = int(hours) * 60 + int(minutes or 0)
    if sign == "-":
        ahead_minutes = -ahead_minutes
    if not _ZONE_MINUTES_MIN <= ahead_minutes <= _ZONE_MINUTES_MAX or int(minutes or 0) > 59:
        raise errors.bad_value("timeZone")
    return ahead_minutes * _MINUTE_NS


async def ticker_24hr(desk: Desk, call: Call) -> bytes:
    kind = call.params.optional("type") or "FULL"
    if kind not in ("FULL", "MINI"):
        raise errors.bad_ticker_type()
    markets, one = await _markets(desk, call)
    answer = await desk.ask(
        TickerQuestion(tuple(market.number for market in markets), now_ns=call.now_ns), TickerAnswer
    )
    render = ticker_facts if kind == "FULL" else ticker_facts_short
    tickers = np.frombuffer(answer.tickers, TICKER).tolist() if markets else []
    return _one_or_all(
        [render(market, row, call.unit_ns) for market, row in zip(markets, tickers, strict=True)], one=one
    )


async def ticker_price(desk: Desk, call: Call) -> bytes:
    markets, one = await _markets(desk, call)
    # The last price is the same in every window; the shortest is the least work.
    question = TickerQuestion(tuple(market.number for market in markets), window_ns=NS_PER_S, now_ns=call.now_ns)
    answer = await desk.ask(question, TickerAnswer)
    prices = np.frombuffer(answer.tickers, TICKER)["close_ticks"].tolist() if markets else []
    facts = [
        {"symbol": market.code, "price": market.price_text(ticks)}
        for market, ticks in zip(markets, prices, strict=True)
    ]
    return _one_or_all(facts, one=one)


async def ticker_book(desk: Desk, call: Call) -> bytes:
    markets, one = await _markets(desk, call)
    answer = await desk.ask(TopsQuestion(tuple(market.number for market in markets)), TopsAnswer)
    tops = np.frombuffer(answer.tops, TOP).tolist() if markets else []
    return _one_or_all([top_facts(market, top) for market, top in zip(markets, tops, strict=True)], one=one)


async def average_price(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    answer = await desk.ask(AveragePriceQuestion(market.number, now_ns=call.now_ns), AveragePriceAnswer)
    return msgspec.json.encode(average_facts(market, answer, call.unit_ns))


async def _market_of_status(desk: Desk, call: Call) -> Market:
    """The market named, if it has the status asked for, if one was."""
    status = status_wanted(call.params)
    if status is None:
        return await call.market(desk)
    market = await desk.symbols.current_market(call.params.required("symbol"))
    if market.status != status:
        raise errors.status_mismatch()
    return market


async def _markets(desk: Desk, call: Call) -> tuple[list[Market], bool]:
    """The markets that `symbol` or `symbols` names, or all; and whether it is one, whose answer is no list."""
    params = call.params
    code, codes = params.optional("symbol"), params.symbols()
    if code is not None and codes is not None:
        raise errors.bad_combination()
    if code is not None:
        return [await _market_of_status(desk, call)], True
    status = status_wanted(params)
    if codes is None or status is not None:
        await desk.symbols.refresh()
    named: Sequence[Market] = desk.symbols.markets if codes is None else [await desk.symbols.market(c) for c in codes]
    return [market for market in named if status in (None, market.status)], False


def _one_or_all(facts: list[dict[str, Any]], *, one: bool) -> bytes:
    return msgspec.json.encode(facts[0] if one else facts)


def _depth_weight(params: Params) -> int:
    limit = params.limit(100, DEPTH_MAX, clamp=True)
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


def _ticker_24hr_weight(params: Params) -> int:
    if params.has("symbol"):
        return 2
    codes = params.symbols()
    return 80 if codes is None or len(codes) > 100 else 2 if len(codes) <= 20 else 40


def _ticker_weight(params: Params) -> int:
    return 2 if params.has("symbol") else 4


_CANDLES = "symbol interval startTime endTime timeZone limit"
_TICKER = "symbol symbols symbolStatus"

ENDPOINTS = tuple(
    Endpoint(method="GET", path=f"/api/{version}/{path}", handler=handler, weight=weight, names=names(read))
    for version in ("v3", "v1")  # v1 is retired, and old clients still call it
    for path, handler, weight, read in (
        ("depth", depth, _depth_weight, "symbol limit symbolStatus"),
        ("trades", trades, 25, "symbol limit"),
        ("historicalTrades", historical_trades, 25, "symbol limit fromId"),
        ("aggTrades", aggregate_trades, 4, "symbol fromId startTime endTime limit"),
        ("klines", candles, 2, _CANDLES),
        ("uiKlines", candles, 2, _CANDLES),
        ("avgPrice", average_price, 2, "symbol"),
        ("ticker/24hr", ticker_24hr, _ticker_24hr_weight, f"{_TICKER} type"),
        ("ticker/price", ticker_price, _ticker_weight, _TICKER),
        ("ticker/bookTicker", ticker_book, _ticker_weight, _TICKER),
    )
)
