"""The supervisor's node: follows an exchange's journal, judges every frame, remembers what it was shown, cosigns.

It needs read access and nothing else, so it runs on whatever machine a supervisor likes. What it must not forget is in
its own directory; killed at any moment, it goes on from there. Source: docs/rules/supervision.md.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from venus.core.warm import warm
from venus.journal.cosignatures import Cosigner
from venus.journal.failures import FrameMissing, JournalDamaged
from venus.journal.frames import FrameBroken, decode
from venus.supervisor.ahead import ahead
from venus.supervisor.archive import Archive, FrameArchive, HashArchive
from venus.supervisor.chains import NOTHING_CLAIMED, ChainBeside
from venus.supervisor.cosigning import Cosigning
from venus.supervisor.disputes import asked
from venus.supervisor.execution import slow_opinion
from venus.supervisor.figures import Figures, ReckoningBeside
from venus.supervisor.findings import Finding
from venus.supervisor.judge import LIABILITIES, STATE, SUPPLY, Judge
from venus.supervisor.liabilities import loser_named, owner_named
from venus.supervisor.looks import Looks
from venus.supervisor.node_places import NodePlaces, locked, pinned, write_durably
from venus.supervisor.own_snapshots import OwnSnapshots, SnapshotsBeside
from venus.supervisor.rerunning import Rerunning
from venus.supervisor.samples import SamplesBeside
from venus.supervisor.shown_before import ShownBefore
from venus.supervisor.sources import Shown, Source, SourceBroken
from venus.supervisor.supply import line_named
from venus.units import NS_PER_S

_LAGS_KEPT = 4_096
_STATUS_FRAMES = 256
_LAG_FRAMES = 64


class Status(NamedTuple):
    """How far a node is.

    lags_s  of the last frames that were judged as they came: from when the node saw them until it was done with them
    ages_s  of the same: from when the exchange stamped them, if both have one clock
    away_s  for how long the exchange cannot be reached; 0: it can
    """

    frames: int
    frames_there: int
    commands: int
    checkpoints: int
    cosigned: int
    waits_for_figures: int
    lags_s: tuple[float, ...]
    ages_s: tuple[float, ...]
    away_s: float


class Node:
    """One journal, one directory. Use as a context."""

    def __init__(
        self,
        source: Source,
        data: Path,
        *,
        keeps_frames: bool = False,
        cosigner: Cosigner | None = None,
        by_model: bool = False,
        samples: int = 0,
    ) -> None:
        """keeps_frames: keep what is shown whole, else its hashes.

        by_model: frames are run by the model instead of the exchange's kernels.
        samples: so many frames at a time are run by the model too, once a minute.
        Raises NodeBusy, SourceLost, and for kept frames what FileStore.open raises.
        """
        self._source = source
        self.places = NodePlaces(data)
        self.places.cosigned.mkdir(parents=True, exist_ok=True)
        verifier = pinned(source, self.places.verifier)
        self._lock = locked(self.places.lock)
        self.archive: Archive = (
            FrameArchive.open(self.places.journal) if keeps_frames else HashArchive(self.places.hashes)
        )
        self._snapshots = OwnSnapshots(self.places.snapshots)
        self._snapshotting = SnapshotsBeside(self._snapshots, self._let_go)
        self._shown_before = ShownBefore(self.archive, source)
        self._cosigning = Cosigning(self.places, source, self.archive, cosigner)
        self.looks = Looks(source)
        self.samples = SamplesBeside(samples, self._let_go)
        self._rerunning = Rerunning(verifier, self._snapshots, self.archive, source, by_model=by_model)
        self._reckoning = ReckoningBeside(self._let_go)
        if not by_model:
            warm()  # or the first frames would wait for it
        begun = self._snapshots.newest(self.archive.frames, of_model=by_model)
        machine, marks = begun or (slow_opinion() if by_model else None, None)
        self.judge = Judge(verifier, machine, marks, ChainBeside, self._reckoning)
        self.first = self.judge.tip.frames
        self._seen: list[tuple[float, int]] = []  # when it was seen, and stamped
        self._has_caught_up = False
        self._lags_s: list[float] = []
        self._ages_s: list[float] = []
        self._found: Finding | None = None

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()
        if self._found is None:
            self.archive.sync()
        self._snapshotting.end(self.judge if self._found is None else None)
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
            self._cosigning.count,
            len(judge.told),
            tuple(self._lags_s),
            tuple(self._ages_s),
            self._source.away_s(),
        )

    def run(
        self, follow: bool, stopping: threading.Event, told: Callable[[Status], None], end: int | None = None
    ) -> Finding | None:
        """Judge what there is, and with `follow` what comes, until it is told to stop or finds something.

        end: so many frames at most.

        told: called now and then. Raises SourceLost, StorageFailed, JournalFull.
        """
        found = self._earlier()
        if found is None:
            found = self._judged(follow, stopping, told, end)
            if found is not None:
                found = self._told_more(self._first(found))
                self._keep_finding(found)
        self._found = found
        return found

    def _judged(
        self, follow: bool, stopping: threading.Event, told: Callable[[Status], None], end: int | None
    ) -> Finding | None:
        try:
            found = self._shown_before.rewritten()
            if found is not None:
                return found
            if self.first:
                self.judge.begin_behind(next(self._rerunning.frames(self.first - 1)))
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
            return self._shown_before.cut()

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
        self.samples.took(self.judge, frame)
        self.looks.took(frame)
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
        return self._shown_before.fewer() or self.looks.found() or self._agreed(rests=True)

    def _agreed(self, *, rests: bool) -> Finding | None:
        """Confirm checkpoints whose figures were found meanwhile, cosign the newest, take a snapshot if it is due.

        rests: nothing else is to be done now.
        """
        judge = self.judge
        while judge.told:
            made = self._figures(judge.told[0].figures_frames)
            if made is None:
                break
            found = judge.confirm(judge.told.pop(0), made)
            if found is not None:
                return found
        found = self.samples.found()
        if found is not None:
            return found
        self._cosigning.take(judge.note, rests=rests)
        if self._snapshotting.is_due(judge.commands):
            self.archive.sync()
            self._snapshotting.begin(judge)
        return None

    def _end(self) -> Finding | None:
        """Wait for figures that are still being reckoned."""
        while self.judge.told:
            found = self._agreed(rests=True)
            if found is not None:
                return found
            time.sleep(0.01)
        return self.judge.settle() or self.looks.found() or self.samples.found(waits=True) or self._agreed(rests=True)

    def _figures(self, frames: int) -> Figures | None:
        """Those behind so many frames, if they are found by now."""
        if not self._reckoning.is_begun(frames):
            self._reckoning.begin_with(frames, self._rerunning.figures(frames))
        return self._reckoning.found(frames)

    def _first(self, found: Finding) -> Finding:
        """What was told of frames before it, and is still being reckoned, is waited for."""
        for told in self.judge.told:
            if told.figures_frames > found.frame:
                break
            while (made := self._figures(told.figures_frames)) is None:
                time.sleep(0.01)
            earlier = self.judge.confirm(told, made)
            if earlier is not None:
                return earlier
        return found

    def _let_go(self) -> None:
        self.archive.close_in_child()
        os.close(self._lock)

    def _told_more(self, found: Finding) -> Finding:
        """The same by command and field, or by account or line, if the exchange tells what it needs for that."""
        dispute = self.judge.dispute
        if dispute is not None and dispute.frame.number == found.frame:
            return asked(found, dispute, self._source.events)
        if found.what == LIABILITIES:
            return owner_named(found, self._source.leaves, self._rerunning.machine)
        if found.what == STATE and self.judge.owed:
            return loser_named(found, self.judge.owed, self._source.leaves, self._rerunning.machine)
        if found.what == SUPPLY:
            return line_named(found, self._source.supply, self._rerunning.machine)
        return found

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
        write_durably(self.places.finding, (json.dumps(found._asdict(), indent=1) + "\n").encode())
