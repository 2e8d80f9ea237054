"""Replay for its own sake: re-execute a journal and compare it with what it says of itself.

Nothing is written. Verifying frames, running them and hashing their events go on side by side, since all three let go
of the interpreter.
"""

import threading
import time
from collections.abc import Iterator
from queue import Queue
from typing import NamedTuple

import msgspec
import numpy as np

from venus.core.machine import Machine
from venus.engine.event_buffers import EventBuffers
from venus.engine.exchange import Marks, work_of
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.engine.recovery import Progress
from venus.journal.frames import Frame, FrameKind
from venus.journal.merkle import MerkleFrontier
from venus.journal.notes import Checkpoint, Verifier, open_note, parse_checkpoint
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import JournalReader
from venus.records.event_chain import EventChain

_AHEAD_FRAMES = 16
_CHAIN_AHEAD_FRAMES = 4
"""Few, so that events are hashed while they are in the processor's cache."""


class Difference(NamedTuple):
    """The first frame after which the journal and its replay do not agree."""

    frame: int
    what: str
    recorded: str
    replayed: str


class Audit(NamedTuple):
    """What a replay found. `agrees` is False if there is a difference."""

    first_frame: int
    frames: int
    commands: int
    events: int
    duration_s: float
    event_chain: bytes
    state_root: bytes
    checkpoints: int
    state_roots: int
    difference: Difference | None

    @property
    def agrees(self) -> bool:
        return self.difference is None


class _Chain:
    """The event chain, hashed in a thread of its own."""

    def __init__(self, chain: EventChain) -> None:
        self._chain = chain
        self._queue: Queue[np.ndarray | None] = Queue(maxsize=_CHAIN_AHEAD_FRAMES)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (events := self._queue.get()) is not None:
            self._chain.add(events)
            del events  # so that its buffer is free while we wait
            self._queue.task_done()
        self._queue.task_done()

    def add(self, events: np.ndarray) -> None:
        self._queue.put(events)

    def value(self) -> bytes:
        """The chain after everything that was added."""
        self._queue.join()
        return self._chain.value

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()


def _ahead(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Frames read and verified by a thread that runs ahead; what it raises is raised here."""
    queue: Queue = Queue(maxsize=_AHEAD_FRAMES)

    def read() -> None:
        try:
            for frame in frames:
                queue.put(frame)
            queue.put(None)
        except BaseException as error:  # noqa: BLE001 - handed on to the reader's caller, whatever it is
            queue.put(error)

    threading.Thread(target=read, daemon=True).start()
    while (item := queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def read_checkpoint(frame: Frame, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a frame; raises NoteRefused if it is not signed by this journal's key."""
    note = open_note(bytes(frame.payload), [verifier])
    return parse_checkpoint(note.text)


def _roots_wanted(reader: JournalReader, first: int, verifier: Verifier) -> set[int]:
    """Numbers of frames after which some later checkpoint tells the state root."""
    wanted = set()
    for place in reader.headers(first):
        if place.header.kind == FrameKind.CHECKPOINT:
            checkpoint = read_checkpoint(reader.frame(place.header.number), verifier)
            if checkpoint.state is not None and checkpoint.state[0] >= first:
                wanted.add(checkpoint.state[0])
    return wanted


def compare(
    frame: Frame, checkpoint: Checkpoint, log_root: bytes, chain: bytes, roots: dict[int, bytes]
) -> Difference | None:
    """What of a checkpoint the replay does not confirm."""
    if checkpoint.frames != frame.number:
        return Difference(frame.number, "frames covered", str(checkpoint.frames), str(frame.number))
    if checkpoint.root != log_root:
        return Difference(frame.number, "log root", checkpoint.root.hex(), log_root.hex())
    if checkpoint.events != chain:
        return Difference(frame.number, "event chain", checkpoint.events.hex(), chain.hex())
    if checkpoint.state is not None:
        frames, recorded = checkpoint.state
        replayed = roots.get(frames)
        if replayed is not None and replayed != recorded:
            return Difference(frames, "state root", recorded.hex(), replayed.hex())
    return None


class _Replay:
    """A machine that re-executes frames, with the chain and the log beside it."""

    def __init__(self, places: Places, from_snapshot: bool) -> None:
        self.machine = Machine()
        self.frontier = MerkleFrontier()
        self.first = 0
        self.event_buffers = EventBuffers()
        chain = EventChain()
        snapshot = SnapshotStore(places.snapshots).latest().snapshot if from_snapshot else None
        if snapshot is not None:
            marks = msgspec.msgpack.decode(snapshot.meta, type=Marks)
            core = {name[5:]: array for name, array in snapshot.arrays.items() if name.startswith("core/")}
            self.machine.restore(core)
            self.frontier = MerkleFrontier.from_state(marks.frontier)
            self.first = marks.frames
            chain = EventChain(marks.chain, marks.rules)
        self.chain = _Chain(chain)
        self.roots: dict[int, bytes] = {}
        self.frames = self.commands = self.events = self.checkpoints = 0

    def run(self, frame: Frame) -> None:
        """Re-execute a frame with commands."""
        work = work_of(frame)
        machine = self.machine
        machine.write_events_to(self.event_buffers.take(machine.events_length))
        if work.cold is None:
            events = machine.apply_hot(frame.time_ns, frame.first_sequence, work.commands, work.texts)
        else:
            events = machine.apply_cold(frame.time_ns, frame.first_sequence, work.cold)
        self.chain.add(events)
        self.commands += work.commands_count
        self.events += len(events)

    def compare(self, frame: Frame, checkpoint: Checkpoint) -> Difference | None:
        """What of a checkpoint the replay does not confirm."""
        self.checkpoints += 1
        return compare(frame, checkpoint, self.frontier.root(), self.chain.value(), self.roots)

    def pass_over(self, frame: Frame, wanted: set[int]) -> None:
        """The frame is done: it is in the log, and its state root is taken if a checkpoint tells it."""
        self.frontier.append(frame.hash)
        self.frames += 1
        if frame.number + 1 in wanted:
            self.roots[frame.number + 1] = self.machine.state_root()


def audit(places: Places, from_snapshot: bool, progress: Progress) -> Audit:
    """Re-execute a journal from nothing, or from its newest snapshot.

    Raises JournalDamaged, NoteRefused (a checkpoint is not signed by the journal's key), FileNotFoundError.
    """
    reader = JournalReader(places.journal)
    verifier = journal_verifier(places)
    replay = _Replay(places, from_snapshot)
    wanted = _roots_wanted(reader, replay.first, verifier)
    total = max(reader.durable_frames() - replay.first, 1)
    difference: Difference | None = None
    started_s = time.perf_counter()
    if replay.first in wanted:
        replay.roots[replay.first] = replay.machine.state_root()
    for frame in _ahead(reader.frames(replay.first)):
        if frame.kind == FrameKind.CHECKPOINT:
            difference = replay.compare(frame, read_checkpoint(frame, verifier))
            if difference is not None:
                break
        else:
            replay.run(frame)
        replay.pass_over(frame, wanted)
        if replay.frames % 64 == 0:
            progress(replay.frames, total)
    chain = replay.chain.value()
    duration_s = time.perf_counter() - started_s
    replay.chain.close()
    return Audit(
        first_frame=replay.first,
        frames=replay.frames,
        commands=replay.commands,
        events=replay.events,
        duration_s=duration_s,
        event_chain=chain,
        state_root=replay.machine.state_root(),
        checkpoints=replay.checkpoints,
        state_roots=len(replay.roots),
        difference=difference,
    )
