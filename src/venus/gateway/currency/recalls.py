"""Transfers asked back: a payer's operator asks (camt.056), the payee's gives back or says why not (camt.029).

Who paid is told what came back (pacs.004). Source: docs/rules/iso20022.md, "Recalls".

Nothing here moves money: a return is a REFUND, which the payee's operator or the payee himself asks for.
"""

from collections.abc import Iterable
from functools import partial
from itertools import groupby

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError, bad_value
from venus.gateway.currency.facts import Acting, CurrencyFacts
from venus.gateway.currency.messages import ENTRIES_MAX, message_of, money_of, movements_after, refuse_too_many
from venus.gateway.currency.payments import id_of, payment_id, with_room
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import bad_message
from venus.gateway.issuance.ledger_facts import told_time, written
from venus.iso20022.resolutions import Resolution, Resolutions, Resolved, resolutions_document, resolutions_of
from venus.iso20022.returns import (
    Cancellation,
    Cancellations,
    Return,
    Returns,
    cancellations_document,
    cancellations_of,
    returns_document,
)
from venus.records.events import EventKind
from venus.registry.credentials import Permission
from venus.registry.currency_tables import MessagePaymentRow, RecallRow
from venus.registry.recalls import Recall, RecallDiffers
from venus.registry.registry import Registry
from venus.units import NS_PER_US, decimal
from venus.views.currency_questions import Movement

_OPERATES = Permission.OPERATOR
_UNKNOWN, _RETURNED, _ANOTHER_AMOUNT, _ANOTHER_OPERATOR = "NOOR", "ARDT", "AM09", "AGNT"


