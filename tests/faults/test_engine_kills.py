"""A whole exchange is killed with SIGKILL while people trade on it, and started again.

Whoever was killed, the others go by themselves; afterwards every acknowledged order is there with its fills, every
acknowledged cancel holds, every deposit counts once, and the journal replays to the same end.
"""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import uvloop

from tests.faults.trading_under_fire import SYMBOL, Depositor, Trader, traders
from venus.engine.places import Places
from venus.journal.frames import FrameKind
from venus.journal.segments import Place
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import JournalReader
from venus.testing.rest_client import RestClient
from venus.testing.running import NotRunning, RunningExchange

VICTIMS = ("engine", "parent", "gateway")
RECOVERED = re.compile(r"recovered in ([0-9.]+) s: .*?([0-9]+) frames replayed, ([0-9]+) commands")


@pytest.mark.parametrize("rounds", [3, pytest.param(10, marks=pytest.mark.heavy)])
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(own_exchange: RunningExchange, rounds: int) -> None:
    own_exchange.start()
    everyone = traders(own_exchange, seed=rounds)
    depositor = Depositor()
    uvloop.run(check(own_exchange, everyone, depositor))
    for number in range(rounds):
        victim = VICTIMS[number % len(VICTIMS)]
        uvloop.run(trade_until_killed(own_exchange, everyone, depositor, victim, Random(f"{rounds} {number}")))
        own_exchange.start()
        [said] = filter(None, map(RECOVERED.match, own_exchange.said))
        counts = uvloop.run(check(own_exchange, everyone, depositor))
        print(f"{victim} killed; {said[0]}; so far {dict(counts)}")
        if victim == "engine":  # in the other cases it goes by itself, in order
            assert int(said[3]) > 0, "a kill left nothing to replay: it was none"
    assert counts["orders"] > 50 * rounds
    assert counts["fills"] > 10 * rounds
    assert counts["cancels"] > 5 * rounds
    assert counts["deposits"] > 5 * rounds
    assert own_exchange.stop() == 0, own_exchange.log
    done = venus("replay", own_exchange.data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "agrees" in done.stdout


async def trade_until_killed(
    exchange: RunningExchange, everyone: list[Trader], depositor: Depositor, victim: str, random: Random
) -> None:
    client = await RestClient.connect(exchange.rest, everyone[0].keys)
    book = (await client.ask_public("depth", symbol=SYMBOL, limit=5)).json
    client.close()
    middle = Decimal(book["bids"][0][0])
    trading = [asyncio.ensure_future(one.trade(exchange.rest, middle)) for one in everyone]
    trading.append(asyncio.ensure_future(depositor.deposit(exchange)))
    await asyncio.wait(trading, timeout=random.uniform(0.4, 1.5), return_when=asyncio.FIRST_COMPLETED)
    if victim == "parent":
        await asyncio.to_thread(exchange.kill)
    else:
        assert await asyncio.to_thread(exchange.kill_child, victim) == 1
    await asyncio.gather(*trading)


async def check(exchange: RunningExchange, everyone: list[Trader], depositor: Depositor) -> Counter[str]:
    counts = Counter(deposits_unanswered=await depositor.check(exchange), deposits=len(depositor.deposits))
    for trader in everyone:
        counts += await trader.check(exchange.rest, len(depositor.deposits) if trader.name == "alice" else 0)
    return counts


@pytest.mark.heavy
def test_damage_in_the_middle_stops_the_start_and_is_named(own_exchange: RunningExchange) -> None:
    """A frame behind the snapshot, which was acknowledged, and others follow it: it is no torn tail."""
    own_exchange.start()
    uvloop.run(trade_until_killed(own_exchange, traders(own_exchange, 1), Depositor(), "engine", Random(1)))
    place = middle_of_what_is_replayed(Places(own_exchange.data))
    flip(place.path, place.offset + 200)
    before = own_exchange.log
    with pytest.raises(NotRunning) as refused:
        own_exchange.start()
    said = str(refused.value)[len(before) :]
    assert str(refused.value).startswith("venus up ended with 1:")
    assert f"frame {place.header.number} at offset {place.offset} of {place.path}" in said
    done = venus("replay", own_exchange.data)
    assert done.returncode == 1
    assert f"frame {place.header.number} at offset {place.offset}" in done.stderr
    flip(place.path, place.offset + 200)  # restored from a backup, say: the refused start changed nothing
    own_exchange.start()


def test_damaged_snapshots_are_named_and_not_used(own_exchange: RunningExchange) -> None:
    """The whole journal does instead: the same book, after a longer start."""
    own_exchange.start()
    shown = uvloop.run(whole_book(own_exchange))
    own_exchange.stop()
    places = Places(own_exchange.data)
    newest = max(SnapshotStore(places.snapshots).numbers())
    paths = list(places.snapshots.glob("*.snapshot"))
    for path in paths:
        flip(path, path.stat().st_size // 2)
    own_exchange.start()
    [said] = filter(None, map(RECOVERED.match, own_exchange.said))
    assert int(said[2]) >= newest
    assert all(f"a snapshot was not used: snapshot {path}" in own_exchange.log for path in paths)
    assert uvloop.run(whole_book(own_exchange)) == shown


async def whole_book(exchange: RunningExchange) -> object:
    client = await RestClient.connect(exchange.rest, exchange.accounts["alice"])
    try:
        return (await client.ask_public("depth", symbol=SYMBOL, limit=5000)).json
    finally:
        client.close()


def middle_of_what_is_replayed(places: Places) -> Place:
    first = max(SnapshotStore(places.snapshots).numbers())
    reader = JournalReader(places.journal)
    found = [place for place in reader.headers(first) if place.header.kind == FrameKind.HOT]
    assert len(found) > 10
    return found[len(found) // 2]


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        [byte] = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1]))


def venus(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "venus.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
