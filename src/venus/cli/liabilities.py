"""venus liabilities: what is owed to customers, published as one hash, proved to each, made again by who doubts it."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from venus.cli.rules import UNREADABLE
from venus.cli.words import fail
from venus.engine.keys import journal_signer, journal_verifier
from venus.engine.places import Places
from venus.engine.rereading import Rereading
from venus.journal.notes import NoteRefused, open_note
from venus.supervisor import verify_balance
from venus.supervisor.liabilities import LiabilityTree, NotOwed, owed_by

app = App(name="liabilities", help="What is owed to customers: publish it, prove a balance, check all of it.")
Seed = Annotated[Path, Parameter(help="The publication's seed: for the exchange and its supervisors alone.")]
Note = Annotated[Path, Parameter(help="The publication.")]
_SEED_BYTES = 32


class _Refused(Exception):
    """What was asked cannot be done; says why."""


@app.command
def publish(data: Path, /, *, out: Path = Path()) -> int:
    """Sign what is owed after the journal's last frame: liabilities-FRAMES.note, and its seed, which stays secret.

    Parameters
    ----------
    data
        The exchange's directory.
    out
        Where both files are written.
    """

    def ask() -> str:
        places = _places(data)
        seed = secrets.token_bytes(_SEED_BYTES)
        frames, tree = _replayed(places, None, seed)
        if not places.journal_key.exists():
            raise _Refused(f"{data} holds no key to sign with: only the exchange can publish")
        out.mkdir(parents=True, exist_ok=True)
        note = out / f"liabilities-{frames}.note"
        with os.fdopen(os.open(note.with_suffix(".seed"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(seed.hex() + "\n")
        note.write_bytes(tree.note(journal_signer(places)))
        return f"{note}: {tree.leaves} customers, root {tree.root.hex()}"

    return _told(ask)


@app.command
def prove(data: Path, /, *, note: Note, seed: Seed, account: int, out: Path | None = None) -> int:
    """Write the proof of one account's balance, for its owner to check with verify_balance.py.

    Parameters
    ----------
    data
        The exchange's directory.
    account
        Its number.
    out
        The file to write; else it is printed.
    """

    def ask() -> str:
        places = _places(data)
        tree = _made_again(places, note, seed)
        proof = msgspec.json.format(msgspec.json.encode(tree.prove(account)), indent=1).decode()
        if out is None:
            return proof
        out.write_text(proof + "\n")
        return f"{out}: to be checked with {verify_balance.__file__}"

    return _told(ask)


@app.command
def check(data: Path, /, *, note: Note, seed: Seed) -> int:
    """Make every leaf again from the journal alone, and compare; exit 0 only if the publication is what it makes.

    Parameters
    ----------
    data
        A directory with the exchange's journal and its public key.
    """

    def ask() -> str:
        tree = _made_again(_places(data), note, seed)
        return f"agrees: {tree.leaves} customers, root {tree.root.hex()}"

    return _told(ask)


def _places(data: Path) -> Places:
    places = Places(data.resolve())
    if not places.journal.is_dir():
        raise _Refused(f"{data} holds no journal")
    return places


def _made_again(places: Places, note: Path, seed: Path) -> LiabilityTree:
    """The tree of a publication, which it was compared with."""
    published = open_note(note.read_bytes(), [journal_verifier(places)])
    try:
        frames = int(published.text.splitlines()[1])
        secret = bytes.fromhex(seed.read_text().strip())
    except (IndexError, ValueError):
        raise _Refused(f"{note} is no publication of liabilities, or {seed} no seed") from None
    found, tree = _replayed(places, frames, secret)
    if found != frames:
        raise _Refused(f"the journal has {found} frames, the publication stands behind {frames}")
    if tree.text != published.text:
        raise _Refused(f"DIFFERS: the journal makes the root {tree.root.hex()} of {tree.leaves} customers")
    return tree


def _replayed(places: Places, frames: int | None, seed: bytes) -> tuple[int, LiabilityTree]:
    """How many frames were run, at most so many, and the tree of what is owed then."""
    rereading = Rereading(places)
    count = 0
    for reading in rereading:
        count = reading.number + 1
        if count == frames:
            break
    return count, LiabilityTree(owed_by(rereading.machine, count), seed)


def _told(ask: Callable[[], str]) -> int:
    """Print the answer, or say why there is none; the exit code."""
    try:
        print(ask())
    except (_Refused, NotOwed, NoteRefused, OSError, *UNREADABLE) as error:
        return fail(str(error))
    return 0
