"""What somebody asks to see, put together of the journal's view and the registry: traders, adverts, orders, chats."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from venus.gateway.p2p.facts import P2pFacts
from venus.gateway.p2p.papers import Papers
from venus.gateway.p2p.people import People
from venus.gateway.p2p.refusals import no_such_advert, no_such_order
from venus.gateway.p2p.telling import OrderPapers, Struck, Telling, party_of
from venus.p2p.chat import Message, read
from venus.records.p2p import fiat_of
from venus.registry.p2p_chat import Kept, Standing
from venus.registry.p2p_market import VerifiedName
from venus.registry.p2p_writings import DeclaredAccount
from venus.registry.registry import Registry
from venus.units import NS_PER_MS
from venus.views.p2p_questions import (
    Advert,
    AdvertAnswer,
    AdvertQuestion,
    Found,
    P2pOrder,
    P2pOrderAnswer,
    P2pOrderQuestion,
    Trader,
    TradersAnswer,
    TradersQuestion,
)

_STRUCK_MAX = 100_000


class Viewer(NamedTuple):
    """Who looks: his account (-1: anybody), the unit of times he wants, and when."""

    account: int
    unit_ns: int
    now_ns: int


class Showing:
    """One for each door. Its facts are refreshed by who asks."""

    def __init__(self, registry: Registry, facts: P2pFacts, people: People, papers: Papers, telling: Telling) -> None:
        self._registry = registry
        self._facts = facts
        self._people = people
        self._papers = papers
        self._telling = telling
        self._struck: OrderedDict[int, Struck] = OrderedDict()  # by number, the last asked for at the end

    # Traders

    async def traders(self, traders: Iterable[Trader], viewer: Viewer) -> dict[int, dict[str, Any]]:
        """By account. One whom the registry does not know has been enrolled past this door, and is left out."""
        known = {one.account: one for one in traders}
        cards = await self._people.cards(known)
        return {account: self._telling.trader(known[account], card, viewer.unit_ns) for account, card in cards.items()}

    async def trader(self, account: int, viewer: Viewer) -> dict[str, Any] | None:
        answer = await self._facts.ask(TradersQuestion([account]), TradersAnswer)
        return (await self.traders(answer.traders, viewer)).get(account)

    # Adverts

    async def found(self, found: Sequence[Found], makers: Iterable[Trader], viewer: Viewer) -> list[dict[str, Any]]:
        texts = await self._papers.texts(one.advert.text_hash for one in found)
        told = await self.traders(makers, viewer)
        return [
            self._telling.advert(
                one.advert,
                one.price_now,
                one.fiat_max_now,
                texts[one.advert.text_hash],
                told.get(one.advert.account),
                viewer.unit_ns,
            )
            for one in found
        ]

    async def advert(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """Raises ApiError."""
        answer = await self._facts.ask_dated(AdvertQuestion(number), AdvertAnswer)
        if answer.advert is None:
            raise no_such_advert()
        advert, price_now = answer.advert, answer.price_now
        # Its owner is told what he set: he edits it from what he is told.
        fiat_max = advert.fiat_max if advert.account == viewer.account else self._fiat_max_now(advert, price_now)
        found = Found(advert, price_now, fiat_max)
        return (await self.found([found], [answer.maker] if answer.maker else [], viewer))[0]

    def _fiat_max_now(self, advert: Advert, price_now: int) -> int:
        """The most that one order may be: what is left of an advert may be worth less than its limit."""
        if not price_now:
            return advert.fiat_max
        scale, exponent = self._facts.asset(advert.asset).scale, self._facts.fiat(advert.fiat).exponent
        return min(advert.fiat_max, fiat_of(advert.atoms, price_now, scale, exponent))

    # Orders

    async def order_of(self, account: int, number: int) -> P2pOrderAnswer:
        """An order of which the account is a party, with terms that are not older; raises ApiError."""
        answer = await self._facts.ask_dated(P2pOrderQuestion(number), P2pOrderAnswer)
        if answer.order is None or party_of(answer.order, account) is None:
            raise no_such_order()
        self._keep(answer.order)
        return answer

    async def struck(self, account: int, number: int) -> Struck:
        """What never changes of an order of which the account is a party; raises ApiError."""
        known = self._struck.get(number)
        if known is None:
            answer = await self.order_of(account, number)
            assert answer.order is not None
            return self._keep(answer.order)
        if party_of(known, account) is None:
            raise no_such_order()
        return known

    def _keep(self, order: P2pOrder) -> Struck:
        found = Struck(*(getattr(order, name) for name in Struck._fields))
        self._struck[found.number] = found
        self._struck.move_to_end(found.number)
        if len(self._struck) > _STRUCK_MAX:
            self._struck.popitem(last=False)
        return found

    async def order(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """Raises ApiError."""
        answer = await self.order_of(viewer.account, number)
        return await self.order_told(answer, await self._registry.chats.standing([number], viewer.account), viewer)

    async def order_told(self, answer: P2pOrderAnswer, chats: Mapping[int, Standing], viewer: Viewer) -> dict[str, Any]:
        """Of `order_of`, with how its chat stands."""
        assert answer.order is not None
        traders = [one for one in (answer.buyer, answer.seller) if one is not None]
        return (await self._orders([answer.order], traders, chats, viewer))[0]

    async def orders(self, orders: Sequence[P2pOrder], viewer: Viewer) -> list[dict[str, Any]]:
        """Of all of which the viewer is a party."""
        accounts = sorted({account for one in orders for account in (one.buyer, one.seller)})
        answer = await self._facts.ask(TradersQuestion(accounts), TradersAnswer)
        chats = await self._registry.chats.standing([one.number for one in orders], viewer.account)
        return await self._orders(orders, answer.traders, chats, viewer)

    async def _orders(
        self, orders: Sequence[P2pOrder], traders: Iterable[Trader], chats: Mapping[int, Standing], viewer: Viewer
    ) -> list[dict[str, Any]]:
        told = await self.traders(traders, viewer)
        persons = {one.account: one.person for one in traders}
        papers = await self._order_papers(orders, viewer.account, persons, chats)
        parties = [party_of(one, viewer.account) for one in orders]
        return [
            self._telling.order(one, party, told, paper, viewer.unit_ns, viewer.now_ns)
            for one, party, paper in zip(orders, parties, papers, strict=True)
            if party is not None
        ]

    async def _order_papers(
        self, orders: Sequence[P2pOrder], account: int, persons: dict[int, int], chats: Mapping[int, Standing]
    ) -> list[OrderPapers]:
        declared = await self._papers.declared(digest for one in orders for digest in (one.payer_hash, one.payee_hash))
        names = await self._people.names(persons.values())
        verified = {party: names[person] for party, person in persons.items() if person in names}
        return [self._order_paper(one, account, declared, verified, chats[one.number]) for one in orders]

    def _order_paper(
        self,
        one: P2pOrder,
        account: int,
        declared: dict[bytes, DeclaredAccount],
        verified: dict[int, VerifiedName],
        chat: Standing,
    ) -> OrderPapers:
        """The payee's account in full to both sides; the payer's to the seller with its number masked."""
        payer, payee = declared.get(one.payer_hash), declared.get(one.payee_hash)
        buyer, other = verified.get(one.buyer), verified.get(one.seller if account == one.buyer else one.buyer)
        match = None
        if payer is not None and buyer is not None:
            match = self._papers.match(buyer.name, payer)
        return OrderPapers(
            payer=None if payer is None else self._papers.account_facts(payer, masked=account != one.buyer),
            payee=None if payee is None else self._papers.account_facts(payee),
            other_name=None if other is None else other.name,
            name_match=None if match is None else match.value,
            chat_head=chat.head,
            unread=chat.unread,
        )


def message(kept: Kept, viewer: Viewer) -> dict[str, Any]:
    """As it was written, with the time in the viewer's unit."""
    one: Message = read(kept.content)
    return {
        "order": one.order,
        "place": one.place,
        "from": one.sender.value,
        "kind": one.kind.value,
        "text": one.text,
        "textZh": one.text_zh or None,
        "file": one.file or None,
        "fileName": one.file_name or None,
        "fileType": one.file_type or None,
        "time": one.time * NS_PER_MS // viewer.unit_ns,
        "hash": one.hash,
    }
