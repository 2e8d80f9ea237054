"""What a sandbox does for a bot's tests, seen from outside: money, accounts, symbols, faults, connections."""

import asyncio
import base64
import contextlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import pytest
import uvloop
import websockets
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.doors.small_exchange import SCENARIO_S, SmallExchange, small_exchange
from venus.records.commands import adoption

SHORT_S = 1.0


class Sandbox(NamedTuple):
    exchange: SmallExchange
    http: httpx.AsyncClient

    async def post(self, path: str, status: int = 200, /, **form: Any) -> Any:
        answer = await self.http.post(f"/sandbox/{path}", json=form)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        return (await self.http.get(f"/sandbox/{path}")).json()

    async def carol(self, **form: Any) -> dict[str, Any]:
        money = {"balances": {"BTC": "10", "USDT": "1000000"}}
        return await self.post("accounts", **({"name": "carol"} | money | form))

    async def send(self, keys: dict[str, Any], method: str, path: str, **params: object) -> httpx.Response:
        return await self.http.send(signed(self.http, keys, method, path, **params))

    async def buy(self, keys: dict[str, Any], price: str = "100", **params: object) -> httpx.Response:
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
        return await self.send(keys, "POST", "/api/v3/order", **(order | {"price": price} | params))

    async def open_orders(self, keys: dict[str, Any]) -> list[str]:
        rows = (await self.send(keys, "GET", "/api/v3/openOrders")).json()
        return [row["clientOrderId"] for row in rows]


def signed(http: httpx.AsyncClient, keys: dict[str, Any], method: str, path: str, **params: object) -> httpx.Request:
    query = urlencode(params | {"timestamp": time.time_ns() // 10**6, "recvWindow": 60_000})
    if "secret" in keys:
        signature = hmac.digest(keys["secret"].encode(), query.encode(), "sha256").hex()
    else:
        private = load_pem_private_key(keys["privateKey"].encode(), None)
        raw = private.sign(query.encode(), *([PKCS1v15(), SHA256()] if keys["kind"] == "RSA" else []))
        signature = base64.b64encode(raw).decode()
    url = f"{path}?{query}&{urlencode({'signature': signature})}"
    return http.build_request(method, url, headers={"X-MBX-APIKEY": keys["apiKey"]})


def play(scenario: Callable[[Sandbox], Awaitable[None]]) -> None:
    async def main() -> None:
        async with (
            small_exchange(sandbox=True, faucet=True) as exchange,
            httpx.AsyncClient(base_url=exchange.rest, timeout=60) as http,
            asyncio.timeout(SCENARIO_S),
        ):
            await scenario(Sandbox(exchange, http))

    uvloop.run(main())


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


# Faults


def test_a_5xx_before_and_one_after_the_order_was_done() -> None:
    """The case that bots get wrong: the answer is the same kind of trouble, and the order is there, or it is not."""

    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        only = {"kind": "status", "method": "POST", "path": "/api/v3/order", "count": 1}
        await sandbox.post("faults", **only)
        answer = await sandbox.buy(carol, newClientOrderId="never-seen")
        assert (answer.status_code, answer.json()["code"]) == (503, -1001)
        assert await sandbox.open_orders(carol) == []
        await sandbox.post("faults", **only, when="after")
        answer = await sandbox.buy(carol, newClientOrderId="was-done")
        assert (answer.status_code, answer.json()["code"]) == (503, -1006)
        assert await sandbox.open_orders(carol) == ["was-done"]
        assert (await sandbox.buy(carol, newClientOrderId="third")).status_code == 200
        spent = (await sandbox.get("faults"))["faults"]
        assert [(fault["kind"], fault["done"], fault["count"]) for fault in spent] == [("status", 1, 1)] * 2

    play(scenario)


@pytest.mark.parametrize(
    ("form", "is_done"),
    [
        ({"kind": "disconnect"}, False),
        ({"kind": "disconnect", "when": "after"}, True),
        ({"kind": "half_answer"}, True),
        ({"kind": "no_answer", "delay_ms": 10}, False),
        ({"kind": "no_answer", "delay_ms": 10, "when": "after"}, True),
    ],
)
def test_a_connection_that_breaks(form: dict[str, Any], is_done: bool) -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        await sandbox.post("faults", **form, path="/api/v3/order", count=1)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await sandbox.buy(carol, newClientOrderId="o")
        assert await sandbox.open_orders(carol) == (["o"] if is_done else [])

    play(scenario)


def test_no_answer_lasts_until_the_client_gives_up() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        await sandbox.post("faults", kind="no_answer", when="after", path="/api/v3/order")
        request = signed(
            sandbox.http,
            carol,
            "POST",
            "/api/v3/order",
            symbol="BTCUSDT",
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            quantity="1",
            price="100",
            newClientOrderId="o",
        )
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), SHORT_S)
        with pytest.raises(httpx.ReadTimeout):
            await sandbox.http.send(request)
        assert await sandbox.open_orders(carol) == ["o"]

    play(scenario)


def test_limits_bans_and_unknown_outcomes_as_the_api_says_them() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        for form, status, code, after in (
            ({"kind": "rate_limit", "retry_after": 7}, 429, -1003, "7"),
            ({"kind": "ban", "retry_after": 120}, 418, -1003, "120"),
            ({"kind": "timeout_unknown"}, 504, -1007, None),
            ({"kind": "status", "status": 502, "code": -1, "msg": "bad gateway"}, 502, -1, None),
        ):
            await sandbox.post("faults", **form, path="/api/v3/order", count=1)
            answer = await sandbox.buy(carol, newClientOrderId=form["kind"])
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert answer.headers.get("retry-after") == after
        assert await sandbox.open_orders(carol) == ["timeout_unknown"]

    play(scenario)


