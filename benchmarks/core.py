"""`core`: commands a second through the whole core, beside the C yardstick on the same flow in the same run."""

import time
from functools import partial

import numpy as np

from benchmarks import yardstick
from benchmarks.kernels.flow import make_flow
from benchmarks.report import Report, at_least, interleaved, median, ratio, report
from benchmarks.venus_flow import (
    BATCH,
    FRAME_STEP_NS,
    TIME_FIRST_NS,
    HotFrame,
    cold_commands,
    deposits,
    frames,
    translated,
)
from venus.core.machine import Machine
from venus.records.events import EventKind

COMMANDS = 1_000_000
ACCOUNTS = 10_000
SYMBOLS = (1, 100)
ROUNDS, ROUNDS_LONG = 5, 21
RATIO_MIN = 0.8


def measure(long: bool) -> Report:
    ruler = yardstick.ruler()
    figures: dict[str, object] = {"ruler": ruler.language, "batch": BATCH, "accounts": ACCOUNTS, "commands": COMMANDS}
    bounds = []
    for symbols in SYMBOLS:
        flow = make_flow(COMMANDS, symbols, ACCOUNTS)
        hot = frames(translated(flow))
        results = interleaved(
            {
                "ruler": partial(yardstick.run, ruler.process, flow, symbols, ACCOUNTS, BATCH),
                "core": partial(run, hot, symbols),
            },
            ROUNDS_LONG if long else ROUNDS,
        )
        share = ratio(results, "core", "ruler")
        figures |= {
            f"symbols_{symbols}_core_commands_per_s": median(results["core"]),
            f"symbols_{symbols}_ruler_commands_per_s": median(results["ruler"]),
            f"symbols_{symbols}_core_over_ruler": share,
            f"symbols_{symbols}_events": count_events(hot, symbols),
        }
        bounds.append(at_least(f"core / ruler, {symbols} symbols", share, RATIO_MIN))
    return report("core", figures, bounds)


def prepared(symbols: int) -> Machine:
    """A machine with everything listed, opened and deposited."""
    machine = Machine()
    for command in cold_commands(symbols, ACCOUNTS):
        machine.apply_cold(TIME_FIRST_NS, machine.next_sequence, command)
    for frame in frames(deposits(symbols, ACCOUNTS)):
        machine.apply_hot(TIME_FIRST_NS, machine.next_sequence, frame.commands, frame.texts)
    return machine


def run(hot: list[HotFrame], symbols: int) -> float:
    """Commands per second of this thread's CPU time, from empty books."""
    machine = prepared(symbols)
    time_ns = TIME_FIRST_NS
    started_s = time.thread_time()
    for frame in hot:
        time_ns += FRAME_STEP_NS
        machine.apply_hot(time_ns, machine.next_sequence, frame.commands, frame.texts)
    return sum(len(frame.commands) for frame in hot) / (time.thread_time() - started_s)


def count_events(hot: list[HotFrame], symbols: int) -> dict[str, int]:
    """Of each kind, over the whole flow: that it is the same flow can be seen from them."""
    machine = prepared(symbols)
    counts = np.zeros(256, np.int64)
    for number, frame in enumerate(hot):
        events = machine.apply_hot(
            TIME_FIRST_NS + number * FRAME_STEP_NS, machine.next_sequence, frame.commands, frame.texts
        )
        counts += np.bincount(events["kind"], minlength=256)
    return {kind.name.lower(): int(counts[kind]) for kind in EventKind if counts[kind]}
