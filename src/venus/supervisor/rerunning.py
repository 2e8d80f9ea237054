"""A node runs frames once more that it judged before: for what nobody said in time would be needed."""

import threading
from collections.abc import Callable, Iterator

from venus.core.machine import Machine
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import Verifier
from venus.supervisor.archive import Archive, FrameArchive
from venus.supervisor.execution import slow_opinion
from venus.supervisor.figures import NO_SEED, Figures, Wanted, figures
from venus.supervisor.judge import Judge
from venus.supervisor.own_snapshots import OwnSnapshots
from venus.supervisor.sources import Source


class Rerunning:
    """From the newest own snapshot before them, and from the beginning if there is none."""

    def __init__(
        self, verifier: Verifier, snapshots: OwnSnapshots, archive: Archive, source: Source, *, by_model: bool = False
    ) -> None:
        """by_model: figures are those of the model."""
        self._verifier = verifier
        self._snapshots = snapshots
        self._archive = archive
        self._source = source
        self._by_model = by_model

    def frames(self, first: int) -> Iterator[Frame]:
        """Those that were judged, from one on: as they are kept, or as they stand there."""
        if isinstance(self._archive, FrameArchive):
            yield from self._archive.read(first)
        else:
            for shown in self._source.shown(first, False, threading.Event()):
                yield shown.frame

    def figures(self, frames: int) -> Callable[[], Figures]:
        """How to find those behind so many frames."""

        def find() -> Figures:
            judge, _ = self._after(frames, by_model=self._by_model)
            return judge.reckoning.found(frames) or figures(judge.opinion, Wanted(frames, NO_SEED, True))

        return find

    def machine(self, frames: int) -> tuple[Machine, bytes]:
        """What the kernels are after so many frames, and the seed that the last of them holds; empty if it is none."""
        judge, last = self._after(frames, by_model=False)
        assert isinstance(judge.opinion, Machine)
        return judge.opinion, bytes(last.payload) if last.kind == FrameKind.SEED else b""

    def _after(self, end: int, *, by_model: bool) -> tuple[Judge, Frame]:
        """A judge behind so many frames, and the last of them."""
        begun = self._snapshots.newest(end - 1, of_model=by_model)  # its last frame may be the seed
        if begun is None:
            judge = Judge(self._verifier, slow_opinion() if by_model else None)
        else:
            judge = Judge(self._verifier, begun.machine, begun.marks)
        for frame in self.frames(judge.tip.frames):
            judge.take(frame)
            if judge.tip.frames == end:
                return judge, frame
        raise AssertionError(f"there are no {end} frames to run again")
