"""A sandbox's clock as its gateway has it: turned by the engine, followed by every door."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from venus.engine.steering import LIVE, PPM, ClockFace, State, SteerClock, Steering, clock_text
from venus.gateway.binance.auth import believe_any_timestamp
from venus.gateway.sandbox.refusals import Refused
from venus.units import NS_PER_MS, NS_PER_S, OffGrid, steps

_UNITS_NS = {"ns": 1, "us": 1_000, "ms": NS_PER_MS, "s": NS_PER_S, "m": 60 * NS_PER_S, "h": 3_600 * NS_PER_S}
_UNITS_NS["d"] = 24 * _UNITS_NS["h"]


class ClockForm(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked; without anything the clock only says what it is.

    set         a time: milliseconds since 1970, or ISO 8601 ("2026-01-31T12:00:00Z")
    step        so far on: milliseconds, or a text with a unit ("1.5s", "90m", "1d")
    frozen      True stops it, False lets it go
    rate        how fast it goes: 60 is a minute in a second
    live        follow the system's clock again
    timestamps  what signed requests must bear: checked against this clock, or any. A clock that is turned believes any
                unless it is told, since no client's own can follow it
    """

    set: int | str | None = None
    step: int | str | None = None
    frozen: bool | None = None
    rate: float | None = None
    live: bool = False
    timestamps: Literal["checked", "any"] | None = None

    @property
    def asks_nothing(self) -> bool:
        return self == ClockForm(timestamps=self.timestamps)


class SteeredClock:
    """The time of every door of this gateway."""

    def __init__(self) -> None:
        self.face: ClockFace = LIVE
        self.any_timestamp = False

    def now_ns(self) -> int:
        return self.face.now_ns()

    def is_live(self) -> bool:
        """Whether it is the system's time."""
        return self.face.is_live

    def is_frozen(self) -> bool:
        """Whether it stands still until it is turned again."""
        return not self.face.is_live and self.face.rate_ppm == 0

    def follow(self, face: ClockFace, any_timestamp: bool) -> None:
        self.face = face
        self.any_timestamp = any_timestamp
        believe_any_timestamp(any_timestamp)

    def facts(self) -> dict[str, Any]:
        now_ns = self.now_ns()
        return {
            "time": now_ns // NS_PER_MS,
            "timeNs": str(now_ns),
            "iso": clock_text(now_ns),
            "live": self.face.is_live,
            "frozen": self.is_frozen(),
            "rate": self.face.rate_ppm / PPM,
            "timestamps": "any" if self.any_timestamp else "checked",
        }


async def steer(clock: SteeredClock, steering: Steering, form: ClockForm) -> dict[str, Any]:
    """Turn the clock of engine and doors. Raises Refused."""
    any_timestamp = clock.any_timestamp
    if not form.asks_nothing:
        state = done(await steering.ask(_ask(form)))
        any_timestamp = not state.clock.is_live
        clock.follow(state.clock, any_timestamp)
    if form.timestamps is not None:
        clock.follow(clock.face, form.timestamps == "any")
    return clock.facts()


def done(state: State) -> State:
    """Raises Refused if the engine refused."""
    if state.refusal:
        raise Refused(404 if "there is no snapshot" in state.refusal else 409, state.refusal)
    return state


def _ask(form: ClockForm) -> SteerClock:
    rate_ppm = None
    if form.frozen is not None and form.rate is not None:
        raise Refused(400, "either frozen or a rate")
    if form.frozen is not None:
        rate_ppm = 0 if form.frozen else PPM
    elif form.rate is not None:
        rate_ppm = round(form.rate * PPM)
    return SteerClock(_read("set", time_ns, form.set), _read("step", span_ns, form.step), rate_ppm, form.live)


def _read(name: str, read: Callable[[int | str], int], value: int | str | None) -> int | None:
    if value is None:
        return None
    try:
        return read(value)
    except (ValueError, OverflowError) as error:
        raise Refused(400, f"{name}: {error}") from None


def time_ns(value: int | str) -> int:
    """Milliseconds since 1970, or ISO 8601, to ns; raises ValueError."""
    if isinstance(value, int):
        return value * NS_PER_MS
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * NS_PER_S + moment.microsecond * 1_000


def span_ns(value: int | str) -> int:
    """Milliseconds, or a number with a unit, to ns; raises ValueError."""
    if isinstance(value, int):
        return value * NS_PER_MS
    number = value.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = value[len(number) :]
    if unit not in _UNITS_NS:
        raise ValueError(f"{value!r} has none of the units {', '.join(_UNITS_NS)}")
    try:
        nine_decimals = steps(number, 9)
    except OffGrid:
        raise ValueError(f"{number!r} is no number") from None
    return nine_decimals * _UNITS_NS[unit] // 10**9
