"""The arbiter's desk: what waits, all of one dispute, what a seat says in it; verdicts are proposed as everything is.

Source: docs/rules/p2p_door.md, "The arbiter's desk".
"""

import asyncio
from collections.abc import Sequence
from hashlib import sha256

from venus.engine.client import EngineClient
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.wallet.reading import page_wanted
from venus.gateway.issuance.ledger_facts import LedgerFacts, written
from venus.gateway.issuance.officials import SIGNATURE
from venus.gateway.issuance.proposals import Proposals
from venus.gateway.p2p import refusals
from venus.gateway.p2p.arbiters import Arbiter, Arbiters, Looked
from venus.gateway.p2p.bundles import Bundles
from venus.gateway.p2p.chat import attachment_headers
from venus.gateway.p2p.dispute_telling import DisputePapers, DisputeTelling
from venus.gateway.p2p.facts import BASE, hash_sent, number_sent
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.news import News
from venus.gateway.p2p.showing import Viewer, message
from venus.gateway.p2p.telling import OrderPapers
from venus.p2p.chat import Sender, said, writer
from venus.p2p.names import compare
from venus.p2p.texts import GROUNDS_CHARS_MAX, BadText, Grounds, checked, decoded, encoded, plain_lines
from venus.records.p2p_states import ENDED
from venus.registry.p2p_conflicts import Conflict
from venus.registry.p2p_files import FileFacts
from venus.registry.p2p_writings import DocumentKind
from venus.units import NS_PER_MS, NS_PER_US
from venus.views.p2p_questions import (
    WAITING,
    DisputesAnswer,
    DisputesQuestion,
    P2pOrder,
    P2pOrderAnswer,
    P2pOrderQuestion,
    Trader,
    TradersAnswer,
    TradersQuestion,
)

_DISPUTES, _DISPUTE = f"{BASE}/disputes", f"{BASE}/dispute"


