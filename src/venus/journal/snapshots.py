"""Snapshots: arrays in a file that is either whole or not there. What the arrays mean is not known here.

Source: docs/rules/journal.md, "Snapshot".
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import NamedTuple

import msgspec
import numpy as np

from venus.journal.array_types import ArrayType, dtype_of, type_of
from venus.journal.failures import SnapshotDamaged, StorageFailed
from venus.journal.storage import Buffer, Disk, Storage

_MAGIC = b"VNSS"
_VERSION = 1
_HEAD = Struct("<4sHHqqq")
_HASH_BYTES = 32
_ALIGN_BYTES = 64
_KEEP = 2
HASHERS_OF_A_START = 2


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One array in the table of a snapshot; offset counts from the first multiple of 64 behind the meta."""

    name: str
    dtype: ArrayType
    shape: list[int]
    offset: int
    bytes: int
    sha256: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[_Entry])


class Snapshot(NamedTuple):
    """A verified snapshot; the arrays are read-only views of the file, copy what is to change."""

    number: int
    meta: bytes
    arrays: dict[str, np.ndarray]


class Latest(NamedTuple):
    """The newest whole snapshot, if any, and those newer ones that are not whole."""

    snapshot: Snapshot | None
    damaged: tuple[SnapshotDamaged, ...]


class SnapshotStore:
    """Snapshots in one directory, by the number of frames that they cover."""

    def __init__(
        self, directory: Path, storage: Storage | None = None, hashers: int = 1, suffix: str = "snapshot"
    ) -> None:
        """hashers: threads that a write may hash in, beside whoever is at work. suffix: what the files' names end in.

        Raises StorageFailed if the directory cannot be made.
        """
        self.directory = directory
        self._suffix = suffix
        self._name = re.compile(rf"([0-9]{{20}})\.{suffix}")
        self._hashers = hashers
        self.storage = storage or Disk()
        try:
            self.storage.make_directory(directory)
        except OSError as error:
            raise StorageFailed(f"opening {directory}: {error}") from error

    def numbers(self) -> list[int]:
        """Numbers of the snapshots there are, oldest first; not verified."""
        found = (self._name.fullmatch(name) for name in self.storage.names(self.directory))
        return sorted(int(name[1]) for name in found if name)

    def write(self, number: int, meta: bytes, arrays: Mapping[str, np.ndarray]) -> Path:
        """Write one, durably, then drop all but the last two; raises StorageFailed, and leaves none half-written.

        May run in a forked child. The frames that it covers must have been synced before.
        """
        path = self._path(number)
        part = path.with_suffix(".part")
        placed = _lay_out(number, meta, arrays, self._hashers)
        try:
            self._clear_parts()
            descriptor = self.storage.open(part)
            try:
                for offset, data in placed:
                    self.storage.write(descriptor, [data], offset)
                self.storage.sync(descriptor)
            finally:
                self.storage.close(descriptor)
            self.storage.rename(part, path)
            self.storage.sync_directory(self.directory)
            for old in self.numbers()[:-_KEEP]:
                self.storage.remove(self._path(old))
        except OSError as error:
            self._forget(part)
            raise StorageFailed(f"writing {path}: {error}") from error
        return path

    def load(self, number: int) -> Snapshot:
        """Raises SnapshotDamaged if a byte is not what was written, FileNotFoundError if there is none."""
        path = self._path(number)
        view = self.storage.map(path)
        if len(view) != self.storage.size(path):
            raise SnapshotDamaged(path, f"{len(view)} bytes came of {self.storage.size(path)}")
        entries, meta, end = _read_head(path, view, number)
        base = _aligned(end)
        arrays = {}
        # A start waits for this and for nothing else.
        found = hashes([view[base + entry.offset :][: entry.bytes] for entry in entries], HASHERS_OF_A_START)
        for entry, digest in zip(entries, found, strict=True):
            start = base + entry.offset
            data = view[start : start + entry.bytes]
            if len(data) != entry.bytes or digest != entry.sha256:
                raise SnapshotDamaged(path, f"the hash of array {entry.name} does not match")
            if entry.bytes:
                if any(view[end:start]):
                    raise SnapshotDamaged(path, f"what stands before array {entry.name} is not zero")
                end = start + entry.bytes
            arrays[entry.name] = np.frombuffer(data, dtype_of(entry.dtype)).reshape(entry.shape)
        if end != len(view):
            raise SnapshotDamaged(path, f"{len(view) - end} bytes too many")
        return Snapshot(number, meta, arrays)

    def latest(self) -> Latest:
        """The newest that is whole; newer ones that are not are named."""
        damaged: list[SnapshotDamaged] = []
        for number in reversed(self.numbers()):
            try:
                return Latest(self.load(number), tuple(damaged))
            except SnapshotDamaged as error:
                damaged.append(error)
        return Latest(None, tuple(damaged))

    def drop(self, number: int) -> None:
        """Remove one, as after it was found damaged."""
        self.storage.remove(self._path(number))
        self.storage.sync_directory(self.directory)

    def _path(self, number: int) -> Path:
        return self.directory / f"{number:020d}.{self._suffix}"

    def _clear_parts(self) -> None:
        for name in self.storage.names(self.directory):
            if name.endswith(".part"):
                self.storage.remove(self.directory / name)

    def _forget(self, part: Path) -> None:
        """Give back the room of an unfinished file, if the disk still lets us."""
        try:
            self.storage.remove(part)
        except OSError:
            return


