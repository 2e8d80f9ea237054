"""The WebSocket API from outside: every kind of request, and what becomes of it."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.doors.small_exchange import TRADERS, SmallExchange, play
from tests.doors.ws_api_client import WsClient, new_key, now_ms, signed, ws_client

ANN, BOB = TRADERS[0], TRADERS[1]
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001", "price": "50000"}


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


def test_an_order_is_placed_and_cancelled_by_a_session_that_is_logged_on() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        key = new_key(exchange, ANN, Ed25519PrivateKey.generate())
        async with ws_client(exchange) as client:
            status = await client.log_on(key)
            assert (status["apiKey"], status["userDataStream"]) == (key.key, False)
            answer = await client.ask("order.place", **timed(**BUY, newClientOrderId="first"))
            assert answer["status"] == 200
            assert answer["result"]["status"] == "NEW"
            assert [(each["rateLimitType"], each["count"]) for each in answer["rateLimits"]] == [
                ("ORDERS", 1),
                ("ORDERS", 1),
                ("REQUEST_WEIGHT", 4),  # the order, being placed, weighs nothing
            ]
            cancelled = await client.result("order.cancel", **timed(symbol="BTCUSDT", origClientOrderId="first"))
            assert (cancelled["status"], cancelled["origClientOrderId"]) == ("CANCELED", "first")
            refusal = await client.refusal("order.cancel", **timed(symbol="BTCUSDT", origClientOrderId="first"))
            assert refusal == (400, -2011, "Unknown order sent.")

    play(scenario)


def test_a_subscriber_hears_what_happens_to_its_account() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        ann, bob = new_key(exchange, ANN), new_key(exchange, BOB)
        async with ws_client(exchange) as client, ws_client(exchange) as other:
            subscribed = await client.result("userDataStream.subscribe.signature", **signed(ann))
            assert subscribed == {"subscriptionId": 0}
            await other.result("order.place", **signed(bob, **{**BUY, "side": "SELL", "newClientOrderId": "theirs"}))
            await client.result("order.place", **signed(ann, **{**BUY, "newClientOrderId": "mine"}))
            new, trade, position = await client.hear(3)
            assert (new["x"], new["X"], new["c"]) == ("NEW", "NEW", "mine")
            assert (trade["x"], trade["X"], trade["l"], trade["L"]) == (
                "TRADE",
                "FILLED",
                "0.00100000",
                "50000.00000000",
            )
            assert (trade["n"], trade["N"], trade["m"]) == ("0.00000100", "BTC", False)
            assert [balance["a"] for balance in position["B"]] == ["USDT", "BTC"]

    play(scenario)


async def events_of(client: WsClient, count: int) -> list[tuple[str, str]]:
    return [(event["e"], event.get("x", "")) for event in await client.hear(count)]
