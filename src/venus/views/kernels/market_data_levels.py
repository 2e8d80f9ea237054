"""Every side's levels, as one B+ tree each in the pool of nodes that `Market` describes.

Kernels here never run short: whoever calls them has seen more than HEIGHT_MAX free nodes.
"""

import numpy as np
from numba import from_dtype, int64, njit, types, void

from venus.views.kernels.index import ONLY_INLINED
from venus.views.kernels.market_data_rows import (
    CHANGES,
    EMPTIED,
    FREE_NODE,
    FREE_NODES,
    HEIGHT_MAX,
    NODE_KEYS,
    NONE,
    SELL,
    Market,
    market_type,
    open_market,
    table_type,
)
from venus.views.market_questions import LEVEL


@njit(int64(market_type, int64, int64), cache=True, **ONLY_INLINED)
def _place(market: Market, node: int, key: int) -> int:
    """First place in a node whose key is not below `key`; the count if all are."""
    low = 0
    high = market.nodes[node].count
    while low < high:
        middle = (low + high) >> 1
        if market.keys[node, middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(int64(market_type, int64, int64), cache=True, **ONLY_INLINED)
def _child(market: Market, node: int, key: int) -> int:
    """Place of the child that holds a key: the last that begins at or before it. The first holds all below the second.

    The first child's own key is never read: it goes stale as smaller keys come and as children before it go.
    """
    low = 1
    high = market.nodes[node].count
    while low < high:
        middle = (low + high) >> 1
        if market.keys[node, middle] <= key:
            low = middle + 1
        else:
            high = middle
    return low - 1


@njit(int64(market_type, int64, int64), cache=True, **ONLY_INLINED)
def _leaf(market: Market, side: int, key: int) -> int:
    """The leaf that holds a key or would; NONE if the side is empty."""
    first = market.sides[side].first
    if first == NONE or key <= market.keys[first, market.nodes[first].count - 1]:
        return first  # most changes are near the best price
    node = market.sides[side].root
    while market.nodes[node].is_leaf == 0:
        node = market.values[node, _child(market, node, key)]
    return node


@njit(int64(market_type, int64), cache=True, **ONLY_INLINED)
def _take_node(market: Market, is_leaf: int) -> int:
    """A free node, empty and unchained."""
    node = market.counters[FREE_NODE]
    assert node != NONE
    head = market.nodes[node]
    market.counters[FREE_NODE] = head.next
    market.counters[FREE_NODES] -= 1
    head.count = 0
    head.is_leaf = is_leaf
    head.previous = NONE
    head.next = NONE
    return node


@njit(void(market_type, int64), cache=True, **ONLY_INLINED)
def _free_node(market: Market, node: int) -> None:
    market.nodes[node].next = market.counters[FREE_NODE]
    market.counters[FREE_NODE] = node
    market.counters[FREE_NODES] += 1


@njit(void(market_type, int64, int64, int64, int64), cache=True, **ONLY_INLINED)
def _put(market: Market, node: int, place: int, key: int, value: int) -> None:
    """Insert into a node that has room; an entry begins without a mark."""
    for i in range(market.nodes[node].count, place, -1):
        market.keys[node, i] = market.keys[node, i - 1]
        market.values[node, i] = market.values[node, i - 1]
        market.marks[node, i] = market.marks[node, i - 1]
    market.keys[node, place] = key
    market.values[node, place] = value
    market.marks[node, place] = NONE
    market.nodes[node].count += 1


@njit(void(market_type, int64, int64), cache=True, **ONLY_INLINED)
def _drop(market: Market, node: int, place: int) -> None:
    market.nodes[node].count -= 1
    for i in range(place, market.nodes[node].count):
        market.keys[node, i] = market.keys[node, i + 1]
        market.values[node, i] = market.values[node, i + 1]
        market.marks[node, i] = market.marks[node, i + 1]


@njit(void(table_type, int64, int64), cache=True)
def _split_child(table: int, parent: int, place: int) -> None:
    """Give the upper half of a full child to a new one beside it; the parent has room."""
    market = open_market(table)
    left = market.values[parent, place]
    right = _take_node(market, market.nodes[left].is_leaf)
    half = NODE_KEYS // 2
    for i in range(half, NODE_KEYS):
        market.keys[right, i - half] = market.keys[left, i]
        market.values[right, i - half] = market.values[left, i]
        market.marks[right, i - half] = market.marks[left, i]
    market.nodes[left].count = half
    market.nodes[right].count = NODE_KEYS - half
    if market.nodes[left].is_leaf:
        after = market.nodes[left].next
        market.nodes[left].next = right
        market.nodes[right].previous = left
        market.nodes[right].next = after
        if after != NONE:
            market.nodes[after].previous = right
    _put(market, parent, place + 1, market.keys[right, 0], right)


@njit(int64(table_type, int64, int64), cache=True)
def _leaf_with_room(table: int, side: int, key: int) -> int:
    """The leaf that would hold a new key, after splitting what is full on the way to it, from the root down.

    Takes at most HEIGHT_MAX + 1 nodes.
    """
    market = open_market(table)
    leaf = _leaf(market, side, key)
    if leaf == NONE:
        leaf = _take_node(market, 1)
        market.sides[side].root = leaf
        market.sides[side].first = leaf
    if market.nodes[leaf].count < NODE_KEYS:
        return leaf
    node = int64(market.sides[side].root)
    if market.nodes[node].count == NODE_KEYS:
        root = _take_node(market, 0)
        _put(market, root, 0, market.keys[node, 0], node)
        _split_child(table, root, 0)
        market.sides[side].root = root
        node = root
    while market.nodes[node].is_leaf == 0:
        place = _child(market, node, key)
        if market.nodes[market.values[node, place]].count == NODE_KEYS:
            _split_child(table, node, place)
            place = _child(market, node, key)
        node = market.values[node, place]
    return node


@njit(void(table_type, int64, int64), cache=True)
def remove_emptied(table: int, side: int, key: int) -> None:
    """Take a level out if it is still there with 0 lots, and free every node that empties with it."""
    market = open_market(table)
    tree = market.sides[side]
    if tree.root == NONE:
        return
    node = int64(tree.root)
    depth = 0
    while market.nodes[node].is_leaf == 0:
        place = _child(market, node, key)
        market.path[0, depth] = node
        market.path[1, depth] = place
        depth += 1
        node = market.values[node, place]
    place = _place(market, node, key)
    if place == market.nodes[node].count or market.keys[node, place] != key or market.values[node, place] != 0:
        return
    tree.levels -= 1
    _drop(market, node, place)
    if market.nodes[node].count > 0:
        return
    before, after = market.nodes[node].previous, market.nodes[node].next
    if before != NONE:
        market.nodes[before].next = after
    else:
        tree.first = after
    if after != NONE:
        market.nodes[after].previous = before
    while market.nodes[node].count == 0:
        _free_node(market, node)
        if depth == 0:
            tree.root = NONE
            return
        depth -= 1
        node = market.path[0, depth]
        _drop(market, node, market.path[1, depth])
    while market.nodes[tree.root].is_leaf == 0 and market.nodes[tree.root].count == 1:
        root = int64(tree.root)
        tree.root = market.values[root, 0]
        _free_node(market, root)


@njit(void(table_type, market_type, int64, int64, int64, int64), cache=True, **ONLY_INLINED)
def change_level(table: int, market: Market, symbol: int, side: int, price_ticks: int, lots: int) -> None:
    """Add lots to a level, or take them; write down that it changed and which update id that took."""
    tree = 2 * symbol + side
    key = price_ticks if side == SELL else -price_ticks
    node = _leaf(market, tree, key)
    place = NODE_KEYS if node == NONE else _place(market, node, key)
    if node == NONE or place == market.nodes[node].count or market.keys[node, place] != key:
        assert lots > 0
        node = _leaf_with_room(table, tree, key)
        place = _place(market, node, key)
        _put(market, node, place, key, 0)
        market.sides[tree].levels += 1
    total_lots = market.values[node, place] + lots
    assert total_lots >= 0
    market.values[node, place] = total_lots
    if total_lots == 0:
        emptied = market.counters[EMPTIED]
        market.emptied[emptied, 0] = tree
        market.emptied[emptied, 1] = key
        market.counters[EMPTIED] = emptied + 1
    state = market.symbols[symbol]
    state.update_id += 1
    row = int64(market.marks[node, place])
    # A mark outlives its publication, so it is believed only if the row does tell of this level.
    if (
        row == NONE
        or row >= market.counters[CHANGES]
        or not (
            market.changes[row].price_ticks == price_ticks
            and market.changes[row].symbol == symbol
            and market.changes[row].side == side
        )
    ):
        row = market.counters[CHANGES]
        market.counters[CHANGES] = row + 1
        market.marks[node, place] = row
        market.changes[row].price_ticks = price_ticks
        market.changes[row].symbol = symbol
        market.changes[row].side = side
        state.levels_changed += 1
    market.changes[row].lots = total_lots
    market.changes[row].update_id = state.update_id


@njit(types.UniTuple(int64, 2)(market_type, int64), cache=True, **ONLY_INLINED)
def best_level(market: Market, side: int) -> tuple[int, int]:
    """Price and lots of a side's best level; zeros if it has none."""
    leaf = market.sides[side].first
    if leaf == NONE:
        return 0, 0
    return abs(market.keys[leaf, 0]), market.values[leaf, 0]


@njit(int64(table_type, int64, types.Array(from_dtype(LEVEL), 1, "C")), cache=True)
def read_levels(table: int, side: int, out: np.ndarray) -> int:
    """Best levels of one side of a book into LEVEL[limit]; how many there were."""
    market = open_market(table)
    leaf = int64(market.sides[side].first)
    count = 0
    while leaf != NONE and count < len(out):
        for place in range(min(int64(market.nodes[leaf].count), len(out) - count)):
            out[count].price_ticks = abs(market.keys[leaf, place])
            out[count].lots = market.values[leaf, place]
            count += 1
        leaf = int64(market.nodes[leaf].next)
    return count


@njit(int64(table_type, int64, types.Array(from_dtype(LEVEL), 1, "C", readonly=True), int64), cache=True)
def place_levels(table: int, side: int, levels: np.ndarray, row: int) -> int:
    """Put levels LEVEL[k], from `row` on, on a side that lacks them; k, or the row for which nodes ran short."""
    market = open_market(table)
    while row < len(levels) and market.counters[FREE_NODES] > HEIGHT_MAX:
        key = levels[row].price_ticks if side & 1 == SELL else -levels[row].price_ticks
        leaf = _leaf_with_room(table, side, key)
        _put(market, leaf, _place(market, leaf, key), key, levels[row].lots)
        market.sides[side].levels += 1
        row += 1
    return row
