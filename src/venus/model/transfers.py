"""Payments between accounts, and the memory of references that makes a retry harmless.

Source: docs/rules/transfers.md.
"""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from venus.model.events import event, refused, repeated
from venus.model.ledger import Ledger
from venus.model.wallets import PAYS, Asks, Wallets
from venus.records.commands import Command, CommandFlag
from venus.records.events import Event, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

Digest = tuple[int, int]
NO_DIGEST: Digest = (0, 0)
_BODY = Struct("<4q")
LINKED = PAYS & ~Asks.BANKS
RUN_MAX = 16
"""Linked transfers in a row."""


class Applied(NamedTuple):
    """What a reference was used for: 32 bytes that tell one body from another, and what came of it."""

    sequence: int
    result: int  # the number opened or listed, else 0
    body: bytes


class Transfers:
    """`references` is one memory for transfers and cold commands; only what was applied is in it."""

    def __init__(self, ledger: Ledger, wallets: Wallets) -> None:
        self.references: dict[Digest, Applied] = {}
        self._ledger = ledger
        self._wallets = wallets

    def transfer(self, sequence: int, command: Command) -> list[Event]:
        """One that stands for itself."""
        reason = self._malformed(command, CommandFlag.NONE)
        if reason:
            return [refused(sequence, command, reason)]
        before = self.references.get(reference_of(command))
        if before is not None:
            if before.body != body_of(command):
                return [refused(sequence, command, Reject.REFERENCE_REUSED)]
            return [repeated(moved(sequence, command), sequence, before.sequence)]
        reason = self._not_possible(command, PAYS)
        if reason:
            return [refused(sequence, command, reason)]
        return self._apply(sequence, command, PAYS)

    def refund(self, sequence: int, command: Command) -> list[Event]:
        """A payment that is known by its reference goes back, wholly or in part."""
        ledger = self._ledger
        payment = self.references.get((command.target_hi, command.target_lo))
        if reason := self._malformed_refund(command):
            return [refused(sequence, command, reason)]
        own = self.references.get(reference_of(command))
        if own is not None:
            if payment is None or own.body != refund_body(command, payment.sequence):
                return [refused(sequence, command, Reject.REFERENCE_REUSED)]
            return [repeated(refunded(sequence, command, payment), sequence, own.sequence)]
        if payment is None:
            return [refused(sequence, command, Reject.UNKNOWN_PAYMENT)]
        payer, payee, asset, paid_atoms = _BODY.unpack(payment.body)
        is_known = (
            (payee, asset) == (command.account, command.subject)
            and paid_atoms > 0
            and ledger.is_open(payer)
            and payer != payee
            and not ledger.is_external(payer)
            and not ledger.is_external(payee)
        )
        if not is_known:
            return [refused(sequence, command, Reject.UNKNOWN_PAYMENT)]
        if payment.result + command.quantity > paid_atoms:
            return [refused(sequence, command, Reject.REFUND_TOO_LARGE)]
        how = PAYS & ~Asks.COUNTS
        if reason := self._cannot_give(payee, payer, asset, command.quantity, how):
            return [refused(sequence, command, reason)]
        happened = self._wallets.pay(sequence, payee, payer, asset, command.quantity, how)
        payment = payment._replace(result=payment.result + command.quantity)
        self.references[command.target_hi, command.target_lo] = payment
        self.references[reference_of(command)] = Applied(sequence, 0, refund_body(command, payment.sequence))
        return [*happened, refunded(sequence, command, payment)]

    def _malformed_refund(self, command: Command) -> Reject:
        if not self._ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if not self._ledger.is_listed(command.subject):
            return Reject.UNKNOWN_ASSET
        if command.flags:
            return Reject.INVALID_TRANSFER
        if not 1 <= command.quantity <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        return Reject.REFERENCE_MISSING if reference_of(command) == NO_DIGEST else Reject.NONE

    def _cannot_give(self, payer: int, payee: int, asset: int, atoms: int, how: Asks) -> Reject:
        """Tests 8 and 11 of a refund."""
        if self._wallets.concerns(payer, payee):
            return self._wallets.refusal(payer, payee, asset, atoms, how)
        if self._ledger.accounts[payer].frozen:
            return Reject.ACCOUNT_FROZEN
        return Reject.NONE if self._ledger.free[payer, asset] >= atoms else Reject.INSUFFICIENT_FREE

    def linked(self, sequence: int, run: Sequence[Command]) -> list[Event]:
        """A run of them: all or none. The last one has no flag, or the run is none."""
        if len(run) > RUN_MAX or run[-1].flags & CommandFlag.LINKED:
            return [refused(sequence + i, command, Reject.INVALID_TRANSFER) for i, command in enumerate(run)]
        is_retry = reference_of(run[0]) in self.references
        for i, command in enumerate(run):
            reason = self._linked_refusal(command, is_retry)
            if reason:
                if not is_retry:
                    self._undo(run[:i])
                return [
                    refused(sequence + j, other, reason if j == i else Reject.LINK_BROKEN)
                    for j, other in enumerate(run)
                ]
            if not is_retry:
                self._apply(sequence + i, command, LINKED)
        happened = [moved(sequence + i, command) for i, command in enumerate(run)]
        if not is_retry:
            return happened
        first = [self.references[reference_of(command)].sequence for command in run]
        return [repeated(event_, event_.sequence, before) for event_, before in zip(happened, first, strict=True)]

    def _linked_refusal(self, command: Command, is_retry: bool) -> Reject:
        """Of one transfer of a run, those before it seen as done."""
        reason = self._malformed(command, CommandFlag.LINKED)
        if reason:
            return reason
        before = self.references.get(reference_of(command))
        if is_retry:
            same = before is not None and before.body == body_of(command)
            return Reject.NONE if same else Reject.REFERENCE_REUSED
        return Reject.REFERENCE_REUSED if before is not None else self._not_possible(command, LINKED)

    def _apply(self, sequence: int, command: Command, how: Asks) -> list[Event]:
        self.references[reference_of(command)] = Applied(sequence, 0, body_of(command))
        payer, payee = command.account, command.target_lo
        return self._wallets.pay(sequence, payer, payee, command.subject, command.quantity, how)

    def _undo(self, applied: Sequence[Command]) -> None:
        for command in reversed(applied):
            self._ledger.pay(command.target_lo, command.account, command.subject, command.quantity)
            self._wallets.uncount(command.account, command.target_lo)
            del self.references[reference_of(command)]

    def _malformed(self, command: Command, allowed: CommandFlag) -> Reject:
        """Tests 1 to 6: those that do not depend on what anyone has."""
        ledger = self._ledger
        debit, credit = command.account, command.target_lo
        if not ledger.is_open(debit):
            return Reject.UNKNOWN_ACCOUNT
        if not ledger.is_open(credit):
            return Reject.UNKNOWN_COUNTERPARTY
        if not ledger.is_listed(command.subject):
            return Reject.UNKNOWN_ASSET
        both_external = ledger.is_external(debit) and ledger.is_external(credit)
        if debit == credit or both_external or command.flags | allowed.value != allowed.value:
            return Reject.INVALID_TRANSFER
        if not 1 <= command.quantity <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if (command.client_hi, command.client_lo) == NO_DIGEST:
            return Reject.REFERENCE_MISSING
        return Reject.NONE

    def _not_possible(self, command: Command, how: Asks) -> Reject:
        """Tests 8 to 11."""
        ledger = self._ledger
        debit, credit, asset, amount_atoms = command.account, command.target_lo, command.subject, command.quantity
        if self._wallets.concerns(debit, credit):
            return self._wallets.refusal(debit, credit, asset, amount_atoms, how)
        if ledger.accounts[debit].frozen:
            return Reject.ACCOUNT_FROZEN
        if ledger.assets[asset].is_reserves:
            return Reject.COIN_SUPPLY
        if ledger.assets[asset].is_coin and (ledger.is_external(debit) or ledger.is_external(credit)):
            return Reject.COIN_SUPPLY
        if ledger.is_external(debit):
            if ledger.inside_atoms(asset) + amount_atoms > ATOMS_MAX:
                return Reject.ASSET_FULL
            if ledger.free[debit, asset] - amount_atoms < -ATOMS_MAX:
                return Reject.ASSET_FULL
        if ledger.is_external(credit) and ledger.free[credit, asset] + amount_atoms > ATOMS_MAX:
            return Reject.ASSET_FULL
        if not ledger.is_external(debit) and ledger.free[debit, asset] < amount_atoms:
            return Reject.INSUFFICIENT_FREE
        return Reject.NONE


def reference_of(command: Command) -> Digest:
    return command.client_hi, command.client_lo


def body_of(command: Command) -> bytes:
    return _BODY.pack(command.account, command.target_lo, command.subject, command.quantity)


def refund_body(command: Command, payment_sequence: int) -> bytes:
    return _BODY.pack(command.account, payment_sequence, command.subject + 2**32, command.quantity)


def refunded(sequence: int, command: Command, payment: Applied) -> Event:
    payer, _, _, paid_atoms = _BODY.unpack(payment.body)
    return event(
        EventKind.REFUNDED,
        sequence,
        order_id=payment.sequence,
        quantity_lots=command.quantity,
        remaining_lots=paid_atoms - payment.result,
        account=command.account,
        maker_account=payer,
        symbol=command.subject,
    )


def moved(sequence: int, command: Command) -> Event:
    return event(
        EventKind.TRANSFERRED,
        sequence,
        quantity_lots=command.quantity,
        account=command.account,
        maker_account=command.target_lo,
        symbol=command.subject,
    )
