"""How an order is found: by account and symbol, by client id, among the open ones.

Source: docs/rules/ledger.md: a client id is unique among the open orders of its account.
"""

import numpy as np
from numba import njit

from venus.views.kernels.index import INLINE, INLINE_AND_CALLED, JIT, index_delete_at, index_insert, tag_of
from venus.views.kernels.order_store import Store


@njit(**INLINE_AND_CALLED)
def find_pair(store: Store, account: int, symbol: int) -> int:
    """The pair of an account and a symbol, 0 if it has none."""
    mask = len(store.pair_index) - 1
    tag = tag_of(account, symbol)
    i = tag & mask
    while True:
        entry = store.pair_index[np.uint32(i)]
        if entry.row == 0:
            return np.int64(0)
        if np.int64(entry.tag) == tag:
            pair = store.pairs[entry.row]
            if np.int64(pair.account) == account and np.int64(pair.symbol) == symbol:
                return np.int64(entry.row)
        i = (i + 1) & mask


@njit(**INLINE)
def pair_of(store, account, symbol):
    """The pair of an account and a symbol, made if it has none."""
    row = find_pair(store, account, symbol)
    if row == 0:
        row = store.used[0].pairs
        store.used[0].pairs = row + 1
        pair = store.pairs[row]
        pair.account = account
        pair.symbol = symbol
        pair.next = store.account_pairs[account]
        store.account_pairs[account] = row
        index_insert(store.pair_index, tag_of(account, symbol), row)
    return row


@njit(**INLINE)
def client_tag(account, client_hi, client_lo):
    return tag_of(client_hi + account, client_lo)


@njit(**INLINE)
def _find_client(store, account, client_hi, client_lo):
    """Position in the client index of a client id of an account, -1 if nobody bears it."""
    mask = len(store.clients) - 1
    tag = client_tag(account, client_hi, client_lo)
    i = tag & mask
    while True:
        entry = store.clients[np.uint32(i)]
        if entry.row == 0:
            return np.int64(-1)
        if np.int64(entry.tag) == tag:
            order = store.orders[entry.row]
            is_same = order.client_hi == client_hi and order.client_lo == client_lo
            if is_same and np.int64(store.pairs[order.pair].account) == account:
                return np.int64(i)
        i = (i + 1) & mask


@njit(**INLINE)
def bear_client(store, order_id, account, command, texts, text_start, length):
    """Give an order the command's client id, before all others that bore it, and keep its text of that length."""
    used = store.used[0]
    order = store.orders[order_id]
    at = _find_client(store, account, command.client_hi, command.client_lo)
    order.client_hi = command.client_hi
    order.client_lo = command.client_lo
    order.client_prev = 0
    if at >= 0:
        order.client_prev = store.clients[at].row
        store.clients[at].row = order_id
    else:
        index_insert(store.clients, client_tag(account, command.client_hi, command.client_lo), order_id)
        used.clients += 1
    order.text_start = keep_text(store, texts, text_start, length)
    order.text_bytes = length


@njit(**INLINE)
def keep_text(store, texts, text_start, length):
    """Append a text to those kept; returns where."""
    used = store.used[0]
    start = used.texts
    for i in range(length):
        store.texts[start + i] = texts[text_start + i]
    used.texts = start + length
    return start


@njit(**INLINE)
def leave_client(store, order_id, account):
    """Take its client id from an open order: no order can have taken the same id since, so it heads the chain."""
    order = store.orders[order_id]
    at = _find_client(store, account, order.client_hi, order.client_lo)
    assert at >= 0 and np.int64(store.clients[at].row) == order_id
    if order.client_prev != 0:
        store.clients[at].row = order.client_prev
    else:
        index_delete_at(store.clients, at)
        store.used[0].clients -= 1


@njit(**JIT)
def order_by_client(store: Store, account: int, symbol: int, client_hi: int, client_lo: int) -> int:
    """Of the account's orders on the symbol that bear a client id, the one that took it last; 0 if there is none."""
    at = _find_client(store, account, client_hi, client_lo)
    if at < 0:
        return np.int64(0)
    order_id = np.int64(store.clients[at].row)
    while order_id != 0 and np.int64(store.pairs[store.orders[order_id].pair].symbol) != symbol:
        order_id = np.int64(store.orders[order_id].client_prev)
    return order_id


@njit(**INLINE)
def open_chain_add(store, order_id):
    """Put an order at the head of its pair's open chain."""
    order = store.orders[order_id]
    pair = store.pairs[order.pair]
    order.open_next = pair.open_head
    order.open_prev = 0
    if pair.open_head != 0:
        store.orders[pair.open_head].open_prev = order_id
    pair.open_head = order_id
    pair.open_count += 1


@njit(**INLINE)
def open_chain_remove(store, order_id):
    """Take an order out of its pair's open chain."""
    order = store.orders[order_id]
    pair = store.pairs[order.pair]
    if order.open_prev != 0:
        store.orders[order.open_prev].open_next = order.open_next
    else:
        assert pair.open_head == order_id
        pair.open_head = order.open_next
    if order.open_next != 0:
        store.orders[order.open_next].open_prev = order.open_prev
    order.open_next = 0
    order.open_prev = 0
    pair.open_count -= 1
