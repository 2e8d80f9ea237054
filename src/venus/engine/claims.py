"""What the engine says of every frame beside its journal: the event chain after it, and of the newest its events.

Nothing depends on it. Source: docs/rules/journal.md, "Event chain beside the journal" and "Events beside the journal".
"""

from typing import Self

import numpy as np

from venus.engine.places import Places
from venus.journal.chain_file import ChainFile
from venus.journal.events_files import EventsFiles


class Claims:
    """Of one thread at a time. Raises OSError as the system does: then some are missing, and nothing else is wrong."""

    def __init__(self, chain: ChainFile, events: EventsFiles) -> None:
        self._chain = chain
        self._events = events

    @classmethod
    def open(cls, places: Places, frames: int, chain: bytes) -> Self:
        """Go on behind so many frames, after which the event chain is this one."""
        events = EventsFiles(places.events, frames, kept_bytes=places.events_bytes)
        return cls(ChainFile.open(places.event_chain, frames, chain), events)

    def stay(self, seconds: float) -> None:
        """What is told of frames from now on stays for so long, and of a flood not every frame is told."""
        self._events.stays_s = seconds

    def tell(self, frame: int, chain: bytes, events: np.ndarray | None) -> None:
        """events: EVENT[n] of it; None: it holds no command."""
        try:
            if events is not None:
                self._events.add(frame, events.view(np.uint8).data)
        finally:
            self._chain.add(frame, chain)

    def flush(self) -> None:
        """Let those who follow see everything that was told: events before the chain that they are to hash to."""
        try:
            self._events.flush()
        finally:
            self._chain.flush()

    def close(self) -> None:
        try:
            self._events.close()
        finally:
            self._chain.close()
