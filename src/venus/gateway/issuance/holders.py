"""What a holder asks with the exchange's own API keys: redemption, payments, holds, allowances, trades, schedules.

Each is one command under the reference `holder:ACCOUNT:clientId`, so that a retry is done once and answered again. The
account that a command names first is the key's own, whatever is sent.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from venus.engine.client import EngineClient, Outcome
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.wallet.retained import parting
from venus.gateway.issuance.leaving import parting_by
from venus.gateway.issuance.ledger_facts import LedgerFacts, atoms_of, told_time, written
from venus.gateway.issuance.officials import command_of
from venus.gateway.issuance.proposals import HOLDERS_REFERENCE, number_of, own_event
from venus.gateway.issuance.refusals import not_this_command, not_your_account, reference_not_yours, refused
from venus.records import coins, holds
from venus.records.commands import AccountKind, CommandFlag, PlainCommand
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.records.transfers import transfer
from venus.registry.credentials import Permission
from venus.units import NS_PER_MS
from venus.views.catalog import AccountAnswer, AccountQuestion

BASE = "/coins/v1"
PAYMENTS_MAX = 100
_MOVES, _TRADES = Permission.WITHDRAW, Permission.TRADE
Build = Callable[["Holders", Call, str], PlainCommand]


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of a batch."""

    toAccount: int
    asset: str
    amount: str
    clientId: str


