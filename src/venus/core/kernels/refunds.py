"""Payments that go back, wholly or in part, to who made them. Source: docs/rules/currency.md, "Refunds".

A payment is known by its reference: there stands who paid whom, and how much of it went back.
"""

import numpy as np
from numba import njit

from venus.core.kernels.balances import balance_find, balance_open, free_atoms
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.layout import ACCOUNTS_COUNT, ASSETS_COUNT, INLINE, JIT
from venus.core.kernels.payments import REFUNDS, payment_apply, payment_reject
from venus.core.kernels.state import state_at
from venus.core.kernels.transfers import reference_find, reference_keep
from venus.core.kernels.wallets import WALLET
from venus.records.commands import AccountKind
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_EXTERNAL = int(AccountKind.EXTERNAL)
_REFUNDED, _TRANSFERRED = int(EventKind.REFUNDED), int(EventKind.TRANSFERRED)
_REPEATED = int(EventFlag.REPEATED)
_ATOMS_MAX = np.int64(ATOMS_MAX)
_MARK = np.int64(1 << 32)
"""Added to the asset in a refund's own reference: no payment's has it."""
_NONE, _UNKNOWN_ACCOUNT, _UNKNOWN_ASSET = int(Reject.NONE), int(Reject.UNKNOWN_ACCOUNT), int(Reject.UNKNOWN_ASSET)
_INVALID_TRANSFER, _AMOUNT_OUT_OF_RANGE = int(Reject.INVALID_TRANSFER), int(Reject.AMOUNT_OUT_OF_RANGE)
_REFERENCE_MISSING, _REFERENCE_REUSED = int(Reject.REFERENCE_MISSING), int(Reject.REFERENCE_REUSED)
_UNKNOWN_PAYMENT, _REFUND_TOO_LARGE = int(Reject.UNKNOWN_PAYMENT), int(Reject.REFUND_TOO_LARGE)
_ACCOUNT_FROZEN, _INSUFFICIENT_FREE = int(Reject.ACCOUNT_FROZEN), int(Reject.INSUFFICIENT_FREE)


@njit(**INLINE)
def _form_reject(s, command):
    if command.account >= s.counters[ACCOUNTS_COUNT]:
        return _UNKNOWN_ACCOUNT
    if command.subject >= s.counters[ASSETS_COUNT]:
        return _UNKNOWN_ASSET
    if command.flags != 0:
        return _INVALID_TRANSFER
    if not 1 <= command.quantity <= _ATOMS_MAX:
        return _AMOUNT_OUT_OF_RANGE
    return _REFERENCE_MISSING if command.client_hi == 0 and command.client_lo == 0 else _NONE


@njit(**INLINE)
def _payment_reject(s, command, payment):
    """Tests of the payment that is named; `payment` is the slot of its reference, or 0."""
    if payment == 0:
        return _UNKNOWN_PAYMENT
    reference = s.references[np.uint32(payment)]
    payer, account = reference.body[0], np.int64(command.account)
    if reference.body[1] != account or reference.body[2] != np.int64(command.subject) or reference.body[3] < 1:
        return _UNKNOWN_PAYMENT
    # The 32 bytes of another command's reference could be anything.
    if payer < 0 or payer >= s.counters[ACCOUNTS_COUNT] or payer == account:
        return _UNKNOWN_PAYMENT
    if s.accounts[np.uint32(payer)].kind == _EXTERNAL or s.accounts[command.account].kind == _EXTERNAL:
        return _UNKNOWN_PAYMENT
    return _REFUND_TOO_LARGE if command.quantity > reference.body[3] - reference.result else _NONE


@njit(**INLINE)
def _has_wallet(s, account, payer):
    return s.accounts[np.uint32(account)].kind == WALLET or s.accounts[np.uint32(payer)].kind == WALLET


@njit(**INLINE)
def _money_reject(s, account, payer, asset, atoms):
    if _has_wallet(s, account, payer):
        return payment_reject(s, account, payer, asset, atoms, REFUNDS)
    if s.accounts[np.uint32(account)].frozen != 0:
        return _ACCOUNT_FROZEN
    free = free_atoms(s, balance_find(s, np.uint32(account), np.uint32(asset)))
    return _NONE if free >= atoms else _INSUFFICIENT_FREE


@njit(**INLINE)
def _pay_back(s, account, payer, asset, atoms, sequence):
    if _has_wallet(s, account, payer):
        payment_apply(s, account, payer, asset, atoms, REFUNDS, sequence, 0)
        return
    s.balances[np.uint32(balance_open(s, np.uint32(account), np.uint32(asset)))].free_atoms -= atoms
    s.balances[np.uint32(balance_open(s, np.uint32(payer), np.uint32(asset)))].free_atoms += atoms
    i = event_new(s, _TRANSFERRED, sequence, account, asset, 0)
    s.events[i].quantity_lots = atoms
    s.events[i].maker_account = payer


@njit(**INLINE)
def _say(s, command, payment, sequence):
    reference = s.references[np.uint32(payment)]
    i = event_new(s, _REFUNDED, sequence, command.account, command.subject, 0)
    s.events[i].order_id = reference.sequence
    s.events[i].quantity_lots = command.quantity
    s.events[i].remaining_lots = reference.body[3] - reference.result
    s.events[i].maker_account = reference.body[0]
    return i


@njit(**JIT)
def refund(table, command, sequence):
    """Run a REFUND."""
    s = state_at(table)
    account, asset, atoms = np.int64(command.account), np.int64(command.subject), command.quantity
    reason = _form_reject(s, command)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    payment = reference_find(s, command.target_hi, command.target_lo)
    paid = s.references[np.uint32(payment)]
    own = reference_find(s, command.client_hi, command.client_lo)
    if own != 0:
        body = s.references[np.uint32(own)].body
        same = payment != 0 and body[0] == account and body[1] == paid.sequence
        if same and body[2] == asset + _MARK and body[3] == atoms:
            i = _say(s, command, payment, sequence)
            s.events[i].trade_id = s.references[np.uint32(own)].sequence
            s.events[i].flags = _REPEATED
        else:
            reject(s, command, sequence, _REFERENCE_REUSED)
        return
    reason = _payment_reject(s, command, payment)
    if reason == _NONE:
        reason = _money_reject(s, account, paid.body[0], asset, atoms)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    _pay_back(s, account, paid.body[0], asset, atoms, sequence)
    paid.result += atoms
    _say(s, command, payment, sequence)
    reference_keep(s, command.client_hi, command.client_lo, sequence, 0, account, paid.sequence, asset + _MARK, atoms)
