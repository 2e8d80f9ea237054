"""A supervisor's own snapshots of its machine, so that being killed costs it little; written by forked children.

They are its own: nothing that an exchange wrote is believed. Source: docs/rules/supervision.md, "Starting again".
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from venus.core.machine import Machine
from venus.journal.failures import SnapshotDamaged
from venus.journal.snapshots import Snapshot, SnapshotStore
from venus.records.marks import Marks
from venus.supervisor.judge import Judge

_CORE = "core/"


class Restored(NamedTuple):
    """A machine as a snapshot holds it, and where it stands."""

    machine: Machine
    marks: Marks


class OwnSnapshots:
    """Those in one directory, the last two."""

    def __init__(self, directory: Path) -> None:
        """Raises StorageFailed if it cannot be made."""
        self._store = SnapshotStore(directory)

    def newest(self, frames_max: int) -> Restored | None:
        """The newest whole one that covers at most so many frames; None: there is nothing but the beginning."""
        for number in reversed(self._store.numbers()):
            if number > frames_max:
                continue
            try:
                found = restored(self._store.load(number))
            except (SnapshotDamaged, FileNotFoundError):
                continue  # it costs time, nothing else
            if found is not None:
                return found
        return None

    def write(self, judge: Judge, marks: Marks) -> bytes:
        """Write what a judge's machine is now; its state root. Slow: for a child. Raises StorageFailed."""
        assert isinstance(judge.opinion, Machine)
        root = judge.opinion.state_root()
        arrays = {f"{_CORE}{name}": array for name, array in judge.opinion.arrays().items()}
        meta = msgspec.msgpack.encode(msgspec.structs.replace(marks, state_root=root))
        self._store.write(marks.frames, meta, arrays)
        return root


def restored(snapshot: Snapshot) -> Restored | None:
    """The machine of a snapshot; None if another version of the machine wrote it."""
    arrays = {name.removeprefix(_CORE): array for name, array in snapshot.arrays.items() if name.startswith(_CORE)}
    machine = Machine()
    if {name: array.dtype for name, array in arrays.items()} != {
        name: array.dtype for name, array in machine.arrays().items()
    }:
        return None
    machine.restore(arrays)
    return Restored(machine, msgspec.msgpack.decode(snapshot.meta, type=Marks))
