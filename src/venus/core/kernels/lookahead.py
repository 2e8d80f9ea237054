"""Loading what later commands will need, so that a batch waits for memory once and not once a command.

A command names an account, a symbol and a client id; where their records lie is only known through an index. So the
loads are asked for in two steps, each some commands before the next can use it. Nothing here changes anything that can
be observed: what is read may be stale or of a malformed command, and is only ever used as an address within bounds.
"""

import numpy as np
from numba import njit

from venus.core.kernels.book import client_tag
from venus.core.kernels.index import tag_of
from venus.core.kernels.layout import ACCOUNTS_COUNT, INLINE, SYMBOLS_COUNT
from venus.core.kernels.words import prefetch
from venus.records.commands import AccountKind, CommandFlag, CommandKind

_ORDER, _CANCEL = int(CommandKind.ORDER), int(CommandKind.CANCEL)
_WALLET = int(AccountKind.WALLET)
_BY_ID = int(CommandFlag.TARGET_IS_ORDER_ID)
FAR, MIDDLE = 10, 5
"""How many commands ahead each step looks; measured with benchmarks/core.py."""
TRANSFERS_GROUP = 8
TRANSFER_FAR, TRANSFER_MIDDLE, TRANSFER_NEAR = 3 * TRANSFERS_GROUP, 2 * TRANSFERS_GROUP, TRANSFERS_GROUP
"""The same for a run of transfers, a group at a time: a load that is asked for leaves the processor's window only when
its page is found, and in a row pages are found side by side; measured with benchmarks/transfers.py."""


@njit(**INLINE)
def _target_tag(command):
    return client_tag(command.account, command.target_hi, command.target_lo)


@njit(**INLINE)
def _own_tag(command):
    return client_tag(command.account, command.client_hi, command.client_lo)


@njit(**INLINE)
def _prefetch_balance(s, account, asset):
    """The balance's record, if the first entry that its index leads to is its own."""
    entry = s.balance_index[np.uint32(tag_of(np.int64(account), np.int64(asset)) & (len(s.balance_index) - 1))]
    prefetch(s.balances, np.int64(entry.slot))


@njit(**INLINE)
def _target_slot(s, command):
    """Slot that the index's first entry for a cancel leads to, or 0: a guess."""
    return np.int64(s.client_index[np.uint32(_target_tag(command) & (len(s.client_index) - 1))].slot)


@njit(**INLINE)
def _far(s, command):
    """Entries of indexes."""
    if command.kind == _ORDER and command.subject < s.counters[SYMBOLS_COUNT]:
        symbol = s.symbols[command.subject]
        account = np.int64(command.account)
        mask = len(s.balance_index) - 1
        prefetch(s.client_index, _own_tag(command) & (len(s.client_index) - 1))
        prefetch(s.balance_index, tag_of(account, np.int64(symbol.base_asset)) & mask)
        prefetch(s.balance_index, tag_of(account, np.int64(symbol.quote_asset)) & mask)
    elif command.kind == _CANCEL:
        prefetch(s.client_index, _target_tag(command) & (len(s.client_index) - 1))


@njit(**INLINE)
def _middle(s, command):
    """Records that those entries lead to."""
    if command.kind == _ORDER and command.subject < s.counters[SYMBOLS_COUNT]:
        symbol = s.symbols[command.subject]
        _prefetch_balance(s, command.account, symbol.base_asset)
        _prefetch_balance(s, command.account, symbol.quote_asset)
        opposite = s.books[np.uint32(2 * np.int64(command.subject) + 1 - (np.int64(command.side) & 1))]
        prefetch(s.orders, np.int64(s.levels[opposite.best_level].head))
    elif command.kind == _CANCEL:
        slot = _target_slot(s, command)
        prefetch(s.orders, slot)


@njit(**INLINE)
def _transfer_far(s, command):
    """Accounts, and where the reference would stand."""
    accounts_count = s.counters[ACCOUNTS_COUNT]
    if np.int64(command.account) < accounts_count and 0 <= command.target_lo < accounts_count:
        prefetch(s.accounts, np.int64(command.account))
        prefetch(s.accounts, command.target_lo)
    tag = tag_of(command.client_lo, command.client_hi)
    prefetch(s.reference_index, tag & (len(s.reference_index) - 1))


@njit(**INLINE)
def _party_middle(s, account, asset):
    """A wallet, or where the index has the balance of another account."""
    record = s.accounts[np.uint32(account)]
    if record.kind == _WALLET:
        prefetch(s.wallets, np.int64(record.icebergs_open))
    else:
        prefetch(s.balance_index, tag_of(account, asset) & (len(s.balance_index) - 1))


@njit(**INLINE)
def _transfer_middle(s, command):
    """What those accounts lead to."""
    accounts_count = s.counters[ACCOUNTS_COUNT]
    if np.int64(command.account) < accounts_count and 0 <= command.target_lo < accounts_count:
        _party_middle(s, np.int64(command.account), np.int64(command.subject))
        _party_middle(s, command.target_lo, np.int64(command.subject))


@njit(**INLINE)
def _party_near(s, account, asset):
    """Its balance."""
    record = s.accounts[np.uint32(account)]
    if record.kind == _WALLET:
        prefetch(s.balances, np.int64(s.wallets[record.icebergs_open].balance_slot))
    else:
        _prefetch_balance(s, account, asset)


@njit(**INLINE)
def _transfer_near(s, command):
    """Balances."""
    accounts_count = s.counters[ACCOUNTS_COUNT]
    if np.int64(command.account) < accounts_count and 0 <= command.target_lo < accounts_count:
        _party_near(s, np.int64(command.account), np.int64(command.subject))
        _party_near(s, command.target_lo, np.int64(command.subject))


@njit(**INLINE)
def transfers_ahead(s, i):
    """As look_ahead(), for a run of transfers: to be called before every TRANSFERS_GROUP-th of them.

    In three steps, since a wallet stands between account and balance; each step for a whole group.
    """
    stop = len(s.commands)
    for j in range(i + TRANSFER_FAR, min(stop, i + TRANSFER_FAR + TRANSFERS_GROUP)):
        _transfer_far(s, s.commands[np.uint32(j)])
    for j in range(i + TRANSFER_MIDDLE, min(stop, i + TRANSFER_MIDDLE + TRANSFERS_GROUP)):
        _transfer_middle(s, s.commands[np.uint32(j)])
    for j in range(i + TRANSFER_NEAR, min(stop, i + TRANSFER_NEAR + TRANSFERS_GROUP)):
        _transfer_near(s, s.commands[np.uint32(j)])


@njit(**INLINE)
def look_ahead(s, i):
    """Take each step for the command that is its distance after commands[i]."""
    stop = len(s.commands)
    if i + FAR < stop:
        _far(s, s.commands[np.uint32(i + FAR)])
    if i + MIDDLE < stop:
        _middle(s, s.commands[np.uint32(i + MIDDLE)])
