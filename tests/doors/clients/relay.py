"""A wire between clients and the exchange that can be cut: bytes go through as they are, until somebody asks.

Serves on two free ports of loopback: one for the bytes, one for `POST /cut`.
"""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Self

CHUNK_BYTES = 64 * 1024
LINGER_NONE = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # struct linger {1, 0}: the end is a reset


class Relay:
    """Runs in a thread of its own, as a context; `address` and `control` are host:port and an URL."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = host, int(port)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay")
        self.address = self.control = ""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        for writer in list(self._open):
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
            writer.transport.abort()

    async def _serve(self) -> None:
        self._servers = [
            await asyncio.start_server(self._pass, "127.0.0.1", 0),
            await asyncio.start_server(self._obey, "127.0.0.1", 0),
        ]
        ports = [server.sockets[0].getsockname()[1] for server in self._servers]
        self.address, self.control = f"127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        self.cut()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.wait(tasks, timeout=5) if tasks else None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._open |= {writer, there_writer}
        try:
            await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
        finally:
            self._open -= {writer, there_writer}
            writer.close()
            there_writer.close()

    async def _obey(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        known = head.startswith(b"POST /cut ")
        if known:
            self.cut()
        writer.write(b"HTTP/1.1 %d -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (200 if known else 404))
        await writer.drain()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one end is gone; the end of one direction is passed on."""
    try:
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()
