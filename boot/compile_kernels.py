"""Fills Numba's cache: imports the modules named, then runs one frame of each kind through an exchange.

Kernels with a signature compile when they are imported, the others when they are first called. Run by the environment's
interpreter, in a process of its own, so that what it leaves is the cache and nothing else.
"""

import importlib
import sys
import time
from collections.abc import Iterator

import numpy as np

from venus.core.machine import Machine
from venus.core.memory import CAPACITY_LEAST
from venus.engine.exchange import NO_COMMANDS, Exchange, Work
from venus.records import commands
from venus.records.commands import COMMAND, AccountKind, ColdCommand, Command, CommandKind, OrderType, SelfTrade, Side

HOUSE, OUTSIDE, BUYER, SELLER = range(4)
QUOTE, BASE = range(2)
SYMBOL = 0
TIME_NS = 1_700_000_000_000_000_000


class Progress:
    """One line on a terminal, two where it is not one."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.step = 0
        self.started_s = time.monotonic()
        self.shown = sys.stderr.isatty()
        print("venus: compiling kernels (once after a change of them, up to a minute)", file=sys.stderr, flush=True)

    def next(self, what: str) -> None:
        self.step += 1
        if self.shown:
            elapsed_s = time.monotonic() - self.started_s
            line = f"\r\033[K  {self.step}/{self.steps} {what} ({elapsed_s:.0f} s)"
            print(line, end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        clear = "\r\033[K" if self.shown else ""
        print(f"{clear}venus: compiled in {time.monotonic() - self.started_s:.1f} s", file=sys.stderr, flush=True)


def cold() -> list[ColdCommand]:
    """One of each kind, in an order in which all are applied."""
    account = {"tier": 0, "trade_group": commands.TRADE_GROUP_NONE}
    return [
        commands.OpenAccounts(reference="1", account_kind=AccountKind.HOUSE, count=1, label="house", **account),
        commands.OpenAccounts(reference="2", account_kind=AccountKind.EXTERNAL, count=1, label="outside", **account),
        commands.OpenAccounts(reference="3", account_kind=AccountKind.PERSON, count=2, label="", **account),
        commands.SetFeeTier(reference="4", tier=0, maker_ppm=1, taker_ppm=1),
        commands.SetAccountTier(reference="5", account=BUYER, tier=0),
        commands.SetTradeGroup(reference="6", account=BUYER, trade_group=1),
        commands.ListAsset(reference="7", code="Q", scale=0),
        commands.ListAsset(reference="8", code="B", scale=0),
        commands.ListSymbol(
            reference="9",
            code="BQ",
            base_asset=BASE,
            quote_asset=QUOTE,
            tick_atoms=1,
            lot_atoms=1,
            price_ticks_min=1,
            price_ticks_max=1_000,
            quantity_lots_min=1,
            quantity_lots_max=1_000,
            market_lots_max=1_000,
            notional_atoms_min=0,
            notional_atoms_max=1_000_000,
            orders_max=100,
            stp_allowed=1 << SelfTrade.NONE,
            stp_default=SelfTrade.NONE,
        ),
        commands.HaltSymbol(reference="10", symbol=SYMBOL),
        commands.ResumeSymbol(reference="11", symbol=SYMBOL),
        commands.FreezeAccount(reference="12", account=SELLER, until_ns=0),
        commands.UnfreezeAccount(reference="13", account=SELLER),
        commands.NoteClockJump(reference="14", by_ns=1),
    ]


def hot() -> Iterator[Command]:
    """Two deposits, and orders until every pool of the smallest machine has grown; some trade, one is cancelled."""
    for reference, (account, asset) in enumerate(((BUYER, QUOTE), (SELLER, BASE)), 1):
        kind = CommandKind.TRANSFER
        yield Command(kind=kind, account=OUTSIDE, target_lo=account, subject=asset, quantity=9_000, client_lo=reference)
    kind, limit = CommandKind.ORDER, OrderType.LIMIT
    for number in range(1, 9):
        at = {"price_ticks": 100 + number, "quantity": 1, "client_lo": 10 + number}
        yield Command(kind=kind, account=SELLER, side=Side.SELL, type=limit, **at)
    yield Command(
        kind=CommandKind.ORDER, account=BUYER, side=Side.BUY, type=OrderType.LIMIT, price_ticks=102, quantity=3
    )
    yield Command(kind=CommandKind.CANCEL_ALL, account=SELLER)


def run_everything(progress: Progress) -> None:
    """Whatever of the core and the views is called by a frame, a publication or a snapshot."""
    exchange = Exchange()
    exchange.machine = Machine.sized(CAPACITY_LEAST)
    records = np.frombuffer(b"".join(command.pack() for command in hot()), COMMAND)
    works = [Work(NO_COMMANDS, b"", command) for command in cold()] + [Work(records, b"", None)]
    batches = []
    progress.next("the core")
    for number, work in enumerate(works):
        batches.append(exchange.run(number, TIME_NS + number, work))
    progress.next("the views")
    for batch in batches:
        exchange.views.apply(batch)
    exchange.views.publication()
    progress.next("the state root")
    exchange.machine.state_root()
    Exchange().machine.restore({name: array.copy() for name, array in exchange.machine.arrays().items()})


def main(modules: list[str]) -> None:
    progress = Progress(len(modules) + 3)
    for module in modules:
        progress.next(module)
        importlib.import_module(module)
    run_everything(progress)
    progress.end()


if __name__ == "__main__":
    main(sys.argv[1:])
