"""The programs of the clients' days: which there are, and how one is run."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from environments import client_python
from tests.doors.clients.relay import Relay
from venus.testing.running import RunningExchange

ROOT = Path(__file__).resolve().parents[3]
FAST = 20.0


class Program(NamedTuple):
    """A client's day.

    name          folder beside this file, which may hold the lock of an environment of its own
    columns       what it reports on
    seconds_max   after which it is ended
    is_heavy      it takes longer than the usual run of tests has room for
    """

    name: str
    columns: tuple[str, ...]
    seconds_max: float
    is_heavy: bool = True

    @property
    def marks(self) -> tuple[pytest.MarkDecorator, ...]:
        return (pytest.mark.heavy,) if self.is_heavy else ()


PROGRAMS = (
    Program("python_binance", ("python-binance", "python-binance WebSocket API"), 240),
    Program("binance_connector", ("binance-connector", "binance-connector WebSocket API"), 240),
    Program("binance_sdk", ("binance-sdk-spot", "binance-sdk-spot WebSocket API", "binance-sdk-wallet"), 240),
)


class Report(NamedTuple):
    """What a day said, and what its program printed."""

    lines: list[dict[str, Any]]
    said: str

    def entry(self, column: str, capability: str) -> dict[str, Any] | None:
        for line in self.lines:
            if line["column"] == column and line.get("capability") == capability:
                return line
        return None


def live_day(program: Program, exchange: RunningExchange, folder: Path) -> Report:
    """Run a program against a running exchange, through a wire that it can have cut."""
    report, said = folder / "report.jsonl", folder / "said.log"
    with Relay(exchange.rest.removeprefix("http://")) as relay, said.open("w") as output:
        place = {
            "rest": f"http://{relay.address}",
            "ws": f"ws://{relay.address}/ws",
            "accounts": exchange.accounts,
            "relay": relay.control,
        }
        (folder / "place.json").write_text(json.dumps(place))
        command = [client_python(program.name), "-m", f"tests.doors.clients.{program.name}.day"]
        process = subprocess.Popen(
            [*command, folder / "place.json", report],
            cwd=ROOT,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            process.wait(program.seconds_max)
        finally:
            process.kill()
            process.wait()
    lines = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
    return Report(lines, said.read_text())
