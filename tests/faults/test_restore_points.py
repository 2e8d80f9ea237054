"""A restore that is killed anywhere: the next start finds the one state or the other, whole."""

import os
from pathlib import Path

import pytest

from venus.engine import restore_points
from venus.engine.places import Places
from venus.engine.restore_points import NoSuchPoint
from venus.engine.steering import Point

NAMES = ("journal/00000000000000000000.frames", "journal/writer", "snapshots/00000000000000000009.snapshot")
FILES = (*NAMES, "events.chain", *restore_points.BESIDE)


class Killed(Exception):
    """Here the process ends."""


def exchange(folder: Path, word: str) -> Places:
    places = Places(folder)
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # snapshots and closed segments are never written again: they may be linked
        path.write_bytes(word.encode() + (bytes(64) if name == NAMES[0] else b""))
    (folder / "registry.sqlite-wal").write_text(word)
    return places


def keep(places: Places, name: str) -> None:
    folder = restore_points.making(places)
    restore_points.copy_journal(places, folder, 9, None)
    (folder / "snapshots").mkdir()
    os.link(places.root / NAMES[2], folder / NAMES[2])
    for beside in restore_points.BESIDE:
        (folder / beside).write_bytes((places.root / beside).read_bytes())
    restore_points.finish(places, Point(name, 9, 8, 7, 0))


def state(places: Places) -> set[str]:
    """What the files say; one word if they are of one state."""
    return {(places.root / name).read_bytes().rstrip(b"\0").decode() for name in FILES if (places.root / name).exists()}


@pytest.mark.parametrize("killed_at", range(18))
def test_a_killed_restore_is_finished_or_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    places = exchange(tmp_path, "old")
    keep(places, "point")
    exchange(tmp_path, "new")
    steps = 0
    rename = Path.rename

    def or_die(self: Path, target: Path) -> Path:
        nonlocal steps
        steps += 1
        if steps > killed_at:
            raise Killed
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", or_die)
    try:
        restore_points.stage(places, "point")
        restore_points.enter_staged(places)
    except Killed:
        monkeypatch.setattr(Path, "rename", rename)
        restore_points.enter_staged(places)
    assert state(places) == {"old"}
    assert not (places.root / "registry.sqlite-wal").exists()
    assert (places.root / NAMES[0]).stat().st_size == len("old") + 64  # filled up with zeros again


def test_what_was_staged_in_part_is_forgotten(tmp_path: Path) -> None:
    places = exchange(tmp_path, "old")
    keep(places, "point")
    exchange(tmp_path, "new")
    restore_points.stage(places, "point")
    (places.restore_points / ".entering" / "whole").unlink()
    restore_points.enter_staged(places)
    assert state(places) == {"new"}
    restore_points.enter_staged(places)  # and again: there is nothing to do
    assert state(places) == {"new"}


def test_a_point_does_not_change_with_the_exchange_that_it_was_taken_of(tmp_path: Path) -> None:
    places = exchange(tmp_path, "old")
    keep(places, "point")
    for word in ("new", "newer"):
        exchange(tmp_path, word)
        restore_points.stage(places, "point")
        restore_points.enter_staged(places)
        assert state(places) == {"old"}
    assert [point.name for point in restore_points.points(places)] == ["point"]
    restore_points.drop(places, "point")
    assert restore_points.points(places) == []
    with pytest.raises(NoSuchPoint, match="there are: none"):
        restore_points.stage(places, "point")
    for name in ("../point", ".making", "", "a/b"):
        with pytest.raises(ValueError, match="letters"):
            restore_points.drop(places, name)
