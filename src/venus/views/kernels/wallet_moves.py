"""The fold of payments into what is kept of wallets: their movements, and what families paid on a day.

One pass, nothing in Python per event. Source: docs/rules/currency.md; docs/rules/events.md.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from venus.records.commands import COMMAND, CommandKind
from venus.records.events import EVENT, EventFlag, EventKind
from venus.views.kernels.index import INLINE, INLINE_AND_CALLED, JIT
from venus.views.kernels.tables import array_at, prefetch, table_at, unowned

WALLET = np.dtype(
    [
        ("day_paid_atoms", "i8"),  # root: of the family, on `day`
        ("year_paid_atoms", "i8"),  # root: in the year of `day`
        ("line_atoms", "i8"),
        ("root", "i4"),  # -1: no wallet
        ("currency", "u4"),
        ("day", "u4"),
        ("category", "u2"),
        ("operator", "u1"),  # that opened it
        ("wallet_class", "u1"),  # root
        ("marks", "u1"),
    ],
    align=True,
)
MOVEMENT = np.dtype(
    [
        ("sequence", "i8"),
        ("time_ns", "i8"),
        ("atoms", "i8"),
        ("reference_hi", "i8"),
        ("reference_lo", "i8"),
        ("payer_before", "i8"),  # number of the wallet's movement before this one; 0: none
        ("payee_before", "i8"),
        ("payer", "u4"),
        ("payee", "u4"),
        ("kind", "u2"),
    ],
    align=True,
)
DAY = np.dtype([("day", "i8"), ("year_first", "i8")])
"""A currency's day, and the first of its year; since 1970."""


class Moves(NamedTuple):
    """All arrays of the fold."""

    count: np.ndarray  # int64[1]: movements there were
    wallets: np.ndarray  # WALLET, by account
    movements: np.ndarray  # MOVEMENT: number n at n modulo the length
    newest: np.ndarray  # int64: number of an account's newest movement, by account
    days: np.ndarray  # DAY, by asset


_ARRAYS_COUNT = len(Moves._fields)
_AHEAD = 8
"""How many events ahead wallets are asked for; measured with benchmarks/transfers.py."""
_SUM_MAX = 2**62
_TRANSFER = int(CommandKind.TRANSFER)
_REPEATED, _TIMER = int(EventFlag.REPEATED), int(EventFlag.TIMER)
_TRANSFERRED, _POURED = int(EventKind.TRANSFERRED), int(EventKind.POURED)
_WHY = tuple(
    int(kind)
    for kind in (
        EventKind.REFUNDED,
        EventKind.INTEREST_PAID,
        EventKind.POURED,
        EventKind.HOLD_EXECUTED,
        EventKind.SPENT,
        EventKind.TRANSFER_AUTHORIZED,
        EventKind.SCHEDULE_PAID,
        EventKind.PURPOSE_SPENT,
        EventKind.PURSE_FUNDED,
        EventKind.PURSE_PAID,
        EventKind.PURSE_CLOSED,
        EventKind.ESCROW_PAID_BY_WALLET,
    )
)
"""Events that stand behind the movement whose reason they are: right behind, or behind what went on to a bank."""


@njit(**INLINE)
def _moves_at(address):
    """The arrays whose table is at `address`."""
    table = table_at(address, _ARRAYS_COUNT)
    return Moves(
        array_at(table, 0, np.int64),
        array_at(table, 1, WALLET),
        array_at(table, 2, MOVEMENT),
        array_at(table, 3, np.int64),
        array_at(table, 4, DAY),
    )


