"""Payment requests: a merchant asks, the person who scans the code pays, and each is paid once.

The payment's reference is `request:ID` whoever pays, and the core's reference memory does the rest.
"""

from typing import Any

import msgspec

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError, bad_value
from venus.gateway.binance.params import Limit
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.payments import Payments, payment_id
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import no_such_request, request_differs, request_not_open, too_many_requests
from venus.gateway.issuance.holders import client_id
from venus.gateway.issuance.ledger_facts import atoms_of, told_time, written
from venus.gateway.issuance.refusals import CODE_BASE
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.currency_tables import MEMO_CHARS_MAX, PaymentRequestRow
from venus.registry.payment_requests import RequestDiffers, RequestState
from venus.registry.registry import Registry
from venus.sdk.payment_requests import PaymentRequest, picture, request, text_of
from venus.units import NS_PER_S, NS_PER_US, decimal

ROWS = Limit(100, 1_000)
US_PER_S = 1_000_000
OPEN_MAX = 10_000
LIFE_NS = 15 * 60 * NS_PER_S
LIFE_NS_MAX = 366 * 86_400 * NS_PER_S


class Requests:
    def __init__(self, client: EngineClient, registry: Registry, facts: CurrencyFacts) -> None:
        self._record = registry.requests
        self._facts = facts
        self._payments = Payments(client, facts)

    def endpoints(self) -> tuple[Endpoint, ...]:
        ask = "wallet amount! memo expiresAt:moment clientId!"
        listed = f"requestState startBefore:moment {ROWS}"
        return (
            Endpoint("POST", f"{BASE}/requests", self.ask, 2, names(ask), Permission.TRADE),
            Endpoint("GET", f"{BASE}/requests", self.listing, 5, names(listed), Permission.USER_DATA),
            Endpoint("DELETE", f"{BASE}/requests", self.withdraw, 2, names("requestId!"), Permission.TRADE),
            Endpoint("GET", f"{BASE}/requests/one", self.one, 1, names("requestId!")),
            Endpoint("GET", f"{BASE}/requests/code", self.code, 2, names("requestId!")),
            Endpoint("POST", f"{BASE}/payments/request", self.pay, 2, names("requestId!"), Permission.WITHDRAW),
        )

    async def ask(self, desk: Desk, call: Call) -> bytes:
        """Ask to be paid, into one's own wallet or a sub-wallet; the answer has what stands in the code to scan."""
        await self._facts.ledger.refresh()
        found, params = await self._facts.own(call), call.params
        asset = self._facts.ledger.assets[found.currency]
        memo = params.optional("memo") or ""
        if len(memo) > MEMO_CHARS_MAX or not memo.isprintable():
            raise bad_value("memo")
        expires_ns = params.time_ns("expiresAt") or call.now_ns + LIFE_NS
        if not call.now_ns < expires_ns <= call.now_ns + LIFE_NS_MAX:
            raise bad_value("expiresAt")
        now_us, owner = call.now_ns // NS_PER_US, found.root
        if await desk.off_loop(lambda: self._record.open_count(owner, now_us)) >= OPEN_MAX:
            raise too_many_requests(OPEN_MAX)
        terms: dict[str, Any] = {
            "owner": owner,
            "client_id": client_id(params),
            "payee": found.account,
            "asset": asset.number,
            "atoms": atoms_of(asset, params.required("amount")),
            "memo": memo,
            "created_us": now_us,
            "expires_us": expires_ns // NS_PER_US,
        }
        try:
            row = await desk.off_loop(lambda: self._record.add(**terms))
        except RequestDiffers:
            raise request_differs() from None
        return written(self._told(row, call))

    async def listing(self, desk: Desk, call: Call) -> bytes:
        """One's own requests, the newest first."""
        await self._facts.ledger.refresh()
        found, params = await self._facts.wallet(call.account), call.params
        text = params.optional("requestState")
        if text is not None and text not in RequestState.__members__:
            raise bad_value("requestState")
        state = None if text is None else RequestState[text]
        before_ns, limit, now_us = params.time_ns("startBefore"), params.limit(ROWS), call.now_ns // NS_PER_US
        before_us = None if before_ns is None else before_ns // NS_PER_US
        rows = await desk.off_loop(
            lambda: self._record.listing(found.root, now_us, state=state, before_us=before_us, limit=limit)
        )
        # A till sees its own.
        mine = [row for row in rows if call.account in (row.owner, row.payee)]
        return written([self._told(row, call) for row in mine])

    async def withdraw(self, desk: Desk, call: Call) -> bytes:
        """Take a request back that was not paid."""
        await self._facts.ledger.refresh()
        row = await self._row(desk, call)
        if call.account not in (row.owner, row.payee):
            raise no_such_request()
        if not await desk.off_loop(lambda: self._record.withdraw(row.id, row.owner)):
            raise request_not_open(RequestState(row.state).name)
        return written(self._told(await self._row(desk, call), call))

    async def one(self, desk: Desk, call: Call) -> bytes:
        """A request as whoever has its id may see it: whom it pays, how much, what for, and how it stands."""
        await self._facts.ledger.refresh()
        return written(self._told(await self._row(desk, call), call, to_anybody=True))

    async def code(self, desk: Desk, call: Call) -> bytes:
        """The request's QR code, as text that is in it and as SVG."""
        await self._facts.ledger.refresh()
        row = await self._row(desk, call)
        said = self._said(row)
        return written({"requestId": row.id, "code": text_of(said), "svg": picture(said).decode()})

    async def pay(self, desk: Desk, call: Call) -> bytes:
        """Pay a request, all of it and once; whoever pays it again is answered as the first time, or refused."""
        await self._facts.ledger.refresh()
        payer, row = await self._facts.wallet(call.account), await self._row(desk, call)
        if row.state in (RequestState.WITHDRAWN, RequestState.EXPIRED) or (
            row.state == RequestState.PAID and row.payer != payer.account
        ):
            raise request_not_open(RequestState(row.state).name)
        asset = self._facts.ledger.assets[row.asset]
        reference, amount = reference_of_request(row.id), decimal(row.atoms, asset.scale)
        try:
            paid = await self._payments.pay(desk, call, payer.account, asset, row.payee, amount, reference)
        except ApiError as refusal:
            if refusal.code == CODE_BASE - Reject.REFERENCE_REUSED:
                raise request_not_open(RequestState.PAID.name) from None
            raise
        await desk.off_loop(lambda: self._record.note_paid(row.id, payer.account, paid.sequence))
        return written({"requestId": row.id} | paid.facts)

    async def _row(self, desk: Desk, call: Call) -> PaymentRequestRow:
        number, now_us = call.params.required("requestId"), call.now_ns // NS_PER_US
        row = await desk.off_loop(lambda: self._record.find(number, now_us))
        if row is None:
            raise no_such_request()
        return row

    def _said(self, row: PaymentRequestRow) -> PaymentRequest:
        asset = self._facts.ledger.assets[row.asset]
        until_s = row.expires_us // US_PER_S
        made = request(row.payee, asset.code, row.id, row.atoms, asset.scale, until_s=until_s)
        return msgspec.structs.replace(made, note=row.memo)

    def _told(self, row: PaymentRequestRow, call: Call, *, to_anybody: bool = False) -> dict[str, Any]:
        ledger = self._facts.ledger
        facts = {
            "requestId": row.id,
            "wallet": row.payee,
            "currency": ledger.code(row.asset),
            "amount": ledger.amount(row.asset, row.atoms),
            "memo": row.memo,
            "state": RequestState(row.state).name,
            "expiresAt": told_time(row.expires_us * NS_PER_US, call.unit_ns),
            "code": text_of(self._said(row)),
        }
        if to_anybody:
            return facts
        return facts | {
            "clientId": row.client_id,
            "time": told_time(row.created_us * NS_PER_US, call.unit_ns),
            "payer": row.payer,
            "sequence": row.sequence,
            "paymentId": payment_id(reference_of_request(row.id)),
        }


def reference_of_request(number: str) -> str:
    """Of the payment of a request, whoever makes it."""
    return f"request:{number}"
