"""The tree of what customers are owed, as arrays, and what it proves to one of them.

Source: docs/rules/liabilities.md.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np
from blake3 import blake3

NONCE_BYTES = 16
RULES_OF_WHOLE_LEAVES = 5
"""From these on a leaf also has what is with others for its account."""


class NotOwed(Exception):
    """The account has nothing, so it is in no leaf."""


class Sibling(msgspec.Struct, frozen=True):
    """What stands beside the way from a leaf to the top; `hash` in hexadecimal."""

    hash: str
    atoms: tuple[int, ...]


class BalanceProof(msgspec.Struct, frozen=True):
    """That an account's balance is in the liabilities of a checkpoint; checked by verify_balance.py."""

    frames: int
    leaves: int
    account: int
    nonce: str
    codes: tuple[str, ...]
    atoms: tuple[int, ...]
    place: int
    siblings: tuple[Sibling, ...]


class Level(NamedTuple):
    """Nodes side by side: the leaves, or those above others."""

    hashes: np.ndarray  # u1[nodes, 32]
    atoms: np.ndarray  # i8[nodes, assets]


class LiabilityTree(NamedTuple):
    """The whole tree behind one frame.

    accounts  i8[leaves], ascending
    places    i8[leaves]: at which leaf each of them is
    levels    from the leaves up to the one node that has no sibling; none if there is no leaf
    totals    i8[assets]: all that is owed
    root      32 bytes
    """

    frames: int
    seed: bytes
    codes: tuple[str, ...]
    accounts: np.ndarray
    places: np.ndarray
    levels: tuple[Level, ...]
    totals: np.ndarray
    root: bytes

    def prove(self, account: int) -> BalanceProof:
        """Raises NotOwed."""
        row = int(np.searchsorted(self.accounts, account))
        if row == len(self.accounts) or self.accounts[row] != account:
            raise NotOwed(f"account {account} has nothing after frame {self.frames}")
        place = int(self.places[row])
        return BalanceProof(
            frames=self.frames,
            leaves=len(self.accounts),
            account=account,
            nonce=blake3(self.seed).digest(length=NONCE_BYTES, seek=account * NONCE_BYTES).hex(),
            codes=self.codes,
            atoms=tuple(self.levels[0].atoms[place].tolist()),
            place=place,
            siblings=tuple(self._siblings(place)),
        )

    def _siblings(self, place: int) -> Iterator[Sibling]:
        for level in self.levels[:-1]:
            beside = place ^ 1
            if beside < len(level.hashes):  # else it went up as it was
                yield Sibling(level.hashes[beside].tobytes().hex(), tuple(level.atoms[beside].tolist()))
            place >>= 1


class TreeFacts(msgspec.Struct, frozen=True):
    """What is kept of a tree beside its arrays, and the statement of supply behind the same frame."""

    frames: int
    seed: bytes
    codes: tuple[str, ...]
    root: bytes
    supply: str


class Leaves(msgspec.Struct, frozen=True):
    """What a tree says of each account: i8[n], ascending, and i8[n, codes], both little-endian, in bytes."""

    frames: int
    codes: tuple[str, ...]
    accounts: bytes
    atoms: bytes


def leaves_of(tree: LiabilityTree) -> Leaves:
    atoms = tree.levels[0].atoms[tree.places] if tree.levels else np.zeros(0, np.int64)
    return Leaves(tree.frames, tree.codes, tree.accounts.astype("<i8").tobytes(), atoms.astype("<i8").tobytes())


def tree_arrays(tree: LiabilityTree) -> dict[str, np.ndarray]:
    """Its arrays by name, to be kept."""
    levels = {f"hashes/{height}": level.hashes for height, level in enumerate(tree.levels)}
    levels |= {f"atoms/{height}": level.atoms for height, level in enumerate(tree.levels)}
    return {"accounts": tree.accounts, "places": tree.places, "totals": tree.totals, **levels}


def kept_tree(facts: TreeFacts, arrays: Mapping[str, np.ndarray]) -> LiabilityTree:
    """The tree of which tree_arrays() gave the arrays."""
    heights = sum(name.startswith("hashes/") for name in arrays)
    levels = tuple(Level(arrays[f"hashes/{height}"], arrays[f"atoms/{height}"]) for height in range(heights))
    return LiabilityTree(
        facts.frames,
        facts.seed,
        facts.codes,
        arrays["accounts"],
        arrays["places"],
        levels,
        arrays["totals"],
        facts.root,
    )
