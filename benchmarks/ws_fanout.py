"""`ws_fanout`: bookTicker to a thousand subscribers, from the stamp of the engine's frame to the subscriber's read.

The engine and the gateway run as `venus up` runs them, the subscribers in a process of their own, and this process
places the orders: each changes the best bid and so is one message to every subscriber. First at a steady pace, then as
fast as orders are acknowledged: more than can be written, so that a subscriber is told only the last of each round.
All the while one client pings the REST door, to show that whoever trades does not wait for whoever listens.
"""

import asyncio
import base64
import json
import multiprocessing
import os
import select
import socket
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.engine_run import folder
from benchmarks.report import Bound, Report, at_most, percentiles, report, rounded
from venus.engine.client import EngineClient
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.commands import Command, CommandKind, OrderType, SelfTrade, Side
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.sandbox import deposits, genesis
from venus.testing.sandbox_market import ASSETS, FIRST_PERSON, LISTINGS, TRADERS
from venus.units import NS_PER_S
from venus.views.market_questions import TOP, Publication

SUBSCRIBERS = 1_000
SUBSCRIBERS_AN_ADDRESS = 250  # a gateway takes 300 connections in five minutes from one address
PACED_A_SECOND = 50
IN_FLIGHT = 8
PHASE_S, PHASE_LONG_S = 5.0, 30.0
SETTLE_S = 1.0
PING_REST_S = 0.02
LAG_P99_MS_MAX = 50.0
_ORDERS_MAX = 1_000_000
_BID_TICKS, _ASK_TICKS, _LOTS = 6_000_000, 6_000_100, 100
_STREAM = "/ws/btcusdt@bookTicker"


class Heard(NamedTuple):
    """What all subscribers read in one phase: update ids and the times of the reads, in the order of the reads."""

    update_ids: np.ndarray  # int64[n]
    read_ns: np.ndarray  # int64[n]
    last_update_ids: list[int]  # of each subscriber


def measure(long: bool) -> Report:
    phase_s = PHASE_LONG_S if long else PHASE_S
    with folder() as root:
        prepare(Places(root))
        with ExitStack() as stack:
            stack.enter_context(served("engine", "--data", str(root)))
            facts = stack.enter_context(served("gateway", "--data", str(root), "--host", "127.0.0.1", "--port", "0"))
            port = int(facts["rest"].rpartition(":")[2])
            return asyncio.run(play(Places(root).socket, port, phase_s))


def prepare(places: Places) -> None:
    """An exchange with markets and money and no orders."""
    with OfflineWriter(places) as writer:
        now_ns = time.time_ns()
        for command in genesis(ASSETS, LISTINGS, TRADERS, _ORDERS_MAX):
            writer.cold(now_ns, command)
        writer.hot(now_ns, *deposits(TRADERS, {}))
    Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key)).close()


