"""Statistics of windows through the REST door, and what the public endpoints say of things that there are none of.

Source: [D] rest-api.md, "Rolling window price change statistics", "Trading Day Ticker", "Query Execution Rules".
"""

import time
from itertools import count

import pytest

from tests.examples.rest.house import House, Trader

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
_addresses = (f"2001:db8:7::{number}" for number in count(1))


@pytest.fixture
def traded(house: House, alice: Trader, bob: Trader, market: str) -> str:
    """1 at 100, 1 at 104, then 2 at 98."""
    house.sell(alice, market, "1", "100")
    house.sell(alice, market, "1", "104")
    house.market_order(bob, market, "BUY", quantity="2")
    house.buy(alice, market, "2", "98")
    house.market_order(bob, market, "SELL", quantity="2")
    return market


STATISTICS = {
    "priceChange": "-2.00000000",
    "priceChangePercent": "-2.000",
    "weightedAvgPrice": "100.00000000",
    "openPrice": "100.00000000",
    "highPrice": "104.00000000",
    "lowPrice": "98.00000000",
    "lastPrice": "98.00000000",
    "volume": "4.00000000",
    "quoteVolume": "400.00000000",
    "firstId": 1,
    "lastId": 3,
    "count": 3,
}
IN_SHORT = {k: v for k, v in STATISTICS.items() if k not in ("priceChange", "priceChangePercent", "weightedAvgPrice")}


@pytest.mark.parametrize(
    ("window", "length_ms"),
    [("1m", MINUTE_MS), ("59m", 59 * MINUTE_MS), ("1h", HOUR_MS), ("23h", 23 * HOUR_MS), ("7d", 7 * DAY_MS)],
)
def test_a_rolling_window_opens_on_a_minute(house: House, traded: str, window: str, length_ms: int) -> None:
    ticker = house.send(None, "GET", "ticker", symbol=traded, windowSize=window).json
    opened_ms, closed_ms = ticker.pop("openTime"), ticker.pop("closeTime")
    assert opened_ms % MINUTE_MS == 0
    assert length_ms <= closed_ms - opened_ms < length_ms + MINUTE_MS
    assert ticker == {"symbol": traded} | STATISTICS


def test_a_window_is_a_day_unless_it_is_said(house: House, traded: str) -> None:
    ticker = house.send(None, "GET", "ticker", symbol=traded).json
    assert DAY_MS <= ticker["closeTime"] - ticker["openTime"] < DAY_MS + MINUTE_MS
    short = house.send(None, "GET", "ticker", symbol=traded, type="MINI").json
    assert {name: short[name] for name in IN_SHORT} == IN_SHORT
    assert set(short) == {"symbol", "openTime", "closeTime", *IN_SHORT}


@pytest.mark.parametrize("window", ["0m", "60m", "24h", "8d", "1d2h", "1w", "01h", "m", "1M"])
def test_windows_that_are_none(house: House, market: str, window: str) -> None:
    assert house.send(None, "GET", "ticker", symbol=market, windowSize=window).json["code"] == -1130


@pytest.mark.parametrize(("zone", "hours_ahead"), [("0", 0), ("8", 8), ("-3:30", -3.5), ("14", 14)])
def test_a_trading_day_is_the_askers(house: House, traded: str, zone: str, hours_ahead: float) -> None:
    ticker = house.send(None, "GET", "ticker/tradingDay", symbol=traded, timeZone=zone).json
    opened_ms, closed_ms = ticker.pop("openTime"), ticker.pop("closeTime")
    assert (opened_ms + hours_ahead * HOUR_MS) % DAY_MS == 0
    assert closed_ms == opened_ms + DAY_MS - 1
    assert opened_ms <= time.time_ns() // 10**6 <= closed_ms + 5_000
    if time.time_ns() // 10**6 - opened_ms > MINUTE_MS:  # else the day turned while this test traded
        assert ticker == {"symbol": traded} | STATISTICS
    microseconds = house.send(
        None, "GET", "ticker/tradingDay", symbol=traded, timeZone=zone, headers=[("x-mbx-time-unit", "MICROSECOND")]
    ).json
    assert microseconds["closeTime"] == (closed_ms + 1) * 1_000 - 1
    assert house.send(None, "GET", "ticker/tradingDay", symbol=traded, timeZone="east").json["code"] == -1130


