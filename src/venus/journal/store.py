"""The journal in files: one writer that appends and syncs, and readers beside it.

Source: docs/rules/journal.md, "Files", "Writing", "Reading and recovery".
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Self

from venus.journal.failures import FrameMissing, JournalLocked, StorageFailed
from venus.journal.frames import ALIGN_BYTES, GENESIS, Frame, Header, Tip, encode, frame_bytes, version_of
from venus.journal.recovery import Recovery, recover, verify
from venus.journal.segments import Place, Segments, Walk, segment_path
from venus.journal.spare import Spare
from venus.journal.storage import Buffer, Disk, Storage, buffers_bytes
from venus.journal.writer_mark import MARK_NAME, Mark, encode_mark, read_mark

SEGMENT_BYTES = 64 << 20
RESERVE_BYTES = 128 << 20


class Appended(NamedTuple):
    """A frame that was written; it is durable after the next sync."""

    number: int
    hash: bytes


class JournalReader:
    """Reads a journal, also one that another process is writing; changes nothing."""

    def __init__(self, directory: Path, storage: Storage | None = None) -> None:
        self.directory = directory
        self.storage = storage or Disk()
        self._segments = Segments(self.storage, directory)

    @property
    def first_number(self) -> int:
        """The first frame that is kept here."""
        return self._segments.first_number

    def durable_frames(self) -> int:
        """So many frames are known to be durable; there may be more. 0 if the writer's mark is missing."""
        mark = read_mark(self.storage, self.directory)
        return mark.durable_frames if mark else 0

    def frames(self, first: int = 0) -> Iterator[Frame]:
        """Whole frames from one on until the journal's end as it is now; ask again for what was added since.

        Every frame is verified: hash, chain, order. Raises JournalDamaged where a frame is bad that was durable,
        FrameMissing if the journal ends before the first. The last may not be durable yet, and vanish with the power:
        whoever does what cannot be undone stops at durable_frames().
        """
        return Walk(self._segments, first, thorough=False).frames()

    def walk(self, first: int) -> Walk:
        """A walk from one frame on, which can go on where it ended; raises FrameMissing, JournalDamaged."""
        return Walk(self._segments, first, thorough=False)

    def headers(self, first: int = 0) -> Iterator[Place]:
        """Places and headers without reading payloads: chain and order are verified, hashes are not."""
        return Walk(self._segments, first, thorough=False).headers()

    def frame(self, number: int) -> Frame:
        """One frame, verified by itself; raises FrameMissing if there is none, JournalDamaged if it is bad."""
        for frame in self.frames(number):
            return frame
        raise FrameMissing(f"frame {number}: the journal ends before it")

    def verify(self, start: Tip = GENESIS) -> Walk:
        """Walk everything behind `start`; the walk says where the journal ends, and `broken` what stands there."""
        return verify(Segments(self.storage, self.directory), start)


