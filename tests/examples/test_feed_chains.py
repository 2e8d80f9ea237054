"""Claims of the event chain as a feed brings them: with their frames, late, or not at all."""

from collections.abc import Callable, Iterator
from queue import Queue
from struct import pack
from typing import cast

import pytest

from venus.supervisor import feed_chains
from venus.supervisor.feed_chains import FeedChains
from venus.supervisor.feed_requests import FeedRequests


class Stream:
    """A connection whose pieces a test hands over; None ends it."""

    def __init__(self) -> None:
        self.queue: Queue[bytes | None] = Queue()

    def pieces(self, _path: str, _number: Callable[[], int], _end: int | None) -> Iterator[bytes]:
        while (piece := self.queue.get()) is not None:
            yield piece


def record(number: int, chain: bytes = b"") -> bytes:
    return pack("<q32s", number, chain)


def test_claims_come_in_time_late_or_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_chains, "_PATIENCE_S", 20.0)
    stream = Stream()
    chains = FeedChains(cast(FeedRequests, stream), 5)
    stream.queue.put(record(5, b"five") + record(7, b"seven")[:11])
    assert chains.value(5) == b"five".ljust(32, b"\0")
    monkeypatch.setattr(feed_chains, "_PATIENCE_S", 0.05)
    assert chains.value(6) is None  # not within the time that it is waited for
    stream.queue.put(record(7, b"seven")[11:] + record(9))
    monkeypatch.setattr(feed_chains, "_PATIENCE_S", 20.0)
    assert chains.value(7) == b"seven".ljust(32, b"\0")
    assert chains.value(8) is None  # told at once that it is not claimed
    assert chains.late() == []
    monkeypatch.setattr(feed_chains, "_PATIENCE_S", 0.05)
    assert chains.value(9) is None
    stream.queue.put(b"")  # another connection, which begins anew
    stream.queue.put(record(9, b"nine") + record(10, b"ten"))
    monkeypatch.setattr(feed_chains, "_PATIENCE_S", 20.0)
    assert chains.value(10) == b"ten".ljust(32, b"\0")
    assert chains.late() == [(9, b"nine".ljust(32, b"\0"))]
    assert chains.late() == []
    stream.queue.put(None)
    chains.close()
