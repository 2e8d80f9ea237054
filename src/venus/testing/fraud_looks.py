"""What an operator may do with the list of who looked, of which the journal holds how long it was and its last hash.

The day's frames are honest; the list beside them is not.
"""

from collections.abc import Callable
from random import Random

from venus.records.looks import NoteLooks
from venus.registry.looks import Look, look_line
from venus.testing.fraud_hands import Shown
from venus.testing.fraud_history import run
from venus.testing.look_lists import NOTED, chained, day_looks
from venus.testing.officials import SUPERVISOR
from venus.testing.recorded_days import Day

Relist = Callable[[list[Look], Random], tuple[list[Look], int]]
"""Another list, and the first frame's looks that tell it."""


def by_relisting(relist: Relist, what: str, day: Day, random: Random) -> Shown:
    """The day as it was, beside another list."""
    books, numbers = run(day.frames)
    looks, told_by = relist(day_looks(), random)
    lines = "".join(f"{look_line(look)} {look.hash}\n" for look in looks)
    places = [place for place, frame in enumerate(day.frames) if isinstance(frame.cold, NoteLooks)]
    place = next(one for one in places if getattr(day.frames[one].cold, "looks", 0) == told_by)
    return Shown(books._replace(looks=lines), numbers[place], None)


def erased_arbiters_look(looks: list[Look], random: Random) -> tuple[list[Look], int]:
    """An arbiter looked at a dispute, and the list of looks, hashed anew, does not say so."""
    return chained([look for look in looks if look.number != NOTED[0]]), NOTED[0]


def look_of_another(looks: list[Look], random: Random) -> tuple[list[Look], int]:
    """An arbiter's look is listed as a supervisor's; no hash is touched."""
    place = NOTED[1] - 1
    return [*looks[:place], looks[place]._replace(institution=SUPERVISOR), *looks[place + 1 :]], NOTED[1]
