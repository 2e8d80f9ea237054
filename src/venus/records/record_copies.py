"""Copies of arrays of records: as bytes, since NumPy copies records field by field, at an eighth of the speed."""

import numpy as np


def put_records(array: np.ndarray, records: np.ndarray) -> None:
    """Write records to the first places of an array; they are of one dtype, and each lies in one piece."""
    assert array.dtype == records.dtype, (array.dtype, records.dtype)
    array[: len(records)].view(np.uint8)[...] = records.view(np.uint8)


def copied(records: np.ndarray) -> np.ndarray:
    """The same records in memory of their own."""
    copy = np.empty(records.shape, records.dtype)
    put_records(copy, records)
    return copy
