"""venus replay-market: a recorded market, played on an exchange of its own."""

import asyncio
import tempfile
import time
from pathlib import Path

from venus.cli.launch import Child, ChildFailed, is_empty, stop_on_sigterm
from venus.cli.words import fail, progress_bar
from venus.engine.places import Places
from venus.testing.market_replay import MarketReplay, Refused
from venus.testing.recording_world import make_recording_world
from venus.testing.recordings import Recording, Unreadable, open_recording
from venus.testing.rest_client import ConnectionEnded


def replay_market(
    file: Path, /, *, symbol: str = "BTCUSDT", speed: float | None = None, data: Path | None = None, port: int = 0
) -> int:
    """Let recorded market data drive the book of an exchange of its own, through its front door.

    Parameters
    ----------
    file
        Binance's public trades or aggTrades CSV, Binance streams as received, or orders one by one; packed or not.
    symbol
        The symbol to play it on.
    speed
        1 is as it was, 10 ten times as fast; without it, as fast as it goes.
    data
        A new directory to keep the exchange in; without it, it is gone afterwards.
    port
        Port to watch it on; 0 takes a free one.
    """
    try:
        recording = open_recording(file)
    except Unreadable as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{file}: {error.strerror}")
    if speed is not None and speed <= 0:
        return fail("the speed must be above 0")
    if data is not None and data.exists() and not (data.is_dir() and is_empty(data)):
        return fail(f"{data} is no empty directory: a recording needs a book of its own")
    stop_on_sigterm()
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
    except (ChildFailed, Refused, Unreadable, ConnectionEnded, OSError, ValueError) as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("stopped before the end")
    finally:
        for child in reversed(children):
            child.stop()


async def _drive(
    recording: Recording, symbol: str, speed: float | None, rest: str, keys: dict[str, dict[str, str]]
) -> int:
    started_s = time.perf_counter()
    replay = MarketReplay(rest, keys, symbol)
    try:
        with progress_bar("playing") as progress:
            await replay.run(recording, speed, progress)
    finally:
        replay.close()
        _report(replay, time.perf_counter() - started_s)
    return 1 if replay.malformed else 0


def _report(replay: MarketReplay, seconds: float) -> None:
    for what, count in sorted(replay.counts.items()):
        print(f"{count:>10}  {what}")
    print(f"{seconds:>10.1f}  seconds")
    for number, why in replay.malformed:
        print(f"line {number} is malformed: {why}")
