"""Every order ever accepted and every trade of every account, appended in bulk and found in milliseconds.

Orders and trades are rows in arrays, in the order in which they happened; order ids are dense from 1, so an order's id
is its row. An account's orders on a symbol are a list of row numbers in chained blocks, its trades another: both ascend
in id and in time, so a page of them is two binary searches and a copy. What only some orders have, and order lists,
lie beside them (kernels/order_facts.py).
"""

import numpy as np

from venus.records.batch import Batch
from venus.records.events import EventKind
from venus.views.kernels.order_store import Store, grown, new_store, restored, used_part
from venus.views.kernels.orders import fold_orders
from venus.views.kernels.reserve import longer
from venus.views.kernels.tables import table_of
from venus.views.order_list_pages import (
    one_list,
    open_lists_of,
    page_of_lists,
    rows_of_amendments,
    rows_of_lists,
    rows_of_preventions,
)
from venus.views.order_pages import one_order, open_orders_of, page_of_orders, rows_of_orders, rows_of_trades
from venus.views.order_questions import (
    AmendmentsQuestion,
    Answer,
    OpenOrderListsQuestion,
    OpenOrdersQuestion,
    OrderListQuestion,
    OrderListsQuestion,
    OrderQuestion,
    OrdersQuestion,
    PreventionsQuestion,
    Question,
    TradesQuestion,
)

ROWS_RESERVED = 2**25


class Orders:
    """The fold, and the pages cut out of it. `rows_reserved`: orders before any array must be copied to grow."""

    def __init__(self, rows_reserved: int = ROWS_RESERVED) -> None:
        self._rows_reserved = rows_reserved
        self._use(new_store(rows_reserved))

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did."""
        if batch.cold is not None:
            self._make_room_for_accounts(batch.events)
        events, commands = batch.events.view(), batch.commands.view()
        # A read-only array is another type to Numba: one type, so that the kernel is compiled once.
        events.flags.writeable = commands.flags.writeable = False
        texts = np.frombuffer(batch.texts, np.uint8)
        at = 0
        while True:
            at = fold_orders(self._table.ctypes.data, at, events, commands, texts, batch.first_sequence, batch.time_ns)
            if at == len(events):
                return
            self._use(grown(self._store))

    def answer(self, question: Question) -> Answer:
        """Orders, trades or lists; an account or symbol that nobody knows simply has none."""
        store = self._store
        match question:
            case OrderQuestion():
                return rows_of_orders(store, one_order(store, question))
            case OpenOrdersQuestion():
                return rows_of_orders(store, open_orders_of(store, question))
            case OrdersQuestion():
                return rows_of_orders(store, page_of_orders(store, question))
            case TradesQuestion():
                return rows_of_trades(store, question)
            case OrderListQuestion():
                return rows_of_lists(store, one_list(store, question))
            case OpenOrderListsQuestion():
                return rows_of_lists(store, open_lists_of(store, question.account))
            case OrderListsQuestion():
                return rows_of_lists(store, page_of_lists(store, question))
            case PreventionsQuestion():
                return rows_of_preventions(store, question)
            case AmendmentsQuestion():
                return rows_of_amendments(store, question)

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, not copied: to be written before the next batch is folded."""
        return used_part(self._store)

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from; they are copied."""
        self._use(restored(self._rows_reserved, arrays))

    def _use(self, store: Store) -> None:
        self._store = store
        self._table = table_of(store)

    def _make_room_for_accounts(self, events: np.ndarray) -> None:
        """Only here is learnt how many accounts there are; the kernel never meets one that was not opened."""
        for event in events[events["kind"] == EventKind.ACCOUNTS_OPENED]:
            wanted = int(event["account"]) + int(event["quantity_lots"])
            pairs = self._store.account_pairs
            if wanted > len(pairs):
                self._use(self._store._replace(account_pairs=longer(pairs, max(wanted, 2 * len(pairs)))))
