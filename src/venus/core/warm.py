"""Compile every kernel of the core, or load it from the cache, before anyone waits for an answer.

A tiny machine in memory runs a frame of each kind. Some kernels are only compiled when they are first called, and
after a start from a snapshot that first call would be a trader's.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np

from venus.core.machine import Machine
from venus.core.memory import CAPACITY_LEAST
from venus.records import commands
from venus.records.commands import COMMAND, AccountKind, ColdCommand, Command, CommandKind, OrderType, SelfTrade, Side

_HOUSE, _OUTSIDE, _BUYER, _SELLER = range(4)
_QUOTE, _BASE = range(2)
_SYMBOL = 0
_TIME_NS = 1_700_000_000_000_000_000


@cache
def warm() -> None:
    """Run whatever a frame, a state root or a start from a snapshot calls; once a process."""
    machine = Machine.sized(CAPACITY_LEAST)
    for number, command in enumerate(_cold()):
        machine.apply_cold(_TIME_NS + number, machine.next_sequence, command)
    records = np.frombuffer(b"".join(command.pack() for command in _hot()), COMMAND)
    machine.apply_hot(_TIME_NS + len(_cold()), machine.next_sequence, records, b"")
    machine.state_root()
    Machine().restore({name: array.copy() for name, array in machine.arrays().items()})


def _cold() -> list[ColdCommand]:
    """One of each kind, in an order in which all are applied."""
    account = {"tier": 0, "trade_group": commands.TRADE_GROUP_NONE}
    return [
        *(commands.adoption(f"rules {rules}", rules) for rules in range(2, commands.RULES_LATEST + 1)),
        commands.OpenAccounts(reference="1", account_kind=AccountKind.HOUSE, count=1, label="house", **account),
        commands.OpenAccounts(reference="2", account_kind=AccountKind.EXTERNAL, count=1, label="outside", **account),
        commands.OpenAccounts(reference="3", account_kind=AccountKind.PERSON, count=2, label="", **account),
        commands.SetFeeTier(reference="4", tier=0, maker_ppm=1, taker_ppm=1),
        commands.SetAccountTier(reference="5", account=_BUYER, tier=0),
        commands.SetTradeGroup(reference="6", account=_BUYER, trade_group=1),
        commands.ListAsset(reference="7", code="Q", scale=0),
        commands.ListAsset(reference="8", code="B", scale=0),
        commands.ListSymbol(
            reference="9",
            code="BQ",
            base_asset=_BASE,
            quote_asset=_QUOTE,
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
        commands.HaltSymbol(reference="10", symbol=_SYMBOL),
        commands.ResumeSymbol(reference="11", symbol=_SYMBOL),
        commands.FreezeAccount(reference="12", account=_SELLER, until_ns=0),
        commands.UnfreezeAccount(reference="13", account=_SELLER),
        commands.NoteClockJump(reference="14", by_ns=1),
    ]


def _hot() -> Iterator[Command]:
    """Two deposits, and orders until every pool of the smallest machine has grown; some trade, one is cancelled."""
    for reference, (account, asset) in enumerate(((_BUYER, _QUOTE), (_SELLER, _BASE)), 1):
        kind = CommandKind.TRANSFER
        yield Command(
            kind=kind, account=_OUTSIDE, target_lo=account, subject=asset, quantity=9_000, client_lo=reference
        )
    kind, limit = CommandKind.ORDER, OrderType.LIMIT
    for number in range(1, 9):
        at = {"price_ticks": 100 + number, "quantity": 1, "client_lo": 10 + number}
        yield Command(kind=kind, account=_SELLER, side=Side.SELL, type=limit, **at)
    yield Command(
        kind=CommandKind.ORDER, account=_BUYER, side=Side.BUY, type=OrderType.LIMIT, price_ticks=102, quantity=3
    )
    yield Command(kind=CommandKind.CANCEL_ALL, account=_SELLER)
