"""Orders that are more than plain: placing them, and their meeting the book, now or when their turn comes.

Such an order has its record and can be found from its acceptance on, also while it matches. Sources:
docs/rules/conditional.md, docs/rules/iceberg.md, docs/rules/order_lists.md.
"""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import balance_open, hold
from venus.core.kernels.book import BUY, hold_slot, order_by_client, order_take
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.icebergs import hidden_lots
from venus.core.kernels.layout import (
    ENTERING,
    EVENTS_COUNT,
    INLINE,
    JIT,
    MARK_ICEBERG,
    MARK_LISTED,
    MARK_WAITS,
    NEXT_ORDER_ID,
    PRICE_LIMIT,
)
from venus.core.kernels.lists import own_hold
from venus.core.kernels.matching import fills_whole, match
from venus.core.kernels.state import state_at
from venus.core.kernels.terms import (
    display_lots,
    hold_ticks_of,
    lacks_funds,
    meets_at_once,
    own_need,
    trail_bips,
)
from venus.core.kernels.waiting import (
    is_conditional,
    register,
    wait_take,
)
from venus.records.commands import OrderType, TimeInForce
from venus.records.events import EventFlag, EventKind, Expiry
from venus.records.rejects import Reject

_LIMIT, _MARKET = int(OrderType.LIMIT), int(OrderType.MARKET)
_STOP_LOSS, _TAKE_PROFIT = int(OrderType.STOP_LOSS), int(OrderType.TAKE_PROFIT)
_IOC, _FOK = int(TimeInForce.IOC), int(TimeInForce.FOK)
_ACCEPTED, _EXPIRED, _TRIGGERED = int(EventKind.ACCEPTED), int(EventKind.EXPIRED), int(EventKind.TRIGGERED)
_TAKER_DONE, _WAITING = int(EventFlag.TAKER_DONE), int(EventFlag.WAITING)
_UNFILLED_IOC, _UNFILLED_FOK = int(Expiry.UNFILLED_IOC), int(Expiry.UNFILLED_FOK)
_REJECTED = int(Expiry.REJECTED)
_NONE, _DUPLICATE_CLIENT_ID = int(Reject.NONE), int(Reject.DUPLICATE_CLIENT_ID)
_INSUFFICIENT_FREE = int(Reject.INSUFFICIENT_FREE)
RESTS, FILLED, ENDED = np.int64(0), np.int64(1), np.int64(2)
"""How an order came out of its meeting the book; ENDED otherwise than filled."""


@njit(**JIT)
def order_open(table, draft_place, list_slot, is_pending):
    """Slot of the next order, filled in from drafts[draft_place], registered, as yet in nothing; room was checked."""
    s = state_at(table)
    command = s.drafts[np.uint32(draft_place)]
    symbol = s.symbols[command.subject]
    slot = order_take(s)
    order = s.orders[np.uint32(slot)]
    order.order_id = s.counters[NEXT_ORDER_ID]
    s.counters[NEXT_ORDER_ID] += 1
    order.price_ticks = command.price_ticks
    order.remaining_lots = command.quantity
    order.account = command.account
    order.symbol = command.subject
    order.base_slot = balance_open(s, command.account, symbol.base_asset)
    order.quote_slot = balance_open(s, command.account, symbol.quote_asset)
    order.side = command.side
    order.type = command.type
    order.tif = command.tif
    order.stp = command.stp
    order.peg = command.peg
    order.client_hi = command.client_hi
    order.client_lo = command.client_lo
    order.original_lots = command.quantity
    order.prevented_lots = 0
    order.display_lots = display_lots(command)
    order.slice_lots = 0
    order.amended = 0
    order.list = list_slot
    order.wait = 0
    marks = MARK_LISTED if list_slot != 0 else 0
    marks |= MARK_ICEBERG if order.display_lots != 0 else 0
    if is_pending != 0 or is_conditional(command.type):
        marks |= MARK_WAITS
        order.wait = wait_take(s)
        wait = s.waits[order.wait]
        wait.state = ENTERING
        wait.trigger_ticks = command.target_hi
        wait.trail_bips = trail_bips(command)
        wait.hold_ticks = np.int64(0) if is_pending != 0 else hold_ticks_of(s, command)
    order.marks = marks
    register(s, slot)
    return slot


@njit(**INLINE)
def order_event(s, order, kind, sequence, hold_atoms, flags):
    """ACCEPTED, TRIGGERED or STARTED of an order as it stands; place of the event."""
    i = event_new(s, kind, sequence, order.account, order.symbol, order.side)
    e = s.events[i]
    e.order_id = order.order_id
    e.price_ticks = order.price_ticks
    e.quantity_lots = order.remaining_lots
    e.remaining_lots = order.remaining_lots
    e.hold_atoms = hold_atoms
    e.maker_fee_atoms = hidden_lots(order)
    e.flags = flags
    return i


