"""What cold commands need of the hot state: balances, references, orders by the account or in order of priority."""

import numpy as np
from numba import njit

from venus.core.kernels.balances import balance_find, balance_open
from venus.core.kernels.cancels import order_end
from venus.core.kernels.ladder import level_behind
from venus.core.kernels.layout import ASSETS_COUNT, JIT, SYMBOLS_COUNT
from venus.core.kernels.state import state_at
from venus.core.kernels.transfers import reference_find, reference_keep
from venus.records.events import EventKind, Expiry

_EXPIRED, _ACCOUNT_FROZEN = int(EventKind.EXPIRED), int(Expiry.ACCOUNT_FROZEN)


@njit(**JIT)
def open_balance(table, account, asset):
    """Slot of a balance, opened at zero if it was missing; room was checked."""
    return balance_open(state_at(table), np.uint32(account), np.uint32(asset))


@njit(**JIT)
def find_reference(table, hi, lo):
    """Slot of an applied reference, or 0."""
    return reference_find(state_at(table), hi, lo)


@njit(**JIT)
def keep_reference(table, hi, lo, sequence, result, body_0, body_1, body_2, body_3):
    """Remember an applied cold command; room was checked."""
    reference_keep(state_at(table), hi, lo, sequence, result, body_0, body_1, body_2, body_3)


@njit(**JIT)
def expire_orders(table, account, sequence):
    """End all open orders of an account: by base asset number, within it the highest order id first."""
    s = state_at(table)
    for asset in range(s.counters[ASSETS_COUNT]):
        slot = balance_find(s, np.uint32(account), np.uint32(asset))
        if slot == 0:
            continue
        while s.balances[np.uint32(slot)].chain_head != 0:
            order_end(s, np.int64(s.balances[np.uint32(slot)].chain_head), sequence, _EXPIRED, _ACCOUNT_FROZEN)


@njit(**JIT)
def orders_by_priority(table, slots):
    """Write the slots of all resting orders by symbol, side, price, time; returns their count.

    slots  uint32[≥ live orders]  out
    """
    s = state_at(table)
    count = 0
    for side_index in range(2 * s.counters[SYMBOLS_COUNT]):
        book = s.books[side_index]
        level_slot = np.int64(book.best_level)
        while level_slot != 0:
            slot = s.levels[np.uint32(level_slot)].head
            while slot != 0:
                slots[count] = slot
                count += 1
                slot = s.orders[slot].next
            level_slot = level_behind(s, book, level_slot)
    return count


@njit(**JIT)
def waiting_by_order(table, slots):
    """Write the slots of all orders that wait for a price or track one: by symbol, above, below, tracking.

    slots  uint32[≥ waits]  out
    """
    s = state_at(table)
    count = 0
    for symbol in range(s.counters[SYMBOLS_COUNT]):
        for ladder in (2 * symbol + 1, 2 * symbol):
            book = s.triggers[ladder]
            level_slot = np.int64(book.best_level)
            while level_slot != 0:
                slot = s.levels[np.uint32(level_slot)].head
                while slot != 0:
                    slots[count] = slot
                    count += 1
                    slot = s.orders[slot].next
                level_slot = level_behind(s, book, level_slot)
        slot = s.triggers[2 * symbol].track_head
        while slot != 0:
            slots[count] = slot
            count += 1
            slot = s.orders[slot].next
    return count
