"""What a sandbox does for a bot's tests, seen from outside: money, accounts, symbols, fills."""

from typing import Any

import pytest

from tests.doors.sandbox_scenario import Sandbox, play
from venus.records.commands import adoption

# Money and accounts


def test_money_is_given_once_for_a_reference_and_taken_back() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol(balances={})
        given = await sandbox.post("balances", account="carol", asset="BTC", amount="1.5", reference="monday")
        assert (given["repeated"], given["balances"]["BTC"]["free"]) == (False, "1.50000000")
        again = await sandbox.post("balances", account="carol", asset="BTC", amount="1.5", reference="monday")
        assert (again["repeated"], again["balances"]["BTC"]["free"]) == (True, "1.50000000")
        other = await sandbox.post("balances", 409, account="carol", asset="BTC", amount="2", reference="monday")
        assert "REFERENCE_REUSED" in other["msg"]
        taken = await sandbox.post("balances", account="carol", asset="BTC", amount="-1")
        assert taken["balances"]["BTC"]["free"] == "0.50000000"
        too_much = await sandbox.post("balances", 409, account="carol", asset="BTC", amount="-1")
        assert "INSUFFICIENT_FREE" in too_much["msg"]
        seen = (await sandbox.send(carol, "GET", "/api/v3/account", omitZeroBalances="true")).json()["balances"]
        assert seen == [{"asset": "BTC", "free": "0.50000000", "locked": "0.00000000"}]
        assert await sandbox.get("balances/carol") == {"BTC": {"free": "0.50000000", "locked": "0.00000000"}}

    play(scenario)


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"account": "nobody", "asset": "BTC", "amount": "1"}, 404, "nobody"),
        ({"account": "2", "asset": "BTC", "amount": "1"}, 404, "no account"),
        ({"account": "carol", "asset": "GOLD", "amount": "1"}, 404, "BTC, USDT"),
        ({"account": "carol", "asset": "BTC", "amount": "0.000000001"}, 400, "8 decimals"),
        ({"account": "carol", "asset": "BTC", "amount": "0"}, 400, "above 0"),
        ({"account": "carol", "asset": "BTC", "amount": "1e3"}, 400, "no amount"),
        ({"account": "carol", "asset": "BTC", "amount": 1}, 400, "Expected `str`"),
        ({"account": "carol", "asset": "BTC"}, 400, "amount"),
        ({"account": "carol", "asset": "BTC", "amount": "1", "reference": "x" * 65}, 400, "64"),
    ],
)
def test_money_that_cannot_be_given_is_refused_with_the_reason(form: dict[str, Any], status: int, says: str) -> None:
    async def scenario(sandbox: Sandbox) -> None:
        await sandbox.carol(balances={})
        assert says in (await sandbox.post("balances", status, **form))["msg"]
        assert await sandbox.get("balances/carol") == {}

    play(scenario)


HUGE = 2**70
DIGITS = "9" * 5_000
TOO_LARGE: list[tuple[str, dict[str, Any], int]] = [
    ("balances", {"account": "carol", "asset": "BTC", "amount": DIGITS}, 400),
    ("balances", {"account": "carol", "asset": "BTC", "amount": "1", "reference": "r" * 5_000}, 400),
    ("accounts", {"name": "dave", "tradeGroup": HUGE}, 400),
    ("accounts", {"name": "dave", "tradeGroup": 2**63}, 409),
    ("accounts", {"name": "dave", "tradeGroup": -(2**63)}, 409),
    ("accounts", {"name": "dave", "balances": {"BTC": DIGITS}}, 400),
    ("freeze", {"account": "carol", "untilMs": HUGE}, 400),
    ("freeze", {"account": "carol", "untilMs": 2**44}, 409),
    ("freeze", {"account": "carol", "untilMs": -1}, 409),
    ("fills", {"account": "carol", "symbol": "BTCUSDT", "quantity": "1", "orderId": HUGE}, 400),
    ("fills", {"account": "carol", "symbol": "BTCUSDT", "quantity": DIGITS, "orderId": 1}, 404),
    ("symbols", {"symbol": "AB", "baseAsset": "A", "quoteAsset": "B", "baseScale": HUGE}, 400),
    ("symbols", {"symbol": "AB", "baseAsset": "A", "quoteAsset": "B", "baseScale": 2**63}, 409),
    ("symbols", {"symbol": "AB", "baseAsset": "BTC", "quoteAsset": "USDT", "maxNumOrders": HUGE}, 400),
    ("symbols", {"symbol": "AB", "baseAsset": "BTC", "quoteAsset": "USDT", "maxPrice": DIGITS}, 400),
    ("symbols", {"symbol": "AB", "baseAsset": "BTC", "quoteAsset": "USDT", "maxPrice": "9" * 60}, 400),
    ("connections/end", {"code": HUGE}, 400),
    ("snapshots", {"name": "n" * 5_000}, 404),  # this one is not steered, and has no snapshots
]


