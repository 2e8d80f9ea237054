"""What only some orders have, beside the rows that all have: waiting and terms, lists, amendments, prevented matches.

An order that is plain has no row here and pays nothing for those that are not. Row 0 of each is never used.
"""

from enum import IntEnum

import numpy as np


class OrderStatus(IntEnum):
    """Source: Binance enums.md, "Order status"; the numbers are ours."""

    NEW = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 4
    EXPIRED = 5
    EXPIRED_IN_MATCH = 6  # ended by self-trade prevention
    PENDING_NEW = 7  # a leg that waits for its list's working order


class Working(IntEnum):
    """Where an order stands on its way to the book."""

    WORKING = 0  # it is, or was, in the book or meeting it
    WAITING = 1  # for its trigger
    PENDING = 2  # for its list's working order


DETAIL = np.dtype(
    [
        ("working_ns", "i8"),  # when it went to the book; 0: not yet
        ("trailing_ns", "i8"),  # since when it follows the market; 0: it does not
        ("trigger_ticks", "i8"),  # its stop price; 0: none
        ("display_lots", "i8"),  # what an iceberg shows; 0: none
        ("pegged_ticks", "i8"),  # the price taken from the book; 0: none yet
        ("strategy_id", "i8"),  # -1: none
        ("strategy_type", "i8"),  # -1: none
        ("list_id", "u4"),  # 0: none
        ("last_amendment", "u4"),  # row of AMENDMENT
        ("last_prevention", "u4"),  # reference: row of PREVENTION × 2, + 1 for the maker's side
        ("trail_bips", "u2"),  # 0: none
        ("peg", "u1"),  # as in COMMAND; 0: none
        ("working", "u1"),  # Working
    ],
    align=True,
)
AMENDMENT = np.dtype(
    [
        ("execution_id", "i8"),  # sequence of its command
        ("time_ns", "i8"),
        ("lots_before", "i8"),
        ("lots_after", "i8"),
        ("text_start", "i8"),  # client id before and after, in the texts
        ("new_text_start", "i8"),
        ("previous", "u4"),  # the order's amendment before this one
        ("text_bytes", "u1"),
        ("new_text_bytes", "u1"),
        ("reserved", "u2"),
    ],
    align=True,
)
PREVENTION = np.dtype(
    [
        ("match_id", "i8"),  # per symbol from 1
        ("price_ticks", "i8"),
        ("taker_lots", "i8"),  # prevented of each side
        ("maker_lots", "i8"),
        ("time_ns", "i8"),
        ("taker_order", "u4"),
        ("maker_order", "u4"),
        ("taker_previous", "u4"),  # reference to the order's prevention before this one
        ("maker_previous", "u4"),
        ("symbol", "u4"),
        ("mode", "u1"),  # SelfTrade: the one that applied
        ("reserved", "u1", (3,)),
    ],
    align=True,
)
ORDER_LIST = np.dtype(  # by list id
    [
        ("opened_ns", "i8"),
        ("updated_ns", "i8"),  # opened or done
        ("client_hi", "i8"),
        ("client_lo", "i8"),
        ("text_start", "i8"),
        ("first_order", "u4"),  # its legs' ids follow each other
        ("symbol", "u4"),
        ("owner", "u4"),  # row of OWNER
        ("client_previous", "u4"),  # the list that bore the same client id before
        ("open_next", "u4"),  # the owner's open lists, newest first
        ("open_previous", "u4"),
        ("type", "u1"),  # ListType
        ("legs", "u1"),
        ("is_done", "u1"),
        ("text_bytes", "u1"),
    ],
    align=True,
)
OWNER = np.dtype([("account", "u4"), ("open_head", "u4"), ("open_count", "u4"), ("reserved", "u4")], align=True)
"""An account that ever opened a list."""
NO_STRATEGY = -1
