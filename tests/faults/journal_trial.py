"""One life of a journal and what must be true after it: shared by the fault tests of the journal.

A writer appends frames whose bytes follow from (seed, number, epoch), so a reader knows what each must hold; it notes
what it was told is durable. After any fault the journal must hold at least that, and nothing that was never written.
"""

from hashlib import sha256
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from venus.journal.frames import Frame, FrameKind, Tip
from venus.journal.recovery import Recovery
from venus.journal.snapshots import SnapshotStore
from venus.journal.storage import Storage
from venus.journal.store import FileStore

DIRECTORY = Path("/journal")
SNAPSHOTS = Path("/journal/snapshots")
SEGMENT_BYTES = 16_384
FRAMES_PER_LIFE = 40


class Told:
    """What the writer was told: `durable` frames, and snapshots that were written."""

    def __init__(self) -> None:
        self.durable = 0
        self.appended = 0
        self.snapshots: list[int] = []


class Figures(NamedTuple):
    first_sequence: int
    commands_count: int
    time_ns: int
    payload: bytes


def figures(seed: int, number: int, epoch: int) -> Figures:
    """What a frame must hold."""
    digest = sha256(f"{seed} {number} {epoch}".encode()).digest()
    random = Random(digest)
    size = random.choice((0, 1, 63, 64, 65, random.randrange(400), random.randrange(4_000)))
    return Figures(number * 10, random.randint(0, 10), number * 1_000, random.randbytes(size))


def live(seed: int, storage: Storage, directory: Path, told: Told, ahead: bool = False) -> FileStore:
    """Open the journal, append, sync, take snapshots; returns the store still open, so that any end can follow."""
    random = Random(f"life {seed} {told.durable}")
    store = FileStore.open(directory, storage, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=ahead)
    snapshots = SnapshotStore(directory / "snapshots", storage)
    told.appended = told.durable = max(told.durable, store.durable_frames)
    for _ in range(FRAMES_PER_LIFE):
        number = store.tip.frames
        sequence, count, time_ns, payload = figures(seed, number, store.epoch)
        told.appended = max(told.appended, number + 1)
        cut = random.randint(0, len(payload))
        store.append(FrameKind.HOT, sequence, count, time_ns, (payload[:cut], payload[cut:]))
        if random.random() < 0.4:
            store.sync()
            told.durable = store.durable_frames
            if random.random() < 0.15:
                take_snapshot(snapshots, store.tip)
                told.snapshots.append(store.tip.frames)
    return store


def take_snapshot(snapshots: SnapshotStore, tip: Tip) -> None:
    arrays = {"numbers": np.arange(tip.frames, dtype="<i8"), "ones": np.ones((3, tip.frames + 1), "u1")}
    snapshots.write(tip.frames, tip.hash, arrays)


def check_frame(seed: int, frame: Frame) -> None:
    expected = figures(seed, frame.number, frame.epoch)
    found = Figures(frame.first_sequence, frame.commands_count, frame.time_ns, bytes(frame.payload))
    assert found == expected, f"frame {frame.number} of epoch {frame.epoch} is not what was written"


def check_recovered(seed: int, storage: Storage, directory: Path, told: Told) -> Recovery:
    """Start again: everything told durable is there, everything there was written, snapshots lead to the same tip.

    Afterwards `told` is what this start was told; the store is closed.
    """
    store = FileStore.open(directory, storage, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)
    assert told.durable <= store.tip.frames <= max(told.appended, told.durable), (told.durable, store.tip.frames)
    frames = list(store.frames())
    assert [frame.number for frame in frames] == list(range(store.tip.frames))
    for frame in frames:
        check_frame(seed, frame)
    tip, recovery = store.tip, store.recovery
    told.durable = told.appended = store.durable_frames
    store.close()
    latest = SnapshotStore(directory / "snapshots", storage).latest()
    assert not latest.damaged
    start = latest.snapshot
    assert (start.number if start else 0) >= max(told.snapshots, default=0)
    if start is None:
        return recovery
    store = FileStore.open(
        directory, storage, Tip(start.number, start.meta), SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False
    )
    assert store.tip == tip
    assert store.recovery.frames_verified == tip.frames - start.number
    store.close()
    return recovery
