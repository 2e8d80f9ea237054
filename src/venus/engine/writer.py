"""The single writer: commands in, one frame at a time, replies out when they are durable.

A frame is stamped, handed to the journal's thread, and run by the kernels while that thread writes and syncs. Its
replies leave when both are done, and the views' thread folds it. Few small frames are on their way at a time, so that
what arrives meanwhile gathers into the next frame: group commit without a timer. Full frames have nothing to gain by
waiting, so more of them are.
"""

import asyncio
import sys
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, TypeVar

import numpy as np
import structlog

from venus.engine.checkpoints import Checkpoints
from venus.engine.clock import Clock
from venus.engine.exchange import Exchange
from venus.engine.folding import Answered, Folding
from venus.engine.journaling import FULL_COMMANDS, CheckpointItem, EventsItem, FrameItem, Journaling
from venus.engine.places import Places
from venus.engine.wire import FRAME_COMMANDS_MAX, Refusal
from venus.journal.failures import JournalFull, StorageFailed
from venus.journal.frames import FrameKind, frame_bytes
from venus.journal.notes import Signer
from venus.journal.storage import Buffer
from venus.journal.store import FileStore
from venus.records.batch import Batch
from venus.records.commands import COMMAND, ColdCommand, NoteClockJump, encode_cold
from venus.records.events import EventFlag
from venus.records.work import NO_COMMANDS, Work
from venus.views.market_questions import Publication
from venus.views.questions import Question

QUEUE_COMMANDS_MAX = 65_536
FRAMES_ON_THEIR_WAY = 2
FULL_FRAMES_ON_THEIR_WAY = 4
COLD_FRAMES_ON_THEIR_WAY = 32
"""They cannot gather in one frame, so they gather in one sync."""
VIEWS_BEHIND_COMMANDS_MAX = 262_144
"""When the views are so far behind no frame sets out until they have come nearer; then the queue says OVERLOADED."""

SWITCH_S = 0.0001
"""How long one thread may keep the interpreter from another. With the usual 5 ms a fold, which comes back from a kernel
ten times, waited longer for its turns than it worked, and whoever asked waited behind it."""

_TIMER = int(EventFlag.TIMER)
_log = structlog.get_logger("engine")
_T = TypeVar("_T")

Done = Callable[[int, int, memoryview], None]
"""Called with (first sequence, time_ns, EVENT records as bytes) of a submission that is durable."""
Refused = Callable[[Refusal], None]


class Submission(NamedTuple):
    """Commands that stay together in one frame, and whom to tell."""

    commands: Buffer  # COMMAND × count, empty if cold
    texts: bytes
    cold: ColdCommand | None
    commands_count: int
    done: Done
    refused: Refused


class _OnItsWay(NamedTuple):
    number: int
    batch: Batch
    submissions: list[Submission]
    bytes: int


