"""Named states of a sandbox that can be returned to: journal, snapshot, registry and what else lies beside them.

A point is a directory: segments that will not change are linked, the one being written is copied as far as it is in
use, and a snapshot taken at that very frame makes that nothing need be replayed. Points are not synced: what a loss of
power takes from one, its hashes say, and the exchange itself is not touched by it.
"""

import os
import re
import shutil
from pathlib import Path

import msgspec

from venus.engine.places import Places
from venus.engine.steering import Point
from venus.journal.chain_file import ChainReader
from venus.journal.snapshots import SnapshotStore
from venus.journal.storage import Disk
from venus.journal.store import JournalReader
from venus.journal.writer_mark import MARK_NAME

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SEGMENTS = "*.frames"
_FACTS = "point.json"
_MAKING = ".making"
_ENTERING = ".entering"
_WHOLE = "whole"
_CHUNK_BYTES = 1 << 20
FRESH = "fresh"
"""The state in which a sandbox was made."""
BESIDE = ("registry.sqlite", "sandbox.json", "clock.json", "doors.json")
"""What lies beside journal and snapshots and belongs to the same state."""
_LEFT_BY_SQLITE = ("registry.sqlite-wal", "registry.sqlite-shm")


class NoSuchPoint(LookupError):
    """There is none of that name."""


class Unsynced(Disk):
    """A disk whose word is not waited for."""

    def sync(self, descriptor: int) -> None:
        pass

    def sync_directory(self, directory: Path) -> None:
        pass


def check_name(name: str) -> None:
    """Raises ValueError for one that is no file name."""
    if not _NAME.fullmatch(name):
        raise ValueError("a name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with no sign")


def making(places: Places) -> Path:
    """An empty place to put a point together in."""
    folder = places.restore_points / _MAKING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def copy_journal(places: Places, folder: Path, frames: int, used_bytes: int | None) -> None:
    """Link all segments but the last of the first `frames` frames, and copy that as far as it is in use; the event
    chain beside it too.

    used_bytes None: the journal is closed, and everything in it counts.
    """
    journal, to = places.journal, folder / places.journal.name
    to.mkdir()
    (folder / places.event_chain.name).write_bytes(ChainReader(places.event_chain).values(0, frames))
    segments = [path for path in sorted(journal.glob(_SEGMENTS)) if int(path.stem) < frames]
    for segment in segments[:-1]:
        os.link(segment, to / segment.name)
    for segment in segments[-1:]:
        data = segment.read_bytes()[:used_bytes]
        # The zeros behind the last frame are made again when the point is entered.
        (to / segment.name).write_bytes(data.rstrip(b"\0"))
    shutil.copyfile(journal / MARK_NAME, to / MARK_NAME)


def finish(places: Places, point: Point) -> Point:
    """Give what was put together its name, instead of a point that had it; returns it with its size."""
    folder = places.restore_points / _MAKING
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    point = msgspec.structs.replace(point, bytes=size)
    (folder / _FACTS).write_bytes(msgspec.json.encode(point))
    old = places.restore_points / point.name
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    return point


def keep_closed(places: Places, name: str) -> None:
    """Keep an exchange that is not open; the registry's copy, the clock and what the doors know lie in `making`."""
    folder = places.restore_points / _MAKING
    frames = SnapshotStore(places.snapshots).numbers()[-1]
    last = JournalReader(places.journal).frame(frames - 1)
    copy_journal(places, folder, frames, None)
    (folder / "snapshots").mkdir()
    for snapshot in places.snapshots.iterdir():
        os.link(snapshot, folder / "snapshots" / snapshot.name)
    finish(places, Point(name, frames, last.first_sequence + last.commands_count - 1, last.time_ns, 0))


def points(places: Places) -> list[Point]:
    """All there are, by name."""
    found = sorted(places.restore_points.glob(f"*/{_FACTS}"))
    return [msgspec.json.decode(path.read_bytes(), type=Point) for path in found if path.parent.name[0] != "."]


def drop(places: Places, name: str) -> None:
    """Raises NoSuchPoint."""
    shutil.rmtree(_folder(places, name))


def stage(places: Places, name: str) -> None:
    """Put a copy of a point beside the exchange, whole, so that entering it is nothing but renaming.

    Raises NoSuchPoint.
    """
    source, to = _folder(places, name), places.restore_points / _ENTERING
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    (to / "journal").mkdir()
    segments = sorted((source / "journal").glob(_SEGMENTS))
    for segment in segments[:-1]:
        os.link(segment, to / "journal" / segment.name)
    for segment in segments[-1:]:
        _copy_filled(segment, to / "journal" / segment.name, _segment_bytes(places, segment))
    shutil.copyfile(source / "journal" / MARK_NAME, to / "journal" / MARK_NAME)
    claimed = source / places.event_chain.name
    # A point without claims takes away those of the state that is left.
    (to / places.event_chain.name).write_bytes(claimed.read_bytes() if claimed.exists() else b"")
    (to / "snapshots").mkdir()
    for snapshot in (source / "snapshots").iterdir():
        os.link(snapshot, to / "snapshots" / snapshot.name)
    for beside in BESIDE:
        if (source / beside).exists():
            shutil.copy2(source / beside, to / beside)
    (to / _WHOLE).touch()


def enter_staged(places: Places) -> None:
    """Let what was staged take the exchange's place; also finishes what a killed process began. Nothing to do: nothing.

    The exchange must not be open.
    """
    staged = places.restore_points / _ENTERING
    if not (staged / _WHOLE).exists():
        shutil.rmtree(staged, ignore_errors=True)
        return
    left = places.restore_points / ".left"
    shutil.rmtree(left, ignore_errors=True)
    left.mkdir()
    for name in ("journal", places.event_chain.name, "snapshots", *BESIDE):
        if (staged / name).exists():
            if (places.root / name).exists():
                (places.root / name).rename(left / name)
            if name == BESIDE[0]:
                for rest in _LEFT_BY_SQLITE:
                    (places.root / rest).unlink(missing_ok=True)
            (staged / name).rename(places.root / name)
    shutil.rmtree(places.events, ignore_errors=True)  # of frames that are not in this journal
    shutil.rmtree(places.liabilities, ignore_errors=True)  # told by checkpoints that are not in this journal
    (staged / _WHOLE).unlink()
    shutil.rmtree(staged)
    shutil.rmtree(left)


def _folder(places: Places, name: str) -> Path:
    check_name(name)
    folder = places.restore_points / name
    if not (folder / _FACTS).exists():
        known = ", ".join(point.name for point in points(places)) or "none"
        raise NoSuchPoint(f"there is no snapshot {name!r}; there are: {known}")
    return folder


def _segment_bytes(places: Places, segment: Path) -> int:
    """How long a segment is while it is written: as long as its siblings here, which are all of one length."""
    lengths = [path.stat().st_size for path in places.journal.glob(_SEGMENTS)]
    return max([segment.stat().st_size, *lengths])


def _copy_filled(source: Path, to: Path, length: int) -> None:
    """Copy, and zeros up to a length with blocks behind them."""
    shutil.copyfile(source, to)
    descriptor = os.open(to, os.O_RDWR)
    try:
        os.posix_fallocate(descriptor, 0, length)
    finally:
        os.close(descriptor)
