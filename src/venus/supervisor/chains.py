"""The event chain as it is made again, and what the exchange claims of it: here, or in a thread of its own."""

import threading
from collections.abc import Callable
from queue import Queue
from typing import NamedTuple, Protocol

import numpy as np

from venus.journal.frames import Frame
from venus.records.event_chain import EventChain
from venus.records.events import unpack_events
from venus.records.words import event_words
from venus.records.work import Work
from venus.supervisor.disputes import Dispute, dispute_of
from venus.supervisor.findings import Finding, differing_events

CHAIN = "event chain"
_AHEAD_FRAMES = 4
"""Few, so that events are hashed while they are in the processor's cache."""
_EVENTS_FEW = 64
_EVENTS_SHOWN = 3
_UNCLAIMED_MAX = 4_096
_SMALL_BYTES = 8_192
"""Of a frame that is smaller, what is needed to dispute it is kept until it is claimed."""


class Claim(NamedTuple):
    """What the exchange says of one frame beside the journal.

    chain   event chain after the frame; None: not claimed
    events  EVENT[n] of the frame; None: not claimed
    """

    chain: bytes | None = None
    events: np.ndarray | None = None


NOTHING_CLAIMED = Claim()


class _Done(NamedTuple):
    """A frame that was run."""

    frame: Frame
    work: Work
    events: np.ndarray
    claim: Claim


class _Made(NamedTuple):
    """What a frame came to that nothing was claimed of yet."""

    first_sequence: int
    commands_count: int
    chain: bytes
    dispute: Dispute | None  # that will be, if something else is claimed of it


class Chain(Protocol):
    """The chain after the frames added so far, and the first of them of which something else is claimed."""

    def add(self, frame: Frame, work: Work, events: np.ndarray, claim: Claim) -> None: ...

    def claimed(self, number: int, value: bytes) -> None:
        """A claim that came after its frame."""

    def settled(self) -> tuple[EventChain, Finding | None]:
        """After everything that was added."""

    @property
    def finding(self) -> Finding | None:
        """What was found until now."""

    @property
    def dispute(self) -> Dispute | None:
        """What the finding is of, if the frame's chain alone was claimed."""

    def close(self) -> None: ...


class ChainHere:
    """Added to and compared in one step."""

    def __init__(self, chain: EventChain) -> None:
        self.chain = chain
        self.finding: Finding | None = None
        self.dispute: Dispute | None = None
        self._unclaimed: dict[int, _Made] = {}

    def add(self, frame: Frame, work: Work, events: np.ndarray, claim: Claim) -> None:
        before, rules = self.chain.value, self.chain.rules
        self.chain.add(events)
        if claim is NOTHING_CLAIMED:
            is_small = len(frame.payload) + events.nbytes <= _SMALL_BYTES
            dispute = dispute_of(frame, events, before, rules, b"") if is_small else None
            self._unclaimed[frame.number] = _Made(frame.first_sequence, work.commands_count, self.chain.value, dispute)
            if len(self._unclaimed) > _UNCLAIMED_MAX:
                del self._unclaimed[next(iter(self._unclaimed))]
        elif self.finding is None:
            self.finding = compared(_Done(frame, work, events, claim), self.chain.value)
            if self.finding is not None and self.finding.what == CHAIN and claim.chain is not None:
                self.dispute = dispute_of(frame, events, before, rules, claim.chain)

    def claimed(self, number: int, value: bytes) -> None:
        made = self._unclaimed.pop(number, None)
        if made is not None and self.finding is None and made.chain != value:
            self.finding = other_chain(number, made, value, "")
            self.dispute = None if made.dispute is None else made.dispute._replace(claimed=value)

    def settled(self) -> tuple[EventChain, Finding | None]:
        return self.chain, self.finding

    def close(self) -> None:
        """Nothing is beside."""


class ChainBeside:
    """The same in a thread: hashing lets go of the interpreter, so the machine runs on meanwhile."""

    def __init__(self, chain: EventChain) -> None:
        self._here = ChainHere(chain)
        self._queue: Queue[_Done | None] = Queue(maxsize=_AHEAD_FRAMES)
        self._trouble: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def finding(self) -> Finding | None:
        return self._here.finding

    @property
    def dispute(self) -> Dispute | None:
        return self._here.dispute

    def _run(self) -> None:
        while (done := self._queue.get()) is not None:
            try:
                self._here.add(*done)
            except BaseException as error:  # noqa: BLE001 - handed on to whoever waits, whatever it is
                self._trouble = self._trouble or error
            del done  # so that its buffer is free while we wait
            self._queue.task_done()
        self._queue.task_done()

    def add(self, frame: Frame, work: Work, events: np.ndarray, claim: Claim) -> None:
        if len(events) <= _EVENTS_FEW and self._queue.unfinished_tasks == 0:
            self._here.add(frame, work, events, claim)  # sooner than the thread would wake
        else:
            self._queue.put(_Done(frame, work, events, claim))

    def claimed(self, number: int, value: bytes) -> None:
        self._queue.join()
        self._here.claimed(number, value)

    def settled(self) -> tuple[EventChain, Finding | None]:
        self._queue.join()
        if self._trouble is not None:
            raise self._trouble
        return self._here.settled()

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()


MakeChain = Callable[[EventChain], Chain]


def compared(done: _Done, value: bytes) -> Finding | None:
    """What of a claim the machine does not confirm; `value` is the chain after the frame as it was made here."""
    frame, work, events, claim = done
    if claim.events is not None:
        found = differing_events(frame, work, claim.events, events)
        if found is not None:
            return found
    if claim.chain is None or claim.chain == value:
        return None
    made = [event_words(event) for event in unpack_events(events[:_EVENTS_SHOWN].tobytes())]
    more = f" and {len(events) - _EVENTS_SHOWN} more" if len(events) > _EVENTS_SHOWN else ""
    words = f" The rules give: {'; '.join(made) or 'no event'}{more}."
    return other_chain(frame.number, _Made(frame.first_sequence, work.commands_count, value, None), claim.chain, words)


def other_chain(number: int, made: _Made, claimed: bytes, words: str) -> Finding:
    """A frame of which the exchange claims other events than the rules give."""
    first, count = made.first_sequence, made.commands_count
    which = f"command {first}" if count == 1 else f"commands {first} to {first + count - 1}"
    sentence = (
        f"frame {number}, {which}: what the exchange says happened is not what the rules make of it. Its event chain "
        f"after the frame is {claimed.hex()}, but must be {made.chain.hex()}.{words}"
    )
    return Finding(number, first if count == 1 else None, CHAIN, claimed.hex(), made.chain.hex(), sentence)
