"""Purses again, slow and obvious: every sum reckoned anew from the payments. Source: docs/rules/purses.md."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from venus.model.currency import Currencies
from venus.model.events import event
from venus.model.institutions import Institutions
from venus.model.issuance import Came
from venus.model.ledger import Ledger
from venus.model.signatures import ed25519_holds, key_is_sound
from venus.model.wallets import PAYS, Asks, Wallets
from venus.records.commands import AccountKind, PlainCommand, encode_cold
from venus.records.events import Event, EventKind
from venus.records.institutions import Scheme
from venus.records.purses import (
    ClosePurse,
    FundPurse,
    OpenPurse,
    PursePayment,
    SetPurseTerms,
    SettlePurse,
    opening_statement,
    payment_statement,
)
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

TIME_NS_MAX = 2**62
PAYMENTS_MAX = 100
OfPurseHolders = OpenPurse | FundPurse | SettlePurse | ClosePurse
"""Nobody approves them."""


@dataclass(slots=True)
class Paid:
    payment: PursePayment
    own_atoms: int
    guarantee_atoms: int


@dataclass(slots=True)
class Purse:
    terms: OpenPurse
    given_atoms: int  # the guarantee
    closes_ns: int
    loaded_atoms: int = 0
    caught: bool = False
    closed: bool = False
    paid: list[Paid] = field(default_factory=list)

    @property
    def left_atoms(self) -> int:
        """Of what was loaded."""
        return 0 if self.closed else self.loaded_atoms - sum(one.own_atoms for one in self.paid)

    @property
    def guarantee_atoms(self) -> int:
        return 0 if self.closed else self.given_atoms - sum(one.guarantee_atoms for one in self.paid)


class Purses:
    def __init__(self, ledger: Ledger, currencies: Currencies, institutions: Institutions, wallets: Wallets) -> None:
        self._ledger = ledger
        self._currencies = currencies
        self._institutions = institutions
        self._wallets = wallets
        self.time_ns = 0
        self.terms: dict[tuple[int, int], SetPurseTerms] = {}
        self.all: list[Purse] = []

    def run(self, sequence: int, command: PlainCommand) -> Came:
        """All that happened, the command's own event last."""
        match command:
            case SetPurseTerms():
                return self._set_terms(sequence, command)
            case OpenPurse():
                return self._open(sequence, command)
            case FundPurse():
                return self._fund(sequence, command)
            case SettlePurse():
                return self._settle(sequence, command)
            case ClosePurse():
                return self._close(sequence, command)
            case _:
                raise AssertionError(command)

    def has_open(self, account: int) -> bool:
        return any(one.terms.account == account and not one.closed for one in self.all)

    def _is_caught(self, account: int) -> bool:
        return any(one.caught and one.terms.account == account for one in self.all)

    def _unknown_operator(self, asset: int, operator: int) -> Reject:
        if asset not in self._currencies.all:
            return Reject.UNKNOWN_CURRENCY
        is_known = 0 <= operator < len(self._currencies.all[asset].operators)
        at_work = is_known and self._currencies.operator(asset, operator) is not None
        return Reject.NONE if at_work else Reject.UNKNOWN_OPERATOR

    def _set_terms(self, sequence: int, command: SetPurseTerms) -> Came:
        one = command
        if reason := self._unknown_operator(one.currency, one.operator):
            return reason
        if len(one.key) != 32 or not key_is_sound(Scheme.ED25519, one.key):
            return Reject.BAD_KEY
        amounts = 1 <= one.holds_atoms_max <= ATOMS_MAX and 1 <= one.payment_atoms_max <= ATOMS_MAX
        times = 1 <= one.life_ns_max <= TIME_NS_MAX and 0 <= one.claim_ns <= TIME_NS_MAX
        if not amounts or not times or not 0 <= one.guarantee_atoms <= ATOMS_MAX:
            return Reject.INVALID_COMMAND
        self.terms[one.currency, one.operator] = one
        fields = {"symbol": one.currency, "order_id": one.operator, "quantity_lots": one.guarantee_atoms}
        return 0, [event(EventKind.PURSE_TERMS_SET, sequence, **fields)]

    def _cannot_open(self, command: OpenPurse) -> Reject:
        one, accounts = command, self._ledger.accounts
        if not self._ledger.is_open(one.account):
            return Reject.UNKNOWN_ACCOUNT
        if accounts[one.account].kind is AccountKind.EXTERNAL:
            return Reject.ACCOUNT_UNSUITED
        if reason := self._unknown_operator(one.currency, one.operator):
            return reason
        if one.account == self._offline(one.currency):
            return Reject.ACCOUNT_UNSUITED
        terms = self.terms.get((one.currency, one.operator))
        if terms is None:
            return Reject.NO_PURSE_TERMS
        if len(one.key) != 32 or not key_is_sound(Scheme.ED25519, one.key):
            return Reject.BAD_KEY
        if any(other.terms.key == one.key for other in self.all):
            return Reject.PURSE_OPEN
        if not 1 <= one.holds_atoms_max <= terms.holds_atoms_max:
            return Reject.PURSE_LIMIT
        if not 1 <= one.payment_atoms_max <= terms.payment_atoms_max:
            return Reject.PURSE_LIMIT
        if one.expires_ns <= self.time_ns or one.expires_ns - self.time_ns > terms.life_ns_max:
            return Reject.PURSE_EXPIRED
        said = opening_statement(self._institutions.exchange, encode_cold(msgspec.structs.replace(one, signature=b"")))
        if not ed25519_holds(terms.key, one.signature, said):
            return Reject.PURSE_SIGNATURE
        return Reject.PURSE_BLOCKED if self._is_caught(one.account) else Reject.NONE

    def _open(self, sequence: int, command: OpenPurse) -> Came:
        if reason := self._cannot_open(command):
            return reason
        terms = self.terms[command.currency, command.operator]
        treasury = self._treasury(command.currency, command.operator)
        happened = list[Event]()
        if terms.guarantee_atoms:
            if reason := self._cannot_pay(treasury, command.currency, terms.guarantee_atoms):
                return reason
            atoms = terms.guarantee_atoms
            happened += self._taken_in(sequence, treasury, command.currency, atoms, Asks.NOTHING)
        self.all.append(Purse(command, terms.guarantee_atoms, command.expires_ns + terms.claim_ns))
        own = event(
            EventKind.PURSE_OPENED,
            sequence,
            order_id=len(self.all),
            maker_order_id=command.operator,
            account=command.account,
            symbol=command.currency,
            quantity_lots=command.holds_atoms_max,
            remaining_lots=terms.guarantee_atoms,
            price_ticks=command.expires_ns,
        )
        return len(self.all), [*happened, own]

    def _found(self, number: int) -> Purse | Reject:
        if not 1 <= number <= len(self.all):
            return Reject.UNKNOWN_PURSE
        purse = self.all[number - 1]
        return Reject.PURSE_OVER if purse.closed else purse

    def _fund(self, sequence: int, command: FundPurse) -> Came:
        purse = self._found(command.purse)
        if isinstance(purse, Reject):
            return purse
        terms, atoms = purse.terms, command.atoms
        if command.account != terms.account:
            return Reject.NOT_A_PARTY
        if not 1 <= atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if self._is_caught(terms.account):
            return Reject.PURSE_BLOCKED
        if terms.expires_ns <= self.time_ns:
            return Reject.PURSE_EXPIRED
        if purse.left_atoms + atoms > terms.holds_atoms_max or purse.loaded_atoms + atoms > ATOMS_MAX:
            return Reject.PURSE_LIMIT
        offline = self._offline(terms.currency)
        if reason := self._refusal(terms.account, offline, terms.currency, atoms, PAYS):
            return reason
        happened = self._taken_in(sequence, terms.account, terms.currency, atoms, PAYS)
        purse.loaded_atoms += atoms
        own = event(
            EventKind.PURSE_FUNDED,
            sequence,
            order_id=command.purse,
            account=terms.account,
            symbol=terms.currency,
            quantity_lots=atoms,
            remaining_lots=purse.loaded_atoms,
            price_ticks=terms.expires_ns,
        )
        return command.purse, [*happened, own]

    def _close(self, sequence: int, command: ClosePurse) -> Came:
        purse = self._found(command.purse)
        if isinstance(purse, Reject):
            return purse
        if self.time_ns < purse.closes_ns:
            return Reject.TOO_EARLY
        terms = purse.terms
        back_atoms, guarantee_atoms = purse.left_atoms, purse.guarantee_atoms
        happened = list[Event]()
        if back_atoms:
            happened += self._given_out(sequence, terms.account, terms.currency, back_atoms, Asks.NOTHING)
        if guarantee_atoms:
            treasury = self._treasury(terms.currency, terms.operator)
            happened += self._given_out(sequence, treasury, terms.currency, guarantee_atoms, Asks.NOTHING)
        purse.closed = True
        own = event(
            EventKind.PURSE_CLOSED,
            sequence,
            order_id=command.purse,
            account=terms.account,
            symbol=terms.currency,
            quantity_lots=back_atoms,
            remaining_lots=guarantee_atoms,
        )
        return 0, [*happened, own]

    # Settlement.

    def _settle(self, sequence: int, command: SettlePurse) -> Came:
        if not 1 <= len(command.payments) <= PAYMENTS_MAX:
            return Reject.INVALID_COMMAND
        happened = [one for payment in command.payments for one in self._settle_one(sequence, payment)]
        paid = [one for one in happened if one.kind == EventKind.PURSE_PAID]
        own = event(
            EventKind.PURSE_SETTLED,
            sequence,
            order_id=len(paid),
            maker_order_id=len(command.payments),
            quantity_lots=sum(one.quantity_lots for one in paid),
        )
        return len(paid), [*happened, own]

    def _settle_one(self, sequence: int, payment: PursePayment) -> Iterator[Event]:
        reason = self._is_no_payment(payment)
        if not reason:
            payer = self.all[payment.purse - 1]
            if not payer.caught and self._is_cheating(payer, payment):
                payer.caught = True
                yield event(
                    EventKind.PURSE_CAUGHT,
                    sequence,
                    order_id=payment.purse,
                    maker_order_id=payer.terms.operator,
                    account=payer.terms.account,
                    symbol=payer.terms.currency,
                    quantity_lots=payer.left_atoms,
                    remaining_lots=payer.guarantee_atoms,
                )
            reason = self._cannot_settle(payer, payment)
        if reason:
            yield self._refused(sequence, payment, reason)
        else:
            yield from self._pay(sequence, payment)

    def _refused(self, sequence: int, payment: PursePayment, reason: Reject) -> Event:
        known = 1 <= payment.purse <= len(self.all)
        return event(
            EventKind.PURSE_REFUSED,
            sequence,
            order_id=payment.purse if known else 0,
            price_ticks=payment.counter if 1 <= payment.counter <= 65_535 else 0,
            symbol=self.all[payment.purse - 1].terms.currency if known else 0,
            quantity_lots=payment.atoms if 1 <= payment.atoms <= ATOMS_MAX else 0,
            reason=reason,
        )

    def _is_no_payment(self, payment: PursePayment) -> Reject:
        one, payer = payment, self._found(payment.purse)
        if isinstance(payer, Reject):
            return payer
        if not 1 <= one.payee <= len(self.all):
            return Reject.UNKNOWN_COUNTERPARTY
        if one.payee == one.purse or self.all[one.payee - 1].terms.currency != payer.terms.currency:
            return Reject.INVALID_TRANSFER
        if not 1 <= one.counter <= 65_535 or len(one.nonce) != 16:
            return Reject.INVALID_COMMAND
        if not 1 <= one.atoms <= one.total_atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if one.atoms > payer.terms.payment_atoms_max:
            return Reject.PURSE_LIMIT
        said = payment_statement(self._institutions.exchange, payer.terms.currency, one)
        if not ed25519_holds(payer.terms.key, one.signature, said):
            return Reject.PURSE_SIGNATURE
        return Reject.COUNTER_USED if any(same(one, other.payment) for other in payer.paid) else Reject.NONE

    def _is_cheating(self, payer: Purse, payment: PursePayment) -> bool:
        begins = payment.total_atoms - payment.atoms
        return payment.total_atoms > payer.loaded_atoms or any(
            other.counter == payment.counter
            or (other.counter < payment.counter and other.total_atoms > begins)
            or (other.counter > payment.counter and other.total_atoms - other.atoms < payment.total_atoms)
            for other in (paid.payment for paid in payer.paid)
        )

    def _cannot_settle(self, payer: Purse, payment: PursePayment) -> Reject:
        atoms = self._payable_atoms(payer, payment)
        if payment.total_atoms > payer.loaded_atoms or atoms == 0:
            return Reject.PURSE_SHORT
        currency = payer.terms.currency
        account = self.all[payment.payee - 1].terms.account
        offline = self._offline(currency)
        if not self._wallets.concerns(offline, account):
            return Reject.NONE
        return self._wallets.refusal(offline, account, currency, atoms, SETTLES)

    def _payable_atoms(self, payer: Purse, payment: PursePayment) -> int:
        return min(payment.atoms, payer.left_atoms + payer.guarantee_atoms)

    def _pay(self, sequence: int, payment: PursePayment) -> Iterator[Event]:
        payer, payee = self.all[payment.purse - 1].terms, self.all[payment.payee - 1].terms
        purse = self.all[payment.purse - 1]
        atoms = self._payable_atoms(purse, payment)
        own_atoms = min(atoms, purse.left_atoms)
        purse.paid.append(Paid(payment, own_atoms, atoms - own_atoms))
        yield from self._given_out(sequence, payee.account, payer.currency, atoms, SETTLES)
        yield event(
            EventKind.PURSE_PAID,
            sequence,
            order_id=payment.purse,
            maker_order_id=payment.payee,
            price_ticks=payment.counter,
            account=payee.account,
            maker_account=payer.account,
            symbol=payer.currency,
            quantity_lots=atoms,
            remaining_lots=payment.atoms - atoms,
            hold_atoms=atoms - own_atoms,
        )

    # Money.

    def _treasury(self, asset: int, operator: int) -> int:
        """Of the operator, or of the one that has its wallets now."""
        one = self._currencies.all[asset].operators[operator]
        return one.terms.treasury_account if one.moved_to < 0 else self._treasury(asset, one.moved_to)

    def _offline(self, asset: int) -> int:
        return self._currencies.all[asset].terms.offline_account

    def _cannot_pay(self, account: int, asset: int, atoms: int) -> Reject:
        if self._ledger.accounts[account].frozen:
            return Reject.ACCOUNT_FROZEN
        return Reject.NONE if atoms <= self._ledger.free[account, asset] else Reject.INSUFFICIENT_FREE

    def _refusal(self, payer: int, payee: int, asset: int, atoms: int, how: Asks) -> Reject:
        if self._wallets.concerns(payer, payee):
            return self._wallets.refusal(payer, payee, asset, atoms, how)
        return self._cannot_pay(payer, asset, atoms)

    def _taken_in(self, sequence: int, payer: int, asset: int, atoms: int, how: Asks) -> list[Event]:
        offline = self._offline(asset)
        return [
            *self._wallets.pay(sequence, payer, offline, asset, atoms, how),
            self._held(sequence, offline, asset, atoms),
        ]

    def _given_out(self, sequence: int, payee: int, asset: int, atoms: int, how: Asks) -> list[Event]:
        offline = self._offline(asset)
        return [
            self._held(sequence, offline, asset, -atoms),
            *self._wallets.pay(sequence, offline, payee, asset, atoms, how),
        ]

    def _held(self, sequence: int, account: int, asset: int, atoms: int) -> Event:
        self._ledger.hold(account, asset, atoms)
        return event(EventKind.HELD, sequence, account=account, symbol=asset, hold_atoms=atoms)

    def bound_atoms(self, asset: int) -> int:
        """What stands in a currency's offline account for its purses."""
        return sum(one.left_atoms + one.guarantee_atoms for one in self.all if one.terms.currency == asset)

    def check(self) -> None:
        """What the offline accounts hold is what purses may still pay, and what answers for them."""
        for asset, currency in self._currencies.all.items():
            bound = self.bound_atoms(asset)
            assert self._ledger.held[currency.terms.offline_account, asset] >= bound, (asset, bound)
        for one in self.all:
            assert one.left_atoms >= 0 and 0 <= one.guarantee_atoms <= one.given_atoms, one
            assert one.caught or all(paid.guarantee_atoms == 0 for paid in one.paid), one


SETTLES = Asks.LIMITS | Asks.BANKS


def same(one: PursePayment, other: PursePayment) -> bool:
    return msgspec.structs.replace(one, signature=b"") == msgspec.structs.replace(other, signature=b"")


PURSE_KIND_OF = {
    SetPurseTerms: EventKind.PURSE_TERMS_SET,
    OpenPurse: EventKind.PURSE_OPENED,
    FundPurse: EventKind.PURSE_FUNDED,
    SettlePurse: EventKind.PURSE_SETTLED,
    ClosePurse: EventKind.PURSE_CLOSED,
}
