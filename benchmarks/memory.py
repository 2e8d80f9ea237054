"""`memory`: bytes of an account, a wallet, a resting order, an idle symbol; how long a start takes, cold and warm.

Bytes are what the process grew by (resident memory), not what records should take: indexes, room to grow and all views
are in them. A start is a new process that runs its first command; cold has no compiled kernels to load.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import cast

import numpy as np

from benchmarks.engine_run import NoViews
from benchmarks.machine import resident_bytes
from benchmarks.report import Report, at_most, median, report, rounded
from benchmarks.venus_flow import (
    BASE_SCALE,
    EXTERNAL_ACCOUNT,
    FRAME_STEP_NS,
    TEXT_BYTES,
    TIME_FIRST_NS,
    cold_commands,
    deposits,
    digests,
    frames,
    list_symbol,
    open_accounts,
)
from benchmarks.wallet_memory import grow_wallets
from venus.engine.exchange import Exchange
from venus.records.commands import COMMAND, AccountKind, ColdCommand, CommandKind, ListAsset, OrderType, SelfTrade
from venus.records.work import NO_COMMANDS, Work
from venus.views.house import Views

ACCOUNTS, ACCOUNTS_LONG = 400_000, 10_000_000
ASSETS_EACH = 3
ORDERS = 200_000
PRICES = 10_000
SYMBOLS = 1_000
WARM_TRADERS = 10
GIB = 1 << 30
ACCOUNTS_PROMISED = 10_000_000
GIB_MAX = 24
STARTS = 3
WALLETS_ON_PAPER = (10, 100, 1_000)


class Grown:
    """An exchange that is fed, and what it grew by."""

    def __init__(self, with_views: bool) -> None:
        self.exchange = Exchange()
        if not with_views:
            self.exchange.views = cast(Views, NoViews())
        self.frames = 0
        for command in cold_commands(ASSETS_EACH - 1, WARM_TRADERS):
            self.cold(command)
        # Everything has run once before the first measure: code is no part of an account.
        self.hot(deposits(ASSETS_EACH - 1, WARM_TRADERS))
        self.hot(resting_orders(first_account=2, accounts=WARM_TRADERS, count=WARM_TRADERS, first_id=1 << 40))

    def hot(self, commands: np.ndarray) -> None:
        for frame in frames(commands):
            self._run(Work(frame.commands, frame.texts, None))

    def cold(self, command: ColdCommand) -> None:
        self._run(Work(NO_COMMANDS, b"", command))

    def _run(self, work: Work) -> None:
        batch = self.exchange.run(self.frames, TIME_FIRST_NS + self.frames * FRAME_STEP_NS, work)
        self.exchange.views.apply(batch)
        self.frames += 1


def measure(long: bool) -> Report:
    accounts = ACCOUNTS_LONG if long else ACCOUNTS
    # In processes of their own: memory that was given back is not memory that was never taken.
    figures: dict[str, object] = {}
    promised_gib = 0.0
    for name, with_views in (("core", False), ("core_and_views", True)):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            sizes = process.submit(grow, with_views, accounts).result()
        figures |= {f"{name}_{what}": rounded(value) for what, value in sizes.items()}
        account_bytes = sizes["bytes_an_account"] + ASSETS_EACH * sizes["bytes_a_balance_with_its_deposit"]
        promised_gib = account_bytes * ACCOUNTS_PROMISED / GIB
    figures |= of_wallets(accounts)
    starts = [(start_s(Path(folder)), start_s(Path(folder))) for folder in new_folders(STARTS if long else 1)]
    figures |= {
        "cold_start_s": median([cold_s for cold_s, _ in starts]),
        "warm_start_s": median([warm_s for _, warm_s in starts]),
        "accounts": accounts,
    }
    what = f"GiB for {ACCOUNTS_PROMISED:,} accounts with {ASSETS_EACH} assets each, views included"
    return report("memory", figures, [at_most(what, promised_gib, GIB_MAX)])


def of_wallets(wallets: int) -> dict[str, object]:
    """Bytes of wallets, measured; what very many of them need, reckoned from it."""
    figures: dict[str, object] = {"wallets": wallets}
    for name, with_views in (("core", False), ("core_and_views", True)):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            sizes = process.submit(grow_wallets, with_views, wallets).result()
        each = sum(sizes.values())
        figures |= {f"{name}_{what}": rounded(value) for what, value in sizes.items()}
        figures |= {
            f"{name}_gib_for_{millions}_million_wallets_with_money": rounded(each * millions * 10**6 / GIB)
            for millions in WALLETS_ON_PAPER
        }
    return figures


def grow(with_views: bool, accounts: int) -> dict[str, float]:
    """Bytes of one more of each thing."""
    grown = Grown(with_views)
    first_account = EXTERNAL_ACCOUNT + 1 + WARM_TRADERS
    sizes = {}
    before = resident_bytes()
    for number in range(ASSETS_EACH, ASSETS_EACH + SYMBOLS):
        grown.cold(ListAsset(reference=f"asset-{number}", code=f"B{number}", scale=BASE_SCALE))
        grown.cold(list_symbol(f"symbol-{number}", number))
    sizes["bytes_an_idle_symbol_with_its_asset"] = (resident_bytes() - before) / SYMBOLS

    before = resident_bytes()
    for part in range(0, accounts, ACCOUNTS):
        grown.cold(open_accounts(f"accounts-{part}", AccountKind.PERSON, min(ACCOUNTS, accounts - part), ""))
    sizes["bytes_an_account"] = (resident_bytes() - before) / accounts

    before = resident_bytes()
    for asset in range(ASSETS_EACH):
        for part in range(0, accounts, ACCOUNTS):
            grown.hot(deposits_to(first_account + part, min(ACCOUNTS, accounts - part), asset))
    sizes["bytes_a_balance_with_its_deposit"] = (resident_bytes() - before) / (accounts * ASSETS_EACH)

    before = resident_bytes()
    grown.hot(resting_orders(first_account, accounts, ORDERS, first_id=1))
    sizes["bytes_a_resting_order"] = (resident_bytes() - before) / ORDERS
    return sizes


def deposits_to(first_account: int, count: int, asset: int) -> np.ndarray:
    """COMMAND[count]: the same amount of one asset to each of some accounts in a row."""
    commands = np.zeros(count, COMMAND)
    accounts = first_account + np.arange(count)
    commands["kind"] = CommandKind.TRANSFER
    commands["account"] = EXTERNAL_ACCOUNT
    commands["target_lo"] = accounts
    commands["subject"] = asset
    commands["quantity"] = 10**9
    commands["client_hi"], commands["client_lo"] = digests((accounts << 8) + asset)
    return commands


def resting_orders(first_account: int, accounts: int, count: int, first_id: int) -> np.ndarray:
    """COMMAND[count]: bids of one lot that never meet an ask, on the first symbol, over PRICES prices."""
    commands = np.zeros(count, COMMAND)
    numbers = np.arange(count)
    commands["kind"] = CommandKind.ORDER
    commands["account"] = first_account + numbers % accounts
    commands["price_ticks"] = 1 + numbers % PRICES
    commands["quantity"] = 1
    commands["type"] = OrderType.LIMIT
    commands["stp"] = SelfTrade.EXPIRE_TAKER
    commands["text_bytes"] = TEXT_BYTES
    commands["client_hi"], commands["client_lo"] = digests(first_id + numbers)
    return commands


def new_folders(count: int) -> Iterator[str]:
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            yield folder


def start_s(kernels: Path) -> float:
    """Seconds of a new process until its first command was run, its compiled kernels in `kernels`."""
    program = "from benchmarks.memory import Grown; Grown(with_views=True)"
    started_s = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).resolve().parent.parent,
        env=os.environ | {"NUMBA_CACHE_DIR": str(kernels)},
        check=True,
    )
    return time.perf_counter() - started_s
