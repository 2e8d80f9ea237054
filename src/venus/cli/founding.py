"""venus founding: make a real exchange from a file that says who it is; docs/rules/founding.md.

./venus founding check FILE          what is wrong with it, if anything
./venus founding sign FILE …         a seat's approval of the controls, to be pasted into the file
./venus founding make DIR --from FILE
"""

import json
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from venus.cli.founding_file import Step, controls_command, found_command, founding_steps, read_founding
from venus.cli.founding_forms import FoundingFile, FoundingRefused
from venus.cli.words import DATA, fail
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.engine.rehearsal import rehearse
from venus.journal.failures import JournalFull, StorageFailed
from venus.records.approvals import exchange_digest
from venus.records.commands import OpenAccounts, encode_cold, plain
from venus.records.events import EventKind
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey, VaultError
from venus.sdk.keys import BadKeyFile, SeatKey, load_key
from venus.units import NS_PER_S

app = App(name="founding", help="Make a real exchange from a file that says who it is.")
_HOUR_NS = 3_600 * NS_PER_S


@app.command
def check(file: Path, /) -> int:
    """Say whether an exchange can be founded from a file now, and what is wrong with it."""

    def ask() -> dict[str, Any]:
        founding = _read(file)
        steps = _checked(founding, time.time_ns())
        return _numbers(founding, steps)

    return _told(ask)


@app.command
def sign(
    file: Path,
    /,
    *,
    key: Annotated[Path, Parameter(help="The seat's Ed25519 key in PEM.")],
    institution: Annotated[str, Parameter(help="Its name in the file.")],
    seat: Annotated[int, Parameter(help="The seat's number there.")],
    hours: Annotated[int, Parameter(help="For how long the approval is good; 168 at most.")] = 72,
) -> int:
    """Approve, as one seat, that controls hold from the founding on; prints what belongs into the file."""

    def ask() -> str:
        founding = _read(file)
        now_ns = time.time_ns()
        terms = found_command(founding, now_ns).institutions
        number = founding.institution(institution, "--institution")
        if not 0 <= seat < len(terms[number].seats):
            raise FoundingRefused(f"--seat: {institution} has the seats 0 to {len(terms[number].seats) - 1}")
        signer = SeatKey(number, seat, load_key(key))
        if signer.key.public_key().public_bytes_raw() != terms[number].seats[seat].key:
            raise FoundingRefused(f"{key} is not the key of seat {seat} of {institution}")
        expires_s = (now_ns + hours * _HOUR_NS) // NS_PER_S
        who = exchange_digest(*(getattr(founding.exchange, name) for name in founding.exchange.__struct_fields__))
        approval = signer.approve(who, controls_command(founding), expires_s * NS_PER_S)
        return (
            "[[controls.approvals]]\n"
            f"institution = {json.dumps(institution)}\nseat = {seat}\n"
            f"expires = {datetime.fromtimestamp(expires_s, UTC):%Y-%m-%dT%H:%M:%SZ}\n"
            f'signature = "{approval.signature.hex()}"'
        )

    return _told(ask)


@app.command
def make(data: Path = DATA, /, *, source: Annotated[Path, Parameter(name="--from")]) -> int:
    """Found the exchange of a directory that is empty or missing; `venus up` then runs it, as no sandbox.

    The file is tried out whole first, and the exchange is made beside its place and moved there: a founding that
    fails, or is killed, leaves nothing.
    """

    def ask() -> dict[str, Any]:
        place = data.resolve()
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise FoundingRefused(f"{data} is not empty: an exchange is founded once")
        founding = _read(source)
        now_ns = time.time_ns()
        steps = _checked(founding, now_ns)
        _make(place, founding, steps, now_ns)
        return {"data": str(data), **_numbers(founding, steps)}

    return _told(ask)


def _read(file: Path) -> FoundingFile:
    try:
        return read_founding(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise FoundingRefused(f"{file} is no text in UTF-8") from None


def _checked(founding: FoundingFile, now_ns: int) -> list[Step]:
    """Its commands, every one of which the core takes. Raises FoundingRefused: the first that it does not."""
    steps = founding_steps(founding, now_ns)
    for step in steps:
        try:
            encode_cold(step.command)
        except OverflowError:
            raise FoundingRefused(f"{step.place}: a number is larger than a command can hold") from None
    stumble = rehearse(now_ns, [step.command for step in steps])
    if stumble is not None:
        raise FoundingRefused(f"{steps[stumble.place].place}: the exchange refuses this with {stumble.reject.name}")
    return steps


def _make(place: Path, founding: FoundingFile, steps: list[Step], now_ns: int) -> None:
    beside = place.with_name(f".{place.name}.founding")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True, mode=0o700)
        places = Places(beside)
        places.master_key.parent.mkdir(mode=0o700)
        registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
        try:
            for tier in founding.fee_tiers:
                registry.name_fee_tier(tier.tier, tier.name)
        finally:
            registry.close()
        with OfflineWriter(places) as writer:
            for step in steps:
                refused = writer.cold(now_ns, step.command).events["kind"] == EventKind.REJECTED
                assert not refused.any(), (step.place, "was applied when it was tried out")
        if place.exists():
            place.rmdir()
        beside.rename(place)
        _sync(place.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _numbers(founding: FoundingFile, steps: list[Step]) -> dict[str, Any]:
    """What everything that has a name is called by commands."""
    opened = [command.label for command in (plain(step.command) for step in steps) if isinstance(command, OpenAccounts)]
    return {
        "institutions": {form.name: number for number, form in enumerate(founding.institutions)},
        "accounts": {label: number for number, label in enumerate(opened)},
        "assets": {form.code: number for number, form in enumerate(founding.assets)},
        "symbols": {form.code: number for number, form in enumerate(founding.symbols)},
        "controls": founding.controls.institution if founding.controls is not None else None,
        "commands": len(steps),
    }


def _told(ask: Callable[[], Any]) -> int:
    """Print the answer, or say why there is none; the exit code."""
    try:
        answer = ask()
    except (FoundingRefused, BadKeyFile, VaultError, JournalFull, StorageFailed, OSError) as error:
        return fail(str(error))
    print(answer if isinstance(answer, str) else json.dumps(answer, indent=2))
    return 0
