"""A machine that re-executes frames: the exchange's own kernels, or the slow model as an opinion of its own."""

from typing import Protocol

import numpy as np

from venus.core.machine import Machine
from venus.journal.frames import Frame, FrameKind
from venus.model.exchange import Exchange
from venus.records.commands import COMMAND, ColdCommand
from venus.records.event_buffers import EventBuffers
from venus.records.work import Work, cold_work, hot_work


class Opinion(Protocol):
    """What kernels and model have in common: frames in, events out."""

    next_sequence: int
    time_ns: int

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes, /) -> np.ndarray: ...
    def apply_cold(self, time_ns: int, first_sequence: int, command: ColdCommand, /) -> np.ndarray: ...
    def state_root(self) -> bytes: ...

    def liabilities_root(self, frames: int, seed: bytes, /) -> bytes:
        """What customers are owed [docs/rules/liabilities.md]; raises OverflowError for what no ledger can hold."""

    def supply_root(self, frames: int, /) -> bytes:
        """What is issued and what backs it [docs/rules/supply.md]."""


def slow_opinion() -> Opinion:
    """The model: plain and slow, written from the pages of rules, and sharing no line with the kernels."""
    return Exchange()


class BadPayload(Exception):
    """A frame whose payload is not what its header says; the text says why."""


def work_of(frame: Frame) -> Work:
    """A frame's work; its arrays are views of the file. Raises BadPayload."""
    if frame.kind == FrameKind.COLD:
        if frame.commands_count != 1:
            raise BadPayload(f"a cold frame holds one command, not {frame.commands_count}")
        try:
            return cold_work(frame.payload)
        except ValueError as error:  # msgspec's errors are such
            raise BadPayload(f"it is no command: {error}") from error
    assert frame.kind == FrameKind.HOT, frame.kind
    records_bytes = frame.commands_count * COMMAND.itemsize
    if not 0 < records_bytes <= len(frame.payload):
        raise BadPayload(f"{len(frame.payload)} bytes do not hold {frame.commands_count} commands")
    work = hot_work(frame.payload, frame.commands_count)
    texts_bytes = int(work.commands["text_bytes"].sum(dtype=np.int64))
    if texts_bytes != len(work.texts):
        raise BadPayload(f"the commands have {texts_bytes} bytes of texts, the frame {len(work.texts)}")
    return work


class Execution:
    """An opinion that frames are run by. Events stay valid as long as somebody holds them."""

    def __init__(self, opinion: Opinion) -> None:
        self.opinion = opinion
        self._buffers = EventBuffers()

    def run(self, frame: Frame, work: Work) -> np.ndarray:
        """EVENT[m] of one frame; raises AssertionError for a frame that no exchange can have run."""
        opinion = self.opinion
        if isinstance(opinion, Machine):
            opinion.write_events_to(self._buffers.take(opinion.events_length))
        if work.cold is None:
            return opinion.apply_hot(frame.time_ns, frame.first_sequence, work.commands, work.texts)
        return opinion.apply_cold(frame.time_ns, frame.first_sequence, work.cold)
