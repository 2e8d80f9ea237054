"""The core's one hot entry: run commands until they are done or a pool is short.

Short means short *before* a command: nothing of it has happened, the caller doubles the pool and calls again from
there.
"""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.cancels import order_amend, order_cancel, orders_end_on_symbol
from venus.core.kernels.entering import terms_reject
from venus.core.kernels.events import reject
from venus.core.kernels.ladder import DIGITS_MAX
from venus.core.kernels.layout import (
    BALANCES_USED,
    COMMANDS_DONE,
    EVENTS_COUNT,
    ICEBERG_PARTS,
    INLINE,
    JIT,
    LEVELS_LIVE,
    LINKED_MAX,
    LISTS_LIVE,
    NODES_LIVE,
    ORDERS_LIVE,
    QUEUE_HEAD,
    REFERENCES_USED,
    RULES_VERSION,
    SHORT_OF,
    SHORT_OF_BALANCES,
    SHORT_OF_EVENTS,
    SHORT_OF_LEVELS,
    SHORT_OF_LISTS,
    SHORT_OF_NODES,
    SHORT_OF_NOTHING,
    SHORT_OF_ORDERS,
    SHORT_OF_REFERENCES,
    SHORT_OF_WAITS,
    SYMBOLS_COUNT,
    WAITS_LIVE,
)
from venus.core.kernels.list_orders import legs_of, list_cancel
from venus.core.kernels.lookahead import look_ahead
from venus.core.kernels.orders import order_place, order_reject
from venus.core.kernels.refunds import refund
from venus.core.kernels.state import state_at
from venus.core.kernels.transfers import linked_length, transfers, transfers_linked
from venus.records.commands import CommandFlag, CommandKind, Feature, OrderType
from venus.records.rejects import Reject

ORDER, CANCEL, CANCEL_ALL = int(CommandKind.ORDER), int(CommandKind.CANCEL), int(CommandKind.CANCEL_ALL)
AMEND, TRANSFER = int(CommandKind.AMEND), int(CommandKind.TRANSFER)
LIST, CANCEL_LIST = int(CommandKind.LIST), int(CommandKind.CANCEL_LIST)
REFUND = int(CommandKind.REFUND)
_RULES_OF_CURRENCIES = 4
_LIMIT_MAKER, _CANCEL_REPLACE = int(OrderType.LIMIT_MAKER), int(Feature.CANCEL_REPLACE)
_LINKED = int(CommandFlag.LINKED)
_NOT_ALLOWED = int(Reject.NOT_ALLOWED_ON_SYMBOL)
_REPLACES, _STOP_ON_FAILURE = int(CommandFlag.REPLACES), int(CommandFlag.STOP_ON_FAILURE)
_NONE, _INVALID_ORDER, _INVALID_COMMAND = int(Reject.NONE), int(Reject.INVALID_ORDER), int(Reject.INVALID_COMMAND)
_REPLACEMENT_REFUSED, _NOT_ATTEMPTED = int(Reject.REPLACEMENT_REFUSED), int(Reject.NOT_ATTEMPTED)
_NOT_TESTED = -1


@njit(**INLINE)
def _events_of_a_step(s, kind):
    """Events that a step says at most, whatever it is.

    While all orders are plain, a command meets each of the O resting ones at most once, an event each (or ends each, an
    event each), and says at most 20 things of its own (of a list: LIST_OPENED, three ACCEPTED, three EXPIRED, FILLED,
    LIST_DONE; of a run of linked transfers one each, counted by itself).

    Else let P be the slices that icebergs can still show. A taker's meetings are at most O + P, since each uses up an
    order or a slice or the taker. Each says TRADE or PREVENTED, and at most one SHOWN and one LOCKED. Besides, an order
    that is met or not ends at most once with an event of its own; one that waits, and so is not met, may also begin to
    track once (TRACKING), in either of the two looks but not in both; and each of the L lists is done once. That is
    3 (O + P) + O + L at most, where TRACKING takes the place of the meetings that a waiting order does not have.
    """
    c = s.counters
    if c[ICEBERG_PARTS] + c[WAITS_LIVE] + c[LISTS_LIVE] == 0 and kind != LIST:
        return c[ORDERS_LIVE] + 20
    return 4 * c[ORDERS_LIVE] + 3 * c[ICEBERG_PARTS] + c[LISTS_LIVE] + 40


@njit(**INLINE)
def _short_of(s, kind):
    """The pool that could be too small for the next step, which begins with a command of this kind.

    A list opens three orders that may wait, and rests or waits at two new prices. A run of linked transfers opens two
    balances and a reference each. An activation opens no order and rests or waits at two new prices.
    """
    c = s.counters
    if len(s.orders) - 1 - c[ORDERS_LIVE] < 3:
        return SHORT_OF_ORDERS
    if len(s.levels) - 1 - c[LEVELS_LIVE] < 2:
        return SHORT_OF_LEVELS
    if len(s.nodes) - 1 - c[NODES_LIVE] < 2 * DIGITS_MAX:
        return SHORT_OF_NODES
    if len(s.balances) - c[BALANCES_USED] < 2 * LINKED_MAX:
        return SHORT_OF_BALANCES
    if len(s.references) - c[REFERENCES_USED] < LINKED_MAX:
        return SHORT_OF_REFERENCES
    if len(s.waits) - 1 - c[WAITS_LIVE] < 3:
        return SHORT_OF_WAITS
    if len(s.lists) - 1 - c[LISTS_LIVE] < 1:
        return SHORT_OF_LISTS
    if len(s.events) - c[EVENTS_COUNT] < _events_of_a_step(s, kind):
        return SHORT_OF_EVENTS
    return SHORT_OF_NOTHING


