"""Wallets of a currency: what each may hold, pay and earn. Source: docs/rules/currency.md.

Everything is reckoned when it is asked: what a family has from the ledger, what it paid today and this year from the
list of its payments, what it earned at every midnight, wallet by wallet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

from venus.model.events import event
from venus.model.ledger import Account, Ledger
from venus.records import currency as asked
from venus.records.commands import TRADE_GROUP_NONE, AccountKind
from venus.records.currency import WalletClass
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

DAY_NS = 86_400_000_000_000
DAYS_OF_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
Came = Reject | tuple[int, list[Event]]
ATOM_OF_INTEREST = 365 * 10**6
SUM_MAX = 2**62
SWEPT_A_FRAME = 16_384
WALLETS_AT_ONCE_MAX = 1_000_000
CATEGORY_MAX = 9_999


class Asks(IntFlag):
    """What of a payment is asked or done."""

    NOTHING = 0
    LIMITS = 1  # the payee's balance limit
    COUNTS = 2  # the payer's single, day and year limits
    FREE = 4
    BANKS = 8


PAYS = Asks.LIMITS | Asks.COUNTS | Asks.FREE | Asks.BANKS


@dataclass
class Wallet:
    number: int  # from 1
    account: int
    currency: "Days"
    operator: int
    wallet_class: int
    category: int
    root: "Wallet | None" = None  # None: it is one
    closed: bool = False
    pours: bool = False
    draws: bool = False
    line_atoms: int = 0
    earned: int = 0  # atoms × ppm × days
    payments: list[tuple[int, int]] = field(default_factory=list)  # of a root: day and atoms

    @property
    def family(self) -> "Wallet":
        return self.root or self


@dataclass
class Days:
    """A currency as wallets see it."""

    asset: int
    day_offset_ns: int = 0
    today: int = 0
    classes: Sequence[WalletClass] = ()
    treasuries: dict[int, int] = field(default_factory=dict)  # account by operator
    moved: dict[int, int] = field(default_factory=dict)  # operators whose wallets went to another, and to whom
    sweep: tuple[int, int] | None = None  # the next wallet, and the first that is not swept
    swept_atoms: int = 0
    owed_atoms: int = 0
    swept_count: int = 0

    def treasury(self, operator: int) -> int:
        while operator in self.moved:
            operator = self.moved[operator]
        return self.treasuries[operator]


def _has_none(account: int) -> bool:
    return False


class Wallets:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.has_purse: Callable[[int], bool] = _has_none
        """Whether a purse of this account is open; who knows purses says so."""
        self.currencies: dict[int, Days] = {}  # by asset, in the order in which they came
        self.all: list[Wallet] = []
        self.by_account: dict[int, Wallet] = {}
        self.bound: dict[int, int] = {}  # purpose money that waits for a wallet, by account

    # Days.

    def turn(self, currency: Days, time_ns: int) -> None:
        """Midnights that passed: each pays every wallet its day."""
        today = max(0, (time_ns + currency.day_offset_ns) // DAY_NS)
        while currency.today < today:
            if not any(one.interest_ppm for one in currency.classes):
                currency.today = today
                break
            currency.today += 1
            for wallet in self.all:
                if wallet.currency is currency:
                    ppm = currency.classes[wallet.wallet_class].interest_ppm
                    wallet.earned = min(SUM_MAX, wallet.earned + self._total(wallet) * ppm)

    def begin_regime(self, currency: Days, classes: Sequence[WalletClass], day_offset_ns: int, from_ns: int) -> None:
        self.turn(currency, from_ns)
        if not currency.classes:
            currency.today = 0
        currency.classes, currency.day_offset_ns = classes, day_offset_ns
        self.turn(currency, from_ns)

    def begin_frame(self, time_ns: int) -> None:
        for currency in self.currencies.values():
            self.turn(currency, time_ns)

    def sweep(self, sequence: int) -> Iterator[Event]:
        """At the start of a frame, after all that was due."""
        for currency in self.currencies.values():
            if currency.sweep is None:
                continue
            start, stop = currency.sweep
            end = min(stop, start + SWEPT_A_FRAME)
            for wallet in self.all[start - 1 : end - 1]:
                if wallet.currency is currency:
                    yield from self._pay_interest(sequence, wallet)
            currency.sweep = (end, stop) if end < stop else None
            if currency.sweep is None:
                yield event(
                    EventKind.INTEREST_DONE,
                    sequence,
                    symbol=currency.asset,
                    order_id=currency.swept_count,
                    quantity_lots=currency.swept_atoms,
                    remaining_lots=currency.owed_atoms,
                    flags=EventFlag.TIMER,
                )
                currency.swept_atoms = currency.owed_atoms = currency.swept_count = 0

    def _pay_interest(self, sequence: int, wallet: Wallet) -> Iterator[Event]:
        currency = wallet.currency
        owed, treasury = wallet.earned // ATOM_OF_INTEREST, currency.treasury(wallet.operator)
        if owed == 0:
            return
        if self._ledger.free[treasury, currency.asset] < owed:
            currency.owed_atoms += owed
            return
        wallet.earned %= ATOM_OF_INTEREST
        self._ledger.pay(treasury, wallet.account, currency.asset, owed)
        currency.swept_atoms += owed
        currency.swept_count += 1
        timer, asset = EventFlag.TIMER, currency.asset
        yield self._moved(EventKind.TRANSFERRED, sequence, treasury, wallet.account, owed, timer, asset)
        yield self._moved(EventKind.INTEREST_PAID, sequence, wallet.account, treasury, owed, timer, asset)

    # Payments.

    def concerns(self, payer: int, payee: int) -> bool:
        return payer in self.by_account or payee in self.by_account

    def refusal(self, payer: int, payee: int, asset: int, atoms: int, how: Asks) -> Reject:
        """Why a payment to or from a wallet is refused."""
        ledger = self._ledger
        if ledger.accounts[payer].frozen:
            return Reject.ACCOUNT_FROZEN
        if ledger.is_external(payer) or ledger.is_external(payee):
            return Reject.COIN_SUPPLY
        for account in (payer, payee):
            wallet = self.by_account.get(account)
            if wallet and wallet.currency.asset != asset:
                return Reject.ACCOUNT_UNSUITED
            if wallet and wallet.closed:
                return Reject.WALLET_CLOSED
        if self._leaves_family(payer, payee):
            if Asks.LIMITS in how and (reason := self._not_receivable(payee, atoms, may_pour=Asks.BANKS in how)):
                return reason
            if Asks.COUNTS in how and (reason := self._over_limits(payer, atoms)):
                return reason
        short = atoms - ledger.free[payer, asset]
        if Asks.FREE not in how or short <= 0:
            return Reject.NONE
        may_draw = Asks.BANKS in how and self._leaves_family(payer, payee)
        return Reject.NONE if may_draw and self._can_draw(payer, short) else Reject.INSUFFICIENT_FREE

    def pay(
        self, sequence: int, payer: int, payee: int, asset: int, atoms: int, how: Asks, flags: int = 0
    ) -> list[Event]:
        """Do a payment that was tested."""
        happened: list[Event] = []
        banks = Asks.BANKS in how and self._leaves_family(payer, payee)
        excess = self._excess(payee, atoms) if banks and payee in self.by_account else 0
        short = atoms - self._ledger.free[payer, asset]
        if banks and payer in self.by_account and short > 0:
            happened += self._to_bank(sequence, payer, -short, flags)
        if Asks.COUNTS in how:
            self.count(payer, payee, atoms)
        self._ledger.pay(payer, payee, asset, atoms)
        happened.append(self._moved(EventKind.TRANSFERRED, sequence, payer, payee, atoms, flags, asset))
        if excess:
            happened += self._to_bank(sequence, payee, excess, flags)
        return happened

    def count(self, payer: int, payee: int, atoms: int) -> None:
        """Count what a wallet pays to somebody outside its family."""
        if payer in self.by_account and self._leaves_family(payer, payee):
            root = self.by_account[payer].family
            root.payments.append((root.currency.today, atoms))

    def uncount(self, payer: int, payee: int) -> None:
        """Take the payer's last payment back."""
        if payer in self.by_account and self._leaves_family(payer, payee):
            self.by_account[payer].family.payments.pop()

    def has_atoms(self, wallet: Wallet) -> int:
        """What a family has, and purpose money that waits for it."""
        family = [one for one in self.all if one.family is wallet.family]
        return sum(self._total(one) + self.bound.get(one.account, 0) for one in family)

    def paid_today(self, wallet: Wallet) -> int:
        root = wallet.family
        return min(SUM_MAX, sum(atoms for day, atoms in root.payments if day == root.currency.today))

    def paid_this_year(self, wallet: Wallet) -> int:
        root = wallet.family
        year = year_of(root.currency.today)
        return min(SUM_MAX, sum(atoms for day, atoms in root.payments if year_of(day) == year))

    def _total(self, wallet: Wallet) -> int:
        key = wallet.account, wallet.currency.asset
        return self._ledger.free[key] + self._ledger.held[key]

    def _leaves_family(self, payer: int, payee: int) -> bool:
        one, other = self.by_account.get(payer), self.by_account.get(payee)
        return one is None or other is None or one.family is not other.family

    def _limits(self, wallet: Wallet) -> WalletClass:
        return wallet.currency.classes[wallet.wallet_class]

    def _excess(self, payee: int, atoms: int) -> int:
        wallet = self.by_account[payee]
        limit = self._limits(wallet).balance_atoms_max
        above = self.has_atoms(wallet) + atoms - limit
        return max(0, min(atoms, above)) if limit else 0

    def _not_receivable(self, payee: int, atoms: int, *, may_pour: bool) -> Reject:
        wallet = self.by_account.get(payee)
        if wallet is None:
            return Reject.NONE
        excess = self._excess(payee, atoms)
        pours = may_pour and wallet.pours and wallet.line_atoms + excess <= ATOMS_MAX
        return Reject.NONE if excess == 0 or pours else Reject.BALANCE_LIMIT

    def _over_limits(self, payer: int, atoms: int) -> Reject:
        wallet = self.by_account.get(payer)
        if wallet is None:
            return Reject.NONE
        limits = self._limits(wallet)
        if limits.single_atoms_max and atoms > limits.single_atoms_max:
            return Reject.SINGLE_LIMIT
        if limits.day_atoms_max and self.paid_today(wallet) + atoms > limits.day_atoms_max:
            return Reject.DAY_LIMIT
        if limits.year_atoms_max and self.paid_this_year(wallet) + atoms > limits.year_atoms_max:
            return Reject.YEAR_LIMIT
        return Reject.NONE

    def _can_draw(self, payer: int, atoms: int) -> bool:
        wallet = self.by_account.get(payer)
        if wallet is None or not wallet.draws or wallet.line_atoms < atoms:
            return False
        return self._ledger.free[wallet.currency.treasury(wallet.operator), wallet.currency.asset] >= atoms

    def _to_bank(self, sequence: int, account: int, atoms: int, flags: int) -> list[Event]:
        """To a wallet's bank account by its operator's treasury; from there, if negative."""
        wallet = self.by_account[account]
        asset, treasury = wallet.currency.asset, wallet.currency.treasury(wallet.operator)
        wallet.line_atoms += atoms
        self._ledger.pay(account, treasury, asset, atoms)
        debit, credit = (account, treasury) if atoms > 0 else (treasury, account)
        poured = event(
            EventKind.POURED,
            sequence,
            account=account,
            maker_account=treasury,
            symbol=asset,
            quantity_lots=atoms,
            remaining_lots=wallet.line_atoms,
            flags=flags,
        )
        return [self._moved(EventKind.TRANSFERRED, sequence, debit, credit, abs(atoms), flags, asset), poured]

    def _moved(
        self,
        kind: EventKind,
        sequence: int,
        debit: int,
        credit: int,
        atoms: int,
        flags: int,
        asset: int,
    ) -> Event:
        return event(
            kind, sequence, account=debit, maker_account=credit, symbol=asset, quantity_lots=atoms, flags=flags
        )

    # Commands.

    def run(self, sequence: int, command: Any) -> Came:
        match command:
            case asked.OpenWallets():
                return self._open(sequence, command)
            case asked.PostInterest():
                return self._post_interest(sequence, command)
        account = command.account
        if not self._ledger.is_open(account):
            return Reject.UNKNOWN_ACCOUNT
        wallet = self.by_account.get(account)
        if wallet is None:
            return Reject.NOT_A_WALLET
        if wallet.closed:
            return Reject.WALLET_CLOSED
        fields = {"account": account, "symbol": wallet.currency.asset}
        match command:
            case asked.OpenSubWallet():
                return self._open_sub(sequence, wallet, command)
            case asked.SetWalletClass():
                reason = self._set_class(wallet, command.wallet_class)
                kind, fields["side"] = EventKind.WALLET_CLASS_SET, command.wallet_class
            case asked.CloseWallet():
                reason, kind = self._close(wallet), EventKind.WALLET_CLOSED
            case asked.LinkBank():
                reason, kind = self._link(wallet, command), EventKind.BANK_LINKED
                fields |= {"quantity_lots": command.line_atoms, "side": command.waterfall + 2 * command.reverse}
            case _:
                raise AssertionError(command)
        return reason or (0, [event(kind, sequence, **fields)])

    def _open(self, sequence: int, command: asked.OpenWallets) -> Came:
        currency = self.currencies.get(command.currency)
        if currency is None:
            return Reject.UNKNOWN_CURRENCY
        if command.operator not in currency.treasuries or command.operator in currency.moved:
            return Reject.UNKNOWN_OPERATOR
        if not 0 <= command.wallet_class < len(currency.classes):
            return Reject.UNKNOWN_CLASS
        if not 1 <= command.count <= WALLETS_AT_ONCE_MAX or not 0 <= command.category <= CATEGORY_MAX:
            return Reject.INVALID_COMMAND
        first = len(self._ledger.accounts)
        for _ in range(command.count):
            self._add(currency, command.operator, command.wallet_class, command.category, None)
        opened = self._opened(sequence, self.by_account[first], command.count)
        return first, [opened]

    def _add(self, currency: Days, operator: int, wallet_class: int, category: int, root: Wallet | None) -> Wallet:
        account = len(self._ledger.accounts)
        self._ledger.accounts.append(Account(AccountKind.WALLET, "", 0, TRADE_GROUP_NONE))
        wallet = Wallet(len(self.all) + 1, account, currency, operator, wallet_class, category, root)
        self.all.append(wallet)
        self.by_account[account] = wallet
        return wallet

    def _opened(self, sequence: int, wallet: Wallet, count: int) -> Event:
        return event(
            EventKind.WALLETS_OPENED,
            sequence,
            order_id=wallet.account,
            maker_order_id=wallet.root.account if wallet.root else 0,
            account=wallet.account,
            maker_account=wallet.operator,
            symbol=wallet.currency.asset,
            quantity_lots=count,
            price_ticks=wallet.category,
            side=wallet.wallet_class,
        )

    def _open_sub(self, sequence: int, root: Wallet, command: asked.OpenSubWallet) -> Came:
        if root.root is not None or not 0 <= command.category <= CATEGORY_MAX:
            return Reject.INVALID_COMMAND
        if self._open_subs(root) >= self._limits(root).sub_wallets_max:
            return Reject.SUB_WALLETS_FULL
        wallet = self._add(root.currency, root.operator, root.wallet_class, command.category, root)
        return wallet.account, [self._opened(sequence, wallet, 1)]

    def _open_subs(self, root: Wallet) -> int:
        return sum(one.root is root and not one.closed for one in self.all)

    def _set_class(self, wallet: Wallet, wallet_class: int) -> Reject:
        classes = wallet.currency.classes
        if wallet.root is not None:
            return Reject.INVALID_COMMAND
        if not 0 <= wallet_class < len(classes):
            return Reject.UNKNOWN_CLASS
        if wallet.wallet_class == wallet_class:
            return Reject.NO_CHANGE
        if self._open_subs(wallet) > classes[wallet_class].sub_wallets_max:
            return Reject.SUB_WALLETS_FULL
        for one in self.all:
            if one.family is wallet:
                one.wallet_class = wallet_class
        return Reject.NONE

    def _close(self, wallet: Wallet) -> Reject:
        has = self._total(wallet) or wallet.earned >= ATOM_OF_INTEREST or self.has_purse(wallet.account)
        if wallet.root is None:
            has = has or self.has_atoms(wallet) or self._open_subs(wallet)
        if has:
            return Reject.WALLET_NOT_EMPTY
        wallet.closed = True
        return Reject.NONE

    def _link(self, wallet: Wallet, command: asked.LinkBank) -> Reject:
        if command.waterfall not in (0, 1) or command.reverse not in (0, 1):
            return Reject.INVALID_COMMAND
        if not 0 <= command.line_atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        wallet.line_atoms = command.line_atoms
        wallet.pours, wallet.draws = bool(command.waterfall), bool(command.reverse)
        return Reject.NONE

    def _post_interest(self, sequence: int, command: asked.PostInterest) -> Came:
        currency = self.currencies.get(command.currency)
        if currency is None:
            return Reject.UNKNOWN_CURRENCY
        if currency.sweep is not None:
            return Reject.INTEREST_UNDER_WAY
        currency.sweep = (1, len(self.all) + 1)
        begun = event(EventKind.INTEREST_BEGUN, sequence, symbol=currency.asset, quantity_lots=len(self.all))
        return 0, [begun]


def year_of(day: int) -> int:
    """The year of a day that is counted from the first of 1970."""
    year = 1970
    while day >= days_in(year):
        day -= days_in(year)
        year += 1
    return year


def days_in(year: int) -> int:
    is_leap = year % 400 == 0 or (year % 4 == 0 and year % 100 != 0)
    return sum(DAYS_OF_MONTHS) + is_leap
