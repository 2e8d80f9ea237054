"""A journal is a list of frames: whatever is done to it in whatever order, it reads as the list that was appended."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from venus.journal.failures import FrameMissing, JournalDamaged
from venus.journal.frames import GENESIS, FrameKind, Tip
from venus.journal.store import FileStore, JournalReader
from venus.testing.storage_faults import SimulatedDisk

DIRECTORY = Path("/journal")


class JournalIsAList(RuleBasedStateMachine):
    """`payloads` is the list; the first `durable` of it survive a loss of power."""

    @initialize(seed=st.integers(0, 2**32))
    def make(self, seed: int) -> None:
        self.disk = SimulatedDisk(Random(seed))
        self.payloads: list[bytes] = []
        self.durable = 0
        self.tips = [GENESIS]
        self.epoch = 0
        self.reader: JournalReader | None = None
        self.start(GENESIS)

    def start(self, tip: Tip) -> None:
        self.store = FileStore.open(DIRECTORY, self.disk, tip, 4_096, reserve_bytes=0, prepare_ahead=False)
        assert self.store.epoch > self.epoch
        self.epoch = self.store.epoch

    @rule(payload=st.binary(max_size=600) | st.integers(0, 3_000).map(bytes), cut=st.integers(0, 600))
    def append(self, payload: bytes, cut: int) -> None:
        number = len(self.payloads)
        appended = self.store.append(FrameKind.COLD, number, 1, number * 5, (payload[:cut], memoryview(payload)[cut:]))
        assert appended.number == number
        self.payloads.append(payload)
        self.tips.append(Tip(number + 1, appended.hash))

    @rule()
    def sync(self) -> None:
        self.store.sync()
        self.durable = len(self.payloads)

    @rule()
    def close_and_start(self) -> None:
        self.store.close()
        self.durable = len(self.payloads)
        self.start(GENESIS)

    @rule(data=st.data())
    def start_from_a_tip(self, data: st.DataObject) -> None:
        self.store.close()
        self.durable = len(self.payloads)
        tip = data.draw(st.sampled_from(self.tips))
        self.start(tip)
        assert self.store.recovery.frames_verified == len(self.payloads) - tip.frames

    @rule()
    def kill(self) -> None:
        self.disk.kill_process()
        self.start(GENESIS)
        self.durable = len(self.payloads)

    @rule()
    def lose_power(self) -> None:
        self.disk.lose_power()
        self.reader = None
        self.start(GENESIS)
        kept = self.store.tip.frames
        assert self.durable <= kept <= len(self.payloads)
        self.payloads = self.payloads[:kept]
        self.tips = self.tips[: kept + 1]
        self.durable = kept

    @rule(data=st.data())
    def read_some(self, data: st.DataObject) -> None:
        self.reader = self.reader or JournalReader(DIRECTORY, self.disk)
        first = data.draw(st.integers(0, len(self.payloads)))
        found = list(self.reader.frames(first))
        assert [bytes(frame.payload) for frame in found] == self.payloads[first:]
        assert [place.header.number for place in self.reader.headers(first)] == [frame.number for frame in found]
        with pytest.raises(FrameMissing):
            self.reader.frame(len(self.payloads))

    @precondition(lambda self: self.payloads)
    @rule(data=st.data())
    def read_one(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.payloads) - 1))
        frame = self.store.frame(number)
        assert bytes(frame.payload) == self.payloads[number]
        assert (frame.number, frame.time_ns, frame.first_sequence) == (number, number * 5, number)
        assert frame.hash == self.tips[number + 1].hash
        assert frame.previous == self.tips[number].hash

    @invariant()
    def tip_and_durable_are_known(self) -> None:
        assert self.store.tip == self.tips[-1]
        assert self.store.durable_frames == self.durable
        assert JournalReader(DIRECTORY, self.disk).durable_frames() == self.durable


TestJournalIsAList = JournalIsAList.TestCase


def test_a_journal_whose_oldest_segments_are_kept_elsewhere(tmp_path: Path) -> None:
    with FileStore.open(tmp_path, segment_bytes=4_096, reserve_bytes=0) as store:
        tips = [store.append(1, number, 1, number, (bytes(500),)) for number in range(40)]
    segments = sorted(tmp_path.glob("*.frames"))
    for path in segments[:2]:
        path.unlink()
    first = int(segments[2].stem)
    reader = JournalReader(tmp_path)
    assert reader.first_number == first
    assert [frame.number for frame in reader.frames(first)] == list(range(first, 40))
    with pytest.raises(FrameMissing):
        reader.frame(first - 1)
    start = Tip(first, tips[first - 1].hash)
    with pytest.raises(JournalDamaged, match="no segment holds it"):
        FileStore.open(tmp_path, segment_bytes=4_096, reserve_bytes=0)
    with FileStore.open(tmp_path, start=start, segment_bytes=4_096, reserve_bytes=0) as store:
        assert store.tip == Tip(40, tips[39].hash)


def test_a_reader_follows_a_writer_over_segments(tmp_path: Path) -> None:
    with FileStore.open(tmp_path, segment_bytes=4_096, reserve_bytes=0) as store:
        reader, seen = JournalReader(tmp_path), 0
        for number in range(200):
            store.append(1, number, 1, number, (b"%d" % number,))
            if number % 7 == 0:
                for frame in reader.frames(seen):
                    assert bytes(frame.payload) == b"%d" % seen
                    seen += 1
                assert seen == number + 1


def test_a_reader_that_knew_a_tail_which_was_cut_finds_its_way() -> None:
    disk = SimulatedDisk(Random(3))
    options = {"segment_bytes": 1 << 20, "reserve_bytes": 0, "prepare_ahead": False}
    store = FileStore.open(DIRECTORY, disk, **options)
    reader = JournalReader(DIRECTORY, disk)
    for number in range(3_000):
        store.append(1, 0, 0, 0, (b"long enough to move what is behind it",))
        if number == 500:
            store.sync()
    assert reader.frame(2_500).number == 2_500
    disk.lose_power(0.0)
    store = FileStore.open(DIRECTORY, disk, **options)
    kept = store.tip.frames
    assert 501 <= kept < 2_000
    for number in range(kept, 3_000):
        store.append(1, 0, 0, 0, (b"short",) if number % 2 else ())
    store.sync()
    for number in (kept - 1, kept, 2_047, 2_048, 2_500, 2_999):
        assert reader.frame(number) == store.frame(number)
    store.close()