@njit(**INLINE)
def _has_terms(s, order):
    """Does an ORDER ask for more than rules 1 know?"""
    terms = order.target_hi | order.target_lo | np.int64(order.peg)
    return s.counters[RULES_VERSION] != 1 and (order.type > _LIMIT_MAKER or terms != 0)


@njit(**INLINE)
def _place(s, place, sequence, static_reject):
    """Run the ORDER commands[place]; static_reject is _NOT_TESTED if it is no replacement."""
    command = s.commands[np.uint32(place)]
    if _has_terms(s, command):
        if static_reject == _NOT_TESTED:
            static_reject = terms_reject(s.table, place)
        calls.place_with_terms(s.table, place, sequence, static_reject)
        return
    if static_reject == _NOT_TESTED:
        static_reject = order_reject(s, command, place)
    order_place(s, command, sequence, static_reject)


@njit(**JIT)
def replace(table, i, sequence):
    """Run the CANCEL of the pair that begins with commands[i]; returns the reject that its ORDER begins with."""
    s = state_at(table)
    cancel, order = s.commands[np.uint32(i)], s.commands[np.uint32(i + 1)]
    if cancel.subject < s.counters[SYMBOLS_COUNT] and s.symbols[cancel.subject].features & _CANCEL_REPLACE == 0:
        static_reject = np.int64(_NOT_ALLOWED)
    elif order.account != cancel.account or order.subject != cancel.subject:
        static_reject = np.int64(_INVALID_ORDER)
    elif _has_terms(s, order):
        static_reject = terms_reject(table, i + 1)
    else:
        static_reject = np.int64(order_reject(s, order, i + 1))
    if static_reject != _NONE:
        reject(s, cancel, sequence, _REPLACEMENT_REFUSED)
    else:
        cancel_reject = order_cancel(s, cancel, sequence)
        if cancel_reject != _NONE and cancel.flags & _STOP_ON_FAILURE != 0:
            static_reject = np.int64(_NOT_ATTEMPTED)
    return static_reject


@njit(**JIT)
def run_rest(table, i, sequence):
    """Run what begins with commands[i] and is neither ORDER nor CANCEL; returns how many commands it took.

    0: there is no room for its events.
    """
    s = state_at(table)
    command = s.commands[np.uint32(i)]
    kind = command.kind
    later_rules = s.counters[RULES_VERSION] != 1
    if kind == TRANSFER:
        if not later_rules or command.flags & _LINKED == 0:
            return transfers(table, i, sequence)
        length = linked_length(s, i)
        if len(s.events) - s.counters[EVENTS_COUNT] < length:
            return 0
        transfers_linked(table, i, length, sequence)
        return length
    if kind == CANCEL_ALL:
        orders_end_on_symbol(table, command, sequence)
    elif kind == AMEND:
        order_amend(table, command, sequence)
    elif kind == REFUND and s.counters[RULES_VERSION] >= _RULES_OF_CURRENCIES:
        refund(table, command, sequence)
    elif kind == CANCEL_LIST and later_rules:
        list_cancel(table, command, sequence)
    elif kind == LIST and later_rules:
        legs = legs_of(command.type)
        whole = legs != 0 and i + legs < len(s.commands)
        for leg in range(1, legs + 1):
            whole = whole and s.commands[np.uint32(i + leg)].kind == ORDER
        if whole:
            calls.list_place(table, i, legs, sequence)
            return 1 + legs
        reject(s, command, sequence, _INVALID_ORDER)
    else:
        reject(s, command, sequence, _INVALID_COMMAND)
    return 1


@njit(**JIT)
def short_of(table):
    """The pool to double before a command outside the batch loop."""
    return _short_of(state_at(table), LIST)


@njit(**JIT)
def apply_commands(table, start, sequence):
    """Run commands[start:] of the state at `table`; `sequence` is that of commands[start].

    Whatever a command put into the queue runs before the next one, step by step: so the kernel may stop within a
    queue as it does between commands, and go on from there. Sets the counters COMMANDS_DONE (of this call), SHORT_OF
    and EVENTS_COUNT.
    """
    s = state_at(table)
    stop = len(s.commands)
    i = start
    lack = SHORT_OF_NOTHING
    while i < stop or s.counters[QUEUE_HEAD] != 0:
        kind = s.commands[np.uint32(i)].kind if i < stop else np.uint8(LIST)
        lack = _short_of(s, kind)
        if lack != SHORT_OF_NOTHING:
            break
        if s.counters[QUEUE_HEAD] != 0:
            calls.activate(table, sequence - 1)
            continue
        look_ahead(s, i)
        command = s.commands[np.uint32(i)]
        taken = 1
        static_reject = _NOT_TESTED
        if kind == CANCEL:
            if command.flags & _REPLACES == 0:
                order_cancel(s, command, sequence)
            elif i + 1 == stop or s.commands[np.uint32(i + 1)].kind != ORDER:
                reject(s, command, sequence, _INVALID_ORDER)
            else:
                static_reject = calls.replace(table, i, sequence)
                taken = 2
        elif kind != ORDER:
            taken = calls.run_rest(table, i, sequence)
            if taken == 0:
                lack = SHORT_OF_EVENTS
                break
        if kind == ORDER or static_reject != _NOT_TESTED:
            _place(s, i + taken - 1, sequence + taken - 1, static_reject)
        i += taken
        sequence += taken
    s.counters[COMMANDS_DONE] = i - start
    s.counters[SHORT_OF] = lack
