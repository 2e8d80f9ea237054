"""Cancel, cancel-all, and amend keeping priority. Source: docs/rules/spot.md."""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import balance_find, release
from venus.core.kernels.book import (
    client_index_delete,
    client_index_insert,
    executed_lots,
    hold_of,
    hold_slot,
    order_by_client,
    order_by_id,
    order_remove,
)
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.icebergs import hidden_lots, parts_add, parts_subtract
from venus.core.kernels.layout import ACCOUNTS_COUNT, INLINE, JIT, MARK_LISTED, MARK_WAITS, RULES_VERSION, SYMBOLS_COUNT
from venus.core.kernels.lists import OPO, held_with_pair, is_pending, mate_of
from venus.core.kernels.orders import trader_reject
from venus.core.kernels.state import state_at
from venus.core.kernels.waiting import wait_flag
from venus.records.commands import CommandFlag, Feature
from venus.records.events import EventKind
from venus.records.rejects import Reject

_BY_ID = int(CommandFlag.TARGET_IS_ORDER_ID)
_ONLY_NEW, _ONLY_PARTIALLY_FILLED = int(CommandFlag.ONLY_NEW), int(CommandFlag.ONLY_PARTIALLY_FILLED)
_REPLACES, _STOP_ON_FAILURE = int(CommandFlag.REPLACES), int(CommandFlag.STOP_ON_FAILURE)
_CANCEL_FLAGS = _BY_ID | _ONLY_NEW | _ONLY_PARTIALLY_FILLED | _REPLACES | _STOP_ON_FAILURE
_CANCELED, _AMENDED = int(EventKind.CANCELED), int(EventKind.AMENDED)
_NONE, _UNKNOWN_ACCOUNT, _UNKNOWN_SYMBOL = int(Reject.NONE), int(Reject.UNKNOWN_ACCOUNT), int(Reject.UNKNOWN_SYMBOL)
_UNKNOWN_ORDER, _INVALID_ORDER = int(Reject.UNKNOWN_ORDER), int(Reject.INVALID_ORDER)
_CANCEL_RESTRICTED, _QUANTITY_INCREASE = int(Reject.CANCEL_RESTRICTED), int(Reject.QUANTITY_INCREASE)
_NO_CHANGE, _BELOW_EXECUTED = int(Reject.NO_CHANGE), int(Reject.BELOW_EXECUTED)
_QUANTITY_OUT_OF_RANGE = int(Reject.QUANTITY_OUT_OF_RANGE)
_NOTIONAL_TOO_SMALL, _DUPLICATE_CLIENT_ID = int(Reject.NOTIONAL_TOO_SMALL), int(Reject.DUPLICATE_CLIENT_ID)
_NOT_ALLOWED, _NOT_STARTED = int(Reject.NOT_ALLOWED_ON_SYMBOL), int(Reject.NOT_STARTED)
_TOO_MANY_AMENDS = int(Reject.TOO_MANY_AMENDS)
_AMEND = int(Feature.AMEND)
_AMENDS_COUNTED = 65_535
_PAIRS_TOGETHER = 3  # from these rules on a pair is amended as one


@njit(**INLINE)
def order_end(s, slot, sequence, kind, reason):
    """Take an open order away, free its hold and say so; with a leg its whole list ends."""
    order = s.orders[np.uint32(slot)]
    if order.marks != 0:
        calls.special_end(s.table, np.int64(slot), sequence, kind, reason)
        return
    symbol = s.symbols[order.symbol]
    lots = order.remaining_lots
    freed_atoms = hold_of(s, symbol, order, lots)
    release(s, hold_slot(order), freed_atoms)
    s.levels[order.level].total_lots -= lots
    i = event_new(s, kind, sequence, order.account, order.symbol, order.side)
    e = s.events[i]
    e.order_id = order.order_id
    e.price_ticks = order.price_ticks
    e.remaining_lots = lots
    e.hold_atoms = -freed_atoms
    e.reason = reason
    order_remove(s, s.books[np.uint32(2 * np.int64(order.symbol) + np.int64(order.side))], slot)


