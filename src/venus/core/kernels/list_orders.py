"""LIST and CANCEL_LIST: the tests of an order list, and its placing. Source: docs/rules/order_lists.md."""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import balance_open
from venus.core.kernels.book import BUY
from venus.core.kernels.entering import FILLED, RESTS, client_id_is_taken, order_event
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.layout import (
    ACCOUNTS_COUNT,
    EVENTS_COUNT,
    EXCHANGE_LISTS_MAX,
    INLINE,
    JIT,
    NEXT_ORDER_ID,
    PENDING,
    STARTING,
    SYMBOLS_COUNT,
)
from venus.core.kernels.lists import OPO, list_by_client, list_take
from venus.core.kernels.orders import trader_reject
from venus.core.kernels.pairs import is_stop, pair_funds_reject, pair_place, pair_prices_are_bad
from venus.core.kernels.state import state_at
from venus.core.kernels.terms import (
    display_lots,
    lacks_funds,
    meets_at_once,
    own_need,
)
from venus.core.kernels.waiting import is_conditional, queue_join
from venus.records.commands import CommandFlag, Feature, ListType, OrderType, Side
from venus.records.events import EventFlag, EventKind, Expiry
from venus.records.rejects import Reject

_OCO, _OTO, _OTOCO, _OPOCO = int(ListType.OCO), int(ListType.OTO), int(ListType.OTOCO), int(ListType.OPOCO)
_LIMIT, _MARKET, _LIMIT_MAKER = int(OrderType.LIMIT), int(OrderType.MARKET), int(OrderType.LIMIT_MAKER)
_TAKE_PROFIT, _TAKE_PROFIT_LIMIT = int(OrderType.TAKE_PROFIT), int(OrderType.TAKE_PROFIT_LIMIT)
_SELL = int(Side.SELL)
_BY_ID, _IN_QUOTE = int(CommandFlag.TARGET_IS_ORDER_ID), int(CommandFlag.IN_QUOTE)
_F_OCO, _F_OTO, _F_OPO = int(Feature.OCO), int(Feature.OTO), int(Feature.OPO)
_ACCEPTED, _LIST_OPENED = int(EventKind.ACCEPTED), int(EventKind.LIST_OPENED)
_CANCELED, _EXPIRED = int(EventKind.CANCELED), int(EventKind.EXPIRED)
_PENDING_FLAG, _PHASE_ONE = int(EventFlag.PENDING), int(Expiry.PHASE_ONE_EXPIRED)
_NONE, _INVALID_ORDER, _NOT_ALLOWED = int(Reject.NONE), int(Reject.INVALID_ORDER), int(Reject.NOT_ALLOWED_ON_SYMBOL)
_UNKNOWN_ACCOUNT, _UNKNOWN_SYMBOL = int(Reject.UNKNOWN_ACCOUNT), int(Reject.UNKNOWN_SYMBOL)
_UNKNOWN_ORDER, _LIST_REFUSED = int(Reject.UNKNOWN_ORDER), int(Reject.LIST_REFUSED)
_DUPLICATE_LIST_ID, _DUPLICATE_CLIENT_ID = int(Reject.DUPLICATE_LIST_ID), int(Reject.DUPLICATE_CLIENT_ID)
_TOO_MANY_LISTS, _TOO_MANY_LISTS_ON_EXCHANGE = int(Reject.TOO_MANY_LISTS), int(Reject.TOO_MANY_LISTS_ON_EXCHANGE)
_BAD_LIST_PRICES, _INSUFFICIENT_FREE = int(Reject.BAD_LIST_PRICES), int(Reject.INSUFFICIENT_FREE)


@njit(**INLINE)
def legs_of(type_):
    """Number of a list type's legs; 0 if there is no such type."""
    if type_ in (_OCO, _OTO, OPO):
        return 2
    return 3 if type_ in (_OTOCO, _OPOCO) else 0


@njit(**INLINE)
def _features_of(type_):
    needed = _F_OCO if type_ in (_OCO, _OTOCO, _OPOCO) else 0
    needed |= _F_OTO if type_ != _OCO else 0
    return needed | (_F_OPO if type_ >= OPO else 0)


@njit(**INLINE)
def _is_pair(first, second):
    """The shape of a pair."""
    if first.side != second.side or first.quantity != second.quantity or is_stop(first.type) == is_stop(second.type):
        return False
    other = second.type if is_stop(first.type) else first.type
    return other in (_LIMIT_MAKER, _TAKE_PROFIT, _TAKE_PROFIT_LIMIT)


