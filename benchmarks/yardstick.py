"""The ruler: how fast the same flow runs in C, or in Numba where there is no C compiler. See yardstick.c."""

import ctypes
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.kernels.yardstick import process_table
from benchmarks.yardstick_layout import EVENT, State, new_state, pointer_table

SOURCE = Path(__file__).with_suffix(".c")
LIBRARIES = SOURCE.parent.parent / ".cache" / "yardstick"
EVENTS_CAPACITY = 1 << 16

Process = Callable[[int, int, int], int]
"""Address of the pointer table, first command, count; the events written."""


class Ruler(NamedTuple):
    language: str
    process: Process


def ruler() -> Ruler:
    """The C twin, compiled for this processor once, or the Numba twin; which one is in the report."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return Ruler("Numba: no C compiler found", process_table)
    return Ruler("C", load(compiler))


def load(compiler: str) -> Process:
    library = LIBRARIES / f"{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}.so"
    if not library.exists():
        library.parent.mkdir(parents=True, exist_ok=True)
        unfinished = library.with_suffix(".unfinished")
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, SOURCE, "-o", unfinished], check=True)
        unfinished.rename(library)
    process = ctypes.CDLL(str(library)).process
    process.restype = ctypes.c_int64
    process.argtypes = [ctypes.c_int64] * 3
    return process


def run(process: Process, commands: np.ndarray, symbols: int, accounts: int, batch: int) -> float:
    """Commands per second of this thread's CPU time over the whole flow, from empty books: the machine is shared."""
    state = new_state(symbols, accounts)
    touch(state)
    events = np.zeros(EVENTS_CAPACITY, EVENT)
    table = pointer_table(state, commands, events)
    counters = state.counters
    started_s = time.thread_time()
    done = 0
    while done < len(commands):
        process(table.ctypes.data, done, min(batch, len(commands) - done))
        done += int(counters["commands_done"][0])
    return len(commands) / (time.thread_time() - started_s)


def touch(state: State) -> None:
    """Write to every page once: what the system does on a first touch is not what is measured."""
    for array in state:
        array.view(np.int64).reshape(-1)[::512] += 0


def digest(process: Process, commands: np.ndarray, symbols: int, accounts: int, batch: int = 4_096) -> str:
    """SHA-256 of all the events of the flow: what the twins must agree on."""
    state = new_state(symbols, accounts)
    events = np.zeros(EVENTS_CAPACITY, EVENT)
    table = pointer_table(state, commands, events)
    hashed = hashlib.sha256()
    done = 0
    while done < len(commands):
        written = process(table.ctypes.data, done, min(batch, len(commands) - done))
        hashed.update(events[:written].tobytes())
        done += int(state.counters["commands_done"][0])
    return hashed.hexdigest()
