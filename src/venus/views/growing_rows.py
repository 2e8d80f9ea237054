"""Rows of one dtype that are added one by one, in an array with room to grow."""

import numpy as np

_ROWS_MIN = 64


class GrowingRows:
    """`used` is the rows there are; it is another array once they have grown, so nobody keeps it."""

    def __init__(self, dtype: np.dtype, rows: np.ndarray | None = None) -> None:
        self._rows = np.zeros(_ROWS_MIN, dtype)
        self.count = 0
        if rows is not None:
            self._rows = np.zeros(max(_ROWS_MIN, len(rows)), dtype)
            self._rows[: len(rows)] = rows
            self.count = len(rows)

    @property
    def used(self) -> np.ndarray:
        return self._rows[: self.count]

    @property
    def is_full(self) -> bool:
        """The next row makes it grow."""
        return self.count == len(self._rows)

    def add(self) -> int:
        """The place of one more row, of zeros."""
        if self.is_full:
            grown = np.zeros(2 * len(self._rows), self._rows.dtype)
            grown[: self.count] = self._rows
            self._rows = grown
        self.count += 1
        return self.count - 1

    def keep(self, chosen: np.ndarray) -> None:
        """Forget the others. bool[count]"""
        kept = self.used[chosen]
        self._rows[: len(kept)] = kept
        self._rows[len(kept) : self.count] = np.zeros((), self._rows.dtype)
        self.count = len(kept)
