"""venus replay-market: a recorded market, played on an exchange of its own."""

import asyncio
import json
import tempfile
import time
from pathlib import Path

import httpx

from venus.cli.launch import Child, ChildFailed
from venus.cli.words import fail, progress_bar
from venus.engine.places import Places
from venus.testing.market_replay import MarketReplay, Refused
from venus.testing.recording_world import make_recording_world
from venus.testing.recordings import Recording, UnknownFormat, open_recording

_MALFORMED_SHOWN = 20


def replay_market(file: Path, symbol: str, speed: float | None, data: Path | None, port: int) -> int:
    """Exit 0 if every line was played."""
    try:
        recording = open_recording(file)
    except (UnknownFormat, OSError) as error:
        return fail(str(error))
    if speed is not None and speed <= 0:
        return fail("the speed must be above 0")
    if data is not None and data.exists() and any(data.iterdir()):
        return fail(f"{data} is not empty: a recording needs a book of its own")
    with tempfile.TemporaryDirectory(prefix="venus-recording-") as scratch:
        return _play(recording, symbol, speed, Places((data or Path(scratch)).resolve()), port)


def _play(recording: Recording, symbol: str, speed: float | None, places: Places, port: int) -> int:
    children: list[Child] = []
    try:
        keys = make_recording_world(places, symbol, recording.tick, recording.lot, time.time_ns())
        data = str(places.root)
        children.append(Child("engine", "engine", "--data", data))
        arguments = ("--data", data, "--host", "127.0.0.1", "--port", str(port), "--limits", "open")
        children.append(Child("gateway", "gateway", *arguments))
        children[0].ready()
        rest = children[1].ready()["rest"]
        print(f"playing {recording.name} on {symbol}; watch it at {rest}/", flush=True)
        return asyncio.run(_drive(recording, symbol, speed, rest, keys))
    except (ChildFailed, Refused, httpx.HTTPError, ValueError) as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("stopped before the end")
    finally:
        for child in reversed(children):
            child.stop()


async def _drive(recording: Recording, symbol: str, speed: float | None, rest: str, keys: dict[str, dict[str, str]]) -> int:
    started_s = time.perf_counter()
    async with httpx.AsyncClient(base_url=rest, timeout=60.0) as http:
        replay = MarketReplay(http, keys, symbol)
        try:
            with progress_bar("playing") as progress:
                await replay.run(recording, speed, progress)
        finally:
            _report(replay, time.perf_counter() - started_s)
    return 1 if replay.malformed else 0


def _report(replay: MarketReplay, seconds: float) -> None:
    for what, count in sorted(replay.counts.items()):
        print(f"{count:>10}  {what}")
    print(f"{seconds:>10.1f}  seconds")
    for number, why in replay.malformed[:_MALFORMED_SHOWN]:
        print(f"line {number}: {json.dumps(why)}")
    if len(replay.malformed) > _MALFORMED_SHOWN:
        print(f"and {len(replay.malformed) - _MALFORMED_SHOWN} more malformed lines")
