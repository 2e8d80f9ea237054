"""The list of looks beside the journal: what was listed is read back, whatever was read before or failed meanwhile."""

from pathlib import Path
from random import Random

import pytest

from venus.registry.looks import NO_LOOK, Look, look_hash
from venus.registry.looks_file import BadLooks, LooksFile, LooksReader


class Listed:
    """As the registry lists them."""

    def __init__(self) -> None:
        self.looks: list[Look] = []

    def add(self, random: Random) -> None:
        kind = random.choice(["frames", "chains", "dispute"])
        look = Look(len(self.looks) + 1, random.randrange(9), random.randrange(3), random.getrandbits(50), kind, 7, "")
        before = self.looks[-1].hash if self.looks else NO_LOOK
        self.looks.append(look._replace(hash=look_hash(before, look)))

    def listing(self, first: int, limit: int) -> list[Look]:
        return self.looks[first - 1 : first - 1 + min(limit, 5)]


def test_what_was_listed_is_read_back_from_any_number_on(tmp_path: Path) -> None:
    random, listed, path = Random(1), Listed(), tmp_path / "looks.list"
    file, reader = LooksFile(path, listed), LooksReader(path)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        reader.behind(1)
    assert file.extend() is None and reader.behind(1) == []
    for _ in range(60):
        for _ in range(random.randrange(9)):
            listed.add(random)
        if random.random() < 0.1:
            file = LooksFile(path, listed)  # type: ignore[arg-type]
        assert file.extend() == (listed.looks[-1] if listed.looks else None)
        first = random.choice([1, len(listed.looks), len(listed.looks) + 1, random.randint(1, len(listed.looks) + 1)])
        assert reader.behind(max(first, 1)) == listed.looks[max(first, 1) - 1 :]
    with path.open("a") as torn:
        torn.write("400 1/1 ")
    assert LooksReader(path).behind(1) == listed.looks
    path.write_text("no look at all\n")
    with pytest.raises(BadLooks):
        LooksReader(path).behind(1)


def test_after_an_error_all_of_it_is_written_anew(tmp_path: Path) -> None:
    random, listed, path = Random(2), Listed(), tmp_path / "there" / "looks.list"
    file = LooksFile(path, listed)  # type: ignore[arg-type]
    listed.add(random)
    with pytest.raises(FileNotFoundError):
        file.extend()
    path.parent.mkdir()
    listed.add(random)
    assert file.extend() == listed.looks[-1]
    assert LooksReader(path).behind(1) == listed.looks
    path.unlink()
    path.mkdir()
    listed.add(random)
    with pytest.raises(IsADirectoryError):
        file.extend()
    path.rmdir()
    assert file.extend() == listed.looks[-1]
    assert LooksReader(path).behind(1) == listed.looks
