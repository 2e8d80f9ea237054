"""Balances of (account, asset), sparse: an entry exists from its first use on and never moves."""

import numpy as np
from numba import njit

from venus.core.kernels.index import index_insert, tag_of
from venus.core.kernels.layout import BALANCES_USED, INLINE
from venus.units import PPM

_PPM = np.int64(PPM)


@njit(**INLINE)
def balance_find(s, account, asset):
    """Slot of a balance, or 0."""
    tag = tag_of(np.int64(account), np.int64(asset))
    mask = len(s.balance_index) - 1
    i = tag & mask
    while True:
        entry = s.balance_index[np.uint32(i)]
        if entry.slot == 0:
            return np.int64(0)
        if entry.tag == tag:
            balance = s.balances[entry.slot]
            if balance.account == account and balance.asset == asset:
                return np.int64(entry.slot)
        i = (i + 1) & mask


@njit(**INLINE)
def balance_open(s, account, asset):
    """Slot of a balance that is opened at zero if it is missing; room was checked."""
    slot = balance_find(s, account, asset)
    if slot != 0:
        return slot
    slot = s.counters[BALANCES_USED]
    s.counters[BALANCES_USED] = slot + 1
    balance = s.balances[np.uint32(slot)]
    balance.account = account
    balance.asset = asset
    index_insert(s.balance_index, tag_of(np.int64(account), np.int64(asset)), slot)
    return slot


@njit(**INLINE)
def free_atoms(s, slot):
    """Free atoms of a balance that may be missing (slot 0)."""
    return s.balances[np.uint32(slot)].free_atoms if slot != 0 else np.int64(0)


@njit(**INLINE)
def hold(s, slot, atoms):
    s.balances[np.uint32(slot)].free_atoms -= atoms
    s.balances[np.uint32(slot)].held_atoms += atoms


@njit(**INLINE)
def release(s, slot, atoms):
    s.balances[np.uint32(slot)].held_atoms -= atoms
    s.balances[np.uint32(slot)].free_atoms += atoms


@njit(**INLINE)
def fee_atoms(amount_atoms, fee_ppm):
    """Fee on a received amount ≥ 0, rounded up, without a 128-bit product; as units.fee_atoms."""
    return (amount_atoms // _PPM) * fee_ppm + ((amount_atoms % _PPM) * fee_ppm + (_PPM - 1)) // _PPM
