"""What an operator may do to a journal that somebody has seen: the rest is run anew, hashed anew and signed anew.

Such a journal agrees with itself in everything. Only who kept what was shown can tell.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

import msgspec

from venus.records.commands import ColdCommand, Command, CommandFlag, CommandKind, NoteClockJump, client_digest, plain
from venus.records.currency import UnsealIdentity
from venus.testing.frames import Frame, apply, commands_of, hot_frame
from venus.testing.fraud_books import Books, Operator
from venus.testing.fraud_hands import NoOccasion, Shown
from venus.testing.recorded_days import Day


class Rewritten(NamedTuple):
    """A day as the operator would like it to have been.

    place    of the first frame that is another
    command  the first that is another in it, counted from 0; None: the frame as a whole
    """

    frames: Sequence[Frame]
    place: int
    command: int | None


Rewrite = Callable[[Day, Random], Rewritten]


def by_rewriting(rewrite: Rewrite, what: str, day: Day, random: Random) -> Shown:
    """The honest day was shown; then another takes its place."""
    rewritten = rewrite(day, random)
    seen, numbers = run(day.frames)
    books, _ = run(rewritten.frames)
    place, command = rewritten.place, rewritten.command
    sequence = None if command is None else day.frames[place].first_sequence + command
    return Shown(books, numbers[place], sequence, seen)


def by_cutting(what: str, day: Day, random: Random) -> Shown:
    """The last frames never were."""
    seen, _ = run(day.frames)
    left = len(seen.frames) - random.randint(1, 9)
    return Shown(Books(seen.frames[:left], seen.claims[:left]), left, None, seen)


def run(frames: Sequence[Frame]) -> tuple[Books, list[int]]:
    """All frames honestly, with their sequences made right; at which number each of them stands."""
    operator, numbers = Operator(), list[int]()
    for frame in frames:
        frame = frame._replace(first_sequence=operator.machine.next_sequence)
        numbers.append(operator.frames)
        operator.write(frame, apply(operator.machine, frame))
        if operator.checkpoint_is_due:
            operator.sign(operator.checkpoint())
    operator.sign(operator.checkpoint())
    return operator.books(), numbers


def altered_amount(day: Day, random: Random) -> Rewritten:
    """A payment was of another amount."""
    place, at = _some(day, random, lambda command: command.kind == CommandKind.TRANSFER)
    return _with_command(day, place, at, lambda command: command._replace(quantity=command.quantity + 1))


def altered_account(day: Day, random: Random) -> Rewritten:
    """An order was somebody else's."""
    place, at = _some(day, random, lambda command: command.kind == CommandKind.ORDER)
    return _with_command(day, place, at, lambda command: command._replace(account=command.account ^ 1))


def altered_order_price(day: Day, random: Random) -> Rewritten:
    """An order had another price."""
    place, at = _some(day, random, lambda one: one.kind == CommandKind.ORDER and one.price_ticks > 0)
    return _with_command(day, place, at, lambda command: command._replace(price_ticks=command.price_ticks + 1))


def altered_client_id(day: Day, random: Random) -> Rewritten:
    """A client called its order otherwise; its digest is left as it was."""
    place, at = _some(day, random, lambda command: command.text_bytes > 1)
    frame = day.frames[place]
    start = sum(command.text_bytes for command in list(commands_of(frame))[:at])
    other = bytes([frame.texts[start] ^ 1])
    texts = frame.texts[:start] + other + frame.texts[start + 1 :]
    return Rewritten(_with_frame(day, place, frame._replace(texts=texts)), place, None)


def altered_cold_command(day: Day, random: Random) -> Rewritten:
    """A command that nobody signs said something else."""
    places = [place for place in _later(day, random) if isinstance(day.frames[place].cold, NoteClockJump)]
    if not places:
        raise NoOccasion
    place = places[0]
    cold = day.frames[place].cold
    assert isinstance(cold, NoteClockJump)
    other: ColdCommand = msgspec.structs.replace(cold, by_ns=cold.by_ns + 1)
    return Rewritten(_with_frame(day, place, day.frames[place]._replace(cold=other)), place, 0)


