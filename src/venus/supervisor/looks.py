"""Looks into the journal, as the exchange lists them, beside what its journal says of them.

Source: docs/rules/public_log.md, "Looks".
"""

from collections import deque

from venus.journal.frames import Frame, FrameKind
from venus.records.looks import HEAD_BYTES, NoteLooks
from venus.registry.looks import NO_LOOK, Look, look_hash
from venus.supervisor.disputes import NotTold
from venus.supervisor.execution import work_of
from venus.supervisor.findings import Finding, finding
from venus.supervisor.sources import Source

_CHANGED = "the list of looks was changed"


class Looks:
    """Each look of which a frame holds the hash. The list is hashed anew from the first on, so what any of them says
    is held fast by the frame behind it.

    compared: so many frames' words agree with the list. waiting: so many could not be compared, since the exchange
    does not tell the list.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._noted: deque[tuple[int, NoteLooks]] = deque()  # not compared yet, and by which frame
        self._listed = deque[Look]()  # as they were told, and not hashed yet
        self._hashes = bytearray()  # of looks from the first on, made here
        self.compared = 0

    @property
    def waiting(self) -> int:
        return len(self._noted)

    def took(self, frame: Frame) -> None:
        """A frame was judged."""
        if frame.kind == FrameKind.COLD:
            command = work_of(frame).cold
            if isinstance(command, NoteLooks):
                self._noted.append((frame.number, command))

    def found(self) -> Finding | None:
        """Whether the list has those looks as they were; an exchange that cannot be asked now is asked again later."""
        while self._noted:
            number, command = self._noted[0]
            try:
                found = self._read(number, command.looks)
            except NotTold:
                return None
            if found is None:
                found = _compared(number, command, self._hash(command.looks))
            if found is not None:
                return found
            self._noted.popleft()
            self.compared += 1
        return None

    def _read(self, frame: int, looks: int) -> Finding | None:
        """Read the list until so many are known, or it has no more; a frame says that they were there."""
        while (known := len(self._hashes) // HEAD_BYTES) < looks:
            if not self._listed:
                self._listed += self._source.looks(known + 1)
            if not self._listed:
                return None
            found = self._hashed(frame, self._listed.popleft())
            if found is not None:
                return found
        return None

    def _hashed(self, frame: int, look: Look) -> Finding | None:
        """Whether a look stands behind the one before it and is hashed with it."""
        number = len(self._hashes) // HEAD_BYTES + 1
        if look.number != number:
            words = f"So the exchange lists it behind look {number - 1}: {_CHANGED}"
            return finding(frame, f"look {number}", f"look {look.number}", f"look {number}", words)
        made = look_hash(self._hash(number - 1) or NO_LOOK, look)
        if look.hash != made:
            said = f"It is listed as of institution {look.institution}, seat {look.seat}, at {look.kind}"
            return finding(frame, f"look {number}", look.hash, made, f"{said}, and has not its hash: {_CHANGED}")
        self._hashes += bytes.fromhex(made)
        return None

    def _hash(self, number: int) -> str:
        """Of a look that was read; empty if there is none."""
        return self._hashes[(number - 1) * HEAD_BYTES : number * HEAD_BYTES].hex() if number else ""


def _compared(frame: int, command: NoteLooks, made: str) -> Finding | None:
    if made == command.head.hex():
        return None
    words = f"So the exchange lists it, and the frame says otherwise: {_CHANGED}"
    return finding(frame, f"look {command.looks}", made or "missing", command.head.hex(), words)
