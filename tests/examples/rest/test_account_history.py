"""What an account has beside its orders and trades: amendments, prevented matches, allocations, order lists.

Source: [D] rest-api.md, "Account Endpoints", "SOR".
"""

from tests.examples.rest.house import House, Trader

LIMIT = {"type": "LIMIT", "side": "BUY", "quantity": "1", "price": "100", "timeInForce": "GTC"}


def test_amendments_are_told(house: House, alice: Trader, market: str) -> None:
    order_id = house.buy(alice, market, "5", "100", newClientOrderId="first").json["orderId"]
    for quantity, name in (("4", "second"), ("3", "third")):
        form = {"symbol": market, "orderId": order_id, "newQty": quantity, "newClientOrderId": name}
        assert house.send(alice, "PUT", "order/amend/keepPriority", **form).status == 200
    told = house.send(alice, "GET", "order/amendments", symbol=market, orderId=order_id).json
    assert [(row["origClientOrderId"], row["newClientOrderId"], row["origQty"], row["newQty"]) for row in told] == [
        ("first", "second", "5.00000000", "4.00000000"),
        ("second", "third", "4.00000000", "3.00000000"),
    ]
    assert told[0]["executionId"] < told[1]["executionId"] and {row["symbol"] for row in told} == {market}
    later = {"symbol": market, "orderId": order_id, "fromExecutionId": told[0]["executionId"] + 1}
    assert house.send(alice, "GET", "order/amendments", **later).json == told[1:]
    assert house.send(alice, "GET", "order/amendments", symbol=market, orderId=order_id, limit=1).json == told[:1]
    assert house.send(alice, "GET", "order/amendments", symbol=market).json["code"] == -1102


def test_prevented_matches_are_found(house: House, alice: Trader, market: str) -> None:
    first = house.sell(alice, market, "1", "100").json["orderId"]
    second = house.sell(alice, market, "1", "101").json["orderId"]
    taker = house.buy(alice, market, "3", "101", selfTradePreventionMode="EXPIRE_MAKER").json["orderId"]
    told = house.send(alice, "GET", "myPreventedMatches", symbol=market, orderId=taker).json
    assert [(row["preventedMatchId"], row["makerOrderId"]) for row in told] == [(1, first), (2, second)]
    assert told[0] | {"transactTime": 0} == {
        "symbol": market,
        "preventedMatchId": 1,
        "takerOrderId": taker,
        "makerSymbol": market,
        "makerOrderId": first,
        "tradeGroupId": -1,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "price": "100.00000000",
        "makerPreventedQuantity": "1.00000000",
        "transactTime": 0,
    }
    asking = {"symbol": market, "orderId": taker}
    assert house.send(alice, "GET", "myPreventedMatches", **asking, fromPreventedMatchId=2).json == told[1:]
    assert house.send(alice, "GET", "myPreventedMatches", **asking, limit=1).json == told[:1]
    assert house.send(alice, "GET", "myPreventedMatches", symbol=market, preventedMatchId=2).json == told[1:]
    assert house.send(house.new_trader(), "GET", "myPreventedMatches", symbol=market, preventedMatchId=2).json == []
    assert house.send(alice, "GET", "myPreventedMatches", symbol=market).json["code"] == -1102
    both = house.send(alice, "GET", "myPreventedMatches", **asking, preventedMatchId=1)
    assert both.refusal == (400, -1128, "Combination of optional parameters invalid.")


def test_no_symbol_has_smart_routing(house: House, alice: Trader, market: str) -> None:
    form = {"symbol": market, **LIMIT}
    for path in ("sor/order", "sor/order/test"):
        assert house.send(alice, "POST", path, **form).refusal == (400, -1013, "This symbol has no SOR.")
        assert house.send(alice, "POST", path, **(form | {"type": "LIMIT_MAKER"})).json["code"] == -1116
    assert house.send(alice, "POST", "sor/order", **(form | {"quantity": "x"})).json["code"] == -1100
    assert house.send(alice, "GET", "myAllocations", symbol=market).json == []
    answer = house.send(alice, "GET", "myAllocations", symbol=market, orderId=1, startTime=1)
    assert answer.refusal == (400, -1128, "Combination of optional parameters invalid.")


def test_who_never_placed_a_list_has_none(house: House, alice: Trader) -> None:
    assert house.send(alice, "GET", "openOrderList").json == house.send(alice, "GET", "allOrderList").json == []
    for named in ({"orderListId": 1}, {"orderListId": 0}, {"origClientOrderId": "mine"}):
        answer = house.send(alice, "GET", "orderList", **named)
        assert answer.refusal == (400, -2013, "Order does not exist.")
    message = "Param 'orderListId' or 'origClientOrderId' must be sent, but both were empty/null!"
    assert house.send(alice, "GET", "orderList").refusal == (400, -1102, message)
    assert house.send(alice, "GET", "allOrderList", fromId=1, startTime=1).json["code"] == -1128
    assert house.send(alice, "GET", "allOrderList", startTime=1, endTime=86_400_002).json["code"] == -1127
