"""What market data keeps in `Market`, the folds' one argument; the rows that it answers are market_questions.py's."""

from typing import NamedTuple

import numpy as np
from numba import carray, from_dtype, int64, njit, typeof, types
from numba.extending import intrinsic

from venus.records.commands import Side
from venus.records.events import EVENT
from venus.views.candles import CANDLE
from venus.views.kernels.index import ONLY_INLINED
from venus.views.market_questions import LEVEL_CHANGE, TOP

RING = np.dtype(
    [
        ("address", "i8"),  # of the first row of its array
        ("rows_room", "i8"),  # rows of its array: 0 or a power of two
        ("rows_max", "i8"),  # the array grows up to this, then the oldest rows are overwritten
        ("count", "i8"),  # rows ever appended; row number i lies at i & (rows_room - 1)
        ("unpublished", "i8"),  # number of the first row changed since the last publication, NONE: none
    ]
)
SYMBOL = np.dtype(
    [
        ("tick_lot_atoms", "i8"),  # K of docs/rules/spot.md
        ("lot_atoms", "i8"),  # B
        ("update_id", "i8"),  # one more for every change of a level
        ("published_update_id", "i8"),
        ("levels_changed", "i8"),  # its rows among the unpublished changes
        ("touched", "i1"),  # by this batch
        ("unpublished", "i1"),
    ],
    align=True,
)
NODE = np.dtype([("count", "i4"), ("is_leaf", "i4"), ("previous", "i4"), ("next", "i4")])
"""Head of a tree's node. Leaves of one side are chained, best first; free nodes are chained by `next`."""
SIDE = np.dtype([("root", "i4"), ("first", "i4"), ("levels", "i8")])
"""One side of a book, at 2 × symbol + side: its tree's root, the leaf of the best prices, how many levels it has."""
NONE = -1
NODE_KEYS = 64
HEIGHT_MAX = 12
"""A tree grows by a level only when its root is full, which takes 32 times the insertions of the level before."""
assert (NODE_KEYS // 2) ** (HEIGHT_MAX - 1) > 2**54

# Places in Market.counters.
FREE_NODE = 0  # first of the free nodes
FREE_NODES = 1
CHANGES = 2
EMPTIED = 3
TOUCHED = 4
UNPUBLISHED = 5
ROW = 6  # of the event to go on with
SETTLED = 7  # touched symbols that are done with
LACKS = 8  # symbol, or series of candles, whose ring is full
SYMBOLS = 9  # listed; arrays by symbol have room behind them
COUNTERS = 10

BUY = int(Side.BUY)
SELL = int(Side.SELL)


class Market(NamedTuple):
    """All state of the view, n symbols.

    Kernels are given the address of its `table_of` and `open_market` it: one argument instead of many, and arrays that
    are not counted references. Small ones that are inlined are given the opened market.

    A side's levels are a B+ tree; all trees share one pool of nodes, so an idle symbol has none and no price range is
    too wide. Keys ascend from the best price: an ask's price, a bid's price negated. A node that empties is freed and
    none are merged: a book is never more than its largest past.
    """

    keys: np.ndarray  # int64[nodes, NODE_KEYS]
    values: np.ndarray  # int64[nodes, NODE_KEYS]  lots of a level; in an inner node the child whose keys begin there
    marks: np.ndarray  # int32[nodes, NODE_KEYS]  row of `changes` that tells of the level, if it does
    nodes: np.ndarray  # NODE[nodes]
    path: np.ndarray  # int32[2, HEIGHT_MAX]  nodes and places on the way to a leaf
    sides: np.ndarray  # SIDE[2n]
    symbols: np.ndarray  # SYMBOL[n]
    tops: np.ndarray  # TOP[n]
    published_tops: np.ndarray  # TOP[n]
    partials: np.ndarray  # CANDLE[n]  trades of the batch being folded
    trades: np.ndarray  # RING[n] of TRADE
    aggregates: np.ndarray  # RING[n] of AGGREGATE
    candles: np.ndarray  # RING[n * INTERVALS_COUNT] of CANDLE
    changes: np.ndarray  # LEVEL_CHANGE[.]  unpublished; room for one more for every event
    emptied: np.ndarray  # int64[., 2]  side and key of levels that came to 0 lots in this batch; room likewise
    touched: np.ndarray  # int64[n]  symbols of this batch
    unpublished: np.ndarray  # int64[n]  symbols with something to publish
    counters: np.ndarray  # int64[COUNTERS]


def empty_market() -> Market:
    """No symbols, no nodes; the arrays are replaced by longer ones as they fill."""
    counters = np.zeros(COUNTERS, "i8")
    counters[FREE_NODE] = NONE
    return Market(
        keys=np.zeros((0, NODE_KEYS), "i8"),
        values=np.zeros((0, NODE_KEYS), "i8"),
        marks=np.zeros((0, NODE_KEYS), "i4"),
        nodes=np.zeros(0, NODE),
        path=np.zeros((2, HEIGHT_MAX), "i4"),
        sides=np.zeros(0, SIDE),
        symbols=np.zeros(0, SYMBOL),
        tops=np.zeros(0, TOP),
        published_tops=np.zeros(0, TOP),
        partials=np.zeros(0, CANDLE),
        trades=np.zeros(0, RING),
        aggregates=np.zeros(0, RING),
        candles=np.zeros(0, RING),
        changes=np.zeros(0, LEVEL_CHANGE),
        emptied=np.zeros((0, 2), "i8"),
        touched=np.zeros(0, "i8"),
        unpublished=np.zeros(0, "i8"),
        counters=counters,
    )


FIELDS_COUNT = len(Market._fields)


def table_of(market: Market) -> np.ndarray:
    """Addresses and lengths of a market's arrays, int64[FIELDS_COUNT, 2]; good while these are referenced."""
    return np.array([(array.ctypes.data, len(array)) for array in market], "i8")


market_type = typeof(empty_market())
table_type = int64
ring_type = from_dtype(RING)
candle_type = from_dtype(CANDLE)
event_type = from_dtype(EVENT)
events_type = types.Array(event_type, 1, "C", readonly=True)
vector = types.Array(int64, 1, "C")
matrix = types.Array(int64, 2, "C")


@intrinsic
def pointer(typing_context, address):  # type: ignore[no-untyped-def]
    """An address as a pointer, for carray."""

    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), build


