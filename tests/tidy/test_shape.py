"""Sizes and names that keep the house readable. An exception is a row of a table here, with its reason."""

import ast

from tests.tidy.source import ROOT, module_name, place, python_files, report, tree

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 800
MODULE_LINES_QUESTIONED = 500

# Why each is still one function, or one subject. Only ever fewer.
FUNCTIONS_ALLOWED: dict[str, str] = {}
CATCH_ALL_ALLOWED = {
    "venus.engine.journaling": "whatever ends the journal's thread must reach the engine, which halts",
    "venus.engine.writer": "whatever a step raises must halt the engine, not only the step",
    "venus.engine.folding": "whatever ends the views' thread must halt the engine; a bad question only its asker",
    "venus.supervisor.chains": "whatever ends the hashing of events is raised again by the thread that waits for it",
    "venus.supervisor.ahead": "whatever ends the reading thread is raised again by the thread that runs",
    "venus.registry.gathering": "whatever ends the work of one who asked is raised again where he waits",
}
MODULES_ALLOWED: dict[str, str] = {}

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc", "stuff"}
EMPTY_ENDINGS = ("Manager", "Helper", "Util", "Utils", "Base")
BELOW_GATEWAY = tuple(
    f"src/venus/{room}"
    for room in ("units.py", "records", "core", "model", "journal", "views", "registry", "engine", "supervisor")
)


def test_functions_are_short() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{module_name(path)}.{node.name}"] = f"{place(path, node)} {node.name}: {lines} lines"
    report(
        f"a function has at most {FUNCTION_LINES_MAX} lines",
        (where for name, where in long.items() if name not in FUNCTIONS_ALLOWED),
    )
    report("an exception that is no longer needed", FUNCTIONS_ALLOWED.keys() - long.keys())


def test_modules_are_one_subject() -> None:
    long = {}
    for path in python_files():
        lines = len(path.read_text().splitlines())
        if lines > MODULE_LINES_QUESTIONED:
            long[str(path.relative_to(ROOT))] = lines
    report(
        f"a module has at most {MODULE_LINES_MAX} lines",
        (f"{name}: {lines} lines" for name, lines in long.items() if lines > MODULE_LINES_MAX),
    )
    report(
        f"above {MODULE_LINES_QUESTIONED} lines a module is asked why, and answers in MODULES_ALLOWED",
        (f"{name}: {lines} lines" for name, lines in long.items() if name not in MODULES_ALLOWED),
    )
    report("an exception that is no longer needed", MODULES_ALLOWED.keys() - long.keys())


def test_names_say_what() -> None:
    modules = (
        place(path)
        for path in python_files()
        if EMPTY_WORDS & {word for part in path.relative_to(ROOT).with_suffix("").parts for word in part.split("_")}
    )
    classes = (
        f"{place(path, node)} {node.name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_ENDINGS)
    )
    report("name the noun: these names say nothing", (*modules, *classes))


def catches_all(handler: ast.ExceptHandler) -> bool:
    """A handler of everything, unless it only cleans up and raises on."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    everything = any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in kinds)
    last = handler.body[-1]
    return everything and not (isinstance(last, ast.Raise) and last.exc is None)


def test_nothing_below_the_doors_catches_everything() -> None:
    """Our own bug must stop the engine, not be logged and forgotten."""
    report(
        "below the gateway an except names what it expects",
        (
            place(path, node)
            for path in python_files(*BELOW_GATEWAY)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ExceptHandler) and catches_all(node) and module_name(path) not in CATCH_ALL_ALLOWED
        ),
    )


def test_kernels_live_in_folders_named_kernels() -> None:
    report(
        "compiled functions are found where they are looked for",
        (
            place(path)
            for path in python_files("src", "benchmarks")
            if "kernels" not in path.parts
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom)
            and node.module == "numba"
            and {a.name for a in node.names} & {"njit", "jit"}
        ),
    )
