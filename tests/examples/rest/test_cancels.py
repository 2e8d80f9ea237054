"""Cancels, replacements and amendments through the REST door. Source: [D] rest-api.md, "Trading endpoints"."""

import pytest

from tests.examples.rest.house import NO_LIMITS, Answer, House, Trader
from venus.gateway.binance.limits import LimitRules
from venus.gateway.binance.rest import RestDoor

UNKNOWN = (400, -2011, "Unknown order sent.")
CANCEL_FIELDS = {
    "symbol", "origClientOrderId", "orderId", "orderListId", "clientOrderId", "transactTime", "price", "origQty",
    "executedQty", "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type", "side",
    "selfTradePreventionMode",
}  # fmt: skip
NEW = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "90"}


def resting(house: House, who: Trader, market: str, **more: object) -> int:
    order_id: int = house.buy(who, market, "1", "100", **more).json["orderId"]
    return order_id


def cancel(house: House, who: Trader, market: str, **named: object) -> Answer:
    return house.send(who, "DELETE", "order", symbol=market, **named)


def replace(house: House, who: Trader, market: str, mode: str, door: RestDoor | None = None, **more: object) -> Answer:
    form = NEW | {"cancelReplaceMode": mode} | more
    return house.send(who, "POST", "order/cancelReplace", symbol=market, door=door, **form)


def halves(answer: Answer) -> tuple[int, int, str, str]:
    """Status, code (0 for success), and the results of both halves."""
    facts = answer.json.get("data", answer.json)
    return answer.status, answer.json.get("code", 0), facts["cancelResult"], facts["newOrderResult"]


def test_a_cancel_shows_the_order_as_it_stood(house: House, alice: Trader, bob: Trader, market: str) -> None:
    order_id = resting(house, alice, market, newClientOrderId="mine")
    house.sell(bob, market, "0.25", "100")
    gone = cancel(house, alice, market, orderId=order_id, newClientOrderId="farewell").json
    assert set(gone) == CANCEL_FIELDS
    assert (gone["origClientOrderId"], gone["clientOrderId"], gone["orderId"]) == ("mine", "farewell", order_id)
    assert (gone["status"], gone["executedQty"], gone["cummulativeQuoteQty"]) == (
        "CANCELED",
        "0.25000000",
        "25.00000000",
    )
    assert cancel(house, alice, market, orderId=order_id).refusal == UNKNOWN


