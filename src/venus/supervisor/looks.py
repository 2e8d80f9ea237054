"""Looks into the journal, as the exchange lists them, beside what its journal says of them.

Source: docs/rules/public_log.md, "Looks".
"""

from collections import deque

from venus.journal.frames import Frame, FrameKind
from venus.records.looks import NoteLooks
from venus.supervisor.disputes import NotTold
from venus.supervisor.execution import work_of
from venus.supervisor.findings import Finding, finding
from venus.supervisor.sources import Source


class Looks:
    """Each look of which a frame holds the hash; since looks are chained, it covers those before it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._noted: deque[tuple[int, NoteLooks]] = deque()  # not compared yet, and by which frame

    def took(self, frame: Frame) -> None:
        """A frame was judged."""
        if frame.kind == FrameKind.COLD:
            command = work_of(frame).cold
            if isinstance(command, NoteLooks):
                self._noted.append((frame.number, command))

    def found(self) -> Finding | None:
        """Whether the list has those looks as they were; an exchange that cannot be asked now is asked again later."""
        while self._noted:
            try:
                told = self._source.looks(self._noted[0][1].looks)
            except NotTold:
                return None
            first = self._noted[0][1].looks
            while self._noted and (self._noted[0][1].looks in told or self._noted[0][1].looks == first):
                number, command = self._noted.popleft()
                if told.get(command.looks) != command.head.hex():
                    return _changed(number, command, told.get(command.looks, "missing"))
        return None


def _changed(frame: int, command: NoteLooks, told: str) -> Finding:
    words = "So the exchange lists it, and the frame says otherwise: the list of looks was changed"
    return finding(frame, f"look {command.looks}", told, command.head.hex(), words)
