"""Tiles: their paths as C2SP tlog-tiles writes them, and every proof from them against another implementation."""

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as oracle_consistency
from pymerkle import verify_inclusion as oracle_inclusion

from venus.journal.merkle import MerkleTree
from venus.journal.tiles import Tile, TiledLog, tile_at

LEAVES = [sha256(b"frame %d" % number).digest() for number in range(70_000)]
TREE = MerkleTree(LEAVES)


def fetch(level: int, index: int, width: int) -> bytes:
    """Each hash by what the specification says that it is: the root of 256**level leaves."""
    step = 256**level
    starts = range(index * 256 * step, (index * 256 + width) * step, step)
    return b"".join(root(start, start + step) for start in starts)


@cache
def root(start: int, end: int) -> bytes:
    return MerkleTree(LEAVES[start:end]).root()


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(1, 1_234_067, 256), "tile/1/x001/x234/067"),
        (Tile(None, 1_000, 1), "tile/entries/x001/000.p/1"),
        (Tile(63, 0, 255), "tile/63/000.p/255"),
    ],
)
def test_a_path_is_written_as_in_the_specification(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert tile_at(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "tiles/0/000",
        "tile/entries",
        "tile/Entries/000",
        "tile/0/٠٠٠",
        "tile/0/x000/x001/000",
    ],
)
def test_what_is_no_tile_has_no_path(path: str) -> None:
    assert tile_at(path) is None


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_counts() -> None:
    """273 whole ones of level 0 and one of 112; one whole of level 1 and one of 17; one of level 2 with 1."""
    asked = set()

    def counted(level: int, index: int, width: int) -> bytes:
        asked.add((level, index, width))
        return fetch(level, index, width)

    assert TiledLog(70_000, counted).root() == TREE.root()
    assert asked == {(0, 273, 112), (1, 1, 17), (2, 0, 1)}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_proof_is_another_implementation_s_too(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    log = TiledLog(size, fetch)
    assert log.root() == TREE.root(size)
    assert log.inclusion_proof(index) == TREE.inclusion_proof(index, size)
    assert log.consistency_proof(old) == TREE.consistency_proof(old, size)


def test_the_log_is_pymerkle_s() -> None:
    oracle = InmemoryTree.init_from_entries(LEAVES[:600], algorithm="sha256")
    log = TiledLog(600, fetch)
    assert log.root() == oracle.get_state()
    for index in (0, 255, 256, 599):
        proof = oracle.prove_inclusion(index + 1)
        oracle_inclusion(oracle.get_leaf(index + 1), log.root(), proof)
        assert [bytes.fromhex(node) for node in proof.serialize()["path"]][1:] == log.inclusion_proof(index)
    for old in (1, 256, 511):
        oracle_consistency(oracle.get_state(old), log.root(), oracle.prove_consistency(old, 600))
        assert TiledLog(old, fetch).root() == oracle.get_state(old)


def test_a_tile_that_is_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="has 31 bytes, not 32"):
        TiledLog(1, lambda *_: bytes(31)).root()
    with pytest.raises(ValueError, match="frame 5 in a log of 5"):
        TiledLog(5, fetch).inclusion_proof(5)
    with pytest.raises(ValueError, match="from 6"):
        TiledLog(5, fetch).consistency_proof(6)
