"""What must hold after every command: the ledger's rules and the soundness of every structure.

Slow by design: it recomputes everything from the arrays. Source: docs/rules/ledger.md, "Must hold".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from venus.core.affairs_invariants import check_affairs, check_currencies, held_atoms
from venus.core.digest import resting_slots, waiting_slots
from venus.core.kernels import layout
from venus.core.kernels.invariants import first_unindexed
from venus.core.p2p_invariants import check_market
from venus.core.purses_invariants import check_purses
from venus.core.wallets_invariants import check_wallets
from venus.records.commands import AccountKind, OrderType, Side
from venus.units import ATOMS_MAX

if TYPE_CHECKING:
    from venus.core.machine import Machine


def check(machine: Machine) -> None:
    """Raise AssertionError naming what does not hold."""
    resting, waiting = resting_slots(machine), waiting_slots(machine)
    counters = machine.memory.counters
    live = int(counters[layout.ORDERS_LIVE])
    assert len(resting) + len(waiting) == live, ("resting", len(resting), "waiting", len(waiting), "live", live)
    assert counters[layout.QUEUE_HEAD] == 0 and counters[layout.QUEUE_TAIL] == 0, "the queue is not empty"
    _check_ledger(machine)
    _check_holds(machine, np.concatenate([resting, waiting]))
    _check_books(machine, resting)
    _check_waiting(machine, waiting)
    _check_lists(machine)
    _check_accounts(machine, np.concatenate([resting, waiting]))
    _check_pools(machine, np.concatenate([resting, waiting]))
    check_affairs(machine)
    check_currencies(machine)
    check_wallets(machine)
    check_purses(machine)
    check_market(machine)


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


def _own_hold(machine: Machine, order: np.void) -> int:
    """Atoms that an order holds if it is alone; Python's whole numbers."""
    memory = machine.memory
    symbol = memory["symbols"][order["symbol"]]
    ticks = int(order["price_ticks"])
    if order["marks"] & layout.MARK_WAITS:
        wait = memory["waits"][order["wait"]]
        if wait["state"] == layout.PENDING:
            return 0
        ticks = int(wait["hold_ticks"])
    if order["side"] == Side.BUY:
        return ticks * int(order["remaining_lots"]) * int(symbol["tick_lot_atoms"])
    return int(order["remaining_lots"]) * int(symbol["lot_atoms"])


def _check_holds(machine: Machine, slots: np.ndarray) -> None:
    """A pair holds once, and what is locked is held."""
    memory = machine.memory
    held: dict[int, int] = {}
    chained: dict[int, int] = {}
    of_lists: dict[int, int] = {}
    for slot in slots:
        order = memory["orders"][slot]
        lots = int(order["remaining_lots"])
        waits_for_lots = order["marks"] & layout.MARK_WAITS and lots == int(order["original_lots"]) == 0
        assert lots > 0 or waits_for_lots, ("nothing remains", slot)
        assert lots + int(order["prevented_lots"]) <= order["original_lots"], ("more than ordered", slot)
        atoms = _own_hold(machine, order)
        if order["marks"] & layout.MARK_LISTED:
            list_slot = int(order["list"])
            atoms, of_lists[list_slot] = (
                max(0, atoms - of_lists.get(list_slot, 0)),
                max(atoms, of_lists.get(list_slot, 0)),
            )
        balance = int(order["quote_slot" if order["side"] == Side.BUY else "base_slot"])
        held[balance] = held.get(balance, 0) + atoms
        chained[int(order["base_slot"])] = chained.get(int(order["base_slot"]), 0) + 1
    lists = memory["lists"][1 : int(memory.counters[layout.LISTS_USED])]
    for record in lists[lists["list_id"] > 0]:
        balance = int(record["base_slot"])
        held[balance] = held.get(balance, 0) + int(record["locked_atoms"])
    balances = memory["balances"]
    affairs_hold = held_atoms(machine.affairs)
    if affairs_hold:
        used = balances[: int(memory.counters[layout.BALANCES_USED])]
        slots_of = {(int(one["account"]), int(one["asset"])): slot for slot, one in enumerate(used)}
        for of_whom, atoms in affairs_hold.items():
            held[slots_of[of_whom]] = held.get(slots_of[of_whom], 0) + atoms
    for slot in range(1, int(memory.counters[layout.BALANCES_USED])):
        assert balances[slot]["held_atoms"] == held.get(slot, 0), ("held", balances[slot], held.get(slot, 0))
        assert balances[slot]["chain_count"] == chained.get(slot, 0), ("chain", balances[slot])


