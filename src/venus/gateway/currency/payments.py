"""Payments of a currency: one, many, and refunds. The same for a wallet's key and for an operator's treasury.

A payment is a TRANSFER under the reference `holder:ACCOUNT:clientId`, so that a retry is answered again; its id is the
digest of that reference, by which it is refunded.
"""

from typing import Any, NamedTuple

import msgspec

from venus.engine.client import EngineClient, Outcome
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.binance.params import Params
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.refusals import bad_rows
from venus.gateway.issuance.holders import checked_id
from venus.gateway.issuance.ledger_facts import atoms_of, told_time
from venus.gateway.issuance.refusals import CODE_BASE, WORDS, refused
from venus.records.commands import Command, CommandKind, client_digest
from venus.records.currency import RefundPayment
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject
from venus.records.transfers import transfer
from venus.views.catalog import Asset
from venus.views.currency_questions import PaymentAnswer, PaymentQuestion

ROWS_MAX = 5_000
ROWS_AT_ONCE = 500
"""In one frame; others' requests come between."""
BATCH_BYTES_MAX = 1024 * 1024
"""Of the body, which has five thousand rows of two hundred bytes, as a form is encoded."""
_WEIGHT, _WEIGHT_BYTES = 20, 64 * 1024


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One payment of a batch."""

    toAccount: int
    amount: str
    clientId: str


class Paid(NamedTuple):
    """A payment as it is told."""

    facts: dict[str, Any]
    sequence: int
    reject: Reject


def payment_id(reference: str) -> str:
    """Hex of the digest that the core knows a payment by."""
    hi, lo = client_digest(reference)
    return (hi % 2**64).to_bytes(8, "big").hex() + (lo % 2**64).to_bytes(8, "big").hex()


def id_of(hi: int, lo: int) -> str:
    """As `payment_id`, of a digest."""
    return f"{hi % 2**64:016x}{lo % 2**64:016x}"


def digest_of(text: str) -> tuple[int, int]:
    """The digest that a payment's id stands for; raises ApiError."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise errors.bad_value("paymentId") from None
    if len(raw) != 16:
        raise errors.bad_value("paymentId")
    return int.from_bytes(raw[:8], "big", signed=True), int.from_bytes(raw[8:], "big", signed=True)


def refund(reference: str, *, payment: tuple[int, int], account: int, asset: int, atoms: int) -> tuple[Command, str]:
    """A REFUND and its text: of a payment that was made to this account."""
    hi, lo = client_digest(reference)
    command = Command(
        client_hi=hi,
        client_lo=lo,
        target_hi=payment[0],
        target_lo=payment[1],
        quantity=atoms,
        account=account,
        subject=asset,
        kind=CommandKind.REFUND,
    )
    return command, reference


def own_event(events: list[Event], debit: int, credit: int) -> Event:
    """The event of the payment itself: what bank accounts took or gave, or timers did, stands around it.

    credit: -1 for whoever it was that is paid back.
    """
    for event in events:
        if event.kind in (EventKind.REJECTED, EventKind.REFUNDED):
            return event
        is_it = event.kind == EventKind.TRANSFERRED and event.account == debit and credit in (-1, event.maker_account)
        if is_it and not event.flags & EventFlag.TIMER:
            return event
    raise AssertionError(events)


