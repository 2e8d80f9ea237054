"""`durable`: commands a second when every frame is synced before its answer, and the latency of one command alone.

The engine is the real one, in this process: stamp, the journal's threads beside the kernels, answer after both, the
views in a thread of their own. It is measured with the views and without them, against the core alone on the same flow,
all in wall-clock time and in turns. With them the answers may run ahead of the views by VIEWS_BEHIND_COMMANDS_MAX.

`limit` is what the machine gives for the same work without an engine: the core runs the frames while one thread hashes
and writes them and another syncs. Where it stays below the bound, two threads of this machine cannot reach the bound.
"""

import asyncio
import os
import time
from functools import partial
from hashlib import sha256
from queue import SimpleQueue
from threading import Thread

import numpy as np
from blake3 import blake3

from benchmarks.core import ACCOUNTS, COMMANDS, prepared
from benchmarks.engine_run import engine, folder, hot, prepare, push
from benchmarks.kernels.flow import make_flow
from benchmarks.report import Report, at_least, interleaved, median, percentiles, ratio, report
from benchmarks.venus_flow import FRAME_STEP_NS, TIME_FIRST_NS, HotFrame, frames, translated
from venus.journal.probe import probe_sync
from venus.records.commands import COMMAND
from venus.records.event_buffers import EventBuffers

ROUNDS, ROUNDS_LONG = 3, 11
SINGLES, SINGLES_LONG = 2_000, 20_000
RATIO_MIN = 0.7


def measure(long: bool) -> Report:
    commands = translated(make_flow(COMMANDS, 1, ACCOUNTS))
    whole = frames(commands)
    results = interleaved(
        {
            "core": partial(run_core, whole),
            "engine": partial(run_engine, whole, True),
            "engine_without_views": partial(run_engine, whole, False),
            "limit": partial(run_limit, whole),
        },
        ROUNDS_LONG if long else ROUNDS,
    )
    singles = SINGLES_LONG if long else SINGLES
    with folder() as root:
        disk = probe_sync(root, singles)
    latencies_ns = run_singles(commands[:singles])
    figures = {f"{name}_commands_per_s": median(values) for name, values in results.items()}
    shares = {name: ratio(results, name, "core") for name in ("engine", "engine_without_views", "limit")}
    return report(
        "durable",
        figures
        | {f"{name}_over_core": share for name, share in shares.items()}
        | {"engine_without_views_over_limit": ratio(results, "engine_without_views", "limit")}
        | percentiles(latencies_ns, "one_command")
        | percentiles(disk.latencies_ns, "disk_sync")
        | {"disk_sync_histogram_us": {f"<{bound_us}": count for bound_us, count in disk.histogram()}},
        [
            at_least("durable / core", shares["engine_without_views"], RATIO_MIN),
            at_least("durable, with all views folded beside it / core", shares["engine"], RATIO_MIN),
        ],
    )


def run_core(whole: list[HotFrame]) -> float:
    """Commands per second of the core alone, in wall-clock time."""
    machine = prepared(1)
    time_ns = TIME_FIRST_NS
    started_s = time.perf_counter()
    for frame in whole:
        time_ns += FRAME_STEP_NS
        machine.apply_hot(time_ns, machine.next_sequence, frame.commands, frame.texts)
    return COMMANDS / (time.perf_counter() - started_s)


def run_limit(whole: list[HotFrame]) -> float:
    """Commands per second of the core beside bare hashing, writing and syncing of the same bytes."""
    machine, buffers = prepared(1), EventBuffers()
    written: SimpleQueue[tuple[bytes, memoryview] | None] = SimpleQueue()
    to_sync: SimpleQueue[bool] = SimpleQueue()  # whether more comes
    with folder() as root, (root / "frames").open("wb+", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, COMMANDS * COMMAND.itemsize)
        os.fsync(file.fileno())

        def write() -> None:
            while (one := written.get()) is not None:
                commands, events = one
                sha256(commands).digest()
                file.write(commands)
                blake3(events).digest()
                del one, events  # the buffer is used again when nobody holds it
                to_sync.put(True)
            to_sync.put(False)

        def sync() -> None:
            while to_sync.get():
                more = True
                while more and not to_sync.empty():
                    more = to_sync.get()
                os.fdatasync(file.fileno())
                if not more:
                    return

        threads = [Thread(target=write), Thread(target=sync)]
        works = [(frame.commands, frame.texts, frame.commands.tobytes()) for frame in whole]
        time_ns = TIME_FIRST_NS
        started_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for commands, texts, data in works:
            time_ns += FRAME_STEP_NS
            machine.write_events_to(buffers.take(machine.events_length))
            events = machine.apply_hot(time_ns, machine.next_sequence, commands, texts)
            written.put((data, events.view(np.uint8).data))
            del events
        written.put(None)
        for thread in threads:
            thread.join()
        return COMMANDS / (time.perf_counter() - started_s)


def run_engine(whole: list[HotFrame], with_views: bool) -> float:
    """Commands per second from the first submission to the last durable answer."""

    async def measured() -> float:
        with folder() as root:
            async with engine(root, with_views) as writer:
                await prepare(writer, 1, ACCOUNTS)
                works = [hot(frame) for frame in whole]
                started_s = time.perf_counter()
                await push(writer, works)
                return COMMANDS / (time.perf_counter() - started_s)

    return asyncio.run(measured())


def run_singles(commands: np.ndarray) -> list[int]:
    """Latency in ns of commands sent one by one, each after the answer of the one before."""

    async def measured() -> list[int]:
        with folder() as root:
            async with engine(root, with_views=True) as writer:
                await prepare(writer, 1, ACCOUNTS)
                return [(await push(writer, [hot(frame)]))[0] for frame in frames(commands, batch=1)]

    return asyncio.run(measured())
