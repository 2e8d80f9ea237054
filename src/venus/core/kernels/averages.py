"""The average price of a symbol: what traded in each of the last sixty minutes. Source: docs/rules/filters.md.

Sums are kept in two digits of base 2^62, since lots and ticks × lots of a minute may leave int64.
"""

import numpy as np
from numba import njit

from venus.core.kernels.layout import AVERAGE_MINUTES, EVENTS_COUNT, INLINE, JIT, MINUTE
from venus.core.kernels.state import state_at
from venus.core.kernels.waiting import look
from venus.core.kernels.words import highest_bit
from venus.records.events import EventKind

_TRADE = int(EventKind.TRADE)
_BASE_BITS = 62
_LOW = np.int64(2**62 - 1)


@njit(**INLINE)
def _bucket_place(symbol_number, minute):
    return np.uint32(np.int64(symbol_number) * AVERAGE_MINUTES + minute % AVERAGE_MINUTES)


@njit(**JIT)
def step_over(table, symbol_number, first_event, sequence):
    """After a step: count its trades in the average, and look at its first and its last price.

    first_event  place of the step's first event; all TRADEs since are of this symbol
    """
    s = state_at(table)
    minute = s.counters[MINUTE]
    bucket = s.averages[_bucket_place(symbol_number, minute)]
    if bucket.minute != minute:
        bucket.minute = minute
        bucket.lots_hi = 0
        bucket.lots = 0
        bucket.worth_hi = 0
        bucket.worth = 0
    first_ticks, last_ticks = np.int64(0), np.int64(0)
    for i in range(first_event, s.counters[EVENTS_COUNT]):
        e = s.events[np.uint32(i)]
        if e.kind != _TRADE:
            continue
        last_ticks = e.price_ticks
        if first_ticks == 0:
            first_ticks = last_ticks
        # Neither a trade's lots nor its ticks × lots are above 2^62, by the proof of limits.
        lots = bucket.lots + e.quantity_lots
        worth = bucket.worth + last_ticks * e.quantity_lots
        bucket.lots_hi += lots >> _BASE_BITS
        bucket.lots = lots & _LOW
        bucket.worth_hi += worth >> _BASE_BITS
        bucket.worth = worth & _LOW
    if first_ticks != 0 and s.symbols[np.uint32(symbol_number)].watched != 0:
        look(table, symbol_number, first_ticks, sequence)
        if last_ticks != first_ticks:
            look(table, symbol_number, last_ticks, sequence)
    return np.int64(0)


@njit(**INLINE)
def _bits(word):
    return highest_bit(word) + 1 if word != 0 else np.int64(0)


@njit(**INLINE)
def average_ticks(s, symbol_number, minutes):
    """The average price over so many minutes, or the last price, or 0."""
    lots_hi, lots, worth_hi, worth = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for minute in range(max(np.int64(0), s.counters[MINUTE] - minutes + 1), s.counters[MINUTE] + 1):
        bucket = s.averages[_bucket_place(symbol_number, minute)]
        if bucket.minute != minute:
            continue
        lots += bucket.lots
        worth += bucket.worth
        lots_hi += bucket.lots_hi + (lots >> _BASE_BITS)
        worth_hi += bucket.worth_hi + (worth >> _BASE_BITS)
        lots &= _LOW
        worth &= _LOW
    shift = max(_bits(lots_hi), _bits(worth_hi))
    lots = (lots_hi << (_BASE_BITS - shift)) | (lots >> shift)
    worth = (worth_hi << (_BASE_BITS - shift)) | (worth >> shift)
    return worth // lots if lots != 0 else s.symbols[np.uint32(symbol_number)].last_ticks
