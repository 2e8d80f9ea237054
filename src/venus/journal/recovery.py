"""What a start does with a journal before anything is added: verify, cut a torn tail, make the rest surely durable.

Source: docs/rules/journal.md, "Reading and recovery".
"""

from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from venus.journal.failures import FrameMissing, JournalDamaged
from venus.journal.frames import Tip
from venus.journal.segments import Segments, Walk, segment_path, zeros
from venus.journal.storage import Storage
from venus.journal.writer_mark import Mark

_CHUNK_BYTES = 1 << 20


class Cut(NamedTuple):
    """A torn tail that was taken off: it had never been acknowledged."""

    path: Path
    offset: int
    bytes: int  # up to the last that was not zero
    reason: str


class Recovery(NamedTuple):
    """What a start found."""

    tip: Tip
    frames_verified: int
    bytes_verified: int
    cut: Cut | None
    duration_s: float


def verify(segments: Segments, start: Tip) -> Walk:
    """Walk all frames behind `start` to the end; raises JournalDamaged. The walk says where the journal ends."""
    try:
        walk = Walk(segments, start.frames, thorough=True)
    except FrameMissing as missing:
        reason = f"a snapshot covers {start.frames} frames, but {missing}"
        number = start.frames - 1
        segment = segments.holding(number)
        path = segment.path if segment else segment_path(segments.directory, number)
        raise JournalDamaged(path, 0, number, reason) from missing
    if walk.hash is None:
        walk.hash = start.hash
    if walk.hash != start.hash:
        raise walk.damage("the frame before it is not the one that the snapshot covers: they are of two journals")
    for _ in walk.frames():
        pass
    return walk


def recover(storage: Storage, directory: Path, mark: Mark | None, start: Tip) -> tuple[Walk, Recovery]:
    """Verify from `start` on, cut what was never acknowledged, and leave nothing that a lost page could undo.

    Raises JournalDamaged (nothing changed), or OSError if the disk fails while the tail is made good.
    """
    started_s = perf_counter()
    segments = Segments(storage, directory)
    walk = verify(segments, start)
    cut = _cut_tail(storage, walk)
    _write_again(storage, segments, walk, mark)
    assert walk.hash is not None
    tip = Tip(walk.number, walk.hash)
    return walk, Recovery(tip, walk.number - start.frames, walk.bytes, cut, perf_counter() - started_s)


def _cut_tail(storage: Storage, walk: Walk) -> Cut | None:
    """Zero what lies behind the last whole frame, so that no rest of it can ever be read as part of a later one."""
    rest = walk.view[walk.offset :]
    if zeros(rest):
        return None
    assert walk.segment is not None
    assert walk.broken is not None
    length = len(bytes(rest).rstrip(b"\0"))
    descriptor = storage.open(walk.segment.path)
    try:
        for at in range(0, length, _CHUNK_BYTES):
            storage.write(descriptor, [bytes(min(_CHUNK_BYTES, length - at))], walk.offset + at)
        storage.sync(descriptor)
    finally:
        storage.close(descriptor)
    return Cut(walk.segment.path, walk.offset, length, walk.broken.reason)


def _write_again(storage: Storage, segments: Segments, walk: Walk, mark: Mark | None) -> None:
    """Write the last segment's frames that the mark does not vouch for once more, and sync.

    After a failed sync the kernel may show pages that the disk never got and call them clean: a sync alone would
    then do nothing, and frames that a new epoch builds on could still vanish. Written again, they are dirty again.
    """
    if walk.segment is None:
        return
    durable_frames = mark.durable_frames if mark else 0
    if durable_frames >= walk.number:
        return
    offset = 0
    if durable_frames > walk.segment.first_number:
        _, _, offset = segments.locate(durable_frames)
    descriptor = storage.open(walk.segment.path)
    try:
        for at in range(offset, walk.offset, _CHUNK_BYTES):
            storage.write(descriptor, [bytes(walk.view[at : min(at + _CHUNK_BYTES, walk.offset)])], at)
        storage.sync(descriptor)
    finally:
        storage.close(descriptor)
