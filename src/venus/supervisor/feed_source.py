"""An exchange's feed as a source: read over HTTP by a seat that may, and kept whole."""

import threading
import time
from collections import deque
from collections.abc import Iterator

import msgspec
import structlog

from venus.journal.cosignatures import CosignatureVerifier
from venus.journal.failures import FrameMissing
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import NoteRefused, Verifier, parse_checkpoint, text_of
from venus.records.liabilities import Leaves
from venus.registry.looks import Look, LookRow
from venus.sdk.keys import SeatKey
from venus.supervisor.chains import NOTHING_CLAIMED, Claim
from venus.supervisor.disputes import NotTold
from venus.supervisor.feed import Feed, FeedBroken, Given
from venus.supervisor.feed_requests import FeedLost, FeedRefused, FeedRequests, FeedRewound
from venus.supervisor.sources import Late, Shown, SourceAway, SourceBroken, SourceLost

EVENTS, LEAVES = "/journal/v1/events", "/journal/v1/leaves"
CHECKPOINT, VERIFIERS = "/record/v1/checkpoint", "/record/v1/verifiers"
LOOKS, SUPPLY = "/record/v1/looks", "/record/v1/supply"
_TOLD_BYTES_MAX = 1 << 30  # ten assets of ten million customers
_LOOKS = 1_000
_log = structlog.get_logger("supervisor")


class _Supply(msgspec.Struct):
    frames: int
    text: str


class FeedSource:
    """One exchange, read by one seat."""

    def __init__(self, url: str, seat: SeatKey, verifier: Verifier | None) -> None:
        """verifier: the journal's key if it is known from elsewhere, else the exchange is asked for it.

        Raises ValueError for a URL that is none.
        """
        self.name = url
        self._url = url
        self._seat = seat
        self._feed = Feed(url, seat)
        self._verifier = verifier
        self._frames = 0
        self._without_events: deque[int] = deque(maxlen=4_096)
        self._is_refused = False

    def verifier(self) -> Verifier:
        if self._verifier is None:
            self._verifier = _journal_key(self._ask(VERIFIERS).decode(errors="replace"))
        return self._verifier

    def frames(self) -> int:
        return self._frames

    def away_s(self) -> float:
        since_s = self._feed.lost_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    def frame(self, number: int) -> Frame:
        with Feed(self._url, self._seat) as feed:
            for given in _given(feed, number, number + 1):
                self._frames = max(self._frames, number + 1)
                return given.frame
        raise FrameMissing(f"frame {number}: {self.name} does not give it")

    def shown(self, first: int, follow: bool, stopping: threading.Event) -> Iterator[Shown]:
        end = None if follow else self._end()
        if end is not None and first >= end:
            return
        threading.Thread(target=self._close_when, args=(stopping,), daemon=True).start()
        for given in _given(self._feed, first, end):
            self._frames = given.frame.number + 1
            has_events = given.frame.kind in (FrameKind.HOT, FrameKind.COLD)
            claims = has_events and given.chain is not None
            if not has_events:
                self._without_events.append(given.frame.number)
            yield Shown(given.frame, Claim(given.chain) if claims else NOTHING_CLAIMED, time.monotonic())

    def late(self) -> list[Late]:
        """What the feed did not wait for: an exchange that is killed claims a frame when it starts again."""
        return [Late(number, chain) for number, chain in self._feed.late() if number not in self._without_events]

    def events(self, number: int) -> bytes:
        return self._told(f"{EVENTS}?frame={number}")

    def leaves(self, frames: int) -> Leaves:
        try:
            return msgspec.msgpack.decode(self._told(f"{LEAVES}?frames={frames}"), type=Leaves)
        except msgspec.MsgspecError as error:
            raise NotTold(f"gives none: {error}") from error

    def supply(self, frames: int) -> str:
        try:
            said = msgspec.json.decode(self._told(SUPPLY), type=_Supply)
        except msgspec.MsgspecError as error:
            raise NotTold(f"gives none: {error}") from error
        if said.frames != frames:
            raise NotTold(f"does not tell it: by now it publishes that behind {said.frames} frames")
        return said.text

    def looks(self, first: int) -> list[Look]:
        try:
            rows = msgspec.json.decode(self._told(f"{LOOKS}?from={first}&limit={_LOOKS}"), type=list[LookRow])
        except msgspec.MsgspecError as error:
            raise NotTold(f"gives none: {error}") from error
        return [row.look for row in rows]

    def _told(self, target: str) -> bytes:
        """Raises NotTold."""
        try:
            # Not by the feed's requests: those end when the node is told to stop.
            return FeedRequests(self._url, self._seat).ask("GET", target, bytes_max=_TOLD_BYTES_MAX)
        except (FeedLost, FeedRefused) as error:
            raise NotTold(f"does not tell them: {error}") from error

    def hand_in(self, note: bytes, verifier: CosignatureVerifier) -> None:
        """In passing: an exchange that does not take it does not change what this node stands by."""
        threading.Thread(target=self._hand_in, args=(note, verifier), daemon=True).start()

    def _hand_in(self, note: bytes, verifier: CosignatureVerifier) -> None:
        try:
            self._feed.requests.hand_in(note, verifier)
            self._is_refused = False
        except (FeedRefused, FeedLost) as error:
            if not self._is_refused:
                _log.warning("the exchange does not take cosignatures", why=str(error))
            self._is_refused = True

    def close(self) -> None:
        self._feed.close()

    def _end(self) -> int:
        """Frames until the newest checkpoint, and with it."""
        try:
            return parse_checkpoint(text_of(self._ask(CHECKPOINT))).frames + 1
        except NoteRefused as error:
            raise SourceLost(f"{self.name}: no checkpoint: {error}") from error

    def _ask(self, target: str) -> bytes:
        try:
            return self._feed.requests.ask("GET", target)
        except FeedLost as error:
            raise SourceAway(str(error)) from error
        except FeedRefused as error:
            raise SourceLost(f"{self.name}: {error}") from error

    def _close_when(self, stopping: threading.Event) -> None:
        stopping.wait()
        self._feed.close()


def _given(feed: Feed, first: int, end: int | None) -> Iterator[Given]:
    """Frames of a feed; raises FrameMissing, SourceAway, SourceBroken, SourceLost."""
    try:
        yield from feed.frames(first, end)
    except FeedRewound as rewound:
        raise FrameMissing(str(rewound)) from rewound
    except FeedBroken as broken:
        raise SourceBroken(broken.number, broken.reason) from broken
    except FeedLost as error:
        raise SourceAway(str(error)) from error
    except FeedRefused as error:
        raise SourceLost(str(error)) from error


def _journal_key(lines: str) -> Verifier:
    """The one plain key among verifiers; cosigners' are of another type."""
    found = []
    for line in lines.splitlines():
        try:
            found.append(Verifier.from_text(line.strip()))
        except NoteRefused:
            continue
    if len(found) != 1:
        raise SourceLost(f"the exchange names {len(found)} keys of its journal, not one")
    return found[0]
