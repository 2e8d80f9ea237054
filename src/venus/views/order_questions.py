"""What may be asked of the orders view, and what it answers."""

import msgspec
import numpy as np

from venus.units import INT64_MAX

PAGE_ROWS_MAX = 1000
"""No answer holds more rows than this, except the open orders and open lists of an account."""

ORDER_ROW = np.dtype(
    [
        ("order_id", "i8"),
        ("time_ns", "i8"),  # accepted
        ("updated_ns", "i8"),
        ("client_hi", "i8"),  # digest of the client id it bears now
        ("client_lo", "i8"),
        ("price_ticks", "i8"),  # its own; 0: MARKET, or pegged without one
        ("quantity", "i8"),  # original lots, as amended; quote atoms with IN_QUOTE; 0: an OPO's leg that has none yet
        ("executed_lots", "i8"),
        ("executed_tick_lots", "i8"),  # price × lots over its trades; × tick_lot_atoms is the quote amount in atoms
        ("prevented_lots", "i8"),
        ("prevented_match_id", "i8"),  # of its last prevented match; 0: none
        ("account", "u4"),
        ("symbol", "u4"),
        ("side", "u1"),
        ("type", "u1"),
        ("tif", "u1"),
        ("stp", "u1"),
        ("flags", "u1"),  # CommandFlag.IN_QUOTE
        ("status", "u1"),  # OrderStatus
        ("reason", "u1"),  # Expiry, if EXPIRED
        ("text_bytes", "u1"),  # length of its client id in the answer's texts
        ("working_ns", "i8"),  # when it went to the book; 0: not yet
        ("trailing_ns", "i8"),  # since when it follows the market; 0: it does not
        ("trigger_ticks", "i8"),  # its stop price; 0: none
        ("display_lots", "i8"),  # what an iceberg shows; 0: none
        ("pegged_ticks", "i8"),  # the price taken from the book; 0: none yet
        ("strategy_id", "i8"),  # -1: none
        ("strategy_type", "i8"),  # -1: none
        ("list_id", "u4"),  # 0: none
        ("trail_bips", "u2"),  # 0: none
        ("peg", "u1"),  # as in COMMAND; 0: none
        ("working", "u1"),  # Working
    ],
    align=True,
)
TRADE_ROW = np.dtype(
    [
        ("trade_id", "i8"),
        ("order_id", "i8"),  # the account's own
        ("price_ticks", "i8"),
        ("quantity_lots", "i8"),
        ("fee_atoms", "i8"),
        ("time_ns", "i8"),
        ("account", "u4"),
        ("symbol", "u4"),
        ("list_id", "u4"),  # of the order; 0: none
        ("is_buyer", "u1"),
        ("is_maker", "u1"),
        ("fee_in_base", "u1"),  # else in quote; a fee is taken from what was received
        ("reserved", "u1", (1,)),
    ],
    align=True,
)
LIST_ROW = np.dtype(
    [
        ("list_id", "i8"),
        ("opened_ns", "i8"),
        ("updated_ns", "i8"),  # opened or done
        ("symbol", "u4"),
        ("type", "u1"),  # ListType
        ("legs", "u1"),
        ("is_done", "u1"),
        ("text_bytes", "u1"),  # length of its client id in the answer's texts
    ],
    align=True,
)
PREVENTION_ROW = np.dtype(
    [
        ("match_id", "i8"),
        ("price_ticks", "i8"),
        ("taker_lots", "i8"),  # prevented of each side
        ("maker_lots", "i8"),
        ("time_ns", "i8"),
        ("taker_order_id", "i8"),
        ("maker_order_id", "i8"),
        ("mode", "i8"),  # SelfTrade: the one that applied
    ],
    align=True,
)
AMENDMENT_ROW = np.dtype(
    [
        ("execution_id", "i8"),  # sequence of its command
        ("time_ns", "i8"),
        ("lots_before", "i8"),
        ("lots_after", "i8"),
        ("text_bytes", "u4"),  # lengths of the client ids before and after in the answer's texts
        ("new_text_bytes", "u4"),
    ],
    align=True,
)


