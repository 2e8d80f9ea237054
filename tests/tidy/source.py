"""Our own source, read as text and as syntax trees; no module of it is imported."""

import ast
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
NOT_OURS = {"node_modules", "__pycache__", "pages", "venus-data"}
OURS_HIDDEN = {".ci"}
PYTHON = ("src", "boot", "benchmarks", "tests")


def files() -> Iterator[Path]:
    """Every file of the project that a person wrote or a lock tool did; nothing built, installed or downloaded."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name for name in folders if name not in NOT_OURS and (not name.startswith(".") or name in OURS_HIDDEN)
        )
        yield from (Path(folder, name) for name in sorted(names) if name != ".git")  # .git: of a work tree


def python_files(*folders: str) -> list[Path]:
    """Python files of folders named from the root, or of all that have any."""
    tops = [ROOT / folder for folder in folders or PYTHON]
    return [path for path in files() if path.suffix == ".py" and any(path.is_relative_to(top) for top in tops)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), path)


def place(path: Path, node: ast.AST | int = 0) -> str:
    """Where, as a terminal makes it a link: "src/venus/units.py:12"."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def module_name(path: Path) -> str:
    """Dotted name from the folder that Python would import it from."""
    top = SOURCE if path.is_relative_to(SOURCE) else ROOT / "boot" if path.is_relative_to(ROOT / "boot") else ROOT
    parts = path.relative_to(top).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Absolute names that a file imports: of `from a import b` both a and a.b."""
    package = module_name(path).split(".") if path.name == "__init__.py" else module_name(path).split(".")[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module, node
            yield from ((f"{module}.{alias.name}", node) for alias in node.names)


def report(rule: str, breaches: Iterable[str]) -> None:
    """Fail with the rule and every place that breaks it."""
    rows = sorted(set(breaches))
    assert not rows, f"{rule}\n  " + "\n  ".join(rows)
