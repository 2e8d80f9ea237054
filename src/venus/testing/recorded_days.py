"""A stage's day, written down: every frame, and what it came to."""

from typing import NamedTuple

import numpy as np

from venus.records.events import Event
from venus.testing.frames import Frame
from venus.testing.play import Play


class Day(NamedTuple):
    """happened: EVENT[m] of each frame"""

    frames: tuple[Frame, ...]
    happened: tuple[np.ndarray, ...]


class RecordedPlay(Play):
    """A stage on which core and model agree, and all of it is written down."""

    def __init__(self, rules: int) -> None:
        self.frames: list[Frame] = []
        self.happened: list[np.ndarray] = []
        super().__init__(furnished=False, rules=rules)

    def _apply(self, frame: Frame) -> list[Event]:
        said = super()._apply(frame)
        self.frames.append(frame)
        self.happened.append(self.last)
        return said

    def day(self) -> Day:
        return Day(tuple(self.frames), tuple(self.happened))
