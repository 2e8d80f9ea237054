"""The journal's door, under /journal/v1/: supervisors and authorities follow frames, and what is claimed beside them.

It reads the journal's files by itself, so whoever follows costs the engine nothing. Only durable frames leave: none of
them can vanish. Source: docs/rules/supervision.md, "The feed".
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
import structlog

from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.failures import api_error
from venus.gateway.journal import refusals
from venus.gateway.journal.seats import Asker, Askers
from venus.gateway.journal.streams import ChainStream, FrameStream, Stream
from venus.gateway.journal.tail import Tail
from venus.journal.chain_file import ChainReader
from venus.journal.events_files import EventsReader
from venus.journal.failures import FrameMissing, JournalDamaged, StorageFailed
from venus.journal.figures import KeptFigures
from venus.journal.following import Following
from venus.journal.store import JournalReader
from venus.records.liabilities import leaves_of
from venus.registry.looks import Look, LookRecord
from venus.units import NS_PER_US

PREFIX = "/journal/"
FRAMES, CHAINS = "/journal/v1/frames", "/journal/v1/chains"
EVENTS, LEAVES = "/journal/v1/events", "/journal/v1/leaves"
ONCE = {"events": "frame", "leaves": "frames"}
"""What is answered at once, and what it is asked by."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
_log = structlog.get_logger("journal door")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class JournalFiles(NamedTuple):
    """Where the journal of an exchange lies, and what lies beside it."""

    directory: Path
    event_chain: Path
    events: Path  # folder for those of the newest frames
    liabilities: Path  # folder for the newest trees of what customers are owed
    verifier: Path  # of the key that signs checkpoints
    log: Path  # folder for the Merkle log, which is kept by who serves it
    looks: Path  # file for the list of looks, which is kept by who notes them


class FeedRules(NamedTuple):
    """How followers are served."""

    streams_max: int = 8  # of an institution
    beat_s: float = 10.0
    stall_s: float = 60.0  # how long one piece may wait for its reader
    seat_again_s: float = 30.0  # after which a seat is looked at once more
    anchor_s: float = 10.0  # between two frames that hold how many looks there are


class _Asked(NamedTuple):
    """What of the journal: frames from one on, until before another (None: for ever)."""

    kind: str
    first: int
    end: int | None


