"""What customers are owed, made again by who replays, and where what the exchange says of it is not so.

Source: docs/rules/liabilities.md.
"""

from typing import NamedTuple

import numpy as np

from venus.core.liabilities import liability_tree, owed_by
from venus.core.machine import Machine
from venus.records.liabilities import LiabilityTree


class Otherwise(NamedTuple):
    """The first account of which a tree says otherwise than the replay; atoms are of `code`."""

    account: int
    code: str
    said_atoms: int
    found_atoms: int


def made_again(machine: Machine, frames: int, seed: bytes) -> LiabilityTree:
    """The tree behind a SEED, from what the machine is now; raises OverflowError as the exchange would have."""
    return liability_tree(owed_by(machine, frames), seed)


def first_otherwise(said: LiabilityTree, found: LiabilityTree) -> Otherwise | None:
    """The lowest account that is left out, added, or has another balance; None if all leaves are the same."""
    if said.codes != found.codes:
        raise ValueError(f"one tree is of {said.codes}, the other of {found.codes}")
    accounts = np.union1d(said.accounts, found.accounts)
    told, true = _rows(said, accounts), _rows(found, accounts)
    rows, columns = np.nonzero(told != true)
    if not len(rows):
        return None
    row, column = int(rows[0]), int(columns[0])
    return Otherwise(int(accounts[row]), said.codes[column], int(told[row, column]), int(true[row, column]))


def _rows(tree: LiabilityTree, accounts: np.ndarray) -> np.ndarray:
    """i8[accounts, assets]: what each has in a tree, nothing where it is in no leaf."""
    rows = np.zeros((len(accounts), len(tree.codes)), np.int64)
    if len(tree.accounts):
        rows[np.searchsorted(accounts, tree.accounts)] = tree.levels[0].atoms[tree.places]
    return rows
