"""What must stand somewhere, and what must not stand anywhere."""

import ast
import re

from tests.tidy.source import ROOT, files, place, report, tree

RULES = ROOT / "docs" / "rules"
TEXT = {".py", ".md", ".toml", ".ini", ".sh", ".c", ".ts", ".svelte", ".css", ".html", ".json", ".lock", ".vy", ""}

# Written so that they do not find themselves.
MACHINE_PATHS = re.compile(r"""(?<![\w.])/(?:wor[k]/|hom[e]/\w|roo[t]/|tm[p]/\w|User[s]/\w|opt/[a-z]+/)""")
UNFINISHED = re.compile(
    r"\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b|NotImplemente[d]Error|\bski[p]if\b|mark\.ski[p]|pytest\.ski[p]\(|\bxfai[l]\b(?!_)"
    r"|unittest\.ski[p]|importorski[p]|pragma: no cove[r]|type: ignor[e]$|noq[a]$"
)


def members(enum_path: str, enum_name: str) -> list[str]:
    """Names of an enum's members, but NONE."""
    for node in ast.walk(tree(ROOT / enum_path)):
        if isinstance(node, ast.ClassDef) and node.name == enum_name:
            names = [part.targets[0].id for part in node.body if isinstance(part, ast.Assign)]  # type: ignore[attr-defined]
            return [name for name in names if name != "NONE"]
    raise AssertionError(f"{enum_path} has no {enum_name}")


def documented_words() -> set[str]:
    return {word for page in RULES.glob("*.md") for word in re.findall(r"\b[A-Z][A-Z0-9_]+\b", page.read_text())}


def test_every_reject_has_a_rule() -> None:
    words = documented_words()
    missing = [name for name in members("src/venus/records/rejects.py", "Reject") if name not in words]
    report("a refusal that no page of docs/rules explains", missing)


def test_every_event_has_a_rule() -> None:
    words = documented_words()
    names = members("src/venus/records/events.py", "EventKind") + members("src/venus/records/events.py", "Expiry")
    report("an event or a reason that no page of docs/rules explains", [name for name in names if name not in words])


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files():
        if path.suffix in TEXT:
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                if match := pattern.search(line):
                    found.append(f"{place(path, number)} {match.group()}")
    return found


def test_no_path_of_somebodys_machine() -> None:
    report("a path that exists on one machine only", lines_with(MACHINE_PATHS))


def test_nothing_is_left_unfinished_or_skipped() -> None:
    report("finish it, or say in the docs that it is not there", lines_with(UNFINISHED))
