"""Order lists through the REST door. Source: [D] rest-api.md, "Order lists", "Query Order list"; faqs/opo.md."""

from typing import Any

import pytest

from tests.examples.rest.house import House, Trader
from tests.examples.rest.test_conditional import asked, locked, trade_at
from venus.gateway.binance.limits import LimitRules
from venus.gateway.binance.rest import RestDoor
from venus.records.commands import FEATURES_ALL, Feature

SELL_PAIR: dict[str, object] = {
    "side": "SELL", "quantity": "1", "aboveType": "LIMIT_MAKER", "abovePrice": "110",
    "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "90", "belowPrice": "89", "belowTimeInForce": "GTC",
}  # fmt: skip
BUY_PAIR: dict[str, object] = {
    "side": "BUY", "quantity": "1", "aboveType": "STOP_LOSS", "aboveStopPrice": "110", "belowType": "LIMIT_MAKER",
    "belowPrice": "90",
}  # fmt: skip
WORKING: dict[str, object] = {
    "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "100", "workingQuantity": "1",
    "workingTimeInForce": "GTC",
}  # fmt: skip
PENDING: dict[str, object] = {
    "pendingType": "LIMIT", "pendingSide": "SELL", "pendingPrice": "120", "pendingTimeInForce": "GTC",
}  # fmt: skip
PENDING_PAIR: dict[str, object] = {
    "pendingSide": "SELL", "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "120",
    "pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "80",
}  # fmt: skip
FORMS: dict[str, dict[str, object]] = {
    "oco": SELL_PAIR,
    "oto": WORKING | PENDING | {"pendingQuantity": "1"},
    "otoco": WORKING | PENDING_PAIR | {"pendingQuantity": "1"},
    "opo": WORKING | PENDING,
    "opoco": WORKING | PENDING_PAIR,
}


def place_list(house: House, who: Trader, kind: str, symbol: str, **changes: object) -> Any:
    return house.send(who, "POST", f"orderList/{kind}", symbol=symbol, **(FORMS[kind] | changes)).json


def statuses(house: House, who: Trader, symbol: str, placed: Any) -> list[str]:
    return [asked(house, who, symbol, order["orderId"])["status"] for order in placed["orders"]]


