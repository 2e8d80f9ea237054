"""What must hold of wallets after every command, reckoned from nothing. Source: docs/rules/currency.md, "Must hold"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venus.core.kernels import layout
from venus.core.kernels.layout import WALLET_CLOSED
from venus.records.commands import AccountKind

if TYPE_CHECKING:
    from venus.core.machine import Machine


def bound_atoms(machine: Machine) -> dict[int, int]:
    """Purpose money that waits for a family, by the slot of its root."""
    accounts, wallets = machine.memory["accounts"], machine.memory["wallets"]
    bound: dict[int, int] = {}
    for purpose in machine.affairs.purposes.values():
        root = int(wallets[int(accounts[purpose.holder]["icebergs_open"])]["root"])
        bound[root] = bound.get(root, 0) + purpose.atoms
    return bound


def check_wallets(machine: Machine) -> None:
    """Each has its currency alone; a family has what its root counts; what is closed has nothing."""
    memory = machine.memory
    accounts = memory["accounts"][: int(memory.counters[layout.ACCOUNTS_COUNT])]
    wallets, balances = memory["wallets"], memory["balances"]
    slots = {
        int(number): int(accounts[number]["icebergs_open"])
        for number in (accounts["kind"] == AccountKind.WALLET).nonzero()[0]
    }
    count = int(memory.counters[layout.WALLETS_COUNT])
    assert sorted(slots.values()) == list(range(1, count + 1)), "an account of each wallet"
    for balance in balances[1 : int(memory.counters[layout.BALANCES_USED])]:
        if (slot := slots.get(int(balance["account"]))) is not None:
            currency = int(wallets[slot]["operator"]) >> layout.OPERATOR_BITS
            assert balance["asset"] == memory["currencies"][currency]["asset"], ("another asset", balance)
    families = bound_atoms(machine)
    for account, slot in slots.items():
        wallet = wallets[slot]
        root = wallets[int(wallet["root"])]
        assert root["root"] == wallet["root"], ("a root of a root", slot)
        assert root["operator"] == wallet["operator"] and root["wallet_class"] == wallet["wallet_class"], slot
        has = 0
        if wallet["balance_slot"]:
            balance = balances[int(wallet["balance_slot"])]
            assert balance["account"] == account, ("another's balance", slot)
            has = int(balance["free_atoms"]) + int(balance["held_atoms"])
        families[int(wallet["root"])] = families.get(int(wallet["root"]), 0) + has
        assert wallet["line_atoms"] >= 0 and wallet["earned"] >= 0, ("negative", slot)
        assert not wallet["marks"] & WALLET_CLOSED or has == 0, ("closed", slot)
    for slot in range(1, count + 1):
        counted = families.get(slot, 0) if wallets[slot]["root"] == slot else 0
        assert wallets[slot]["counted_atoms"] == counted, ("counted", slot, wallets[slot], counted)
