"""Reading orders and trades: bounds in time and id become bounds on row numbers, then a page is cut out of a list."""

import numpy as np
from numba import njit

from venus.views.kernels.index import JIT
from venus.views.kernels.postings import last_value, next_block, values_of


@njit(**JIT)
def first_at(rows: np.ndarray, used_count: int, time_ns: int) -> int:
    """The first row in 1..used_count whose time_ns ≥ the bound, else used_count + 1; rows ascend in time."""
    low, high = np.int64(1), np.int64(used_count) + 1
    while low < high:
        middle = (low + high) >> 1
        if rows[middle].time_ns < time_ns:
            low = middle + 1
        else:
            high = middle
    return low


@njit(**JIT)
def first_trade_at(words: np.ndarray, block: int, trades: np.ndarray, trade_id: int) -> int:
    """The first reference of the list that begins at `block` with a trade id ≥ the bound; int64 max if none has."""
    while block != 0:
        if trades[last_value(words, block) >> 1].trade_id >= trade_id:
            references = values_of(words, block)
            low, high = 0, len(references) - 1
            while low < high:
                middle = (low + high) >> 1
                if trades[references[middle] >> 1].trade_id < trade_id:
                    low = middle + 1
                else:
                    high = middle
            return np.int64(references[low])
        block = next_block(words, block)
    return np.int64(2**63 - 1)


@njit(**JIT)
def trades_of_order(
    trades: np.ndarray, reference: int, low: int, high: int, trade_id_min: int, is_newest: bool, page: np.ndarray
) -> int:
    """References of one order's trades with low ≤ reference < high and a trade id ≥ the bound, newest first.

    reference  of the order's last trade; each trade knows the one before
    page       u4[limit]; with is_newest the last ones, else the first ones, as a ring
    Returns how many are in the page, in no order.
    """
    count = 0
    while reference != 0:
        trade = trades[reference >> 1]
        if reference < low or trade.trade_id < trade_id_min:
            break
        if reference < high:
            if is_newest and count == len(page):
                break
            page[count % len(page)] = reference
            count += 1
        reference = np.int64(trade.maker_prev) if reference & 1 else np.int64(trade.taker_prev)
    return min(count, len(page))


@njit(**JIT)
def open_orders(orders: np.ndarray, head: int, page: np.ndarray) -> None:
    """The open chain of a pair from its head, newest first, into page u4[open_count]."""
    order_id = np.int64(head)
    for i in range(len(page)):
        page[i] = order_id
        order_id = np.int64(orders[order_id].open_next)
    assert order_id == 0


@njit(**JIT)
def gather_texts(texts: np.ndarray, starts: np.ndarray, lengths: np.ndarray, gathered: np.ndarray) -> None:
    """Copy texts[starts[i]:][:lengths[i]] one after the other into gathered u1[sum of lengths]."""
    at = 0
    for i in range(len(starts)):
        for j in range(lengths[i]):
            gathered[at] = texts[starts[i] + j]
            at += 1
