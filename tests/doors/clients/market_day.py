"""What is public, asked through a client's door: every answer is looked into, not only received."""

import time
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.doors.clients.counterparty import SYMBOL
from tests.doors.clients.diary import Diary
from tests.doors.clients.door import Door

HOUR_MS = 3_600_000
SYMBOLS = {"BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC"}


def live_market_day(door: Door, diary: Diary) -> None:
    with diary.entry("time"):
        assert door("ping") in ({}, None)
        assert abs(door("time")["serverTime"] - time.time() * 1000) < 5_000
    with diary.entry("markets"):
        listed = {one["symbol"]: one for one in door("exchangeInfo")["symbols"]}
        assert listed.keys() >= SYMBOLS
        filters = {one["filterType"]: one for one in listed[SYMBOL]["filters"]}
        assert Decimal(filters["PRICE_FILTER"]["tickSize"]) == Decimal("0.01")
        assert Decimal(filters["LOT_SIZE"]["stepSize"]) == Decimal("0.00001")
        assert {"LIMIT", "MARKET", "LIMIT_MAKER"} <= set(listed[SYMBOL]["orderTypes"])
    with diary.entry("order book"):
        book = door("depth", symbol=SYMBOL, limit=1000)
        bids, asks = ([Decimal(level[0]) for level in book[side]] for side in ("bids", "asks"))
        assert len(bids) >= 500 and len(asks) >= 500
        assert bids == sorted(bids, reverse=True) and asks == sorted(asks) and bids[0] < asks[0]
    with diary.entry("trades"):
        recent = door("trades.recent", symbol=SYMBOL, limit=50)
        assert [one["id"] for one in recent] == sorted(one["id"] for one in recent)
        assert len(recent) == 50
        older = door("trades.historical", symbol=SYMBOL, fromId=recent[0]["id"] - 10, limit=10)
        assert [one["id"] for one in older] == list(range(recent[0]["id"] - 10, recent[0]["id"]))
    with diary.entry("aggregate trades"):
        newest = door("trades.aggregate", symbol=SYMBOL, limit=20)
        assert [one["a"] for one in newest] == list(range(newest[0]["a"], newest[0]["a"] + 20))
    live_candles(door, diary)
    live_tickers(door, diary)


def live_candles(door: Door, diary: Diary) -> None:
    now_ms = int(time.time() * 1000)
    with diary.entry("candles"):
        for method in ("klines", "uiKlines"):
            candles = door(method, symbol=SYMBOL, interval="1m", limit=10)
            assert len(candles) == 10 and all(len(candle) == 12 for candle in candles)
            assert all(after[0] - before[0] == 60_000 for before, after in pairwise(candles))
    with diary.entry("long candle history"):
        start_ms = (now_ms // HOUR_MS - 999) * HOUR_MS
        opened: list[int] = []
        while not opened or opened[-1] + HOUR_MS <= now_ms:
            start_ms = opened[-1] + HOUR_MS if opened else start_ms
            page = door("klines", symbol=SYMBOL, interval="1h", startTime=start_ms, endTime=now_ms, limit=300)
            assert page, "the history ends before now"
            opened += [candle[0] for candle in page]
        assert opened == list(range(opened[0], opened[-1] + HOUR_MS, HOUR_MS))
        assert len(opened) >= 1_000


def live_tickers(door: Door, diary: Diary) -> None:
    def near(price: Any) -> bool:
        about = Decimal(door("depth", symbol=SYMBOL, limit=5)["bids"][0][0])
        return abs(Decimal(price) / about - 1) < Decimal("0.3")

    with diary.entry("average price"):
        assert near(door("avgPrice", symbol=SYMBOL)["price"])
    with diary.entry("24h ticker"):
        day = door("ticker.24hr", symbol=SYMBOL)
        assert Decimal(day["lowPrice"]) <= Decimal(day["lastPrice"]) <= Decimal(day["highPrice"])
        assert Decimal(day["volume"]) > 0
    with diary.entry("trading day ticker"):
        assert near(door("ticker.tradingDay", symbol=SYMBOL)["lastPrice"])
    with diary.entry("window ticker"):
        window = door("ticker", symbol=SYMBOL, windowSize="1h")
        assert near(window["lastPrice"]) and 0 < window["closeTime"] - window["openTime"] <= HOUR_MS + 60_000
    with diary.entry("last prices"):
        assert near(door("ticker.price", symbol=SYMBOL)["price"])
    with diary.entry("best prices"):
        best = door("ticker.book", symbol=SYMBOL)
        assert Decimal(best["bidPrice"]) < Decimal(best["askPrice"])
    with diary.entry("reference price"):
        # None was ever set for this symbol, and that is what it must say.
        refused = door.refused("referencePrice", symbol=SYMBOL)
        assert refused.says(-2043, "This symbol doesn't have a reference price."), refused
    with diary.entry("execution rules"):
        [rules] = door("executionRules", symbol=SYMBOL)["symbolRules"]
        assert rules["symbol"] == SYMBOL and isinstance(rules["rules"], list)
    with diary.entry("block trades"):
        assert isinstance(door("blockTrades.historical", symbol=SYMBOL, fromId=0), list)
