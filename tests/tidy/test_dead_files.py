"""A file that nothing opens is not part of the exchange."""

import ast
import re
from pathlib import Path

from tests.tidy.source import ROOT, imports, module_name, place, python_files, report, tree

# Opened by name, not by import.
STARTED = {"entrance"}  # by ./venus
# Alembic and freqtrade read them from a folder; pytest is told the name of its plugin.
LOADED_BY_NAME = ("migrations", "strategies", "plugin.py")
COMMAND = re.compile(r"(\w+):\w+")  # "module:function", loaded when the command is asked for


def is_started(path: Path) -> bool:
    """Whether it is run as a program."""
    return (
        path.name == "__main__.py"
        or module_name(path) in STARTED
        or any(
            isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'" for node in tree(path).body
        )
    )


def test_every_module_is_opened_by_something() -> None:
    opened = {name for path in python_files() for name, _ in imports(path) if name != module_name(path)}
    opened |= {f"venus.cli.{name}" for name in commands()}
    figures = {f"benchmarks.{path.stem}" for path in (ROOT / "benchmarks").glob("*.py") if defines_measure(path)}
    report(
        "nothing imports or starts these",
        (
            place(path)
            for path in python_files()
            if path.name not in ("__init__.py", "conftest.py")
            and not path.name.startswith("test_")
            and module_name(path) not in opened | figures
            and not is_started(path)
            and not any(part in LOADED_BY_NAME for part in path.parts)
        ),
    )


def commands() -> set[str]:
    """Modules of the command line that are named in its table."""
    texts = [node.value for node in ast.walk(tree(ROOT / "src/venus/cli/command.py")) if isinstance(node, ast.Constant)]
    return {match[1] for text in texts if isinstance(text, str) for match in COMMAND.finditer(text)}


def defines_measure(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "measure" for node in tree(path).body)


def test_every_figure_is_listed_and_measured() -> None:
    """`./venus bench` runs FIGURES: one that is not listed would never run, one that has no file would fail."""
    run = ROOT / "benchmarks" / "run.py"
    listed = {
        name
        for node in tree(run).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FIGURES"
        for name in ast.literal_eval(node.value)
    }
    present = {path.stem for path in python_files("benchmarks") if defines_measure(path) and path != run}
    report("a figure listed without a file, or a file not listed", listed ^ present)
