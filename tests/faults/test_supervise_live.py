"""A node in a process of its own follows a whole exchange, through SIGKILL of either, and both go on and agree."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
import uvloop

from tests.faults.test_engine_kills import trade_until_killed
from tests.faults.trading_under_fire import Depositor, traders
from venus.engine.places import Places
from venus.journal.store import JournalReader
from venus.supervisor.node_places import NodePlaces
from venus.testing.running import RunningExchange

PATIENCE_S = 240.0  # on a busy machine the start alone takes a minute


class RunningNode:
    """`venus supervise --follow` from outside."""

    def __init__(self, exchange: Path, data: Path, key: Path) -> None:
        self.places = NodePlaces(data)
        where = ["--journal", exchange, "--data", data, "--key", key]
        self.process = subprocess.Popen(
            venus("supervise", "--follow", *where), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    @property
    def frames(self) -> int:
        """So many it remembers to have been shown."""
        return self.places.hashes.stat().st_size // 32 if self.places.hashes.exists() else 0

    def reaches(self, frames: int) -> None:
        """Wait until it was shown so many."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self.frames < frames:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline_s, f"{self.frames} frames, not {frames}"
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        said, trouble = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, said + trouble
        return said


def venus(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-P", "-m", "venus.cli", *map(str, arguments)]


@pytest.mark.heavy
def test_a_node_follows_through_kills_of_either_side(own_exchange: RunningExchange, tmp_path: Path) -> None:
    key = tmp_path / "node.pem"
    assert subprocess.run(venus("supervise", "key", key, "--name", "supervisor.example"), check=False).returncode == 0
    own_exchange.start()
    places, everyone, depositor = Places(own_exchange.data), traders(own_exchange, seed=5), Depositor()
    node = RunningNode(own_exchange.data, tmp_path / "node", key)
    try:
        for number, (victim, node_too) in enumerate((("engine", False), ("engine", True), ("parent", False))):
            uvloop.run(trade_until_killed(own_exchange, everyone, depositor, victim, Random(number)))
            if node_too:
                node.kill()
                node = RunningNode(own_exchange.data, tmp_path / "node", key)
            own_exchange.start()
            node.reaches(JournalReader(places.journal).durable_frames())
        assert own_exchange.stop() == 0
        end = JournalReader(places.journal).durable_frames()
        node.reaches(end)
        said = node.stop()
    finally:
        if node.process.poll() is None:
            node.kill()
    assert "agrees" in said
    assert f"frames        {end}\n" in said
    replayed = subprocess.run(venus("replay", own_exchange.data), capture_output=True, text=True, check=False).stdout
    [chain] = [line for line in replayed.splitlines() if line.startswith("event chain")]
    assert chain in said
    assert f"{end - 1:020d}.note" in {path.name for path in node.places.cosigned.iterdir()}  # the one of the stop
