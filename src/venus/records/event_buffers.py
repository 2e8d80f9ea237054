"""Where the core writes a frame's events, so that the chain, the replies and the views read them without a copy."""

from sys import getrefcount

import numpy as np

from venus.records.events import EVENT


class EventBuffers:
    """Buffers that are used again when nobody holds a part of them any more.

    A slice of an array keeps the whole alive and counted, so who still reads one need not say so, and who has finished
    need not either. The first free one is taken: the same few stay in the processor's cache.
    """

    def __init__(self) -> None:
        self._buffers: list[np.ndarray] = []

    def take(self, length: int) -> np.ndarray:
        """EVENT[length or more] that nobody holds; what is in it is old."""
        buffers = self._buffers
        for i in range(len(buffers)):
            if _holders(buffers, i) == _NOBODY:
                if len(buffers[i]) < length:
                    buffers[i] = np.empty(length, EVENT)
                return buffers[i]
        buffers.append(np.empty(length, EVENT))
        return buffers[-1]


def _holders(buffers: list[np.ndarray], i: int) -> int:
    return getrefcount(buffers[i])


_NOBODY = _holders([np.empty(0, EVENT)], 0)
