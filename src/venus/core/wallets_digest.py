"""The state root's rows of wallets, their classes and days. Source: docs/rules/digest.md, "Under rules 4"."""

import numpy as np

from venus.core.kernels import layout
from venus.core.kernels.interest import wallets_tell
from venus.core.kernels.layout import class_place
from venus.core.memory import Memory

_DAYS = ("asset", "today", "sweep_next", "sweep_stop", "swept_atoms", "owed_atoms", "swept_count")
_CLASS = (
    "balance_atoms_max",
    "single_atoms_max",
    "day_atoms_max",
    "year_atoms_max",
    "interest_ppm",
    "sub_wallets_max",
)
WALLET_COLUMNS = 12


def wallets_sections(memory: Memory) -> dict[str, np.ndarray]:
    """Rows by tag, in the order of hashing."""
    wallets = np.zeros((int(memory.counters[layout.WALLETS_COUNT]), WALLET_COLUMNS), "<i8")
    wallets_tell(memory.table, wallets)
    currencies = memory["currencies"][1 : int(memory.counters[layout.CURRENCIES_COUNT]) + 1]
    days = [[int(row[name]) for name in _DAYS] for row in currencies]
    classes = [
        [int(currency["asset"]), number, *(int(one[name]) for name in _CLASS)]
        for place, currency in enumerate(currencies, start=1)
        for number in range(layout.CLASSES_MAX)
        if (one := memory["wallet_classes"][class_place(place, number)])["known"]
    ]
    return {
        "DAYS": np.array(days, "<i8").reshape(-1, len(_DAYS)),
        "CLASSES": np.array(classes, "<i8").reshape(-1, 2 + len(_CLASS)),
        "WALLETS": wallets,
    }