class Holders:
    """The endpoints of holders. Each line of the table is one command of docs/rules/holds.md or issuance.md."""

    def __init__(self, client: EngineClient, facts: LedgerFacts) -> None:
        self._client = client
        self._facts = facts

    def bindings(self, base: str) -> tuple[Endpoint, ...]:
        """What binds money of any account, under a door's base: holds, allowances, trades, schedules; and appeals."""
        kinds = ("holds", "allowances", "trades", "schedules", "appeals")
        return tuple(row for row in self._rows(base) if row.path.removeprefix(f"{base}/").split("/")[0] in kinds)

    def _rows(self, base: str) -> list[Endpoint]:
        return [
            Endpoint(method, f"{base}/{path}", self._asking(build), 5, names(f"{read} clientId!"), permission)
            for method, path, read, permission, build in TABLE
        ]

    def endpoints(self) -> tuple[Endpoint, ...]:
        signed = [
            Endpoint("POST", f"{BASE}/{path}", self._handing(kind, own), 5, names("command encoded"), permission)
            for path, kind, own, permission in SIGNED
        ]
        transfers = "toAccount:accountNumber! asset! amount! clientId!"
        return (
            Endpoint("POST", f"{BASE}/transfers", self.pay, 5, names(transfers), _MOVES),
            Endpoint("POST", f"{BASE}/transfers/batch", self.pay_many, 20, names("payments! "), _MOVES),
            *self._rows(BASE),
            *signed,
        )

    async def pay(self, desk: Desk, call: Call) -> bytes:
        """Pay another account."""
        params = call.params
        payment = Payment(
            whole(params, "toAccount"), params.required("asset"), params.required("amount"), client_id(params)
        )
        return written((await self._pay(desk, call, [payment]))[0])

    async def pay_many(self, desk: Desk, call: Call) -> bytes:
        """Pay many accounts, all of them or none."""
        try:
            payments = msgspec.json.decode(call.params.required("payments").encode(), type=list[Payment])
        except msgspec.MsgspecError:
            raise errors.bad_json("payments") from None
        if not 1 <= len(payments) <= PAYMENTS_MAX:
            raise errors.bad_value("payments")
        return written(await self._pay(desk, call, payments))

    async def _pay(self, desk: Desk, call: Call, payments: list[Payment]) -> list[dict[str, Any]]:
        await self._facts.refresh()
        run = []
        for payment in payments:
            asset = self._facts.asset_named(payment.asset)
            await self._know_person(payment.toAccount)
            run.append(
                transfer(
                    reference_of(call, checked_id(payment.clientId)),
                    debit=call.account,
                    credit=payment.toAccount,
                    asset=asset.number,
                    atoms=atoms_of(asset, payment.amount),
                )
            )
        leaving: Counter[int] = Counter()
        for command, _ in run:
            leaving[command.subject] += command.quantity
        linked = [(command._replace(flags=CommandFlag.LINKED), text) for command, text in run[:-1]]
        async with parting(desk, call.account, leaving):
            call.still_fresh(desk)
            outcomes = await self._client.submit_linked([*linked, run[-1]])
        _refuse(outcomes)
        return [
            {
                "clientId": payment.clientId,
                "toAccount": payment.toAccount,
                "asset": payment.asset,
                "amount": payment.amount,
                "sequence": outcome.sequence,
                "repeated": bool(outcome.events[-1].flags & EventFlag.REPEATED),
            }
            for payment, outcome in zip(payments, outcomes, strict=True)
        ]

    async def _know_person(self, account: int) -> None:
        """Only people are paid here: what goes to an account of the outside has left the exchange."""
        if not 0 <= account < 2**32:
            raise errors.bad_value("toAccount")
        facts = await self._client.ask(AccountQuestion(account))
        assert isinstance(facts, AccountAnswer)
        if facts.kind != AccountKind.PERSON:
            raise refused(Reject.UNKNOWN_COUNTERPARTY)

    def _asking(self, build: Build) -> Callable[[Desk, Call], Awaitable[bytes]]:
        async def ask(desk: Desk, call: Call) -> bytes:
            await self._facts.refresh()
            command = build(self, call, reference_of(call, client_id(call.params)))
            return await self._do(desk, call, command)

        ask.__doc__ = build.__doc__
        return ask

    def _handing(self, kind: type[PlainCommand], own: bool) -> Callable[[Desk, Call], Awaitable[bytes]]:
        async def hand_in(desk: Desk, call: Call) -> bytes:
            command = command_of(call)
            if not isinstance(command, kind):
                raise not_this_command(kind.__name__)
            if own and getattr(command, "account", None) != call.account:
                raise not_your_account()
            if command.reference.startswith(HOLDERS_REFERENCE) and not command.reference.startswith(
                reference_of(call, "")
            ):
                raise reference_not_yours(HOLDERS_REFERENCE)
            return await self._do(desk, call, command)

        hand_in.__doc__ = kind.__doc__
        return hand_in

    async def _do(self, desk: Desk, call: Call, command: PlainCommand) -> bytes:
        async with parting_by(desk, command):
            call.still_fresh(desk)
            try:
                outcome = await self._client.submit_cold(command)
            except OverflowError:
                raise refused(Reject.INVALID_COMMAND) from None
        event = own_event(outcome.events)
        if event.kind == EventKind.REJECTED:
            raise refused(Reject(event.reason))
        answer: dict[str, Any] = {
            "kind": type(command).__name__,
            "reference": command.reference,
            "number": number_of(event),
            "sequence": event.trade_id if event.flags & EventFlag.REPEATED else outcome.sequence,
            "time": told_time(outcome.time_ns, call.unit_ns),
            "repeated": bool(event.flags & EventFlag.REPEATED),
        }
        if event.kind == EventKind.REDEMPTION_REQUESTED and not event.flags & EventFlag.REPEATED:
            answer["deadline"] = told_time(event.price_ticks, call.unit_ns)
        return written(answer)

    # Commands

    def redeem(self, call: Call, reference: str) -> PlainCommand:
        """Ask for money for coins, at par: they wait in escrow until the redemption agent has paid."""
        coin = self._facts.coin_named(call.params.required("coin"))
        asset = self._facts.assets[coin.asset]
        return coins.RequestRedemption(
            reference=reference,
            coin=coin.asset,
            account=call.account,
            atoms=atoms_of(asset, call.params.required("amount")),
            payee=call.params.required("payee"),
        )

    def withdraw_redemption(self, call: Call, reference: str) -> PlainCommand:
        """Take back what of a redemption is not paid yet, before it is overdue."""
        number = whole(call.params, "redemptionId")
        return coins.WithdrawRedemption(reference=reference, redemption=number, account=call.account)

    def appeal(self, call: Call, reference: str) -> PlainCommand:
        """Object to a lawful order over one's account."""
        return coins.AppealOrder(
            reference=reference,
            order=whole(call.params, "lawfulOrderId"),
            account=call.account,
            text=call.params.required("text"),
        )

    def hold(self, call: Call, reference: str) -> PlainCommand:
        """Set money aside for another account, with a notary or a hash lock."""
        params, (asset, atoms) = call.params, self._money(call.params)
        target = whole(params, "target")
        return holds.CreateHold(
            reference=reference,
            account=call.account,
            target=target,
            notary=target if params.optional("notary") is None else whole(params, "notary"),
            asset=asset,
            atoms=atoms,
            reclaim_ns=moment_ns(params, "reclaimAt"),
            expires_ns=moment_ns(params, "expiresAt"),
            hash_lock=hex_bytes(params, "hashLock"),
        )

    def execute_hold(self, call: Call, reference: str) -> PlainCommand:
        """Pay a hold's target, wholly or in part, as its notary or with the preimage of its lock."""
        asset = self._facts.asset_named(call.params.required("asset"))
        return holds.ExecuteHold(
            reference=reference,
            hold=whole(call.params, "holdId"),
            by_account=call.account,
            atoms=atoms_of(asset, call.params.required("amount")),
            preimage=hex_bytes(call.params, "preimage"),
        )

    def release_hold(self, call: Call, reference: str) -> PlainCommand:
        """Give a hold up, as its notary or target."""
        return holds.ReleaseHold(reference=reference, hold=whole(call.params, "holdId"), by_account=call.account)

    def reclaim_hold(self, call: Call, reference: str) -> PlainCommand:
        """Take one's own hold back, once it may be."""
        return holds.ReclaimHold(reference=reference, hold=whole(call.params, "holdId"), by_account=call.account)

    def approve_spender(self, call: Call, reference: str) -> PlainCommand:
        """Set how much another account may pay out of one's own; 0 ends it."""
        asset, atoms = self._money(call.params, least=0)
        spender = whole(call.params, "spender")
        return holds.ApproveSpender(
            reference=reference, account=call.account, spender=spender, asset=asset, atoms=atoms
        )

    def spend(self, call: Call, reference: str) -> PlainCommand:
        """Pay out of an account that allowed it."""
        asset, atoms = self._money(call.params)
        return holds.TransferFrom(
            reference=reference,
            spender=call.account,
            account=whole(call.params, "fromAccount"),
            to_account=whole(call.params, "toAccount"),
            asset=asset,
            atoms=atoms,
        )

    def propose_trade(self, call: Call, reference: str) -> PlainCommand:
        """Offer one asset to an account for another: delivery versus payment."""
        params = call.params
        give, take = (self._facts.asset_named(params.required(name)) for name in ("giveAsset", "takeAsset"))
        return holds.ProposeTrade(
            reference=reference,
            account=call.account,
            counterparty=whole(params, "counterparty"),
            give_asset=give.number,
            give_atoms=atoms_of(give, params.required("giveAmount"), "giveAmount"),
            take_asset=take.number,
            take_atoms=atoms_of(take, params.required("takeAmount"), "takeAmount"),
            expires_ns=moment_ns(params, "expiresAt"),
        )

    def accept_trade(self, call: Call, reference: str) -> PlainCommand:
        """Accept an offer: both assets change hands at once."""
        return holds.AcceptTrade(reference=reference, trade=whole(call.params, "dvpId"), account=call.account)

    def withdraw_trade(self, call: Call, reference: str) -> PlainCommand:
        """Take an offer back, or decline it."""
        return holds.WithdrawTrade(reference=reference, trade=whole(call.params, "dvpId"), account=call.account)

    def schedule(self, call: Call, reference: str) -> PlainCommand:
        """Pay at a time, and again every so many milliseconds."""
        params, (asset, atoms) = call.params, self._money(call.params)
        every_ms, count = params.integer("everyMs") or 0, params.integer("count")
        return holds.SchedulePayment(
            reference=reference,
            account=call.account,
            to_account=whole(params, "toAccount"),
            asset=asset,
            atoms=atoms,
            first_ns=moment_ns(params, "firstAt"),
            every_ns=every_ms * NS_PER_MS,
            count=1 if count is None else count,
        )

    def cancel_schedule(self, call: Call, reference: str) -> PlainCommand:
        """End a scheduled payment."""
        return holds.CancelSchedule(
            reference=reference, schedule=whole(call.params, "scheduleId"), account=call.account
        )

    def _money(self, params: Params, least: int = 1) -> tuple[int, int]:
        asset = self._facts.asset_named(params.required("asset"))
        return asset.number, atoms_of(asset, params.required("amount"), least=least)