class JournalDoor:
    def __init__(
        self,
        files: JournalFiles,
        askers: Askers,
        looks: LookRecord,
        looked: Callable[[], Awaitable[None]],
        clock_ns: Callable[[], int],
        rules: FeedRules,
    ) -> None:
        self._files = files
        self._askers = askers
        self._looks = looks
        self._looked = looked
        self._clock_ns = clock_ns
        self._rules = rules
        self._tail = Tail(files.directory)
        self._open: Counter[int] = Counter()  # streams by institution
        self._closed = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asked, asker = await self._admit(scope)
            self._open[asker.institution] += 1
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            await _refuse(api_error(error, f"{scope['method']} {scope['path']}"), send)
            return
        try:
            if asked.kind in ONCE:
                await self._tell(asked, asker, scope, send)
            else:
                await self._follow(asked, asker, scope, receive, send)
        finally:
            self._open[asker.institution] -= 1

    @property
    def streams_count(self) -> int:
        """How many follow now."""
        return self._open.total()

    def close(self) -> None:
        """End every stream; their readers come again."""
        self._closed.set()

    async def _admit(self, scope: Scope) -> tuple[_Asked, Asker]:
        """What is asked by whom; raises ApiError."""
        if self._closed.is_set():
            raise refusals.not_now()
        path = scope["path"]
        if path not in (FRAMES, CHAINS, EVENTS, LEAVES):
            raise ApiError(-1020, "This operation is not supported.", status=404)
        if scope["method"] != "GET":
            raise ApiError(-1020, "This operation is not supported.", status=405)
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        asker = await self._askers.believe("GET", target, scope["headers"], b"")
        asked = _asked(path.rpartition("/")[2], scope["query_string"])
        durable = self._tail.look()
        if asked.first > durable or (asked.kind == "events" and asked.first == durable):
            raise refusals.not_durable(asked.first, durable)
        first_kept = JournalReader(self._files.directory).first_number
        if asked.first < first_kept:
            raise refusals.not_kept(asked.first, first_kept)
        if self._open[asker.institution] >= self._rules.streams_max:
            raise refusals.too_many_streams(self._rules.streams_max)
        return asked, asker

    async def _follow(self, asked: _Asked, asker: Asker, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the look down, then give what is there and what comes."""
        try:
            stream = await asyncio.to_thread(self._stream, asked)
            look = await self._look(asked, asker)
        except Exception as error:  # noqa: BLE001  a look that cannot be written down is not allowed
            await _refuse(api_error(error, f"GET {scope['path']}"), send)
            return
        _log.info("follows", who=asker.name, seat=asker.seat, what=asked.kind, first=asked.first, look=look.number)
        await send({"type": "http.response.start", "status": 200, "headers": self._headers(look)})
        giving = asyncio.create_task(self._give(asked, asker, stream, send))
        ends = {giving, asyncio.create_task(_gone(receive)), asyncio.create_task(self._closed.wait())}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if giving.done():
                giving.result()
        except (JournalDamaged, FrameMissing, StorageFailed) as error:
            _log.error("the journal cannot be given on", error=str(error))
        except TimeoutError:
            _log.warning("a follower takes nothing, and is dropped", who=asker.name, seat=asker.seat)
            scope.get("venus.abort", lambda: None)()
        finally:
            for task in ends:
                task.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            stream.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rules.beat_s):
                await send({"type": "http.response.body", "body": b""})

    async def _look(self, asked: _Asked, asker: Asker) -> Look:
        time_us = self._clock_ns() // NS_PER_US
        add = self._looks.add
        look = await asyncio.to_thread(add, asker.institution, asker.seat, time_us, asked.kind, asked.first)
        await self._looked()
        return look

    async def _tell(self, asked: _Asked, asker: Asker, scope: Scope, send: Send) -> None:
        """What the engine says of one frame or tree, behind the look that is written down for it."""
        try:
            body = await asyncio.to_thread(self._told, asked)
            look = await self._look(asked, asker)
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            await _refuse(api_error(error, f"GET {scope['path']}"), send)
            return
        headers = [*self._headers(look), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _told(self, asked: _Asked) -> bytes:
        """Raises ApiError, SnapshotDamaged."""
        if asked.kind == "events":
            events = EventsReader(self._files.events).value(asked.first)
            if events is None:
                raise refusals.not_told(f"The events of frame {asked.first}")
            return events
        kept = self._files.liabilities
        tree = KeptFigures(kept).tree(asked.first) if kept.is_dir() else None
        if tree is None:
            raise refusals.not_told(f"The leaves behind {asked.first} frames")
        return msgspec.msgpack.encode(leaves_of(tree))

    def _stream(self, asked: _Asked) -> Stream:
        if asked.kind == "frames":
            return FrameStream(Following(self._files.directory, asked.first))
        return ChainStream(ChainReader(self._files.event_chain), asked.first)

    def _headers(self, look: Look) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-type", b"application/octet-stream"),
            (b"cache-control", b"no-store"),
            (b"x-venus-durable", b"%d" % self._tail.frames),
            (b"x-venus-look", f"{look.number}/{look.hash}".encode()),
        ]

    async def _give(self, asked: _Asked, asker: Asker, stream: Stream, send: Send) -> None:
        """Until the end that was asked for, or the seat's. Raises TimeoutError if the reader takes nothing."""
        loop = asyncio.get_running_loop()
        rules, tail = self._rules, self._tail
        beat_due_s = loop.time() + rules.beat_s
        seat_due_s = loop.time() + rules.seat_again_s
        frames = tail.look()
        while asked.end is None or stream.number < asked.end:
            piece = await stream.piece(frames if asked.end is None else min(frames, asked.end))
            now_s = loop.time()
            if not piece and now_s >= beat_due_s:
                piece = stream.beat()
            if piece:
                async with asyncio.timeout(rules.stall_s):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                beat_due_s = now_s + rules.beat_s
            else:
                await tail.moved()
            if now_s >= seat_due_s:
                if not await self._askers.still(asker):
                    _log.info("may follow no longer", who=asker.name, seat=asker.seat)
                    return
                seat_due_s = loop.time() + rules.seat_again_s
            frames = tail.look() if piece else tail.frames


def _asked(kind: str, query: bytes) -> _Asked:
    values: dict[str, int] = {}
    names = (ONCE[kind],) if kind in ONCE else ("from", "to")
    for name, text in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in names:
            raise refusals.not_read(", ".join(names))
        if name in values or not _NUMBER.fullmatch(text):
            raise refusals.bad_number(name)
        values[name] = int(text)
    if kind in ONCE and not values:
        raise refusals.bad_number(ONCE[kind])
    return _Asked(kind, values.get(names[0], 0), values.get("to"))


async def _gone(receive: Receive) -> None:
    """Until the reader's connection is no more."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(error: ApiError, send: Send) -> None:
    body = error.body()
    headers = [(b"content-type", b"application/json;charset=UTF-8"), (b"content-length", b"%d" % len(body))]
    if error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after_s))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
