"""What a trader's figures are worth: a score of 100, and a merchant's tier. docs/rules/p2p_conduct.md, "Reputation"."""

from enum import StrEnum
from typing import NamedTuple

ACTIVITY, PERFORMANCE, RISK = 30, 50, 20
FULL_ORDERS, FULL_PARTNERS = 100, 50
"""From so many of 30 days on, activity has all its points."""
FAST_S, SLOW_S = 3 * 60, 30 * 60
"""A median up to the first has all points, from the second on none."""
PPM = 1_000_000
COMPLETION_PPM_MIN = 800_000
"""No point for a completion up to this."""


class Figures(NamedTuple):
    """Of one trader, over 30 days or his life. Medians and means are of orders that have them; None: there is none."""

    orders: int  # that ended
    completed: int
    release_s_median: int | None  # as a seller, from "paid" to released
    release_s_mean: int | None
    pay_s_median: int | None  # as a buyer, from opened to "paid"
    pay_s_mean: int | None
    partners: int  # different people
    late: int  # orders that he released too late, however they ended
    disputes_lost: int


class Tier(StrEnum):
    NONE = "NONE"
    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"


TIER_SLASHES = {Tier.GOLD: 200, Tier.SILVER: 50, Tier.BRONZE: 10}
"""A tier's bond is worth so many slashes."""


def completion_ppm(figures: Figures) -> int | None:
    """Share of the orders that were completed; None without an order."""
    return figures.completed * PPM // figures.orders if figures.orders else None


def score(month: Figures, *, good: int, bad: int) -> int:
    """0..100 of the figures of 30 days and the feedback: how much, how well, how safely.

    A late release costs whether or not the order was completed in the end.
    """
    return (_activity(month) + _performance(month) + _risk(month, good, bad)) // PPM


def tier(bond_atoms: int, slash_atoms: int) -> Tier:
    """By what is posted: how often it could be slashed. Without slashes a bond secures nothing."""
    if slash_atoms == 0:
        return Tier.NONE
    return next((one for one, slashes in TIER_SLASHES.items() if bond_atoms >= slashes * slash_atoms), Tier.NONE)


def is_merchant(one: Tier) -> bool:
    return one is not Tier.NONE


def _activity(month: Figures) -> int:
    orders = min(month.completed, FULL_ORDERS) * 20 * PPM // FULL_ORDERS
    return orders + min(month.partners, FULL_PARTNERS) * 10 * PPM // FULL_PARTNERS


def _performance(month: Figures) -> int:
    """Of which nothing is known is worth half: who is new is neither good nor bad."""
    completion = completion_ppm(month)
    if completion is None:
        kept = 10 * PPM
    else:
        kept = 20 * PPM * max(0, completion - COMPLETION_PPM_MIN) // (PPM - COMPLETION_PPM_MIN)
    return kept + _speed(month.release_s_median) + _speed(month.pay_s_median)


def _speed(median_s: int | None) -> int:
    if median_s is None:
        return 15 * PPM // 2
    return 15 * PPM * min(max(0, SLOW_S - median_s), SLOW_S - FAST_S) // (SLOW_S - FAST_S)


def _risk(month: Figures, good: int, bad: int) -> int:
    """Each hundredth of orders that were late costs one point, that were lost two; each tenth of bad feedback one."""
    orders = max(month.orders, 1)
    cost = (month.late + 2 * month.disputes_lost) * 100 * PPM // orders
    if good + bad:
        cost += bad * 10 * PPM // (good + bad)
    return max(0, RISK * PPM - cost)
