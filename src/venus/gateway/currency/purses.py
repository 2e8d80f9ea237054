"""Purses that pay offline, at the door: an operator opens them, a holder loads, settles and closes them.

What is signed comes from the operator's own desk and from devices: the door has no key of theirs. docs/rules/purses.md.
"""

from typing import Any

import msgspec

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.currency.commanding import command
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import bad_rows, no_such_purse, not_your_wallet
from venus.gateway.issuance.holders import client_id, reference_of, whole
from venus.gateway.issuance.ledger_facts import atoms_of, told_time, written
from venus.gateway.issuance.officials import command_of
from venus.gateway.issuance.proposals import HOLDERS_REFERENCE
from venus.gateway.issuance.refusals import not_this_command, reference_not_yours, refused
from venus.purse.messages import BadMessage, Paid, parse
from venus.records.events import Event, EventKind
from venus.records.purses import PAYMENTS_MAX, ClosePurse, FundPurse, OpenPurse, PursePayment, SettlePurse
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.views.purse_questions import Purse, PursesAnswer, PursesQuestion, PurseTermsAnswer, PurseTermsQuestion

_MOVES, _READS, _TAKES = Permission.WITHDRAW, Permission.USER_DATA, Permission.TRADE
_OF_ONE = (EventKind.PURSE_PAID, EventKind.PURSE_REFUSED)


