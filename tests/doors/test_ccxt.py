"""ccxt and ccxt.pro, unmodified: only the addresses in their settings are changed.

Its unified calls and its own exceptions, which it chooses by our codes and by the very words of our messages.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt
import ccxt.pro
import pytest

from venus.testing.running import RunningExchange

SYMBOL = "BTC/USDT"
HOUR_MS = 3_600_000
PATIENCE_S = 60


def settings(exchange: RunningExchange, name: str = "alice") -> dict[str, Any]:
    """What a user writes to have ccxt talk to another address."""
    api, sapi = f"{exchange.rest}/api", f"{exchange.rest}/sapi"
    return {
        **exchange.accounts[name],
        "options": {"fetchMarkets": {"types": ["spot"]}},
        "urls": {
            "api": {
                "public": f"{api}/v3",
                "private": f"{api}/v3",
                "v1": f"{api}/v1",
                "sapi": f"{sapi}/v1",
                "sapiV2": f"{sapi}/v2",
                "sapiV3": f"{sapi}/v3",
                "sapiV4": f"{sapi}/v4",
                "ws": {"spot": exchange.ws, "margin": exchange.ws},
            }
        },
    }


@pytest.fixture(scope="module")
def alice(exchange: RunningExchange) -> ccxt.binance:
    client = ccxt.binance(settings(exchange))
    client.load_markets()
    return client


def far_bid(client: ccxt.binance) -> float:
    """A price at which a bid rests, far from where anybody trades."""
    return float(client.price_to_precision(SYMBOL, client.fetch_ticker(SYMBOL)["bid"] * 0.8))


def test_markets(alice: ccxt.binance) -> None:
    coins = {"BTC/VUSD", "VUSD/VCNY", "VEUR/VUSD", "BTC/DCNY", "DCNY/USDT"}
    assert set(alice.markets) == {"BTC/USDT", "ETH/USDT", "BNB/USDT", "ETH/BTC"} | coins
    market = alice.market(SYMBOL)
    assert (market["spot"], market["active"]) == (True, True)
    assert market["precision"]["price"] == 0.01
    assert market["precision"]["amount"] == 0.00001
    assert market["limits"]["cost"]["min"] == 5
    assert alice.currencies["BTC"]["code"] == "BTC"


def test_book_trades_and_tickers(alice: ccxt.binance) -> None:
    book = alice.fetch_order_book(SYMBOL, 1000)
    assert len(book["bids"]) == len(book["asks"]) == 1000
    assert book["bids"][0][0] < book["asks"][0][0]
    trades = alice.fetch_trades(SYMBOL, limit=100)
    assert len(trades) == 100
    assert [one["timestamp"] for one in trades] == sorted(one["timestamp"] for one in trades)
    assert (
        set(alice.fetch_tickers())
        == set(alice.fetch_bids_asks())
        == set(alice.fetch_last_prices())
        == set(alice.markets)
    )
    candles = alice.fetch_ohlcv(SYMBOL, "1h", since=alice.milliseconds() - 1_000 * HOUR_MS, limit=1000)
    opened = [candle[0] for candle in candles]
    assert len(opened) >= 999
    assert opened == list(range(opened[0], opened[-1] + HOUR_MS, HOUR_MS))
    assert all(low <= min(first, last) <= max(first, last) <= high for _, first, high, low, last, _ in candles)


def test_a_limit_order_rests_is_edited_and_is_cancelled(alice: ccxt.binance) -> None:
    price = far_bid(alice)
    before = alice.fetch_balance()["USDT"]
    placed = alice.create_order(SYMBOL, "limit", "buy", 0.01, price)
    assert (placed["status"], placed["filled"], placed["remaining"]) == ("open", 0, 0.01)
    held = alice.fetch_balance()["USDT"]
    assert held["used"] - before["used"] == pytest.approx(0.01 * price)
    assert held["total"] == before["total"]
    edited = alice.edit_order(placed["id"], SYMBOL, "limit", "buy", 0.02, price)
    assert alice.fetch_order(placed["id"], SYMBOL)["status"] == "canceled"
    assert [one["id"] for one in alice.fetch_open_orders(SYMBOL)] == [edited["id"]]
    assert alice.fetch_order(edited["id"], SYMBOL)["amount"] == 0.02
    assert alice.cancel_order(edited["id"], SYMBOL)["status"] == "canceled"
    assert alice.fetch_open_orders(SYMBOL) == []
    assert [one["id"] for one in alice.fetch_orders(SYMBOL)][-2:] == [placed["id"], edited["id"]]
    assert [one["id"] for one in alice.fetch_canceled_orders(SYMBOL)][-2:] == [placed["id"], edited["id"]]
    assert alice.fetch_balance()["USDT"] == before


def test_a_coins_market_is_traded_like_any_other(alice: ccxt.binance) -> None:
    """ccxt writes the code of a coin in capitals, in symbols and in balances."""
    symbol = "BTC/VUSD"
    price = float(alice.price_to_precision(symbol, alice.fetch_ticker(symbol)["bid"] * 0.8))
    before = alice.fetch_balance()["VUSD"]
    placed = alice.create_order(symbol, "limit", "buy", 0.01, price)
    assert placed["status"] == "open"
    assert alice.fetch_balance()["VUSD"]["used"] - before["used"] == pytest.approx(0.01 * price)
    assert alice.cancel_order(placed["id"], symbol)["status"] == "canceled"
    assert alice.fetch_balance()["VUSD"] == before
    done = alice.create_order(symbol, "market", "buy", 0.02)
    assert (done["status"], done["filled"]) == ("closed", 0.02)
    assert alice.fetch_balance()["VUSD"]["total"] == pytest.approx(before["total"] - done["cost"])
    trades = alice.fetch_my_trades(symbol, params={"orderId": done["id"]})
    assert sum(one["amount"] for one in trades) == pytest.approx(0.02)
    assert [one["id"] for one in alice.fetch_orders(symbol)][-2:] == [placed["id"], done["id"]]
    assert alice.fetch_closed_orders(symbol)[-1]["id"] == done["id"]


def test_every_open_order_is_cancelled_at_once(alice: ccxt.binance) -> None:
    price = far_bid(alice)
    placed = [alice.create_order(SYMBOL, "limit", "buy", 0.01, price)["id"] for _ in range(3)]
    assert sorted(one["id"] for one in alice.cancel_all_orders(SYMBOL)) == sorted(placed)
    assert alice.fetch_open_orders(SYMBOL) == []


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_market_order_trades(alice: ccxt.binance, side: str) -> None:
    before = alice.fetch_balance()
    done = alice.create_order(SYMBOL, "market", side, 0.03)
    assert (done["status"], done["filled"], done["remaining"]) == ("closed", 0.03, 0)
    trades = [one for one in alice.fetch_my_trades(SYMBOL) if one["order"] == done["id"]]
    assert sum(one["amount"] for one in trades) == pytest.approx(0.03)
    assert sum(one["cost"] for one in trades) == pytest.approx(done["cost"])
    after = alice.fetch_balance()
    sign, fee = (1, {"BTC": 0.0, "USDT": 0.0}) if side == "buy" else (-1, {"BTC": 0.0, "USDT": 0.0})
    for one in trades:
        fee[one["fee"]["currency"]] += one["fee"]["cost"]
    assert sum(fee.values()) > 0
    assert after["BTC"]["total"] - before["BTC"]["total"] == pytest.approx(sign * 0.03 - fee["BTC"], abs=2e-8)
    assert after["USDT"]["total"] - before["USDT"]["total"] == pytest.approx(-sign * done["cost"] - fee["USDT"])


def test_a_market_order_spends_an_amount_of_money(alice: ccxt.binance) -> None:
    bought = alice.create_market_buy_order_with_cost(SYMBOL, 250)
    assert bought["status"] == "closed"
    assert 248 < bought["cost"] <= 250
    sold = alice.create_market_sell_order_with_cost(SYMBOL, 250)
    assert 248 < sold["cost"] <= 250


def test_fees_and_time(alice: ccxt.binance) -> None:
    assert abs(alice.fetch_time() - time.time() * 1000) < 5_000
    fee = alice.fetch_trading_fee(SYMBOL)
    assert (fee["maker"], fee["taker"]) == (0.001, 0.001)


Mistake = Callable[[ccxt.binance], object]
MISTAKES: dict[str, tuple[type[Exception], Mistake]] = {
    "too little money": (ccxt.InsufficientFunds, lambda on: on.create_order(SYMBOL, "limit", "buy", 100, 60_000)),
    "no such order": (ccxt.OrderNotFound, lambda on: on.fetch_order("999999999999", SYMBOL)),
    "nothing to cancel": (ccxt.OrderNotFound, lambda on: on.cancel_order("999999999999", SYMBOL)),
    # ccxt knows LOT_SIZE and PRICE_FILTER by name; of NOTIONAL it knows the code alone.
    "too small": (ccxt.BadRequest, lambda on: on.create_order(SYMBOL, "limit", "buy", 0.00008, 60_000)),
    "too large": (ccxt.InvalidOrder, lambda on: on.create_order(SYMBOL, "limit", "buy", 9_001, 60_000)),
    "takes though it must make": (
        ccxt.OrderImmediatelyFillable,
        lambda on: on.create_order(SYMBOL, "limit", "sell", 0.01, far_bid(on), {"postOnly": True}),
    ),
    "no such symbol": (ccxt.BadSymbol, lambda on: on.public_get_depth({"symbol": "NOSUCH"})),
    "a parameter too few": (ccxt.BadRequest, lambda on: on.private_get_mytrades()),
    "a parameter too many": (ccxt.BadRequest, lambda on: on.public_get_ping({"symbol": "BTCUSDT"})),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_mistakes_are_told_as_it_knows_them(alice: ccxt.binance, what: str) -> None:
    expected, mistake = MISTAKES[what]
    with pytest.raises(expected) as raised:
        mistake(alice)
    assert raised.type is expected, raised.value


def test_wrong_keys_are_refused(exchange: RunningExchange) -> None:
    for changes in ({"apiKey": "K" * 64}, {"secret": "a secret of somebody else"}):
        with pytest.raises(ccxt.AuthenticationError):
            ccxt.binance(settings(exchange) | changes).private_get_account()


@asynccontextmanager
async def following(exchange: RunningExchange, name: str) -> AsyncIterator[Any]:
    client = ccxt.pro.binance(settings(exchange, name))
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


async def until(watch: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
    """What a watching call gives, again and again, until it is what was wanted."""
    async with asyncio.timeout(PATIENCE_S):
        while not wanted(told := await watch()):
            pass
        return told


def test_it_follows_the_market(exchange: RunningExchange) -> None:
    asyncio.run(follow_the_market(exchange))


async def follow_the_market(exchange: RunningExchange) -> None:
    """bob buys while all is being watched; every watch tells of it."""
    async with following(exchange, "bob") as client:
        watches = {
            "trades": lambda: client.watch_trades(SYMBOL),
            "ohlcv": lambda: client.watch_ohlcv(SYMBOL, "1m"),
            "ticker": lambda: client.watch_ticker(SYMBOL),
            "best": lambda: client.watch_bids_asks([SYMBOL]),
        }
        opening = [asyncio.ensure_future(watch()) for watch in watches.values()]
        await asyncio.sleep(1.0)  # until all are subscribed: what comes first depends on what happens in the market
        done = await client.create_order(SYMBOL, "market", "buy", 0.25)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*opening)
        mine = {one["id"]: one for one in await client.fetch_my_trades(SYMBOL) if one["order"] == done["id"]}
        seen: dict[str, Any] = {one["id"]: one for one in client.trades[SYMBOL]}
        while not mine.keys() <= seen.keys():
            async with asyncio.timeout(PATIENCE_S):
                seen |= {one["id"]: one for one in await watches["trades"]()}
        assert {number: (seen[number]["price"], seen[number]["amount"]) for number in mine} == {
            number: (one["price"], one["amount"]) for number, one in mine.items()
        }
        ticker = await until(watches["ticker"], lambda one: one["timestamp"] >= done["timestamp"])
        assert ticker["low"] <= ticker["last"] <= ticker["high"]
        best = await until(watches["best"], lambda all_of_them: SYMBOL in all_of_them)
        assert 0 < best[SYMBOL]["bid"] < best[SYMBOL]["ask"]
        await until(watches["ohlcv"], lambda candles: candles[-1][0] >= done["timestamp"] // 60_000 * 60_000)


def test_its_book_becomes_ours(exchange: RunningExchange) -> None:
    asyncio.run(keep_a_book(exchange))


async def keep_a_book(exchange: RunningExchange) -> None:
    """While the market moves, its book must meet the REST API's: a wrong or missing update keeps them apart."""
    async with following(exchange, "bob") as client:
        price = float(client.price_to_precision(SYMBOL, (await client.fetch_ticker(SYMBOL))["bid"] * 0.999))
        await client.watch_order_book(SYMBOL, 1000)
        placed = await client.create_order(SYMBOL, "limit", "buy", 0.01234, price)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    kept = await client.watch_order_book(SYMBOL, 1000)
                    kept = [[list(level) for level in kept[side][:300]] for side in ("bids", "asks")]
                    shown = await client.fetch_order_book(SYMBOL, 1000)
                    if kept == [shown[side][:300] for side in ("bids", "asks")]:
                        break
            assert price in [level[0] for level in kept[0]]
        finally:
            await client.cancel_order(placed["id"], SYMBOL)
