"""An engine in this process, its journal on this disk, and the flow pushed through it as a gateway would."""

import asyncio
import gc
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np

from benchmarks.venus_flow import HotFrame, cold_commands, deposits, frames
from venus.cli.processes import spare_the_collector
from venus.engine.clock import Clock
from venus.engine.keys import journal_signer
from venus.engine.places import Places
from venus.engine.recovery import recover
from venus.engine.wire import FRAME_COMMANDS_MAX, Refusal
from venus.engine.writer import QUEUE_COMMANDS_MAX, Submission, Writer
from venus.journal.storage import Buffer
from venus.records.batch import Batch
from venus.records.commands import ColdCommand
from venus.views.house import Views

DISK = Path(__file__).resolve().parent.parent / ".cache" / "bench"
"""On the project's own disk: a temporary folder may be memory, where a sync costs nothing."""
FRAMES_QUEUED = 16
FULL_FRAMES_QUEUED = QUEUE_COMMANDS_MAX // FRAME_COMMANDS_MAX


Work = tuple[Buffer, bytes, ColdCommand | None, int]
"""Commands, texts, cold command, and how many there are."""


class NoViews:
    """In the place of the views, to tell what they cost."""

    def apply(self, batch: Batch) -> None:
        pass

    def publication(self) -> None:
        return None

    def arrays(self) -> dict[str, np.ndarray]:
        return {}


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder on the project's disk, removed afterwards."""
    DISK.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=DISK))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@asynccontextmanager
async def engine(root: Path, with_views: bool, clock: Clock | None = None) -> AsyncIterator[Writer]:
    """A writer on an empty journal; stopped as the real one is. Its clock is the machine's, if no other is given."""
    spare_the_collector()
    places = Places(root)
    recovered = recover(places)
    if not with_views:
        recovered.exchange.views = cast(Views, NoViews())
    writer = Writer(places, recovered.exchange, recovered.store, journal_signer(places), clock)
    try:
        yield writer
    finally:
        await writer.stop()
        gc.unfreeze()


def hot(frame: HotFrame) -> Work:
    """Not copied: a second flow in this process would make its forks slow."""
    return frame.commands.view(np.uint8).data, frame.texts, None, len(frame.commands)


def cold(command: ColdCommand) -> Work:
    return b"", b"", command, 1


async def push(writer: Writer, works: Iterable[Work], frames_queued: int = FRAMES_QUEUED) -> list[int]:
    """Submit everything, a few frames always waiting; the ns from submission to durable answer of each, in order."""
    waiting = list(works)
    latencies_ns = [0] * len(waiting)
    finished = asyncio.get_running_loop().create_future()
    submitted = answered = 0

    def refused(refusal: Refusal) -> None:
        finished.set_exception(AssertionError(refusal))

    def submit_next() -> None:
        nonlocal submitted
        number = submitted
        submitted += 1
        started_ns = time.perf_counter_ns()

        def done(*_: Any) -> None:
            nonlocal answered
            latencies_ns[number] = time.perf_counter_ns() - started_ns
            answered += 1
            if submitted < len(waiting):
                submit_next()
            elif answered == len(waiting):
                finished.set_result(None)

        writer.submit(Submission(*waiting[number], done, refused))

    for _ in range(min(frames_queued, len(waiting))):
        submit_next()
    await finished
    return latencies_ns


async def prepare(writer: Writer, symbols: int, accounts: int) -> None:
    """List, open and deposit what the flow names, through the journal like everything."""
    await push(writer, map(cold, cold_commands(symbols, accounts)))
    await push(writer, map(hot, frames(deposits(symbols, accounts))))
