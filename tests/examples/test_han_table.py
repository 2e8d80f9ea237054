"""The table of readings: made once in an environment, by a process of its own, and not before it is needed."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from venus.p2p import han_table as module
from venus.p2p.han_table import ReadingsUnknown, han_table

TABLE = "[readings]\nzhang zoeng 张張\n"
COMPARES = """
import sys
from venus.p2p import romanised
from venus.p2p.names import compare

def made():
    return romanised._read_once.cache_info().currsize

assert compare("张伟", "张伟") == "EXACT" and compare("Иван Петров", "Ivan Petrov") == "CLOSE" and not made()
assert compare("张伟", "ZHANG WEI") == "CLOSE" and made()
print(sorted({"opencc", "pypinyin", "ToJyutping"} & sys.modules.keys()))
"""


class Maker:
    def __init__(self) -> None:
        self.count = 0
        self.may_end = threading.Event()

    def __call__(self) -> str:
        self.count += 1
        assert self.may_end.wait(20)
        return TABLE


@pytest.fixture
def maker() -> Maker:
    made = Maker()
    made.may_end.set()
    return made


def test_who_comes_while_it_is_made_waits(tmp_path: Path) -> None:
    """Each opens the lock by itself, as processes do."""
    place, maker = tmp_path / "share/venus/han.txt", Maker()
    with ThreadPoolExecutor(4) as beside:
        asked = [beside.submit(han_table, place, maker) for _ in range(4)]
        threading.Timer(0.1, maker.may_end.set).start()
        assert [one.result() for one in asked] == [TABLE] * 4
    assert maker.count == 1
    assert han_table(place, maker) == TABLE and maker.count == 1


def test_other_versions_and_damage_make_it_anew(tmp_path: Path, maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "han.txt"
    han_table(place, maker)
    for damaged in (place.read_bytes()[:-4], place.read_bytes().replace(b"zhang", b"zhong"), b"", b"\xff"):
        place.write_bytes(damaged)
        before = maker.count
        assert han_table(place, maker) == TABLE and maker.count == before + 1
    before = maker.count
    monkeypatch.setattr(module, "version", lambda name: "0.0.1")
    assert han_table(place, maker) == han_table(place, maker) == TABLE and maker.count == before + 1


def test_where_nothing_can_be_kept_it_is_made_all_the_same(tmp_path: Path, maker: Maker) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    assert han_table(no_folder / "venus/han.txt", maker) == TABLE
    taken = tmp_path / "han.txt"
    taken.mkdir()
    assert han_table(taken, maker) == TABLE and maker.count == 2


def test_libraries_that_fail_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "han.txt"
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ReadingsUnknown, match="exit 1"):
        han_table(place)
    monkeypatch.setattr(module, "LIBRARIES", ("no-such-library",))
    with pytest.raises(ReadingsUnknown, match="no-such-library"):
        han_table(place)
    assert not place.exists()


def test_who_compares_opens_no_library_and_makes_nothing_too_soon() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", COMPARES], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
