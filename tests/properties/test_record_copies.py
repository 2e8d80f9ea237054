"""Copies of records as bytes: what stands in the first places is what was given, and the rest is left as it was."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from venus.records.commands import COMMAND
from venus.records.events import EVENT
from venus.records.record_copies import copied, put_records

DTYPES = st.sampled_from([COMMAND, EVENT, np.dtype([("a", "i8"), ("b", "u4"), ("c", "u1", (3,))]), np.dtype("u4")])


@given(DTYPES, st.binary(max_size=400), st.integers(0, 3))
def test_records_come_as_they_are_and_the_rest_stays(dtype: np.dtype, data: bytes, behind: int) -> None:
    records = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
    array = np.frombuffer(b"\xaa" * (len(records) + behind) * dtype.itemsize, dtype).copy()

    put_records(array, records)

    assert array.tobytes() == records.tobytes() + b"\xaa" * behind * dtype.itemsize
    copy = copied(records)
    assert copy.tobytes() == records.tobytes() and copy.flags.writeable and copy.flags.owndata


@given(st.integers(0, 5))
def test_rows_of_columns_are_put_whole(rows: int) -> None:
    array, records = np.zeros((6, 3), np.int64), np.arange(3 * rows).reshape(rows, 3)

    put_records(array, records)

    assert (array[:rows] == records).all() and not array[rows:].any()
