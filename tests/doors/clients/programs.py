"""The programs of the clients' days: which there are, and how one is run."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from environments import client_python

from venus.testing.running import RunningExchange

ROOT = Path(__file__).resolve().parents[3]
REPORTS = ROOT / ".cache" / "clients"
"""Where the last report of each program is kept, for the page."""


class Program(NamedTuple):
    """A client's day.

    name          folder beside this file, which may hold the lock of an environment of its own
    columns       what it reports on
    seconds_max   after which it is ended: many times what it takes on a machine that is not busy
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
    Program("ccxt", ("ccxt", "ccxt.pro"), 600),
    Program("python_binance", ("python-binance", "python-binance WebSocket API"), 600),
    Program("binance_connector", ("binance-connector", "binance-connector WebSocket API"), 600),
    Program("binance_sdk", ("binance-sdk-spot", "binance-sdk-spot WebSocket API", "binance-sdk-wallet"), 600),
    Program("nautilus_trader", ("nautilus-trader",), 600),
    Program("freqtrade", ("freqtrade",), 1_200),
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
    """Run a program against a running exchange."""
    report, said = folder / "report.jsonl", folder / "said.log"
    place = {"rest": exchange.rest, "ws": exchange.ws, "accounts": exchange.accounts}
    (folder / "place.json").write_text(json.dumps(place))
    with said.open("w") as output:
        command = [client_python(program.name), "-m", f"tests.doors.clients.{program.name}.day"]
        process = subprocess.Popen(
            [*command, folder / "place.json", report],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            process.wait(program.seconds_max)
        finally:
            process.kill()
            process.wait()
    text = report.read_text() if report.exists() else ""
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{program.name}.jsonl").write_text(text)
    return Report([json.loads(line) for line in text.splitlines()], said.read_text())
