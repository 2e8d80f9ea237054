"""How a sandbox's engine is steered: its clock, its restore points; over a socket of its own that no other has.

One line of JSON asks, one line answers. Light, as the engine's client is: a door may open it.
"""

import asyncio
import time
from pathlib import Path

import msgspec

from venus.units import NS_PER_S

PPM = 1_000_000
LINE_BYTES_MAX = 1 << 20


class ClockFace(msgspec.Struct, frozen=True):
    """How the time of a sandbox follows from the machine's, which all its processes share.

    is_live  it is the system's time, and the rest means nothing
    time_ns  what it was when the steady clock stood at `steady_ns`
    rate_ppm how fast it goes against the steady clock; 0: frozen
    """

    is_live: bool
    time_ns: int = 0
    steady_ns: int = 0
    rate_ppm: int = PPM

    def now_ns(self) -> int:
        if self.is_live:
            return time.time_ns()
        return self.time_ns + (time.monotonic_ns() - self.steady_ns) * self.rate_ppm // PPM


LIVE = ClockFace(True)


class AskState(msgspec.Struct, tag="state", frozen=True):
    """Nothing but the state."""


class SteerClock(msgspec.Struct, tag="clock", frozen=True):
    """Move the clock, change its rate, or let it follow the system's again; never back."""

    to_ns: int | None = None
    by_ns: int | None = None
    rate_ppm: int | None = None
    live: bool = False


class TakePoint(msgspec.Struct, tag="take", frozen=True):
    """Keep this state under a name. What the doors keep of theirs lies in `making` already."""

    name: str


class EnterPoint(msgspec.Struct, tag="enter", frozen=True):
    """Become the state of that name."""

    name: str


class DropPoint(msgspec.Struct, tag="drop", frozen=True):
    name: str


Ask = AskState | SteerClock | TakePoint | EnterPoint | DropPoint


class Point(msgspec.Struct, frozen=True):
    """A restore point as it is listed."""

    name: str
    frames: int
    sequence: int  # of the last command
    time_ns: int
    bytes: int


class State(msgspec.Struct, frozen=True):
    """`refusal` says why nothing was done, if it was not. `chain` is the event chain, in hex."""

    clock: ClockFace
    sequence: int
    frames: int
    time_ns: int  # of the last frame
    chain: str
    points: list[Point] = []
    seconds: float = 0.0  # that it took
    refusal: str = ""


class Steering:
    """A door's end. Every call raises OSError if the engine does not answer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def ask(self, ask: Ask) -> State:
        reader, writer = await asyncio.open_unix_connection(str(self._path), limit=LINE_BYTES_MAX)
        try:
            writer.write(msgspec.json.encode(ask) + b"\n")
            line = await reader.readline()
        finally:
            writer.close()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the engine ended while it was steered")
        return msgspec.json.decode(line, type=State)


async def wait_for(path: Path, patience_s: float) -> None:
    """Until an engine listens there; raises OSError if none does in this time."""
    deadline_s = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            await Steering(path).ask(AskState())
            return
        except OSError:
            if asyncio.get_running_loop().time() >= deadline_s:
                raise
            await asyncio.sleep(0.02)


def clock_text(time_ns: int) -> str:
    """A time in UTC, to the nanosecond."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ns // NS_PER_S))
    return f"{whole}.{time_ns % NS_PER_S:09d}Z"
