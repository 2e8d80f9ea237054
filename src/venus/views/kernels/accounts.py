"""The fold of events into balances.

Source: docs/rules/events.md, "Balances from events". Every sum stays in int64 because the core keeps every balance
within ±2^62 (docs/rules/ledger.md) and every notional below it (docs/rules/controls.md, "Proof of limits").
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from venus.records.commands import Side
from venus.records.events import EVENT, EventFlag, EventKind
from venus.views.kernels.index import (
    ENTRY,
    INLINE,
    JIT,
    ROWS_MAX,
    index_for,
    index_has_room,
    index_insert,
    index_rebuild,
    tag_of,
)
from venus.views.kernels.reserve import longer, reserved
from venus.views.kernels.tables import array_at, prefetch, table_at, unowned

BALANCE = np.dtype([("free_atoms", "i8"), ("held_atoms", "i8"), ("account", "u4"), ("asset", "u4")], align=True)
GRID = np.dtype(  # of a symbol
    [("base_asset", "i8"), ("quote_asset", "i8"), ("lot_atoms", "i8"), ("tick_lot_atoms", "i8")], align=True
)
BALANCES_PER_EVENT_MAX = 6
"""A trade touches base and quote of taker, maker and house."""

_ACCEPTED = int(EventKind.ACCEPTED)
_TRADE = int(EventKind.TRADE)
_CANCELED = int(EventKind.CANCELED)
_EXPIRED = int(EventKind.EXPIRED)
_AMENDED = int(EventKind.AMENDED)
_PREVENTED = int(EventKind.PREVENTED)
_TRANSFERRED = int(EventKind.TRANSFERRED)
_TRIGGERED = int(EventKind.TRIGGERED)
_STARTED = int(EventKind.STARTED)
_LOCKED = int(EventKind.LOCKED)
_HELD = int(EventKind.HELD)
_MOVED = int(EventFlag.MOVED)
_REPEATED = int(EventFlag.REPEATED)
_BUY = int(Side.BUY)
_HOUSE = np.int64(0)
_FAR, _NEAR = 16, 8
"""How many events ahead a payment's balances are looked for; measured with benchmarks/transfers.py."""


class Book(NamedTuple):
    """All arrays of the fold."""

    used: np.ndarray  # int64[1]: rows of balances in use, row 0 ("none") included
    balances: np.ndarray  # BALANCE
    index: np.ndarray  # ENTRY: (account, asset) to its balance
    grids: np.ndarray  # GRID by symbol
    updated_ns: np.ndarray  # int64 by account


_ROWS_ELSE = 2**12
_ARRAYS_COUNT = len(Book._fields)


def new_book(rows_reserved: int) -> Book:
    """An empty book with room for so many balances before they must be copied."""
    return Book(
        used=np.ones(1, np.int64),
        balances=reserved(rows_reserved, BALANCE, _ROWS_ELSE),
        index=index_for(0),
        grids=np.zeros(0, GRID),
        updated_ns=np.zeros(1, np.int64),
    )


@njit(**INLINE)
def book_at(address):
    """The book whose table is at `address`."""
    table = table_at(address, _ARRAYS_COUNT)
    return Book(
        array_at(table, 0, np.int64),
        array_at(table, 1, BALANCE),
        array_at(table, 2, ENTRY),
        array_at(table, 3, GRID),
        array_at(table, 4, np.int64),
    )


@njit(**INLINE)
def _has_room(book):
    return book.used[0] + BALANCES_PER_EVENT_MAX <= len(book.balances) and index_has_room(
        book.index, book.used[0], BALANCES_PER_EVENT_MAX
    )


def grown(book: Book) -> Book:
    """The book with whatever has no room for one more event doubled."""
    used_count = int(book.used[0])
    changed = {}
    if used_count + BALANCES_PER_EVENT_MAX > len(book.balances):
        assert used_count + BALANCES_PER_EVENT_MAX <= ROWS_MAX, "no more balances: row numbers end here"
        length = min(2 * len(book.balances) + BALANCES_PER_EVENT_MAX, ROWS_MAX)
        changed["balances"] = longer(book.balances, length)
    if not index_has_room(book.index, used_count, BALANCES_PER_EVENT_MAX):
        changed["index"] = index_for(2 * used_count)
        index_rebuild(book.index, changed["index"])
    return book._replace(**changed)


@njit(**JIT)
def fold_balances(table: int, start: int, events: np.ndarray, time_ns: int) -> int:
    """Fold events[start:]; returns the position of the first that had no room, or len(events).

    table   int64     address of the table of a Book
    events  EVENT[n]
    """
    book = book_at(table)
    events = unowned(events, EVENT)
    for i in range(start, len(events)):
        _look_ahead(book, events, i)
        event = events[i]
        kind = event.kind
        if not _has_room(book):
            return i
        if kind == _TRADE:
            _trade(book, event, time_ns)
        elif kind in (_ACCEPTED, _CANCELED, _EXPIRED, _AMENDED, _TRIGGERED, _STARTED, _LOCKED):
            if event.hold_atoms != 0:
                grid = book.grids[event.symbol]
                asset = grid.quote_asset if event.side == _BUY else grid.base_asset
                _hold(book, np.int64(event.account), asset, event.hold_atoms, time_ns)
        elif kind == _PREVENTED:
            if event.flags & _MOVED != 0:
                _exchange(book, event, time_ns)
            elif event.hold_atoms != 0:
                grid = book.grids[event.symbol]
                asset = grid.base_asset if event.side == _BUY else grid.quote_asset
                _hold(book, np.int64(event.maker_account), asset, event.hold_atoms, time_ns)
        elif kind == _TRANSFERRED and event.flags & _REPEATED == 0:
            asset = np.int64(event.symbol)
            _add(book, np.int64(event.account), asset, -event.quantity_lots, 0, time_ns)
            _add(book, np.int64(event.maker_account), asset, event.quantity_lots, 0, time_ns)
        elif kind == _HELD:
            _hold(book, np.int64(event.account), np.int64(event.symbol), event.hold_atoms, time_ns)
    return len(events)