class Purses:
    def __init__(self, client: EngineClient, facts: CurrencyFacts) -> None:
        self._client = client
        self._facts = facts

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("GET", "purseTerms", self.terms, 2, "currency!", Permission.NONE),
            ("GET", "purses/caught", self.caught, 5, "", Permission.NONE),
            ("GET", "purses", self.own, 5, "wallet", _READS),
            ("POST", "purses/fund", self.fund, 2, "purseId! amount! clientId!", _MOVES),
            ("POST", "purses/settle", self.settle, 20, "payments! clientId!", _TAKES),
            ("POST", "purses/close", self.close, 2, "purseId! clientId!", _TAKES),
            ("GET", "operator/purses", self.of_wallet, 5, "wallet!", Permission.OPERATOR),
            ("POST", "operator/purses", self.open, 5, "command encoded", Permission.OPERATOR),
        )
        return tuple(
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), permission)
            for method, path, answer, weight, read, permission in rows
        )

    async def terms(self, desk: Desk, call: Call) -> bytes:
        """What each operator's purses may hold and pay, and the key that signs for them."""
        ledger = self._facts.ledger
        await ledger.refresh()
        asset = self._facts.named(call.params.required("currency")).asset
        answer = await self._client.ask(PurseTermsQuestion(asset))
        assert isinstance(answer, PurseTermsAnswer)
        return written(
            [
                {
                    "operator": ledger.operator_name(asset, one.operator),
                    "number": one.operator,
                    "key": one.key.hex(),
                    "holdsMax": ledger.amount(asset, one.holds_atoms_max),
                    "paymentMax": ledger.amount(asset, one.payment_atoms_max),
                    "guarantee": ledger.amount(asset, one.guarantee_atoms),
                    "lifeMs": one.life_ns_max // 10**6,
                    "claimMs": one.claim_ns // 10**6,
                }
                for one in answer.terms
            ]
        )

    async def caught(self, desk: Desk, call: Call) -> bytes:
        """Numbers of purses that paid twice: no device should take them; whose they are does not stand here."""
        return written([one.number for one in (await self._ask(PursesQuestion(caught=True))).purses])

    async def own(self, desk: Desk, call: Call) -> bytes:
        """One's purses, the newest first."""
        await self._facts.ledger.refresh()
        found = await self._facts.own(call)
        return await self._list(found.account, call)

    async def of_wallet(self, desk: Desk, call: Call) -> bytes:
        """The purses of one of one's own wallets."""
        found = await self._facts.wallet_of(await self._facts.acting(call), call)
        return await self._list(found.account, call)

    async def open(self, desk: Desk, call: Call) -> bytes:
        """Open a purse for a device of one of one's wallets: an OpenPurse as the key of one's purse terms signed it."""
        acting, asked = await self._facts.acting(call), command_of(call)
        if not isinstance(asked, OpenPurse):
            raise not_this_command(OpenPurse.__name__)
        if asked.reference.startswith(HOLDERS_REFERENCE):
            raise reference_not_yours(HOLDERS_REFERENCE)
        found = await self._facts.wallet(asked.account)
        own = (acting.currency.asset, acting.operator.number)
        if (found.currency, found.operator) != own or (asked.currency, asked.operator) != own:
            raise not_your_wallet()
        answer = await command(self._client, desk, call, asked)
        return written(answer | {"purse": answer["number"]})

    async def fund(self, desk: Desk, call: Call) -> bytes:
        """Load a purse of one's own; the operator then gives it a new certificate."""
        await self._facts.ledger.refresh()
        params = call.params
        purse = await self._own_purse(call)
        asset = self._facts.ledger.assets[purse.currency]
        asked = FundPurse(
            reference=reference_of(call, client_id(params)),
            purse=purse.number,
            account=call.account,
            atoms=atoms_of(asset, params.required("amount")),
        )
        return written(await command(self._client, desk, call, asked))

    async def close(self, desk: Desk, call: Call) -> bytes:
        """Give back what a purse of one's own did not pay, once nothing more can come."""
        purse = await self._own_purse(call)
        asked = ClosePurse(reference=reference_of(call, client_id(call.params)), purse=purse.number)
        return written(await command(self._client, desk, call, asked))

    async def settle(self, desk: Desk, call: Call) -> bytes:
        """Settle what devices were paid offline, at most a hundred payments; each is paid or refused for itself."""
        await self._facts.ledger.refresh()
        payments = payments_of(call.params.required("payments"))
        call.still_fresh(desk)
        asked = SettlePurse(reference=reference_of(call, client_id(call.params)), payments=payments)
        outcome = await self._client.submit_cold(asked)
        [*events, own] = outcome.events
        if own.kind == EventKind.REJECTED:
            raise refused(Reject(own.reason))
        told = [event for event in events if event.kind in _OF_ONE]
        # A retry is not told again what became of each: who lost the answer shows them anew, and is paid once.
        return written(
            {
                "sequence": own.trade_id or outcome.sequence,
                "time": told_time(outcome.time_ns, call.unit_ns),
                "repeated": not told,
                "payments": [
                    self._outcome(payment, event) for payment, event in zip(payments, told, strict=False) if told
                ],
            }
        )

    def _outcome(self, payment: PursePayment, event: Event) -> dict[str, Any]:
        is_paid, ledger = event.kind == EventKind.PURSE_PAID, self._facts.ledger
        return {
            "purse": payment.purse,
            "counter": payment.counter,
            "amount": ledger.amount(event.symbol, payment.atoms) if is_paid else None,
            "paid": ledger.amount(event.symbol, event.quantity_lots) if is_paid else None,
            "fromGuarantee": ledger.amount(event.symbol, event.hold_atoms) if is_paid else None,
            "reason": None if is_paid else Reject(event.reason).name,
        }

    async def _own_purse(self, call: Call) -> Purse:
        number = whole(call.params, "purseId")
        found = (await self._ask(PursesQuestion(number=number))).purses if number > 0 else []
        if not found or found[0].account != call.account:
            raise no_such_purse()
        return found[0]

    async def _list(self, account: int, call: Call) -> bytes:
        answer = await self._ask(PursesQuestion(account=account))
        return written([self._told(one, call) for one in answer.purses])

    def _told(self, one: Purse, call: Call) -> dict[str, Any]:
        ledger, asset = self._facts.ledger, one.currency
        return {
            "purse": one.number,
            "currency": ledger.code(asset),
            "operator": ledger.operator_name(asset, one.operator),
            "key": one.key.hex(),
            "holdsMax": ledger.amount(asset, one.holds_atoms_max),
            "paymentMax": ledger.amount(asset, one.payment_atoms_max),
            "loaded": ledger.amount(asset, one.loaded_atoms),
            "paid": ledger.amount(asset, one.paid_atoms),
            "guarantee": ledger.amount(asset, one.guarantee_atoms),
            "expiresAt": told_time(one.expires_ns, call.unit_ns),
            "expiresNs": one.expires_ns,  # as certificates say it
            "closesAt": told_time(one.closes_ns, call.unit_ns),
            "caught": one.caught,
            "closed": one.closed,
        }

    async def _ask(self, question: PursesQuestion) -> PursesAnswer:
        answer = await self._client.ask(question)
        assert isinstance(answer, PursesAnswer)
        return answer


def payments_of(text: str) -> tuple[PursePayment, ...]:
    """A JSON list of the messages with which purses paid; raises ApiError."""
    try:
        messages = msgspec.json.decode(text.encode(), type=list[str])
        payments = tuple(parse(one, Paid).payment for one in messages)
    except (msgspec.MsgspecError, BadMessage) as error:
        raise bad_rows(str(error)) from None
    if not 1 <= len(payments) <= PAYMENTS_MAX:
        raise bad_rows(f"there are 1 to {PAYMENTS_MAX}")
    return payments
