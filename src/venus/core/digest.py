"""The state root: what the exchange is, in 32 bytes that any implementation can compute.

Source: docs/rules/digest.md.
"""

from __future__ import annotations

from hashlib import sha256
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from venus.core.affairs_digest import affairs_sections, currency_sections
from venus.core.kernels import layout
from venus.core.kernels.controls import orders_by_priority, waiting_by_order
from venus.core.p2p_digest import market_sections
from venus.core.purses_digest import purse_sections
from venus.core.wallets_digest import wallets_sections

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
_ORDERS_AT_ONCE = 2_048
"""So that what they are copied to and from stays in the processor's cache."""
_ORDERED_ON = ("symbol", "side", "order_id", "account", "client_hi", "client_lo", "price_ticks", "original_lots")


def _columns(*columns: np.ndarray) -> np.ndarray:
    """Columns of whole numbers as rows of packed i8: int64[n, columns]."""
    rows = np.empty((len(columns[0]), len(columns)), "<i8")
    for i, column in enumerate(columns):
        rows[:, i] = column
    return rows


def _rules(machine: Machine) -> int:
    return int(machine.memory.counters[layout.RULES_VERSION])


def _assets(machine: Machine) -> np.ndarray:
    assets = machine.memory["assets"][: len(machine.facts.asset_codes)]
    figures = [("scale", "<i8"), ("inside_atoms", "<i8")]
    if _rules(machine) > 1:
        figures.append(("order_atoms_max", "<i8"))
    rows = np.zeros(len(assets), [("code", "S16"), *figures])
    rows["code"] = [code.encode() for code in machine.facts.asset_codes]
    for field, _ in figures:
        rows[field] = assets[field]
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


def resting_slots(machine: Machine) -> np.ndarray:
    """uint32 slots of the resting orders by symbol, side, priority."""
    slots = np.zeros(int(machine.memory.counters[layout.ORDERS_LIVE]) + 1, np.uint32)
    return slots[: orders_by_priority(machine.memory.table, slots)]


def _list_ids(machine: Machine, orders: np.ndarray) -> np.ndarray:
    listed = (orders["marks"] & layout.MARK_LISTED) > 0
    return np.where(listed, machine.memory["lists"]["list_id"][orders["list"]], 0)


def _orders(machine: Machine) -> np.ndarray:
    orders, slots = machine.memory["orders"], resting_slots(machine)
    words = orders.view(np.int64).reshape(len(orders), -1)  # NumPy picks rows of them in one piece, records by field
    rows = np.empty((len(slots), len(_RESTING) + (4 if _rules(machine) > 1 else 0)), "<i8")
    for start in range(0, len(slots), _ORDERS_AT_ONCE):
        part = slice(start, start + _ORDERS_AT_ONCE)
        rows[part] = _resting_rows(machine, words[slots[part]].view(layout.ORDER)[:, 0])
    return rows


def _resting_rows(machine: Machine, resting: np.ndarray) -> np.ndarray:
    columns = [resting[field] for field in _RESTING]
    if _rules(machine) > 1:
        columns += [resting["display_lots"], resting["slice_lots"], _list_ids(machine, resting), resting["amended"]]
    rows = _columns(*columns)
    original, prevented, remaining = (_RESTING.index(f"{part}_lots") for part in ("original", "prevented", "remaining"))
    # The root tells executed lots; the core keeps what is prevented, which changes less often.
    rows[:, prevented] = rows[:, original] - rows[:, prevented] - rows[:, remaining]
    return rows


def waiting_slots(machine: Machine) -> np.ndarray:
    """uint32 slots of the orders that are in no book: by symbol, above, below, tracking, then pending by order id."""
    memory = machine.memory
    slots = np.zeros(int(memory.counters[layout.WAITS_LIVE]) + 1, np.uint32)
    slots = slots[: waiting_by_order(memory.table, slots)]
    lists = memory["lists"][1 : int(memory.counters[layout.LISTS_USED])]
    legs = lists[(lists["list_id"] > 0) & (lists["started"] == 0)]["legs"][:, 1:].ravel()
    pending = legs[legs > 0]
    orders = memory["orders"]
    pending = pending[np.argsort(orders["order_id"][pending])]
    slots = np.concatenate([slots, pending])
    return slots[np.argsort(orders["symbol"][slots], kind="stable")]


