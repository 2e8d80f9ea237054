"""A start: the newest snapshot, then the journal behind it, replayed. The same as any other replay."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from venus.engine.claims import Claims
from venus.engine.exchange import Exchange
from venus.engine.places import Places
from venus.journal.frames import GENESIS, Tip
from venus.journal.recovery import Cut
from venus.journal.snapshots import Snapshot, SnapshotStore
from venus.journal.storage import Storage
from venus.journal.store import FileStore
from venus.records.marks import Marks

Progress = Callable[[int, int], None]
"""Called now and then with (frames replayed, frames in all)."""
OpenStore = Callable[[Path, Storage | None, Tip], FileStore]
"""FileStore.open, or that with other sizes."""


class Recovered(NamedTuple):
    """What a start found and how long it took."""

    exchange: Exchange
    store: FileStore
    snapshot_frames: int  # 0: none
    frames_replayed: int
    commands_replayed: int
    cut: Cut | None
    unusable_snapshots: tuple[str, ...]  # newer than the one that was used, and why not
    duration_s: float


def recover(
    places: Places,
    storage: Storage | None = None,
    progress: Progress | None = None,
    open_store: OpenStore = FileStore.open,
) -> Recovered:
    """Open an exchange for writing; an empty directory gives an empty one.

    Raises what FileStore.open raises: JournalLocked, JournalDamaged, JournalFull, StorageFailed.
    """
    started_s = time.perf_counter()
    exchange = Exchange()
    latest = SnapshotStore(places.snapshots, storage).latest()
    unusable = [str(error) for error in latest.damaged]
    start = GENESIS
    if latest.snapshot is not None and not _fits(exchange, latest.snapshot):
        unusable.append(f"snapshot {latest.snapshot.number}: another version of the exchange wrote it")
    elif latest.snapshot is not None:
        marks = msgspec.msgpack.decode(latest.snapshot.meta, type=Marks)
        exchange.restore(marks, latest.snapshot.arrays)
        start = Tip(marks.frames, marks.tip_hash)
    store = open_store(places.journal, storage, start)
    exchange.claims = Claims.open(places, start.frames, exchange.chain.value)
    commands = 0
    frames_total = store.tip.frames - start.frames
    for replayed, frame in enumerate(store.frames(start.frames) if frames_total else (), start=1):
        batch = exchange.replay(frame)
        commands += 0 if batch is None else frame.commands_count
        if progress is not None and replayed % 256 == 0:
            progress(replayed, frames_total)
    exchange.flush_claims()
    exchange.views.publication()  # what changed before the start is nobody's news
    assert exchange.frontier.size == store.tip.frames
    duration_s = time.perf_counter() - started_s
    return Recovered(
        exchange, store, start.frames, frames_total, commands, store.recovery.cut, tuple(unusable), duration_s
    )


def _fits(exchange: Exchange, snapshot: Snapshot) -> bool:
    """Whether a snapshot holds the core's arrays as this version has them; the journal does for any version."""
    held = {name: array.dtype for name, array in snapshot.arrays.items() if name.startswith("core/")}
    return held == {f"core/{name}": array.dtype for name, array in exchange.machine.arrays().items()}
