"""Which clock of an order ran out, by the event that says what came of it. Source: docs/rules/p2p.md, "Timers"."""

from typing import NamedTuple

from venus.records.events import EventKind
from venus.records.p2p_states import Act, Ending, Spoke


class Ran(NamedTuple):
    """is_frozen: one side alone had spoken, and still a person is to decide, since its holder is frozen."""

    act: Act
    is_frozen: bool = False


def clock_of(kind: int, reason: int, *, timer: bool) -> Ran | None:
    """None: an event that no clock of an order is told by. A lawful order is told as one, whoever carried it out."""
    if kind == EventKind.ESCROW_CANCELLED and reason == Ending.LAWFUL:
        return Ran(Act.SEIZE)
    if not timer:
        return None
    match kind:
        case EventKind.ESCROW_CANCELLED if reason == Ending.TIMED_OUT:
            return Ran(Act.PAYMENT_LATE)
        case EventKind.DISPUTE_OPENED:
            return Ran(Act.RELEASE_LATE)
        case EventKind.ESCROW_COMPLETED | EventKind.ESCROW_CANCELLED:
            return Ran(Act.EVIDENCE_DUE)
        case EventKind.DISPUTE_ESCALATED:
            return Ran(Act.EVIDENCE_DUE, is_frozen=reason in (Spoke.BUYER, Spoke.SELLER))
        case _:
            return None
