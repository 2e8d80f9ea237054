"""venus doctor: what is installed, how fast the disk makes things durable, what to do."""

import importlib.metadata
import os
import platform
import shutil
import tempfile
from pathlib import Path

from venus.cli.words import DATA
from venus.journal.probe import probe_sync
from venus.journal.store import RESERVE_BYTES, SEGMENT_BYTES

_PACKAGES = ("numba", "numpy", "msgspec", "uvicorn", "uvloop", "httptools", "picows", "sqlalchemy", "cryptography")
_SYNC_US_SLOW = 5_000


def doctor(*, data: Path = DATA) -> int:
    """Say what is installed, how fast the disk makes things durable, and what to do.

    Parameters
    ----------
    data
        The exchange's directory, there already or not: its disk is the one that is tried.
    """
    data = data.resolve()
    advice: list[str] = []
    print(
        f"python        {platform.python_version()} on {platform.system()} {platform.release()}, {platform.machine()}"
    )
    print(f"cores         {os.cpu_count()}")
    for package in _PACKAGES:
        print(f"{package:<13} {importlib.metadata.version(package)}")
    folder = next(path for path in (data, *data.parents) if path.is_dir())
    free_bytes = shutil.disk_usage(folder).free
    print(f"disk          {folder}: {free_bytes / 1e9:.1f} GB free")
    if free_bytes < RESERVE_BYTES + 4 * SEGMENT_BYTES:
        advice.append(f"free some disk: below {RESERVE_BYTES >> 20} MiB of reserve the exchange refuses commands")
    advice += _disk_advice(folder)
    if (os.cpu_count() or 1) < 2:
        advice.append("two cores or more: the journal is written beside the matching, not before it")
    for line in advice or ["nothing: it can run here"]:
        print(f"to do         {line}")
    return 1 if advice else 0


def _disk_advice(folder: Path) -> list[str]:
    if not os.access(folder, os.W_OK):
        return [f"make {folder} writable, or name another --data"]
    with tempfile.TemporaryDirectory(dir=folder, prefix=".venus-doctor-") as scratch:
        latencies = probe_sync(Path(scratch))
    median_us, slowest_us = (latencies.percentile_ns(part) // 1_000 for part in (500, 990))
    print(f"disk sync     median {median_us} us, 99th percentile {slowest_us} us, for {latencies.write_bytes} bytes")
    for bound_us, count in latencies.histogram():
        print(f"              up to {bound_us:>8} us: {count}")
    if median_us > _SYNC_US_SLOW:
        return ["a faster disk: every acknowledgement waits for one sync"]
    if median_us < 20:
        return ["look whether this disk really syncs: it answers faster than any disk does"]
    return []