def test_a_pair_is_placed_and_told(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    placed = place_list(house, alice, "oco", market, listClientOrderId="pair-1", aboveClientOrderId="above-1")
    stop, limit = placed["orderReports"]
    list_id = placed["orderListId"]
    assert list_id >= 1
    assert placed | {"orderListId": 0, "transactionTime": 0, "orderReports": []} == {
        "orderListId": 0,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": "pair-1",
        "transactionTime": 0,
        "symbol": market,
        "orders": [
            {"symbol": market, "orderId": stop["orderId"], "clientOrderId": stop["clientOrderId"]},
            {"symbol": market, "orderId": limit["orderId"], "clientOrderId": "above-1"},
        ],
        "orderReports": [],
    }
    assert limit["orderId"] == stop["orderId"] + 1
    assert (stop["type"], stop["status"], stop["stopPrice"], stop["workingTime"]) == (
        "STOP_LOSS_LIMIT",
        "NEW",
        "90.00000000",
        -1,
    )
    assert (limit["type"], limit["status"], limit["workingTime"]) == ("LIMIT_MAKER", "NEW", limit["transactTime"])
    assert {report["orderListId"] for report in (stop, limit)} == {list_id}
    assert locked(house, alice, "BTC") == "1.00000000", "a pair holds once"
    assert asked(house, alice, market, limit["orderId"])["orderListId"] == list_id


def test_one_of_a_pair_ends_the_other(house: House, alice: Trader, bob: Trader, market: str) -> None:
    trade_at(house, market, "100")
    met = place_list(house, alice, "oco", market)
    house.buy(bob, market, "1", "110")
    assert statuses(house, alice, market, met) == ["EXPIRED", "FILLED"]
    stop = asked(house, alice, market, met["orders"][0]["orderId"])
    assert (stop["expiryReason"], stop["isWorking"], stop["workingTime"]) == ("OCO_TRIGGER", False, -1)
    trade_at(house, market, "100")
    triggered = place_list(house, alice, "oco", market)
    trade_at(house, market, "90")
    assert statuses(house, alice, market, triggered) == ["NEW", "EXPIRED"]
    listed = house.send(alice, "GET", "orderList", orderListId=met["orderListId"]).json
    assert (listed["listStatusType"], listed["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    listed = house.send(alice, "GET", "orderList", orderListId=triggered["orderListId"]).json
    assert (listed["listStatusType"], listed["listOrderStatus"]) == ("EXEC_STARTED", "EXECUTING")
    [trade] = house.send(alice, "GET", "myTrades", symbol=market, orderId=met["orders"][1]["orderId"]).json
    assert trade["orderListId"] == met["orderListId"]


def test_a_pending_order_starts_when_the_working_one_is_filled(
    house: House, alice: Trader, bob: Trader, market: str
) -> None:
    placed = place_list(house, alice, "oto", market, newOrderRespType="FULL")
    working, pending = placed["orderReports"]
    assert placed["contingencyType"] == "OTO"
    assert (working["status"], working["fills"]) == ("NEW", [])
    assert (pending["status"], pending["workingTime"], pending["origQty"]) == ("PENDING_NEW", -1, "1.00000000")
    shown = asked(house, alice, market, pending["orderId"])
    assert (shown["status"], shown["isWorking"], shown["workingTime"]) == ("PENDING_NEW", False, -1)
    assert locked(house, alice, "BTC") == "0.00000000"
    house.sell(bob, market, "0.4", "100")
    assert statuses(house, alice, market, placed) == ["PARTIALLY_FILLED", "PENDING_NEW"]
    house.sell(bob, market, "0.6", "100")
    assert statuses(house, alice, market, placed) == ["FILLED", "NEW"]
    shown = asked(house, alice, market, pending["orderId"])
    assert shown["isWorking"] and shown["workingTime"] >= shown["time"]
    assert house.send(None, "GET", "depth", symbol=market).json["asks"] == [["120.00000000", "1.00000000"]]


def test_filled_at_once_the_answer_still_shows_the_pending_one_as_placed(
    house: House, alice: Trader, bob: Trader, market: str
) -> None:
    house.sell(bob, market, "1", "99")
    placed = place_list(house, alice, "oto", market, newOrderRespType="FULL")
    working, pending = placed["orderReports"]
    assert (working["status"], [fill["price"] for fill in working["fills"]]) == ("FILLED", ["99.00000000"])
    assert (pending["status"], placed["listOrderStatus"]) == ("PENDING_NEW", "EXECUTING")
    assert statuses(house, alice, market, placed) == ["FILLED", "NEW"]


def test_a_working_order_that_ends_unfilled_takes_the_pending_one_with_it(
    house: House, alice: Trader, market: str
) -> None:
    placed = place_list(house, alice, "oto", market, workingTimeInForce="IOC")
    assert placed["listOrderStatus"] == "ALL_DONE"
    assert [report["status"] for report in placed["orderReports"]] == ["EXPIRED", "EXPIRED"]
    reasons = [report["expiryReason"] for report in placed["orderReports"]]
    assert reasons == ["UNFILLED_IOC_QUANTITY_EXPIRED", "OTO_PHASE_ONE_EXPIRED"]


def test_a_pending_pair_starts_whole(house: House, alice: Trader, bob: Trader, market: str) -> None:
    placed = place_list(house, alice, "otoco", market)
    assert [report["type"] for report in placed["orderReports"]] == ["LIMIT", "STOP_LOSS", "LIMIT_MAKER"]
    assert [report["status"] for report in placed["orderReports"]] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    house.sell(bob, market, "1", "100")
    assert statuses(house, alice, market, placed) == ["FILLED", "NEW", "NEW"]
    house.buy(bob, market, "1", "120")
    assert statuses(house, alice, market, placed) == ["FILLED", "EXPIRED", "FILLED"]


@pytest.mark.parametrize("kind", ["opo", "opoco"])
def test_what_the_working_order_pays_the_pending_one_sells(house: House, bob: Trader, market: str, kind: str) -> None:
    poor = house.new_trader(btc=0)
    placed = place_list(house, poor, kind, market, newOrderRespType="RESULT")
    for report in placed["orderReports"][1:]:
        assert report["status"] == "PENDING_NEW" and "origQty" not in report
    pending = placed["orders"][-1]["orderId"]
    assert "origQty" not in asked(house, poor, market, pending)
    house.sell(bob, market, "1", "100")
    shown = asked(house, poor, market, pending)
    # A fee of 0.1 % was taken from what was bought.
    assert (shown["status"], shown["origQty"]) == ("NEW", "0.99900000")
    assert locked(house, poor, "BTC") == "0.99900000"


def test_the_old_way_to_place_a_pair(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    form = {"side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90", "limitClientOrderId": "lim"}
    placed = house.send(alice, "POST", "order/oco", symbol=market, **form, stopStrategyId=3).json
    stop, limit = placed["orderReports"]
    assert (stop["type"], stop["stopPrice"], stop["strategyId"]) == ("STOP_LOSS", "90.00000000", 3)
    assert (limit["type"], limit["price"], limit["clientOrderId"]) == ("LIMIT_MAKER", "110.00000000", "lim")
    more = form | {"stopLimitPrice": "89", "stopLimitTimeInForce": "GTC", "limitClientOrderId": "lim2"}
    placed = house.send(alice, "POST", "order/oco", symbol=market, **more).json
    assert (placed["orderReports"][0]["type"], placed["orderReports"][0]["price"]) == ("STOP_LOSS_LIMIT", "89.00000000")
    without = house.send(alice, "POST", "order/oco", symbol=market, **(form | {"stopLimitPrice": "89"}))
    assert without.refusal[1:] == (
        -1102,
        "Mandatory parameter 'stopLimitTimeInForce' was not sent, was empty/null, or malformed.",
    )


UNREAD = "Not all sent parameters were read; read '12' parameter(s) but was sent '13'."


@pytest.mark.parametrize(
    ("kind", "changes", "code", "message"),
    [
        ("oco", {"aboveType": "MARKET"}, -1158, "Order type not supported in OCO."),
        ("oco", {"aboveType": "BEST"}, -1116, "Invalid orderType."),
        ("oco", {"belowType": "LIMIT_MAKER"}, -1168, "At least one OCO order must be contingent."),
        ("oco", BUY_PAIR | {"aboveType": "LIMIT_MAKER", "belowType": "STOP_LOSS"}, -1165,
         "A limit order in a buy OCO must be below."),
        ("oco", {"aboveType": "STOP_LOSS", "belowType": "LIMIT_MAKER"}, -1166,
         "A limit order in a sell OCO must be above."),
        ("oco", BUY_PAIR | {"aboveType": "STOP_LOSS", "belowType": "STOP_LOSS"}, -1196,
         "A stop loss order in a buy OCO must be above."),
        ("oco", {"aboveType": "STOP_LOSS"}, -1197, "A stop loss order in a sell OCO must be below."),
        ("oco", BUY_PAIR | {"aboveType": "TAKE_PROFIT"}, -1198, "A take profit order in a buy OCO must be below."),
        ("oco", {"belowType": "TAKE_PROFIT"}, -1199, "A take profit order in a sell OCO must be above."),
        ("oco", {"belowTimeInForce": "IOC", "belowIcebergQty": "0.5"}, -1160,
         "Parameter 'belowIcebergQty' is not supported if `belowTimeInForce` is not GTC."),
        ("oco", {"belowStopPrice": "105"}, -2010, "Order would trigger immediately."),
        ("oco", {"abovePrice": "99"}, -2010, "The relationship of the prices for the orders is not correct."),
        ("oco", {"quantity": "101"}, -2010, "Account has insufficient balance for requested action."),
        ("oco", {"quantity": "0.00001"}, -1013, "Filter failure: LOT_SIZE"),
        ("oto", {"workingType": "MARKET"}, -1116, "Invalid orderType."),
        ("oto", {"pendingPrice": "0.01"}, -1013, "Filter failure: NOTIONAL"),
        ("oto", {"workingPrice": ""}, -1102,
         "Mandatory parameter 'workingPrice' was not sent, was empty/null, or malformed."),
        ("opo", {"workingSide": "SELL"}, -1222, "Working order in an OPO list must be a bid."),
        ("opo", {"pendingSide": "BUY"}, -1223, "Pending orders in an OPO list must be asks."),
        ("opo", {"pendingQuantity": "1"}, -1104, UNREAD),
    ],
)  # fmt: skip
def test_lists_are_refused_in_known_words(
    house: House, alice: Trader, market: str, kind: str, changes: dict[str, object], code: int, message: str
) -> None:
    trade_at(house, market, "100")
    form = changes if changes.get("side") == "BUY" else FORMS[kind] | changes  # a pair that buys is said whole
    answer = house.send(alice, "POST", f"orderList/{kind}", symbol=market, **form)
    assert answer.refusal == (400, code, message)
    assert house.send(alice, "GET", "openOrders", symbol=market).json == []


def test_a_list_id_is_unique_among_open_lists(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    first = place_list(house, alice, "oco", market, listClientOrderId="mine")
    assert place_list(house, alice, "oco", market, listClientOrderId="mine") == {
        "code": -2010,
        "msg": "Duplicate order sent.",
    }
    house.send(alice, "DELETE", "orderList", symbol=market, orderListId=first["orderListId"])
    second = place_list(house, alice, "oco", market, listClientOrderId="mine")
    found = house.send(alice, "GET", "orderList", origClientOrderId="mine").json
    assert found["orderListId"] == second["orderListId"] == first["orderListId"] + 1


def test_a_list_is_cancelled_whole(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    placed = place_list(house, alice, "oco", market, listClientOrderId="pair-2")
    both = {"symbol": market, "orderListId": placed["orderListId"], "listClientOrderId": "other"}
    assert house.send(alice, "DELETE", "orderList", **both).json["code"] == -2039
    gone = house.send(
        alice, "DELETE", "orderList", symbol=market, listClientOrderId="pair-2", newClientOrderId="bye"
    ).json
    assert (gone["listStatusType"], gone["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert gone["orders"] == placed["orders"]
    assert [(report["status"], report["clientOrderId"]) for report in gone["orderReports"]] == [("CANCELED", "bye")] * 2
    assert [report["origClientOrderId"] for report in gone["orderReports"]] == [
        order["clientOrderId"] for order in placed["orders"]
    ]
    assert locked(house, alice, "BTC") == "0.00000000"
    again = house.send(alice, "DELETE", "orderList", symbol=market, orderListId=placed["orderListId"])
    assert again.refusal == (400, -2011, "Unknown order sent.")
    neither = house.send(alice, "DELETE", "orderList", symbol=market)
    message = "Param 'orderListId' or 'listClientOrderId' must be sent, but both were empty/null!"
    assert neither.refusal == (400, -1102, message)


def test_whoever_cancels_a_leg_cancels_its_list(house: House, alice: Trader, market: str) -> None:
    placed = place_list(house, alice, "otoco", market)
    leg = placed["orders"][2]["orderId"]
    gone = house.send(alice, "DELETE", "order", symbol=market, orderId=leg).json
    assert (gone["orderListId"], gone["listOrderStatus"]) == (placed["orderListId"], "ALL_DONE")
    assert [report["orderId"] for report in gone["orderReports"]] == [o["orderId"] for o in placed["orders"]]
    placed = place_list(house, alice, "oto", market)
    replaced = house.send(
        alice, "POST", "order/cancelReplace", symbol=market, side="BUY", type="LIMIT", timeInForce="GTC", price="99",
        quantity="1", cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=placed["orders"][0]["orderId"],
    ).json  # fmt: skip
    assert replaced["cancelResponse"]["orderListId"] == placed["orderListId"]
    assert len(replaced["cancelResponse"]["orderReports"]) == 2
    assert replaced["newOrderResponse"]["orderListId"] == -1


def test_all_open_orders_of_a_symbol_with_its_lists(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    single = house.buy(alice, market, "1", "50").json["orderId"]
    placed = place_list(house, alice, "oco", market)
    first, second = house.send(alice, "DELETE", "openOrders", symbol=market).json
    assert (first["orderId"], first["status"]) == (single, "CANCELED")
    assert (second["orderListId"], second["contingencyType"]) == (placed["orderListId"], "OCO")
    assert [report["status"] for report in second["orderReports"]] == ["CANCELED", "CANCELED"]
    assert len({first["clientOrderId"], *(report["clientOrderId"] for report in second["orderReports"])}) == 1


def test_lists_come_in_pages(house: House, alice: Trader, market: str) -> None:
    placed = [place_list(house, alice, "oto", market, workingQuantity=f"0.{n}") for n in (1, 2)]
    house.send(alice, "DELETE", "orderList", symbol=market, orderListId=placed[0]["orderListId"])
    every = house.send(alice, "GET", "allOrderList").json
    assert [one["orderListId"] for one in every] == [one["orderListId"] for one in placed]
    assert [one["listOrderStatus"] for one in every] == ["ALL_DONE", "EXECUTING"]
    assert all("orderReports" not in one for one in every)
    assert house.send(alice, "GET", "openOrderList").json == every[1:]
    assert house.send(alice, "GET", "allOrderList", limit=1).json == every[1:]
    assert house.send(alice, "GET", "allOrderList", fromId=placed[0]["orderListId"], limit=1).json == every[:1]
    begun = every[1]["transactionTime"]
    assert house.send(alice, "GET", "allOrderList", startTime=begun, endTime=begun + 1).json == [
        one for one in every if one["transactionTime"] >= begun
    ]
    assert house.send(alice, "GET", "allOrderList", fromId=1, startTime=1).json["code"] == -1128
    assert house.send(alice, "GET", "allOrderList", startTime=1, endTime=86_400_002).json["code"] == -1127
    assert house.send(house.new_trader(), "GET", "allOrderList").json == []
    unknown = house.send(house.new_trader(), "GET", "orderList", orderListId=placed[0]["orderListId"])
    assert unknown.refusal == (400, -2013, "Order does not exist.")
    assert house.send(alice, "GET", "orderList").json["code"] == -1102


def test_an_amended_leg_is_told_with_its_list(house: House, alice: Trader, market: str) -> None:
    placed = place_list(house, alice, "oto", market)
    form = {"symbol": market, "orderId": placed["orders"][1]["orderId"], "newQty": "0.5", "newClientOrderId": "smaller"}
    amended = house.send(alice, "PUT", "order/amend/keepPriority", **form).json
    assert (amended["amendedOrder"]["status"], amended["amendedOrder"]["qty"]) == ("PENDING_NEW", "0.50000000")
    assert amended["listStatus"] == {
        "orderListId": placed["orderListId"],
        "contingencyType": "OTO",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": placed["listClientOrderId"],
        "symbol": market,
        "orders": [placed["orders"][0], placed["orders"][1] | {"clientOrderId": "smaller"}],
    }
    pays = place_list(house, alice, "opo", market)
    form = {"symbol": market, "orderId": pays["orders"][1]["orderId"], "newQty": "0.5"}
    answer = house.send(alice, "PUT", "order/amend/keepPriority", **form)
    assert answer.refusal == (400, -2038, "Order amend (pending OPO order) is not supported.")


def test_a_list_counts_as_many_orders_as_it_has(house: House, alice: Trader, market: str) -> None:
    rules = LimitRules(orders_10s_max=4, orders_1d_max=4, weight_1m_max=10**9, requests_5m_max=10**9)
    door = house.run(RestDoor.open(house.client, house.registry, rules))
    form = {"symbol": market} | FORMS["otoco"]
    assert house.send(alice, "POST", "orderList/otoco", door=door, **form).headers["x-mbx-order-count-1d"] == "3"
    over = house.send(alice, "POST", "orderList/otoco", door=door, **form)
    assert (over.status, over.json["code"]) == (429, -1015)
    refused = house.send(
        alice, "POST", "orderList/oto", door=door, symbol=market, **(FORMS["oto"] | {"workingPrice": "9" * 7})
    )
    assert refused.json["code"] == -1015, "two more would be five"
    counts = house.send(alice, "GET", "rateLimit/order", door=door).json
    assert [count["count"] for count in counts] in ([3, 3], [0, 3])  # 0: the ten seconds have just turned


@pytest.mark.parametrize(
    ("feature", "kind", "message"),
    [
        (Feature.OCO, "oco", "OCO orders are not supported for this symbol"),
        (Feature.OTO, "otoco", "OTO orders are not supported for this symbol."),
        (Feature.OPO, "opo", "OPO orders are not supported for this symbol."),
    ],
)
def test_lists_that_a_symbol_does_not_allow(
    house: House, alice: Trader, market: str, feature: Feature, kind: str, message: str
) -> None:
    house.set_rules(market, features=FEATURES_ALL - feature)
    assert place_list(house, alice, kind, market) == {"code": -2010, "msg": message}


def test_open_lists_are_bounded(house: House, alice: Trader, market: str) -> None:
    house.set_rules(market, order_lists_max=1)
    assert "orderListId" in place_list(house, alice, "oto", market)
    answer = place_list(house, alice, "oto", market)
    assert answer == {"code": -1013, "msg": "Filter failure: MAX_NUM_ORDER_LISTS"}
