"""What an account is shown of itself. Source: [D] rest-api.md, "Account Endpoints"."""

import time

from tests.examples.rest.house import House, Trader
from venus.records.commands import SetAccountTier, SetFeeTier


def test_an_order_is_found_by_its_ids(house: House, alice: Trader, bob: Trader, market: str) -> None:
    order_id = house.buy(alice, market, "1", "100", newClientOrderId="mine").json["orderId"]
    house.sell(bob, market, "0.25", "100")
    found = house.send(alice, "GET", "order", symbol=market, orderId=order_id).json
    assert found == house.send(alice, "GET", "order", symbol=market, origClientOrderId="mine").json
    assert found["time"] == found["workingTime"] <= found["updateTime"]
    assert found | {"time": 0, "workingTime": 0, "updateTime": 0} == {
        "symbol": market,
        "orderId": order_id,
        "orderListId": -1,
        "clientOrderId": "mine",
        "price": "100.00000000",
        "origQty": "1.00000000",
        "executedQty": "0.25000000",
        "cummulativeQuoteQty": "25.00000000",
        "status": "PARTIALLY_FILLED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": 0,
        "updateTime": 0,
        "isWorking": True,
        "workingTime": 0,
        "origQuoteOrderQty": "0.00000000",
        "selfTradePreventionMode": "NONE",
    }
    gone = (400, -2013, "Order does not exist.")
    assert house.send(bob, "GET", "order", symbol=market, orderId=order_id).refusal == gone
    assert house.send(alice, "GET", "order", symbol=market, orderId=0).refusal == gone
    assert house.send(alice, "GET", "order", symbol=market, origClientOrderId="never").refusal == gone
    mismatch = house.send(alice, "GET", "order", symbol=market, orderId=order_id, origClientOrderId="another")
    assert mismatch.json["code"] == -2039


def test_all_orders_come_in_pages(house: House, alice: Trader, market: str) -> None:
    ids = [house.buy(alice, market, "1", f"{10 + n}", timeInForce="IOC").json["orderId"] for n in range(6)]

    def page(**bounds: object) -> list[int]:
        return [o["orderId"] for o in house.send(alice, "GET", "allOrders", symbol=market, **bounds).json]

    assert page() == ids
    assert page(limit=2) == ids[-2:]
    assert page(orderId=ids[2], limit=2) == ids[2:4]
    now_ms = time.time_ns() // 10**6
    assert page(startTime=now_ms - 60_000, limit=2) == ids[:2]
    assert page(endTime=now_ms + 1_000, limit=2) == ids[-2:]
    assert page(startTime=now_ms - 60_000, endTime=now_ms - 50_000) == []
    assert page(startTime=now_ms + 60_000) == []
    long = house.send(alice, "GET", "allOrders", symbol=market, startTime=1, endTime=86_400_002)
    assert long.refusal == (400, -1127, "More than 24 hours between startTime and endTime.")
    assert house.send(alice, "GET", "allOrders", symbol=market, startTime=1, endTime=86_400_001).status == 200
    assert house.send(alice, "GET", "allOrders", symbol=market, limit=1001).json["code"] == -1130


def test_trades_of_both_sides(house: House, alice: Trader, bob: Trader, market: str) -> None:
    maker = house.sell(alice, market, "3", "100").json["orderId"]
    takers = [house.buy(bob, market, "1", "100").json["orderId"] for _ in range(3)]
    made = house.send(alice, "GET", "myTrades", symbol=market).json
    took = house.send(bob, "GET", "myTrades", symbol=market).json
    assert [trade["id"] for trade in made] == [trade["id"] for trade in took] == [1, 2, 3]
    assert made[0] | {"time": 0} == {
        "symbol": market,
        "id": 1,
        "orderId": maker,
        "orderListId": -1,
        "price": "100.00000000",
        "qty": "1.00000000",
        "quoteQty": "100.00000000",
        "commission": "0.10000000",
        "commissionAsset": "USDT",
        "time": 0,
        "isBuyer": False,
        "isMaker": True,
        "isBestMatch": True,
    }
    assert (took[2]["orderId"], took[2]["isBuyer"], took[2]["isMaker"]) == (takers[2], True, False)
    assert (took[2]["commission"], took[2]["commissionAsset"]) == ("0.00200000", "BTC")

    def page(**bounds: object) -> list[int]:
        return [trade["id"] for trade in house.send(bob, "GET", "myTrades", symbol=market, **bounds).json]

    assert page(orderId=takers[1]) == [2]
    assert page(orderId=0) == []
    assert page(fromId=2) == [2, 3]
    assert page(fromId=1, limit=1) == [1]
    assert page(limit=1) == [3]
    combined = house.send(bob, "GET", "myTrades", symbol=market, fromId=1, startTime=1)
    assert combined.refusal == (400, -1128, "Combination of optional parameters invalid.")


def test_balances_follow_holds_and_trades(house: House, alice: Trader, bob: Trader, market: str) -> None:
    house.buy(alice, market, "1", "1000")
    account = house.send(alice, "GET", "account").json
    assert account["balances"][:3] == [  # what another test listed comes behind
        {"asset": "BTC", "free": "100.00000000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "999000.00000000", "locked": "1000.00000000"},
        {"asset": "ETH", "free": "0.00000000", "locked": "0.00000000"},
    ]
    house.market_order(bob, market, "SELL", quantity="1")
    rich = house.send(alice, "GET", "account", omitZeroBalances="true").json
    assert rich["balances"] == [
        {"asset": "BTC", "free": "100.99900000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "999000.00000000", "locked": "0.00000000"},
    ]
    assert (rich["makerCommission"], rich["takerCommission"], rich["uid"]) == (10, 20, alice.account)
    assert (rich["accountType"], rich["permissions"], rich["canTrade"]) == ("SPOT", ["SPOT"], True)
    assert rich["updateTime"] > account["updateTime"] - 1


def test_rates_are_the_accounts_own(house: House, alice: Trader, market: str) -> None:
    house.cold(SetFeeTier, tier=3, maker_ppm=150, taker_ppm=475)
    house.cold(SetAccountTier, account=alice.account, tier=3)
    rates = house.send(alice, "GET", "account/commission", symbol=market).json
    assert rates["symbol"] == market
    assert rates["standardCommission"] == {
        "maker": "0.00015000",
        "taker": "0.00047500",
        "buyer": "0.00000000",
        "seller": "0.00000000",
    }
    assert set(rates["taxCommission"].values()) == set(rates["specialCommission"].values()) == {"0.00000000"}
    assert house.send(alice, "GET", "account").json["commissionRates"] == rates["standardCommission"]


def test_counts_of_unfilled_orders(house: House, alice: Trader, bob: Trader, market: str) -> None:
    placed = house.buy(alice, market, "1", "100")
    counts = house.send(alice, "GET", "rateLimit/order").json
    assert [(c["rateLimitType"], c["interval"], c["intervalNum"]) for c in counts] == [
        ("ORDERS", "SECOND", 10),
        ("ORDERS", "DAY", 1),
    ]
    assert counts[1]["count"] == int(placed.headers["x-mbx-order-count-1d"]) == 1
    filled = house.sell(bob, market, "1", "100")
    assert filled.headers["x-mbx-order-count-1d"] == "0"  # it traded at once
