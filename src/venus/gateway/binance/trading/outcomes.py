"""What an engine's outcome says: refused or not, and where a new order stands after its own events.

Source: docs/rules/events.md.
"""

import msgspec

from venus.engine.client import Outcome
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject
from venus.views.kernels.order_facts import OrderStatus

# Bits as plain numbers: an IntFlag's "&" builds a flag, ten times as slow.
_TAKER_DONE = int(EventFlag.TAKER_DONE)
_TIMER = int(EventFlag.TIMER)
_WAITING = int(EventFlag.WAITING)
_PENDING = int(EventFlag.PENDING)
_ACCEPTED, _REJECTED, _TRADE = int(EventKind.ACCEPTED), int(EventKind.REJECTED), int(EventKind.TRADE)
_PREVENTED, _EXPIRED = int(EventKind.PREVENTED), int(EventKind.EXPIRED)
_LATER = int(EventKind.TRIGGERED), int(EventKind.STARTED)


class Placed(msgspec.Struct, frozen=True):
    """What a new order's events add up to."""

    order_id: int
    status: OrderStatus
    is_working: bool  # it went to the book; else it waits
    price_ticks: int  # the one it went to the book with; 0: MARKET
    executed_lots: int
    executed_tick_lots: int
    prevented_lots: int
    prevented_match_id: int
    reason: int  # Expiry
    trades: list[Event]
    preventions: list[Event]


def add_up(events: list[Event], order_id: int) -> Placed:
    """Fold an accepted order's events into where it stands when its placing is over.

    What happened to it later, though the same command caused it, is left out: that it was triggered or started.
    """
    accepted = None
    trades, preventions = [], []
    executed_lots = executed_tick_lots = prevented_lots = prevented_match_id = reason = 0
    ended_by = 0
    for event in events:
        if event.order_id != order_id:
            continue
        kind = event.kind
        if kind == _ACCEPTED:
            accepted = event
        elif accepted is None:
            continue  # a list's id, or what a working order received for it
        elif kind in _LATER:
            break
        elif kind == _TRADE:
            trades.append(event)
            executed_lots += event.quantity_lots
            executed_tick_lots += event.quantity_lots * event.price_ticks
        elif kind == _PREVENTED:
            preventions.append(event)
            prevented_lots += event.quantity_lots
            prevented_match_id = event.trade_id
        elif kind == _EXPIRED:
            reason = event.reason
            ended_by = kind
        if event.flags & _TAKER_DONE:
            ended_by = kind
    assert accepted is not None, order_id
    return Placed(
        order_id,
        _status(accepted, ended_by, executed_lots),
        not accepted.flags & (_WAITING | _PENDING),
        accepted.price_ticks,
        executed_lots,
        executed_tick_lots,
        prevented_lots,
        # As the maker of another's prevented match an order has it too; here it can only be the taker.
        prevented_match_id if prevented_lots else 0,
        reason,
        trades,
        preventions,
    )


def _status(accepted: Event, ended_by: int, executed_lots: int) -> OrderStatus:
    if ended_by == _EXPIRED:
        return OrderStatus.EXPIRED
    if ended_by == _PREVENTED:
        return OrderStatus.EXPIRED_IN_MATCH
    if accepted.flags & _PENDING:
        return OrderStatus.PENDING_NEW
    if accepted.flags & _WAITING:
        return OrderStatus.NEW
    if ended_by or not accepted.remaining_lots:
        return OrderStatus.FILLED  # by a trade, or by quote with all spent that could be
    return OrderStatus.PARTIALLY_FILLED if executed_lots else OrderStatus.NEW


def reject_of(outcome: Outcome) -> Reject:
    """Why the command was refused; NONE if it was not."""
    for event in outcome.events:
        if event.kind == _REJECTED:
            return Reject(event.reason)
    return Reject.NONE


def own_event(outcome: Outcome, kind: EventKind) -> Event:
    """The command's one event of this kind. The frame's timers may have fired before it."""
    for event in outcome.events:
        if event.kind == kind and not event.flags & _TIMER:
            return event
    raise AssertionError((kind, outcome))
