"""Frames from the middle of a journal, run by the model beside the kernels, from the state that these hand over.

Source: docs/rules/supervision.md, "Samples".
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from struct import Struct
from typing import NamedTuple, Self

import msgspec
import numpy as np

from venus.core.dispatch import quiet_until_ns
from venus.core.kernels import layout
from venus.core.machine import Machine
from venus.journal.frames import WITHOUT_COMMANDS, Frame, FrameKind
from venus.model.transfers import Digest
from venus.records.commands import AccountKind, CommandKind
from venus.records.work import Work
from venus.supervisor.children import Child
from venus.supervisor.execution import Execution, work_of
from venus.supervisor.findings import Finding, differing_events, finding
from venus.supervisor.judge import Judge
from venus.supervisor.model_state import model_of, sections_of

SAMPLE_S = 60.0
"""From the beginning of one sample to that of the next."""
GATHER_S = 30.0
"""If fewer frames come meanwhile, those are the sample: a child that waits keeps memory that its parent has changed."""
_WORDS_MAX = 1_500  # so that an answer is not too long for a child's pipe
_COUNT = Struct("<q")


class Sampled(NamedTuple):
    """frames, commands: that both ran and agree on. passed_over: frames of which the model is told nothing."""

    frames: int
    commands: int
    passed_over: int
    finding: Finding | None

    def packed(self) -> bytes:
        found = self.finding
        if found is not None:
            found = found._replace(words=found.words[:_WORDS_MAX])
        return msgspec.msgpack.encode(self._replace(finding=found))

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Raises ValueError for what `packed` did not give."""
        return msgspec.msgpack.decode(data, type=cls)


def sample(machine: Machine, frames: Iterable[Frame]) -> Sampled:
    """Run the frames that come next by both, and compare events, then the states that they end in.

    Frames with a cold command, with what time does to institutions' affairs, and with payments of wallets the kernels
    run alone; behind such a frame the state is handed over anew.
    """
    execution, run = Execution(machine), list[Frame]()
    agreed = commands = passed_over = 0
    for frame in [one for one in frames if one.kind not in WITHOUT_COMMANDS]:
        if _is_told(machine, frame):
            run.append(frame)
            continue
        found, count = _stretch(execution, run)
        agreed, commands, run = agreed + len(run), commands + count, []
        if found is not None:
            return Sampled(agreed, commands, passed_over, found)
        execution.run(frame, work_of(frame))
        passed_over += 1
    found, count = _stretch(execution, run)
    return Sampled(agreed + len(run), commands + count, passed_over, found)


def _is_told(machine: Machine, frame: Frame) -> bool:
    """Whether all that a frame asks, and all that is due before it, is of what the model is handed."""
    if frame.kind != FrameKind.HOT or frame.time_ns >= quiet_until_ns(machine.memory, machine.affairs):
        return False
    if int(machine.memory.counters[layout.WALLETS_COUNT]) == 0:
        return True
    commands = work_of(frame).commands
    kinds = machine.memory["accounts"]["kind"][: int(machine.memory.counters[layout.ACCOUNTS_COUNT])]
    named = np.concatenate([commands["account"], commands["target_lo"]])
    named = named[(named >= 0) & (named < len(kinds))]
    pays = np.isin(commands["kind"], [CommandKind.TRANSFER, CommandKind.REFUND]).any()
    return not (commands["kind"] == CommandKind.REFUND).any() and not (
        pays and (kinds[named] == AccountKind.WALLET).any()
    )


