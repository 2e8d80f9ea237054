"""What happened, as the model says it. Source: docs/rules/events.md; what a kind does not use is zero."""

from venus.records.commands import Command
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject


def event(
    kind: EventKind,
    sequence: int,
    *,
    order_id: int = 0,
    maker_order_id: int = 0,
    price_ticks: int = 0,
    quantity_lots: int = 0,
    remaining_lots: int = 0,
    hold_atoms: int = 0,
    taker_fee_atoms: int = 0,
    maker_fee_atoms: int = 0,
    trade_id: int = 0,
    account: int = 0,
    maker_account: int = 0,
    symbol: int = 0,
    side: int = 0,
    reason: int = 0,
    flags: int = 0,
) -> Event:
    return Event(
        sequence,
        order_id,
        maker_order_id,
        price_ticks,
        quantity_lots,
        remaining_lots,
        hold_atoms,
        taker_fee_atoms,
        maker_fee_atoms,
        trade_id,
        account,
        maker_account,
        symbol,
        kind,
        side,
        reason,
        flags,
    )


def refused(sequence: int, command: Command, reason: Reject) -> Event:
    """A hot command's refusal: it names the account, subject and side that the command named, known or not."""
    return event(
        EventKind.REJECTED,
        sequence,
        account=command.account,
        symbol=command.subject,
        side=command.side,
        reason=reason,
    )


def repeated(first: Event, sequence: int, first_sequence: int) -> Event:
    """The first outcome again, for a retry."""
    return first._replace(sequence=sequence, trade_id=first_sequence, flags=EventFlag.REPEATED)
