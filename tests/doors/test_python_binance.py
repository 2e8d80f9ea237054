"""python-binance, unmodified: only the addresses that its classes hold are changed.

A trader's day in its blocking client, the same orders told on its sockets, its own local book, and the mistakes that
it knows by code.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from binance import AsyncClient, BinanceSocketManager, Client, DepthCacheManager
from binance.base_client import BaseClient
from binance.exceptions import BinanceAPIException

from venus.testing.running import RunningExchange

SYMBOL = "BTCUSDT"
HOUR_MS = 3_600_000
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def pointed_here(exchange: RunningExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way its documentation gives for other hosts: class attributes, set before a client is made."""
    monkeypatch.setattr(BaseClient, "API_URL", f"{exchange.rest}/api")
    monkeypatch.setattr(BaseClient, "MARGIN_API_URL", f"{exchange.rest}/sapi")
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", exchange.ws.removesuffix("ws"))


@pytest.fixture
def alice(exchange: RunningExchange) -> Client:
    return Client(*exchange.accounts["alice"].values())


@asynccontextmanager
async def connected(exchange: RunningExchange, name: str) -> AsyncIterator[AsyncClient]:
    client = await AsyncClient.create(*exchange.accounts[name].values())
    try:
        yield client
    finally:
        await client.close_connection()


def far_bid(book: dict[str, Any]) -> str:
    """A price at which a bid rests, far from where anybody trades."""
    return f"{float(book['bids'][0][0]) * 0.8:.2f}"


def free(client: Client, asset: str) -> Decimal:
    return Decimal(client.get_asset_balance(asset=asset)["free"])


def assert_filters_of_a_symbol(filters: dict[str, dict[str, Any]]) -> None:
    """The figures that most symbols of Binance have."""
    percent, trailing = filters["PERCENT_PRICE_BY_SIDE"], filters["TRAILING_DELTA"]
    for side in ("bid", "ask"):
        assert [Decimal(percent[f"{side}Multiplier{way}"]) for way in ("Up", "Down")] == [5, Decimal("0.2")]
    assert percent["avgPriceMins"] == filters["NOTIONAL"]["avgPriceMins"] == 5
    for way in ("Above", "Below"):
        assert [trailing[f"{end}Trailing{way}Delta"] for end in ("min", "max")] == [10, 2_000]
    for name, member, count in (
        ("ICEBERG_PARTS", "limit", 100),
        ("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", 5),
        ("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", 20),
        ("MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends", 10),
    ):
        assert filters[name][member] == count


