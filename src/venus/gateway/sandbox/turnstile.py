"""Where requests wait while the exchange behind the door is exchanged for another."""

import asyncio
from types import TracebackType


class Turnstile:
    """Counts who is inside. While it is closed nobody enters; `empty` waits until all have left."""

    def __init__(self) -> None:
        self._inside_count = 0
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def empty(self, patience_s: float) -> bool:
        """Whether everyone has left within this time."""
        try:
            await asyncio.wait_for(self._empty.wait(), patience_s)
        except TimeoutError:
            return False
        return True

    async def __aenter__(self) -> None:
        while not self._open.is_set():
            await self._open.wait()
        self._inside_count += 1
        self._empty.clear()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._inside_count -= 1
        if not self._inside_count:
            self._empty.set()
