"""What the currency's view keeps of each wallet, by account."""

import numpy as np

from venus.records.events import Event
from venus.records.record_copies import copied
from venus.views.kernels.reserve import longer
from venus.views.kernels.wallet_moves import WALLET

CLOSED, POURS, DRAWS = 1, 2, 4


class Wallets:
    """`rows` by account; those of other accounts have no root. `subs`: sub-wallets by root, the oldest first."""

    def __init__(self) -> None:
        self.rows = np.zeros(0, WALLET)
        self.subs: dict[int, list[int]] = {}

    def open(self, event: Event, root: int) -> None:
        """WALLETS_OPENED; root -1: they are roots themselves."""
        first, stop = event.account, event.account + event.quantity_lots
        known = len(self.rows)
        if stop > known:
            self.rows = longer(self.rows, max(2 * known, stop))
            self.rows["root"][known:] = -1
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

    def paid(self, root: int, day: int, year_first: int) -> tuple[int, int]:
        """What a family paid on the day and in its year."""
        row = self.rows[root]
        today = int(row["day_paid_atoms"]) if row["day"] == day else 0
        return today, int(row["year_paid_atoms"]) if row["day"] >= year_first else 0

    def arrays(self) -> dict[str, np.ndarray]:
        pairs = [(root, sub) for root, subs in self.subs.items() for sub in subs]
        return {"wallets": self.rows, "subs": np.array(pairs, np.int64).reshape(-1, 2)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.rows = copied(arrays["wallets"])
        self.subs = {}
        for root, sub in arrays["subs"].tolist():
            self.subs.setdefault(root, []).append(sub)
