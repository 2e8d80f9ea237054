"""A dispute's bundle for its parties: made of the journal, of chat and texts, and signed. docs/rules/p2p_bundle.md."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.p2p.bundling import (
    Case,
    Command,
    commands_in,
    file_hashes,
    frame_proofs,
    text_hashes,
    told_of,
)
from venus.gateway.p2p.chat import attachment_headers
from venus.gateway.p2p.facts import BASE, number_sent
from venus.gateway.p2p.house import Market
from venus.gateway.receipts import Receipts
from venus.gateway.record.log import PublicLog
from venus.journal.store import JournalReader
from venus.p2p.bundle import FORMAT, Bundle, Declared, FileTold, encode_bundle, signed_text
from venus.p2p.chat import Message, read
from venus.p2p.names import masked, masked_number
from venus.p2p.texts import PaymentAccount, decoded
from venus.records.p2p_states import Party
from venus.registry.credentials import Permission
from venus.views.p2p_questions import P2pOrder, P2pOrderAnswer, P2pOrderQuestion

_WEIGHT = 20


class _Papers(NamedTuple):
    """What of a case lies in the registry."""

    chat: list[Message]
    texts: dict[str, str]
    files: list[FileTold]
    declared: list[Declared]


class Bundles:
    """Of an engine whose journal's files are here."""

    def __init__(
        self, market: Market, ledger: LedgerFacts, receipts: Receipts, log: PublicLog, reader: JournalReader
    ) -> None:
        self._market = market
        self._ledger = ledger
        self._receipts = receipts
        self._log = log
        self._reader = reader
        self._reading = asyncio.Lock()

    def endpoints(self) -> tuple[Endpoint, ...]:
        read = names("order!")
        return (Endpoint("GET", f"{BASE}/bundle", self.give, _WEIGHT, read, Permission.USER_DATA, gives_file=True),)

    async def give(self, desk: Desk, call: Call) -> bytes:
        """The bundle of an order, as a file, for its parties."""
        number = number_sent(call.params, "order")
        return self.attach(call, number, await self.made(await self._market.showing.order_of(call.account, number)))

    @staticmethod
    def attach(call: Call, number: int, bundle: bytes) -> bytes:
        call.attached = attachment_headers("application/json", f"dispute-{number}.json")
        return bundle

    async def made(self, answer: P2pOrderAnswer) -> bytes:
        """The bundle of an order; of one that locked another again, that other's, which it is a part of.

        Raises ApiError while no checkpoint covers its last step.
        """
        await asyncio.gather(self._ledger.refresh(), self._market.facts.refresh())
        case = await self._case(answer)
        order = case.answers[0].order
        assert order is not None
        numbers = case.frames()
        stood, paths = await self._log.proven(numbers)
        async with self._reading:
            commands = await asyncio.to_thread(self._read, numbers)
        papers = await asyncio.to_thread(self._papers, case, order, commands)
        verifier = await asyncio.to_thread(self._log.verifier)
        told = told_of(
            case,
            commands,
            self._market.facts.asset(order.asset),
            self._ledger,
            self._market.facts.terms.arbiter,
        )
        bundle = Bundle(
            format=FORMAT,
            order=order.number,
            verifier=verifier.text(),
            checkpoint=stood.note.decode(),
            frames=frame_proofs(commands, paths),
            told=told,
            chat=tuple(papers.chat),
            texts=papers.texts,
            files=tuple(papers.files),
            declared=tuple(papers.declared),
            signature="",
        )
        return encode_bundle(replace(bundle, signature=self._receipts.stood_by(signed_text(bundle))))

    async def _case(self, answer: P2pOrderAnswer) -> Case:
        order = answer.order
        assert order is not None
        if order.relocks:
            answer = await self._answer(order.relocks)
            order = answer.order
            assert order is not None
        return Case([answer, await self._answer(order.relocked_as)] if order.relocked_as else [answer])

    async def _answer(self, number: int) -> P2pOrderAnswer:
        return await self._market.facts.ask(P2pOrderQuestion(number), P2pOrderAnswer)

    # In a thread

    def _read(self, numbers: Sequence[int]) -> list[Command]:
        return commands_in(self._reader.frame(number) for number in numbers)

    def _papers(self, case: Case, order: P2pOrder, commands: Sequence[Command]) -> _Papers:
        registry, files = self._market.registry, self._market.files
        chat = [read(kept.content) for number in case.numbers for kept in registry.chats.messages(number)]
        found = {digest.hex(): registry.writings.document(digest) for digest in text_hashes(commands)}
        texts = {name: content.decode() for name, content in found.items() if content is not None}
        told = []
        for digest in file_hashes(commands, chat, texts):
            facts = files.facts(digest, 0)
            if facts is not None:
                told.append(FileTold(hash=digest, type=facts.type, bytes=facts.bytes))
        declared = [
            *self._declared(Party.BUYER, order.payer_hash),
            *self._declared(Party.SELLER, order.payee_hash),
        ]
        return _Papers(chat, texts, told, declared)

    def _declared(self, party: Party, digest: bytes) -> list[Declared]:
        """The account that a side named, so that whoever has it in full knows it again."""
        known = self._market.registry.writings.declared(digest) if digest else None
        if known is None:
            return []
        fields = decoded(known.content, PaymentAccount)
        return [
            Declared(
                party=party.name,
                method=fields.method,
                name=masked(fields.name),
                number=masked_number(fields.number),
                hash=digest.hex(),
            )
        ]
