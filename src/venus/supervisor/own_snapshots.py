"""A supervisor's own snapshots of its machine, so that being killed costs it little; written by forked children.

They are its own: nothing that an exchange wrote is believed. Source: docs/rules/supervision.md, "Starting again".
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from venus.core.machine import Machine
from venus.journal.failures import SnapshotDamaged
from venus.journal.snapshots import Snapshot, SnapshotStore
from venus.model.exchange import Exchange
from venus.records.marks import Marks
from venus.supervisor.children import Child, ChildFailed
from venus.supervisor.execution import Opinion
from venus.supervisor.judge import Judge
from venus.supervisor.model_snapshots import arrays_of, model_in

SNAPSHOT_COMMANDS = 4_000_000
SNAPSHOT_S = 60.0
_CORE = "core/"
_log = structlog.get_logger("supervisor")


class Restored(NamedTuple):
    """A machine as a snapshot holds it, and where it stands."""

    machine: Opinion
    marks: Marks


class OwnSnapshots:
    """Those in one directory, the last two."""

    def __init__(self, directory: Path) -> None:
        """Raises StorageFailed if it cannot be made."""
        self._store = SnapshotStore(directory)

    def newest(self, frames_max: int, *, of_model: bool = False) -> Restored | None:
        """The newest whole one that covers at most so many frames; None: there is nothing but the beginning.

        of_model: of the model instead of the kernels.
        """
        for number in reversed(self._store.numbers()):
            if number > frames_max:
                continue
            try:
                snapshot = self._store.load(number)
                found = _restored_model(snapshot) if of_model else restored(snapshot)
            except (SnapshotDamaged, FileNotFoundError):
                continue  # it costs time, nothing else
            if found is not None:
                return found
        return None

    def write(self, judge: Judge, marks: Marks) -> bytes:
        """Write what a judge's machine is now; its state root. Slow: for a child. Raises StorageFailed."""
        opinion = judge.opinion
        root = opinion.state_root()
        if isinstance(opinion, Machine):
            arrays = {f"{_CORE}{name}": array for name, array in opinion.arrays().items()}
        else:
            assert isinstance(opinion, Exchange)
            arrays = arrays_of(opinion)
        meta = msgspec.msgpack.encode(msgspec.structs.replace(marks, state_root=root))
        self._store.write(marks.frames, meta, arrays)
        return root


class SnapshotsBeside:
    """Written by children, one at a time, of one judge's machine."""

    def __init__(self, snapshots: OwnSnapshots, let_go: Callable[[], None]) -> None:
        """let_go: see Child."""
        self._snapshots = snapshots
        self._let_go = let_go
        self._child: Child | None = None
        self._begun_s = time.monotonic()
        self._begun_commands = 0

    def is_due(self, commands: int) -> bool:
        """Whether it is time for one, after so many commands since the start."""
        self._await(waits=False)
        since = commands - self._begun_commands
        if self._child is not None or since == 0:
            return False
        return since >= SNAPSHOT_COMMANDS or time.monotonic() - self._begun_s >= SNAPSHOT_S

    def begin(self, judge: Judge) -> None:
        """Of what the machine is now; it must cover nothing that this node could forget."""
        marks = judge.marks()
        self._child = Child(lambda: self._snapshots.write(judge, marks), self._let_go)
        self._begun_s, self._begun_commands = time.monotonic(), judge.commands

    def end(self, judge: Judge | None) -> None:
        """Wait for what is being written, and write a last one of this judge's machine if it moved on."""
        self._await(waits=True)
        if judge is not None and judge.commands > self._begun_commands:
            self.begin(judge)
            self._await(waits=True)

    def _await(self, *, waits: bool) -> None:
        """One that could not be written costs the next start some time, and nothing else."""
        if self._child is None:
            return
        try:
            if self._child.found(waits=waits) is not None:
                self._child = None
        except ChildFailed as failed:
            _log.error("no snapshot of this node", error=str(failed))
            self._child = None


def restored(snapshot: Snapshot) -> Restored | None:
    """The kernels of a snapshot; None if it is not theirs, or another version of the machine wrote it."""
    arrays = {name.removeprefix(_CORE): array for name, array in snapshot.arrays.items() if name.startswith(_CORE)}
    machine = Machine()
    if {name: array.dtype for name, array in arrays.items()} != {
        name: array.dtype for name, array in machine.arrays().items()
    }:
        return None
    machine.restore(arrays)
    return Restored(machine, msgspec.msgpack.decode(snapshot.meta, type=Marks))


def _restored_model(snapshot: Snapshot) -> Restored | None:
    marks = msgspec.msgpack.decode(snapshot.meta, type=Marks)
    model = model_in(snapshot, marks)
    return None if model is None else Restored(model, marks)
