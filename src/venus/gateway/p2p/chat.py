"""What parties of an order say to each other and show: messages, files, and what they think of each other later."""

import asyncio
from urllib.parse import quote

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p import refusals
from venus.gateway.p2p.facts import BASE, hash_sent, number_sent
from venus.gateway.p2p.house import Market, viewer_of
from venus.gateway.p2p.news import News
from venus.gateway.p2p.showing import message
from venus.gateway.p2p.telling import party_of
from venus.p2p.attachments import FILE_BYTES_MAX, BadFile, file_name, file_type
from venus.p2p.chat import Draft, Sender, said, shown, writer
from venus.p2p.texts import BadText, PaymentAccount, decoded, plain_lines
from venus.records.p2p_states import ENDED
from venus.registry.credentials import Permission
from venus.registry.p2p_chat import MESSAGES_MAX, ChatFull
from venus.registry.p2p_files import FileFacts
from venus.registry.p2p_market import FEEDBACK_CHARS_MAX, Feedback
from venus.registry.p2p_writings import TooMany
from venus.units import NS_PER_MS, NS_PER_US
from venus.views.p2p_questions import P2pOrder

_READS, _ACTS = Permission.USER_DATA, Permission.TRADE
_ANY_TYPE = ("", "application/octet-stream", "application/x-www-form-urlencoded")
"""Of a sender who does not say what his file is."""
# Served to be saved: whatever it is, no browser shows or runs it as a part of a page of ours.
_SAVED = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Chat:
    def __init__(self, market: Market, news: News) -> None:
        self._market = market
        self._news = news

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("GET", f"{BASE}/chat", self.read, 2, names("order! afterPlace"), _READS),
            Endpoint("POST", f"{BASE}/chat", self.say, 2, names("order! text file:hexText"), _ACTS),
            Endpoint(
                "POST",
                f"{BASE}/files",
                self.bring,
                10,
                names("name"),
                _ACTS,
                takes_file=True,
                body_bytes_max=FILE_BYTES_MAX,
            ),
            Endpoint("GET", f"{BASE}/files", self.give, 5, names("file:hexText! order"), _READS, gives_file=True),
            Endpoint("POST", f"{BASE}/feedback", self.judge, 5, names("order! good! text"), _ACTS),
        )

    async def read(self, desk: Desk, call: Call) -> bytes:
        """The chat of an order, in order, from behind a place; what is told counts as read."""
        number, after = number_sent(call.params, "order"), call.params.integer("afterPlace") or 0
        await self._order(call, number)
        await self._market.chats.tell(number)
        chats = self._market.registry.chats
        kept = await desk.off_loop(lambda: chats.messages(number, after))
        if kept:
            await desk.off_loop(lambda: chats.note_read(number, call.account, kept[-1].place))
        rows = [message(one, viewer_of(call)) for one in kept]
        return written({"total": len(rows), "rows": rows})

    async def say(self, desk: Desk, call: Call) -> bytes:
        """Say something, or show a file that one brought."""
        market, params = self._market, call.params
        number = number_sent(params, "order")
        order = await self._order(call, number)
        await market.people.came(call.account)
        if order.state in ENDED and not order.claim_by and call.now_ns >= order.claim_until_ns:
            raise refusals.chat_over()
        file = hash_sent(params, "file").hex()
        if bool(file) == params.has("text"):
            raise errors.bad_combination() if file else errors.missing_either("text", "file")
        party = party_of(order, call.account)
        assert party is not None
        await self._market.chats.tell(number)  # what happened before he speaks stands before his words
        sender, time_ms = Sender[party.name], call.now_ns // NS_PER_MS
        try:
            draft: Draft = (
                await self._showing(desk, call, order, sender, file)
                if file
                else said(str(number), sender, params.required("text"), time_ms)
            )
            kept = await desk.off_loop(lambda: market.registry.chats.append(number, call.account, writer(draft)))
        except BadText as error:
            raise refusals.bad_text(str(error)) from None
        except ChatFull:
            raise refusals.too_much_said(MESSAGES_MAX) from None
        self._news.said(kept, (order.buyer, order.seller))
        return written(message(kept, viewer_of(call)))

    async def _showing(self, desk: Desk, call: Call, order: P2pOrder, sender: Sender, file: str) -> Draft:
        files = self._market.files

        def use() -> FileFacts | None:
            if not files.is_of(file, call.account):
                return None
            files.use(file, order.number)
            return files.facts(file, call.account)

        facts = await desk.off_loop(use)
        if facts is None:
            raise refusals.no_such_file()
        return shown(str(order.number), sender, file, facts.name, facts.type, call.now_ns // NS_PER_MS)

    async def _order(self, call: Call, number: int) -> P2pOrder:
        order = (await self._market.showing.order_of(call.account, number)).order
        assert order is not None
        return order

    # Files

    async def bring(self, desk: Desk, call: Call) -> bytes:
        """Bring a picture or PDF, to be shown in a chat, as evidence, or as the code of a payment account."""
        await self._market.people.card(call.account)
        try:
            kind = file_type(call.body)
        except BadFile as error:
            raise refusals.bad_file(str(error)) from None
        declared = call.content_type.partition(";")[0].strip().lower()
        if declared not in (*_ANY_TYPE, kind.value):
            raise refusals.bad_file(f"it is sent as {declared}, and is {kind.value}")
        name = file_name(call.params.values.get("name", ""))
        files = self._market.files
        try:
            facts = await desk.off_loop(lambda: files.keep(call.account, call.body, kind.value, name))
        except TooMany as error:
            raise refusals.too_many(str(error)) from None
        return written({"file": facts.hash, "type": facts.type, "bytes": facts.bytes, "name": facts.name})

    async def give(self, desk: Desk, call: Call) -> bytes:
        """A file of an order, or one that the account brought itself, as an attachment."""
        digest, files = hash_sent(call.params, "file").hex(), self._market.files
        is_of_order = call.params.optional("order") is not None
        order = await self._order(call, number_sent(call.params, "order")) if is_of_order else None

        def read() -> tuple[FileFacts, bytes] | None:
            if order is None:
                may = files.is_of(digest, call.account)
            else:
                may = files.is_used(digest, order.number) or digest == self._code_of(order)
            facts = files.facts(digest, call.account) if may else None
            content = None if facts is None else files.read(digest)
            return None if facts is None or content is None else (facts, content)

        found = await desk.off_loop(read)
        if found is None:
            raise refusals.no_such_file()
        facts, content = found
        call.attached = attachment_headers(facts.type, facts.name or f"{digest[:16]}.{facts.type.rpartition('/')[2]}")
        return content

    def _code_of(self, order: P2pOrder) -> str:
        """The picture of the account that the buyer pays to; empty if it has none."""
        payee = self._market.registry.writings.declared(order.payee_hash) if order.payee_hash else None
        return "" if payee is None else decoded(payee.content, PaymentAccount).qr_file

    # Feedback

    async def judge(self, desk: Desk, call: Call) -> bytes:
        """Say how the other side was, once the order has ended; later words replace it."""
        params = call.params
        params.required("good")
        good = params.boolean("good", default=True)
        order = await self._order(call, number_sent(params, "order"))
        if order.state not in ENDED or order.relocks:
            raise refusals.feedback_too_soon()
        try:
            text = plain_lines("text", params.values.get("text", ""), FEEDBACK_CHARS_MAX)
        except BadText as error:
            raise refusals.bad_text(str(error)) from None
        about = order.seller if call.account == order.buyer else order.buyer
        feedback = Feedback(order.number, call.account, about, good, text, call.now_ns // NS_PER_US)
        await asyncio.to_thread(self._market.registry.market.give_feedback, feedback)
        self._market.people.forget(about)
        return b"{}"


def attachment_headers(content_type: str, name: str) -> list[tuple[bytes, bytes]]:
    """Of an answer that is to be saved as a file."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return [(b"content-type", content_type.encode()), (b"content-disposition", disposition.encode()), *_SAVED]
