"""What a sandbox breaks on request, seen from outside: answers, connections, streams, one account's or everybody's."""

import asyncio
import contextlib
import json
import time
from typing import Any

import httpx
import pytest
import websockets

from tests.doors.sandbox_scenario import Sandbox, play, signed
from tests.doors.small_exchange import SCENARIO_S

SHORT_S = 1.0


# Requests


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
