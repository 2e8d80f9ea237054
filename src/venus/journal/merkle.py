"""The Merkle log over frame hashes: what lets anybody check that a frame is in the journal, and that none was changed.

Source: RFC 6962, section 2.1; docs/rules/journal.md, "Merkle log". Indices count from 0.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Self

EMPTY_ROOT = sha256(b"").digest()
_HASH_BYTES = 32


def leaf_hash(frame_hash: bytes) -> bytes:
    return sha256(b"\x00" + frame_hash).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


Subtree = Callable[[int, int], bytes]
"""Root over leaves start..end of a log, start being a multiple of the width of that subtree's left part."""


def _split(width: int) -> int:
    """Leaves in the left part of a tree of `width` ≥ 2 leaves: the largest power of two below it."""
    return 1 << (width - 1).bit_length() - 1


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Audit path of leaf `index` < `size`, lowest first [RFC 6962, 2.1.1]."""
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old_size: int, size: int, subtree: Subtree) -> list[bytes]:
    """Nodes that prove that the first 0 < `old_size` ≤ `size` leaves are a prefix [RFC 6962, 2.1.2]."""
    path = []
    start, end, whole = 0, size, True  # whole: the old log's root itself is this subtree
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


class MerkleFrontier:
    """The log's right edge: enough to append and to know the root, and small enough for a snapshot.

    size   leaves so far
    peaks  roots of the complete subtrees, largest first: one for each 1 bit of size
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count() or any(len(peak) != _HASH_BYTES for peak in self.peaks):
            raise ValueError(f"not the peaks of a log of {size} leaves")

    def append(self, frame_hash: bytes) -> None:
        node = sha256(b"\x00" + frame_hash).digest()
        filled = self.size
        while filled & 1:
            node = sha256(b"\x01" + self.peaks.pop() + node).digest()
            filled >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def state(self) -> bytes:
        """Size (8 bytes, little-endian), then the peaks; for a snapshot."""
        return self.size.to_bytes(8, "little") + b"".join(self.peaks)

    @classmethod
    def from_state(cls, state: bytes) -> Self:
        """Raises ValueError for anything that `state` did not give."""
        size, peaks = int.from_bytes(state[:8], "little"), state[8:]
        return cls(size, (peaks[at : at + _HASH_BYTES] for at in range(0, len(peaks), _HASH_BYTES)))


class MerkleTree:
    """The whole log in memory, 64 bytes a leaf: for whoever gives proofs. Every complete subtree's root is kept."""

    def __init__(self, frame_hashes: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._levels: list[bytearray] = [bytearray()]  # [k]: roots of the complete subtrees of 2**k leaves
        for frame_hash in frame_hashes:
            self.append(frame_hash)

    @classmethod
    def from_hashes(cls, hashes: bytes | memoryview) -> Self:
        """From a file of frame hashes, 32 bytes each; raises ValueError if it is not a whole number of them."""
        if len(hashes) % _HASH_BYTES:
            raise ValueError(f"{len(hashes)} bytes are not a whole number of hashes")
        return cls(bytes(hashes[at : at + _HASH_BYTES]) for at in range(0, len(hashes), _HASH_BYTES))

    def append(self, frame_hash: bytes) -> None:
        node = leaf_hash(frame_hash)
        self._levels[0] += node
        filled, level = self.size, 0
        while filled & 1:
            row = self._levels[level]
            node = node_hash(bytes(row[-2 * _HASH_BYTES : -_HASH_BYTES]), node)
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += node
            filled >>= 1
        self.size += 1

    def root(self, size: int | None = None) -> bytes:
        """Root of the first `size` leaves, by default of all."""
        size = self.size if size is None else size
        self._check(0 <= size <= self.size, f"the log has {self.size} leaves, not {size}")
        return self._subtree(0, size) if size else EMPTY_ROOT

    def subtree_root(self, level: int, index: int) -> bytes:
        """Root of the complete subtree of 2**level leaves that is `index`-th of its width: an entry of a tile."""
        row = self._levels[level] if level < len(self._levels) else b""
        self._check(0 <= index < len(row) // _HASH_BYTES, f"subtree {index} of level {level} in a log of {self.size}")
        return bytes(row[index * _HASH_BYTES : (index + 1) * _HASH_BYTES])

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of a leaf in the first `size` leaves, lowest first [RFC 6962, 2.1.1]."""
        size = self.size if size is None else size
        self._check(0 <= index < size <= self.size, f"leaf {index} of {size} in a log of {self.size}")
        return inclusion_path(index, size, self._subtree)

    def consistency_proof(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Nodes that prove that the first `old_size` leaves are a prefix of the first `size` [RFC 6962, 2.1.2]."""
        size = self.size if size is None else size
        self._check(0 < old_size <= size <= self.size, f"from {old_size} to {size} in a log of {self.size}")
        return consistency_path(old_size, size, self._subtree)

    def _subtree(self, start: int, end: int) -> bytes:
        """Root over leaves start..end of the tree; start is a multiple of the tree's left part."""
        width = end - start
        level = width.bit_length() - 1
        if width == 1 << level:
            at = (start >> level) * _HASH_BYTES
            return bytes(self._levels[level][at : at + _HASH_BYTES])
        middle = start + _split(width)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))

    @staticmethod
    def _check(holds: bool, reason: str) -> None:
        if not holds:
            raise ValueError(reason)


def verify_inclusion(frame_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that the frame is leaf `index` of the log of `size` leaves with this root."""
    if not 0 <= index < size:
        return False
    node = leaf_hash(frame_hash)
    at, last = index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old_size: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether the path proves that the log with old_root is a prefix of the one with root."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    nodes = list(path)
    if old_size & (old_size - 1) == 0:
        nodes.insert(0, old_root)  # a complete subtree: its root is not sent
    if not nodes:
        return False
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_node = node = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_node, node = node_hash(sibling, old_node), node_hash(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old_node == old_root and node == root
