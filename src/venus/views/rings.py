"""Rows of many series, each appended to by kernels: an array that doubles until it is full, then a ring.

A series is an array of its own, so that a busy one grows without moving the others; kernels find it by the address in
its RING, which is why an array is never resized in place and stays referenced here.
"""

from bisect import bisect_left

import numpy as np

from venus.records.record_copies import put_records
from venus.views.kernels.market_data_rows import NONE, RING

ROWS_MIN = 16


class Rings:
    """Series of rows of one dtype. Row number i, from 0, is kept while it is among the newest `rows_max`.

    rows_max  a power of two for each of a group of series; series are added by whole groups
    """

    def __init__(self, dtype: np.dtype, rows_max: tuple[int, ...]) -> None:
        assert all(rows & (rows - 1) == 0 and rows >= ROWS_MIN for rows in rows_max)
        self.table = np.zeros(0, RING)  # RING[series], with room to grow behind series_count
        self.series_count = 0
        self._dtype = dtype
        self._rows_max = rows_max
        self._no_rows = np.empty(0, dtype)
        self._arrays: list[np.ndarray] = []

    def add_group(self) -> None:
        """One more series for each of rows_max; empty ones take no memory. May replace `table`."""
        if self.series_count == len(self.table):
            self.table = np.append(self.table, np.zeros(max(len(self.table), len(self._rows_max)), RING))
        for rows_max in self._rows_max:
            self.table[self.series_count] = (0, 0, rows_max, 0, NONE)
            self._arrays.append(self._no_rows)
            self.series_count += 1

    def grow(self, series: int) -> None:
        """Double the array of a series that never wrapped."""
        ring = self.table[series]
        assert ring["count"] <= ring["rows_room"] < ring["rows_max"]
        self._place(series, max(ROWS_MIN, 2 * int(ring["rows_room"])))

    def count(self, series: int) -> int:
        """Rows ever appended; the number of the next."""
        return int(self.table["count"][series])

    def oldest(self, series: int) -> int:
        """Number of the oldest row kept; the count if there is none."""
        return max(self.count(series) - len(self._arrays[series]), 0)

    def row(self, series: int, number: int) -> np.void:
        """One kept row."""
        rows = self._arrays[series]
        return rows[number & (len(rows) - 1)]

    def rows(self, series: int, first: int, after: int) -> np.ndarray:
        """A copy of the kept rows from number `first` to before `after`, both cut to what is kept."""
        first = max(first, self.oldest(series))
        after = min(after, self.count(series))
        if first >= after:
            return self._no_rows
        rows = self._arrays[series]
        start, end = first & (len(rows) - 1), (after - 1) & (len(rows) - 1)
        if start <= end:
            return rows[start : end + 1].copy()
        return np.concatenate((rows[start:], rows[: end + 1]))

    def first_from(self, series: int, field: str, value: int) -> int:
        """Number of the first kept row whose ascending `field` is at least `value`; the count if none is."""
        numbers = range(self.oldest(series), self.count(series))
        return numbers.start + bisect_left(numbers, value, key=lambda number: int(self.row(series, number)[field]))

    def counts(self) -> np.ndarray:
        """Rows ever appended to each series, int64[series]."""
        return self.table["count"][: self.series_count].copy()

    def kept(self) -> np.ndarray:
        """All kept rows, one series after the other, oldest first."""
        kept = [self.rows(series, 0, self.count(series)) for series in range(self.series_count)]
        return np.concatenate(kept) if kept else self._no_rows

    def restore(self, counts: np.ndarray, kept: np.ndarray) -> None:
        """Become what `counts` and `kept` were taken from."""
        assert self.series_count == 0
        taken = 0
        while self.series_count < len(counts):
            self.add_group()
        for series, count in enumerate(counts.tolist()):
            kept_count = min(count, int(self.table["rows_max"][series]))
            if kept_count:
                self._place(series, max(ROWS_MIN, 1 << (kept_count - 1).bit_length()))
            rows = self._arrays[series]
            rows[np.arange(count - kept_count, count) & (len(rows) - 1)] = kept[taken : taken + kept_count]
            self.table["count"][series] = count
            taken += kept_count
        assert taken == len(kept)

    def _place(self, series: int, rows_room: int) -> None:
        """Give a series a longer array; rows that never wrapped keep their places."""
        rows = np.zeros(rows_room, self._dtype)
        put_records(rows, self._arrays[series])
        self._arrays[series] = rows
        self.table["address"][series] = rows.ctypes.data
        self.table["rows_room"][series] = rows_room
