"""Market data through the REST door. Source: [D] rest-api.md, "Market Data endpoints", "Exchange information"."""

import time
from collections.abc import Iterator

import pytest

from tests.examples.rest.house import House, Trader
from venus.records.commands import HaltSymbol

HOUR_MS = 3_600_000


@pytest.fixture
def traded(house: House, alice: Trader, bob: Trader, market: str) -> Iterator[str]:
    """Three trades of two takers: 1 at 100 and 1 at 101 by a buyer, 0.5 at 99 by a seller. A book of 98 and 102."""
    house.sell(alice, market, "1", "100")
    house.sell(alice, market, "1", "101")
    house.sell(alice, market, "2", "102")
    house.market_order(bob, market, "BUY", quantity="2")
    house.buy(alice, market, "0.5", "99")
    house.buy(alice, market, "3", "98")
    house.market_order(bob, market, "SELL", quantity="0.5")
    return market  # type: ignore[return-value]


def test_the_book(house: House, traded: str) -> None:
    book = house.send(None, "GET", "depth", symbol=traded).json
    assert book["bids"] == [["98.00000000", "3.00000000"]]
    assert book["asks"] == [["102.00000000", "2.00000000"]]
    assert book["lastUpdateId"] > 0
    top = house.send(None, "GET", "ticker/bookTicker", symbol=traded).json
    assert top == {
        "symbol": traded,
        "bidPrice": "98.00000000",
        "bidQty": "3.00000000",
        "askPrice": "102.00000000",
        "askQty": "2.00000000",
    }


def test_the_books_limit_is_taken_as_its_maximum(house: House, alice: Trader, market: str) -> None:
    for n in range(3):
        house.buy(alice, market, "1", f"{100 - n}")
    assert len(house.send(None, "GET", "depth", symbol=market, limit=2).json["bids"]) == 2
    assert len(house.send(None, "GET", "depth", symbol=market, limit=1_000_000).json["bids"]) == 3
    assert house.send(None, "GET", "depth", symbol=market, limit=0).json["code"] == -1130


@pytest.mark.parametrize(
    ("limit", "weight"), [(1, 5), (100, 5), (101, 25), (500, 25), (501, 50), (1000, 50), (1001, 250)]
)
def test_a_deeper_book_weighs_more(house: House, market: str, limit: int, weight: int) -> None:
    answer = house.send(None, "GET", "depth", symbol=market, limit=limit, address=f"2001:db8::{limit}")
    assert answer.headers["x-mbx-used-weight-1m"] == str(weight)


def test_trades(house: House, traded: str) -> None:
    trades = house.send(None, "GET", "trades", symbol=traded).json
    assert [(t["id"], t["price"], t["qty"], t["quoteQty"], t["isBuyerMaker"]) for t in trades] == [
        (1, "100.00000000", "1.00000000", "100.00000000", False),
        (2, "101.00000000", "1.00000000", "101.00000000", False),
        (3, "99.00000000", "0.50000000", "49.50000000", True),
    ]
    assert all(trade["isBestMatch"] for trade in trades)
    assert house.send(None, "GET", "trades", symbol=traded, limit=1).json == trades[-1:]
    assert house.send(None, "GET", "historicalTrades", symbol=traded, fromId=2).json == trades[1:]
    assert house.send(None, "GET", "historicalTrades", symbol=traded, fromId=1, limit=1).json == trades[:1]


def test_aggregate_trades(house: House, traded: str) -> None:
    aggregates = house.send(None, "GET", "aggTrades", symbol=traded).json
    assert [(a["a"], a["p"], a["q"], a["f"], a["l"], a["m"], a["M"]) for a in aggregates] == [
        (1, "100.00000000", "1.00000000", 1, 1, False, True),
        (2, "101.00000000", "1.00000000", 2, 2, False, True),
        (3, "99.00000000", "0.50000000", 3, 3, True, True),
    ]
    last_ms = aggregates[-1]["T"]
    assert house.send(None, "GET", "aggTrades", symbol=traded, fromId=2).json == aggregates[1:]
    # Ends are inclusive in the unit they come in, though trades are stamped in nanoseconds.
    within = house.send(None, "GET", "aggTrades", symbol=traded, startTime=last_ms, endTime=last_ms).json
    assert aggregates[-1] in within
    combined = house.send(None, "GET", "aggTrades", symbol=traded, fromId=2, startTime=1)
    assert combined.json["code"] == -1128


