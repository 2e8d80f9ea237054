"""Payments with a coin, quarter by quarter: how far it is a means of exchange.

Source: docs/rules/packs.md, "Means of exchange".
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

import numpy as np

from venus.packs.regimes import Rule
from venus.units import NS_PER_S

RATE_DIGITS = 9
EVERYWHERE = "all accounts"
"""The currency area of everybody, where no areas are given."""


class Threshold(NamedTuple):
    """The payment with which a quarter's averages are above both figures, whatever comes after it."""

    frame: int
    time_ns: int


class Quarter:
    """Sums of one calendar quarter in one currency area."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.days = (next_quarter(first) - first).days
        self.payments = 0
        self.atoms = 0
        self.reached: Threshold | None = None
        self.minted_atoms = 0  # since it was reached


def quarter_of(time_ns: int) -> date:
    day = datetime.fromtimestamp(time_ns // NS_PER_S, UTC)
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def next_quarter(first: date) -> date:
    return date(first.year + 1, 1, 1) if first.month == 10 else date(first.year, first.month + 3, 1)


class Exchanged:
    """The fold for one coin and one rule.

    scale    of the coin's asset
    rate     euros for one unit, in 10**-RATE_DIGITS; None if it was not given
    areas    currency areas as (first account, last account) ranges by name; empty: all are of one
    """

    def __init__(
        self, rule: Rule, scale: int, rate: int | None, areas: Mapping[str, tuple[tuple[int, int], ...]]
    ) -> None:
        self.quarters: dict[tuple[str, date], Quarter] = {}
        self.open: dict[str, Quarter] = {}  # by area: of the threshold that still stops issuing
        self._figures = rule.figures
        self._unit = 10**scale
        self._rate = rate
        self._areas = areas

    def pay(self, payments: np.ndarray, frame: int, time_ns: int) -> None:
        """EVENT[m] of payments in one frame."""
        if not self._areas:
            self._add(EVERYWHERE, payments, frame, time_ns)
        for name, ranges in self._areas.items():
            self._add(name, payments[_within(payments, ranges)], frame, time_ns)

    def mint(self, atoms: int, time_ns: int) -> None:
        """Issued; told with every threshold that was reached and not left since."""
        for area, quarter in list(self.open.items()):
            self.turn(area, time_ns)
            if area in self.open:
                quarter.minted_atoms += atoms

    def turn(self, area: str, time_ns: int) -> None:
        """A whole later quarter at or below either figure lets issuing go on."""
        quarter = next_quarter(self.open[area].first)
        while next_quarter(quarter) <= quarter_of(time_ns):
            sums = self.quarters.get((area, quarter))
            if sums is None or sums.reached is None:
                del self.open[area]
                return
            quarter = next_quarter(quarter)

    def averages(self, quarter: Quarter) -> tuple[int, int | None]:
        """Payments and euros a day, rounded down; no euros without a rate."""
        euros = None if self._rate is None else self._euros_e9(quarter.atoms) // quarter.days // 10**RATE_DIGITS
        return quarter.payments // quarter.days, euros

    def _euros_e9(self, atoms: int) -> int:
        assert self._rate is not None
        return atoms * self._rate // self._unit

    def _add(self, area: str, payments: np.ndarray, frame: int, time_ns: int) -> None:
        if not len(payments):
            return
        key = area, quarter_of(time_ns)
        quarter = self.quarters.setdefault(key, Quarter(key[1]))
        quarter.payments += len(payments)
        quarter.atoms += sum(payments["quantity_lots"].tolist())
        if quarter.reached is None and self._is_above(quarter):
            quarter.reached = Threshold(frame, time_ns)
            if area in self.open:
                self.turn(area, time_ns)
            self.open.setdefault(area, quarter)

    def _is_above(self, quarter: Quarter) -> bool:
        if quarter.payments <= self._figures["payments_a_day"] * quarter.days:
            return False
        if self._rate is None:
            return True
        return self._euros_e9(quarter.atoms) > self._figures["euros_a_day"] * quarter.days * 10**RATE_DIGITS


def _within(payments: np.ndarray, ranges: tuple[tuple[int, int], ...]) -> np.ndarray:
    """bool[m]: both accounts are of the area."""
    inside = [np.zeros(len(payments), bool), np.zeros(len(payments), bool)]
    for number, side in enumerate(("account", "maker_account")):
        for first, last in ranges:
            inside[number] |= (payments[side] >= first) & (payments[side] <= last)
    return inside[0] & inside[1]
