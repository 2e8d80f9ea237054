"""The arrays that are the core's state, the table of pointers to them, and their growth by doubling."""

import mmap
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from venus.core.kernels import layout
from venus.core.kernels.batch import short_of
from venus.core.kernels.book import order_ids_rebuild
from venus.core.kernels.entries import addresses
from venus.core.kernels.index import index_rebuild
from venus.core.kernels.ladder import DIGITS_MAX
from venus.core.kernels.layout import ARRAYS
from venus.records.record_copies import put_records

_DTYPES = dict(ARRAYS)
_SCRATCH = ("events", "commands", "drafts", "paid_before")
_DRAFTS = 4  # one that enters, three legs of a list
_EVENTS_AT = 2 * list(_DTYPES).index("events")
_HUGE_PAGE_BYTES = 1 << 21
_RING = 4  # places of the ring of order ids for each order
_INDEXED = {
    "orders": ("client_index", "order_index"),
    "balances": ("balance_index",),
    "references": ("reference_index",),
}
_POOL_OF = {
    layout.SHORT_OF_ORDERS: "orders",
    layout.SHORT_OF_LEVELS: "levels",
    layout.SHORT_OF_NODES: "nodes",
    layout.SHORT_OF_BALANCES: "balances",
    layout.SHORT_OF_REFERENCES: "references",
    layout.SHORT_OF_WAITS: "waits",
    layout.SHORT_OF_LISTS: "lists",
    layout.SHORT_OF_EVENTS: "events",
}


class Capacity(NamedTuple):
    """First lengths of the pools; a power of two where an index hangs on it."""

    orders: int
    levels: int
    nodes: int
    balances: int
    references: int
    waits: int
    lists: int
    accounts: int
    events: int


CAPACITY = Capacity(1 << 14, 1 << 12, 1 << 10, 1 << 14, 1 << 10, 1 << 8, 1 << 6, 1 << 10, 1 << 16)
CAPACITY_LEAST = Capacity(4, 4, 2 * DIGITS_MAX + 2, 8, 4, 4, 2, 1, 16)
"""As small as it can be: for tests in which everything grows."""


def _zeros(length: int, dtype: np.dtype) -> np.ndarray:
    """Zeroed array that starts a page, in huge pages where the system has them: a balance is a random access."""
    size_bytes = max(1, length * dtype.itemsize)
    # Private, so that a forked child keeps what it saw when it was forked.
    region = mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE") and size_bytes >= _HUGE_PAGE_BYTES:
        region.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(region, dtype, length)


