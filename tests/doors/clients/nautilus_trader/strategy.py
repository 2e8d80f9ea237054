"""A strategy that has no opinion: it says what it hears to whoever waits for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from nautilus_trader.trading.strategy import Strategy


class Told(Strategy):
    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()
        self._heard: asyncio.Queue[Any] = asyncio.Queue()

    def on_start(self) -> None:
        self.started.set()

    def on_trade_tick(self, tick: Any) -> None:
        self._heard.put_nowait(tick)

    def on_quote_tick(self, tick: Any) -> None:
        self._heard.put_nowait(tick)

    def on_bar(self, bar: Any) -> None:
        self._heard.put_nowait(bar)

    def on_order_book_deltas(self, deltas: Any) -> None:
        self._heard.put_nowait(deltas)

    def on_order_event(self, event: Any) -> None:
        self._heard.put_nowait(event)

    def on_historical_data(self, data: Any) -> None:
        self._heard.put_nowait(data)

    async def hear(self, wanted: Callable[[Any], bool]) -> Any:
        while True:
            if wanted(thing := await self._heard.get()):
                return thing

    def forget(self) -> None:
        """What was heard until now."""
        while not self._heard.empty():
            self._heard.get_nowait()
