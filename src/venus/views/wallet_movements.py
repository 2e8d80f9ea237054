"""Statements of wallets: every movement of their money, the newest of all wallets together, chained by wallet.

A payment is one row with two links. Rows stand in a ring: what it has gone round over is told no more, and is in the
journal.
"""

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import client_digest
from venus.views.currency_questions import Movement
from venus.views.kernels.reserve import filled, longer, reserved
from venus.views.kernels.tables import table_of
from venus.views.kernels.wallet_moves import MOVEMENT, Moves, fold_moves
from venus.views.wallet_rows import Wallets

MOVEMENTS_KEPT = 1 << 24
"""1.2 GB, once that many were made."""
_LIMIT_MAX = 1000
_FIRST_ROWS = 1 << 12


class Movements:
    """Movements are numbered from 1."""

    def __init__(self, kept: int) -> None:
        assert kept & (kept - 1) == 0, kept
        self._kept = kept
        self._rows = reserved(kept, MOVEMENT, _FIRST_ROWS)
        self._count = np.zeros(1, np.int64)
        self._newest = np.zeros(0, np.int64)  # by account

    def fold(self, batch: Batch, wallets: Wallets, days: np.ndarray) -> None:
        """Take in the TRANSFERRED events that a wallet has part in, and count what hot commands paid.

        days  DAY[k], by asset
        """
        self._make_room(len(batch.events), len(wallets.rows))
        events, commands = batch.events.view(), batch.commands.view()
        # A read-only array is another type to Numba: one type, so that the kernel is compiled once.
        events.flags.writeable = commands.flags.writeable = False
        hi, lo = (0, 0) if batch.cold is None else client_digest(batch.cold.reference)
        table = table_of(Moves(self._count, wallets.rows, self._rows, self._newest, days))
        fold_moves(table.ctypes.data, events, commands, batch.first_sequence, batch.time_ns, hi, lo)

    def _make_room(self, more: int, accounts_count: int) -> None:
        length = len(self._rows)
        while length < self._kept and int(self._count[0]) + more >= length:
            length *= 2
        if length > len(self._rows):
            self._rows = longer(self._rows, length)
        if accounts_count > len(self._newest):
            self._newest = longer(self._newest, accounts_count)

    def of(self, account: int, before: int, limit: int) -> list[Movement]:
        """An account's newest movements of sequences below `before` (0: of all), the newest first; at most 1,000."""
        found: list[Movement] = []
        number = int(self._newest[account]) if 0 <= account < len(self._newest) else 0
        oldest = int(self._count[0]) - len(self._rows)
        while number > max(0, oldest) and len(found) < min(limit, _LIMIT_MAX):
            row = self._rows[number % len(self._rows)]
            pays = row["payer"] == account
            if before == 0 or row["sequence"] < before:
                found.append(
                    Movement(
                        sequence=int(row["sequence"]),
                        time_ns=int(row["time_ns"]),
                        kind=int(row["kind"]),
                        other=int(row["payee" if pays else "payer"]),
                        atoms=int(row["atoms"]) * (-1 if pays else 1),
                        reference_hi=int(row["reference_hi"]),
                        reference_lo=int(row["reference_lo"]),
                    )
                )
            number = int(row["payer_before" if pays else "payee_before"])
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        used = self._rows[: min(len(self._rows), int(self._count[0]) + 1)]
        return {"movements": used, "newest": self._newest, "count": self._count}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        saved = arrays["movements"].view(MOVEMENT)  # both sides were one field once
        self._count, self._newest = arrays["count"].copy(), arrays["newest"].copy()
        self._rows = filled(reserved(self._kept, MOVEMENT, _FIRST_ROWS), saved)
