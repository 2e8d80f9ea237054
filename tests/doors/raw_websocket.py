"""WebSockets by hand: what a client library would never send."""

import asyncio
import base64
import os

from tests.doors.small_exchange import SmallExchange


def upgrade_head(path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: keep-alive, Upgrade",  # as Firefox says it
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def client_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A masked frame, as clients must send them; up to 125 bytes."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes((0x80 * final | opcode, 0x80 | len(payload))) + mask + masked


async def raw_connection(exchange: SmallExchange) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(exchange.gateway.host, exchange.gateway.port)


async def raw_upgrade(exchange: SmallExchange, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await raw_connection(exchange)
    writer.write(upgrade_head(path))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    return reader, writer
