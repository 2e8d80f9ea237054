"""Which frame holds a command, or was written at a time: over headers, remembering some of the way.

Sequences and times never go back from frame to frame, so both are searched alike. Source: docs/rules/journal.md.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from threading import Lock

from venus.journal.frames import Frame, FrameBroken, Header, decode_header, frame_bytes
from venus.journal.segments import Segment, Segments
from venus.journal.store import JournalReader

_REMEMBER_EVERY = 1_024
"""Frames between two remembered places of a segment."""
_Key = Callable[[Header], int]


class Sequences:
    """For a journal that somebody may be writing; may be asked from several threads. Knows durable frames only."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self._segments = Segments(reader.storage, reader.directory)
        self._places: dict[int, list[tuple[Header, int]]] = {}  # by segment's first frame: headers and their offsets
        self._lock = Lock()

    def holding(self, sequence: int) -> Frame | None:
        """The frame that holds the command of a sequence; None if no durable one does."""
        for header in self._from(sequence, lambda header: header.first_sequence + header.commands_count - 1):
            if header.commands_count:
                found = header.first_sequence <= sequence
                return self._frame(header.number) if found else None
        return None

    def within(self, first_ns: int, until_ns: int) -> Iterator[Frame]:
        """Frames with commands whose time is in [first_ns, until_ns)."""
        for header in self._from(first_ns, lambda header: header.time_ns):
            if header.time_ns >= until_ns:
                return
            if header.commands_count:
                yield self._frame(header.number)

    def _frame(self, number: int) -> Frame:
        with self._lock:
            return self._reader.frame(number)

    def _from(self, least: int, key: _Key) -> Iterator[Header]:
        """Headers of durable frames in their order, from the first on whose key is at least so much."""
        durable_frames = self._reader.durable_frames()
        with self._lock:
            self._segments.refresh()
            listed = list(self._segments.listed)
        starts = [self._starts(segment) for segment in listed]
        known = [(segment, start) for segment, start in zip(listed, starts, strict=True) if start is not None]
        # What is looked for may begin in the segment before the first that begins with as much: keys may be alike.
        at = max(0, bisect_right([key(start) for _, start in known], least - 1) - 1)
        for segment, _ in known[at:]:
            for header in self._walk(segment, least, key):
                if header.number >= durable_frames:
                    return
                if key(header) >= least:
                    yield header

    def _starts(self, segment: Segment) -> Header | None:
        try:
            return decode_header(self._segments.view(segment), 0)
        except FrameBroken:
            return None  # a segment that was made and holds nothing yet

    def _walk(self, segment: Segment, least: int, key: _Key) -> Iterator[Header]:
        """Headers of a segment until its end, from a remembered one on before which nothing is meant."""
        view = self._segments.view(segment)
        with self._lock:
            places = list(self._places.get(segment.first_number, ()))
        below = [place for place in places if key(place[0]) < least]
        number, offset = (below[-1][0].number, below[-1][1]) if below else (segment.first_number, 0)
        while True:
            try:
                header = decode_header(view, offset)
            except FrameBroken:
                return
            if header.number != number:
                return
            if (number - segment.first_number) % _REMEMBER_EVERY == 0:
                self._remember(segment, header, offset)
            yield header
            offset += frame_bytes(header.payload_bytes)
            number += 1

    def _remember(self, segment: Segment, header: Header, offset: int) -> None:
        with self._lock:
            places = self._places.setdefault(segment.first_number, [])
            if not places or places[-1][0].number < header.number:
                places.append((header, offset))
