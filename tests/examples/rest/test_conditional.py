"""Stops, take-profits, trailing stops, icebergs and pegs through the REST door.

Source: [D] rest-api.md, "New order", "Conditional fields in Order Responses"; faqs/trailing-stop-faq.md;
faqs/pegged_orders.md.
"""

from typing import Any

import pytest

from tests.examples.rest.house import BTC, Answer, House, Trader
from venus.records.commands import FEATURES_ALL, Feature

ACK = {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}


def place(house: House, who: Trader, symbol: str, side: str, order_type: str, **terms: object) -> Answer:
    form = {"symbol": symbol, "side": side, "type": order_type, "quantity": "1", **terms}
    return house.send(who, "POST", "order", **form)


def asked(house: House, who: Trader, symbol: str, order_id: int) -> Any:
    return house.send(who, "GET", "order", symbol=symbol, orderId=order_id).json


def trade_at(house: House, market: str, price: str, quantity: str = "1") -> None:
    """Two strangers trade, so that the last price is this one."""
    seller, buyer = house.new_trader(), house.new_trader()
    house.sell(seller, market, quantity, price)
    assert house.buy(buyer, market, quantity, price).json["status"] == "FILLED"


def locked(house: House, who: Trader, asset: str) -> str:
    balances = house.send(who, "GET", "account").json["balances"]
    return next(balance["locked"] for balance in balances if balance["asset"] == asset)


def test_a_stop_loss_waits_and_sells_at_the_market(house: House, alice: Trader, bob: Trader, market: str) -> None:
    trade_at(house, market, "100")
    answer = place(house, alice, market, "SELL", "STOP_LOSS", stopPrice="95", newOrderRespType="RESULT")
    placed = answer.json
    assert (placed["status"], placed["workingTime"], placed["stopPrice"]) == ("NEW", -1, "95.00000000")
    assert "icebergQty" not in placed and "trailingDelta" not in placed
    assert locked(house, alice, "BTC") == "1.00000000"
    waiting = asked(house, alice, market, placed["orderId"])
    assert (waiting["isWorking"], waiting["workingTime"], waiting["price"]) == (False, -1, "0.00000000")
    assert house.send(None, "GET", "depth", symbol=market).json["asks"] == []

    house.buy(bob, market, "2", "94")
    trade_at(house, market, "95")
    done = asked(house, alice, market, placed["orderId"])
    assert (done["status"], done["executedQty"], done["cummulativeQuoteQty"]) == (
        "FILLED",
        "1.00000000",
        "94.00000000",
    )
    assert done["isWorking"] and done["workingTime"] > done["time"] - 1 and done["type"] == "STOP_LOSS"
    assert locked(house, alice, "BTC") == "0.00000000"


@pytest.mark.parametrize(
    ("side", "order_type", "stop", "refused"),
    [
        ("BUY", "STOP_LOSS", "105", False),
        ("BUY", "STOP_LOSS", "95", True),
        ("SELL", "STOP_LOSS", "95", False),
        ("SELL", "STOP_LOSS", "105", True),
        ("BUY", "TAKE_PROFIT", "95", False),
        ("BUY", "TAKE_PROFIT", "105", True),
        ("SELL", "TAKE_PROFIT", "105", False),
        ("SELL", "TAKE_PROFIT", "100", True),
    ],
)
def test_each_type_waits_on_its_side_of_the_market(
    house: House, alice: Trader, market: str, side: str, order_type: str, stop: str, refused: bool
) -> None:
    trade_at(house, market, "100")
    answer = place(house, alice, market, side, order_type, stopPrice=stop)
    if refused:
        assert answer.refusal == (400, -2010, "Order would trigger immediately.")
    else:
        assert (answer.status, set(answer.json)) == (200, ACK)
    limit = {"price": stop, "timeInForce": "GTC", "stopPrice": stop}
    assert (place(house, alice, market, side, f"{order_type}_LIMIT", **limit).status == 400) == refused


