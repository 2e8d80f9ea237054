"""The fold of order lists, and how one is found: by its id, by its client id, among an account's and the open ones.

Source: docs/rules/order_lists.md.
"""

import numpy as np
from numba import njit

from venus.views.kernels.index import INLINE, JIT, index_insert, tag_of
from venus.views.kernels.order_links import keep_text
from venus.views.kernels.order_store import Store
from venus.views.kernels.postings import append


@njit(**JIT)
def find_owner(store: Store, account: int) -> int:
    """The row of OWNER of an account, 0 if it never opened a list."""
    mask = len(store.owner_index) - 1
    tag = tag_of(np.int64(account), np.int64(0))
    i = tag & mask
    while True:
        entry = store.owner_index[np.uint32(i)]
        if entry.row == 0:
            return np.int64(0)
        if np.int64(entry.tag) == tag and np.int64(store.owners[entry.row].account) == account:
            return np.int64(entry.row)
        i = (i + 1) & mask


@njit(**INLINE)
def _owner_of(store, account):
    row = find_owner(store, account)
    if row == 0:
        row = store.used[0].owners
        store.used[0].owners = row + 1
        store.owners[row].account = account
        index_insert(store.owner_index, tag_of(account, np.int64(0)), row)
    return row


@njit(**INLINE)
def _list_tag(account, client_hi, client_lo):
    return tag_of(client_hi + account, client_lo)


@njit(**JIT)
def find_list(store: Store, account: int, client_hi: int, client_lo: int) -> int:
    """Position in the index of the lists' client ids of one of an account, -1 if no list ever bore it."""
    mask = len(store.list_clients) - 1
    tag = _list_tag(np.int64(account), client_hi, client_lo)
    i = tag & mask
    while True:
        entry = store.list_clients[np.uint32(i)]
        if entry.row == 0:
            return np.int64(-1)
        if np.int64(entry.tag) == tag:
            row = store.order_lists[entry.row]
            is_same = row.client_hi == client_hi and row.client_lo == client_lo
            if is_same and np.int64(store.owners[row.owner].account) == account:
                return np.int64(i)
        i = (i + 1) & mask


@njit(**INLINE)
def open_list(store, event, command, texts, text_start, time_ns):
    """Append a list; the next orders accepted are its legs. False: it is nothing plain."""
    used = store.used[0]
    list_id = event.order_id
    account = np.int64(event.account)
    assert list_id == used.order_lists
    used.order_lists = list_id + 1
    used.legs_end = event.trade_id + event.quantity_lots
    owner = _owner_of(store, account)
    row = store.order_lists[list_id]
    row.opened_ns = time_ns
    row.updated_ns = time_ns
    row.first_order = event.trade_id
    row.legs = event.quantity_lots
    row.type = event.reason
    row.symbol = event.symbol
    row.owner = owner
    row.text_bytes = command.text_bytes
    row.text_start = keep_text(store, texts, text_start, np.int64(command.text_bytes))
    used.words = append(store.words, used.words, store.owner_lists, owner, list_id)
    row.open_next = store.owners[owner].open_head
    if row.open_next != 0:
        store.order_lists[row.open_next].open_previous = list_id
    store.owners[owner].open_head = list_id
    store.owners[owner].open_count += 1
    if command.client_hi != 0 or command.client_lo != 0:
        at = find_list(store, account, command.client_hi, command.client_lo)
        row.client_hi = command.client_hi
        row.client_lo = command.client_lo
        if at >= 0:
            row.client_previous = store.list_clients[at].row
            store.list_clients[at].row = list_id
        else:
            index_insert(store.list_clients, _list_tag(account, command.client_hi, command.client_lo), list_id)
            used.list_clients += 1
    return False


@njit(**INLINE)
def end_list(store, event, time_ns):
    """The last leg of a list has ended."""
    list_id = event.order_id
    row = store.order_lists[list_id]
    row.is_done = 1
    row.updated_ns = time_ns
    owner = store.owners[row.owner]
    if row.open_previous != 0:
        store.order_lists[row.open_previous].open_next = row.open_next
    else:
        assert owner.open_head == list_id
        owner.open_head = row.open_next
    if row.open_next != 0:
        store.order_lists[row.open_next].open_previous = row.open_previous
    row.open_next = 0
    row.open_previous = 0
    owner.open_count -= 1


@njit(**JIT)
def open_lists(store: Store, owner: int, page: np.ndarray) -> None:
    """An owner's open lists, newest first, into page u4[open_count]."""
    list_id = np.int64(store.owners[owner].open_head)
    for i in range(len(page)):
        page[i] = list_id
        list_id = np.int64(store.order_lists[list_id].open_next)
    assert list_id == 0


@njit(**JIT)
def find_prevention(store: Store, symbol: int, match_id: int) -> int:
    """The row of PREVENTION of a symbol's prevented match, 0 if there is none."""
    mask = len(store.prevention_index) - 1
    tag = tag_of(np.int64(symbol), np.int64(match_id))
    i = tag & mask
    while True:
        entry = store.prevention_index[np.uint32(i)]
        if entry.row == 0:
            return np.int64(0)
        if np.int64(entry.tag) == tag:
            row = store.preventions[entry.row]
            if row.match_id == match_id and np.int64(row.symbol) == symbol:
                return np.int64(entry.row)
        i = (i + 1) & mask


@njit(**JIT)
def preventions_of_order(preventions: np.ndarray, reference: int, match_id_min: int, page: np.ndarray) -> int:
    """Rows of one order's prevented matches with an id ≥ the bound, the first ones; u4[limit] as a ring, in no order.

    reference  of the order's last; each knows the one before
    Returns how many are in the page.
    """
    count = 0
    while reference != 0:
        prevention = preventions[reference >> 1]
        if prevention.match_id < match_id_min:
            break
        page[count % len(page)] = reference >> 1
        count += 1
        reference = np.int64(prevention.maker_previous) if reference & 1 else np.int64(prevention.taker_previous)
    return min(count, len(page))


@njit(**JIT)
def amendments_of_order(amendments: np.ndarray, row: int, execution_id_min: int, page: np.ndarray) -> int:
    """Rows of one order's amendments from an execution on, as preventions_of_order gives them; `row` is its last."""
    count = 0
    while row != 0:
        amendment = amendments[row]
        if amendment.execution_id < execution_id_min:
            break
        page[count % len(page)] = row
        count += 1
        row = np.int64(amendment.previous)
    return min(count, len(page))
