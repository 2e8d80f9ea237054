"""How the program of a client's day is run, and what it reported."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from environments import client_python

from tests.doors.clients.programs import REPORTS, ROOT, Program
from venus.testing.running import RunningExchange


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
    """Run a program against a running exchange; what that said stands in front of what the program did."""
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
    return Report([json.loads(line) for line in text.splitlines()], f"{exchange.log[-500:]}\n{said.read_text()}")
