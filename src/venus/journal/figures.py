"""What a running exchange leaves of its newest checkpoint: the tree of its liabilities and the statement of its supply.

Source: docs/rules/liabilities.md.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec

from venus.journal.failures import FrameMissing
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import Checkpoint, parse_checkpoint
from venus.journal.snapshots import SnapshotStore
from venus.journal.storage import Storage
from venus.journal.store import JournalReader
from venus.records.liabilities import LiabilityTree, TreeFacts, kept_tree, tree_arrays

TREE = "tree"


class Published(NamedTuple):
    """What stands under one checkpoint. `note` is its frame's payload, `time_ns` its time."""

    frame: int
    time_ns: int
    note: bytes
    checkpoint: Checkpoint
    tree: LiabilityTree
    supply: str


class KeptTree(NamedTuple):
    """What is kept of so many frames, whoever stands for it."""

    tree: LiabilityTree
    supply: str


class KeptFigures:
    """The kept trees of a directory. May be used from any thread, but from one at a time."""

    def __init__(self, directory: Path, storage: Storage | None = None) -> None:
        """Raises StorageFailed if the directory cannot be made."""
        self._kept = SnapshotStore(directory, storage, suffix=TREE)

    def keep(self, tree: LiabilityTree, supply: str) -> None:
        """Write one, and drop all but the last two; raises StorageFailed."""
        facts = TreeFacts(tree.frames, tree.seed, tree.codes, tree.root, supply)
        self._kept.write(tree.frames, msgspec.msgpack.encode(facts), tree_arrays(tree))

    def tree(self, frames: int) -> LiabilityTree | None:
        """That of so many frames, whoever stands for it; None if it is not kept. Raises SnapshotDamaged."""
        found = self.kept(frames)
        return None if found is None else found.tree

    def kept(self, frames: int) -> KeptTree | None:
        """The same with what was said of supply beside it."""
        try:
            kept = self._kept.load(frames)
        except FileNotFoundError:
            return None
        facts = msgspec.msgpack.decode(kept.meta, type=TreeFacts)
        return KeptTree(kept_tree(facts, kept.arrays), facts.supply)

    def newest(self, journal: Path, known: Published | None = None) -> Published | None:
        """The newest tree that a durable checkpoint stands for; None if there is none yet.

        known: what was found before; it is not read again. Raises SnapshotDamaged, JournalDamaged. A tree without its
        checkpoint is passed over: that may be about to be written, or the exchange was killed before it was.
        """
        reader = JournalReader(journal)
        for frames in reversed(self._kept.numbers()):
            if known is not None and known.tree.frames == frames:
                return known
            try:
                found = checkpoint_behind(reader, frames)
                if found is None:
                    continue
                kept = self._kept.load(frames)
            except (FrameMissing, FileNotFoundError):
                continue  # of another journal; or just dropped
            frame, checkpoint = found
            facts = msgspec.msgpack.decode(kept.meta, type=TreeFacts)
            if checkpoint.liabilities == (frames, facts.root):
                tree = kept_tree(facts, kept.arrays)
                return Published(frame.number, frame.time_ns, bytes(frame.payload), checkpoint, tree, facts.supply)
        return None


def checkpoint_behind(reader: JournalReader, frames: int) -> tuple[Frame, Checkpoint] | None:
    """The first durable checkpoint that tells the figures of so many frames; None: not yet.

    Raises FrameMissing if the journal has not so many, NoteRefused if it is none, JournalDamaged.
    """
    durable = reader.durable_frames()
    for place in reader.headers(frames - 1):
        if place.header.kind == FrameKind.CHECKPOINT and place.header.number < durable:
            frame = reader.frame(place.header.number)
            text = bytes(frame.payload).decode().rpartition("\n\n")[0] + "\n"
            checkpoint = parse_checkpoint(text)
            if checkpoint.liabilities is not None and checkpoint.liabilities[0] == frames:
                return frame, checkpoint
    return None
