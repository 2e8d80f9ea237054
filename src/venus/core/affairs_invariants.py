"""What must hold of coins after every command, reckoned from nothing. Source: docs/rules/ledger.md, "Must hold"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venus.core.affairs import Affairs, Coin
from venus.core.backing import counted_atoms
from venus.core.kernels import layout
from venus.core.p2p_invariants import market_held
from venus.records.coins import Stop
from venus.units import ATOMS_MAX, PPM

if TYPE_CHECKING:
    from venus.core.machine import Machine


def held_atoms(affairs: Affairs) -> dict[tuple[int, int], int]:
    """What institutions and holders hold, by (account, asset): coins in escrow, frozen ones."""
    held: dict[tuple[int, int], int] = {}

    def add(account: int, asset: int, atoms: int) -> None:
        if atoms:
            held[account, asset] = held.get((account, asset), 0) + atoms

    for redemption in affairs.redemptions.values():
        add(affairs.coins[redemption.coin].escrow_account, redemption.coin, redemption.atoms)
    for order in affairs.lawful:
        add(order.account, order.coin, order.frozen_atoms)
    for hold in affairs.holds.values():
        add(hold.account, hold.asset, hold.atoms)
    for trade in affairs.trades.values():
        add(trade.account, trade.give_asset, trade.give_atoms)
    for purpose in affairs.purposes.values():
        add(purpose.account, purpose.asset, purpose.atoms)
    for purse in affairs.purses:
        offline = affairs.currencies[purse.currency].offline_account
        add(offline, purse.currency, purse.loaded_atoms - purse.paid_atoms + purse.guarantee_atoms)
    for account, asset, atoms in market_held(affairs.market):
        add(account, asset, atoms)
    return held


def check_affairs(machine: Machine) -> None:
    """Supply, backing and stops; the queue; the sums that are kept."""
    affairs, memory = machine.affairs, machine.memory
    balances = memory["balances"][1 : int(memory.counters[layout.BALANCES_USED])]
    for asset, coin in affairs.coins.items():
        record = memory["assets"][asset]
        assert record["coin"] == 1, ("not marked", asset)
        issued = balances[(balances["account"] == coin.issue_account) & (balances["asset"] == asset)]
        assert coin.supply_atoms == record["inside_atoms"] == -issued["free_atoms"].sum(), ("supply", asset)
        _check_backing(affairs, coin, machine.time_ns)
        waiting = [affairs.redemptions[number] for number in coin.queue]
        assert coin.queue == sorted(coin.queue) and all(one.coin == asset for one in waiting), ("queue", asset)
        assert coin.waiting_atoms == sum(one.atoms for one in waiting), ("waits", asset)
        assert coin.overdue == sum(one.deadline_ns <= machine.time_ns for one in waiting), ("overdue", asset)
    assert len(affairs.redemptions) == sum(len(coin.queue) for coin in affairs.coins.values()), "queues"
    for order in affairs.lawful:
        assert order.frozen_atoms >= 0 and order.wanted_atoms >= 0, ("lawful order", order)
        assert order.end or order.expires_ns > machine.time_ns, ("expired", order)
        assert not order.end or order.frozen_atoms == 0, ("ended", order)


def check_currencies(machine: Machine) -> None:
    """What is issued is backed, and is somebody's; reserves are in no other place than those of the rules."""
    memory = machine.memory
    balances = memory["balances"][1 : int(memory.counters[layout.BALANCES_USED])]

    def has(account: int, asset: int) -> int:
        of_it = balances[(balances["account"] == account) & (balances["asset"] == asset)]
        return int(of_it["free_atoms"].sum() + of_it["held_atoms"].sum())

    for asset, currency in machine.affairs.currencies.items():
        supply, operators = -has(currency.issue_account, asset), currency.operators
        assert memory["assets"][asset]["coin"] == layout.ASSET_CURRENCY, ("not marked", asset)
        assert supply == memory["assets"][asset]["inside_atoms"], ("supply", asset)
        assert supply == has(currency.backing_account, currency.reserve_asset), ("backing", asset)
        assert supply == sum(one.outstanding_atoms for one in operators), ("outstanding", asset)
        reserves = sum(has(one.reserve_account, currency.reserve_asset) for one in operators)
        assert supply + reserves == -has(currency.reserve_account, currency.reserve_asset), ("reserves", asset)
        for one in operators:
            assert one.moved_to < 0 or one.outstanding_atoms == one.quota_atoms == 0, ("moved", one)
            assert one.moved_to < 0 or operators[one.moved_to].moved_to < 0, ("moved to one that moved", one)
        to_come = currency.regimes[currency.in_force :]
        times = [one.from_ns for one in to_come]
        assert times == sorted(set(times)) and all(time > machine.time_ns for time in times), ("regimes", asset)


def _check_backing(affairs: Affairs, coin: Coin, time_ns: int) -> None:
    """Supply is backed, or minting is stopped."""
    sums: dict[int, int] = {}
    for number, reserve in enumerate(affairs.reserves):
        if reserve.coin == coin.asset:
            counted = counted_atoms(reserve, coin, time_ns)
            assert counted == reserve.counted_atoms, ("counted", number, counted, reserve)
            assert reserve.closed == (number not in coin.reserves), ("open", number)
            sums[reserve.custodian] = sums.get(reserve.custodian, 0) + counted
    most = sum(sums.values()) * (coin.pack.concentration_ppm if coin.pack else 0) // PPM
    backing = min(ATOMS_MAX, sum(min(atoms, most) for atoms in sums.values()))
    assert coin.backing_atoms == backing, ("backing", coin.asset, coin.backing_atoms, backing)
    assert coin.supply_atoms <= backing or coin.stop & Stop.UNBACKED, ("unbacked, and yet it may be minted", coin.asset)
    assert bool(coin.stop & Stop.UNBACKED) == (coin.supply_atoms > backing), ("stopped", coin.asset)
    assert bool(coin.stop & Stop.OVERDUE) == (coin.overdue > 0), ("stopped", coin.asset)
