"""Every open order, wherever it is, the lists that orders are legs of, and what each holds.

Source: docs/rules/spot.md, "Holds"; docs/rules/order_lists.md, "A pair holds once".
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from venus.model.book import WAITING, Book, Order, State
from venus.model.ledger import Ledger
from venus.model.transfers import NO_DIGEST, Digest
from venus.records.commands import ListType, SetExchangeLimits

RULES_FIRST = 1


@dataclass(slots=True)
class OrderList:
    id: int
    account: int
    symbol: int
    type: ListType
    client: Digest
    legs: list[Order]
    started: bool  # the legs that depend on the working one are no longer pending; an OCO's never were

    @property
    def working(self) -> Order | None:
        return None if self.type is ListType.OCO else self.legs[0]

    @property
    def dependent(self) -> list[Order]:
        """The pair of an OCO, else the legs that the working one starts."""
        return self.legs if self.type is ListType.OCO else self.legs[1:]

    @property
    def pair(self) -> list[Order]:
        """Two legs that end each other, once they work."""
        return self.dependent if self.started and len(self.dependent) == 2 else []

    @property
    def open_legs(self) -> list[Order]:
        return [leg for leg in self.legs if leg.state is not State.ENDED]

    @property
    def sells_what_it_bought(self) -> bool:
        return self.type in (ListType.OPO, ListType.OPOCO)


class Desk:
    """`queue` holds what is to be activated before the next command: triggered orders, and lists whose legs start."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.rules = RULES_FIRST
        self.limits = SetExchangeLimits(
            reference="", orders_max=0, algo_orders_max=0, iceberg_orders_max=0, order_lists_max=0
        )
        self.time_ns = 0
        self.books: list[Book] = []
        self.orders: dict[int, Order] = {}  # the open ones
        self.clients: dict[tuple[int, Digest], Order] = {}
        self.lists: dict[int, OrderList] = {}  # the open ones
        self.queue: deque[Order | OrderList] = deque()
        self.next_order_id = 1
        self.next_list_id = 1
        self._moments = 0

    def book_of(self, order: Order) -> Book:
        return self.books[order.symbol]

    def moment(self) -> int:
        """A number above all before it: who came first."""
        self._moments += 1
        return self._moments

    def of_account(self, account: int) -> Iterator[Order]:
        return (order for order in self.orders.values() if order.account == account)

    def list_of(self, order: Order) -> OrderList | None:
        return self.lists.get(order.list_id)

    def keep(self, order: Order) -> None:
        """It is open: it can be found, and its client id is in use."""
        self.orders[order.id] = order
        if order.client != NO_DIGEST:
            self.clients[order.account, order.client] = order

    def forget(self, order: Order) -> None:
        """It has ended: its client id may be used again."""
        order.state = State.ENDED
        if self.orders.pop(order.id, None) is not None:
            self.clients.pop((order.account, order.client), None)

    def own_hold_atoms(self, order: Order) -> int:
        """What an order holds, or would hold if the other leg of its pair were not."""
        if order.state is State.PENDING:
            return order.locked_atoms
        if order.state is State.RESTS or order.state in WAITING:
            return self.book_of(order).hold_atoms(order.side, order.hold_price_ticks, order.remaining_lots)
        return 0

    def held_atoms(self, order: Order) -> int:
        """What an order holds, with the other leg of its pair."""
        list_ = self.list_of(order)
        if list_ is not None and any(leg is order for leg in list_.pair):
            return max(self.own_hold_atoms(leg) for leg in list_.pair)
        return self.own_hold_atoms(order)

    def hold(self, order: Order, amount_atoms: int) -> None:
        """From free to held of its owner, in the asset that it pays with; a negative amount goes back."""
        self.ledger.hold(order.account, self.book_of(order).pays(order.side), amount_atoms)

    def free_atoms(self, account: int, symbol: int, side: int) -> int:
        """What an account could pay an order of this side with."""
        listing = self.books[symbol].listing
        return self.ledger.free[account, listing.base_asset if side else listing.quote_asset]

    def check(self, held_atoms: Mapping[tuple[int, int], int]) -> None:
        """Rules 3 and 5 to 8 of docs/rules/ledger.md; `held_atoms` is what others than orders hold."""
        assert not self.queue, self.queue
        resting = [order for book in self.books for order in book.bids + book.asks]
        assert all(self.orders.get(order.id) is order and order.state is State.RESTS for order in resting)
        assert len(resting) == sum(order.state is State.RESTS for order in self.orders.values())
        for book in self.books:
            assert not book.step_trades, book.number
            assert not book.bids or not book.asks or book.bids[0].price_ticks < book.asks[0].price_ticks, book.number
        for order in self.orders.values():
            check_order(order, self.book_of(order))
        holds_atoms = dict.fromkeys(self.ledger.held, 0)
        for order in self.orders.values():
            list_ = self.list_of(order)
            # A pair holds once: with its first leg that is open.
            pair = [leg for leg in list_.pair if leg.state is not State.ENDED] if list_ is not None else []
            if not pair or pair[0] is order or all(leg is not order for leg in pair):
                holds_atoms[order.account, self.book_of(order).pays(order.side)] += self.held_atoms(order)
        for of_whom, atoms in held_atoms.items():
            holds_atoms[of_whom] = holds_atoms.get(of_whom, 0) + atoms
        assert {key: atoms for key, atoms in holds_atoms.items() if atoms} == {
            key: atoms for key, atoms in self.ledger.held.items() if atoms
        }
        named = [order for order in self.orders.values() if order.client != NO_DIGEST]
        assert self.clients == {(order.account, order.client): order for order in named}
        assert len(self.clients) == len(named)
        for number, list_ in self.lists.items():
            check_list(number, list_)


def check_order(order: Order, book: Book) -> None:
    assert order.state not in (State.TAKER, State.ENDED, State.QUEUED), order
    assert order.executed_lots + order.remaining_lots <= order.original_lots, order
    if order.state is State.PENDING:
        return
    assert order.remaining_lots > 0, order
    assert order.hold_price_ticks > 0, order
    if order.state is State.RESTS:
        assert not order.conditional, order
        assert order.hold_price_ticks == order.price_ticks, order
        shown_lots_max = min(order.display_lots, order.remaining_lots)
        assert (1 if order.display_lots else 0) <= order.slice_lots <= shown_lots_max, order
        return
    assert order.conditional, order
    last_ticks = book.last_price_ticks
    if order.state is State.TRACKS:
        assert order.trail_bips > 0, order
        assert not order.extreme_ticks or (order.extreme_ticks - last_ticks) * (1 if order.side else -1) >= 0, order
    else:
        assert order.trigger_ticks > 0, order
        above = order.state is State.ABOVE
        # What the last price has reached has triggered.
        assert not last_ticks or (last_ticks < order.trigger_ticks if above else last_ticks > order.trigger_ticks), (
            order
        )


def check_list(number: int, list_: OrderList) -> None:
    assert list_.id == number, list_
    assert list_.open_legs, list_
    assert all(leg.list_id == number for leg in list_.legs), list_
    pending = [leg for leg in list_.open_legs if leg.state is State.PENDING]
    assert list_.started != bool(pending), list_
    assert not pending or pending == list_.dependent, list_
    if pending:
        assert list_.working in list_.open_legs, list_
    else:
        assert list_.working is None or list_.working.state is State.ENDED, list_