def test_orders_are_named_by_either_id_or_both(house: House, alice: Trader, bob: Trader, market: str) -> None:
    order_id = resting(house, alice, market, newClientOrderId="mine")
    assert cancel(house, alice, market).refusal == (
        400,
        -1102,
        "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    )
    mismatch = (400, -2039, "Client order ID is not correct for this order ID.")
    assert cancel(house, alice, market, orderId=order_id, origClientOrderId="another").refusal == mismatch
    assert cancel(house, alice, market, origClientOrderId="another").refusal == UNKNOWN
    assert cancel(house, bob, market, orderId=order_id).refusal == UNKNOWN
    assert cancel(house, alice, house.new_market(), orderId=order_id).refusal == UNKNOWN
    assert cancel(house, alice, market, orderId=0).refusal == UNKNOWN
    assert cancel(house, alice, market, orderId=order_id, origClientOrderId="mine").status == 200
    resting(house, alice, market, newClientOrderId="mine")
    assert cancel(house, alice, market, origClientOrderId="mine").status == 200


def test_cancels_may_be_restricted(house: House, alice: Trader, bob: Trader, market: str) -> None:
    order_id = resting(house, alice, market)
    restricted = (400, -2011, "Order was not canceled due to cancel restrictions.")
    wrong = cancel(house, alice, market, orderId=order_id, cancelRestrictions="ONLY_OLD")
    assert wrong.refusal == (400, -1145, "Invalid cancelRestrictions")
    partly = {"orderId": order_id, "cancelRestrictions": "ONLY_PARTIALLY_FILLED"}
    assert cancel(house, alice, market, **partly).refusal == restricted
    house.sell(bob, market, "0.5", "100")
    assert cancel(house, alice, market, orderId=order_id, cancelRestrictions="ONLY_NEW").refusal == restricted
    assert cancel(house, alice, market, **partly).status == 200


def test_all_open_orders_of_a_symbol(house: House, alice: Trader, bob: Trader, market: str) -> None:
    mine = [resting(house, alice, market) for _ in range(3)]
    elsewhere = house.new_market()
    other, theirs = resting(house, alice, elsewhere), resting(house, bob, market)
    gone = house.send(alice, "DELETE", "openOrders", symbol=market).json
    assert [order["orderId"] for order in gone] == mine
    assert all(set(order) == CANCEL_FIELDS and order["status"] == "CANCELED" for order in gone)
    assert len({order["clientOrderId"] for order in gone}) == 1
    assert house.send(alice, "DELETE", "openOrders", symbol=market).refusal == UNKNOWN
    assert [order["orderId"] for order in house.send(alice, "GET", "openOrders").json] == [other]
    assert [order["orderId"] for order in house.send(bob, "GET", "openOrders").json] == [theirs]


def test_replace_both_work(house: House, alice: Trader, market: str) -> None:
    order_id = resting(house, alice, market, newClientOrderId="old")
    answer = replace(
        house, alice, market, "STOP_ON_FAILURE", cancelOrigClientOrderId="old", cancelNewClientOrderId="c",
        newClientOrderId="new",
    )  # fmt: skip
    assert halves(answer) == (200, 0, "SUCCESS", "SUCCESS")
    cancelled, placed = answer.json["cancelResponse"], answer.json["newOrderResponse"]
    assert set(cancelled) == CANCEL_FIELDS
    assert (cancelled["orderId"], cancelled["clientOrderId"], cancelled["status"]) == (order_id, "c", "CANCELED")
    assert (placed["clientOrderId"], placed["status"], placed["price"]) == ("new", "NEW", "90.00000000")


@pytest.mark.parametrize(
    ("mode", "status", "code", "new_order"),
    [("STOP_ON_FAILURE", 400, -2022, "NOT_ATTEMPTED"), ("ALLOW_FAILURE", 409, -2021, "SUCCESS")],
)
def test_replace_when_the_cancel_fails(
    house: House, alice: Trader, market: str, mode: str, status: int, code: int, new_order: str
) -> None:
    answer = replace(house, alice, market, mode, cancelOrderId=10**9)
    assert halves(answer) == (status, code, "FAILURE", new_order)
    data = answer.json["data"]
    assert data["cancelResponse"] == {"code": -2011, "msg": "Unknown order sent."}
    if new_order == "NOT_ATTEMPTED":
        assert data["newOrderResponse"] is None
    assert len(house.send(alice, "GET", "openOrders", symbol=market).json) == (new_order == "SUCCESS")


@pytest.mark.parametrize("mode", ["STOP_ON_FAILURE", "ALLOW_FAILURE"])
def test_replace_when_the_new_order_fails(house: House, alice: Trader, bob: Trader, market: str, mode: str) -> None:
    order_id = resting(house, alice, market)
    house.sell(bob, market, "1", "110")
    crossing = {"type": "LIMIT_MAKER", "price": "110", "quantity": "1", "side": "BUY"}
    answer = house.send(
        alice, "POST", "order/cancelReplace", symbol=market, cancelReplaceMode=mode, cancelOrderId=order_id, **crossing
    )
    assert halves(answer) == (409, -2021, "SUCCESS", "FAILURE")
    assert answer.json["msg"] == "Order cancel-replace partially failed."
    assert answer.json["data"]["newOrderResponse"] == {
        "code": -2010,
        "msg": "Order would immediately match and take.",
    }
    both = house.send(
        alice, "POST", "order/cancelReplace", symbol=market, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=order_id,
        **crossing,
    )  # fmt: skip
    assert halves(both) == (400, -2022, "FAILURE", "FAILURE")
    assert both.json["msg"] == "Order cancel-replace failed."


def test_replace_tests_filters_before_anything_happens(house: House, alice: Trader, market: str) -> None:
    order_id = resting(house, alice, market)
    refused = replace(house, alice, market, "ALLOW_FAILURE", cancelOrderId=order_id, price="2000000")
    assert refused.refusal == (400, -1013, "Filter failure: PRICE_FILTER")
    assert "data" not in refused.json
    assert house.send(alice, "GET", "order", symbol=market, orderId=order_id).json["status"] == "NEW"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cancelReplaceMode": ""}, -1102),
        ({"cancelReplaceMode": "MAYBE"}, -1130),
        ({"orderRateLimitExceededMode": "MAYBE"}, -1130),
        ({"cancelRestrictions": "MAYBE"}, -1145),
        ({"cancelOrderId": ""}, -1105),
    ],
)
def test_replace_refuses_what_it_does_not_know(
    house: House, alice: Trader, market: str, changes: dict[str, str], code: int
) -> None:
    form = {"symbol": market, "cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": "1"} | NEW | changes
    assert house.send(alice, "POST", "order/cancelReplace", **form).json["code"] == code


