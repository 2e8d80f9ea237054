"""What a wallet's holder asks with its key: pay, one or many, give back, statement, sub-wallets, purposes, who looked.

A key answers for its own wallet and for the sub-wallets below it, named by `wallet`.
"""

from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.currency.commanding import command
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.operators import add_key
from venus.gateway.currency.payments import Payments, batch_weight, digest_of, id_of, payment_id, rows_of, with_room
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import not_your_wallet
from venus.gateway.currency.telling import Telling
from venus.gateway.issuance.holders import client_id, moment_ns, reference_of, whole
from venus.gateway.issuance.ledger_facts import atoms_of, told_time, written
from venus.iso20022.returns import CUSTOMER
from venus.records.currency import BindPurpose, OpenSubWallet, SpendPurpose
from venus.records.events import EventKind
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.units import NS_PER_US, decimal
from venus.views.catalog import Asset
from venus.views.currency_questions import (
    PurposesAnswer,
    PurposesQuestion,
    StatementAnswer,
    StatementQuestion,
    UnsealingsAnswer,
    UnsealingsQuestion,
    WalletAnswer,
)

ROWS = Limit(100, 1_000)
TILL_PERMISSIONS = Permission.USER_DATA | Permission.TRADE
"""Of a sub-wallet's key: it reads and asks to be paid, and gives nothing away."""
_MOVES, _READS, _ASKS = Permission.WITHDRAW, Permission.USER_DATA, Permission.TRADE