@njit(**INLINE)
def _target(s, command):
    """Slot of the open order that a command means, if it is the account's and on the symbol; else 0."""
    if command.flags & _BY_ID:
        slot = order_by_id(s, command.target_lo)
    elif command.target_hi == 0 and command.target_lo == 0:
        slot = np.int64(0)
    else:
        slot = order_by_client(s, command.account, command.target_hi, command.target_lo)
    if slot != 0:
        order = s.orders[np.uint32(slot)]
        if order.account != command.account or order.symbol != command.subject:
            return np.int64(0)
    return slot


@njit(**INLINE)
def order_cancel(s, command, sequence):
    """Run a CANCEL; returns its reject."""
    reason = _NONE
    slot = np.int64(0)
    flags = command.flags
    if command.account >= s.counters[ACCOUNTS_COUNT]:
        reason = _UNKNOWN_ACCOUNT
    elif command.subject >= s.counters[SYMBOLS_COUNT]:
        reason = _UNKNOWN_SYMBOL
    elif (
        (flags & ~_CANCEL_FLAGS) != 0
        or (flags & _ONLY_NEW != 0 and flags & _ONLY_PARTIALLY_FILLED != 0)
        or (flags & _STOP_ON_FAILURE != 0 and flags & _REPLACES == 0)
    ):
        reason = _INVALID_ORDER
    else:
        slot = _target(s, command)
        if slot == 0:
            reason = _UNKNOWN_ORDER
        else:
            executed = executed_lots(s.orders[np.uint32(slot)]) != 0
            if (flags & _ONLY_NEW != 0 and executed) or (flags & _ONLY_PARTIALLY_FILLED != 0 and not executed):
                reason = _CANCEL_RESTRICTED
    if reason != _NONE:
        reject(s, command, sequence, reason)
    else:
        order_end(s, slot, sequence, _CANCELED, 0)
    return reason


@njit(**JIT)
def orders_end_on_symbol(table, command, sequence):
    """Run a CANCEL_ALL: the chain has the highest order id first."""
    s = state_at(table)
    if command.account >= s.counters[ACCOUNTS_COUNT]:
        reject(s, command, sequence, _UNKNOWN_ACCOUNT)
        return
    if command.subject >= s.counters[SYMBOLS_COUNT]:
        reject(s, command, sequence, _UNKNOWN_SYMBOL)
        return
    base_slot = balance_find(s, command.account, s.symbols[command.subject].base_asset)
    count = 0
    slot = s.balances[np.uint32(base_slot)].chain_head if base_slot != 0 else np.uint32(0)
    while slot != 0:
        order = s.orders[slot]
        behind = order.chain_next
        if order.symbol == command.subject:
            # A leg takes its list along, perhaps with the order behind it: begin again.
            again = order.marks & MARK_LISTED != 0
            order_end(s, np.int64(slot), sequence, _CANCELED, 0)
            if again:
                behind = s.balances[np.uint32(base_slot)].chain_head
            count += 1
        slot = behind
    if count == 0:
        reject(s, command, sequence, _UNKNOWN_ORDER)


@njit(**INLINE)
def _amend_price(s, order):
    """The price of test 11; 0: it is not applied."""
    if order.marks & MARK_WAITS == 0 or order.price_ticks != 0:
        return order.price_ticks
    wait = s.waits[order.wait]
    return wait.hold_ticks if wait.hold_ticks != 0 else wait.trigger_ticks


@njit(**INLINE)
def _smaller_reject(s, order, quantity_lots):
    """Test 11 and that of the amendments, of an order that is to have so many lots."""
    symbol = s.symbols[order.symbol]
    ticks = _amend_price(s, order)
    if ticks != 0 and ticks * symbol.tick_lot_atoms * quantity_lots < symbol.notional_atoms_min:
        return _NOTIONAL_TOO_SMALL
    amends_max = s.rules[order.symbol].amends_max
    if amends_max != 0 and order.amended >= amends_max:
        return _TOO_MANY_AMENDS
    return _NONE


@njit(**INLINE)
def _amended_with(s, order, slot, quantity_lots):
    """Slot of the other leg of its pair, if that has to become smaller too; else 0."""
    if s.counters[RULES_VERSION] < _PAIRS_TOGETHER:
        return np.int64(0)
    mate = mate_of(s, order, slot)
    return mate if mate != 0 and s.orders[np.uint32(mate)].original_lots > quantity_lots else np.int64(0)