def hashes(parts: Sequence[Buffer], threads: int) -> list[str]:
    """SHA-256 of each, in hex; hashing lets go of the interpreter."""
    if threads == 1:
        return [sha256(part).hexdigest() for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda part: sha256(part).hexdigest(), parts))


def _lay_out(number: int, meta: bytes, arrays: Mapping[str, np.ndarray], hashers: int) -> list[tuple[int, Buffer]]:
    """Everything a snapshot file holds, as (offset, bytes)."""
    types = {name: type_of(array.dtype) for name, array in arrays.items()}
    data = {name: np.ascontiguousarray(array).reshape(-1).view(np.uint8) for name, array in arrays.items()}
    entries, offset = [], 0
    digests = dict(zip(arrays, hashes([flat.data for flat in data.values()], hashers), strict=True))
    for name, array in arrays.items():
        flat = data[name]
        entries.append(_Entry(name, types[name], list(array.shape), offset, flat.nbytes, digests[name]))
        offset = _aligned(offset + flat.nbytes)
    table = _encoder.encode(entries)
    head = _HEAD.pack(_MAGIC, _VERSION, 0, number, len(table), len(meta))
    head += sha256(head + table + meta).digest() + table + meta
    base = _aligned(len(head))
    return [(0, head), *((base + entry.offset, data[entry.name].data) for entry in entries)]


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN_BYTES) * _ALIGN_BYTES


def _read_head(path: Path, view: memoryview, number: int) -> tuple[list[_Entry], bytes, int]:
    """Table, meta, and where they end; raises SnapshotDamaged."""
    table_start = _HEAD.size + _HASH_BYTES
    if len(view) < table_start:
        raise SnapshotDamaged(path, "it is cut short")
    magic, version, _, stored_number, table_bytes, meta_bytes = _HEAD.unpack_from(view)
    if magic != _MAGIC:
        raise SnapshotDamaged(path, "it is not a snapshot")
    meta_start = table_start + table_bytes
    end = meta_start + meta_bytes
    if table_bytes < 0 or meta_bytes < 0 or end > len(view):
        raise SnapshotDamaged(path, "it is cut short")
    digest = sha256(view[: _HEAD.size])
    digest.update(view[table_start:end])
    if digest.digest() != bytes(view[_HEAD.size : table_start]):
        raise SnapshotDamaged(path, "the hash of its table does not match")
    if version != _VERSION:
        raise SnapshotDamaged(path, f"snapshots of version {version} are not known to this program; use a newer one")
    if stored_number != number:
        raise SnapshotDamaged(path, f"it is snapshot {stored_number}")
    return _decoder.decode(view[table_start:meta_start]), bytes(view[meta_start:end]), end
