"""Supervisors follow the journal over HTTP: what they get, who gets it, and what of lost and slow readers."""

import asyncio
import contextlib
import re
import socket
import sqlite3
import tempfile
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import httpx
import msgspec
import numpy as np
import pytest
import uvloop

from tests.doors.small_exchange import FEED, SmallExchange, order, play
from venus.core.liabilities import Owed, liability_tree
from venus.engine.client import EngineClient
from venus.engine.host import host
from venus.engine.places import Places
from venus.gateway.journal.door import FeedRules, JournalDoor, JournalFiles
from venus.gateway.server import Gateway, GatewayConfig, serve
from venus.journal.chain_file import ChainReader
from venus.journal.figures import KeptFigures
from venus.journal.following import durable_frames
from venus.journal.frames import decode
from venus.journal.store import JournalReader
from venus.records.commands import AdoptRules, MoveToRules, SetFeeTier, Side, decode_cold
from venus.records.event_chain import EventChain
from venus.records.events import EVENT, EventKind
from venus.records.institutions import RevokeSeat
from venus.records.liabilities import Leaves, leaves_of
from venus.records.looks import NoteLooks
from venus.records.seat_requests import request_statement
from venus.sdk.keys import SeatKey
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.feed import Feed, Given
from venus.supervisor.feed_requests import FeedRefused, FeedRewound
from venus.supervisor.feed_source import FeedSource
from venus.supervisor.findings import Finding
from venus.supervisor.node import Node
from venus.supervisor.sources import read_verifier
from venus.testing.officials import BANK, COURT, ISSUER, SUPERVISOR, founding, seat_key, signed_by

FRAMES = "/journal/v1/frames"
READING: list[Feed] = []
"""What a scenario leaves open is closed behind it, so that one that fails ends too."""


def follow(scenario: Callable[[SmallExchange], Awaitable[None]], feed: FeedRules = FEED) -> None:
    """A scenario of an exchange that has a supervisor, a court and others."""

    async def founded(exchange: SmallExchange) -> None:
        for command in (AdoptRules(reference="r2", rules=2), MoveToRules(reference="r3", rules=3), founding()):
            outcome = await exchange.client.submit_cold(command)
            assert outcome.events[-1].kind != EventKind.REJECTED, outcome
        try:
            await scenario(exchange)
        finally:
            while READING:
                READING.pop().requests.close()

    play(founded, feed=feed)


async def trade(exchange: SmallExchange, times: int) -> None:
    for turn in range(times):
        await exchange.place([order(2 + turn % 4, (Side.BUY, Side.SELL)[turn % 2], 1_000, 1)])


def read(exchange: SmallExchange, first: int, end: int, who: int = SUPERVISOR) -> list[Given]:
    with Feed(exchange.rest, seat_key(who, 0)) as feed:
        READING.append(feed)
        return list(feed.frames(first, end))


def now_ms() -> int:
    return time.time_ns() // 10**6


def signed_headers(key: SeatKey, target: str, time_ms: int | None = None) -> dict[str, str]:
    time_ms = now_ms() if time_ms is None else time_ms
    signature = key.key.sign(request_statement("GET", target, time_ms, b""))
    return {
        "X-VENUS-SEAT": f"{key.institution}/{key.seat}",
        "X-VENUS-TIME": str(time_ms),
        "X-VENUS-SIGNATURE": b64encode(signature).decode(),
    }


def journal_door(exchange: SmallExchange) -> JournalDoor:
    assert exchange.gateway.rooms.public is not None
    return exchange.gateway.rooms.public.journal


async def nobody_follows(exchange: SmallExchange) -> None:
    for _ in range(3_000):
        if journal_door(exchange).streams_count == 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("somebody still follows")


