"""The core's memory: one structured array per kind of thing, and the table of pointers by which kernels reach them.

A kernel takes one integer, the address of the table: passing the arrays themselves costs over a microsecond a call.
Slot 0 of every pool is never used, so 0 means "none". A pool hands out freed slots first, then the next never used.
Source of the recipe: measured against a C twin; see benchmarks/core.py.
"""

from collections import namedtuple

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.extending import intrinsic

from venus.records.commands import COMMAND
from venus.records.events import EVENT

JIT = {"cache": True, "error_model": "numpy", "nogil": True}
INLINE = {**JIT, "forceinline": True}

# Two cache lines: what fills and neighbours touch, then what only placing and cancelling touch.
ORDER = np.dtype(
    [
        ("price_ticks", "i8"),
        ("remaining_lots", "i8"),
        ("order_id", "i8"),
        ("account", "u4"),
        ("next", "u4"),  # younger order at the same price; next free slot when free
        ("prev", "u4"),
        ("level", "u4"),
        ("base_slot", "u4"),  # the account's balances, so that a fill looks nothing up
        ("quote_slot", "u4"),
        ("chain_next", "u4"),  # the account's open orders in the base asset, newest first
        ("chain_prev", "u4"),
        ("client_tag", "u4"),  # of the client id, in the client index; 0: no client id
        ("side", "u1"),
        ("type", "u1"),
        ("tif", "u1"),
        ("stp", "u1"),
        ("client_hi", "i8"),
        ("client_lo", "i8"),
        ("original_lots", "i8"),  # executed = original - prevented - remaining
        ("prevented_lots", "i8"),
        ("symbol", "u4"),
        ("list_id", "u4"),  # order lists (part of the layout, not yet matched)
        ("display_lots", "i8"),  # icebergs
        ("trigger_ticks", "i8"),  # stops
        ("trail", "i8"),  # trailing stops
    ],
    align=True,
)
assert ORDER.fields["client_hi"][1] == 64
LEVEL = np.dtype(
    [
        ("price_ticks", "i8"),
        ("total_lots", "i8"),
        ("head", "u4"),  # oldest order; next free slot when free
        ("tail", "u4"),
        ("leaf", "u4"),
        ("reserved", "u4"),
    ],
    align=True,
)
NODE = np.dtype([("bits", "i8"), ("parent", "u4"), ("digit", "u4")], align=True)
BOOK = np.dtype(
    [
        ("best_ticks", "i8"),
        ("orders_count", "i8"),
        ("best_level", "u4"),
        ("root", "u4"),
        ("digits", "u4"),
        ("side", "u4"),
        ("reserved", "u4", (8,)),
    ],
    align=True,
)
SYMBOL = np.dtype(
    [
        ("price_ticks_min", "i8"),
        ("price_ticks_max", "i8"),
        ("quantity_lots_min", "i8"),
        ("quantity_lots_max", "i8"),
        ("market_lots_max", "i8"),
        ("notional_atoms_min", "i8"),
        ("notional_atoms_max", "i8"),
        ("lot_atoms", "i8"),  # B of docs/rules/spot.md
        ("tick_lot_atoms", "i8"),  # K
        ("orders_max", "i8"),
        ("next_trade_id", "i8"),
        ("next_prevented_id", "i8"),
        ("last_ticks", "i8"),
        ("base_asset", "u4"),
        ("quote_asset", "u4"),
        ("house_base_slot", "u4"),
        ("house_quote_slot", "u4"),
        ("stp_allowed", "u1"),
        ("stp_default", "u1"),
        ("halted", "u1"),
        ("reserved", "u1", (5,)),
    ],
    align=True,
)
ACCOUNT = np.dtype(
    [
        ("kind", "u1"),
        ("tier", "u1"),
        ("frozen", "u1"),
        ("reserved", "u1"),
        ("trade_group", "i4"),
        ("frozen_until_ns", "i8"),
    ],
    align=True,
)
ASSET = np.dtype([("inside_atoms", "i8"), ("house_slot", "u4"), ("scale", "u4")], align=True)
TIER = np.dtype([("maker_ppm", "i8"), ("taker_ppm", "i8")], align=True)
BALANCE = np.dtype(
    [
        ("free_atoms", "i8"),
        ("held_atoms", "i8"),
        ("account", "u4"),
        ("asset", "u4"),
        ("chain_head", "u4"),  # the account's open orders whose base is this asset
        ("chain_count", "u4"),
    ],
    align=True,
)
REFERENCE = np.dtype(
    [("hi", "i8"), ("lo", "i8"), ("sequence", "i8"), ("result", "i8"), ("body", "i8", (4,))],
    align=True,
)
INDEX = np.dtype([("tag", "u4"), ("slot", "u4")], align=True)
CHILD = np.dtype("u4")
COUNTER = np.dtype("i8")

