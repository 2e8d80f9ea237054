"""Published, proved and checked from a real journal, as its people would. Source: docs/rules/liabilities.md."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from venus.cli.liabilities import check, prove, publish
from venus.supervisor import verify_balance
from venus.testing.coin_journal import CoinJournal


@pytest.fixture
def published(tmp_path: Path) -> tuple[Path, Path, Path]:
    """An exchange's directory, its publication and the seed of it."""
    with CoinJournal(tmp_path / "data") as stage:
        stage.attest(0)
        stage.fund("ann", 600)
        stage.fund("bob", 200)
        stage.pay_each_other(("ann", "bob", 50))
        (tmp_path / "ann").write_text(str(stage.account("ann")))
    assert publish(tmp_path / "data", out=tmp_path / "public") == 0
    [note] = (tmp_path / "public").glob("*.note")
    return tmp_path / "data", note, note.with_suffix(".seed")


def verify(proof: Path, note: Path, key: Path) -> subprocess.CompletedProcess[str]:
    """With another interpreter that knows nothing of us."""
    command = [sys.executable, "-I", "-S", verify_balance.__file__, str(proof), str(note), str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_customer_proves_her_balance_with_the_script_alone(published: tuple[Path, Path, Path]) -> None:
    data, note, seed = published
    account, proof = int((data.parent / "ann").read_text()), data.parent / "ann.json"
    assert prove(data, note=note, seed=seed, account=account, out=proof) == 0
    done = verify(proof, note, data / "keys" / "journal.verifier")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("proved: 550")
    told = json.loads(proof.read_text())
    told["atoms"] = [atoms + 1 if atoms else 0 for atoms in told["atoms"]]
    proof.write_text(json.dumps(told))
    done = verify(proof, note, data / "keys" / "journal.verifier")
    assert done.returncode == 1 and "NOT PROVED: the balance is not in the publication" in done.stderr


def test_the_seed_is_the_exchanges_own(published: tuple[Path, Path, Path]) -> None:
    assert published[2].stat().st_mode & 0o777 == 0o600


def test_a_supervisor_makes_it_again_from_the_journal_alone(published: tuple[Path, Path, Path]) -> None:
    data, note, seed = published
    (data / "keys" / "journal.pem").unlink()  # of which a supervisor has none
    assert check(data, note=note, seed=seed) == 0


def test_what_is_wrong_is_said(published: tuple[Path, Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    data, note, seed = published
    other = seed.with_name("other.seed")
    other.write_text("00" * 32)
    assert check(data, note=note, seed=other) == 1
    assert "DIFFERS: the journal makes the root" in capfd.readouterr().err
    other.write_text("no seed")
    assert check(data, note=note, seed=other) == 1
    assert prove(data, note=note, seed=seed, account=0) == 1
    assert "account 0 has nothing after frame" in capfd.readouterr().err
    note.write_bytes(note.read_bytes().replace(b"venus/liabilities", b"venus/liabilitieS"))
    assert check(data, note=note, seed=seed) == 1
    assert "does not hold" in capfd.readouterr().err
    assert publish(data.parent / "nothing") == 1
