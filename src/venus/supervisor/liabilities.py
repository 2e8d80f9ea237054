"""What is owed to customers as one hash that each can find himself in. Source: docs/rules/liabilities.md."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
import numpy as np
from blake3 import blake3

from venus.core.kernels import layout
from venus.core.machine import Machine
from venus.journal.notes import Signer, sign_note
from venus.records.commands import AccountKind

ORIGIN = "venus/liabilities"
NONCE_BYTES = 16
SUM_LIMIT = 2**62
_NODE = b"\x01"
_HASH_BYTES = 32
_NO_NODE = bytes(_HASH_BYTES)


class Owed(NamedTuple):
    """What customers have after `frames` frames: row i of atoms is that of accounts[i], its columns are codes'."""

    frames: int
    codes: tuple[str, ...]
    accounts: np.ndarray  # i8[n], ascending
    atoms: np.ndarray  # i8[n, assets]


def owed_by(machine: Machine, frames: int) -> Owed:
    """What customers have in a machine that ran so many frames."""
    codes = tuple(machine.facts.asset_codes)
    balances = machine.memory["balances"][1 : int(machine.memory.counters[layout.BALANCES_USED])]
    has = balances["free_atoms"] + balances["held_atoms"] != 0
    kinds = machine.memory["accounts"]["kind"][balances["account"]]
    rows = balances[has & (kinds != AccountKind.EXTERNAL) & (kinds != AccountKind.HOUSE)]
    accounts, place = np.unique(rows["account"].astype(np.int64), return_inverse=True)
    atoms = np.zeros((len(accounts), len(codes)), np.int64)
    atoms[place, rows["asset"]] = rows["free_atoms"] + rows["held_atoms"]
    assert (atoms >= 0).all(), "a customer has less than nothing"
    return Owed(frames, codes, accounts, atoms)


class Sibling(msgspec.Struct, frozen=True):
    """What stands beside the way from a leaf to the top; `hash` in hexadecimal."""

    hash: str
    atoms: tuple[int, ...]


class BalanceProof(msgspec.Struct, frozen=True):
    """That an account's balance is in a publication; checked by verify_balance.py."""

    frames: int
    leaves: int
    account: int
    nonce: str
    codes: tuple[str, ...]
    atoms: tuple[int, ...]
    place: int
    siblings: tuple[Sibling, ...]


class NotOwed(Exception):
    """The account has nothing, so it is in no leaf."""


class LiabilityTree:
    """The whole tree of one publication.

    root    32 bytes
    totals  i8[assets]: all that is owed
    """

    def __init__(self, owed: Owed, seed: bytes) -> None:
        """seed: 32 bytes, drawn for this publication alone. Raises OverflowError if a sum reaches 2^62."""
        self._owed = owed
        self._nonces = _nonces(owed.accounts, seed)
        ids = _ids(owed.accounts, self._nonces)
        self._order = np.lexsort(ids.view(">u8").T[::-1])  # ascending, by the first bytes first
        self._levels = list(_levels(ids[self._order], owed.atoms[self._order]))
        top = self._levels[-1] if self.leaves else _Level([_NO_NODE], np.zeros((1, len(owed.codes)), np.int64))
        self.totals = top.atoms[0]
        self.root = _root(owed, top)

    @property
    def leaves(self) -> int:
        return len(self._owed.accounts)

    def prove(self, account: int) -> BalanceProof:
        """Raises NotOwed."""
        row = int(np.searchsorted(self._owed.accounts, account))
        if row == self.leaves or self._owed.accounts[row] != account:
            raise NotOwed(f"account {account} has nothing after frame {self._owed.frames}")
        place = int(np.flatnonzero(self._order == row)[0])
        return BalanceProof(
            frames=self._owed.frames,
            leaves=self.leaves,
            account=account,
            nonce=self._nonces[row].tobytes().hex(),
            codes=self._owed.codes,
            atoms=tuple(self._owed.atoms[row].tolist()),
            place=place,
            siblings=tuple(self._siblings(place)),
        )

    @property
    def text(self) -> str:
        """What is published, before it is signed."""
        lines = [ORIGIN, str(self._owed.frames), str(self.leaves), b64encode(self.root).decode()]
        lines += [f"{code} {atoms}" for code, atoms in zip(self._owed.codes, self.totals.tolist(), strict=True)]
        return "".join(f"{line}\n" for line in lines)

    def note(self, signer: Signer) -> bytes:
        """The publication."""
        return sign_note(self.text, [signer])

    def _siblings(self, place: int) -> Iterator[Sibling]:
        for level in self._levels[:-1]:
            beside = place ^ 1
            if beside < len(level.hashes):  # else it went up as it was
                yield Sibling(level.hashes[beside].hex(), tuple(level.atoms[beside].tolist()))
            place >>= 1