def dated_back(day: Day, random: Random) -> Rewritten:
    """A frame bears the time of the one before it."""
    times = [frame.time_ns for frame in day.frames]
    for place in _later(day, random):
        if place and times[place] > times[place - 1]:
            frame = day.frames[place]._replace(time_ns=times[place - 1])
            return Rewritten(_with_frame(day, place, frame), place, None)
    raise NoOccasion


def slipped_in(day: Day, random: Random) -> Rewritten:
    """An order that came later is written as if it had come before others."""
    for place in _later(day, random):
        frame = day.frames[place]
        if frame.cold is None and len(frame.commands) > 1:
            [(first, text), *rest] = _asked(frame)
            late, name = Command(kind=CommandKind.CANCEL_ALL, account=first.account), "late"
            high, low = client_digest(name)
            asked = [(late._replace(client_hi=high, client_lo=low), name), (first, text), *rest]
            return Rewritten(_with_frame(day, place, hot_frame(frame.time_ns, 0, asked)), place, None)
    raise NoOccasion


def swapped(day: Day, random: Random) -> Rewritten:
    """Of two orders the later is written first."""
    for place in _later(day, random):
        frame = day.frames[place]
        if frame.cold is not None:
            continue
        asked = _asked(frame)
        for at in range(len(asked) - 1):
            one, other = asked[at][0], asked[at + 1][0]
            if _stands_alone(one) and _stands_alone(other) and one.client_hi != other.client_hi:
                turned = [*asked[:at], asked[at + 1], asked[at], *asked[at + 2 :]]
                return Rewritten(_with_frame(day, place, hot_frame(frame.time_ns, 0, turned)), place, at)
    raise NoOccasion


def removed_order(day: Day, random: Random) -> Rewritten:
    """A frame that somebody asked for never was."""
    return _without(day, _later(day, random), lambda frame: frame.cold is None)


def removed_look(day: Day, random: Random) -> Rewritten:
    """Nobody ever looked up who holds a wallet."""
    places = range(len(day.frames))
    return _without(day, places, lambda f: f.cold is not None and isinstance(plain(f.cold), UnsealIdentity))


def _without(day: Day, places: Sequence[int], is_meant: Callable[[Frame], bool]) -> Rewritten:
    for place in places:
        if is_meant(day.frames[place]) and place + 1 < len(day.frames):
            one, other = day.frames[place : place + 2]
            if one.time_ns == other.time_ns or (one.cold is None) != (other.cold is None):
                continue
            return Rewritten([*day.frames[:place], *day.frames[place + 1 :]], place, None)
    raise NoOccasion


def _later(day: Day, random: Random) -> Sequence[int]:
    """Places from somewhere on, then those before."""
    first = random.randrange(len(day.frames) // 2)
    return [*range(first, len(day.frames)), *range(first)]


def _some(day: Day, random: Random, is_meant: Callable[[Command], bool]) -> tuple[int, int]:
    """A frame with such a command, and its place in there."""
    for place in _later(day, random):
        frame = day.frames[place]
        if frame.cold is None:
            for at, command in enumerate(commands_of(frame)):
                if is_meant(command):
                    return place, at
    raise NoOccasion


def _asked(frame: Frame) -> list[tuple[Command, str]]:
    return list(_with_texts(frame))


def _with_texts(frame: Frame) -> Iterator[tuple[Command, str]]:
    at = 0
    for command in commands_of(frame):
        yield command, frame.texts[at : at + command.text_bytes].decode()
        at += command.text_bytes


def _stands_alone(command: Command) -> bool:
    """Whether it neither looks at the commands behind it nor is looked at by the one before it, being an order."""
    return command.kind == CommandKind.ORDER and not command.flags & CommandFlag.REPLACES


def _with_command(day: Day, place: int, at: int, change: Callable[[Command], Command]) -> Rewritten:
    frame = day.frames[place]
    asked = [(change(one) if number == at else one, text) for number, (one, text) in enumerate(_asked(frame))]
    return Rewritten(_with_frame(day, place, hot_frame(frame.time_ns, 0, asked)), place, at)


def _with_frame(day: Day, place: int, frame: Frame) -> Sequence[Frame]:
    return [*day.frames[:place], frame, *day.frames[place + 1 :]]
