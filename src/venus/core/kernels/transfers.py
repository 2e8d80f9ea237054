"""Transfers between accounts, once per reference. Source: docs/rules/transfers.md."""

import numpy as np
from numba import njit

from venus.core.kernels.balances import balance_find, balance_open, free_atoms
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.index import index_insert, tag_of
from venus.core.kernels.layout import ACCOUNTS_COUNT, ASSETS_COUNT, INLINE, REFERENCES_USED
from venus.records.commands import AccountKind
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_EXTERNAL = int(AccountKind.EXTERNAL)
_TRANSFERRED, _REPEATED = int(EventKind.TRANSFERRED), int(EventFlag.REPEATED)
_ATOMS_MAX = np.int64(ATOMS_MAX)
_NONE, _UNKNOWN_ACCOUNT, _UNKNOWN_ASSET = int(Reject.NONE), int(Reject.UNKNOWN_ACCOUNT), int(Reject.UNKNOWN_ASSET)
_UNKNOWN_COUNTERPARTY, _INVALID_TRANSFER = int(Reject.UNKNOWN_COUNTERPARTY), int(Reject.INVALID_TRANSFER)
_AMOUNT_OUT_OF_RANGE, _REFERENCE_MISSING = int(Reject.AMOUNT_OUT_OF_RANGE), int(Reject.REFERENCE_MISSING)
_REFERENCE_REUSED, _ACCOUNT_FROZEN = int(Reject.REFERENCE_REUSED), int(Reject.ACCOUNT_FROZEN)
_ASSET_FULL, _INSUFFICIENT_FREE = int(Reject.ASSET_FULL), int(Reject.INSUFFICIENT_FREE)


@njit(**INLINE)
def reference_find(s, hi, lo):
    """Slot of a reference that was applied, or 0."""
    tag = tag_of(lo, hi)
    mask = len(s.reference_index) - 1
    i = tag & mask
    while True:
        entry = s.reference_index[np.uint32(i)]
        if entry.slot == 0:
            return np.int64(0)
        if entry.tag == tag and s.references[entry.slot].lo == lo and s.references[entry.slot].hi == hi:
            return np.int64(entry.slot)
        i = (i + 1) & mask


@njit(**INLINE)
def reference_keep(s, hi, lo, sequence, result, body_0, body_1, body_2, body_3):
    """Remember an applied reference; room was checked."""
    slot = s.counters[REFERENCES_USED]
    s.counters[REFERENCES_USED] = slot + 1
    reference = s.references[np.uint32(slot)]
    reference.hi = hi
    reference.lo = lo
    reference.sequence = sequence
    reference.result = result
    reference.body[0] = body_0
    reference.body[1] = body_1
    reference.body[2] = body_2
    reference.body[3] = body_3
    index_insert(s.reference_index, tag_of(lo, hi), slot)


@njit(**INLINE)
def _parties_reject(s, command):
    """Tests 1 to 6."""
    accounts_count = s.counters[ACCOUNTS_COUNT]
    debit, credit = np.int64(command.account), command.target_lo
    if debit >= accounts_count:
        return _UNKNOWN_ACCOUNT
    if credit < 0 or credit >= accounts_count:
        return _UNKNOWN_COUNTERPARTY
    if command.subject >= s.counters[ASSETS_COUNT]:
        return _UNKNOWN_ASSET
    both_external = s.accounts[np.uint32(debit)].kind == _EXTERNAL and s.accounts[np.uint32(credit)].kind == _EXTERNAL
    if debit == credit or both_external or command.flags != 0:
        return _INVALID_TRANSFER
    if not 1 <= command.quantity <= _ATOMS_MAX:
        return _AMOUNT_OUT_OF_RANGE
    if command.client_hi == 0 and command.client_lo == 0:
        return _REFERENCE_MISSING
    return _NONE


@njit(**INLINE)
def _money_reject(s, command):
    """Tests 8 to 10."""
    amount = command.quantity
    debit, credit = s.accounts[command.account], s.accounts[np.uint32(command.target_lo)]
    asset = s.assets[command.subject]
    debit_free = free_atoms(s, balance_find(s, command.account, command.subject))
    if debit.frozen != 0:
        return _ACCOUNT_FROZEN
    if debit.kind == _EXTERNAL:
        if asset.inside_atoms > _ATOMS_MAX - amount or debit_free < amount - _ATOMS_MAX:
            return _ASSET_FULL
        return _NONE
    if credit.kind == _EXTERNAL:
        credit_free = free_atoms(s, balance_find(s, np.uint32(command.target_lo), command.subject))
        if credit_free > _ATOMS_MAX - amount:
            return _ASSET_FULL
    return _NONE if debit_free >= amount else _INSUFFICIENT_FREE


@njit(**INLINE)
def transfer(s, command, sequence):
    """Run a TRANSFER."""
    reason = _parties_reject(s, command)
    first_sequence = np.int64(0)
    if reason == _NONE:
        slot = reference_find(s, command.client_hi, command.client_lo)
        if slot != 0:
            reference = s.references[np.uint32(slot)]
            same = (
                reference.body[0] == command.account
                and reference.body[1] == command.target_lo
                and reference.body[2] == command.subject
                and reference.body[3] == command.quantity
            )
            reason = _NONE if same else _REFERENCE_REUSED
            first_sequence = reference.sequence
        else:
            reason = _money_reject(s, command)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    i = event_new(s, _TRANSFERRED, sequence, command.account, command.subject, 0)
    e = s.events[i]
    e.quantity_lots = command.quantity
    e.maker_account = command.target_lo
    if first_sequence != 0:
        e.trade_id = first_sequence
        e.flags = _REPEATED
        return
    amount = command.quantity
    s.balances[np.uint32(balance_open(s, command.account, command.subject))].free_atoms -= amount
    s.balances[np.uint32(balance_open(s, np.uint32(command.target_lo), command.subject))].free_atoms += amount
    asset = s.assets[command.subject]
    if s.accounts[command.account].kind == _EXTERNAL:
        asset.inside_atoms += amount
    elif s.accounts[np.uint32(command.target_lo)].kind == _EXTERNAL:
        asset.inside_atoms -= amount
    reference_keep(
        s, command.client_hi, command.client_lo, sequence, 0,
        np.int64(command.account), command.target_lo, np.int64(command.subject), amount,
    )  # fmt: skip
