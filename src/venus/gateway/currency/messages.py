"""ISO 20022 at the door: an operator hands in credit transfers of its wallets, and takes their statements.

The XML itself is of iso20022/; here a message becomes payments. A message that cannot be read is refused with its
external code, and each transfer of one that can is done or refused for itself, which pacs.002 tells.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from venus.engine.client import EngineClient, Outcome
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError, bad_value
from venus.gateway.currency.facts import Acting, CurrencyFacts
from venus.gateway.currency.payments import own_event, payment_id, refund, with_room
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import bad_message
from venus.gateway.currency.telling import Telling
from venus.gateway.issuance.ledger_facts import written
from venus.iso20022.documents import BadDocument, Money
from venus.iso20022.returns import CUSTOMER, RETURN_NAME, Return, Returns, returns_of
from venus.iso20022.statements import Entry, Notice, Statement, notice_document, statement_document
from venus.iso20022.statuses import State, Status, StatusReport, rejected, report_document
from venus.iso20022.transfers import NAME, CreditTransfer, CreditTransfers, transfers_of
from venus.records.commands import client_digest
from venus.records.events import Event, EventKind
from venus.records.rejects import Reject
from venus.records.transfers import REFERENCE_BYTES_MAX, transfer
from venus.registry.credentials import Permission
from venus.registry.currency_tables import MessagePaymentRow
from venus.registry.registry import Registry
from venus.views.currency_questions import Movement, StatementAnswer, StatementQuestion

Said = TypeVar("Said")
TRANSFERS_MAX = 1_000
ENTRIES_MAX = 1_000
PAGES_MAX = 20


class Messages:
    def __init__(self, client: EngineClient, registry: Registry, facts: CurrencyFacts) -> None:
        self._client = client
        self._recalls = registry.recalls
        self._facts = facts
        self._telling = Telling(client, facts)

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("POST", "iso20022/transfers", self.pay, 20, "message!"),
            ("POST", "iso20022/returns", self.give_back, 20, "message!"),
            ("GET", "iso20022/statement", self.statement, 20, "wallet! startTime"),
            ("GET", "iso20022/notice", self.notice, 20, "wallet! sinceSequence"),
        )
        made = (
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), Permission.OPERATOR)
            for method, path, answer, weight, read in rows
        )
        return tuple(map(with_room, made))

    async def pay(self, desk: Desk, call: Call) -> bytes:
        """Carry out a pacs.008 of one's own wallets, answered by a pacs.002. Sent again, it is the same payments."""
        acting = await self._facts.acting(call)
        said = message_of(call, transfers_of, money_of(acting))
        refuse_too_many(said.transfers)
        call.still_fresh(desk)
        statuses = [await self._status(acting, said, one) for one in said.transfers]
        # A message that is sent again is the same payments, so that what was not noted is noted then.
        paid = [
            _paid(acting, said, one) for one, status in zip(said.transfers, statuses, strict=True) if _is_done(status)
        ]
        await desk.off_loop(lambda: self._recalls.note_payments(paid))
        return _reported(call, said.message, NAME, statuses)

    async def _status(self, acting: Acting, said: CreditTransfers, one: CreditTransfer) -> Status:
        """Of one transfer, which is made unless it was."""
        reference = said.reference(one)
        name = self._facts.ledger.operator_name(acting.currency.asset, acting.operator.number)
        if one.debtor.agent != name or len(reference.encode()) > REFERENCE_BYTES_MAX:
            return rejected(one.transaction, one.end_to_end, Reject.UNKNOWN_OPERATOR)
        payer, payee = _account(one.debtor.account), _account(one.creditor.account)
        if not await self._is_own(acting, payer):
            return rejected(one.transaction, one.end_to_end, Reject.UNKNOWN_ACCOUNT)
        try:
            await self._facts.payable(payee)
        except ApiError:
            return rejected(one.transaction, one.end_to_end, Reject.UNKNOWN_COUNTERPARTY)
        asset = acting.asset.number
        asked = transfer(reference, debit=payer, credit=payee, asset=asset, atoms=one.atoms)
        outcome = await self._client.submit(*asked)
        return _status_of(one, outcome, own_event(outcome.events, payer, payee))

    async def give_back(self, desk: Desk, call: Call) -> bytes:
        """Carry out a pacs.004 about transfers that came to one's own wallets, answered by a pacs.002."""
        acting = await self._facts.acting(call)
        said = message_of(call, returns_of, money_of(acting))
        refuse_too_many(said.returns)
        call.still_fresh(desk)
        statuses = [await self._returned(desk, acting, said, one) for one in said.returns]
        return _reported(call, said.message, RETURN_NAME, statuses)

    async def _returned(self, desk: Desk, acting: Acting, said: Returns, one: Return) -> Status:
        """Of one return: a REFUND of the payment that the transfer was, by the account that it came to."""
        payee = _account(one.creditor_account)
        if not await self._is_own(acting, payee):
            return rejected(one.transaction, one.end_to_end, Reject.UNKNOWN_COUNTERPARTY)
        name = self._facts.ledger.operator_name(acting.currency.asset, acting.operator.number)
        reference = f"{name}/{said.message}/{one.identification}"
        if len(reference.encode()) > REFERENCE_BYTES_MAX:
            return rejected(one.transaction, one.end_to_end, Reject.REFERENCE_MISSING)
        paid_under = f"{one.debtor_agent}/{one.about}/{one.transaction}"
        asset = acting.asset.number
        asked = refund(reference, payment=client_digest(paid_under), account=payee, asset=asset, atoms=one.atoms)
        own, about, reason = payment_id(reference), payment_id(paid_under), one.reason or CUSTOMER
        await desk.off_loop(lambda: self._recalls.begin_refund(own, about, one.atoms, reason))
        outcome = await self._client.submit(*asked)
        status = _status_of(one, outcome, own_event(outcome.events, payee, -1))
        if _is_done(status):
            await desk.off_loop(lambda: self._recalls.end_refund(own))
        return status

    async def notice(self, desk: Desk, call: Call) -> bytes:
        """A camt.054 of what came to and went from a wallet after a sequence, and where the next one goes on."""
        acting = await self._facts.acting(call)
        found, since = await self._facts.wallet_of(acting, call), call.params.integer("sinceSequence") or 0
        rows = (await movements_after(self._client, found.account, since))[:ENTRIES_MAX]
        if not rows:
            return written({"message": None, "nextSequence": since})
        newest = rows[-1].sequence
        said = Notice(
            message=f"notice-{found.account}-{call.now_ns}"[:35],
            created_ns=call.now_ns,
            number=str(newest),
            account=str(found.account),
            operator=self._facts.ledger.operator_name(acting.currency.asset, acting.operator.number),
            entries=tuple(map(_entry, rows)),
        )
        return written({"message": notice_document(money_of(acting), said).decode(), "nextSequence": newest})

    async def statement(self, desk: Desk, call: Call) -> bytes:
        """A camt.053 of one of one's own wallets until now, of its newest thousand movements at most."""
        acting = await self._facts.acting(call)
        found = await self._facts.wallet_of(acting, call)
        from_ns, number = call.params.time_ns("startTime") or 0, found.account
        answer = await self._client.ask(StatementQuestion(number, 0, ENTRIES_MAX))
        assert isinstance(answer, StatementAnswer)
        entries = tuple(_entry(row) for row in reversed(answer.movements) if row.time_ns >= from_ns)
        closing_atoms = sum(await self._telling.balance(number, acting.asset.number))
        said = Statement(
            message=f"statement-{number}-{call.now_ns}"[:35],
            created_ns=call.now_ns,
            number=str(number),
            account=str(number),
            operator=self._facts.ledger.operator_name(acting.currency.asset, acting.operator.number),
            from_ns=entries[0].booked_ns if entries else from_ns,
            to_ns=call.now_ns,
            opening_atoms=closing_atoms - sum(entry.atoms for entry in entries),
            closing_atoms=closing_atoms,
            entries=entries,
        )
        return written({"message": statement_document(money_of(acting), said).decode()})

    async def _is_own(self, acting: Acting, account: int) -> bool:
        """Whether it is the treasury, or a wallet that the operator has now."""
        if account == acting.operator.treasury_account:
            return True
        try:
            found = await self._facts.wallet(account)
        except ApiError:
            return False
        return (found.currency, found.operator) == (acting.currency.asset, acting.operator.number)


