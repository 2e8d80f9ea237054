"""Payments between accounts, and the memory of references that makes a retry harmless.

Source: docs/rules/transfers.md.
"""

from struct import Struct
from typing import NamedTuple

from venus.model.events import event, refused, repeated
from venus.model.ledger import Ledger
from venus.records.commands import Command
from venus.records.events import Event, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

Digest = tuple[int, int]
NO_DIGEST: Digest = (0, 0)
_BODY = Struct("<4q")


class Applied(NamedTuple):
    """What a reference was used for: 32 bytes that tell one body from another, and what came of it."""

    sequence: int
    result: int  # the number opened or listed, else 0
    body: bytes


class Transfers:
    """`references` is one memory for transfers and cold commands; only what was applied is in it."""

    def __init__(self, ledger: Ledger) -> None:
        self.references: dict[Digest, Applied] = {}
        self._ledger = ledger

    def transfer(self, sequence: int, command: Command) -> Event:
        debit, credit, asset, amount_atoms = command.account, command.target_lo, command.subject, command.quantity
        reason = self._malformed(command)
        if reason:
            return refused(sequence, command, reason)
        moved = event(
            EventKind.TRANSFERRED,
            sequence,
            quantity_lots=amount_atoms,
            account=debit,
            maker_account=credit,
            symbol=asset,
        )
        reference = (command.client_hi, command.client_lo)
        body = _BODY.pack(debit, credit, asset, amount_atoms)
        before = self.references.get(reference)
        if before is not None:
            if before.body != body:
                return refused(sequence, command, Reject.REFERENCE_REUSED)
            return repeated(moved, sequence, before.sequence)
        reason = self._not_possible(debit, credit, asset, amount_atoms)
        if reason:
            return refused(sequence, command, reason)
        self._ledger.pay(debit, credit, asset, amount_atoms)
        self.references[reference] = Applied(sequence, 0, body)
        return moved

    def _malformed(self, command: Command) -> Reject:
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
        if debit == credit or both_external or command.flags:
            return Reject.INVALID_TRANSFER
        if not 1 <= command.quantity <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if (command.client_hi, command.client_lo) == NO_DIGEST:
            return Reject.REFERENCE_MISSING
        return Reject.NONE

    def _not_possible(self, debit: int, credit: int, asset: int, amount_atoms: int) -> Reject:
        """Tests 8 to 10."""
        ledger = self._ledger
        if ledger.accounts[debit].frozen:
            return Reject.ACCOUNT_FROZEN
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
