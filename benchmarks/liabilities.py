"""`liabilities`: what a checkpoint costs, and a proof: a million customers, each with something of ten assets.

The machine's balances are written into its arrays, not paid in one by one: the tree is made of what is there, however
it came. `checkpoint` is what a forked child does between two frames of the exchange: gathering, tree, statement of
supply, and the file that proofs are given from; its processor time is what it costs the exchange.
"""

import json
import os
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.report import Report, at_most, median, report, rounded
from benchmarks.venus_flow import open_accounts
from venus.core.kernels import layout
from venus.core.liabilities import liability_tree, owed_by
from venus.core.machine import Machine
from venus.journal.figures import KeptFigures
from venus.journal.notes import Checkpoint, Signer, sign_note
from venus.records.commands import AccountKind, ListAsset
from venus.records.liabilities import LiabilityTree
from venus.supervisor import verify_balance

CUSTOMERS, ASSETS = 1_000_000, 10
FRAMES = 1_000
PROOFS, PROOFS_LONG = 50, 1_000
FORKS = 5
ROOT_S_MAX = 5.0
SEED = bytes(range(32))


def measure(long: bool) -> Report:
    machine = held()
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    owed = owed_by(machine, FRAMES)
    gathered_s = time.perf_counter()
    tree = liability_tree(owed, SEED)
    made_s, made_cpu_s = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        kept = KeptFigures(Path(folder))
        kept.keep(tree, "venus/supply\n")
        kept_s = time.perf_counter()
        [file] = Path(folder).iterdir()
        tree_bytes = file.stat().st_size
    pauses_ms = [fork_ms() for _ in range(FORKS)]
    figures = proofs(tree, PROOFS_LONG if long else PROOFS)
    root_s = made_s - started_s
    return report(
        "liabilities",
        {
            "customers": CUSTOMERS,
            "assets": ASSETS,
            "gathering_s": rounded(gathered_s - started_s),
            "tree_s": rounded(made_s - gathered_s),
            "root_s": rounded(root_s),
            "root_processor_s": rounded(made_cpu_s - started_cpu_s),
            "file_s": rounded(kept_s - made_s),
            "file_bytes": tree_bytes,
            "fork_pause_ms": median(pauses_ms),
            **figures,
        },
        [at_most("root of 1,000,000 customers x 10 assets, s", root_s, ROOT_S_MAX)],
    )


def held() -> Machine:
    """Customers who all have some of everything."""
    machine = Machine()
    machine.apply_cold(1, machine.next_sequence, open_accounts("house", AccountKind.HOUSE, 1, "house"))
    for number in range(ASSETS):
        machine.apply_cold(1, machine.next_sequence, ListAsset(reference=f"asset {number}", code=f"A{number}", scale=8))
    assert len(machine.facts.asset_codes) == ASSETS
    memory, count = machine.memory, CUSTOMERS * ASSETS
    memory.grow("accounts", CUSTOMERS + 1)
    memory.grow("balances", count + 1)
    memory["accounts"]["kind"][1 : CUSTOMERS + 1] = AccountKind.PERSON
    balances = memory["balances"][1 : count + 1]
    balances["account"] = 1 + np.arange(count) // ASSETS
    balances["asset"] = np.arange(count) % ASSETS
    balances["free_atoms"] = np.random.default_rng(1).integers(1, 10**12, count)
    memory.counters[layout.ACCOUNTS_COUNT] = CUSTOMERS + 1
    memory.counters[layout.BALANCES_USED] = count + 1
    return machine


def fork_ms() -> float:
    """How long the exchange stands still to fork a child that sees all of this."""
    started_s = time.perf_counter()
    process = os.fork()
    if process == 0:
        os._exit(0)
    took_ms = (time.perf_counter() - started_s) * 1_000
    os.waitpid(process, 0)
    return took_ms


def proofs(tree: LiabilityTree, count: int) -> dict[str, object]:
    """Milliseconds to prove one balance, and to check it with the script, its signature too."""
    signer = Signer("venus/journal", Ed25519PrivateKey.generate())
    told = Checkpoint("venus/journal", FRAMES, bytes(32), bytes(32), None, (FRAMES, tree.root)).text()
    note, key = sign_note(told, [signer]).decode(), signer.verifier.text()
    proving_ms, checking_ms, sizes = [], [], []
    for account in np.random.default_rng(2).integers(1, CUSTOMERS + 1, count).tolist():
        started_s = time.perf_counter()
        data = msgspec.json.encode(tree.prove(account))
        proved_s = time.perf_counter()
        assert verify_balance.check(json.loads(data), note, key)
        checking_ms.append((time.perf_counter() - proved_s) * 1_000)
        proving_ms.append((proved_s - started_s) * 1_000)
        sizes.append(len(data))
    return {"proof_ms": median(proving_ms), "proof_bytes": int(median(sizes)), "verify_ms": median(checking_ms)}
