"""What commands would do to an exchange that is not there yet: run in memory, and nothing of it is kept."""

from collections.abc import Sequence
from typing import NamedTuple

from venus.engine.exchange import Exchange
from venus.records.commands import ColdCommand
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.records.work import NO_COMMANDS, Work


class Stumble(NamedTuple):
    """The first command that is refused, by its place among those told, and why."""

    place: int
    reject: Reject


def rehearse(time_ns: int, commands: Sequence[ColdCommand]) -> Stumble | None:
    """Run them one after the other on an empty exchange at one time; None if every one of them is applied."""
    exchange = Exchange()
    for place, command in enumerate(commands):
        events = exchange.run(place, time_ns, Work(NO_COMMANDS, b"", command)).events
        refused = events[events["kind"] == EventKind.REJECTED]
        if len(refused):
            return Stumble(place, Reject(int(refused[0]["reason"])))
    return None