@njit(**JIT)
def fold_moves(
    table: int,
    events: np.ndarray,
    commands: np.ndarray,
    first_sequence: int,
    time_ns: int,
    reference_hi: int,
    reference_lo: int,
) -> None:
    """Fold the money that moved; there is room for every event.

    table      int64       address of the table of Moves
    events     EVENT[m]
    commands   COMMAND[n]  the frame's, whose sequences begin at first_sequence; none of a cold frame, whose payments
                           are counted by whoever knows its command
    reference  digest of a cold command's
    """
    moves = _moves_at(table)
    events = unowned(events, EVENT)
    commands = unowned(commands, COMMAND)
    for i in range(len(events)):
        if i + _AHEAD < len(events):
            _look_ahead(moves, events[i + _AHEAD])
        event = events[i]
        if event.flags & _REPEATED != 0:
            continue
        if event.kind == _TRANSFERRED:
            payer, payee = np.int64(event.account), np.int64(event.maker_account)
            hi, lo = np.int64(0), np.int64(0)
            if event.flags & _TIMER == 0:
                if len(commands) == 0:
                    hi, lo = reference_hi, reference_lo
                else:
                    command = commands[event.sequence - first_sequence]
                    hi, lo = command.client_hi, command.client_lo
                    is_payers = command.kind == _TRANSFER and np.int64(command.account) == payer
                    if is_payers and command.target_lo == payee:
                        count_payment(moves.wallets, moves.days, payer, payee, event.quantity_lots)
            if _root(moves.wallets, payer) >= 0 or _root(moves.wallets, payee) >= 0:
                _move(moves, event, payer, payee, hi, lo, _why(events, i), time_ns)
        elif event.kind == _POURED:
            moves.wallets[event.account].line_atoms = event.remaining_lots


@njit(**INLINE)
def _look_ahead(moves, event):
    """What an event will touch, whatever it is: only ever an address."""
    prefetch(moves.wallets, np.int64(event.account))
    prefetch(moves.wallets, np.int64(event.maker_account))
    prefetch(moves.newest, np.int64(event.account))
    prefetch(moves.newest, np.int64(event.maker_account))


@njit(**INLINE)
def _root(wallets, account):
    """The root of an account's family; -1 if it is no wallet."""
    return np.int64(wallets[account].root) if account < len(wallets) else np.int64(-1)


@njit(**INLINE_AND_CALLED)
def count_payment(wallets: np.ndarray, days: np.ndarray, payer: int, payee: int, atoms: int) -> None:
    """Count a payment out of a wallet to another family in its family's day and year.

    wallets  WALLET[n]
    days     DAY[k]  by asset
    A sum stops at 2^62, as the core's does.
    """
    root = _root(wallets, payer)
    if root < 0 or root == _root(wallets, payee):
        return
    wallet = wallets[root]
    day = days[wallet.currency]
    if np.int64(wallet.day) != day.day:
        wallet.day_paid_atoms = 0
    if np.int64(wallet.day) < day.year_first:
        wallet.year_paid_atoms = 0
    wallet.day = day.day
    wallet.day_paid_atoms = _sum(wallet.day_paid_atoms, atoms)
    wallet.year_paid_atoms = _sum(wallet.year_paid_atoms, atoms)


@njit(**INLINE)
def _sum(paid, atoms):
    return paid + atoms if atoms < _SUM_MAX - paid else np.int64(_SUM_MAX)


@njit(**INLINE)
def _move(moves, event, payer, payee, reference_hi, reference_lo, kind, time_ns):
    """Append a movement to the chains of those sides that are wallets."""
    number = moves.count[0] + 1
    moves.count[0] = number
    movement = moves.movements[number % len(moves.movements)]
    movement.sequence = event.sequence
    movement.time_ns = time_ns
    movement.atoms = event.quantity_lots
    movement.reference_hi = reference_hi
    movement.reference_lo = reference_lo
    movement.payer = payer
    movement.payee = payee
    movement.kind = kind
    movement.payer_before = _chained(moves, payer, number)
    movement.payee_before = _chained(moves, payee, number)


@njit(**INLINE)
def _chained(moves, account, number):
    """Make a movement its wallet's newest; returns the one before."""
    if _root(moves.wallets, account) < 0:
        return np.int64(0)
    before = moves.newest[account]
    moves.newest[account] = number
    return before


@njit(**INLINE)
def _is_same(events, i, place):
    """Whether there is an event at a place, of the same command as events[i]."""
    return place < len(events) and events[place].sequence == events[i].sequence


@njit(**INLINE)
def _why(events, i):
    """Why money moved: the kind of the event right behind, where that says it, or behind what a bank account took."""
    behind = i + 1
    if _is_same(events, i, i + 2) and events[i + 1].kind == _TRANSFERRED and events[i + 2].kind == _POURED:
        behind = i + 3
    if _is_same(events, i, behind) and events[behind].kind in _WHY:
        return np.int64(events[behind].kind)
    return np.int64(_TRANSFERRED)
