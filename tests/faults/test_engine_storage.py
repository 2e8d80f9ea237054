"""The engine on a disk that fails at every kind of moment, from seeds.

Each trial ends in all acknowledged commands, and at most others that were submitted; an engine that halted acknowledges
nothing more. How often each was tried is printed.
"""

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.faults.engine_trial import (
    SEGMENT_BYTES,
    Told,
    bury,
    check_recovered,
    furnish,
    live,
    open_small,
    places_for,
    random_command,
    submit,
)
from venus.engine import journaling as journaling_room
from venus.engine import writer as writer_room
from venus.engine.checkpoints import Checkpoints
from venus.engine.keys import journal_signer
from venus.engine.reckoning import Reckoning
from venus.engine.recovery import Recovered, recover
from venus.engine.wire import Refusal
from venus.engine.writer import Writer
from venus.journal.failures import JournalFull, StorageFailed
from venus.journal.snapshots import SnapshotStore
from venus.testing.storage_faults import Crashed, Fault, FaultKind, FaultyStorage, SimulatedDisk

LIVES = 3
OPERATIONS_A_START = 10
OPERATIONS_A_LIFE = 260  # about so many operations change something in one life


def trial(seed: int, root: Path) -> Counter[str]:
    """A few lives of one exchange, each ended by a fault somewhere, the disk's cache lost or not."""
    random = Random(seed)
    disk = SimulatedDisk(random)
    places = places_for(root)
    told = Told()
    ends: Counter[str] = Counter()
    for life in range(LIVES):
        within = OPERATIONS_A_LIFE if random.random() < 0.8 else OPERATIONS_A_START
        fault = Fault(random.randrange(within), random.choice(list(FaultKind)))
        storage = FaultyStorage(disk, fault, random)
        writer: Writer | None = None
        try:
            writer = asyncio.run(live(places, storage, told, random, life))
        except (Crashed, StorageFailed, JournalFull):
            ends["in the start"] += 1
        else:
            ends["halted" if writer.halted.done() else "no fault met"] += 1
        ends[f"{fault.kind.value}: {storage.hit}"] += 1
        if random.random() < 0.5:
            disk.lose_power()
            ends["power lost"] += 1
        else:
            disk.kill_process()
        if writer is not None:
            bury(writer, storage)
        recovered = check_recovered(places, disk, told)
        ends["torn tails cut"] += recovered.cut is not None
    ends["acknowledged"] += len(told.acknowledged)
    ends["halted refusals"] += told.refused[Refusal.HALTED]
    return ends