assert ORDER.itemsize == 128 and SYMBOL.itemsize == 128 and BOOK.itemsize == 64 and REFERENCE.itemsize == 64
assert LEVEL.itemsize == 32 and BALANCE.itemsize == 32 and ACCOUNT.itemsize == 16

NO_BID = -1
NO_ASK = 2**62
PRICE_LIMIT = 2**60
"""No price reaches it; the limit of a market buy."""

# Counters that are state: kept in snapshots.
(
    NEXT_ORDER_ID,
    ACCOUNTS_COUNT,
    ASSETS_COUNT,
    SYMBOLS_COUNT,
    ORDERS_USED,
    ORDERS_FREE,
    ORDERS_LIVE,
    LEVELS_USED,
    LEVELS_FREE,
    LEVELS_LIVE,
    NODES_USED,
    NODES_FREE,
    NODES_LIVE,
    BALANCES_USED,
    REFERENCES_USED,
) = range(15)
# Counters that are scratch of one call.
EVENTS_COUNT, COMMANDS_DONE, SHORT_OF = 15, 16, 17
COUNTERS = 24

# Why a kernel stopped before a command: the pool to double.
(
    SHORT_OF_NOTHING,
    SHORT_OF_ORDERS,
    SHORT_OF_LEVELS,
    SHORT_OF_NODES,
    SHORT_OF_BALANCES,
    SHORT_OF_REFERENCES,
    SHORT_OF_EVENTS,
) = range(7)

# Everything a kernel reaches, in the order of the table of pointers: name, dtype.
ARRAYS = (
    ("counters", COUNTER),
    ("symbols", SYMBOL),
    ("books", BOOK),
    ("assets", ASSET),
    ("tiers", TIER),
    ("accounts", ACCOUNT),
    ("orders", ORDER),
    ("levels", LEVEL),
    ("nodes", NODE),
    ("children", CHILD),
    ("balances", BALANCE),
    ("references", REFERENCE),
    ("client_index", INDEX),
    ("order_ring", CHILD),
    ("order_index", INDEX),
    ("balance_index", INDEX),
    ("reference_index", INDEX),
    ("events", EVENT),
    ("commands", COMMAND),
)
ARRAYS_COUNT = len(ARRAYS)
State = namedtuple("State", ["table", *(name for name, _ in ARRAYS)])

assert ARRAYS_COUNT == 19


@intrinsic
def _pointer(typing_context, address):
    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


@njit(**INLINE)
def state_at(table):
    """The state whose table of (pointer, length) pairs is at address `table`."""
    t = carray(_pointer(table), (2 * ARRAYS_COUNT,), np.int64)
    return State(
        table,
        carray(_pointer(t[0]), (t[1],), COUNTER),
        carray(_pointer(t[2]), (t[3],), SYMBOL),
        carray(_pointer(t[4]), (t[5],), BOOK),
        carray(_pointer(t[6]), (t[7],), ASSET),
        carray(_pointer(t[8]), (t[9],), TIER),
        carray(_pointer(t[10]), (t[11],), ACCOUNT),
        carray(_pointer(t[12]), (t[13],), ORDER),
        carray(_pointer(t[14]), (t[15],), LEVEL),
        carray(_pointer(t[16]), (t[17],), NODE),
        carray(_pointer(t[18]), (t[19],), CHILD),
        carray(_pointer(t[20]), (t[21],), BALANCE),
        carray(_pointer(t[22]), (t[23],), REFERENCE),
        carray(_pointer(t[24]), (t[25],), INDEX),
        carray(_pointer(t[26]), (t[27],), CHILD),
        carray(_pointer(t[28]), (t[29],), INDEX),
        carray(_pointer(t[30]), (t[31],), INDEX),
        carray(_pointer(t[32]), (t[33],), INDEX),
        carray(_pointer(t[34]), (t[35],), EVENT),
        carray(_pointer(t[36]), (t[37],), COMMAND),
    )
