"""Statements of wallets: every movement of their money, the newest of all wallets together, chained by wallet.

A payment is one row with two links. Rows stand in a ring: what it has gone round over is told no more, and is in the
journal.
"""

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import client_digest
from venus.records.events import EventFlag, EventKind
from venus.views.currency_questions import Movement
from venus.views.wallet_rows import Wallets

MOVEMENTS_KEPT = 1 << 24
"""1.2 GB, once that many were made."""
_LIMIT_MAX = 1000
_FIRST_ROWS = 1 << 12
_WHY = [
    int(kind)
    for kind in (
        EventKind.REFUNDED,
        EventKind.INTEREST_PAID,
        EventKind.POURED,
        EventKind.HOLD_EXECUTED,
        EventKind.SPENT,
        EventKind.TRANSFER_AUTHORIZED,
        EventKind.SCHEDULE_PAID,
        EventKind.PURPOSE_SPENT,
        EventKind.PURSE_FUNDED,
        EventKind.PURSE_PAID,
        EventKind.PURSE_CLOSED,
        EventKind.ESCROW_PAID_BY_WALLET,
    )
]
"""Events that stand behind the movement whose reason they are: right behind, or behind what went on to a bank."""
_MOVED, _POURED = [int(EventKind.TRANSFERRED)], [int(EventKind.POURED)]
_ROW = np.dtype(
    [
        ("sequence", "i8"),
        ("time_ns", "i8"),
        ("atoms", "i8"),
        ("reference_hi", "i8"),
        ("reference_lo", "i8"),
        ("before", "i8", (2,)),  # number of the movement before this one, of the payer and of the payee; 0: none
        ("accounts", "u4", (2,)),  # payer, payee
        ("kind", "u2"),
    ],
    align=True,
)


