"""The yardstick's flow in Venus's own records, and an exchange that it can be played to.

The same prices, quantities, accounts, fees and ids: what the yardstick calls symbol, lot and balance is listed,
opened and deposited here by commands. Two things differ by rule: Venus rounds a fee up and holds only what rests.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks import yardstick_layout as yardstick
from benchmarks.kernels.yardstick import CANCEL, IOC, SELL
from venus.records.commands import (
    COMMAND,
    TRADE_GROUP_NONE,
    AccountKind,
    AdoptRules,
    ColdCommand,
    CommandKind,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    SelfTrade,
    SetFeeTier,
    Side,
    TimeInForce,
)
from venus.units import ATOMS_MAX

RULES = 2
BATCH = 4_096
EXTERNAL_ACCOUNT = 1
FIRST_TRADER = 2
QUOTE_ASSET = 0
BASE_SCALE = 3
TIME_FIRST_NS = 1_700_000_000_000_000_000
FRAME_STEP_NS = 1_000_000
TEXT_BYTES = 22
"""Of a client order id as client libraries make them."""
QUANTITY_LOTS_MAX = 10**6
ORDERS_MAX = 10**6

assert yardstick.LOT_ATOMS == 10**BASE_SCALE, "so that one lot of one tick costs tick_atoms"


class HotFrame(NamedTuple):
    commands: np.ndarray  # COMMAND[n], n <= BATCH
    texts: bytes


def cold_commands(symbols: int, accounts: int) -> Iterator[ColdCommand]:
    """Opens and lists everything that the flow names."""
    references = (f"bench-{number}" for number in range(1_000_000))
    yield AdoptRules(reference=next(references), rules=RULES)
    for kind, count, label in ((AccountKind.HOUSE, 1, "house"), (AccountKind.EXTERNAL, 1, "external:bench")):
        yield open_accounts(next(references), kind, count, label)
    yield open_accounts(next(references), AccountKind.PERSON, accounts, "")
    yield SetFeeTier(reference=next(references), tier=0, maker_ppm=yardstick.FEE_PPM, taker_ppm=yardstick.FEE_PPM)
    yield ListAsset(reference=next(references), code="QUOTE", scale=8)
    for number in range(1, symbols + 1):
        yield ListAsset(reference=next(references), code=f"B{number}", scale=BASE_SCALE)
        yield list_symbol(next(references), number)


def open_accounts(reference: str, kind: AccountKind, count: int, label: str) -> OpenAccounts:
    return OpenAccounts(
        reference=reference, account_kind=kind, count=count, label=label, tier=0, trade_group=TRADE_GROUP_NONE
    )


def list_symbol(reference: str, base_asset: int) -> ListSymbol:
    return ListSymbol(
        reference=reference,
        code=f"B{base_asset}QUOTE",
        base_asset=base_asset,
        quote_asset=QUOTE_ASSET,
        tick_atoms=yardstick.QUOTE_ATOMS_PER_TICK_LOT,
        lot_atoms=yardstick.LOT_ATOMS,
        price_ticks_min=1,
        price_ticks_max=yardstick.LADDER_TICKS - 1,
        quantity_lots_min=1,
        quantity_lots_max=QUANTITY_LOTS_MAX,
        market_lots_max=QUANTITY_LOTS_MAX,
        notional_atoms_min=0,
        notional_atoms_max=ATOMS_MAX,
        orders_max=ORDERS_MAX,
        stp_allowed=1 << SelfTrade.EXPIRE_TAKER,
        stp_default=SelfTrade.EXPIRE_TAKER,
    )


def deposits(symbols: int, accounts: int) -> np.ndarray:
    """COMMAND[(symbols + 1) * accounts]: the yardstick's first balances, brought in from outside."""
    assets = symbols + 1
    commands = np.zeros(assets * accounts, COMMAND)
    asset, account = np.divmod(np.arange(len(commands)), accounts)
    commands["kind"] = CommandKind.TRANSFER
    commands["account"] = EXTERNAL_ACCOUNT
    commands["target_lo"] = account + FIRST_TRADER
    commands["subject"] = asset
    commands["quantity"] = np.where(asset == QUOTE_ASSET, yardstick.QUOTE_FREE_ATOMS, yardstick.BASE_FREE_ATOMS)
    commands["client_hi"], commands["client_lo"] = digests(-1 - np.arange(len(commands)))
    return commands


def translated(flow: np.ndarray) -> np.ndarray:
    """COMMAND[n] of the yardstick's commands; symbol numbers are the same, accounts move by FIRST_TRADER."""
    commands = np.zeros(len(flow), COMMAND)
    cancels = flow["kind"] == CANCEL
    high, low = digests(flow["client_id"])
    commands["kind"] = np.where(cancels, CommandKind.CANCEL, CommandKind.ORDER)
    commands["account"] = flow["account"] + FIRST_TRADER
    commands["subject"] = flow["symbol"]
    for cancel_field, order_field, values in (("target_hi", "client_hi", high), ("target_lo", "client_lo", low)):
        commands[cancel_field] = np.where(cancels, values, 0)
        commands[order_field] = np.where(cancels, 0, values)
    orders = ~cancels
    commands["price_ticks"][orders] = flow["price"][orders]
    commands["quantity"][orders] = flow["quantity"][orders]
    commands["side"][orders] = np.where(flow["side"][orders] == SELL, Side.SELL, Side.BUY)
    commands["type"][orders] = OrderType.LIMIT
    commands["tif"][orders] = np.where(flow["tif"][orders] == IOC, TimeInForce.IOC, TimeInForce.GTC)
    commands["stp"][orders] = SelfTrade.EXPIRE_TAKER
    commands["text_bytes"][orders] = TEXT_BYTES
    return commands


def digests(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two int64[n] for int64[n] ids, as spread out as the digests of client ids are, and never both zero."""
    return spread(ids.astype(np.uint64)), spread(~ids.astype(np.uint64))


def spread(values: np.ndarray) -> np.ndarray:
    """A bijection of 64 bits after which neighbours are far apart (SplitMix64's finalizer)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))).view(np.int64)


def frames(commands: np.ndarray, batch: int = BATCH) -> list[HotFrame]:
    """`commands` cut into frames, with texts as long as they say."""
    text = b"x" * (TEXT_BYTES * batch)
    parts = [commands[start : start + batch] for start in range(0, len(commands), batch)]
    return [HotFrame(part, text[: int(part["text_bytes"].sum(dtype=np.int64))]) for part in parts]
