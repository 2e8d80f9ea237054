"""A client of the WebSocket API that hides nothing: signed by hand, answers by id, events as they came."""

import asyncio
import base64
import contextlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.asyncio.client import ClientConnection, connect

from tests.doors.small_exchange import SmallExchange
from venus.registry.credentials import KeyKind, Permission

PATIENCE_S = 60
ALL = Permission.USER_DATA | Permission.TRADE | Permission.USER_STREAM
Secret = bytes | Ed25519PrivateKey | RSAPrivateKey


class ApiKey(NamedTuple):
    key: str
    secret: Secret

    def sign(self, payload: str) -> str:
        data = payload.encode()
        match self.secret:
            case bytes() as secret:
                return hmac.digest(secret, data, "sha256").hex()
            case Ed25519PrivateKey() as private:
                return base64.b64encode(private.sign(data)).decode()
            case RSAPrivateKey() as private_rsa:
                return base64.b64encode(private_rsa.sign(data, PKCS1v15(), SHA256())).decode()


def new_key(exchange: SmallExchange, account: int, private: Secret = b"", permissions: Permission = ALL) -> ApiKey:
    """A key of an account: HMAC, or of the private key given."""
    registry = exchange.gateway.registry
    if account not in {facts.number for facts in registry.accounts()}:
        registry.add_account(account, f"trader {account}")
    if isinstance(private, bytes):
        made = registry.add_api_key(account, permissions=permissions)
        return ApiKey(made.key, made.secret.encode())
    kind = KeyKind.ED25519 if isinstance(private, Ed25519PrivateKey) else KeyKind.RSA
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return ApiKey(registry.add_api_key(account, kind=kind, public_pem=pem, permissions=permissions).key, private)


class WsClient:
    """One connection. Answers are waited for by id; whatever else comes is in `events`, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Any] = []
        self._next_id = 0

    async def ask(self, method: str, **params: Any) -> Any:
        """The whole answer to a request."""
        self._next_id += 1
        request: dict[str, Any] = {"id": self._next_id, "method": method}
        if params:
            request["params"] = params
        await self.socket.send(json.dumps(request))
        while True:
            message = await self._next()
            if "id" in message and message["id"] == self._next_id:
                return message
            self.events.append(message)

    async def result(self, method: str, **params: Any) -> Any:
        answer = await self.ask(method, **params)
        assert answer["status"] == 200, answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> tuple[int, int, str]:
        """Status, code and message of a refusal."""
        answer = await self.ask(method, **params)
        assert "result" not in answer, answer
        return answer["status"], answer["error"]["code"], answer["error"]["msg"]

    async def log_on(self, key: ApiKey) -> Any:
        return await self.result("session.logon", **signed(key))

    async def messages(self, count: int) -> list[Any]:
        """The next so many events as they came, those heard already first."""
        while len(self.events) < count:
            self.events.append(await self._next())
        heard, self.events = self.events[:count], self.events[count:]
        return heard

    async def hear(self, count: int) -> list[Any]:
        """The same, bare."""
        return [message["event"] for message in await self.messages(count)]

    async def _next(self) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return json.loads(await self.socket.recv())


def signed(key: ApiKey, **params: Any) -> dict[str, Any]:
    """Parameters with what signs them."""
    full = {**params, "apiKey": key.key, "timestamp": now_ms()}
    payload = "&".join(f"{name}={_text(full[name])}" for name in sorted(full))
    return {**full, "signature": key.sign(payload)}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextlib.asynccontextmanager
async def ws_client(exchange: SmallExchange, query: str = "") -> AsyncIterator[WsClient]:
    async with connect(f"{exchange.ws}/ws-api/v3{query}") as socket:
        yield WsClient(socket)
