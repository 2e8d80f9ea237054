"""`restore`: how long it takes to keep a whole sandbox, and to put it back, with a million open orders and with a few.

From outside, over HTTP, on a running exchange: engine, registry, limits and streams are another state's when the answer
comes. `fresh` is the sandbox that `venus up` makes, put back as a test fixture does between two tests.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.engine_run import folder
from benchmarks.report import Report, at_least, at_most, median, report
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.commands import CommandKind, OrderType, Side, TimeInForce
from venus.registry.private import write_private
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.running import RunningExchange
from venus.testing.sandbox import Orders, check_done, genesis, issue_keys, register
from venus.testing.sandbox_client import SandboxClient
from venus.testing.sandbox_market import ASSETS, FAUCET, FIRST_PERSON, LISTINGS

OPEN_ORDERS, OPEN_ORDERS_LONG = 1_000_000, 4_000_000
PERSONS = ("alice", "bob", "carol", "dave")
ROUNDS = 3
SECONDS_MAX = 1.0
_FRAME_COMMANDS = 4_000
_PRICES = 20_000
_MONEY_ATOMS = 10**18


def measure(long: bool) -> Report:
    orders = OPEN_ORDERS_LONG if long else OPEN_ORDERS
    with folder() as root:
        large = _of_many_orders(root / "large", orders)
        fresh = _of_a_fresh_one(root / "fresh")
    figures = {"open_orders": orders} | large | fresh
    return report(
        "restore",
        figures,
        [
            at_least("open orders", orders, 1_000_000),
            at_most(f"restore of {orders} open orders, s", large["restore_s"], SECONDS_MAX),
            at_most(f"snapshot of {orders} open orders, s", large["snapshot_s"], SECONDS_MAX),
            at_most("reset of a fresh sandbox, s", fresh["fresh_reset_s"], SECONDS_MAX),
        ],
    )


def _of_many_orders(data: Path, orders: int) -> dict[str, Any]:
    started_s = time.perf_counter()
    make_deep_exchange(data, orders)
    made_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    with RunningExchange(data, quiet_market=True, open_limits=True) as running, SandboxClient(running.rest) as client:
        start_s = time.perf_counter() - started_s
        taken = [client.snapshot("deep") for _ in range(ROUNDS)]

        def restore() -> None:
            client.give("alice", "BTC", "1")
            client.restore("deep")

        restores = _timed(restore)
    return {
        "snapshot_s": median([one["seconds"] for one in taken]),
        "restore_s": median(restores),
        "restore_mb": round(taken[-1]["bytes"] / 1e6),
        "start_s": round(start_s, 2),
        "making_s": round(made_s, 1),
    }


def _of_a_fresh_one(data: Path) -> dict[str, Any]:
    with RunningExchange(data, quiet_market=True) as running, SandboxClient(running.rest) as client:
        taken = [client.snapshot("again")["seconds"] for _ in range(ROUNDS)]
        return {"fresh_snapshot_s": median(taken), "fresh_reset_s": median(_timed(client.reset))}


def _timed(act: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(ROUNDS):
        started_s = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started_s)
    return seconds


def make_deep_exchange(data: Path, orders: int) -> None:
    """A sandbox on one symbol with so many resting orders of four accounts, on both sides of the book."""
    data.mkdir(parents=True)
    places = Places(data)
    places.master_key.parent.mkdir()
    registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
    now_ns = time.time_ns()
    listing = LISTINGS[0]._replace(notional_min="0")
    with OfflineWriter(places) as writer:
        for command in genesis(ASSETS, (listing,), PERSONS, 1_000_000):
            check_done(writer.cold(now_ns, command))
        check_done(writer.hot(now_ns, *_money().take()))
        rows = Orders()
        for number in range(orders):
            _add_order(rows, number)
            if len(rows) == _FRAME_COMMANDS:
                check_done(writer.hot(now_ns, *rows.take()))
        if len(rows):
            check_done(writer.hot(now_ns, *rows.take()))
    register(registry, PERSONS)
    accounts = {name: keys._asdict() for name, keys in issue_keys(registry, PERSONS).items()}
    registry.close()
    write_private(places.sandbox, {"accounts": accounts})


def _money() -> Orders:
    money = Orders()
    for account, name in enumerate(PERSONS, FIRST_PERSON):
        for asset, _ in enumerate(ASSETS):
            money.add(
                f"faucet:{name}:{asset}",
                kind=CommandKind.TRANSFER,
                account=FAUCET,
                target_lo=account,
                subject=asset,
                quantity=_MONEY_ATOMS,
            )
    return money


def _add_order(rows: Orders, number: int) -> None:
    side = Side.BUY if number % 2 else Side.SELL
    away = 1 + number // 2 % _PRICES
    rows.add(
        f"deep-{number}",
        kind=CommandKind.ORDER,
        account=FIRST_PERSON + number % len(PERSONS),
        subject=0,
        side=side,
        type=OrderType.LIMIT,
        tif=TimeInForce.GTC,
        price_ticks=6_000_000 - away if side == Side.BUY else 6_000_000 + away,
        quantity=1,
    )
