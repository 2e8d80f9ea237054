"""A purse's device as a file: locked while it is used, and on the disk before any message of it is seen."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from venus.purse.device import Device


class BadDevice(ValueError):
    """A file that holds no device, or one that is in use."""


def make(path: Path, device: Device) -> None:
    """A new file for its owner's eyes only; raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(device))
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path)


def read(path: Path) -> Device:
    """Raises OSError, BadDevice."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Device)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadDevice(f"{path} is no purse: {error}") from None


@contextmanager
def using(path: Path) -> Iterator[Device]:
    """The device; what was done to it is durable when this ends, and nothing is if it ends by an error.

    Two programs that used one file at once would be a device and its copy. Raises OSError, BadDevice.
    """
    lock = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadDevice(f"{path} is in use") from None
        if not os.path.samestat(os.fstat(lock), path.stat()):
            raise BadDevice(f"{path} was in use until now: try again")
        device = read(path)
        before = msgspec.json.encode(device)
        yield device
        after = msgspec.json.encode(device)
        if after != before:
            _replace(path, after)
    finally:
        os.close(lock)


def _replace(path: Path, data: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
