"""The engine's clock: never goes back, whatever the system clock does, and says when that one jumped."""

import time
from typing import NamedTuple

from venus.units import NS_PER_S

JUMP_NS = NS_PER_S
"""A difference between the system clock's step and the steady clock's that is worth a line in the journal."""


class Stamp(NamedTuple):
    time_ns: int
    jump_ns: int  # 0, or by how much the system clock moved against the steady one since the last stamp


class Clock:
    def __init__(self, last_ns: int) -> None:
        """`last_ns` is the time of the journal's last frame."""
        self.last_ns = last_ns
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def stamp(self) -> Stamp:
        now_ns = time.time_ns()
        offset_ns = now_ns - time.monotonic_ns()
        jump_ns = offset_ns - self._offset_ns
        if abs(jump_ns) < JUMP_NS:
            jump_ns = 0
        self._offset_ns = offset_ns
        self.last_ns = max(self.last_ns, now_ns)
        return Stamp(self.last_ns, jump_ns)
