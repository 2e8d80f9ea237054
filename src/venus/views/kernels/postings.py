"""Ascending lists of row numbers in chained blocks of one pool of words: appended at the end, read from anywhere.

A block is [previous block, next block, capacity, used, values…]; a block's number is where it starts in the pool, 0 is
none. The first block of a list holds four values and each next one twice as many, up to 1,024: an account with one
order costs 32 bytes, and one with a million has a thousand blocks to step over.
"""

import numpy as np
from numba import njit

from venus.views.kernels.index import INLINE, JIT

LIST = np.dtype([("first", "u4"), ("last", "u4")], align=True)  # blocks

_PREVIOUS = 0
_NEXT = 1
_CAPACITY = 2
_USED = 3
_VALUES = 4
_CAPACITY_MIN = 4
_CAPACITY_MAX = 1024
BLOCK_WORDS_MAX = _VALUES + _CAPACITY_MAX
WORDS_MAX = 2**32


@njit(**INLINE)
def append(words, used_words, lists, number, value):
    """Append a value above all others of lists[number]; returns the words used now.

    words       u4[n]    the pool, at least BLOCK_WORDS_MAX words unused
    used_words  int64
    lists       LIST[m]
    """
    block = end_of(lists, number)
    if block == 0 or words[block + _USED] == words[block + _CAPACITY]:
        capacity = np.int64(_CAPACITY_MIN)
        if block != 0:
            capacity = min(2 * np.int64(words[block + _CAPACITY]), np.int64(_CAPACITY_MAX))
            words[block + _NEXT] = used_words
        else:
            lists[number].first = used_words
        words[used_words + _PREVIOUS] = block
        words[used_words + _CAPACITY] = capacity
        lists[number].last = used_words
        block = used_words
        used_words += _VALUES + capacity
    used = np.int64(words[block + _USED])
    words[block + _VALUES + used] = value
    words[block + _USED] = used + 1
    return used_words


@njit(**INLINE)
def _below(words, block, bound):
    """How many values of a block are below `bound`, by bisection."""
    low, high = np.int64(0), np.int64(words[block + _USED])
    while low < high:
        middle = (low + high) >> 1
        if np.int64(words[block + _VALUES + middle]) < bound:
            low = middle + 1
        else:
            high = middle
    return low


@njit(**JIT)
def page_oldest(words: np.ndarray, block: int, low: int, high: int, page: np.ndarray) -> int:
    """The first values in low ≤ value < high of the list that begins at `block`, into page u4[limit]; their count."""
    count = 0
    while block != 0 and np.int64(words[block + _VALUES + words[block + _USED] - 1]) < low:
        block = np.int64(words[block + _NEXT])
    while block != 0:
        for i in range(_below(words, block, low), _below(words, block, high)):
            if count == len(page):
                return count
            page[count] = words[block + _VALUES + i]
            count += 1
        if np.int64(words[block + _VALUES + words[block + _USED] - 1]) >= high:
            break
        block = np.int64(words[block + _NEXT])
    return count


@njit(**JIT)
def page_newest(words: np.ndarray, block: int, low: int, high: int, page: np.ndarray) -> int:
    """The last values in low ≤ value < high of the list that ends at `block`, newest first; their count."""
    count = 0
    while block != 0 and np.int64(words[block + _VALUES]) >= high:
        block = np.int64(words[block + _PREVIOUS])
    while block != 0:
        for i in range(_below(words, block, high) - 1, _below(words, block, low) - 1, -1):
            if count == len(page):
                return count
            page[count] = words[block + _VALUES + i]
            count += 1
        if np.int64(words[block + _VALUES]) < low:
            break
        block = np.int64(words[block + _PREVIOUS])
    return count


@njit(**INLINE)
def end_of(lists, number):
    """The block that lists[number] ends with."""
    return np.int64(lists[number].last)


@njit(**INLINE)
def used_of(words, lists, number):
    """Where in the pool the next value of lists[number] goes, if its last block has room."""
    block = end_of(lists, number)
    return block + _VALUES + np.int64(words[block + _USED])


@njit(**INLINE)
def last_value(words, block):
    """The highest value of a block."""
    return np.int64(words[block + _VALUES + words[block + _USED] - 1])


@njit(**INLINE)
def next_block(words, block):
    return np.int64(words[block + _NEXT])


@njit(**INLINE)
def values_of(words, block):
    """u4[n], the values of a block, as a view."""
    return words[block + _VALUES : block + _VALUES + np.int64(words[block + _USED])]
