"""The head of the list of looks, in a frame. Source: docs/rules/public_log.md, "Looks"."""

from venus.core.steps import Answer, Applied, Step
from venus.records.events import EventKind
from venus.records.looks import HEAD_BYTES, NoteLooks
from venus.records.rejects import Reject
from venus.units import INT64_MAX


def note_looks(step: Step, command: NoteLooks) -> Answer:
    """Nobody approves it and it changes nothing: whoever compares the list with it sees what was changed there."""
    if not 1 <= command.looks <= INT64_MAX or len(command.head) != HEAD_BYTES:
        return Reject.INVALID_COMMAND
    return Applied(EventKind.LOOKS_NOTED, 0, {"quantity_lots": command.looks})
