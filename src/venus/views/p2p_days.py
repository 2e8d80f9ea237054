"""What everybody may know of the market between people: its days, by currency, asset and method, and its counts."""

import msgspec
import numpy as np

from venus.units import INT64_MAX, NS_PER_S
from venus.views.p2p_public_questions import DayRow
from venus.views.p2p_questions import DAYS_KEPT

_DAY_NS = 24 * 3600 * NS_PER_S
_PPM = 1_000_000


class Counts(msgspec.Struct):
    """Ever; names as in P2pCountsAnswer."""

    adverts: int = 0
    orders: int = 0
    completed: int = 0
    cancelled: int = 0
    disputes: int = 0
    disputes_by_clock: int = 0
    verdicts: int = 0
    for_buyer: int = 0
    for_seller: int = 0
    silences: int = 0
    claims: int = 0
    relocked: int = 0
    slashed: int = 0


class _Sums(msgspec.Struct):
    orders: int = 0
    atoms: int = 0
    fiat_amount: int = 0
    index_fiat: int = 0
    spreads: int = 0  # in ppm × fiat


class Days:
    """Sums by day, currency, asset and method; those of DAYS_KEPT are told, absurd ones as the largest of 64 bits."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._days: dict[int, dict[tuple[str, int, int], _Sums]] = {}

    def complete(self, order: np.void, fiat: str, atoms: int, fiat_amount: int, time_ns: int) -> None:
        """An order that gave so much to the buyer, for so much of his money."""
        day = time_ns // _DAY_NS
        if day not in self._days:
            self._days = {kept: sums for kept, sums in self._days.items() if kept > day - DAYS_KEPT}
        key = (fiat, int(order["asset"]), int(order["method"]))
        sums = self._days.setdefault(day, {}).setdefault(key, _Sums())
        sums.orders += 1
        sums.atoms += atoms
        sums.fiat_amount += fiat_amount
        index_price = int(order["index_price"])
        if index_price:
            sums.index_fiat += fiat_amount
            sums.spreads += fiat_amount * (int(order["price"]) - index_price) * _PPM // index_price

    def rows(self, days: int, now_ns: int) -> list[DayRow]:
        """The newest day first."""
        first = now_ns // _DAY_NS - min(days, DAYS_KEPT) + 1
        return [
            DayRow(
                day=day,
                fiat=fiat,
                asset=asset,
                method=method,
                orders=sums.orders,
                atoms=min(sums.atoms, INT64_MAX),
                fiat_amount=min(sums.fiat_amount, INT64_MAX),
                index_fiat=min(sums.index_fiat, INT64_MAX),
                spread_ppm=min(sums.spreads // sums.index_fiat, INT64_MAX) if sums.index_fiat else 0,
            )
            for day in sorted(self._days, reverse=True)
            if day >= first
            for (fiat, asset, method), sums in sorted(self._days[day].items())
        ]

    def arrays(self) -> dict[str, np.ndarray]:
        rows = [(day, *key, sums) for day, by_key in self._days.items() for key, sums in by_key.items()]
        # as text, since sums of whole numbers may be longer than 64 bits
        return {"days": np.frombuffer(msgspec.json.encode((self.counts, rows)), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        saved = tuple[Counts, list[tuple[int, str, int, int, _Sums]]]
        self.counts, rows = msgspec.json.decode(arrays["days"].tobytes(), type=saved)
        self._days = {}
        for day, fiat, asset, method, sums in rows:
            self._days.setdefault(day, {})[fiat, asset, method] = sums
