"""What an engine's outcome says: refused or not, and where a new order stands after its own events.

Source: docs/rules/events.md.
"""

from typing import NamedTuple

from venus.engine.client import Outcome
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject
from venus.views.orders import OrderStatus

# Bits as plain numbers: an IntFlag's "&" builds a flag, ten times as slow.
_TAKER_DONE = int(EventFlag.TAKER_DONE)
_TIMER = int(EventFlag.TIMER)


class Placed(NamedTuple):
    """What a new order's events add up to."""

    order_id: int
    status: OrderStatus
    executed_lots: int
    executed_tick_lots: int
    prevented_lots: int
    prevented_match_id: int
    reason: int  # Expiry
    trades: list[Event]
    preventions: list[Event]


def add_up(outcome: Outcome) -> Placed:
    """Fold an accepted order's events into where it stands."""
    accepted = own_event(outcome, EventKind.ACCEPTED)
    order_id = accepted.order_id
    trades, preventions = [], []
    executed_lots = executed_tick_lots = prevented_lots = prevented_match_id = reason = 0
    ended_by = 0
    for event in outcome.events:
        if event.order_id != order_id:
            continue
        kind = event.kind
        if kind == EventKind.TRADE:
            trades.append(event)
            executed_lots += event.quantity_lots
            executed_tick_lots += event.quantity_lots * event.price_ticks
        elif kind == EventKind.PREVENTED:
            preventions.append(event)
            prevented_lots += event.quantity_lots
            prevented_match_id = event.trade_id
        elif kind == EventKind.EXPIRED:
            reason = event.reason
        if event.flags & _TAKER_DONE:
            ended_by = kind
    if ended_by == EventKind.EXPIRED:
        status = OrderStatus.EXPIRED
    elif ended_by == EventKind.PREVENTED:
        status = OrderStatus.EXPIRED_IN_MATCH
    elif ended_by or not accepted.remaining_lots:
        status = OrderStatus.FILLED  # by a trade, or by quote with all spent that could be
    else:
        status = OrderStatus.PARTIALLY_FILLED if executed_lots else OrderStatus.NEW
    return Placed(
        order_id,
        status,
        executed_lots,
        executed_tick_lots,
        prevented_lots,
        # As the maker of another's prevented match an order has it too; here it can only be the taker.
        prevented_match_id if prevented_lots else 0,
        reason,
        trades,
        preventions,
    )


def reject_of(outcome: Outcome) -> Reject:
    """Why the command was refused; NONE if it was not."""
    for event in outcome.events:
        if event.kind == EventKind.REJECTED:
            return Reject(event.reason)
    return Reject.NONE


def own_event(outcome: Outcome, kind: EventKind) -> Event:
    """The command's one event of this kind. The frame's timers may have fired before it."""
    return next(event for event in outcome.events if event.kind == kind and not event.flags & _TIMER)
