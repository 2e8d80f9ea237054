"""Payments that a wallet makes or receives: its limits, and what its bank account takes or gives.

One function says why not, one does it, for hot and cold commands alike. Source: docs/rules/currency.md, "Payments".
"""

import numpy as np
from numba import int64, njit, void

from venus.core.kernels.balances import balance_find, balance_open, free_atoms
from venus.core.kernels.events import event_new
from venus.core.kernels.layout import INLINE, JIT
from venus.core.kernels.state import state_at
from venus.core.kernels.wallets import (
    count_paid,
    currency_of,
    draws_atoms,
    earn,
    excess_atoms,
    pays_reject,
    receives_reject,
    root_of,
    wallet_of,
    wallet_unsuited,
)
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.rejects import Reject

_EXTERNAL = int(AccountKind.EXTERNAL)
_TRANSFERRED, _POURED = int(EventKind.TRANSFERRED), int(EventKind.POURED)
_NONE, _ACCOUNT_FROZEN, _COIN_SUPPLY = int(Reject.NONE), int(Reject.ACCOUNT_FROZEN), int(Reject.COIN_SUPPLY)
_INSUFFICIENT_FREE = int(Reject.INSUFFICIENT_FREE)

LIMITS, COUNTS, FREE, BANKS = 1, 2, 4, 8
"""What of a payment is asked or done: the payee's balance limit; the payer's single, day and year; what the payer has
free; what comes from or goes to a bank account."""
PAYS = LIMITS | COUNTS | FREE | BANKS
REFUNDS = LIMITS | FREE | BANKS
SAID_MAX = 5
"""Events of one payment at most."""


@njit(**INLINE)
def payment_slot(s, wallet, account, asset):
    """Slot of the payer's or payee's balance, opened if it is missing; room was checked."""
    if wallet == 0:
        return balance_open(s, np.uint32(account), np.uint32(asset))
    record = s.wallets[np.uint32(wallet)]
    if record.balance_slot == 0:
        record.balance_slot = balance_open(s, np.uint32(account), np.uint32(asset))
    return np.int64(record.balance_slot)


@njit(**INLINE)
def _payer_free(s, wallet, account, asset):
    if wallet == 0:
        return free_atoms(s, balance_find(s, np.uint32(account), np.uint32(asset)))
    return free_atoms(s, np.int64(s.wallets[np.uint32(wallet)].balance_slot))


@njit(**INLINE)
def payment_reject(s, payer, payee, asset, atoms, how):
    """Why a payment to or from a wallet is refused; parties, asset and amount are sound."""
    if s.accounts[np.uint32(payer)].frozen != 0:
        return _ACCOUNT_FROZEN
    if s.accounts[np.uint32(payer)].kind == _EXTERNAL or s.accounts[np.uint32(payee)].kind == _EXTERNAL:
        return _COIN_SUPPLY
    payer_wallet, payee_wallet = wallet_of(s, payer), wallet_of(s, payee)
    reason = wallet_unsuited(s, payer_wallet, asset)
    if reason == _NONE:
        reason = wallet_unsuited(s, payee_wallet, asset)
    if reason != _NONE:
        return reason
    leaves_family = root_of(s, payer_wallet) != root_of(s, payee_wallet)
    if payee_wallet != 0 and leaves_family and how & LIMITS != 0:
        reason = receives_reject(s, payee_wallet, atoms, how & BANKS != 0)
        if reason != _NONE:
            return reason
    if payer_wallet != 0 and leaves_family and how & COUNTS != 0:
        reason = pays_reject(s, payer_wallet, atoms)
        if reason != _NONE:
            return reason
    if how & FREE == 0:
        return _NONE
    short = atoms - _payer_free(s, payer_wallet, payer, asset)
    if short <= 0:
        return _NONE
    may_draw = payer_wallet != 0 and leaves_family and how & BANKS != 0
    return _NONE if may_draw and draws_atoms(s, payer_wallet, short) == short else _INSUFFICIENT_FREE


@njit(**INLINE)
def say_moved(s, sequence, flags, payer, payee, asset, atoms):
    i = event_new(s, _TRANSFERRED, sequence, payer, asset, 0)
    s.events[i].quantity_lots = atoms
    s.events[i].maker_account = payee
    s.events[i].flags = flags


