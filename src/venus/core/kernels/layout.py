"""The core's memory: one structured array per kind of thing, and the table of pointers by which kernels reach them.

A kernel takes one integer, the address of the table: passing the arrays themselves costs over a microsecond a call.
Slot 0 of every pool is never used, so 0 means "none". A pool hands out freed slots first, then the next never used.
Source of the recipe: measured against a C twin; see benchmarks/core.py.
"""

import numpy as np

from venus.records.commands import COMMAND, SetSymbolRules
from venus.records.events import EVENT

JIT = {"cache": True, "error_model": "numpy", "nogil": True}
# Of functions that only compiled ones call: their door to Python, which nobody uses, was a third of the compile time.
INLINE = {**JIT, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

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
        ("marks", "u1"),  # what makes it more than a plain resting order: MARK_...
        ("stp", "u1"),
        ("client_hi", "i8"),
        ("client_lo", "i8"),
        ("original_lots", "i8"),  # executed = original - prevented - remaining
        ("prevented_lots", "i8"),
        ("display_lots", "i8"),  # an iceberg's; 0: all are shown
        ("slice_lots", "i8"),  # what a resting iceberg shows now
        ("symbol", "u4"),
        ("list", "u4"),  # slot of its order list, or 0
        ("wait", "u4"),  # slot of what it waits for, or 0
        ("amended", "u2"),  # times, counted to 65,535
        ("tif", "u1"),
        ("peg", "u1"),
    ],
    align=True,
)
assert ORDER.fields["client_hi"][1] == 64
MARK_LISTED, MARK_ICEBERG, MARK_WAITS = 1, 2, 4
"""A leg of an order list; shows a slice at a time; is in no book. A plain order has none, and pays for none."""

# What an order waits for. In the queue next and prev are those of the queue, among tracking ones those of their list.
WAIT = np.dtype(
    [
        ("trigger_ticks", "i8"),  # 0: none
        ("hold_ticks", "i8"),  # the price at which it holds; 0: it holds nothing
        ("extreme_ticks", "i8"),  # best price seen while it tracks; 0: none yet
        ("trail_bips", "i8"),
        ("next", "u4"),  # next free slot when free
        ("state", "u4"),
    ],
    align=True,
)
ABOVE, BELOW, TRACKS, PENDING, QUEUED, STARTING, ENTERING = range(1, 8)
"""States of WAIT: for a price, for its list's working order, in the queue (triggered, or first of the legs that start),
and out of all of them."""
LIST = np.dtype(
    [
        ("list_id", "i8"),  # 0: the slot is free
        ("client_hi", "i8"),
        ("client_lo", "i8"),
        ("locked_atoms", "i8"),  # base that a working order received and the pending legs will sell
        ("leg_ids", "i8", (3,)),
        ("legs", "u4", (3,)),  # slots of the open ones, else 0
        ("account", "u4"),
        ("symbol", "u4"),
        ("next", "u4"),  # the account's lists, newest first; next free slot when free
        ("prev", "u4"),
        ("base_slot", "u4"),  # the account's balance in which it is locked
        ("type", "u1"),
        ("legs_count", "u1"),
        ("started", "u1"),  # no leg is pending any more
        ("reserved", "u1"),
    ],
    align=True,
)
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
        # Of a symbol's triggers below: its tracking orders, and the prices that move none of them.
        ("track_head", "u4"),
        ("track_tail", "u4"),
        ("quiet_low", "i8"),
        ("quiet_high", "i8"),
        ("reserved", "u4", (2,)),
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
        ("filtered", "u1"),  # there are filters to ask: the symbol's, or a limit of one of its assets
        ("features", "u2"),
        ("watched", "u1"),  # there may be orders that wait for a price
        ("ruled", "u1"),  # SetSymbolRules was given
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
        ("orders_open", "u4"),
        ("algo_open", "u4"),  # of them conditional and not yet triggered
        ("icebergs_open", "u4"),  # of a WALLET, which places no orders: the slot of its row
        ("lists_head", "u4"),
    ],
    align=True,
)
ASSET = np.dtype(
    [
        ("inside_atoms", "i8"),
        ("order_atoms_max", "i8"),
        ("house_slot", "u4"),
        ("scale", "u2"),
        ("coin", "u2"),  # ASSET_...: its units come and go by its issuer's commands alone; docs/rules/issuance.md
    ],
    align=True,
)
RULE_FIGURES = tuple(name for name in SetSymbolRules.__struct_fields__ if name not in ("reference", "symbol"))
RULES = np.dtype([(name, "i8") for name in RULE_FIGURES])
AVERAGE_MINUTES = 60
AVERAGE = np.dtype([("minute", "i8"), ("lots_hi", "i8"), ("lots", "i8"), ("worth_hi", "i8"), ("worth", "i8")])
"""What traded in a minute: lots, and ticks × lots, each in two digits of base 2^62."""
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
# A currency's day, and how far its interest is swept. Its operators and classes have their places by its own.
CURRENCY = np.dtype(
    [
        ("asset", "u4"),
        ("today", "u4"),  # days since 1970 of the currency's own midnight
        ("year_first", "u4"),  # the day on which the year of today began
        ("sweep_next", "u4"),  # wallet that is swept next; 0: no sweep
        ("sweep_stop", "u4"),  # the first that is not
        ("reserved", "u4"),
        ("day_offset_ns", "i8"),
        ("swept_atoms", "i8"),
        ("owed_atoms", "i8"),  # that the sweep met a treasury too small for
        ("swept_count", "i8"),
    ],
    align=True,
)
OPERATOR = np.dtype([("treasury", "u4"), ("treasury_slot", "u4"), ("moved", "u4")], align=True)
WALLET_CLASS = np.dtype(
    [
        ("balance_atoms_max", "i8"),  # a limit of 0 is none
        ("single_atoms_max", "i8"),
        ("day_atoms_max", "i8"),
        ("year_atoms_max", "i8"),
        ("interest_index", "i8"),  # ppm × days that an atom earned since there is the class
        ("interest_ppm", "u4"),
        ("sub_wallets_max", "u4"),
        ("known", "u1"),
    ],
    align=True,
)
# One cache line. What a family may pay and hold is counted at its root.
WALLET = np.dtype(
    [
        ("counted_atoms", "i8"),  # root: what the family has, and purpose money bound for it
        ("day_paid_atoms", "i8"),  # root: on `day`
        ("year_paid_atoms", "i8"),  # root: in the year of `day`
        ("line_atoms", "i8"),  # that the operator answers for at the bank
        ("earned", "i8"),  # interest not yet paid, in atoms × ppm × days
        ("root", "u4"),  # its own slot if it is no sub-wallet
        ("balance_slot", "u4"),  # 0: it never had anything
        ("next", "u4"),  # root: its first sub-wallet; else the next one of the family
        ("seen_index", "u4"),  # of its class, up to which it has earned
        ("day", "u2"),  # root
        ("operator", "u2"),  # its currency and number; operator_place()
        ("category", "u2"),
        ("wallet_class", "u1"),
        ("marks", "u1"),
    ],
    align=True,
)
WALLET_CLOSED, WALLET_POURS, WALLET_DRAWS = 1, 2, 4
INTEREST_WHOLE = 365 * 1_000_000
"""One atom of interest, in atoms × ppm × days."""
OPERATOR_BITS, CLASS_BITS = 6, 4
OPERATORS_MAX, CLASSES_MAX, CURRENCIES_MAX = 1 << OPERATOR_BITS, 1 << CLASS_BITS, (1 << 16 - OPERATOR_BITS) - 1
PAID_MAX = 2**62
"""Sums of what was paid or earned stop here, so that they never wrap; no limit is as high."""
INDEX = np.dtype([("tag", "u4"), ("slot", "u4")], align=True)
CHILD = np.dtype("u4")
COUNTER = np.dtype("i8")

