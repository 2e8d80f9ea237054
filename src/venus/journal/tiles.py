"""The Merkle log as tiles of 256 hashes, from which anybody makes roots and proofs by himself.

Tile n of level l holds the roots of the complete subtrees of 256**l frames from n * 256 on. Source: C2SP tlog-tiles;
docs/rules/public_log.md, "Tiles".
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from venus.journal.merkle import EMPTY_ROOT, consistency_path, inclusion_path, node_hash

TILE_WIDTH = 256
HEIGHT = 8
HASH_BYTES = 32
LEVELS_MAX = 64
_INDEX = re.compile(r"((?:x[0-9]{3}/)*)([0-9]{3})")
_PARTIAL = re.compile(r"(.*)\.p/([1-9][0-9]{0,2})")
_LEVEL = re.compile(r"0|[1-9][0-9]?")

Fetch = Callable[[int, int, int], bytes]
"""Hashes of a tile by level, index and width; more than the width may come, fewer not. Raises as it likes."""


class Tile(NamedTuple):
    """level None: the entries themselves."""

    level: int | None
    number: int
    width: int

    def path(self) -> str:
        """Its place behind the log's prefix."""
        digits = f"{self.number:03d}"
        digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join([*('x' + group for group in groups[:-1]), groups[-1]])}{partial}"


def tile_at(path: str) -> Tile | None:
    """The tile of a path as `Tile.path` writes it; None for one that no tile has."""
    kind, slash, level_text = path.partition("/")
    level_text, slash, rest = level_text.partition("/")
    if kind != "tile" or not slash or not (level_text == "entries" or _LEVEL.fullmatch(level_text)):
        return None
    level = None if level_text == "entries" else int(level_text)
    partial = _PARTIAL.fullmatch(rest)
    width = TILE_WIDTH
    if partial is not None:
        rest, width = partial[1], int(partial[2])
    index = _INDEX.fullmatch(rest)
    if index is None or width > TILE_WIDTH or (partial is not None and width == TILE_WIDTH):
        return None
    tile = Tile(level, int(index[1].replace("x", "").replace("/", "") + index[2]), width)
    return tile if tile.path() == path and (level is None or level < LEVELS_MAX) else None


def tile_root(hashes: bytes) -> bytes:
    """Root over a whole tile's 256 hashes."""
    assert len(hashes) == TILE_WIDTH * HASH_BYTES
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class TiledLog:
    """The first `size` frames of a log, of which only tiles can be had."""

    def __init__(self, size: int, fetch: Fetch) -> None:
        self.size = size
        self._fetch = fetch
        self._rows: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        return self._subtree(0, self.size) if self.size else EMPTY_ROOT

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Audit path of a frame, lowest first [RFC 6962, 2.1.1]; raises ValueError for one that is not in the log."""
        if not 0 <= index < self.size:
            raise ValueError(f"frame {index} in a log of {self.size}")
        return inclusion_path(index, self.size, self._subtree)

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """Proof that the first `old_size` frames are a prefix [RFC 6962, 2.1.2]; raises ValueError."""
        if not 0 < old_size <= self.size:
            raise ValueError(f"from {old_size} to a log of {self.size}")
        return consistency_path(old_size, self.size, self._subtree)

    def _subtree(self, start: int, end: int) -> bytes:
        """Root over frames start..end, where start is a multiple of the left part's width."""
        width = end - start
        height = width.bit_length() - 1
        if width == 1 << height:
            return self._complete(height, start >> height)
        middle = start + (1 << height)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))

    def _complete(self, height: int, number: int) -> bytes:
        """Root of the complete subtree of 2**height frames with this number among its like."""
        level, above = divmod(height, HEIGHT)
        first = number << above  # in hashes of the level
        row = self._row(level, first // TILE_WIDTH)
        at = first % TILE_WIDTH * HASH_BYTES
        hashes = [row[at + i * HASH_BYTES : at + (i + 1) * HASH_BYTES] for i in range(1 << above)]
        while len(hashes) > 1:
            hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
        return hashes[0]

    def _row(self, level: int, index: int) -> bytes:
        known = self._rows.get((level, index))
        if known is None:
            width = min((self.size >> HEIGHT * level) - index * TILE_WIDTH, TILE_WIDTH)
            known = self._rows[level, index] = self._fetch(level, index, width)
            if len(known) < width * HASH_BYTES:
                raise ValueError(f"tile {index} of level {level} has {len(known)} bytes, not {width * HASH_BYTES}")
        return known
