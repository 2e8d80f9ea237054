"""Where orders, trades and an account's lists of them lie in memory, and how that grows."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numba import njit

from venus.records.record_copies import copied
from venus.views.kernels.index import (
    ENTRY,
    INLINE,
    ROWS_MAX,
    index_for,
    index_has_room,
    index_rebuild,
)
from venus.views.kernels.order_facts import AMENDMENT, DETAIL, ORDER_LIST, OWNER, PREVENTION
from venus.views.kernels.postings import BLOCK_WORDS_MAX, LIST, WORDS_MAX
from venus.views.kernels.reserve import filled, longer, reserved
from venus.views.kernels.tables import array_at, table_at

# What a trade touches comes first.
ORDER = np.dtype(
    [
        ("updated_ns", "i8"),
        ("executed_lots", "i8"),
        ("executed_tick_lots", "i8"),
        ("prevented_lots", "i8"),
        ("pair", "u4"),
        ("last_trade", "u4"),  # reference: row of TRADE × 2, + 1 for the maker's side
        ("open_next", "u4"),  # the pair's open orders, newest first
        ("open_prev", "u4"),
        ("side", "u1"),
        ("type", "u1"),
        ("tif", "u1"),
        ("stp", "u1"),
        ("flags", "u1"),
        ("status", "u1"),
        ("reason", "u1"),
        ("text_bytes", "u1"),
        ("price_ticks", "i8"),
        ("quantity", "i8"),
        ("time_ns", "i8"),
        ("prevented_match_id", "i8"),
        ("client_hi", "i8"),
        ("client_lo", "i8"),
        ("text_start", "i8"),
        ("client_prev", "u4"),  # the order that bore the same client id before
        ("detail", "u4"),  # row of DETAIL, 0 for a plain order
    ],
    align=True,
)
TRADE = np.dtype(
    [
        ("trade_id", "i8"),
        ("price_ticks", "i8"),
        ("quantity_lots", "i8"),
        ("taker_fee_atoms", "i8"),
        ("maker_fee_atoms", "i8"),
        ("time_ns", "i8"),
        ("taker_order", "u4"),
        ("maker_order", "u4"),
        ("taker_prev", "u4"),  # reference to the order's trade before this one
        ("maker_prev", "u4"),
    ],
    align=True,
)
PAIR = np.dtype(  # an account on a symbol
    [
        ("account", "u4"),
        ("symbol", "u4"),
        ("next", "u4"),  # the account's pair before this one
        ("open_head", "u4"),
        ("open_count", "u4"),
    ],
    align=True,
)
USED = np.dtype(
    [
        (name, "i8")
        for name in (
            *("orders", "trades", "pairs", "words", "texts", "clients"),
            *("details", "amendments", "preventions", "order_lists", "owners", "list_clients"),
            "legs_end",  # one above the order ids of the newest list's legs
            "rules",
        )
    ]
)
"""How many rows, words, bytes of each array and entries of the client indices are used, row 0 and block 0 included."""
TEXT_BYTES_MAX = 255
assert ORDER.itemsize == 120 and TRADE.itemsize == 64
"""One row of each per order and trade is most of what this view costs."""


class Store(NamedTuple):
    """All arrays of the fold; row 0 of orders, trades and pairs is never used."""

    used: np.ndarray  # USED[1]
    orders: np.ndarray  # ORDER, by order id
    trades: np.ndarray  # TRADE, as they happened
    pairs: np.ndarray  # PAIR
    lists: np.ndarray  # LIST: pair p's orders at 2p, its trade references at 2p + 1
    words: np.ndarray  # u4: the lists' blocks
    texts: np.ndarray  # u1: client ids, one after the other
    clients: np.ndarray  # ENTRY: (account, client digest) to the order that took it last
    pair_index: np.ndarray  # ENTRY: (account, symbol) to pair
    account_pairs: np.ndarray  # u4: by account, its newest pair
    details: np.ndarray  # DETAIL
    amendments: np.ndarray  # AMENDMENT, as they happened
    preventions: np.ndarray  # PREVENTION, as they happened
    order_lists: np.ndarray  # ORDER_LIST, by list id
    owners: np.ndarray  # OWNER
    owner_lists: np.ndarray  # LIST: owner o's order lists at o
    list_clients: np.ndarray  # ENTRY: (account, client digest) to the list that took it last
    owner_index: np.ndarray  # ENTRY: account to owner
    prevention_index: np.ndarray  # ENTRY: (symbol, prevented-match id) to prevention


_PLAIN_ROOM = {"orders": 1, "trades": 1, "pairs": 1, "words": 2 * BLOCK_WORDS_MAX, "texts": TEXT_BYTES_MAX}
_FACTS_ROOM = {"details": 2, "amendments": 1, "preventions": 1, "order_lists": 1, "owners": 1}
_ROOM = _PLAIN_ROOM | _FACTS_ROOM
"""What one event takes at most."""
_LENGTHS_MAX = dict.fromkeys(_ROOM, ROWS_MAX) | {"words": WORDS_MAX, "texts": 2**62}
_ROWS_ELSE = 2**12
_INDICES = {
    "clients": "clients",
    "pair_index": "pairs",
    "list_clients": "list_clients",
    "owner_index": "owners",
    "prevention_index": "preventions",
}
"""Each index, and what it has an entry for each of."""
_BESIDE = {"lists": (2, "pairs"), "owner_lists": (1, "owners")}
"""Arrays that grow with another, and how many rows they have for each of its."""
_ARRAYS_COUNT = len(Store._fields)
_WORDS_ROOM = _ROOM["words"]
_TEXTS_ROOM = _ROOM["texts"]
_DETAILS_ROOM = _ROOM["details"]


def new_store(rows_reserved: int) -> Store:
    """An empty store with room for so many orders, and what goes with them, before anything must be copied."""
    few = max(1, rows_reserved // 4)  # orders that are more than plain
    store = Store(
        used=np.zeros(1, USED),
        orders=reserved(rows_reserved, ORDER, _ROWS_ELSE),
        trades=reserved(2 * rows_reserved, TRADE, 2 * _ROWS_ELSE),
        pairs=reserved(rows_reserved, PAIR, _ROWS_ELSE),
        lists=reserved(2 * rows_reserved, LIST, 2 * _ROWS_ELSE),
        words=reserved(8 * rows_reserved, np.uint32, 8 * _ROWS_ELSE),
        texts=reserved(32 * rows_reserved, np.uint8, 32 * _ROWS_ELSE),
        clients=index_for(0),
        pair_index=index_for(0),
        account_pairs=np.zeros(1, np.uint32),
        details=reserved(few, DETAIL, _ROWS_ELSE),
        amendments=reserved(few, AMENDMENT, _ROWS_ELSE),
        preventions=reserved(few, PREVENTION, _ROWS_ELSE),
        order_lists=reserved(few, ORDER_LIST, _ROWS_ELSE),
        owners=reserved(few, OWNER, _ROWS_ELSE),
        owner_lists=reserved(few, LIST, _ROWS_ELSE),
        list_clients=index_for(0),
        owner_index=index_for(0),
        prevention_index=index_for(0),
    )
    for name in _ROOM.keys() - {"texts"}:  # row 0, and block 0, is "none"
        store.used[name] = 1
    store.used["rules"] = 1
    return store


@njit(**INLINE)
def store_at(address):
    """The store whose table is at `address`."""
    table = table_at(address, _ARRAYS_COUNT)
    return Store(
        array_at(table, 0, USED),
        array_at(table, 1, ORDER),
        array_at(table, 2, TRADE),
        array_at(table, 3, PAIR),
        array_at(table, 4, LIST),
        array_at(table, 5, np.uint32),
        array_at(table, 6, np.uint8),
        array_at(table, 7, ENTRY),
        array_at(table, 8, ENTRY),
        array_at(table, 9, np.uint32),
        array_at(table, 10, DETAIL),
        array_at(table, 11, AMENDMENT),
        array_at(table, 12, PREVENTION),
        array_at(table, 13, ORDER_LIST),
        array_at(table, 14, OWNER),
        array_at(table, 15, LIST),
        array_at(table, 16, ENTRY),
        array_at(table, 17, ENTRY),
        array_at(table, 18, ENTRY),
    )


@njit(**INLINE)
def room_for_one(store):
    """Whether any one event of a plain order fits."""
    used = store.used[0]
    return (
        used.orders < len(store.orders)
        and used.trades < len(store.trades)
        and used.pairs < len(store.pairs)
        and used.words + _WORDS_ROOM <= len(store.words)
        and used.texts + _TEXTS_ROOM <= len(store.texts)
        and index_has_room(store.clients, used.clients, 1)
        and index_has_room(store.pair_index, used.pairs, 1)
    )


@njit(**INLINE)
def room_for_facts(store):
    """Whether what only some orders have fits for any one event."""
    used = store.used[0]
    return (
        used.details + _DETAILS_ROOM <= len(store.details)
        and used.amendments < len(store.amendments)
        and used.preventions < len(store.preventions)
        and used.order_lists < len(store.order_lists)
        and used.owners < len(store.owners)
        and index_has_room(store.list_clients, used.list_clients, 1)
        and index_has_room(store.owner_index, used.owners, 1)
        and index_has_room(store.prevention_index, used.preventions, 1)
    )


def grown(store: Store) -> Store:
    """The store with whatever has no room for one more event doubled."""
    used = {name: int(store.used[0][name]) for name in USED.names}
    changed = {}
    for name, room in _ROOM.items():
        array = getattr(store, name)
        if used[name] + room > len(array):
            assert used[name] + room <= _LENGTHS_MAX[name], f"no more {name}: row numbers end here"
            changed[name] = longer(array, min(2 * len(array) + room, _LENGTHS_MAX[name]))
    for name, (factor, grows_with) in _BESIDE.items():
        if grows_with in changed:
            changed[name] = longer(getattr(store, name), factor * len(changed[grows_with]))
    for name, counted in _INDICES.items():
        if not index_has_room(getattr(store, name), used[counted], 1):
            changed[name] = index_for(2 * used[counted])
            index_rebuild(getattr(store, name), changed[name])
    return store._replace(**changed)


def used_part(store: Store) -> dict[str, np.ndarray]:
    """The arrays by name, each as far as it is used; not copied."""
    used = store.used[0]
    lengths = {name: int(used[name]) for name in _ROOM}
    lengths |= {name: factor * int(used[grows_with]) for name, (factor, grows_with) in _BESIDE.items()}
    return {name: array[: lengths.get(name, len(array))] for name, array in store._asdict().items()}


def restored(rows_reserved: int, arrays: Mapping[str, np.ndarray]) -> Store:
    """A store from what used_part gave of another."""
    empty = new_store(rows_reserved)
    rows = {name: filled(getattr(empty, name), arrays[name]) for name in (*_ROOM, *_BESIDE)}
    return Store(**rows, **{name: copied(arrays[name]) for name in ("used", *_INDICES, "account_pairs")})
