"""venus record: keep what an exchange publishes, and check all of it on one's own machine."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
from cyclopts import App, Parameter

from venus.bridges.reserves import Reserves, ReservesRefused, Signed, check_reserves
from venus.cli.words import fail
from venus.engine.places import Places
from venus.journal.failures import JournalDamaged
from venus.journal.notes import NoteRefused
from venus.supervisor import record as checking
from venus.supervisor import record_files
from venus.supervisor import recount as counting
from venus.supervisor.rereading import JournalDiffers, reread
from venus.units import NS_PER_MS

app = App(name="record", help="What an exchange publishes to everybody: fetch it, check it.")


@app.command
def fetch(rest: str, folder: Path, /) -> int:
    """Fetch the public record into a folder: checkpoint, log, verifiers, supply, liabilities, reserves, counts.

    Parameters
    ----------
    rest
        The exchange, such as http://127.0.0.1:8000.
    folder
        Where it is kept. The same folder again takes what is new, and keeps the earlier checkpoints.
    """
    try:
        fetched = record_files.fetch(rest, folder)
    except httpx.HTTPError as error:
        return fail(f"{rest} is not reached, or refuses: {error}")
    except (ValueError, OSError) as error:
        return fail(str(error))
    print(f"{folder}: checkpoint behind {fetched.frames} frames, {fetched.tiles} tiles")
    if fetched.absent:
        print(f"not published here: {', '.join(fetched.absent)}")
    return 0


@app.command
def check(
    folder: Path,
    /,
    *,
    verifiers: Annotated[Path | None, Parameter(help="Public keys that you have from elsewhere.")] = None,
) -> int:
    """Check what was fetched: signatures, cosignatures, the log against the checkpoint, a proof; exit 0 if all holds.

    Parameters
    ----------
    folder
        Where it was fetched to. Your own proof of a balance is checked too if it lies there as proof.json.
    """
    try:
        known = None if verifiers is None else checking.trusted(verifiers.read_text())
        checked = _printed(checking.check(folder, known))
        _check_reserves(folder, checked)
    except (checking.Fault, ReservesRefused) as fault:
        print(f"DIFFERS: {fault}")
        return 1
    except (NoteRefused, OSError) as error:
        return fail(str(error))
    print("agrees")
    return 0


@app.command
def recount(folder: Path, data: Path, /) -> int:
    """Count again what was fetched of counts, by running a journal; exit 0 if all are so, 1 with each that is not.

    Parameters
    ----------
    folder
        Where the record was fetched to.
    data
        The exchange's directory, or a copy.
    """
    try:
        counts = msgspec.json.decode((folder / "counts.json").read_bytes(), type=dict[str, object])
        told, time_ms = counting.told_by(counts), counts.get("time")
        if not isinstance(time_ms, int):
            raise ValueError("the counts have no time")
        found = counting.recount(told, time_ms * NS_PER_MS, reread(Places(data.resolve())))
    except JournalDiffers as differs:
        print(f"DIFFERS: {differs}")
        return 1
    except (ValueError, OSError, JournalDamaged, NoteRefused) as error:
        return fail(str(error))
    differing = counting.differing(told, found)
    for line in differing:
        print(f"DIFFERS: {line}")
    if not differing:
        print(f"agrees: {len(told)} figures behind frame {found.frame}")
    return 1 if differing else 0


def _printed(lines: Generator[str, None, checking.Checked]) -> checking.Checked:
    while True:
        try:
            print(next(lines))
        except StopIteration as end:
            checked: checking.Checked = end.value
            return checked


def _check_reserves(folder: Path, checked: checking.Checked) -> None:
    """Raises ReservesRefused for a key of an address that is not shown to be held."""
    file = folder / "reserves.json"
    shown = _Shown() if not file.exists() else _shown(file)
    if not shown.challenges:
        print("reserves      no key of an address is shown")
        return
    found = check_reserves(Reserves(shown.challenges), datetime.now(UTC), checked.keys.journal.text())
    anchor = found[0].anchor
    if anchor.frames > checked.tree.size or checked.tree.root(anchor.frames) != anchor.root:
        raise ReservesRefused(f"reserves.json: its checkpoint behind frame {anchor.frames} is not of this log")
    for read in found:
        claim = read.claim
        print(f"reserves      {claim.amount} {claim.asset} at {claim.network} {claim.address}, {read.date:%Y-%m-%d}")


class _Shown(msgspec.Struct, frozen=True):
    """As the door answers it."""

    challenges: tuple[Signed, ...] = ()


def _shown(file: Path) -> _Shown:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Shown)
    except msgspec.MsgspecError as error:
        raise ReservesRefused(f"{file.name}: {error}") from error
