"""What happens in the market, told as it happens: in the chats of orders, and to whoever listens.

The engine says after each frame that the market has news, and the view is then asked which: at once while somebody
listens. So what the clock did is told like what people did, and nothing is told that is not durable. In the chats what
this door did itself is told by who did it (order_chats.py), and the rest a moment later.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import structlog

from venus.engine.client import EngineClient, EngineGone
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.showing import Viewer, message
from venus.registry.p2p_chat import Kept
from venus.units import NS_PER_MS
from venus.views.p2p_questions import ROWS_MAX, NewsAnswer, NewsQuestion
from venus.views.p2p_questions import News as Change

GATHERED_S = 0.05
"""What nobody waits for is told together. By then a step of this door is in its chat by who took it."""
AGAIN_S = 0.2
"""After news could not be told."""
_log = structlog.get_logger("p2p_news")


class Listener(Protocol):
    def hear(self, payload: bytes) -> None: ...


class News:
    """One for each door. `start` once there is a loop, `stop` before engine and registry go."""

    def __init__(self, client: EngineClient, market: Market, clock_ns: Callable[[], int]) -> None:
        self._client = client
        self._market = market
        self._clock_ns = clock_ns
        self._listeners: dict[int, set[Listener]] = {}
        self._has_news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._untold: dict[int, int] = {}  # by order, the last frame of which its chat may not tell
        self._telling: asyncio.Task[None] | None = None
        market.chats.on_said = self.said

    def start(self) -> None:
        self._client.on_market_news = self._has_news.set
        self._task = asyncio.create_task(self._follow(), name="p2p news")

    async def stop(self) -> None:
        tasks = [task for task in (self._task, self._telling) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._task = self._telling = None

    # Who listens

    def join(self, account: int, listener: Listener) -> None:
        self._listeners.setdefault(account, set()).add(listener)
        self._market.people.listens(account, 1)

    def leave(self, account: int, listener: Listener) -> None:
        """Safe for one who does not listen."""
        some = self._listeners.get(account, set())
        if listener in some:
            some.remove(listener)
            self._market.people.listens(account, -1)
        if not some:
            self._listeners.pop(account, None)

    def said(self, kept: Kept, parties: tuple[int, ...]) -> None:
        """A message is in its chat: tell both sides."""
        for account in parties:
            if account in self._listeners:
                viewer = Viewer(account, NS_PER_MS, self._clock_ns())
                self._hear(account, {"e": "message", "message": message(kept, viewer)})

    def _hear(self, account: int, facts: dict[str, Any]) -> None:
        payload = msgspec.json.encode(facts)
        for listener in list(self._listeners.get(account, ())):
            listener.hear(payload)

    # What changed

    async def _follow(self) -> None:
        place = -1
        while True:
            self._has_news.clear()
            try:
                place = await self._go_on(place)
            except EngineGone:
                return
            except Exception:  # noqa: BLE001  logged; the next look tells what this one did not
                _log.exception("the news of the market could not be told")
                await asyncio.sleep(AGAIN_S)
                continue
            await self._has_news.wait()
            if not self._listeners:
                await asyncio.sleep(GATHERED_S)

    async def _go_on(self, place: int) -> int:
        """Tell what changed since a place; the place up to which all is told."""
        answer = await self._market.facts.ask_dated(NewsQuestion(place), NewsAnswer)
        if not answer.news:
            return answer.place
        if len(answer.news) == ROWS_MAX:
            self._has_news.set()  # there may be more
        # Who listens need not wait until it stands in the chat.
        for change in _last_of_each(answer.news):
            await self._push(change)
        chats = self._market.chats
        for change in answer.news:
            if change.order and not chats.is_told(change.order, change.frame):
                self._untold[change.order] = change.frame
        if self._untold and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell(), name="p2p chats")
        return answer.place

    async def _tell(self) -> None:
        """Have the chats tell what they do not tell yet."""
        while self._untold:
            await asyncio.sleep(GATHERED_S)
            untold, self._untold = self._untold, {}
            try:
                await asyncio.gather(*(self._market.chats.tell(*one) for one in untold.items()))
            except EngineGone:
                return
            except Exception:  # noqa: BLE001  logged, and tried again
                _log.exception("what happened to orders could not be told in their chats")
                self._untold = untold | self._untold
                await asyncio.sleep(AGAIN_S)

    async def _push(self, change: Change) -> None:
        now_ns = self._clock_ns()
        for account in set(change.parties) & self._listeners.keys():
            viewer, showing = Viewer(account, NS_PER_MS, now_ns), self._market.showing
            if change.order:
                self._hear(account, {"e": "order", "order": await showing.order(change.order, viewer)})
            else:
                self._hear(account, {"e": "advert", "advert": await showing.advert(change.advert, viewer)})


def _last_of_each(news: list[Change]) -> list[Change]:
    """Of several changes of one order or advert the last: what is shown is how it is now."""
    last = {(change.order, change.advert): change for change in news}
    return list(last.values())
