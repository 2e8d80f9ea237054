"""A lean client of the REST door for load and crash tests: one kept-alive connection, signed requests, nothing else.

Real clients are tried in tests/doors; this one is for asking thousands of times, and for knowing exactly what was
answered when the server dies.
"""

import asyncio
import hmac
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Self, cast
from urllib.parse import urlencode, urlsplit

import msgspec

_RECV_WINDOW_MS = 60_000
_decoder = msgspec.json.Decoder()


class Reply(NamedTuple):
    status: int
    json: Any


class ConnectionEnded(Exception):
    """The server went away; what became of a request that was sent is unknown."""


class RestClient(asyncio.Protocol):
    """One account's connection, with at most one request on it at a time. Made by `connect`."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._key = keys["apiKey"]
        self._secret = keys["secret"].encode()
        self._received = b""
        self._answer: asyncio.Future[Reply] | None = None
        self.ended = False
        """The server, or close(), ended the connection: nothing can be asked on it any more."""
        self._transport: asyncio.Transport

    @classmethod
    async def connect(cls, rest: str, keys: Mapping[str, str]) -> Self:
        """Raises OSError if nobody listens there. rest: "http://HOST:PORT"; keys: apiKey and secret."""
        address = urlsplit(rest)
        loop = asyncio.get_running_loop()
        assert address.hostname is not None and address.port is not None, rest
        _, client = await loop.create_connection(lambda: cls(keys), address.hostname, address.port)
        return client

    async def ask(self, method: str, path: str, **params: object) -> Reply:
        """One signed request; raises ConnectionEnded if no whole answer came."""
        return await self._send(method, path, self._sign(urlencode(params)))

    async def ask_public(self, path: str, **params: object) -> Reply:
        return await self._send("GET", path, urlencode(params))

    def close(self) -> None:
        self._transport.close()

    def _sign(self, query: str) -> str:
        timestamp_ms = time.time_ns() // 1_000_000
        payload = f"{query}{'&' if query else ''}recvWindow={_RECV_WINDOW_MS}&timestamp={timestamp_ms}"
        return f"{payload}&signature={hmac.digest(self._secret, payload.encode(), 'sha256').hex()}"

    def _send(self, method: str, path: str, query: str) -> asyncio.Future[Reply]:
        assert self._answer is None or self._answer.done(), "one request at a time"
        self._answer = asyncio.get_running_loop().create_future()
        if self.ended:
            self._answer.set_exception(ConnectionEnded("not connected"))
            return self._answer
        self._transport.write(
            f"{method} /api/v3/{path}?{query} HTTP/1.1\r\n"
            f"Host: venus\r\nX-MBX-APIKEY: {self._key}\r\nContent-Length: 0\r\n\r\n".encode()
        )
        return self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionEnded("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._received = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Reply(int(head[9:12]), _decoder.decode(body)))
