"""Media that change what was written: a change is named by file, offset and frame, or was never told durable."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random
from zlib import crc32

import numpy as np
import pytest

from tests.faults.journal_trial import DIRECTORY, SEGMENT_BYTES, SNAPSHOTS, Told, check_frame, check_recovered, live
from venus.journal.failures import FrameMissing, JournalDamaged, SnapshotDamaged, StorageFailed
from venus.journal.frames import GENESIS, HEADER_BYTES, Header, Tip, encode, frame_bytes
from venus.journal.segments import Place
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import FileStore, JournalReader
from venus.journal.writer_mark import MARK_NAME
from venus.testing.storage_faults import FaultyStorage, SimulatedDisk


def written(seed: int) -> tuple[SimulatedDisk, Told, list[Place]]:
    """A journal that was closed cleanly, and where its frames stand."""
    disk, told = SimulatedDisk(Random(seed)), Told()
    for _ in range(2):
        store = live(seed, disk, DIRECTORY, told)
        store.close()
        told.durable = store.durable_frames
    return disk, told, list(JournalReader(DIRECTORY, disk).headers())


def contents(disk: SimulatedDisk) -> dict[Path, bytes]:
    """Every file but the one that is locked, which a start may make."""
    return {path: bytes(file.cache) for path, file in disk.files.items() if path.name != MARK_NAME}


def open_store(disk: SimulatedDisk, start: Tip = GENESIS) -> FileStore:
    return FileStore.open(DIRECTORY, disk, start, SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)


def refused(disk: SimulatedDisk, start: Tip = GENESIS) -> JournalDamaged:
    """The refusal that a start gives; it has changed nothing, and the words name the place."""
    before = contents(disk)
    with pytest.raises(JournalDamaged) as caught:
        open_store(disk, start)
    damage = caught.value
    assert contents(disk) == before
    assert f"frame {damage.number} at offset {damage.offset} of {damage.path}" in str(damage)
    return damage


@pytest.mark.parametrize("part", ["head", "middle", "tail", "hash", "anywhere"])
def test_a_flipped_bit_in_a_frame_is_named(part: str) -> None:
    named = 0
    for seed in range(40):
        disk, _, places = written(seed)
        random = Random(f"{part} {seed}")
        place = random.choice(places[-3:] if part == "tail" else places)
        size = frame_bytes(place.header.payload_bytes)
        spans = {
            "head": (0, HEADER_BYTES),
            "middle": (HEADER_BYTES, max(place.header.payload_bytes, 1)),
            "hash": (HEADER_BYTES + place.header.payload_bytes, 32),
            "tail": (0, size),
            "anywhere": (0, size),
        }
        start, length = spans[part]
        byte = place.offset + start + random.randrange(length)
        disk.flip(place.path, byte * 8 + random.randrange(8))
        damage = refused(disk)
        assert (damage.path, damage.offset, damage.number) == (place.path, place.offset, place.header.number)
        reader = JournalReader(DIRECTORY, disk)
        with pytest.raises(JournalDamaged) as caught:
            for frame in reader.frames():
                check_frame(seed, frame)
        assert caught.value.number == place.header.number
        named += 1
    print(f"{named} flips in the {part}, {named} named")


def test_a_frame_with_a_changed_hash_is_named_and_not_the_one_behind_it() -> None:
    """Where headers alone are read, it shows only in the frame that does not continue it."""
    for seed in range(40):
        disk, _, places = written(seed)
        random = Random(f"behind {seed}")
        place, behind = random.choice(list(pairwise(places)))
        byte = place.offset + HEADER_BYTES + place.header.payload_bytes + random.randrange(32)
        disk.flip(place.path, byte * 8 + random.randrange(8))
        reader = JournalReader(DIRECTORY, disk)
        with pytest.raises(JournalDamaged) as by_headers:
            list(reader.headers())
        with pytest.raises(JournalDamaged) as by_itself:
            reader.frame(behind.header.number)
        for damage in (by_headers.value, by_itself.value):
            assert (damage.path, damage.offset, damage.number) == (place.path, place.offset, place.header.number)


def test_every_bit_of_a_small_journal_matters() -> None:
    """No bit of a frame, padding included, can change unseen; one behind the end is cleared at the next start."""
    disk = SimulatedDisk(Random(0))
    store = FileStore.open(DIRECTORY, disk, segment_bytes=1_024, reserve_bytes=0, prepare_ahead=False)
    for number in range(3):
        store.append(1, number, 1, number, (b"payload %d" % number,))
    store.close()
    path, end = JournalReader(DIRECTORY, disk).verify().segments.listed[0].path, 3 * frame_bytes(9)
    found: Counter[str] = Counter()
    for bit in range(1_024 * 8):
        disk.flip(path, bit)
        if bit < end * 8:
            damage = refused(disk)
            assert damage.number == bit // 8 // frame_bytes(9)
            found["named"] += 1
            disk.flip(path, bit)
        else:
            store = open_store(disk)
            assert store.tip.frames == 3
            assert store.recovery.cut is not None
            found["cleared"] += 1
            store.close()
    print(dict(found))
    assert found["named"] == end * 8


def test_without_the_mark_a_flip_is_named_or_was_not_known_to_be_durable() -> None:
    """Segments that were copied without `writer`: later headers still prove what was durable."""
    outcomes: Counter[str] = Counter()
    for seed in range(150):
        disk, _, places = written(seed)
        disk.remove(DIRECTORY / MARK_NAME)
        proven = max(place.header.durable_frames for place in places)
        random = Random(seed)
        place = random.choice(places)
        byte = place.offset + random.randrange(frame_bytes(place.header.payload_bytes))
        disk.flip(place.path, byte * 8)
        number = place.header.number
        if number < proven:
            assert refused(disk).number == number
            outcomes["named"] += 1
            with pytest.raises(JournalDamaged):
                list(JournalReader(DIRECTORY, disk).frames())
        else:
            store = open_store(disk)
            assert store.tip.frames == number
            store.close()
            outcomes["cut"] += 1
    print(dict(outcomes))
    assert outcomes["named"] > outcomes["cut"] > 0


def test_a_truncated_segment_is_named_unless_only_zeros_went() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(150):
        disk, told, places = written(seed)
        random = Random(seed)
        path = random.choice(places).path
        size = random.randrange(SEGMENT_BYTES)
        own = [place for place in places if place.path == path]
        lost = [place for place in own if place.offset + frame_bytes(place.header.payload_bytes) > size]
        disk.truncate(path, size)
        if lost:
            damage = refused(disk)
            assert (damage.path, damage.number) == (path, lost[0].header.number)
            outcomes["named"] += 1
        else:
            check_recovered(seed, disk, DIRECTORY, told)
            outcomes["whole"] += 1
            store = live(seed, disk, DIRECTORY, told)  # and it goes on in what is left of the file, or behind it
            store.close()
            check_recovered(seed, disk, DIRECTORY, told)
    print(dict(outcomes))
    assert min(outcomes["named"], outcomes["whole"]) > 10


def test_a_missing_segment_is_named() -> None:
    for seed in range(20):
        disk, _, places = written(seed)
        paths = sorted({place.path for place in places})
        gone = Random(seed).choice(paths)
        disk.remove(gone)
        assert refused(disk).number == int(gone.stem)


def test_a_segment_of_another_journal_is_named() -> None:
    for seed in range(20):
        disk, _, places = written(seed)
        other, _, _ = written(seed + 1_000)
        paths = sorted({place.path for place in places} & set(other.files))
        path = paths[0]
        disk.files[path] = other.files[path]
        number = refused(disk).number
        assert number >= int(path.stem)


def test_bytes_behind_the_end_of_a_finished_segment_are_named() -> None:
    """Every segment but the last was finished and synced: nothing may stand behind its last frame."""
    named = 0
    for seed in range(20):
        disk, _, places = written(seed)
        first = [place for place in places if place.path == places[0].path]
        end = first[-1].offset + frame_bytes(first[-1].header.payload_bytes)
        if end == SEGMENT_BYTES:
            continue
        disk.flip(places[0].path, Random(seed).randrange(end * 8, SEGMENT_BYTES * 8))
        damage = refused(disk)
        assert (damage.path, damage.offset, damage.number) == (places[0].path, end, len(first))
        named += 1
    assert named > 10


def test_whole_frames_out_of_order_are_named() -> None:
    """Frames with good hashes that do not continue the chain were never a torn write, acknowledged or not."""
    good = Header(1, 1, 1, 10, 100, 0, 1, 1, 4, b"")
    bad = {
        "chain": good._replace(previous=bytes(31) + b"\1"),
        "number": good._replace(number=2),
        "first sequence": good._replace(first_sequence=9),
        "time": good._replace(time_ns=99),
        "epoch": good._replace(epoch=0),
    }
    for word, header in bad.items():
        disk = SimulatedDisk(Random(word))
        store = open_store(disk)
        store.append(1, 0, 10, 100, (b"abcd",))
        store.close()
        header = header if header.previous else header._replace(previous=store.tip.hash)
        path = DIRECTORY / f"{0:020d}.frames"
        disk.write(disk.open(path), encode(header, [b"1234"])[1], frame_bytes(4))
        damage = refused(disk)
        assert damage.number == 1
        assert word in damage.reason or "here is frame 2" in damage.reason


def test_a_version_of_the_future_is_not_taken_for_a_torn_write() -> None:
    disk = SimulatedDisk(Random(0))
    store = open_store(disk)
    store.append(1, 0, 1, 0, (b"abcd",))
    store.close()
    disk.remove(DIRECTORY / MARK_NAME)
    path = DIRECTORY / f"{0:020d}.frames"
    data = disk.files[path].cache
    data[4] = 3
    data[92:96] = crc32(data[:92]).to_bytes(4, "little")
    assert "version 3" in refused(disk).reason


def test_a_snapshot_of_another_journal_is_refused() -> None:
    disk, told, places = written(7)
    damage = refused(disk, Tip(20, bytes(32)))
    assert damage.number == 20
    assert "snapshot" in damage.reason
    damage = refused(disk, Tip(len(places) + 5, bytes(32)))
    assert f"a snapshot covers {len(places) + 5} frames" in damage.reason
    assert told.durable == len(places)


def test_a_short_read_stops_the_start_and_harms_nothing() -> None:
    stopped = 0
    for seed in range(60):
        disk, told, _ = written(seed)
        before = contents(disk)
        storage = FaultyStorage(disk, None, Random(seed))
        storage.reads_short = 8
        with pytest.raises(StorageFailed):
            FileStore.open(DIRECTORY, storage, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)
        assert contents(disk) == before
        check_recovered(seed, disk, DIRECTORY, told)
        stopped += 1
    print(f"{stopped} starts stopped by a short read")


def test_a_damaged_snapshot_is_named_and_the_one_before_is_used() -> None:
    disk = SimulatedDisk(Random(1))
    snapshots = SnapshotStore(SNAPSHOTS, disk)
    rows = np.zeros(3, np.dtype([("a", "<i8"), ("b", "u1")], align=True))
    for number in (5, 9):
        snapshots.write(number, b"meta", {"rows": rows, "empty": rows[:0], "bytes": np.arange(7, dtype="u1")})
    path = SNAPSHOTS / f"{9:020d}.snapshot"
    bits = disk.size(path) * 8
    for bit in range(bits):
        disk.flip(path, bit)
        latest = snapshots.latest()
        assert latest.snapshot is not None
        assert latest.snapshot.number == 5, bit
        assert [damage.path for damage in latest.damaged] == [path]
        disk.flip(path, bit)
    for size in range(0, disk.size(path), 7):
        kept = disk.files[path].cache
        disk.truncate(path, size)
        with pytest.raises(SnapshotDamaged):
            snapshots.load(9)
        disk.files[path].cache = kept
    kept = disk.files[path].cache
    disk.files[path].cache = kept + b"x"
    with pytest.raises(SnapshotDamaged, match="1 bytes too many"):
        snapshots.load(9)
    disk.files[path].cache = kept
    latest = snapshots.latest()
    assert latest.snapshot is not None
    assert (latest.snapshot.number, latest.damaged) == (9, ())
    print(f"{bits} flips of a snapshot, each named")


def test_a_reader_stops_at_what_is_not_yet_durable() -> None:
    disk = SimulatedDisk(Random(2))
    store = open_store(disk)
    for number in range(5):
        store.append(1, number, 1, number, (b"x" * 100,))
    reader = JournalReader(DIRECTORY, disk)
    assert [frame.number for frame in reader.frames(2)] == [2, 3, 4]
    path, bit = DIRECTORY / f"{0:020d}.frames", (3 * frame_bytes(100) + 5) * 8
    disk.flip(path, bit)
    assert [frame.number for frame in reader.frames()] == [0, 1, 2]
    assert reader.durable_frames() == 0
    store.sync()
    assert reader.durable_frames() == 5
    with pytest.raises(JournalDamaged):
        list(reader.frames())
    with pytest.raises(JournalDamaged):
        list(reader.frames(5))
    disk.flip(path, bit)
    assert [frame.number for frame in reader.frames(5)] == []
    with pytest.raises(FrameMissing):
        list(reader.frames(6))