class Disputes:
    def __init__(
        self, client: EngineClient, market: Market, news: News, ledger: LedgerFacts, looked: Looked | None
    ) -> None:
        """looked: told of each look that was written down."""
        self._market = market
        self._news = news
        self._ledger = ledger
        self._arbiters = Arbiters(market.facts, ledger, market.registry.conflicts, market.registry.looks, looked)
        self._telling = DisputeTelling(market.facts, market.telling)
        self._proposals = Proposals(client, market.registry, ledger, BASE)

    def endpoints(self) -> tuple[Endpoint, ...]:
        one = f"order! {SIGNATURE}"
        spoken = f"order! text! {SIGNATURE}"
        return (
            Endpoint("GET", _DISPUTES, self.waiting, 5, names(f"waiting page rows {SIGNATURE}")),
            Endpoint("GET", _DISPUTE, self.all_of, 5, names(one)),
            Endpoint("GET", f"{_DISPUTE}/chat", self.chat, 2, names(f"afterPlace {one}")),
            Endpoint("GET", f"{_DISPUTE}/files", self.give, 5, names(f"file:hexText! {one}"), gives_file=True),
            Endpoint("POST", f"{_DISPUTE}/message", self.say, 2, names(spoken)),
            Endpoint("GET", f"{_DISPUTE}/grounds", self.read_grounds, 2, names(f"groundsHash:hexText! {one}")),
            Endpoint("POST", f"{_DISPUTE}/grounds", self.write_grounds, 2, names(spoken)),
            Endpoint("POST", f"{_DISPUTE}/conflict", self.declare, 2, names(spoken)),
            *self._proposals.endpoints(),
        )

    def with_bundles(self, bundles: Bundles) -> Endpoint:
        """Where the journal's files are: a dispute's bundle for a seat."""

        async def give(desk: Desk, call: Call) -> bytes:
            """The bundle of a dispute, as a file."""
            _, answer = await self._opened(desk, call, "bundle")
            assert answer.order is not None
            return bundles.attach(call, answer.order.number, await bundles.made(answer))

        path = f"{_DISPUTE}/bundle"
        return Endpoint("GET", path, give, 20, names(f"order! {SIGNATURE}"), gives_file=True)

    # Reading

    async def waiting(self, desk: Desk, call: Call) -> bytes:
        """Disputes that are open, that wait for a person, or claims, the oldest first."""
        await self._refresh()
        self._arbiters.reader(call, _DISPUTES, "")
        asked = call.params.optional("waiting") or WAITING[0]
        what = next((one for one in WAITING if one == asked), None)
        if what is None:
            raise errors.bad_value("waiting")
        skip, limit = page_wanted(call.params, page="page", size="rows", size_default=20, size_max=100)
        market = self._market
        answer = await market.facts.ask(DisputesQuestion(what, skip, limit), DisputesAnswer)
        accounts = sorted({account for one in answer.orders for account in (one.buyer, one.seller)})
        traders = (await market.facts.ask(TradersQuestion(accounts), TradersAnswer)).traders
        people = await market.showing.traders(traders, _nobody(call))
        papers = await asyncio.to_thread(lambda: [self._order_papers(one, traders) for one in answer.orders])
        rows = [
            self._telling.row(one, people, paper, call.unit_ns)
            for one, paper in zip(answer.orders, papers, strict=True)
        ]
        return written({"total": answer.total, "rows": rows})

    async def all_of(self, desk: Desk, call: Call) -> bytes:
        """All of one dispute: how it went, what both sides brought, who they are, who may not judge it."""
        _, answer = await self._opened(desk, call, "")
        market = self._market
        assert answer.order is not None
        traders = [one for one in (answer.buyer, answer.seller) if one is not None]
        people = await market.showing.traders(traders, _nobody(call))
        papers = await asyncio.to_thread(self._papers, answer.order, traders)
        arbiter = self._ledger.institution(market.facts.terms.arbiter)
        return written(self._telling.dispute(answer, people, papers, arbiter, call.unit_ns))

    async def chat(self, desk: Desk, call: Call) -> bytes:
        """The chat of an order, in order, from behind a place."""
        _, answer = await self._opened(desk, call, "chat")
        assert answer.order is not None
        number, after = answer.order.number, call.params.integer("afterPlace") or 0
        await self._market.chats.tell(number)
        kept = await desk.off_loop(lambda: self._market.registry.chats.messages(number, after))
        viewer = _nobody(call)
        return written({"total": len(kept), "rows": [message(one, viewer) for one in kept]})

    async def give(self, desk: Desk, call: Call) -> bytes:
        """A file that was shown in an order, as an attachment."""
        _, answer = await self._opened(desk, call, "files")
        assert answer.order is not None
        digest, number, files = hash_sent(call.params, "file").hex(), answer.order.number, self._market.files

        def read() -> tuple[FileFacts, bytes] | None:
            facts = files.facts(digest, 0) if files.is_used(digest, number) else None
            content = None if facts is None else files.read(digest)
            return None if facts is None or content is None else (facts, content)

        found = await desk.off_loop(read)
        if found is None:
            raise refusals.no_such_file()
        facts, content = found
        call.attached = attachment_headers(facts.type, f"{digest[:16]}.{facts.type.rpartition('/')[2]}")
        return content

    async def read_grounds(self, desk: Desk, call: Call) -> bytes:
        """What stands behind the hash that a verdict names: whoever approves it too reads it before it holds."""
        _, answer = await self._opened(desk, call, "grounds")
        assert answer.order is not None
        digest, writings = hash_sent(call.params, "groundsHash"), self._market.registry.writings
        content = await desk.off_loop(lambda: writings.document(digest))
        try:
            grounds = None if content is None else decoded(content, Grounds)
        except BadText:  # of another kind
            grounds = None
        if grounds is None or grounds.order != str(answer.order.number):
            raise refusals.no_such_file()
        return written({"order": grounds.order, "text": grounds.text})

    # Speaking

    async def say(self, desk: Desk, call: Call) -> bytes:
        """Say something in an order's chat, as the arbiter."""
        arbiter, answer, text = await self._spoken(desk, call, "message")
        await self._arbiters.refuse_conflict(desk, arbiter, answer)
        order = answer.order
        assert order is not None
        if order.state in ENDED and not order.claim_by and call.now_ns >= order.claim_until_ns:
            raise refusals.chat_over()
        try:
            draft = said(str(order.number), Sender.ARBITER, text, call.now_ns // NS_PER_MS)
        except BadText as error:
            raise refusals.bad_text(str(error)) from None
        kept = await desk.off_loop(lambda: self._market.registry.chats.append(order.number, 0, writer(draft)))
        self._news.said(kept, (order.buyer, order.seller))
        return written(message(kept, _nobody(call)))

    async def write_grounds(self, desk: Desk, call: Call) -> bytes:
        """Keep why one decides so; the answer is the hash that the verdict names."""
        arbiter, answer, text = await self._spoken(desk, call, "grounds")
        await self._arbiters.refuse_conflict(desk, arbiter, answer)
        assert answer.order is not None
        try:
            content = encoded(checked(Grounds(order=str(answer.order.number), text=text)))
        except BadText as error:
            raise refusals.bad_text(str(error)) from None
        digest = await desk.off_loop(lambda: self._market.registry.writings.keep(DocumentKind.GROUNDS, content))
        return written({"groundsHash": digest.hex()})

    async def declare(self, desk: Desk, call: Call) -> bytes:
        """Say that one cannot judge this order; from then on one sees and approves nothing of it."""
        arbiter, answer, text = await self._spoken(desk, call, "conflict")
        assert answer.order is not None
        try:
            why = plain_lines("text", text, GROUNDS_CHARS_MAX)
        except BadText as error:
            raise refusals.bad_text(str(error)) from None
        number, now_us = answer.order.number, call.now_ns // NS_PER_US
        conflict = Conflict(number, arbiter.person, arbiter.institution, arbiter.seat, why, now_us)
        is_new = await desk.off_loop(lambda: self._market.registry.conflicts.declare(conflict))
        return written({"order": str(number), "new": is_new})

    # What they share

    async def _refresh(self) -> None:
        await asyncio.gather(self._market.facts.refresh(), self._ledger.refresh())

    async def _opened(self, desk: Desk, call: Call, what: str) -> tuple[Arbiter, P2pOrderAnswer]:
        """A seat's look at an order, which is written down; raises ApiError."""
        await self._refresh()
        number = number_sent(call.params, "order")
        arbiter = self._arbiters.reader(call, f"{_DISPUTE}/{what}" if what else _DISPUTE, str(number))
        answer = await self._answer(number)
        await self._arbiters.refuse_conflict(desk, arbiter, answer)
        await self._arbiters.note_look(desk, call, arbiter, number)
        return arbiter, answer

    async def _spoken(self, desk: Desk, call: Call, what: str) -> tuple[Arbiter, P2pOrderAnswer, str]:
        """What a seat says of an order: it signs the text's hash; raises ApiError."""
        await self._refresh()
        number, text = number_sent(call.params, "order"), call.params.required("text")
        arbiter = self._arbiters.writer(call, f"{_DISPUTE}/{what}", said_subject(number, text))
        return arbiter, await self._answer(number), text

    async def _answer(self, number: int) -> P2pOrderAnswer:
        """Of an order that is, or was, in dispute or claimed: the others are nobody's business but their parties'."""
        answer = await self._market.facts.ask(P2pOrderQuestion(number), P2pOrderAnswer)
        order = answer.order
        if order is None or not (order.disputed_ns or order.claim_ns):
            raise refusals.no_such_dispute()
        return answer

    def _order_papers(self, one: P2pOrder, traders: Sequence[Trader]) -> OrderPapers:
        """Both accounts in full: who judges compares them with what a bank says."""
        registry, papers = self._market.registry, self._market.papers
        payer = registry.writings.declared(one.payer_hash) if one.payer_hash else None
        payee = registry.writings.declared(one.payee_hash) if one.payee_hash else None
        buyer = self._name(one.buyer, traders)
        match = None if payer is None or buyer is None else compare(buyer, papers.holder(payer)).value
        return OrderPapers(
            payer=None if payer is None else papers.account_facts(payer),
            payee=None if payee is None else papers.account_facts(payee),
            other_name=None,
            name_match=match,
            chat_head=registry.chats.head(one.number),
            unread=0,
        )

    def _name(self, account: int, traders: Sequence[Trader]) -> str | None:
        person = next((one.person for one in traders if one.account == account), None)
        verified = None if person is None else self._market.registry.market.verified(person)
        return None if verified is None else verified.name

    def _papers(self, one: P2pOrder, traders: Sequence[Trader]) -> DisputePapers:
        registry = self._market.registry
        return DisputePapers(
            order=self._order_papers(one, traders),
            buyer_name=self._name(one.buyer, traders),
            seller_name=self._name(one.seller, traders),
            brought=registry.writings.brought(one.number),
            grounds=registry.writings.document(one.grounds_hash) if one.grounds_hash else None,
            conflicts=registry.conflicts.of(one.number),
        )


def said_subject(order: int, text: str) -> str:
    """What a seat signs of what it says: the order, and the hash of its words."""
    return f"{order} {sha256(text.encode()).hexdigest()}"


def _nobody(call: Call) -> Viewer:
    """Whoever judges is no party."""
    return Viewer(-1, call.unit_ns, call.now_ns)