def _check_books(machine: Machine, slots: np.ndarray) -> None:
    memory = machine.memory
    levels = memory["levels"]
    totals: dict[int, int] = {}
    counts: dict[int, int] = {}
    parts = 0
    for slot in slots:
        order = memory["orders"][slot]
        level = int(order["level"])
        remaining, display, shown = (int(order[f"{name}_lots"]) for name in ("remaining", "display", "slice"))
        assert not order["marks"] & layout.MARK_WAITS, ("waits in a book", slot)
        assert bool(order["marks"] & layout.MARK_ICEBERG) == (display > 0), ("iceberg", slot)
        if display:
            assert 0 < shown <= min(display, remaining), ("slice", slot, shown, display, remaining)
            parts += 1 + -(-(remaining - shown) // display)
        assert levels[level]["price_ticks"] == order["price_ticks"], ("on the wrong level", slot)
        totals[level] = totals.get(level, 0) + int(order["remaining_lots"])
        book = 2 * int(order["symbol"]) + int(order["side"])
        counts[book] = counts.get(book, 0) + 1
    assert parts == memory.counters[layout.ICEBERG_PARTS], "parts of icebergs"
    for level, total in totals.items():
        assert levels[level]["total_lots"] == total, ("level total", levels[level], total)
    for symbol in range(len(machine.facts.listings)):
        bid, ask = memory["books"][2 * symbol], memory["books"][2 * symbol + 1]
        assert bid["best_ticks"] < ask["best_ticks"], ("crossed", symbol, bid["best_ticks"], ask["best_ticks"])
        for side, book in enumerate((bid, ask)):
            assert book["orders_count"] == counts.get(2 * symbol + side, 0), ("orders on a side", symbol, side)


def _check_waiting(machine: Machine, slots: np.ndarray) -> None:
    """Each waits where its terms say, and no condition holds already."""
    memory = machine.memory
    levels = {int(order["level"]) for order in memory["orders"][resting_slots(machine)]}
    for slot in slots:
        order = memory["orders"][slot]
        wait = memory["waits"][order["wait"]]
        state, trigger = int(wait["state"]), int(wait["trigger_ticks"])
        last = int(memory["symbols"][order["symbol"]]["last_ticks"])
        assert order["marks"] & layout.MARK_WAITS, ("does not wait", slot)
        assert state in (layout.ABOVE, layout.BELOW, layout.TRACKS, layout.PENDING), ("state", slot, state)
        if state in (layout.ABOVE, layout.BELOW):
            levels.add(int(order["level"]))
            assert memory["levels"][order["level"]]["price_ticks"] == trigger > 0, ("on the wrong trigger", slot)
            assert not last or (last < trigger if state == layout.ABOVE else last > trigger), ("triggered", slot)
        if state == layout.TRACKS and wait["extreme_ticks"]:
            extreme = int(wait["extreme_ticks"])
            assert extreme <= last if order["side"] == Side.BUY else extreme >= last, ("extreme", slot)
            assert memory["symbols"][order["symbol"]]["watched"], ("not watched", slot)
    assert len(levels) == memory.counters[layout.LEVELS_LIVE], "a level without orders"
    assert len(slots) == memory.counters[layout.WAITS_LIVE], "waits leak"


def _check_lists(machine: Machine) -> None:
    memory = machine.memory
    lists = memory["lists"]
    live = [slot for slot in range(1, int(memory.counters[layout.LISTS_USED])) if lists[slot]["list_id"]]
    assert len(live) == memory.counters[layout.LISTS_LIVE], "lists leak"
    chained: list[int] = []
    for account in memory["accounts"][: int(memory.counters[layout.ACCOUNTS_COUNT])]:
        slot = int(account["lists_head"])
        while slot:
            chained.append(slot)
            slot = int(lists[slot]["next"])
    assert sorted(chained) == live, "lists of the accounts"
    for slot in live:
        legs = [int(leg) for leg in lists[slot]["legs"] if leg]
        assert legs, ("a list without legs", slot)
        for leg in legs:
            order = memory["orders"][leg]
            assert order["marks"] & layout.MARK_LISTED and order["list"] == slot, ("leg", slot, leg)
            assert order["account"] == lists[slot]["account"], ("a leg's account", slot, leg)
        assert lists[slot]["locked_atoms"] == 0 or not lists[slot]["started"], ("locked", slot)


def _check_accounts(machine: Machine, slots: np.ndarray) -> None:
    """Counters of open orders."""
    memory = machine.memory
    orders = memory["orders"][slots]
    accounts = memory["accounts"][: int(memory.counters[layout.ACCOUNTS_COUNT])]
    kinds = {
        "orders_open": np.ones(len(slots), bool),
        "algo_open": orders["type"] >= OrderType.STOP_LOSS,
        "icebergs_open": orders["display_lots"] > 0,
    }
    for field, chosen in kinds.items():
        counted = np.bincount(orders["account"][chosen], minlength=len(accounts))
        trades = accounts["kind"] != AccountKind.WALLET
        assert (counted == np.where(trades, accounts[field], 0)).all(), field


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
