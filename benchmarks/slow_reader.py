"""`slow_reader`: what a subscriber that stops reading costs those who do not, and when it is cut.

Two hundred listeners are timed for a while, alone and then beside one that listens to everything and takes nothing. It
may be as far behind as its connection's buffers and the gateway's bound for it; then it is dropped
(`gateway/websocket.py`, `SocketRules.backlog_bytes_max`).
"""

import asyncio
import select
import socket

from benchmarks.depth_listeners import SYMBOLS, Address, Listeners, change_books, exchange, open_socket
from benchmarks.report import Report, at_least, at_most, percentiles, report, rounded
from venus.engine.client import EngineClient
from venus.gateway.websocket import SocketRules

LISTENERS = 200
WARM_S, PHASE_S, PHASE_LONG_S = 2.0, 10.0, 40.0
SETTLE_S = 1.0
CUT_WITHIN_S = 30.0
LAG_P99_RATIO_MAX = 1.25
LAG_P99_SLACK_US = 2_000.0
_ADDRESS = "127.0.0.200"
_WATCHED = ("depth@100ms", "depth5@100ms", "depth10@100ms", "depth20@100ms", "trade", "bookTicker")


def measure(long: bool) -> Report:
    with exchange() as address:
        return asyncio.run(measured(address, PHASE_LONG_S if long else PHASE_S))


async def measured(address: Address, phase_s: float) -> Report:
    client = await EngineClient.connect(address.engine)
    loop = asyncio.get_running_loop()
    async with Listeners(address.port, LISTENERS) as listeners:
        await change_books(client, WARM_S)
        await asyncio.sleep(SETTLE_S)
        await listeners.heard()
        await change_books(client, phase_s)
        await asyncio.sleep(SETTLE_S)
        alone = await listeners.heard()
        stopped = stopped_reader(address.port)
        stopped_s = loop.time()
        cut = asyncio.ensure_future(asyncio.to_thread(cut_of, stopped, CUT_WITHIN_S))
        await change_books(client, phase_s)
        while not cut.done():
            await change_books(client, 1.0)
        cut_s = loop.time() - stopped_s
        await asyncio.sleep(SETTLE_S)
        beside = await listeners.heard()
    client.close()
    taken_bytes = drained_bytes(stopped)
    alone_lags = percentiles(alone.lags_ns.tolist(), "alone_lag")
    beside_lags = percentiles(beside.lags_ns.tolist(), "beside_lag")
    lag_max = alone_lags["alone_lag_p99_us"] * LAG_P99_RATIO_MAX + LAG_P99_SLACK_US
    return report(
        "slow_reader",
        {
            "listeners": LISTENERS,
            "backlog_bytes_max": SocketRules().backlog_bytes_max,
            "cut_after_s_at_most": rounded(cut_s),
            "bytes_it_was_sent_before": taken_bytes,
            "lost": alone.lost + beside.lost,
        }
        | alone_lags
        | beside_lags,
        [
            at_least("the reader that stopped was cut", float(cut.result()), 1),
            at_most("messages lost by others", alone.lost + beside.lost, 0),
            at_most("lag p99 in us beside it, alone x 1.25 + 2 ms", beside_lags["beside_lag_p99_us"], lag_max),
        ],
    )


def stopped_reader(port: int) -> socket.socket:
    """Listens to all symbols in many ways, and will not read."""
    names = "/".join(f"b{1 + symbol}quote@{stream}" for symbol in range(SYMBOLS) for stream in _WATCHED)
    return open_socket(port, f"/stream?streams={names}", _ADDRESS)[0]


def cut_of(connection: socket.socket, within_s: float) -> bool:
    """Whether the other side ends the connection within so many seconds; nothing is read."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLRDHUP)
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLRDHUP) for _, event in poll.poll(within_s * 1_000))


def drained_bytes(connection: socket.socket) -> int:
    """What had come to the connection's buffers when it was cut."""
    connection.setblocking(False)
    taken = 0
    try:
        while data := connection.recv(1 << 16):
            taken += len(data)
    except OSError:  # reset, or nothing more
        pass
    return taken
