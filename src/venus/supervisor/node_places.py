"""A node's own directory: what lies in it, who works there, and the journal's key as it was first seen."""

import fcntl
import os
from pathlib import Path
from typing import NamedTuple

from venus.journal.notes import Verifier
from venus.supervisor.sources import Source, SourceLost, read_verifier


class NodeBusy(Exception):
    """Another process works in this directory."""


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


def pinned(source: Source, path: Path) -> Verifier:
    """The key that the journal had when this node first saw it. Raises SourceLost."""
    there = source.verifier()
    if not path.exists():
        write_durably(path, f"{there.text()}\n".encode())
    known = read_verifier(path)
    if known.text() != there.text():
        raise SourceLost(
            f"the journal's key is {there.text()} now, and was {known.text()} when it was first seen. If the exchange "
            f"may have another, put its line into {path}"
        )
    return known


def locked(path: Path) -> int:
    """A descriptor that holds the directory for this process. Raises NodeBusy."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise NodeBusy(f"another process works in {path.parent}") from None
    return descriptor


def write_durably(path: Path, data: bytes) -> None:
    """Whole or not at all."""
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