class OrderQuestion(msgspec.Struct, frozen=True, tag=True):
    """One order of an account on a symbol, by id, by client id, or by both if both are given.

    By client id it is the open order that bears it, else the one that took it last.
    """

    account: int
    symbol: int
    order_id: int = 0  # 0: not given
    client_hi: int = 0  # (0, 0): not given
    client_lo: int = 0


class OpenOrdersQuestion(msgspec.Struct, frozen=True, tag=True):
    account: int
    symbol: int | None = None  # None: on all symbols


class OrdersQuestion(msgspec.Struct, frozen=True, tag=True):
    """Orders of an account on a symbol that satisfy every bound; of those the first `limit`, or the last."""

    account: int
    symbol: int
    order_id_min: int = 0
    start_ns: int = 0  # accepted at or after
    end_ns: int = INT64_MAX  # accepted at or before
    limit: int = 500  # 1 to PAGE_ROWS_MAX; beyond, the nearer of the two
    newest: bool = True  # which to keep when there are more than `limit`


class TradesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Trades of an account on a symbol that satisfy every bound; of those the first `limit`, or the last."""

    account: int
    symbol: int
    order_id: int = 0  # only of this order; 0: of any
    trade_id_min: int = 0
    start_ns: int = 0
    end_ns: int = INT64_MAX
    limit: int = 500
    newest: bool = True


class OrderListQuestion(msgspec.Struct, frozen=True, tag=True):
    """One order list of an account, by id, by client id, or by both if both are given."""

    account: int
    list_id: int = 0  # 0: not given
    client_hi: int = 0  # (0, 0): not given
    client_lo: int = 0


class OpenOrderListsQuestion(msgspec.Struct, frozen=True, tag=True):
    account: int


class OrderListsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Order lists of an account that satisfy every bound; of those the first `limit`, or the last."""

    account: int
    list_id_min: int = 0
    start_ns: int = 0  # opened at or after
    end_ns: int = INT64_MAX  # opened at or before
    limit: int = 500
    newest: bool = True


class PreventionsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Prevented matches of an account on a symbol: the one of an id, or the first of an order from an id on."""

    account: int
    symbol: int
    match_id: int = 0  # 0: not given
    order_id: int = 0  # 0: not given
    match_id_min: int = 0
    limit: int = 500


class AmendmentsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Amendments of an order of an account on a symbol, from an execution id on; of those the first `limit`."""

    account: int
    symbol: int
    order_id: int
    execution_id_min: int = 0
    limit: int = 500


class OrdersAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is ORDER_ROW[n] by order id; `texts` their client ids, one after the other, lengths in `text_bytes`."""

    rows: bytes
    texts: bytes


class TradesAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is TRADE_ROW[n] by trade id; a trade of an account with itself is two rows, the taker's first."""

    rows: bytes


class OrderListsAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is LIST_ROW[n] by list id, `texts` their client ids; `legs` are all their orders, list by list."""

    rows: bytes
    texts: bytes
    legs: OrdersAnswer


class PreventionsAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is PREVENTION_ROW[n] by match id."""

    rows: bytes


class AmendmentsAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is AMENDMENT_ROW[n] by execution id; `texts` for each the client id before, then the one after."""

    rows: bytes
    texts: bytes


Question = (
    OrderQuestion
    | OpenOrdersQuestion
    | OrdersQuestion
    | TradesQuestion
    | OrderListQuestion
    | OpenOrderListsQuestion
    | OrderListsQuestion
    | PreventionsQuestion
    | AmendmentsQuestion
)
Answer = OrdersAnswer | TradesAnswer | OrderListsAnswer | PreventionsAnswer | AmendmentsAnswer
