"""Traders of the market between people: standing, bonds, and the figures of their last 30 days and of their lives.

What is counted of a trader is a deed. Those of 30 days stand in a queue, and leave the month's figures at its end.
Times are counted by whole seconds, so medians are exact and old ones can be taken out again.
Source: docs/rules/p2p_view.md, "Figures".
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import numpy as np

from venus.units import INT64_MAX
from venus.views.growing_rows import GrowingRows
from venus.views.p2p_questions import MONTH_NS, Figures, Trader

_MONTH, _LIFE = 0, 1
_COUNTED = ("orders", "completed", "failed", "late", "disputes_lost", "cancelled")
"""Figures that one mark each adds to, in the marks' order; the others are of partners and times."""
NO_TIME = -1
NO_MEDIAN = 2**31 - 1
_ROW = np.dtype(
    [
        ("person", "i8"),
        ("enrolled_ns", "i8"),
        ("bond_atoms", "i8"),
        ("sanctioned_until_ns", "i8"),
        ("barred_until_ns", "i8"),  # by sanction or freeze, whichever is longer
        ("figures", "i8", (2, len(_COUNTED))),  # month, life
        ("partners", "i8", (2,)),
        ("account", "u4"),
        ("bond_asset", "u4"),
        ("adverts", "i8"),
        ("open_orders", "i8"),
        ("completion_ppm", "i8"),  # this and the next two: of the month, right after `refresh`; -1: none
        ("release_s", "i8"),  # NO_MEDIAN: none
        ("orders", "i8"),
    ],
    align=True,
)
_DEED = np.dtype(
    [
        ("time_ns", "i8"),
        ("person", "i8"),  # of the other side
        ("release_s", "i8"),
        ("pay_s", "i8"),
        ("slot", "u4"),
        ("marks", "u1"),
    ],
    align=True,
)
_TIMES = np.dtype([("slot", "u4"), ("which", "u4"), ("seconds", "i8"), ("count", "i8")])
_PARTNERS = np.dtype([("person", "i8"), ("slot", "u4"), ("month", "u4"), ("life", "u4")], align=True)


ENDED, COMPLETED, FAILED, LATE, LOST, CANCELLED = (1 << place for place in range(len(_COUNTED)))
"""Marks of a deed."""
_ADDS = np.array([[marks >> place & 1 for place in range(len(_COUNTED))] for marks in range(1 << len(_COUNTED))])
"""What a deed of these marks adds to each figure."""


class Deed(NamedTuple):
    account: int
    other: int  # account of the other side
    marks: int
    release_s: int = NO_TIME
    pay_s: int = NO_TIME


class _Texts(msgspec.Struct):
    grounds: dict[int, str]  # of sanctions, by account
    frozen_until_ns: dict[int, int]  # by account


