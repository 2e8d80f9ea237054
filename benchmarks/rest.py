"""`rest`: signed orders over HTTP until they are durable, beside signed requests that do nothing at the same server.

Engine and gateway are the real processes with everything on; the client is this process and shares their cores.
Latency is open-loop: requests leave by the clock at half the measured rate, and are timed from when they were due, so
that a stall is charged to everyone who had to wait for it. A percentile is the median of its rounds, the greatest that
of all.
"""

import asyncio
import hmac
import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import uvloop

from benchmarks.engine_run import folder
from benchmarks.report import Report, at_least, at_most, median, percentiles, ratio, report
from benchmarks.venus_flow import FIRST_TRADER, FRAME_STEP_NS, cold_commands, deposits, frames
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey

TRADERS = 16
CONNECTIONS = 32
REQUESTS, REQUESTS_LONG = 6_000, 30_000
ROUNDS, ROUNDS_LONG = 3, 11
LOAD = 0.5
LATENCY_ROUNDS, LATENCY_ROUNDS_LONG = 7, 21
RATIO_MIN = 0.6
P99_MS_MAX = 5.0
OK = b"HTTP/1.1 200 "
PROCESSES = "venus.cli.processes"


class Keys(NamedTuple):
    key: str
    secret: str


class Server(NamedTuple):
    host: str
    port: int
    traders: list[Keys]


def measure(long: bool) -> Report:
    with folder() as root, running(Places(root)) as server:
        results, rounds_ns = uvloop.run(measured(server, long))
    share = ratio(results, "order", "nothing")
    of_rounds = [percentiles(latencies_ns, "order_at_half_load") for latencies_ns in rounds_ns]
    latencies_us = {
        name: (max if name.endswith("max_us") else median)([one[name] for one in of_rounds]) for name in of_rounds[0]
    }
    return report(
        "rest",
        {f"{name}_requests_per_s": median(rates) for name, rates in results.items()}
        | {"order_over_nothing": share, "connections": CONNECTIONS, "load": LOAD}
        | latencies_us,
        [
            at_least("order to durable acknowledgement / signed request that does nothing", share, RATIO_MIN),
            at_most("p99 at half load, ms", latencies_us["order_at_half_load_p99_us"] / 1_000, P99_MS_MAX),
        ],
    )


async def measured(server: Server, long: bool) -> tuple[dict[str, list[float]], list[list[int]]]:
    """Rates by kind, and the orders' latencies in ns, round by round."""
    count = REQUESTS_LONG if long else REQUESTS
    connections, trouble = await connect(server)
    kinds = {"order": orders, "nothing": nothings}
    for requests in kinds.values():
        await closed_loop(connections, requests(server, CONNECTIONS * 10), trouble)
    results: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(ROUNDS_LONG if long else ROUNDS):
        for name in sorted(kinds, reverse=number % 2 == 1):
            results[name].append(await closed_loop(connections, kinds[name](server, count), trouble))
    rate = median(results["order"]) * LOAD
    rounds_ns = [
        await open_loop(connections, orders(server, count), rate, trouble)
        for _ in range(LATENCY_ROUNDS_LONG if long else LATENCY_ROUNDS)
    ]
    trouble.cancel()
    for connection in connections:
        connection.transport.close()
    return results, rounds_ns


def orders(server: Server, count: int) -> list[bytes]:
    """Limit orders at one price, bids and asks in turn: each second one trades with the one before."""
    sides = cycle(("BUY", "SELL"))
    text = "symbol=B1QUOTE&side={}&type=LIMIT&timeInForce=GTC&quantity=1&price=0.01000000"
    return [
        signed("POST", "order", text.format(side), keys)
        for side, keys, _ in zip(sides, cycle(server.traders), range(count), strict=False)
    ]


def nothings(server: Server, count: int) -> list[bytes]:
    """Signed, authenticated, answered from the gateway's own memory; the engine is not asked."""
    keys = cycle(server.traders)
    return [signed("GET", "rateLimit/order", "", next(keys)) for _ in range(count)]


