"""Pairs of an order list: their prices, their one hold, their coming to work. Source: docs/rules/order_lists.md."""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import hold
from venus.core.kernels.book import BUY, hold_slot
from venus.core.kernels.layout import INLINE
from venus.core.kernels.lists import own_hold
from venus.core.kernels.terms import lacks_funds, own_need
from venus.core.kernels.waiting import STOP_LOSS_LIMIT
from venus.records.commands import OrderType

_LIMIT_MAKER = int(OrderType.LIMIT_MAKER)
_STOP_LOSS = int(OrderType.STOP_LOSS)


@njit(**INLINE)
def is_stop(type_):
    return _STOP_LOSS <= type_ <= STOP_LOSS_LIMIT


@njit(**INLINE)
def pair_prices_are_bad(s, first, second):
    """Do the prices of a pair that starts now not enclose the last price, or lie the wrong way round?"""
    stop, other = (first, second) if is_stop(first.type) else (second, first)
    last_ticks = s.symbols[first.subject].last_ticks
    gain = other.price_ticks if other.type == _LIMIT_MAKER else other.target_hi
    loss = stop.target_hi
    if first.side == BUY:
        gain, loss, last_ticks = -gain, -loss, -last_ticks
    if last_ticks != 0:
        return (gain != 0 and gain <= last_ticks) or (loss != 0 and loss >= last_ticks)
    return gain != 0 and loss != 0 and gain <= loss


@njit(**INLINE)
def pair_funds_reject(s, first, second):
    """Does the account lack the larger of the two holds?"""
    return lacks_funds(s, first, max(own_need(s, first), own_need(s, second)))


@njit(**INLINE)
def pair_place(s, list_slot, first_leg, sequence, step, kind, held_atoms):
    """Let both legs of a pair come to work, holding once; `step` is added to the sequence for the second leg."""
    record = s.lists[np.uint32(list_slot)]
    first, second = np.int64(record.legs[first_leg]), np.int64(record.legs[first_leg + 1])
    atoms = max(own_hold(s, first), own_hold(s, second))
    hold(s, hold_slot(s.orders[np.uint32(first)]), atoms)
    calls.come_to_wait_or_rest(s.table, first, sequence, kind, atoms - held_atoms)
    calls.come_to_wait_or_rest(s.table, second, sequence + step, kind, np.int64(0))
