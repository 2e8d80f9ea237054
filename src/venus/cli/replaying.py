"""venus replay: the promise, tried."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from venus.cli.words import fail, progress_bar
from venus.engine.places import Places
from venus.journal.failures import FrameMissing, JournalDamaged, SnapshotDamaged
from venus.journal.notes import NoteRefused
from venus.supervisor.audit import audit


def replay(data: Path, /, *, from_snapshot: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Re-execute a journal and compare it with its checkpoints; exit 0 only if all agree.

    Parameters
    ----------
    data
        The exchange's directory.
    from_snapshot
        Begin at the newest snapshot instead of at nothing.
    """
    data = data.resolve()
    places = Places(data)
    if not places.journal.is_dir():
        return fail(f"{data} holds no journal")
    try:
        with progress_bar("replaying") as progress:
            found = audit(places, from_snapshot, progress)
    except (JournalDamaged, SnapshotDamaged, NoteRefused, FrameMissing, FileNotFoundError) as error:
        return fail(str(error))
    rate = found.commands / found.duration_s if found.duration_s else 0.0
    print(f"from frame    {found.first_frame}")
    print(f"frames        {found.frames}")
    print(f"commands      {found.commands}")
    print(f"events        {found.events}")
    print(f"seconds       {found.duration_s:.3f}")
    print(f"commands/s    {rate:.0f}")
    print(f"event chain   {found.event_chain.hex()}")
    print(f"state root    {found.state_root.hex()}")
    print(f"checkpoints   {found.checkpoints} compared, {found.state_roots} with a state root")
    if found.finding is None:
        print("agrees")
        return 0
    print(f"DIFFERS: {found.finding.words}")
    return 1
