"""The supervisor's node: follows an exchange's journal, judges every frame, remembers what it was shown, cosigns.

It needs read access and nothing else, so it runs on whatever machine a supervisor likes. What it must not forget is in
its own directory; killed at any moment, it goes on from there. Source: docs/rules/supervision.md.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from venus.core.machine import Machine
from venus.core.warm import warm
from venus.journal.cosignatures import Cosigner, add_cosignature
from venus.journal.failures import FrameMissing, JournalDamaged
from venus.journal.frames import Frame, FrameBroken, decode
from venus.journal.notes import Verifier
from venus.supervisor.archive import Archive, FrameArchive, HashArchive, first_rewritten
from venus.supervisor.chains import NOTHING_CLAIMED, ChainBeside
from venus.supervisor.children import Child, ChildFailed
from venus.supervisor.execution import Opinion
from venus.supervisor.figures import NO_SEED, Figures, ReckoningBeside, Wanted, figures
from venus.supervisor.findings import Finding, finding
from venus.supervisor.judge import Judge, Told
from venus.supervisor.own_snapshots import OwnSnapshots
from venus.supervisor.sources import Shown, Source, SourceBroken, SourceLost, ahead, read_verifier
from venus.units import NS_PER_S

SNAPSHOT_COMMANDS = 4_000_000
SNAPSHOT_S = 60.0
COSIGN_S = 10.0
"""While it catches up; at rest each checkpoint is cosigned at once."""
NOTES_KEPT = 1_024
_LAGS_KEPT = 4_096
_STATUS_FRAMES = 256
_LAG_FRAMES = 64
_log = structlog.get_logger("supervisor")


class NodeBusy(Exception):
    """Another process works in this directory."""


class Status(NamedTuple):
    """How far a node is.

    lags_s  of the last frames that were judged as they came: from when the node saw them until it was done with them
    ages_s  of the same: from when the exchange stamped them, if both have one clock
    """

    frames: int
    frames_there: int
    commands: int
    checkpoints: int
    cosigned: int
    waits_for_figures: int
    lags_s: tuple[float, ...]
    ages_s: tuple[float, ...]


class NodePlaces(NamedTuple):
    """What lies in a node's own directory."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def hashes(self) -> Path:
        return self.root / "shown.hashes"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def cosigned(self) -> Path:
        return self.root / "cosigned"

    @property
    def verifier(self) -> Path:
        """The journal's public key, as it was when this node first saw it."""
        return self.root / "journal.verifier"

    @property
    def finding(self) -> Path:
        return self.root / "finding.json"


