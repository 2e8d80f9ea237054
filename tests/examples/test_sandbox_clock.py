"""The clock that a sandbox's engine goes by: forward, at any rate, never back."""

import time
from pathlib import Path

import pytest

from venus.engine.sandbox_clock import SandboxClock, load_face, save_face
from venus.engine.steering import LIVE, ClockFace, SteerClock, clock_text

START_NS = 1_767_225_600_000_000_000  # 2026-01-01
S = 10**9


def frozen() -> SandboxClock:
    return SandboxClock(START_NS, ClockFace(False, START_NS, time.monotonic_ns(), 0))


def test_a_frozen_clock_stamps_the_same_until_it_is_stepped() -> None:
    clock = frozen()
    assert {clock.stamp() for _ in range(3)} == {(START_NS, 0)}
    assert clock.steer(SteerClock(by_ns=90 * S)) == 90 * S
    assert clock.stamp().time_ns == START_NS + 90 * S
    assert clock.steer(SteerClock(to_ns=START_NS + 100 * S)) == 10 * S
    assert clock.face.rate_ppm == 0


def test_a_live_clock_that_is_stepped_runs_on_from_there() -> None:
    clock = SandboxClock(0, LIVE)
    clock.steer(SteerClock(by_ns=3_600 * S))
    first = clock.stamp().time_ns
    assert first - time.time_ns() > 3_590 * S
    time.sleep(0.01)
    assert clock.stamp().time_ns - first >= 10_000_000


def test_it_runs_at_its_rate() -> None:
    clock = frozen()
    clock.steer(SteerClock(rate_ppm=3_600 * 10**6))
    time.sleep(0.02)
    assert clock.stamp().time_ns - START_NS >= 72 * S


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (SteerClock(to_ns=START_NS - 1), "never goes back"),
        (SteerClock(by_ns=0), "above 0"),
        (SteerClock(by_ns=-S), "above 0"),
        (SteerClock(to_ns=START_NS, by_ns=S), "either"),
        (SteerClock(rate_ppm=-1), "rate"),
        (SteerClock(live=True, by_ns=S), "not set"),
        (SteerClock(to_ns=2**62), "2099"),
    ],
)
def test_what_is_refused_changes_nothing(ask: SteerClock, says: str) -> None:
    clock = frozen()
    before = clock.face
    with pytest.raises(ValueError, match=says):
        clock.steer(ask)
    assert clock.face == before


def test_a_clock_ahead_of_the_system_is_not_live_again() -> None:
    clock = SandboxClock(0, LIVE)
    clock.steer(SteerClock(by_ns=3_600 * S))
    with pytest.raises(ValueError, match="never goes back"):
        clock.steer(SteerClock(live=True))
    behind = frozen()
    assert behind.steer(SteerClock(live=True)) > 0
    assert behind.face == LIVE


def test_what_was_stamped_is_never_undone_by_a_face_that_stands_behind() -> None:
    clock = SandboxClock(START_NS + S, ClockFace(False, START_NS, time.monotonic_ns(), 0))
    assert clock.stamp().time_ns == START_NS + S
    with pytest.raises(ValueError, match="never goes back"):
        clock.steer(SteerClock(to_ns=START_NS + 1))


def test_a_clock_goes_on_where_it_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    assert load_face(path, 0) == LIVE
    save_face(path, ClockFace(False, START_NS, time.monotonic_ns(), 0))
    assert load_face(path, 0).now_ns() == START_NS
    assert load_face(path, START_NS + S).now_ns() == START_NS + S  # never behind the last frame
    save_face(path, LIVE)
    assert load_face(path, 0) == LIVE


def test_a_time_in_words() -> None:
    assert clock_text(START_NS + 1) == "2026-01-01T00:00:00.000000001Z"
