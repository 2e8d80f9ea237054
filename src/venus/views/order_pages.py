"""Pages cut out of the store of orders: by id, by client id, by time, among the open ones.

A page of ids is two binary searches and a copy, however long the account's list is.
"""

import numpy as np

from venus.records.commands import Side
from venus.units import INT64_MAX
from venus.views.kernels.history import first_at, first_trade_at, gather_texts, open_orders, trades_of_order
from venus.views.kernels.order_facts import DETAIL, NO_STRATEGY
from venus.views.kernels.order_links import find_pair, order_by_client
from venus.views.kernels.order_store import ORDER, Store
from venus.views.kernels.postings import page_newest, page_oldest
from venus.views.order_questions import (
    ORDER_ROW,
    PAGE_ROWS_MAX,
    TRADE_ROW,
    OpenOrdersQuestion,
    OrderQuestion,
    OrdersAnswer,
    OrdersQuestion,
    TradesAnswer,
    TradesQuestion,
)

_NAMES = ORDER_ROW.names or ()
_ORDER_FIELDS = tuple(name for name in _NAMES if name in (ORDER.fields or ()))
_DETAIL_FIELDS = tuple(name for name in _NAMES if name in (DETAIL.fields or ()))


def one_order(store: Store, question: OrderQuestion) -> np.ndarray:
    """u4[0 or 1]: the order that answers, if it is of the account, on the symbol, and bears the client id."""
    client = (question.client_hi, question.client_lo)
    order_id = question.order_id
    if order_id == 0 and client != (0, 0):
        order_id = order_by_client(store, question.account, question.symbol, *client)
    if not is_order(store, question.account, question.symbol, order_id):
        return np.empty(0, np.uint32)
    order = store.orders[order_id]
    is_it = client in ((0, 0), (order["client_hi"], order["client_lo"]))
    return np.array([order_id] if is_it else [], np.uint32)


def is_order(store: Store, account: int, symbol: int, order_id: int) -> bool:
    """Whether there is such an order, of the account, on the symbol."""
    if not 0 < order_id < store.used[0]["orders"]:
        return False
    pair = find_pair(store, account, symbol)
    return pair != 0 and int(store.orders[order_id]["pair"]) == pair


def open_orders_of(store: Store, question: OpenOrdersQuestion) -> np.ndarray:
    """u4[n]: the account's open orders by id."""
    account, symbol = question.account, question.symbol
    if symbol is not None:
        pair = find_pair(store, account, symbol)
    else:
        pair = int(store.account_pairs[account]) if 0 <= account < len(store.account_pairs) else 0
    chains = [np.empty(0, np.uint32)]
    while pair != 0:
        chain = np.empty(store.pairs[pair]["open_count"], np.uint32)
        open_orders(store.orders, store.pairs[pair]["open_head"], chain)
        chains.append(chain)
        pair = int(store.pairs[pair]["next"]) if symbol is None else 0
    return np.sort(np.concatenate(chains))


def page_of_orders(store: Store, question: OrdersQuestion) -> np.ndarray:
    """u4[n]: a page of order ids, ascending."""
    low, high = _rows_between(store.orders, store, "orders", question)
    low = max(low, min(question.order_id_min, high))
    number = 2 * find_pair(store, question.account, question.symbol)
    return page_of(store.words, store.lists[number], low, high, question.limit, newest=question.newest)


def page_of(words: np.ndarray, chain: np.void, low: int, high: int, limit: int, *, newest: bool) -> np.ndarray:
    """u4[n]: values low ≤ value < high of a list, ascending; at most `limit`."""
    page = empty_page(limit)
    if newest:
        return page[: page_newest(words, int(chain["last"]), low, high, page)][::-1]
    return page[: page_oldest(words, int(chain["first"]), low, high, page)]


