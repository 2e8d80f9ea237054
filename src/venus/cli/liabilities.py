"""venus liabilities: what is owed to customers, as checkpoints say it: shown, proved to one, made again."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from cyclopts import App

from venus.cli.rules import UNREADABLE
from venus.cli.words import fail
from venus.engine.places import Places
from venus.journal.failures import SnapshotDamaged
from venus.journal.figures import KeptFigures, Published
from venus.journal.frames import FrameKind
from venus.journal.store import JournalReader
from venus.records.liabilities import NotOwed
from venus.supervisor import verify_balance
from venus.supervisor.liabilities import first_otherwise, made_again
from venus.supervisor.rereading import Rereading

app = App(name="liabilities", help="What is owed to customers after the newest checkpoint: show, prove, check it.")


class _Refused(Exception):
    """What was asked cannot be done; says why."""


@app.command
def show(data: Path, /) -> int:
    """Print what all customers together are owed, by asset.

    Parameters
    ----------
    data
        The exchange's directory.
    """

    def ask() -> str:
        published = _published(Places(data.resolve()))
        tree = published.tree
        totals = [f"{code} {atoms}" for code, atoms in zip(tree.codes, tree.totals.tolist(), strict=True)]
        head = f"after {tree.frames} frames {len(tree.accounts)} customers are owed, root {tree.root.hex()}"
        return "\n".join([head, *totals])

    return _told(ask)


@app.command
def prove(data: Path, /, *, account: int, out: Path = Path()) -> int:
    """Write balance-ACCOUNT.json and checkpoint-FRAME.note, for the account's owner to check with verify_balance.py.

    Parameters
    ----------
    data
        The exchange's directory.
    account
        Its number.
    out
        Where both files are written.
    """

    def ask() -> str:
        published = _published(Places(data.resolve()))
        proof = msgspec.json.format(msgspec.json.encode(published.tree.prove(account)), indent=1)
        out.mkdir(parents=True, exist_ok=True)
        balance, note = out / f"balance-{account}.json", out / f"checkpoint-{published.frame}.note"
        balance.write_bytes(proof + b"\n")
        note.write_bytes(published.note)
        return f"{balance}, {note}: to be checked with {verify_balance.__file__}"

    return _told(ask)


@app.command
def check(data: Path, /) -> int:
    """Make every leaf again from the journal alone and compare; names the account of which it is not so.

    Parameters
    ----------
    data
        A directory with the exchange's journal, its public key, and its newest tree.
    """

    def ask() -> str:
        places = Places(data.resolve())
        said = _published(places).tree
        rereading = Rereading(places)
        count = 0
        for reading in rereading:
            count = reading.number + 1
            if count == said.frames:
                break
        seed = JournalReader(places.journal).frame(said.frames - 1)
        if count != said.frames or seed.kind != FrameKind.SEED:
            raise _Refused(f"no seed stands before frame {said.frames}")
        found = made_again(rereading.machine, count, bytes(seed.payload))
        otherwise = first_otherwise(said, found)
        if otherwise is not None:
            account, code, said_atoms, found_atoms = otherwise
            raise _Refused(f"DIFFERS: account {account} is owed {found_atoms} atoms of {code}, not {said_atoms}")
        if found.root != said.root:
            raise _Refused(f"DIFFERS: the journal makes the root {found.root.hex()}, not {said.root.hex()}")
        return f"agrees: {len(found.accounts)} customers after {count} frames, root {found.root.hex()}"

    return _told(ask)


def _published(places: Places) -> Published:
    if not places.journal.is_dir():
        raise _Refused(f"{places.root} holds no journal")
    published = KeptFigures(places.liabilities).newest(places.journal)
    if published is None:
        raise _Refused(f"{places.root} holds no tree of liabilities that a checkpoint stands for")
    return published


def _told(ask: Callable[[], str]) -> int:
    """Print the answer, or say why there is none; the exit code."""
    try:
        print(ask())
    except (_Refused, NotOwed, SnapshotDamaged, OSError, *UNREADABLE) as error:
        return fail(str(error))
    return 0
