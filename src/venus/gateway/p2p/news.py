"""What happens in the market, told as it happens: in the chats of orders, and to whoever listens.

The engine says after each frame that the market has news, and the view is then asked which. So what the clock did is
told like what people did, at once, and nothing is told that is not durable.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import structlog

from venus.engine.client import EngineClient, EngineGone
from venus.gateway.p2p.announcing import announcements
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.showing import Viewer, message
from venus.p2p.chat import Sender, said, told, writer
from venus.p2p.names import NameMatch
from venus.registry.p2p_chat import Kept, Line
from venus.units import NS_PER_MS
from venus.views.p2p_questions import (
    ROWS_MAX,
    NewsAnswer,
    NewsQuestion,
    P2pOrder,
    P2pOrderAnswer,
    P2pOrderQuestion,
)
from venus.views.p2p_questions import News as Change

AGAIN_S = 0.2
"""After news could not be told."""
_TOLD_MAX = 100_000
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
        self._told: OrderedDict[int, int] = OrderedDict()  # steps of an order that are in its chat
        self._has_news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._client.on_market_news = self._has_news.set
        self._task = asyncio.create_task(self._follow(), name="p2p news")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

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

    async def _go_on(self, place: int) -> int:
        """Tell what changed since a place; the place up to which all is told."""
        answer = await self._market.facts.ask(NewsQuestion(place), NewsAnswer)
        if not answer.news:
            return answer.place
        if len(answer.news) == ROWS_MAX:
            self._has_news.set()  # there may be more
        await self._market.facts.refresh()
        # Who listens need not wait until it stands in the chat.
        for change in _last_of_each(answer.news):
            await self._push(change)
        orders = dict.fromkeys(change.order for change in answer.news if change.order)
        await asyncio.gather(*(self.tell(number) for number in orders))
        return answer.place

    async def _push(self, change: Change) -> None:
        now_ns = self._clock_ns()
        for account in set(change.parties) & self._listeners.keys():
            viewer, showing = Viewer(account, NS_PER_MS, now_ns), self._market.showing
            if change.order:
                self._hear(account, {"e": "order", "order": await showing.order(change.order, viewer)})
            else:
                self._hear(account, {"e": "advert", "advert": await showing.advert(change.advert, viewer)})

    # In the chats

    async def tell(self, number: int) -> None:
        """Have all that happened to an order stand in its chat, each thing once."""
        answer = await self._market.facts.ask(P2pOrderQuestion(number), P2pOrderAnswer)
        order, before = answer.order, self._told.get(number, 0)
        if order is None or before >= len(answer.steps):
            return
        # Who tells the same meanwhile, here or at another gateway, says nothing twice: the registry sees to that.
        for kept in await self._market.registry.chats.tell(number, await self._lines(answer, order, before)):
            self.said(kept, (order.buyer, order.seller))
        self._told[number] = max(len(answer.steps), self._told.get(number, 0))
        self._told.move_to_end(number)
        if len(self._told) > _TOLD_MAX:
            self._told.popitem(last=False)

    async def _lines(self, answer: P2pOrderAnswer, order: P2pOrder, before: int) -> list[Line]:
        """before: so many steps of the order are told for sure."""
        market, name = self._market, str(order.number)
        opening = await self._match(answer, order) if before == 0 else None
        lines = [
            Line(0, writer(told(name, one.text.en, one.text.zh, one.time_ns // NS_PER_MS)), one.once)
            for one in announcements(answer, market.facts, opening, before)
        ]
        reply = (await market.papers.text(order.terms_hash)).auto_reply if before == 0 else ""
        if reply:
            maker = Sender.SELLER if order.maker == order.seller else Sender.BUYER
            draft = said(name, maker, reply, order.opened_ns // NS_PER_MS)
            lines.append(Line(order.maker, writer(draft), "reply"))
        return lines

    async def _match(self, answer: P2pOrderAnswer, order: P2pOrder) -> NameMatch | None:
        """How the payer's account agrees with the buyer's verified name."""
        payer = (await self._market.papers.declared([order.payer_hash])).get(order.payer_hash)
        person = answer.buyer.person if answer.buyer else -1
        verified = (await self._market.people.names([person])).get(person)
        if payer is None or verified is None:
            return None
        return self._market.papers.match(verified.name, payer)


def _last_of_each(news: list[Change]) -> list[Change]:
    """Of several changes of one order or advert the last: what is shown is how it is now."""
    last = {(change.order, change.advert): change for change in news}
    return list(last.values())
