"""Snapshots: whatever arrays go in come out, with the same types and bytes; nothing else can be in a file."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from venus.journal.array_types import dtype_of, type_of
from venus.journal.snapshots import SnapshotStore
from venus.records.commands import COMMAND
from venus.records.events import EVENT
from venus.testing.storage_faults import SimulatedDisk

SCALARS = st.sampled_from(["?", "i1", "<i8", "<u2", "<u4", "<f8", "<c16", "S5", "<U3", "V7"])


def same(left: np.ndarray, right: np.ndarray) -> bool:
    return (
        left.dtype == right.dtype
        and left.dtype.isalignedstruct == right.dtype.isalignedstruct
        and left.shape == right.shape
        and left.tobytes() == right.tobytes()
    )


@given(st.lists(SCALARS, min_size=1, max_size=5), st.booleans(), st.data())
def test_any_record_type_comes_back(formats: list[str], align: bool, data: st.DataObject) -> None:
    fields = []
    for at, name in enumerate(formats):
        shape = data.draw(st.sampled_from([(), (2,), (2, 3)]))
        fields.append((f"field {at}", name, shape))
    inner = np.dtype(fields, align=align)
    outer = np.dtype([("a", "u1"), ("rows", inner, data.draw(st.sampled_from([(), (4,)])))], align=align)
    for dtype in (inner, outer):
        again = dtype_of(type_of(dtype))
        assert again == dtype
        assert (again.itemsize, again.isalignedstruct) == (dtype.itemsize, dtype.isalignedstruct)


@given(st.data())
def test_whatever_goes_in_comes_out(data: st.DataObject) -> None:
    written = {}
    for name in data.draw(st.lists(st.text(max_size=8), unique=True, max_size=4)):
        shape = data.draw(st.sampled_from([(), (0,), (1,), (3, 0), (5,), (2, 3)]))
        dtype = np.dtype(data.draw(SCALARS))
        size = int(np.prod(shape)) * dtype.itemsize
        # Text is given valid code points; every other type takes any bytes.
        raw = bytes(size) if dtype.kind == "U" else Random(data.draw(st.integers(0, 99))).randbytes(size)
        written[name] = np.frombuffer(raw, dtype).reshape(shape) if size else np.zeros(shape, dtype)
    meta = data.draw(st.binary(max_size=200))
    snapshots = SnapshotStore(Path("/s"), SimulatedDisk(Random(0)))
    snapshots.write(3, meta, written)
    snapshot = snapshots.load(3)
    assert (snapshot.number, snapshot.meta, list(snapshot.arrays)) == (3, meta, list(written))
    assert all(same(snapshot.arrays[name], array) for name, array in written.items())


def test_the_tables_of_the_house_on_a_real_disk(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    written = {
        "commands": np.frombuffer(random.bytes(64 * 1_000), COMMAND),
        "events": np.frombuffer(random.bytes(96 * 700), EVENT),
        "strided": np.arange(100, dtype="<i8")[::3],
        "columns": np.asfortranarray(np.arange(12).reshape(3, 4)),
    }
    snapshots = SnapshotStore(tmp_path / "deep" / "snapshots")
    for number in (10, 20, 30):
        snapshots.write(number, b"tip %d" % number, written)
    assert snapshots.numbers() == [20, 30]
    latest = snapshots.latest()
    assert latest.snapshot is not None
    assert (latest.snapshot.number, latest.snapshot.meta, latest.damaged) == (30, b"tip 30", ())
    for name, array in written.items():
        found = latest.snapshot.arrays[name]
        assert same(found, array), name
        assert not found.flags.writeable
        assert found.ctypes.data % 64 == 0
    snapshots.drop(30)
    assert snapshots.numbers() == [20]
    with pytest.raises(FileNotFoundError):
        snapshots.load(30)


@pytest.mark.parametrize("dtype", ["O", "M8[s]", ">i8"])
def test_what_cannot_be_in_a_file_is_refused(dtype: str, tmp_path: Path) -> None:
    snapshots = SnapshotStore(tmp_path)
    with pytest.raises(ValueError, match="cannot be written"):
        snapshots.write(1, b"", {"bad": np.zeros(2, dtype)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["O8", "object", "i8", "<i8,<i8", "M8[s]", "|O"])
def test_what_a_file_never_says_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="not the type"):
        dtype_of(text)
