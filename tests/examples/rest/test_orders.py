"""New orders through the REST door, as a trader reads them. Source: [D] rest-api.md, "New order"; faqs/stp_faq.md."""

import re

import pytest

from tests.examples.rest.house import House, Trader
from venus.records.commands import FreezeAccount, HaltSymbol, SelfTrade

RESULT_FIELDS = {
    "symbol", "orderId", "orderListId", "clientOrderId", "transactTime", "price", "origQty", "executedQty",
    "origQuoteOrderQty", "cummulativeQuoteQty", "status", "timeInForce", "type", "side", "workingTime",
    "selfTradePreventionMode",
}  # fmt: skip


def test_a_limit_order_rests(house: House, alice: Trader, market: str) -> None:
    answer = house.buy(alice, market, "1", "60000.01", newClientOrderId="mine-1")
    assert answer.status == 200
    placed = answer.json
    assert set(placed) == RESULT_FIELDS | {"fills"}
    assert placed["transactTime"] == placed["workingTime"] > 1_700_000_000_000
    assert placed | {"transactTime": 0, "workingTime": 0, "orderId": 0} == {
        "symbol": market,
        "orderId": 0,
        "orderListId": -1,
        "clientOrderId": "mine-1",
        "transactTime": 0,
        "price": "60000.01000000",
        "origQty": "1.00000000",
        "executedQty": "0.00000000",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "workingTime": 0,
        "fills": [],
        "selfTradePreventionMode": "NONE",
    }


def test_a_taker_fills_level_by_level_and_pays_from_what_it_receives(
    house: House, alice: Trader, bob: Trader, market: str
) -> None:
    house.sell(alice, market, "0.5", "100")
    house.sell(alice, market, "0.5", "101")
    placed = house.buy(bob, market, "2", "101").json
    assert (placed["status"], placed["executedQty"], placed["origQty"]) == (
        "PARTIALLY_FILLED",
        "1.00000000",
        "2.00000000",
    )
    assert placed["cummulativeQuoteQty"] == "100.50000000"
    half = {"qty": "0.50000000", "commission": "0.00100000", "commissionAsset": "BTC"}
    assert placed["fills"] == [
        {"price": "100.00000000", "tradeId": 1} | half,
        {"price": "101.00000000", "tradeId": 2} | half,
    ]
    sold = house.market_order(alice, market, "SELL", quantity="1").json
    assert (sold["status"], sold["price"], sold["type"]) == ("FILLED", "0.00000000", "MARKET")
    [fill] = sold["fills"]
    assert (fill["commission"], fill["commissionAsset"]) == ("0.20200000", "USDT")


def test_market_orders_by_quote(house: House, alice: Trader, bob: Trader, market: str) -> None:
    house.sell(alice, market, "1", "333.33")
    bought = house.market_order(bob, market, "BUY", quoteOrderQty="100").json
    # 0.3 BTC would cost 99.999; nothing more of a lot fits, and the rest of the 100 is kept.
    assert bought["executedQty"] == bought["origQty"] == "0.30000000"
    assert bought["origQuoteOrderQty"] == "100.00000000"
    assert bought["cummulativeQuoteQty"] == "99.99900000"
    assert bought["status"] == "FILLED"


