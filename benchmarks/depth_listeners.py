"""An exchange whose books change all the time, and listeners to `@depth@100ms` in a process of their own.

A message is due at the end of the tenth of a second in which what it tells happened, and is late from then until it is
read. Its first update id follows the last one of the message before: whatever is lost is seen.
"""

import asyncio
import base64
import multiprocessing
import os
import select
import socket
import time
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.engine_run import folder
from benchmarks.venus_flow import FIRST_TRADER, cold_commands, deposits, frames
from benchmarks.ws_fanout import served
from venus.engine.client import EngineClient
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.commands import Command, CommandKind, OrderType, SelfTrade, Side
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.units import NS_PER_MS

SYMBOLS = 20
ACCOUNTS = 16
EVERY_S = 0.05
LISTENERS_AN_ADDRESS = 250  # a gateway takes 300 connections in five minutes from one address
_BEAT_NS = 100 * NS_PER_MS
_PRICES = 40


class Address(NamedTuple):
    engine: Path
    port: int


@contextmanager
def exchange() -> Iterator[Address]:
    """Engine and gateway, as `venus up` runs them, on SYMBOLS markets without orders."""
    with folder() as root, ExitStack() as stack:
        places = Places(root)
        time_ns = time.time_ns()
        with OfflineWriter(places) as writer:
            for command in cold_commands(SYMBOLS, ACCOUNTS):
                writer.cold(time_ns, command)
            for frame in frames(deposits(SYMBOLS, ACCOUNTS)):
                writer.hot(time_ns, frame.commands, frame.texts)
        Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key)).close()
        stack.enter_context(served("engine", "--data", str(root)))
        facts = stack.enter_context(served("gateway", "--data", str(root), "--host", "127.0.0.1", "--port", "0"))
        yield Address(places.socket, int(facts["rest"].rpartition(":")[2]))


async def change_books(client: EngineClient, duration_s: float) -> int:
    """A resting bid on every symbol, one frame each EVERY_S by the clock; how many frames."""
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    count = int(duration_s / EVERY_S)
    for number in range(count):
        await asyncio.sleep(started_s + number * EVERY_S - loop.time())
        await client.submit_linked([(_bid(symbol, number), "") for symbol in range(SYMBOLS)])
    return count


def _bid(symbol: int, number: int) -> Command:
    return Command(
        account=FIRST_TRADER + (number + symbol) % ACCOUNTS,
        subject=symbol,
        kind=CommandKind.ORDER,
        side=Side.BUY,
        type=OrderType.LIMIT,
        stp=SelfTrade.EXPIRE_TAKER,
        price_ticks=1 + number % _PRICES,
        quantity=1,
    )


def open_socket(port: int, path: str, address: str) -> tuple[socket.socket, bytes]:
    """A stream connection from a loopback address, and what came behind the answer to its upgrade."""
    connected = socket.socket()
    connected.bind((address, 0))
    connected.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    connected.sendall(head.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connected.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return connected, answer.partition(b"\r\n\r\n")[2]


class Heard(NamedTuple):
    """What all listeners read since they were asked last."""

    lags_ns: np.ndarray  # int64[n]
    lost: int  # messages that did not follow the one before
    silent: int  # listeners that read nothing
    cpu_s: float  # of the listeners' process, since it began


class Listeners:
    """Listeners in a process of their own; use as a context."""

    def __init__(self, port: int, count: int) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_listen, args=(port, count, theirs), daemon=True)

    async def __aenter__(self) -> "Listeners":
        self._process.start()
        await asyncio.to_thread(self._ours.recv)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ours.close()  # the listeners end with their pipe
        self._process.join(10)

    async def heard(self) -> Heard:
        self._ours.send(None)
        heard: Heard = await asyncio.to_thread(self._ours.recv)
        return heard


# The listeners' process


class _Listener:
    """One connection and what is left of a frame that has not come whole."""

    def __init__(self, number: int, port: int) -> None:
        path = f"/ws/b{1 + number % SYMBOLS}quote@depth@100ms"
        self.socket, self._rest = open_socket(port, path, f"127.0.0.{2 + number // LISTENERS_AN_ADDRESS}")
        self.socket.setblocking(False)
        self.messages = 0
        self.lost = 0
        self._last_id = 0

    def read(self, lags_ns: array) -> None:
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
                event_ns = _number(data, b'"E":', at) * NS_PER_MS
                first_id = _number(data, b'"U":', at)
                self.lost += self.messages > 0 and first_id != self._last_id + 1
                self._last_id = _number(data, b'"u":', at)
                self.messages += 1
                lags_ns.append(now_ns - (event_ns // _BEAT_NS + 1) * _BEAT_NS)
            at = end
        self._rest = data[at:]


def _number(data: bytes, name: bytes, at: int) -> int:
    start = data.index(name, at) + len(name)
    return int(data[start : data.index(b",", start)])


def _listen(port: int, count: int, pipe: Connection) -> None:
    """Connect all, say so, and then give what was heard each time that it is asked for, until the pipe ends."""
    listeners = {listener.socket.fileno(): listener for listener in (_Listener(i, port) for i in range(count))}
    poll = select.epoll()
    for descriptor in listeners:
        poll.register(descriptor, select.EPOLLIN)
    poll.register(pipe.fileno(), select.EPOLLIN)
    pipe.send(None)
    lags_ns = array("q")
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in listeners:
                listeners[descriptor].read(lags_ns)
                continue
            try:
                pipe.recv()
            except EOFError:
                return
            lost = sum(listener.lost for listener in listeners.values())
            silent = sum(not listener.messages for listener in listeners.values())
            pipe.send(Heard(np.array(lags_ns), lost, silent, time.process_time()))
            lags_ns = array("q")
            for listener in listeners.values():
                listener.messages, listener.lost = min(listener.messages, 1), 0
