"""Whether what a node was shown still stands there as it was. Source: docs/rules/supervision.md, "Archive"."""

from venus.journal.failures import FrameMissing
from venus.supervisor.archive import Archive, first_rewritten
from venus.supervisor.findings import Finding, finding
from venus.supervisor.sources import Source


class ShownBefore:
    """What an archive holds, beside what a source shows now."""

    def __init__(self, archive: Archive, source: Source) -> None:
        self._archive = archive
        self._source = source

    def rewritten(self) -> Finding | None:
        """The first frame that is another now, or is gone."""
        archive, there = self._archive, self._still_there()
        if there and self._source.frame(there - 1).hash != archive.hash_of(there - 1):
            return first_rewritten(archive, self._source.frame, there)
        return None if there == archive.frames else self._cut(there)

    def fewer(self) -> Finding | None:
        """The same, where fewer frames are durable than were shown."""
        return None if self._source.frames() >= self._archive.frames else self.rewritten()

    def cut(self) -> Finding:
        """The first frame that is gone; a source said that there are fewer."""
        return self._cut(self._still_there())

    def _still_there(self) -> int:
        """Of the frames that were shown so many have one in their place, durable or not as their writer says."""
        kept = self._archive.frames
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
        words = f"{self._archive.frames} frames were shown, and now there are {there}"
        return finding(there, "frame", "missing", "as it was shown", words)
