"""The WebSocket API from outside: every kind of request, and what becomes of it."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.doors.raw_websocket import client_frame, raw_upgrade
from tests.doors.small_exchange import TRADERS, SmallExchange, play
from tests.doors.ws_api_client import ApiKey, WsClient, new_key, now_ms, signed, ws_client
from venus.engine.keys import journal_verifier
from venus.gateway.binance.limits import LimitRules
from venus.gateway.binance.ws_api.door import WsApiRules
from venus.gateway.binance.ws_api.methods import documented
from venus.journal.receipts import open_receipt
from venus.journal.store import JournalReader
from venus.registry.credentials import Permission
from venus.supervisor.receipts import judge

ANN, BOB = TRADERS[0], TRADERS[1]
BTC = {"symbol": "BTCUSDT"}
BUY = BTC | {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001", "price": "50000"}
BAD_KEY = (401, -2015, "Invalid API-key, IP, or permissions for action.")


def timed(**params: Any) -> dict[str, Any]:
    """As a request of a session that is logged on."""
    return {**params, "timestamp": now_ms()}


def test_a_request_is_answered_by_id_with_its_limits() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            answer = await client.ask("ping")
            assert answer == {
                "id": 1,
                "status": 200,
                "result": {},
                "rateLimits": [
                    {
                        "rateLimitType": "REQUEST_WEIGHT",
                        "interval": "MINUTE",
                        "intervalNum": 1,
                        "limit": 6000,
                        "count": 3,  # connecting weighs 2
                    }
                ],
            }
            assert "rateLimits" not in await client.ask("time", returnRateLimits=False)
            assert (await client.result("v3/time"))["serverTime"] <= now_ms()

    play(scenario)


def test_an_id_is_a_number_a_text_or_null_and_comes_back_as_it_was() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange, "?returnRateLimits=false") as client:
            for text in ("1", "-7", '"a id of any kind"', "null"):
                await client.socket.send(f'{{"id":{text},"method":"ping"}}')
                assert await client.socket.recv() == f'{{"id":{text},"status":200,"result":{{}}}}'
            for message, code in (
                ('{"method":"ping"}', -1102),
                ('{"id":1.5,"method":"ping"}', -1102),
                ('{"id":[1],"method":"ping"}', -1102),
                ('{"id":true,"method":"ping"}', -1102),
                ("{", -1135),
                ("[]", -1135),
                ('{"id":null,"method":7}', -1135),
            ):
                await client.socket.send(message)
                answer = json.loads(await client.socket.recv())
                assert (answer["id"], answer["status"], answer["error"]["code"]) == (None, 400, code), message
            assert await client.refusal("order.plaice") == (404, -1020, "This operation is not supported.")
            await client.socket.send('{"id":5}')
            answer = json.loads(await client.socket.recv())
            assert (answer["id"], answer["error"]["code"]) == (5, -1102)

    play(scenario)


def test_an_order_is_placed_and_cancelled_by_a_session_that_is_logged_on() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN, Ed25519PrivateKey.generate())
        async with ws_client(exchange) as client:
            status = await client.log_on(key)
            assert (status["apiKey"], status["userDataStream"]) == (key.key, False)
            answer = await client.ask("order.place", **timed(**BUY, newClientOrderId="first"))
            assert answer["status"] == 200
            assert answer["result"]["status"] == "NEW"
            counted = [(each["rateLimitType"], each["count"]) for each in answer["rateLimits"]]
            assert counted[0] in (("ORDERS", 1), ("ORDERS", 0))  # 0: the ten seconds have just turned
            assert counted[1] == ("ORDERS", 1)
            # The order, being placed, weighs nothing; 0: the minute has just turned.
            assert counted[2:] in ([("REQUEST_WEIGHT", 4)], [("REQUEST_WEIGHT", 0)])
            cancelled = await client.result("order.cancel", **timed(**BTC, origClientOrderId="first"))
            assert (cancelled["status"], cancelled["origClientOrderId"]) == ("CANCELED", "first")
            refusal = await client.refusal("order.cancel", **timed(**BTC, origClientOrderId="first"))
            assert refusal == (400, -2011, "Unknown order sent.")
            refusal = await client.refusal("order.place", **timed(**BUY | {"quantity": "9000"}))
            assert refusal == (400, -1013, "Filter failure: NOTIONAL")
            assert (await client.refusal("order.place", **BUY))[:2] == (400, -1102)  # the time is not left out
            late = BUY | {"timestamp": now_ms() - 6_000}
            assert (await client.refusal("order.place", **late))[:2] == (400, -1021)

    play(scenario)


def test_many_requests_at_once_are_all_answered() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await client.log_on(new_key(exchange, ANN))
            for number in range(300):
                method = ("order.place", "ping", "order.test")[number % 3]
                params = {} if method == "ping" else timed(**BUY)
                await client.socket.send(json.dumps({"id": number, "method": method, "params": params}))
            answers = [json.loads(await client.socket.recv()) for _ in range(300)]
            assert sorted(answer["id"] for answer in answers) == list(range(300))
            assert {answer["status"] for answer in answers} == {200}
            placed = [answer["result"]["orderId"] for answer in answers if "orderId" in answer["result"]]
            assert sorted(placed) == list(range(1, 101)), "each once"

    play(scenario, limits=LimitRules(orders_10s_max=1_000))


@pytest.mark.parametrize("kind", ["HMAC", "Ed25519", "RSA"])
def test_a_request_is_signed_with_any_kind_of_key(kind: str) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN, private(kind))
        async with ws_client(exchange) as client:
            placed = await client.result("order.place", **signed(key, **BUY))
            assert placed["orderId"] == 1
            forged = signed(key, **BUY) | {"quantity": "0.002"}
            assert (await client.refusal("order.place", **forged))[:2] == (400, -1022)
            unsigned = {name: value for name, value in signed(key, **BUY).items() if name != "signature"}
            assert (await client.refusal("order.place", **unsigned))[:2] == (400, -1102)
            assert (await client.refusal("order.place", **timed(**BUY)))[:2] == (400, -1102)
            assert (await client.refusal("order.place", **signed(key._replace(key="short"), **BUY)))[:2] == (401, -2014)
            stranger = key._replace(key="A" * 64)
            assert await client.refusal("order.place", **signed(stranger, **BUY)) == BAD_KEY
            # Whoever logged on may still ask for another.
            await client.log_on(new_key(exchange, BOB))
            theirs = await client.result("order.place", **signed(key, **BUY))
            assert (await client.result("order.status", **signed(key, **BTC, orderId=theirs["orderId"])))[
                "side"
            ] == "BUY"
            missing = await client.refusal("order.status", **timed(**BTC, orderId=theirs["orderId"]))
            assert missing == (400, -2013, "Order does not exist.")

    play(scenario)


def private(kind: str) -> Any:
    match kind:
        case "Ed25519":
            return Ed25519PrivateKey.generate()
        case "RSA":
            return generate_private_key(65_537, 2_048)
        case _:
            return b""


def test_numbers_booleans_and_arrays_mean_what_their_text_means() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client:
            numbers = BUY | {
                "quantity": 0.001,
                "price": 50000.25,
                "strategyId": 7,
                "newClientOrderId": "été"[:0] or "x",
            }
            placed = await client.result("order.place", **signed(key, **numbers))
            assert (placed["price"], placed["origQty"]) == ("50000.25000000", "0.00100000")
            info = await client.result("exchangeInfo", symbols=["BTCUSDT"], showPermissionSets=False)
            assert [symbol["symbol"] for symbol in info["symbols"]] == ["BTCUSDT"]
            assert (await client.refusal("depth", symbol=None))[:2] == (400, -1102)
            account = await client.result("account.status", **signed(key, omitZeroBalances=True))
            assert [balance["asset"] for balance in account["balances"]] == ["BTC", "USDT"]

    play(scenario)


READS: dict[str, dict[str, Any]] = {
    "exchangeInfo": {},
    "executionRules": {},
    "depth": BTC,
    "trades.recent": BTC,
    "trades.historical": BTC,
    "blockTrades.historical": BTC | {"fromId": 0},
    "trades.aggregate": BTC,
    "klines": BTC | {"interval": "1m"},
    "uiKlines": BTC | {"interval": "1m"},
    "avgPrice": BTC,
    "ticker.24hr": BTC,
    "ticker.tradingDay": BTC,
    "ticker": BTC,
    "ticker.price": BTC,
    "ticker.book": BTC,
    "order.status": BTC | {"orderId": 1},
    "openOrders.status": BTC,
    "allOrders": BTC,
    "openOrderLists.status": {},
    "allOrderLists": {},
    "account.status": {},
    "account.commission": BTC,
    "account.rateLimits.orders": {},
    "myTrades": BTC,
    "myPreventedMatches": BTC | {"orderId": 1},
    "myAllocations": BTC,
    "order.amendments": BTC | {"orderId": 1},
    "myFilters": BTC,
}
"""Methods that change nothing, with what they are asked."""
MOVING = {"time", "serverTime", "closeTime", "openTime", "updateTime"}


def test_what_is_asked_here_and_over_rest_is_answered_alike() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        endpoints, routes = exchange.gateway.rest.endpoints, documented()
        async with ws_client(exchange) as client, httpx.AsyncClient(base_url=exchange.rest) as http:
            await client.result("order.place", **signed(key, **BUY))
            for method, params in READS.items():
                verb, path = routes[method]
                is_private = endpoints[verb, path].permission is not Permission.NONE
                sent = signed(key, **params) if is_private else params
                here = await client.ask(method, **sent)
                if is_private:
                    text = "&".join(f"{name}={value}" for name, value in params.items())
                    text += f"{'&' if text else ''}timestamp={now_ms()}"
                    text += f"&signature={key.sign(text)}"
                    there = await http.request(verb, f"{path}?{text}", headers={"X-MBX-APIKEY": key.key})
                else:
                    there = await http.request(verb, path, params=params)
                assert here["status"] == there.status_code == 200, (method, here, there.text)
                assert still(here["result"]) == still(there.json()), method

    play(scenario)


def still(answer: Any) -> Any:
    """An answer without the moments at which it was asked."""
    if isinstance(answer, dict):
        return {name: still(value) for name, value in answer.items() if name not in MOVING}
    return [still(value) for value in answer] if isinstance(answer, list) else answer


def test_an_order_is_amended_replaced_and_all_are_cancelled() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await client.log_on(new_key(exchange, ANN))
            order = await client.result("order.place", **timed(**BUY))
            amended = await client.result(
                "order.amend.keepPriority", **timed(**BTC, orderId=order["orderId"], newQty="0.0005")
            )
            assert amended["amendedOrder"]["qty"] == "0.00050000"
            replacing = BUY | {"cancelReplaceMode": "STOP_ON_FAILURE"}
            both = await client.result("order.cancelReplace", **timed(**replacing, cancelOrderId=order["orderId"]))
            assert (both["cancelResult"], both["newOrderResult"]) == ("SUCCESS", "SUCCESS")
            answer = await client.ask("order.cancelReplace", **timed(**replacing, cancelOrderId=order["orderId"]))
            assert (answer["status"], answer["error"]["code"]) == (400, -2022)
            assert answer["error"]["data"]["newOrderResult"] == "NOT_ATTEMPTED"
            assert await client.result("order.test", **timed(**BUY)) == {}
            await client.result("order.place", **timed(**BUY))
            cancelled = await client.result("openOrders.cancelAll", **timed(**BTC))
            assert [order["status"] for order in cancelled] == ["CANCELED", "CANCELED"]

    play(scenario)


# Sessions


def test_a_session_says_who_it_is_and_forgets_it() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client:
            nobody = await client.result("session.status")
            assert (nobody["apiKey"], nobody["authorizedSince"], nobody["returnRateLimits"]) == (None, None, True)
            on = await client.log_on(key)
            assert on["connectedSince"] <= on["authorizedSince"] <= on["serverTime"]
            assert (await client.result("session.status"))["apiKey"] == key.key
            other = new_key(exchange, BOB)
            assert (await client.log_on(other))["apiKey"] == other.key
            assert (await client.result("session.logout"))["apiKey"] is None
            assert (await client.refusal("account.status", **timed()))[:2] == (400, -1102)
            assert (await client.refusal("session.logon", timestamp=now_ms()))[:2] == (400, -1102)

    play(scenario)


def test_a_session_ends_with_its_key() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client:
            await client.log_on(key)
            exchange.gateway.registry.revoke(key.key)
            assert await client.refusal("account.status", **timed()) == BAD_KEY
            told = client.events.pop()
            assert told == {"id": None, "status": 401, "error": {"code": -2015, "msg": BAD_KEY[2]}}
            assert (await client.result("session.status"))["apiKey"] is None

    play(scenario)


def test_a_key_that_may_only_read_places_no_order() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN, permissions=Permission.USER_DATA)
        async with ws_client(exchange) as client:
            await client.log_on(key)
            assert await client.refusal("order.place", **timed(**BUY)) == BAD_KEY
            assert await client.refusal("order.place", **signed(key, **BUY)) == BAD_KEY
            assert await client.refusal("userDataStream.subscribe") == BAD_KEY
            assert (await client.result("session.status"))["apiKey"] == key.key
            await client.result("account.status", **timed())

    play(scenario)


# Limits and connections


def test_who_asks_too_much_is_told_when_to_ask_again_and_then_banned() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            while (answer := await client.ask("ping"))["status"] == 200:
                pass
            assert (answer["status"], answer["error"]["code"]) == (429, -1003)
            data = answer["error"]["data"]
            assert data["retryAfter"] % 60_000 == 0
            assert 0 < data["retryAfter"] - data["serverTime"] <= 60_000
            while answer["status"] == 429:
                answer = await client.ask("ping")
            assert (answer["status"], answer["error"]["code"]) == (418, -1003)
            with pytest.raises(ConnectionClosed):
                await client.ask("ping")
            with pytest.raises(InvalidStatus) as refused:
                async with ws_client(exchange):
                    pass
            assert refused.value.response.status_code == 418

    play(scenario, limits=LimitRules(weight_1m_max=20, refusals_max=3))


def test_orders_are_counted_for_the_account_whichever_the_door() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client, httpx.AsyncClient(base_url=exchange.rest) as http:
            await client.log_on(key)
            for _ in range(2):
                await client.result("order.place", **timed(**BUY))
            text = f"{'&'.join(f'{name}={value}' for name, value in BUY.items())}&timestamp={now_ms()}"
            headers = {"X-MBX-APIKEY": key.key}
            sent = await http.post(f"/api/v3/order?{text}&signature={key.sign(text)}", headers=headers)
            assert sent.headers["X-MBX-ORDER-COUNT-1D"] == "3"
            answer = await client.ask("order.place", **timed(**BUY))
            assert (answer["status"], answer["error"]["code"]) == (429, -1015)
            assert [each["count"] for each in answer["rateLimits"]][1] == 3

    play(scenario, limits=LimitRules(orders_10s_max=1_000, orders_1d_max=3))


def test_times_come_in_the_unit_of_the_url_and_sbe_is_refused() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange, "?timeUnit=MICROSECOND") as client:
            assert (await client.result("time"))["serverTime"] > 10**15
            placed = await client.result("order.place", **signed(new_key(exchange, ANN), **BUY))
            assert placed["transactTime"] > 10**15
        for query, code in (("?timeUnit=HOUR", -1194), ("?responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=5", -1155)):
            with pytest.raises(InvalidStatus) as refused:
                async with ws_client(exchange, query):
                    pass
            assert refused.value.response.status_code == 400
            assert json.loads(refused.value.response.body or b"")["code"] == code

    play(scenario)


def test_connections_of_one_address_are_counted() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        for _ in range(3):
            async with ws_client(exchange):
                pass
        with pytest.raises(InvalidStatus) as refused:
            async with ws_client(exchange):
                pass
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["Retry-After"]) <= 300

    play(scenario, ws_api=WsApiRules(connections_5m_max=3))


def test_a_message_may_come_in_parts_and_a_ping_between_them() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_upgrade(exchange, "/ws-api/v3?returnRateLimits=false")
        writer.write(client_frame(1, b'{"id":1,', final=False) + client_frame(9, b"still there?"))
        writer.write(client_frame(0, b'"method":"ping"}'))
        async with asyncio.timeout(60):
            assert await reader.readexactly(14) == b"\x8a\x0cstill there?"
            answer = b'{"id":1,"status":200,"result":{}}'
            assert await reader.readexactly(2 + len(answer)) == bytes((0x81, len(answer))) + answer
        writer.close()

    play(scenario)


def test_a_stop_is_announced() -> None:
    told: list[Any] = []

    async def scenario(exchange: SmallExchange) -> None:
        async with ws_client(exchange) as client:
            await client.ask("ping")
            stopping = asyncio.create_task(exchange.gateway.rooms.part())
            told.append(json.loads(await client.socket.recv()))
            with pytest.raises(ConnectionClosed) as closed:
                await client.socket.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
            await stopping

    play(scenario)
    assert told[0]["event"]["e"] == "serverShutdown"


def test_an_order_under_way_when_its_connection_breaks_is_placed_all_the_same() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN)
        async with ws_client(exchange) as client:
            await client.log_on(key)
            await client.socket.send(json.dumps({"id": 1, "method": "order.place", "params": timed(**BUY)}))
            await client.socket.close()
        async with ws_client(exchange) as client, asyncio.timeout(60):
            while not await open_orders(client, key):
                pass

    play(scenario)


async def open_orders(client: WsClient, key: ApiKey) -> list[Any]:
    orders: list[Any] = await client.result("openOrders.status", **signed(key, **BTC))
    return orders


def test_a_receipt_comes_with_an_answer_that_asks_for_one() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = journal_verifier(exchange.places)
        reader = JournalReader(exchange.places.journal)
        async with ws_client(exchange, "?returnRateLimits=false") as client:
            await client.log_on(new_key(exchange, ANN))
            at_once = await client.ask("order.place", **timed(**BUY, receipt=True))
            in_a_task = await client.ask("order.place", **signed(new_key(exchange, ANN), **BUY, receipt=True))
            refused = await client.ask("order.cancel", **timed(**BTC, orderId=10**6, receipt=True))
            assert [answer["status"] for answer in (at_once, in_a_task, refused)] == [200, 200, 400]
            for answer in (at_once, in_a_task, refused):
                receipt = open_receipt(base64.b64decode(answer["receipt"]), key)
                assert receipt.account == ANN and judge(receipt, reader).holds
            assert "receipt" not in await client.ask("order.place", **timed(**BUY))
            assert "receipt" not in await client.ask("ping")

    play(scenario)
