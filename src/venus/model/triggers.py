"""After each step: which waiting orders the trades of the step trigger.

Source: docs/rules/conditional.md, "When it triggers".
"""

from venus.model.book import Book, Order, State
from venus.model.desk import Desk
from venus.model.events import event
from venus.records.commands import Side
from venus.records.events import Event, EventKind

BIPS = 10_000


class Triggers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def after_step(self, sequence: int) -> list[Event]:
        """Look at the prices of the step's first and last trade; what triggers is in the queue."""
        happened: list[Event] = []
        for book in self._desk.books:
            trades, book.step_trades = book.step_trades, []
            if self._desk.rules < 2 or not trades:
                continue
            for price_ticks, lots in trades:
                book.average.add(self._desk.time_ns, price_ticks, lots)
            first_ticks, last_ticks = trades[0][0], trades[-1][0]
            happened += self._look(sequence, book, first_ticks)
            if last_ticks != first_ticks:
                happened += self._look(sequence, book, last_ticks)
        return happened

    def _look(self, sequence: int, book: Book, price_ticks: int) -> list[Event]:
        happened = []
        tracked_before = in_state(self._desk, book, State.TRACKS)
        above = [o for o in in_state(self._desk, book, State.ABOVE) if o.trigger_ticks <= price_ticks]
        below = [o for o in in_state(self._desk, book, State.BELOW) if o.trigger_ticks >= price_ticks]
        for order in above + below:
            if order.trail_bips:
                happened.append(self._track(sequence, order, price_ticks))
            else:
                self._queue(order)
        for order in tracked_before:
            if not order.extreme_ticks or is_better(order.side, price_ticks, order.extreme_ticks):
                order.extreme_ticks = price_ticks
            elif has_turned(order, price_ticks):
                self._queue(order)
        return happened

    def _queue(self, order: Order) -> None:
        order.state = State.QUEUED
        self._desk.queue.append(order)

    def _track(self, sequence: int, order: Order, price_ticks: int) -> Event:
        order.state = State.TRACKS
        order.since = self._desk.moment()
        order.trigger_ticks = 0
        order.extreme_ticks = price_ticks
        return event(
            EventKind.TRACKING,
            sequence,
            order_id=order.id,
            price_ticks=price_ticks,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
        )


def in_state(desk: Desk, book: Book, state: State) -> list[Order]:
    """Those of a symbol, in the order in which they trigger: the nearest trigger first, then who came first."""
    toward = -1 if state is State.BELOW else 1
    found = [order for order in desk.orders.values() if order.symbol == book.number and order.state is state]
    if state is State.TRACKS:
        return sorted(found, key=lambda order: order.since)
    return sorted(found, key=lambda order: (toward * order.trigger_ticks, order.since))


def is_better(side: Side, price_ticks: int, extreme_ticks: int) -> bool:
    return price_ticks > extreme_ticks if side is Side.SELL else price_ticks < extreme_ticks


def has_turned(order: Order, price_ticks: int) -> bool:
    """Whether the price has come back from the best that a tracking order saw by its distance."""
    if order.side is Side.SELL:
        return price_ticks <= order.extreme_ticks * (BIPS - order.trail_bips) // BIPS
    return price_ticks >= -(-order.extreme_ticks * (BIPS + order.trail_bips) // BIPS)
