"""Values beside a journal: what a start keeps of them, what is a hole, and what of a writer's trouble is nobody's."""

import os
from pathlib import Path

import pytest

from venus.journal.chain_file import ChainFile, ChainReader


def value(number: int) -> bytes:
    return bytes([number + 1]) * 32


def written(path: Path, first: int, last: int, frames: int = 0) -> None:
    file = ChainFile.open(path, frames, value(frames - 1) if frames else bytes(32))
    for number in range(first, last):
        file.add(number, value(number))
    file.close()


def test_values_are_read_by_the_number_of_their_frame(tmp_path: Path) -> None:
    path = tmp_path / "events.chain"
    reader = ChainReader(path)
    assert reader.value(0) is None
    written(path, 0, 5)
    assert [reader.value(number) for number in range(6)] == [*map(value, range(5)), None]
    assert reader.values(3, 4) == value(3) + value(4) + bytes(64)
    reader.close()


def test_a_reader_sees_what_is_flushed_and_a_hole_claims_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.chain"
    file = ChainFile.open(path, 0, bytes(32))
    reader = ChainReader(path)
    file.add(0, value(0))
    assert reader.value(0) is None
    file.flush()
    assert reader.value(0) == value(0)
    file.add(3, value(3))
    file.close()
    assert [reader.value(number) for number in range(4)] == [value(0), None, None, value(3)]


def test_a_start_goes_on_behind_its_snapshot_and_takes_off_what_a_torn_tail_claimed(tmp_path: Path) -> None:
    path = tmp_path / "events.chain"
    written(path, 0, 9)
    file = ChainFile.open(path, 4, value(3))
    reader = ChainReader(path)
    assert [reader.value(number) for number in range(9)] == [*map(value, range(4)), *[None] * 5]
    file.add(4, b"x" * 32)
    file.close()
    assert reader.value(4) == b"x" * 32


def test_values_of_another_journal_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "events.chain"
    written(path, 0, 9)
    ChainFile.open(path, 4, b"another" + bytes(25)).close()
    assert ChainReader(path).values(0, 9) == bytes(9 * 32)
    os.truncate(path, 0)  # and one that lost its pages with the power says nothing, which is no other journal
    written(path, 4, 6, frames=4)
    assert [ChainReader(path).value(number) for number in (3, 4, 5)] == [None, value(4), value(5)]


def test_what_the_disk_does_not_take_is_a_hole_and_the_next_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.chain"
    file = ChainFile.open(path, 0, bytes(32))
    with monkeypatch.context() as patched:
        patched.setattr(os, "posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "no space left")))
        file.add(0, value(0))
        with pytest.raises(OSError, match="no space"):
            file.flush()
    file.add(1, value(1))
    file.close()
    assert ChainReader(path).values(0, 2) == bytes(32) + value(1)
