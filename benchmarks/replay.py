"""`replay`: commands a second when a journal is executed again, every frame's hash and chain verified on the way.

The journal is written by the real engine first; `replay` is what `venus replay` runs, which compares every checkpoint,
and must end with the live run's event chain. `recovery` is a start without a snapshot: the same, and all views folded.
"""

import asyncio
import shutil
import time
from functools import partial
from pathlib import Path

from benchmarks.core import ACCOUNTS, COMMANDS
from benchmarks.durable import run_core
from benchmarks.engine_run import engine, folder, hot, prepare, push
from benchmarks.kernels.flow import make_flow
from benchmarks.report import Report, at_least, interleaved, median, ratio, report
from benchmarks.venus_flow import HotFrame, frames, translated
from venus.engine.places import Places
from venus.engine.recovery import recover
from venus.supervisor.audit import audit

ROUNDS, ROUNDS_LONG = 3, 11
COMMANDS_PER_S_MIN = 3_000_000
RATIO_MIN = 0.5


def measure(long: bool) -> Report:
    whole = frames(translated(make_flow(COMMANDS, 1, ACCOUNTS)))
    with folder() as root:
        chain = asyncio.run(write_journal(root, whole))
        results = interleaved(
            {
                "core": partial(run_core, whole),
                "replay": partial(run_replay, root, chain),
                "recovery": partial(run_recovery, root, chain),
            },
            ROUNDS_LONG if long else ROUNDS,
        )
    figures: dict[str, object] = {f"{name}_commands_per_s": median(values) for name, values in results.items()}
    shares = {f"{name}_over_core": ratio(results, name, "core") for name in ("replay", "recovery")}
    return report(
        "replay",
        figures | shares,
        [
            at_least("replay, commands/s", median(results["replay"]), COMMANDS_PER_S_MIN),
            at_least("replay / core", shares["replay_over_core"], RATIO_MIN),
        ],
    )


async def write_journal(root: Path, whole: list[HotFrame]) -> bytes:
    """Send the flow through a live engine; its event chain at the end."""
    async with engine(root, with_views=False) as writer:
        await prepare(writer, 1, ACCOUNTS)
        await push(writer, [hot(frame) for frame in whole])
    # The engine leaves a snapshot when it stops; what is measured here begins with nothing.
    shutil.rmtree(Places(root).snapshots, ignore_errors=True)
    return writer.exchange.chain.value


def run_replay(root: Path, chain: bytes) -> float:
    """Commands per second of wall-clock time, as `venus replay` tells them."""
    found = audit(Places(root), from_snapshot=False, progress=lambda _done, _total: None)
    assert found.agrees, found.finding
    assert found.event_chain == chain, "the replay gave other events than the live run"
    return found.commands / found.duration_s


def run_recovery(root: Path, chain: bytes) -> float:
    """Commands per second of wall-clock time until the engine could serve."""
    started_s = time.perf_counter()
    recovered = recover(Places(root))
    duration_s = time.perf_counter() - started_s
    recovered.store.close()
    assert recovered.exchange.chain.value == chain, "the recovery gave other events than the live run"
    return recovered.commands_replayed / duration_s
