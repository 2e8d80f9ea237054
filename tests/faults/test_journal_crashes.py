"""Crashes of the process, the power and the disk, each at every operation that changes something."""

from collections import Counter
from random import Random

import pytest

from tests.faults.journal_trial import DIRECTORY, Told, check_recovered, figures, live
from venus.journal.failures import StorageFailed
from venus.journal.frames import FrameKind
from venus.testing.storage_faults import Crashed, Fault, FaultKind, FaultyStorage, SimulatedDisk


def operations(seed: int) -> int:
    """How many operations an undisturbed life has."""
    storage = FaultyStorage(SimulatedDisk(Random(seed)), None, Random(seed))
    live(seed, storage, DIRECTORY, Told()).close()
    return storage.operations


def end_badly(seed: int, disk: SimulatedDisk, fault: Fault, told: Told) -> str:
    """One life with a fault in it; says how it ended."""
    storage = FaultyStorage(disk, fault, Random(seed))
    try:
        store = live(seed, storage, DIRECTORY, told)
        store.close()
        told.durable = store.durable_frames
    except Crashed:
        return f"died, {storage.hit}"
    except StorageFailed:
        return f"failed, {storage.hit}"
    return "clean"


def test_a_power_loss_at_every_operation_loses_nothing_acknowledged() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(3):
        for at in range(operations(seed)):
            for kind in FaultKind:
                disk, told = SimulatedDisk(Random(f"{seed} {at} {kind}")), Told()
                outcome = end_badly(seed, disk, Fault(at, kind), told)
                disk.lose_power()
                recovery = check_recovered(seed, disk, DIRECTORY, told)
                outcomes[outcome + (", tail cut" if recovery.cut else "")] += 1
    print(dict(outcomes))
    assert sum(outcomes.values()) > 1_000


def test_a_killed_process_at_every_operation_loses_nothing_written() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(3, 6):
        for at in range(operations(seed)):
            for kind in FaultKind:
                disk, told = SimulatedDisk(Random(f"{seed} {at} {kind}")), Told()
                outcomes[end_badly(seed, disk, Fault(at, kind), told)] += 1
                disk.kill_process()
                check_recovered(seed, disk, DIRECTORY, told)
    print(dict(outcomes))
    assert sum(outcomes.values()) > 1_000


def lives(seed: int) -> Counter[str]:
    """Several lives of one journal, each ending in another way, a kill or a power loss after each."""
    random = Random(f"lives {seed}")
    disk, told, outcomes = SimulatedDisk(random), Told(), Counter[str]()
    for _ in range(4):
        fault = Fault(random.randrange(120), random.choice(list(FaultKind)))
        outcome = end_badly(seed, disk, fault, told)
        if random.random() < 0.5:
            disk.kill_process()
            outcome += ", then killed"
        else:
            disk.lose_power()
            outcome += ", then power lost"
        check_recovered(seed, disk, DIRECTORY, told)
        outcomes[outcome] += 1
    return outcomes


def test_many_lives_end_in_many_ways() -> None:
    outcomes = sum((lives(seed) for seed in range(150)), Counter[str]())
    print(dict(outcomes))
    assert len(outcomes) > 10


@pytest.mark.heavy
def test_very_many_lives_end_in_many_ways() -> None:
    print(dict(sum((lives(seed) for seed in range(150, 2_000)), Counter[str]())))


def test_a_failed_sync_is_never_believed_even_after_a_restart() -> None:
    """Linux calls pages clean that it failed to write: what a new epoch builds on must be written again."""
    survived = 0
    for seed in range(100):
        disk, told = SimulatedDisk(Random(seed)), Told()
        storage = FaultyStorage(disk, None, Random(seed))
        store = live(seed, storage, DIRECTORY, told)
        sequence, count, time_ns, payload = figures(seed, store.tip.frames, store.epoch)
        told.appended = store.append(FrameKind.HOT, sequence, count, time_ns, (payload,)).number + 1
        before = store.durable_frames
        storage.fault = Fault(storage.operations, FaultKind.FAIL)
        with pytest.raises(StorageFailed):
            store.sync()
        with pytest.raises(StorageFailed):
            store.append(1, 10**6, 0, 10**9, (b"",))
        with pytest.raises(StorageFailed):
            store.sync()
        disk.kill_process()
        check_recovered(seed, disk, DIRECTORY, told)
        survived += told.durable - before
        disk.lose_power()
        check_recovered(seed, disk, DIRECTORY, told)
    assert survived > 0
