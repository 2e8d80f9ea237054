"""kill -9 of a real process on a real disk: at every operation that changes something, and at any moment."""

import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from tests.faults.journal_trial import SEGMENT_BYTES, Told, check_frame, check_recovered, live
from venus.journal.failures import JournalLocked
from venus.journal.frames import FrameKind
from venus.journal.storage import Disk
from venus.journal.store import FileStore
from venus.testing.storage_faults import Fault, FaultKind, FaultyStorage

DEADLINE_S = 120.0


class MemoryDisk(Disk):
    """The real file system without waiting for the medium: a killed process leaves the kernel's cache as it is."""

    def sync(self, descriptor: int) -> None:
        """Nothing to wait for."""

    def sync_directory(self, directory: Path) -> None:
        """Nothing to wait for."""


def kill_self() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def in_child(work: Callable[[int], None]) -> tuple[int, bytes]:
    """Run in a forked process, with a pipe to write to; returns its wait status and what it wrote."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(reading)
            work(writing)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    said = bytearray()
    heard = select.poll()
    heard.register(reading, select.POLLIN)
    while heard.poll(DEADLINE_S * 1_000) and (part := os.read(reading, 65_536)):
        said += part
    os.close(reading)
    return os.waitpid(process, 0)[1], bytes(said)


class ToldByPipe(Told):
    """Tells the parent what is durable as soon as it is told: one 8-byte number each time."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._durable = 0
        super().__init__()

    @property
    def durable(self) -> int:
        return self._durable

    @durable.setter
    def durable(self, value: int) -> None:
        self._durable = value
        os.write(self._pipe, value.to_bytes(8, "little"))


def killed_life(seed: int, directory: Path, fault: Fault | None, disk: Disk) -> tuple[int, Told]:
    """One life in a child that kills itself at the fault; its wait status, and what it was told."""

    def work(pipe: int) -> None:
        storage = FaultyStorage(disk, fault, Random(seed), kill_self)
        live(seed, storage, directory, ToldByPipe(pipe)).close()

    status, said = in_child(work)
    told = Told()
    told.durable = int.from_bytes(said[-8:], "little")
    told.appended = 1 << 40  # the child took the exact number with it; every frame's bytes are checked instead
    return status, told


def kill_everywhere(seed: int, folder: Path, disk: Disk, step: int) -> Counter[str]:
    """Kill at every `step`-th operation, until a life has fewer; then start again and look."""
    outcomes: Counter[str] = Counter()
    at = 0
    while True:
        for kind in (FaultKind.DIE_BEFORE, FaultKind.DIE_WITHIN, FaultKind.DIE_AFTER):
            directory = folder / f"{at}-{kind.name}"
            status, told = killed_life(seed, directory, Fault(at, kind), disk)
            if status == 0:
                return outcomes
            assert os.WTERMSIG(status) == signal.SIGKILL
            recovery = check_recovered(seed, disk, directory, told)
            outcomes[kind.value + (", tail cut" if recovery.cut else "")] += 1
        at += step


def test_a_process_killed_at_every_operation_loses_nothing(tmp_path: Path) -> None:
    outcomes = kill_everywhere(11, tmp_path, MemoryDisk(), 1)
    print(dict(outcomes))
    assert sum(outcomes.values()) > 200
    assert outcomes["die within, tail cut"] > 0


def test_a_process_killed_on_a_disk_that_syncs_loses_nothing(tmp_path: Path) -> None:
    outcomes = kill_everywhere(12, tmp_path, Disk(), 9)
    print(dict(outcomes))
    assert sum(outcomes.values()) > 20


@pytest.mark.heavy
def test_a_process_killed_at_every_operation_of_many_lives(tmp_path: Path) -> None:
    outcomes = Counter[str]()
    for seed in range(20, 24):
        outcomes += kill_everywhere(seed, tmp_path / str(seed), Disk(), 1)
    print(dict(outcomes))


WRITER = """
import sys
from pathlib import Path
from tests.faults.journal_trial import figures
from venus.journal.store import FileStore

with FileStore.open(Path(sys.argv[1]), segment_bytes=16_384, reserve_bytes=0) as store:
    print(store.durable_frames, flush=True)
    while True:
        for _ in range(3):
            sequence, count, time_ns, payload = figures(99, store.tip.frames, store.epoch)
            store.append(1, sequence, count, time_ns, (payload,))
        store.sync()
        print(store.durable_frames, flush=True)
"""


def test_an_interpreter_killed_from_outside_goes_on_where_it_was(tmp_path: Path) -> None:
    """The same journal through several lives, each ended by SIGKILL while the spare thread is at work too."""
    durable, frames = 0, 0
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": f"{root}:{root / 'src'}", "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    for life in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, env=environment
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(5 + 15 * life)]
            writer.kill()
            said += writer.stdout.readlines()
        whole = [int(line) for line in said if line.endswith(b"\n")]
        assert whole[0] >= durable, "a later life began with fewer frames than were durable before"
        durable = whole[-1]
        with FileStore.open(tmp_path, segment_bytes=SEGMENT_BYTES, reserve_bytes=0) as store:
            assert store.tip.frames >= durable
            frames = 0
            for frame in store.frames():
                check_frame(99, frame)
                frames += 1
            assert frames == store.tip.frames
            durable = frames
    print(f"{frames} frames in 4 lives, epoch {store.epoch}")
    assert store.epoch == 8
    assert len(list(tmp_path.glob("*.frames"))) > 3


@pytest.mark.parametrize("lets_go", [True, False])
def test_one_writer_at_a_time_and_a_forked_child_holds_no_closed_journal(tmp_path: Path, lets_go: bool) -> None:
    store = FileStore.open(tmp_path, segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
    with pytest.raises(JournalLocked):
        FileStore.open(tmp_path, segment_bytes=SEGMENT_BYTES, reserve_bytes=0)
    from_child, to_parent = os.pipe()
    process = os.fork()
    if process == 0:
        if lets_go:
            store.close_in_child()
        os.write(to_parent, b"x")
        signal.pause()  # lives on, as a child that writes a snapshot does
    try:
        assert os.read(from_child, 1) == b"x"
        store.append(FrameKind.COLD, 0, 1, 5, (b"from the parent",))
        store.close()
        with FileStore.open(tmp_path, segment_bytes=SEGMENT_BYTES, reserve_bytes=0) as again:
            assert again.epoch == 2
            assert bytes(again.frame(0).payload) == b"from the parent"
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(from_child)
        os.close(to_parent)
