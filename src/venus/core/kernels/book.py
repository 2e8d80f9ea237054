"""Open orders: finding, placing and removing them, with their level, indexes and account chain."""

import numpy as np
from numba import njit

from venus.core.kernels.index import index_delete, index_insert, tag_of
from venus.core.kernels.ladder import level_at, level_remove
from venus.core.kernels.layout import INLINE, JIT, ORDERS_FREE, ORDERS_LIVE, ORDERS_USED
from venus.records.commands import Side

BUY = int(Side.BUY)
_LOW_32 = np.int64(0xFFFFFFFF)


@njit(**INLINE)
def executed_lots(order):
    return order.original_lots - order.prevented_lots - order.remaining_lots


@njit(**INLINE)
def client_tag(account, client_hi, client_lo):
    tag = tag_of(client_lo, client_hi ^ np.int64(account))
    return tag if tag != 0 else np.int64(1)


@njit(**INLINE)
def order_by_client(s, account, client_hi, client_lo):
    """Slot of an account's open order with this client id digest, or 0."""
    tag = client_tag(account, client_hi, client_lo)
    mask = len(s.client_index) - 1
    i = tag & mask
    while True:
        entry = s.client_index[np.uint32(i)]
        if entry.slot == 0:
            return np.int64(0)
        if entry.tag == tag:
            order = s.orders[entry.slot]
            if order.client_lo == client_lo and order.client_hi == client_hi and order.account == account:
                return np.int64(entry.slot)
        i = (i + 1) & mask


@njit(**INLINE)
def _ring_place(ring, order_id):
    return np.uint32(order_id & (len(ring) - 1))


@njit(**INLINE)
def order_by_id(s, order_id):
    """Slot of an open order, or 0.

    Ids are dense, so most open orders have the ring's place of their id to themselves: neighbours in time are
    neighbours in memory. One that rests so long that its place comes round again keeps it, and the newcomer goes to the
    index.
    """
    slot = s.order_ring[_ring_place(s.order_ring, order_id)]
    if slot != 0 and s.orders[slot].order_id == order_id:
        return np.int64(slot)
    tag = order_id & _LOW_32
    mask = len(s.order_index) - 1
    i = tag & mask
    while True:
        entry = s.order_index[np.uint32(i)]
        if entry.slot == 0:
            return np.int64(0)
        if entry.tag == tag and s.orders[entry.slot].order_id == order_id:
            return np.int64(entry.slot)
        i = (i + 1) & mask


@njit(**INLINE)
def _order_id_insert(ring, index, order_id, slot):
    place = _ring_place(ring, order_id)
    if ring[place] == 0:
        ring[place] = slot
    else:
        index_insert(index, order_id & _LOW_32, slot)


@njit(**INLINE)
def _order_id_delete(ring, index, order_id, slot):
    place = _ring_place(ring, order_id)
    if ring[place] == slot:
        ring[place] = 0
    else:
        index_delete(index, order_id & _LOW_32, slot)


@njit(**JIT)
def order_ids_rebuild(orders, old_ring, old_index, new_ring, new_index):
    """Insert every open order's id into the larger, empty `new_ring` and `new_index`."""
    for slot in old_ring:
        if slot != 0:
            _order_id_insert(new_ring, new_index, orders[slot].order_id, slot)
    for i in range(len(old_index)):
        slot = old_index[i].slot
        if slot != 0:
            _order_id_insert(new_ring, new_index, orders[slot].order_id, slot)


@njit(**INLINE)
def hold_of(s, symbol, order, lots):
    """Atoms that `lots` of a resting order hold."""
    if order.side == BUY:
        return order.price_ticks * lots * symbol.tick_lot_atoms
    return lots * symbol.lot_atoms


@njit(**INLINE)
def hold_slot(order):
    return np.int64(order.quote_slot) if order.side == BUY else np.int64(order.base_slot)


