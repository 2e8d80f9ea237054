"""The model in a snapshot, so that a node that runs frames by it goes on where it stood. Its own files alone are read.

Python's own form of its objects is kept, with a hash of the sources that they are of: to others it says nothing.
"""

import pickle
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

import venus.model
import venus.records
from venus.journal.snapshots import Snapshot
from venus.model.exchange import Exchange
from venus.records.marks import Marks

_MODEL, _SOURCES = "model", "model sources"


@cache
def _sources() -> bytes:
    """Hash of the sources of the model and of the records in it."""
    digest = sha256()
    for package in (venus.model, venus.records):
        for file in sorted(Path(package.__path__[0]).glob("*.py")):
            digest.update(sha256(file.read_bytes()).digest())
    return digest.digest()


def arrays_of(model: Exchange) -> dict[str, np.ndarray]:
    """What a snapshot holds of a model."""
    return {
        _MODEL: np.frombuffer(pickle.dumps(model, pickle.HIGHEST_PROTOCOL), np.uint8),
        _SOURCES: np.frombuffer(_sources(), np.uint8),
    }


def model_in(snapshot: Snapshot, marks: Marks) -> Exchange | None:
    """The model of a snapshot whose hashes hold; None if there is none, or one of other sources or another state."""
    found = snapshot.arrays.get(_SOURCES)
    if found is None or found.tobytes() != _sources():
        return None
    model = pickle.loads(snapshot.arrays[_MODEL].tobytes())  # noqa: S301 - written by this node, and hashed
    return model if isinstance(model, Exchange) and model.state_root() == marks.state_root else None
