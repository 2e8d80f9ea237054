"""Where compiled kernels are kept, and their compilation with something to look at. Standard library only.

Numba recompiles a function whose own file changed, but does not notice a change in a file that this file imports: an
inlined function or a frozen constant would stay the old one. So each state of the kernels' sources has a cache of its
own, and so has each mode of compilation.
"""

import hashlib
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path

from environments import ROOT, Unprepared, say

SOURCE = ROOT / "src"
CACHES = ROOT / ".cache" / "numba"
FLOORS = ("core", "views")  # that have kernels
CACHES_KEPT = 2  # of a mode: one for each of two branches
FROM = re.compile(r"^[ \t]*from (venus[\w.]*) import (?:\(([^)]*)\)|([^\n#]*))", re.MULTILINE)
IMPORT = re.compile(r"^[ \t]*import (venus[\w.]*)", re.MULTILINE)


class Mode(Enum):
    PLAIN = "plain"
    CHECKED = "checked"  # an index out of bounds raises instead of reading what is there

    @property
    def variables(self) -> dict[str, str]:
        return {"NUMBA_BOUNDSCHECK": "1"} if self is Mode.CHECKED else {}


def kernel_files() -> list[Path]:
    """Every file that has compiled functions, and the project's files that they import, however far away."""
    wanted = [path for path in SOURCE.rglob("*.py") if "kernels" in path.parts or "njit" in path.read_text()]
    found: set[Path] = set()
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            wanted.extend(imported_files(path))
    return sorted(found)


def imported_files(path: Path) -> list[Path]:
    text = path.read_text()
    dotted = IMPORT.findall(text)
    for package, in_brackets, in_line in FROM.findall(text):
        names = [name.split()[0] for name in (in_brackets or in_line).split(",") if name.strip()]
        dotted += [package, *(f"{package}.{name}" for name in names)]
    candidates = [SOURCE.joinpath(*name.split(".")).with_suffix(".py") for name in dotted]
    return [candidate for candidate in candidates if candidate.is_file()]


def cache_folder(mode: Mode) -> Path:
    digest = hashlib.sha256()
    for path in kernel_files():
        digest.update(f"{path.relative_to(SOURCE)}\n".encode() + path.read_bytes())
    return CACHES / f"{mode.value}-{digest.hexdigest()[:16]}"


def compile_kernels(python: Path, mode: Mode, environment: Mapping[str, str]) -> None:
    """Fill the mode's cache, if it is not filled, showing what is being compiled; raises Unprepared."""
    folder = cache_folder(mode)
    if (folder / "filled").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    say("venus: compiling kernels (once after a change of them; a minute or two)")
    started_s = time.monotonic()
    compile_floors(python, environment)
    say(f"venus: compiled in {time.monotonic() - started_s:.1f} s")
    (folder / "filled").touch()
    remove_old_caches(mode)


def compile_floors(python: Path, environment: Mapping[str, str]) -> None:
    """Both floors that have kernels, side by side; what they are at is shown on a terminal. Raises Unprepared."""
    modules = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in kernel_files()]
    started_s = time.monotonic()
    children: dict[str, subprocess.Popen[str]] = {}
    for floor in FLOORS:
        own = [module for module in modules if module.startswith(f"venus.{floor}.")]
        command: list[str | Path] = [python, ROOT / "boot" / "compile_kernels.py", floor, *own]
        children[floor] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    at = dict.fromkeys(children, "")
    lines: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()  # an empty line: the floor is done
    for floor, child in children.items():
        threading.Thread(target=hand_lines, args=(floor, child, lines.put), daemon=True).start()
    while at:
        floor, line = lines.get()
        if line:
            at[floor] = line
        else:
            del at[floor]
        if sys.stderr.isatty():
            shown = ", ".join(at.values())
            print(f"\r\033[K  {shown} ({time.monotonic() - started_s:.0f} s)", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if any(child.wait() for child in children.values()):
        raise Unprepared("the kernels do not compile, see above")


def hand_lines(floor: str, child: subprocess.Popen[str], hand: Callable[[tuple[str, str]], None]) -> None:
    """What a child says, line by line, and an empty line when it ends."""
    assert child.stdout is not None
    for line in child.stdout:
        hand((floor, line.strip()))
    hand((floor, ""))


def remove_old_caches(mode: Mode) -> None:
    """All but the newest; a process that still runs from an older one has its code in memory."""
    folders = sorted(CACHES.glob(f"{mode.value}-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[CACHES_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