def signed(method: str, path: str, query: str, keys: Keys) -> bytes:
    payload = f"{query}{'&' if query else ''}recvWindow=60000&timestamp={time.time_ns() // 1_000_000}"
    signature = hmac.digest(keys.secret.encode(), payload.encode(), "sha256").hex()
    return (
        f"{method} {path if path.startswith('/') else f'/api/v3/{path}'}?{payload}&signature={signature} HTTP/1.1\r\n"
        f"Host: venus\r\nX-MBX-APIKEY: {keys.key}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


class Connection(asyncio.Protocol):
    """One kept-alive connection with at most one request on it; `trouble` ends the run, whatever waits for it."""

    def __init__(self, trouble: asyncio.Future[None]) -> None:
        self.transport: asyncio.Transport
        self._trouble = trouble
        self._received = b""
        self._answered: Callable[[], None] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("the server closed a connection")

    def _fail(self, why: str) -> None:
        if not self._trouble.done():
            self._trouble.set_exception(RuntimeError(why))

    def send(self, request: bytes, answered: Callable[[], None]) -> None:
        self._answered = answered
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        if not head.startswith(OK):
            self._fail(f"the server refused: {self._received.decode(errors='replace')}")
            return
        self._received = b""
        self._answered()


async def connect(server: Server) -> tuple[list[Connection], asyncio.Future[None]]:
    """CONNECTIONS of them, and the future that any trouble on one of them ends."""
    loop = asyncio.get_running_loop()
    trouble: asyncio.Future[None] = loop.create_future()
    connections = []
    for _ in range(CONNECTIONS):
        _, connection = await loop.create_connection(lambda: Connection(trouble), server.host, server.port)
        connections.append(connection)
    return connections, trouble


async def closed_loop(connections: list[Connection], requests: list[bytes], trouble: asyncio.Future[None]) -> float:
    """Requests per second when each connection asks again as soon as it has its answer."""
    finished = asyncio.get_running_loop().create_future()
    waiting = iter(requests)
    open_count = len(connections)

    def next_on(connection: Connection) -> None:
        nonlocal open_count
        if (request := next(waiting, None)) is not None:
            connection.send(request, lambda: next_on(connection))
            return
        open_count -= 1
        if not open_count:
            finished.set_result(None)

    started_s = time.perf_counter()
    for connection in connections:
        next_on(connection)
    await first_of(finished, trouble)
    return len(requests) / (time.perf_counter() - started_s)


async def first_of(finished: asyncio.Future[None], trouble: asyncio.Future[None]) -> None:
    """Until the one is done; raises what the other holds."""
    await asyncio.wait([finished, trouble], return_when=asyncio.FIRST_COMPLETED)
    if trouble.done():
        trouble.result()


async def open_loop(
    connections: list[Connection], requests: list[bytes], rate: float, trouble: asyncio.Future[None]
) -> list[int]:
    """Latency in ns of each request from the moment at which it was due; one that finds no free connection waits."""
    free = list(connections)
    due = deque[tuple[int, bytes]]()
    latencies_ns: list[int] = []
    finished = asyncio.get_running_loop().create_future()
    started_ns = time.perf_counter_ns()

    def send() -> None:
        while free and due:
            due_ns, request = due.popleft()
            connection = free.pop()
            connection.send(request, partial(answered, connection, due_ns))

    def answered(connection: Connection, due_ns: int) -> None:
        latencies_ns.append(time.perf_counter_ns() - due_ns)
        free.append(connection)
        send()
        if len(latencies_ns) == len(requests):
            finished.set_result(None)

    for number, request in enumerate(requests):
        due_ns = started_ns + int(number * 1e9 / rate)
        if (early_ns := due_ns - time.perf_counter_ns()) > 0:
            await asyncio.sleep(early_ns / 1e9)
        due.append((due_ns, request))
        send()
    await first_of(finished, trouble)
    return latencies_ns


@contextmanager
def running(places: Places, prepared: Callable[[Places], list[Keys]] | None = None) -> Iterator[Server]:
    """An engine and a gateway on a small exchange, and its traders' keys; both are ended, whatever happens."""
    traders = (prepared or prepare)(places)
    start = [sys.executable, "-P", "-m"]
    data = ["--data", str(places.root)]
    door = ["--host", "127.0.0.1", "--port", "0", "--limits", "open"]  # limits would be all that is measured
    commands = [[*start, f"{PROCESSES}.engine", *data], [*start, f"{PROCESSES}.gateway", *data, *door]]
    processes: list[subprocess.Popen[str]] = []
    try:
        ready = {}
        for command in commands:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            processes.append(process)
            ready = until_ready(process)
        address = urlsplit(ready["rest"])
        assert address.hostname is not None
        assert address.port is not None
        yield Server(address.hostname, address.port, traders)
    finally:
        for process in reversed(processes):
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


def until_ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """What a process says when it serves; it tells its progress before that."""
    assert process.stdout is not None
    for line in process.stdout:
        facts: dict[str, str] = json.loads(line)
        if facts.get("ready"):
            return facts
    raise RuntimeError(f"{process.args!r} ended with {process.wait()} before it served")


def prepare(places: Places) -> list[Keys]:
    """Journal everything that the orders name, and give every trader a key."""
    time_ns = time.time_ns() - 10**12
    with OfflineWriter(places) as writer:
        for command in cold_commands(symbols=1, accounts=TRADERS):
            writer.cold(time_ns, command)
        for frame in frames(deposits(symbols=1, accounts=TRADERS)):
            time_ns += FRAME_STEP_NS
            writer.hot(time_ns, frame.commands, frame.texts)
    places.master_key.parent.mkdir(exist_ok=True)
    registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
    try:
        keys = []
        for account in range(FIRST_TRADER, FIRST_TRADER + TRADERS):
            registry.add_account(account, f"trader {account}")
            made = registry.add_api_key(account)
            keys.append(Keys(made.key, made.secret))
        return keys
    finally:
        registry.close()
