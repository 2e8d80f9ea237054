"""The queue: triggered orders meet the book, pending legs start. Source: docs/rules/conditional.md, order_lists.md."""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import hold, release
from venus.core.kernels.book import BUY, hold_slot
from venus.core.kernels.entering import RESTS
from venus.core.kernels.layout import ENTERING, EVENTS_COUNT, INLINE, JIT, MARK_LISTED, QUEUE_HEAD, STARTING
from venus.core.kernels.lists import OPO, leg_gone, own_hold, partner_end
from venus.core.kernels.pairs import pair_funds_reject, pair_place, pair_prices_are_bad
from venus.core.kernels.state import state_at
from venus.core.kernels.terms import (
    hold_ticks_of,
    is_market_type,
    lacks_funds,
    meets_at_once,
    own_need,
    peg_ticks,
    pegged_reject,
)
from venus.core.kernels.waiting import is_conditional, wait_end
from venus.records.commands import DISPLAY_BITS, OrderType
from venus.records.events import EventKind, Expiry
from venus.records.rejects import Reject

_LIMIT, _MARKET = int(OrderType.LIMIT), int(OrderType.MARKET)
_EXPIRED, _TRIGGERED, _STARTED = int(EventKind.EXPIRED), int(EventKind.TRIGGERED), int(EventKind.STARTED)
_REJECTED, _NONE = int(Expiry.REJECTED), int(Reject.NONE)
_FAILED = int(Reject.LIST_REFUSED)


@njit(**INLINE)
def _as_command(s, order, place):
    """An open order as the command that would place it, in drafts[place]."""
    d = s.drafts[place]
    wait = s.waits[order.wait]
    d.client_hi = order.client_hi
    d.client_lo = order.client_lo
    d.target_hi = wait.trigger_ticks
    d.target_lo = wait.trail_bips << DISPLAY_BITS | order.display_lots
    d.price_ticks = order.price_ticks
    d.quantity = order.remaining_lots
    d.account = order.account
    d.subject = order.symbol
    d.side = order.side
    d.type = order.type
    d.tif = order.tif
    d.stp = order.stp
    d.flags = 0
    d.peg = order.peg
    return d


@njit(**JIT)
def _trigger(table, slot, sequence):
    """Activate a triggered order that was taken out of the queue."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    list_slot = np.int64(order.list) if order.marks & MARK_LISTED != 0 else np.int64(0)
    if list_slot != 0:
        partner_end(s, slot, sequence)
    held_atoms = own_hold(s, slot)
    release(s, hold_slot(order), held_atoms)
    becomes_market = is_market_type(order.type)
    ticks = order.price_ticks
    if not becomes_market:
        command = _as_command(s, order, 1)
        if order.peg != 0:
            ticks = peg_ticks(s, order.symbol, order.side, order.peg)
        command.price_ticks = ticks
        failed = pegged_reject(s, command, ticks) != _NONE
        if failed or (order.side == BUY and lacks_funds(s, command, own_need(s, command))):
            hold(s, hold_slot(order), held_atoms)
            calls.leg_end(table, slot, sequence, _EXPIRED, _REJECTED)
            if list_slot != 0:
                calls.legs_end(table, list_slot, sequence, _EXPIRED, _REJECTED)
            return
    order.price_ticks = ticks
    order.type = _MARKET if becomes_market else _LIMIT
    s.accounts[order.account].algo_open -= 1
    wait_end(s, order)
    if calls.enter(table, slot, sequence, _TRIGGERED, held_atoms, 0) != RESTS and list_slot != 0:
        leg_gone(s, list_slot, slot, sequence, False)


@njit(**INLINE)
def _bought_lots(s, record):
    """What an OPO's pending legs sell: what is locked, as far as test 8 lets each of them."""
    symbol = s.symbols[record.symbol]
    lots = record.locked_atoms // symbol.lot_atoms
    for leg in range(1, record.legs_count):
        is_market = is_market_type(s.orders[record.legs[leg]].type)
        lots = min(lots, symbol.market_lots_max if is_market else symbol.quantity_lots_max)
    return lots


