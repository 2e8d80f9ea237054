"""Frames for many listeners, written a little at a time, so that a thousand of them never keep an order waiting.

A write to one peer costs some 4 us, nearly all of it in the kernel: a message to a thousand is 4 ms in which the event
loop would do nothing else. The outbox writes for SLICE_S, lets the loop turn, and goes on. Whoever fills it waits until
it is empty, and gathers meanwhile: so the load decides how much goes into one round, and memory stays bounded.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol

import structlog

_log = structlog.get_logger("outbox")

SLICE_S = 0.001
_WRITES_BETWEEN_LOOKS = 32  # at the clock


class Writable(Protocol):
    write: Callable[[bytes], None]


class Outbox:
    """First in, first out. `on_empty` is called each time that the last frame has been written."""

    def __init__(self, on_empty: Callable[[], None]) -> None:
        self._on_empty = on_empty
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[tuple[Iterator[Writable], bytes]] = deque()
        self._scheduled = False
        self._emptied = asyncio.Event()
        self._emptied.set()

    @property
    def is_empty(self) -> bool:
        return not self._jobs

    def put(self, listeners: Iterable[Writable], frame: bytes) -> None:
        """Write `frame` to all who listen now; it is on its way within this turn of the loop and the next."""
        self._jobs.append((iter(list(listeners)), frame))
        self._emptied.clear()
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._write_a_slice)

    async def emptied(self) -> None:
        await self._emptied.wait()

    def _write_a_slice(self) -> None:
        deadline_s = time.monotonic() + SLICE_S
        while self._jobs:
            listeners, frame = self._jobs[0]
            written = 0
            for listener in islice(listeners, _WRITES_BETWEEN_LOOKS):
                written += 1
                try:
                    listener.write(frame)
                except Exception:  # noqa: BLE001  logged; one broken connection must not silence all others
                    _log.exception("a write failed")
            if written < _WRITES_BETWEEN_LOOKS:
                self._jobs.popleft()
            if self._jobs and time.monotonic() >= deadline_s:
                self._loop.call_soon(self._write_a_slice)
                return
        self._scheduled = False
        self._emptied.set()
        self._on_empty()