@njit(market_type(table_type), cache=True, **ONLY_INLINED)
def open_market(table: int) -> Market:
    """The market whose `table_of` begins at an address."""
    at = carray(pointer(table), (FIELDS_COUNT, 2), np.int64)
    return Market(
        carray(pointer(at[0, 0]), (at[0, 1], NODE_KEYS), np.int64),
        carray(pointer(at[1, 0]), (at[1, 1], NODE_KEYS), np.int64),
        carray(pointer(at[2, 0]), (at[2, 1], NODE_KEYS), np.int32),
        carray(pointer(at[3, 0]), (at[3, 1],), NODE),
        carray(pointer(at[4, 0]), (2, HEIGHT_MAX), np.int32),
        carray(pointer(at[5, 0]), (at[5, 1],), SIDE),
        carray(pointer(at[6, 0]), (at[6, 1],), SYMBOL),
        carray(pointer(at[7, 0]), (at[7, 1],), TOP),
        carray(pointer(at[8, 0]), (at[8, 1],), TOP),
        carray(pointer(at[9, 0]), (at[9, 1],), CANDLE),
        carray(pointer(at[10, 0]), (at[10, 1],), RING),
        carray(pointer(at[11, 0]), (at[11, 1],), RING),
        carray(pointer(at[12, 0]), (at[12, 1],), RING),
        carray(pointer(at[13, 0]), (at[13, 1],), LEVEL_CHANGE),
        carray(pointer(at[14, 0]), (at[14, 1], 2), np.int64),
        carray(pointer(at[15, 0]), (at[15, 1],), np.int64),
        carray(pointer(at[16, 0]), (at[16, 1],), np.int64),
        carray(pointer(at[17, 0]), (at[17, 1],), np.int64),
    )
