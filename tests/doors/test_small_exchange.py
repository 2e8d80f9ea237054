"""A scenario that takes too long fails in bounded time, also one that does not heed its end."""

import asyncio
import time

import pytest

from tests.doors.small_exchange import within


async def stubborn(ends: asyncio.Event) -> None:
    """Waits on while it tidies up, as a browser may that does not answer."""
    while True:
        try:
            await ends.wait()
            return
        except asyncio.CancelledError:
            continue


def test_what_does_not_heed_its_end_is_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        ends = asyncio.Event()
        with pytest.raises(TimeoutError, match=r"more than 0\.05 s"):
            await within(0.05, stubborn(ends), tidy_s=0.05)
        ends.set()

    began_s = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began_s < 5
    assert "await ends.wait()" in capsys.readouterr().err


def test_a_scenario_in_time_passes_and_a_failure_is_its_own() -> None:
    async def passes() -> None:
        await asyncio.sleep(0)

    async def fails() -> None:
        raise RuntimeError("the scenario's own")

    asyncio.run(within(5, passes()))
    with pytest.raises(RuntimeError, match="the scenario's own"):
        asyncio.run(within(5, fails()))
