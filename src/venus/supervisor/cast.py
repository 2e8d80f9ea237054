"""Who and what a journal names: assets with their scales, and which accounts are persons'. Folded from events."""

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import AccountKind, ListAsset, OpenAccounts
from venus.records.events import EventFlag, EventKind


class Cast:
    """The fold. `kinds` is AccountKind by account, uint8, longer than there are accounts."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.scales: list[int] = []
        self.kinds = np.zeros(1024, np.uint8)

    def apply(self, batch: Batch) -> None:
        if not isinstance(batch.cold, ListAsset | OpenAccounts):
            return
        outcome = batch.events[-1]
        if outcome["flags"] & EventFlag.REPEATED:
            return
        if isinstance(batch.cold, ListAsset) and outcome["kind"] == EventKind.ASSET_LISTED:
            self.codes.append(batch.cold.code)
            self.scales.append(batch.cold.scale)
        elif isinstance(batch.cold, OpenAccounts) and outcome["kind"] == EventKind.ACCOUNTS_OPENED:
            first, end = int(outcome["account"]), int(outcome["account"] + outcome["quantity_lots"])
            if end > len(self.kinds):
                longer = np.zeros(2 * end, np.uint8)
                longer[: len(self.kinds)] = self.kinds
                self.kinds = longer
            self.kinds[first:end] = batch.cold.account_kind

    def payments(self, events: np.ndarray, asset: int) -> np.ndarray:
        """Of EVENT[m] those by which a coin went from one person to another, each once."""
        paid = _transfers(events, asset)
        person = AccountKind.PERSON
        return paid[(self.kinds[paid["account"]] == person) & (self.kinds[paid["maker_account"]] == person)]

    def gifts(self, events: np.ndarray, asset: int, treasury: int) -> np.ndarray:
        """Of EVENT[m] those by which a coin went from its issuer's treasury to a person."""
        paid = _transfers(events, asset)
        return paid[(paid["account"] == treasury) & (self.kinds[paid["maker_account"]] == AccountKind.PERSON)]


def _transfers(events: np.ndarray, asset: int) -> np.ndarray:
    is_transfer = (events["kind"] == EventKind.TRANSFERRED) & (events["symbol"] == asset)
    return events[is_transfer & (events["flags"] & EventFlag.REPEATED == 0)]
