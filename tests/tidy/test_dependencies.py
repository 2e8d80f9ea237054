"""What is declared is used, what is used is declared, and the locks say nothing of where it comes from."""

import re
import sys
import tomllib

from tests.tidy.source import ROOT, files, imports, place, python_files, report

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted(ROOT.glob("requirements*.lock"))
ADDRESS = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|^\s*(?:registry|index)\s*=")
NPM_ADDRESS = re.compile(r"\"resolved\":")  # its other addresses are of people to thank
# Where a distribution's import name is another, or somebody else imports it by name.
IMPORTED_AS = {"llvmlite": "numba", "fpdf": "fpdf2", "ToJyutping": "tojyutping"}
LOADED_BY = {
    "aiosqlite": "SQLAlchemy, for sqlite+aiosqlite URLs",
    "pyiso20022": "iso20022/schema.py, a module a message",
    "httptools": "uvicorn, as its parser",
    "tzdata": "zoneinfo, on a system without time zones",
    "uvloop": "uvicorn, as its loop",
}
BROUGHT_BY_ITS_LOADER = {
    "pytest": "it is what loads venus.testing.plugin; the exchange runs without it",
    "pymerkle": "the figure that stands beside it is measured in the tests' environment",
}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in requirements}


def pins(lock_name: str) -> dict[str, set[str]]:
    """Versions by distribution; a universal lock may have one for each Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ \\]+)", (ROOT / lock_name).read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def test_every_dependency_is_used_and_declared() -> None:
    declared = names(PROJECT["project"]["dependencies"])
    ours = {"venus", "benchmarks"} | {path.stem for path in (ROOT / "boot").glob("*.py")}
    imported = {}
    for path in python_files("src", "benchmarks"):
        for name, node in imports(path):
            top = name.split(".")[0]
            if top and top not in ours and top not in sys.stdlib_module_names:
                imported[IMPORTED_AS.get(top, top)] = place(path, node)
    report(
        "imported but not declared",
        (f"{where} {name}" for name, where in imported.items() if name not in declared | BROUGHT_BY_ITS_LOADER.keys()),
    )
    report("declared but not used", declared - imported.keys() - LOADED_BY.keys())


def test_locks_hold_what_is_declared() -> None:
    groups = PROJECT["dependency-groups"] | {"": []}
    for lock, group in {"requirements": "", "requirements-test": "test", "requirements-check": "check"}.items():
        missing = names(PROJECT["project"]["dependencies"] + groups[group]) - pins(f"{lock}.lock").keys()
        report(f"{lock}.lock is older than pyproject.toml: run scripts/lock", missing)


def test_every_environment_runs_the_same_versions() -> None:
    """What is tested is what is run."""
    run = pins("requirements.lock")
    for lock in ("requirements-test.lock", "requirements-check.lock"):
        other = pins(lock)
        report(f"{lock} pins another version", (name for name in run if other.get(name) != run[name]))


def test_locks_name_no_host() -> None:
    locks = [path for path in files() if path.suffix == ".lock" or path.name in ("package-lock.json", ".npmrc")]
    assert len(locks) > len(LOCKS) >= 3
    found = []
    for path in locks:
        text = path.read_text()
        pattern = NPM_ADDRESS if path.name == "package-lock.json" else ADDRESS
        matches = ((number, pattern.search(line)) for number, line in enumerate(text.splitlines(), 1))
        found += [f"{place(path, number)} {match.group()}" for number, match in matches if match]
    report("whoever installs chooses where from", found)


def test_every_locked_package_has_its_hash() -> None:
    for lock in [*LOCKS, ROOT / "boot" / "uv-requirements.lock"]:
        entries = re.split(r"^(?=[\w.-]+==)", lock.read_text(), flags=re.MULTILINE)[1:]
        report(
            f"{lock.name} pins without a hash", (entry.split()[0] for entry in entries if "--hash=sha256:" not in entry)
        )
