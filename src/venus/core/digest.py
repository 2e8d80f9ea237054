"""The state root: what the exchange is, in 32 bytes that any implementation can compute.

Source: docs/rules/digest.md.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from venus.core.kernels import layout
from venus.core.kernels.controls import orders_by_priority

if TYPE_CHECKING:
    from venus.core.machine import Machine

_COUNT = Struct("<q")
_LISTED = (
    "price_ticks_min",
    "price_ticks_max",
    "quantity_lots_min",
    "quantity_lots_max",
    "market_lots_max",
    "notional_atoms_min",
    "notional_atoms_max",
    "orders_max",
    "stp_allowed",
    "stp_default",
    "halted",
    "next_trade_id",
    "next_prevented_id",
    "last_ticks",
)
_RESTING = (
    "symbol",
    "side",
    "order_id",
    "account",
    "client_hi",
    "client_lo",
    "price_ticks",
    "original_lots",
    "prevented_lots",
    "remaining_lots",
    "stp",
    "tif",
    "type",
)


def _columns(*columns: np.ndarray) -> np.ndarray:
    """Columns of whole numbers as rows of packed i8: int64[n, columns]."""
    rows = np.empty((len(columns[0]), len(columns)), "<i8")
    for i, column in enumerate(columns):
        rows[:, i] = column
    return rows


def _assets(machine: Machine) -> np.ndarray:
    assets = machine.memory["assets"][: len(machine.facts.asset_codes)]
    rows = np.zeros(len(assets), [("code", "S16"), ("scale", "<i8"), ("inside_atoms", "<i8")])
    rows["code"] = [code.encode() for code in machine.facts.asset_codes]
    rows["scale"] = assets["scale"]
    rows["inside_atoms"] = assets["inside_atoms"]
    return rows


def _symbols(machine: Machine) -> np.ndarray:
    listings = machine.facts.listings
    symbols = machine.memory["symbols"][: len(listings)]
    rows = np.zeros(len(symbols), [("code", "S24"), ("figures", "<i8", (18,))])
    rows["code"] = [listing.code.encode() for listing in listings]
    for i, listing in enumerate(listings):
        rows["figures"][i, :4] = (listing.base_asset, listing.quote_asset, listing.tick_atoms, listing.lot_atoms)
    for column, field in enumerate(_LISTED, start=4):
        rows["figures"][:, column] = symbols[field]
    return rows


def _accounts(machine: Machine) -> np.ndarray:
    accounts = machine.memory["accounts"][: int(machine.memory.counters[layout.ACCOUNTS_COUNT])]
    return _columns(*(accounts[field] for field in ("kind", "tier", "trade_group", "frozen", "frozen_until_ns")))


def _labels(machine: Machine) -> np.ndarray:
    rows = np.zeros(len(machine.facts.labels), [("account", "<i8"), ("label", "S64")])
    for i, (account, label) in enumerate(sorted(machine.facts.labels.items())):
        rows[i] = (account, label.encode())
    return rows


def _balances(machine: Machine) -> np.ndarray:
    balances = machine.memory["balances"][1 : int(machine.memory.counters[layout.BALANCES_USED])]
    kept = balances[(balances["free_atoms"] != 0) | (balances["held_atoms"] != 0)]
    kept = kept[np.lexsort((kept["asset"], kept["account"]))]
    return _columns(kept["account"], kept["asset"], kept["free_atoms"], kept["held_atoms"])


def _orders(machine: Machine) -> np.ndarray:
    slots = np.zeros(int(machine.memory.counters[layout.ORDERS_LIVE]), np.uint32)
    count = orders_by_priority(machine.memory.table, slots)
    assert count == len(slots), (count, len(slots))
    resting = machine.memory["orders"][slots]
    rows = _columns(*(resting[field] for field in _RESTING))
    original, prevented, remaining = (_RESTING.index(f"{part}_lots") for part in ("original", "prevented", "remaining"))
    # The root tells executed lots; the core keeps what is prevented, which changes less often.
    rows[:, prevented] = rows[:, original] - rows[:, prevented] - rows[:, remaining]
    return rows


def _references(machine: Machine) -> np.ndarray:
    references = machine.memory["references"][1 : int(machine.memory.counters[layout.REFERENCES_USED])]
    kept = references[np.lexsort((references["lo"], references["hi"]))]
    return _columns(*(kept[field] for field in ("hi", "lo", "sequence", "result")), *kept["body"].T)


def state_sections(machine: Machine) -> dict[str, np.ndarray]:
    """Every section's rows by tag, in the order of hashing."""
    tiers = machine.memory["tiers"]
    counters = (machine.next_sequence, machine.time_ns, int(machine.memory.counters[layout.NEXT_ORDER_ID]))
    return {
        "COUNTERS": np.array([counters], "<i8"),
        "ASSETS": _assets(machine),
        "SYMBOLS": _symbols(machine),
        "TIERS": _columns(tiers["maker_ppm"], tiers["taker_ppm"]),
        "ACCOUNTS": _accounts(machine),
        "LABELS": _labels(machine),
        "BALANCES": _balances(machine),
        "ORDERS": _orders(machine),
        "REFS": _references(machine),
        "TIMERS": np.array([(timer.due_ns, timer.account) for timer in machine.facts.timers], "<i8").reshape(-1, 2),
    }


def state_root(machine: Machine) -> bytes:
    """SHA-256 over the sections' tags, counts and digests."""
    root = sha256()
    for tag, rows in state_sections(machine).items():
        root.update(tag.encode().ljust(8))
        root.update(_COUNT.pack(len(rows)))
        root.update(sha256(np.ascontiguousarray(rows).tobytes()).digest())
    return root.digest()