@pytest.mark.parametrize(
    ("mode", "over_limit", "exists", "expected"),
    [
        ("STOP_ON_FAILURE", "CANCEL_ONLY", True, (429, -2021, "SUCCESS", "FAILURE")),
        ("STOP_ON_FAILURE", "CANCEL_ONLY", False, (429, -2022, "FAILURE", "NOT_ATTEMPTED")),
        ("ALLOW_FAILURE", "CANCEL_ONLY", True, (409, -2021, "SUCCESS", "FAILURE")),
        ("ALLOW_FAILURE", "CANCEL_ONLY", False, (400, -2022, "FAILURE", "FAILURE")),
    ],
)
def test_replace_over_the_order_limit(
    house: House,
    alice: Trader,
    market: str,
    mode: str,
    over_limit: str,
    exists: bool,
    expected: tuple[int, int, str, str],
) -> None:
    """The documented table, "Exceeds Limits"."""
    door = house.run(RestDoor.open(house.client, house.registry, LimitRules(orders_10s_max=0)))
    order_id = resting(house, alice, market) if exists else 10**9
    plain = replace(house, alice, market, mode, door, cancelOrderId=order_id)
    assert plain.refusal == (429, -1015, "Too many new orders; current limit is 0 orders per 10 SECOND.")
    assert 1 <= int(plain.headers["retry-after"]) <= 10
    if exists:
        assert house.send(alice, "GET", "order", symbol=market, orderId=order_id).json["status"] == "NEW"
    answer = replace(house, alice, market, mode, door, cancelOrderId=order_id, orderRateLimitExceededMode=over_limit)
    assert halves(answer) == expected
    if expected[3] == "FAILURE":
        assert answer.json["data"]["newOrderResponse"]["code"] == -1015


def test_a_replacement_not_attempted_counts_and_a_refused_one_does_not(
    house: House, alice: Trader, market: str
) -> None:
    door = house.run(RestDoor.open(house.client, house.registry, NO_LIMITS))

    def counted() -> int:
        counts = house.send(alice, "GET", "rateLimit/order", door=door).json
        day: int = counts[1]["count"]
        return day

    replace(house, alice, market, "STOP_ON_FAILURE", door, cancelOrderId=10**9)
    assert counted() == 1
    replace(house, alice, market, "ALLOW_FAILURE", door, cancelOrderId=10**9, price="2000000")
    assert counted() == 1
    replace(house, alice, market, "ALLOW_FAILURE", door, cancelOrderId=10**9)
    assert counted() == 2


def amend(house: House, who: Trader, market: str, quantity: str, **named: object) -> Answer:
    return house.send(who, "PUT", "order/amend/keepPriority", symbol=market, newQty=quantity, **named)


def test_an_amendment_reduces_and_keeps_its_place(house: House, alice: Trader, bob: Trader, market: str) -> None:
    order_id = resting(house, alice, market, newClientOrderId="before")
    behind = resting(house, bob, market)
    answer = amend(house, alice, market, "0.4", orderId=order_id, newClientOrderId="after")
    assert answer.status == 200
    amended = answer.json["amendedOrder"]
    assert answer.json["executionId"] > 0
    assert amended | {"workingTime": 0} == {
        "symbol": market,
        "orderId": order_id,
        "orderListId": -1,
        "origClientOrderId": "before",
        "clientOrderId": "after",
        "price": "100.00000000",
        "qty": "0.40000000",
        "executedQty": "0.00000000",
        "preventedQty": "0.00000000",
        "quoteOrderQty": "0.00000000",
        "cumulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": 0,
        "selfTradePreventionMode": "NONE",
    }
    house.market_order(house.new_trader(), market, "SELL", quantity="0.4")
    assert house.send(alice, "GET", "order", symbol=market, origClientOrderId="after").json["status"] == "FILLED"
    assert house.send(bob, "GET", "order", symbol=market, orderId=behind).json["executedQty"] == "0.00000000"


def test_amendments_refused(house: House, alice: Trader, bob: Trader, market: str) -> None:
    order_id = resting(house, alice, market, newClientOrderId="mine")
    house.sell(bob, market, "0.5", "100")
    for quantity, code, message in (
        ("2", -2038, "Order amend (quantity increase) is not supported."),
        ("1", -2038, "The requested action would change no state; rejecting."),
        ("0.5", -1013, "Filter failure: LOT_SIZE"),
        ("0", -1013, "Filter failure: LOT_SIZE"),
        ("0.00001", -1013, "Filter failure: LOT_SIZE"),
    ):
        assert amend(house, alice, market, quantity, orderId=order_id).refusal == (400, code, message)
    unknown = (400, -2038, "Unknown order sent.")
    assert amend(house, bob, market, "0.7", orderId=order_id).refusal == unknown
    assert amend(house, alice, market, "0.7", origClientOrderId="another").refusal == unknown
    mismatch = amend(house, alice, market, "0.7", orderId=order_id, origClientOrderId="another")
    assert mismatch.json["code"] == -2039
    kept = amend(house, alice, market, "0.7", origClientOrderId="mine", newClientOrderId="mine").json["amendedOrder"]
    assert (kept["origClientOrderId"], kept["clientOrderId"]) == ("mine", "mine")
    assert (kept["status"], kept["executedQty"]) == ("PARTIALLY_FILLED", "0.50000000")
