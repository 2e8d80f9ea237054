"""The yardstick's records and arrays: what its two twins, yardstick.c and kernels/yardstick.py, share."""

from typing import NamedTuple

import numpy as np

LADDER_BITS = 18
LADDER_TICKS = 1 << LADDER_BITS

COMMAND = np.dtype(
    [
        ("sequence", "i8"),
        ("time", "i8"),
        ("client_id", "i8"),
        ("price", "i8"),
        ("quantity", "i8"),
        ("account", "u4"),
        ("symbol", "u4"),
        ("kind", "u1"),
        ("side", "u1"),
        ("tif", "u1"),
        ("flags", "u1"),
        ("pad", "u4"),
        ("pad2", "i8"),
    ],
    align=True,
)
ORDER = np.dtype(
    [
        ("price", "i8"),
        ("remaining", "i8"),
        ("order_id", "i8"),
        ("client_id", "i8"),
        ("time", "i8"),
        ("account", "u4"),
        ("symbol", "u4"),
        ("next", "u4"),
        ("previous", "u4"),
        ("tag", "u4"),
        ("side", "u1"),
        ("tif", "u1"),
        ("flags", "u2"),
    ],
    align=True,
)
LEVEL = np.dtype([("head", "u4"), ("tail", "u4"), ("quantity", "i8")], align=True)
SYMBOL = np.dtype(
    [
        ("best_bid", "i8"),
        ("best_ask", "i8"),
        ("lot", "i8"),
        ("quote_per_tick", "i8"),
        ("maker_ppm", "i8"),
        ("taker_ppm", "i8"),
        ("base", "u4"),
        ("quote", "u4"),
        ("last", "i8"),
    ],
    align=True,
)
BALANCE = np.dtype([("free", "i8"), ("locked", "i8")], align=True)
ENTRY = np.dtype([("tag", "u4"), ("slot", "u4")], align=True)
EVENT = np.dtype(
    [
        ("sequence", "i8"),
        ("time", "i8"),
        ("command", "i8"),
        ("order_id", "i8"),
        ("maker_order_id", "i8"),
        ("price", "i8"),
        ("quantity", "i8"),
        ("remaining", "i8"),
        ("taker_fee", "i8"),
        ("maker_fee", "i8"),
        ("account", "u4"),
        ("maker_account", "u4"),
        ("symbol", "u4"),
        ("type", "u1"),
        ("side", "u1"),
        ("reason", "u1"),
        ("flags", "u1"),
    ],
    align=True,
)
COUNTERS = np.dtype(
    [
        ("events_next", "i8"),
        ("free_slot", "i8"),
        ("order_id_next", "i8"),
        ("index_mask", "i8"),
        ("live_count", "i8"),
        ("commands_done", "i8"),
        ("pad", "i8", 2),
    ],
    align=True,
)
assert (COMMAND.itemsize, ORDER.itemsize, SYMBOL.itemsize, COUNTERS.itemsize) == (64, 64, 64, 64)
assert EVENT.itemsize == 96

QUOTE_FREE_ATOMS = 10**13
BASE_FREE_ATOMS = 10**8
LOT_ATOMS = 1_000
QUOTE_ATOMS_PER_TICK_LOT = 10
FEE_PPM = 1_000


class State(NamedTuple):
    """Everything the yardstick knows; slot 0 of orders means none, free slots are a chain through `next`."""

    symbols: np.ndarray  # SYMBOL[symbols]
    levels: np.ndarray  # LEVEL[symbols * LADDER_TICKS]
    bits0: np.ndarray  # int64[symbols * 2 * 4096]: occupied ticks of a side
    bits1: np.ndarray  # int64[symbols * 2 * 64]
    bits2: np.ndarray  # int64[symbols * 2]
    orders: np.ndarray  # ORDER[capacity]
    ids: np.ndarray  # ENTRY[2**k]: open addressing by account and client id
    balances: np.ndarray  # BALANCE[accounts, symbols + 1]; asset 0 is every symbol's quote
    fees: np.ndarray  # int64[symbols + 1]
    counters: np.ndarray  # COUNTERS[1]


def new_state(symbols: int, accounts: int, orders_capacity: int = 1 << 20, index_capacity: int = 1 << 21) -> State:
    """Empty books; every account has the same free balances."""
    state = State(
        symbols=np.zeros(symbols, SYMBOL),
        levels=np.zeros(symbols * LADDER_TICKS, LEVEL),
        bits0=np.zeros(symbols * 2 * (LADDER_TICKS >> 6), np.int64),
        bits1=np.zeros(symbols * 2 * (LADDER_TICKS >> 12), np.int64),
        bits2=np.zeros(symbols * 2, np.int64),
        orders=np.zeros(orders_capacity, ORDER),
        ids=np.zeros(index_capacity, ENTRY),
        balances=np.zeros((accounts, symbols + 1), BALANCE),
        fees=np.zeros(symbols + 1, np.int64),
        counters=np.zeros(1, COUNTERS),
    )
    state.symbols["best_bid"] = -1
    state.symbols["best_ask"] = LADDER_TICKS
    state.symbols["lot"] = LOT_ATOMS
    state.symbols["quote_per_tick"] = QUOTE_ATOMS_PER_TICK_LOT
    state.symbols["maker_ppm"] = state.symbols["taker_ppm"] = FEE_PPM
    state.symbols["base"] = np.arange(symbols) + 1
    state.orders["next"][1:-1] = np.arange(2, orders_capacity)
    state.balances["free"][:, 0] = QUOTE_FREE_ATOMS
    state.balances["free"][:, 1:] = BASE_FREE_ATOMS
    state.counters["free_slot"] = state.counters["order_id_next"] = 1
    state.counters["index_mask"] = index_capacity - 1
    return state


def pointer_table(state: State, commands: np.ndarray, events: np.ndarray) -> np.ndarray:
    """int64[32]: addresses, then from 16 lengths; everything pointed at must outlive it."""
    table = np.zeros(32, np.int64)
    arrays = (*state[:-1], commands, events, state.counters)
    table[: len(arrays)] = [array.ctypes.data for array in arrays]
    table[16:23] = [len(array) for array in state[:7]]
    table[23] = state.balances.size
    table[24:27] = state.balances.shape[1], len(commands), len(events)
    return table