@pytest.fixture(params=[journaling_room.FULL_COMMANDS, 1], ids=["small frames", "as full frames"])
def frames_count_as(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame as one that is synced at once, or as one that is synced while the next is written."""
    for room in (journaling_room, writer_room):
        monkeypatch.setattr(room, "FULL_COMMANDS", request.param)


@pytest.mark.usefixtures("frames_count_as")
@pytest.mark.parametrize("seeds", [range(40), pytest.param(range(40, 120), marks=pytest.mark.heavy)])
def test_whatever_fails_what_was_acknowledged_is_there(seeds: range, tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    for seed in seeds:
        try:
            ends += trial(seed, tmp_path / str(seed))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    print(dict(ends))
    for what in ("halted", "in the start", "power lost", "torn tails cut", "halted refusals"):
        assert ends[what] >= len(seeds) // 20, (what, ends)
    assert ends["acknowledged"] > 100 * len(seeds)


def opened(root: Path, disk: SimulatedDisk | FaultyStorage) -> tuple[Recovered, Writer]:
    places = places_for(root)
    recovered = recover(places, disk, None, open_small)
    return recovered, Writer(places, recovered.exchange, recovered.store, journal_signer(places))


def test_who_was_told_of_the_halt_is_not_told_of_success_as_well(tmp_path: Path) -> None:
    """A sync that ends well after another thread of the journal failed."""

    async def scenario() -> None:
        _, writer = opened(tmp_path, SimulatedDisk(Random(1)))
        told = Told()
        await furnish(writer, told)
        acknowledged = len(told.acknowledged)
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        writer.submit(told.submission(random_command(Random(2), "late"), "late", answered))
        await asyncio.sleep(0)  # it is on its way
        writer._halt(StorageFailed("another thread's"))
        assert not await answered
        await writer.stop()  # which lets what was handed to the journal become durable
        await asyncio.sleep(0.05)
        assert writer._store.durable_frames == writer._next_number
        assert (len(told.acknowledged), told.refused[Refusal.HALTED]) == (acknowledged, 1)

    asyncio.run(scenario())


def test_after_a_failed_sync_nothing_is_acknowledged_any_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        storage = FaultyStorage(SimulatedDisk(Random(1)), None, Random(1))
        _, writer = opened(tmp_path, storage)
        told = Told()
        await furnish(writer, told)
        assert await submit(writer, told, random_command(Random(2), "before"), "before")
        # The next frame: its write, then its sync.
        storage.fault = Fault(storage.operations + 1, FaultKind.FAIL)
        assert not await submit(writer, told, random_command(Random(3), "during"), "during")
        assert storage.hit == "sync"
        assert isinstance(writer.halted.result(), StorageFailed)
        acknowledged = len(told.acknowledged)
        for i in range(20):
            assert not await submit(writer, told, random_command(Random(i), f"after {i}"), f"after {i}")
        assert (len(told.acknowledged), told.refused[Refusal.HALTED]) == (acknowledged, 21)
        await writer.stop()
        disk = storage.inner
        assert isinstance(disk, SimulatedDisk)
        disk.lose_power()
        check_recovered(places_for(tmp_path), disk, told)

    asyncio.run(scenario())


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    async def scenario() -> None:
        disk = SimulatedDisk(Random(1), capacity_bytes=3 * SEGMENT_BYTES)
        recovered, writer = opened(tmp_path, disk)
        told = Told()
        await furnish(writer, told)
        number = 0
        while not told.refused:
            number += 1
            await submit(writer, told, random_command(Random(number), f"order {number}"), f"order {number}")
        before = recovered.exchange.machine.next_sequence
        assert not await submit(writer, told, random_command(Random(0), "refused"), "refused")
        assert told.refused == {Refusal.DISK_FULL: 2}
        assert recovered.exchange.machine.next_sequence == before, "a refused command was run"
        disk.capacity_bytes += 3 * SEGMENT_BYTES
        for i in range(50):
            assert await submit(writer, told, random_command(Random(i), f"more {i}"), f"more {i}")
        await writer.stop()
        disk.lose_power()
        check_recovered(places_for(tmp_path), disk, told)

    asyncio.run(scenario())


def test_a_crash_between_a_snapshot_and_its_line_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot has its name and the journal does not speak of it: it is used, and leads to the same end."""
    monkeypatch.setattr(Checkpoints, "_on_reckoned", lambda *_: None)
    disk, told = two_snapshots(tmp_path, monkeypatch)
    whole = check_recovered(places_for(tmp_path), disk, told)
    assert whole.snapshot_frames > 0
    assert whole.frames_replayed > 0


def test_a_damaged_snapshot_is_passed_over_for_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, told = two_snapshots(tmp_path, monkeypatch)
    places = places_for(tmp_path)
    snapshots = SnapshotStore(places.snapshots, disk)
    *_, before, newest = snapshots.numbers()
    [path] = [path for path in disk.files if path.name == f"{newest:020d}.snapshot"]
    disk.flip(path, 8 * disk.size(path) // 2)
    recovered = check_recovered(places, disk, told)
    assert recovered.snapshot_frames == before
    assert [path.name in reason for reason in recovered.unusable_snapshots] == [True]


def test_a_snapshot_of_another_version_is_passed_over_for_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot is a saving of time in one version; only the journal is for ever."""
    disk, told = two_snapshots(tmp_path, monkeypatch)
    places = places_for(tmp_path)
    snapshots = SnapshotStore(places.snapshots, disk)
    newest = snapshots.latest().snapshot
    assert newest is not None
    arrays = {name: np.array(array) for name, array in newest.arrays.items() if name != "core/orders"}
    snapshots.write(newest.number, newest.meta, arrays)
    recovered = check_recovered(places, disk, told)
    assert recovered.snapshot_frames == 0
    assert ["another version" in reason for reason in recovered.unusable_snapshots] == [True]


def two_snapshots(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[SimulatedDisk, Told]:
    """A life of several snapshots, then no power. A simulated disk cannot fork: the child's work is done in place."""
    monkeypatch.setattr(Reckoning, "snapshot_is_due", lambda self, commands: commands >= 60)
    monkeypatch.setattr(Reckoning, "fork", reckoned_in_place)
    disk, told = SimulatedDisk(Random(5)), Told()

    async def scenario() -> None:
        storage = FaultyStorage(disk, None, Random(5))
        _, writer = opened(root, storage)
        await furnish(writer, told)
        for i in range(200):
            assert await submit(writer, told, random_command(Random(i), f"order {i}"), f"order {i}")
        await asyncio.sleep(0)
        bury(writer, storage)

    asyncio.run(scenario())
    assert len(SnapshotStore(places_for(root).snapshots, disk).numbers()) >= 2
    disk.lose_power()
    return disk, told


def reckoned_in_place(reckoning: Reckoning, seed: bytes, writes_snapshot: bool) -> None:
    reckoning._reckoned(reckoning._found(seed, writes_snapshot).figures, 0.0)
