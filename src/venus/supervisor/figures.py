"""What costs more than the time between two frames, and is found beside them: figures that checkpoints tell.

Source: docs/rules/supervision.md, "Figures of a checkpoint".
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol, Self

import msgspec

from venus.supervisor.children import Child
from venus.supervisor.execution import Opinion

_KEPT = 8
_AT_ONCE = 2
NO_SEED = b""


class Wanted(NamedTuple):
    """What is to be found of a machine that ran so many frames.

    seed   of the SEED that is the last of them, else empty: then nobody can be told what customers are owed
    state  whether the state root too, which costs most
    """

    frames: int
    seed: bytes
    state: bool


class Figures(NamedTuple):
    """What is true after some frames, as this machine finds it; None: not wanted, or what would be told is impossible.

    A ledger that no exchange can have makes no tree.
    """

    state: bytes | None
    liabilities: bytes | None
    supply: bytes | None

    def packed(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Raises ValueError for what `packed` did not give."""
        return msgspec.msgpack.decode(data, type=cls)


def figures(opinion: Opinion, wanted: Wanted) -> Figures:
    """The figures of what a machine is now; slow."""
    state = opinion.state_root() if wanted.state else None
    if not wanted.seed:
        return Figures(state, None, None)
    try:
        liabilities = opinion.liabilities_root(wanted.frames, wanted.seed)
    except OverflowError:
        liabilities = None
    return Figures(state, liabilities, opinion.supply_root(wanted.frames))


class Reckoning(Protocol):
    """Figures by the number of frames behind which they stand."""

    def begin(self, wanted: Wanted, opinion: Opinion) -> None:
        """Find those of what the machine is now."""

    def found(self, frames: int) -> Figures | None:
        """Those of so many frames; None if they are not found yet, or were never asked for."""

    def is_begun(self, frames: int) -> bool:
        """Whether they are, or will be, found."""


class ReckoningHere:
    """At once."""

    def __init__(self) -> None:
        self._found: dict[int, Figures] = {}

    def begin(self, wanted: Wanted, opinion: Opinion) -> None:
        self._found[wanted.frames] = figures(opinion, wanted)
        if len(self._found) > _KEPT:
            del self._found[next(iter(self._found))]

    def found(self, frames: int) -> Figures | None:
        return self._found.get(frames)

    def is_begun(self, frames: int) -> bool:
        return frames in self._found


class ReckoningBeside:
    """In children, a few at a time."""

    def __init__(self, let_go: Callable[[], None]) -> None:
        """let_go: see Child."""
        self._let_go = let_go
        self._children: dict[int, Child] = {}

    def begin(self, wanted: Wanted, opinion: Opinion) -> None:
        self.begin_with(wanted.frames, lambda: figures(opinion, wanted))

    def begin_with(self, frames: int, find: Callable[[], Figures]) -> None:
        """Find them by some other way, in a child too."""
        running = [child for child in self._children.values() if child.found() is None]
        if len(running) >= _AT_ONCE:
            running[0].found(waits=True)
        self._children[frames] = Child(lambda: find().packed(), self._let_go)
        if len(self._children) > _KEPT:
            self._children.pop(next(iter(self._children))).found(waits=True)

    def found(self, frames: int) -> Figures | None:
        child = self._children.get(frames)
        answer = None if child is None else child.found()
        return None if answer is None else Figures.unpacked(answer)

    def is_begun(self, frames: int) -> bool:
        return frames in self._children
