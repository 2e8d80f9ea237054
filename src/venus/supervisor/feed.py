"""An exchange's journal over HTTP: durable frames from one on, with what it claims beside them, for as long as wanted.

A connection that is lost is made again, and reading goes on behind the last frame that was handed on; so the exchange
may be killed and start again meanwhile. Source: docs/rules/supervision.md, "The feed".
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

from venus.journal.frames import ALIGN_BYTES, HEADER_BYTES, Frame, FrameBroken, decode, decode_header, frame_bytes
from venus.sdk.keys import SeatKey
from venus.supervisor.feed_chains import FeedChains
from venus.supervisor.feed_requests import FeedRequests

FRAMES = "/journal/v1/frames"
FRAME_BYTES_MAX = 64 << 20
_BEAT = bytes(ALIGN_BYTES)


class FeedBroken(Exception):
    """What the exchange gives where a frame must stand is none, or another one."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"frame {number}, as the exchange gives it: {reason}")
        self.number = number
        self.reason = reason


class Given(NamedTuple):
    """A frame whose hash was verified; that it continues the one before is the reader's to see."""

    frame: Frame
    raw: memoryview  # as it stands in the file, with its padding
    chain: bytes | None  # the event chain after it, as the exchange claims it; None: not claimed


class Feed:
    """One exchange as it is read by one seat. `lost_since_s`: since when it cannot be reached (time.monotonic)."""

    def __init__(self, url: str, seat: SeatKey) -> None:
        """Raises ValueError for a URL that is none."""
        self.requests = FeedRequests(url, seat)
        self._chains: FeedChains | None = None

    @property
    def lost_since_s(self) -> float | None:
        return self.requests.lost_since_s

    def frames(self, first: int = 0, end: int | None = None) -> Iterator[Given]:
        """Frames from one on until before another; without an end, until `close`. One at a time.

        Raises FeedRefused (in words; FeedRewound: there are fewer durable frames than were given), FeedBroken, and
        FeedLost if not even the first connection can be made. Later the exchange is waited for.
        """
        chains = self._chains = FeedChains(self.requests, first)
        reading = _Reading(first)
        for piece in self.requests.pieces(FRAMES, lambda: reading.number, end):
            for frame, raw in reading.frames_of(piece):
                yield Given(frame, raw, chains.value(frame.number))

    def late(self) -> list[tuple[int, bytes]]:
        """Frames that were given without a claim, and the claim that came since; as when the exchange was killed."""
        return [] if self._chains is None else self._chains.late()

    def close(self) -> None:
        """End what other threads wait for here."""
        self.requests.close()
        if self._chains is not None:
            self._chains.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Reading:
    """Where in a stream of frames a reader is: bytes come in any pieces."""

    def __init__(self, first: int) -> None:
        self.number = first  # the next
        self._rest = b""

    def frames_of(self, piece: bytes) -> Iterator[tuple[Frame, memoryview]]:
        """Frames that are whole with this piece; an empty one is the beginning of another connection."""
        if not piece:
            self._rest = b""
            return
        data = self._rest + piece
        view, at = memoryview(data), 0
        try:
            while True:
                if view[at : at + ALIGN_BYTES] == _BEAT:
                    at += ALIGN_BYTES
                    continue
                if len(view) - at < HEADER_BYTES:
                    break
                size = frame_bytes(decode_header(view, at).payload_bytes)
                if size > FRAME_BYTES_MAX:
                    raise FeedBroken(self.number, f"it has {size} bytes")
                if len(view) - at < size:
                    break
                frame = decode(view, at)
                if frame.number != self.number:
                    raise FeedBroken(self.number, f"here is frame {frame.number}")
                self.number += 1
                yield frame, view[at : at + size]
                at += size
        except FrameBroken as broken:
            raise FeedBroken(self.number, broken.reason) from broken
        self._rest = data[at:]
