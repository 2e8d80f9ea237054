"""The bytes of a WebSocket: heads in pieces, frames behind them, broken frames, and upgrades that are none."""

import asyncio

import pytest

from tests.doors.raw_websocket import client_frame, raw_connection, raw_upgrade, upgrade_head
from tests.doors.small_exchange import SmallExchange, play
from venus.gateway.binance.streams.session import StreamRules
from venus.gateway.websocket import SocketRules

PATIENCE_S = 60
LIST = b'{"method":"LIST_SUBSCRIPTIONS","id":7}'
LISTED = b'\x81\x14{"result":[],"id":7}'


def test_a_head_in_pieces_after_a_request_becomes_a_websocket() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_connection(exchange)
        writer.write(b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200")
        head = upgrade_head("/ws")
        for at in range(0, len(head), 11):
            writer.write(head[at : at + 11])
            await asyncio.sleep(0.001)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.write(client_frame(1, LIST))
        assert await reader.readexactly(len(LISTED)) == LISTED
        writer.write(client_frame(8, (1000).to_bytes(2, "big") + b"bye"))
        assert await reader.read() == b"\x88\x02\x03\xe8"
        writer.close()

    play(scenario)


def test_frames_behind_the_head_and_messages_in_parts_are_heard() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_connection(exchange)
        parts = client_frame(1, LIST[:5], final=False) + client_frame(9, b"?") + client_frame(0, LIST[5:])
        writer.write(upgrade_head("/ws") + client_frame(1, LIST) + parts)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(LISTED)) == LISTED
        assert await reader.readexactly(3) == b"\x8a\x01?"
        assert await reader.readexactly(len(LISTED)) == LISTED
        writer.close()

    play(scenario, StreamRules(SocketRules(messages_1s_max=10)))


@pytest.mark.parametrize(
    ("what", "data", "code"),
    [
        ("a frame without a mask", b"\x81\x01a", 1002),
        ("a reserved bit", bytes([client_frame(1, b"a")[0] | 0x40]) + client_frame(1, b"a")[1:], 1002),
        ("a continuation of nothing", client_frame(0, b"a"), 1002),
        ("a message within a message", client_frame(1, b"a", final=False) + client_frame(1, b"a"), 1002),
        (
            "a message without an end",
            client_frame(1, b"a" * 120, final=False) + 9 * client_frame(0, b"a" * 120, final=False),
            1009,
        ),
    ],
    ids=lambda one: "frames" if isinstance(one, bytes) else None,  # a mask is drawn anew in every process
)
def test_broken_frames_end_the_connection(what: str, data: bytes, code: int) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_upgrade(exchange, "/ws/btcusdt@trade")
        writer.write(data)
        async with asyncio.timeout(PATIENCE_S):
            goodbye = await reader.read()
        assert goodbye[0] == 0x88, what
        assert int.from_bytes(goodbye[2:4], "big") == code, what
        assert exchange.gateway.streams.sessions_count == 0
        writer.close()

    play(scenario, StreamRules(SocketRules(messages_1s_max=50, message_bytes_max=1_000, farewell_s=0.2)))


def test_an_upgrade_before_earlier_answers_is_refused() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_connection(exchange)
        writer.write(b"GET /api/v3/ping HTTP/1.1\r\nHost: localhost\r\n\r\n" + upgrade_head("/ws"))
        async with asyncio.timeout(PATIENCE_S):
            assert b"400 Bad Request" in await reader.read()
        assert exchange.gateway.streams.sessions_count == 0
        writer.close()

    play(scenario)


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("another version", b"Version: 13", b"Version: 8"),
        ("another method", b"GET", b"POST"),
        ("no key", b"Sec-WebSocket-Key: ", b"X-Key: "),
        ("a key that is none", b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: x"),
    ],
)
def test_what_is_no_upgrade_is_refused(what: str, old: bytes, new: bytes) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_connection(exchange)
        writer.write(upgrade_head("/ws").replace(old, new, 1))
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read()).startswith(b"HTTP/1.1 400"), what
        assert exchange.gateway.streams.sessions_count == 0
        writer.close()

    play(scenario)
