"""The core and the model are pure functions of the journal: no clock, chance, float, I/O or hash order in them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.source import ROOT, imports, place, python_files, report, tree

PURE = ("src/venus/core", "src/venus/model", "src/venus/records", "src/venus/units.py")
IMPORTS_ALLOWED = {
    "__future__",
    "base64",
    "bisect",
    "blake3",
    "collections",
    "cryptography",  # to check signatures, never to make one: see test_the_core_checks_signatures_and_makes_none
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "llvmlite",
    "mmap",  # anonymous memory only: see test_only_anonymous_memory_is_mapped
    "msgspec",
    "numba",
    "numpy",
    "operator",
    "re",
    "struct",
    "sys",  # to count references only: see test_only_references_are_asked_of_the_interpreter
    "typing",
    "venus",
}
# float: inexact; hash and id: differ from process to process; the rest reach outside.
CALLS_BANNED = {"float", "complex", "hash", "id", "open", "print", "input", "eval", "exec", "globals", "vars"}
NUMPY_BANNED = {
    "random",
    "float16",
    "float32",
    "float64",
    "floating",
    "divide",
    "true_divide",
    "mean",
    "average",
    "std",
}
WALKERS = {"list", "tuple", "iter", "enumerate", "zip", "map", "filter", "dict", "reversed"}
COMPILER_BANNED = {"fastmath", "parallel"}
FLOAT_DTYPES = {"f2", "f4", "f8", "<f4", "<f8", "float", "float32", "float64"}


def pure_files() -> list[Path]:
    return [path for path in python_files("src") if any(path.is_relative_to(ROOT / top) for top in PURE)]


def test_only_deterministic_libraries_are_imported() -> None:
    report(
        "the core, the model and the records import nothing that knows a clock, chance, or the outside",
        (
            f"{place(path, node)} imports {name}"
            for path in pure_files()
            for name, node in imports(path)
            if name.split(".")[0] not in IMPORTS_ALLOWED
        ),
    )


def test_the_core_checks_signatures_and_makes_none() -> None:
    """A signature holds or not, whoever asks and when; keys and signatures that are made differ every time."""
    found = [(path, name) for path in pure_files() for name, _ in imports(path) if name.startswith("cryptography")]
    assert {path.relative_to(ROOT).as_posix() for path, _ in found} == {"src/venus/records/signatures.py"}
    report("nothing private", (name for _, name in found if "Private" in name or "generate" in name))


def test_only_anonymous_memory_is_mapped() -> None:
    """mmap may be had for its page size and huge pages, never for a file."""
    report(
        "mmap.mmap takes -1, no file",
        (
            place(path, node)
            for path in pure_files()
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call)
            and ast.unparse(node.func) == "mmap.mmap"
            and ast.unparse(node.args[0]) != "-1"
        ),
    )


def test_only_references_are_asked_of_the_interpreter() -> None:
    """They say which memory may be used again, never what stands in it."""
    asked = ((path, name) for path in pure_files() for name, _ in imports(path) if name.split(".")[0] == "sys")
    report("of sys only getrefcount", (place(path) for path, name in asked if name not in ("sys", "sys.getrefcount")))


def impurities(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """What is not a whole number, or not the same in the next process."""
    yield from ((node, "a set gone through: its order differs from process to process") for node in set_walks(module))
    for node in ast.walk(module):
        match node:
            case ast.Constant(value=float()):
                yield node, f"a float: {node.value}"
            case ast.Constant(value=str()) if node.value in FLOAT_DTYPES:
                yield node, f"a float dtype: {node.value}"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node, "true division: / makes a float, // does not"
            case ast.Call(func=ast.Name(id=name)) if name in CALLS_BANNED:
                yield node, f"{name}()"
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if name in NUMPY_BANNED:
                yield node, f"np.{name}"
            case ast.keyword(arg=name, value=ast.Constant(value=True)) if name in COMPILER_BANNED:
                yield node, f"{name}=True: results would depend on the compiler or on threads"


def set_walks(module: ast.Module) -> Iterator[ast.AST]:
    """Sets, or names given to one, that are gone through; being looked into, compared or sorted is no harm."""
    named = {
        target.id
        for node in ast.walk(module)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_set(node.value, set())
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        match node:
            case ast.For(iter=walked) | ast.comprehension(iter=walked) | ast.Starred(value=walked):
                if is_set(walked, named):
                    yield walked
            case ast.Call(func=ast.Name(id=name), args=[walked, *_]) if name in WALKERS and is_set(walked, named):
                yield node
            case ast.Call(func=ast.Attribute(attr="pop"), args=[]) if is_set(node.func.value, named):
                yield node


def is_set(node: ast.AST, named: set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Name(id=name):
            return name in named
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.Sub(), left=left, right=right):
            return is_set(left, named) or is_set(right, named)
    return False


@pytest.mark.parametrize("folder", PURE)
def test_nothing_inexact_or_unordered(folder: str) -> None:
    report(
        "whole numbers and fixed orders only",
        (
            f"{place(path, node)} {what}"
            for path in pure_files()
            if path.is_relative_to(ROOT / folder)
            for node, what in impurities(tree(path))
        ),
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("x = 1 / 2", "true division"),
        ("x /= 2", "true division"),
        ("x = 0.5", "a float"),
        ("x = float(y)", "float()"),
        ("for x in {1, 2}: pass", "a set"),
        ("x = [y for y in {z for z in w}]", "a set"),
        ("for x in set(y): pass", "a set"),
        ("x = list(a | {1})", "a set"),
        ("x = {1, 2}\nfor y in x: pass", "a set"),
        ("x: set[int] = set()\ny = x.pop()", "a set"),
        ("x = [*{1, 2}]", "a set"),
        ("x = hash(y)", "hash()"),
        ("x = np.random.random()", "np.random"),
        ("njit(fastmath=True)", "fastmath"),
        ("x = np.zeros(3, 'f8')", "a float dtype"),
    ],
)
def test_each_ban_bites(line: str, what: str) -> None:
    assert any(what in found for _, found in impurities(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "x = y // 2",
        "x = y in {1, 2}",
        "x = sorted({1, 2})",
        "assert set(x) == set(y)",
        "x = np.int64(1)",
        "for x in {1: 2}: pass",
    ],
)
def test_what_is_allowed_is_let_through(line: str) -> None:
    assert not list(impurities(ast.parse(line)))


def test_no_default_arguments_in_the_core() -> None:
    """A rule must not be able to forget one of its inputs."""
    report(
        "every argument is given by the caller",
        (
            f"{place(path, node)} {getattr(node, 'name', 'lambda')}"
            for path in python_files("src/venus/core")
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            and (node.args.defaults or any(default is not None for default in node.args.kw_defaults))
        ),
    )
