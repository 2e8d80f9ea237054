"""Where compiled kernels are kept, and their compilation with something to look at. Standard library only.

Numba recompiles a function whose own file changed, but does not notice a change in a file that this file imports: an
inlined function or a frozen constant would stay the old one. So each state of the kernels' sources has a cache of its
own, and so has each mode of compilation.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from environments import ROOT, Unprepared

SOURCE = ROOT / "src"
CACHES = ROOT / ".cache" / "numba"
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
    modules = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in kernel_files()]
    script = ROOT / "boot" / "compile_kernels.py"
    done = subprocess.run([python, script, *modules], cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise Unprepared("the kernels do not compile, see above")
    (folder / "filled").touch()
    remove_old_caches(mode)


def remove_old_caches(mode: Mode) -> None:
    """All but the newest; a process that still runs from an older one has its code in memory."""
    folders = sorted(CACHES.glob(f"{mode.value}-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[CACHES_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
