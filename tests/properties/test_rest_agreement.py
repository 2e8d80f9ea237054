"""A new order is answered from its events and a query from the view: two foldings of one journal that must agree."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples.rest.house import House, Trader

SHARED = (
    "orderId", "orderListId", "clientOrderId", "price", "origQty", "executedQty", "origQuoteOrderQty",
    "cummulativeQuoteQty", "status", "timeInForce", "type", "side", "workingTime", "selfTradePreventionMode",
    "preventedMatchId", "preventedQuantity", "expiryReason", "trailingDelta", "trailingTime", "pegPriceType",
    "pegOffsetType", "pegOffsetValue", "peggedPrice", "strategyId", "strategyType",
)  # fmt: skip
# Questions show them of every order.
SHARED_IF_PLACED = ("stopPrice", "icebergQty")

TIGHT = {"price": st.sampled_from(["100", "100.01", "100.02"]), "quantity": st.sampled_from(["0.1", "0.25", "1"])}
ORDERS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("LIMIT"), "timeInForce": st.sampled_from(["GTC", "GTC", "IOC", "FOK"]), **TIGHT}
    ),
    st.fixed_dictionaries({"type": st.just("LIMIT_MAKER"), **TIGHT}),
    st.fixed_dictionaries({"type": st.just("MARKET"), "quantity": TIGHT["quantity"]}),
    st.fixed_dictionaries({"type": st.just("MARKET"), "quoteOrderQty": st.sampled_from(["10", "33.33", "150"])}),
    st.fixed_dictionaries(
        {"type": st.just("LIMIT"), "timeInForce": st.just("GTC"), "icebergQty": st.just("0.1"), **TIGHT}
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("LIMIT_MAKER"),
            "pegPriceType": st.just("PRIMARY_PEG"),
            "pegOffsetType": st.just("PRICE_LEVEL"),
            "pegOffsetValue": st.sampled_from(["0", "1"]),
            "strategyId": st.just("5"),
            "quantity": TIGHT["quantity"],
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["STOP_LOSS", "TAKE_PROFIT"]),
            "quantity": TIGHT["quantity"],
            "strategyType": st.just("1000000"),
        }
    ),
)
NEVER_MET = {
    ("BUY", "STOP_LOSS"): "150",
    ("SELL", "STOP_LOSS"): "50",
    ("BUY", "TAKE_PROFIT"): "50",
    ("SELL", "TAKE_PROFIT"): "150",
}
"""Stop prices beyond any that is traded here, so that an order is placed and nothing else happens."""
MODES = st.sampled_from(["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"])
FLOWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["BUY", "SELL"]), MODES, ORDERS), min_size=4, max_size=14)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    opened = House()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def traders(house: House) -> list[Trader]:
    """Two who may not trade with each other, and one who may with both."""
    return [house.new_trader(trade_group=5, usdt=10**8) for _ in range(2)] + [house.new_trader(usdt=10**8)]


@given(flow=FLOWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings.default.max_examples // 4)
def test_answers_agree_with_queries(
    house: House, traders: list[Trader], flow: list[tuple[int, str, str, dict[str, str]]]
) -> None:
    market = house.new_market(orders_max=100)
    for number, side, mode, form in flow:
        trader = traders[number]
        order = {"symbol": market, "side": side, "selfTradePreventionMode": mode, "newOrderRespType": "FULL"} | form
        if (side, form["type"]) in NEVER_MET:
            order["stopPrice"] = NEVER_MET[side, form["type"]]
        answer = house.send(trader, "POST", "order", **order)
        if answer.status != 200:
            assert answer.json["code"] in (-2010, -1013), answer  # would match and take; would cost too little
            continue
        placed = answer.json
        order_id = placed["orderId"]
        queried = house.send(trader, "GET", "order", symbol=market, orderId=order_id).json
        shared = (*SHARED, *(name for name in SHARED_IF_PLACED if name in placed))
        assert {name: placed.get(name) for name in shared} == {name: queried.get(name) for name in shared}
        trades = house.send(trader, "GET", "myTrades", symbol=market, orderId=order_id).json
        assert placed["fills"] == [as_fill(trade) for trade in trades]
        executed = sum((Decimal(fill["qty"]) for fill in placed["fills"]), Decimal(0))
        assert executed == Decimal(placed["executedQty"])
        resting = [o["orderId"] for o in house.send(trader, "GET", "openOrders", symbol=market).json]
        assert (order_id in resting) == (placed["status"] in ("NEW", "PARTIALLY_FILLED"))


def as_fill(trade: dict[str, Any]) -> dict[str, Any]:
    names = {"price": "price", "qty": "qty", "commission": "commission", "commissionAsset": "commissionAsset"}
    return {name: trade[theirs] for name, theirs in (names | {"tradeId": "id"}).items()}
