"""Open addressing from a key to a row number: linear probing, backward-shift delete, at most three quarters full.

An entry is (tag, row): 32 bits of a hash of the key, and where the key is to be compared. Each table of rows has
another key, so its finder loops here by itself. Row 0 of every table is never used: 0 means "none", also in the index.
"""

from typing import Any

import numpy as np
from numba import njit

JIT: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
ONLY_INLINED: dict[str, Any] = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Of a function that other compiled ones call, and Python never does: half of what it took to compile was that door."""
INLINE: dict[str, Any] = {**JIT, **ONLY_INLINED}
INLINE_AND_CALLED: dict[str, Any] = {**JIT, "forceinline": True}

ENTRY = np.dtype([("tag", "u4"), ("row", "u4")], align=True)
ROWS_MAX = 2**31 - 1
"""Row numbers are u4, and a reference to one side of a trade is a row number and a bit."""

_MIX = np.int64(-7046029254386353131)
_MIX_TOO = np.int64(-4417276706812531889)
_LOW_32 = np.int64(0xFFFFFFFF)


def index_for(rows_count: int) -> np.ndarray:
    """An empty ENTRY[n], n a power of two, with room for so many rows."""
    return np.zeros(1 << max(10, (rows_count * 4 // 3).bit_length()), ENTRY)


@njit(**INLINE)
def tag_of(a, b):
    """32-bit tag of two int64."""
    h = (a * _MIX) ^ (b * _MIX_TOO)
    h ^= (h >> 29) & np.int64(0x7FFFFFFFF)
    h *= _MIX
    return (h >> 32) & _LOW_32


@njit(**INLINE_AND_CALLED)
def index_has_room(index: np.ndarray, used_count: int, wanted_count: int) -> bool:
    """Whether `wanted_count` more entries leave a quarter free."""
    return (used_count + wanted_count) * 4 <= len(index) * 3


@njit(**INLINE_AND_CALLED)
def index_insert(index, tag, row):
    """Point `tag` to `row`; the caller made sure that there is room."""
    mask = len(index) - 1
    i = tag & mask
    while index[np.uint32(i)].row != 0:
        i = (i + 1) & mask
    index[np.uint32(i)].tag = tag
    index[np.uint32(i)].row = row


@njit(**INLINE_AND_CALLED)
def index_delete_at(index, position):
    """Empty an entry and close the gap, so that probing stays short and never passes a hole too many."""
    mask = len(index) - 1
    i = position
    j = i
    while True:
        j = (j + 1) & mask
        if index[np.uint32(j)].row == 0:
            break
        tag = np.int64(index[np.uint32(j)].tag)
        if ((j - tag) & mask) >= ((j - i) & mask):
            index[np.uint32(i)].tag = tag
            index[np.uint32(i)].row = index[np.uint32(j)].row
            i = j
    index[np.uint32(i)].row = 0


@njit(**JIT)
def index_rebuild(old: np.ndarray, new: np.ndarray) -> None:
    """Insert every entry of `old` into the larger, empty `new`."""
    for i in range(len(old)):
        if old[i].row != 0:
            index_insert(new, np.int64(old[i].tag), old[i].row)
