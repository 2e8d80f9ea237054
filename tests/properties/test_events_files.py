"""What is said of each of the newest frames: read back by its number, of a bounded size, and never another frame's."""

import os
from pathlib import Path
from random import Random

import pytest

from venus.journal.events_files import EventsFiles, EventsReader

FILE_BYTES, KEPT_BYTES = 200_000, 800_000


def opened(directory: Path, frames: int) -> EventsFiles:
    return EventsFiles(directory, frames, FILE_BYTES, KEPT_BYTES)


def said(number: int) -> bytes:
    """Of some frames nothing, of some more than is written in one piece."""
    random = Random(number)
    return random.randbytes(random.choice([0, 96, 960, 70_000 if number % 9 == 0 else 192]))


def test_the_newest_frames_are_told_and_old_ones_are_written_over(tmp_path: Path) -> None:
    files, reader = opened(tmp_path, 0), EventsReader(tmp_path)
    assert reader.value(0) is None
    for number in range(400):
        if number % 5:  # a checkpoint, of which nothing is said
            files.add(number, said(number))
        if number % 7 == 0:
            files.flush()
            told = [reader.value(one) for one in range(number + 2)]
            kept = [one for one, value in enumerate(told) if value is not None]
            assert all(told[one] == said(one) for one in kept)
            assert told[number] == (said(number) if number % 5 else None) and told[number + 1] is None
            assert kept[-8:] == [one for one in range(number + 1) if one % 5][-8:]
    files.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= KEPT_BYTES + 70_000
    assert 1 < len(list(tmp_path.iterdir())) <= KEPT_BYTES // FILE_BYTES


def test_however_much_is_to_be_kept_stands_in_few_files(tmp_path: Path) -> None:
    files, reader = EventsFiles(tmp_path, 0, file_bytes=1_000, kept_bytes=640_000), EventsReader(tmp_path)
    for number in range(1_000):
        files.add(number, bytes([number % 251]) * 960)
    files.close()
    kept = [number for number in range(1_000) if reader.value(number) is not None]
    assert kept == list(range(kept[0], 1_000)) and 600 <= len(kept) < 660
    assert len(list(tmp_path.iterdir())) <= 64


def test_what_is_told_stays_as_long_as_was_asked(tmp_path: Path) -> None:
    """More comes than there is room for: then some frames are not told, and none that was is taken off too early."""
    now_s, stays_s, count = 0.0, 5.0, 3_000
    files, reader = EventsFiles(tmp_path, 0, FILE_BYTES, KEPT_BYTES, lambda: now_s), EventsReader(tmp_path)
    files.stays_s = stays_s
    told_s: dict[int, float] = {}
    for number in range(count):
        now_s += 0.01
        files.add(number, bytes([number % 251]) * 9_600)
        files.flush()
        if reader.value(number) is not None:
            told_s[number] = now_s
        if number % 100 == 0:
            stay = [one for one, since_s in told_s.items() if now_s - since_s < stays_s]
            assert all(reader.value(one) == bytes([one % 251]) * 9_600 for one in stay)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= KEPT_BYTES + 70_000
    assert count // 10 < len(told_s) < count // 3
    assert max(told_s) > count - stays_s / 0.01
    now_s += stays_s
    files.add(count, b"after the flood")
    files.close()
    assert reader.value(count) == b"after the flood"


def test_a_start_takes_off_what_a_torn_tail_said(tmp_path: Path) -> None:
    files = opened(tmp_path, 0)
    for number in range(100):
        files.add(number, said(number))
    files.close()
    files = opened(tmp_path, 60)
    for number in range(60, 70):
        files.add(number, b"again" * number)
    files.close()
    reader = EventsReader(tmp_path)
    assert reader.value(59) == said(59)
    assert [reader.value(number) for number in range(60, 70)] == [b"again" * number for number in range(60, 70)]
    assert reader.value(70) is None


def test_what_the_disk_does_not_take_is_not_told_and_the_next_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, reader = opened(tmp_path, 0), EventsReader(tmp_path)
    files.add(0, b"zero")
    files.flush()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwritev", lambda *_: (_ for _ in ()).throw(OSError(28, "no space left")))
        files.add(1, b"one")
        with pytest.raises(OSError, match="no space"):
            files.flush()
    files.add(2, b"two")
    files.close()
    assert [reader.value(number) for number in range(4)] == [b"zero", None, b"two", None]
