"""What is owed to customers as one hash that each can find himself in. Source: docs/rules/liabilities.md."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from blake3 import blake3

from venus.core.kernels import layout
from venus.records.commands import AccountKind
from venus.records.liabilities import NONCE_BYTES, RULES_OF_WHOLE_LEAVES, Level, LiabilityTree
from venus.units import ATOMS_MAX

if TYPE_CHECKING:
    from venus.core.machine import Machine

_HASH_BYTES = 32
_AT_ONCE = 4_096
_NO_NODE = np.zeros(_HASH_BYTES, np.uint8)


class Owed(NamedTuple):
    """What customers have after `frames` frames: row i of atoms is that of accounts[i], its columns are codes'."""

    frames: int
    codes: tuple[str, ...]
    accounts: np.ndarray  # i8[n], ascending
    atoms: np.ndarray  # i8[n, assets]


def owed_by(machine: Machine, frames: int) -> Owed:
    """What customers have in a machine that ran so many frames; nothing of it is the machine's memory."""
    memory, codes = machine.memory, tuple(machine.facts.asset_codes)
    balances = memory["balances"][1 : int(memory.counters[layout.BALANCES_USED])]
    # By columns, each as small as it can be: there may be ten of them for each of a million customers.
    total = balances["free_atoms"] + balances["held_atoms"]
    kinds = memory["accounts"]["kind"][: int(memory.counters[layout.ACCOUNTS_COUNT])]
    is_customer = (kinds != AccountKind.EXTERNAL) & (kinds != AccountKind.HOUSE)
    rows = np.flatnonzero((total != 0) & is_customer[balances["account"]])
    account, total = balances["account"][rows], total[rows]
    on_the_way = _on_the_way(machine, is_customer)
    is_there = np.zeros(len(kinds), np.bool_)
    is_there[account] = True
    is_there[on_the_way[:, 0]] = True
    accounts = np.flatnonzero(is_there)
    place = np.cumsum(is_there) - 1
    atoms = np.zeros((len(accounts), len(codes)), np.int64)
    atoms[place[account], balances["asset"][rows]] = total
    np.add.at(atoms, (place[on_the_way[:, 0]], on_the_way[:, 1]), on_the_way[:, 2])
    return Owed(frames, codes, accounts, atoms)


def _on_the_way(machine: Machine, is_customer: np.ndarray) -> np.ndarray:
    """i8[n, 3]: customer, asset, and atoms above 0 that are with others for him."""
    affairs = machine.affairs
    owed: list[tuple[int, int, int]] = []
    if machine.memory.counters[layout.RULES_VERSION] >= RULES_OF_WHOLE_LEAVES:
        owed += [(one.account, one.coin, one.atoms) for one in affairs.redemptions.values()]
        owed += [(one.account, one.currency, one.loaded_atoms - one.paid_atoms) for one in affairs.purses]
        # What a customer gave stands in his own leaf until it is spent.
        of_others = [one for one in affairs.purposes.values() if not is_customer[one.account]]
        owed += [(one.holder, one.asset, one.atoms) for one in of_others]
    rows = np.array(owed, np.int64).reshape(len(owed), 3)
    return rows[is_customer[rows[:, 0]] & (rows[:, 2] > 0)]


def liability_tree(owed: Owed, seed: bytes) -> LiabilityTree:
    """seed: 32 bytes, drawn for this tree alone. Raises OverflowError for an amount or a sum out of 0..2^62."""
    if (owed.atoms < 0).any() or (owed.atoms > ATOMS_MAX).any():
        raise OverflowError("a balance is out of 0..2^62")
    nonces = _nonces(owed.accounts, seed)
    order = _ascending(nonces)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    levels = _levels(nonces[order], owed.accounts[order], owed.atoms[order])
    top = levels[-1] if levels else Level(_NO_NODE[None], np.zeros((1, len(owed.codes)), np.int64))
    totals, root = top.atoms[0], _root(owed, top)
    return LiabilityTree(owed.frames, seed, owed.codes, owed.accounts, places, tuple(levels), totals, root)


def _nonces(accounts: np.ndarray, seed: bytes) -> np.ndarray:
    """u1[n, 16]"""
    count = int(accounts[-1]) + 1 if len(accounts) else 0
    stream = np.frombuffer(blake3(seed).digest(length=count * NONCE_BYTES), np.uint8)
    return stream.reshape(count, NONCE_BYTES)[accounts]


def _ascending(nonces: np.ndarray) -> np.ndarray:
    """i8[n]: rows in the order of their bytes."""
    words = nonces.view(">u8")
    order = np.argsort(words[:, 0])
    first = words[order, 0]
    # Eight bytes are nearly always enough, and several times as fast.
    return np.lexsort(words.T[::-1]) if (first[1:] == first[:-1]).any() else order


def _levels(nonces: np.ndarray, accounts: np.ndarray, atoms: np.ndarray) -> list[Level]:
    if not len(nonces):
        return []
    levels = [Level(_hashes(b"\x00", nonces, _bytes_of(accounts[:, None]), _bytes_of(atoms)), atoms)]
    while len(levels[-1].hashes) > 1:
        levels.append(_above(levels[-1]))
    return levels


def _above(level: Level) -> Level:
    """The nodes of two each; an odd last one goes up as it is."""
    count = len(level.hashes)
    paired = count & -2
    atoms = level.atoms[:paired:2] + level.atoms[1:paired:2]  # two up to 2^62 are up to 2^63: seen as less than nothing
    if (atoms > ATOMS_MAX).any() or (atoms < 0).any():
        raise OverflowError("a sum of liabilities exceeds 2^62")
    amounts = _bytes_of(level.atoms)
    children = [part[side:paired:2] for side in (0, 1) for part in (level.hashes, amounts)]
    above = _hashes(b"\x01", *children)
    if count > paired:
        return Level(np.vstack([above, level.hashes[-1:]]), np.vstack([atoms, level.atoms[-1:]]))
    return Level(above, atoms)


def _bytes_of(atoms: np.ndarray) -> np.ndarray:
    """u1[n, 8 × columns]"""
    return np.ascontiguousarray(atoms, "<i8").view(np.uint8).reshape(len(atoms), 8 * atoms.shape[1])


def _hashes(prefix: bytes, *columns: np.ndarray) -> np.ndarray:
    """u1[n, 32]: SHA-256 of the prefix and each row of the columns u1[n, any] side by side."""
    count = len(columns[0])
    hashes = np.empty((count, _HASH_BYTES), np.uint8)
    for start in range(0, count, _AT_ONCE):  # few, so that they stay in the processor's cache
        parts = [column[start : start + _AT_ONCE] for column in columns]
        first = np.broadcast_to(np.frombuffer(prefix, np.uint8), (len(parts[0]), len(prefix)))
        rows = np.hstack([first, *parts])
        data, width = rows.tobytes(), rows.shape[1]
        found = b"".join([sha256(data[at : at + width]).digest() for at in range(0, len(data), width)])
        hashes[start : start + _AT_ONCE] = np.frombuffer(found, np.uint8).reshape(-1, _HASH_BYTES)
    return hashes


def _root(owed: Owed, top: Level) -> bytes:
    counts = np.array([[owed.frames, len(owed.accounts), len(owed.codes)]])
    codes = sha256("".join(f"{code}\n" for code in owed.codes).encode()).digest()
    figures = _bytes_of(counts).tobytes()
    return sha256(b"\x02" + figures + codes + top.hashes[0].tobytes() + _bytes_of(top.atoms).tobytes()).digest()
