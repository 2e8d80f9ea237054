"""The fold of what only some orders have: terms, waiting, tracking, amendments and prevented matches.

Source: docs/rules/conditional.md, iceberg.md, events.md.
"""

import numpy as np
from numba import njit

from venus.records.commands import DISPLAY_BITS
from venus.records.events import EventFlag
from venus.views.kernels.index import INLINE, index_insert, tag_of
from venus.views.kernels.order_facts import NO_STRATEGY, OrderStatus, Working
from venus.views.kernels.order_links import open_chain_remove

_WORKING = int(Working.WORKING)
_WAITING = int(Working.WAITING)
_PENDING = int(Working.PENDING)
_IS_NEW = int(OrderStatus.NEW)
_FLAG_WAITING = int(EventFlag.WAITING)
_FLAG_PENDING = int(EventFlag.PENDING)
_DISPLAY_MASK = (1 << DISPLAY_BITS) - 1
_BLANK = 32
_ZERO = 48
_NINE = 57


@njit(**INLINE)
def client_length(texts, start, length):
    """Length of the client id that a text begins with: all of it, unless there is a blank."""
    blanks = 0
    for i in range(start, start + length):
        blanks += texts[i] == _BLANK
    if blanks == 0:
        return length
    for i in range(length):
        if texts[start + i] == _BLANK:
            return np.int64(i)
    return length


@njit(**INLINE)
def _number_at(texts, start, end):
    """The whole number that stands alone up to a blank or the end, and where the next begins; else NO_STRATEGY."""
    number = np.int64(0)
    i = start
    is_number = i < end and texts[i] != _BLANK
    while i < end and texts[i] != _BLANK:
        if texts[i] < _ZERO or texts[i] > _NINE:
            is_number = False
        else:
            number = number * 10 + np.int64(texts[i]) - _ZERO
        i += 1
    return (number if is_number else np.int64(NO_STRATEGY)), i + 1


@njit(**INLINE)
def is_more_than_plain(used, event, command, client_bytes):
    """Whether an accepted order has anything that a plain one has not. Under rules 1 none has."""
    return used.rules >= 2 and (
        (command.target_hi | command.target_lo) != 0
        or command.peg != 0
        or event.order_id < used.legs_end
        or client_bytes != np.int64(command.text_bytes)
    )


@njit(**INLINE)
def detail_of(store, order_id):
    """The order's row of DETAIL, made if it has none: that of a plain order that went to the book when it came."""
    order = store.orders[order_id]
    row = np.int64(order.detail)
    if row == 0:
        row = store.used[0].details
        assert row < len(store.details)
        store.used[0].details = row + 1
        order.detail = row
        detail = store.details[row]
        detail.working_ns = order.time_ns
        detail.strategy_id = NO_STRATEGY
        detail.strategy_type = NO_STRATEGY
    return store.details[row]


@njit(**INLINE)
def accept_detail(store, event, command, texts, text_start, client_bytes, time_ns):
    """What an order brings with it: its terms, its list, its strategy, and what it waits for."""
    used = store.used[0]
    detail = detail_of(store, event.order_id)
    detail.trigger_ticks = command.target_hi
    detail.display_lots = command.target_lo & _DISPLAY_MASK
    detail.trail_bips = command.target_lo >> DISPLAY_BITS
    detail.peg = command.peg
    if event.order_id < used.legs_end:
        detail.list_id = used.order_lists - 1
    end = text_start + np.int64(command.text_bytes)
    detail.strategy_id, next_start = _number_at(texts, text_start + client_bytes + 1, end)
    detail.strategy_type, next_start = _number_at(texts, next_start, end)
    if event.flags & _FLAG_PENDING != 0:
        detail.working = _PENDING
        detail.working_ns = 0
    else:
        _set_out(detail, event, time_ns)


@njit(**INLINE)
def _set_out(detail, event, time_ns):
    """It waits for its trigger or goes to the book."""
    if event.flags & _FLAG_WAITING != 0:
        detail.working = _WAITING
        detail.working_ns = 0
        if detail.trail_bips != 0 and detail.trigger_ticks == 0:
            detail.trailing_ns = time_ns
    else:
        detail.working = _WORKING
        detail.working_ns = time_ns
        if detail.peg != 0:
            detail.pegged_ticks = event.price_ticks


@njit(**INLINE)
def trigger(store, event, time_ns):
    """A waiting order goes to the book; what does not rest there is no longer open."""
    store.orders[event.order_id].updated_ns = time_ns
    _set_out(detail_of(store, event.order_id), event, time_ns)
    if event.remaining_lots == 0:
        open_chain_remove(store, event.order_id)


@njit(**INLINE)
def start(store, event, time_ns):
    """A pending leg goes to work. An OPO's has its quantity only now."""
    order = store.orders[event.order_id]
    order.status = _IS_NEW
    order.quantity = event.quantity_lots
    order.updated_ns = time_ns
    _set_out(detail_of(store, event.order_id), event, time_ns)
    if event.remaining_lots == 0 and event.flags & _FLAG_WAITING == 0:
        open_chain_remove(store, event.order_id)


@njit(**INLINE)
def track(store, event, time_ns):
    """A trailing order met its stop price."""
    store.orders[event.order_id].updated_ns = time_ns
    detail_of(store, event.order_id).trailing_ns = time_ns


@njit(**INLINE)
def amend_history(store, event, lots_before, text_start, text_bytes, time_ns):
    """Append an amendment, of an order that bears its new client id already."""
    used = store.used[0]
    row = used.amendments
    used.amendments = row + 1
    order = store.orders[event.order_id]
    detail = detail_of(store, event.order_id)
    amendment = store.amendments[row]
    amendment.execution_id = event.sequence
    amendment.time_ns = time_ns
    amendment.lots_before = lots_before
    amendment.lots_after = event.quantity_lots
    amendment.text_start = text_start
    amendment.text_bytes = text_bytes
    amendment.new_text_start = order.text_start
    amendment.new_text_bytes = order.text_bytes
    amendment.previous = detail.last_amendment
    detail.last_amendment = row


@njit(**INLINE)
def append_prevention(store, event, time_ns):
    """Append a prevented match, to both orders' chains."""
    used = store.used[0]
    row = used.preventions
    used.preventions = row + 1
    prevention = store.preventions[row]
    prevention.match_id = event.trade_id
    prevention.price_ticks = event.price_ticks
    prevention.taker_lots = event.quantity_lots
    prevention.maker_lots = event.remaining_lots
    prevention.time_ns = time_ns
    prevention.taker_order = event.order_id
    prevention.maker_order = event.maker_order_id
    prevention.symbol = event.symbol
    prevention.mode = event.reason
    taker = detail_of(store, event.order_id)
    prevention.taker_previous = taker.last_prevention
    taker.last_prevention = 2 * row
    maker = detail_of(store, event.maker_order_id)
    prevention.maker_previous = maker.last_prevention
    maker.last_prevention = 2 * row + 1
    index_insert(store.prevention_index, tag_of(np.int64(event.symbol), event.trade_id), row)