def _stretch(execution: Execution, run: list[Frame]) -> tuple[Finding | None, int]:
    """Frames in a row, of all of which the model is told; with how many commands both ran."""
    if not run:
        return None, 0
    machine = execution.opinion
    assert isinstance(machine, Machine)
    works = [work_of(frame) for frame in run]
    references = set(_references(works))
    model = model_of(machine, references)
    handed = sections_of(machine, references)
    taken = model.state_sections()
    # If this fails the handing over is wrong, not the exchange.
    assert all(taken[tag] == rows for tag, rows in handed.items()), [tag for tag in handed if taken[tag] != handed[tag]]
    commands = 0
    for frame, work in zip(run, works, strict=True):
        made = execution.run(frame, work)
        own = model.apply_hot(frame.time_ns, frame.first_sequence, work.commands, work.texts)
        found = differing_events(frame, work, made, own)
        if found is not None:
            return found._replace(words=f"{found.words} So the model says, from the state of the kernels."), commands
        commands += work.commands_count
    made_of, taken = sections_of(machine, references), model.state_sections()
    for tag, rows in made_of.items():
        if rows != taken[tag]:
            words = "So the model says, from the state of the kernels"
            return finding(run[-1].number, f"{tag} of the state", f"{len(rows)} bytes", "other rows", words), commands
    return None, commands


def _references(works: list[Work]) -> Iterator[Digest]:
    for work in works:
        for command in work.commands[np.isin(work.commands["kind"], [CommandKind.TRANSFER, CommandKind.REFUND])]:
            yield int(command["client_hi"]), int(command["client_lo"])
            yield int(command["target_hi"]), int(command["target_lo"])


class SamplesBeside:
    """So many frames at a time, by a child that was forked before them and is handed them when they have come.

    frames, passed_over: in all samples that agree
    """

    def __init__(self, frames_each: int, let_go: Callable[[], None], every_s: float = SAMPLE_S) -> None:
        """frames_each: 0 for none. let_go: see Child."""
        self._each = frames_each
        self._let_go = let_go
        self._every_s = every_s
        self._begun_s = -every_s
        self._child: Child | None = None
        self._pipe = -1  # to the child, while its frames are gathered
        self._gathered: list[Frame] = []
        self.frames = self.passed_over = 0

    def took(self, judge: Judge, frame: Frame) -> None:
        """A frame was judged, and agrees."""
        if self._pipe >= 0:
            self._gathered.append(frame._replace(payload=memoryview(bytes(frame.payload))))
            if len(self._gathered) == self._each:
                self._hand_over()
        elif self._each and self._child is None and time.monotonic() - self._begun_s >= self._every_s:
            self._begin(judge)

    def found(self, *, waits: bool = False) -> Finding | None:
        """What the model found since; waits: until it is done with what was gathered. Raises ChildFailed."""
        if self._child is None:
            return None
        if self._pipe >= 0:
            if not waits and time.monotonic() - self._begun_s < GATHER_S:
                return None
            self._hand_over()
        answer = self._child.found(waits=waits)
        if answer is None:
            return None
        self._child = None
        sampled = Sampled.unpacked(answer)
        self.frames += sampled.frames
        self.passed_over += sampled.passed_over
        return sampled.finding

    def _begin(self, judge: Judge) -> None:
        machine = judge.opinion
        if not isinstance(machine, Machine):
            return
        reading, writing = os.pipe()

        def let_go() -> None:
            os.close(writing)  # so that it ends with its parent
            self._let_go()

        self._begun_s = time.monotonic()
        self._child = Child(lambda: sample(machine, _read(reading)).packed(), let_go)
        os.close(reading)
        self._pipe = writing

    def _hand_over(self) -> None:
        """By a thread: a pipe takes little at once, and nobody should wait for who reads it."""
        pipe, gathered = self._pipe, self._gathered
        self._pipe, self._gathered = -1, []
        threading.Thread(target=_write, args=(pipe, gathered), daemon=True).start()


def _write(pipe: int, frames: list[Frame]) -> None:
    data = msgspec.msgpack.encode([frame._replace(payload=memoryview(bytes(frame.payload))) for frame in frames])
    with suppress(BrokenPipeError), os.fdopen(pipe, "wb") as file:  # a child that died is found by its answer
        file.write(_COUNT.pack(len(data)) + data)


def _read(pipe: int) -> list[Frame]:
    with os.fdopen(pipe, "rb") as file:
        [size] = _COUNT.unpack(file.read(_COUNT.size))
        rows = msgspec.msgpack.decode(file.read(size))
    return [Frame(*row)._replace(payload=memoryview(row[Frame._fields.index("payload")])) for row in rows]