class Memory:
    """Arrays by name. Pools have slot 0 unused; indexes are twice as long as their pool."""

    def __init__(self, capacity: Capacity) -> None:
        lengths = {
            "counters": layout.COUNTERS,
            "symbols": 4,
            "books": 8,
            "assets": 4,
            "tiers": 16,
            "accounts": capacity.accounts,
            "orders": capacity.orders,
            "levels": capacity.levels,
            "nodes": capacity.nodes,
            "children": 64 * capacity.nodes,
            "balances": capacity.balances,
            "references": capacity.references,
            "client_index": 2 * capacity.orders,
            "order_ring": _RING * capacity.orders,
            "order_index": 2 * capacity.orders,
            "balance_index": 2 * capacity.balances,
            "reference_index": 2 * capacity.references,
            "triggers": 8,
            "rules": 4,
            "averages": 4 * layout.AVERAGE_MINUTES,
            "waits": capacity.waits,
            "lists": capacity.lists,
            # The first place of these is never used.
            "currencies": 1,
            "operators": layout.OPERATORS_MAX,
            "wallet_classes": layout.CLASSES_MAX,
            "wallets": 1,
            "paid_before": 3 * layout.LINKED_MAX,
            "drafts": _DRAFTS,
            "events": capacity.events,
            "commands": 0,
        }
        self.arrays = {name: _zeros(lengths[name], dtype) for name, dtype in ARRAYS}
        for used in (
            layout.ORDERS_USED,
            layout.LEVELS_USED,
            layout.NODES_USED,
            layout.BALANCES_USED,
            layout.REFERENCES_USED,
            layout.WAITS_USED,
            layout.LISTS_USED,
            layout.NEXT_ORDER_ID,
            layout.NEXT_LIST_ID,
            layout.RULES_VERSION,
        ):
            self.counters[used] = 1
        self._tabulate()

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    @property
    def counters(self) -> np.ndarray:
        return self.arrays["counters"]

    def _tabulate(self) -> None:
        calls = addresses()
        self._table = np.zeros(2 * len(ARRAYS) + len(calls), np.int64)
        self._table[2 * len(ARRAYS) :] = calls
        self.table = self._table.ctypes.data
        for i, name in enumerate(_DTYPES):
            self._table[2 * i] = self.arrays[name].ctypes.data
            self._table[2 * i + 1] = len(self.arrays[name])

    def take_commands(self, commands: np.ndarray) -> None:
        """Let kernels see these commands; they must stay alive until the next call."""
        self.arrays["commands"] = commands
        place = 2 * len(ARRAYS) - 2  # the last of the arrays
        self._table[place] = commands.ctypes.data
        self._table[place + 1] = len(commands)

    def take_events(self, events: np.ndarray) -> None:
        """Let kernels write events here from now on, from its first record; one that is too short is replaced."""
        self.arrays["events"] = events
        self._table[_EVENTS_AT] = events.ctypes.data
        self._table[_EVENTS_AT + 1] = len(events)
        self.counters[layout.EVENTS_COUNT] = 0

    def _lengthen(self, name: str, length: int) -> None:
        old = self.arrays[name]
        new = _zeros(length, _DTYPES[name])
        put_records(new, old)
        self.arrays[name] = new

    def grow(self, name: str, length: int) -> None:
        """Lengthen an array by doubling until it has `length` records; a pool takes its indexes along."""
        doubled = max(1, len(self.arrays[name]))
        while doubled < length:
            doubled *= 2
        if doubled == len(self.arrays[name]):
            return
        self._lengthen(name, doubled)
        if name == "nodes":
            self._lengthen("children", 64 * doubled)
        for index in _INDEXED.get(name, ()):
            new = _zeros(2 * doubled, layout.INDEX)
            if index == "order_index":
                ring = _zeros(_RING * doubled, layout.CHILD)
                order_ids_rebuild(self.arrays["orders"], self.arrays["order_ring"], self.arrays[index], ring, new)
                self.arrays["order_ring"] = ring
            else:
                index_rebuild(self.arrays[index], new)
            self.arrays[index] = new
        self._tabulate()

    def relieve(self, shortage: int) -> None:
        """Double the pool that a kernel was short of."""
        pool = _POOL_OF[shortage]
        self.grow(pool, 2 * len(self.arrays[pool]))

    def make_room(self) -> None:
        """Room for one more command of any kind behind the events that there are."""
        while (shortage := short_of(self.table)) != layout.SHORT_OF_NOTHING:
            self.relieve(shortage)

    def used(self) -> dict[str, np.ndarray]:
        """The part of each array that is state, for a snapshot; views, not copies."""
        counters = self.counters
        lengths = {
            "symbols": counters[layout.SYMBOLS_COUNT],
            "books": 2 * counters[layout.SYMBOLS_COUNT],
            "assets": counters[layout.ASSETS_COUNT],
            "accounts": counters[layout.ACCOUNTS_COUNT],
            "orders": counters[layout.ORDERS_USED],
            "levels": counters[layout.LEVELS_USED],
            "nodes": counters[layout.NODES_USED],
            "children": 64 * counters[layout.NODES_USED],
            "balances": counters[layout.BALANCES_USED],
            "references": counters[layout.REFERENCES_USED],
            "triggers": 2 * counters[layout.SYMBOLS_COUNT],
            "rules": counters[layout.SYMBOLS_COUNT],
            "averages": layout.AVERAGE_MINUTES * counters[layout.SYMBOLS_COUNT],
            "waits": counters[layout.WAITS_USED],
            "lists": counters[layout.LISTS_USED],
            "currencies": 1 + counters[layout.CURRENCIES_COUNT],
            "operators": layout.OPERATORS_MAX * (1 + counters[layout.CURRENCIES_COUNT]),
            "wallet_classes": layout.CLASSES_MAX * (1 + counters[layout.CURRENCIES_COUNT]),
            "wallets": 1 + counters[layout.WALLETS_COUNT],
        }
        return {
            name: array[: lengths.get(name, len(array))] for name, array in self.arrays.items() if name not in _SCRATCH
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take the arrays of `used()` back; indexes tell the lengths of their pools."""
        for pool, indexes in _INDEXED.items():
            self.arrays[pool] = _zeros(len(arrays[indexes[0]]) // 2, _DTYPES[pool])
        for name, dtype in _DTYPES.items():
            if name in _SCRATCH:
                continue
            array = arrays[name]
            assert array.dtype == dtype, name
            length = max(len(array), len(self.arrays[name]))
            self.arrays[name] = _zeros(length, dtype)
            put_records(self.arrays[name], array)
        if len(self.arrays["children"]) != 64 * len(self.arrays["nodes"]):
            self._lengthen("children", 64 * len(self.arrays["nodes"]))
        self._tabulate()
