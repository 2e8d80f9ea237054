"""The core's one hot entry: run commands until they are done or a pool is short.

Short means short *before* a command: nothing of it has happened, the caller doubles the pool and calls again from
there.
"""

import numpy as np
from numba import njit

from venus.core.kernels.cancels import order_amend, order_cancel, orders_end_on_symbol
from venus.core.kernels.events import reject
from venus.core.kernels.ladder import DIGITS_MAX
from venus.core.kernels.layout import (
    BALANCES_USED,
    COMMANDS_DONE,
    EVENTS_COUNT,
    INLINE,
    JIT,
    LEVELS_LIVE,
    NODES_LIVE,
    ORDERS_LIVE,
    REFERENCES_USED,
    SHORT_OF,
    SHORT_OF_BALANCES,
    SHORT_OF_EVENTS,
    SHORT_OF_LEVELS,
    SHORT_OF_NODES,
    SHORT_OF_NOTHING,
    SHORT_OF_ORDERS,
    SHORT_OF_REFERENCES,
    state_at,
)
from venus.core.kernels.lookahead import look_ahead
from venus.core.kernels.orders import order_place, order_reject
from venus.core.kernels.transfers import transfer
from venus.records.commands import CommandFlag, CommandKind
from venus.records.rejects import Reject

ORDER, CANCEL, CANCEL_ALL = int(CommandKind.ORDER), int(CommandKind.CANCEL), int(CommandKind.CANCEL_ALL)
AMEND, TRANSFER = int(CommandKind.AMEND), int(CommandKind.TRANSFER)
_REPLACES, _STOP_ON_FAILURE = int(CommandFlag.REPLACES), int(CommandFlag.STOP_ON_FAILURE)
_NONE, _INVALID_ORDER, _INVALID_COMMAND = int(Reject.NONE), int(Reject.INVALID_ORDER), int(Reject.INVALID_COMMAND)
_REPLACEMENT_REFUSED, _NOT_ATTEMPTED = int(Reject.REPLACEMENT_REFUSED), int(Reject.NOT_ATTEMPTED)
_NOT_TESTED = -1


@njit(**INLINE)
def _short_of(s):
    """The pool that could be too small for the next command or replacing pair, whatever they are."""
    c = s.counters
    if len(s.orders) - 1 - c[ORDERS_LIVE] < 2:
        return SHORT_OF_ORDERS
    if len(s.levels) - 1 - c[LEVELS_LIVE] < 2:
        return SHORT_OF_LEVELS
    if len(s.nodes) - 1 - c[NODES_LIVE] < 2 * DIGITS_MAX:
        return SHORT_OF_NODES
    if len(s.balances) - c[BALANCES_USED] < 4:
        return SHORT_OF_BALANCES
    if len(s.references) - c[REFERENCES_USED] < 2:
        return SHORT_OF_REFERENCES
    # A command meets each resting order at most once and says at most three things of its own.
    if len(s.events) - c[EVENTS_COUNT] < c[ORDERS_LIVE] + 8:
        return SHORT_OF_EVENTS
    return SHORT_OF_NOTHING


@njit(**INLINE)
def _replace(s, cancel, order, sequence):
    """Run the CANCEL of a replacing pair; returns the reject that its ORDER begins with."""
    if order.account != cancel.account or order.subject != cancel.subject:
        static_reject = _INVALID_ORDER
    else:
        static_reject = order_reject(s, order)
    if static_reject != _NONE:
        reject(s, cancel, sequence, _REPLACEMENT_REFUSED)
    else:
        cancel_reject = order_cancel(s, cancel, sequence)
        if cancel_reject != _NONE and cancel.flags & _STOP_ON_FAILURE != 0:
            static_reject = _NOT_ATTEMPTED
    return static_reject


@njit(**JIT)
def short_of(table):
    """The pool to double before a command outside the batch loop."""
    return _short_of(state_at(table))


@njit(**JIT)
def apply_commands(table, start, sequence):
    """Run commands[start:] of the state at `table`; `sequence` is that of commands[start].

    Sets the counters COMMANDS_DONE (of this call), SHORT_OF and EVENTS_COUNT.
    """
    s = state_at(table)
    stop = len(s.commands)
    i = start
    lack = SHORT_OF_NOTHING
    while i < stop:
        lack = _short_of(s)
        if lack != SHORT_OF_NOTHING:
            break
        look_ahead(s, i)
        command = s.commands[np.uint32(i)]
        kind = command.kind
        static_reject = _NOT_TESTED
        if kind == CANCEL:
            if command.flags & _REPLACES == 0:
                order_cancel(s, command, sequence)
            elif i + 1 == stop or s.commands[np.uint32(i + 1)].kind != ORDER:
                reject(s, command, sequence, _INVALID_ORDER)
            else:
                i += 1
                static_reject = _replace(s, command, s.commands[np.uint32(i)], sequence)
                command = s.commands[np.uint32(i)]
                kind = command.kind
                sequence += 1
        if kind == ORDER:
            if static_reject == _NOT_TESTED:
                static_reject = order_reject(s, command)
            order_place(s, command, sequence, static_reject)
        elif kind == TRANSFER:
            transfer(s, command, sequence)
        elif kind == CANCEL_ALL:
            orders_end_on_symbol(s, command, sequence)
        elif kind == AMEND:
            order_amend(s, command, sequence)
        elif kind != CANCEL:
            reject(s, command, sequence, _INVALID_COMMAND)
        i += 1
        sequence += 1
    s.counters[COMMANDS_DONE] = i - start
    s.counters[SHORT_OF] = lack
