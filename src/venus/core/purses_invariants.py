"""What must hold of purses after every command. Source: docs/rules/purses.md, "What one may rely on"."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from venus.core.kernels import layout

if TYPE_CHECKING:
    from venus.core.machine import Machine


def check_purses(machine: Machine) -> None:
    """The offline account holds what purses may still pay, and what answers for them."""
    affairs, memory = machine.affairs, machine.memory
    balances = memory["balances"][1 : int(memory.counters[layout.BALANCES_USED])]
    bound: Counter[int] = Counter()
    for number, one in enumerate(affairs.purses, 1):
        assert 0 <= one.paid_atoms <= one.loaded_atoms and one.guarantee_atoms >= 0, ("purse", number)
        assert one.payments == sorted(one.payments), ("payments", number)
        assert one.caught or sum(payment[2] for payment in one.payments) <= one.paid_atoms, ("honest", number)
        assert not one.caught or one.account in affairs.purse_caught, ("caught", number)
        bound[one.currency] += one.loaded_atoms - one.paid_atoms + one.guarantee_atoms
    for asset, currency in affairs.currencies.items():
        of_it = balances[(balances["account"] == currency.offline_account) & (balances["asset"] == asset)]
        # What somebody gave the account and bound there is held besides.
        assert of_it["held_atoms"].sum() >= bound[asset], ("offline", asset)
    opened = Counter(one.account for one in affairs.purses if not one.closed)
    assert affairs.purses_open == opened, "purses of accounts"
