"""Told, proved and checked from a real journal, as its people would. Source: docs/rules/liabilities.md."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from venus.cli.liabilities import check, prove, show
from venus.journal.figures import KeptFigures
from venus.journal.snapshots import SnapshotStore
from venus.supervisor import verify_balance
from venus.testing.coin_journal import CoinJournal


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An exchange's directory."""
    with CoinJournal(tmp_path / "data") as stage:
        stage.attest(0)
        stage.fund("ann", 600)
        stage.fund("bob", 200)
        stage.pay_each_other(("ann", "bob", 50))
        (tmp_path / "ann").write_text(str(stage.account("ann")))
    return tmp_path / "data"


def verify(proof: Path, note: Path, key: Path) -> subprocess.CompletedProcess[str]:
    """With another interpreter that knows nothing of us."""
    command = [sys.executable, "-I", "-S", verify_balance.__file__, str(proof), str(note), str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_customer_proves_her_balance_with_the_script_alone(data: Path) -> None:
    account, out = int((data.parent / "ann").read_text()), data.parent / "public"
    assert prove(data, account=account, out=out) == 0
    proof, [note] = out / f"balance-{account}.json", list(out.glob("checkpoint-*.note"))
    done = verify(proof, note, data / "keys" / "journal.verifier")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("proved: 550")
    told = json.loads(proof.read_text())
    told["atoms"] = [atoms + 1 if atoms else 0 for atoms in told["atoms"]]
    proof.write_text(json.dumps(told))
    done = verify(proof, note, data / "keys" / "journal.verifier")
    assert done.returncode == 1 and "NOT PROVED: the balance is not in what the checkpoint says" in done.stderr


def test_a_supervisor_makes_it_again_from_the_journal_alone(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (data / "keys" / "journal.pem").unlink()  # of which a supervisor has none
    assert check(data) == 0 and "agrees: 2 customers" in capfd.readouterr().out
    assert show(data) == 0 and "2 customers are owed" in capfd.readouterr().out


def test_an_account_that_the_exchange_says_otherwise_of_is_named(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its tree has less of her, and its checkpoint's root is not even reached."""
    account = int((data.parent / "ann").read_text())
    kept = SnapshotStore(data / "liabilities", suffix="tree")
    [number] = kept.numbers()
    tree = kept.load(number)
    atoms = np.array(tree.arrays["atoms/0"])
    atoms[tree.arrays["places"][np.searchsorted(tree.arrays["accounts"], account)]] -= 10
    kept.write(number, tree.meta, dict(tree.arrays) | {"atoms/0": np.maximum(atoms, 0)})
    assert check(data) == 1
    err = capfd.readouterr().err
    assert f"DIFFERS: account {account} is owed" in err


def test_what_is_wrong_is_said(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert prove(data, account=0, out=data.parent) == 1
    assert "account 0 has nothing after" in capfd.readouterr().err
    [kept] = (data / "liabilities").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert show(data) == 1
    assert "does not match" in capfd.readouterr().err
    kept.unlink()
    assert show(data) == 1
    assert "no tree of liabilities" in capfd.readouterr().err
    assert show(data.parent / "nothing") == 1


def test_a_tree_is_shown_only_under_its_own_checkpoint(data: Path) -> None:
    """Whatever lies there under the right number: one of another seed, as a restored exchange could have left."""
    figures = KeptFigures(data / "liabilities")
    published = figures.newest(data / "journal")
    assert published is not None and published.checkpoint.liabilities == (published.tree.frames, published.tree.root)
    figures.keep(published.tree._replace(root=bytes(32)), published.supply)
    assert figures.newest(data / "journal") is None
    proof = msgspec.json.encode(published.tree.prove(int((data.parent / "ann").read_text())))
    assert len(proof) < 4_000
