"""Segments of a journal, and walks over the frames in them.

A walk is the one place that decides whether bytes continue the chain; recovery and readers both use it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from venus.journal.failures import FrameMissing, JournalDamaged, StorageFailed
from venus.journal.frames import (
    ALIGN_BYTES,
    MAGIC,
    ZERO_HASH,
    Frame,
    FrameBroken,
    Header,
    decode,
    decode_header,
    frame_bytes,
    stored_hash,
)
from venus.journal.storage import Storage
from venus.journal.writer_mark import read_mark

_NAME = re.compile(r"([0-9]{20})\.frames")
_MAGIC_WORD = int.from_bytes(MAGIC, "little")
_INDEX_EVERY = 1_024  # frames between two remembered places of a segment


class Segment(NamedTuple):
    first_number: int
    path: Path


class Place(NamedTuple):
    """Where a frame stands, and what its header says; the payload has not been looked at."""

    path: Path
    offset: int
    header: Header


def segment_path(directory: Path, first_number: int) -> Path:
    return directory / f"{first_number:020d}.frames"


class Segments:
    """The segments of one directory: their order, their bytes, and where in them a frame stands."""

    def __init__(self, storage: Storage, directory: Path) -> None:
        self.storage = storage
        self.directory = directory
        self.listed: list[Segment] = []
        self._places: dict[int, list[tuple[int, int]]] = {}  # by segment: (number, offset), in order
        self.refresh()

    @property
    def first_number(self) -> int:
        """The first frame that is kept here; 0 in a journal without frames."""
        return self.listed[0].first_number if self.listed else 0

    def refresh(self) -> None:
        """Look for segments that a writer has added."""
        found = (_NAME.fullmatch(name) for name in self.storage.names(self.directory))
        self.listed = sorted(Segment(int(name[1]), self.directory / name[0]) for name in found if name)

    def holding(self, number: int) -> Segment | None:
        """The segment in which a frame of this number stands, if it stands anywhere."""
        below = [segment for segment in self.listed if segment.first_number <= number]
        return below[-1] if below else None

    def view(self, segment: Segment) -> memoryview:
        """The segment's bytes, as they are now and will be; raises StorageFailed if fewer come than the file has."""
        try:
            view = self.storage.map(segment.path)
            size = self.storage.size(segment.path)
        except OSError as error:
            raise StorageFailed(f"reading {segment.path}: {error}") from error
        if len(view) != size:
            raise StorageFailed(f"reading {segment.path}: {len(view)} bytes came of {size}")
        return view

    def locate(self, number: int) -> tuple[Segment, memoryview, int]:
        """Segment, its bytes and the offset of a frame, found over the headers.

        Raises FrameMissing if the journal ends before it, JournalDamaged where the way to it is broken.
        """
        self.refresh()
        while True:
            segment = self.holding(number)
            if segment is None:
                raise FrameMissing(f"frame {number}: the first that is kept here is {self.first_number}")
            view = self.view(segment)
            places = self._places.setdefault(segment.first_number, [(segment.first_number, 0)])
            at, offset, reason = self._step(view, places, number)
            if reason is None:
                return segment, view, offset
            if len(places) > 1:
                del places[1:]  # remembered from a tail that a new start has cut since
                continue
            proof = self.durability(at, segment, view[offset:], thorough=False)
            if proof is None:
                raise FrameMissing(f"frame {number}: the journal ends before frame {at}")
            if self.holding(number) == segment and not _has_header(view, offset, at):
                raise JournalDamaged(segment.path, offset, at, f"{reason}, but {proof}")

    def _step(self, view: memoryview, places: list[tuple[int, int]], number: int) -> tuple[int, int, str | None]:
        """Go over headers to a frame: its number and offset, or those of the first that is not there, and why."""
        at, offset = next(place for place in reversed(places) if place[0] <= number)
        while True:
            try:
                header = decode_header(view, offset)
            except FrameBroken as broken:
                return at, offset, broken.reason
            if header.number != at:
                return at, offset, f"here is frame {header.number}"
            if at == number:
                return at, offset, None
            offset += frame_bytes(header.payload_bytes)
            at += 1
            if at - places[-1][0] >= _INDEX_EVERY:
                places.append((at, offset))

    def durability(self, number: int, segment: Segment | None, rest: memoryview, thorough: bool) -> str | None:
        """Why a frame that is not whole must have been durable once; None if nothing says so.

        rest: what the segment holds from the frame's place on. Without `thorough` the writer's mark, if there is one,
        is enough: so a reader that comes again and again need not search the rest of the segment each time.
        """
        mark = read_mark(self.storage, self.directory)
        self.refresh()
        if mark is not None and mark.durable_frames > number:
            return f"the writer's mark says that {mark.durable_frames} frames are durable"
        later = [other for other in self.listed if segment is None or other.first_number > segment.first_number]
        if later:
            return f"the segment {later[0].path.name} follows"
        if mark is not None and not thorough:
            return None
        header = _later_header(rest, number)
        return None if header is None else f"frame {header.number}, behind it, was written when it was durable"