@njit(**INLINE)
def _shape_is_valid(s, i, legs):
    """Do the legs behind commands[i] belong to it and have the shape of its type?"""
    command = s.commands[np.uint32(i)]
    first, second = s.commands[np.uint32(i + 1)], s.commands[np.uint32(i + 2)]
    for leg in range(1, legs + 1):
        order = s.commands[np.uint32(i + leg)]
        if order.account != command.account or order.subject != command.subject:
            return False
        sells_later = order.side == _SELL and order.quantity == 0 and display_lots(order) == 0
        if command.type >= OPO and leg > 1 and not sells_later:
            return False
    if command.type == _OCO:
        return _is_pair(first, second)
    if first.type not in (_LIMIT, _LIMIT_MAKER) or (command.type >= OPO and first.side != BUY):
        return False
    if legs == 3:
        return _is_pair(second, s.commands[np.uint32(i + 3)])
    return second.type != _MARKET or second.flags & _IN_QUOTE == 0


@njit(**INLINE)
def _lists_reject(s, command):
    """Tests of the account's open lists."""
    named = command.client_hi != 0 or command.client_lo != 0
    if named and list_by_client(s, command.account, command.client_hi, command.client_lo) != 0:
        return _DUPLICATE_LIST_ID
    on_symbol, everywhere = 0, 0
    slot = s.accounts[command.account].lists_head
    while slot != 0:
        everywhere += 1
        on_symbol += s.lists[slot].symbol == command.subject
        slot = s.lists[slot].next
    symbol_max, exchange_max = s.rules[command.subject].order_lists_max, s.counters[EXCHANGE_LISTS_MAX]
    if symbol_max != 0 and on_symbol >= symbol_max:
        return _TOO_MANY_LISTS
    return _TOO_MANY_LISTS_ON_EXCHANGE if exchange_max != 0 and everywhere >= exchange_max else _NONE


@njit(**INLINE)
def _own_reject(s, i, legs):
    """The LIST's own tests that come before its legs'."""
    command = s.commands[np.uint32(i)]
    who = trader_reject(s, command)
    if who != _NONE:
        return who
    small = command.flags | command.tif | command.stp | command.side | command.peg
    if small != 0 or (command.price_ticks | command.quantity | command.target_hi | command.target_lo) != 0:
        return _INVALID_ORDER
    if _features_of(command.type) & ~np.int64(s.symbols[command.subject].features) != 0:
        return _NOT_ALLOWED
    return _lists_reject(s, command) if _shape_is_valid(s, i, legs) else _INVALID_ORDER


@njit(**INLINE)
def _leg_reject(s, i, leg):
    """Tests of one leg, those before it counted as open. If it enters at once, drafts[leg] has its pegged price."""
    command = s.commands[np.uint32(i)]
    order = s.commands[np.uint32(i + leg)]
    at_once = leg == 1 or command.type == _OCO
    earlier_lots, earlier_algo, earlier_icebergs = np.int64(0), np.int64(0), np.int64(0)
    repeats = False
    for before in range(1, leg):
        other = s.commands[np.uint32(i + before)]
        earlier_lots += other.quantity if other.side == BUY else np.int64(0)
        earlier_algo += is_conditional(other.type)
        earlier_icebergs += display_lots(other) != 0
        named = order.client_hi != 0 or order.client_lo != 0
        repeats |= named and order.client_hi == other.client_hi and order.client_lo == other.client_lo
    reason = calls.form_reject(s.table, i + leg)
    if reason == _NONE:
        has_lots = at_once or command.type < OPO
        reason = calls.figures_reject(s.table, i + leg, has_lots, earlier_lots, 0)
    if reason == _NONE:
        priced = calls.draft(s.table, leg, i + leg)
        if at_once:
            reason = priced
        else:
            s.drafts[leg].price_ticks = order.price_ticks
    if reason == _NONE and (repeats or client_id_is_taken(s, order)):
        reason = np.int64(_DUPLICATE_CLIENT_ID)
    if reason == _NONE:
        reason = calls.counts_reject(s.table, i + leg, 1, leg - 1, earlier_algo, earlier_icebergs)
    if reason == _NONE and at_once:
        reason = np.int64(meets_at_once(s, s.drafts[leg]))
    return reason


@njit(**JIT)
def _list_reject(table, i, legs):
    """(reject, which of the list's commands fails: 0 the LIST)."""
    s = state_at(table)
    reason = _own_reject(s, i, legs)
    if reason != _NONE:
        return reason, 0
    for leg in range(1, legs + 1):
        reason = _leg_reject(s, i, leg)
        if reason != _NONE:
            return reason, leg
    first = s.drafts[1]
    if s.commands[np.uint32(i)].type == _OCO:
        second = s.drafts[2]
        if pair_prices_are_bad(s, first, second):
            return _BAD_LIST_PRICES, 0
        return (_INSUFFICIENT_FREE if pair_funds_reject(s, first, second) else _NONE), 0
    return (_INSUFFICIENT_FREE if lacks_funds(s, first, own_need(s, first)) else _NONE), 0


