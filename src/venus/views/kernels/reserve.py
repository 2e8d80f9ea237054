"""Room for arrays that only ever grow: addresses for far more rows than there are, memory only where it is touched.

So growing neither stops the fold for a copy nor needs twice the memory. Where the system refuses to reserve, or when
the room reserved is used up one day, an array is copied into one of twice the length.
"""

import mmap
import sys

import numpy as np

from venus.records.record_copies import copied, put_records

_NO_RESERVE = 0x4000  # Linux: MAP_NORESERVE, which the module names only from Python 3.12 on


def reserved(length: int, dtype: np.dtype | type, length_else: int) -> np.ndarray:
    """dtype[length] of zeros; dtype[length_else] where so many addresses are not to be had."""
    length_bytes = length * np.dtype(dtype).itemsize
    if length <= length_else or length_bytes < mmap.PAGESIZE or not sys.platform.startswith("linux"):
        return np.zeros(min(length, length_else), dtype)
    try:
        memory = mmap.mmap(-1, length_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE)
    except OSError:  # strict overcommit, or a limit on addresses
        return np.zeros(length_else, dtype)
    memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, dtype)


def longer(array: np.ndarray, length: int) -> np.ndarray:
    """A copy with zeros behind it."""
    copy = np.zeros(length, array.dtype)
    put_records(copy, array)
    return copy


def filled(empty: np.ndarray, saved: np.ndarray) -> np.ndarray:
    """`saved`, with the room of `empty` behind it; a copy in any case."""
    if len(saved) > len(empty):
        return copied(saved)
    put_records(empty, saved)
    return empty
