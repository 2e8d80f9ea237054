"""Icebergs: resting orders that show a slice at a time. Source: docs/rules/iceberg.md."""

import numpy as np
from numba import njit

from venus.core.kernels.events import event_new
from venus.core.kernels.layout import ICEBERG_PARTS, INLINE, MARK_ICEBERG, MARK_WAITS
from venus.records.events import EventKind

_SHOWN = int(EventKind.SHOWN)


@njit(**INLINE)
def shown_lots(order):
    """Lots of a resting order with which one meeting is."""
    return order.slice_lots if order.marks & MARK_ICEBERG != 0 else order.remaining_lots


@njit(**INLINE)
def hidden_lots(order):
    """Lots of an order that are in a book and not shown."""
    if order.marks & (MARK_ICEBERG | MARK_WAITS) != MARK_ICEBERG:
        return np.int64(0)
    return order.remaining_lots - order.slice_lots


@njit(**INLINE)
def _parts(order):
    """Meetings that a resting iceberg can still have: one a slice."""
    if order.marks & MARK_ICEBERG == 0 or order.remaining_lots == 0:
        return np.int64(0)
    return 1 + (order.remaining_lots - order.slice_lots + order.display_lots - 1) // order.display_lots


@njit(**INLINE)
def parts_add(s, order):
    s.counters[ICEBERG_PARTS] += _parts(order)


@njit(**INLINE)
def parts_subtract(s, order):
    s.counters[ICEBERG_PARTS] -= _parts(order)


@njit(**INLINE)
def slice_first(s, order):
    """What an iceberg shows when it comes to rest."""
    order.slice_lots = min(order.display_lots, order.remaining_lots)
    parts_add(s, order)


@njit(**INLINE)
def slice_next(s, slot, sequence):
    """Show the next slice of a resting iceberg whose slice is used up, last in time at its price."""
    order = s.orders[np.uint32(slot)]
    level = s.levels[order.level]
    if level.tail != slot:
        following = order.next
        s.orders[following].prev = order.prev
        if order.prev != 0:
            s.orders[order.prev].next = following
        else:
            level.head = following
        s.orders[level.tail].next = slot
        order.prev = level.tail
        order.next = 0
        level.tail = slot
    parts_subtract(s, order)
    order.slice_lots = min(order.display_lots, order.remaining_lots)
    parts_add(s, order)
    i = event_new(s, _SHOWN, sequence, order.account, order.symbol, order.side)
    e = s.events[i]
    e.order_id = order.order_id
    e.price_ticks = order.price_ticks
    e.quantity_lots = order.slice_lots
    e.remaining_lots = order.remaining_lots