class Traders:
    """The fold. `rows` by slot, for searches; `slots` by account."""

    def __init__(self) -> None:
        self._rows = GrowingRows(_ROW)
        self.slots: dict[int, int] = {}
        self._texts = _Texts({}, {})
        self._times: list[tuple[dict[int, int], ...]] = []  # by slot: releases of month, of life; payments likewise
        self._partners: list[dict[int, list[int]]] = []  # by slot and person: orders in the month, in life
        self._deeds = GrowingRows(_DEED)
        self._first_deed = 0  # of the month
        self._changed: set[int] = set()  # slots of which `refresh` has something to do
        self._figures: dict[int, tuple[Figures, Figures]] = {}  # by slot, as asked for since they last changed

    @property
    def rows(self) -> np.ndarray:
        return self._rows.used

    # Standing

    def enrol(self, account: int, person: int, time_ns: int) -> None:
        slot = self.slots[account] = self._rows.add()
        row = self._rows.used[slot]
        row["account"], row["person"], row["enrolled_ns"] = account, person, time_ns
        row["completion_ppm"], row["release_s"] = -1, NO_MEDIAN
        self._times.append(({}, {}, {}, {}))
        self._partners.append({})
        self._bar(account)

    def sanction(self, account: int, until_ns: int, grounds: str) -> None:
        self._row(account)["sanctioned_until_ns"] = until_ns
        self._texts.grounds[account] = grounds
        self._bar(account)

    def freeze(self, account: int, until_ns: int) -> None:
        """until_ns 0: until it is unfrozen; -1: now."""
        self._texts.frozen_until_ns.pop(account, None)
        if until_ns >= 0:
            self._texts.frozen_until_ns[account] = until_ns or INT64_MAX
        if account in self.slots:
            self._bar(account)

    def bond(self, account: int, asset: int, atoms: int) -> None:
        row = self._row(account)
        row["bond_asset"], row["bond_atoms"] = asset, atoms

    def count_adverts(self, account: int, more: int) -> None:
        self._row(account)["adverts"] += more
        self._changed.add(self.slots[account])

    def count_open_orders(self, account: int, more: int) -> None:
        self._row(account)["open_orders"] += more

    def sanctioned(self, time_ns: int) -> int:
        """How many are, now."""
        return int(np.count_nonzero(self.rows["sanctioned_until_ns"] > time_ns))

    def _row(self, account: int) -> np.void:
        row: np.void = self._rows.used[self.slots[account]]
        return row

    def _bar(self, account: int) -> None:
        row = self._row(account)
        row["barred_until_ns"] = max(row["sanctioned_until_ns"], self._texts.frozen_until_ns.get(account, 0))

    # Figures

    def note(self, deed: Deed, time_ns: int) -> None:
        """Count it, in the month too."""
        place = self._deeds.add()
        row = self._deeds.used[place]
        row["time_ns"], row["person"] = time_ns, self._row(deed.other)["person"]
        row["slot"], row["marks"] = self.slots[deed.account], deed.marks
        row["release_s"], row["pay_s"] = deed.release_s, deed.pay_s
        for which in (_MONTH, _LIFE):
            self._count(row, which, 1)

    def expire(self, time_ns: int) -> None:
        """Take out of the month what is 30 days old."""
        deeds = self._deeds.used
        while self._first_deed < len(deeds) and deeds[self._first_deed]["time_ns"] <= time_ns - MONTH_NS:
            self._count(deeds[self._first_deed], _MONTH, -1)
            self._first_deed += 1
        if self._first_deed > len(deeds) // 2:
            self._deeds.keep(np.arange(len(deeds)) >= self._first_deed)
            self._first_deed = 0

    def _count(self, deed: np.void, which: int, sign: int) -> None:
        slot, marks = int(deed["slot"]), int(deed["marks"])
        row = self._rows.used[slot]
        row["figures"][which] += sign * _ADDS[marks]
        if marks & COMPLETED:
            orders = self._partners[slot].setdefault(int(deed["person"]), [0, 0])
            row["partners"][which] += (orders[which] + sign > 0) - (orders[which] > 0)
            orders[which] += sign
        for first, field in ((0, "release_s"), (2, "pay_s")):
            seconds = int(deed[field])
            if seconds != NO_TIME:
                times = self._times[slot][first + which]
                times[seconds] = times.get(seconds, 0) + sign
                if times[seconds] == 0:
                    del times[seconds]
        self._changed.add(slot)
        self._figures.pop(slot, None)

    def refresh(self) -> None:
        """Reckon what a search looks at, of those who have adverts."""
        rows = self._rows.used
        for slot in sorted(self._changed):
            if rows[slot]["adverts"]:
                _, completed, failed = rows[slot]["figures"][_MONTH, :3].tolist()
                measured = completed + failed
                rows[slot]["completion_ppm"] = completed * 1_000_000 // measured if measured else -1
                median, count, _ = _times(self._times[slot][_MONTH])
                rows[slot]["release_s"] = min(median, NO_MEDIAN - 1) if count else NO_MEDIAN
                rows[slot]["orders"] = completed
        self._changed.clear()

    # Answers

    def told(self, accounts: Iterable[int], time_ns: int) -> list[Trader]:
        """Those that are enrolled."""
        return [self._trader(account, time_ns) for account in accounts if account in self.slots]

    def one(self, account: int, time_ns: int) -> Trader | None:
        return self._trader(account, time_ns) if account in self.slots else None

    def pair(self, account: int, other: int) -> tuple[int, int]:
        """Orders completed with the other's person: in the month, ever."""
        if account not in self.slots or other not in self.slots:
            return 0, 0
        person = int(self._row(other)["person"])
        month, life = self._partners[self.slots[account]].get(person, (0, 0))
        return month, life

    def _trader(self, account: int, time_ns: int) -> Trader:
        slot = self.slots[account]
        row = self._rows.used[slot]
        until_ns = int(row["sanctioned_until_ns"])
        is_sanctioned = until_ns > time_ns
        if slot not in self._figures:
            self._figures[slot] = self._reckon(slot, _MONTH), self._reckon(slot, _LIFE)
        month, life = self._figures[slot]
        return Trader(
            account=account,
            person=int(row["person"]),
            enrolled_ns=int(row["enrolled_ns"]),
            bond_asset=int(row["bond_asset"]),
            bond_atoms=int(row["bond_atoms"]),
            sanctioned_until_ns=until_ns if is_sanctioned else 0,
            sanction_grounds=self._texts.grounds[account] if is_sanctioned else "",
            frozen=self._texts.frozen_until_ns.get(account, 0) > time_ns,
            adverts=int(row["adverts"]),
            open_orders=int(row["open_orders"]),
            month=month,
            life=life,
        )

    def _reckon(self, slot: int, which: int) -> Figures:
        row = self._rows.used[slot]
        releases, payments = self._times[slot][which], self._times[slot][2 + which]
        release_median, release_count, release_sum = _times(releases)
        pay_median, pay_count, pay_sum = _times(payments)
        return Figures(
            **dict(zip(_COUNTED, row["figures"][which].tolist(), strict=True)),
            partners=int(row["partners"][which]),
            releases=release_count,
            release_s_median=release_median,
            release_s_sum=release_sum,
            payments=pay_count,
            pay_s_median=pay_median,
            pay_s_sum=pay_sum,
        )

    # Snapshots

    def arrays(self) -> dict[str, np.ndarray]:
        times = [
            (slot, which, seconds, count)
            for slot, all_times in enumerate(self._times)
            for which, times in enumerate(all_times)
            for seconds, count in times.items()
        ]
        partners = [
            (person, slot, month, life)
            for slot, persons in enumerate(self._partners)
            for person, (month, life) in persons.items()
        ]
        return {
            "traders": self._rows.used,
            "trader_times": np.array(times, _TIMES),
            "trader_partners": np.array(partners, _PARTNERS),
            "trader_deeds": self._deeds.used[self._first_deed :],
            "trader_texts": np.frombuffer(msgspec.msgpack.encode(self._texts), np.uint8),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self._rows = GrowingRows(_ROW, arrays["traders"])
        self.slots = {account: slot for slot, account in enumerate(self.rows["account"].tolist())}
        self._times = [({}, {}, {}, {}) for _ in self.slots]
        for slot, which, seconds, count in arrays["trader_times"].tolist():
            self._times[slot][which][seconds] = count
        self._partners = [{} for _ in self.slots]
        for person, slot, month, life in arrays["trader_partners"].tolist():
            self._partners[slot][person] = [month, life]
        self._deeds, self._first_deed = GrowingRows(_DEED, arrays["trader_deeds"]), 0
        self._texts = msgspec.msgpack.decode(arrays["trader_texts"].tobytes(), type=_Texts)
        self._changed = set(self.slots.values())
        self._figures = {}


def _times(counts: dict[int, int]) -> tuple[int, int, int]:
    """Median, number and sum of times that are counted by seconds; of two in the middle, what is between them."""
    count = sum(counts.values())
    if count == 0:
        return 0, 0, 0
    passed = 0
    middles: list[int] = []
    for second in sorted(counts):
        passed += counts[second]
        while len(middles) < 2 and passed > ((count - 1) // 2, count // 2)[len(middles)]:
            middles.append(second)
        if len(middles) == 2:
            break
    return sum(middles) // 2, count, sum(second * times for second, times in counts.items())