class Node:
    """One journal, one directory. Use as a context."""

    def __init__(
        self,
        source: Source,
        data: Path,
        *,
        keeps_frames: bool = False,
        cosigner: Cosigner | None = None,
        opinion: Opinion | None = None,
    ) -> None:
        """keeps_frames: keep what is shown whole, else its hashes.

        opinion: another machine than the exchange's kernels; it takes no snapshots, so it begins at the first frame.
        Raises NodeBusy, SourceLost, and for kept frames what FileStore.open raises.
        """
        self._source = source
        self.places = NodePlaces(data)
        self._cosigner = cosigner
        self.places.cosigned.mkdir(parents=True, exist_ok=True)
        verifier = _pinned(source, self.places.verifier)
        self._lock = _locked(self.places.lock)
        self.archive: Archive = (
            FrameArchive.open(self.places.journal) if keeps_frames else HashArchive(self.places.hashes)
        )
        self._snapshots = OwnSnapshots(self.places.snapshots)
        self._snapshot: Child | None = None
        self._snapshot_s = time.monotonic()
        self._snapshot_commands = 0
        self._reckoning = ReckoningBeside(self._let_go)
        self._verifier = verifier
        if opinion is None:
            warm()  # or the first frames would wait for it
        begun = None if opinion else self._snapshots.newest(self.archive.frames)
        machine, marks = begun or (opinion, None)
        self.judge = Judge(self._verifier, machine, marks, ChainBeside, self._reckoning)
        self.first = self.judge.tip.frames
        self._seen: list[tuple[float, int]] = []  # when it was seen, and stamped
        self._has_caught_up = False
        self._lags_s: list[float] = []
        self._ages_s: list[float] = []
        self._noted = b""
        self._cosigned = 0
        self._cosigned_s = 0.0
        self._found: Finding | None = None

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()
        self._await_snapshot(waits=True)
        if self._found is None and self.judge.commands > self._snapshot_commands:
            self._begin_snapshot()
            self._await_snapshot(waits=True)
        self.judge.close()
        self.archive.close()
        os.close(self._lock)

    def status(self) -> Status:
        judge = self.judge
        return Status(
            judge.tip.frames,
            max(self._source.frames(), judge.tip.frames),
            judge.commands,
            judge.checkpoints,
            self._cosigned,
            len(judge.told),
            tuple(self._lags_s),
            tuple(self._ages_s),
        )

    def run(
        self, follow: bool, stopping: threading.Event, told: Callable[[Status], None], end: int | None = None
    ) -> Finding | None:
        """Judge what there is, and with `follow` what comes, until it is told to stop or finds something.

        end: so many frames at most.

        told: called now and then. Raises SourceLost, StorageFailed, JournalFull.
        """
        found = self._earlier() or self._judged(follow, stopping, told, end)
        if found is not None:
            self._keep_finding(found)
        self._found = found
        return found

    def _judged(
        self, follow: bool, stopping: threading.Event, told: Callable[[Status], None], end: int | None
    ) -> Finding | None:
        try:
            found = self._rewritten_before()
            if found is not None:
                return found
            if self.first:
                self.judge.begin_behind(next(self._frames_again(self.first - 1)))
            done = threading.Event()
            try:
                for shown in ahead(self._shown(follow, stopping), done):
                    if shown is not None and shown.frame.number == end:
                        break
                    found = self._rest() if shown is None else self._take(shown)
                    if found is not None:
                        return found
                    if shown is None or shown.frame.number % _STATUS_FRAMES == 0:
                        told(self.status())
            finally:
                done.set()
            return self._end()
        except JournalDamaged as damaged:
            return self._damaged(damaged)
        except SourceBroken as broken:
            return Finding(broken.number, None, "frame", broken.reason, "a whole frame", str(broken))
        except FrameMissing:
            return self._cut(self._still_there())

    def _shown(self, follow: bool, stopping: threading.Event) -> Iterator[Shown]:
        """What this node kept behind its snapshot, if it keeps frames, then what the source shows."""
        first = self.judge.tip.frames
        if isinstance(self.archive, FrameArchive):
            for frame in self.archive.read(first):
                yield Shown(frame, NOTHING_CLAIMED, time.monotonic())
            first = max(first, self.archive.frames)
        yield from self._source.shown(first, follow, stopping)

    def _take(self, shown: Shown) -> Finding | None:
        frame = shown.frame
        is_kept = frame.number < self.archive.frames
        if is_kept and not self.archive.holds(frame):
            return self.archive.differs(frame)
        found = self.judge.take(frame, shown.claim)
        if found is not None:
            return found
        if not is_kept:
            self.archive.keep(frame)
        if self._has_caught_up:
            self._seen.append((shown.seen_s, frame.time_ns))
            if len(self._seen) >= _LAG_FRAMES:  # under load it does not come to rest
                found = self.judge.settle()
                self._note_lags()
                if found is not None:
                    return found
        return self._agreed(rests=False)

    def _note_lags(self) -> None:
        """Everything that was taken is compared: so far was it behind."""
        if self._seen:
            now_s, now_ns = time.monotonic(), time.time_ns()
            self._lags_s = (self._lags_s + [now_s - seen_s for seen_s, _ in self._seen])[-_LAGS_KEPT:]
            self._ages_s = (self._ages_s + [(now_ns - time_ns) / NS_PER_S for _, time_ns in self._seen])[-_LAGS_KEPT:]
            self._seen = []

    def _rest(self) -> Finding | None:
        """Nothing more is there now: everything is compared and kept, and what is due is done."""
        for number, chain in self._source.late():
            self.judge.claimed(number, chain)
        found = self.judge.settle()
        if found is not None:
            return found
        self._has_caught_up |= self.judge.tip.frames >= self._source.frames()
        self.archive.flush()
        self._note_lags()
        return self._fewer() or self._agreed(rests=True)

    def _agreed(self, *, rests: bool) -> Finding | None:
        """Confirm checkpoints whose figures were found meanwhile, cosign the newest, take a snapshot if it is due.

        rests: nothing else is to be done now.
        """
        judge = self.judge
        while judge.told:
            told = judge.told[0]
            if not self._reckoning.is_begun(told.figures_frames):
                self._reckoning.begin_with(told.figures_frames, self._run_again(told))
            made = self._reckoning.found(told.figures_frames)
            if made is None:
                break
            judge.told.pop(0)
            found = judge.confirm(told, made)
            if found is not None:
                return found
        if judge.note != self._noted and (rests or time.monotonic() - self._cosigned_s >= COSIGN_S):
            self._cosign()
        if self._snapshot_is_due():
            self._begin_snapshot()
        return None

    def _end(self) -> Finding | None:
        """Wait for figures that are still being reckoned."""
        while self.judge.told:
            found = self._agreed(rests=True)
            if found is not None:
                return found
            time.sleep(0.01)
        return self.judge.settle() or self._agreed(rests=True)

    def _run_again(self, told: Told) -> Callable[[], Figures]:
        """How to find figures that nobody said in time would be told: run the frames before them once more."""

        def find() -> Figures:
            end = told.figures_frames
            begun = self._snapshots.newest(end - 1)  # its last frame may be the seed
            judge = Judge(self._verifier) if begun is None else Judge(self._verifier, begun.machine, begun.marks)
            for frame in self._frames_again(judge.tip.frames):
                if judge.tip.frames == end:
                    break
                judge.take(frame)
            assert judge.tip.frames == end
            return judge.reckoning.found(end) or figures(judge.opinion, Wanted(end, NO_SEED, True))

        return find

    def _frames_again(self, first: int) -> Iterator[Frame]:
        if isinstance(self.archive, FrameArchive):
            yield from self.archive.read(first)
        else:
            for shown in self._source.shown(first, False, threading.Event()):
                yield shown.frame

    def _cosign(self) -> None:
        """Stand by the newest checkpoint that agrees, if this node has a key; remember it in any case."""
        note = self._noted = self.judge.note
        if self._cosigner is None:
            return
        self.archive.sync()
        note = add_cosignature(note, self._cosigner, int(time.time()))
        frames = int(note.split(b"\n", 2)[1])
        _write(self.places.cosigned / f"{frames:020d}.note", note)
        self._source.hand_in(note, self._cosigner.verifier)
        self._cosigned += 1
        self._cosigned_s = time.monotonic()
        if self._cosigned % NOTES_KEPT == 0:
            for old in sorted(self.places.cosigned.glob("*.note"))[:-NOTES_KEPT]:
                old.unlink()

    def _snapshot_is_due(self) -> bool:
        self._await_snapshot(waits=False)
        if self._snapshot is not None:
            return False
        since = self.judge.commands - self._snapshot_commands
        return since >= SNAPSHOT_COMMANDS or (since > 0 and time.monotonic() - self._snapshot_s >= SNAPSHOT_S)

    def _await_snapshot(self, *, waits: bool) -> None:
        """One that could not be written costs the next start some time, and nothing else."""
        if self._snapshot is None:
            return
        try:
            if self._snapshot.found(waits=waits) is not None:
                self._snapshot = None
        except ChildFailed as failed:
            _log.error("no snapshot of this node", error=str(failed))
            self._snapshot = None

    def _begin_snapshot(self) -> None:
        """By a child, of what is now; it covers nothing that this node could forget."""
        self.archive.sync()
        judge, marks = self.judge, self.judge.marks()
        if isinstance(judge.opinion, Machine):  # the model is of no use half-way
            self._snapshot = Child(lambda: self._snapshots.write(judge, marks), self._let_go)
        self._snapshot_s, self._snapshot_commands = time.monotonic(), judge.commands

    def _let_go(self) -> None:
        self.archive.close_in_child()
        os.close(self._lock)

    def _rewritten_before(self) -> Finding | None:
        """Whether what stands before the place where this node goes on is what it was shown."""
        there = self._still_there()
        if there and self._source.frame(there - 1).hash != self.archive.hash_of(there - 1):
            return first_rewritten(self.archive, self._source.frame, there)
        return None if there == self.archive.frames else self._cut(there)

    def _fewer(self) -> Finding | None:
        """Whether frames that were shown stand there no more."""
        return None if self._source.frames() >= self.archive.frames else self._rewritten_before()

    def _still_there(self) -> int:
        """Of the frames that were shown so many have one in their place, durable or not as their writer says."""
        kept = self.archive.frames
        if self._source.frames() >= kept or self._stands(kept - 1):
            return kept
        there = self._source.frames()
        while self._stands(there):
            there += 1
        return there

    def _stands(self, number: int) -> bool:
        try:
            self._source.frame(number)
        except FrameMissing:
            return False
        return True

    def _cut(self, there: int) -> Finding:
        words = f"{self.archive.frames} frames were shown, and now there are {there}"
        return finding(there, "frame", "missing", "as it was shown", words)

    def _damaged(self, damaged: JournalDamaged) -> Finding:
        """What of a frame that may not stand there is not so; if it is none at all, that."""
        with suppress(FrameBroken, OSError):
            frame = decode(memoryview(damaged.path.read_bytes()), damaged.offset)
            found = self.judge.take(frame) if damaged.number == self.judge.tip.frames else None
            if found is not None:
                return found
        return Finding(damaged.number, None, "frame", damaged.reason, "a whole frame", str(damaged))

    def _earlier(self) -> Finding | None:
        """What was found before: a node does not go on as if it had not been."""
        if not self.places.finding.exists():
            return None
        return Finding(**json.loads(self.places.finding.read_text()))

    def _keep_finding(self, found: Finding) -> None:
        _write(self.places.finding, (json.dumps(found._asdict(), indent=1) + "\n").encode())


def _pinned(source: Source, path: Path) -> Verifier:
    """The key that the journal had when this node first saw it. Raises SourceLost."""
    there = source.verifier()
    if not path.exists():
        _write(path, f"{there.text()}\n".encode())
    pinned = read_verifier(path)
    if pinned.text() != there.text():
        raise SourceLost(
            f"the journal's key is {there.text()} now, and was {pinned.text()} when it was first seen. If the exchange "
            f"may have another, put its line into {path}"
        )
    return pinned


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise NodeBusy(f"another process works in {path.parent}") from None
    return descriptor


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and durably."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