class Walk:
    """A walk over frames from one on; afterwards `number`, `offset` and `broken` say where it ended and why.

    thorough: see Segments.durability. Raises FrameMissing if the journal ends before the first.
    """

    def __init__(self, segments: Segments, number: int, thorough: bool) -> None:
        self.segments = segments
        self.number = number
        self.thorough = thorough
        self.broken: FrameBroken | None = None
        self.segment: Segment | None = None
        self.view = memoryview(b"")
        self.offset = 0
        self.bytes = 0
        self.hash: bytes | None = ZERO_HASH  # None: the frame before is not kept here, any will do
        self.sequence = 0  # the least that the next frame may begin with
        self.time_ns = 0
        self.epoch = 0
        self._before: tuple[Path, memoryview, int] | None = None  # where the frame before stands
        if number > 0:
            self._stand_behind(number - 1)
        else:
            self._enter(0)

    def _enter(self, number: int) -> bool:
        """Go to the beginning of the segment that starts with a frame, if there is one."""
        found = next((s for s in self.segments.listed if s.first_number == number), None)
        if found is None or found == self.segment:
            return False
        self.segment, self.view, self.offset = found, self.segments.view(found), 0
        return True

    def _stand_behind(self, number: int) -> None:
        """Take the frame before the first as seen: its hash and figures are what the first must continue."""
        if number + 1 == self.segments.first_number and self._enter(number + 1):
            self.hash = None
            return
        self.segment, self.view, self.offset = self.segments.locate(number)
        header = decode_header(self.view, self.offset)
        self.hash = stored_hash(self.view, self.offset, header)
        self.sequence = header.first_sequence + header.commands_count
        self.time_ns, self.epoch = header.time_ns, header.epoch
        self._pass(frame_bytes(header.payload_bytes))

    def _pass(self, size: int) -> None:
        """Go to the end of the frame that stands here."""
        assert self.segment is not None
        self._before = (self.segment.path, self.view, self.offset)
        self.offset += size

    def frames(self) -> Iterator[Frame]:
        """Verified frames until the journal's end; raises JournalDamaged where one is bad that was durable."""
        while True:
            try:
                frame = decode(self.view, self.offset)
            except FrameBroken as broken:
                if self._goes_on(broken):
                    continue
                self.broken = broken
                return
            self._check_continues(frame)
            size = frame_bytes(len(frame.payload))
            self._pass(size)
            self.bytes += size
            self.number += 1
            self.hash, self.epoch, self.time_ns = frame.hash, frame.epoch, frame.time_ns
            self.sequence = frame.first_sequence + frame.commands_count
            yield frame

    def headers(self) -> Iterator[Place]:
        """The same walk over headers alone: chain and order are verified, payloads are not."""
        while True:
            try:
                header = decode_header(self.view, self.offset)
                size = frame_bytes(header.payload_bytes)
                if self.offset + size > len(self.view):
                    raise FrameBroken("the frame reaches past the end of the file")
            except FrameBroken as broken:
                if self._goes_on(broken):
                    continue
                self.broken = broken
                return
            self._check_continues(header)
            assert self.segment is not None
            place = Place(self.segment.path, self.offset, header)
            self.hash, self.epoch, self.time_ns = (
                stored_hash(self.view, self.offset, header),
                header.epoch,
                header.time_ns,
            )
            self.sequence = header.first_sequence + header.commands_count
            self._pass(size)
            self.bytes += size
            self.number += 1
            yield place

    def damage(self, reason: str) -> JournalDamaged:
        path = self.segment.path if self.segment else segment_path(self.segments.directory, self.number)
        return JournalDamaged(path, self.offset, self.number, reason)

    def _check_continues(self, found: Frame | Header) -> None:
        if found.number != self.number:
            raise self.damage(f"here is frame {found.number}")
        if self.hash is not None and found.previous != self.hash:
            raise self._broken_chain()
        if found.first_sequence < self.sequence or found.commands_count < 0:
            raise self.damage(f"its first sequence {found.first_sequence} is below {self.sequence}")
        if found.time_ns < self.time_ns:
            raise self.damage(f"its time {found.time_ns} is before {self.time_ns}, that of the frame before")
        if found.epoch < self.epoch:
            raise self.damage(f"its epoch {found.epoch} is below {self.epoch}, that of the frame before")

    def _broken_chain(self) -> JournalDamaged:
        """The frame that is to blame where two do not fit: a walk over headers has not looked at the first's hash."""
        if self._before is not None:
            path, view, offset = self._before
            try:
                decode(view, offset)
            except FrameBroken as broken:
                reason = f"{broken.reason}, but frame {self.number} follows"
                return JournalDamaged(path, offset, self.number - 1, reason)
        return self.damage("it does not continue the hash chain of the frame before")

    def _goes_on(self, broken: FrameBroken) -> bool:
        """No whole frame stands here: True if one does after all, False at the journal's end, or JournalDamaged.

        A living writer may finish the frame, and even the segment, between a look and the next; so whatever proves
        that the frame was durable is read first, and only then is the frame called bad.
        """
        if broken.foreign:
            raise self.damage(broken.reason)
        rest = self.view[self.offset :]
        proof = self.segments.durability(self.number, self.segment, rest, self.thorough)
        if proof is None:
            return False
        if self._whole_now() or (zeros(rest) and self._enter(self.number)):
            return True
        raise self.damage(f"{broken.reason if self.segment else 'no segment holds it'}, but {proof}")

    def _whole_now(self) -> bool:
        try:
            decode(self.view, self.offset)
        except FrameBroken:
            return False
        return True


def zeros(view: memoryview) -> bool:
    """Whether there is nothing but zeros."""
    whole = len(view) & -8
    return not np.frombuffer(view[:whole], "<u8").any() and not any(view[whole:])


def _has_header(view: memoryview, offset: int, number: int) -> bool:
    try:
        return decode_header(view, offset).number == number
    except FrameBroken:
        return False


def _later_header(view: memoryview, number: int) -> Header | None:
    """A good header behind a broken frame that says that the frame was durable; None if there is none."""
    rows = np.frombuffer(view[: len(view) & -ALIGN_BYTES], "<u4").reshape(-1, ALIGN_BYTES // 4)
    for row in np.flatnonzero(rows[:, 0] == _MAGIC_WORD):
        try:
            header = decode_header(view, int(row) * ALIGN_BYTES)
        except FrameBroken:
            continue
        if header.durable_frames > number:
            return header
    return None
