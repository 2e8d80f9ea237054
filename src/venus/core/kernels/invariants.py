"""What the invariants need of the hot state: whether every open order can be found."""

import numpy as np
from numba import njit

from venus.core.kernels.book import order_by_client, order_by_id
from venus.core.kernels.layout import JIT
from venus.core.kernels.state import state_at


@njit(**JIT)
def first_unindexed(table, slots):
    """First slot that an index does not lead to, or 0.

    slots  uint32[n]  of resting orders
    """
    s = state_at(table)
    for slot in slots:
        order = s.orders[slot]
        if order_by_id(s, order.order_id) != slot:
            return np.int64(slot)
        has_client = order.client_hi != 0 or order.client_lo != 0
        if has_client and order_by_client(s, order.account, order.client_hi, order.client_lo) != slot:
            return np.int64(slot)
    return np.int64(0)
