"""Array types as plain data, so that a file can say what its arrays are without anything that runs code.

A record keeps its offsets, its length and whether it is aligned: reading it gives the very same dtype.
Source: docs/rules/journal.md, "Snapshot".
"""

import re

import msgspec
import numpy as np

_PLAIN = re.compile(r"[<|][biufcSUV][0-9]+")


class Subarray(msgspec.Struct, frozen=True, tag="array", forbid_unknown_fields=True):
    """A field that is itself an array of fixed shape."""

    element: "ArrayType"
    shape: tuple[int, ...]


class Record(msgspec.Struct, frozen=True, tag="record", forbid_unknown_fields=True):
    """A structured type; offsets and itemsize in bytes."""

    names: tuple[str, ...]
    formats: "tuple[ArrayType, ...]"
    offsets: tuple[int, ...]
    itemsize: int
    aligned: bool


ArrayType = str | Subarray | Record


def type_of(dtype: np.dtype) -> ArrayType:
    """Raises ValueError for what cannot be in a file: objects, times, other byte orders, titles."""
    if dtype.subdtype is not None:
        element, shape = dtype.subdtype
        return Subarray(type_of(element), shape)
    if dtype.fields is not None and dtype.names is not None:
        fields = [dtype.fields[name] for name in dtype.names]
        if any(len(field) > 2 for field in fields):
            raise ValueError(f"a field of {dtype} has a title")
        return Record(
            names=dtype.names,
            formats=tuple(type_of(field[0]) for field in fields),
            offsets=tuple(int(field[1]) for field in fields),
            itemsize=dtype.itemsize,
            aligned=dtype.isalignedstruct,
        )
    if not _PLAIN.fullmatch(dtype.str):
        raise ValueError(f"arrays of {dtype} cannot be written to a file")
    return dtype.str


def dtype_of(array_type: ArrayType) -> np.dtype:
    """The dtype that `type_of` was given; raises ValueError for text that it never gives."""
    if isinstance(array_type, Subarray):
        return np.dtype((dtype_of(array_type.element), array_type.shape))
    if isinstance(array_type, Record):
        return np.dtype(
            {
                "names": list(array_type.names),
                "formats": [dtype_of(field) for field in array_type.formats],
                "offsets": list(array_type.offsets),
                "itemsize": array_type.itemsize,
            },
            align=array_type.aligned,
        )
    if not _PLAIN.fullmatch(array_type):
        raise ValueError(f"{array_type!r} is not the type of an array in a file")
    return np.dtype(array_type)