def _rows_between(
    rows: np.ndarray, store: Store, name: str, question: OrdersQuestion | TradesQuestion
) -> tuple[int, int]:
    """Rows whose time is within the question's: the first, and the first after."""
    count = int(store.used[0][name]) - 1
    high = count + 1 if question.end_ns >= INT64_MAX else first_at(rows, count, question.end_ns + 1)
    return first_at(rows, count, min(question.start_ns, INT64_MAX)), high


def _page_of_trades(store: Store, question: TradesQuestion) -> np.ndarray:
    """u4[n]: a page of references to trades, ascending."""
    pair = find_pair(store, question.account, question.symbol)
    low, high = (2 * row for row in _rows_between(store.trades, store, "trades", question))
    trade_id_min = min(question.trade_id_min, INT64_MAX)
    if question.order_id == 0:
        oldest = int(store.lists[2 * pair + 1]["first"])
        low = max(low, min(first_trade_at(store.words, oldest, store.trades, trade_id_min), high))
        return page_of(store.words, store.lists[2 * pair + 1], low, high, question.limit, newest=question.newest)
    if not is_order(store, question.account, question.symbol, question.order_id):
        return np.empty(0, np.uint32)
    page = empty_page(question.limit)
    last = int(store.orders[question.order_id]["last_trade"])
    return np.sort(page[: trades_of_order(store.trades, last, low, high, trade_id_min, question.newest, page)])


def rows_of_orders(store: Store, order_ids: np.ndarray) -> OrdersAnswer:
    """What is known of these orders, in their order."""
    orders = store.orders[order_ids]
    rows = np.zeros(len(order_ids), ORDER_ROW)
    rows["order_id"] = order_ids
    for name in _ORDER_FIELDS:
        rows[name] = orders[name]
    rows["account"] = store.pairs["account"][orders["pair"]]
    rows["symbol"] = store.pairs["symbol"][orders["pair"]]
    # A plain order went to the book when it came.
    rows["working_ns"] = orders["time_ns"]
    rows["strategy_id"] = rows["strategy_type"] = NO_STRATEGY
    more = np.flatnonzero(orders["detail"])
    if len(more):
        details = store.details[orders["detail"][more]]
        for name in _DETAIL_FIELDS:
            rows[name][more] = details[name]
    texts = texts_of(store, orders["text_start"], orders["text_bytes"])
    return OrdersAnswer(rows.tobytes(), texts)


def texts_of(store: Store, starts: np.ndarray, lengths: np.ndarray) -> bytes:
    """Kept texts, one after the other."""
    texts = np.empty(lengths.sum(dtype=np.int64), np.uint8)
    gather_texts(store.texts, starts, lengths, texts)
    return texts.tobytes()


def rows_of_trades(store: Store, question: TradesQuestion) -> TradesAnswer:
    references = _page_of_trades(store, question)
    if len(references) == 0:
        return TradesAnswer(b"")
    trades = store.trades[references >> 1]
    is_maker = (references & 1).astype(bool)
    rows = np.zeros(len(references), TRADE_ROW)
    for name in ("trade_id", "price_ticks", "quantity_lots", "time_ns"):
        rows[name] = trades[name]
    rows["order_id"] = np.where(is_maker, trades["maker_order"], trades["taker_order"])
    rows["fee_atoms"] = np.where(is_maker, trades["maker_fee_atoms"], trades["taker_fee_atoms"])
    rows["account"] = question.account
    rows["symbol"] = question.symbol
    orders = store.orders[rows["order_id"]]
    rows["list_id"] = store.details["list_id"][orders["detail"]]  # row 0, of plain orders, has none
    rows["is_buyer"] = orders["side"] == Side.BUY
    rows["is_maker"] = is_maker
    rows["fee_in_base"] = rows["is_buyer"]
    return TradesAnswer(rows.tobytes())


def empty_page(limit: int) -> np.ndarray:
    return np.empty(max(1, min(limit, PAGE_ROWS_MAX)), np.uint32)