@pytest.mark.parametrize("path", ["ticker", "ticker/tradingDay"])
def test_statistics_are_of_the_symbols_named(house: House, path: str) -> None:
    first, second = house.new_market(), house.new_market()
    pair = house.send(None, "GET", path, symbols=f'["{second}","{first}"]').json
    assert [ticker["symbol"] for ticker in pair] == [second, first]
    neither = "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"
    assert house.send(None, "GET", path).refusal == (400, -1102, neither)
    assert house.send(None, "GET", path, symbol=first, symbols=f'["{second}"]').json["code"] == -1128
    assert house.send(None, "GET", path, symbol=first, type="TINY").json["code"] == -1139
    assert house.send(None, "GET", path, symbol=first, symbolStatus="HALT").json["code"] == -1220
    assert house.send(None, "GET", path, symbols=f'["{first}"]', symbolStatus="HALT").json == []
    many = ",".join(f'"S{number}"' for number in range(101))
    assert house.send(None, "GET", path, symbols=f"[{many}]").json["code"] == -1101


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("ticker", {"symbol": "X"}, 4),
        ("ticker", {"symbols": '["A","B","C"]'}, 12),
        ("ticker", {"symbols": "[" + ",".join(f'"S{n}"' for n in range(60)) + "]"}, 200),
        ("executionRules", {"symbol": "X"}, 2),
        ("executionRules", {"symbols": '["A","B"]'}, 4),
        ("executionRules", {}, 40),
        ("referencePrice", {"symbol": "X"}, 2),
        ("historicalBlockTrades", {"symbol": "X", "fromId": 1}, 25),
    ],
)
def test_what_they_weigh(house: House, path: str, params: dict[str, object], weight: int) -> None:
    answer = house.send(None, "GET", path, address=next(_addresses), **params)
    assert answer.headers["x-mbx-used-weight-1m"] == str(weight)


def test_execution_rules(house: House) -> None:
    first, second = house.new_market(), house.new_market()
    assert house.send(None, "GET", "executionRules", symbol=first).json == {
        "symbolRules": [{"symbol": first, "rules": []}]
    }
    pair = house.send(None, "GET", "executionRules", symbols=f'["{second}","{first}"]').json["symbolRules"]
    assert [rules["symbol"] for rules in pair] == [second, first]
    trading = house.send(None, "GET", "executionRules", symbolStatus="TRADING").json["symbolRules"]
    assert {first, second} <= {rules["symbol"] for rules in trading}
    both = house.send(None, "GET", "executionRules", symbol=first, symbolStatus="TRADING")
    assert both.json["code"] == -1128
    assert house.send(None, "GET", "executionRules", symbol="NOSUCH").json["code"] == -1121


def test_a_reference_price_that_was_never_set(house: House, market: str) -> None:
    never = (400, -2043, "This symbol doesn't have a reference price.")
    for path in ("referencePrice", "referencePrice/calculation"):
        assert house.send(None, "GET", path, symbol=market).refusal == never
        assert house.send(None, "GET", path, symbol="NOSUCH").json["code"] == -1121
    halted = house.send(None, "GET", "referencePrice/calculation", symbol=market, symbolStatus="HALT")
    assert halted.json["code"] == -1220


def test_block_trades_of_which_there_are_none(house: House, traded: str) -> None:
    assert house.send(None, "GET", "historicalBlockTrades", symbol=traded, fromId=1).json == []
    assert house.send(None, "GET", "historicalBlockTrades", symbol=traded).json["code"] == -1102
    assert house.send(None, "GET", "historicalBlockTrades", symbol=traded, fromId="x").json["code"] == -1100
    assert house.send(None, "GET", "historicalBlockTrades", symbol=traded, fromId=1, limit=1001).json["code"] == -1130


def test_the_filters_of_an_account_are_those_of_the_symbol(house: House, alice: Trader, market: str) -> None:
    [symbol] = house.send(None, "GET", "exchangeInfo", symbol=market).json["symbols"]
    mine = house.send(alice, "GET", "myFilters", symbol=market).json
    assert mine == {"exchangeFilters": [], "symbolFilters": symbol["filters"], "assetFilters": []}
    assert house.send(None, "GET", "myFilters", symbol=market).status == 401
    assert house.send(alice, "GET", "myFilters").json["code"] == -1102
