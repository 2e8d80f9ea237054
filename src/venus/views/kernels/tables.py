"""Arrays reached through a table of (address, length) pairs.

A kernel that is handed the arrays themselves counts references to each, atomically, on every use: the folds were four
to twelve times slower so. The arrays must stay referenced, and must not be resized, as long as their table is used.
"""

from collections.abc import Sequence

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.extending import intrinsic

from venus.views.kernels.index import INLINE


def table_of(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """int64[2 × arrays]: the address and the length of each."""
    assert all(array.flags.c_contiguous for array in arrays)
    return np.array([word for array in arrays for word in (array.ctypes.data, len(array))], np.int64)


@intrinsic
def _pointer(typing_context, address):
    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


@njit(**INLINE)
def table_at(address, arrays_count):
    """The table itself, from the address of its first word."""
    return carray(_pointer(address), (2 * arrays_count,), np.int64)


@njit(**INLINE)
def array_at(table, number, dtype):
    """The table's array of that number, as dtype[n]."""
    return carray(_pointer(table[2 * number]), (table[2 * number + 1],), dtype)


@njit(**INLINE)
def unowned(array, dtype):
    """The same dtype[n] array, its references not counted; for what a kernel is handed call by call."""
    return carray(_pointer(array.ctypes.data), (len(array),), dtype)


@intrinsic
def prefetch(typing_context, array, index):
    """Ask for the cache line of array[index], which need not exist; changes nothing that can be observed."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch.p0", (), kind)
        for_writing, keep_near, data_cache = word(1), word(3), word(1)
        builder.call(function, [pointer, for_writing, keep_near, data_cache])
        return context.get_dummy_value()

    return types.none(array, types.int64), generate