def test_a_stop_limit_rests_at_its_price_once_triggered(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    terms = {"stopPrice": "105", "price": "104", "timeInForce": "GTC", "newOrderRespType": "FULL"}
    placed = place(house, alice, market, "BUY", "STOP_LOSS_LIMIT", **terms).json
    assert (placed["fills"], placed["price"], placed["stopPrice"]) == ([], "104.00000000", "105.00000000")
    assert locked(house, alice, "USDT") == "104.00000000"
    trade_at(house, market, "106")
    resting = asked(house, alice, market, placed["orderId"])
    assert (resting["status"], resting["isWorking"], resting["type"]) == ("NEW", True, "STOP_LOSS_LIMIT")
    assert house.send(None, "GET", "depth", symbol=market).json["bids"] == [["104.00000000", "1.00000000"]]


def test_a_trailing_stop_follows_the_market(house: House, alice: Trader, bob: Trader, market: str) -> None:
    trade_at(house, market, "100")
    house.buy(bob, market, "1", "90")
    terms = {"trailingDelta": 500, "newOrderRespType": "RESULT"}
    placed = place(house, alice, market, "SELL", "STOP_LOSS", **terms).json
    assert (placed["trailingDelta"], placed["stopPrice"]) == (500, "0.00000000")
    assert placed["trailingTime"] == placed["transactTime"]
    trade_at(house, market, "110")
    trade_at(house, market, "105")  # 4.5 % below the highest
    assert asked(house, alice, market, placed["orderId"])["status"] == "NEW"
    trade_at(house, market, "104.5")
    done = asked(house, alice, market, placed["orderId"])
    assert (done["status"], done["cummulativeQuoteQty"]) == ("FILLED", "90.00000000")


def test_a_trailing_stop_with_a_stop_price_waits_for_it_first(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    terms = {"trailingDelta": 100, "stopPrice": "110", "newOrderRespType": "RESULT"}
    placed = place(house, alice, market, "SELL", "TAKE_PROFIT", **terms).json
    assert placed["trailingTime"] == -1
    trade_at(house, market, "111")
    waiting = asked(house, alice, market, placed["orderId"])
    assert waiting["trailingTime"] >= placed["transactTime"] and not waiting["isWorking"]


def test_an_iceberg_shows_its_slice(house: House, alice: Trader, bob: Trader, market: str) -> None:
    placed = house.sell(alice, market, "5", "100", icebergQty="2").json
    assert placed["icebergQty"] == "2.00000000"
    assert house.send(None, "GET", "depth", symbol=market).json["asks"] == [["100.00000000", "2.00000000"]]
    assert house.buy(bob, market, "3", "100").json["executedQty"] == "3.00000000"
    assert house.send(None, "GET", "depth", symbol=market).json["asks"] == [["100.00000000", "1.00000000"]]
    shown = asked(house, alice, market, placed["orderId"])
    assert (shown["icebergQty"], shown["executedQty"], shown["status"]) == (
        "2.00000000",
        "3.00000000",
        "PARTIALLY_FILLED",
    )


def test_a_pegged_order_takes_its_price_from_the_book(house: House, alice: Trader, bob: Trader, market: str) -> None:
    house.buy(bob, market, "1", "99")
    house.buy(bob, market, "1", "98")
    peg = {"type": "LIMIT", "side": "BUY", "quantity": "1", "timeInForce": "GTC", "pegPriceType": "PRIMARY_PEG"}
    placed = house.send(alice, "POST", "order", symbol=market, **peg).json
    assert (placed["price"], placed["peggedPrice"], placed["pegPriceType"]) == (
        "0.00000000",
        "99.00000000",
        "PRIMARY_PEG",
    )
    assert "pegOffsetType" not in placed and "pegOffsetValue" not in placed
    deeper = peg | {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 1}
    placed = house.send(alice, "POST", "order", symbol=market, **deeper).json
    assert (placed["peggedPrice"], placed["pegOffsetType"], placed["pegOffsetValue"]) == (
        "98.00000000",
        "PRICE_LEVEL",
        1,
    )
    shown = asked(house, alice, market, placed["orderId"])
    assert {name: shown[name] for name in ("peggedPrice", "pegPriceType", "pegOffsetValue")} == {
        "peggedPrice": "98.00000000",
        "pegPriceType": "PRIMARY_PEG",
        "pegOffsetValue": 1,
    }
    nobody = house.send(alice, "POST", "order", symbol=market, **(peg | {"side": "SELL"}))
    assert nobody.refusal == (400, -2010, "Order book liquidity is too low for this pegged order.")


STOP = {"type": "STOP_LOSS", "side": "SELL", "quantity": "1"}
LIMIT: dict[str, object] = {"type": "LIMIT", "side": "BUY", "quantity": "1", "price": "100", "timeInForce": "GTC"}
MAKER = {"type": "LIMIT_MAKER", "side": "BUY", "quantity": "1", "price": "100"}
COMBINED = (
    "Combination of optional fields invalid. Recommendation: 'pegOffsetType' and 'pegOffsetValue' must both be sent."
)
BAD_PEG = "This price peg cannot be used with this order type."
NO_NUMBER = "Illegal characters found in parameter 'trailingDelta'; legal range is '^[0-9]{1,20}$'."
PEGGED = LIMIT | {"pegPriceType": "PRIMARY_PEG"}


@pytest.mark.parametrize(
    ("form", "code", "message"),
    [
        (STOP, -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"),
        (STOP | {"stopPrice": "95", "price": "9"}, -1106, "Parameter 'price' sent when not required."),
        (STOP | {"stopPrice": "95", "timeInForce": "GTC"}, -1106, "Parameter 'timeInForce' sent when not required."),
        (STOP | {"stopPrice": "95", "icebergQty": "1"}, -1106, "Parameter 'icebergQty' sent when not required."),
        (LIMIT | {"stopPrice": "95"}, -1106, "Parameter 'stopPrice' sent when not required."),
        (LIMIT | {"trailingDelta": "95"}, -1106, "Parameter 'trailingDelta' sent when not required."),
        (STOP | {"stopPrice": "0"}, -1013, "Filter failure: PRICE_FILTER"),
        (STOP | {"stopPrice": "0.001"}, -1013, "Filter failure: PRICE_FILTER"),
        (STOP | {"trailingDelta": "0"}, -1013, "Filter failure: TRAILING_DELTA"),
        (STOP | {"trailingDelta": "10000"}, -1013, "Filter failure: TRAILING_DELTA"),
        (STOP | {"trailingDelta": "x"}, -1100, NO_NUMBER),
        (LIMIT | {"icebergQty": "0.5", "timeInForce": "IOC"}, -1014, "Unsupported order combination."),
        (LIMIT | {"icebergQty": "2"}, -2010, "IcebergQty exceeds QTY."),
        (LIMIT | {"icebergQty": "0.009"}, -1013, "Filter failure: ICEBERG_PARTS"),
        (LIMIT | {"pegPriceType": "BEST"}, -1210, "Invalid pegPriceType."),
        (PEGGED | {"pegOffsetType": "PRICE", "pegOffsetValue": 1}, -1211, "Invalid pegOffsetType."),
        (PEGGED | {"pegOffsetType": "PRICE_LEVEL"}, -1128, COMBINED),
        (PEGGED | {"pegOffsetValue": 1}, -1128, COMBINED),
        (PEGGED | {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": 101}, -1102,
         "'pegOffsetValue' contains unexpected value. Cannot be greater than 100."),
        (PEGGED | {"timeInForce": "IOC"}, -2010, BAD_PEG),
        (MAKER | {"pegPriceType": "MARKET_PEG"}, -2010, BAD_PEG),
        (STOP | {"stopPrice": "95", "pegPriceType": "MARKET_PEG"}, -2010, "This order type may not use pegged price."),
        (STOP | {"stopPrice": "95", "strategyType": 999_999}, -1134, "`strategyType` was less than 1000000."),
    ],
)  # fmt: skip
def test_terms_are_refused_in_known_words(
    house: House, alice: Trader, market: str, form: dict[str, object], code: int, message: str
) -> None:
    trade_at(house, market, "100")
    for path in ("order", "order/test"):
        assert house.send(alice, "POST", path, symbol=market, **form).refusal == (400, code, message), path


def test_a_stop_without_a_last_price_needs_one_of_its_own(house: House, alice: Trader, market: str) -> None:
    assert place(house, alice, market, "SELL", "STOP_LOSS", stopPrice="95").status == 200
    answer = place(house, alice, market, "SELL", "STOP_LOSS", trailingDelta=100)
    assert answer.refusal == (400, -2010, "Order book liquidity is less than symbol minimum quantity.")


def test_strategies_stay_with_an_order(house: House, alice: Trader, market: str) -> None:
    both = house.buy(alice, market, "1", "100", strategyId=7, strategyType=1_000_000).json
    one = house.buy(alice, market, "1", "100", strategyType=1_000_001).json
    for placed, strategy in ((both, (7, 1_000_000)), (one, (None, 1_000_001))):
        shown = asked(house, alice, market, placed["orderId"])
        for facts in (placed, shown):
            assert (facts.get("strategyId"), facts.get("strategyType")) == strategy
        assert shown["clientOrderId"] == placed["clientOrderId"]
    gone = house.send(alice, "DELETE", "order", symbol=market, orderId=both["orderId"]).json
    assert (gone["strategyId"], gone["strategyType"]) == (7, 1_000_000)


def test_a_waiting_order_is_cancelled_replaced_and_amended(house: House, alice: Trader, market: str) -> None:
    trade_at(house, market, "100")
    first = place(house, alice, market, "SELL", "STOP_LOSS", stopPrice="95", quantity="2").json["orderId"]
    amended = house.send(alice, "PUT", "order/amend/keepPriority", symbol=market, orderId=first, newQty="1").json
    assert amended["amendedOrder"]["qty"] == "1.00000000"
    assert amended["amendedOrder"]["stopPrice"] == "95.00000000" and "workingTime" not in amended["amendedOrder"]
    assert locked(house, alice, "BTC") == "1.00000000"
    form = {"side": "SELL", "type": "STOP_LOSS", "quantity": "1", "stopPrice": "96"}
    replaced = house.send(
        alice,
        "POST",
        "order/cancelReplace",
        symbol=market,
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=first,
        newOrderRespType="RESULT",
        **form,
    ).json
    assert replaced["cancelResponse"]["stopPrice"] == "95.00000000"
    assert replaced["newOrderResponse"]["stopPrice"] == "96.00000000"
    gone = house.send(alice, "DELETE", "order", symbol=market, orderId=replaced["newOrderResponse"]["orderId"]).json
    assert (gone["status"], gone["stopPrice"]) == ("CANCELED", "96.00000000")
    assert locked(house, alice, "BTC") == "0.00000000"


PAIR = {
    "side": "SELL", "quantity": "1", "aboveType": "LIMIT_MAKER", "abovePrice": "110", "belowType": "STOP_LOSS",
    "belowStopPrice": "90",
}  # fmt: skip
WAITING = {"type": "STOP_LOSS", "side": "SELL", "quantity": "1", "stopPrice": "95"}


@pytest.mark.parametrize(
    ("feature", "form", "message"),
    [
        (Feature.ICEBERG, LIMIT | {"icebergQty": "0.5"}, "Iceberg orders are not supported for this symbol."),
        (Feature.TRAILING, STOP | {"trailingDelta": 50}, "Trailing stop orders are not supported for this symbol."),
        (Feature.PEG, LIMIT | {"pegPriceType": "PRIMARY_PEG"}, "Pegged orders are not supported for this symbol."),
        (
            Feature.QUOTE_MARKET,
            {"type": "MARKET", "side": "BUY", "quoteOrderQty": "50"},
            "Quote order qty market orders are not support for this symbol.",
        ),
    ],
)
def test_what_a_symbol_does_not_allow(
    house: House, alice: Trader, market: str, feature: Feature, form: dict[str, object], message: str
) -> None:
    house.set_rules(market, features=FEATURES_ALL - feature)
    for path in ("order", "order/test"):
        assert house.send(alice, "POST", path, symbol=market, **form).refusal == (400, -2010, message)
    house.set_rules(market, features=FEATURES_ALL - Feature.CANCEL_REPLACE - Feature.AMEND)
    resting = house.buy(alice, market, "2", "100").json["orderId"]
    replace = LIMIT | {"cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": resting}
    answer = house.send(alice, "POST", "order/cancelReplace", symbol=market, **replace)
    assert answer.refusal == (400, -2010, "Order cancel-replace is not supported for this symbol.")
    answer = house.send(alice, "PUT", "order/amend/keepPriority", symbol=market, orderId=resting, newQty="1")
    assert answer.refusal == (400, -2038, "Order amend is not supported for this symbol.")


@pytest.mark.parametrize(
    ("figures", "form", "name"),
    [
        ({"bid_up_ppm": 1_100_000, "ask_up_ppm": 2_000_000}, LIMIT | {"price": "111"}, "PERCENT_PRICE_BY_SIDE"),
        (
            {"bid_up_ppm": 1_100_000, "features": FEATURES_ALL - Feature.PERCENT_BY_SIDE},
            LIMIT | {"price": "111"},
            "PERCENT_PRICE",
        ),
        ({"iceberg_parts_max": 2}, LIMIT | {"icebergQty": "0.4"}, "ICEBERG_PARTS"),
        ({"market_lots_min": 20_000}, {"type": "MARKET", "side": "BUY", "quantity": "1"}, "MARKET_LOT_SIZE"),
        ({"market_lots_min": 20_000}, WAITING, "MARKET_LOT_SIZE"),
        ({"trail_below_bips_min": 100}, STOP | {"trailingDelta": 50}, "TRAILING_DELTA"),
        ({"trail_below_bips_max": 100}, STOP | {"trailingDelta": 101}, "TRAILING_DELTA"),
        ({"position_atoms_max": 1}, LIMIT, "MAX_POSITION"),
    ],
)
def test_filters_are_told_by_name(
    house: House, alice: Trader, market: str, figures: dict[str, int], form: dict[str, object], name: str
) -> None:
    trade_at(house, market, "100")
    house.set_rules(market, **figures)
    answer = house.send(alice, "POST", "order", symbol=market, **form)
    assert answer.refusal == (400, -1013, f"Filter failure: {name}")


@pytest.mark.parametrize(
    ("figure", "form", "name"),
    [
        ("algo_orders_max", WAITING, "MAX_NUM_ALGO_ORDERS"),
        ("iceberg_orders_max", LIMIT | {"icebergQty": "0.5"}, "MAX_NUM_ICEBERG_ORDERS"),
    ],
)
def test_open_orders_of_a_kind_are_bounded(
    house: House, alice: Trader, market: str, figure: str, form: dict[str, object], name: str
) -> None:
    trade_at(house, market, "100")
    house.set_rules(market, **{figure: 1})
    assert house.send(alice, "POST", "order", symbol=market, **form).status == 200
    assert house.send(alice, "POST", "order", symbol=market, **form).refusal == (400, -1013, f"Filter failure: {name}")


@pytest.mark.parametrize(
    ("figure", "form", "name"),
    [
        ("orders_max", LIMIT, "EXCHANGE_MAX_NUM_ORDERS"),
        ("algo_orders_max", WAITING, "EXCHANGE_MAX_NUM_ALGO_ORDERS"),
        ("iceberg_orders_max", LIMIT | {"icebergQty": "0.5"}, "EXCHANGE_MAX_NUM_ICEBERG_ORDERS"),
        ("order_lists_max", None, "EXCHANGE_MAX_NUM_ORDER_LISTS"),
    ],
)
def test_open_orders_on_all_symbols_are_bounded(
    house: House, alice: Trader, market: str, figure: str, form: dict[str, object] | None, name: str
) -> None:
    other = house.new_market()
    for symbol in (market, other):
        trade_at(house, symbol, "100")
    path = "order" if form else "orderList/oco"
    sent = form or PAIR
    house.limit_exchange(**{figure: 1})
    try:
        assert house.send(alice, "POST", path, symbol=market, **sent).status == 200
        answer = house.send(alice, "POST", path, symbol=other, **sent)
        assert answer.refusal == (400, -1013, f"Filter failure: {name}")
        told = house.send(alice, "GET", "myFilters", symbol=market).json["exchangeFilters"]
        assert [one["filterType"] for one in told] == [name]
    finally:
        house.limit_exchange()


def test_exchange_info_tells_the_figures_that_are_set(house: House, market: str) -> None:
    house.set_rules(
        market, features=FEATURES_ALL - Feature.OCO - Feature.APPLY_MIN_TO_MARKET, average_minutes=5,
        bid_up_ppm=1_200_000, bid_down_ppm=200_000, ask_up_ppm=5_000_000, ask_down_ppm=800_000,
        market_lots_min=20, iceberg_parts_max=10, algo_orders_max=3, iceberg_orders_max=4, order_lists_max=2,
        amends_max=7, position_atoms_max=10**9, trail_above_bips_min=10, trail_above_bips_max=2000,
        trail_below_bips_min=20, trail_below_bips_max=1000,
    )  # fmt: skip
    [symbol] = house.send(None, "GET", "exchangeInfo", symbol=market).json["symbols"]
    assert (symbol["ocoAllowed"], symbol["otoAllowed"]) == (False, True)
    filters = {told.pop("filterType"): told for told in symbol["filters"]}
    assert filters["PERCENT_PRICE_BY_SIDE"] == {
        "bidMultiplierUp": "1.20000000",
        "bidMultiplierDown": "0.20000000",
        "askMultiplierUp": "5.00000000",
        "askMultiplierDown": "0.80000000",
        "avgPriceMins": 5,
    }
    assert filters["MARKET_LOT_SIZE"]["minQty"] == "0.00200000"
    notional = filters["NOTIONAL"]
    assert (notional["applyMinToMarket"], notional["applyMaxToMarket"], notional["avgPriceMins"]) == (False, True, 5)
    told = {name: filters[name] for name in filters if name.startswith(("MAX_", "ICEBERG", "TRAIL"))}
    assert told == {
        "MAX_NUM_ORDERS": {"maxNumOrders": 5},
        "ICEBERG_PARTS": {"limit": 10},
        "MAX_NUM_ALGO_ORDERS": {"maxNumAlgoOrders": 3},
        "MAX_NUM_ICEBERG_ORDERS": {"maxNumIcebergOrders": 4},
        "MAX_NUM_ORDER_LISTS": {"maxNumOrderLists": 2},
        "MAX_NUM_ORDER_AMENDS": {"maxNumOrderAmends": 7},
        "MAX_POSITION": {"maxPosition": "10.00000000"},
        "TRAILING_DELTA": {
            "minTrailingAboveDelta": 10,
            "maxTrailingAboveDelta": 2000,
            "minTrailingBelowDelta": 20,
            "maxTrailingBelowDelta": 1000,
        },
    }


def test_amendments_are_bounded(house: House, alice: Trader, market: str) -> None:
    house.set_rules(market, amends_max=1)
    order_id = house.buy(alice, market, "5", "100").json["orderId"]
    form = {"symbol": market, "orderId": order_id}
    assert house.send(alice, "PUT", "order/amend/keepPriority", **form, newQty="4").status == 200
    answer = house.send(alice, "PUT", "order/amend/keepPriority", **form, newQty="3")
    assert answer.refusal == (400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


def test_an_asset_may_have_a_limit(house: House, alice: Trader, market: str) -> None:
    house.limit_asset(BTC, 10**8)
    try:
        answer = house.buy(alice, market, "2", "100")
        assert answer.refusal == (400, -1013, "Filter failure: MAX_ASSET")
        filters = house.send(alice, "GET", "myFilters", symbol=market).json["assetFilters"]
        assert filters == [{"filterType": "MAX_ASSET", "asset": "BTC", "limit": "1.00000000"}]
    finally:
        house.limit_asset(BTC, 0)
