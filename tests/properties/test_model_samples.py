"""A model that begins in the middle: handed the kernels' state anywhere, it says what they say from there on."""

import threading
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.faults.supervised import trade
from venus.core.machine import Machine
from venus.journal.frames import WITHOUT_COMMANDS, Frame
from venus.journal.store import JournalReader
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.execution import Execution, work_of
from venus.supervisor.model_state import HANDED, model_of, sections_of
from venus.supervisor.node import Node
from venus.supervisor.samples import Sampled, sample
from venus.testing.fraud_days import DAYS, day_of
from venus.testing.fraud_history import run

FRAMES = 40
GOLDEN = Path(__file__).parent.parent / "golden"


def after(frames: list[Frame], count: int, machine: Machine | None = None) -> Machine:
    """Kernels that ran so many of them."""
    execution = Execution(machine or Machine())
    for frame in frames[:count]:
        if frame.kind not in WITHOUT_COMMANDS:
            execution.run(frame, work_of(frame))
    assert isinstance(execution.opinion, Machine)
    return execution.opinion


def of_day(kind: str, seed: int) -> list[Frame]:
    books, _ = run(day_of(kind, seed).frames)
    return list(books.journaled())


@pytest.mark.parametrize("kind", DAYS)
def test_from_anywhere_in_a_day_the_model_agrees(kind: str) -> None:
    frames, random, told = of_day(kind, 3), Random(kind), 0
    for _ in range(3):
        first = random.randrange(len(frames) - 1)
        found = sample(after(frames, first), frames[first : first + FRAMES])
        assert found.finding is None, found
        told += found.frames
    assert told or kind == "wallets", "there nobody else pays"


@pytest.mark.parametrize("name", ["hostile-1", "rules-2-hostile-1", "rules-2-adopted-1", "rules-3-hostile-1"])
def test_from_the_middle_of_every_version_of_the_rules_the_model_agrees(name: str) -> None:
    frames = list(JournalReader(GOLDEN / name).frames())
    first = len(frames) // 2
    found = sample(after(frames, first), frames[first : first + FRAMES])
    assert found.finding is None, found
    assert found.frames > FRAMES // 4


def test_all_that_is_handed_over_comes_out_of_the_model_again() -> None:
    frames, seen = list(JournalReader(GOLDEN / "rules-2-hostile-1").frames()), set()
    execution = Execution(Machine())
    for frame in frames:
        if frame.kind in WITHOUT_COMMANDS:
            continue
        execution.run(frame, work_of(frame))
        if frame.number % 16 == 0:
            machine = execution.opinion
            assert isinstance(machine, Machine)
            references = {(int(row["hi"]), int(row["lo"])) for row in machine.memory["references"][1:]}
            handed, model = sections_of(machine, references), model_of(machine, references)
            assert {tag: rows for tag, rows in model.state_sections().items() if tag in handed} == handed
            model.desk.check({})
            model.ledger.check()
            seen |= {tag for tag, rows in handed.items() if rows}
    assert seen == set(HANDED), "there was something of everything"


class Favouring(Machine):
    """Kernels that are wrong about one fee in the middle of a day."""

    wrong_from = 0

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes) -> np.ndarray:
        events = super().apply_hot(time_ns, first_sequence, commands, texts)
        if first_sequence >= self.wrong_from:
            events["taker_fee_atoms"][events["taker_fee_atoms"] > 0] -= 1
        return events


def test_kernels_that_are_wrong_are_named_by_the_model() -> None:
    frames = of_day("market", 3)
    first = len(frames) // 2
    machine = after(frames, first, Favouring())
    assert isinstance(machine, Favouring)
    found = sample(machine, frames[first:]).finding
    assert found is not None
    assert found.what == "taker_fee_atoms"
    assert int(found.recorded) == int(found.found) - 1
    assert "So the model says, from the state of the kernels" in found.words
    assert Sampled.unpacked(Sampled(1, 2, 3, found).packed()) == Sampled(1, 2, 3, found)


def test_a_node_samples_beside(tmp_path: Path) -> None:
    places = trade(tmp_path / "exchange", 60)
    with Node(DirectorySource(places), tmp_path / "node", samples=20) as node:
        assert node.run(False, threading.Event(), lambda _: None) is None
        assert node.samples.frames + node.samples.passed_over == 20
