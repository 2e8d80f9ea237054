"""`supervise`: commands a second that a supervisor's node verifies, how far behind it is, what it costs the exchange.

Catching up is measured like `replay`, by the node itself: frames verified and remembered, events hashed and compared
with what the exchange claims of every frame, all checkpoints. Following is measured with the node in a process of its
own: the age of a frame when the node is done with it, from its stamp by the engine, so the sync is in it. What it costs
the exchange is the time to a durable answer of one command, and the engine's processor time for it, with the node
reading along and without.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.core import ACCOUNTS, COMMANDS
from benchmarks.durable import run_core
from benchmarks.engine_run import engine, folder, hot, prepare, push
from benchmarks.kernels.flow import make_flow
from benchmarks.replay import ROUNDS, ROUNDS_LONG, run_replay, write_journal
from benchmarks.report import Report, at_least, at_most, interleaved, median, percentiles, ratio, report
from benchmarks.venus_flow import frames, translated
from venus.core.warm import warm
from venus.engine.places import Places
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.node import Node, Status
from venus.units import NS_PER_MS, NS_PER_S

COMMANDS_PER_S_MIN = 3_000_000
LAG_P99_MS_MAX = 50
SINGLES, SINGLES_LONG = 2_000, 20_000
_US = 1_000


def measure(long: bool) -> Report:
    commands = translated(make_flow(COMMANDS, 1, ACCOUNTS))
    whole = frames(commands)
    with folder() as root:
        chain = asyncio.run(write_journal(root, whole))
        results = interleaved(
            {
                "core": partial(run_core, whole),
                "replay": partial(run_replay, root, chain),
                "supervise": partial(run_supervise, root, chain),
            },
            ROUNDS_LONG if long else ROUNDS,
        )
    singles = commands[: SINGLES_LONG if long else SINGLES]
    alone = run_singles(singles, follows=False)
    followed = run_singles(singles, follows=True)
    ages_ns = [age_s * NS_PER_S for age_s in followed.ages_s]
    figures: dict[str, object] = {f"{name}_commands_per_s": median(values) for name, values in results.items()}
    figures |= {"supervise_over_core": ratio(results, "supervise", "core")}
    figures |= percentiles(ages_ns, "behind_live")
    figures |= percentiles(alone.latencies_ns, "one_command") | percentiles(
        followed.latencies_ns, "one_command_followed"
    )
    figures |= {"engine_cpu_us_a_command": alone.cpu_us, "engine_cpu_us_a_command_followed": followed.cpu_us}
    p99_ms = sorted(ages_ns)[round(0.99 * (len(ages_ns) - 1))] / NS_PER_MS
    return report(
        "supervise",
        figures,
        [
            at_least("verified, commands/s", median(results["supervise"]), COMMANDS_PER_S_MIN),
            at_most("behind a live exchange, p99 ms", p99_ms, LAG_P99_MS_MAX),
        ],
    )


def run_supervise(root: Path, chain: bytes) -> float:
    """Commands per second of wall-clock time that a node verifies of a whole journal."""
    with tempfile.TemporaryDirectory(dir=root) as data, Node(DirectorySource(Places(root)), Path(data)) as node:
        started_s = time.perf_counter()
        found = node.run(False, threading.Event(), lambda _: None)
        duration_s = time.perf_counter() - started_s
        assert found is None, found
        assert node.judge.chain().value == chain, "the node came to other events than the live run"
        return node.judge.commands / duration_s


class Singles:
    """What single commands told, one after the other."""

    def __init__(self, latencies_ns: list[int], cpu_s: float, ages_s: list[float]) -> None:
        self.latencies_ns = latencies_ns
        self.cpu_us = round(1e6 * cpu_s / len(latencies_ns), 1)
        self.ages_s = ages_s


def run_singles(commands: np.ndarray, *, follows: bool) -> Singles:
    """Commands sent one by one, each after the answer of the one before, to an engine that is followed or not."""

    async def measured() -> Singles:
        with folder() as root:
            async with engine(root, with_views=True) as writer:
                await prepare(writer, 1, ACCOUNTS)
                node = follower(root) if follows else None
                works = [hot(frame) for frame in frames(commands, batch=1)]
                cpu_s = time.process_time()
                latencies_ns = await push(writer, works, 1)
                cpu_s = time.process_time() - cpu_s
                ages_s = [] if node is None else await asyncio.to_thread(ages_of, node, len(works))
        return Singles(latencies_ns, cpu_s, ages_s)

    return asyncio.run(measured())


def follower(root: Path) -> subprocess.Popen[str]:
    """A node in a process of its own, which has caught up."""
    command = [sys.executable, "-m", "benchmarks.supervise", str(root)]
    node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert node.stdout is not None
    assert node.stdout.readline() == "caught up\n"
    return node


def ages_of(node: subprocess.Popen[str], frames_count: int) -> list[float]:
    """Of the frames that were judged since; at most as many as a node keeps."""
    time.sleep(0.2)  # the last one
    said, _ = node.communicate()
    assert node.returncode == 0
    ages_s: list[float] = json.loads(said)
    return ages_s[-frames_count:]


def main() -> None:
    """Follow an exchange until stdin ends, then print the ages of its last frames, in seconds."""
    stopping = threading.Event()
    ages_s: list[float] = []
    is_there = False

    def told(status: Status) -> None:
        nonlocal is_there
        if not is_there and status.frames == status.frames_there:
            is_there = True
            print("caught up", flush=True)
        ages_s[:] = status.ages_s

    def wait() -> None:
        sys.stdin.read()
        stopping.set()

    threading.Thread(target=wait, daemon=True).start()
    warm()
    root = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=root) as data, Node(DirectorySource(Places(root)), Path(data)) as node:
        found = node.run(True, stopping, told)
        assert found is None, found
    print(json.dumps(ages_s))


if __name__ == "__main__":
    main()