@njit(**INLINE)
def bank_takes(s, slot, account, atoms, sequence, flags):
    """Atoms of a wallet go to its bank account by its operator's treasury; from there, if negative."""
    wallet = s.wallets[np.uint32(slot)]
    operator = s.operators[wallet.operator]
    asset = currency_of(s, slot).asset
    earn(s, slot)
    balance = payment_slot(s, slot, account, asset)
    s.balances[np.uint32(balance)].free_atoms -= atoms
    s.balances[operator.treasury_slot].free_atoms += atoms
    wallet.line_atoms += atoms
    s.wallets[np.uint32(root_of(s, slot))].counted_atoms -= atoms
    if atoms > 0:
        say_moved(s, sequence, flags, account, operator.treasury, asset, atoms)
    else:
        say_moved(s, sequence, flags, operator.treasury, account, asset, -atoms)
    i = event_new(s, _POURED, sequence, account, asset, 0)
    s.events[i].quantity_lots = atoms
    s.events[i].remaining_lots = wallet.line_atoms
    s.events[i].maker_account = operator.treasury
    s.events[i].flags = flags


@njit(**INLINE)
def payment_move(s, payer, payee, asset, atoms, counts):
    """Move what was tested, from free to free; a negative amount moves it back."""
    payer_wallet, payee_wallet = wallet_of(s, payer), wallet_of(s, payee)
    leaves_family = root_of(s, payer_wallet) != root_of(s, payee_wallet)
    if payer_wallet != 0:
        earn(s, payer_wallet)
        if leaves_family:
            s.wallets[np.uint32(root_of(s, payer_wallet))].counted_atoms -= atoms
            if counts:
                count_paid(s, payer_wallet, atoms)
    if payee_wallet != 0:
        earn(s, payee_wallet)
        if leaves_family:
            s.wallets[np.uint32(root_of(s, payee_wallet))].counted_atoms += atoms
    payer_slot = payment_slot(s, payer_wallet, payer, asset)
    payee_slot = payment_slot(s, payee_wallet, payee, asset)
    s.balances[np.uint32(payer_slot)].free_atoms -= atoms
    s.balances[np.uint32(payee_slot)].free_atoms += atoms


@njit(**INLINE)
def payment_apply(s, payer, payee, asset, atoms, how, sequence, flags):
    """Do a payment that was tested, and say what moved."""
    payer_wallet, payee_wallet = wallet_of(s, payer), wallet_of(s, payee)
    banks = how & BANKS != 0 and root_of(s, payer_wallet) != root_of(s, payee_wallet)
    excess = np.int64(0)
    if banks and payee_wallet != 0:
        excess = excess_atoms(s, payee_wallet, atoms)
    if banks and payer_wallet != 0:
        short = atoms - _payer_free(s, payer_wallet, payer, asset)
        if short > 0:
            bank_takes(s, payer_wallet, payer, -short, sequence, flags)
    payment_move(s, payer, payee, asset, atoms, how & COUNTS != 0)
    say_moved(s, sequence, flags, payer, payee, asset, atoms)
    if excess > 0:
        bank_takes(s, payee_wallet, payee, excess, sequence, flags)


# The same for cold commands.


@njit(int64(int64, int64, int64, int64, int64, int64), **JIT)
def payment_refusal(table, payer, payee, asset, atoms, how):
    return np.int64(payment_reject(state_at(table), payer, payee, asset, atoms, how))


@njit(void(int64, int64, int64, int64, int64, int64, int64, int64), **JIT)
def payment_run(table, payer, payee, asset, atoms, how, sequence, flags):
    payment_apply(state_at(table), payer, payee, asset, atoms, how, sequence, flags)


@njit(void(int64, int64, int64, int64), **JIT)
def payment_count(table, payer, payee, atoms):
    """Count in the payer's day and year what it binds for somebody outside its family."""
    s = state_at(table)
    wallet = wallet_of(s, payer)
    if wallet != 0 and root_of(s, wallet) != root_of(s, wallet_of(s, payee)):
        count_paid(s, wallet, atoms)
