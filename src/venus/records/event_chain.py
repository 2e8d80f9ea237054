"""The event chain: one value over everything that ever happened. Source: docs/rules/digest.md, "Event chain"."""

from hashlib import sha256
from typing import Any

import numpy as np
from blake3 import blake3

from venus.records.events import EventKind

CHAIN_START = bytes(32)
BLAKE3_RULES = 2
"""From the frame after the one in which these rules were adopted."""


class EventChain:
    """The chain after the frames added so far, and the rules in force after them."""

    def __init__(self, value: bytes = CHAIN_START, rules: int = 1) -> None:
        self.value = value
        self.rules = rules

    def add(self, events: np.ndarray) -> None:
        """A frame with commands is over: EVENT[m]."""
        digest: Any = sha256(self.value) if self.rules < BLAKE3_RULES else blake3(self.value)
        digest.update(events.view(np.uint8).data)
        self.value = digest.digest()
        # A cold command has a frame of its own, and its own event is the last of it.
        if len(events) and events[-1]["kind"] == EventKind.RULES_ADOPTED:
            self.rules = max(self.rules, int(events[-1]["quantity_lots"]))