@njit(**INLINE)
def _set_lots(s, record, lots):
    for leg in range(1, record.legs_count):
        order = s.orders[record.legs[leg]]
        order.original_lots = lots
        order.remaining_lots = lots


@njit(**JIT)
def _start_reject(table, list_slot):
    """Test pending legs before they start, as drafts[leg]; place of the leg that fails, or 0."""
    s = state_at(table)
    record = s.lists[np.uint32(list_slot)]
    for leg in range(1, record.legs_count):
        slot = np.int64(record.legs[leg])
        _as_command(s, s.orders[np.uint32(slot)], 0)
        reason = calls.figures_reject(table, calls.drafted(0), 1, 0, slot)
        if reason == _NONE:
            reason = calls.draft(table, leg, calls.drafted(0))
        if reason == _NONE:
            reason = np.int64(meets_at_once(s, s.drafts[leg]))
        if reason != _NONE:
            return leg
    first = s.drafts[1]
    if record.legs_count == 3:
        if pair_prices_are_bad(s, first, s.drafts[2]) or pair_funds_reject(s, first, s.drafts[2]):
            return 1
    elif lacks_funds(s, first, own_need(s, first)):
        return 1
    return 0


@njit(**JIT)
def _start(table, list_slot, sequence):
    """Start the pending legs of a list whose working order was filled."""
    s = state_at(table)
    record = s.lists[np.uint32(list_slot)]
    locked_atoms = record.locked_atoms
    release(s, np.int64(record.base_slot), locked_atoms)
    if record.type >= OPO:
        _set_lots(s, record, _bought_lots(s, record))
    failed = _start_reject(table, list_slot)
    if failed != 0:
        if record.type >= OPO:
            _set_lots(s, record, np.int64(0))
        hold(s, np.int64(record.base_slot), locked_atoms)
        calls.leg_end(table, np.int64(record.legs[failed]), sequence, _EXPIRED, _REJECTED)
        calls.legs_end(table, list_slot, sequence, _EXPIRED, _REJECTED)
        return
    record.started = 1
    record.locked_atoms = 0
    for leg in range(1, record.legs_count):
        order = s.orders[record.legs[leg]]
        order.price_ticks = s.drafts[leg].price_ticks
        if is_conditional(order.type):
            s.waits[order.wait].hold_ticks = hold_ticks_of(s, s.drafts[leg])
            s.waits[order.wait].state = ENTERING
        else:
            wait_end(s, order)
    if record.legs_count == 3:
        pair_place(s, list_slot, 1, sequence, 0, _STARTED, locked_atoms)
        return
    slot = np.int64(record.legs[1])
    order = s.orders[np.uint32(slot)]
    if is_conditional(order.type):
        atoms = own_hold(s, slot)
        hold(s, hold_slot(order), atoms)
        calls.come_to_wait_or_rest(table, slot, sequence, _STARTED, atoms - locked_atoms)
    elif calls.enter(table, slot, sequence, _STARTED, locked_atoms, 0) != RESTS:
        leg_gone(s, list_slot, slot, sequence, False)


@njit(**JIT)
def activate(table, sequence):
    """Run the first activation of the queue: one step."""
    s = state_at(table)
    first_event = s.counters[EVENTS_COUNT]
    slot = s.counters[QUEUE_HEAD]
    order = s.orders[np.uint32(slot)]
    symbol_number = np.int64(order.symbol)
    calls.leave(table, slot)
    wait = s.waits[order.wait]
    if wait.state == STARTING:
        _start(table, np.int64(order.list), sequence)
    else:
        wait.state = ENTERING
        _trigger(table, slot, sequence)
    return calls.step_over(table, symbol_number, first_event, sequence)
