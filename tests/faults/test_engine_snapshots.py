"""What a forked child finds is the exchange as it was between two frames, whatever the parent did."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from venus.engine import checkpoints, reckoning
from venus.engine.client import EngineClient
from venus.engine.host import host
from venus.engine.places import Places
from venus.engine.recovery import recover
from venus.journal.notes import parse_checkpoint
from venus.journal.snapshots import SnapshotStore
from venus.records.commands import Command, CommandKind, OrderType, Side, client_digest
from venus.supervisor.audit import audit
from venus.supervisor.rereading import reread
from venus.testing.sandbox import genesis
from venus.testing.sandbox_market import ASSETS, FIRST_PERSON, LISTINGS, TRADERS

ROUNDS, ROUNDS_MAX = 12, 200
WRITTEN_MIN = 3  # else the parent was hardly ever trading while a snapshot was written, and the test proves nothing
BURST = 400
ORDERS_MAX = 1_000_000


def order(number: int) -> tuple[Command, str]:
    """One of a seedless but varied row of orders of two persons, some of which meet."""
    text = f"burst-{number}"
    hi, lo = client_digest(text)
    command = Command(
        client_hi=hi,
        client_lo=lo,
        account=FIRST_PERSON + number % 2,
        subject=0,
        kind=CommandKind.ORDER,
        side=Side.BUY if number * 7 % 5 < 2 else Side.SELL,
        type=OrderType.LIMIT,
        price_ticks=6_000_000 + number * 7_919 % 301,
        quantity=100 + number % 17,
    )
    return command, text


async def trade_under_snapshots(places: Places, written_min: int) -> int:
    """Bursts of orders, until so many snapshots were written meanwhile; returns how many were."""
    hosted = await host(places)
    client = await EngineClient.connect(places.socket)
    for command in genesis(ASSETS, LISTINGS, TRADERS, ORDERS_MAX):
        await client.submit_cold(command)
    for account in range(FIRST_PERSON, FIRST_PERSON + 2):
        for asset in range(4):
            hi, lo = client_digest(f"money-{account}-{asset}")
            transfer = Command(
                client_hi=hi, client_lo=lo, target_lo=account, account=1, subject=asset, quantity=10**15, kind=5
            )
            await client.submit(transfer, f"money-{account}-{asset}")
    written = burst = 0
    while burst < ROUNDS or (written < written_min and burst < ROUNDS_MAX):
        before = newest(places)
        for start in range(0, BURST, 20):
            await client.submit_linked([order(burst * BURST + start + i) for i in range(20)])
        written += newest(places) > before
        burst += 1
    client.close()
    await hosted.server.stop()
    assert not hosted.writer.halted.done()
    return written


def newest(places: Places) -> int:
    """Number of the newest snapshot; 0: none. A newer one shows before an older one is removed, so it is seen once."""
    return max(SnapshotStore(places.snapshots).numbers(), default=0)


def test_a_forked_snapshot_is_the_exchange_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reckoning, "SNAPSHOT_COMMANDS", BURST // 3)
    places = Places(tmp_path / "exchange")
    written = asyncio.run(trade_under_snapshots(places, WRITTEN_MIN))
    assert written >= WRITTEN_MIN

    whole = audit(places, False, lambda *_: None)
    assert whole.agrees, whole.finding
    assert whole.state_roots >= written

    # From the newest snapshot and from the one before it: the same end.
    for _ in range(2):
        again = audit(places, True, lambda *_: None)
        assert again.agrees and (again.event_chain, again.state_root) == (whole.event_chain, whole.state_root)
        recovered = recover(places)
        recovered.store.close()
        assert recovered.exchange.machine.state_root() == whole.state_root
        assert recovered.exchange.chain.value == whole.event_chain
        recovered.exchange.machine.check()
        SnapshotStore(places.snapshots).drop(SnapshotStore(places.snapshots).numbers()[-1])


def test_a_stop_does_not_wait_for_ever_for_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was to write is written by the next start's own: it replays from the journal."""
    parent, write = os.getpid(), reckoning.Reckoning.write_snapshot

    def stuck(self: reckoning.Reckoning) -> bytes:
        if os.getpid() != parent:
            time.sleep(600)
        return write(self)

    monkeypatch.setattr(reckoning.Reckoning, "write_snapshot", stuck)
    monkeypatch.setattr(reckoning, "SNAPSHOT_COMMANDS", 10)
    monkeypatch.setattr(reckoning, "_LAST_SNAPSHOT_S", 0.1)
    places = Places(tmp_path / "exchange")

    async def listed() -> None:
        hosted = await host(places)
        client = await EngineClient.connect(places.socket)
        for command in genesis(ASSETS, LISTINGS, TRADERS, ORDERS_MAX):
            await client.submit_cold(command)
        client.close()
        async with asyncio.timeout(60):
            await hosted.server.stop()

    asyncio.run(listed())
    whole = audit(places, False, lambda *_: None)
    assert whole.agrees and whole.commands > 10, whole.finding
    recovered = recover(places)
    recovered.store.close()
    assert recovered.exchange.machine.state_root() == whole.state_root


def test_figures_are_told_while_trading_goes_on_and_each_is_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every checkpoint but those of the start tells what customers are owed and what is out, behind its seed."""
    monkeypatch.setattr(checkpoints, "CHECKPOINT_S", 0.01)
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SHARE", 0)
    places = Places(tmp_path / "exchange")
    asyncio.run(trade_under_snapshots(places, 0))
    told = [parse_checkpoint(reading.note.split("\n\n")[0] + "\n") for reading in reread(places) if reading.note]
    assert len(told) >= 5, "hardly any checkpoint was told: the test proves nothing"
    assert all(one.liabilities is not None and one.supply is not None for one in told)
    moved_on = [one for one in told if one.liabilities is not None and one.liabilities[0] < one.frames]
    assert moved_on, "no frame was run while figures were reckoned"
    whole = audit(places, False, lambda *_: None)
    assert whole.agrees, whole.finding
    assert whole.checkpoints == len(told)
