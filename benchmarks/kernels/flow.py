"""The flow that every figure of the core is measured on: the yardstick's, seeded, and the same in Venus's records.

60 % limit orders that rest or cross, 35 % cancels (one in twenty of something already gone), 5 % immediate-or-cancel
that sweep; prices walk at random; a few accounts and symbols do most of it.
"""

import numpy as np
from numba import njit

from benchmarks.kernels.yardstick import BUY, CANCEL, GTC, IOC, NEW, index_find, process, tag_of
from benchmarks.yardstick_layout import COMMAND, EVENT, new_state

CANCEL_SHARE = 0.35
SWEEP_SHARE = 0.05
CROSS_SHARE = 0.22  # of limit orders, once enough rest
MISS_SHARE = 0.05  # of cancels that may name an order already gone
LIVE_TARGET = 10_000
RING = 1 << 16  # orders a symbol remembers to cancel
TIME_FIRST = 1_700_000_000_000_000
TIME_STEP = 7
MID_FIRST, MID_MIN, MID_MAX = 100_000.0, 20_000, 240_000


def make_flow(count: int, symbols: int, accounts: int, seed: int = 1) -> np.ndarray:
    """COMMAND[count] of the yardstick; the same arguments give the same bytes on any machine."""
    weights = 1.0 / (np.arange(symbols) + 1.0)
    commands = np.zeros(count, COMMAND)
    state = new_state(symbols, accounts)
    shares = np.cumsum(weights / weights.sum())
    events = np.zeros(1 << 15, EVENT)
    _generate(commands, symbols, accounts, shares, seed, *state[:-1], events, state.counters)
    return commands


@njit(cache=True)
def _cancel_one(c, symbol, live_ids, live_accounts, live_counts, index, mask, orders):
    """Make `c` the cancel of a recent order of the symbol; False if there is none to name."""
    miss = np.random.random() < MISS_SHARE
    for _attempt in range(64):
        live = live_counts[symbol]
        if live == 0:
            return False
        j = live - 1 - int(np.random.random() ** 2 * live)
        client_id = live_ids[symbol, j]
        account = live_accounts[symbol, j]
        live_ids[symbol, j] = live_ids[symbol, live - 1]
        live_accounts[symbol, j] = live_accounts[symbol, live - 1]
        live_counts[symbol] = live - 1
        if miss or index_find(index, mask, orders, tag_of(account, client_id), account, client_id) != 0:
            c.kind = CANCEL
            c.client_id = client_id
            c.account = account
            return True
    return False


@njit(cache=True)
def _order_one(c, i, mid, accounts, live):
    """Make `c` an order near `mid`; True if it is one that may rest."""
    side = 1 if np.random.random() < 0.5 else BUY
    account = int(np.random.random() ** 2 * accounts)
    distance = int(np.random.geometric(0.08))
    quantity = int(np.exp(np.random.normal() * 1.0 + 2.3)) + 1
    c.kind = NEW
    c.side = side
    c.account = account
    c.quantity = quantity
    c.client_id = (i + 1) * 2654435761 % (1 << 53)
    if np.random.random() * (1 - CANCEL_SHARE) < SWEEP_SHARE:
        c.tif = IOC
        c.price = int(mid * 1.02) if side == BUY else int(mid * 0.98)
        return False
    c.tif = GTC
    if np.random.random() < (CROSS_SHARE if live > LIVE_TARGET else CROSS_SHARE * 0.5):
        distance = -int(np.random.geometric(0.25)) - 2
    c.price = mid - distance if side == BUY else mid + distance
    return True


@njit(cache=True)
def _generate(
    commands, symbols_count, accounts, shares, seed,
    symbols, levels, bits0, bits1, bits2, orders, index, balances, fees, events, counters,
):  # fmt: skip
    """Write commands one by one, running each, so that cancels mostly name what is alive."""
    np.random.seed(seed)
    mids = np.full(symbols_count, MID_FIRST)
    live_ids = np.zeros((symbols_count, RING), np.int64)
    live_accounts = np.zeros((symbols_count, RING), np.uint32)
    live_counts = np.zeros(symbols_count, np.int64)
    for i in range(commands.shape[0]):
        c = commands[i]
        symbol = min(np.searchsorted(shares, np.random.random(), side="right"), symbols_count - 1)
        c.sequence = i + 1
        c.time = TIME_FIRST + i * TIME_STEP
        c.symbol = symbol
        mask = counters[0].index_mask
        if not (
            np.random.random() < CANCEL_SHARE
            and _cancel_one(c, symbol, live_ids, live_accounts, live_counts, index, mask, orders)
        ):
            mids[symbol] = min(max(mids[symbol] + np.random.normal() * 0.35, MID_MIN), MID_MAX)
            rests = _order_one(c, i, int(mids[symbol]), accounts, counters[0].live_count)
            live = live_counts[symbol]
            if rests and live < RING:
                live_ids[symbol, live] = c.client_id
                live_accounts[symbol, live] = c.account
                live_counts[symbol] = live + 1
        process(symbols, levels, bits0, bits1, bits2, orders, index, balances, fees, commands, events, counters, i, 1)
