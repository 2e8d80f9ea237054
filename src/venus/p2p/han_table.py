"""How Chinese characters are read: a table that is made once in an environment, by a process of its own.

The libraries that know it take seconds and 130 MB to load, so no process of the exchange opens them: han_readings.py
does, when a comparison first needs the table, and what it writes stays with the environment's packages for as long as
these are of the same versions. docs/rules/p2p_conduct.md, "Names".
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import structlog

PLACE = Path(sys.prefix) / "share" / "venus" / "han_readings.txt"
LIBRARIES = ("opencc", "pypinyin", "tojyutping")
MAKING_S_MAX = 300.0
_log = structlog.get_logger("names")


class ReadingsUnknown(Exception):
    """The table cannot be made: the environment is not what its lock says."""


def from_libraries() -> str:
    """The table made anew. Raises ReadingsUnknown."""
    command = [sys.executable, "-P", "-m", "venus.p2p.han_readings"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MAKING_S_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReadingsUnknown(f"readings of Chinese characters: {error}") from error
    if done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ReadingsUnknown(f"readings of Chinese characters: exit {done.returncode}: {why}")
    return done.stdout.decode()


def han_table(place: Path = PLACE, make: Callable[[], str] = from_libraries) -> str:
    """The table as kept, or made and kept if it is missing, damaged or of other versions. Raises ReadingsUnknown.

    Processes that need it at once wait for the first; where nothing can be kept, each makes its own.
    """
    stamp = _stamp()
    found = _kept(place, stamp)
    if found is not None:
        return found
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        _log.warning("readings are kept in memory alone", place=str(place), error=str(error))
        return make()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found = _kept(place, stamp)
        if found is None:
            found = make()
            _keep(place, stamp, found)
        return found
    finally:
        os.close(descriptor)


def _stamp() -> str:
    """What the table depends on: the libraries' versions and the program that asks them."""
    program = hashlib.sha256(Path(__file__).with_name("han_readings.py").read_bytes()).hexdigest()
    try:
        versions = [f"{name} {version(name)}" for name in LIBRARIES]
    except PackageNotFoundError as error:
        raise ReadingsUnknown(f"readings of Chinese characters: {error}") from error
    return ", ".join([*versions, f"han_readings.py {program}"])


def _head(stamp: str, table: str) -> str:
    return f"# {stamp}, SHA-256 {hashlib.sha256(table.encode()).hexdigest()}"


def _kept(place: Path, stamp: str) -> str | None:
    try:
        head, _, table = place.read_bytes().decode().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return table if head == _head(stamp, table) else None


def _keep(place: Path, stamp: str, table: str) -> None:
    part = place.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(f"{_head(stamp, table)}\n{table}".encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    except OSError as error:
        _log.warning("readings are kept in memory alone", place=str(place), error=str(error))
