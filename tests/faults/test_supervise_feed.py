"""A node that has nothing but an address and a seat: it gets the journal over HTTP, and has it whole afterwards."""

import asyncio
import threading
from pathlib import Path
from shutil import rmtree

import numpy as np
import pytest

from tests.doors.small_exchange import SmallExchange, order, play
from tests.faults.supervised import supervise
from tests.faults.test_supervise_history import cosigner
from venus.cli.supervise import status_line
from venus.core.machine import Machine
from venus.engine.places import Places
from venus.journal.following import durable_frames
from venus.journal.store import JournalReader
from venus.records.commands import AdoptRules, MoveToRules, Side
from venus.records.events import EventKind
from venus.supervisor.feed_source import FeedSource
from venus.supervisor.findings import Finding
from venus.supervisor.node import Node, Status
from venus.supervisor.node_places import NodePlaces
from venus.supervisor.sources import read_verifier
from venus.testing.officials import SUPERVISOR, founding, seat_key


def follow(url: str, places: Places, data: Path, frames: int) -> Finding | None:
    """Until so many frames were judged; what it found."""
    stopping = threading.Event()
    source = FeedSource(url, seat_key(SUPERVISOR, 0), read_verifier(places.journal_verifier))
    with Node(source, data, keeps_frames=True, cosigner=cosigner()) as node:
        return node.run(True, stopping, lambda status: stopping.set() if status.frames >= frames else None)


def test_a_node_says_for_how_long_it_waits_for_the_exchange() -> None:
    there = Status(9, 9, 8, 1, 0, 0, (), (), 0.0)
    assert "waited for" not in status_line(there, 1.0)
    assert status_line(there._replace(away_s=61.4), 99.0).endswith("cannot be reached for 61 s, and is waited for")


class Favouring(Machine):
    """An operator's machine: whoever takes pays an atom too little."""

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes) -> np.ndarray:
        events = super().apply_hot(time_ns, first_sequence, commands, texts)
        events["taker_fee_atoms"][events["kind"] == EventKind.TRADE] -= 1
        return events


def test_a_live_exchange_that_lies_is_named_by_command_and_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is claimed with the frames but the chain: the node asks for the events of the first that is not so."""
    monkeypatch.setattr("venus.engine.exchange.Machine", Favouring)
    monkeypatch.setattr("venus.supervisor.disputes.PAUSE_S", 0.01)

    async def scenario(exchange: SmallExchange) -> None:
        for command in (AdoptRules(reference="r2", rules=2), MoveToRules(reference="r3", rules=3), founding()):
            await exchange.client.submit_cold(command)
        await exchange.place([order(2, Side.BUY, 1_000, 4)])
        [sold] = await exchange.place([order(3, Side.SELL, 1_000, 4)])
        found = await asyncio.to_thread(follow, exchange.rest, exchange.places, tmp_path / "a", 10_000)
        assert found is not None
        assert (found.sequence, found.what) == (sold.sequence, "taker_fee_atoms")
        assert int(found.recorded) == int(found.found) - 1
        from_files = await asyncio.to_thread(supervise, exchange.places, tmp_path / "b")
        assert from_files == found
        rmtree(exchange.places.events)
        silent = await asyncio.to_thread(follow, exchange.rest, exchange.places, tmp_path / "c", 10_000)
        assert silent is not None
        assert (silent.frame, silent.what) == (found.frame, "event chain")
        assert "the exchange does not tell them: The events of frame" in silent.words

    play(scenario)


def test_a_node_follows_a_feed_and_goes_on_behind_what_it_has(tmp_path: Path) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        places = exchange.places
        for command in (AdoptRules(reference="r2", rules=2), MoveToRules(reference="r3", rules=3), founding()):
            await exchange.client.submit_cold(command)
        for _ in range(2):  # the second time behind what the first has kept
            for turn in range(20):
                await exchange.place([order(2 + turn % 4, (Side.BUY, Side.SELL)[turn % 2], 1_000, 1)])
            frames = durable_frames(places.journal)
            assert await asyncio.to_thread(follow, exchange.rest, places, tmp_path, frames) is None
            kept = list(JournalReader(NodePlaces(tmp_path).journal).frames())
            stand = list(JournalReader(places.journal).frames())[: len(kept)]
            assert len(kept) >= frames
            assert [one.hash for one in kept] == [one.hash for one in stand]
        replica = Places(tmp_path)
        replica.journal_verifier.parent.mkdir()
        replica.journal_verifier.write_text(places.journal_verifier.read_text())
        assert supervise(replica, tmp_path / "a supervisor of the supervisor") is None

    play(scenario)