def test_response_types(house: House, alice: Trader, market: str) -> None:
    ack = {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
    for wanted, fields in (("ACK", ack), ("RESULT", RESULT_FIELDS), ("FULL", RESULT_FIELDS | {"fills"})):
        assert set(house.buy(alice, market, "1", "100", newOrderRespType=wanted).json) == fields
    maker = {"type": "LIMIT_MAKER", "quantity": "1", "price": "100"}
    assert set(house.send(alice, "POST", "order", symbol=market, side="BUY", **maker).json) == ack
    assert set(house.market_order(alice, market, "SELL", quantity="1").json) == RESULT_FIELDS | {"fills"}


@pytest.mark.parametrize(
    ("tif", "quantity", "status", "executed", "reason"),
    [
        ("IOC", "2", "EXPIRED", "1.00000000", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("FOK", "2", "EXPIRED", "0.00000000", "UNFILLED_FOK_ORDER_EXPIRED"),
        ("FOK", "1", "FILLED", "1.00000000", None),
        ("IOC", "1", "FILLED", "1.00000000", None),
    ],
)
def test_immediate_orders(
    house: House,
    alice: Trader,
    bob: Trader,
    market: str,
    tif: str,
    quantity: str,
    status: str,
    executed: str,
    reason: str | None,
) -> None:
    house.sell(alice, market, "1", "100")
    placed = house.buy(bob, market, quantity, "100", timeInForce=tif).json
    assert (placed["status"], placed["executedQty"], placed.get("expiryReason")) == (status, executed, reason)


def test_a_market_order_on_an_empty_book_expires(house: House, alice: Trader, market: str) -> None:
    placed = house.market_order(alice, market, "BUY", quantity="1").json
    assert (placed["status"], placed["expiryReason"], placed["fills"]) == ("EXPIRED", "INSUFFICIENT_LIQUIDITY", [])


@pytest.mark.parametrize(
    ("mode", "status", "match"),
    [
        ("EXPIRE_TAKER", "EXPIRED_IN_MATCH", {"takerPreventedQuantity": "2.00000000"}),
        ("EXPIRE_MAKER", "NEW", {"makerPreventedQuantity": "1.00000000"}),
        (
            "EXPIRE_BOTH",
            "EXPIRED_IN_MATCH",
            {"takerPreventedQuantity": "2.00000000", "makerPreventedQuantity": "1.00000000"},
        ),
        ("DECREMENT", "NEW", {"takerPreventedQuantity": "1.00000000", "makerPreventedQuantity": "1.00000000"}),
    ],
)
def test_self_trades_are_prevented_and_told(
    house: House, alice: Trader, market: str, mode: str, status: str, match: dict[str, str]
) -> None:
    maker = house.sell(alice, market, "1", "100").json["orderId"]
    placed = house.buy(alice, market, "2", "100", selfTradePreventionMode=mode).json
    assert (placed["status"], placed["fills"], placed["selfTradePreventionMode"]) == (status, [], mode)
    identity = {"preventedMatchId": 1, "makerSymbol": market, "makerOrderId": maker, "price": "100.00000000"}
    assert placed["preventedMatches"] == [identity | match]
    assert placed.get("preventedQuantity") == match.get("takerPreventedQuantity")
    assert placed.get("preventedMatchId") == (1 if "takerPreventedQuantity" in match else None)


def test_a_transfer_moves_without_a_trade(house: House, market: str) -> None:
    one, other = house.new_trader(trade_group=7), house.new_trader(trade_group=7)
    house.sell(one, market, "1", "100", selfTradePreventionMode="TRANSFER")
    placed = house.buy(other, market, "1", "100", selfTradePreventionMode="TRANSFER").json
    assert (placed["status"], placed["executedQty"], placed["fills"]) == ("EXPIRED_IN_MATCH", "0.00000000", [])
    assert placed["preventedQuantity"] == "1.00000000"
    balances = house.send(other, "GET", "account").json["balances"]
    assert {"asset": "BTC", "free": "101.00000000", "locked": "0.00000000"} in balances


def test_ids_are_made_for_who_brings_none(house: House, alice: Trader, market: str) -> None:
    ids = [house.buy(alice, market, "1", "100").json["clientOrderId"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[A-Za-z0-9]{22}", made) for made in ids)


def test_strategies_are_repeated(house: House, alice: Trader, market: str) -> None:
    placed = house.buy(alice, market, "1", "100", strategyId=5, strategyType=1_000_001).json
    assert (placed["strategyId"], placed["strategyType"]) == (5, 1_000_001)


def mandatory(name: str) -> str:
    return f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


def illegal(name: str, legal_range: str) -> str:
    return f"Illegal characters found in parameter '{name}'; legal range is '{legal_range}'."


DECIMALS = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
AT_MARKET: dict[str, str | None] = {"type": "MARKET", "timeInForce": None, "price": None}
FORM = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"side": None}, -1102, mandatory("side")),
        ({"side": "LONG"}, -1117, "Invalid side."),
        ({"side": "buy"}, -1117, "Invalid side."),
        ({"type": None}, -1102, mandatory("type")),
        ({"type": "ICEBERG"}, -1116, "Invalid orderType."),
        ({"timeInForce": None}, -1102, mandatory("timeInForce")),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ({"quantity": None}, -1102, mandatory("quantity")),
        ({"quantity": ""}, -1102, mandatory("quantity")),
        ({"price": None}, -1102, mandatory("price")),
        ({"quantity": "-1"}, -1100, illegal("quantity", DECIMALS)),
        ({"price": "1e3"}, -1100, illegal("price", DECIMALS)),
        ({"quantity": "0.000000001"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"price": "0.000000001"}, -1111, "Parameter 'price' has too much precision."),
        ({"price": "100.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "0"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "1000000.01"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "99999999999999999999"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "9000.0001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "99999999999999999999"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.0499"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "100", "price": "100000"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "1000", "price": "8999"}, -2010, "Account has insufficient balance for requested action."),
        ({"quoteOrderQty": "5"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
        ({"stopPrice": "5"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({"type": "MARKET"}, -1106, "Parameter 'timeInForce' sent when not required."),
        ({"type": "MARKET", "timeInForce": None}, -1106, "Parameter 'price' sent when not required."),
        (AT_MARKET | {"quoteOrderQty": "5"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
        (
            AT_MARKET | {"quantity": None},
            -1102,
            "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
        ),
        (AT_MARKET | {"quantity": "100.0001"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
        (AT_MARKET | {"quantity": None, "quoteOrderQty": "0"}, -1013, "Filter failure: NOTIONAL"),
        (
            AT_MARKET | {"quantity": None, "quoteOrderQty": "0.0000001"},
            -1111,
            "Parameter 'quoteOrderQty' has too much precision.",
        ),
        ({"type": "LIMIT_MAKER"}, -1106, "Parameter 'timeInForce' sent when not required."),
        ({"newClientOrderId": "no spaces"}, -1100, illegal("newClientOrderId", "^[a-zA-Z0-9-_]{1,36}$")),
        ({"newOrderRespType": "ALL"}, -1130, "Data sent for parameter 'newOrderRespType' is not valid."),
        ({"selfTradePreventionMode": "SOME"}, -1130, "Data sent for parameter 'selfTradePreventionMode' is not valid."),
        ({"strategyType": "999999"}, -1134, "`strategyType` was less than 1000000."),
        ({"colour": "red"}, -1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."),
        ({"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        ({"symbol": "btcusdt"}, -1100, illegal("symbol", r"^[\w\-._&&[^a-z]]{1,50}$")),
    ],
)
def test_refusals_in_known_words(
    house: House, alice: Trader, market: str, changes: dict[str, str | None], code: int, message: str
) -> None:
    form = {name: value for name, value in ({"symbol": market} | FORM | changes).items() if value is not None}
    for path in ("order", "order/test"):
        if code == -2010 and "balance" in message and path == "order/test":
            assert house.send(alice, "POST", path, **form).status == 200  # a test looks at no balance
            continue
        assert house.send(alice, "POST", path, **form).refusal == (400, code, message)


def test_a_limit_maker_never_takes(house: House, alice: Trader, bob: Trader, market: str) -> None:
    house.sell(alice, market, "1", "100")
    maker = {"type": "LIMIT_MAKER", "quantity": "1", "price": "100"}
    refused = house.send(bob, "POST", "order", symbol=market, side="BUY", **maker)
    assert refused.refusal == (400, -2010, "Order would immediately match and take.")


def test_ids_are_unique_among_open_orders(house: House, alice: Trader, market: str) -> None:
    assert house.buy(alice, market, "1", "100", newClientOrderId="once").status == 200
    assert house.buy(alice, market, "1", "99", newClientOrderId="once").refusal == (400, -2010, "Duplicate order sent.")


def test_open_orders_are_bounded(house: House, alice: Trader, market: str) -> None:
    for _ in range(5):
        assert house.buy(alice, market, "1", "100").status == 200
    assert house.buy(alice, market, "1", "100").refusal == (400, -1013, "Filter failure: MAX_NUM_ORDERS")


def test_a_mode_the_symbol_does_not_allow(house: House, alice: Trader) -> None:
    market = house.new_market(stp_allowed=1 << SelfTrade.EXPIRE_MAKER, stp_default=SelfTrade.EXPIRE_MAKER)
    assert house.buy(alice, market, "1", "100").json["selfTradePreventionMode"] == "EXPIRE_MAKER"
    for path in ("order", "order/test"):
        refused = house.send(alice, "POST", path, symbol=market, selfTradePreventionMode="NONE", **FORM)
        assert refused.refusal == (
            400,
            -1013,
            "This symbol does not allow the specified self-trade prevention mode.",
        )


def test_halted_and_frozen(house: House, alice: Trader) -> None:
    market = house.new_market()
    house.buy(alice, market, "1", "100")  # the door has read the catalog before the halt
    number = house.door.desk.symbols.markets[-1].number
    house.cold(HaltSymbol, symbol=number)
    for path in ("order", "order/test"):
        refused = house.send(alice, "POST", path, symbol=market, **FORM)
        assert refused.refusal == (400, -2010, "Market is closed.")
    house.cold(FreezeAccount, account=alice.account, until_ns=0)
    refused = house.buy(alice, house.new_market(), "1", "100")
    assert refused.refusal == (400, -2010, "This account may not place or cancel orders.")
    assert house.send(alice, "GET", "account").json["canTrade"] is False


def test_a_tested_order_is_not_placed(house: House, alice: Trader, market: str) -> None:
    tested = house.send(alice, "POST", "order/test", symbol=market, **FORM)
    assert (tested.status, tested.json) == (200, {})
    rates = house.send(alice, "POST", "order/test", symbol=market, computeCommissionRates="true", **FORM).json
    assert rates["standardCommissionForOrder"] == {"maker": "0.00100000", "taker": "0.00200000"}
    assert house.send(alice, "GET", "openOrders", symbol=market).json == []


def test_parameters_may_come_in_the_body(house: House, alice: Trader, market: str) -> None:
    placed = house.send(alice, "POST", "order", in_body=True, symbol=market, **FORM)
    assert placed.status == 200
    gone = house.send(alice, "DELETE", "order", in_body=True, symbol=market, orderId=placed.json["orderId"])
    assert gone.json["status"] == "CANCELED"


def test_eighteen_decimals_are_written_exactly(house: House) -> None:
    """An asset finer than 8 places: nothing is lost on the way in or out."""
    market = house.new_market(
        base_asset=2, lot_atoms=10**9, tick_atoms=10**9, price_ticks_max=1_000, quantity_lots_max=10**9
    )
    trader = house.new_trader()
    house.deposit(trader.account, 2, 4 * 10**18)
    placed = house.sell(trader, market, "0.100000001", "1000").json
    assert placed["origQty"] == "0.100000001"
    assert house.sell(trader, market, "0.1000000001", "1000").refusal == (400, -1013, "Filter failure: LOT_SIZE")
    balances = house.send(trader, "GET", "account", omitZeroBalances="true").json["balances"]
    assert {"asset": "ETH", "free": "3.899999999", "locked": "0.100000001"} in balances
