"""Kernels that are called through their address in the table of pointers, and not compiled into who calls them.

Numba links a called function's code into the caller's and optimizes all of it again, at every level; so a slow path
that is reached from many places would be compiled many times, and the hot kernel with all of them. The numbers are
places behind the pointers; `entries.py` knows whose they are, `memory.py` writes their addresses. All arguments are
int64, and so is the result; an error passes through as in any call.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from venus.core.kernels.layout import ARRAYS_COUNT, INLINE

CALLS = (
    "meet",
    "met",
    "marked_takes_off",
    "leg_end",
    "legs_end",
    "special_end",
    "leave",
    "drop",
    "rest",
    "wait_begin",
    "step_over",
    "filters_reject",
    "counts_reject",
    "form_reject",
    "figures_reject",
    "draft",
    "order_open",
    "come_to_wait_or_rest",
    "enter",
    "place_with_terms",
    "list_place",
    "activate",
    "replace",
    "run_rest",
)
(
    _MEET,
    _MET,
    _MARKED_TAKES_OFF,
    _LEG_END,
    _LEGS_END,
    _SPECIAL_END,
    _LEAVE,
    _DROP,
    _REST,
    _WAIT_BEGIN,
    _STEP_OVER,
    _FILTERS_REJECT,
    _COUNTS_REJECT,
    _FORM_REJECT,
    _FIGURES_REJECT,
    _DRAFT,
    _ORDER_OPEN,
    _COME_TO_WAIT_OR_REST,
    _ENTER,
    _PLACE_WITH_TERMS,
    _LIST_PLACE,
    _ACTIVATE,
    _REPLACE,
    _RUN_REST,
) = range(len(CALLS))
_FIRST = 2 * ARRAYS_COUNT


def _generate(context, builder, signature, arguments):
    table, number, *others = arguments
    word = ir.IntType(64)
    place = builder.add(number, ir.Constant(word, _FIRST))
    address = builder.load(builder.gep(builder.inttoptr(table, word.as_pointer()), [place]))
    taken = (types.int64,) * (1 + len(others))
    kind = context.call_conv.get_function_type(types.int64, taken)
    function = builder.inttoptr(address, kind.as_pointer())
    status, result = context.call_conv.call_function(builder, function, types.int64, taken, [table, *others])
    with cgutils.if_unlikely(builder, status.is_error):
        context.call_conv.return_status_propagate(builder, status)
    return result


def _signature(count):
    return types.int64(*(types.int64,) * count), _generate


@intrinsic
def call_1(typing_context, table, number, a):
    """The kernel of this number with the table and one more argument; the others with as many as their name says."""
    return _signature(3)


@intrinsic
def call_2(typing_context, table, number, a, b):
    return _signature(4)


@intrinsic
def call_3(typing_context, table, number, a, b, c):
    return _signature(5)


@intrinsic
def call_4(typing_context, table, number, a, b, c, d):
    return _signature(6)


@intrinsic
def call_5(typing_context, table, number, a, b, c, d, e):
    return _signature(7)


@intrinsic
def call_7(typing_context, table, number, a, b, c, d, e, f, g):
    return _signature(9)


@njit(**INLINE)
def command_at(s, place):
    """commands[place], or drafts[-1 - place]: how an ORDER is named to a kernel that is called."""
    return s.commands[np.uint32(place)] if place >= 0 else s.drafts[np.uint32(-1 - place)]


@njit(**INLINE)
def drafted(place):
    """The name of drafts[place]."""
    return np.int64(-1) - place


@njit(**INLINE)
def meet(table, slot, sequence):
    return call_2(table, _MEET, slot, sequence)


@njit(**INLINE)
def met(table, slot, sequence, traded_lots, maker_fee_atoms, taker_list, taker_fee_atoms, is_gone):
    return call_7(table, _MET, slot, sequence, traded_lots, maker_fee_atoms, taker_list, taker_fee_atoms, is_gone)


@njit(**INLINE)
def marked_takes_off(table, slot, lots):
    return call_2(table, _MARKED_TAKES_OFF, slot, lots)


@njit(**INLINE)
def leg_end(table, slot, sequence, kind, reason):
    return call_4(table, _LEG_END, slot, sequence, kind, reason)


@njit(**INLINE)
def legs_end(table, list_slot, sequence, kind, reason):
    return call_4(table, _LEGS_END, list_slot, sequence, kind, reason)


@njit(**INLINE)
def special_end(table, slot, sequence, kind, reason):
    return call_4(table, _SPECIAL_END, slot, sequence, kind, reason)


@njit(**INLINE)
def leave(table, slot):
    return call_1(table, _LEAVE, slot)


@njit(**INLINE)
def drop(table, slot):
    return call_1(table, _DROP, slot)


@njit(**INLINE)
def rest(table, slot):
    return call_1(table, _REST, slot)


@njit(**INLINE)
def wait_begin(table, slot):
    return call_1(table, _WAIT_BEGIN, slot)


@njit(**INLINE)
def step_over(table, symbol_number, first_event, sequence):
    return call_3(table, _STEP_OVER, symbol_number, first_event, sequence)


@njit(**INLINE)
def filters_reject(table, place, price_ticks, hold_ticks, earlier_lots, own_slot):
    return call_5(table, _FILTERS_REJECT, place, price_ticks, hold_ticks, earlier_lots, own_slot)


@njit(**INLINE)
def counts_reject(table, place, is_leg, earlier, earlier_algo, earlier_icebergs):
    return call_5(table, _COUNTS_REJECT, place, is_leg, earlier, earlier_algo, earlier_icebergs)


@njit(**INLINE)
def form_reject(table, place):
    return call_1(table, _FORM_REJECT, place)


@njit(**INLINE)
def figures_reject(table, place, has_lots, earlier_lots, own_slot):
    return call_4(table, _FIGURES_REJECT, place, has_lots, earlier_lots, own_slot)


@njit(**INLINE)
def draft(table, draft_place, place):
    return call_2(table, _DRAFT, draft_place, place)


@njit(**INLINE)
def order_open(table, draft_place, list_slot, is_pending):
    return call_3(table, _ORDER_OPEN, draft_place, list_slot, is_pending)


@njit(**INLINE)
def come_to_wait_or_rest(table, slot, sequence, kind, hold_atoms):
    return call_4(table, _COME_TO_WAIT_OR_REST, slot, sequence, kind, hold_atoms)


@njit(**INLINE)
def enter(table, slot, sequence, kind, held_atoms, locks):
    return call_5(table, _ENTER, slot, sequence, kind, held_atoms, locks)


@njit(**INLINE)
def place_with_terms(table, place, sequence, static_reject):
    return call_3(table, _PLACE_WITH_TERMS, place, sequence, static_reject)


@njit(**INLINE)
def list_place(table, place, legs, sequence):
    return call_3(table, _LIST_PLACE, place, legs, sequence)


@njit(**INLINE)
def activate(table, sequence):
    return call_1(table, _ACTIVATE, sequence)


@njit(**INLINE)
def replace(table, place, sequence):
    return call_2(table, _REPLACE, place, sequence)


@njit(**INLINE)
def run_rest(table, place, sequence):
    return call_2(table, _RUN_REST, place, sequence)
