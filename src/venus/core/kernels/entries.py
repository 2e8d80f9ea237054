"""Whose the numbers of `calls.py` are: every kernel that is called through its address, and that address."""

from functools import cache

from numba import types

from venus.core.kernels.activation import activate
from venus.core.kernels.averages import step_over
from venus.core.kernels.batch import replace, run_rest
from venus.core.kernels.calls import CALLS
from venus.core.kernels.entering import come_to_wait_or_rest, enter, order_open, place_with_terms
from venus.core.kernels.filters import counts_reject, filters_reject
from venus.core.kernels.list_orders import list_place
from venus.core.kernels.lists import leg_end, legs_end, marked_takes_off, meet, met, special_end
from venus.core.kernels.terms import draft, figures_reject, form_reject
from venus.core.kernels.waiting import drop, leave, rest, wait_begin

ENTRIES = (
    meet, met, marked_takes_off, leg_end, legs_end, special_end, leave, drop, rest, wait_begin, step_over,
    filters_reject, counts_reject, form_reject, figures_reject, draft, order_open, come_to_wait_or_rest, enter,
    place_with_terms, list_place, activate, replace, run_rest,
)  # fmt: skip


@cache
def addresses() -> tuple[int, ...]:
    """Address of each entry's compiled code, compiled or loaded now; valid in this process."""
    found = []
    for name, entry in zip(CALLS, ENTRIES, strict=True):
        assert entry.py_func.__name__ == name, name
        arguments = (types.int64,) * entry.py_func.__code__.co_argcount
        entry.compile(arguments)
        compiled = entry.overloads[arguments]
        assert compiled.signature.return_type == types.int64, (name, compiled.signature)
        found.append(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))
    return tuple(found)