async def movements_after(client: EngineClient, account: int, since: int) -> list[Movement]:
    """A wallet's movements after a sequence, the oldest first. Raises ApiError if they are too many to look up."""
    found: list[Movement] = []
    before = 0
    for _ in range(PAGES_MAX):
        answer = await client.ask(StatementQuestion(account, before, ENTRIES_MAX))
        assert isinstance(answer, StatementAnswer)
        page = answer.movements
        is_last = len(page) < ENTRIES_MAX or page[-1].sequence <= since
        # What one command moved stays together: the oldest of a full page comes with the next one.
        before = page[-1].sequence + 1 if page else 0
        found += [row for row in page if row.sequence > since and (is_last or row.sequence >= before)]
        if is_last:
            return found[::-1]
    raise bad_value("sinceSequence")


def message_of(call: Call, read: Callable[[bytes, Money], Said], money: Money) -> Said:
    """The message that was sent; raises ApiError with the external code if it cannot be read."""
    try:
        return read(call.params.required("message").encode(), money)
    except BadDocument as error:
        raise bad_message(f"{error.code}: {error}") from None


def refuse_too_many(rows: Sequence[object]) -> None:
    """Raises ApiError."""
    if len(rows) > TRANSFERS_MAX:
        raise bad_message(f"FF01: a message is about at most {TRANSFERS_MAX} transfers here")


def money_of(acting: Acting) -> Money:
    return Money(acting.currency.currency, acting.asset.scale)


def _reported(call: Call, about: str, about_name: str, statuses: Sequence[Status]) -> bytes:
    """A pacs.002 about a message."""
    report = StatusReport(
        message=f"status-{about}"[:35],
        created_ns=call.now_ns,
        about=about,
        about_name=about_name,
        statuses=tuple(statuses),
    )
    return written({"message": report_document(report).decode()})


def _is_done(status: Status) -> bool:
    return status.state is State.SETTLED


def _paid(acting: Acting, said: CreditTransfers, one: CreditTransfer) -> MessagePaymentRow:
    return MessagePaymentRow(
        payment=payment_id(said.reference(one)),
        currency=acting.currency.asset,
        agent=one.debtor.agent,
        message=said.message,
        transfer=one.transaction,
        end_to_end=one.end_to_end,
        payee=_account(one.creditor.account),
        atoms=one.atoms,
    )


def _status_of(one: CreditTransfer | Return, outcome: Outcome, event: Event) -> Status:
    if event.kind == EventKind.REJECTED:
        return rejected(one.transaction, one.end_to_end, Reject(event.reason))
    return Status(
        transaction=one.transaction,
        state=State.SETTLED,
        end_to_end=one.end_to_end,
        accepted_ns=outcome.time_ns,
        reference=str(event.trade_id or outcome.sequence),
    )


def _entry(row: Movement) -> Entry:
    return Entry(
        reference=str(row.sequence),
        atoms=row.atoms,
        booked_ns=row.time_ns,
        kind=EventKind(row.kind).name,
        other_account=str(row.other),
    )


def _account(text: str) -> int:
    """-1 for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
