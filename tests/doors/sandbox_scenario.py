"""A sandbox of its own for a scenario, and the requests of its accounts, signed with whatever kind of key they have."""

import asyncio
import base64
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import uvloop
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.doors.small_exchange import SCENARIO_S, SmallExchange, small_exchange


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
