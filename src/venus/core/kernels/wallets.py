"""What wallets may hold and pay, and what they earn. Source: docs/rules/currency.md, "Wallets".

A family is a wallet and its sub-wallets. What it paid and what it has is counted at its root; an account's wallet is
found from the account, the root from the wallet, neither by a hash.
"""

import numpy as np
from numba import njit

from venus.core.kernels.layout import (
    CLASS_BITS,
    INLINE,
    OPERATOR_BITS,
    PAID_MAX,
    WALLET_CLOSED,
    WALLET_DRAWS,
    WALLET_POURS,
)
from venus.core.kernels.words import product_or_minus
from venus.records.commands import AccountKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

WALLET = int(AccountKind.WALLET)
_PAID_MAX, _ATOMS_MAX = np.int64(PAID_MAX), np.int64(ATOMS_MAX)
_NONE, _BALANCE_LIMIT, _SINGLE_LIMIT = int(Reject.NONE), int(Reject.BALANCE_LIMIT), int(Reject.SINGLE_LIMIT)
_DAY_LIMIT, _YEAR_LIMIT = int(Reject.DAY_LIMIT), int(Reject.YEAR_LIMIT)
_ACCOUNT_UNSUITED, _WALLET_CLOSED = int(Reject.ACCOUNT_UNSUITED), int(Reject.WALLET_CLOSED)


@njit(**INLINE)
def wallet_of(s, account):
    """Slot of an account's wallet, or 0 if it is no WALLET."""
    record = s.accounts[np.uint32(account)]
    return np.int64(record.icebergs_open) if record.kind == WALLET else np.int64(0)


@njit(**INLINE)
def root_of(s, slot):
    """Slot of the root of a wallet's family; 0 of 0."""
    return np.int64(s.wallets[np.uint32(slot)].root)


@njit(**INLINE)
def class_of(s, slot):
    wallet = s.wallets[np.uint32(slot)]
    currency = np.int64(wallet.operator) >> OPERATOR_BITS
    return s.wallet_classes[np.uint32((currency << CLASS_BITS) + np.int64(wallet.wallet_class))]


@njit(**INLINE)
def currency_of(s, slot):
    return s.currencies[np.uint32(np.int64(s.wallets[np.uint32(slot)].operator) >> OPERATOR_BITS)]


@njit(**INLINE)
def wallet_unsuited(s, slot, asset):
    """Whether a wallet may have to do with an asset at all; one that is none may."""
    if slot == 0:
        return _NONE
    if currency_of(s, slot).asset != asset:
        return _ACCOUNT_UNSUITED
    return _WALLET_CLOSED if s.wallets[np.uint32(slot)].marks & WALLET_CLOSED != 0 else _NONE


@njit(**INLINE)
def excess_atoms(s, slot, atoms):
    """What of a payment from outside the family would stand above the balance limit."""
    limit = class_of(s, slot).balance_atoms_max
    if limit == 0:
        return np.int64(0)
    room = limit - s.wallets[np.uint32(root_of(s, slot))].counted_atoms
    return max(np.int64(0), atoms - max(np.int64(0), room))


@njit(**INLINE)
def receives_reject(s, slot, atoms, may_pour):
    """Test of the payee's balance limit."""
    excess = excess_atoms(s, slot, atoms)
    if excess == 0:
        return _NONE
    wallet = s.wallets[np.uint32(slot)]
    pours = may_pour and wallet.marks & WALLET_POURS != 0 and wallet.line_atoms <= _ATOMS_MAX - excess
    return _NONE if pours else _BALANCE_LIMIT


@njit(**INLINE)
def day_paid_atoms(s, root):
    wallet = s.wallets[np.uint32(root)]
    return wallet.day_paid_atoms if np.int64(wallet.day) == np.int64(currency_of(s, root).today) else np.int64(0)


@njit(**INLINE)
def year_paid_atoms(s, root):
    wallet = s.wallets[np.uint32(root)]
    this_year = np.int64(wallet.day) >= np.int64(currency_of(s, root).year_first)
    return wallet.year_paid_atoms if this_year else np.int64(0)


@njit(**INLINE)
def pays_reject(s, slot, atoms):
    """Tests of the payer's single, day and year limits."""
    limits = class_of(s, slot)
    root = root_of(s, slot)
    if limits.single_atoms_max != 0 and atoms > limits.single_atoms_max:
        return _SINGLE_LIMIT
    if limits.day_atoms_max != 0 and atoms > limits.day_atoms_max - day_paid_atoms(s, root):
        return _DAY_LIMIT
    if limits.year_atoms_max != 0 and atoms > limits.year_atoms_max - year_paid_atoms(s, root):
        return _YEAR_LIMIT
    return _NONE


@njit(**INLINE)
def draws_atoms(s, slot, short_atoms):
    """What comes from the bank for a payer that is short of so much: all of it or nothing."""
    wallet = s.wallets[np.uint32(slot)]
    if wallet.marks & WALLET_DRAWS == 0 or wallet.line_atoms < short_atoms:
        return np.int64(0)
    treasury = s.operators[wallet.operator].treasury_slot
    return short_atoms if s.balances[treasury].free_atoms >= short_atoms else np.int64(0)


@njit(**INLINE)
def _added(paid_atoms, atoms):
    return _PAID_MAX if atoms > _PAID_MAX - paid_atoms else paid_atoms + atoms


@njit(**INLINE)
def count_paid(s, slot, atoms):
    """Count a payment in the family's day and year."""
    root = root_of(s, slot)
    day, year = day_paid_atoms(s, root), year_paid_atoms(s, root)
    wallet = s.wallets[np.uint32(root)]
    wallet.day = currency_of(s, root).today
    wallet.day_paid_atoms = _added(day, atoms)
    wallet.year_paid_atoms = _added(year, atoms)


@njit(**INLINE)
def earned_until_now(s, slot):
    """Interest that a wallet has earned and was not paid, in atoms × ppm × days."""
    wallet = s.wallets[np.uint32(slot)]
    gained = class_of(s, slot).interest_index - np.int64(wallet.seen_index)
    if gained == 0 or wallet.balance_slot == 0:
        return wallet.earned
    balance = s.balances[wallet.balance_slot]
    product = product_or_minus(balance.free_atoms + balance.held_atoms, gained)
    return _PAID_MAX if product < 0 or product > _PAID_MAX - wallet.earned else wallet.earned + product


@njit(**INLINE)
def earn(s, slot):
    """Count what a wallet has earned, before its balance changes."""
    wallet = s.wallets[np.uint32(slot)]
    index = class_of(s, slot).interest_index
    if index != np.int64(wallet.seen_index):
        wallet.earned = earned_until_now(s, slot)
        wallet.seen_index = index