_HOLD = "target:accountNumber! asset! amount! expiresAt:moment! reclaimAt:moment! notary:accountNumber hashLock:hexText"
_TRADE = "counterparty:accountNumber! giveAsset:asset! giveAmount:amount! takeAsset:asset! takeAmount:amount!"
_SCHEDULE = "toAccount:accountNumber! asset! amount! firstAt:moment! everyMs:wholeNumber count:wholeNumber"
_SPEND = "fromAccount:accountNumber! toAccount:accountNumber! asset! amount!"
TABLE: tuple[tuple[str, str, str, Permission, Build], ...] = (
    ("POST", "redemptions", "coin! amount! payee!", _MOVES, Holders.redeem),
    ("DELETE", "redemptions", "redemptionId!", _MOVES, Holders.withdraw_redemption),
    ("POST", "appeals", "lawfulOrderId! text!", _TRADES, Holders.appeal),
    ("POST", "holds", _HOLD, _MOVES, Holders.hold),
    ("POST", "holds/execute", "holdId! asset! amount! preimage:hexText", _MOVES, Holders.execute_hold),
    ("POST", "holds/release", "holdId!", _MOVES, Holders.release_hold),
    ("POST", "holds/reclaim", "holdId!", _MOVES, Holders.reclaim_hold),
    ("POST", "allowances", "spender:accountNumber! asset! amount!", _MOVES, Holders.approve_spender),
    ("POST", "allowances/spend", _SPEND, _MOVES, Holders.spend),
    ("POST", "trades", f"{_TRADE} expiresAt:moment!", _TRADES, Holders.propose_trade),
    ("POST", "trades/accept", "dvpId!", _TRADES, Holders.accept_trade),
    ("POST", "trades/withdraw", "dvpId!", _TRADES, Holders.withdraw_trade),
    ("POST", "schedules", _SCHEDULE, _MOVES, Holders.schedule),
    ("DELETE", "schedules", "scheduleId!", _MOVES, Holders.cancel_schedule),
)
"""Method, path, what it reads, what the key must be allowed, and the command it makes."""
SIGNED: tuple[tuple[str, type[PlainCommand], bool, Permission], ...] = (
    ("holderKeys", holds.BindHolderKey, True, _MOVES),
    ("permits", holds.PermitSpender, False, _TRADES),
    ("authorizations", holds.TransferAuthorized, False, _TRADES),
)
"""Path, the command that is handed in as its holder signed it, whether only for one's own account, for what keys."""