def test_candles(house: House, traded: str) -> None:
    rows = house.send(None, "GET", "klines", symbol=traded, interval="1h").json
    open_ms, *prices, volume, close_ms, quote, count, buy_volume, buy_quote, unused = rows[0]
    assert open_ms % HOUR_MS == 0 and close_ms == open_ms + HOUR_MS - 1
    if len(rows) == 1:  # else the hour turned in between
        assert prices == ["100.00000000", "101.00000000", "99.00000000", "99.00000000"]
        assert (volume, quote, count) == ("2.50000000", "250.50000000", 3)
        assert (buy_volume, buy_quote, unused) == ("2.00000000", "201.00000000", "0")
    assert house.send(None, "GET", "uiKlines", symbol=traded, interval="1h").json == rows
    assert house.send(None, "GET", "klines", symbol=traded, interval="1h", endTime=open_ms - 1).json == []
    assert house.send(None, "GET", "klines", symbol=traded, interval="1h", startTime=close_ms + HOUR_MS).json == []


@pytest.mark.parametrize(
    ("interval", "length_ms"),
    [("1s", 1_000), ("1m", 60_000), ("4h", 4 * HOUR_MS), ("1d", 24 * HOUR_MS), ("1w", 168 * HOUR_MS)],
)
def test_candles_close_before_the_next_opens(house: House, traded: str, interval: str, length_ms: int) -> None:
    for row in house.send(None, "GET", "klines", symbol=traded, interval=interval).json:
        assert row[6] - row[0] == length_ms - 1