assert ORDER.itemsize == 128 and SYMBOL.itemsize == 128 and BOOK.itemsize == 64 and REFERENCE.itemsize == 64
assert WALLET.itemsize == 64
assert LEVEL.itemsize == 32 and BALANCE.itemsize == 32 and ACCOUNT.itemsize == 32

ASSET_COIN, ASSET_CURRENCY, ASSET_RESERVES = 1, 2, 3
"""What the units of an asset are, if no TRANSFER from outside makes them; reserves move by no TRANSFER at all."""
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
    RULES_VERSION,
    NEXT_LIST_ID,
    WAITS_USED,
    WAITS_FREE,
    WAITS_LIVE,
    LISTS_USED,
    LISTS_FREE,
    LISTS_LIVE,
    ICEBERG_PARTS,  # meetings that the resting icebergs can still have
    EXCHANGE_ORDERS_MAX,
    EXCHANGE_ALGO_MAX,
    EXCHANGE_ICEBERGS_MAX,
    EXCHANGE_LISTS_MAX,
) = range(28)
# Counters that are scratch of one call, or of one frame: between frames nothing is in the queue.
EVENTS_COUNT, COMMANDS_DONE, SHORT_OF, MINUTE, QUEUE_HEAD, QUEUE_TAIL = range(28, 34)
# State too: they came later, and the places of those above are in snapshots.
CURRENCIES_COUNT, WALLETS_COUNT = range(34, 36)
COUNTERS = 40
EXCHANGE_LIMITS = (EXCHANGE_ORDERS_MAX, EXCHANGE_ALGO_MAX, EXCHANGE_ICEBERGS_MAX, EXCHANGE_LISTS_MAX)

# Why a kernel stopped before a command: the pool to double.
(
    SHORT_OF_NOTHING,
    SHORT_OF_ORDERS,
    SHORT_OF_LEVELS,
    SHORT_OF_NODES,
    SHORT_OF_BALANCES,
    SHORT_OF_REFERENCES,
    SHORT_OF_WAITS,
    SHORT_OF_LISTS,
    SHORT_OF_EVENTS,
) = range(9)
LINKED_MAX = 16
"""Transfers of a run that happen all or not at all."""

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
    ("triggers", BOOK),  # of each symbol: those that wait below, then those that wait above a price
    ("rules", RULES),
    ("averages", AVERAGE),
    ("waits", WAIT),
    ("lists", LIST),
    ("currencies", CURRENCY),
    ("operators", OPERATOR),
    ("wallet_classes", WALLET_CLASS),
    ("wallets", WALLET),
    ("paid_before", COUNTER),  # what payers had paid before each transfer of a run
    ("drafts", COMMAND),  # orders as they enter: a triggered one, or one with its pegged price
    ("events", EVENT),
    ("commands", COMMAND),
)
ARRAYS_COUNT = len(ARRAYS)


def operator_place(currency: int, number: int) -> int:
    """Place in `operators` of a currency's operator, and what its wallets name it by."""
    return currency << OPERATOR_BITS | number


def class_place(currency: int, number: int) -> int:
    return currency << CLASS_BITS | number
