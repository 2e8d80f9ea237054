"""Every order ever accepted and every trade of every account, appended in bulk and found in milliseconds.

Orders and trades are rows in arrays, in the order in which they happened; order ids are dense from 1, so an order's id
is its row. An account's orders on a symbol are a list of row numbers in chained blocks, its trades another: both ascend
in id and in time, so a page of them is two binary searches and a copy.
"""

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.commands import Side
from venus.records.events import EventKind
from venus.units import INT64_MAX
from venus.views.kernels.history import first_at, first_trade_at, gather_texts, open_orders, trades_of_order
from venus.views.kernels.order_links import find_pair, order_by_client
from venus.views.kernels.order_store import ORDER, Store, grown, new_store, restored, used_part
from venus.views.kernels.order_store import OrderStatus as OrderStatus
from venus.views.kernels.orders import fold_orders
from venus.views.kernels.postings import page_newest, page_oldest
from venus.views.kernels.reserve import longer
from venus.views.kernels.tables import table_of

ROWS_RESERVED = 2**25
PAGE_ROWS_MAX = 1000
"""No answer holds more orders or trades than this, except the open orders of an account."""

ORDER_ROW = np.dtype(
    [
        ("order_id", "i8"),
        ("time_ns", "i8"),  # accepted; it works from then on: every type matched today does
        ("updated_ns", "i8"),
        ("client_hi", "i8"),  # digest of the client id it bears now
        ("client_lo", "i8"),
        ("price_ticks", "i8"),  # 0: MARKET
        ("quantity", "i8"),  # original lots, as amended; quote atoms with IN_QUOTE
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
        ("is_buyer", "u1"),
        ("is_maker", "u1"),
        ("fee_in_base", "u1"),  # else in quote; a fee is taken from what was received
        ("reserved", "u1", (5,)),
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


class OrdersAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is ORDER_ROW[n] by order id; `texts` their client ids, one after the other, lengths in `text_bytes`."""

    rows: bytes
    texts: bytes


class TradesAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is TRADE_ROW[n] by trade id; a trade of an account with itself is two rows, the taker's first."""

    rows: bytes


Question = OrderQuestion | OpenOrdersQuestion | OrdersQuestion | TradesQuestion
Answer = OrdersAnswer | TradesAnswer

_ORDER_FIELDS = tuple(name for name in ORDER_ROW.fields or () if name in (ORDER.fields or ()))


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
        """Orders or trades; an account or symbol that nobody knows simply has none."""
        match question:
            case OrderQuestion():
                return self._rows_of_orders(self._one(question))
            case OpenOrdersQuestion():
                return self._rows_of_orders(self._open(question.account, question.symbol))
            case OrdersQuestion():
                return self._rows_of_orders(self._page_of_orders(question))
            case TradesQuestion():
                return self._rows_of_trades(question)

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

    def _one(self, question: OrderQuestion) -> np.ndarray:
        """u4[0 or 1]: the order that answers, if it is of the account, on the symbol, and bears the client id."""
        store = self._store
        client = (question.client_hi, question.client_lo)
        order_id = question.order_id
        if order_id == 0 and client != (0, 0):
            order_id = order_by_client(store, question.account, question.symbol, *client)
        if not 0 < order_id < store.used[0]["orders"]:
            return np.empty(0, np.uint32)
        order = store.orders[order_id]
        is_it = order["pair"] == find_pair(store, question.account, question.symbol)
        is_it &= client in ((0, 0), (order["client_hi"], order["client_lo"]))
        return np.array([order_id] if is_it else [], np.uint32)

    def _open(self, account: int, symbol: int | None) -> np.ndarray:
        """u4[n]: the account's open orders by id."""
        store = self._store
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

    def _page_of_orders(self, question: OrdersQuestion) -> np.ndarray:
        """u4[n]: a page of order ids, ascending."""
        store = self._store
        low, high = self._rows_between(store.orders, "orders", question)
        low = max(low, min(question.order_id_min, high))
        number = 2 * find_pair(store, question.account, question.symbol)
        return self._page(number, low, high, question)

    def _page(self, number: int, low: int, high: int, question: OrdersQuestion | TradesQuestion) -> np.ndarray:
        """u4[n]: values low ≤ value < high of a list, ascending; at most the question's limit."""
        page = _empty_page(question.limit)
        words, chain = self._store.words, self._store.lists[number]
        if question.newest:
            return page[: page_newest(words, int(chain["last"]), low, high, page)][::-1]
        return page[: page_oldest(words, int(chain["first"]), low, high, page)]

    def _rows_between(self, rows: np.ndarray, name: str, question: OrdersQuestion | TradesQuestion) -> tuple[int, int]:
        """Rows whose time is within the question's: the first, and the first after."""
        count = int(self._store.used[0][name]) - 1
        high = count + 1 if question.end_ns >= INT64_MAX else first_at(rows, count, question.end_ns + 1)
        return first_at(rows, count, min(question.start_ns, INT64_MAX)), high

    def _page_of_trades(self, question: TradesQuestion) -> np.ndarray:
        """u4[n]: a page of references to trades, ascending."""
        store = self._store
        pair = find_pair(store, question.account, question.symbol)
        low, high = (2 * row for row in self._rows_between(store.trades, "trades", question))
        trade_id_min = min(question.trade_id_min, INT64_MAX)
        if question.order_id == 0:
            oldest = int(store.lists[2 * pair + 1]["first"])
            low = max(low, min(first_trade_at(store.words, oldest, store.trades, trade_id_min), high))
            return self._page(2 * pair + 1, low, high, question)
        if pair == 0 or not 0 < question.order_id < store.used[0]["orders"]:
            return np.empty(0, np.uint32)
        order = store.orders[question.order_id]
        if order["pair"] != pair:
            return np.empty(0, np.uint32)
        page = _empty_page(question.limit)
        last = int(order["last_trade"])
        return np.sort(page[: trades_of_order(store.trades, last, low, high, trade_id_min, question.newest, page)])

    def _rows_of_orders(self, order_ids: np.ndarray) -> OrdersAnswer:
        store = self._store
        orders = store.orders[order_ids]
        rows = np.zeros(len(order_ids), ORDER_ROW)
        rows["order_id"] = order_ids
        for name in _ORDER_FIELDS:
            rows[name] = orders[name]
        rows["account"] = store.pairs["account"][orders["pair"]]
        rows["symbol"] = store.pairs["symbol"][orders["pair"]]
        texts = np.empty(orders["text_bytes"].sum(dtype=np.int64), np.uint8)
        gather_texts(store.texts, orders["text_start"], orders["text_bytes"], texts)
        return OrdersAnswer(rows.tobytes(), texts.tobytes())

    def _rows_of_trades(self, question: TradesQuestion) -> TradesAnswer:
        references = self._page_of_trades(question)
        if len(references) == 0:
            return TradesAnswer(b"")
        trades = self._store.trades[references >> 1]
        is_maker = (references & 1).astype(bool)
        rows = np.zeros(len(references), TRADE_ROW)
        for name in ("trade_id", "price_ticks", "quantity_lots", "time_ns"):
            rows[name] = trades[name]
        rows["order_id"] = np.where(is_maker, trades["maker_order"], trades["taker_order"])
        rows["fee_atoms"] = np.where(is_maker, trades["maker_fee_atoms"], trades["taker_fee_atoms"])
        rows["account"] = question.account
        rows["symbol"] = question.symbol
        rows["is_buyer"] = self._store.orders["side"][rows["order_id"]] == Side.BUY
        rows["is_maker"] = is_maker
        rows["fee_in_base"] = rows["is_buyer"]
        return TradesAnswer(rows.tobytes())


def _empty_page(limit: int) -> np.ndarray:
    return np.empty(max(1, min(limit, PAGE_ROWS_MAX)), np.uint32)