def test_latency_is_added_to_one_account_and_nobody_else() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol, dave = await sandbox.carol(), await sandbox.carol(name="dave")
        await sandbox.post("faults", kind="latency", delay_ms=300, account="carol")
        started_s = time.monotonic()
        assert (await sandbox.buy(carol)).status_code == 200
        assert time.monotonic() - started_s >= 0.3
        await sandbox.http.delete("/sandbox/faults")

        # Who is answered while carol waits does not wait, however slow this machine is today.
        await sandbox.post("faults", kind="latency", delay_ms=1_000 * SCENARIO_S, account="carol")
        waits = asyncio.create_task(sandbox.buy(carol))
        while (await sandbox.get("faults"))["faults"][0]["done"] == 0:
            pass
        assert (await sandbox.buy(dave)).status_code == 200
        assert (await sandbox.http.delete("/sandbox/faults")).json() == {"faults": []}
        assert (await sandbox.buy(carol)).status_code == 200
        assert not waits.done()
        waits.cancel()

    play(scenario)


def test_chance_is_drawn_from_a_seed_and_skip_spares_the_first() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        async def hits(**form: Any) -> str:
            await sandbox.post("faults", kind="status", path="/api/v3/ping", **form)
            seen = [(await sandbox.http.get("/api/v3/ping")).status_code for _ in range(12)]
            await sandbox.http.delete("/sandbox/faults")
            return "".join("x" if status == 503 else "." for status in seen)

        assert await hits(skip=2, count=3) == "..xxx......."
        first = await hits(probability=0.5, seed=7)
        assert first == await hits(probability=0.5, seed=7)
        assert "x" in first and "." in first
        assert first != await hits(probability=0.5, seed=8)

    play(scenario)


# Streams


def test_streams_stall_lose_and_repeat_messages_and_are_cut() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        places = (
            f"{sandbox.exchange.ws}/ws/btcusdt@bookTicker",
            f"{sandbox.exchange.ws}/stream?streams=btcusdt@bookTicker",
        )

        async def heard(prices: range, path: str = "/ws/*", **fault: Any) -> list[str]:
            """Best bids that a listener hears while orders are placed at these prices one by one.

            Another listens beside it, whom no fault is for: what she has heard has come to both, or never will.
            """
            if fault:
                await sandbox.post("faults", **fault, path=path)
            got = []
            async with websockets.connect(places[0]) as stream, websockets.connect(places[1]) as beside:
                for price in prices:
                    assert (await sandbox.buy(carol, str(price), quantity="0.1")).status_code == 200
                    while json.loads(await beside.recv())["data"]["b"].partition(".")[0] != str(price):
                        pass
                    with contextlib.suppress(TimeoutError, websockets.ConnectionClosed):
                        while True:
                            async with asyncio.timeout(0.3):
                                got.append(json.loads(await stream.recv())["b"].partition(".")[0])
            await sandbox.http.delete("/sandbox/faults")
            return got

        assert await heard(range(10, 13)) == ["10", "11", "12"]
        assert await heard(range(20, 24), kind="drop", every=2) == ["20", "22"]
        assert await heard(range(30, 33), kind="duplicate", every=3) == ["30", "31", "32", "32"]
        assert await heard(range(40, 43), kind="silence", skip=1) == ["40"]
        assert await heard(range(50, 53), kind="cut", skip=1, path="/ws/*bookTicker") == ["50"]
        assert await heard(range(60, 62), kind="cut", path="*trade*") == ["60", "61"]

    play(scenario)


def test_connections_are_ended_with_a_goodbye_or_without() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        for form, code in (({}, 1001), ({"code": 1008, "reason": "Too many requests"}, 1008), ({"how": "cut"}, 1006)):
            async with websockets.connect(f"{sandbox.exchange.ws}/ws/btcusdt@trade") as stream:
                assert [one["path"] for one in (await sandbox.get("connections"))["connections"]] == [
                    "/ws/btcusdt@trade"
                ]
                assert await sandbox.post("connections/end", path="/stream*", **form) == {"ended": 0}
                assert await sandbox.post("connections/end", path="*trade", **form) == {"ended": 1}
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await stream.recv()
                assert (closed.value.rcvd.code if closed.value.rcvd else 1006) == code
        assert "1000 to 4999" in (await sandbox.post("connections/end", 400, code=7))["msg"]

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


def test_a_shutdown_is_said_and_listen_keys_end() -> None:
    async def scenario(sandbox: Sandbox) -> None:
        carol = await sandbox.carol()
        headers = {"X-MBX-APIKEY": carol["apiKey"]}
        key = (await sandbox.http.post("/api/v3/userDataStream", headers=headers)).json()["listenKey"]
        async with websockets.connect(f"{sandbox.exchange.ws}/ws/{key}") as stream:
            assert await sandbox.post("listen-keys/expire", account="carol") == {"expired": 1}
            assert json.loads(await stream.recv())["e"] == "listenKeyExpired"
            late = await sandbox.http.put(f"/api/v3/userDataStream?listenKey={key}", headers=headers)
            assert late.json()["code"] == -1125
        for path in ("/ws/btcusdt@trade", "/ws-api/v3"):
            async with websockets.connect(f"{sandbox.exchange.ws}{path}") as stream:
                assert await sandbox.post("connections/end", how="shutdown") == {"ended": 1}
                heard = json.loads(await stream.recv())
                assert heard.get("event", heard)["e"] == "serverShutdown"
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await stream.recv()
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
        # The server goes on.
        async with websockets.connect(f"{sandbox.exchange.ws}/ws/btcusdt@trade"):
            assert len((await sandbox.get("connections"))["connections"]) == 1

    play(scenario)