@njit(**JIT)
def come_to_wait_or_rest(table, slot, sequence, kind, hold_atoms):
    """Let an order that meets nothing wait for its price or rest, and say so; what is held is the caller's."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    if is_conditional(order.type):
        order_event(s, order, kind, sequence, hold_atoms, _WAITING)
        calls.wait_begin(table, slot)
    else:
        calls.rest(table, slot)
        order_event(s, order, kind, sequence, hold_atoms, 0)
    return np.int64(0)


@njit(**INLINE)
def _draft_of(s, order):
    """The order as the command that enters, in drafts[0]."""
    d = s.drafts[0]
    d.account = order.account
    d.subject = order.symbol
    d.side = order.side
    d.type = order.type
    d.tif = order.tif
    d.stp = order.stp
    d.flags = 0
    d.price_ticks = order.price_ticks
    d.quantity = order.remaining_lots
    return d


@njit(**INLINE)
def _expire(s, order, sequence, reason):
    i = event_new(s, _EXPIRED, sequence, order.account, order.symbol, order.side)
    e = s.events[i]
    e.order_id = order.order_id
    e.price_ticks = order.price_ticks
    e.remaining_lots = order.remaining_lots
    e.reason = reason
    e.flags = _TAKER_DONE


@njit(**JIT)
def enter(table, slot, sequence, kind, held_atoms, locks):
    """An order that is in nothing and holds nothing meets the book; what remains rests or expires.

    kind        of the event that says so
    held_atoms  what was held for it before
    locks       slot of the list for whose pending legs it buys; else 0
    Returns RESTS, FILLED or ENDED; unless it rests, its record is free.
    """
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    symbol = s.symbols[order.symbol]
    command = _draft_of(s, order)
    opposite = s.books[np.uint32(2 * np.int64(order.symbol) + 1 - np.int64(order.side))]
    said = order_event(s, order, kind, sequence, -held_atoms, 0)
    s.events[said].remaining_lots = 0
    s.events[said].maker_fee_atoms = 0
    if order.tif == _FOK and not fills_whole(s, command, opposite):
        _expire(s, order, sequence, _UNFILLED_FOK)
        calls.drop(table, slot)
        return ENDED
    limit_ticks = order.price_ticks
    if order.type == _MARKET and order.side == BUY:
        limit_ticks = np.int64(PRICE_LIMIT)
    remaining_lots, executed_lots, done, expiry = match(
        s, command, sequence, order.order_id, symbol, opposite, np.int64(order.base_slot), np.int64(order.quote_slot),
        order.remaining_lots, limit_ticks, locks,
    )  # fmt: skip
    order.remaining_lots = remaining_lots
    order.prevented_lots = order.original_lots - executed_lots - remaining_lots
    if done:
        calls.drop(table, slot)
        return FILLED if executed_lots == order.original_lots else ENDED
    if order.type == _MARKET or order.tif == _IOC:
        _expire(s, order, sequence, _UNFILLED_IOC if order.type == _LIMIT else expiry)
        calls.drop(table, slot)
        return ENDED
    calls.rest(table, slot)
    after_atoms = own_hold(s, slot)
    hold(s, hold_slot(order), after_atoms)
    e = s.events[said]
    e.remaining_lots = remaining_lots
    e.hold_atoms = after_atoms - held_atoms
    e.maker_fee_atoms = hidden_lots(order)
    return RESTS


@njit(**INLINE)
def client_id_is_taken(s, command):
    """Test 11."""
    named = command.client_hi != 0 or command.client_lo != 0
    return named and order_by_client(s, command.account, command.client_hi, command.client_lo) != 0


@njit(**INLINE)
def terms_reject(table, place):
    """Tests 1 to 10g of an ORDER with terms, at its own price: what a replacing pair looks at before it cancels."""
    reason = calls.form_reject(table, place)
    return calls.figures_reject(table, place, 1, 0, 0) if reason == _NONE else reason


@njit(**JIT)
def place_with_terms(table, place, sequence, static_reject):
    """Run the ORDER commands[place], with terms, whose tests at its own price gave `static_reject`."""
    s = state_at(table)
    first_event = s.counters[EVENTS_COUNT]
    reason = static_reject
    if reason == _NONE:
        reason = calls.draft(table, 1, place)
    order = s.drafts[1]
    if reason == _NONE and client_id_is_taken(s, order):
        reason = np.int64(_DUPLICATE_CLIENT_ID)
    if reason == _NONE:
        reason = calls.counts_reject(table, calls.drafted(1), 0, 0, 0, 0)
    if reason == _NONE and lacks_funds(s, order, own_need(s, order)):
        reason = np.int64(_INSUFFICIENT_FREE)
    if reason == _NONE:
        reason = np.int64(meets_at_once(s, order))
    if reason != _NONE:
        reject(s, s.commands[np.uint32(place)], sequence, reason)
        return np.int64(0)
    slot = calls.order_open(table, 1, 0, 0)
    if is_conditional(order.type):
        atoms = own_hold(s, slot)
        hold(s, hold_slot(s.orders[np.uint32(slot)]), atoms)
        return calls.come_to_wait_or_rest(table, slot, sequence, _ACCEPTED, atoms)
    calls.enter(table, slot, sequence, _ACCEPTED, 0, 0)
    return calls.step_over(table, np.int64(order.subject), first_event, sequence)
