"""Holds, allowances, trades and schedules of holders. Source: docs/rules/holds.md."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from venus.model.events import event
from venus.model.institutions import Institutions
from venus.model.issuance import Came, Issuance, amount_refusal
from venus.model.ledger import Ledger
from venus.model.signatures import holds as signature_holds
from venus.model.signatures import key_is_sound
from venus.model.wallets import PAYS, Asks, Wallets
from venus.records import holds as asked
from venus.records.approvals import holder_statement
from venus.records.commands import PlainCommand, encode_cold
from venus.records.events import Event, EventFlag, EventKind
from venus.records.holds import NO_PROOF, Release
from venus.records.rejects import Reject

TIME_NS_MAX = 2**62
MINUTE_NS = 60 * 10**9
ACTORS = ("account", "by_account", "spender")


@dataclass(slots=True)
class Hold:
    terms: asked.CreateHold
    atoms: int


@dataclass(slots=True)
class Schedule:
    terms: asked.SchedulePayment
    made: int = 0

    @property
    def next_ns(self) -> int:
        return self.terms.first_ns + self.made * self.terms.every_ns


@dataclass(slots=True)
class Holders:
    """Numbers count from 1; what is done is gone."""

    ledger: Ledger
    institutions: Institutions
    issuance: Issuance
    wallets: Wallets
    time_ns: int = 0
    keys: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    allowances: dict[tuple[int, int, int], int] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)
    trades: dict[int, asked.ProposeTrade] = field(default_factory=dict)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"holds": 0, "trades": 0, "schedules": 0})

    def run(self, sequence: int, command: PlainCommand) -> Came:
        """All that happened, the command's own event last."""
        match command:
            case asked.BindHolderKey():
                return self._bind(sequence, command)
            case asked.ApproveSpender() | asked.PermitSpender():
                return self._approve(sequence, command)
            case asked.TransferFrom():
                return self._transfer_from(sequence, command)
            case asked.TransferAuthorized():
                return self._transfer_authorized(sequence, command)
            case asked.CreateHold():
                return self._create_hold(sequence, command)
            case asked.ExecuteHold():
                return self._execute_hold(sequence, command)
            case asked.ReleaseHold() | asked.ReclaimHold():
                return self._give_up_hold(sequence, command)
            case asked.ProposeTrade():
                return self._propose(sequence, command)
            case asked.AcceptTrade():
                return self._accept(sequence, command)
            case asked.WithdrawTrade():
                return self._withdraw_trade(sequence, command)
            case asked.SchedulePayment():
                return self._schedule(sequence, command)
            case asked.CancelSchedule():
                return self._cancel_schedule(sequence, command)
            case _:
                raise AssertionError(command)

    def due(self) -> Iterator[tuple[int, int, int]]:
        yield from ((one.terms.expires_ns, 3, number) for number, one in self.holds.items())
        yield from ((one.expires_ns, 4, number) for number, one in self.trades.items())
        yield from ((one.next_ns, 5, number) for number, one in self.schedules.items())

    def fire(self, sequence: int, what: int, number: int) -> list[Event]:
        if what == 3:
            happened = self._end_hold(sequence, number, Release.TIMED_OUT)
        elif what == 4:
            happened = self.end_trade(sequence, number, Release.TIMED_OUT)
        else:
            happened = self._pay_schedule(sequence, number)
        return [one._replace(flags=EventFlag.TIMER) for one in happened]

    # Tests that all have in common.

    def _malformed(self, command: PlainCommand) -> Reject:
        """Field by field: accounts, assets, amounts, times."""
        named = list(command.__struct_fields__)
        actor = next(name for name in named if name in ACTORS)
        for name in named:
            value = getattr(command, name)
            if name in ("account", "by_account", "spender", "target", "notary", "to_account", "counterparty"):
                if not self.ledger.is_open(value):
                    return Reject.UNKNOWN_ACCOUNT if name == actor else Reject.UNKNOWN_COUNTERPARTY
                if self.ledger.is_external(value):
                    return Reject.ACCOUNT_UNSUITED
            elif name.endswith("asset"):
                if not self.ledger.is_listed(value):
                    return Reject.UNKNOWN_ASSET
                if self.ledger.assets[value].is_reserves:
                    return Reject.COIN_SUPPLY
            elif name.endswith("atoms"):
                may_be_none = isinstance(command, asked.ApproveSpender | asked.PermitSpender) and value == 0
                if not may_be_none and (reason := amount_refusal(value)):
                    return reason
            elif name.endswith("_ns") and not 0 <= value <= TIME_NS_MAX:
                return Reject.INVALID_COMMAND
        return Reject.NONE

    def _cannot_pay(self, account: int, asset: int, atoms: int) -> Reject:
        if self.ledger.accounts[account].frozen:
            return Reject.ACCOUNT_FROZEN
        return Reject.NONE if atoms <= self.ledger.free[account, asset] else Reject.INSUFFICIENT_FREE

    def _refusal(self, payer: int, payee: int, asset: int, atoms: int, how: Asks) -> Reject:
        """The last tests of a payment, or of what will become one."""
        if self.wallets.concerns(payer, payee):
            return self.wallets.refusal(payer, payee, asset, atoms, how)
        return self._cannot_pay(payer, asset, atoms)

    def _unsigned(self, command: asked.BindHolderKey | asked.PermitSpender | asked.TransferAuthorized) -> Reject:
        if command.account not in self.keys:
            return Reject.NO_HOLDER_KEY
        if self.time_ns >= command.expires_ns:
            return Reject.AUTHORIZATION_EXPIRED
        body = encode_cold(msgspec.structs.replace(command, proof=NO_PROOF))
        where = self.institutions
        said = holder_statement(where.exchange, command.account, command.expires_ns, body)
        scheme, key = self.keys[command.account]
        signed = signature_holds(scheme, key, said, command.proof, where.relying_party, where.page_origin)
        return Reject.NONE if signed else Reject.HOLDER_SIGNATURE

    # Keys and allowances.

    def _bind(self, sequence: int, command: asked.BindHolderKey) -> Came:
        if not self.ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if self.ledger.is_external(command.account):
            return Reject.ACCOUNT_UNSUITED
        if command.scheme not in (1, 2):
            return Reject.INVALID_COMMAND
        if not key_is_sound(command.scheme, command.key):
            return Reject.BAD_KEY
        if not 0 <= command.expires_ns <= TIME_NS_MAX:
            return Reject.INVALID_COMMAND
        if command.account in self.keys:
            if reason := self._unsigned(command):
                return reason
        elif command.expires_ns != 0 or command.proof != NO_PROOF:
            return Reject.INVALID_COMMAND
        self.keys[command.account] = command.scheme, command.key
        return 0, [event(EventKind.HOLDER_KEY_BOUND, sequence, account=command.account)]

    def _approve(self, sequence: int, command: asked.ApproveSpender | asked.PermitSpender) -> Came:
        if reason := self._malformed_spender(command):
            return reason
        if isinstance(command, asked.PermitSpender) and (reason := self._unsigned(command)):
            return reason
        self.allowances[command.account, command.spender, command.asset] = command.atoms
        return 0, [
            event(
                EventKind.SPENDER_APPROVED,
                sequence,
                account=command.account,
                maker_account=command.spender,
                symbol=command.asset,
                quantity_lots=command.atoms,
            )
        ]

    def _malformed_spender(self, command: asked.ApproveSpender | asked.PermitSpender) -> Reject:
        if reason := self._malformed(command):
            return reason
        return Reject.INVALID_COMMAND if command.account == command.spender else Reject.NONE

    def _transfer_from(self, sequence: int, command: asked.TransferFrom) -> Came:
        if reason := self._malformed(command):
            return reason
        if command.account == command.to_account:
            return Reject.INVALID_TRANSFER
        key = command.account, command.spender, command.asset
        if self.allowances.get(key, 0) < command.atoms:
            return Reject.ALLOWANCE_TOO_SMALL
        if reason := self._refusal(command.account, command.to_account, command.asset, command.atoms, PAYS):
            return reason
        self.allowances[key] -= command.atoms
        fields = {"order_id": command.spender, "remaining_lots": self.allowances[key]}
        return 0, self._paid(sequence, EventKind.SPENT, command, fields)

    def _transfer_authorized(self, sequence: int, command: asked.TransferAuthorized) -> Came:
        if reason := self._malformed(command):
            return reason
        if command.account == command.to_account:
            return Reject.INVALID_TRANSFER
        if self.time_ns < command.after_ns:
            return Reject.TOO_EARLY
        if reason := self._unsigned(command):
            return reason
        if reason := self._refusal(command.account, command.to_account, command.asset, command.atoms, PAYS):
            return reason
        return 0, self._paid(sequence, EventKind.TRANSFER_AUTHORIZED, command, {})

    def _paid(
        self,
        sequence: int,
        kind: EventKind,
        command: asked.TransferFrom | asked.TransferAuthorized,
        fields: dict[str, int],
    ) -> list[Event]:
        account, to, asset, atoms = command.account, command.to_account, command.asset, command.atoms
        own = event(kind, sequence, account=account, maker_account=to, symbol=asset, quantity_lots=atoms, **fields)
        return [*self.wallets.pay(sequence, account, to, asset, atoms, PAYS), own]

    # Holds.

    def _create_hold(self, sequence: int, command: asked.CreateHold) -> Came:
        if reason := self._malformed(command):
            return reason
        if command.account == command.target:
            return Reject.INVALID_TRANSFER
        timely = self.time_ns < command.expires_ns and command.reclaim_ns <= command.expires_ns
        if not timely or len(command.hash_lock) not in (0, 32):
            return Reject.INVALID_COMMAND
        if reason := self._refusal(
            command.account, command.target, command.asset, command.atoms, Asks.COUNTS | Asks.FREE
        ):
            return reason
        number = self._number("holds")
        self.wallets.count(command.account, command.target, command.atoms)
        self.holds[number] = Hold(command, command.atoms)
        held = self.issuance.hold(sequence, command.account, command.asset, command.atoms)
        return number, [
            held,
            self._of_hold(
                EventKind.HOLD_CREATED,
                sequence,
                number,
                command,
                quantity_lots=command.atoms,
                price_ticks=command.expires_ns,
            ),
        ]

    def _of_hold(self, kind: EventKind, sequence: int, number: int, terms: asked.CreateHold, **fields: int) -> Event:
        return event(
            kind,
            sequence,
            order_id=number,
            account=terms.account,
            maker_account=terms.target,
            symbol=terms.asset,
            **fields,
        )

    def _execute_hold(self, sequence: int, command: asked.ExecuteHold) -> Came:
        if command.hold not in self.holds:
            return Reject.UNKNOWN_HOLD
        hold = self.holds[command.hold]
        terms = hold.terms
        parties = {terms.notary, terms.target} if terms.hash_lock else {terms.notary}
        if command.by_account not in parties:
            return Reject.NOT_A_PARTY
        if command.atoms < 1 or command.atoms > hold.atoms:
            return Reject.AMOUNT_OUT_OF_RANGE
        if len(command.preimage) > 1024:
            return Reject.INVALID_COMMAND
        shown = sha256(command.preimage).digest() if command.preimage or terms.hash_lock else b""
        if shown != terms.hash_lock:
            return Reject.WRONG_PREIMAGE
        if self.ledger.accounts[terms.account].frozen:
            return Reject.ACCOUNT_FROZEN
        how = Asks.LIMITS | Asks.BANKS
        if self.wallets.concerns(terms.account, terms.target) and (
            reason := self.wallets.refusal(terms.account, terms.target, terms.asset, command.atoms, how)
        ):
            return reason
        hold.atoms -= command.atoms
        if hold.atoms == 0:
            del self.holds[command.hold]
        return 0, [
            self.issuance.hold(sequence, terms.account, terms.asset, -command.atoms),
            *self.wallets.pay(sequence, terms.account, terms.target, terms.asset, command.atoms, how),
            self._of_hold(
                EventKind.HOLD_EXECUTED,
                sequence,
                command.hold,
                terms,
                quantity_lots=command.atoms,
                remaining_lots=hold.atoms,
            ),
        ]

    def _give_up_hold(self, sequence: int, command: asked.ReleaseHold | asked.ReclaimHold) -> Came:
        if command.hold not in self.holds:
            return Reject.UNKNOWN_HOLD
        terms = self.holds[command.hold].terms
        is_reclaim = isinstance(command, asked.ReclaimHold)
        if command.by_account not in ([terms.account] if is_reclaim else [terms.target, terms.notary]):
            return Reject.NOT_A_PARTY
        if is_reclaim and self.time_ns < terms.reclaim_ns:
            return Reject.TOO_EARLY
        return 0, self._end_hold(sequence, command.hold, Release.RECLAIMED if is_reclaim else Release.RELEASED)

    def _end_hold(self, sequence: int, number: int, reason: Release) -> list[Event]:
        hold = self.holds.pop(number)
        return [
            self.issuance.hold(sequence, hold.terms.account, hold.terms.asset, -hold.atoms),
            self._of_hold(
                EventKind.HOLD_RELEASED, sequence, number, hold.terms, quantity_lots=hold.atoms, reason=reason
            ),
        ]

    def loosen(self, sequence: int, number: int, atoms: int) -> list[Event]:
        """A lawful order takes this much of a hold."""
        hold = self.holds[number]
        hold.atoms -= atoms
        if hold.atoms == 0:
            del self.holds[number]
        fields = {"quantity_lots": atoms, "remaining_lots": hold.atoms, "reason": Release.LAWFUL}
        return [
            self.issuance.hold(sequence, hold.terms.account, hold.terms.asset, -atoms),
            self._of_hold(EventKind.HOLD_RELEASED, sequence, number, hold.terms, **fields),
        ]

    # Trades.

    def _propose(self, sequence: int, command: asked.ProposeTrade) -> Came:
        if reason := self._malformed(command):
            return reason
        if command.account == command.counterparty or command.give_asset == command.take_asset:
            return Reject.INVALID_TRANSFER
        if not self.time_ns < command.expires_ns:
            return Reject.INVALID_COMMAND
        if self.wallets.concerns(command.account, command.counterparty):
            return Reject.ACCOUNT_UNSUITED
        if reason := self._cannot_pay(command.account, command.give_asset, command.give_atoms):
            return reason
        number = self._number("trades")
        self.trades[number] = command
        proposed = event(
            EventKind.TRADE_PROPOSED,
            sequence,
            order_id=number,
            maker_order_id=command.take_asset,
            price_ticks=command.expires_ns,
            quantity_lots=command.give_atoms,
            remaining_lots=command.take_atoms,
            account=command.account,
            maker_account=command.counterparty,
            symbol=command.give_asset,
        )
        return number, [
            self.issuance.hold(sequence, command.account, command.give_asset, command.give_atoms),
            proposed,
        ]

    def _accept(self, sequence: int, command: asked.AcceptTrade) -> Came:
        if command.trade not in self.trades:
            return Reject.UNKNOWN_TRADE
        trade = self.trades[command.trade]
        if trade.counterparty != command.account:
            return Reject.NOT_A_PARTY
        if self.ledger.accounts[trade.account].frozen:
            return Reject.ACCOUNT_FROZEN
        if reason := self._cannot_pay(command.account, trade.take_asset, trade.take_atoms):
            return reason
        del self.trades[command.trade]
        one, other = trade.account, trade.counterparty
        return 0, [
            self.issuance.hold(sequence, one, trade.give_asset, -trade.give_atoms),
            self.issuance.pay(sequence, one, other, trade.give_asset, trade.give_atoms),
            self.issuance.pay(sequence, other, one, trade.take_asset, trade.take_atoms),
            event(EventKind.TRADE_SETTLED, sequence, order_id=command.trade, account=one, maker_account=other),
        ]

    def _withdraw_trade(self, sequence: int, command: asked.WithdrawTrade) -> Came:
        if command.trade not in self.trades:
            return Reject.UNKNOWN_TRADE
        trade = self.trades[command.trade]
        reasons = {trade.account: Release.RECLAIMED, trade.counterparty: Release.RELEASED}
        if command.account not in reasons:
            return Reject.NOT_A_PARTY
        return 0, self.end_trade(sequence, command.trade, reasons[command.account])

    def end_trade(self, sequence: int, number: int, reason: Release) -> list[Event]:
        trade = self.trades.pop(number)
        withdrawn = event(
            EventKind.TRADE_WITHDRAWN,
            sequence,
            order_id=number,
            account=trade.account,
            maker_account=trade.counterparty,
            symbol=trade.give_asset,
            quantity_lots=trade.give_atoms,
            reason=reason,
        )
        return [self.issuance.hold(sequence, trade.account, trade.give_asset, -trade.give_atoms), withdrawn]

    # Schedules.

    def _schedule(self, sequence: int, command: asked.SchedulePayment) -> Came:
        if reason := self._malformed(command):
            return reason
        if command.account == command.to_account:
            return Reject.INVALID_TRANSFER
        once = command.count == 1 and command.every_ns == 0
        often = 1 < command.count <= 10_000 and command.every_ns >= MINUTE_NS
        last_ns = command.first_ns + command.every_ns * command.count
        if command.first_ns <= self.time_ns or not (once or often) or last_ns > TIME_NS_MAX:
            return Reject.INVALID_COMMAND
        number = self._number("schedules")
        self.schedules[number] = Schedule(command)
        fields = {"remaining_lots": command.count, "price_ticks": command.first_ns}
        return number, [self._of_schedule(EventKind.PAYMENT_SCHEDULED, sequence, number, command, **fields)]

    def _of_schedule(
        self, kind: EventKind, sequence: int, number: int, terms: asked.SchedulePayment, **fields: int
    ) -> Event:
        return event(
            kind,
            sequence,
            order_id=number,
            account=terms.account,
            maker_account=terms.to_account,
            symbol=terms.asset,
            quantity_lots=terms.atoms,
            **fields,
        )

    def _pay_schedule(self, sequence: int, number: int) -> list[Event]:
        schedule, happened = self.schedules[number], list[Event]()
        terms = schedule.terms
        reason = self._refusal(terms.account, terms.to_account, terms.asset, terms.atoms, PAYS)
        if not reason:
            happened += self.wallets.pay(sequence, terms.account, terms.to_account, terms.asset, terms.atoms, PAYS)
        schedule.made += 1
        kind = EventKind.SCHEDULE_FAILED if reason else EventKind.SCHEDULE_PAID
        left = terms.count - schedule.made
        happened.append(self._of_schedule(kind, sequence, number, terms, remaining_lots=left, reason=reason))
        if left == 0:
            del self.schedules[number]
        return happened

    def _cancel_schedule(self, sequence: int, command: asked.CancelSchedule) -> Came:
        if command.schedule not in self.schedules:
            return Reject.UNKNOWN_SCHEDULE
        schedule = self.schedules[command.schedule]
        if schedule.terms.account != command.account:
            return Reject.NOT_A_PARTY
        del self.schedules[command.schedule]
        left = schedule.terms.count - schedule.made
        ended = event(
            EventKind.SCHEDULE_ENDED, sequence, order_id=command.schedule, account=command.account, remaining_lots=left
        )
        return 0, [ended]

    def _number(self, of_what: str) -> int:
        self.counts[of_what] += 1
        return self.counts[of_what]
