"""What must hold after every command: the ledger's rules and the soundness of every structure.

Slow by design: it recomputes everything from the arrays. Source: docs/rules/ledger.md, "Must hold".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from venus.core.kernels import layout
from venus.core.kernels.controls import orders_by_priority
from venus.core.kernels.invariants import first_unindexed
from venus.records.commands import AccountKind, Side
from venus.units import ATOMS_MAX

if TYPE_CHECKING:
    from venus.core.machine import Machine


def check(machine: Machine) -> None:
    """Raise AssertionError naming what does not hold."""
    orders = _resting(machine)
    _check_ledger(machine)
    _check_holds(machine, orders)
    _check_books(machine, orders)
    _check_pools(machine, orders)


def _resting(machine: Machine) -> np.ndarray:
    """uint32 slots of resting orders by priority."""
    live = int(machine.memory.counters[layout.ORDERS_LIVE])
    slots = np.zeros(live + 1, np.uint32)
    count = orders_by_priority(machine.memory.table, slots)
    assert count == live, ("orders on levels", count, "orders live", live)
    return slots[:live]


def _check_ledger(machine: Machine) -> None:
    memory = machine.memory
    balances = memory["balances"][1 : int(memory.counters[layout.BALANCES_USED])]
    external = memory["accounts"]["kind"][balances["account"]] == AccountKind.EXTERNAL
    assert (balances["held_atoms"] >= 0).all(), "a held balance is negative"
    assert (balances["free_atoms"][~external] >= 0).all(), "a free balance is negative"
    for number in range(len(machine.facts.asset_codes)):
        of_asset = balances["asset"] == number
        # Python's whole numbers: a sum of int64 must not be trusted to int64 by the one who checks it.
        inside = sum(map(int, balances["free_atoms"][of_asset & ~external])) + sum(
            map(int, balances["held_atoms"][of_asset & ~external])
        )
        outside = [int(atoms) for atoms in balances["free_atoms"][of_asset & external]]
        assert inside + sum(outside) == 0, ("not conserved", machine.facts.asset_codes[number], inside, outside)
        assert inside == memory["assets"][number]["inside_atoms"], ("inside", number)
        assert 0 <= inside <= ATOMS_MAX, ("supply", number, inside)
        assert all(-ATOMS_MAX <= atoms <= ATOMS_MAX for atoms in outside), ("external", number)


def _check_holds(machine: Machine, slots: np.ndarray) -> None:
    memory = machine.memory
    held: dict[int, int] = {}
    chained: dict[int, int] = {}
    for slot in slots:
        order = memory["orders"][slot]
        symbol = memory["symbols"][order["symbol"]]
        lots = int(order["remaining_lots"])
        assert lots > 0, ("nothing remains", slot)
        assert lots + int(order["prevented_lots"]) <= order["original_lots"], ("more than ordered", slot)
        if order["side"] == Side.BUY:
            atoms = int(order["price_ticks"]) * lots * int(symbol["tick_lot_atoms"])
            held[int(order["quote_slot"])] = held.get(int(order["quote_slot"]), 0) + atoms
        else:
            held[int(order["base_slot"])] = held.get(int(order["base_slot"]), 0) + lots * int(symbol["lot_atoms"])
        chained[int(order["base_slot"])] = chained.get(int(order["base_slot"]), 0) + 1
    balances = memory["balances"]
    for slot in range(1, int(memory.counters[layout.BALANCES_USED])):
        assert balances[slot]["held_atoms"] == held.get(slot, 0), ("held", balances[slot])
        assert balances[slot]["chain_count"] == chained.get(slot, 0), ("chain", balances[slot])


def _check_books(machine: Machine, slots: np.ndarray) -> None:
    memory = machine.memory
    levels = memory["levels"]
    totals: dict[int, int] = {}
    counts: dict[int, int] = {}
    for slot in slots:
        order = memory["orders"][slot]
        level = int(order["level"])
        assert levels[level]["price_ticks"] == order["price_ticks"], ("on the wrong level", slot)
        totals[level] = totals.get(level, 0) + int(order["remaining_lots"])
        book = 2 * int(order["symbol"]) + int(order["side"])
        counts[book] = counts.get(book, 0) + 1
    assert len(totals) == memory.counters[layout.LEVELS_LIVE], "a level without orders"
    for level, total in totals.items():
        assert levels[level]["total_lots"] == total, ("level total", levels[level], total)
    for symbol in range(len(machine.facts.listings)):
        bid, ask = memory["books"][2 * symbol], memory["books"][2 * symbol + 1]
        assert bid["best_ticks"] < ask["best_ticks"], ("crossed", symbol, bid["best_ticks"], ask["best_ticks"])
        for side, book in enumerate((bid, ask)):
            assert book["orders_count"] == counts.get(2 * symbol + side, 0), ("orders on a side", symbol, side)


def _check_pools(machine: Machine, slots: np.ndarray) -> None:
    memory = machine.memory
    assert first_unindexed(memory.table, slots) == 0, "an open order is not indexed"
    with_client = (memory["orders"]["client_hi"][slots] != 0) | (memory["orders"]["client_lo"][slots] != 0)
    by_id = np.count_nonzero(memory["order_ring"]) + np.count_nonzero(memory["order_index"]["slot"])
    assert by_id == len(slots), "order ids"
    assert np.count_nonzero(memory["client_index"]["slot"]) == int(with_client.sum()), "client index"
    used = int(memory.counters[layout.NODES_USED])
    free, seen = int(memory.counters[layout.NODES_FREE]), 0
    while free:
        free, seen = int(memory["nodes"][free]["parent"]), seen + 1
    assert used - 1 - seen == memory.counters[layout.NODES_LIVE], "nodes leak"
