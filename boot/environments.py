"""Environments made from hashed locks: .venv to run, .venv-test, .venv-check, and one for each client that the tests
run and that cannot share .venv-test. Standard library only.

An environment carries a stamp, the SHA-256 of the lock it was made from and the Python it was made for, so that
finding it right costs one small read. uv does the work; where there is none, a pinned one is fetched once.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOT = ROOT / ".boot"
UV_LOCK = ROOT / "boot" / "uv-requirements.lock"

# Apart, because an environment shared by running and testing would be synced to and fro between the two.
LOCKS = {
    "run": (".venv", "requirements.lock"),
    "test": (".venv-test", "requirements-test.lock"),
    "check": (".venv-check", "requirements-check.lock"),
}
CLIENTS = ROOT / "tests" / "doors" / "clients"


class Unprepared(Exception):
    """The environment cannot be made; the text says what to do."""


def say(text: str) -> None:
    """A line for a person: never on stdout, which belongs to the command handed over to."""
    print(text, file=sys.stderr, flush=True)


def venv_python(name: str) -> Path:
    """The interpreter of environment `name`, made or brought up to its lock first if need be."""
    folder, lock = (ROOT / part for part in LOCKS[name])
    return python_of(folder, lock)


def client_python(name: str) -> Path:
    """The interpreter for a client of tests/doors/clients: of its own environment if it has a lock, else the tests'."""
    lock = CLIENTS / name / "requirements.lock"
    if not lock.exists():
        return venv_python("test")
    return python_of(ROOT / ".venv-clients" / name, lock)


def python_of(folder: Path, lock: Path) -> Path:
    python = folder / "bin" / "python"
    if is_stamped(folder, lock) and python.exists():
        return python
    with only_one_at_a_time():
        if not (is_stamped(folder, lock) and python.exists()):
            make(folder, lock)
    return python


def stamp_of(lock: Path) -> str:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"{digest} {sys.implementation.cache_tag} {sys.platform}\n"


def is_stamped(folder: Path, lock: Path) -> bool:
    try:
        return (folder / "lock.stamp").read_text() == stamp_of(lock)
    except FileNotFoundError:
        return False


def make(folder: Path, lock: Path) -> None:
    """Make `folder` hold exactly what `lock` names; the stamp comes last, so that an interrupted attempt is redone."""
    say(f"venus: preparing {folder.relative_to(ROOT)} from {lock.relative_to(ROOT)} (once)")
    uv = find_uv()
    (folder / "lock.stamp").unlink(missing_ok=True)
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if not (packages.is_dir() and (folder / "bin" / "python").exists()):
        shutil.rmtree(folder, ignore_errors=True)
        run([uv, "venv", "--quiet", "--no-project", "--python", sys.executable, folder])
    run([uv, "pip", "sync", "--python", folder / "bin" / "python", "--require-hashes", lock])
    # Our source is on the path by a relative line, so the project may be moved, and nothing has to be built.
    (packages / "venus-source.pth").write_text(f"{os.path.relpath(ROOT / 'src', packages)}\n")
    (folder / "lock.stamp").write_text(stamp_of(lock))


def find_uv() -> Path:
    """A uv at least as new as the pinned one, from the PATH, or the pinned one in .boot."""
    requirement = UV_LOCK.read_text().split()[0]
    pinned = requirement.removeprefix("uv==")
    own = BOOT / "bin" / "uv"
    for candidate in (shutil.which("uv"), own):
        if candidate is not None and version_of(Path(candidate)) >= version(pinned):
            return Path(candidate)
    say(f"venus: fetching uv {pinned} into {BOOT.name} (once)")
    BOOT.mkdir(exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        raise Unprepared("this Python has no pip: install it (Debian, Ubuntu: apt-get install python3-pip), or uv")
    run(
        [
            *pip,
            "install",
            "--quiet",
            "--root-user-action=ignore",
            "--upgrade",
            "--only-binary=:all:",
            "--require-hashes",
            "--target",
            BOOT,
            "-r",
            UV_LOCK,
        ]
    )
    return own


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def version_of(uv: Path) -> tuple[int, ...]:
    """Of the uv at a path; () if it does not run."""
    try:
        done = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ()
    words = done.stdout.split()
    return version(words[1]) if done.returncode == 0 and len(words) > 1 else ()


def run(command: list[str | Path]) -> None:
    """Run a step from the project's root, its output shown; raises Unprepared if it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment |= {"UV_SYSTEM_CERTS": "true", "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": link_mode()}
    # Whatever a tool says on its stdout goes to stderr: ours belongs to the command handed over to.
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise Unprepared(f"this step failed, see above: {' '.join(map(str, command))}")


def link_mode() -> str:
    """Hard links where uv's cache is on our disk, copies where not: uv would warn and copy anyway."""
    cache = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home())
    while not cache.exists():
        cache = cache.parent
    return "hardlink" if cache.stat().st_dev == ROOT.stat().st_dev else "copy"


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Two starts at once must not build the same environment into each other."""
    BOOT.mkdir(exist_ok=True)
    with (BOOT / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("venus: another ./venus is preparing the environment; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
