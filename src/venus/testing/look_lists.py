"""A list of looks into a journal, for tests. Source: docs/rules/public_log.md, "Looks"."""

from collections.abc import Iterator

from venus.records.looks import NoteLooks
from venus.registry.looks import NO_LOOK, Look, look_hash
from venus.testing.officials import ARBITER, SUPERVISOR

LOOKS = 6
NOTED = (2, 4)
"""How long the list was when a frame of the day held it."""


def chained(looks: list[Look]) -> list[Look]:
    """Numbered from 1 on and hashed, whatever they were before."""
    before, made = NO_LOOK, []
    for number, look in enumerate(looks, start=1):
        look = look._replace(number=number)
        before = look_hash(before, look)
        made.append(look._replace(hash=before))
    return made


def day_looks() -> list[Look]:
    """Of any day: a supervisor follows, an arbiter looks at two disputes."""
    kinds = (("frames", SUPERVISOR), ("dispute", ARBITER), ("chains", SUPERVISOR), ("dispute", ARBITER))
    seats = [kinds[number % len(kinds)] for number in range(LOOKS)]
    return chained([Look(0, who, 0, 10**15 + number, kind, number, "") for number, (kind, who) in enumerate(seats)])


def notes_of_looks() -> Iterator[NoteLooks]:
    """What the door journals of them."""
    for looks in NOTED:
        head = bytes.fromhex(day_looks()[looks - 1].hash)
        yield NoteLooks(reference=f"looks:{looks}", looks=looks, head=head)
