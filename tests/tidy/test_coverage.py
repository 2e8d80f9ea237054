"""docs/COVERAGE.md: what it says of the API is shown by tests that exist, or has a reason."""

import ast
import re

from tests.tidy.source import ROOT, report, tree

PAGE = ROOT / "docs" / "COVERAGE.md"
STATES = ("works", "differs", "no")
TEST = re.compile(r"^([a-z_/0-9]+\.py)::(test_[a-z_0-9]+)$")


def rows() -> list[tuple[str, str, str]]:
    """What, state, and what shows it or why not, of every row of every table."""
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 3 and cells[1] != "state":
            found.append((cells[0], cells[1], cells[2]))
    return found


def test_every_row_is_shown_by_a_test_that_exists_or_has_a_reason() -> None:
    breaches = []
    for what, state, shown in rows():
        test, _, reason = shown.partition("; ")
        named = TEST.match(test)
        if state not in STATES:
            breaches.append(f"{what}: {state!r} is none of {STATES}")
        elif state == "no":
            if named or len(shown) < len("no margin"):
                breaches.append(f"{what}: says no and no reason")
        elif not named:
            breaches.append(f"{what}: names no test")
        elif not _exists(*named.groups()):
            breaches.append(f"{what}: there is no {test}")
        elif (state == "differs") != bool(reason):
            breaches.append(f"{what}: {'does not say how it differs' if state == 'differs' else 'works, and yet'}")
    report("the coverage page tells what is", breaches)
    assert len(rows()) > 40, "its tables are not read any more"


def test_nothing_is_told_twice() -> None:
    told = [what for what, _, _ in rows()]
    report("a row stands once", (what for what in told if told.count(what) > 1))


def _exists(file: str, name: str) -> bool:
    path = ROOT / "tests" / file
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return path.exists() and any(isinstance(node, functions) and node.name == name for node in tree(path).body)