class Wallets:
    def __init__(self, client: EngineClient, registry: Registry, facts: CurrencyFacts) -> None:
        self._client = client
        self._registry = registry
        self._facts = facts
        self._telling = Telling(client, facts)
        self._payments = Payments(client, facts)
        self._recalls = registry.recalls

    def endpoints(self) -> tuple[Endpoint, ...]:
        spend = "purposeId! toAccount:accountNumber! amount! clientId!"
        bind = "holder! currency! amount! categories! expiresAt:moment! clientId!"
        rows = (
            ("GET", "wallet", self.standing, 2, "wallet", _READS),
            ("GET", "statement", self.statement, 5, f"wallet beforeSequence {ROWS}", _READS),
            ("POST", "payments", self.pay, 1, "wallet toAccount:accountNumber! amount! clientId!", _MOVES),
            ("POST", "payments/batch", self.pay_many, batch_weight, "wallet payments!", _MOVES),
            ("POST", "refunds", self.refund, 1, "wallet paymentId! amount! clientId!", _MOVES),
            ("POST", "subWallets", self.open_sub_wallet, 5, "category clientId!", _ASKS),
            ("POST", "subWallets/keys", self.add_sub_key, 5, "wallet! keyKind publicKey", _MOVES),
            ("GET", "purposes", self.purposes, 2, "", _READS),
            ("POST", "purposes", self.bind_purpose, 5, bind, _MOVES),
            ("POST", "purposes/spend", self.spend_purpose, 2, spend, _MOVES),
            ("GET", "looks", self.looks, 2, "", _READS),
        )
        made = (
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), permission)
            for method, path, answer, weight, read, permission in rows
        )
        return tuple(map(with_room, made))

    async def standing(self, desk: Desk, call: Call) -> bytes:
        """One's wallet: balance, class and limits, what was paid today and this year, sub-wallets."""
        await self._facts.ledger.refresh()
        return written(await self._telling.wallet(await self._facts.own(call)))

    async def statement(self, desk: Desk, call: Call) -> bytes:
        """What came in and went out, the newest first."""
        await self._facts.ledger.refresh()
        found = await self._facts.own(call)
        before, limit = call.params.integer("beforeSequence") or 0, call.params.limit(ROWS)
        answer = await self._client.ask(StatementQuestion(found.account, before, limit))
        assert isinstance(answer, StatementAnswer)
        asset = self._asset(found)
        return written(
            [
                {
                    "sequence": row.sequence,
                    "time": told_time(row.time_ns, call.unit_ns),
                    "kind": EventKind(row.kind).name,
                    "other": None if row.other < 0 else row.other,
                    "amount": decimal(row.atoms, asset.scale),
                    "paymentId": id_of(row.reference_hi, row.reference_lo),
                }
                for row in answer.movements
            ]
        )

    async def pay(self, desk: Desk, call: Call) -> bytes:
        """Pay a wallet, or an account of the exchange; it is settled when this is answered."""
        found, asset = await self._facts.payer(call)
        params, one = call.params, client_id(call.params)
        to, reference = whole(params, "toAccount"), reference_of(call, one)
        paid = await self._payments.pay(desk, call, found, asset, to, params.required("amount"), reference)
        return written({"clientId": one} | paid.facts)

    async def pay_many(self, desk: Desk, call: Call) -> bytes:
        """Pay many, such as salaries: each row for itself and once, what is refused in its row."""
        found, asset = await self._facts.payer(call)
        rows, prefix = rows_of(call), reference_of(call, "")
        return written(await self._payments.pay_rows(desk, call, found, asset, rows, prefix))

    async def refund(self, desk: Desk, call: Call) -> bytes:
        """Give back a payment that was made here, wholly or in part, to who made it."""
        found, asset = await self._facts.payer(call)
        params, one = call.params, client_id(call.params)
        payment, amount = params.required("paymentId"), params.required("amount")
        reference = reference_of(call, one)
        own, about, atoms = payment_id(reference), id_of(*digest_of(payment)), atoms_of(asset, amount)
        # What a message paid is told back by one (recalls.py).
        is_of_message = await desk.off_loop(lambda: self._recalls.begin_refund(own, about, atoms, CUSTOMER))
        paid = await self._payments.refund(desk, call, found, asset, payment, amount, reference)
        if is_of_message:
            await desk.off_loop(lambda: self._recalls.end_refund(own))
        return written({"clientId": one, "refunds": payment} | paid.facts)

    def _asset(self, found: WalletAnswer) -> Asset:
        return self._facts.ledger.assets[found.currency]

    # Merchants

    async def open_sub_wallet(self, desk: Desk, call: Call) -> bytes:
        """A wallet below one's own, such as of a till: its limits are one's own, counted together."""
        found = await self._facts.wallet(call.account)
        category = call.params.integer("category")
        asked = OpenSubWallet(
            reference=reference_of(call, client_id(call.params)),
            account=call.account,
            category=found.category if category is None else category,
        )
        answer = await command(self._client, desk, call, asked)
        return written(answer | {"wallet": answer["number"]})

    async def add_sub_key(self, desk: Desk, call: Call) -> bytes:
        """A key for a sub-wallet, which reads and asks to be paid and gives nothing away."""
        found = await self._facts.own(call)
        if found.root != call.account or found.account == call.account:
            raise not_your_wallet()
        return written(await desk.off_loop(lambda: add_key(self._registry, call, found.account, TILL_PERMISSIONS)))

    # Money for a purpose

    async def purposes(self, desk: Desk, call: Call) -> bytes:
        """Purpose-bound money that one gave or holds."""
        await self._facts.ledger.refresh()
        answer = await self._client.ask(PurposesQuestion(call.account))
        assert isinstance(answer, PurposesAnswer)
        return written([self._telling.purpose(row, call) for row in answer.purposes])

    async def bind_purpose(self, desk: Desk, call: Call) -> bytes:
        """Give a wallet money for merchants of some categories alone; what is left at its end comes back."""
        await self._facts.ledger.refresh()
        params = call.params
        currency = self._facts.named(params.required("currency"))
        asset = self._facts.asset_of(currency)
        asked = BindPurpose(
            reference=reference_of(call, client_id(params)),
            account=call.account,
            holder=whole(params, "holder"),
            asset=asset.number,
            atoms=atoms_of(asset, params.required("amount")),
            categories=categories_of(params.required("categories")),
            expires_ns=moment_ns(params, "expiresAt"),
        )
        return written(await command(self._client, desk, call, asked))

    async def spend_purpose(self, desk: Desk, call: Call) -> bytes:
        """Pay a merchant out of purpose-bound money."""
        await self._facts.ledger.refresh()
        found, params = await self._facts.wallet(call.account), call.params
        asked = SpendPurpose(
            reference=reference_of(call, client_id(params)),
            purpose=whole(params, "purposeId"),
            by_account=call.account,
            payee=whole(params, "toAccount"),
            atoms=atoms_of(self._asset(found), params.required("amount")),
        )
        return written(await command(self._client, desk, call, asked))

    async def looks(self, desk: Desk, call: Call) -> bytes:
        """Who had one's identity unsealed, on what basis, and when it was read: told after the delay ordered."""
        await self._facts.ledger.refresh()
        await self._facts.wallet(call.account)
        answer = await self._client.ask(UnsealingsQuestion(call.account))
        assert isinstance(answer, UnsealingsAnswer)
        readings = await desk.off_loop(lambda: self._registry.identities.looks(call.account))
        told: list[dict[str, Any]] = []
        for one in answer.unsealings:
            if one.shown_after_ns > call.now_ns:
                continue
            read = [look for look in readings if look.unsealing == one.sequence]
            told.append(
                {
                    "sequence": one.sequence,
                    "time": told_time(one.time_ns, call.unit_ns),
                    "authority": self._facts.ledger.institution_name(one.authority),
                    "basis": one.basis,
                    "readings": [
                        {
                            "time": told_time(look.time_us * NS_PER_US, call.unit_ns),
                            "institution": self._facts.ledger.institution_name(look.institution),
                            "seat": look.seat,
                        }
                        for look in read
                    ],
                }
            )
        return written(told)


def categories_of(text: str) -> tuple[int, ...]:
    """Merchant categories, separated by commas; raises ApiError."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise errors.bad_value("categories")
    return tuple(sorted({int(part) for part in parts}))