class Writer:
    """Owns the exchange and the store; lives in one event loop."""

    def __init__(
        self, places: Places, exchange: Exchange, store: FileStore, signer: Signer, clock: Clock | None = None
    ) -> None:
        sys.setswitchinterval(SWITCH_S)
        self.exchange = exchange
        self.halted: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self.on_publication: Callable[[Publication], None] | None = None
        self.on_folded: Callable[[Batch], None] | None = None  # after the views have folded it
        self.views_hold_back = False  # frames wait, or just waited, for the views
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._clock = clock or Clock(exchange.machine.time_ns)
        self._waiting: deque[Submission] = deque()
        self._waiting_commands = 0
        self._in_hand: list[Submission] = []  # no longer waiting, not yet on their way
        self._on_their_way: deque[_OnItsWay] = deque()
        self._next_number = store.tip.frames
        self._at_rest: list[Callable[[], None]] = []
        self._pump_is_scheduled = False
        self._stopping = False
        self._drained: asyncio.Event = asyncio.Event()
        self._checkpoints = Checkpoints(
            places, exchange, store, self._clock, self._journal_apart, self._has_room, self._schedule
        )
        self._journaling = Journaling(
            exchange,
            store,
            signer,
            self._from_thread(lambda frames: self._or_halt(self._on_durable, frames)),
            self._from_thread(self._halt),
        )
        self._folding = Folding(
            exchange.views,
            self._call_in_loop,
            lambda batch, publication: self._or_halt(self._on_folded, batch, publication),
            self._on_views_nearer,
            self._halt,
        )
        self._journaling.start()
        self._folding.start()

    def _from_thread(self, step: Callable[[_T], None]) -> Callable[[_T], None]:
        """The step as another thread may call it: it is taken in our loop."""

        def call(argument: _T) -> None:
            self._call_in_loop(step, argument)

        return call

    def _call_in_loop(self, step: Callable[..., object], *arguments: object) -> None:
        """Called from other threads; who is told after the end of the loop is told nothing."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(step, *arguments)

    @property
    def views_behind_commands(self) -> int:
        """So many acknowledged commands are not folded yet."""
        return self._folding.behind_commands

    def ask(self, question: Question, answered: Answered) -> None:
        """Answer when the views have seen everything that was acknowledged until now."""
        self._folding.ask(question, answered)

    def submit(self, submission: Submission) -> None:
        """Queue a submission; it is refused at once if the queue is full."""
        if self.halted.done():
            submission.refused(Refusal.HALTED)
        elif self._stopping:
            submission.refused(Refusal.STOPPING)
        elif self._waiting_commands + submission.commands_count > QUEUE_COMMANDS_MAX:
            submission.refused(Refusal.OVERLOADED)
        else:
            self._waiting.append(submission)
            self._waiting_commands += submission.commands_count
            self._schedule()

    def at_rest(self, step: Callable[[], None]) -> None:
        """Call `step` between two frames, when everything that was run is durable and folded."""
        self._at_rest.append(step)
        self._schedule()

    async def stop(self, *, leaves_snapshot: bool = True) -> None:
        """Take nothing new, finish what was taken, leave a checkpoint and a snapshot."""
        self._stopping = True
        while (self._waiting or self._on_their_way) and not self.halted.done():
            self._drained.clear()
            await self._drained.wait()
        was_well = leaves_snapshot and not self.halted.done()
        self._checkpoints.stop(leaves_checkpoint=was_well)
        self._journaling.stop()
        self._folding.stop()
        # What fails in that thread now is told to a loop that ends, so it is seen by what is missing.
        is_whole = self._store.durable_frames == self._next_number
        self._checkpoints.finish(leaves_snapshot=was_well and is_whole)
        self._store.close()
        self.exchange.close_claims()

    def _schedule(self) -> None:
        if not self._pump_is_scheduled:
            self._pump_is_scheduled = True
            self._loop.call_soon(self._or_halt, self._pump)

    def _or_halt(self, step: Callable[..., None], *arguments: object) -> None:
        """Take a step; an engine that is wrong about anything must not go on acknowledging."""
        try:
            step(*arguments)
        except BaseException as error:  # noqa: BLE001 - whatever it is
            self._halt(error)

    def _pump(self) -> None:
        """Seal and run frames while there is work and a place on the way."""
        self._pump_is_scheduled = False
        if self.halted.done():
            return
        checkpoints = self._checkpoints
        checkpoints.begin_if_due()
        if checkpoints.waits_for_rest and self._rests(folded=checkpoints.covers_views):
            self._journaling.settle()
            checkpoints.fork()
        if self._at_rest and self._rests(folded=True):
            self._journaling.settle()
            steps, self._at_rest = self._at_rest, []
            for step in steps:
                step()
        while self._waiting and not self._at_rest and not checkpoints.waits_for_rest and self._has_a_place():
            stamp = self._clock.stamp()
            if stamp.jump_ns:
                _log.warning("the system clock jumped", by_ns=stamp.jump_ns)
                self._waiting.appendleft(self._jump_submission(stamp.time_ns, stamp.jump_ns))
            self._in_hand = self._gather()
            self._run_frame(stamp.time_ns, self._in_hand)
            self._in_hand = []
            checkpoints.begin_if_due()

    def _rests(self, *, folded: bool) -> bool:
        """Whether everything that was run is durable, and folded too if it must be."""
        is_durable = not self._on_their_way and self._store.durable_frames == self._next_number
        return is_durable and (self._folding.rests or not folded)

    def _has_a_place(self) -> bool:
        """May one more frame set out? A small hot one only if few are on their way, so that small ones gather."""
        behind = self._folding.behind_commands
        if behind >= VIEWS_BEHIND_COMMANDS_MAX:
            if not self.views_hold_back:
                _log.warning("frames wait for the views", views_behind_commands=behind)
            self.views_hold_back = True
            return False
        if behind < VIEWS_BEHIND_COMMANDS_MAX // 2:
            self.views_hold_back = False
        if self._waiting[0].cold is not None:
            places = COLD_FRAMES_ON_THEIR_WAY
        elif self._waiting_commands >= FULL_COMMANDS:
            places = FULL_FRAMES_ON_THEIR_WAY
        else:
            places = FRAMES_ON_THEIR_WAY
        return len(self._on_their_way) < places

    def _jump_submission(self, time_ns: int, jump_ns: int) -> Submission:
        command = NoteClockJump(reference=f"clock:{time_ns}", by_ns=jump_ns)
        self._waiting_commands += 1
        return Submission(b"", b"", command, 1, lambda *_: None, lambda _: None)

    def _gather(self) -> list[Submission]:
        """The submissions of the next frame: one cold one, or hot ones up to the frame's limit."""
        first = self._waiting.popleft()
        gathered = [first]
        count = first.commands_count
        if first.cold is None:
            waiting = self._waiting
            while waiting and waiting[0].cold is None and count + waiting[0].commands_count <= FRAME_COMMANDS_MAX:
                count += waiting[0].commands_count
                gathered.append(waiting.popleft())
        self._waiting_commands -= count
        return gathered

    def _run_frame(self, time_ns: int, submissions: list[Submission]) -> None:
        cold = submissions[0].cold
        if cold is None:
            alone = len(submissions) == 1
            records = submissions[0].commands if alone else b"".join([one.commands for one in submissions])
            texts = submissions[0].texts if alone else b"".join([one.texts for one in submissions])
            work = Work(np.frombuffer(records, COMMAND), texts, None)
            kind = FrameKind.HOT
            payload: tuple[Buffer, ...] = (records, texts)
        else:
            work = Work(NO_COMMANDS, b"", cold)
            kind = FrameKind.COLD
            payload = (encode_cold(cold),)
        size = frame_bytes(sum(len(part) for part in payload))
        if not self._has_room(size):
            for submission in () if self.halted.done() else submissions:  # whoever halts tells those in hand
                submission.refused(Refusal.DISK_FULL)
            return
        first_sequence = self.exchange.machine.next_sequence
        self._journaling.hand(FrameItem(kind, first_sequence, work.commands_count, time_ns, payload))
        batch = self.exchange.run(self._next_number, time_ns, work)
        self._journaling.hand(EventsItem(batch.events))
        self._in_hand = []
        self._on_their_way.append(_OnItsWay(self._next_number, batch, submissions, size))
        self._next_number += 1
        self._checkpoints.ran(work.commands_count)

    def _journal_apart(self, item: FrameItem | CheckpointItem) -> int:
        """Hand over a frame without commands; returns how many frames were handed over until then."""
        self._journaling.hand(item)
        self._next_number += 1
        return self._next_number

    def _has_room(self, size: int) -> bool:
        """Whether the journal has a place for so many bytes behind what is on its way."""
        if self.halted.done():
            return False
        try:
            self._store.make_room(size + sum(one.bytes for one in self._on_their_way))
        except JournalFull as error:
            _log.error("the disk is full", error=str(error))
            return False
        except StorageFailed as error:
            self._halt(error)
            return False
        return True

    def _on_durable(self, frames: int) -> None:
        if self.halted.done():
            return  # one thread failed while the other synced: who was told that we halt is told nothing else
        while self._on_their_way and self._on_their_way[0].number < frames:
            one = self._on_their_way.popleft()
            self._folding.hand(one.batch)
            _release(one.batch, one.submissions)
        self._schedule_if_wanted()
        self._drained.set()

    def _on_folded(self, batch: Batch, publication: Publication | None) -> None:
        if publication is not None and self.on_publication is not None:
            self.on_publication(publication)
        if self.on_folded is not None:
            self.on_folded(batch)

    def _on_views_nearer(self) -> None:
        self._schedule_if_wanted()

    def _schedule_if_wanted(self) -> None:
        if self._waiting or self._at_rest or self._checkpoints.waits_for_rest:
            self._schedule()

    def _halt(self, error: BaseException) -> None:
        """Something failed that must not: nothing more is taken, and what was not acknowledged stays unknown."""
        if self.halted.done():
            return
        where = "".join(traceback.format_exception(error))
        _log.critical("the engine halts", error=repr(error), traceback=where)
        self.halted.set_result(error)
        for one in self._on_their_way:
            for submission in one.submissions:
                submission.refused(Refusal.HALTED)
        for submission in (*self._in_hand, *self._waiting):
            submission.refused(Refusal.HALTED)
        self._drained.set()


def _release(batch: Batch, submissions: list[Submission]) -> None:
    """Tell each submission the events of its own commands."""
    events = batch.events
    start, flags = 0, events["flags"]
    while start < len(events) and flags[start] & _TIMER:
        start += 1
    if len(submissions) == 1:
        submissions[0].done(batch.first_sequence, batch.time_ns, events[start:].view(np.uint8).data)
        return
    counts = [submission.commands_count for submission in submissions]
    firsts = batch.first_sequence + np.cumsum([0, *counts])
    bounds = (start + np.searchsorted(events["sequence"][start:], firsts)).tolist()
    data = events.view(np.uint8).data
    item = events.itemsize
    for i, submission in enumerate(submissions):
        submission.done(int(firsts[i]), batch.time_ns, data[bounds[i] * item : bounds[i + 1] * item])
