"""The fold of order events into rows, lists and chains: one pass, no allocation, nothing in Python per event.

A kernel that is short of room stops *before* the event and says where; the caller doubles what is short and goes on.
Source: docs/rules/events.md; statuses: Binance enums.md and faqs/stp_faq.md.
"""

import numpy as np
from numba import njit

from venus.records.commands import COMMAND, CommandFlag, CommandKind
from venus.records.events import EVENT, EventFlag, EventKind
from venus.views.kernels.index import INLINE, JIT
from venus.views.kernels.order_details import (
    accept_detail,
    amend_history,
    append_prevention,
    client_length,
    is_more_than_plain,
    start,
    track,
    trigger,
)
from venus.views.kernels.order_facts import OrderStatus
from venus.views.kernels.order_links import bear_client, leave_client, open_chain_add, open_chain_remove, pair_of
from venus.views.kernels.order_lists import end_list, open_list
from venus.views.kernels.order_lookahead import look_ahead
from venus.views.kernels.order_store import room_for_facts, room_for_one, store_at
from venus.views.kernels.postings import append
from venus.views.kernels.tables import unowned

_IS_NEW = int(OrderStatus.NEW)
_IS_PARTIALLY_FILLED = int(OrderStatus.PARTIALLY_FILLED)
_IS_FILLED = int(OrderStatus.FILLED)
_IS_CANCELED = int(OrderStatus.CANCELED)
_IS_EXPIRED = int(OrderStatus.EXPIRED)
_IS_EXPIRED_IN_MATCH = int(OrderStatus.EXPIRED_IN_MATCH)
_IS_PENDING_NEW = int(OrderStatus.PENDING_NEW)
_ACCEPTED = int(EventKind.ACCEPTED)
_TRADE = int(EventKind.TRADE)
_CANCELED = int(EventKind.CANCELED)
_EXPIRED = int(EventKind.EXPIRED)
_AMENDED = int(EventKind.AMENDED)
_PREVENTED = int(EventKind.PREVENTED)
_FILLED = int(EventKind.FILLED)
_TRIGGERED = int(EventKind.TRIGGERED)
_TRACKING = int(EventKind.TRACKING)
_LIST_OPENED = int(EventKind.LIST_OPENED)
_LIST_DONE = int(EventKind.LIST_DONE)
_STARTED = int(EventKind.STARTED)
_RULES_ADOPTED = int(EventKind.RULES_ADOPTED)
_ORDER = int(CommandKind.ORDER)
_IN_QUOTE = int(CommandFlag.IN_QUOTE)
_TAKER_DONE = int(EventFlag.TAKER_DONE)
_MAKER_DONE = int(EventFlag.MAKER_DONE)
_PENDING = int(EventFlag.PENDING)


@njit(**JIT)
def fold_orders(
    table: int,
    first: int,
    events: np.ndarray,
    commands: np.ndarray,
    texts: np.ndarray,
    first_sequence: int,
    time_ns: int,
) -> int:
    """Fold events[first:]; returns the position of the first that had no room, or len(events).

    table     int64       address of the table of a Store
    events    EVENT[m]
    commands  COMMAND[n]  the frame's, whose sequences begin at first_sequence
    texts     u1[…]       their texts, one after the other
    """
    store = store_at(table)
    events = unowned(events, EVENT)
    commands = unowned(commands, COMMAND)
    texts = unowned(texts, np.uint8)
    command = np.int64(0)
    text_start = np.int64(0)
    has_facts_room = room_for_facts(store)
    for i in range(first, len(events)):
        look_ahead(store, events, i, commands, first_sequence)
        event = events[i]
        kind = event.kind
        if kind == _TRADE:
            if not room_for_one(store):
                return i
            _trade(store, event, time_ns)
        elif kind in (_ACCEPTED, _AMENDED, _LIST_OPENED):
            if not (has_facts_room and room_for_one(store)):
                return i
            wanted = event.sequence - first_sequence
            while command < wanted:
                text_start += commands[command].text_bytes
                command += 1
            if kind == _ACCEPTED:
                is_plain = _accept(store, event, commands[command], texts, text_start, time_ns)
            elif kind == _AMENDED:
                is_plain = _amend(store, event, commands[command], texts, text_start, time_ns)
            else:
                is_plain = open_list(store, event, commands[command], texts, text_start, time_ns)
            if not is_plain:
                has_facts_room = room_for_facts(store)
        elif kind == _PREVENTED:
            if not has_facts_room:
                return i
            append_prevention(store, event, time_ns)
            _prevent(store, event, time_ns)
            has_facts_room = room_for_facts(store)
        elif kind == _CANCELED:
            _finish(store, event.order_id, _IS_CANCELED, time_ns)
            open_chain_remove(store, event.order_id)
        elif kind == _EXPIRED:
            _finish(store, event.order_id, _IS_EXPIRED, time_ns)
            store.orders[event.order_id].reason = event.reason
            if event.flags & _TAKER_DONE == 0:  # it rested; a taker that expires never did
                open_chain_remove(store, event.order_id)
        elif kind == _FILLED:
            _finish(store, event.order_id, _IS_FILLED, time_ns)
        elif kind >= _TRIGGERED:
            _fold_rare(store, event, time_ns)
    return len(events)


@njit(**JIT)
def _fold_rare(store, event, time_ns):
    """What no plain order gives. It takes no room: an order that waits has its row of DETAIL since it was accepted."""
    kind = event.kind
    if kind == _TRIGGERED:
        trigger(store, event, time_ns)
    elif kind == _TRACKING:
        track(store, event, time_ns)
    elif kind == _STARTED:
        start(store, event, time_ns)
    elif kind == _LIST_DONE:
        end_list(store, event, time_ns)
    elif kind == _RULES_ADOPTED:
        store.used[0].rules = event.quantity_lots


