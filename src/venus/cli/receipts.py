"""venus receipt: hold what one was told of a command's place against a journal."""

import binascii
from base64 import b64decode
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from venus.cli.words import fail
from venus.engine.places import Places
from venus.journal.failures import FrameMissing, JournalDamaged, StorageFailed
from venus.journal.notes import NoteRefused, Verifier
from venus.journal.receipts import open_receipt
from venus.journal.store import JournalReader
from venus.supervisor.receipts import judge, told_commands

app = App(name="receipt", help="Signed receipts of commands: check them against a journal.")
UNDECIDED = 2
"""Exit code: the receipt is good, and nothing that was given can say whether the journal keeps it."""


@app.command
def check(
    file: Path,
    /,
    *,
    verifier: Annotated[Path | None, Parameter(help="The journal's public key; else that of --journal.")] = None,
    journal: Annotated[Path | None, Parameter(help="An exchange's directory, or a supervisor's copy of one.")] = None,
) -> int:
    """Say whether a receipt is genuine, and whether a journal has its commands there.

    Exit 0 if they are there, 1 if the receipt is not genuine or the journal contradicts it, 2 if that is open.

    Parameters
    ----------
    file
        A receipt as the header X-VENUS-RECEIPT brought it, or several, separated by commas; or as notes.
    """
    if verifier is None and journal is None:
        return fail("give --journal DIR or --verifier FILE: without the journal's public key a receipt is only text")
    try:
        key = _key(verifier, journal)
        worst = 0
        for number, data in enumerate(_receipts(file.read_bytes())):
            worst = max(worst, _told(number, data, key, journal), key=_WORSE.index)
    except (NoteRefused, OSError, JournalDamaged, FrameMissing, StorageFailed) as error:
        return fail(str(error))
    return worst


_WORSE = (0, UNDECIDED, 1)


def _key(verifier: Path | None, journal: Path | None) -> Verifier:
    if verifier is not None:
        return Verifier.from_text(verifier.read_text().strip())
    assert journal is not None
    return Verifier.from_text(Places(journal).journal_verifier.read_text().strip())


def _told(number: int, data: bytes, key: Verifier, journal: Path | None) -> int:
    receipt = open_receipt(data, key)
    print(f"receipt {number + 1}: command {receipt.sequence}, frame time {receipt.time_ns}, account {receipt.account}")
    if receipt.payload:
        for words in told_commands(receipt.kind, receipt.payload, receipt.commands_count):
            print(f"  {words}")
    if journal is None:
        print("  genuine; no journal was given to look for it")
        return UNDECIDED
    verdict = judge(receipt, JournalReader(Places(journal).journal))
    if verdict.holds:
        print(f"  agrees: {verdict.words}")
        return 0
    print(f"  {'OPEN' if verdict.holds is None else 'DIFFERS'}: {verdict.words}")
    return UNDECIDED if verdict.holds is None else 1


def _receipts(data: bytes) -> list[bytes]:
    """The receipts of a file: notes as they are, or each as one base64 text."""
    if data.startswith(b"venus/"):
        return [data]
    try:
        return [b64decode(part.strip(), validate=True) for part in data.split(b",")]
    except binascii.Error:
        raise NoteRefused("the file is neither notes nor base64 of them") from None
