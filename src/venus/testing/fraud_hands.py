"""Hands in the machine: the operator journals what it was asked, and does something else.

A hand looks at a frame and at what honest machines make of it. If the frame is an occasion it borrows the machine, does
with it what it likes, and says what happened instead.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from venus.core import approvals
from venus.core.kernels import layout
from venus.core.machine import Machine
from venus.records.commands import ColdCommand, PlainCommand, plain
from venus.records.events import EventKind, unpack_events
from venus.records.rejects import Reject
from venus.testing.frames import Frame, apply
from venus.testing.fraud_books import Books, Operator
from venus.testing.recorded_days import Day


class Bite(NamedTuple):
    """What the operator says happened, and the sequence of the first command of which it lies."""

    events: np.ndarray
    sequence: int


Borrow = Callable[[], Machine]
Hand = Callable[[Borrow, Frame, np.ndarray], Bite | None]


class Shown(NamedTuple):
    """What a supervisor is given, and what it must name.

    seen      what it was shown before, if there was a before
    frame     the first that is bad
    sequence  of the command, where one can be told
    """

    books: Books
    frame: int
    sequence: int | None
    seen: Books | None = None


class NoOccasion(Exception):
    """On this day the fraud could not be committed."""


def by_hand(hand: Hand, what: str, day: Day, random: Random) -> Shown:
    """Run a day and cheat once, at the first occasion after some time, such that `what` is the first that differs."""
    first = random.randrange(len(day.frames) // 2)
    return _by_hand(hand, what, day, first) or _by_hand(hand, what, day, 0) or _none()


def _none() -> Shown:
    raise NoOccasion


def _by_hand(hand: Hand, what: str, day: Day, first: int) -> Shown | None:
    operator = Operator()
    named: tuple[int, int] | None = None
    for place, (frame, honest) in enumerate(zip(day.frames, day.happened, strict=True)):
        bite = None
        if named is None and place >= first:
            loan = Loan(operator.machine)
            bite = hand(loan, frame, honest)
            if bite is not None and loan.taken is not None and differs(honest, bite) == what:
                operator.machine, named = loan.taken, (operator.frames, bite.sequence)
            else:
                bite = None
        operator.write(frame, apply(operator.machine, frame) if bite is None else bite.events)
        if operator.checkpoint_is_due:
            operator.sign(operator.checkpoint())
    operator.sign(operator.checkpoint())
    return None if named is None else Shown(operator.books(), *named)


class Loan:
    """A machine that is copied when somebody asks for it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.taken: Machine | None = None

    def __call__(self) -> Machine:
        self.taken = self.taken or copy_of(self._machine)
        return self.taken


def copy_of(machine: Machine) -> Machine:
    """One that goes on from here by itself."""
    other = Machine()
    other.restore({name: array.copy() for name, array in machine.arrays().items()})
    return other


def differs(honest: np.ndarray, bite: Bite) -> str | None:
    """The first field that differs, if it is of the command that the bite names; "event" if a whole one does."""
    pairs = zip_longest(unpack_events(honest.tobytes()), unpack_events(bite.events.tobytes()))
    for ours, theirs in pairs:
        if ours == theirs:
            continue
        if bite.sequence != min(one.sequence for one in (ours, theirs) if one is not None):
            return None
        if ours is None or theirs is None or (ours.sequence, ours.kind) != (theirs.sequence, theirs.kind):
            return "event"
        return next(field for field in ours._fields if getattr(ours, field) != getattr(theirs, field))
    return None


def first_of(events: np.ndarray, *kinds: EventKind) -> int | None:
    """The place of the first event of these kinds."""
    found = np.flatnonzero(np.isin(events["kind"], kinds))
    return int(found[0]) if len(found) else None


def rejected(events: np.ndarray, *reasons: Reject) -> int | None:
    """The place of the first refusal for one of these reasons."""
    found = np.flatnonzero((events["kind"] == EventKind.REJECTED) & np.isin(events["reason"], reasons))
    return int(found[0]) if len(found) else None


def asked_by(frame: Frame, kind: type[PlainCommand]) -> bool:
    """Whether a frame holds a cold command of a kind."""
    return frame.cold is not None and isinstance(plain(frame.cold), kind)


def balance(machine: Machine, account: int, asset: int) -> np.void | None:
    """The row of an account's balance, to be written; None if it never had any."""
    rows = machine.memory["balances"][: int(machine.memory.counters[layout.BALANCES_USED])]
    found = np.flatnonzero((rows["account"] == account) & (rows["asset"] == asset))
    found = found[found > 0]
    return rows[found[0]] if len(found) else None


def move(machine: Machine, debit: int, credit: int, asset: int, atoms: int) -> bool:
    """Without a word from one to another; False if one of them never had any of it."""
    giver, taker = balance(machine, debit, asset), balance(machine, credit, asset)
    if giver is None or taker is None:
        return False
    giver["free_atoms"] -= atoms
    taker["free_atoms"] += atoms
    return True


def run_other(machine: Machine, frame: Frame, place: int, **fields: int) -> np.ndarray:
    """Run another hot command in the place of one that was asked."""
    commands = frame.commands.copy()
    for field, value in fields.items():
        commands[field][place] = value
    return apply(machine, frame._replace(commands=commands))


def run_cold(machine: Machine, frame: Frame, command: ColdCommand) -> np.ndarray:
    """Run another cold command, whoever approved it."""
    with nobody_is_asked():
        return apply(machine, frame._replace(cold=command))


@contextmanager
def nobody_is_asked() -> Iterator[None]:
    """No quorum is looked for."""
    with patch.object(approvals, "refusal", lambda *_: Reject.NONE):
        yield
