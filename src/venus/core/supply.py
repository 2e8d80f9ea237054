"""What is issued, of each coin and currency, and what backs it: a text that anybody can read, and its hash.

Source: docs/rules/supply.md.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from venus.core.affairs import Coin, Currency
from venus.core.backing import haircut_ppm
from venus.core.kernels import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venus.core.machine import Machine

ORIGIN = "venus/supply"


def supply_text(machine: Machine, frames: int) -> str:
    """The statement of a machine that ran so many frames."""
    lines = [ORIGIN, str(frames), str(machine.time_ns)]
    for _, coin in sorted(machine.affairs.coins.items()):
        lines += _coin(machine, coin)
    for _, currency in sorted(machine.affairs.currencies.items()):
        lines += _currency(machine, currency)
    return "".join(f"{line}\n" for line in lines)


def supply_root(text: str) -> bytes:
    """What a checkpoint says of the statement."""
    return sha256(text.encode()).digest()


def _coin(machine: Machine, coin: Coin) -> Iterator[str]:
    code = machine.facts.asset_codes[coin.asset]
    yield f"coin {code} {coin.currency} {coin.supply_atoms} {coin.backing_atoms} {coin.stop}"
    for number in coin.reserves:
        one = machine.affairs.reserves[number]
        figures = (one.maturity_ns, one.as_of_ns, one.atoms, haircut_ppm(one, coin, machine.time_ns), one.counted_atoms)
        yield f"reserve {code} {number} {one.custodian} {one.instrument} {' '.join(map(str, figures))}"


def _currency(machine: Machine, currency: Currency) -> Iterator[str]:
    codes = machine.facts.asset_codes
    code, reserves = codes[currency.asset], currency.reserve_asset
    supply = -_has_atoms(machine, currency.issue_account, currency.asset)
    backing = _has_atoms(machine, currency.backing_account, reserves)
    offline = _has_atoms(machine, currency.offline_account, currency.asset)
    yield f"currency {code} {currency.currency} {supply} {codes[reserves]} {backing} {offline}"
    for place, one in enumerate(currency.operators):
        held = _has_atoms(machine, one.reserve_account, reserves)
        yield f"operator {code} {place} {one.institution} {one.quota_atoms} {one.outstanding_atoms} {held}"


def _has_atoms(machine: Machine, account: int, asset: int) -> int:
    balances = machine.memory["balances"][1 : int(machine.memory.counters[layout.BALANCES_USED])]
    of_it = balances[(balances["account"] == account) & (balances["asset"] == asset)]
    return int(of_it["free_atoms"].sum() + of_it["held_atoms"].sum())
