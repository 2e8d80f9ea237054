"""The disk's probe: what it counts adds up, and it leaves nothing behind."""

from pathlib import Path

import pytest

from venus.journal.probe import SyncLatencies, probe_sync


def test_it_measures_every_round_and_leaves_nothing(tmp_path: Path) -> None:
    found = probe_sync(tmp_path / "data", rounds=20, write_bytes=512)
    assert len(found.latencies_ns) == 20
    assert found.latencies_ns == sorted(found.latencies_ns)
    assert found.latencies_ns[0] > 0
    assert sum(count for _, count in found.histogram()) == 20
    assert list((tmp_path / "data").iterdir()) == []


def test_percentiles_are_of_what_was_seen() -> None:
    found = SyncLatencies(4_096, list(range(1, 1_001)))
    assert [found.percentile_ns(per_mille) for per_mille in (0, 500, 990, 1_000)] == [1, 501, 991, 1_000]
    assert SyncLatencies(4_096, [7]).percentile_ns(999) == 7


def test_the_histogram_goes_by_powers_of_two() -> None:
    found = SyncLatencies(4_096, [900, 1_000, 1_999, 2_000, 5_000, 5_001])
    assert found.histogram() == [(1, 1), (2, 2), (4, 1), (8, 2)]


def test_a_directory_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        probe_sync(tmp_path / "file" / "below")
