"""What the currency's view keeps of each wallet, by account."""

import numpy as np

from venus.records.events import Event

CLOSED, POURS, DRAWS = 1, 2, 4
_SUM_MAX = 2**62
_ROW = np.dtype(
    [
        ("day_paid_atoms", "i8"),  # root: of the family, on `day`
        ("year_paid_atoms", "i8"),  # root: in the year of `day`
        ("line_atoms", "i8"),
        ("root", "i4"),  # -1: no wallet
        ("currency", "u4"),
        ("day", "u4"),
        ("category", "u2"),
        ("operator", "u1"),  # that opened it
        ("wallet_class", "u1"),  # root
        ("marks", "u1"),
    ],
    align=True,
)


class Wallets:
    """`rows` by account; those of other accounts have no root. `subs`: sub-wallets by root, the oldest first."""

    def __init__(self) -> None:
        self.rows = np.zeros(0, _ROW)
        self.subs: dict[int, list[int]] = {}

    def open(self, event: Event, root: int) -> None:
        """WALLETS_OPENED; root -1: they are roots themselves."""
        first, stop = event.account, event.account + event.quantity_lots
        if stop > len(self.rows):
            rows = np.zeros(max(2 * len(self.rows), stop), _ROW)
            rows["root"] = -1
            rows[: len(self.rows)] = self.rows
            self.rows = rows
        opened = self.rows[first:stop]
        opened["root"] = np.arange(first, stop) if root < 0 else root
        opened["currency"] = event.symbol
        opened["operator"] = event.maker_account
        opened["wallet_class"] = event.side
        opened["category"] = event.price_ticks
        if root >= 0:
            self.subs.setdefault(root, []).append(first)

    def row(self, account: int) -> np.void | None:
        """A copy of a wallet's row; None: it is none."""
        if not 0 <= account < len(self.rows) or self.rows[account]["root"] < 0:
            return None
        return self.rows[account].copy()

    def roots(self, accounts: np.ndarray) -> np.ndarray:
        """int64[n] the roots of accounts, -1 where one is no wallet."""
        if len(self.rows) == 0:
            return np.full(len(accounts), -1)
        known = accounts < len(self.rows)
        return np.where(known, self.rows["root"][np.where(known, accounts, 0)], -1).astype(np.int64)

    def count(self, roots: np.ndarray, atoms: np.ndarray, day: int, year_first: int) -> None:
        """Payments of families on a day; a sum stops at 2^62, as the core's does."""
        rows = self.rows
        before = rows["day"][roots]
        rows["day_paid_atoms"][roots[before != day]] = 0
        rows["year_paid_atoms"][roots[before < year_first]] = 0
        rows["day"][roots] = day
        if int(rows["year_paid_atoms"][roots].max()) + sum(map(int, atoms)) <= _SUM_MAX:
            np.add.at(rows["day_paid_atoms"], roots, atoms)
            np.add.at(rows["year_paid_atoms"], roots, atoms)
            return
        for root, paid in zip(roots.tolist(), atoms.tolist(), strict=True):
            for name in ("day_paid_atoms", "year_paid_atoms"):
                rows[name][root] = min(_SUM_MAX, int(rows[name][root]) + paid)

    def paid(self, root: int, day: int, year_first: int) -> tuple[int, int]:
        """What a family paid on the day and in its year."""
        row = self.rows[root]
        today = int(row["day_paid_atoms"]) if row["day"] == day else 0
        return today, int(row["year_paid_atoms"]) if row["day"] >= year_first else 0

    def arrays(self) -> dict[str, np.ndarray]:
        pairs = [(root, sub) for root, subs in self.subs.items() for sub in subs]
        return {"wallets": self.rows, "subs": np.array(pairs, np.int64).reshape(-1, 2)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.rows = arrays["wallets"].copy()
        self.subs = {}
        for root, sub in arrays["subs"].tolist():
            self.subs.setdefault(root, []).append(sub)
