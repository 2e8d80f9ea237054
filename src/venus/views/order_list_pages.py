"""Order lists, amendments and prevented matches, read from the store of orders."""

import numpy as np

from venus.units import INT64_MAX
from venus.views.kernels.order_lists import (
    amendments_of_order,
    find_list,
    find_owner,
    find_prevention,
    open_lists,
    preventions_of_order,
)
from venus.views.kernels.order_store import Store
from venus.views.order_pages import empty_page, is_order, page_of, rows_of_orders, texts_of
from venus.views.order_questions import (
    AMENDMENT_ROW,
    LIST_ROW,
    PREVENTION_ROW,
    AmendmentsAnswer,
    AmendmentsQuestion,
    OrderListQuestion,
    OrderListsAnswer,
    OrderListsQuestion,
    PreventionsAnswer,
    PreventionsQuestion,
)


def one_list(store: Store, question: OrderListQuestion) -> np.ndarray:
    """u4[0 or 1]: the list that answers, if it is of the account and bears the client id."""
    client = (question.client_hi, question.client_lo)
    list_id = question.list_id
    if list_id == 0 and client != (0, 0):
        at = find_list(store, question.account, *client)
        list_id = int(store.list_clients[at]["row"]) if at >= 0 else 0
    owner = find_owner(store, question.account)
    if owner == 0 or not 0 < list_id < store.used[0]["order_lists"]:
        return np.empty(0, np.uint32)
    row = store.order_lists[list_id]
    is_it = int(row["owner"]) == owner and client in ((0, 0), (row["client_hi"], row["client_lo"]))
    return np.array([list_id] if is_it else [], np.uint32)


def open_lists_of(store: Store, account: int) -> np.ndarray:
    """u4[n]: the account's open lists by id."""
    owner = find_owner(store, account)
    page = np.empty(store.owners[owner]["open_count"], np.uint32)
    open_lists(store, owner, page)
    return page[::-1]


def page_of_lists(store: Store, question: OrderListsQuestion) -> np.ndarray:
    """u4[n]: a page of list ids, ascending; ids ascend in time."""
    opened_ns = store.order_lists["opened_ns"][1 : int(store.used[0]["order_lists"])]
    low = 1 + int(np.searchsorted(opened_ns, min(question.start_ns, INT64_MAX)))
    high = 1 + int(np.searchsorted(opened_ns, min(question.end_ns, INT64_MAX), side="right"))
    low = max(low, min(question.list_id_min, high))
    chain = store.owner_lists[find_owner(store, question.account)]
    return page_of(store.words, chain, low, high, question.limit, newest=question.newest)


def rows_of_lists(store: Store, list_ids: np.ndarray) -> OrderListsAnswer:
    """What is known of these lists, with all their orders."""
    lists = store.order_lists[list_ids]
    rows = np.zeros(len(list_ids), LIST_ROW)
    rows["list_id"] = list_ids
    for name in ("opened_ns", "updated_ns", "symbol", "type", "legs", "is_done", "text_bytes"):
        rows[name] = lists[name]
    legs = [np.arange(first, first + count) for first, count in lists[["first_order", "legs"]].tolist()]
    order_ids = np.concatenate([np.empty(0, np.int64), *legs])
    texts = texts_of(store, lists["text_start"], lists["text_bytes"])
    return OrderListsAnswer(rows.tobytes(), texts, rows_of_orders(store, order_ids))


def rows_of_preventions(store: Store, question: PreventionsQuestion) -> PreventionsAnswer:
    """The prevented match of an id, if either order is the account's, or a page of those of an order."""
    symbol, order_id = question.symbol, question.order_id
    found = np.empty(0, np.uint32)
    if question.match_id != 0:
        row = find_prevention(store, symbol, question.match_id)
        sides = (int(store.preventions[row][side]) for side in ("taker_order", "maker_order"))
        if any(is_order(store, question.account, symbol, side) for side in sides):
            found = np.array([row], np.uint32)
    elif is_order(store, question.account, symbol, order_id):
        page = empty_page(question.limit)
        last = int(store.details[store.orders[order_id]["detail"]]["last_prevention"])
        from_id = min(question.match_id_min, INT64_MAX)
        found = np.sort(page[: preventions_of_order(store.preventions, last, from_id, page)])
    preventions = store.preventions[found]
    rows = np.zeros(len(found), PREVENTION_ROW)
    for name in ("match_id", "price_ticks", "taker_lots", "maker_lots", "time_ns", "mode"):
        rows[name] = preventions[name]
    rows["taker_order_id"], rows["maker_order_id"] = preventions["taker_order"], preventions["maker_order"]
    return PreventionsAnswer(rows.tobytes())


def rows_of_amendments(store: Store, question: AmendmentsQuestion) -> AmendmentsAnswer:
    """A page of an order's amendments."""
    if not is_order(store, question.account, question.symbol, question.order_id):
        return AmendmentsAnswer(b"", b"")
    page = empty_page(question.limit)
    last = int(store.details[store.orders[question.order_id]["detail"]]["last_amendment"])
    from_id = min(question.execution_id_min, INT64_MAX)
    found = np.sort(page[: amendments_of_order(store.amendments, last, from_id, page)])
    amendments = store.amendments[found]
    rows = np.zeros(len(found), AMENDMENT_ROW)
    for name in AMENDMENT_ROW.names or ():
        rows[name] = amendments[name]
    starts = np.stack([amendments["text_start"], amendments["new_text_start"]], axis=1).ravel()
    lengths = np.stack([amendments["text_bytes"], amendments["new_text_bytes"]], axis=1).ravel()
    return AmendmentsAnswer(rows.tobytes(), texts_of(store, starts, lengths))
