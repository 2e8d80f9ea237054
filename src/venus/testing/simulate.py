"""Seeded streams through the core and the model: every event, every invariant, the state root at the end.

    python -m venus.testing.simulate --seeds 1000

A failing seed reproduces from its number: --first N --seeds 1. It is cut down to the commands that it takes.
Most streams are hostile, some fair; most adopt the newest rules at once, some later or never.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import track

from venus.records.events import EventKind
from venus.records.words import REASON_OF, cold_words, command_words, name
from venus.testing.agreement import Opinions, core_and_model, disagree
from venus.testing.frames import Frame, commands_of
from venus.testing.generator import Flow
from venus.testing.shrink import shrunk

COMMANDS_A_SEED = 300
FAIR_EVERY = 3
ROOTS_EVERY = 16
"""Frames between two looks at the whole state; it takes as long as some frames do."""


class Run(NamedTuple):
    """A stream that was played to its end, and what came of each of its frames."""

    frames: list[Frame]
    happened: list[np.ndarray]  # EVENT[m] of each frame
    state_root: bytes

    def outcomes(self) -> Counter[tuple[int, int]]:
        """How often each (kind, reason) of an event was met."""
        return Counter(
            pair
            for events in self.happened
            for pair in zip(events["kind"].tolist(), events["reason"].tolist(), strict=True)
        )


def simulate(flow: Flow, commands: int, opinions: Opinions) -> Run:
    """One stream to its end; what goes wrong is raised as it is, with seed and frame noted on it.

    Raises Disagreement, AssertionError of an invariant, or whatever a broken machine raises.
    """
    frames: list[Frame] = []
    happened: list[np.ndarray] = []
    try:
        for frame in flow.frames(commands):
            frames.append(frame)
            happened.append(opinions.apply(frame))
            flow.learn(happened[-1])
        return Run(frames, happened, opinions.finish())
    except Exception as error:
        error.add_note(f"seed {flow.seed}{', fair' if flow.fair else ''}, frame {len(frames) - 1}")
        raise


def flow_of(seed: int, fair: bool) -> Flow:
    """The stream of a number: every third one is fair."""
    return Flow(seed, fair or seed % FAIR_EVERY == FAIR_EVERY - 1)


def least(flow: Flow, commands: int) -> str:
    """The few commands, in words, on which core and model come apart."""
    frames: list[Frame] = []
    opinions = core_and_model()
    try:
        for frame in flow.frames(commands):
            frames.append(frame)
            flow.learn(opinions.apply(frame))
    except AssertionError:
        return "\n".join(frame_words(frame) for frame in shrunk(frames, disagree))
    return "nothing: state roots, looked at after every frame, agree"


def frame_words(frame: Frame) -> str:
    asked = [cold_words(frame.cold)] if frame.cold is not None else [command_words(one) for one in commands_of(frame)]
    return "\n    ".join([f"at {frame.time_ns}, from sequence {frame.first_sequence}", *asked])


def outcome_words(kind: int, reason: int) -> str:
    words = name(kind, EventKind)
    return f"{words} {name(reason, REASON_OF[kind])}" if kind in REASON_OF else words


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="simulate", description="Streams of commands through the core and the model.")
    parser.add_argument("--seeds", type=int, default=100, help="how many streams")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--commands", type=int, default=COMMANDS_A_SEED, help="commands of each stream")
    parser.add_argument("--fair", action="store_true", help="ordinary trading in every stream")
    options = parser.parse_args(arguments)
    started_s = time.monotonic()
    commands, outcomes = 0, Counter[tuple[int, int]]()
    seeds = range(options.first, options.first + options.seeds)
    for seed in track(seeds, "Simulating", console=Console(stderr=True), transient=True):
        try:
            run = simulate(flow_of(seed, options.fair), options.commands, core_and_model(ROOTS_EVERY))
        except AssertionError as error:
            print("".join(traceback.format_exception_only(error)))
            print(f"the rest was not tried; --first {seed} --seeds 1 brings this one back; the least that it takes:")
            print(least(flow_of(seed, options.fair), options.commands))
            return 1
        commands += sum(frame.asked for frame in run.frames)
        outcomes += run.outcomes()
    elapsed_s = time.monotonic() - started_s
    for (kind, reason), count in sorted(outcomes.items()):
        print(f"{count:>10,}  {outcome_words(kind, reason)}")
    print(f"{options.seeds:,} seeds, {commands:,} commands, {outcomes.total():,} events: core and model agree")
    print(f"{elapsed_s:.1f} s, {commands / elapsed_s:,.0f} commands/s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
