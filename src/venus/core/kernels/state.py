"""The core's state as a kernel has it: one integer, the address of the table of pointers.

`s.orders` reads a pointer and a length from the table, wherever it stands. So a function that is handed the state is
handed one register, and what it does not name costs it nothing, neither when it runs nor while it is compiled: as a
tuple of arrays the same state was 175 arguments of every call. No kernel changes the table while it runs, and the loads
say so to LLVM: between two of them it need not look again.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import from_dtype

from venus.core.kernels.layout import ARRAYS, INLINE

_WORD = ir.IntType(64)
_PLACES = {name: place for place, (name, _) in enumerate(ARRAYS)}
_ARRAYS = {name: types.Array(from_dtype(dtype), 1, "C") for name, dtype in ARRAYS}


class State(types.Type):
    """Numba's type of it: an attribute for each of ARRAYS, and `table`, the address."""

    def __init__(self) -> None:
        super().__init__(name="State")


_STATE = State()


@register_model(State)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, type_):
        super().__init__(manager, type_, _WORD)


@infer_getattr
class _Attributes(AttributeTemplate):
    key = State

    def generic_resolve(self, type_, name):
        return types.int64 if name == "table" else _ARRAYS.get(name)


@lower_getattr_generic(State)
def _attribute(context, builder, type_, table, name):
    if name == "table":
        return table
    address, length = (_word(builder, table, 2 * _PLACES[name] + part) for part in (0, 1))
    array_type = _ARRAYS[name]
    item_bytes = ir.Constant(_WORD, np.dtype(dict(ARRAYS)[name]).itemsize)
    array = context.make_array(array_type)(context, builder)
    data = builder.inttoptr(address, context.get_data_type(array_type.dtype).as_pointer())
    populate_array(array, data=data, shape=[length], strides=[item_bytes], itemsize=item_bytes, meminfo=None)
    return array._getvalue()


def _word(builder, table, place):
    pointer = builder.gep(builder.inttoptr(table, _WORD.as_pointer()), [ir.Constant(_WORD, place)])
    word = builder.load(pointer)
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


@intrinsic
def _as_state(typing_context, table):
    return _STATE(types.int64), lambda context, builder, signature, arguments: arguments[0]


@njit(**INLINE)
def state_at(table):
    """The state whose table of (pointer, length) pairs is at address `table`."""
    return _as_state(table)