def test_months_are_as_long_as_they_are(house: House, traded: str) -> None:
    [*_, row] = house.send(None, "GET", "klines", symbol=traded, interval="1M").json
    begin, end = (time.gmtime(ms // 1_000) for ms in (row[0], row[6] + 1))
    assert (begin.tm_mday, end.tm_mday) == (1, 1)
    assert end.tm_mon == begin.tm_mon % 12 + 1


@pytest.mark.parametrize(("zone", "hours_ahead"), [("8", 8), ("+05:30", 5.5), ("-3:00", -3), ("0", 0), ("-0:30", -0.5)])
def test_days_begin_at_the_midnight_asked_for(house: House, traded: str, zone: str, hours_ahead: float) -> None:
    [*_, row] = house.send(None, "GET", "klines", symbol=traded, interval="1d", timeZone=zone).json
    assert (row[0] + hours_ahead * HOUR_MS) % (24 * HOUR_MS) == 0


@pytest.mark.parametrize("zone", ["15", "-13", "+14:01", "5:60", "east", "1:2"])
def test_zones_that_are_none(house: House, market: str, zone: str) -> None:
    assert house.send(None, "GET", "klines", symbol=market, interval="1d", timeZone=zone).json["code"] == -1130


def test_intervals_are_exact(house: House, market: str) -> None:
    for wrong in ("1H", "2d", "1mo", "60"):
        refused = house.send(None, "GET", "klines", symbol=market, interval=wrong)
        assert refused.refusal == (400, -1120, "Invalid interval.")
    assert house.send(None, "GET", "klines", symbol=market).json["code"] == -1102


def test_the_ticker(house: House, traded: str) -> None:
    ticker = house.send(None, "GET", "ticker/24hr", symbol=traded).json
    times = {name: ticker.pop(name) for name in ("openTime", "closeTime")}
    assert 0 < times["closeTime"] - times["openTime"] <= 24 * HOUR_MS + 1_000
    assert ticker == {
        "symbol": traded,
        "priceChange": "-1.00000000",
        "priceChangePercent": "-1.000",
        "weightedAvgPrice": "100.20000000",
        "prevClosePrice": "0.00000000",
        "lastPrice": "99.00000000",
        "lastQty": "0.50000000",
        "bidPrice": "98.00000000",
        "bidQty": "3.00000000",
        "askPrice": "102.00000000",
        "askQty": "2.00000000",
        "openPrice": "100.00000000",
        "highPrice": "101.00000000",
        "lowPrice": "99.00000000",
        "volume": "2.50000000",
        "quoteVolume": "250.50000000",
        "firstId": 1,
        "lastId": 3,
        "count": 3,
    }
    short = house.send(None, "GET", "ticker/24hr", symbol=traded, type="MINI").json
    dropped = {"priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice", "lastQty"}
    assert set(short) == set(ticker) - dropped - {"bidPrice", "bidQty", "askPrice", "askQty"} | set(times)
    assert house.send(None, "GET", "ticker/24hr", symbol=traded, type="TINY").json["code"] == -1139
    assert house.send(None, "GET", "ticker/price", symbol=traded).json == {"symbol": traded, "price": "99.00000000"}
    average = house.send(None, "GET", "avgPrice", symbol=traded).json
    assert (average["mins"], average["price"]) == (5, "100.20000000")


def test_a_market_that_never_traded(house: House, market: str) -> None:
    assert house.send(None, "GET", "depth", symbol=market).json["bids"] == []
    assert house.send(None, "GET", "trades", symbol=market).json == []
    assert house.send(None, "GET", "klines", symbol=market, interval="1m").json == []
    ticker = house.send(None, "GET", "ticker/24hr", symbol=market).json
    assert (ticker["lastPrice"], ticker["priceChangePercent"], ticker["firstId"], ticker["count"]) == (
        "0.00000000",
        "0.000",
        -1,
        0,
    )
    assert house.send(None, "GET", "avgPrice", symbol=market).json["price"] == "0.00000000"


@pytest.mark.parametrize("path", ["ticker/24hr", "ticker/price", "ticker/bookTicker"])
def test_tickers_of_one_some_or_all(house: House, path: str) -> None:
    first, second = house.new_market(), house.new_market()
    assert house.send(None, "GET", path, symbol=first).json["symbol"] == first
    pair = house.send(None, "GET", path, symbols=f'["{second}","{first}"]').json
    assert [ticker["symbol"] for ticker in pair] == [second, first]
    everyone = [ticker["symbol"] for ticker in house.send(None, "GET", path).json]
    assert everyone[-2:] == [first, second] and len(everyone) == len(set(everyone))
    both = house.send(None, "GET", path, symbol=first, symbols=f'["{second}"]')
    assert both.json["code"] == -1128
    assert house.send(None, "GET", path, symbols='["NOSUCH"]').json["code"] == -1121


def test_statuses_filter(house: House, market: str) -> None:
    halted = house.new_market()
    assert house.send(None, "GET", "depth", symbol=halted, symbolStatus="TRADING").status == 200
    house.cold(HaltSymbol, symbol=house.door.desk.symbols.markets[-1].number)
    mismatch = (400, -1220, "The symbol's status does not match the requested symbolStatus.")
    assert house.send(None, "GET", "depth", symbol=halted, symbolStatus="TRADING").refusal == mismatch
    assert house.send(None, "GET", "ticker/price", symbol=market, symbolStatus="HALT").refusal == mismatch
    trading = house.send(None, "GET", "ticker/price", symbols=f'["{market}","{halted}"]', symbolStatus="TRADING").json
    assert [ticker["symbol"] for ticker in trading] == [market]
    assert house.send(None, "GET", "ticker/price", symbolStatus="PAUSED").json["code"] == -1122
    listed = house.send(None, "GET", "exchangeInfo", symbolStatus="HALT").json["symbols"]
    assert halted in [symbol["symbol"] for symbol in listed]
    assert market not in [symbol["symbol"] for symbol in listed]


def test_exchange_info_says_what_is_enforced(house: House, market: str) -> None:
    info = house.send(None, "GET", "exchangeInfo", symbol=market).json
    assert (info["timezone"], info["exchangeFilters"]) == ("UTC", [])
    assert abs(info["serverTime"] - time.time_ns() // 10**6) < 5_000
    [symbol] = info["symbols"]
    filters = {f.pop("filterType"): f for f in symbol.pop("filters")}
    assert filters == {
        "PRICE_FILTER": {"minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"},
        "LOT_SIZE": {"minQty": "0.00010000", "maxQty": "9000.00000000", "stepSize": "0.00010000"},
        "MARKET_LOT_SIZE": {"minQty": "0.00010000", "maxQty": "100.00000000", "stepSize": "0.00010000"},
        "NOTIONAL": {
            "minNotional": "5.00000000",
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
        "MAX_NUM_ORDERS": {"maxNumOrders": 5},
        "ICEBERG_PARTS": {"limit": 100},
    }
    assert symbol == {
        "symbol": market,
        "status": "TRADING",
        "baseAsset": "BTC",
        "baseAssetPrecision": 8,
        "quoteAsset": "USDT",
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": [
            "LIMIT",
            "LIMIT_MAKER",
            "MARKET",
            "STOP_LOSS",
            "STOP_LOSS_LIMIT",
            "TAKE_PROFIT",
            "TAKE_PROFIT_LIMIT",
        ],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": [
            "NONE",
            "EXPIRE_TAKER",
            "EXPIRE_MAKER",
            "EXPIRE_BOTH",
            "DECREMENT",
            "TRANSFER",
        ],
    }


def test_exchange_info_selects(house: House) -> None:
    first, second = house.new_market(), house.new_market()

    def codes(**wanted: str) -> list[str]:
        return [symbol["symbol"] for symbol in house.send(None, "GET", "exchangeInfo", **wanted).json["symbols"]]

    assert codes(symbols=f'["{second}","{first}"]') == [second, first]
    assert (
        codes()[-2:] == codes(permissions="SPOT")[-2:] == codes(permissions='["MARGIN","SPOT"]')[-2:] == [first, second]
    )
    assert codes(permissions="MARGIN") == []
    bare = house.send(None, "GET", "exchangeInfo", symbol=first, showPermissionSets="false").json["symbols"][0]
    assert bare["permissionSets"] == []
    assert house.send(None, "GET", "exchangeInfo", symbol="NOSUCH").json["code"] == -1121
    for combined in ({"symbols": f'["{first}"]'}, {"permissions": "SPOT"}, {"symbolStatus": "TRADING"}):
        assert house.send(None, "GET", "exchangeInfo", symbol=first, **combined).json["code"] == -1128
