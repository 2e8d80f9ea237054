"""Command streams from a seed: hostile ones that try every edge of the rules, and fair ones that trade in deep books.

A stream learns from the events that came of it which orders are open, so that its cancels, amendments and replacements
meet orders on their way. The same seed and the same events give the same stream.
"""

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np

from venus.records.commands import ColdCommand
from venus.testing.frames import Frame, cold_frame, hot_frame
from venus.testing.officers import Officers
from venus.testing.traders import Asked, Traders
from venus.testing.worlds import Adoption, first_deposits, make_world, set_up, too_early
from venus.units import NS_PER_S

COLD_SHARE = 0.2  # of a hostile stream's frames
FRAME_SIZES = (1, 1, 1, 1, 2, 2, 3, 5, 12, 40)
STEPS_NS = (1, 10, 100)
LONG_STEPS_NS = (20 * NS_PER_S, 61 * NS_PER_S, 7_200 * NS_PER_S)
"""Minutes, for what is averaged over them."""
ADOPTIONS = (Adoption.FIRST, Adoption.FIRST, Adoption.FIRST, Adoption.LATER, Adoption.NEVER)


class Flow:
    """A stream of frames.

    seed  all that it is made from, together with what it learns
    fair  mostly accepted orders in deep books; else hostile
    A fifth of the seeds never adopts the newest rules, a fifth in the middle.
    """

    def __init__(self, seed: int, fair: bool = False) -> None:
        self.seed = seed
        self.fair = fair
        self._random = Random(seed)
        self._world = make_world(self._random, fair, ADOPTIONS[seed % len(ADOPTIONS)])
        self._traders = Traders(self._random, self._world, fair)
        self._officers = Officers(self._random, self._world)
        self._time_ns = self._random.choice([1, 10**18])
        self._next_sequence = 1
        self._asked: dict[int, Asked] = {}  # by sequence, of the last frame

    def frames(self, commands: int) -> Iterator[Frame]:
        """The world's set-up, then frames until at least so many commands were asked; learn after each."""
        if not self.fair:
            for command in too_early(self._world):
                yield self._cold(command)
            yield self._hot(self._batch())
        for command in set_up(self._random, self._world):
            yield self._cold(command)
        if self._world.adoption is Adoption.FIRST and not self.fair:
            for command in self._officers.first_rules():
                yield self._cold(command)
        yield self._hot(list(first_deposits(self._world)))
        end_sequence = self._next_sequence + commands
        while self._next_sequence < end_sequence:
            if self._random.random() < 0.5:
                self._time_ns += self._random.choice(STEPS_NS if self._random.random() < 0.95 else LONG_STEPS_NS)
            if not self.fair and self._random.random() < COLD_SHARE:
                yield self._cold(self._officers.draw(self._time_ns))
            else:
                yield self._hot(self._batch())

    def learn(self, events: np.ndarray) -> None:
        """What came of the frame that was yielded last. EVENT[m]"""
        self._traders.learn(events, self._asked)

    def _batch(self) -> list[Asked]:
        wanted = self._random.choice(FRAME_SIZES)
        batch: list[Asked] = []
        while len(batch) < wanted:
            batch += self._traders.draw()
        return batch

    def _cold(self, command: ColdCommand) -> Frame:
        frame = cold_frame(self._time_ns, self._next_sequence, command)
        self._asked = {}
        self._next_sequence += 1
        return frame

    def _hot(self, asked: Sequence[Asked]) -> Frame:
        frame = hot_frame(self._time_ns, self._next_sequence, asked)
        self._asked = {frame.first_sequence + index: one for index, one in enumerate(asked)}
        self._next_sequence += len(asked)
        return frame
