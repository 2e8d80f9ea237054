"""What the machine can do in one instruction and Python cannot say."""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from venus.core.kernels.layout import INLINE


@intrinsic
def lowest_bit(typing_context, word):
    """Index of the lowest set bit; word must not be 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@intrinsic
def _leading_zeros(typing_context, word):
    def generate(context, builder, signature, arguments):
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@njit(**INLINE)
def highest_bit(word):
    """Index of the highest set bit; word must not be 0."""
    return np.int64(63) - _leading_zeros(word)


@intrinsic
def product_or_minus(typing_context, a, b):
    """a × b if it fits int64, else -1; for a, b ≥ 0."""

    def generate(context, builder, signature, arguments):
        pair = builder.smul_with_overflow(arguments[0], arguments[1])
        overflow = builder.extract_value(pair, 1)
        return builder.select(overflow, ir.Constant(ir.IntType(64), -1), builder.extract_value(pair, 0))

    return types.int64(types.int64, types.int64), generate


@intrinsic
def prefetch(typing_context, array, index):
    """Ask for the cache line of array[index]; changes nothing that can be observed."""

    def generate(context, builder, signature, arguments):
        array_type = signature.args[0]
        data = context.make_array(array_type)(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch.p0", (), kind)
        for_writing, keep_near, data_cache = word(1), word(3), word(1)
        builder.call(function, [pointer, for_writing, keep_near, data_cache])
        return context.get_dummy_value()

    return types.none(array, types.int64), generate
