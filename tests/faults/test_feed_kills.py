"""Engine and gateway are killed with SIGKILL while a supervisor reads their feed: it misses no frame and no claim."""

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.doors.small_exchange import listings, order
from venus.engine.client import EngineClient, EngineGone
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.journal.chain_file import ChainReader
from venus.journal.following import durable_frames
from venus.journal.store import JournalReader
from venus.records.commands import AdoptRules, MoveToRules, Side
from venus.registry.vault import MasterKey
from venus.supervisor.feed import Feed, Given
from venus.testing.officials import SUPERVISOR, founding, seat_key

LIVES = 4
PATIENCE_S = 60


class Processes:
    """The two of an exchange, as `up` starts them."""

    def __init__(self, places: Places) -> None:
        self._data = str(places.root)
        self._processes: list[subprocess.Popen[str]] = []
        self.url = ""

    def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        said: dict[str, Any] = {}
        for name, more in (("engine", ()), ("gateway", ("--host", "127.0.0.1", "--port", port))):
            command = [sys.executable, "-P", "-m", f"venus.cli.processes.{name}", "--data", self._data, *more]
            process = subprocess.Popen(
                command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._processes.append(process)
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                if "ready" in said:
                    break
            assert said.get("ready"), said
        self.url = said["rest"]

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.communicate()
        self._processes.clear()


async def trade(places: Places, stop: threading.Event) -> None:
    """One order a frame, until told to stop or the engine is gone."""
    client = await EngineClient.connect(places.socket)
    turn = 0
    try:
        while not stop.is_set():
            side = (Side.BUY, Side.SELL)[turn % 2]
            await client.submit_linked([(order(2 + turn % 4, side, 1_000, 1), "")])
            turn += 1
    except EngineGone:
        pass
    finally:
        client.close()


@pytest.mark.heavy
def test_a_feed_outlives_every_kill() -> None:
    with tempfile.TemporaryDirectory() as folder:  # short: a socket's path has 107 characters
        places = Places(Path(folder) / "x")
        with OfflineWriter(places) as writer:
            for command in (AdoptRules(reference="r2", rules=2), MoveToRules(reference="r3", rules=3), founding()):
                writer.cold(10**18, command)
            for command in listings():
                writer.cold(10**18, command)
        MasterKey.load(places.master_key)
        processes, given, stop = Processes(places), list[Given](), threading.Event()
        processes.start()
        try:
            with Feed(processes.url, seat_key(SUPERVISOR, 0)) as feed:
                reader = threading.Thread(target=lambda: given.extend(feed.frames()), daemon=True)
                reader.start()
                for _ in range(LIVES):
                    trader = threading.Thread(target=lambda: asyncio.run(trade(places, stop)))
                    trader.start()
                    time.sleep(1)
                    processes.kill()
                    trader.join(PATIENCE_S)
                    processes.start()
                deadline_s = time.monotonic() + PATIENCE_S
                late: dict[int, bytes] = {}
                waits = True  # for frames, and for the claims of those that came without
                while waits and time.monotonic() < deadline_s:
                    time.sleep(0.05)
                    late |= dict(feed.late())
                    waits = len(given) < durable_frames(places.journal) or any(
                        one.chain is None and one.frame.number not in late for one in given
                    )
        finally:
            stop.set()
            processes.kill()
        stand = list(JournalReader(places.journal).frames())
        assert len(given) >= durable_frames(places.journal) > 30 + LIVES
        assert [one.frame.hash for one in given] == [frame.hash for frame in stand[: len(given)]]
        told = {one.frame.number: one.chain for one in given} | late
        claims = ChainReader(places.event_chain)
        assert told == {number: claims.value(number) for number in range(len(given))}