def test_markets_and_book(alice: Client) -> None:
    listed = {one["symbol"]: one for one in alice.get_exchange_info()["symbols"]}
    coins = {"BTCVUSD", "VUSDVCNY", "VEURVUSD", "BTCDCNY", "DCNYUSDT"}
    assert set(listed) == {"BTCUSDT", "ETHUSDT", "BNBUSDT", "ETHBTC"} | coins
    assert {one["status"] for one in listed.values()} == {"TRADING"}
    filters = {one["filterType"]: one for one in alice.get_symbol_info(SYMBOL)["filters"]}
    assert Decimal(filters["PRICE_FILTER"]["tickSize"]) == Decimal("0.01")
    assert Decimal(filters["LOT_SIZE"]["stepSize"]) == Decimal("0.00001")
    assert_filters_of_a_symbol(filters)
    book = alice.get_order_book(symbol=SYMBOL, limit=1000)
    bids, asks = ([Decimal(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert len(bids) == len(asks) == 1000
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert {one["symbol"] for one in alice.get_orderbook_tickers()} == set(listed)
    assert float(alice.get_symbol_ticker(symbol=SYMBOL)["price"]) == pytest.approx(float(bids[0]), rel=0.2)
    assert float(alice.get_ticker(symbol=SYMBOL)["volume"]) > 0


def test_a_limit_order_rests_is_listed_and_is_cancelled(alice: Client) -> None:
    price = far_bid(alice.get_order_book(symbol=SYMBOL, limit=5))
    before = free(alice, "USDT")
    placed = alice.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=price)
    assert (placed["status"], placed["executedQty"]) == ("NEW", "0.00000000")
    assert before - free(alice, "USDT") == Decimal(price) * Decimal("0.01")
    [shown] = [one for one in alice.get_open_orders(symbol=SYMBOL) if one["orderId"] == placed["orderId"]]
    assert (Decimal(shown["price"]), shown["clientOrderId"]) == (Decimal(price), placed["clientOrderId"])
    cancelled = alice.cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
    assert (cancelled["status"], cancelled["origClientOrderId"]) == ("CANCELED", placed["clientOrderId"])
    assert free(alice, "USDT") == before
    assert placed["orderId"] not in {one["orderId"] for one in alice.get_open_orders()}
    assert alice.get_order(symbol=SYMBOL, origClientOrderId=placed["clientOrderId"])["status"] == "CANCELED"
    assert alice.get_all_orders(symbol=SYMBOL)[-1]["orderId"] == placed["orderId"]


@pytest.mark.parametrize("amount", [{"quantity": "0.05"}, {"quoteOrderQty": "321.5"}], ids=["quantity", "quote"])
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_market_order_trades_and_money_moves_by_its_fills(alice: Client, side: str, amount: dict[str, str]) -> None:
    base_before, quote_before = free(alice, "BTC"), free(alice, "USDT")
    done = alice.create_order(symbol=SYMBOL, side=side, type="MARKET", **amount)
    assert done["status"] == "FILLED"
    base = sum((Decimal(fill["qty"]) for fill in done["fills"]), Decimal())
    quote = sum((Decimal(fill["qty"]) * Decimal(fill["price"]) for fill in done["fills"]), Decimal())
    fees = sum((Decimal(fill["commission"]) for fill in done["fills"]), Decimal())
    assert (Decimal(done["executedQty"]), Decimal(done["cummulativeQuoteQty"])) == (base, quote)
    assert fees > 0
    if "quantity" in amount:
        assert base == Decimal(amount["quantity"])
    else:
        assert Decimal(amount["quoteOrderQty"]) - 2 < quote <= Decimal(amount["quoteOrderQty"])
    sign = 1 if side == "BUY" else -1
    fee_asset = "BTC" if side == "BUY" else "USDT"
    assert {fill["commissionAsset"] for fill in done["fills"]} == {fee_asset}
    # BTC has a ninth decimal here, of which the API shows eight.
    shown = Decimal("0.00000001")
    assert abs(free(alice, "BTC") - base_before - sign * base + fees * (side == "BUY")) <= shown
    assert free(alice, "USDT") - quote_before == -sign * quote - fees * (side == "SELL")
    trades = alice.get_my_trades(symbol=SYMBOL, orderId=done["orderId"])
    assert [(one["id"], one["price"], one["qty"], one["commission"]) for one in trades] == [
        (fill["tradeId"], fill["price"], fill["qty"], fill["commission"]) for fill in done["fills"]
    ]


def test_a_coins_market_is_traded_like_any_other(alice: Client) -> None:
    """BTC against vUSD: rests and is cancelled, meets the book, and stands in the history; coins pay for it."""
    symbol, coin = "BTCVUSD", "vUSD"
    before, price = free(alice, coin), f"{float(alice.get_order_book(symbol=symbol)['bids'][0][0]) * 0.8:.1f}"
    placed = alice.order_limit_buy(symbol=symbol, quantity="0.01", price=price)
    assert placed["status"] == "NEW"
    assert before - free(alice, coin) == Decimal(price) * Decimal("0.01")
    assert [one["orderId"] for one in alice.get_open_orders(symbol=symbol)] == [placed["orderId"]]
    assert alice.cancel_order(symbol=symbol, orderId=placed["orderId"])["status"] == "CANCELED"
    assert free(alice, coin) == before
    done = alice.order_market_buy(symbol=symbol, quantity="0.02")
    assert (done["status"], done["executedQty"]) == ("FILLED", "0.02000000")
    assert before - free(alice, coin) == Decimal(done["cummulativeQuoteQty"])
    trades = alice.get_my_trades(symbol=symbol, orderId=done["orderId"])
    assert sum(Decimal(one["qty"]) for one in trades) == Decimal("0.02")
    back = alice.order_market_sell(symbol=symbol, quantity="0.02")
    assert {fill["commissionAsset"] for fill in back["fills"]} == {coin}
    statuses = {one["orderId"]: one["status"] for one in alice.get_all_orders(symbol=symbol)}
    assert [statuses[one["orderId"]] for one in (placed, done, back)] == ["CANCELED", "FILLED", "FILLED"]


def test_history_ends(alice: Client) -> None:
    """The client asks page after page until it has everything: an ignored startTime would keep it there for ever."""
    candles = alice.get_historical_klines(SYMBOL, Client.KLINE_INTERVAL_1HOUR, "60 days ago UTC")
    opened = [candle[0] for candle in candles]
    assert len(opened) >= 1_000
    assert opened == list(range(opened[0], opened[-1] + HOUR_MS, HOUR_MS))
    first, last = opened[-20], opened[-11]
    some = alice.get_historical_klines(SYMBOL, Client.KLINE_INTERVAL_1HOUR, first, last)
    assert [candle[0] for candle in some] == opened[-20:-10]
    trades = list(
        alice.aggregate_trade_iter(symbol=SYMBOL, last_id=alice.get_aggregate_trades(symbol=SYMBOL)[-30]["a"])
    )
    assert len(trades) >= 29
    assert [one["a"] for one in trades] == list(range(trades[0]["a"], trades[0]["a"] + len(trades)))


Mistake = Callable[[Client], object]
MISTAKES: list[tuple[int, int, str, Mistake]] = [
    (400, -1121, "Invalid symbol.", lambda client: client.get_order_book(symbol="NOSUCH")),
    (400, -2013, "Order does not exist.", lambda client: client.get_order(symbol=SYMBOL, orderId=10**15)),
    (400, -2011, "Unknown order sent.", lambda client: client.cancel_order(symbol=SYMBOL, orderId=10**15)),
    (
        400,
        -2010,
        "Account has insufficient balance for requested action.",
        lambda client: client.order_limit_buy(symbol=SYMBOL, quantity="100", price="60000"),
    ),
    (
        400,
        -1013,
        "Filter failure: NOTIONAL",
        lambda client: client.order_limit_buy(symbol=SYMBOL, quantity="0.00008", price="60000"),
    ),
    (
        400,
        -1013,
        "Filter failure: PERCENT_PRICE_BY_SIDE",
        lambda client: client.order_limit_buy(symbol=SYMBOL, quantity="0.001", price="6000"),
    ),
    (
        400,
        -1013,
        "Filter failure: LOT_SIZE",
        lambda client: client.order_limit_buy(symbol=SYMBOL, quantity="9001", price="60000"),
    ),
    (
        400,
        -1013,
        "Filter failure: PRICE_FILTER",
        lambda client: client.order_limit_buy(symbol=SYMBOL, quantity="1", price="60000.001"),
    ),
    (
        400,
        -1111,
        "Parameter 'price' has too much precision.",
        lambda client: client.order_limit_buy(symbol=SYMBOL, quantity="1", price="60000.000000001"),
    ),
    (
        400,
        -1102,
        "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
        lambda client: client.get_all_orders(),
    ),
]


@pytest.mark.parametrize(
    ("status", "code", "message", "mistake"), MISTAKES, ids=[f"{one[1]} {one[2]}" for one in MISTAKES]
)
def test_mistakes_are_told_as_it_knows_them(
    alice: Client, status: int, code: int, message: str, mistake: Mistake
) -> None:
    with pytest.raises(BinanceAPIException) as raised:
        mistake(alice)
    assert (raised.value.status_code, raised.value.code, raised.value.message) == (status, code, message)


def test_wrong_keys_are_refused(exchange: RunningExchange) -> None:
    key = exchange.accounts["alice"]["apiKey"]
    for wrong, status, code in (
        (Client(key, "a secret of somebody else"), 400, -1022),
        (Client("K" * 64, "s"), 401, -2015),
    ):
        with pytest.raises(BinanceAPIException) as raised:
            wrong.get_account()
        assert (raised.value.status_code, raised.value.code) == (status, code)


def test_the_streams_tell_what_was_traded(exchange: RunningExchange) -> None:
    asyncio.run(follow_a_trade(exchange))


async def follow_a_trade(exchange: RunningExchange) -> None:
    """Every socket is open, then alice buys: her fills are told as trades, and all that follows from them."""
    async with connected(exchange, "alice") as client:
        manager = BinanceSocketManager(client)
        sockets = {
            "trade": manager.trade_socket(SYMBOL),
            "kline": manager.kline_socket(SYMBOL, interval="1m"),
            "depthUpdate": manager.depth_socket(SYMBOL, interval=100),
            "bookTicker": manager.symbol_book_ticker_socket(SYMBOL),
            "multiplex": manager.multiplex_socket(["btcusdt@aggTrade", "ethusdt@trade"]),
        }
        for socket in sockets.values():
            await socket.__aenter__()
        try:
            done = await client.order_market_buy(symbol=SYMBOL, quantity="0.4")
            fills = {fill["tradeId"]: fill for fill in done["fills"]}
            last = max(fills)
            async with asyncio.timeout(PATIENCE_S):
                told = await until(sockets["trade"], lambda message: message["t"] == last)
                mine = [message for message in told if message["t"] in fills]
                assert [(one["t"], one["p"], one["q"]) for one in mine] == [
                    (number, fill["price"], fill["qty"]) for number, fill in fills.items()
                ]
                assert not any(one["m"] for one in mine)
                [*_, candle] = await until(sockets["kline"], lambda message: message["k"]["L"] >= last)
                assert float(candle["k"]["l"]) <= float(fills[last]["price"]) <= float(candle["k"]["h"])
                updates = await until(sockets["depthUpdate"], lambda message: message["E"] >= done["transactTime"])
                assert all(after["U"] == before["u"] + 1 for before, after in pairwise(updates))
                [*_, ticker] = await until(sockets["bookTicker"], lambda message: "b" in message)
                assert 0 < float(ticker["b"]) < float(ticker["a"])
                [*_, both] = await until(
                    sockets["multiplex"],
                    lambda message: message["stream"] == "btcusdt@aggTrade" and message["data"]["l"] >= last,
                )
                assert both["data"]["p"] == fills[last]["price"]
        finally:
            for socket in sockets.values():
                await socket.__aexit__(None, None, None)


async def until(socket: Any, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Messages up to the first that is wanted."""
    messages = []
    while not messages or not wanted(messages[-1]):
        messages.append(await socket.recv())
        assert messages[-1].get("e") != "error", messages[-1]
    return messages


def test_its_depth_cache_becomes_the_book(exchange: RunningExchange) -> None:
    asyncio.run(keep_a_cache(exchange))


async def keep_a_cache(exchange: RunningExchange) -> None:
    """While the market moves, its cache must meet the REST API's book: a wrong or missing update keeps them apart."""
    async with connected(exchange, "bob") as client:
        book = await client.get_order_book(symbol=SYMBOL, limit=5)
        price = far_bid(book)
        async with DepthCacheManager(client, SYMBOL, limit=5000, ws_interval=100) as cache:
            await cache.recv()
            placed = await client.order_limit_buy(symbol=SYMBOL, quantity="0.01234", price=price)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        kept = await cache.recv()
                        shown = await client.get_order_book(symbol=SYMBOL, limit=5000)
                        bids, asks = ([[float(p), float(q)] for p, q in shown[side]] for side in ("bids", "asks"))
                        assert [float(price), 0.01234] in bids
                        if (kept.get_bids(), kept.get_asks()) == (bids, asks):
                            break
            finally:
                await client.cancel_order(symbol=SYMBOL, orderId=placed["orderId"])
