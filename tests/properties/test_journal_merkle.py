"""The Merkle log against RFC 6962's own examples and against another implementation of it."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as oracle_consistency
from pymerkle import verify_inclusion as oracle_inclusion

from venus.journal.merkle import EMPTY_ROOT, MerkleFrontier, MerkleTree, verify_consistency, verify_inclusion

SIZES = st.integers(1, 130)


def leaves(count: int) -> list[bytes]:
    return [sha256(b"frame %d" % number).digest() for number in range(count)]


def oracle(count: int) -> InmemoryTree:
    return InmemoryTree.init_from_entries(leaves(count), algorithm="sha256")


def test_the_known_roots_of_rfc_6962() -> None:
    """The test vectors that certificate transparency logs publish: leaves of any length, not only hashes."""
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    frontier = MerkleFrontier()
    assert frontier.root() == EMPTY_ROOT
    for entry in entries:
        frontier.append(bytes.fromhex(entry))
        if frontier.size in roots:
            assert frontier.root().hex() == roots[frontier.size]


def test_every_root_up_to_some_size_is_the_oracles() -> None:
    frontier, tree, other = MerkleFrontier(), MerkleTree(), InmemoryTree(algorithm="sha256")
    for leaf in leaves(300):
        frontier.append(leaf)
        tree.append(leaf)
        other.append_entry(leaf)
        assert frontier.root() == tree.root() == other.get_root()
        assert len(frontier.peaks) == frontier.size.bit_count()
    assert tree.root(77) == MerkleTree(leaves(77)).root()
    assert MerkleTree.from_hashes(b"".join(leaves(300))).root() == frontier.root()


@given(SIZES, st.data())
def test_inclusion_proofs_hold_and_are_the_oracles(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = MerkleTree(leaves(size + 20))
    path, root, leaf = tree.inclusion_proof(index, size), tree.root(size), leaves(size)[index]
    assert verify_inclusion(leaf, index, size, path, root)
    other = oracle(size + 20)
    theirs = other.prove_inclusion(index + 1, size)
    oracle_inclusion(other.get_leaf(index + 1), other.get_root(size), theirs)
    assert [node.hex() for node in path] == theirs.serialize()["path"][1:]


@given(SIZES, st.data())
def test_consistency_proofs_hold_and_are_the_oracles(size: int, data: st.DataObject) -> None:
    old_size = data.draw(st.integers(1, size))
    tree = MerkleTree(leaves(size + 20))
    path = tree.consistency_proof(old_size, size)
    assert verify_consistency(old_size, size, path, tree.root(old_size), tree.root(size))
    other = oracle(size + 20)
    oracle_consistency(other.get_root(old_size), other.get_root(size), other.prove_consistency(old_size, size))


@given(st.integers(2, 130), st.data())
def test_a_false_inclusion_is_not_believed(size: int, data: st.DataObject) -> None:
    tree = MerkleTree(leaves(size))
    index = data.draw(st.integers(0, size - 1))
    path, root, leaf = tree.inclusion_proof(index), tree.root(), leaves(size)[index]
    false_index = data.draw(st.integers(-1, size).filter(lambda other: other != index))
    assert not verify_inclusion(leaf, false_index, size, path, root)
    assert not verify_inclusion(sha256(leaf).digest(), index, size, path, root)
    assert not verify_inclusion(leaf, index, size, path[:-1], root)
    assert not verify_inclusion(leaf, index, size, [*path, root], root)
    at = data.draw(st.integers(0, len(path) - 1))
    assert not verify_inclusion(leaf, index, size, [*path[:at], sha256(path[at]).digest(), *path[at + 1 :]], root)


@given(st.integers(2, 130), st.data())
def test_a_false_consistency_is_not_believed(size: int, data: st.DataObject) -> None:
    tree = MerkleTree(leaves(size))
    old_size = data.draw(st.integers(1, size - 1))
    path, old_root, root = tree.consistency_proof(old_size), tree.root(old_size), tree.root()
    changed = leaves(size)
    changed[data.draw(st.integers(0, old_size - 1))] = bytes(32)
    other = MerkleTree(changed)
    assert not verify_consistency(old_size, size, path, old_root, other.root())
    assert not verify_consistency(old_size, size, path, other.root(old_size), root)
    assert not verify_consistency(old_size, size, other.consistency_proof(old_size), old_root, other.root())
    assert not verify_consistency(old_size, size, path[:-1], old_root, root)
    assert not verify_consistency(old_size, size, [*path, root], old_root, root)
    assert not verify_consistency(old_size, old_size, path, old_root, old_root)


@given(st.integers(0, 130), st.integers(0, 40))
def test_a_frontier_goes_on_from_its_state(size: int, more: int) -> None:
    frontier = MerkleFrontier()
    for leaf in leaves(size):
        frontier.append(leaf)
    again = MerkleFrontier.from_state(frontier.state())
    for leaf in leaves(size + more)[size:]:
        again.append(leaf)
    assert again.root() == MerkleTree(leaves(size + more)).root()


def test_what_is_not_a_state_or_not_in_the_log_is_refused() -> None:
    state = MerkleFrontier(1, [bytes(32)]).state()
    for bad in (b"", state[:-1], state + b"x", state + bytes(32), (3).to_bytes(8, "little") + bytes(32)):
        if bad:
            with pytest.raises(ValueError, match="not the peaks"):
                MerkleFrontier.from_state(bad)
    tree = MerkleTree(leaves(5))
    for call in (
        lambda: tree.inclusion_proof(5),
        lambda: tree.inclusion_proof(0, 6),
        lambda: tree.consistency_proof(0),
        lambda: tree.consistency_proof(4, 3),
        lambda: tree.root(6),
        lambda: MerkleTree.from_hashes(bytes(31)),
    ):
        with pytest.raises(ValueError, match=r"leaf|leaves|log|whole"):
            call()
