"""Rows of orders between people and of what happened to them, by number; each trader's orders."""

from array import array
from bisect import bisect_left
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from venus.views.growing_rows import GrowingRows
from venus.views.p2p_questions import ORDERS_KEPT_NS, P2pOrder, Source, Step

_I8 = (
    "number advert atoms fiat_amount price locked_atoms buyer_fee_atoms seller_fee_atoms buyer_atoms opened_ns"
    " pay_due_ns release_due_ns evidence_due_ns paid_ns ended_ns claim_until_ns paid_fiat disputed_ns buyer_offer"
    " seller_offer claim_ns relocks relocked_as index_price large_atoms due_atoms"
)
_U4 = "buyer seller maker asset buyer_fee_ppm seller_fee_ppm due_asset payer_wallet payee_wallet"
_U1 = (
    "state ending late retain_days cancel_asked appealed_by ground spoke escalated at_fault claim_by claim_ground"
    " holder"
)
_HASHES = "payer_hash payee_hash terms_hash proof_hash chat grounds_hash"
_SOURCES = ("terms", "posted", "advert", "index")
_SOURCE = np.dtype([("sequence", "i8"), ("frame", "i8")])
_ROW = np.dtype(
    [(name, "i8") for name in _I8.split()]
    + [(f"{name}_source", _SOURCE) for name in _SOURCES]
    + [("last_step", "i8"), ("release_ns", "i8"), ("aftermath_ns", "i8")]  # place + 1; as its terms are
    + [(name, "u4") for name in _U4.split()]
    + [("fiat", "u2"), ("method", "u2")]  # fiat: place in `codes`
    + [(name, "u1") for name in _U1.split()]
    + [(name, "V32") for name in _HASHES.split()],  # of zeros: none
    align=True,
)
_TOLD = tuple(P2pOrder.__struct_fields__)
_PLACES = tuple((_ROW.names or ()).index(name) for name in _TOLD)
_FIAT = _TOLD.index("fiat")
_TRUTHS = tuple(map(_TOLD.index, ("late", "escalated")))
_HASHED = tuple(map(_TOLD.index, _HASHES.split()))
_STEP = np.dtype(
    [
        ("order", "i8"),
        ("before", "i8"),  # place + 1 of the order's step before; 0: none
        ("sequence", "i8"),
        ("frame", "i8"),
        ("time_ns", "i8"),
        ("amount", "i8"),
        ("account", "u4"),
        ("kind", "u1"),
        ("reason", "u1"),
        ("timer", "u1"),
    ],
    align=True,
)
NO_HASH = bytes(32)


class _Ended(NamedTuple):
    """An account's orders that ended, in the order of their ends."""

    numbers: "array[int]"
    times_ns: "array[int]"


