"""Order lists as they live: what holds, what ends what, what is locked. Source: docs/rules/order_lists.md.

Also the one way out for any order that is more than plain, alone or a leg.
"""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import hold, release
from venus.core.kernels.book import BUY, executed_lots, hold_slot, level_unlink
from venus.core.kernels.events import event_new
from venus.core.kernels.icebergs import hidden_lots, parts_add, parts_subtract, shown_lots, slice_next
from venus.core.kernels.layout import (
    INLINE,
    JIT,
    LISTS_FREE,
    LISTS_LIVE,
    LISTS_USED,
    MARK_ICEBERG,
    MARK_LISTED,
    MARK_WAITS,
    NEXT_LIST_ID,
    PENDING,
    STARTING,
)
from venus.core.kernels.state import state_at
from venus.core.kernels.waiting import queue_join, wait_flag
from venus.records.commands import ListType, Side
from venus.records.events import EventKind, Expiry

_EXPIRED, _LIST_DONE, _LOCKED = int(EventKind.EXPIRED), int(EventKind.LIST_DONE), int(EventKind.LOCKED)
_OCO_TRIGGER, _PHASE_ONE = int(Expiry.OCO_TRIGGER), int(Expiry.PHASE_ONE_EXPIRED)
OCO, OTOCO = int(ListType.OCO), int(ListType.OTOCO)
OPO, OPOCO = int(ListType.OPO), int(ListType.OPOCO)
_SELL = int(Side.SELL)


@njit(**INLINE)
def list_take(s, command):
    """Slot of a new list with the LIST command's name, first of its account's; its legs are the caller's."""
    slot = s.counters[LISTS_FREE]
    if slot != 0:
        s.counters[LISTS_FREE] = s.lists[np.uint32(slot)].next
    else:
        slot = s.counters[LISTS_USED]
        s.counters[LISTS_USED] = slot + 1
    s.counters[LISTS_LIVE] += 1
    record = s.lists[np.uint32(slot)]
    record.list_id = s.counters[NEXT_LIST_ID]
    s.counters[NEXT_LIST_ID] += 1
    record.client_hi = command.client_hi
    record.client_lo = command.client_lo
    record.locked_atoms = 0
    for leg in range(3):
        record.leg_ids[leg] = 0
        record.legs[leg] = 0
    record.account = command.account
    record.symbol = command.subject
    record.type = command.type
    record.started = 0
    account = s.accounts[command.account]
    record.prev = 0
    record.next = account.lists_head
    if record.next != 0:
        s.lists[record.next].prev = slot
    account.lists_head = slot
    return slot


@njit(**INLINE)
def list_done(s, list_slot, sequence):
    """Say that no leg is open any more, and free the list."""
    record = s.lists[np.uint32(list_slot)]
    i = event_new(s, _LIST_DONE, sequence, record.account, record.symbol, 0)
    s.events[i].order_id = record.list_id
    if record.prev != 0:
        s.lists[record.prev].next = record.next
    else:
        s.accounts[record.account].lists_head = record.next
    if record.next != 0:
        s.lists[record.next].prev = record.prev
    record.list_id = 0
    record.next = s.counters[LISTS_FREE]
    s.counters[LISTS_FREE] = list_slot
    s.counters[LISTS_LIVE] -= 1


@njit(**INLINE)
def list_by_client(s, account, client_hi, client_lo):
    """Slot of the account's open list with this client id digest, or 0."""
    slot = np.int64(s.accounts[account].lists_head)
    while slot != 0:
        record = s.lists[np.uint32(slot)]
        if record.client_hi == client_hi and record.client_lo == client_lo:
            break
        slot = np.int64(record.next)
    return slot


@njit(**INLINE)
def _leg_forget(s, list_slot, slot):
    record = s.lists[np.uint32(list_slot)]
    for leg in range(3):
        if record.legs[leg] == slot:
            record.legs[leg] = 0


