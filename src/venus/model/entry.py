"""An order enters its book as a taker, or begins to wait; and how ACCEPTED, TRIGGERED and STARTED tell it.

Source: docs/rules/spot.md, "Accepted"; docs/rules/conditional.md.
"""

from venus.model.ask import Ask, waits_above
from venus.model.book import UNLIMITED, Order, State
from venus.model.desk import Desk
from venus.model.events import event
from venus.model.lists import no_book_flag
from venus.model.matching import Matching, Taker
from venus.records.commands import OrderType, SelfTrade, Side, TimeInForce
from venus.records.events import Event, EventKind


class Entry:
    def __init__(self, desk: Desk, matching: Matching) -> None:
        self._desk = desk
        self._matching = matching

    def number(self, ask: Ask) -> Order:
        """The order that an accepted ORDER is, with the next id; nothing else is done with it."""
        lots = 0 if ask.by_quote else ask.quantity
        order = Order(
            id=self._desk.next_order_id,
            account=ask.account,
            symbol=ask.symbol,
            side=Side(ask.side),
            type=OrderType(ask.type),
            tif=TimeInForce(ask.tif),
            stp=SelfTrade(ask.stp),
            price_ticks=ask.price_ticks,
            client=ask.client,
            original_lots=lots,
            remaining_lots=lots,
            display_lots=ask.display_lots,
            trigger_ticks=ask.trigger_ticks,
            trail_bips=ask.trail_bips,
            peg=ask.peg,
        )
        self._desk.next_order_id += 1
        return order

    def run(self, sequence: int, order: Order, quote_atoms: int) -> list[Event]:
        """Through the book at its price; what remains of it rests and holds, or it has ended.

        quote_atoms  of an order by quote, else 0
        """
        taker = self._taker(order, quote_atoms)
        self._matching.match(sequence, taker)
        order.executed_lots = taker.executed_lots
        if taker.done:
            order.remaining_lots = 0
            self._desk.forget(order)
        else:
            order.remaining_lots = taker.wanted_lots
            self.rest(order)
            self._desk.hold(order, self._desk.own_hold_atoms(order))
        return taker.happened

    def rest(self, order: Order) -> None:
        """Last in time at its price; what it holds is the caller's to move."""
        order.state = State.RESTS
        order.since = self._desk.moment()
        order.hold_price_ticks = order.price_ticks
        order.slice_lots = min(order.display_lots, order.remaining_lots)
        self._desk.book_of(order).rest(order)
        self._desk.keep(order)

    def wait(self, order: Order) -> None:
        """A conditional order begins to wait or to track; what it holds is the caller's to move."""
        last_ticks = self._desk.book_of(order).last_price_ticks
        order.since = self._desk.moment()
        order.hold_price_ticks = order.price_ticks or order.trigger_ticks or last_ticks
        if not order.trigger_ticks:
            order.state = State.TRACKS
            order.extreme_ticks = last_ticks
        else:
            order.state = State.ABOVE if waits_above(order.type, order.side) else State.BELOW
        self._desk.keep(order)

    def _taker(self, order: Order, quote_atoms: int) -> Taker:
        """What an order may take, in lots and in quote atoms."""
        if order.type is not OrderType.MARKET:
            return Taker(order, False, order.remaining_lots, UNLIMITED)
        is_buy = order.side is Side.BUY
        if quote_atoms:
            book = self._desk.book_of(order)
            swept_lots, _ = book.sweep(order.side, UNLIMITED, quote_atoms)
            return Taker(order, True, UNLIMITED if is_buy else swept_lots, quote_atoms)
        free_atoms = self._desk.free_atoms(order.account, order.symbol, order.side)
        return Taker(order, False, order.remaining_lots, free_atoms if is_buy else UNLIMITED)


def told(kind: EventKind, sequence: int, order: Order, hold_atoms: int) -> Event:
    """An order that went to work: where it is now, though the event comes before what brought it there."""
    return event(
        kind,
        sequence,
        order_id=order.id,
        price_ticks=order.price_ticks,
        quantity_lots=order.original_lots,
        remaining_lots=order.remaining_lots,
        hold_atoms=hold_atoms,
        maker_fee_atoms=order.hidden_lots,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        flags=no_book_flag(order),
    )
