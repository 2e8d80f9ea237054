"""Where orders, trades and an account's lists of them lie in memory, and how that grows."""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit

from venus.views.kernels.index import (
    ENTRY,
    INLINE,
    ROWS_MAX,
    index_for,
    index_has_room,
    index_rebuild,
)
from venus.views.kernels.postings import BLOCK_WORDS_MAX, LIST, WORDS_MAX
from venus.views.kernels.reserve import filled, longer, reserved
from venus.views.kernels.tables import array_at, table_at


class OrderStatus(IntEnum):
    """Source: Binance enums.md, "Order status"; the numbers are ours."""

    NEW = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 4
    EXPIRED = 5
    EXPIRED_IN_MATCH = 6  # ended by self-trade prevention


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
        ("reserved", "u4"),
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
USED = np.dtype([(name, "i8") for name in ("orders", "trades", "pairs", "words", "texts", "clients")])
"""How many rows, words, bytes of each array and entries of the client index are in use, row 0 and block 0 included."""
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


_ROOM = {"orders": 1, "trades": 1, "pairs": 1, "words": 2 * BLOCK_WORDS_MAX, "texts": TEXT_BYTES_MAX}
"""What one event takes at most."""
_LENGTHS_MAX = {"orders": ROWS_MAX, "trades": ROWS_MAX, "pairs": ROWS_MAX, "words": WORDS_MAX, "texts": 2**62}
_ROWS_ELSE = 2**12
_INDICES = ("clients", "pair_index")
_ARRAYS_COUNT = len(Store._fields)
_WORDS_ROOM = _ROOM["words"]
_TEXTS_ROOM = _ROOM["texts"]


def new_store(rows_reserved: int) -> Store:
    """An empty store with room for so many orders, and what goes with them, before anything must be copied."""
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
    )
    for name in ("orders", "trades", "pairs", "words"):  # row 0, and block 0, is "none"
        store.used[name] = 1
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
    )


@njit(**INLINE)
def room_for_one(store):
    """Whether any one event fits."""
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


def grown(store: Store) -> Store:
    """The store with whatever has no room for one more event doubled."""
    used = {name: int(store.used[0][name]) for name in USED.names}
    changed = {}
    for name, room in _ROOM.items():
        array = getattr(store, name)
        if used[name] + room > len(array):
            assert used[name] + room <= _LENGTHS_MAX[name], f"no more {name}: row numbers end here"
            changed[name] = longer(array, min(2 * len(array) + room, _LENGTHS_MAX[name]))
    if "pairs" in changed:
        changed["lists"] = longer(store.lists, 2 * len(changed["pairs"]))
    for name, count in zip(_INDICES, (used["clients"], used["pairs"]), strict=True):
        if not index_has_room(getattr(store, name), count, 1):
            changed[name] = index_for(2 * count)
            index_rebuild(getattr(store, name), changed[name])
    return store._replace(**changed)


def used_part(store: Store) -> dict[str, np.ndarray]:
    """The arrays by name, each as far as it is used; not copied."""
    lengths = {name: int(store.used[0][name]) for name in _ROOM} | {"lists": 2 * int(store.used[0]["pairs"])}
    return {name: array[: lengths.get(name, len(array))] for name, array in store._asdict().items()}


def restored(rows_reserved: int, arrays: Mapping[str, np.ndarray]) -> Store:
    """A store from what used_part gave of another."""
    empty = new_store(rows_reserved)
    rows = {name: filled(getattr(empty, name), arrays[name]) for name in (*_ROOM, "lists")}
    return Store(**rows, **{name: arrays[name].copy() for name in ("used", *_INDICES, "account_pairs")})