class Payments:
    """Carries payments out, and says what became of them."""

    def __init__(self, client: EngineClient, facts: CurrencyFacts) -> None:
        self._client = client
        self._facts = facts

    async def pay(
        self, desk: Desk, call: Call, debit: int, asset: Asset, to_account: int, text: str, reference: str
    ) -> Paid:
        """One payment; raises ApiError if it is refused."""
        await self._facts.payable(to_account)
        command, said = transfer(
            reference, debit=debit, credit=to_account, asset=asset.number, atoms=atoms_of(asset, text)
        )
        call.still_fresh(desk)
        outcome = await self._client.submit(command, said)
        event = own_event(outcome.events, debit, to_account)
        return _done(_told(call, outcome, event, text, reference, to_account))

    async def refund(
        self, desk: Desk, call: Call, account: int, asset: Asset, payment: str, text: str, reference: str
    ) -> Paid:
        """Give a payment back, wholly or in part; raises ApiError if it is refused."""
        digest, atoms = digest_of(payment), atoms_of(asset, text)
        bound = await self._client.ask(PaymentQuestion(*digest))
        assert isinstance(bound, PaymentAnswer)
        call.still_fresh(desk)
        if bound.payment:  # it was made out of a hold or an allowance
            asked = RefundPayment(
                reference=reference, account=account, payment=bound.payment, hold=bound.hold, atoms=atoms
            )
            outcome = await self._client.submit_cold(asked)
            event = outcome.events[-1]
            return _done(_told(call, outcome, event, text, reference, bound.payer))
        command, said = refund(reference, payment=digest, account=account, asset=asset.number, atoms=atoms)
        outcome = await self._client.submit(command, said)
        event = own_event(outcome.events, account, -1)
        return _done(_told(call, outcome, event, text, reference, event.maker_account))

    async def pay_rows(
        self, desk: Desk, call: Call, debit: int, asset: Asset, rows: list[Row], prefix: str
    ) -> list[dict[str, Any]]:
        """Many payments, each for itself: what is refused is told in its row, and the others are made."""
        told: list[dict[str, Any]] = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            told += await self._pay_some(desk, call, debit, asset, rows[start : start + ROWS_AT_ONCE], prefix)
        return told

    async def _pay_some(
        self, desk: Desk, call: Call, debit: int, asset: Asset, rows: list[Row], prefix: str
    ) -> list[dict[str, Any]]:
        run = []
        for row in rows:
            await self._facts.payable(row.toAccount)
            reference = prefix + checked_id(row.clientId)
            atoms = atoms_of(asset, row.amount)
            run.append(transfer(reference, debit=debit, credit=row.toAccount, asset=asset.number, atoms=atoms))
        call.still_fresh(desk)
        outcomes = await self._client.submit_linked(run)
        answer = []
        for row, (_, reference), outcome in zip(rows, run, outcomes, strict=True):
            event = own_event(outcome.events, debit, row.toAccount)
            paid = _told(call, outcome, event, row.amount, reference, row.toAccount)
            facts = {"clientId": row.clientId, **paid.facts}
            if paid.reject is not Reject.NONE:
                facts |= {"code": CODE_BASE - paid.reject, "msg": f"{paid.reject.name}: {WORDS[paid.reject]}"}
            answer.append(facts)
        return answer


def batch_weight(params: Params) -> int:
    """A batch weighs more, the more it holds."""
    return _WEIGHT * (1 + len(params.optional("payments") or "") // _WEIGHT_BYTES)


def with_room(endpoint: Endpoint) -> Endpoint:
    """The same with room for a large body, if it takes a batch."""
    takes_batch = "payments" in endpoint.names or "message" in endpoint.names
    return endpoint._replace(body_bytes_max=BATCH_BYTES_MAX) if takes_batch else endpoint


def rows_of(call: Call) -> list[Row]:
    """The rows of a batch; raises ApiError. A client id stands once, or two rows would be one payment."""
    try:
        rows = msgspec.json.decode(call.params.required("payments").encode(), type=list[Row])
    except msgspec.MsgspecError as error:
        raise bad_rows(str(error)) from None
    if not 1 <= len(rows) <= ROWS_MAX:
        raise bad_rows(f"there are 1 to {ROWS_MAX}")
    ids = [row.clientId for row in rows]
    if len(set(ids)) != len(ids):
        raise bad_rows("a clientId stands twice")
    return rows


def _told(call: Call, outcome: Outcome, event: Event, amount: str, reference: str, to_account: int) -> Paid:
    repeated = bool(event.flags & EventFlag.REPEATED)
    refused_for = Reject(event.reason) if event.kind == EventKind.REJECTED else Reject.NONE
    sequence = event.trade_id if repeated else outcome.sequence
    facts = {
        "paymentId": payment_id(reference),
        "toAccount": to_account,
        "amount": amount,
        "sequence": sequence,
        "time": told_time(outcome.time_ns, call.unit_ns),
        "repeated": repeated,
        "done": refused_for is Reject.NONE,
    }
    return Paid(facts, sequence, refused_for)


def _done(paid: Paid) -> Paid:
    if paid.reject is not Reject.NONE:
        raise refused(paid.reject)
    return paid
