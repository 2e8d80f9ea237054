"""venus p2p verify-bundle: decide a dispute again from the file that one was given of it."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from venus.cli.words import fail, progress_bar
from venus.engine.places import Places
from venus.journal.failures import FrameMissing, JournalDamaged, StorageFailed
from venus.journal.notes import NoteRefused, Verifier
from venus.p2p.bundle import Bundle, BundleRefused, decode_bundle
from venus.supervisor.dispute_bundle import Kind, check
from venus.supervisor.dispute_journal import journal_faults
from venus.supervisor.dispute_words import report_lines

UNDECIDED = 2
"""Exit code: nothing contradicts the bundle, but the key that it is checked with is its own."""


def verify_bundle(
    file: Path,
    /,
    *,
    verifier: Annotated[Path | None, Parameter(help="The journal's public key; else that of --journal.")] = None,
    journal: Annotated[Path | None, Parameter(help="An exchange's directory, or a supervisor's copy of one.")] = None,
    files: Annotated[Path | None, Parameter(help="A folder of files to look for among those that were named.")] = None,
) -> int:
    """Check a dispute's bundle and decide the dispute again; no exchange is asked.

    Exit 0 if everything holds, 1 if anything does not, 2 if only the bundle's own key says so. With --journal every
    frame up to the bundle's checkpoint is run again, which shows also that no command was left out.
    """
    try:
        bundle = decode_bundle(file.read_bytes())
        key = _key(bundle, verifier, journal)
        report = check(bundle, key)
        if journal is not None and report.case is not None and report.checkpoint is not None:
            with progress_bar("running the journal again") as progress:
                found = journal_faults(bundle, report, Places(journal).journal, progress)
            report = report._replace(faults=[*report.faults, *found], unproven=[])
    except (BundleRefused, NoteRefused, OSError, JournalDamaged, FrameMissing, StorageFailed) as error:
        return fail(str(error))
    for line in report_lines(bundle, report):
        print(line)
    if files is not None:
        for line in _named(bundle, files):
            print(line)
    if report.faults:
        print(f"DOES NOT HOLD: {', '.join(kind for kind in Kind if any(one.kind == kind for one in report.faults))}")
        return 1
    if verifier is None and journal is None:
        print(f"holds, if this is the exchange's key: {bundle.verifier}")
        return UNDECIDED
    print("holds")
    return 0


def _key(bundle: Bundle, verifier: Path | None, journal: Path | None) -> Verifier:
    if verifier is not None:
        return Verifier.from_text(verifier.read_text().strip())
    if journal is not None:
        return Verifier.from_text(Places(journal).journal_verifier.read_text().strip())
    return Verifier.from_text(bundle.verifier)


def _named(bundle: Bundle, folder: Path) -> list[str]:
    """Which files of a folder are those that the bundle names, by their bytes."""
    named = {one.hash for one in bundle.files}
    lines = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest = sha256(path.read_bytes()).hexdigest()
        lines.append(f"{path.name}: {'is' if digest in named else 'IS NOT'} a file of this dispute ({digest})")
    return lines
