"""Writing events: every field is set, so that a reused buffer never leaks an old value."""

import numpy as np
from numba import njit

from venus.core.kernels.layout import EVENTS_COUNT, INLINE
from venus.records.events import EventKind

REJECTED = int(EventKind.REJECTED)


@njit(**INLINE)
def event_new(s, kind, sequence, account, symbol, side):
    """Index of a new event with these fields and zeros; room was checked."""
    i = s.counters[EVENTS_COUNT]
    s.counters[EVENTS_COUNT] = i + 1
    e = s.events[np.uint32(i)]
    e.sequence = sequence
    e.order_id = 0
    e.maker_order_id = 0
    e.price_ticks = 0
    e.quantity_lots = 0
    e.remaining_lots = 0
    e.hold_atoms = 0
    e.taker_fee_atoms = 0
    e.maker_fee_atoms = 0
    e.trade_id = 0
    e.account = account
    e.maker_account = 0
    e.symbol = symbol
    e.kind = kind
    e.side = side
    e.reason = 0
    e.flags = 0
    return np.uint32(i)


@njit(**INLINE)
def reject(s, command, sequence, reason):
    i = event_new(s, REJECTED, sequence, command.account, command.subject, command.side)
    s.events[i].reason = reason