@njit(**INLINE)
def client_index_insert(s, slot):
    order = s.orders[np.uint32(slot)]
    order.client_tag = 0
    if order.client_hi != 0 or order.client_lo != 0:
        tag = client_tag(order.account, order.client_hi, order.client_lo)
        order.client_tag = tag
        index_insert(s.client_index, tag, slot)


@njit(**INLINE)
def client_index_delete(s, slot):
    tag = np.int64(s.orders[np.uint32(slot)].client_tag)
    if tag != 0:
        index_delete(s.client_index, tag, slot)


@njit(**INLINE)
def order_take(s):
    """Slot of an order record that is out of use; room was checked."""
    slot = s.counters[ORDERS_FREE]
    if slot != 0:
        s.counters[ORDERS_FREE] = s.orders[np.uint32(slot)].next
    else:
        slot = s.counters[ORDERS_USED]
        s.counters[ORDERS_USED] = slot + 1
    s.counters[ORDERS_LIVE] += 1
    return slot


@njit(**INLINE)
def level_push(s, book, slot, price_ticks):
    """Put an order last in time at a price of a ladder; the level's total is the caller's."""
    order = s.orders[np.uint32(slot)]
    level_slot = level_at(s, book, price_ticks)
    level = s.levels[np.uint32(level_slot)]
    order.level = level_slot
    order.next = 0
    order.prev = level.tail
    if level.tail != 0:
        s.orders[level.tail].next = slot
    else:
        level.head = slot
    level.tail = slot
    book.orders_count += 1


@njit(**INLINE)
def level_unlink(s, book, slot):
    """Take an order off its level, and the level away if it was the last; the level's total is the caller's."""
    order = s.orders[np.uint32(slot)]
    level = s.levels[order.level]
    if order.prev != 0:
        s.orders[order.prev].next = order.next
    else:
        level.head = order.next
    if order.next != 0:
        s.orders[order.next].prev = order.prev
    else:
        level.tail = order.prev
    if level.head == 0:
        level_remove(s, book, np.int64(order.level))
    book.orders_count -= 1


@njit(**INLINE)
def order_register(s, slot):
    """Let a filled-in order be found: by its ids, and in its account's chain."""
    order = s.orders[np.uint32(slot)]
    client_index_insert(s, slot)
    _order_id_insert(s.order_ring, s.order_index, order.order_id, slot)
    chain = s.balances[order.base_slot]
    order.chain_prev = 0
    order.chain_next = chain.chain_head
    if chain.chain_head != 0:
        s.orders[chain.chain_head].chain_prev = slot
    chain.chain_head = slot
    chain.chain_count += 1
    s.accounts[order.account].orders_open += 1


@njit(**INLINE)
def order_unregister(s, slot):
    """Take an order that is on no level out of the indexes and its account's chain, and free its record.

    The record keeps what it says until it is taken again.
    """
    order = s.orders[np.uint32(slot)]
    client_index_delete(s, slot)
    _order_id_delete(s.order_ring, s.order_index, order.order_id, slot)
    chain = s.balances[order.base_slot]
    if order.chain_prev != 0:
        s.orders[order.chain_prev].chain_next = order.chain_next
    else:
        chain.chain_head = order.chain_next
    if order.chain_next != 0:
        s.orders[order.chain_next].chain_prev = order.chain_prev
    chain.chain_count -= 1
    s.accounts[order.account].orders_open -= 1
    order.next = s.counters[ORDERS_FREE]
    s.counters[ORDERS_FREE] = slot
    s.counters[ORDERS_LIVE] -= 1


@njit(**INLINE)
def order_rest(s, book, slot):
    """Put a filled-in plain order last in time at its price, to be found."""
    order = s.orders[np.uint32(slot)]
    level_push(s, book, slot, order.price_ticks)
    s.levels[order.level].total_lots += order.remaining_lots
    order_register(s, slot)


@njit(**INLINE)
def order_remove(s, book, slot):
    """Take a plain resting order away; its hold and its level's total are the caller's."""
    level_unlink(s, book, slot)
    order_unregister(s, slot)
