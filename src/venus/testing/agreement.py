"""The core and the model side by side: the same frame to both, and not one byte may differ."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np

from venus.core.machine import Machine
from venus.model.exchange import Exchange
from venus.records.commands import ColdCommand
from venus.records.events import unpack_events
from venus.records.words import cold_words, command_words, event_words
from venus.testing.frames import Applies, Frame, apply, commands_of

_SEED = bytes(range(32))
_FIGURES_EVERY = 3  # they follow from the state


class Disagreement(AssertionError):
    """Two opinions of one frame; the text tells the first event that differs, and the command behind it."""


class RestoredCore:
    """A core that lives only a few frames: then another takes over what its arrays say, as after a snapshot."""

    def __init__(self, frames_a_life: int) -> None:
        self._machine = Machine()
        self._frames_a_life = frames_a_life
        self._frames = 0

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes) -> np.ndarray:
        self._begin()
        return self._machine.apply_hot(time_ns, first_sequence, commands, texts)

    def apply_cold(self, time_ns: int, first_sequence: int, command: ColdCommand) -> np.ndarray:
        self._begin()
        return self._machine.apply_cold(time_ns, first_sequence, command)

    def state_root(self) -> bytes:
        return self._machine.state_root()

    def liabilities_root(self, frames: int, seed: bytes) -> bytes:
        return self._machine.liabilities_root(frames, seed)

    def supply_root(self, frames: int) -> bytes:
        return self._machine.supply_root(frames)

    def check(self) -> None:
        self._machine.check()

    def _begin(self) -> None:
        self._frames += 1
        if self._frames % self._frames_a_life == 0:
            arrays = {name: array.copy() for name, array in self._machine.arrays().items()}
            self._machine = Machine()
            self._machine.restore(arrays)


class Opinions:
    """Several machines that must agree, by name; the first named is asked first.

    roots_every  after so many frames their state roots are compared too, and at the end
    """

    def __init__(self, machines: Mapping[str, Applies], roots_every: int = 1) -> None:
        assert machines
        self.machines = dict(machines)
        self._roots_every = roots_every
        self._frames = 0

    def apply(self, frame: Frame) -> np.ndarray:
        """EVENT[m] as all of them say it; then the invariants of each."""
        outcomes = {name: apply(machine, frame) for name, machine in self.machines.items()}
        (first_name, first), *others = outcomes.items()
        for name, events in others:
            if events.tobytes() != first.tobytes():
                raise Disagreement(difference(frame, first_name, first, name, events))
        for machine in self.machines.values():
            machine.check()
        self._frames += 1
        if len(self.machines) > 1 and self._frames % self._roots_every == 0:
            self.finish()
        return first

    def finish(self) -> bytes:
        """The state root that all of them come to; now and then, what checkpoints tell of it too."""
        if self._frames % _FIGURES_EVERY == 0:
            self._same("supply", {name: one.supply_root(self._frames) for name, one in self.machines.items()})
            owed = {name: one.liabilities_root(self._frames, _SEED) for name, one in self.machines.items()}
            self._same("liabilities", owed)
        return self._same("state", {name: one.state_root() for name, one in self.machines.items()})

    def _same(self, what: str, roots: Mapping[str, bytes]) -> bytes:
        if len(set(roots.values())) != 1:
            shown = ", ".join(f"{name} {root.hex()}" for name, root in roots.items())
            raise Disagreement(f"the events agree and the {what} roots do not: {shown}")
        return next(iter(roots.values()))


def core_and_model(roots_every: int = 1) -> Opinions:
    return Opinions({"model": Exchange(), "core": Machine()}, roots_every)


def disagree(frames: Sequence[Frame]) -> bool:
    """Whether core and model, both new, come apart anywhere on a stream, or break what must always hold."""
    opinions = core_and_model()
    try:
        for frame in frames:
            opinions.apply(frame)
    except AssertionError:
        return True
    return False


def difference(frame: Frame, name: str, events: np.ndarray, other_name: str, other_events: np.ndarray) -> str:
    """The first event that differs, in words."""
    pairs = zip_longest(unpack_events(events.tobytes()), unpack_events(other_events.tobytes()))
    index, (event, other) = next((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1])
    sequences = [said.sequence for said in (event, other) if said is not None]
    width = max(len(name), len(other_name))
    return "\n".join(
        [
            f"event {index} of the frame at time {frame.time_ns} differs",
            f"  {'asked':{width}}  {_asked(frame, min(sequences))}",
            f"  {name:{width}}  {event_words(event) if event else 'nothing'}",
            f"  {other_name:{width}}  {event_words(other) if other else 'nothing'}",
        ]
    )


def _asked(frame: Frame, sequence: int) -> str:
    if frame.cold is not None:
        return f"{sequence}: {cold_words(frame.cold)}"
    commands = list(commands_of(frame))
    return f"{sequence}: {command_words(commands[sequence - frame.first_sequence])}"
