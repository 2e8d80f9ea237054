"""Cold commands that nobody approves: the door knows whose key it is. Each under `holder:ACCOUNT:clientId`."""

from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk
from venus.gateway.issuance.leaving import parting_by
from venus.gateway.issuance.ledger_facts import told_time
from venus.gateway.issuance.proposals import number_of, own_event
from venus.gateway.issuance.refusals import refused
from venus.records.commands import PlainCommand
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject


async def command(client: EngineClient, desk: Desk, call: Call, asked: PlainCommand) -> dict[str, Any]:
    """Carry one out; raises ApiError if it is refused. `number`: what its event gave to what it made."""
    async with parting_by(desk, asked):
        call.still_fresh(desk)
        try:
            outcome = await client.submit_cold(asked)
        except OverflowError:
            raise refused(Reject.INVALID_COMMAND) from None
    event = own_event(outcome.events)
    if event.kind == EventKind.REJECTED:
        raise refused(Reject(event.reason))
    repeated = bool(event.flags & EventFlag.REPEATED)
    return {
        "kind": type(asked).__name__,
        "number": number_of(event),
        "sequence": event.trade_id if repeated else outcome.sequence,
        "time": told_time(outcome.time_ns, call.unit_ns),
        "repeated": repeated,
    }
