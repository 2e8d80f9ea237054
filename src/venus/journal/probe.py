"""How long this disk takes to make a frame durable: the floor under every acknowledgement.

It does what the store does, a write into a preallocated and zeroed file and one sync, in the directory that it is asked
about. What it finds is for `venus doctor` and beside the figures; nothing depends on it.
"""

import time
from pathlib import Path
from typing import NamedTuple

from venus.journal.storage import Disk, Storage

PROBE_NAME = "sync-probe"
PROBE_BYTES = 8 << 20
WRITE_BYTES = 4_096
_ZEROS = bytes(1 << 20)
_PATTERN = b"\xa5"


class SyncLatencies(NamedTuple):
    """What was measured; every latency in ns, in ascending order."""

    write_bytes: int
    latencies_ns: list[int]

    def percentile_ns(self, per_mille: int) -> int:
        """The latency that so many in a thousand do not exceed."""
        assert 0 <= per_mille <= 1_000, per_mille
        last = len(self.latencies_ns) - 1
        return self.latencies_ns[(last * per_mille + 999) // 1_000]

    def histogram(self) -> list[tuple[int, int]]:
        """Counts by powers of two: rows (upper bound in us, syncs in it), from the fastest to the slowest."""
        rows: dict[int, int] = {}
        for latency_ns in self.latencies_ns:
            bound_us = 1 << (latency_ns // 1_000).bit_length()
            rows[bound_us] = rows.get(bound_us, 0) + 1
        return sorted(rows.items())


def probe_sync(
    directory: Path, rounds: int = 200, write_bytes: int = WRITE_BYTES, storage: Storage | None = None
) -> SyncLatencies:
    """Write and sync `rounds` times in `directory`, which it makes if need be; leaves nothing of its own behind.

    Raises OSError as the system does: ENOSPC without 8 MiB, EACCES without the right.
    """
    assert rounds >= 1
    assert 0 < write_bytes <= PROBE_BYTES
    storage = storage or Disk()
    storage.make_directory(directory)
    path = directory / PROBE_NAME
    descriptor = storage.open(path)
    try:
        storage.allocate(descriptor, PROBE_BYTES)
        for offset in range(0, PROBE_BYTES, len(_ZEROS)):
            storage.write(descriptor, (_ZEROS,), offset)
        storage.sync(descriptor)
        data = _PATTERN * write_bytes
        places = PROBE_BYTES // write_bytes
        latencies_ns = []
        for number in range(rounds):
            started_ns = time.perf_counter_ns()
            storage.write(descriptor, (data,), number % places * write_bytes)
            storage.sync(descriptor)
            latencies_ns.append(time.perf_counter_ns() - started_ns)
    finally:
        storage.close(descriptor)
        storage.remove(path)
    return SyncLatencies(write_bytes, sorted(latencies_ns))
