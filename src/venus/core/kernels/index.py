"""Open addressing over (tag, slot) pairs: linear probing, backward-shift delete, at most half full.

The tag is 32 bits of a hash of the key; the key itself is compared in the pool, by the caller's own loop, because
each pool has another key. Length is a power of two.
"""

import numpy as np
from numba import njit

from venus.core.kernels.layout import INLINE, JIT

_MIX = np.int64(-7046029254386353131)
_MIX_TOO = np.int64(-4417276706812531889)
_LOW_32 = np.int64(0xFFFFFFFF)


@njit(**INLINE)
def tag_of(a, b):
    """32-bit tag of two int64."""
    h = a * _MIX ^ b * _MIX_TOO
    h ^= (h >> 29) & np.int64(0x7FFFFFFFF)
    h *= _MIX
    return (h >> 32) & _LOW_32


@njit(**INLINE)
def index_insert(index, tag, slot):
    """Point `tag` to `slot`; the caller made sure that there is room."""
    mask = len(index) - 1
    i = tag & mask
    while index[np.uint32(i)].slot != 0:
        i = (i + 1) & mask
    index[np.uint32(i)].tag = tag
    index[np.uint32(i)].slot = slot


@njit(**INLINE)
def index_delete(index, tag, slot):
    """Remove the entry of `slot`, which is there, and close the gap so that probing stays short."""
    mask = len(index) - 1
    i = tag & mask
    while index[np.uint32(i)].slot != slot:
        i = (i + 1) & mask
    j = i
    while True:
        j = (j + 1) & mask
        entry = index[np.uint32(j)]
        if entry.slot == 0:
            break
        if ((j - np.int64(entry.tag)) & mask) >= ((j - i) & mask):
            index[np.uint32(i)].tag = entry.tag
            index[np.uint32(i)].slot = entry.slot
            i = j
    index[np.uint32(i)].slot = 0


@njit(**JIT)
def index_rebuild(old, new):
    """Insert every entry of `old` into the larger, empty `new`."""
    for i in range(len(old)):
        if old[i].slot != 0:
            index_insert(new, np.int64(old[i].tag), old[i].slot)
