"""Loading what later events will touch, so that the fold of orders waits for memory once and not at every step.

An event names an order, an account and a client id; the pair, the list and its block, and the neighbours in the open
chain are only found through them. So each step asks for what the one before has brought, some events ahead of its use.
What is read may be stale, since the events between are not folded yet: it is only ever used as an address in bounds.
"""

import numpy as np
from numba import njit

from venus.records.events import EventFlag, EventKind
from venus.views.kernels.index import INLINE, tag_of
from venus.views.kernels.order_links import client_tag
from venus.views.kernels.postings import end_of, used_of
from venus.views.kernels.tables import prefetch

_ACCEPTED, _TRADE = int(EventKind.ACCEPTED), int(EventKind.TRADE)
_CANCELED, _EXPIRED = int(EventKind.CANCELED), int(EventKind.EXPIRED)
_MAKER_DONE = int(EventFlag.MAKER_DONE)
FAR, MIDDLE, NEAR, NEXT = 16, 12, 8, 4
"""How many events ahead each step looks; measured with benchmarks/durable.py."""


@njit(**INLINE)
def _pair_slot(store, event):
    return tag_of(np.int64(event.account), np.int64(event.symbol)) & (len(store.pair_index) - 1)


@njit(**INLINE)
def _pair(store, event):
    """The pair that the index's first entry for the event leads to, or 0: a guess."""
    return np.int64(store.pair_index[np.uint32(_pair_slot(store, event))].row)


@njit(**INLINE)
def _known(store, order_id):
    """The order, or row 0 if it is not folded yet."""
    return store.orders[order_id if order_id < store.used[0].orders else np.int64(0)]


@njit(**INLINE)
def _far(store, event, commands, first_sequence):
    """Orders, and entries of indexes."""
    kind = event.kind
    if kind == _ACCEPTED:
        number = event.sequence - first_sequence
        prefetch(store.pair_index, _pair_slot(store, event))
        if number < len(commands):
            command = commands[number]
            tag = client_tag(np.int64(event.account), command.client_hi, command.client_lo)
            prefetch(store.clients, tag & (len(store.clients) - 1))
    elif kind == _TRADE:
        prefetch(store.orders, event.maker_order_id)
    elif kind in (_CANCELED, _EXPIRED):
        prefetch(store.orders, event.order_id)


@njit(**INLINE)
def _middle(store, event):
    """Pairs, and the orders beside one that leaves the open chain."""
    kind = event.kind
    if kind == _ACCEPTED:
        pair = _pair(store, event)
        prefetch(store.pairs, pair)
        prefetch(store.lists, 2 * pair)
    elif kind == _TRADE:
        maker = _known(store, event.maker_order_id)
        prefetch(store.lists, 2 * np.int64(maker.pair) + 1)
        if event.flags & _MAKER_DONE != 0:
            _chain_middle(store, maker)
    elif kind in (_CANCELED, _EXPIRED):
        _chain_middle(store, _known(store, event.order_id))


@njit(**INLINE)
def _chain_middle(store, order):
    prefetch(store.pairs, np.int64(order.pair))
    prefetch(store.orders, np.int64(order.open_prev))
    prefetch(store.orders, np.int64(order.open_next))


@njit(**INLINE)
def _near(store, event):
    """The head of the open chain, and the blocks that lists end with."""
    kind = event.kind
    if kind == _ACCEPTED:
        pair = _pair(store, event)
        prefetch(store.orders, np.int64(store.pairs[pair].open_head))
        prefetch(store.words, end_of(store.lists, 2 * pair))
    elif kind == _TRADE:
        maker = _known(store, event.maker_order_id)
        prefetch(store.words, end_of(store.lists, 2 * np.int64(maker.pair) + 1))
        prefetch(store.words, end_of(store.lists, 2 * _pair(store, event) + 1))


@njit(**INLINE)
def _next(store, event):
    """Where the next value of those lists goes."""
    kind = event.kind
    if kind == _ACCEPTED:
        prefetch(store.words, used_of(store.words, store.lists, 2 * _pair(store, event)))
    elif kind == _TRADE:
        maker = _known(store, event.maker_order_id)
        prefetch(store.words, used_of(store.words, store.lists, 2 * np.int64(maker.pair) + 1))
        prefetch(store.words, used_of(store.words, store.lists, 2 * _pair(store, event) + 1))


@njit(**INLINE)
def look_ahead(store, events, i, commands, first_sequence):
    """Take each step for the event that is its distance after events[i]."""
    stop = len(events)
    if i + FAR < stop:
        _far(store, events[i + FAR], commands, first_sequence)
    if i + MIDDLE < stop:
        _middle(store, events[i + MIDDLE])
    if i + NEAR < stop:
        _near(store, events[i + NEAR])
    if i + NEXT < stop:
        _next(store, events[i + NEXT])