@njit(**INLINE)
def partner_of(s, order, slot):
    """Slot of the other open leg of an order's pair, if both are at work; else 0."""
    partner = np.int64(0)
    if order.marks & MARK_LISTED != 0 and s.lists[order.list].started != 0:
        record = s.lists[order.list]
        for leg in range(3):
            if record.legs[leg] != slot and record.legs[leg] != 0:
                partner = np.int64(record.legs[leg])
    return partner


@njit(**INLINE)
def mate_of(s, order, slot):
    """Slot of the other open leg of an order's pair, at work or pending; else 0."""
    mate = np.int64(0)
    if order.marks & MARK_LISTED != 0:
        record = s.lists[order.list]
        first = 0 if record.type == OCO else 1
        if record.type in (OCO, OTOCO, OPOCO) and (first == 0 or record.legs[0] != slot):
            for leg in range(first, 3):
                if record.legs[leg] != slot and record.legs[leg] != 0:
                    mate = np.int64(record.legs[leg])
    return mate


@njit(**INLINE)
def is_pending(s, order):
    return order.marks & MARK_WAITS != 0 and s.waits[order.wait].state in (PENDING, STARTING)


@njit(**INLINE)
def own_hold(s, slot):
    """Atoms that an order would hold if it were alone."""
    order = s.orders[np.uint32(slot)]
    symbol = s.symbols[order.symbol]
    if is_pending(s, order):
        return np.int64(0)
    if order.side != BUY:
        return order.remaining_lots * symbol.lot_atoms
    ticks = s.waits[order.wait].hold_ticks if order.marks & MARK_WAITS != 0 else order.price_ticks
    return ticks * symbol.tick_lot_atoms * order.remaining_lots


@njit(**INLINE)
def held_with_pair(s, slot):
    """Atoms that an order and its partner hold together: the larger of the two."""
    partner = partner_of(s, s.orders[np.uint32(slot)], slot)
    own = own_hold(s, slot)
    return max(own, own_hold(s, partner)) if partner != 0 else own


@njit(**INLINE)
def _free_for_leaving(s, slot):
    """Free what is no longer held when an order ends; returns the atoms."""
    order = s.orders[np.uint32(slot)]
    if is_pending(s, order):
        record = s.lists[order.list]
        if record.legs[1] != slot:
            return np.int64(0)
        atoms = record.locked_atoms
        record.locked_atoms = 0
    else:
        partner = partner_of(s, order, slot)
        atoms = held_with_pair(s, slot) - (own_hold(s, partner) if partner != 0 else np.int64(0))
    release(s, hold_slot(order), atoms)
    return atoms


@njit(**JIT)
def leg_end(table, slot, sequence, kind, reason):
    """End one order, and nothing else of its list: free what it held, say so, take it away."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    freed_atoms = _free_for_leaving(s, slot)
    i = event_new(s, kind, sequence, order.account, order.symbol, order.side)
    e = s.events[i]
    e.order_id = order.order_id
    e.price_ticks = order.price_ticks
    e.remaining_lots = order.remaining_lots
    e.hold_atoms = -freed_atoms
    e.maker_fee_atoms = hidden_lots(order)
    e.reason = reason
    e.flags = wait_flag(s, order)
    calls.leave(table, slot)
    if order.marks & MARK_LISTED != 0:
        _leg_forget(s, np.int64(order.list), slot)
    return calls.drop(table, slot)


@njit(**JIT)
def legs_end(table, list_slot, sequence, kind, reason):
    """End all open legs of a list in their order, and the list."""
    s = state_at(table)
    record = s.lists[np.uint32(list_slot)]
    for leg in range(3):
        if record.legs[leg] != 0:
            calls.leg_end(table, np.int64(record.legs[leg]), sequence, kind, reason)
    list_done(s, list_slot, sequence)
    return np.int64(0)


@njit(**JIT)
def special_end(table, slot, sequence, kind, reason):
    """End an order that is more than plain, and with it all other legs of its list."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    list_slot = np.int64(order.list) if order.marks & MARK_LISTED != 0 else np.int64(0)
    calls.leg_end(table, slot, sequence, kind, reason)
    if list_slot != 0:
        calls.legs_end(table, list_slot, sequence, kind, reason)
    return np.int64(0)


