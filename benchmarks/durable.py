"""`durable`: commands a second when every frame is synced before its answer, and the latency of one command alone.

The engine is the real one, in this process: stamp, the journal's threads beside the kernels, answer after both, the
views in a thread of their own. It is measured with the views and without them, against the core alone on the same flow,
all in wall-clock time and in turns. With them the answers may run ahead of the views by VIEWS_BEHIND_COMMANDS_MAX.

The core runs its own batches. The engine is sent full frames, as many as its queue holds, and the flow is long enough
for a snapshot to fall due.
"""

import time
from functools import partial

import numpy as np
import uvloop

from benchmarks.core import ACCOUNTS, prepared
from benchmarks.engine_run import FULL_FRAMES_QUEUED, engine, folder, hot, prepare, push
from benchmarks.kernels.flow import make_flow
from benchmarks.report import Report, at_least, interleaved, median, percentiles, ratio, report
from benchmarks.venus_flow import FRAME_STEP_NS, TIME_FIRST_NS, HotFrame, frames, translated
from venus.engine.wire import FRAME_COMMANDS_MAX
from venus.journal.probe import probe_sync

COMMANDS = 4_000_000
ROUNDS, ROUNDS_LONG = 3, 11
SINGLES, SINGLES_LONG = 2_000, 20_000
RATIO_MIN = 0.7


def measure(long: bool) -> Report:
    commands = translated(make_flow(COMMANDS, 1, ACCOUNTS))
    singles = SINGLES_LONG if long else SINGLES  # first: what the others leave to be written holds up syncs
    with folder() as root:
        disk = probe_sync(root, singles)
    latencies_ns = run_singles(commands[:singles])
    batches, full = frames(commands), frames(commands, FRAME_COMMANDS_MAX)
    results = interleaved(
        {
            "core": partial(run_core, batches),
            "engine_without_views": partial(run_engine, full, False),
            "engine": partial(run_engine, full, True),
        },
        ROUNDS_LONG if long else ROUNDS,
    )
    figures = {f"{name}_commands_per_s": median(values) for name, values in results.items()}
    shares = {name: ratio(results, name, "core") for name in ("engine", "engine_without_views")}
    return report(
        "durable",
        figures
        | {f"{name}_over_core": share for name, share in shares.items()}
        | percentiles(latencies_ns, "one_command")
        | percentiles(disk.latencies_ns, "disk_sync")
        | {"disk_sync_histogram_us": {f"<{bound_us}": count for bound_us, count in disk.histogram()}},
        [
            at_least("durable / core", shares["engine_without_views"], RATIO_MIN),
            at_least("durable, with all views folded beside it / core", shares["engine"], RATIO_MIN),
        ],
    )


def run_core(batches: list[HotFrame]) -> float:
    """Commands per second of the core alone, in wall-clock time."""
    machine = prepared(1)
    time_ns = TIME_FIRST_NS
    started_s = time.perf_counter()
    for frame in batches:
        time_ns += FRAME_STEP_NS
        machine.apply_hot(time_ns, machine.next_sequence, frame.commands, frame.texts)
    return sum(len(frame.commands) for frame in batches) / (time.perf_counter() - started_s)


def run_engine(full: list[HotFrame], with_views: bool) -> float:
    """Commands per second from the first submission to the last durable answer."""

    async def measured() -> float:
        with folder() as root:
            async with engine(root, with_views) as writer:
                await prepare(writer, 1, ACCOUNTS)
                works = [hot(frame) for frame in full]
                started_s = time.perf_counter()
                await push(writer, works, FULL_FRAMES_QUEUED)
                return COMMANDS / (time.perf_counter() - started_s)

    return uvloop.run(measured())


def run_singles(commands: np.ndarray) -> list[int]:
    """Latency in ns of commands sent one by one, each after the answer of the one before."""

    async def measured() -> list[int]:
        with folder() as root:
            async with engine(root, with_views=True) as writer:
                await prepare(writer, 1, ACCOUNTS)
                return [(await push(writer, [hot(frame)]))[0] for frame in frames(commands, batch=1)]

    return uvloop.run(measured())
