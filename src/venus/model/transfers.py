"""Payments between accounts, and the memory of references that makes a retry harmless.

Source: docs/rules/transfers.md.
"""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from venus.model.events import event, refused, repeated
from venus.model.ledger import Ledger
from venus.records.commands import Command, CommandFlag
from venus.records.events import Event, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

Digest = tuple[int, int]
NO_DIGEST: Digest = (0, 0)
_BODY = Struct("<4q")
RUN_MAX = 16
"""Linked transfers in a row."""


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
        """One that stands for itself."""
        reason = self._malformed(command, CommandFlag.NONE)
        if reason:
            return refused(sequence, command, reason)
        before = self.references.get(reference_of(command))
        if before is not None:
            if before.body != body_of(command):
                return refused(sequence, command, Reject.REFERENCE_REUSED)
            return repeated(moved(sequence, command), sequence, before.sequence)
        reason = self._not_possible(command)
        if reason:
            return refused(sequence, command, reason)
        self._apply(sequence, command)
        return moved(sequence, command)

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
                self._apply(sequence + i, command)
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
        return Reject.REFERENCE_REUSED if before is not None else self._not_possible(command)

    def _apply(self, sequence: int, command: Command) -> None:
        self._ledger.pay(command.account, command.target_lo, command.subject, command.quantity)
        self.references[reference_of(command)] = Applied(sequence, 0, body_of(command))

    def _undo(self, applied: Sequence[Command]) -> None:
        for command in reversed(applied):
            self._ledger.pay(command.target_lo, command.account, command.subject, command.quantity)
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

    def _not_possible(self, command: Command) -> Reject:
        """Tests 8 to 11."""
        ledger = self._ledger
        debit, credit, asset, amount_atoms = command.account, command.target_lo, command.subject, command.quantity
        if ledger.accounts[debit].frozen:
            return Reject.ACCOUNT_FROZEN
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


def moved(sequence: int, command: Command) -> Event:
    return event(
        EventKind.TRANSFERRED,
        sequence,
        quantity_lots=command.quantity,
        account=command.account,
        maker_account=command.target_lo,
        symbol=command.subject,
    )
