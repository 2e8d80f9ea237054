"""Market data that anyone may ask for: books, trades, candles; what sums it up is in tickers.py."""

import msgspec
import numpy as np

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import SINCE_V1, Call, Desk, public
from venus.gateway.binance.params import Limit, Params
from venus.gateway.binance.render_market import (
    aggregate_facts,
    candle_rows,
    depth_json,
    trade_facts,
)
from venus.gateway.binance.selection import market_of_status, zone_ns
from venus.views.candles import CANDLE, INTERVAL_CODES
from venus.views.market_questions import (
    AGGREGATE,
    LEVEL,
    TRADE,
    AggTradesAnswer,
    AggTradesQuestion,
    CandlesAnswer,
    CandlesQuestion,
    DepthAnswer,
    DepthQuestion,
    MarketTradesAnswer,
    MarketTradesQuestion,
)

DEPTH = Limit(100, 5_000, clamp=True)
ROWS = Limit(500, 1_000)


async def depth(desk: Desk, call: Call) -> bytes:
    limit = call.params.limit(DEPTH)
    market = await market_of_status(desk, call)
    answer = await desk.ask(DepthQuestion(market.number, limit), DepthAnswer)
    return depth_json(
        market, answer.last_update_id, np.frombuffer(answer.bids, LEVEL), np.frombuffer(answer.asks, LEVEL)
    )


async def trades(desk: Desk, call: Call) -> bytes:
    limit = call.params.limit(ROWS)
    return await _trades(desk, call, limit, from_id=None)


async def historical_trades(desk: Desk, call: Call) -> bytes:
    limit = call.params.limit(ROWS)
    return await _trades(desk, call, limit, from_id=call.params.integer("fromId"))


async def _trades(desk: Desk, call: Call, limit: int, from_id: int | None) -> bytes:
    market = await call.market(desk)
    answer = await desk.ask(MarketTradesQuestion(market.number, limit, from_id), MarketTradesAnswer)
    return msgspec.json.encode(trade_facts(market, np.frombuffer(answer.trades, TRADE), call.unit_ns))


async def historical_block_trades(desk: Desk, call: Call) -> bytes:
    """Trades agreed outside the book; there is no command for one, so none was ever made."""
    await call.market(desk)
    call.params.limit(ROWS)
    call.params.required("fromId")
    call.params.integer("fromId")
    return b"[]"


async def aggregate_trades(desk: Desk, call: Call) -> bytes:
    params = call.params
    if params.has("fromId") and (params.has("startTime") or params.has("endTime")):
        raise errors.bad_combination()
    market = await call.market(desk)
    question = AggTradesQuestion(
        market.number,
        limit=params.limit(ROWS),
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
        limit=params.limit(ROWS),
        start_ns=params.time_ns("startTime"),
        end_ns=params.end_time_ns("endTime"),
        now_ns=call.now_ns,
        offset_ns=offset_ns,
    )
    answer = await desk.ask(question, CandlesAnswer)
    rows = candle_rows(market, np.frombuffer(answer.candles, CANDLE), interval, offset_ns, call.unit_ns)
    return msgspec.json.encode(rows)


def _depth_weight(params: Params) -> int:
    limit = params.limit(DEPTH)
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


_CANDLES = f"symbol! interval! startTime endTime timeZone {ROWS}"

ENDPOINTS = (
    *public(
        ("depth", depth, _depth_weight, f"symbol! {DEPTH} symbolStatus"),
        ("trades", trades, 25, f"symbol! {ROWS}"),
        ("historicalTrades", historical_trades, 25, f"symbol! {ROWS} fromId"),
        ("aggTrades", aggregate_trades, 4, f"symbol! fromId startTime endTime {ROWS}"),
        ("klines", candles, 2, _CANDLES),
        ("uiKlines", candles, 2, _CANDLES),
        versions=SINCE_V1,
    ),
    *public(
        ("historicalBlockTrades", historical_block_trades, 25, f"symbol! fromId! {ROWS}"),
    ),
)