@njit(**INLINE)
def _look_ahead(book, events, i):
    """Ask for the index's entries of later payments, and then for what they lead to: only ever addresses.

    Payments are between any of all wallets; those who trade are few enough to be near.
    """
    if i + _FAR < len(events):
        event = events[i + _FAR]
        if event.kind == _TRANSFERRED:
            prefetch(book.index, _slot(book, event.account, event.symbol))
            prefetch(book.index, _slot(book, event.maker_account, event.symbol))
    if i + _NEAR < len(events):
        event = events[i + _NEAR]
        if event.kind == _TRANSFERRED:
            prefetch(book.balances, np.int64(book.index[np.uint32(_slot(book, event.account, event.symbol))].row))
            prefetch(book.balances, np.int64(book.index[np.uint32(_slot(book, event.maker_account, event.symbol))].row))
            prefetch(book.updated_ns, np.int64(event.account))
            prefetch(book.updated_ns, np.int64(event.maker_account))


@njit(**INLINE)
def _slot(book, account, asset):
    """Where the index is first looked into."""
    return tag_of(np.int64(account), np.int64(asset)) & (len(book.index) - 1)


@njit(**INLINE)
def _trade(book, event, time_ns):
    """Base and quote change hands; each side's fee comes off what it received and goes to the house."""
    _exchange(book, event, time_ns)
    grid = book.grids[event.symbol]
    taker_gets, maker_gets = grid.quote_asset, grid.base_asset
    if event.side == _BUY:
        taker_gets, maker_gets = maker_gets, taker_gets
    _fee(book, np.int64(event.account), taker_gets, event.taker_fee_atoms, time_ns)
    _fee(book, np.int64(event.maker_account), maker_gets, event.maker_fee_atoms, time_ns)


@njit(**INLINE)
def _exchange(book, event, time_ns):
    """The taker pays from free, the maker from held."""
    grid = book.grids[event.symbol]
    base_atoms = event.quantity_lots * grid.lot_atoms
    quote_atoms = event.price_ticks * event.quantity_lots * grid.tick_lot_atoms
    taker, maker = np.int64(event.account), np.int64(event.maker_account)
    if event.side == _BUY:
        _add(book, taker, grid.quote_asset, -quote_atoms, 0, time_ns)
        _add(book, taker, grid.base_asset, base_atoms, 0, time_ns)
        _add(book, maker, grid.base_asset, 0, -base_atoms, time_ns)
        _add(book, maker, grid.quote_asset, quote_atoms, 0, time_ns)
    else:
        _add(book, taker, grid.base_asset, -base_atoms, 0, time_ns)
        _add(book, taker, grid.quote_asset, quote_atoms, 0, time_ns)
        _add(book, maker, grid.quote_asset, 0, -quote_atoms, time_ns)
        _add(book, maker, grid.base_asset, base_atoms, 0, time_ns)


@njit(**INLINE)
def _fee(book, account, asset, fee_atoms, time_ns):
    if fee_atoms != 0:
        _add(book, account, asset, -fee_atoms, 0, time_ns)
        _add(book, _HOUSE, asset, fee_atoms, 0, time_ns)


@njit(**INLINE)
def _hold(book, account, asset, hold_atoms, time_ns):
    """Move from free to held, or back if negative."""
    _add(book, account, asset, -hold_atoms, hold_atoms, time_ns)


@njit(**INLINE)
def _add(book, account, asset, free_atoms, held_atoms, time_ns):
    """Change a balance, which is made if it is the first of its account in the asset."""
    row = find_balance(book, account, asset)
    if row == 0:
        row = book.used[0]
        book.used[0] = row + 1
        book.balances[row].account = account
        book.balances[row].asset = asset
        index_insert(book.index, tag_of(account, asset), row)
    balance = book.balances[row]
    balance.free_atoms += free_atoms
    balance.held_atoms += held_atoms
    book.updated_ns[account] = time_ns


@njit(**INLINE)
def find_balance(book, account, asset):
    """Row of an account's balance in an asset, 0 if it never had any."""
    mask = len(book.index) - 1
    tag = tag_of(account, asset)
    i = tag & mask
    while True:
        entry = book.index[np.uint32(i)]
        if entry.row == 0:
            return np.int64(0)
        if np.int64(entry.tag) == tag:
            balance = book.balances[entry.row]
            if np.int64(balance.account) == account and np.int64(balance.asset) == asset:
                return np.int64(entry.row)
        i = (i + 1) & mask


@njit(**JIT)
def balances_of(book: Book, account: int, rows: np.ndarray) -> int:
    """Rows of the account's balances by asset number, into rows int64[assets listed]; returns how many."""
    count = 0
    for asset in range(len(rows)):
        row = find_balance(book, account, np.int64(asset))
        if row != 0:
            rows[count] = row
            count += 1
    return count


@njit(**JIT)
def sum_balances(book: Book, totals: np.ndarray) -> None:
    """Add up all balances into totals int64[assets listed, 2]: free, held.

    A partial sum may wrap, the whole never does: held is at most 2^62, and free its negative.
    """
    for row in range(1, book.used[0]):
        balance = book.balances[row]
        totals[balance.asset, 0] += balance.free_atoms
        totals[balance.asset, 1] += balance.held_atoms
