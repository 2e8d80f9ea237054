"""The price levels of one side of a book, for any int64 grid: a 64-way trie of bitmaps.

A price is read as base-64 digits. Each node has a 64-bit map of which children exist; the last digit's node, the leaf,
points to levels. As many digits as the symbol's highest price needs, so BTC takes 5 and no grid needs more than 10.
Memory grows with what rests, never with the grid; finding a level takes a step a digit at most, and none near the best
price.
"""

import numpy as np
from numba import njit

from venus.core.kernels.layout import (
    INLINE,
    LEVELS_FREE,
    LEVELS_LIVE,
    LEVELS_USED,
    NO_ASK,
    NO_BID,
    NODES_FREE,
    NODES_LIVE,
    NODES_USED,
)
from venus.core.kernels.words import highest_bit, lowest_bit

DIGIT_BITS = 6
DIGITS_MAX = 10
assert DIGIT_BITS * DIGITS_MAX >= 60


@njit(**INLINE)
def crosses(book, limit_ticks):
    """Is the ladder's best price at or inside the limit? An empty one's best price crosses nothing."""
    return book.best_ticks <= limit_ticks if book.side != 0 else book.best_ticks >= limit_ticks


@njit(**INLINE)
def _node_take(s, parent, digit):
    node = s.counters[NODES_FREE]
    if node != 0:
        s.counters[NODES_FREE] = s.nodes[np.uint32(node)].parent
    else:
        node = s.counters[NODES_USED]
        s.counters[NODES_USED] = node + 1
    s.counters[NODES_LIVE] += 1
    n = s.nodes[np.uint32(node)]
    n.bits = 0
    n.parent = parent
    n.digit = digit
    return node


@njit(**INLINE)
def _node_free(s, node):
    s.nodes[np.uint32(node)].parent = s.counters[NODES_FREE]
    s.counters[NODES_FREE] = node
    s.counters[NODES_LIVE] -= 1


@njit(**INLINE)
def _leaf_of(s, book, price_ticks):
    """The leaf for a price, made with its path if missing.

    The way starts at the best price's leaf and climbs only as far as the two prices' digits differ: most orders come
    near the best.
    """
    if book.best_level != 0:
        node = np.int64(s.levels[book.best_level].leaf)
        apart = (price_ticks ^ book.best_ticks) >> DIGIT_BITS
        if apart == 0:
            return node
        depth = highest_bit(apart) // DIGIT_BITS + 1
        for _ in range(depth):
            node = np.int64(s.nodes[np.uint32(node)].parent)
    else:
        if book.root == 0:
            book.root = _node_take(s, 0, 0)
        node = np.int64(book.root)
        depth = np.int64(book.digits) - 1
    for d in range(depth, 0, -1):
        digit = (price_ticks >> (DIGIT_BITS * d)) & 63
        n = s.nodes[np.uint32(node)]
        if n.bits & (np.int64(1) << digit):
            node = np.int64(s.children[np.uint32(node * 64 + digit)])
        else:
            child = _node_take(s, node, digit)
            n.bits |= np.int64(1) << digit
            s.children[np.uint32(node * 64 + digit)] = child
            node = child
    return node


@njit(**INLINE)
def level_at(s, book, price_ticks):
    """Slot of the level at a price, made empty if missing; the best price is kept up."""
    leaf = _leaf_of(s, book, price_ticks)
    digit = price_ticks & 63
    n = s.nodes[np.uint32(leaf)]
    place = np.uint32(leaf * 64 + digit)
    if n.bits & (np.int64(1) << digit):
        return np.int64(s.children[place])
    slot = s.counters[LEVELS_FREE]
    if slot != 0:
        s.counters[LEVELS_FREE] = s.levels[np.uint32(slot)].head
    else:
        slot = s.counters[LEVELS_USED]
        s.counters[LEVELS_USED] = slot + 1
    s.counters[LEVELS_LIVE] += 1
    level = s.levels[np.uint32(slot)]
    level.price_ticks = price_ticks
    level.total_lots = 0
    level.head = 0
    level.tail = 0
    level.leaf = leaf
    n.bits |= np.int64(1) << digit
    s.children[place] = slot
    if book.best_level == 0 or (price_ticks > book.best_ticks if book.side == 0 else price_ticks < book.best_ticks):
        book.best_level = slot
        book.best_ticks = price_ticks
    return slot


@njit(**INLINE)
def level_behind(s, book, slot):
    """Slot of the next level away from the market, or 0."""
    level = s.levels[np.uint32(slot)]
    node = np.int64(level.leaf)
    digit = level.price_ticks & 63
    depth = 0
    while True:
        n = s.nodes[np.uint32(node)]
        # (-2 << 63) is 0 and (1 << 0) - 1 is 0: no digit beyond the last.
        if book.side == 0:
            word = n.bits & ((np.int64(1) << digit) - 1)
        else:
            word = n.bits & (np.int64(-2) << digit)
        if word != 0:
            digit = highest_bit(word) if book.side == 0 else lowest_bit(word)
            break
        if n.parent == 0:
            return np.int64(0)
        digit = np.int64(n.digit)
        node = np.int64(n.parent)
        depth += 1
    while depth > 0:
        node = np.int64(s.children[np.uint32(node * 64 + digit)])
        bits = s.nodes[np.uint32(node)].bits
        digit = highest_bit(bits) if book.side == 0 else lowest_bit(bits)
        depth -= 1
    return np.int64(s.children[np.uint32(node * 64 + digit)])


@njit(**INLINE)
def level_remove(s, book, slot):
    """Take an empty level away, and the path that led only to it."""
    level = s.levels[np.uint32(slot)]
    if book.best_level == slot:
        behind = level_behind(s, book, slot)
        book.best_level = behind
        if behind != 0:
            book.best_ticks = s.levels[np.uint32(behind)].price_ticks
        else:
            book.best_ticks = NO_BID if book.side == 0 else NO_ASK
    node = np.int64(level.leaf)
    digit = level.price_ticks & 63
    while True:
        n = s.nodes[np.uint32(node)]
        n.bits &= ~(np.int64(1) << digit)
        if n.bits != 0 or n.parent == 0:
            break
        parent = np.int64(n.parent)
        digit = np.int64(n.digit)
        _node_free(s, node)
        node = parent
    level.head = s.counters[LEVELS_FREE]
    s.counters[LEVELS_FREE] = slot
    s.counters[LEVELS_LIVE] -= 1