class OrderRows:
    """Orders come by ascending number. Those that ended long ago are told no more, and leave when room is needed."""

    def __init__(self) -> None:
        self._rows = GrowingRows(_ROW)
        self._numbers = GrowingRows(np.dtype("i8"))  # of the rows, beside each other for the search
        self._steps = GrowingRows(_STEP)
        self._of_account: dict[int, array[int]] = {}
        self._ended: dict[int, _Ended] = {}
        self._buying: Counter[int] = Counter()  # by account, orders by which it buys that have not ended
        self.codes: list[str] = []  # of currencies
        self.now_ns = 0

    def add(self, number: int) -> np.void:
        """A row of zeros with its number; `enter` it once it has its parties."""
        if self._rows.is_full:
            self._drop()
        place = self._rows.add()
        self._numbers.add()
        row: np.void = self._rows.used[place]
        row["number"] = self._numbers.used[place] = number
        return row

    def enter(self, row: np.void) -> None:
        for account in (int(row["buyer"]), int(row["seller"])):
            self._of_account.setdefault(account, array("q")).append(int(row["number"]))
        self._buying[int(row["buyer"])] += 1

    def end(self, row: np.void) -> None:
        """It has its end now."""
        self._buying[int(row["buyer"])] -= 1
        self._note_end(row)

    def _note_end(self, row: np.void) -> None:
        for account in (int(row["buyer"]), int(row["seller"])):
            ended = self._ended.setdefault(account, _Ended(array("q"), array("q")))
            ended.numbers.append(int(row["number"]))
            ended.times_ns.append(int(row["ended_ns"]))

    def row(self, number: int) -> np.void | None:
        """To be read and changed; None: there is none, or none any more."""
        numbers = self._numbers.used
        place = int(np.searchsorted(numbers, number))
        if place == len(numbers) or numbers[place] != number:
            return None
        row: np.void = self._rows.used[place]
        return row

    def known(self, number: int) -> np.void | None:
        """As `row`, of those that are told."""
        row = self.row(number)
        return row if row is not None and (row["ended_ns"] == 0 or self._is_told(row)) else None

    def column(self, name: str) -> np.ndarray:
        """Of all rows."""
        column: np.ndarray = self._rows.used[name]
        return column

    def of(self, account: int) -> np.ndarray:
        """Places of an account's orders, the oldest first."""
        numbers = np.array(self._of_account.get(account, ()), np.int64)
        places = np.searchsorted(self._numbers.used, numbers)
        return places[self._is_told(self._rows.used[["ended_ns", "claim_until_ns", "claim_by"]][places])]

    def buys(self, account: int) -> bool:
        """Whether an order by which it buys has not ended."""
        return self._buying[account] > 0

    def ended_since(self, account: int, since_ns: int) -> np.ndarray:
        """Places of an account's orders that ended since, and not so long ago that they are told no more."""
        ended = self._ended.get(account)
        if ended is None:
            return np.empty(0, np.int64)
        first = bisect_left(ended.times_ns, max(since_ns, self.now_ns - ORDERS_KEPT_NS + 1))
        places: np.ndarray = np.searchsorted(self._numbers.used, np.array(ended.numbers[first:], np.int64))
        return places

    def _is_told(self, rows: np.ndarray | np.void) -> np.ndarray:
        """Of some rows, bool[n]. What is claimed, or still may be, stays however long ago it ended."""
        told: np.ndarray = (rows["ended_ns"] == 0) | (rows["ended_ns"] > self.now_ns - ORDERS_KEPT_NS)
        return told | (rows["claim_until_ns"] > self.now_ns) | (rows["claim_by"] > 0)

    def code(self, fiat: str) -> int:
        if fiat not in self.codes:
            self.codes.append(fiat)
        return self.codes.index(fiat)

    def told(self, place: int) -> P2pOrder:
        return self.order(self._rows.used[place])

    def order(self, row: np.void) -> P2pOrder:
        values = row.item()
        told: list[Any] = [values[place] for place in _PLACES]
        told[_FIAT] = self.codes[told[_FIAT]]
        for place in _TRUTHS:
            told[place] = bool(told[place])
        for place in _HASHED:
            if told[place] == NO_HASH:
                told[place] = b""
        return P2pOrder(*told)

    def source(self, row: np.void, of: str) -> Source:
        return Source(*row[f"{of}_source"].item())

    # Steps

    def note(self, row: np.void, step: Step) -> None:
        place = self._steps.add()
        self._steps.used[place] = (
            row["number"],
            row["last_step"],
            step.sequence,
            step.frame,
            step.time_ns,
            step.amount,
            step.account,
            step.kind,
            step.reason,
            step.timer,
        )
        row["last_step"] = place + 1

    def steps(self, row: np.void) -> list[Step]:
        """The oldest first."""
        found, place = [], int(row["last_step"])
        while place:
            _, before, sequence, frame, time_ns, amount, account, kind, reason, timer = self._steps.used[
                place - 1
            ].item()
            found.append(Step(sequence, frame, time_ns, kind, account, reason, amount, bool(timer)))
            place = before
        return found[::-1]

    # Room and snapshots

    def _drop(self) -> None:
        """What is told no more, if that is a quarter of all: so what is moved is paid by what came."""
        stays = self._is_told(self._rows.used)
        if 4 * np.count_nonzero(stays) > 3 * len(stays):
            return
        steps_stay = np.isin(self._steps.used["order"], self._numbers.used[stays])
        moved_to = np.concatenate([[0], np.cumsum(steps_stay)])  # by place + 1, to place + 1
        self._rows.keep(stays)
        self._numbers.keep(stays)
        self._steps.keep(steps_stay)
        self._rows.used["last_step"] = moved_to[self.column("last_step")]
        self._steps.used["before"] = moved_to[self._steps.used["before"]]
        self._enter_all()

    def _enter_all(self) -> None:
        self._of_account = {}
        accounts = np.stack([self.column("buyer"), self.column("seller")], axis=1).ravel()
        numbers = np.repeat(self._numbers.used, 2)
        order = np.argsort(accounts, kind="stable")
        whose, first = np.unique(accounts[order], return_index=True)
        for account, theirs in zip(whose.tolist(), np.split(numbers[order], first[1:]), strict=False):
            self._of_account[account] = array("q", theirs.tobytes())
        self._ended = {}
        ended_ns = self.column("ended_ns")
        for place in np.lexsort((self._numbers.used, ended_ns)).tolist():
            if ended_ns[place]:
                self._note_end(self._rows.used[place])
        self._buying = Counter(self.column("buyer")[ended_ns == 0].tolist())

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "orders": self._rows.used,
            "order_steps": self._steps.used,
            "order_codes": np.array(self.codes, "S3"),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self._rows = GrowingRows(_ROW, arrays["orders"])
        self._numbers = GrowingRows(np.dtype("i8"), arrays["orders"]["number"])
        self._steps = GrowingRows(_STEP, arrays["order_steps"])
        self.codes = [code.decode() for code in arrays["order_codes"].tolist()]
        self._enter_all()
