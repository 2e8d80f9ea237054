"""What waits in the queue is activated: triggered orders go to the book, lists start their pending legs.

Source: docs/rules/conditional.md, "Activation of a triggered order"; docs/rules/order_lists.md, "Starting".
"""

from collections.abc import Sequence

from venus.model.ask import Ask, ask_again
from venus.model.book import Order, State
from venus.model.desk import Desk, OrderList
from venus.model.entry import Entry, told
from venus.model.events import event
from venus.model.filters import Setting
from venus.model.list_orders import bad_pair_prices, start_pair
from venus.model.lists import Lists
from venus.model.refusals import Refusals
from venus.model.triggers import Triggers
from venus.records.commands import PRICED_TYPES, OrderType
from venus.records.events import Event, EventFlag, EventKind, Expiry
from venus.records.rejects import Reject


class Activation:
    def __init__(self, desk: Desk, lists: Lists, refusals: Refusals, entry: Entry) -> None:
        self._desk = desk
        self._lists = lists
        self._refusals = refusals
        self._entry = entry
        self._triggers = Triggers(desk)

    def settle(self, sequence: int) -> list[Event]:
        """After a step: look at its prices, then activate until nothing waits, each activation a step of its own."""
        happened = self._triggers.after_step(sequence)
        queue = self._desk.queue
        while queue:
            next_ = queue.popleft()
            if isinstance(next_, OrderList):
                happened += self._start(sequence, next_)
            elif next_.state is State.QUEUED:  # else its list has ended it
                happened += self._activate(sequence, next_)
            happened += self._triggers.after_step(sequence)
        return happened

    def _activate(self, sequence: int, order: Order) -> list[Event]:
        desk = self._desk
        happened = self._lists.met(sequence, order)
        freed_atoms = desk.held_atoms(order)
        desk.hold(order, -freed_atoms)
        reason, price_ticks = self._entry_refusal(order)
        if reason:
            desk.forget(order)
            return [*happened, failed(sequence, order, freed_atoms), *self._lists.gone(sequence, order)]
        order.state = State.TAKER
        order.type = OrderType.LIMIT if order.type in PRICED_TYPES else OrderType.MARKET
        order.price_ticks = price_ticks
        order.trigger_ticks = order.trail_bips = order.extreme_ticks = order.peg = 0
        met = self._entry.run(sequence, order, 0)
        happened += [told(EventKind.TRIGGERED, sequence, order, desk.held_atoms(order) - freed_atoms), *met]
        return happened + self._after_run(sequence, order)

    def _entry_refusal(self, order: Order) -> tuple[Reject, int]:
        """Whether a triggered order may enter its book, its hold being freed; and the price that it enters with."""
        if order.type not in PRICED_TYPES:
            return Reject.NONE, 0
        ask = ask_again(order, order.remaining_lots)
        price_ticks = self._refusals.pegged_ticks(ask) if ask.peg else ask.price_ticks
        if price_ticks is None:
            return Reject.NO_PEG_PRICE, 0
        reason = self._refusals.limit_refusal(ask, price_ticks)
        if reason:
            return reason, 0
        needed_atoms = self._desk.book_of(order).hold_atoms(order.side, price_ticks, order.remaining_lots)
        enough = self._desk.free_atoms(order.account, order.symbol, order.side) >= needed_atoms
        return (Reject.NONE if enough else Reject.INSUFFICIENT_FREE), price_ticks

    def _start(self, sequence: int, list_: OrderList) -> list[Event]:
        """All pending legs of a list go to work, or all end."""
        legs = list_.dependent
        lots = self._lots(list_)
        asks = [ask_again(leg, leg_lots) for leg, leg_lots in zip(legs, lots, strict=True)]
        refused_leg = self._start_refusal(legs, asks)
        if refused_leg is not None:
            ending = [refused_leg, *(leg for leg in legs if leg is not refused_leg)]
            happened = [self._lists.take_off(sequence, leg, EventKind.EXPIRED, Expiry.REJECTED) for leg in ending]
            return happened + self._lists.close_if_done(sequence, list_)
        prices_ticks = [self._refusals.entry_price_ticks(ask) for ask in asks]
        list_.started = True
        for leg, leg_lots, price_ticks in zip(legs, lots, prices_ticks, strict=True):
            leg.original_lots = leg.remaining_lots = leg_lots
            leg.price_ticks = price_ticks
        if len(legs) == 2:
            return start_pair(self._desk, self._entry, EventKind.STARTED, [sequence, sequence], legs)
        return self._start_single(sequence, legs[0])

    def _start_single(self, sequence: int, leg: Order) -> list[Event]:
        desk = self._desk
        locked_atoms, leg.locked_atoms = leg.locked_atoms, 0
        desk.hold(leg, -locked_atoms)
        happened: list[Event] = []
        if leg.conditional:
            self._entry.wait(leg)
            desk.hold(leg, desk.held_atoms(leg))
        else:
            leg.state = State.TAKER
            leg.peg = 0
            happened = self._entry.run(sequence, leg, 0)
        started = told(EventKind.STARTED, sequence, leg, desk.held_atoms(leg) - locked_atoms)
        return [started, *happened, *self._after_run(sequence, leg)]

    def _lots(self, list_: OrderList) -> list[int]:
        """Quantities of the pending legs: their own, or as much as what was bought comes to."""
        legs, book = list_.dependent, self._desk.books[list_.symbol]
        if not list_.sells_what_it_bought:
            return [leg.original_lots for leg in legs]
        listing = book.listing
        most = [listing.quantity_lots_max if leg.type in PRICED_TYPES else listing.market_lots_max for leg in legs]
        return [min([legs[0].locked_atoms // listing.lot_atoms, *most])] * len(legs)

    def _start_refusal(self, legs: Sequence[Order], asks: Sequence[Ask]) -> Order | None:
        """The leg that may not start, if there is one."""
        for leg, ask in zip(legs, asks, strict=True):
            if self._refusals.figures(ask, Setting(itself=leg.id)) or self._refusals.wrong_side(ask):
                return leg
        first = asks[0]
        last_price_ticks = self._desk.books[first.symbol].last_price_ticks
        if len(asks) == 2 and bad_pair_prices(self._refusals, asks, last_price_ticks):
            return legs[0]
        free_atoms = self._desk.free_atoms(first.account, first.symbol, first.side) + legs[0].locked_atoms
        needed_atoms = max(self._refusals.needed_atoms(ask) for ask in asks)
        return legs[0] if free_atoms < needed_atoms else None

    def _after_run(self, sequence: int, order: Order) -> list[Event]:
        return self._lists.gone(sequence, order) if order.state is State.ENDED else []


def failed(sequence: int, order: Order, freed_atoms: int) -> Event:
    """A triggered order that may not enter its book."""
    return event(
        EventKind.EXPIRED,
        sequence,
        order_id=order.id,
        price_ticks=order.price_ticks,
        remaining_lots=order.remaining_lots,
        hold_atoms=-freed_atoms,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        reason=Expiry.REJECTED,
        flags=EventFlag.WAITING,
    )
