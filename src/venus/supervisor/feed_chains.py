"""The event chain after every frame, as an exchange claims it over HTTP; read beside the frames by a thread."""

import threading
import time
from collections import deque
from struct import Struct

from venus.supervisor.feed_requests import FeedLost, FeedRefused, FeedRequests

CHAINS = "/journal/v1/chains"
_RECORD = Struct("<q32s")
_UNCLAIMED = bytes(32)
_AHEAD_RECORDS = 65_536
_MISSED_MAX = 4_096
_PATIENCE_S = 2.0
"""How long a claim is waited for whose frame is here."""


class FeedChains:
    """Claims in the order of their frames; each is given once."""

    def __init__(self, requests: FeedRequests, first: int) -> None:
        self._requests = requests
        self._number = first  # the next frame of which the exchange has not said what it claims
        self._claims: deque[tuple[int, bytes]] = deque()
        self._changed = threading.Condition()
        self._missed: set[int] = set()  # frames that were given without a claim
        self._late: list[tuple[int, bytes]] = []
        self._is_over = False
        self._thread = threading.Thread(target=self._read, name="chains", daemon=True)
        self._thread.start()

    def value(self, number: int) -> bytes | None:
        """What is claimed of a frame, behind those that were asked for before; None if nothing is."""
        deadline_s = time.monotonic() + _PATIENCE_S
        claims = self._claims
        with self._changed:
            while True:
                self._pass_over(number)
                if claims and claims[0][0] == number:
                    self._changed.notify_all()
                    return claims.popleft()[1]
                if claims or self._number > number or self._is_over:
                    return None
                self._changed.notify_all()
                if not self._changed.wait(deadline_s - time.monotonic()):
                    if len(self._missed) < _MISSED_MAX:
                        self._missed.add(number)
                    return None

    def late(self) -> list[tuple[int, bytes]]:
        """Frames and claims that came after they were waited for, once each."""
        with self._changed:
            if self._missed:
                self._pass_over(max(self._missed) + 1)
            late, self._late = self._late, []
        return late

    def _pass_over(self, number: int) -> None:
        """Claims of frames before this one are wanted no more, unless their frames were given without them."""
        claims = self._claims
        while claims and claims[0][0] < number:
            claim = claims.popleft()
            if claim[0] in self._missed:
                self._missed.discard(claim[0])
                self._late.append(claim)

    def close(self) -> None:
        """Let the thread end; after the requests were closed."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join()

    def _read(self) -> None:
        rest = b""
        try:
            for piece in self._requests.pieces(CHAINS, lambda: self._number, None):
                rest = rest + piece if piece else b""
                whole = len(rest) - len(rest) % _RECORD.size
                if not self._keep([_RECORD.unpack_from(rest, at) for at in range(0, whole, _RECORD.size)]):
                    return
                rest = rest[whole:]
        except (FeedRefused, FeedLost):
            pass  # the frames' stream is refused too, and says why
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _keep(self, records: list[tuple[int, bytes]]) -> bool:
        """Whether to go on."""
        with self._changed:
            for number, value in records:
                if number < self._number:
                    continue  # a beat, or told before
                if value == _UNCLAIMED:
                    self._number = number
                else:
                    self._claims.append((number, value))
                    self._number = number + 1
            self._changed.notify_all()
            while len(self._claims) > _AHEAD_RECORDS and not self._is_over:
                self._changed.wait()
            return not self._is_over