class _Level(NamedTuple):
    hashes: list[bytes]
    atoms: np.ndarray  # i8[nodes, assets]


def _nonces(accounts: np.ndarray, seed: bytes) -> np.ndarray:
    """u1[n, 16]"""
    count = int(accounts[-1]) + 1 if len(accounts) else 0
    stream = np.frombuffer(blake3(seed).digest(length=count * NONCE_BYTES), np.uint8)
    return stream.reshape(count, NONCE_BYTES)[accounts]


def _ids(accounts: np.ndarray, nonces: np.ndarray) -> np.ndarray:
    """u1[n, 32]"""
    numbers = accounts.astype("<i8").view(np.uint8).reshape(-1, 8)
    hashes = _hashes(b"venus liability leaf", np.hstack([nonces, numbers]))
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, _HASH_BYTES)


def _levels(ids: np.ndarray, atoms: np.ndarray) -> Iterator[_Level]:
    """From the leaves up to the one node that has no sibling; none if there is no leaf."""
    if not len(ids):
        return
    level = _Level(_hashes(b"\x00", np.hstack([ids, _bytes_of(atoms)])), atoms)
    yield level
    while len(level.hashes) > 1:
        level = _above(level)
        yield level


def _above(level: _Level) -> _Level:
    count = len(level.hashes)
    paired = count - count % 2
    hashes = np.frombuffer(b"".join(level.hashes), np.uint8).reshape(count, _HASH_BYTES)[:paired]
    whole = np.hstack([hashes, _bytes_of(level.atoms[:paired])])  # a node behind the other: two rows are one's children
    atoms = level.atoms[:paired:2] + level.atoms[1:paired:2]  # two below 2^62 are below 2^63
    if (atoms >= SUM_LIMIT).any():
        raise OverflowError("a sum of liabilities reaches 2^62")
    above = _hashes(_NODE, whole.reshape(paired // 2, -1))
    if count % 2:
        above.append(level.hashes[-1])
        atoms = np.vstack([atoms, level.atoms[-1:]])
    return _Level(above, atoms)


def _bytes_of(atoms: np.ndarray) -> np.ndarray:
    """u1[n, 8 × assets]"""
    return np.ascontiguousarray(atoms, "<i8").view(np.uint8).reshape(len(atoms), -1)


def _hashes(prefix: bytes, rows: np.ndarray) -> list[bytes]:
    """SHA-256 of the prefix and each row."""
    width = rows.shape[1]
    data = np.ascontiguousarray(rows).tobytes()
    start = sha256(prefix)
    found = []
    for at in range(0, len(data), width):
        digest = start.copy()
        digest.update(data[at : at + width])
        found.append(digest.digest())
    return found


def _root(owed: Owed, top: _Level) -> bytes:
    counts: Sequence[int] = (owed.frames, len(owed.accounts), len(owed.codes))
    codes = sha256("".join(f"{code}\n" for code in owed.codes).encode()).digest()
    figures = b"".join(count.to_bytes(8, "little") for count in counts)
    return sha256(b"\x02" + figures + codes + top.hashes[0] + _bytes_of(top.atoms).tobytes()).digest()
