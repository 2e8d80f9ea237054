"""What customers are owed, made again by who replays, and where what the exchange says of it is not so.

Source: docs/rules/liabilities.md.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from venus.core.liabilities import Owed, liability_tree, owed_by
from venus.core.machine import Machine
from venus.records.liabilities import Leaves, LiabilityTree
from venus.supervisor.disputes import NotTold
from venus.supervisor.findings import Finding

Run = Callable[[int], tuple[Machine, bytes]]
"""The machine after so many frames, and the seed that is the last of them."""


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


def owner_named(found: Finding, ask: Callable[[int], Leaves], run: Run) -> Finding:
    """The finding of another root by the account of which the exchange says otherwise, if it tells its leaves.

    ask: for the leaves behind so many frames; raises NotTold.
    """
    try:
        leaves = ask(found.frame)
        machine, seed = run(found.frame)
        said = _said(leaves, seed)
        if said.root.hex() != found.recorded:
            raise NotTold("gives such as do not make the root that it signed")
        otherwise = first_otherwise(said, made_again(machine, found.frame, seed))
        if otherwise is None:
            raise NotTold("gives those that the kernels find too")
    except NotTold as refused:
        words = f"Asked for the leaves of its tree, the exchange {refused}: so the account cannot be told."
        return found._replace(words=f"{found.words} {words}")
    account, code, said_atoms, found_atoms = otherwise
    has = f"{said_atoms} atoms of {code}" if account in said.accounts else "in no leaf"
    words = f"{found.words} By its own leaves account {account} is {'owed ' if has[0].isdigit() else ''}{has}"
    return found._replace(
        what=f"liabilities of account {account}",
        recorded=has,
        found=f"{found_atoms} atoms of {code}",
        words=f"{words}, but must be owed {found_atoms} atoms of {code}.",
    )


def loser_named(found: Finding, root: bytes, ask: Callable[[int], Leaves], run: Run) -> Finding:
    """The finding of another state, with the account whose balance is another, where the exchange's own tree shows it.

    root: of what the same checkpoint says of liabilities.
    """
    owner = owner_named(found._replace(recorded=root.hex()), ask, run)
    return found._replace(words=owner.words)


def _said(leaves: Leaves, seed: bytes) -> LiabilityTree:
    """The tree of what the exchange says; raises NotTold if it can be none."""
    accounts, columns = np.frombuffer(leaves.accounts, "<i8"), len(leaves.codes)
    if len(leaves.atoms) != len(leaves.accounts) * columns or (np.diff(accounts) <= 0).any():
        raise NotTold("gives no leaves in the order of their accounts")
    atoms = np.frombuffer(leaves.atoms, "<i8").reshape(len(accounts), columns)
    try:
        return liability_tree(Owed(leaves.frames, leaves.codes, accounts, atoms), seed)
    except OverflowError as impossible:
        raise NotTold(f"gives such as make no tree ({impossible})") from impossible