@njit(**INLINE)
def partner_end(s, slot, sequence):
    """A leg is met or triggered: the other of its pair ends."""
    partner = partner_of(s, s.orders[np.uint32(slot)], slot)
    if partner != 0:
        calls.leg_end(s.table, partner, sequence, _EXPIRED, _OCO_TRIGGER)


@njit(**JIT)
def meet(table, slot, sequence):
    """Before a meeting with a marked resting order; returns the lots with which it is."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    if order.marks & MARK_LISTED != 0:
        partner_end(s, slot, sequence)
    return shown_lots(order)


@njit(**JIT)
def marked_takes_off(table, slot, lots):
    """Reduce a marked resting order by lots whose hold is settled; returns 1 if it is finished and gone, else 0."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    is_iceberg = order.marks & MARK_ICEBERG != 0
    if is_iceberg:
        parts_subtract(s, order)
        order.slice_lots -= min(order.slice_lots, lots)
    order.remaining_lots -= lots
    s.levels[order.level].total_lots -= lots
    if order.remaining_lots != 0:
        if is_iceberg:
            parts_add(s, order)
        return np.int64(0)
    level_unlink(s, s.books[np.uint32(2 * np.int64(order.symbol) + np.int64(order.side))], slot)
    calls.drop(table, slot)
    return np.int64(1)


@njit(**INLINE)
def leg_gone(s, list_slot, slot, sequence, was_filled):
    """A leg has left by itself: what then starts, ends, or is done."""
    record = s.lists[np.uint32(list_slot)]
    _leg_forget(s, list_slot, slot)
    if record.started == 0 and was_filled:
        queue_join(s, np.int64(record.legs[1]), STARTING)
    else:
        calls.legs_end(s.table, list_slot, sequence, _EXPIRED, _PHASE_ONE)


@njit(**INLINE)
def _lock(s, list_slot, atoms, sequence):
    """Hold what a working order has received for its pending legs."""
    record = s.lists[np.uint32(list_slot)]
    record.locked_atoms += atoms
    hold(s, np.int64(record.base_slot), atoms)
    i = event_new(s, _LOCKED, sequence, record.account, record.symbol, _SELL)
    s.events[i].order_id = record.leg_ids[1]
    s.events[i].hold_atoms = atoms


@njit(**JIT)
def met(table, slot, sequence, traded_lots, maker_fee_atoms, taker_list, taker_fee_atoms, is_gone):
    """After the TRADE or PREVENTED of a meeting with a marked order, or of a marked taker.

    slot         the resting order; its record still says what it was, if it is gone
    traded_lots  0 for a prevention
    taker_list   slot of the list whose working order buys for its pending legs; else 0
    """
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    marks = order.marks
    if marks & MARK_ICEBERG != 0 and is_gone == 0 and order.slice_lots == 0:
        slice_next(s, slot, sequence)
    base_atoms = traded_lots * s.symbols[order.symbol].lot_atoms
    if taker_list != 0 and traded_lots != 0:
        _lock(s, taker_list, base_atoms - taker_fee_atoms, sequence)
    if marks & MARK_LISTED == 0:
        return np.int64(0)
    list_slot = np.int64(order.list)
    record = s.lists[np.uint32(list_slot)]
    if record.type >= OPO and record.started == 0 and traded_lots != 0:
        _lock(s, list_slot, base_atoms - maker_fee_atoms, sequence)
    if is_gone != 0:
        leg_gone(s, list_slot, slot, sequence, executed_lots(order) == order.original_lots)
    return np.int64(0)