@contextmanager
def served(module: str, *arguments: str) -> Iterator[dict[str, str]]:
    """A process of the exchange, from when it serves; it ends when its stdin does. Yields what it said of itself."""
    command = [sys.executable, "-m", f"venus.cli.processes.{module}", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for line in process.stdout:
                facts = json.loads(line)
                if "ready" in facts:
                    assert facts["ready"], facts
                    yield facts
                    break
        finally:
            process.stdin.close()


async def play(engine_socket: Path, port: int, phase_s: float) -> Report:
    client = await EngineClient.connect(engine_socket)
    stamps_ns: dict[int, int] = {}

    def note(publication: Publication) -> None:
        for update_id in np.frombuffer(publication.tops, TOP)["update_id"].tolist():
            stamps_ns[update_id] = publication.time_ns

    client.on_publication = note
    await client.submit(limit(Side.SELL, _ASK_TICKS))
    figures: dict[str, object] = {"subscribers": SUBSCRIBERS}
    bounds: list[Bound] = []
    ours, theirs = multiprocessing.Pipe()
    subscribers = multiprocessing.get_context("spawn").Process(target=subscribe, args=(port, theirs), daemon=True)
    subscribers.start()
    try:
        await said(ours)
        for name, phase in (("paced", paced), ("flood", flooded)):
            stamps_ns.clear()
            started_ns = time.time_ns()
            orders, pings_ns = await asyncio.gather(phase(client, phase_s), pinged(port, phase_s))
            elapsed_s = (time.time_ns() - started_ns) / NS_PER_S
            await asyncio.sleep(SETTLE_S)
            ours.send(name)
            heard: Heard = await said(ours)
            lags_ns = heard.read_ns - np.array([stamps_ns[update_id] for update_id in heard.update_ids.tolist()])
            figures |= {
                f"{name}_orders_a_second": rounded(orders / elapsed_s),
                f"{name}_messages_a_second": rounded(len(lags_ns) / elapsed_s),
                **percentiles(lags_ns.tolist(), f"{name}_lag"),
                **percentiles(pings_ns, f"{name}_ping"),
            }
            late = sum(last != max(stamps_ns) for last in heard.last_update_ids)
            bounds.append(at_most(f"subscribers without the last {name} state", late, 0))
        bounds.append(at_most("paced lag p99 in us", float(str(figures["paced_lag_p99_us"])), LAG_P99_MS_MAX * 1_000))
    finally:
        ours.close()  # the subscribers end with their pipe
        subscribers.join(10)
        client.close()
    return report("ws_fanout", figures, bounds)


async def said(pipe: Connection) -> Heard:
    return await asyncio.to_thread(pipe.recv)


def limit(side: Side, price_ticks: int) -> Command:
    return Command(
        account=FIRST_PERSON,
        kind=CommandKind.ORDER,
        side=side,
        type=OrderType.LIMIT,
        stp=SelfTrade.EXPIRE_MAKER,
        price_ticks=price_ticks,
        quantity=_LOTS,
    )


async def paced(client: EngineClient, phase_s: float) -> int:
    """Orders at fixed times, whatever becomes of those before; how many were placed."""
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    count = int(phase_s * PACED_A_SECOND)
    for number in range(count):
        await asyncio.sleep(started_s + number / PACED_A_SECOND - loop.time())
        await client.submit(limit(Side.BUY, _BID_TICKS))
    return count


async def flooded(client: EngineClient, phase_s: float) -> int:
    """IN_FLIGHT orders always under way; how many were placed."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + phase_s
    placed = 0

    async def one_after_the_other() -> None:
        nonlocal placed
        while loop.time() < deadline_s:
            await client.submit(limit(Side.BUY, _BID_TICKS))
            placed += 1

    await asyncio.gather(*(one_after_the_other() for _ in range(IN_FLIGHT)))
    return placed


async def pinged(port: int, phase_s: float) -> list[int]:
    """How long each of the pings took that were sent one after the other, a rest between them; in ns."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + phase_s
    latencies_ns = []
    while loop.time() < deadline_s:
        sent_ns = time.perf_counter_ns()
        writer.write(b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"{}")
        latencies_ns.append(time.perf_counter_ns() - sent_ns)
        await asyncio.sleep(PING_REST_S)
    writer.close()
    return latencies_ns


# The subscribers' process


class Subscriber:
    """One connection and what is left of a frame that has not come whole."""

    def __init__(self, number: int, port: int) -> None:
        self.last_update_id = 0
        self._rest = b""
        self.socket = socket.socket()
        self.socket.bind((f"127.0.0.{2 + number // SUBSCRIBERS_AN_ADDRESS}", 0))
        self.socket.connect(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {_STREAM} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        self.socket.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        self._rest = answer.partition(b"\r\n\r\n")[2]
        self.socket.setblocking(False)

    def read(self, update_ids: array, read_ns: array) -> None:
        """Read what is there; note each message's update id and the time."""
        data = self._rest + self.socket.recv(1 << 16)
        now_ns = time.time_ns()
        at = 0
        while len(data) - at >= 2:
            size, head = data[at + 1], 2
            if size == 126:
                size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            end = at + head + size
            if end > len(data):
                break
            if data[at] == 0x81:  # text; anything else is a ping, and the run ends before an answer is due
                self.last_update_id = int(data[at + head + 5 : data.index(b",", at + head)])
                update_ids.append(self.last_update_id)
                read_ns.append(now_ns)
            at = end
        self._rest = data[at:]


def subscribe(port: int, pipe: Connection) -> None:
    """Connect all, say so, and then give what was heard each time that it is asked for, until the pipe ends."""
    subscribers = {
        subscriber.socket.fileno(): subscriber for subscriber in (Subscriber(i, port) for i in range(SUBSCRIBERS))
    }
    poll = select.epoll()
    for descriptor in subscribers:
        poll.register(descriptor, select.EPOLLIN)
    poll.register(pipe.fileno(), select.EPOLLIN)
    pipe.send(None)
    update_ids, read_ns = array("q"), array("q")
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in subscribers:
                subscribers[descriptor].read(update_ids, read_ns)
                continue
            try:
                pipe.recv()
            except EOFError:
                return
            last = [subscriber.last_update_id for subscriber in subscribers.values()]
            pipe.send(Heard(np.array(update_ids), np.array(read_ns), last))
            update_ids, read_ns = array("q"), array("q")
