"""Money bound to a purpose, and whose holder may be looked up. Source: docs/rules/currency.md."""

from collections.abc import Iterator
from dataclasses import dataclass

from venus.model.currency import Currencies
from venus.model.events import event
from venus.model.institutions import Institutions
from venus.model.issuance import Came, Issuance
from venus.model.ledger import Ledger
from venus.model.wallets import Asks, Wallets
from venus.records.commands import AccountKind
from venus.records.currency import BindPurpose, SpendPurpose, UnsealIdentity
from venus.records.events import Event, EventFlag, EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

DAY_NS = 24 * 3600 * 10**9
TIME_NS_MAX = 2**62


@dataclass(slots=True)
class Purpose:
    terms: BindPurpose
    atoms: int  # left


class Purposes:
    """Those that are neither spent nor over, by number from 1."""

    def __init__(
        self,
        ledger: Ledger,
        institutions: Institutions,
        issuance: Issuance,
        currencies: Currencies,
        wallets: Wallets,
    ) -> None:
        self.all: dict[int, Purpose] = {}
        self.count = 0
        self._ledger = ledger
        self._institutions = institutions
        self._issuance = issuance
        self._currencies = currencies
        self._wallets = wallets

    @property
    def time_ns(self) -> int:
        return self._currencies.time_ns

    def run(self, sequence: int, command: BindPurpose | SpendPurpose | UnsealIdentity) -> Came:
        match command:
            case BindPurpose():
                return self._bind(sequence, command)
            case SpendPurpose():
                return self._spend(sequence, command)
            case UnsealIdentity():
                return self._unseal(sequence, command)

    def due(self) -> Iterator[tuple[int, int, int]]:
        yield from ((one.terms.expires_ns, 6, number) for number, one in self.all.items())

    def end(self, sequence: int, number: int) -> list[Event]:
        one = self.all.pop(number)
        self._tell_wallets()
        back = self._issuance.hold(sequence, one.terms.account, one.terms.asset, -one.atoms)
        ended = event(EventKind.PURPOSE_ENDED, sequence, **of(one, number), quantity_lots=one.atoms)
        return [said._replace(flags=EventFlag.TIMER) for said in (back, ended)]

    def loosen(self, sequence: int, number: int, atoms: int) -> list[Event]:
        """So much of it goes back to its giver, for a lawful order."""
        one = self.all[number]
        one.atoms -= atoms
        if one.atoms == 0:
            del self.all[number]
        self._tell_wallets()
        back = self._issuance.hold(sequence, one.terms.account, one.terms.asset, -atoms)
        fields = {"quantity_lots": atoms, "remaining_lots": one.atoms}
        return [back, event(EventKind.PURPOSE_LOOSENED, sequence, **of(one, number), **fields)]

    def _tell_wallets(self) -> None:
        """What waits for whom."""
        self._wallets.bound.clear()
        for one in self.all.values():
            waits = self._wallets.bound.get(one.terms.holder, 0)
            self._wallets.bound[one.terms.holder] = waits + one.atoms

    def _is_same_family(self, one: int, other: int) -> bool:
        wallets = self._wallets.by_account
        return one in wallets and other in wallets and wallets[one].family is wallets[other].family

    def _bind(self, sequence: int, command: BindPurpose) -> Came:
        ledger, categories = self._ledger, command.categories
        if not ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if ledger.is_external(command.account):
            return Reject.ACCOUNT_UNSUITED
        if not ledger.is_open(command.holder):
            return Reject.UNKNOWN_COUNTERPARTY
        if ledger.accounts[command.holder].kind is not AccountKind.WALLET:
            return Reject.NOT_A_WALLET
        if command.asset not in self._currencies.all:
            return Reject.UNKNOWN_CURRENCY
        if not 1 <= command.atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if list(categories) != sorted(set(categories)) or not 1 <= len(categories) <= 64:
            return Reject.INVALID_COMMAND
        if not 1 <= categories[0] <= categories[-1] <= 9_999:
            return Reject.INVALID_COMMAND
        if not self.time_ns < command.expires_ns <= TIME_NS_MAX:
            return Reject.INVALID_COMMAND
        if self._is_same_family(command.account, command.holder):
            return Reject.INVALID_TRANSFER
        how = Asks.LIMITS | Asks.COUNTS | Asks.FREE
        reason = self._wallets.refusal(command.account, command.holder, command.asset, command.atoms, how)
        if reason:
            return reason
        self._wallets.count(command.account, command.holder, command.atoms)
        self.count += 1
        one = self.all[self.count] = Purpose(command, command.atoms)
        self._tell_wallets()
        held = self._issuance.hold(sequence, command.account, command.asset, command.atoms)
        fields = {"quantity_lots": command.atoms, "price_ticks": command.expires_ns}
        return self.count, [held, event(EventKind.PURPOSE_BOUND, sequence, **of(one, self.count), **fields)]

    def _spend(self, sequence: int, command: SpendPurpose) -> Came:
        one, payee, atoms = self.all.get(command.purpose), command.payee, command.atoms
        if one is None:
            return Reject.UNKNOWN_PURPOSE
        terms = one.terms
        if terms.holder != command.by_account:
            return Reject.NOT_A_PARTY
        if not 1 <= atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if not self._ledger.is_open(payee):
            return Reject.UNKNOWN_COUNTERPARTY
        shop = self._wallets.by_account.get(payee)
        if shop is None or shop.category not in terms.categories:
            return Reject.WRONG_PURPOSE
        if self._is_same_family(payee, terms.holder) or self._is_same_family(payee, terms.account):
            return Reject.INVALID_TRANSFER
        if one.atoms < atoms:
            return Reject.INSUFFICIENT_FREE
        how = Asks.LIMITS | Asks.BANKS
        reason = self._wallets.refusal(terms.holder, payee, terms.asset, atoms, how | Asks.COUNTS)
        if reason:
            return reason
        self._wallets.count(terms.holder, payee, atoms)
        one.atoms -= atoms
        if one.atoms == 0:
            del self.all[command.purpose]
        self._tell_wallets()
        fields = {"account": terms.holder, "maker_account": payee, "symbol": terms.asset, "order_id": command.purpose}
        return 0, [
            self._issuance.hold(sequence, terms.account, terms.asset, -atoms),
            *self._wallets.pay(sequence, terms.account, payee, terms.asset, atoms, how),
            event(EventKind.PURPOSE_SPENT, sequence, **fields, quantity_lots=atoms, remaining_lots=one.atoms),
        ]

    def _unseal(self, sequence: int, command: UnsealIdentity) -> Came:
        operators = self._currencies.all[command.currency].operators
        asker = self._institutions.all[command.authority]
        if not asker.has(Duty.AUTHORITY, Duty.SUPERVISOR):
            return Reject.WRONG_DUTY
        if command.authority == operators[command.operator].terms.institution:
            return Reject.WRONG_DUTY
        if not self._ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        wallet = self._wallets.by_account.get(command.account)
        if wallet is None:
            return Reject.NOT_A_WALLET
        at = wallet.operator
        while at in wallet.currency.moved:
            at = wallet.currency.moved[at]
        if wallet.currency.asset != command.currency or at != command.operator:
            return Reject.NOT_A_PARTY
        if not 1 <= len(command.basis) <= 256 or not 0 <= command.shown_after_ns <= 366 * DAY_NS:
            return Reject.INVALID_COMMAND
        said = event(
            EventKind.IDENTITY_UNSEALED,
            sequence,
            symbol=command.currency,
            order_id=command.authority,
            maker_order_id=command.operator,
            account=command.account,
            price_ticks=self.time_ns + command.shown_after_ns,
        )
        return 0, [said]


def of(one: Purpose, number: int) -> dict[str, int]:
    """Fields of an event between who gave it and who holds it."""
    terms = one.terms
    return {"order_id": number, "account": terms.account, "maker_account": terms.holder, "symbol": terms.asset}