class RecallMessages:
    def __init__(self, client: EngineClient, registry: Registry, facts: CurrencyFacts) -> None:
        self._client = client
        self._recalls = registry.recalls
        self._facts = facts

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("POST", "iso20022/recalls", self.ask_back, 20, "message!", _OPERATES),
            ("GET", "iso20022/recalls", self.asked, 20, "", _OPERATES),
            ("POST", "iso20022/recalls/answers", self.answer, 20, "message!", _OPERATES),
            ("GET", "iso20022/recalls/answers", self.answers, 20, "messageId!", _OPERATES),
            ("GET", "iso20022/returns", self.returned, 20, "wallet! sinceSequence", _OPERATES),
            ("GET", "recalls", self.asked_of_payee, 2, "wallet", Permission.USER_DATA),
        )
        made = (
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), permission)
            for method, path, answer, weight, read, permission in rows
        )
        return tuple(map(with_room, made))

    async def ask_back(self, desk: Desk, call: Call) -> bytes:
        """Ask payees' operators for transfers of one's own messages, by a camt.056; answered by a camt.029."""
        acting = await self._facts.acting(call)
        said, name = message_of(call, cancellations_of, money_of(acting)), self._name(acting)
        refuse_too_many(said.cancellations)
        if said.by != name:
            raise bad_message(f"AGNT: the message is of {said.by}, and the key of {name}")
        by_payment = {payment_id(f"{name}/{one.about}/{one.transaction}"): one for one in said.cancellations}
        known = await desk.off_loop(lambda: self._recalls.payments(by_payment))
        call.still_fresh(desk)
        resolved = []
        for payment, one in by_payment.items():
            reason = await self._refusal(desk, acting, said.to, known.get(payment), one)
            if not reason:
                await self._note(desk, call, said, one, payment)
            resolved.append(_resolved(one, Resolution.REJECTED if reason else Resolution.PENDING, reason))
        return written({"message": self._document(call, said.to, name, said.message, resolved)})

    async def _refusal(
        self, desk: Desk, acting: Acting, to: str, payment: MessagePaymentRow | None, one: Cancellation
    ) -> str:
        """Why a request is not even passed on, as an external code; empty if it is."""
        if payment is None or payment.currency != acting.currency.asset:
            return _UNKNOWN
        if one.atoms > payment.atoms:
            return _ANOTHER_AMOUNT
        if await self._operator_of(acting, payment.payee) != to:
            return _ANOTHER_OPERATOR
        back = await desk.off_loop(lambda: self._recalls.returned_atoms(payment.payment))
        return _RETURNED if back >= payment.atoms else ""

    async def _note(self, desk: Desk, call: Call, said: Cancellations, one: Cancellation, payment: str) -> None:
        """Raises ApiError if something else was asked under this identification."""
        row = RecallRow(
            agent=said.by,
            message=said.message,
            identification=one.identification,
            payment=payment,
            atoms=one.atoms,
            reason=one.reason,
            created_us=call.now_ns // NS_PER_US,
            rejected=None,
        )
        try:
            await desk.off_loop(lambda: self._recalls.add(row))
        except RecallDiffers:
            raise bad_message(f"DU03: {said.message}/{one.identification} asked for something else before") from None

    async def asked(self, desk: Desk, call: Call) -> bytes:
        """What is asked back of one's own wallets and neither returned nor rejected: a camt.056 of each message."""
        acting = await self._facts.acting(call)
        name, rows = self._name(acting), await self._open(desk, acting)
        rows.sort(key=lambda one: (one.row.agent, one.row.message, one.row.id))
        told = []
        for (agent, message), group in groupby(rows, key=lambda one: (one.row.agent, one.row.message)):
            requests = list(group)
            said = Cancellations(
                message=message,
                created_ns=requests[0].row.created_us * NS_PER_US,
                by=agent,
                to=name,
                cancellations=tuple(map(_cancellation, requests)),
            )
            told.append(cancellations_document(money_of(acting), said).decode())
        return written({"messages": told})

    async def answer(self, desk: Desk, call: Call) -> bytes:
        """Say by a camt.029 why transfers are not given back; that they are is said by giving them back."""
        acting = await self._facts.acting(call)
        said = message_of(call, lambda data, _: resolutions_of(data), money_of(acting))
        refuse_too_many(said.resolved)
        if said.by != self._name(acting):
            raise bad_message(f"AGNT: the message is of {said.by}, and the key of {self._name(acting)}")
        rows = await self._open(desk, acting)
        rejected: list[tuple[list[Recall], str]] = []
        for one in said.resolved:
            if one.state is Resolution.ACCEPTED:
                raise bad_message("NARR: a transfer is given back by a pacs.004, or by the payee, which says it all")
            asked = [row for row in rows if _is_about(row, said.to, one)]
            if not asked:
                raise bad_message(f"NOOR: nobody asks you for {one.about}/{one.transaction}")
            if one.state is Resolution.REJECTED:
                rejected.append((asked, one.reason))
        call.still_fresh(desk)
        for asked, reason in rejected:
            await desk.off_loop(partial(self._recalls.reject, asked, reason))
        return written({"rejected": sum(len(asked) for asked, _ in rejected)})

    async def answers(self, desk: Desk, call: Call) -> bytes:
        """How a camt.056 of one's own stands: a camt.029 of all its transfers that were passed on."""
        acting = await self._facts.acting(call)
        name, message = self._name(acting), call.params.required("messageId")
        rows = await desk.off_loop(lambda: self._recalls.of_message(name, message))
        if not rows:
            raise bad_value("messageId")
        resolved = [_resolved(_cancellation(one), *_standing(one)) for one in rows]
        to = await self._operator_of(acting, rows[0].payment.payee)
        return written({"message": self._document(call, to, name, message, resolved)})

    async def returned(self, desk: Desk, call: Call) -> bytes:
        """A pacs.004 of what came back to a wallet after a sequence, of what messages paid; where the next begins."""
        acting = await self._facts.acting(call)
        found, since = await self._facts.wallet_of(acting, call), call.params.integer("sinceSequence") or 0
        rows = (await movements_after(self._client, found.account, since))[:ENTRIES_MAX]
        newest = rows[-1].sequence if rows else since
        back = {id_of(row.reference_hi, row.reference_lo): row for row in rows if _came_back(row)}
        known = await desk.off_loop(lambda: self._recalls.refunds(back))
        returns = tuple(
            Return(
                identification=str(back[refund.refund].sequence),
                about=payment.message,
                transaction=payment.transfer,
                end_to_end=payment.end_to_end,
                atoms=back[refund.refund].atoms,
                reason=refund.reason,
                debtor_agent=payment.agent,
                creditor_account=str(payment.payee),
            )
            for refund, payment in (known[digest] for digest in back if digest in known)
        )
        if not returns:
            return written({"message": None, "nextSequence": newest})
        said = Returns(message=f"return-{found.account}-{call.now_ns}"[:35], created_ns=call.now_ns, returns=returns)
        return written({"message": returns_document(money_of(acting), said).decode(), "nextSequence": newest})

    async def asked_of_payee(self, desk: Desk, call: Call) -> bytes:
        """What is asked back of a wallet's own payments: whether to give it back, by a refund, is for its holder."""
        await self._facts.ledger.refresh()
        found = await self._facts.own(call)
        rows = await desk.off_loop(lambda: self._recalls.open_to(found.account))
        scale = self._facts.ledger.assets[found.currency].scale
        return written(
            [
                {
                    "paymentId": one.payment.payment,
                    "fromOperator": one.row.agent,
                    "amount": decimal(one.row.atoms, scale),
                    "returned": decimal(one.returned_atoms, scale),
                    "reason": one.row.reason,
                    "time": told_time(one.row.created_us * NS_PER_US, call.unit_ns),
                }
                for one in rows
            ]
        )

    async def _open(self, desk: Desk, acting: Acting) -> list[Recall]:
        """What is asked of wallets that the operator has now."""
        rows = await desk.off_loop(lambda: self._recalls.open(acting.currency.asset))
        name = self._name(acting)
        return [one for one in rows if await self._operator_of(acting, one.payment.payee) == name]

    async def _operator_of(self, acting: Acting, account: int) -> str:
        """The name of the operator that has an account now; empty if it is none's."""
        for operator in acting.currency.operators:
            if operator.treasury_account == account:
                return self._facts.ledger.operator_name(acting.currency.asset, operator.number)
        try:
            found = await self._facts.wallet(account)
        except ApiError:
            return ""
        is_here = found.currency == acting.currency.asset
        return self._facts.ledger.operator_name(found.currency, found.operator) if is_here else ""

    def _name(self, acting: Acting) -> str:
        return self._facts.ledger.operator_name(acting.currency.asset, acting.operator.number)

    @staticmethod
    def _document(call: Call, by: str, to: str, about: str, resolved: Iterable[Resolved]) -> str:
        said = Resolutions(
            message=f"answer-{about}"[:35], created_ns=call.now_ns, by=by, to=to, resolved=tuple(resolved)
        )
        return resolutions_document(said).decode()


def _cancellation(one: Recall) -> Cancellation:
    return Cancellation(
        identification=one.row.identification,
        about=one.payment.message,
        transaction=one.payment.transfer,
        end_to_end=one.payment.end_to_end,
        atoms=one.row.atoms,
        reason=one.row.reason,
    )


def _resolved(one: Cancellation, state: Resolution, reason: str) -> Resolved:
    return Resolved(
        identification=one.identification,
        about=one.about,
        transaction=one.transaction,
        end_to_end=one.end_to_end,
        state=state,
        reason=reason,
    )


def _standing(one: Recall) -> tuple[Resolution, str]:
    """State and reason; what was given back counts, whatever was said before."""
    if one.is_done:
        return Resolution.ACCEPTED, ""
    if one.row.rejected is not None:
        return Resolution.REJECTED, one.row.rejected
    return Resolution.PENDING, ""


def _is_about(one: Recall, asked_by: str, said: Resolved) -> bool:
    payment = one.payment
    return (one.row.agent, payment.message, payment.transfer) == (asked_by, said.about, said.transaction)


def _came_back(row: Movement) -> bool:
    return row.kind == EventKind.REFUNDED and row.atoms > 0
