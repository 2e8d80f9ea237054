"""A currency's first tier and the regimes of its wallets. Source: docs/rules/currency.md."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from venus.model.desk import Desk
from venus.model.events import event
from venus.model.institutions import Institutions
from venus.model.issuance import Came, is_currency, is_short
from venus.model.ledger import Ledger
from venus.model.spot import Spot
from venus.model.wallets import Days, Wallets
from venus.records.commands import AccountKind
from venus.records.currency import (
    AdmitOperator,
    AdoptRegime,
    GrantReserves,
    IssueCurrency,
    MoveWallets,
    RedeemCurrency,
    RegisterCurrency,
    SetQuota,
    WalletClass,
    WithdrawReserves,
)
from venus.records.events import Event, EventFlag, EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

NOBODY = -1
DAY_NS = 24 * 3600 * 10**9
TIME_NS_MAX = 2**62
OPERATORS_MAX = 64
CLASSES_MAX = 16


@dataclass(slots=True)
class Operator:
    terms: AdmitOperator
    quota_atoms: int
    outstanding_atoms: int = 0
    moved_to: int = NOBODY


@dataclass(slots=True)
class Currency:
    terms: RegisterCurrency
    operators: list[Operator] = field(default_factory=list)
    regime: AdoptRegime | None = None
    to_come: list[AdoptRegime] = field(default_factory=list)
    regimes_count: int = 0


class Currencies:
    """All currencies, by asset."""

    def __init__(self, ledger: Ledger, institutions: Institutions, desk: Desk, spot: Spot, wallets: Wallets) -> None:
        self.all: dict[int, Currency] = {}
        self.time_ns = 0
        self._ledger = ledger
        self._institutions = institutions
        self._desk = desk
        self._spot = spot
        self._wallets = wallets

    def operator(self, currency: int, number: int) -> Operator | None:
        one = self.all[currency].operators[number]
        return None if one.moved_to != NOBODY else one

    def supply_atoms(self, currency: int) -> int:
        return -self._ledger.free[self.all[currency].terms.issue_account, currency]

    # What time does.

    def begin_due(self, sequence: int) -> Iterator[Event]:
        for asset, one in self.all.items():
            while one.to_come and one.to_come[0].from_ns <= self.time_ns:
                yield self.begin(sequence, asset, EventFlag.TIMER)

    def begin(self, sequence: int, asset: int, flags: int) -> Event:
        currency = self.all[asset]
        currency.regime = regime = currency.to_come.pop(0)
        self._wallets.begin_regime(
            self._wallets.currencies[asset], regime.classes, regime.day_offset_ns, regime.from_ns
        )
        return event(
            EventKind.REGIME_BEGUN,
            sequence,
            symbol=asset,
            price_ticks=currency.regime.from_ns,
            quantity_lots=len(currency.regime.classes),
            flags=flags,
        )

    # What commands do.

    def run(self, sequence: int, command: object) -> Came:
        match command:
            case RegisterCurrency():
                return self._register(sequence, command)
            case AdmitOperator():
                return self._admit(sequence, command)
            case SetQuota():
                return self._set_quota(sequence, command)
            case GrantReserves() | WithdrawReserves():
                return self._reserves(sequence, command)
            case IssueCurrency() | RedeemCurrency():
                return self._supply(sequence, command)
            case AdoptRegime():
                return self._adopt(sequence, command)
            case MoveWallets():
                return self._move(sequence, command)
            case _:
                raise AssertionError(command)

    def _register(self, sequence: int, command: RegisterCurrency) -> Came:
        ledger = self._ledger
        if not ledger.is_listed(command.asset) or not ledger.is_listed(command.reserve_asset):
            return Reject.UNKNOWN_ASSET
        money, reserves = ledger.assets[command.asset], ledger.assets[command.reserve_asset]
        if money.is_coin or reserves.is_coin:
            return Reject.ALREADY_LISTED
        if not self._institutions.all[command.central_bank].has(Duty.CENTRAL_BANK):
            return Reject.WRONG_DUTY
        if money is reserves or money.scale != reserves.scale or not is_currency(command.currency):
            return Reject.INVALID_COMMAND
        reason = (
            self._misplaced(command.issue_account, AccountKind.EXTERNAL, f"issuer:{money.code}")
            or self._misplaced(command.reserve_account, AccountKind.EXTERNAL, f"issuer:{reserves.code}")
            or self._misplaced(command.backing_account, AccountKind.HOUSE, f"backing:{money.code}")
            or self._misplaced(command.offline_account, AccountKind.HOUSE, f"offline:{money.code}")
        )
        if reason:
            return reason
        for (_, asset), atoms in [*ledger.free.items(), *ledger.held.items()]:
            if atoms and asset in (command.asset, command.reserve_asset):
                return Reject.ASSET_IN_USE
        for book in self._desk.books:
            if command.reserve_asset in (book.listing.base_asset, book.listing.quote_asset):
                return Reject.ASSET_IN_USE
        money.is_coin = reserves.is_coin = reserves.is_reserves = True
        self.all[command.asset] = Currency(command)
        self._wallets.currencies[command.asset] = Days(command.asset)
        fields = {"symbol": command.asset, "account": command.issue_account, "maker_account": command.backing_account}
        return command.asset, [event(EventKind.CURRENCY_REGISTERED, sequence, **fields)]

    def _misplaced(self, account: int, kind: AccountKind, label: str) -> Reject:
        if not self._ledger.is_open(account):
            return Reject.UNKNOWN_ACCOUNT
        found = self._ledger.accounts[account]
        return Reject.NONE if (found.kind, found.label) == (kind, label) else Reject.ACCOUNT_UNSUITED

    def _admit(self, sequence: int, command: AdmitOperator) -> Came:
        currency, code = self.all[command.currency], self._ledger.assets[command.currency].code
        institution = command.institution
        has_duty = self._institutions.all[institution].has(Duty.CURRENCY_OPERATOR)
        if not has_duty or institution == currency.terms.central_bank:
            return Reject.WRONG_DUTY
        if institution in [one.terms.institution for one in currency.operators]:
            return Reject.ALREADY_LISTED
        if len(currency.operators) == OPERATORS_MAX or not 0 <= command.quota_atoms <= ATOMS_MAX:
            return Reject.INVALID_COMMAND
        reason = self._misplaced(
            command.treasury_account, AccountKind.HOUSE, f"treasury:{code}:{institution}"
        ) or self._misplaced(command.reserve_account, AccountKind.HOUSE, f"reserves:{code}:{institution}")
        if reason:
            return reason
        currency.operators.append(Operator(command, command.quota_atoms))
        number = len(currency.operators) - 1
        self._wallets.currencies[command.currency].treasuries[number] = command.treasury_account
        said = event(
            EventKind.OPERATOR_ADMITTED,
            sequence,
            symbol=command.currency,
            order_id=number,
            maker_order_id=institution,
            account=command.treasury_account,
            maker_account=command.reserve_account,
            quantity_lots=command.quota_atoms,
        )
        return number, [said]

    def _set_quota(self, sequence: int, command: SetQuota) -> Came:
        operator = self.operator(command.currency, command.operator)
        if operator is None:
            return Reject.UNKNOWN_OPERATOR
        if not 0 <= command.quota_atoms <= ATOMS_MAX:
            return Reject.INVALID_COMMAND
        if command.quota_atoms == operator.quota_atoms:
            return Reject.NO_CHANGE
        operator.quota_atoms = command.quota_atoms
        said = event(
            EventKind.QUOTA_SET,
            sequence,
            symbol=command.currency,
            order_id=command.operator,
            quantity_lots=command.quota_atoms,
            remaining_lots=operator.outstanding_atoms,
        )
        return 0, [said]

    def _paid(self, sequence: int, debit: int, credit: int, asset: int, atoms: int) -> Event:
        self._ledger.pay(debit, credit, asset, atoms)
        fields = {"account": debit, "maker_account": credit, "symbol": asset, "quantity_lots": atoms}
        return event(EventKind.TRANSFERRED, sequence, **fields)

    def _reserves(self, sequence: int, command: GrantReserves | WithdrawReserves) -> Came:
        ledger, bank, atoms = self._ledger, self.all[command.currency].terms, command.atoms
        operator = self.operator(command.currency, command.operator)
        if operator is None:
            return Reject.UNKNOWN_OPERATOR
        if not 1 <= atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        account, asset = operator.terms.reserve_account, bank.reserve_asset
        if isinstance(command, GrantReserves):
            if ledger.inside_atoms(asset) + atoms > ATOMS_MAX:
                return Reject.ASSET_FULL
            kind, moved = EventKind.RESERVES_GRANTED, self._paid(sequence, bank.reserve_account, account, asset, atoms)
        else:
            if ledger.free[account, asset] < atoms:
                return Reject.RESERVES_SHORT
            kind, moved = (
                EventKind.RESERVES_WITHDRAWN,
                self._paid(sequence, account, bank.reserve_account, asset, atoms),
            )
        said = event(
            kind,
            sequence,
            symbol=command.currency,
            order_id=command.operator,
            account=account,
            quantity_lots=atoms,
            remaining_lots=ledger.free[account, asset],
        )
        return 0, [moved, said]

    def _supply(self, sequence: int, command: IssueCurrency | RedeemCurrency) -> Came:
        ledger, bank, atoms = self._ledger, self.all[command.currency].terms, command.atoms
        operator = self.operator(command.currency, command.operator)
        if operator is None:
            return Reject.UNKNOWN_OPERATOR
        if not 1 <= atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        treasury, reserves, asset = operator.terms.treasury_account, operator.terms.reserve_account, bank.reserve_asset
        if isinstance(command, IssueCurrency):
            if operator.outstanding_atoms + atoms > operator.quota_atoms:
                return Reject.BEYOND_QUOTA
            if ledger.free[reserves, asset] < atoms:
                return Reject.RESERVES_SHORT
            kind = EventKind.CURRENCY_ISSUED
            operator.outstanding_atoms += atoms
            moved = [
                self._paid(sequence, reserves, bank.backing_account, asset, atoms),
                self._paid(sequence, bank.issue_account, treasury, command.currency, atoms),
            ]
        else:
            if ledger.free[treasury, command.currency] < atoms:
                return Reject.INSUFFICIENT_FREE
            kind = EventKind.CURRENCY_REDEEMED
            operator.outstanding_atoms -= atoms
            moved = [
                self._paid(sequence, treasury, bank.issue_account, command.currency, atoms),
                self._paid(sequence, bank.backing_account, reserves, asset, atoms),
            ]
        said = event(
            kind,
            sequence,
            symbol=command.currency,
            order_id=command.operator,
            account=treasury,
            quantity_lots=atoms,
            remaining_lots=operator.outstanding_atoms,
            price_ticks=self.supply_atoms(command.currency),
        )
        return 0, [*moved, said]

    def _adopt(self, sequence: int, command: AdoptRegime) -> Came:
        currency = self.all[command.currency]
        if not is_short(command.name) or not 0 <= command.from_ns <= TIME_NS_MAX:
            return Reject.INVALID_COMMAND
        if abs(command.day_offset_ns) >= DAY_NS or not 1 <= len(command.classes) <= CLASSES_MAX:
            return Reject.INVALID_COMMAND
        if not all(is_sound(one) for one in command.classes):
            return Reject.INVALID_COMMAND
        if 0 < command.from_ns <= self.time_ns:
            return Reject.REGIME_OUTDATED
        at_once = command.from_ns == 0
        regime = msgspec.structs.replace(command, from_ns=self.time_ns) if at_once else command
        before = [one for one in currency.to_come if one.from_ns < regime.from_ns]
        last = before[-1] if before else currency.regime
        if last is not None and len(last.classes) > len(regime.classes):
            return Reject.UNKNOWN_CLASS
        if last is not None and last.day_offset_ns != regime.day_offset_ns:
            return Reject.INVALID_COMMAND
        currency.to_come = [*before, regime]
        currency.regimes_count += 1
        began = [self.begin(sequence, command.currency, EventFlag.NONE)] if at_once else []
        said = event(
            EventKind.REGIME_ADOPTED,
            sequence,
            symbol=command.currency,
            order_id=currency.regimes_count,
            price_ticks=regime.from_ns,
            quantity_lots=len(regime.classes),
        )
        return currency.regimes_count, [*began, said]

    def _move(self, sequence: int, command: MoveWallets) -> Came:
        ledger, bank = self._ledger, self.all[command.currency]
        failed, heir = bank.operators[command.from_operator], bank.operators[command.to_operator]
        if command.from_operator == command.to_operator or heir.moved_to != NOBODY:
            return Reject.UNKNOWN_OPERATOR
        if failed.moved_to not in (NOBODY, command.to_operator):
            return Reject.UNKNOWN_OPERATOR
        happened = self._spot.expire_all_of(sequence, failed.terms.treasury_account)
        for account, to, asset in (
            (failed.terms.reserve_account, heir.terms.reserve_account, bank.terms.reserve_asset),
            (failed.terms.treasury_account, heir.terms.treasury_account, command.currency),
        ):
            if atoms := ledger.free[account, asset]:
                happened.append(self._paid(sequence, account, to, asset, atoms))
        if failed.moved_to == command.to_operator and not happened:
            return Reject.NO_CHANGE
        outstanding = failed.outstanding_atoms
        failed.outstanding_atoms = failed.quota_atoms = 0
        heir.outstanding_atoms += outstanding
        if outstanding > 0:
            heir.quota_atoms = min(heir.quota_atoms + outstanding, ATOMS_MAX)
        failed.moved_to = command.to_operator
        self._wallets.currencies[command.currency].moved[command.from_operator] = command.to_operator
        for one in bank.operators:
            if one.moved_to == command.from_operator:
                one.moved_to = command.to_operator
        said = event(
            EventKind.WALLETS_MOVED,
            sequence,
            symbol=command.currency,
            order_id=command.from_operator,
            maker_order_id=command.to_operator,
            account=failed.terms.treasury_account,
            maker_account=heir.terms.treasury_account,
            quantity_lots=outstanding,
            remaining_lots=heir.outstanding_atoms,
            price_ticks=heir.quota_atoms,
        )
        return 0, [*happened, said]

    def check(self) -> None:
        """Rule 11 of docs/rules/ledger.md."""
        free = self._ledger.free
        for asset, one in self.all.items():
            terms, supply = one.terms, self.supply_atoms(asset)
            assert supply == self._ledger.inside_atoms(asset), (asset, supply)
            assert supply == free[terms.backing_account, terms.reserve_asset], (asset, supply)
            assert supply == sum(operator.outstanding_atoms for operator in one.operators), (asset, supply)


def is_sound(one: WalletClass) -> bool:
    limits = (one.balance_atoms_max, one.single_atoms_max, one.day_atoms_max, one.year_atoms_max)
    if one.interest_ppm and not 0 < one.balance_atoms_max * one.interest_ppm * 36_525 <= 2**62:
        return False
    figures_fit = 0 <= one.interest_ppm <= 100_000 and 0 <= one.sub_wallets_max <= 65_535
    limits_fit = all(0 <= limit <= ATOMS_MAX for limit in limits)
    return is_short(one.name) and one.needs_identity in (0, 1) and figures_fit and limits_fit
