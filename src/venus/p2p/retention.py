"""T+1: what was bought from people stays with its buyer in value for some days. docs/rules/p2p_conduct.md, "T+1".

Trading stays allowed: it is value that stays, not the coins that were bought.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

DAY_NS = 86_400 * 10**9


class Deal(NamedTuple):
    """What an order that ended did to an account."""

    asset: int
    atoms: int  # got (above 0) or given (below)
    time_ns: int  # when it ended
    retain_days: int  # of what was got; 0 for what was given


class Priced(NamedTuple):
    """A price in one currency that all assets are compared in."""

    price: int  # for one whole unit of the asset, as the index has it
    scale: int  # decimals of the asset


def retained(deals: Iterable[Deal], now_ns: int) -> dict[int, int]:
    """Atoms by asset that are to stay at a time: net purchases whose days are not over.

    What was sold to people takes from the oldest purchase of the same asset that was still to stay when it was sold; of
    other assets and of later purchases it takes nothing.
    """
    kept: dict[int, deque[list[int]]] = defaultdict(deque)  # [atoms, until_ns], by asset, the oldest first
    for deal in sorted(deals, key=lambda one: one.time_ns):
        if deal.atoms > 0:
            kept[deal.asset].append([deal.atoms, deal.time_ns + deal.retain_days * DAY_NS])
            continue
        given = -deal.atoms
        for purchase in kept[deal.asset]:
            if purchase[1] > deal.time_ns:
                taken = min(given, purchase[0])
                purchase[0] -= taken
                given -= taken
    sums = {asset: sum(atoms for atoms, until in some if until > now_ns) for asset, some in kept.items()}
    return {asset: atoms for asset, atoms in sorted(sums.items()) if atoms}


def retained_until(deals: Iterable[Deal], now_ns: int) -> int | None:
    """When the last of it is free, if nothing more is bought; None if nothing is to stay."""
    due = [deal.time_ns + deal.retain_days * DAY_NS for deal in deals if deal.atoms > 0]
    return max((until for until in due if until > now_ns), default=None)


def may_leave(
    kept: Mapping[int, int],
    holdings: Mapping[int, int],
    leaving: Mapping[int, int],
    prices: Mapping[int, Priced],
) -> bool:
    """Whether enough stays if some of an account's holdings leave it.

    What is to stay is met in kind first; what then lacks, by the value of whatever else stays. An asset without a price
    stands for none but itself, and what lacks of it lets nothing leave.

    kept      atoms by asset, of `retained`
    holdings  atoms by asset that the account has, free and held
    leaving   atoms by asset, fees too
    """
    stays = {asset: holdings.get(asset, 0) - leaving.get(asset, 0) for asset in {*holdings, *leaving}}
    if any(atoms < 0 for atoms in stays.values()):
        return False
    return not any(leaving.values()) or covers(kept, stays, prices)


def covers(kept: Mapping[int, int], stays: Mapping[int, int], prices: Mapping[int, Priced]) -> bool:
    """Whether what stays is as much as is to stay; as `may_leave`, but that what has no price may lack at no time."""
    lacking = left = 0
    for asset in sorted({*kept, *stays}):
        over = stays.get(asset, 0) - kept.get(asset, 0)
        priced = prices.get(asset)
        if over < 0:
            if priced is None:
                return False
            lacking += _value_up(-over, priced)
        elif priced is not None:
            left += over * priced.price // 10**priced.scale
    return lacking <= left


def _value_up(atoms: int, priced: Priced) -> int:
    return -(-atoms * priced.price // 10**priced.scale)