@njit(**INLINE)
def _amend_reject(s, command, slot):
    """Tests 6 to 12 of an amendment."""
    if slot == 0:
        return _UNKNOWN_ORDER
    order = s.orders[np.uint32(slot)]
    if order.marks & MARK_LISTED != 0 and is_pending(s, order) and s.lists[order.list].type >= OPO:
        return _NOT_STARTED
    symbol = s.symbols[command.subject]
    quantity_lots = command.quantity
    if quantity_lots > order.original_lots:
        return _QUANTITY_INCREASE
    if quantity_lots == order.original_lots:
        return _NO_CHANGE
    if quantity_lots < symbol.quantity_lots_min:
        return _QUANTITY_OUT_OF_RANGE
    if quantity_lots <= order.original_lots - order.remaining_lots:
        return _BELOW_EXECUTED
    reason = _smaller_reject(s, order, quantity_lots)
    mate = _amended_with(s, order, slot, quantity_lots)
    if reason == _NONE and mate != 0:
        reason = _smaller_reject(s, s.orders[np.uint32(mate)], quantity_lots)
    if reason != _NONE:
        return reason
    if command.client_hi != 0 or command.client_lo != 0:
        other = order_by_client(s, command.account, command.client_hi, command.client_lo)
        if other != 0 and other != slot:
            return _DUPLICATE_CLIENT_ID
    return _NONE


@njit(**INLINE)
def _reduce(s, order, slot, quantity_lots):
    """Take lots off an open order, hidden ones first; returns (atoms freed, lots hidden of those taken)."""
    held_atoms = held_with_pair(s, slot)
    hidden = hidden_lots(order)
    less_lots = order.original_lots - quantity_lots
    in_book = order.marks & MARK_WAITS == 0
    if in_book:
        parts_subtract(s, order)
        s.levels[order.level].total_lots -= less_lots
    order.original_lots = quantity_lots
    order.remaining_lots -= less_lots
    order.slice_lots = min(order.slice_lots, order.remaining_lots)
    if in_book:
        parts_add(s, order)
    freed_atoms = held_atoms - held_with_pair(s, slot)
    release(s, hold_slot(order), freed_atoms)
    return freed_atoms, hidden - hidden_lots(order)


@njit(**INLINE)
def _amend_one(s, slot, quantity_lots, sequence):
    order = s.orders[np.uint32(slot)]
    less_lots = order.original_lots - quantity_lots
    freed_atoms, hidden = _reduce(s, order, slot, quantity_lots)
    if order.amended < _AMENDS_COUNTED:
        order.amended += 1
    i = event_new(s, _AMENDED, sequence, order.account, order.symbol, order.side)
    e = s.events[i]
    e.order_id = order.order_id
    e.price_ticks = order.price_ticks
    e.quantity_lots = order.original_lots
    e.remaining_lots = order.remaining_lots
    e.hold_atoms = -freed_atoms
    if s.counters[RULES_VERSION] != 1:
        e.trade_id = less_lots
    e.maker_fee_atoms = hidden
    e.flags = wait_flag(s, order)


@njit(**JIT)
def order_amend(table, command, sequence):
    """Run an AMEND: fewer lots, the same place in time; of a pair, both legs."""
    s = state_at(table)
    reason = trader_reject(s, command)
    slot = np.int64(0)
    if reason == _NONE and s.symbols[command.subject].features & _AMEND == 0:
        reason = _NOT_ALLOWED
    if reason == _NONE:
        if (command.flags & ~_BY_ID) != 0:
            reason = _INVALID_ORDER
        else:
            slot = _target(s, command)
            reason = _amend_reject(s, command, slot)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    order = s.orders[np.uint32(slot)]
    if command.client_hi != 0 or command.client_lo != 0:
        client_index_delete(s, slot)
        order.client_hi = command.client_hi
        order.client_lo = command.client_lo
        client_index_insert(s, slot)
    mate = _amended_with(s, order, slot, command.quantity)
    _amend_one(s, slot, command.quantity, sequence)
    if mate != 0:
        _amend_one(s, mate, command.quantity, sequence)
