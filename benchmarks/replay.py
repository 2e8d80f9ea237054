"""`replay`: commands a second when a journal is executed again, every frame's hash and chain verified on the way.

The journal is written by the real engine first. Replaying drives the same object as recovery and audit do, and must end
with the live run's event chain. Without views it is what an auditor runs; with them it is a start without a snapshot.
"""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

from benchmarks.core import ACCOUNTS, COMMANDS
from benchmarks.durable import run_core
from benchmarks.engine_run import NoViews, engine, folder, hot, prepare, push
from benchmarks.kernels.flow import make_flow
from benchmarks.report import Report, at_least, interleaved, median, ratio, report
from benchmarks.venus_flow import HotFrame, frames, translated
from venus.engine.exchange import Exchange
from venus.engine.places import Places
from venus.journal.store import JournalReader
from venus.views.house import Views

ROUNDS, ROUNDS_LONG = 3, 11
COMMANDS_PER_S_MIN = 3_000_000
RATIO_MIN = 0.5


def measure(long: bool) -> Report:
    whole = frames(translated(make_flow(COMMANDS, 1, ACCOUNTS)))
    with folder() as root:
        live = asyncio.run(write_journal(root, whole))
        results = interleaved(
            {
                "core": partial(run_core, whole),
                "replay": partial(run_replay, root, live, False),
                "replay_with_views": partial(run_replay, root, live, True),
            },
            ROUNDS_LONG if long else ROUNDS,
        )
    figures: dict[str, object] = {f"{name}_commands_per_s": median(values) for name, values in results.items()}
    share = ratio(results, "replay", "core")
    return report(
        "replay",
        figures
        | {"replay_over_core": share, "replay_with_views_over_core": ratio(results, "replay_with_views", "core")},
        [
            at_least("replay, commands/s", median(results["replay"]), COMMANDS_PER_S_MIN),
            at_least("replay / core", share, RATIO_MIN),
        ],
    )


class Live(NamedTuple):
    """What the live run left to be compared with."""

    flow_sequence: int  # first command of the flow, after all that was listed, opened and deposited
    chain: bytes


async def write_journal(root: Path, whole: list[HotFrame]) -> Live:
    """Send the flow through a live engine."""
    async with engine(root, with_views=False) as writer:
        await prepare(writer, 1, ACCOUNTS)
        flow_sequence = writer.exchange.machine.next_sequence
        await push(writer, [hot(frame) for frame in whole])
    return Live(flow_sequence, writer.exchange.chain)


def run_replay(root: Path, live: Live, with_views: bool) -> float:
    """Commands of the flow per second of wall-clock time; what comes before the flow is replayed but not counted."""
    exchange = Exchange()
    if not with_views:
        exchange.views = cast(Views, NoViews())
    started_s = 0.0
    for frame in JournalReader(Places(root).journal).frames():
        if frame.first_sequence == live.flow_sequence and not started_s:
            started_s = time.perf_counter()
        exchange.replay(frame)
    duration_s = time.perf_counter() - started_s
    assert exchange.chain == live.chain, "the replay gave other events than the live run"
    return (exchange.machine.next_sequence - live.flow_sequence) / duration_s
