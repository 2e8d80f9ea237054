"""A node's signatures under checkpoints that agree: kept in its directory, and handed to an exchange that takes any."""

import time

from venus.journal.cosignatures import Cosigner, add_cosignature
from venus.supervisor.archive import Archive
from venus.supervisor.node_places import NodePlaces, write_durably
from venus.supervisor.sources import Source

COSIGN_S = 10.0
"""While it catches up; at rest each checkpoint is cosigned at once."""
NOTES_KEPT = 1_024


class Cosigning:
    """`count`: so many since the start."""

    def __init__(self, places: NodePlaces, source: Source, archive: Archive, cosigner: Cosigner | None) -> None:
        """cosigner: None if this node has no key; then nothing is signed."""
        self._places = places
        self._source = source
        self._archive = archive
        self._cosigner = cosigner
        self._noted = b""
        self._last_s = 0.0
        self.count = 0

    def take(self, note: bytes, *, rests: bool) -> None:
        """Stand by the newest checkpoint that agrees if that is due; rests: nothing else is to be done now."""
        if note == self._noted or not (rests or time.monotonic() - self._last_s >= COSIGN_S):
            return
        self._noted = note
        if self._cosigner is None:
            return
        self._archive.sync()
        note = add_cosignature(note, self._cosigner, int(time.time()))
        frames = int(note.split(b"\n", 2)[1])
        write_durably(self._places.cosigned / f"{frames:020d}.note", note)
        self._source.hand_in(note, self._cosigner.verifier)
        self.count += 1
        self._last_s = time.monotonic()
        if self.count % NOTES_KEPT == 0:
            for old in sorted(self._places.cosigned.glob("*.note"))[:-NOTES_KEPT]:
                old.unlink()
