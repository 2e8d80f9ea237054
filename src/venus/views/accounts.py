"""Balances of every account, folded from events alone.

Source: docs/rules/events.md, "Balances from events". The core's own ledger is never looked at, so that this view is a
second bookkeeping: what it shows is what the journal's events say.
"""

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import ColdCommand, ListAsset, ListSymbol
from venus.records.events import EventFlag, EventKind
from venus.records.record_copies import copied
from venus.views.balance_questions import BALANCE_ROW, Answer, BalancesAnswer, BalancesQuestion, Question, TotalsAnswer
from venus.views.kernels.accounts import GRID, Book, balances_of, fold_balances, grown, new_book, sum_balances
from venus.views.kernels.reserve import filled, longer
from venus.views.kernels.tables import table_of

ROWS_RESERVED = 2**26


class Accounts:
    """The fold. `rows_reserved`: balances before any must be copied to grow."""

    def __init__(self, rows_reserved: int = ROWS_RESERVED) -> None:
        self._rows_reserved = rows_reserved
        self._use(new_book(rows_reserved))
        self._scales: list[int] = []  # by asset

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did."""
        if batch.cold is not None:
            self._learn(batch.cold, batch.events)
        events = batch.events.view()
        events.flags.writeable = False  # a read-only array is another type to Numba: one type, one compilation
        at = 0
        while (at := fold_balances(self._table.ctypes.data, at, events, batch.time_ns)) < len(events):
            self._use(grown(self._book))

    def answer(self, question: Question) -> Answer:
        """Balances of one account, or the sums over all."""
        if isinstance(question, BalancesQuestion):
            return self._balances(question.account)
        totals = np.zeros((len(self._scales), 2), np.int64)
        sum_balances(self._book, totals)
        rows = np.zeros(len(totals), BALANCE_ROW)
        rows["asset"] = np.arange(len(totals))
        rows["free_atoms"], rows["held_atoms"] = totals[:, 0], totals[:, 1]
        return TotalsAnswer(rows.tobytes())

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, not copied: to be written before the next batch is folded."""
        arrays = self._book._asdict() | {"scales": np.array(self._scales, np.int64)}
        arrays["balances"] = self._book.balances[: self._book.used[0]]
        return arrays

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from; they are copied."""
        self._scales = arrays["scales"].tolist()
        saved = {name: copied(arrays[name]) for name in Book._fields if name != "balances"}
        balances = filled(new_book(self._rows_reserved).balances, arrays["balances"])
        self._use(Book(balances=balances, **saved))

    def _use(self, book: Book) -> None:
        self._book = book
        self._table = table_of(book)

    def _learn(self, command: ColdCommand, events: np.ndarray) -> None:
        """What a lot and a tick are worth, and how many accounts there are, from what was listed and opened."""
        outcome = events[-1]
        if outcome["flags"] & EventFlag.REPEATED:
            return
        if isinstance(command, ListAsset) and outcome["kind"] == EventKind.ASSET_LISTED:
            self._scales.append(command.scale)
        elif isinstance(command, ListSymbol) and outcome["kind"] == EventKind.SYMBOL_LISTED:
            tick_lot_atoms = command.tick_atoms * command.lot_atoms // 10 ** self._scales[command.base_asset]
            grid = np.array([(command.base_asset, command.quote_asset, command.lot_atoms, tick_lot_atoms)], GRID)
            self._use(self._book._replace(grids=np.concatenate([self._book.grids, grid])))
        elif outcome["kind"] in (EventKind.ACCOUNTS_OPENED, EventKind.WALLETS_OPENED):
            updated_ns = self._book.updated_ns
            wanted = int(outcome["account"]) + int(outcome["quantity_lots"])
            if wanted > len(updated_ns):
                self._use(self._book._replace(updated_ns=longer(updated_ns, max(wanted, 2 * len(updated_ns)))))

    def _balances(self, account: int) -> BalancesAnswer:
        if not 0 <= account < len(self._book.updated_ns):
            return BalancesAnswer(account, 0, b"")
        found = np.empty(len(self._scales), np.int64)
        balances = self._book.balances[found[: balances_of(self._book, account, found)]]
        rows = np.zeros(len(balances), BALANCE_ROW)
        rows["asset"], rows["free_atoms"], rows["held_atoms"] = (
            balances["asset"],
            balances["free_atoms"],
            balances["held_atoms"],
        )
        return BalancesAnswer(account, int(self._book.updated_ns[account]), rows.tobytes())
