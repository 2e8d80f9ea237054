"""A frame of which an exchange claims another event chain than the rules give: its events tell the command and field.

What is given in answer must hash to what was claimed; else it is no claim, and that is said.
Source: docs/rules/supervision.md, "Claims".
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from venus.journal.frames import Frame
from venus.records.event_chain import EventChain
from venus.records.events import EVENT
from venus.supervisor.execution import work_of
from venus.supervisor.findings import Finding, differing_events

TIMES, PAUSE_S = 4, 0.25
"""What is asked for may be written just now, or over."""


class NotTold(Exception):
    """An exchange does not hand on what it is asked for; the text says why, behind "it"."""


class Dispute(NamedTuple):
    """frame    its payload is a copy
    events   EVENT[n] that the rules give
    before   the chain before it, on which both agree, and `rules` of that chain
    claimed  the chain after it, as the exchange says
    """

    frame: Frame
    events: np.ndarray
    before: bytes
    rules: int
    claimed: bytes

    def named(self, told: bytes) -> Finding | None:
        """The first command and field that differ, from the events that the exchange tells.

        None: they are not those of its own chain.
        """
        if len(told) % EVENT.itemsize:
            return None
        events, chain = np.frombuffer(told, EVENT), EventChain(self.before, self.rules)
        chain.add(events)
        if chain.value != self.claimed:
            return None
        return differing_events(self.frame, work_of(self.frame), events, self.events)


def dispute_of(frame: Frame, events: np.ndarray, before: bytes, rules: int, claimed: bytes) -> Dispute:
    """One that outlives the buffers of its frame."""
    kept = frame._replace(payload=memoryview(bytes(frame.payload)))
    return Dispute(kept, events.copy(), before, rules, claimed)


def asked(found: Finding, dispute: Dispute, ask: Callable[[int], bytes]) -> Finding:
    """The finding of a dispute by command and field if the exchange tells its events; if not, that it does not.

    ask: for the events of a frame; raises NotTold.
    """
    why = ""
    for attempt in range(TIMES):
        time.sleep(PAUSE_S if attempt else 0)
        try:
            named = dispute.named(ask(dispute.frame.number))
        except NotTold as refused:
            why = str(refused)
        else:
            if named is not None:
                return named
            why = "gives such as do not make its own event chain"
    words = f"Asked for the events of this frame, the exchange {why}: so the command cannot be told."
    return found._replace(words=f"{found.words} {words}")
