"""What the exchange says in the chats of orders: all that happens to an order, each thing once."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import structlog

from venus.gateway.p2p.announcing import announcements
from venus.gateway.p2p.facts import P2pFacts
from venus.gateway.p2p.papers import Papers
from venus.gateway.p2p.people import People
from venus.p2p.chat import Sender, said, told, writer
from venus.p2p.names import NameMatch
from venus.registry.p2p_chat import ChatRecord, Kept, Line
from venus.registry.p2p_writings import Answered
from venus.units import NS_PER_MS
from venus.views.p2p_questions import P2pOrder, P2pOrderAnswer, P2pOrderQuestion

_TOLD_MAX = 100_000
_log = structlog.get_logger("p2p_chats")


class _Told(NamedTuple):
    """So much of an order is in its chat for sure."""

    steps: int
    frame: int  # of the last of them


_NOTHING = _Told(0, -1)


class OrderChats:
    """One for each door."""

    def __init__(self, record: ChatRecord, facts: P2pFacts, people: People, papers: Papers) -> None:
        self._record = record
        self._facts = facts
        self._people = people
        self._papers = papers
        self._told: OrderedDict[int, _Told] = OrderedDict()
        self._telling: dict[int, asyncio.Future[list[Kept]]] = {}  # by order, what is on its way into its chat
        self.on_said: Callable[[Kept, tuple[int, ...]], None] = _nobody
        """Called with each message that is new in a chat, and the order's parties."""

    def is_told(self, number: int, frame: int) -> bool:
        """Whether all that happened to an order up to a frame stands in its chat for sure."""
        return self._told.get(number, _NOTHING).frame >= frame

    async def tell(self, number: int, frame: int | None = None) -> None:
        """Have all that happened to an order stand in its chat, each thing once; or all up to a frame."""
        if (telling := self._telling.get(number)) is not None:
            await asyncio.wait([telling])
        if frame is not None and self.is_told(number, frame):
            return
        answer = await self._facts.ask_dated(P2pOrderQuestion(number), P2pOrderAnswer)
        order, before = answer.order, self._told.get(number, _NOTHING).steps
        if order is None or before >= len(answer.steps):
            return
        # Who tells the same meanwhile, here or at another gateway, says nothing twice: the registry sees to that.
        self._note(answer, order, await self._record.tell(number, await self._lines(answer, order, before)))

    async def begin(self, answer: P2pOrderAnswer, answered: Answered | None) -> None:
        """The same of an order as it was just told, with a note of what became of the request that changed it. Nobody
        waits for it: what is not told `tell` tells later, and a request without this note is known by its command.
        """
        order = answer.order
        assert order is not None
        before = self._told.get(order.number, _NOTHING).steps
        if answered is None and before >= len(answer.steps):
            return
        telling = self._record.tell(order.number, await self._lines(answer, order, before), answered)
        self._telling[order.number] = telling

        def ended(telling: "asyncio.Future[list[Kept]]") -> None:
            if self._telling.get(order.number) is telling:
                del self._telling[order.number]
            if telling.cancelled():
                return
            if (error := telling.exception()) is not None:
                _log.error("what happened to an order is not told in its chat yet", order=order.number, error=error)
                return
            self._note(answer, order, telling.result())

        telling.add_done_callback(ended)

    def _note(self, answer: P2pOrderAnswer, order: P2pOrder, made: list[Kept]) -> None:
        for kept in made:
            self.on_said(kept, (order.buyer, order.seller))
        if len(answer.steps) > self._told.get(order.number, _NOTHING).steps:
            self._told[order.number] = _Told(len(answer.steps), answer.steps[-1].frame)
            self._told.move_to_end(order.number)
        if len(self._told) > _TOLD_MAX:
            self._told.popitem(last=False)

    async def _lines(self, answer: P2pOrderAnswer, order: P2pOrder, before: int) -> list[Line]:
        """before: so many steps of the order are told for sure."""
        name = str(order.number)
        opening = await self._match(answer, order) if before == 0 else None
        lines = [
            Line(0, writer(told(name, one.text.en, one.text.zh, one.time_ns // NS_PER_MS)), one.once)
            for one in announcements(answer, self._facts, opening, before)
        ]
        reply = (await self._papers.text(order.terms_hash)).auto_reply if before == 0 else ""
        if reply:
            maker = Sender.SELLER if order.maker == order.seller else Sender.BUYER
            draft = said(name, maker, reply, order.opened_ns // NS_PER_MS)
            lines.append(Line(order.maker, writer(draft), "reply"))
        return lines

    async def _match(self, answer: P2pOrderAnswer, order: P2pOrder) -> NameMatch | None:
        """How the payer's account agrees with the buyer's verified name."""
        payer = (await self._papers.declared([order.payer_hash])).get(order.payer_hash)
        person = answer.buyer.person if answer.buyer else -1
        verified = (await self._people.names([person])).get(person)
        if payer is None or verified is None:
            return None
        return self._papers.match(verified.name, payer)


def _nobody(kept: Kept, parties: tuple[int, ...]) -> None:
    pass