def test_a_number_that_nothing_can_hold_is_refused_in_words() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        answers = [
            (path, form, status, await sandbox.http.post(f"/sandbox/{path}", json=form))
            for path, form, status in TOO_LARGE
        ]
        wrong = [
            (path, str(form)[:100], answer.status_code, answer.text[:200])
            for path, form, status, answer in answers
            if answer.status_code != status
        ]
        assert not wrong
        assert (await sandbox.buy(carol)).status_code == 200

    play(scenario)


def test_accounts_with_each_kind_of_key_trade_at_once() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        for kind in ("HMAC", "ED25519", "RSA"):
            keys = await sandbox.carol(name=f"bot-{kind}", kind=kind)
            assert (await sandbox.buy(keys, newClientOrderId=kind)).json()["status"] == "NEW"
            assert await sandbox.open_orders(keys) == [kind]
        known = await sandbox.get("accounts")
        assert known["bot-HMAC"]["secret"] and known["bot-RSA"]["privateKey"].startswith("-----BEGIN PRIVATE KEY")
        second = await sandbox.post("keys", account="bot-HMAC", kind="HMAC", permissions=["USER_DATA"])
        refused = await sandbox.buy(second)
        assert (refused.status_code, refused.json()["code"]) == (401, -2015)
        assert await sandbox.open_orders(second) == ["HMAC"]
        assert (await sandbox.http.delete(f"/sandbox/keys/{second['apiKey']}")).status_code == 200
        assert (await sandbox.send(second, "GET", "/api/v3/openOrders")).json()["code"] == -2015
        assert "already" in (await sandbox.post("accounts", 409, name="bot-RSA"))["msg"]

    play(scenario)


def test_a_frozen_account_trades_again_when_it_is_unfrozen() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        await sandbox.buy(carol)
        await sandbox.post("freeze", account="carol")
        assert await sandbox.open_orders(carol) == []
        assert (await sandbox.buy(carol)).json()["code"] == -2010
        await sandbox.post("unfreeze", account="carol")
        assert (await sandbox.buy(carol)).status_code == 200

    play(scenario)


# Symbols


def test_a_paused_symbol_takes_nothing_and_lets_cancel() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        order = (await sandbox.buy(carol)).json()
        for _ in range(2):  # asking twice is no mistake
            assert (await sandbox.post("pause", symbol="BTCUSDT"))["symbols"] == {"BTCUSDT": "HALT"}
        assert (await sandbox.buy(carol)).json() == {"code": -2010, "msg": "Market is closed."}
        left = await sandbox.send(carol, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=order["orderId"])
        assert left.json()["status"] == "CANCELED"
        assert (await sandbox.post("resume"))["symbols"] == {"BTCUSDT": "TRADING"}
        assert (await sandbox.buy(carol)).status_code == 200
        assert "there are BTCUSDT" in (await sandbox.post("pause", 404, symbol="XYZ"))["msg"]

    play(scenario)


