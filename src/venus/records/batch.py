"""What one frame asked and what came of it: the unit that every view folds."""

from typing import NamedTuple

import numpy as np

from venus.records.commands import PlainCommand


class Batch(NamedTuple):
    number: int  # of the frame
    time_ns: int
    first_sequence: int
    commands: np.ndarray  # COMMAND[n], empty for a cold frame
    texts: bytes  # client id texts of the commands, one after the other; lengths in commands["text_bytes"]
    cold: PlainCommand | None  # without its approvals: who counted is told by events
    events: np.ndarray  # EVENT[m]