def _refuse(outcomes: list[Outcome]) -> None:
    """The reason why a run of payments was refused, if it was: that of the one for which the others were not made."""
    reasons = [Reject(outcome.events[-1].reason) for outcome in outcomes if _is_refused(outcome)]
    if reasons:
        raise refused(next((reason for reason in reasons if reason is not Reject.LINK_BROKEN), reasons[0]))


def _is_refused(outcome: Outcome) -> bool:
    return outcome.events[-1].kind == EventKind.REJECTED


def reference_of(call: Call, one: str) -> str:
    """What a holder's command is remembered under: nobody else's begins so."""
    return f"{HOLDERS_REFERENCE}{call.account}:{one}"


def client_id(params: Params) -> str:
    params.required("clientId")
    found = params.client_id("clientId")
    assert found is not None
    return found


def checked_id(text: str) -> str:
    """A client id out of JSON; raises ApiError."""
    return client_id(Params({"clientId": text}))


def whole(params: Params, name: str) -> int:
    """A whole number that must be sent."""
    params.required(name)
    number = params.integer(name)
    assert number is not None
    return number


def moment_ns(params: Params, name: str) -> int:
    """A time in milliseconds or microseconds that must be sent."""
    params.required(name)
    time_ns = params.time_ns(name)
    assert time_ns is not None
    return time_ns


def hex_bytes(params: Params, name: str) -> bytes:
    """Bytes in hex; none if it was not sent."""
    text = params.optional(name) or ""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise errors.bad_value(name) from None
