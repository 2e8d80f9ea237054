"""What can go wrong with a journal, each with its own name, because each asks for something else to be done."""

from pathlib import Path


class JournalDamaged(Exception):
    """Bytes that were durable once are not what was written. Nothing has been changed.

    path, offset: where the bad frame begins; number: of the frame; reason: what is wrong with it.
    """

    def __init__(self, path: Path, offset: int, number: int, reason: str) -> None:
        super().__init__(
            f"frame {number} at offset {offset} of {path}: {reason}. It may have been acknowledged, so it is not cut "
            f"off and nothing was changed. Restore {path.name} from a replica or a backup and start again. "
            f"{number} frames before it are whole."
        )
        self.path = path
        self.offset = offset
        self.number = number
        self.reason = reason


class FrameMissing(LookupError):
    """The journal has no such frame: not yet, or no longer here."""


class JournalFull(Exception):
    """No room for another frame; nothing of it was taken, nothing before it is lost, and it may be tried again."""


class JournalLocked(Exception):
    """Another process is writing this journal."""


class StorageFailed(Exception):
    """A write or sync failed: what is on the disk is unknown until a new start has read it. The store is dead."""


class SnapshotDamaged(Exception):
    """A snapshot is not what was written; the one before, or the whole journal, does instead."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"snapshot {path}: {reason}")
        self.path = path
        self.reason = reason
