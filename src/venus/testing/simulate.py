"""Seeded streams through the core and the model: every event, every invariant, the state root at the end.

    python -m venus.testing.simulate --seeds 1000

A failing seed reproduces from its number: --first N --seeds 1.
"""

import argparse
import sys
import time
from collections import Counter
from typing import NamedTuple

import numpy as np

from venus.records.events import EventKind
from venus.testing.agreement import Opinions, core_and_model
from venus.testing.frames import Frame
from venus.testing.generator import Flow
from venus.testing.words import REASON_OF, name

COMMANDS_A_SEED = 300


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
    """One stream to its end; raises Disagreement, or the AssertionError of an invariant, that names seed and frame."""
    frames, happened = [], []
    for number, frame in enumerate(flow.frames(commands)):
        try:
            events = opinions.apply(frame)
        except AssertionError as error:
            error.add_note(f"seed {flow.seed}, frame {number}")
            raise
        flow.learn(events)
        frames.append(frame)
        happened.append(events)
    return Run(frames, happened, opinions.finish())


def outcome_words(kind: int, reason: int) -> str:
    words = name(kind, EventKind)
    return f"{words} {name(reason, REASON_OF[kind])}" if kind in REASON_OF else words


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="simulate", description="Streams of commands through the core and the model.")
    parser.add_argument("--seeds", type=int, default=100, help="how many streams")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--commands", type=int, default=COMMANDS_A_SEED, help="commands of each stream")
    parser.add_argument("--fair", action="store_true", help="ordinary trading instead of hostile streams")
    options = parser.parse_args(arguments)
    started_s = time.monotonic()
    commands, events = 0, Counter[tuple[int, int]]()
    for seed in range(options.first, options.first + options.seeds):
        try:
            run = simulate(Flow(seed, options.fair), options.commands, core_and_model())
        except AssertionError as error:
            print(f"seed {seed} FAILED\n{error}\n{'; '.join(error.__notes__)}")
            print("the first failure ends the run; --first and --seeds 1 bring it back")
            return 1
        commands += sum(frame.asked for frame in run.frames)
        events += run.outcomes()
    elapsed_s = time.monotonic() - started_s
    for (kind, reason), count in sorted(events.items()):
        print(f"{count:>10,}  {outcome_words(kind, reason)}")
    print(f"{options.seeds:,} seeds, {commands:,} commands, {events.total():,} events: core and model agree")
    print(f"{elapsed_s:.1f} s, {commands / elapsed_s:,.0f} commands/s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
