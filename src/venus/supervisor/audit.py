"""Replay for its own sake: re-execute a journal once and compare it with what it says of itself.

Nothing is written. Verifying frames, running them and hashing their events go on side by side, since all three let go
of the interpreter.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from venus.core.warm import warm
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import JournalReader
from venus.supervisor.ahead import ahead
from venus.supervisor.chains import ChainBeside
from venus.supervisor.findings import Finding
from venus.supervisor.judge import Judge
from venus.supervisor.own_snapshots import restored
from venus.supervisor.sources import Places, read_verifier, roots_told

Progress = Callable[[int, int], None]
"""Called now and then with (frames judged, frames in all)."""


class Audit(NamedTuple):
    """What a replay found. `agrees` is False if there is a finding."""

    first_frame: int
    frames: int
    commands: int
    events: int
    duration_s: float
    event_chain: bytes
    state_root: bytes
    checkpoints: int
    state_roots: int
    finding: Finding | None

    @property
    def agrees(self) -> bool:
        return self.finding is None


def audit(places: Places, from_snapshot: bool, progress: Progress) -> Audit:
    """Re-execute a journal from nothing, or from its newest snapshot.

    Raises JournalDamaged, FileNotFoundError (no public key), NoteRefused (it is none).
    """
    warm()  # or a short journal's figure would be of loading kernels
    reader = JournalReader(places.journal)
    verifier = read_verifier(places.journal_verifier)
    judge = _begun(places, from_snapshot)
    first = judge.tip.frames
    total = max(reader.durable_frames() - first, 1)
    started_s = time.perf_counter()
    judge.expect_figures(roots_told(reader, first, verifier))
    if first:
        judge.begin_behind(reader.frame(first - 1))
    found: Finding | None = None
    for frame in filter(None, ahead(reader.frames(first), threading.Event())):
        found = judge.take(frame)
        if found is not None:
            break
        if judge.tip.frames % 64 == 0:
            progress(judge.tip.frames - first, total)
    chain = judge.chain().value
    duration_s = time.perf_counter() - started_s
    judge.close()
    return Audit(
        first_frame=first,
        frames=judge.tip.frames - first,
        commands=judge.commands,
        events=judge.events,
        duration_s=duration_s,
        event_chain=chain,
        state_root=judge.opinion.state_root(),
        checkpoints=judge.checkpoints,
        state_roots=judge.state_roots,
        finding=found,
    )


def _begun(places: Places, from_snapshot: bool) -> Judge:
    verifier = read_verifier(places.journal_verifier)
    snapshot = SnapshotStore(places.snapshots).latest().snapshot if from_snapshot else None
    begun = None if snapshot is None else restored(snapshot)
    if begun is None:
        return Judge(verifier, make_chain=ChainBeside)
    return Judge(verifier, begun.machine, begun.marks, ChainBeside)
