"""How orders end, and what the end of a leg does to the rest of its list.

Source: docs/rules/order_lists.md, "What ends what".
"""

from venus.model.book import WAITING, Order, State
from venus.model.desk import Desk, OrderList
from venus.model.events import event
from venus.records.events import Event, EventFlag, EventKind, Expiry

NO_BOOK_FLAGS = {State.PENDING: EventFlag.PENDING} | dict.fromkeys(WAITING, EventFlag.WAITING)
"""How events tell that an order is in no book."""


def no_book_flag(order: Order) -> EventFlag:
    return NO_BOOK_FLAGS.get(order.state, EventFlag.NONE)


class Lists:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def take_off(self, sequence: int, order: Order, kind: EventKind, reason: Expiry) -> Event:
        """End one open order and free what it held; what depends on it stays as it is."""
        desk = self._desk
        flags, hidden_lots = no_book_flag(order), order.hidden_lots
        if order.state is State.RESTS:
            desk.book_of(order).remove(order)
        held_atoms = desk.held_atoms(order)
        desk.forget(order)
        freed_atoms = held_atoms - desk.held_atoms(order)
        desk.hold(order, -freed_atoms)
        return event(
            kind,
            sequence,
            order_id=order.id,
            price_ticks=order.price_ticks,
            remaining_lots=order.remaining_lots,
            hold_atoms=-freed_atoms,
            maker_fee_atoms=hidden_lots,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            reason=reason,
            flags=flags,
        )

    def end(self, sequence: int, order: Order, kind: EventKind, reason: Expiry) -> list[Event]:
        """A cancel or a freeze: the order, and if it is a leg, all its list with it."""
        list_ = self._desk.list_of(order)
        happened = [self.take_off(sequence, order, kind, reason)]
        return happened if list_ is None else happened + self.end_list(sequence, list_, kind, reason)

    def end_list(self, sequence: int, list_: OrderList, kind: EventKind, reason: Expiry) -> list[Event]:
        happened = [self.take_off(sequence, leg, kind, reason) for leg in list_.open_legs]
        return happened + self.close_if_done(sequence, list_)

    def met(self, sequence: int, order: Order) -> list[Event]:
        """A leg of a pair was met in the book, or goes there: the other one ends first."""
        list_ = self._desk.list_of(order)
        if list_ is None:
            return []
        others = [leg for leg in list_.pair if leg is not order and leg.state is not State.ENDED]
        return [self.take_off(sequence, leg, EventKind.EXPIRED, Expiry.OCO_TRIGGER) for leg in others]

    def gone(self, sequence: int, order: Order) -> list[Event]:
        """An order has ended in the book: what its list does about it."""
        list_ = self._desk.list_of(order)
        if list_ is None:
            return []
        happened: list[Event] = []
        if order is list_.working:
            if order.executed_lots == order.original_lots:
                self._desk.queue.append(list_)
            else:
                happened = [
                    self.take_off(sequence, leg, EventKind.EXPIRED, Expiry.PHASE_ONE_EXPIRED) for leg in list_.open_legs
                ]
        return happened + self.close_if_done(sequence, list_)

    def bought(self, sequence: int, order: Order, base_atoms: int) -> list[Event]:
        """What the working leg of an OPO received in a trade is kept for the legs that will sell it."""
        list_ = self._desk.list_of(order)
        if list_ is None or not list_.sells_what_it_bought or order is not list_.working:
            return []
        first = list_.dependent[0]
        first.locked_atoms += base_atoms
        self._desk.hold(first, base_atoms)
        locked = event(
            EventKind.LOCKED,
            sequence,
            order_id=first.id,
            hold_atoms=base_atoms,
            account=first.account,
            symbol=first.symbol,
            side=first.side,
        )
        return [locked]

    def close_if_done(self, sequence: int, list_: OrderList) -> list[Event]:
        if list_.open_legs:
            return []
        del self._desk.lists[list_.id]
        return [event(EventKind.LIST_DONE, sequence, order_id=list_.id, account=list_.account, symbol=list_.symbol)]