def test_a_follower_gets_every_durable_frame_as_it_stands_in_the_file_and_its_event_chain() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        await trade(exchange, 40)
        frames = durable_frames(exchange.places.journal)
        given = await asyncio.to_thread(read, exchange, 0, frames)
        stand = list(JournalReader(exchange.places.journal).frames())[:frames]
        assert [one.frame for one in given] == stand
        segment = next(exchange.places.journal.glob("*.frames")).read_bytes()
        together = b"".join(bytes(one.raw) for one in given)
        assert segment.startswith(together)
        claims = ChainReader(exchange.places.event_chain)
        assert [one.chain for one in given] == [claims.value(number) for number in range(frames)]
        assert None not in [one.chain for one in given[1:]]

        middle = await asyncio.to_thread(read, exchange, frames // 2, frames)
        assert [one.frame.number for one in middle] == list(range(frames // 2, frames))
        assert [one.chain for one in middle] == [one.chain for one in given[frames // 2 :]]

    follow(scenario)


def test_a_supervisor_is_told_the_events_of_a_frame_and_the_leaves_of_a_tree() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        await trade(exchange, 5)
        frames = durable_frames(exchange.places.journal)
        seed = bytes(32)
        tree = liability_tree(Owed(frames, ("USD",), np.array([2, 5]), np.array([[7], [9]])), seed)
        KeptFigures(exchange.places.liabilities).keep(tree, "")
        async with httpx.AsyncClient(base_url=exchange.rest) as http:

            async def told(target: str) -> httpx.Response:
                return await http.get(target, headers=signed_headers(seat_key(SUPERVISOR, 0), target))

            chain = EventChain(*(await chain_before(exchange, frames - 1)))
            answer = await told(f"/journal/v1/events?frame={frames - 1}")
            chain.add(np.frombuffer(answer.content, EVENT))
            assert chain.value == ChainReader(exchange.places.event_chain).value(frames - 1)
            assert answer.headers["x-venus-look"].startswith("1/")
            answer = await told(f"/journal/v1/leaves?frames={frames}")
            leaves = msgspec.msgpack.decode(answer.content, type=Leaves)
            assert leaves == leaves_of(tree)
            assert np.frombuffer(leaves.atoms, "<i8").tolist() == [7, 9]
            answer = await told("/journal/v1/leaves?frames=1")
            assert (answer.status_code, answer.json()["code"]) == (404, -33_018)
            looks = (await http.get("/record/v1/looks")).json()
            assert [look["what"] for look in looks] == ["events", "leaves"]

    follow(scenario)


def test_the_journal_holds_how_often_it_was_looked_into_and_a_changed_list_is_named(tmp_path: Path) -> None:
    def supervise(exchange: SmallExchange, name: str) -> Finding | None:
        stopping = threading.Event()
        source = FeedSource(exchange.rest, seat_key(SUPERVISOR, 0), read_verifier(exchange.places.journal_verifier))
        with Node(source, tmp_path / name, keeps_frames=True) as node:
            frames = durable_frames(exchange.places.journal)
            return node.run(True, stopping, lambda told: stopping.set() if told.frames >= frames else None)

    def read_files(exchange: SmallExchange, name: str) -> tuple[Finding | None, int, int]:
        """Who reads the directory: what is found, and of how many frames the words were compared, or not."""
        with Node(DirectorySource(exchange.places), tmp_path / name) as node:
            found = node.run(False, threading.Event(), lambda _: None)
            return found, node.looks.compared, node.looks.waiting

    async def scenario(exchange: SmallExchange) -> None:
        for rules in (4, 5):
            await exchange.client.submit_cold(MoveToRules(reference=f"r{rules}", rules=rules))
        await asyncio.to_thread(read, exchange, 0, 1)
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            for _ in range(1_200):
                anchor = (await http.get("/record/v1/anchor")).json()
                if anchor.get("looks") == 2:  # frames and chains
                    break
                await asyncio.sleep(0.05)
            looks = (await http.get("/record/v1/looks")).json()
        frame = decode(memoryview(b64decode(anchor["raw"])), 0)
        assert frame.hash == JournalReader(exchange.places.journal).frame(anchor["frame"]).hash
        noted = decode_cold(bytes(frame.payload))
        assert isinstance(noted, NoteLooks)
        assert (noted.looks, noted.head.hex()) == (2, looks[-1]["hash"]) == (anchor["looks"], anchor["head"])

        assert await asyncio.to_thread(supervise, exchange, "before") is None
        found, compared, waiting = await asyncio.to_thread(read_files, exchange, "files before")
        assert (found, compared > 0, waiting) == (None, True, 0)
        listed = exchange.places.looks.read_text().splitlines()
        exchange.places.looks.write_text(listed[0] + "\n")
        found, fewer, waiting = await asyncio.to_thread(read_files, exchange, "copied early")
        assert found is None and waiting > 0
        assert fewer + waiting >= compared  # the node's own looks may have been noted since
        exchange.places.looks.write_text("\n".join([listed[0].replace(f"{SUPERVISOR}/0", "7/0"), *listed[1:], ""]))
        found, *_ = await asyncio.to_thread(read_files, exchange, "files after")
        assert found is not None
        assert (found.what, found.recorded) == ("look 1", looks[0]["hash"])
        # Both were asked for at once: either came first.
        assert re.search("of institution 7, seat 0, at (frames|chains), and has not its hash", found.words)

        with sqlite3.connect(exchange.places.registry) as registry:
            registry.execute("UPDATE looks SET institution = 7 WHERE number = 2")
        registry.close()
        found = await asyncio.to_thread(supervise, exchange, "after")
        assert found is not None
        assert (found.what, found.recorded, found.frame) == ("look 2", noted.head.hex(), anchor["frame"])
        assert "of institution 7, seat 0, at " in found.words

    follow(scenario, FEED._replace(anchor_s=0.05))


async def chain_before(exchange: SmallExchange, number: int) -> tuple[bytes, int]:
    value = ChainReader(exchange.places.event_chain).value(number - 1)
    assert value is not None
    return value, 3


def test_it_goes_on_with_what_is_journaled_later() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        first = durable_frames(exchange.places.journal)
        reading = asyncio.create_task(asyncio.to_thread(read, exchange, first, first + 20))
        await asyncio.sleep(0.1)
        await trade(exchange, 20)
        given = await reading
        assert [one.frame.number for one in given] == list(range(first, first + 20))

    follow(scenario)


def test_who_may_not_read_is_told_why() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        supervisor, target = seat_key(SUPERVISOR, 0), f"{FRAMES}?from=0&to=1"
        good = signed_headers(supervisor, target)
        async with httpx.AsyncClient(base_url=exchange.rest) as http:

            async def refused(headers: dict[str, str], asked: str = target) -> tuple[int, str]:
                answer = await http.get(asked, headers=headers)
                return answer.status_code, answer.json()["msg"]

            assert (await http.get(target, headers=good)).status_code == 200
            court = signed_headers(seat_key(COURT, 1), target)
            assert (await http.get(target, headers=court)).status_code == 200

            status, words = await refused({})
            assert status == 401
            assert words.startswith("X-VENUS-SEAT is missing: a seat signs its request in X-VENUS-SEAT, X-VENUS-TIME")
            status, words = await refused(signed_headers(supervisor, target, now_ms() - 45_000))
            assert status == 401 and "behind the time here; up to 30 s are taken" in words
            status, words = await refused(signed_headers(supervisor, target, now_ms() + 60_000))
            assert status == 401 and "ahead of the time here" in words
            other = signed_headers(supervisor, f"{FRAMES}?from=1")
            assert (await refused(other))[1].startswith("The signature is not this seat's over method, path, query")
            good = signed_headers(supervisor, target)
            assert (await refused(good | {"X-VENUS-SEAT": "0/1"}))[0] == 401  # another seat's
            assert (await refused(good | {"X-VENUS-SEAT": "0/9"}))[1].startswith("UNKNOWN_SEAT")
            assert (await refused(good | {"X-VENUS-SEAT": "9/0"}))[1].startswith("UNKNOWN_SEAT")
            assert (await refused(good | {"X-VENUS-SEAT": "zero"}))[0] == 400
            assert (await refused(good | {"X-VENUS-TIME": "now"}))[0] == 400
            assert (await refused(good | {"X-VENUS-SIGNATURE": "?"}))[0] == 400
            assert await refused(signed_headers(seat_key(BANK, 0), target)) == (
                403,
                "bank is neither a supervisor nor an authority.",
            )
            issuer = SeatKey(ISSUER, 0, supervisor.key)  # signs with a passkey
            assert (await refused(signed_headers(issuer, target)))[0] == 403

            for asked, status, words in (
                (f"{FRAMES}?from=-1", 400, "from is a number of a frame"),
                (f"{FRAMES}?from=0&from=1", 400, "from is a number of a frame"),
                (f"{FRAMES}?since=0", 400, "Only these parameters are read here: from, to."),
                (f"{FRAMES}?from=999999", 416, "Frame 999999 is not here"),
                ("/journal/v1/events", 400, "frame is a number of a frame"),
                ("/journal/v1/events?from=1", 400, "Only these parameters are read here: frame."),
                ("/journal/v1/events?frame=999999", 416, "Frame 999999 is not here"),
                ("/journal/v1/views", 404, "not supported"),
            ):
                told = await refused(signed_headers(supervisor, asked), asked)
                assert told[0] == status and words in told[1]
            looks = (await http.get("/record/v1/looks")).json()
            assert [(look["institutionName"], look["seat"], look["what"]) for look in looks] == [
                ("supervisor", 0, "frames"),
                ("court", 1, "frames"),
            ]
            counts = (await http.get("/record/v1/counts")).json()["journalLooks"]
            assert counts == [{"institution": "supervisor", "count": 1}, {"institution": "court", "count": 1}]

        with pytest.raises(FeedRewound, match="frames are durable"):
            await asyncio.to_thread(read, exchange, 999_999, 1_000_000)
        with Feed(exchange.rest, seat_key(BANK, 0)) as feed, pytest.raises(FeedRefused, match="neither a supervisor"):
            await asyncio.to_thread(list, feed.frames(0, 1))

    follow(scenario)


def test_a_seat_that_is_revoked_reads_no_further() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        first = durable_frames(exchange.places.journal)
        reading = asyncio.create_task(asyncio.to_thread(read, exchange, first, first + 1_000_000, COURT))
        await asyncio.sleep(0.1)
        revoke = RevokeSeat(reference="revoke", institution=COURT, seat=0)
        command = signed_by(revoke, time.time_ns(), SUPERVISOR)
        outcome = await exchange.client.submit_cold(command)
        assert outcome.events[-1].kind != EventKind.REJECTED, outcome
        with pytest.raises(FeedRefused, match="SEAT_NOT_ACTIVE"):
            await reading

    follow(scenario, FeedRules(seat_again_s=0.2))


def test_while_nothing_happens_the_stream_beats_and_a_reader_minds_it_not() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        first = durable_frames(exchange.places.journal)
        target = f"{FRAMES}?from={first}"
        headers = signed_headers(seat_key(SUPERVISOR, 0), target)
        async with (
            httpx.AsyncClient(base_url=exchange.rest) as http,
            http.stream("GET", target, headers=headers) as got,
        ):
            pieces = got.aiter_raw()
            assert [await anext(pieces) for _ in range(3)] == [bytes(64)] * 3
        reading = asyncio.create_task(asyncio.to_thread(read, exchange, first, first + 4))
        await asyncio.sleep(0.2)
        await trade(exchange, 2)
        await asyncio.sleep(0.2)
        await trade(exchange, 2)
        assert [one.frame.number for one in await reading] == list(range(first, first + 4))

    follow(scenario, FeedRules(beat_s=0.05))


def test_who_stops_reading_is_dropped_and_nobody_else_waits_for_him() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        await trade(exchange, 1)
        host, port = exchange.gateway.host, exchange.gateway.port
        target = f"{FRAMES}?from=0"
        lines = "".join(
            f"{name}: {value}\r\n" for name, value in signed_headers(seat_key(SUPERVISOR, 0), target).items()
        )
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        lazy.connect((host, port))
        lazy.sendall(f"GET {target} HTTP/1.1\r\nHost: here\r\n{lines}\r\n".encode())
        await asyncio.sleep(0.1)
        batch = [order(10**6, Side.BUY, 1, 1) for _ in range(4_000)]  # of nobody: refused, and journaled
        for _ in range(24):
            await exchange.place(batch)  # 6 MB, more than the kernel holds for anybody
        frames = durable_frames(exchange.places.journal)
        given = await asyncio.to_thread(read, exchange, 0, frames)
        assert len(given) == frames
        await nobody_follows(exchange)
        taken = 0
        lazy.setblocking(True)
        lazy.settimeout(60)
        with pytest.raises(ConnectionResetError):  # what waited for him is gone too
            while True:
                taken += len(lazy.recv(1 << 16))
        assert taken < 1 << 23
        lazy.close()

    follow(scenario, FeedRules(stall_s=3.0))


def test_an_institution_follows_only_so_many_times_at_once() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        target = f"{FRAMES}?from={durable_frames(exchange.places.journal)}"
        headers = signed_headers(seat_key(SUPERVISOR, 0), target)
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            async with http.stream("GET", target, headers=headers) as one:
                assert one.status_code == 200
                again = await http.get(target, headers=headers)
                assert (again.status_code, again.json()["msg"]) == (429, "The institution follows 1 times already.")
            await nobody_follows(exchange)
            async with http.stream("GET", target, headers=headers) as two:
                assert two.status_code == 200

    follow(scenario, FeedRules(streams_max=1))


@contextlib.asynccontextmanager
async def started(places: Places, port: int) -> AsyncIterator[tuple[Gateway, EngineClient]]:
    """One life of an exchange's engine and gateway."""
    hosted = await host(places)
    client = await EngineClient.connect(places.socket)
    files = JournalFiles(
        places.journal,
        places.event_chain,
        places.events,
        places.liabilities,
        places.journal_verifier,
        places.public_log,
        places.looks,
    )
    gateway = await serve(
        GatewayConfig(
            port=port,
            engine_socket=places.socket,
            registry_url=f"sqlite:///{places.registry}",
            master_key=places.master_key,
            journal=files,
            p2p_files=places.p2p_files,
            drain_s=1,
        )
    )
    try:
        yield gateway, client
    finally:
        await gateway.stop()
        client.close()
        await hosted.server.stop()


def test_a_reader_waits_for_an_exchange_that_starts_again_and_misses_nothing() -> None:
    async def scenario() -> None:
        places, three = Places(Path(tempfile.mkdtemp())), threading.Event()  # short: a socket's path has 107 characters
        given: list[Given] = []

        def follow_on(url: str, end: int) -> None:
            with Feed(url, seat_key(SUPERVISOR, 0)) as feed:
                READING.append(feed)
                for one in feed.frames(0, end):
                    given.append(one)
                    if len(given) == 3:
                        three.set()

        async with started(places, 0) as (gateway, client):
            for command in (AdoptRules(reference="r2", rules=2), MoveToRules(reference="r3", rules=3), founding()):
                await client.submit_cold(command)
            reading = asyncio.create_task(asyncio.to_thread(follow_on, gateway.rest_url, 9))
            await asyncio.to_thread(three.wait, 30)
            port = gateway.port
        assert len(given) >= 3 and not reading.done()
        async with started(places, port) as (gateway, client):
            for number in range(6):
                await client.submit_cold(SetFeeTier(reference=str(number), tier=0, maker_ppm=number, taker_ppm=number))
            await asyncio.wait_for(reading, 60)
        assert [one.frame.number for one in given] == list(range(9))
        assert all(two.frame.previous == one.frame.hash for one, two in pairwise(given))

    try:
        uvloop.run(scenario())
    finally:
        while READING:
            READING.pop().requests.close()
