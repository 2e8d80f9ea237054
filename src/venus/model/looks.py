"""How many looks there are, and the hash of the last. Source: docs/rules/public_log.md, "Looks"."""

from venus.model.events import event
from venus.records.events import Event, EventKind
from venus.records.looks import NoteLooks
from venus.records.rejects import Reject

RULES_OF_LOOKS = 5


def noted(sequence: int, command: NoteLooks) -> tuple[Reject, int, list[Event]]:
    """Why not, the number that was given (none), and all that happened."""
    if command.looks < 1 or command.looks > 2**63 - 1 or len(command.head) != 32:
        return Reject.INVALID_COMMAND, 0, []
    return Reject.NONE, 0, [event(EventKind.LOOKS_NOTED, sequence, quantity_lots=command.looks)]