@njit(**INLINE)
def _open(s, command, legs, sequence):
    """Slot of the new list, its event given."""
    first_id = s.counters[NEXT_ORDER_ID]
    list_slot = list_take(s, command)
    record = s.lists[np.uint32(list_slot)]
    record.legs_count = legs
    record.base_slot = balance_open(s, command.account, s.symbols[command.subject].base_asset)
    for leg in range(legs):
        record.leg_ids[leg] = first_id + leg
    i = event_new(s, _LIST_OPENED, sequence, command.account, command.subject, 0)
    e = s.events[i]
    e.order_id = record.list_id
    e.trade_id = first_id
    e.quantity_lots = legs
    e.reason = command.type
    return list_slot


@njit(**JIT)
def _place_with_pending(table, list_slot, sequence):
    """Let the working leg of drafts[1] meet the book, and the others wait for it."""
    s = state_at(table)
    record = s.lists[np.uint32(list_slot)]
    slot = calls.order_open(table, 1, list_slot, 0)
    record.legs[0] = slot
    locks = list_slot if record.type >= OPO else np.int64(0)
    outcome = calls.enter(table, slot, sequence + 1, _ACCEPTED, np.int64(0), locks)
    if outcome != RESTS:
        record.legs[0] = 0
    for leg in range(1, record.legs_count):
        slot = calls.order_open(table, leg + 1, list_slot, 1)
        order = s.orders[np.uint32(slot)]
        s.waits[order.wait].state = PENDING
        record.legs[leg] = slot
        order_event(s, order, _ACCEPTED, sequence + 1 + leg, np.int64(0), _PENDING_FLAG)
    if outcome == FILLED:
        queue_join(s, np.int64(record.legs[1]), STARTING)
    elif outcome != RESTS:
        calls.legs_end(table, list_slot, sequence + record.legs_count, _EXPIRED, _PHASE_ONE)


@njit(**JIT)
def list_place(table, i, legs, sequence):
    """Run the LIST of commands[i] and its legs behind it: all of it or nothing."""
    s = state_at(table)
    command = s.commands[np.uint32(i)]
    first_event = s.counters[EVENTS_COUNT]
    reason, failing = _list_reject(table, i, legs)
    if reason != _NONE:
        for place in range(legs + 1):
            of_list = s.commands[np.uint32(i + place)]
            reject(s, of_list, sequence + place, reason if place == failing else _LIST_REFUSED)
        return np.int64(0)
    list_slot = _open(s, command, legs, sequence)
    if command.type == _OCO:
        record = s.lists[np.uint32(list_slot)]
        record.started = 1
        for leg in range(2):
            record.legs[leg] = calls.order_open(table, leg + 1, list_slot, 0)
        pair_place(s, list_slot, 0, sequence + 1, 1, _ACCEPTED, np.int64(0))
    else:
        _place_with_pending(table, list_slot, sequence)
    return calls.step_over(table, np.int64(command.subject), first_event, sequence + legs)


@njit(**JIT)
def list_cancel(table, command, sequence):
    """Run a CANCEL_LIST."""
    s = state_at(table)
    reason = _NONE
    slot = np.int64(0)
    if command.account >= s.counters[ACCOUNTS_COUNT]:
        reason = _UNKNOWN_ACCOUNT
    elif command.subject >= s.counters[SYMBOLS_COUNT]:
        reason = _UNKNOWN_SYMBOL
    elif command.flags not in (0, _BY_ID):
        reason = _INVALID_ORDER
    elif command.flags == _BY_ID:
        slot = np.int64(s.accounts[command.account].lists_head)
        while slot != 0 and s.lists[np.uint32(slot)].list_id != command.target_lo:
            slot = np.int64(s.lists[np.uint32(slot)].next)
    elif command.target_hi != 0 or command.target_lo != 0:
        slot = list_by_client(s, command.account, command.target_hi, command.target_lo)
    if reason == _NONE and (slot == 0 or s.lists[np.uint32(slot)].symbol != command.subject):
        reason = _UNKNOWN_ORDER
    if reason != _NONE:
        reject(s, command, sequence, reason)
    else:
        calls.legs_end(table, slot, sequence, _CANCELED, 0)
