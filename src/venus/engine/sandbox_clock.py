"""A clock that can be set forward, stepped, frozen and sped up. Only a sandbox's engine is given one."""

import time
from pathlib import Path

import msgspec

from venus.engine.clock import Clock, Stamp
from venus.engine.steering import LIVE, ClockFace, SteerClock, clock_text

RATE_PPM_MAX = 1_000_000 * 1_000_000  # a million seconds in one
TIME_NS_MAX = 4_102_444_800 * 10**9  # the year 2100


class SandboxClock(Clock):
    """`face` is what the doors are told, so that they judge and stamp by the same time."""

    def __init__(self, last_ns: int, face: ClockFace) -> None:
        super().__init__(last_ns)
        self.face = face

    def stamp(self) -> Stamp:
        if self.face.is_live:
            return super().stamp()
        self.last_ns = max(self.last_ns, self.face.now_ns())
        return Stamp(self.last_ns, 0)

    def steer(self, ask: SteerClock) -> int:
        """Turn it; by how many ns it jumped. Raises ValueError for what it cannot do, and then nothing has changed."""
        now_ns = max(self.face.now_ns(), self.last_ns)
        if ask.live:
            if ask.to_ns is not None or ask.by_ns is not None or ask.rate_ppm is not None:
                raise ValueError("a clock that follows the system's is not set, stepped or sped up as well")
            live_ns = time.time_ns()
            if live_ns < now_ns:
                raise _back(now_ns, live_ns)
            jump_ns = live_ns - now_ns
            self.face = LIVE
            self._offset_ns = time.time_ns() - time.monotonic_ns()
            return jump_ns
        if ask.to_ns is not None and ask.by_ns is not None:
            raise ValueError("either set the clock or step it")
        if ask.by_ns is not None and ask.by_ns <= 0:
            raise ValueError("a step is above 0")
        rate_ppm = ask.rate_ppm
        if rate_ppm is None:
            rate_ppm = LIVE.rate_ppm if self.face.is_live else self.face.rate_ppm
        if not 0 <= rate_ppm <= RATE_PPM_MAX:
            raise ValueError("a rate is from 0 (frozen) to 1,000,000")
        to_ns = ask.to_ns if ask.to_ns is not None else now_ns + (ask.by_ns or 0)
        if to_ns < now_ns:
            raise _back(now_ns, to_ns)
        if to_ns > TIME_NS_MAX:
            raise ValueError("the clock ends with the year 2099")
        self.face = ClockFace(False, to_ns, time.monotonic_ns(), rate_ppm)
        return to_ns - now_ns


def _back(now_ns: int, to_ns: int) -> ValueError:
    return ValueError(
        f"time never goes back: it is {clock_text(now_ns)}, and {clock_text(to_ns)} was asked; "
        "a restore or a reset is the way back"
    )


def save_face(path: Path, face: ClockFace) -> None:
    """Keep how the clock goes and where it stands, for the next start. Raises OSError."""
    stands = face if face.is_live else ClockFace(False, face.now_ns(), 0, face.rate_ppm)
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(stands))
    part.replace(path)


def load_face(path: Path, last_ns: int) -> ClockFace:
    """As it was kept, going on from there, and never behind the last frame; live if nothing was kept."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=ClockFace)
    except FileNotFoundError:
        return LIVE
    if kept.is_live:
        return kept
    return ClockFace(False, max(kept.time_ns, last_ns), time.monotonic_ns(), kept.rate_ppm)
