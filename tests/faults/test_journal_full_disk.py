"""A full disk: nothing is taken that cannot be kept, nothing taken is lost, and it goes on once there is room."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.faults.journal_trial import DIRECTORY, SNAPSHOTS
from venus.journal.failures import JournalFull, StorageFailed
from venus.journal.frames import Tip, frame_bytes
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import FileStore
from venus.testing.storage_faults import SimulatedDisk

SEGMENT_BYTES = 8_192
RESERVE_BYTES = 10_000


def fill(store: FileStore) -> Tip:
    """Append until the journal is full; everything taken is synced."""
    while True:
        try:
            number = store.tip.frames
            store.append(1, number, 1, number, (b"%d" % number * 50,))
            store.sync()
        except JournalFull:
            return store.tip


@pytest.mark.parametrize("ahead", [False, True])
def test_a_full_disk_refuses_before_anything_is_taken(ahead: bool) -> None:
    disk = SimulatedDisk(Random(0), capacity_bytes=5 * SEGMENT_BYTES + RESERVE_BYTES)
    store = FileStore.open(DIRECTORY, disk, Tip(0, bytes(32)), SEGMENT_BYTES, RESERVE_BYTES, prepare_ahead=ahead)
    full = fill(store)
    assert full.frames > 50
    assert disk.free_bytes(DIRECTORY) >= RESERVE_BYTES
    for _ in range(3):
        with pytest.raises(JournalFull):
            store.make_room(SEGMENT_BYTES)
        with pytest.raises(JournalFull):
            store.append(1, full.frames, 1, full.frames, (bytes(4_000),))
        assert store.tip == full
    store.sync()
    disk.capacity_bytes += 2 * SEGMENT_BYTES
    store.make_room(SEGMENT_BYTES)
    more = fill(store)
    assert more.frames > full.frames
    assert more.frames == store.durable_frames
    disk.lose_power()
    store = FileStore.open(DIRECTORY, disk, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)
    assert store.tip == more
    assert [int(bytes(frame.payload)[: len(str(frame.number))]) for frame in store.frames()] == list(range(more.frames))


def test_a_disk_without_room_for_a_first_segment_says_so_and_can_be_tried_again() -> None:
    disk = SimulatedDisk(Random(0), capacity_bytes=SEGMENT_BYTES)
    for _ in range(2):
        with pytest.raises(JournalFull):
            FileStore.open(DIRECTORY, disk, segment_bytes=SEGMENT_BYTES, reserve_bytes=RESERVE_BYTES)
    disk.capacity_bytes = 10 * SEGMENT_BYTES
    FileStore.open(DIRECTORY, disk, segment_bytes=SEGMENT_BYTES, reserve_bytes=RESERVE_BYTES).close()


class DiskOfMany(SimulatedDisk):
    """Others take the room between the question how much there is and the taking of it."""

    def free_bytes(self, directory: Path) -> int:
        return 1 << 40 if directory == DIRECTORY else super().free_bytes(directory)


def test_a_segment_that_does_not_fit_after_all_gives_its_room_back() -> None:
    disk = DiskOfMany(Random(0), capacity_bytes=SEGMENT_BYTES + SEGMENT_BYTES // 2)
    store = FileStore.open(DIRECTORY, disk, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)
    full = fill(store)
    assert full.frames == store.durable_frames > 0
    assert disk.names(DIRECTORY) == [f"{0:020d}.frames", "writer"]
    disk.capacity_bytes += SEGMENT_BYTES
    assert fill(store).frames > full.frames


def test_room_that_was_made_is_there_for_every_frame() -> None:
    """After make_room, frames of so many bytes together are taken, however they fall over segments."""
    random = Random(4)
    disk = SimulatedDisk(random)
    store = FileStore.open(DIRECTORY, disk, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)
    for _ in range(300):
        payloads = [bytes(random.randrange(1_500)) for _ in range(random.randint(1, 4))]
        disk.capacity_bytes = 1 << 40
        store.make_room(sum(frame_bytes(len(payload)) for payload in payloads))
        disk.capacity_bytes = 0  # whatever else fills the disk now
        for payload in payloads:
            store.append(1, 0, 0, 0, (payload,))
        store.sync()
    assert store.tip.frames > 600


def test_a_snapshot_that_does_not_fit_leaves_the_one_before() -> None:
    disk = SimulatedDisk(Random(0), capacity_bytes=100_000)
    snapshots = SnapshotStore(SNAPSHOTS, disk)
    snapshots.write(1, b"", {"a": np.zeros(30_000, "u1")})
    with pytest.raises(StorageFailed):
        snapshots.write(2, b"", {"a": np.zeros(90_000, "u1")})
    assert snapshots.numbers() == [1]
    assert disk.names(SNAPSHOTS) == [f"{1:020d}.snapshot"]
    snapshots.write(3, b"", {"a": np.zeros(60_000, "u1")})
    assert snapshots.numbers() == [1, 3]


def test_a_write_into_a_place_that_was_promised_but_is_not_there_ends_the_store(tmp_path: Path) -> None:
    """Only a file system that breaks its promise fails a write into allocated blocks: nothing is believed then."""
    disk = SimulatedDisk(Random(0))
    store = FileStore.open(tmp_path, disk, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)
    disk.truncate(tmp_path / f"{0:020d}.frames", 100)
    disk.capacity_bytes = 0
    with pytest.raises(StorageFailed):
        store.append(1, 0, 1, 0, (b"abc",))
    with pytest.raises(StorageFailed):
        store.append(1, 0, 1, 0, (b"abc",))
    with pytest.raises(StorageFailed):
        store.sync()