@njit(**INLINE)
def _accept(store, event, command, texts, text_start, time_ns):
    """Append the order, to its pair's list and, if it stays open, to the open chain; whether it is a plain one."""
    used = store.used[0]
    order_id = event.order_id
    assert order_id == used.orders and command.kind == _ORDER
    used.orders = order_id + 1
    pair = pair_of(store, np.int64(event.account), np.int64(event.symbol))
    order = store.orders[order_id]
    order.pair = pair
    order.time_ns = time_ns
    order.updated_ns = time_ns
    order.price_ticks = command.price_ticks
    order.quantity = command.quantity
    order.side = command.side
    order.type = command.type
    order.tif = command.tif
    order.stp = command.stp
    order.flags = command.flags & _IN_QUOTE
    order.status = _IS_NEW
    used.words = append(store.words, used.words, store.lists, 2 * pair, order_id)
    is_pending = event.flags & _PENDING != 0
    if is_pending:
        order.status = _IS_PENDING_NEW
    if event.remaining_lots != 0 or is_pending:
        open_chain_add(store, order_id)
    client_bytes = np.int64(command.text_bytes)
    if used.rules >= 2:
        client_bytes = client_length(texts, text_start, client_bytes)
    if command.client_hi != 0 or command.client_lo != 0:
        bear_client(store, order_id, np.int64(event.account), command, texts, text_start, client_bytes)
    is_plain = not is_more_than_plain(used, event, command, client_bytes)
    if not is_plain:
        accept_detail(store, event, command, texts, text_start, client_bytes, time_ns)
    return is_plain


@njit(**INLINE)
def _amend(store, event, command, texts, text_start, time_ns):
    """A new original quantity and, if the command brought one, a new client id; what was before goes to its history."""
    order = store.orders[event.order_id]
    lots_before = order.quantity
    id_start, id_bytes = order.text_start, order.text_bytes
    order.quantity = event.quantity_lots
    order.updated_ns = time_ns
    if command.client_hi != 0 or command.client_lo != 0:
        account = np.int64(event.account)
        if order.client_hi != 0 or order.client_lo != 0:
            leave_client(store, event.order_id, account)
        bear_client(store, event.order_id, account, command, texts, text_start, np.int64(command.text_bytes))
    amend_history(store, event, lots_before, id_start, id_bytes, time_ns)
    return False


@njit(**INLINE)
def _trade(store, event, time_ns):
    """Append the trade, to both sides' lists and both orders' chains, and execute both orders."""
    used = store.used[0]
    row = used.trades
    used.trades = row + 1
    trade = store.trades[row]
    trade.trade_id = event.trade_id
    trade.price_ticks = event.price_ticks
    trade.quantity_lots = event.quantity_lots
    trade.taker_fee_atoms = event.taker_fee_atoms
    trade.maker_fee_atoms = event.maker_fee_atoms
    trade.time_ns = time_ns
    trade.taker_order = event.order_id
    trade.maker_order = event.maker_order_id
    taker = store.orders[event.order_id]
    maker = store.orders[event.maker_order_id]
    trade.taker_prev = taker.last_trade
    trade.maker_prev = maker.last_trade
    taker.last_trade = 2 * row
    maker.last_trade = 2 * row + 1
    _execute(taker, event, event.flags & _TAKER_DONE != 0, time_ns)
    _execute(maker, event, event.flags & _MAKER_DONE != 0, time_ns)
    if event.flags & _MAKER_DONE != 0:
        open_chain_remove(store, event.maker_order_id)
    used.words = append(store.words, used.words, store.lists, 2 * np.int64(taker.pair) + 1, 2 * row)
    used.words = append(store.words, used.words, store.lists, 2 * np.int64(maker.pair) + 1, 2 * row + 1)


@njit(**INLINE)
def _execute(order, event, is_done, time_ns):
    """One side of a trade.

    executed_tick_lots stays in int64. With K ≥ 1 it is at most the quote atoms paid. A taker's part is paid out of
    the holds of orders that rest at the same time, or out of its own free balance: both are inside, so at most
    ATOMS_MAX = 2^62. What rests afterwards has a notional of at most 2^62 less the taker's first lot: below 2^63.
    """
    order.executed_lots += event.quantity_lots
    order.executed_tick_lots += event.price_ticks * event.quantity_lots
    order.status = _IS_FILLED if is_done else _IS_PARTIALLY_FILLED
    order.updated_ns = time_ns


@njit(**INLINE)
def _prevent(store, event, time_ns):
    """A meeting that was no trade: whoever lost lots by it has them counted, whoever ended by it expired in match."""
    if event.quantity_lots != 0:
        _prevent_side(store.orders[event.order_id], event.quantity_lots, event.trade_id, time_ns)
    if event.remaining_lots != 0:
        _prevent_side(store.orders[event.maker_order_id], event.remaining_lots, event.trade_id, time_ns)
    if event.flags & _TAKER_DONE != 0:
        _finish(store, event.order_id, _IS_EXPIRED_IN_MATCH, time_ns)
    if event.flags & _MAKER_DONE != 0:
        _finish(store, event.maker_order_id, _IS_EXPIRED_IN_MATCH, time_ns)
        open_chain_remove(store, event.maker_order_id)


@njit(**INLINE)
def _prevent_side(order, lots, prevented_match_id, time_ns):
    order.prevented_lots += lots
    order.prevented_match_id = prevented_match_id
    order.updated_ns = time_ns


@njit(**INLINE)
def _finish(store, order_id, status, time_ns):
    store.orders[order_id].status = status
    store.orders[order_id].updated_ns = time_ns