def test_a_symbol_is_listed_while_everything_runs() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        await sandbox.post("symbols", symbol="DOGEUSDT", baseAsset="DOGE", quoteAsset="USDT", tickSize="0.0001")
        carol = await sandbox.carol(balances={"DOGE": "500", "USDT": "100"})
        sold = await sandbox.send(
            carol,
            "POST",
            "/api/v3/order",
            symbol="DOGEUSDT",
            side="SELL",
            type="LIMIT",
            timeInForce="GTC",
            quantity="100",
            price="0.1234",
        )
        assert sold.json()["status"] == "NEW", sold.text
        for wrong, says in (
            ({"symbol": "DOGEUSDT", "baseAsset": "DOGE", "quoteAsset": "USDT"}, "ALREADY_LISTED"),
            ({"symbol": "A1", "baseAsset": "DOGE", "quoteAsset": "DOGE"}, "INVALID_COMMAND"),
        ):
            assert says in (await sandbox.post("symbols", 409, **wrong))["msg"]
        fine = {"symbol": "A2", "baseAsset": "DOGE", "quoteAsset": "USDT", "tickSize": "0.000000001"}
        assert "decimals" in (await sandbox.post("symbols", 400, **fine))["msg"]
        await sandbox.exchange.client.submit_cold(adoption("rules", 2))  # which know filters
        await sandbox.post("symbols", symbol="A3", baseAsset="A", quoteAsset="USDT")
        [listed] = (await sandbox.http.get("/api/v3/exchangeInfo?symbol=A3")).json()["symbols"]
        assert {"PERCENT_PRICE_BY_SIDE", "TRAILING_DELTA"} < {one["filterType"] for one in listed["filters"]}

    play(scenario)


# Fills


def test_an_order_is_filled_in_part_and_then_whole() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        order = (await sandbox.buy(carol, quantity="1", newClientOrderId="mine")).json()
        named = {"account": "carol", "symbol": "BTCUSDT"}
        filled = await sandbox.post("fills", **named, orderId=order["orderId"], quantity="0.25")
        assert (filled["filledQty"], filled["status"], filled["tradedAway"]) == ("0.25000000", "PARTIALLY_FILLED", [])
        filled = await sandbox.post("fills", **named, clientOrderId="mine", quantity="0.75")
        assert (filled["executedQty"], filled["status"]) == ("1.00000000", "FILLED")
        trades = (await sandbox.send(carol, "GET", "/api/v3/myTrades", symbol="BTCUSDT")).json()
        assert [(trade["qty"], trade["price"], trade["isMaker"]) for trade in trades] == [
            ("0.25000000", "100.00000000", True),
            ("0.75000000", "100.00000000", True),
        ]
        for form, status, says in (
            ({"orderId": order["orderId"], "quantity": "1"}, 409, "FILLED"),
            ({"orderId": 999, "quantity": "1"}, 404, "no such order"),
            ({"quantity": "1"}, 400, "name the order"),
        ):
            assert says in (await sandbox.post("fills", status, **named, **form))["msg"]

    play(scenario)


def test_what_stands_before_an_order_is_named_or_traded_away() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol, dave = await sandbox.carol(), await sandbox.carol(name="dave")
        better = (await sandbox.buy(dave, "101", quantity="0.1")).json()
        older = (await sandbox.buy(dave, quantity="0.2")).json()
        mine = (await sandbox.buy(carol, quantity="1")).json()
        await sandbox.buy(dave, quantity="0.3")  # younger: behind it
        named = {"account": "carol", "symbol": "BTCUSDT", "orderId": mine["orderId"]}
        refused = await sandbox.post("fills", 409, **named, quantity="0.5")
        assert refused["msg"].startswith("2 orders of 0.30000000 in all stand before")
        for quantity, status, says in (("1.1", 409, "only 1.0"), ("0.000001", 400, "lots"), ("x", 400, "no quantity")):
            assert says in (await sandbox.post("fills", status, **named, quantity=quantity))["msg"]
        assert len(await sandbox.open_orders(dave)) == 3
        filled = await sandbox.post("fills", **named, quantity="0.5", clearWay=True)
        assert (filled["filledQty"], filled["status"]) == ("0.50000000", "PARTIALLY_FILLED")
        away = [(one["orderId"], one["qty"], one["price"]) for one in filled["tradedAway"]]
        assert away == [
            (better["orderId"], "0.10000000", "101.00000000"),
            (older["orderId"], "0.20000000", "100.00000000"),
        ]
        assert len(await sandbox.open_orders(dave)) == 1

    play(scenario)