class Movements:
    """Movements are numbered from 1."""

    def __init__(self, kept: int) -> None:
        assert kept & (kept - 1) == 0, kept
        self._kept = kept
        self._rows = np.zeros(min(kept, _FIRST_ROWS), _ROW)
        self._count = 0
        self._last = np.zeros(0, np.int64)  # number of an account's newest movement, by account

    def fold(self, batch: Batch, moved: np.ndarray, wallets: Wallets) -> None:
        """Take in the TRANSFERRED events at these places that a wallet has part in."""
        accounts = np.stack([batch.events["account"][moved], batch.events["maker_account"][moved]], axis=1)
        is_wallet = wallets.roots(accounts.ravel()).reshape(-1, 2) >= 0
        own = is_wallet.any(axis=1)
        if not own.any():
            return
        moved, accounts, is_wallet = moved[own], accounts[own], is_wallet[own]
        for start in range(0, len(moved), len(self._rows)):  # no part is longer than the ring
            part = slice(start, start + len(self._rows))
            self._fold_part(batch, moved[part], accounts[part], is_wallet[part], len(wallets.rows))

    def _fold_part(
        self, batch: Batch, moved: np.ndarray, accounts: np.ndarray, is_wallet: np.ndarray, accounts_count: int
    ) -> None:
        numbers = self._count + 1 + np.arange(len(moved))
        self._make_room(len(moved), accounts_count)
        events = batch.events[moved]
        rows = np.zeros(len(moved), _ROW)
        rows["sequence"], rows["time_ns"], rows["atoms"] = events["sequence"], batch.time_ns, events["quantity_lots"]
        rows["accounts"] = accounts
        rows["kind"] = _kinds(batch.events, moved)
        rows["reference_hi"], rows["reference_lo"] = _references(batch, events)
        rows["before"] = self._chained(numbers, accounts, is_wallet)
        self._rows[numbers % len(self._rows)] = rows
        self._count += len(moved)

    def _chained(self, numbers: np.ndarray, accounts: np.ndarray, is_wallet: np.ndarray) -> np.ndarray:
        """int64[n, 2] the movements before, and the newest of each account anew."""
        before = np.zeros(accounts.size, np.int64)
        places = np.nonzero(is_wallet.ravel())[0]
        whose, which = accounts.ravel()[places], np.repeat(numbers, 2)[places]
        order = np.argsort(whose, kind="stable")
        whose, which = whose[order], which[order]
        is_first = np.concatenate([[True], whose[1:] != whose[:-1]])
        earlier = np.where(is_first, self._last[whose], np.concatenate([[0], which[:-1]]))
        before[places[order]] = earlier
        self._last[whose] = which  # the last of each account is written last
        return before.reshape(-1, 2)

    def _make_room(self, more: int, accounts_count: int) -> None:
        length = len(self._rows)
        while length < self._kept and self._count + more >= length:
            length *= 2
        if length > len(self._rows):
            rows = np.zeros(length, _ROW)
            rows[: len(self._rows)] = self._rows
            self._rows = rows
        if accounts_count > len(self._last):
            last = np.zeros(accounts_count, np.int64)
            last[: len(self._last)] = self._last
            self._last = last

    def of(self, account: int, before: int, limit: int) -> list[Movement]:
        """An account's newest movements of sequences below `before` (0: of all), the newest first; at most 1,000."""
        found: list[Movement] = []
        number = int(self._last[account]) if 0 <= account < len(self._last) else 0
        while number > max(0, self._count - len(self._rows)) and len(found) < min(limit, _LIMIT_MAX):
            row = self._rows[number % len(self._rows)]
            side = 0 if row["accounts"][0] == account else 1
            if before == 0 or row["sequence"] < before:
                found.append(
                    Movement(
                        sequence=int(row["sequence"]),
                        time_ns=int(row["time_ns"]),
                        kind=int(row["kind"]),
                        other=int(row["accounts"][1 - side]),
                        atoms=int(row["atoms"]) * (1 if side else -1),
                        reference_hi=int(row["reference_hi"]),
                        reference_lo=int(row["reference_lo"]),
                    )
                )
            number = int(row["before"][side])
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        used = self._rows[: min(len(self._rows), self._count + 1)]
        return {"movements": used, "newest": self._last, "count": np.array([self._count])}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        saved = arrays["movements"]
        self._count, self._last = int(arrays["count"][0]), arrays["newest"].copy()
        self._rows = np.zeros(min(self._kept, _FIRST_ROWS), _ROW)
        while len(self._rows) < len(saved):
            self._rows = np.zeros(2 * len(self._rows), _ROW)
        self._rows[: len(saved)] = saved


def _kinds(events: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Why money moved: the kind of the event right behind, where that says it, or behind what a bank account took."""
    behind = moved + 1
    pours = _is_of(events, moved, moved + 1, _MOVED) & _is_of(events, moved, moved + 2, _POURED)
    behind = np.where(pours, moved + 3, behind)
    says = _is_of(events, moved, behind, _WHY)
    return np.where(says, events["kind"][np.minimum(behind, len(events) - 1)], int(EventKind.TRANSFERRED))


def _is_of(events: np.ndarray, moved: np.ndarray, places: np.ndarray, kinds: list[int]) -> np.ndarray:
    """bool[n], whether the event at each place is of these kinds, and of the same command as the movement."""
    known = np.minimum(places, len(events) - 1)
    is_same = (places < len(events)) & (events["sequence"][known] == events["sequence"][moved])
    return is_same & np.isin(events["kind"][known], kinds)


def _references(batch: Batch, events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Digests of the references of the commands that moved it; 0 where a timer did."""
    by_command = (events["flags"] & EventFlag.TIMER) == 0
    if batch.cold is not None:
        hi, lo = client_digest(batch.cold.reference)
        return np.where(by_command, hi, 0), np.where(by_command, lo, 0)
    commands = batch.commands[np.where(by_command, events["sequence"] - batch.first_sequence, 0)]
    return np.where(by_command, commands["client_hi"], 0), np.where(by_command, commands["client_lo"], 0)