def _waiting(machine: Machine) -> np.ndarray:
    memory = machine.memory
    waiting = memory["orders"][waiting_slots(machine)]
    waits = memory["waits"][waiting["wait"]]
    state = waits["state"]
    tracks, pending = state == layout.TRACKS, state == layout.PENDING
    lists = memory["lists"][waiting["list"]]
    first = pending & (lists["leg_ids"][:, 1] == waiting["order_id"])
    return _columns(
        *(waiting[field] for field in _ORDERED_ON),
        *(waiting[field] for field in ("remaining_lots", "stp", "tif", "type", "display_lots")),
        np.where(tracks, 0, waits["trigger_ticks"]),
        waits["trail_bips"],
        waits["extreme_ticks"],
        waiting["peg"],
        _list_ids(machine, waiting),
        waiting["amended"],
        state,
        waits["hold_ticks"],
        np.where(first, lists["locked_atoms"], 0),
    )


def _lists(machine: Machine) -> np.ndarray:
    lists = machine.memory["lists"][1 : int(machine.memory.counters[layout.LISTS_USED])]
    kept = lists[lists["list_id"] > 0]
    kept = kept[np.argsort(kept["list_id"])]
    fields = ("list_id", "account", "symbol", "type", "client_hi", "client_lo")
    return _columns(*(kept[field] for field in fields), *kept["leg_ids"].T)


def _symbol_rules(machine: Machine) -> np.ndarray:
    count = len(machine.facts.listings)
    numbers = np.nonzero(machine.memory["symbols"]["ruled"][:count])[0]
    rules = machine.memory["rules"][numbers]
    return _columns(numbers, *(rules[name] for name in layout.RULE_FIGURES))


def _averages(machine: Machine) -> np.ndarray:
    count = layout.AVERAGE_MINUTES * len(machine.facts.listings)
    buckets = machine.memory["averages"][:count]
    traded = (buckets["lots_hi"] > 0) | (buckets["lots"] > 0)
    now = int(machine.memory.counters[layout.MINUTE])
    places = np.nonzero(traded & (buckets["minute"] > now - layout.AVERAGE_MINUTES))[0]
    symbols = places // layout.AVERAGE_MINUTES
    order = np.lexsort((buckets["minute"][places], symbols))
    kept = buckets[places[order]]
    return _columns(symbols[order], *(kept[name] for name in ("minute", "lots_hi", "lots", "worth_hi", "worth")))


def _references(machine: Machine) -> np.ndarray:
    references = machine.memory["references"][1 : int(machine.memory.counters[layout.REFERENCES_USED])]
    kept = references[np.lexsort((references["lo"], references["hi"]))]
    return _columns(*(kept[field] for field in ("hi", "lo", "sequence", "result")), *kept["body"].T)


def state_sections(machine: Machine) -> dict[str, np.ndarray]:
    """Every section's rows by tag, in the order of hashing."""
    memory = machine.memory
    tiers = memory["tiers"]
    counters = [machine.next_sequence, machine.time_ns, int(memory.counters[layout.NEXT_ORDER_ID])]
    if _rules(machine) > 1:
        counters += [_rules(machine), int(memory.counters[layout.NEXT_LIST_ID])]
    sections = {
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
    if _rules(machine) > 1:
        sections |= {
            "WAITING": _waiting(machine),
            "LISTS": _lists(machine),
            "SYMRULES": _symbol_rules(machine),
            "EXLIMITS": memory.counters[list(layout.EXCHANGE_LIMITS)].reshape(1, -1),
            "AVERAGES": _averages(machine),
        }
    if _rules(machine) > 2:
        sections |= affairs_sections(machine.affairs)
    if _rules(machine) > 3:
        sections |= currency_sections(machine.affairs) | purse_sections(machine.affairs)
        sections |= wallets_sections(machine.memory)
    if machine.affairs.market.terms is not None:
        sections |= market_sections(machine.affairs.market)
    return sections


def state_root(machine: Machine) -> bytes:
    """SHA-256 over the sections' tags, counts and digests."""
    root = sha256()
    for tag, rows in state_sections(machine).items():
        root.update(tag.encode().ljust(8))
        root.update(_COUNT.pack(len(rows)))
        root.update(sha256(np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data).digest())
    return root.digest()
