"""docs/CLIENTS.md, written from the reports of the clients' last days: python -m tests.doors.clients.page"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.doors.clients.capabilities import CAPABILITIES
from tests.doors.clients.programs import PROGRAMS, REPORTS, ROOT

PAGE = ROOT / "docs" / "CLIENTS.md"
WORKS, FAILS, UNKNOWN = "yes", "**no**", "?"
Lines = list[dict[str, Any]]

HEAD = """# Clients

What unmodified clients of the Binance Spot API can do here. Written from the reports of their runs against a running
exchange: `./venus test --all tests/doors/test_clients.py`, then `.venv-test/bin/python -m tests.doors.clients.page`.
The same test fails if this page says something else than the run. Margin and futures are not part of this exchange;
no client is asked about them.

`yes`: done, and what came of it looked at. `**no**`: it does not work here. A letter: the client cannot be asked, see
below the tables.

The official C2C SDK (`binance-sdk-c2c`) has one call, a user's orders between people, and reads them here:
`tests/doors/test_c2c_sdk.py`.
"""


def render(lines: Lines) -> str:
    heads = {line["column"]: line for line in lines if "version" in line}
    marks = Marks(lines)
    parts = [HEAD, "## Versions\n", "| column | client | version |", "|---|---|---|"]
    parts += [f"| {column} | {head['client']} | {head['version']} |" for column, head in heads.items()]
    for heading, capabilities in CAPABILITIES.items():
        parts += [f"\n## {heading}\n", f"| | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
        for capability in capabilities:
            cells = (marks.of(column, capability) for column in heads)
            parts.append(f"| {capability} | {' | '.join(cells)} |")
    parts += ["\n## Why a client cannot be asked\n", *marks.reasons()]
    return "\n".join(parts) + "\n"


class Marks:
    """A cell's word or letter; every reason has one letter."""

    def __init__(self, lines: Lines) -> None:
        self._entries = {(line["column"], line["capability"]): line for line in lines if "capability" in line}
        texts = sorted({_general(line["detail"]) for line in self._entries.values() if line["works"] is None})
        self._letters = {text: chr(ord("a") + number) for number, text in enumerate(texts)}

    def of(self, column: str, capability: str) -> str:
        entry = self._entries.get((column, capability))
        if entry is None:
            return UNKNOWN
        if entry["works"] is None:
            return self._letters[_general(entry["detail"])]
        return WORKS if entry["works"] else FAILS

    def reasons(self) -> list[str]:
        return [f"* {letter}: {text}" for text, letter in self._letters.items()]


def _general(reason: str) -> str:
    """`no call for ticker.24hr` and its like are one reason."""
    return "the client has no call for it" if reason.startswith("no call for ") else reason


def cells(page: str) -> dict[tuple[str, str], str]:
    """What a page says, by column and capability; reasons count as one, whatever their letters."""
    found = {}
    columns: list[str] = []
    for line in page.splitlines():
        words = [word.strip() for word in line.strip("|").split("|")]
        if line.startswith("| |"):
            columns = words[1:]
        elif line.startswith("| ") and len(words) == len(columns) + 1:
            for column, word in zip(columns, words[1:], strict=True):
                found[column, words[0]] = "-" if re.fullmatch("[a-z]", word) else word
    return found


def read_reports(folder: Path = REPORTS) -> Iterable[dict[str, Any]]:
    for program in PROGRAMS:
        report = folder / f"{program.name}.jsonl"
        if report.exists():
            yield from map(json.loads, report.read_text().splitlines())


if __name__ == "__main__":
    PAGE.write_text(render(list(read_reports())))
