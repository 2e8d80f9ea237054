"""What a supervisor was shown, kept: so that a history that is rewritten afterwards is seen.

Of a directory the frames' hashes are kept, of a feed the frames themselves, as the exchange's own files hold them: a
replica that can be replayed and served again. Source: docs/rules/supervision.md, "Archive".
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Self

from venus.journal.frames import Frame, FrameKind
from venus.journal.store import FileStore, JournalReader
from venus.records.work import Work
from venus.supervisor.execution import BadPayload, work_of
from venus.supervisor.findings import Finding, differing_frames, finding

_HASH_BYTES = 32
_WRITE_BYTES = 1 << 16


class Archive(Protocol):
    """frames  so many were shown until now"""

    @property
    def frames(self) -> int: ...

    def keep(self, frame: Frame) -> None:
        """Keep the next frame."""

    def holds(self, frame: Frame) -> bool:
        """Whether a frame that is shown once more is the one that is kept."""

    def hash_of(self, number: int) -> bytes:
        """The hash of a frame that is kept."""

    def differs(self, frame: Frame) -> Finding:
        """In what a frame that stands there now is another than the one that is kept under its number."""

    def flush(self) -> None:
        """Let what was kept survive the end of this process."""

    def sync(self) -> None:
        """Let it survive a loss of power."""

    def close_in_child(self) -> None:
        """Let go of files in a forked child."""

    def close(self) -> None: ...


class HashArchive:
    """Hashes in a file, 32 bytes each."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._written = os.fstat(self._descriptor).st_size // _HASH_BYTES  # a torn last one is written again
        self._pending = bytearray()

    @property
    def frames(self) -> int:
        return self._written + len(self._pending) // _HASH_BYTES

    def keep(self, frame: Frame) -> None:
        assert frame.number == self.frames, (frame.number, self.frames)
        self._pending += frame.hash
        if len(self._pending) >= _WRITE_BYTES:
            self.flush()

    def holds(self, frame: Frame) -> bool:
        return self.hash_of(frame.number) == frame.hash

    def hash_of(self, number: int) -> bytes:
        assert 0 <= number < self.frames, (number, self.frames)
        self.flush()
        return os.pread(self._descriptor, _HASH_BYTES, number * _HASH_BYTES)

    def differs(self, frame: Frame) -> Finding:
        words = "It was another when it was shown: it was rewritten since. Its hash alone was kept, not what it held"
        return finding(frame.number, "hash", frame.hash, self.hash_of(frame.number), words)

    def flush(self) -> None:
        while self._pending:
            written = os.pwrite(self._descriptor, self._pending, self._written * _HASH_BYTES)
            whole = written // _HASH_BYTES
            del self._pending[: whole * _HASH_BYTES]
            self._written += whole

    def sync(self) -> None:
        self.flush()
        os.fdatasync(self._descriptor)

    def close_in_child(self) -> None:
        os.close(self._descriptor)

    def close(self) -> None:
        self.flush()
        os.close(self._descriptor)


class FrameArchive:
    """Frames in segments, as a journal's own."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._reader = JournalReader(store.directory)

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Raises what FileStore.open raises."""
        return cls(FileStore.open(directory))

    @property
    def frames(self) -> int:
        return self._store.tip.frames

    def read(self, first: int) -> Iterator[Frame]:
        """What is kept, from a frame on."""
        return self._reader.frames(first) if first < self.frames else iter(())

    def keep(self, frame: Frame) -> None:
        self._store.keep(frame)

    def holds(self, frame: Frame) -> bool:
        return True  # what is kept whole is read from here, and nowhere else

    def hash_of(self, number: int) -> bytes:
        return self._reader.frame(number).hash

    def differs(self, frame: Frame) -> Finding:
        kept = self._reader.frame(frame.number)
        found = differing_frames(kept, frame, _work(kept), _work(frame))
        assert found is not None, frame.number
        return found

    def flush(self) -> None:
        """Written it is."""

    def sync(self) -> None:
        self._store.sync()

    def close_in_child(self) -> None:
        self._store.close_in_child()

    def close(self) -> None:
        self._store.close()


def first_rewritten(archive: Archive, frame_now: Callable[[int], Frame], below: int) -> Finding:
    """The first frame below a number that is another now than it was; frame `below` - 1 is known to be.

    Each frame holds the hash of the one before, so behind the first that is another all are.
    """
    same, other = 0, below - 1  # frames below `same` are as they were
    while same < other:
        middle = (same + other) // 2
        if frame_now(middle).hash == archive.hash_of(middle):
            same = middle + 1
        else:
            other = middle
    return archive.differs(frame_now(other))


def kept_hashes(hashes: Path, journal: Path) -> bytes:
    """The hashes of all frames that a node was shown, wherever it keeps them: 32 bytes each."""
    if hashes.exists():
        data = hashes.read_bytes()
        return data[: len(data) // _HASH_BYTES * _HASH_BYTES]
    if journal.is_dir():
        return b"".join(frame.hash for frame in JournalReader(journal).frames())
    return b""


def _work(frame: Frame) -> Work | None:
    if frame.kind not in (FrameKind.HOT, FrameKind.COLD):
        return None
    try:
        return work_of(frame)
    except BadPayload:
        return None
