"""User data streams from outside: what an account is told, in which order, and until when."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect

from tests.doors.small_exchange import BANK, TRADERS, SmallExchange, play
from tests.doors.ws_api_client import ApiKey, WsClient, new_key, now_ms, signed, ws_client
from venus.gateway.binance.streams import listen_keys
from venus.records.commands import Command, CommandKind, FreezeAccount, SelfTrade, Side, UnfreezeAccount, client_digest
from venus.registry.credentials import Permission

ANN, BOB = TRADERS[0], TRADERS[1]
BTC = {"symbol": "BTCUSDT"}
BUY = BTC | {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001", "price": "50000"}
SELL = BUY | {"side": "SELL"}


def timed(**params: Any) -> dict[str, Any]:
    return {**params, "timestamp": now_ms()}


async def listen(client: WsClient, key: ApiKey) -> None:
    """Log on and subscribe, once on a connection."""
    await client.log_on(key)
    await client.result("userDataStream.subscribe")


def kinds(events: list[Any]) -> list[str]:
    return [event.get("x") or event["e"] for event in events]


# What is told of orders

ACCEPTED = {
    "e": "executionReport",
    "s": "BTCUSDT",
    "S": "BUY",
    "o": "LIMIT",
    "q": "0.00300000",
    "p": "50000.00000000",
    "P": "0.00000000",
    "F": "0.00000000",
    "g": -1,
    "C": "",
    "x": "NEW",
    "X": "NEW",
    "r": "NONE",
    "l": "0.00000000",
    "z": "0.00000000",
    "L": "0.00000000",
    "n": "0",
    "N": None,
    "t": -1,
    "w": True,
    "m": False,
    "M": False,
    "Z": "0.00000000",
    "Y": "0.00000000",
    "Q": "0.00000000",
    "V": "NONE",
}
"""A report of BUY for 0.003, without what differs each time."""


def test_a_taker_and_its_maker_are_each_told_their_side() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        ann, bob = new_key(exchange, ANN), new_key(exchange, BOB)
        async with ws_client(exchange) as taker, ws_client(exchange) as maker:
            await listen(taker, ann)
            await listen(maker, bob)
            sold = await maker.result("order.place", **timed(**SELL, newClientOrderId="theirs"))
            bought = await taker.result(
                "order.place", **timed(**BUY | {"quantity": "0.003", "timeInForce": "IOC"}, newClientOrderId="mine")
            )
            new, trade, expired, position = await taker.hear(4)
            time_ms = bought["transactTime"]
            times = dict.fromkeys("ETOW", time_ms)
            assert new == ACCEPTED | times | {"c": "mine", "f": "IOC", "i": bought["orderId"], "I": new["I"]}
            assert trade == new | {
                "x": "TRADE",
                "X": "PARTIALLY_FILLED",
                "l": "0.00100000",
                "z": "0.00100000",
                "L": "50000.00000000",
                "n": "0.00000100",
                "N": "BTC",
                "t": 1,
                "I": trade["I"],
                "M": True,
                "Z": "50.00000000",
                "Y": "50.00000000",
            }
            assert expired == new | {
                "x": "EXPIRED",
                "X": "EXPIRED",
                "z": "0.00100000",
                "I": expired["I"],
                "w": False,
                "Z": "50.00000000",
                "eR": "UNFILLED_IOC_QUANTITY_EXPIRED",
            }
            assert position == {
                "e": "outboundAccountPosition",
                "E": time_ms,
                "u": time_ms,
                "B": [
                    {"a": "USDT", "f": "99999950.00000000", "l": "0.00000000"},
                    {"a": "BTC", "f": "100000000.00099900", "l": "0.00000000"},
                ],
            }
            assert new["I"] < trade["I"] < expired["I"]
            _new, held, filled, paid = await maker.hear(4)
            assert held["B"][0] == {"a": "BTC", "f": "99999999.99900000", "l": "0.00100000"}
            expected = {"x": "TRADE", "X": "FILLED", "c": "theirs", "i": sold["orderId"], "m": True, "t": 1, "w": False}
            assert filled | expected == filled
            assert (filled["n"], filled["N"], filled["T"]) == ("0.05000000", "USDT", time_ms)
            assert filled["O"] == sold["transactTime"]
            assert paid["B"] == [
                {"a": "BTC", "f": "99999999.99900000", "l": "0.00000000"},
                {"a": "USDT", "f": "100000049.95000000", "l": "0.00000000"},
            ]

    play(scenario)


def test_a_cancel_bears_its_own_id_and_the_orders() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await listen(client, new_key(exchange, ANN))
            await client.result("order.place", **timed(**BUY, newClientOrderId="order"))
            await client.result("order.cancel", **timed(**BTC, origClientOrderId="order", newClientOrderId="cancel"))
            events = await client.hear(4)
            assert kinds(events) == ["NEW", "outboundAccountPosition", "CANCELED", "outboundAccountPosition"]
            cancelled = events[2]
            assert (cancelled["c"], cancelled["C"], cancelled["X"], cancelled["w"]) == (
                "cancel",
                "order",
                "CANCELED",
                False,
            )
            for _ in range(2):
                await client.result("order.place", **timed(**BUY))
            all_cancelled = await client.result("openOrders.cancelAll", **timed(**BTC))
            events = await client.hear(7)
            assert kinds(events[4:]) == ["CANCELED", "CANCELED", "outboundAccountPosition"]
            assert {event["c"] for event in events[4:6]} == {all_cancelled[0]["clientOrderId"]}
            assert {event["C"] for event in events[4:6]} == {order["origClientOrderId"] for order in all_cancelled}

    play(scenario)


def test_an_amendment_is_told_as_replaced() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await listen(client, new_key(exchange, ANN))
            await client.result("order.place", **timed(**BUY, newClientOrderId="before"))
            params = BTC | {"origClientOrderId": "before", "newClientOrderId": "after", "newQty": "0.0004"}
            answer = await client.result("order.amend.keepPriority", **timed(**params))
            _, _, replaced, position = await client.hear(4)
            assert (replaced["x"], replaced["X"], replaced["c"], replaced["C"]) == (
                "REPLACED",
                "NEW",
                "after",
                "before",
            )
            assert (replaced["q"], replaced["I"]) == ("0.00040000", answer["executionId"])
            assert position["B"][0] == {"a": "USDT", "f": "99999980.00000000", "l": "20.00000000"}

    play(scenario)


def test_a_replacement_refused_after_its_cancel_is_told_as_rejected() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        bob = new_key(exchange, BOB)
        async with ws_client(exchange) as client, ws_client(exchange) as other:
            await listen(client, new_key(exchange, ANN))
            placed = await client.result("order.place", **timed(**BUY | {"price": "49000"}))
            await other.result("order.place", **signed(bob, **SELL))
            taking = BTC | {"side": "BUY", "type": "LIMIT_MAKER", "quantity": "0.001", "price": "50000"}
            params = taking | {"cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": placed["orderId"]}
            assert (await client.refusal("order.cancelReplace", **timed(**params)))[:2] == (409, -2021)
            events = await client.hear(5)
            assert kinds(events)[2:] == ["CANCELED", "outboundAccountPosition", "REJECTED"]
            rejected = events[4]
            assert (rejected["X"], rejected["r"], rejected["i"]) == ("REJECTED", "WOULD_MATCH_IMMEDIATELY", -1)

    play(scenario)


def test_prevented_matches_say_what_was_lost_and_to_whom() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await listen(client, new_key(exchange, ANN))
            maker = await client.result("order.place", **timed(**SELL))
            await client.hear(2)
            both = BUY | {"quantity": "0.003", "selfTradePreventionMode": "EXPIRE_BOTH"}
            taker = await client.result("order.place", **timed(**both))
            new, of_taker, of_maker, position = await client.hear(4)
            assert kinds([new, of_taker, of_maker]) == ["NEW", "TRADE_PREVENTION", "TRADE_PREVENTION"]
            prevented = {
                "v": 1,
                "u": -1,
                "Cs": "BTCUSDT",
                "pl": "0.00100000",
                "pL": "50000.00000000",
                "pY": "50.00000000",
            }
            expected = {"X": "EXPIRED_IN_MATCH", "A": "0.00300000", "B": "0.00300000", "U": maker["orderId"]}
            assert of_taker | prevented | expected | {"i": taker["orderId"]} == of_taker
            expected = {"X": "EXPIRED_IN_MATCH", "A": "0.00100000", "B": "0.00100000", "U": taker["orderId"]}
            assert of_maker | prevented | expected | {"i": maker["orderId"], "l": "0.00000000"} == of_maker
            assert {"a": "BTC", "f": "100000000.00000000", "l": "0.00000000"} in position["B"]

    play(scenario)


def test_an_order_by_quote_ends_filled_by_its_last_trade() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        ann, bob = new_key(exchange, ANN), new_key(exchange, BOB)
        async with ws_client(exchange) as client, ws_client(exchange) as other:
            for price in ("50000", "50001"):
                await other.result("order.place", **signed(bob, **SELL | {"price": price}))
            await listen(client, ann)
            await client.result("order.place", **timed(**BTC, side="BUY", type="MARKET", quoteOrderQty="75"))
            events = await client.hear(4)
            assert [(event["x"], event["X"]) for event in events[:3]] == [
                ("NEW", "NEW"),
                ("TRADE", "PARTIALLY_FILLED"),
                ("TRADE", "FILLED"),
            ]
            assert (events[2]["Q"], events[2]["q"]) == ("75.00000000", events[2]["z"])

    play(scenario)


# What others do


def test_a_deposit_is_told_to_who_gets_it() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await listen(client, new_key(exchange, ANN))
            for debit, credit in ((BANK, ANN), (ANN, BANK)):
                hi, lo = client_digest(f"transfer {debit}")
                await exchange.client.submit(
                    Command(
                        client_hi=hi,
                        client_lo=lo,
                        target_lo=credit,
                        account=debit,
                        subject=0,
                        kind=CommandKind.TRANSFER,
                        quantity=150_000_000,
                    )
                )
            came, after, went, at_last = await client.hear(4)
            assert (came["e"], came["a"], came["d"]) == ("balanceUpdate", "BTC", "1.50000000")
            assert after["B"] == [{"a": "BTC", "f": "100000001.50000000", "l": "0.00000000"}]
            assert (went["d"], at_last["B"][0]["f"]) == ("-1.50000000", "100000000.00000000")
            assert came["E"] == came["T"] == after["u"]

    play(scenario)


def test_a_freeze_expires_orders_and_is_told() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await listen(client, new_key(exchange, ANN))
            for _ in range(2):
                await client.result("order.place", **timed(**BUY))
            await exchange.client.submit_cold(FreezeAccount(reference="freeze", account=ANN, until_ns=0))
            events = (await client.hear(7))[4:]
            assert kinds(events) == ["EXPIRED", "EXPIRED", "outboundAccountPosition"]
            assert {event["eR"] for event in events[:2]} == {"EXCHANGE_CANCELED"}
            await exchange.client.submit_cold(UnfreezeAccount(reference="unfreeze", account=ANN))
            await client.result("order.place", **timed(**BUY))
            assert kinds(await client.hear(1)) == ["NEW"]

    play(scenario)


def test_in_one_frame_each_report_shows_the_state_at_its_event() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await listen(client, new_key(exchange, ANN))
            sell = Command(account=ANN, kind=CommandKind.ORDER, side=Side.SELL, type=1, stp=SelfTrade.NONE)
            sell = sell._replace(price_ticks=5_000_000, quantity=10)
            buy = sell._replace(account=BOB, side=Side.BUY, quantity=4)
            await exchange.place([sell, buy, buy, buy])
            events = await client.hear(8)
            assert kinds(events) == ["NEW"] + 3 * ["outboundAccountPosition", "TRADE"] + ["outboundAccountPosition"]
            assert [event["z"] for event in events[2::2]] == ["0.00004000", "0.00008000", "0.00010000"]
            assert [event["X"] for event in events[2::2]] == ["PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED"]
            assert [event["B"][0]["l"] for event in events[1::2]] == [
                "0.00010000",
                "0.00006000",
                "0.00002000",
                "0.00000000",
            ]

    play(scenario)


# Subscriptions


def test_subscriptions_have_numbers_and_each_account_one() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        ann, bob = new_key(exchange, ANN, Ed25519PrivateKey.generate()), new_key(exchange, BOB)
        async with ws_client(exchange, "?timeUnit=MICROSECOND") as client:
            assert (await client.refusal("userDataStream.subscribe"))[:2] == (401, -2015)
            await client.log_on(ann)
            assert await client.result("userDataStream.subscribe") == {"subscriptionId": 0}
            active = (400, -2035, "User Data Stream subscription already active.")
            assert await client.refusal("userDataStream.subscribe") == active
            assert await client.refusal("userDataStream.subscribe.signature", **signed(ann)) == active
            second = await client.result("userDataStream.subscribe.signature", **signed(bob))
            assert second == {"subscriptionId": 1}
            assert await client.result("session.subscriptions") == [{"subscriptionId": 0}, {"subscriptionId": 1}]
            assert (await client.result("session.status"))["userDataStream"] is True
            await client.result("order.place", **signed(bob, **BUY))
            await client.result("order.place", **timed(**SELL))
            by_number: dict[int, list[str]] = {0: [], 1: []}
            for message in await client.messages(7):
                by_number[message["subscriptionId"]].append(message["event"].get("x", "position"))
                assert message["event"]["E"] > 10**15
            assert by_number == {0: ["NEW", "TRADE", "position"], 1: ["NEW", "position", "TRADE", "position"]}
            inactive = (400, -2036, "User Data Stream subscription not active.")
            assert await client.refusal("userDataStream.unsubscribe", subscriptionId=7) == inactive
            assert await client.result("userDataStream.unsubscribe", subscriptionId=1) == {}
            assert await client.result("session.subscriptions") == [{"subscriptionId": 0}]
            again = await client.result("userDataStream.subscribe.signature", **signed(bob))
            assert again == {"subscriptionId": 2}
            await client.result("session.logout")
            assert await client.result("session.subscriptions") == [{"subscriptionId": 2}]
            await client.result("userDataStream.unsubscribe")
            assert (await client.result("session.status"))["userDataStream"] is False
            ends = [message for message in client.events if message["event"]["e"] == "eventStreamTerminated"]
            assert [message["subscriptionId"] for message in ends] == [1, 0, 2]

    play(scenario)


def test_a_subscription_ends_with_its_key() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client:
            await client.result("userDataStream.subscribe.signature", **signed(key))
            exchange.gateway.registry.restrict(key.key, Permission.TRADE, "")
            assert kinds(await client.hear(1)) == ["eventStreamTerminated"]
            assert await client.result("session.subscriptions") == []

    play(scenario)


def test_only_accounts_that_somebody_listens_to_are_watched() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        users = exchange.gateway.rooms.ws_api.users
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as one, ws_client(exchange) as other:
            for client in (one, other):
                await client.result("userDataStream.subscribe.signature", **signed(key))
            assert users.accounts_count == 1
            await one.result("userDataStream.unsubscribe")
            assert users.accounts_count == 1
            await one.result("order.place", **signed(key, **BUY))
            assert kinds(await other.hear(2)) == ["NEW", "outboundAccountPosition"]
        await until(lambda: users.accounts_count == 0)

    play(scenario)


# Listen keys


async def keyed(exchange: SmallExchange, verb: str, key: ApiKey, **params: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=exchange.rest, headers={"X-MBX-APIKEY": key.key}) as http:
        return await http.request(verb, "/api/v3/userDataStream", params=params)


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(60):
        return json.loads(await socket.recv())


@pytest.mark.parametrize(
    ("path", "unwrap"),
    [("/ws/{}", lambda message: message), ("/stream?streams={}", lambda message: message["data"])],
)
def test_a_listen_key_is_the_name_of_a_stream(path: str, unwrap: Callable[[Any], Any]) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        listen_key = (await keyed(exchange, "POST", key)).json()["listenKey"]
        async with connect(exchange.ws + path.format(listen_key)) as socket, ws_client(exchange) as client:
            await settled(exchange)
            await client.result("order.place", **signed(key, **BUY, newClientOrderId="mine"))
            new, position = [unwrap(await hear(socket)) for _ in range(2)]
            assert (new["e"], new["x"], new["c"]) == ("executionReport", "NEW", "mine")
            assert position["e"] == "outboundAccountPosition"
            assert (await keyed(exchange, "DELETE", key, listenKey=listen_key)).json() == {}
            await client.result("order.place", **signed(key, **BUY))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await socket.recv()

    play(scenario)


async def settled(exchange: SmallExchange) -> None:
    """Until the stream that was opened is listened to."""
    users = exchange.gateway.rooms.ws_api.users
    await until(lambda: users.accounts_count > 0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.01)


def test_a_listen_key_is_the_accounts_and_is_kept_alive() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        ann, bob = new_key(exchange, ANN), new_key(exchange, BOB)
        first = await keyed(exchange, "POST", ann)
        assert (first.status_code, first.headers["X-MBX-USED-WEIGHT-1M"]) == (200, "2")
        listen_key = first.json()["listenKey"]
        assert (await keyed(exchange, "POST", ann)).json()["listenKey"] == listen_key
        assert (await keyed(exchange, "POST", bob)).json()["listenKey"] != listen_key
        assert (await keyed(exchange, "PUT", ann, listenKey=listen_key)).json() == {}
        unknown = await keyed(exchange, "PUT", bob, listenKey=listen_key)
        assert (unknown.status_code, unknown.json()["code"]) == (400, -1125)
        assert (await keyed(exchange, "POST", ann._replace(key="B" * 64))).json()["code"] == -2015
        reading = new_key(exchange, ANN, permissions=Permission.USER_DATA)
        assert (await keyed(exchange, "POST", reading)).json()["code"] == -2015
        async with ws_client(exchange) as client:
            assert await client.result("userDataStream.start", apiKey=ann.key) == {"listenKey": listen_key}
            assert await client.result("userDataStream.ping", apiKey=ann.key, listenKey=listen_key) == {}
            assert await client.result("userDataStream.stop", apiKey=ann.key, listenKey=listen_key) == {}
            assert (await client.refusal("userDataStream.ping", apiKey=ann.key, listenKey=listen_key))[1] == -1125

    play(scenario)


def test_a_listen_key_that_is_not_kept_alive_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen_keys, "LIFE_NS", 10**9)

    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        listen_key = (await keyed(exchange, "POST", key)).json()["listenKey"]
        async with connect(f"{exchange.ws}/ws") as socket:
            await socket.send(json.dumps({"id": 1, "method": "SUBSCRIBE", "params": [listen_key]}))
            assert (await hear(socket))["result"] is None
            expired = await hear(socket)
            assert (expired["e"], expired["listenKey"]) == ("listenKeyExpired", listen_key)
        assert (await keyed(exchange, "PUT", key, listenKey=listen_key)).json()["code"] == -1125

    play(scenario)


def test_a_connection_has_so_many_subscriptions_in_its_life() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client:
            session = next(iter(exchange.gateway.rooms.ws_api._sessions))
            session.account._next_number = 65_535
            full = (400, -2042, "Maximum subscription ID reached for this connection.")
            assert await client.refusal("userDataStream.subscribe.signature", **signed(key)) == full

    play(scenario)
