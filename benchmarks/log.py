"""`log`: the journal's Merkle log beside pymerkle: frames appended, and proofs given, a second.

Both are given the same hashes of frames, in the same process, one after the other in rounds. pymerkle is what the
tests hold our log against; its tree in memory is the fastest that it has. Ours are three: the frontier, which is all
that the engine keeps; the tree in memory, for who gives proofs; and the tiles in files, which are served.
"""

import importlib.util
import tempfile
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.report import Report, at_least, interleaved, median, ratio, report
from venus.journal.log_files import LogFiles
from venus.journal.merkle import MerkleFrontier, MerkleTree, verify_consistency, verify_inclusion
from venus.journal.store import FileStore
from venus.journal.tiles import TiledLog

FRAMES, PROOFS = 20_000, 2_000
ROUNDS, ROUNDS_LONG = 5, 15
FILED_FRAMES = 40_000
_SEGMENT_BYTES = 16 << 20


def measure(long: bool) -> Report:
    rounds = ROUNDS_LONG if long else ROUNDS
    hashes = [sha256(b"frame %d" % number).digest() for number in range(FRAMES)]
    tree = MerkleTree(hashes)
    runs = {
        "frontier": partial(frontier, hashes),
        "tree": partial(appends, hashes),
        "inclusion": partial(inclusions, hashes, tree),
        "consistency": partial(consistencies, tree),
    }
    theirs = oracle(hashes)
    results = interleaved(runs | theirs, rounds)
    with tempfile.TemporaryDirectory() as folder:
        followed, tiled = files(Path(folder))
    figures: dict[str, object] = {
        "frames": FRAMES,
        "frontier_appends_a_second": median(results["frontier"]),
        "tree_appends_a_second": median(results["tree"]),
        "inclusion_proofs_a_second": median(results["inclusion"]),
        "consistency_proofs_a_second": median(results["consistency"]),
        "frames_followed_into_files_a_second": followed,
        "inclusion_proofs_from_tiles_a_second": tiled,
        "pymerkle": "measured" if theirs else "not installed here: it is with the tests' environment",
    }
    bounds = []
    for ours, name in (("tree", "appends"), ("inclusion", "inclusion"), ("consistency", "consistency")):
        if theirs:
            figures[f"pymerkle_{name}_a_second"] = median(results[f"pymerkle {name}"])
            share = ratio(results, ours, f"pymerkle {name}")
            figures[f"{name}_over_pymerkle"] = share
            bounds.append(at_least(f"{name}, ours / pymerkle", share, 1.0))
    return report("log", figures, bounds)


def frontier(hashes: list[bytes]) -> float:
    log = MerkleFrontier()
    began_s = time.perf_counter()
    for one in hashes:
        log.append(one)
    return len(hashes) / (time.perf_counter() - began_s)


def appends(hashes: list[bytes]) -> float:
    log = MerkleTree()
    began_s = time.perf_counter()
    for one in hashes:
        log.append(one)
    return len(hashes) / (time.perf_counter() - began_s)


def inclusions(hashes: list[bytes], tree: MerkleTree) -> float:
    root, size = tree.root(), tree.size
    indices = _spread(size)
    began_s = time.perf_counter()
    proofs = [tree.inclusion_proof(index) for index in indices]
    took_s = time.perf_counter() - began_s
    for index, proof in zip(indices[:20], proofs, strict=False):
        assert verify_inclusion(hashes[index], index, size, proof, root)
    return len(proofs) / took_s


def consistencies(tree: MerkleTree) -> float:
    sizes = [index + 1 for index in _spread(tree.size)]
    began_s = time.perf_counter()
    proofs = [tree.consistency_proof(old) for old in sizes]
    took_s = time.perf_counter() - began_s
    for old, proof in zip(sizes[:20], proofs, strict=False):
        assert verify_consistency(old, tree.size, proof, tree.root(old), tree.root())
    return len(proofs) / took_s


def oracle(hashes: list[bytes]) -> dict[str, Any]:
    """The same of pymerkle, if it is here."""
    if importlib.util.find_spec("pymerkle") is None:
        return {}
    from pymerkle import InmemoryTree

    whole = InmemoryTree.init_from_entries(hashes, algorithm="sha256")
    indices = _spread(len(hashes))

    def append() -> float:
        log = InmemoryTree(algorithm="sha256")
        began_s = time.perf_counter()
        for one in hashes:
            log.append_entry(one)
        return len(hashes) / (time.perf_counter() - began_s)

    def prove(give: Any) -> float:
        began_s = time.perf_counter()
        for index in indices:
            give(index + 1)
        return len(indices) / (time.perf_counter() - began_s)

    return {
        "pymerkle appends": append,
        "pymerkle inclusion": partial(prove, whole.prove_inclusion),
        "pymerkle consistency": partial(prove, lambda old: whole.prove_consistency(old, len(hashes))),
    }


def files(folder: Path) -> tuple[float, float]:
    """A journal of small frames followed into files, and proofs made of their tiles alone; each a second."""
    with FileStore.open(folder / "journal", segment_bytes=_SEGMENT_BYTES, reserve_bytes=0) as store:
        for number in range(FILED_FRAMES):
            store.append(1, number, 1, number, [bytes(64)])
        store.sync()
        log = LogFiles(folder / "log", folder / "journal")
        began_s = time.perf_counter()
        while log.follow(FILED_FRAMES):
            pass
        followed = FILED_FRAMES / (time.perf_counter() - began_s)
    tiled = TiledLog(log.size, log.tile)
    indices = _spread(log.size)
    began_s = time.perf_counter()
    for index in indices:
        tiled.inclusion_proof(index)
    took_s = time.perf_counter() - began_s
    log.close()
    return round(followed), round(len(indices) / took_s)


def _spread(size: int) -> list[int]:
    """Places all over a log, in no order."""
    return [(number * 7_919) % size for number in range(PROOFS)]
