"""The two ways in: a call of the REST API, and the same as a method of the WebSocket API."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from websockets.sync.client import ClientConnection

METHODS = {
    "GET /api/v3/ping": "ping",
    "GET /api/v3/time": "time",
    "GET /api/v3/exchangeInfo": "exchangeInfo",
    "GET /api/v3/executionRules": "executionRules",
    "GET /api/v3/depth": "depth",
    "GET /api/v3/trades": "trades.recent",
    "GET /api/v3/historicalTrades": "trades.historical",
    "GET /api/v3/historicalBlockTrades": "blockTrades.historical",
    "GET /api/v3/aggTrades": "trades.aggregate",
    "GET /api/v3/klines": "klines",
    "GET /api/v3/uiKlines": "uiKlines",
    "GET /api/v3/avgPrice": "avgPrice",
    "GET /api/v3/ticker/24hr": "ticker.24hr",
    "GET /api/v3/ticker/tradingDay": "ticker.tradingDay",
    "GET /api/v3/ticker/price": "ticker.price",
    "GET /api/v3/ticker/bookTicker": "ticker.book",
    "GET /api/v3/ticker": "ticker",
    "GET /api/v3/referencePrice": "referencePrice",
    "GET /api/v3/referencePrice/calculation": "referencePrice.calculation",
    "POST /api/v3/order": "order.place",
    "POST /api/v3/order/test": "order.test",
    "DELETE /api/v3/order": "order.cancel",
    "DELETE /api/v3/openOrders": "openOrders.cancelAll",
    "POST /api/v3/order/cancelReplace": "order.cancelReplace",
    "PUT /api/v3/order/amend/keepPriority": "order.amend.keepPriority",
    "POST /api/v3/order/oco": "orderList.place",
    "POST /api/v3/orderList/oco": "orderList.place.oco",
    "POST /api/v3/orderList/oto": "orderList.place.oto",
    "POST /api/v3/orderList/otoco": "orderList.place.otoco",
    "POST /api/v3/orderList/opo": "orderList.place.opo",
    "POST /api/v3/orderList/opoco": "orderList.place.opoco",
    "DELETE /api/v3/orderList": "orderList.cancel",
    "POST /api/v3/sor/order": "sor.order.place",
    "POST /api/v3/sor/order/test": "sor.order.test",
    "GET /api/v3/account": "account.status",
    "GET /api/v3/order": "order.status",
    "GET /api/v3/openOrders": "openOrders.status",
    "GET /api/v3/allOrders": "allOrders",
    "GET /api/v3/orderList": "orderList.status",
    "GET /api/v3/allOrderList": "allOrderLists",
    "GET /api/v3/openOrderList": "openOrderLists.status",
    "GET /api/v3/myTrades": "myTrades",
    "GET /api/v3/rateLimit/order": "account.rateLimits.orders",
    "GET /api/v3/myPreventedMatches": "myPreventedMatches",
    "GET /api/v3/myAllocations": "myAllocations",
    "GET /api/v3/account/commission": "account.commission",
    "GET /api/v3/order/amendments": "order.amendments",
    "GET /api/v3/myFilters": "myFilters",
}
"""Of an endpoint the method that answers the same. [D] web-socket-api.md."""
PUBLIC = frozenset(list(METHODS)[:19])


class Answered(NamedTuple):
    status: int
    content: Any


def sign(secret: str, payload: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class RestWire:
    def __init__(self, client: httpx.Client, apiKey: str, secret: str) -> None:
        self._client = client
        self._key = apiKey
        self._secret = secret

    def __call__(self, endpoint: str, params: dict[str, Any]) -> Answered:
        method, path = endpoint.split(" ")
        sent = {name: json.dumps(value) if isinstance(value, list) else value for name, value in params.items()}
        sent = {name: "true" if value is True else value for name, value in sent.items()}
        query = urlencode(sent)
        if endpoint not in PUBLIC:
            query = urlencode(sent | {"timestamp": now_ms()})
            query += f"&signature={sign(self._secret, query)}"
        reply = self._client.request(method, f"{path}?{query}", headers={"X-MBX-APIKEY": self._key})
        return Answered(reply.status_code, reply.json())


class WebSocketWire:
    def __init__(self, socket: ClientConnection, apiKey: str, secret: str) -> None:
        self._socket = socket
        self._key = apiKey
        self._secret = secret
        self._ids = itertools.count(1)

    def __call__(self, endpoint: str, params: dict[str, Any]) -> Answered:
        return self.ask(METHODS[endpoint], params, signed=endpoint not in PUBLIC)

    def ask(self, method: str, params: dict[str, Any], *, signed: bool) -> Answered:
        sent = params | ({"apiKey": self._key, "timestamp": now_ms()} if signed else {})
        if signed:
            payload = "&".join(f"{name}={_text(value)}" for name, value in sorted(sent.items()))
            sent["signature"] = sign(self._secret, payload)
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": sent}))
        while "id" not in (reply := json.loads(self._socket.recv(timeout=60))):
            pass  # an event of the account
        assert reply["id"] == number, reply
        assert isinstance(reply["rateLimits"], list)
        return Answered(reply["status"], reply["result"] if reply["status"] == 200 else reply["error"])


def _text(value: Any) -> str:
    return "true" if value is True else str(value)
