"""`ws_api`: orders on the WebSocket API until they are durable, beside `ping` on the same connections.

Engine and gateway are the real processes with everything on; the client is this process and shares their cores. Every
connection is logged on and has IN_FLIGHT requests on their way; an answer makes room for the next request.
"""

import asyncio
import hmac
import os
import time
from collections.abc import Iterator
from itertools import cycle, islice
from typing import cast

import uvloop

from benchmarks.engine_run import folder
from benchmarks.report import Report, at_least, median, ratio, report
from benchmarks.rest import Keys, Server, first_of, running
from venus.engine.places import Places

CONNECTIONS = 16
IN_FLIGHT = 32
REQUESTS, REQUESTS_LONG = 40_000, 200_000
ROUNDS, ROUNDS_LONG = 3, 11
ORDERS_PER_S_MIN = 40_000
_SMALL = 126
_TEXT = 0x81
_PING = 0x89


def measure(long: bool) -> Report:
    with folder() as root, running(Places(root)) as server:
        results = uvloop.run(measured(server, long))
    orders_per_s = median(results["order"])
    return report(
        "ws_api",
        {f"{name}_requests_per_s": median(rates) for name, rates in results.items()}
        | {"order_over_ping": ratio(results, "order", "ping"), "connections": CONNECTIONS, "in_flight": IN_FLIGHT},
        [at_least("orders per second to durable acknowledgement", orders_per_s, ORDERS_PER_S_MIN)],
    )


async def measured(server: Server, long: bool) -> dict[str, list[float]]:
    """Requests per second by kind."""
    count = (REQUESTS_LONG if long else REQUESTS) // CONNECTIONS
    trouble: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    connections = [await connect(server, keys, trouble) for keys in islice(cycle(server.traders), CONNECTIONS)]
    kinds = {"order": orders, "ping": pings}
    for requests in kinds.values():
        await closed_loop(connections, [list(requests(count // 10)) for _ in connections], trouble)
    results: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(ROUNDS_LONG if long else ROUNDS):
        for name in sorted(kinds, reverse=number % 2 == 1):
            made = [list(kinds[name](count)) for _ in connections]
            results[name].append(await closed_loop(connections, made, trouble))
    trouble.cancel()
    for connection in connections:
        connection.transport.close()
    return results


def orders(count: int) -> Iterator[bytes]:
    """Limit orders at one price, bids and asks in turn: each second one trades with one before."""
    sides = cycle(("BUY", "SELL"))
    timestamp = time.time_ns() // 1_000_000
    for number in range(count):
        yield frame(
            f'{{"id":{number},"method":"order.place","params":{{"symbol":"B1QUOTE","side":"{next(sides)}","type":"LIMIT",'
            f'"timeInForce":"GTC","quantity":"1","price":"0.01000000","recvWindow":60000,"timestamp":{timestamp}}}}}'
        )


def pings(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield frame(f'{{"id":{number},"method":"ping"}}')


def frame(text: str) -> bytes:
    """A client's text frame. Its mask is zero, which is a mask like any other and costs the client nothing."""
    payload = text.encode()
    size = len(payload)
    length = bytes((0x80 | size,)) if size < _SMALL else bytes((0x80 | _SMALL,)) + size.to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + payload


class Connection(asyncio.Protocol):
    """One connection, its requests, and how many are on their way; `trouble` ends the run, whatever waits for it."""

    def __init__(self, trouble: asyncio.Future[None]) -> None:
        self.transport: asyncio.Transport
        self._trouble = trouble
        self._rest = b""
        self._requests: list[bytes] = []
        self._sent_count = self._answered_count = 0
        self.finished: asyncio.Future[None]
        self.upgraded = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("the server closed a connection")

    def run(self, requests: list[bytes]) -> asyncio.Future[None]:
        """Send them all, IN_FLIGHT at a time; until all are answered."""
        self._requests = requests
        self._sent_count = self._answered_count = 0
        self.finished = asyncio.get_running_loop().create_future()
        self._send(IN_FLIGHT)
        return self.finished

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        if not self.upgraded.done():
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self._rest = head
                return
            self.upgraded.set_result(head)
        at = answers = 0
        while (stop := end_of_frame(data, at)) is not None:
            if data[at] == _TEXT:
                answers += 1
            elif data[at] == _PING:  # its payload is short
                self.transport.write(b"\x8a" + bytes((0x80 | data[at + 1],)) + bytes(4) + data[at + 2 : stop])
            at = stop
        if data.count(b'"status":200', 0, at) != answers:
            self._fail(f"the server refused: {data[:at].decode(errors='replace')}")
            return
        self._rest = data[at:]
        if answers:
            self._answered_count += answers
            self._send(answers)
            if self._answered_count == len(self._requests):
                self.finished.set_result(None)

    def _send(self, count: int) -> None:
        start = self._sent_count
        self._sent_count = min(start + count, len(self._requests))
        if self._sent_count > start:
            self.transport.write(b"".join(self._requests[start : self._sent_count]))

    def _fail(self, why: str) -> None:
        if not self._trouble.done():
            self._trouble.set_exception(RuntimeError(why))


def end_of_frame(data: bytes, at: int) -> int | None:
    """Where the frame that begins at `at` ends; None if it is not whole. A server masks nothing."""
    if len(data) < at + 2:
        return None
    size, head = data[at + 1], 2
    if size == _SMALL:
        size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
    stop = at + head + size
    return stop if stop <= len(data) else None


async def connect(server: Server, keys: Keys, trouble: asyncio.Future[None]) -> Connection:
    """A connection that is logged on."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(trouble), server.host, server.port)
    key = os.urandom(8).hex() + "AAAAAA=="
    connection.transport.write(
        f"GET /ws-api/v3 HTTP/1.1\r\nHost: venus\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = await connection.upgraded
    assert head.startswith(b"HTTP/1.1 101"), head
    timestamp = time.time_ns() // 1_000_000
    payload = f"apiKey={keys.key}&timestamp={timestamp}"
    signature = hmac.digest(keys.secret.encode(), payload.encode(), "sha256").hex()
    logon = (
        f'{{"id":0,"method":"session.logon","params":{{"apiKey":"{keys.key}","timestamp":{timestamp},'
        f'"signature":"{signature}"}}}}'
    )
    await first_of(connection.run([frame(logon)]), trouble)
    return connection


async def all_of(futures: list[asyncio.Future[None]]) -> None:
    await asyncio.gather(*futures)


async def closed_loop(
    connections: list[Connection], requests: list[list[bytes]], trouble: asyncio.Future[None]
) -> float:
    """Requests per second, all connections together."""
    started_s = time.perf_counter()
    finished = [connection.run(made) for connection, made in zip(connections, requests, strict=True)]
    await first_of(asyncio.ensure_future(all_of(finished)), trouble)
    return sum(map(len, requests)) / (time.perf_counter() - started_s)