class FileStore:
    """The single writer of a journal. Made by `open`; appended to from one thread, synced from that or others.

    recovery  what the start found, and what it cut
    tip       frames appended, and the hash of the last
    durable_frames  how many of them survive a loss of power
    """

    def __init__(self, directory: Path, storage: Storage, walk: Walk, recovery: Recovery, epoch: int) -> None:
        self.directory = directory
        self.reader = JournalReader(directory, storage)
        self.recovery = recovery
        self.tip = recovery.tip
        self.durable_frames = recovery.tip.frames
        self.epoch = epoch
        self._storage = storage
        self._sequence = walk.sequence
        self._time_ns = walk.time_ns
        self._offset = walk.offset
        self._capacity = len(walk.view) & -ALIGN_BYTES
        self._last_path = walk.segment.path if walk.segment else None
        self._descriptor: int | None = None
        self._writer_descriptor: int | None = None
        self._directory_dirty = False
        self._failure: StorageFailed | None = None
        self._syncing = Lock()  # whoever syncs or changes the segment
        self._spare: Spare

    @classmethod
    def open(
        cls,
        directory: Path,
        storage: Storage | None = None,
        start: Tip = GENESIS,
        segment_bytes: int = SEGMENT_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
        prepare_ahead: bool = True,
    ) -> Self:
        """Lock, verify what is behind `start`, cut a torn tail, begin a new epoch.

        start: from the beginning, or the tip that a snapshot covers: frames before it are not read again.
        Raises JournalLocked, JournalDamaged (nothing changed), JournalFull (no room for a first segment),
        StorageFailed.
        """
        assert segment_bytes % ALIGN_BYTES == 0
        storage = storage or Disk()
        try:
            storage.make_directory(directory)
            writer_descriptor = storage.open(directory / MARK_NAME)
        except OSError as error:
            raise StorageFailed(f"opening {directory}: {error}") from error
        try:
            if not storage.lock(writer_descriptor):
                raise JournalLocked(f"{directory} is being written by another process")
            mark = read_mark(storage, directory)
            walk, recovery = recover(storage, directory, mark, start)
            epoch = max(walk.epoch, mark.epoch if mark else 0) + 1
            store = cls(directory, storage, walk, recovery, epoch)
            store._spare = Spare(storage, directory, segment_bytes, reserve_bytes, prepare_ahead)
            store._writer_descriptor = writer_descriptor
            store._write_mark()
            storage.sync(writer_descriptor)
            storage.sync_directory(directory)
            store._open_last_segment()
        except OSError as error:
            storage.close(writer_descriptor)
            raise StorageFailed(f"opening {directory}: {error}") from error
        except BaseException:
            storage.close(writer_descriptor)
            raise
        return store

    @property
    def last_segment_bytes(self) -> int:
        """How much of the segment that is being written is in use."""
        return self._offset

    def make_room(self, bytes_wanted: int) -> None:
        """Return when frames of so many bytes together (frame_bytes) can surely be appended.

        May be called from another thread than append, before anything is stamped or applied: then bytes_wanted includes
        every frame that was handed over and not yet appended. Waits if the next segment is just being made. Raises
        JournalFull if there is no room on the disk, StorageFailed if the store is dead.
        """
        if self._failure is not None:
            raise self._failure
        assert bytes_wanted <= self._spare.segment_bytes, "a frame never spans two segments"
        if self._spare.ready() or bytes_wanted <= self._capacity - self._offset:
            return
        try:
            self._spare.require()
        except OSError as error:
            raise self._die("making the next segment", error) from error

    def append(
        self, kind: int, first_sequence: int, commands_count: int, time_ns: int, payload: Sequence[Buffer]
    ) -> Appended:
        """Write a frame behind the last; durable after sync.

        Raises JournalFull (nothing was taken; the store goes on) or StorageFailed (the store is dead).
        """
        header = Header(
            version_of(kind),
            kind,
            self.tip.frames,
            first_sequence,
            time_ns,
            self.durable_frames,
            commands_count,
            self.epoch,
            buffers_bytes(payload),
            self.tip.hash,
        )
        return self._append(header, payload)

    def keep(self, frame: Frame) -> Appended:
        """Append a frame of another journal byte for byte: the next one of what this is a replica of.

        Raises what append raises.
        """
        assert frame.number == self.tip.frames and frame.previous == self.tip.hash, frame.number
        appended = self._append(frame.header, [frame.payload])
        assert appended.hash == frame.hash, frame.number
        return appended

    def _append(self, header: Header, payload: Sequence[Buffer]) -> Appended:
        assert header.first_sequence >= self._sequence, (header.first_sequence, self._sequence)
        assert header.time_ns >= self._time_ns, (header.time_ns, self._time_ns)
        size = frame_bytes(header.payload_bytes)
        self.make_room(size)
        if size > self._capacity - self._offset:
            self._roll()
        assert self._descriptor is not None
        frame_hash, parts = encode(header, payload)
        try:
            self._storage.write(self._descriptor, parts, self._offset)
        except OSError as error:
            raise self._die(f"writing frame {header.number}", error) from error
        self._offset += size
        self._sequence = header.first_sequence + header.commands_count
        self._time_ns = header.time_ns
        self.tip = Tip(header.number + 1, frame_hash)
        return Appended(header.number, frame_hash)

    def sync(self) -> None:
        """Make every frame appended so far durable; raises StorageFailed, and then never again anything else.

        Frames that another thread appends meanwhile are for the next one.
        """
        with self._syncing:
            if self._failure is not None:
                raise self._failure
            frames = self.tip.frames
            if self.durable_frames == frames:
                return
            assert self._descriptor is not None
            try:
                self._storage.sync(self._descriptor)
                if self._directory_dirty:
                    self._storage.sync_directory(self.directory)
                    self._directory_dirty = False
                self.durable_frames = frames
                self._write_mark()
            except OSError as error:
                raise self._die("syncing", error) from error

    def frames(self, first: int = 0) -> Iterator[Frame]:
        return self.reader.frames(first)

    def frame(self, number: int) -> Frame:
        return self.reader.frame(number)

    def close(self) -> None:
        """Sync, unless the store is dead, and give up the lock; raises StorageFailed if that sync fails."""
        try:
            if self._failure is None:
                self.sync()
                self._sync_mark()
        finally:
            self._spare.close()
            if self._writer_descriptor is not None:
                self._storage.unlock(self._writer_descriptor)
            self._close_descriptors()

    def close_in_child(self) -> None:
        """Let go of the files in a forked child, which must not hold the lock when its parent is gone."""
        self._failure = StorageFailed("this process is a child of the writer")
        self._close_descriptors()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_last_segment(self) -> None:
        """Go on in the segment where the journal ends; make the first if there is none."""
        if self._last_path is not None:
            self._descriptor = self._storage.open(self._last_path)
            self._spare.begin()
            return
        self._spare.require()
        self._roll()

    def _roll(self) -> None:
        """Go on in the spare. The old segment is synced first: only the last may ever hold unsynced frames."""
        with self._syncing:
            if self._failure is not None:
                raise self._failure
            try:
                if self._descriptor is not None:
                    self._storage.sync(self._descriptor)
                    self._storage.close(self._descriptor)
                    self._descriptor = None
                self._descriptor = self._spare.take(segment_path(self.directory, self.tip.frames))
            except OSError as error:
                raise self._die("beginning a segment", error) from error
            self._directory_dirty = True
            self._offset, self._capacity = 0, self._spare.segment_bytes

    def _write_mark(self) -> None:
        assert self._writer_descriptor is not None
        self._storage.write(self._writer_descriptor, [encode_mark(Mark(self.epoch, self.durable_frames))], 0)

    def _sync_mark(self) -> None:
        assert self._writer_descriptor is not None
        try:
            self._storage.sync(self._writer_descriptor)
        except OSError as error:
            raise self._die("syncing the mark", error) from error

    def _die(self, doing: str, error: OSError) -> StorageFailed:
        """What is on the disk is unknown from here on, so nothing more is written by this store."""
        self._failure = StorageFailed(f"{doing} in {self.directory}: {error}")
        return self._failure

    def _close_descriptors(self) -> None:
        for descriptor in (self._descriptor, self._writer_descriptor):
            if descriptor is not None:
                self._storage.close(descriptor)
        self._descriptor = self._writer_descriptor = None
