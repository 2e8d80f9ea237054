"""venus reserves: keys of chain addresses are shown to be held, by dated challenges that they sign."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from venus.bridges.reserves import (
    Anchor,
    Claim,
    Read,
    Reserves,
    ReservesRefused,
    challenge,
    check_reserves,
    file_of,
    signed_with,
    write,
)
from venus.cli.words import fail
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.journal.failures import FrameMissing, JournalDamaged, SnapshotDamaged
from venus.journal.figures import KeptFigures
from venus.journal.merkle import MerkleFrontier
from venus.journal.notes import NoteRefused, Verifier, open_note, parse_checkpoint
from venus.journal.store import JournalReader

app = App(name="reserves", help="Show that the keys of chain addresses are held: challenge, sign, publish, check.")
_CLAIM = re.compile(r"([A-Z]+):([0-9A-Za-z]+):([0-9A-Za-z]+)=([0-9.]+)")
_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")


@app.command(name="challenge")
def make(data: Path, /, *claims: str, out: Path) -> int:
    """Write what the keys are to sign: the time, the newest checkpoint, and what lies at each address.

    Parameters
    ----------
    data
        The exchange's directory.
    claims
        NETWORK:ADDRESS:ASSET=AMOUNT, such as ETH:0x52908400098527886E0F7030069857D2E4169EE7:USDT=1200.5
    out
        The file to write; it holds no secret, and is carried to the keys.
    """

    def ask() -> str:
        places = Places(data.resolve())
        read = [_CLAIM.fullmatch(claim) for claim in claims]
        bad = [claim for claim, found in zip(claims, read, strict=True) if found is None]
        if bad:
            raise ReservesRefused(f"{bad[0]!r} is not NETWORK:ADDRESS:ASSET=AMOUNT")
        anchor = _newest_checkpoint(places)
        wanted = [Claim(*found.groups()) for found in read if found is not None]
        reserves = challenge(anchor, datetime.now(UTC), wanted)
        write(out, reserves)
        return f"{out}: {len(reserves.challenges)} challenges on the checkpoint of {anchor.frames} frames"

    return _told(ask)


@app.command
def sign(file: Path, /, *, key: Path) -> int:
    """Sign the challenges of a key's own addresses; a wallet may do it too, and its signature be written there.

    Parameters
    ----------
    file
        The challenges; it is written anew.
    key
        A file with a private key, 64 hexadecimal digits.
    """

    def ask() -> str:
        number = _KEY.fullmatch(key.read_text().strip())
        if number is None:
            raise ReservesRefused(f"{key} holds no key of 64 hexadecimal digits")
        reserves, count = signed_with(_read(file), int(number[1], 16))
        if not count:
            raise ReservesRefused("no challenge is of an address of this key")
        write(file, reserves)
        left = sum(not one.signature for one in reserves.challenges)
        return f"{file}: {count} signed, {left} not yet"

    return _told(ask)


@app.command
def publish(data: Path, file: Path, /) -> int:
    """Check signed challenges, and let the public record show them.

    Parameters
    ----------
    data
        The exchange's directory.
    file
        The challenges, all signed.
    """

    def ask() -> str:
        places = Places(data.resolve())
        reserves = _read(file)
        found = check_reserves(reserves, datetime.now(UTC), journal_verifier(places).text())
        _check_anchor(places.journal, found[0].anchor)
        places.reserves.mkdir(exist_ok=True)
        write(file_of(places.reserves, found), reserves)
        return "\n".join(["published:", *map(_line, found)])

    return _told(ask)


@app.command
def check(
    file: Path,
    /,
    *,
    verifier: Annotated[Path, Parameter(help="The public key of the exchange's journal.")],
    note: Annotated[Path | None, Parameter(help="The checkpoint that the challenges name.")] = None,
    data: Annotated[Path | None, Parameter(help="A directory with the journal, or a supervisor's replica.")] = None,
) -> int:
    """Check what was published, offline: every signature, its date, and that the checkpoint was one of the journal's.

    Parameters
    ----------
    file
        What was published.
    """

    def ask() -> str:
        key = Verifier.from_text(verifier.read_text().strip())
        found = check_reserves(_read(file), datetime.now(UTC), key.text())
        anchor = found[0].anchor
        if note is not None:
            told = parse_checkpoint(open_note(note.read_bytes(), [key]).text)
            if (told.frames, told.root) != (anchor.frames, anchor.root):
                raise ReservesRefused(f"{note} is another checkpoint than the challenges name")
        elif data is not None:
            _check_anchor(data / "journal", anchor)
        else:
            raise ReservesRefused("give --note or --data: a date alone can be signed in advance")
        return "\n".join([f"keys were held at {found[0].date:%Y-%m-%d %H:%M} UTC:", *map(_line, found)])

    return _told(ask)


def _newest_checkpoint(places: Places) -> Anchor:
    published = KeptFigures(places.liabilities).newest(places.journal) if places.journal.is_dir() else None
    if published is None:
        raise ReservesRefused(f"{places.root} has no checkpoint that tells liabilities yet")
    return Anchor(journal_verifier(places).text(), published.checkpoint.frames, published.checkpoint.root)


def _check_anchor(journal: Path, anchor: Anchor) -> None:
    """Whether the journal's first frames have the root that the challenges name."""
    log = MerkleFrontier()
    for frame in JournalReader(journal).frames():
        if log.size == anchor.frames:
            break
        log.append(frame.hash)
    if log.size != anchor.frames or log.root() != anchor.root:
        raise ReservesRefused(
            f"the journal has no checkpoint of {anchor.frames} frames with {b64encode(anchor.root)!r}"
        )


def _read(file: Path) -> Reserves:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Reserves)
    except msgspec.DecodeError as error:
        raise ReservesRefused(f"{file} holds no challenges: {error}") from error


def _line(read: Read) -> str:
    claim = read.claim
    return f"  {claim.amount} {claim.asset} at {claim.network} {claim.address}"


def _told(ask: Callable[[], str]) -> int:
    """Print the answer, or say why there is none; the exit code."""
    try:
        print(ask())
    except (ReservesRefused, NoteRefused, JournalDamaged, SnapshotDamaged, FrameMissing, OSError) as error:
        return fail(str(error))
    return 0
