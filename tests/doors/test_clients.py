"""Clients of the Binance API, unmodified, each through a day of its life: what it can do here, one test a capability.

The programs are in clients/, one folder a client; each runs under the interpreter of its own locked environment.
docs/CLIENTS.md is written from the same reports, see clients/page.py.
"""

from pathlib import Path

import pytest

from tests.doors.clients.capabilities import NAMES
from tests.doors.clients.page import PAGE, cells, render
from tests.doors.clients.programs import PROGRAMS, Program
from tests.doors.clients.reports import Report, live_day
from venus.testing.running import RunningExchange

CASES = [
    pytest.param(program, column, capability, id=f"{column}-{capability}", marks=program.marks)
    for program in PROGRAMS
    for column in program.columns
    for capability in NAMES
]
COLUMNS = [pytest.param(program, column, id=column) for program in PROGRAMS for column in program.columns]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """By program: a day is lived once, by the first test that asks of it."""
    return {}


@pytest.fixture
def report(
    program: Program,
    reports: dict[str, Report],
    sandbox: RunningExchange,
    tmp_path_factory: pytest.TempPathFactory,
) -> Report:
    if program.name not in reports:
        folder: Path = tmp_path_factory.mktemp(program.name)
        with sandbox.copy_to(folder / "data") as exchange:
            reports[program.name] = live_day(program, exchange, folder)
    return reports[program.name]


@pytest.mark.parametrize(("program", "column", "capability"), CASES)
def test_a_client_can_do_here_what_it_can_do(report: Report, column: str, capability: str) -> None:
    """Absent is what the client itself has no call for, with the reason; all else has to work."""
    entry = report.entry(column, capability)
    assert entry is not None, f"the day never came to it: {report.said[:500]} … {report.said[-3000:]}"
    assert entry["works"] is not False, entry["detail"]


@pytest.mark.heavy
@pytest.mark.parametrize(("program", "column"), COLUMNS)
def test_the_page_says_what_ran(report: Report, column: str) -> None:
    said, ran = (
        {key: mark for key, mark in cells(text).items() if key[0] == column}
        for text in (PAGE.read_text(), render(report.lines))
    )
    assert said == ran, "write docs/CLIENTS.md anew: .venv-test/bin/python -m tests.doors.clients.page"
