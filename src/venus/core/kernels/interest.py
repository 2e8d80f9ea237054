"""The sweep that pays wallets what they earned, some at a time. Source: docs/rules/currency.md, "Interest"."""

import numpy as np
from numba import int64, njit, void

from venus.core.kernels.events import event_new
from venus.core.kernels.layout import (
    ACCOUNTS_COUNT,
    EVENTS_COUNT,
    INLINE,
    INTEREST_WHOLE,
    JIT,
    OPERATOR_BITS,
    OPERATORS_MAX,
)
from venus.core.kernels.payments import say_moved
from venus.core.kernels.state import state_at
from venus.core.kernels.wallets import (
    currency_of,
    day_paid_atoms,
    earn,
    earned_until_now,
    root_of,
    wallet_of,
    year_paid_atoms,
)
from venus.records.events import EventKind

_INTEREST_PAID = int(EventKind.INTEREST_PAID)
SAID_A_WALLET = 2
_WHOLE = np.int64(INTEREST_WHOLE)


@njit(**INLINE)
def _pay(s, slot, line, sequence, flags):
    """Pay a wallet its whole atoms if its operator's treasury has them."""
    wallet = s.wallets[np.uint32(slot)]
    owed = wallet.earned // _WHOLE
    if owed == 0:
        return
    operator = s.operators[wallet.operator]
    if s.balances[operator.treasury_slot].free_atoms < owed:
        line.owed_atoms += owed
        return
    wallet.earned -= owed * _WHOLE
    balance = s.balances[wallet.balance_slot]
    s.balances[operator.treasury_slot].free_atoms -= owed
    balance.free_atoms += owed
    s.wallets[np.uint32(root_of(s, slot))].counted_atoms += owed
    line.swept_atoms += owed
    line.swept_count += 1
    say_moved(s, sequence, flags, operator.treasury, balance.account, line.asset, owed)
    i = event_new(s, _INTEREST_PAID, sequence, balance.account, line.asset, 0)
    s.events[i].quantity_lots = owed
    s.events[i].maker_account = operator.treasury
    s.events[i].flags = flags


@njit(int64(int64, int64, int64, int64, int64), **JIT)
def sweep_interest(table, currency, wallets_max, sequence, flags):
    """Go on with a currency's sweep over as many wallets, or until events have no room; returns how many are left."""
    s = state_at(table)
    line = s.currencies[np.uint32(currency)]
    slot, stop = np.int64(line.sweep_next), np.int64(line.sweep_stop)
    last = min(stop, slot + wallets_max)
    while slot < last and s.counters[EVENTS_COUNT] + SAID_A_WALLET <= len(s.events):
        if np.int64(s.wallets[np.uint32(slot)].operator) >> OPERATOR_BITS == currency:
            earn(s, slot)
            _pay(s, slot, line, sequence, flags)
        slot += 1
    line.sweep_next = slot
    return stop - slot


@njit(void(int64, int64), **JIT)
def earn_until_now(table, wallet):
    """Count what a wallet earned until now."""
    earn(state_at(table), wallet)


@njit(**JIT)
def wallets_tell(table, rows):
    """Write what each wallet is, whatever of it was already counted; docs/rules/digest.md, WALLETS.

    rows  int64[wallets, 12]  out
    """
    s = state_at(table)
    for account in range(s.counters[ACCOUNTS_COUNT]):
        slot = wallet_of(s, account)
        if slot == 0:
            continue
        wallet, row = s.wallets[np.uint32(slot)], rows[slot - 1]
        row[0] = account
        row[1] = wallet.operator & np.int64(OPERATORS_MAX - 1)
        row[2] = currency_of(s, slot).asset
        row[3] = wallet.wallet_class
        row[4] = wallet.category
        row[5] = wallet.marks
        row[6] = wallet.root
        row[7] = wallet.line_atoms
        row[8] = earned_until_now(s, slot)
        row[9:] = 0
        if root_of(s, slot) == slot:
            row[9] = wallet.counted_atoms
            row[10] = day_paid_atoms(s, slot)
            row[11] = year_paid_atoms(s, slot)
