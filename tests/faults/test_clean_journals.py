"""Honest journals of all kinds, and a supervisor who finds nothing in any of them."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.model.exchange import Exchange
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.execution import Opinion
from venus.supervisor.findings import Finding
from venus.supervisor.judge import Judge
from venus.supervisor.node import Node
from venus.testing.coin_flow import CoinFlow
from venus.testing.currency_flow import CurrencyFlow
from venus.testing.frames import apply
from venus.testing.fraud_books import JOURNAL_KEY, Books, Operator
from venus.testing.simulate import flow_of

JOURNALS = 1_000
PARTS = 8
USUAL_SEEDS = range(JOURNALS, JOURNALS + 30)
WRITTEN_SEEDS = (0, 1, 3)
MODEL_SEEDS = range(30)
MARKET_COMMANDS, MONEY_COMMANDS = 100, 40
FLOWS: tuple[Callable[[int], Any], ...] = (
    *[lambda seed: flow_of(seed, fair=False)] * 7,
    CoinFlow,
    CoinFlow,
    CurrencyFlow,
)
"""Of ten seeds seven trade, two are of coins, one of a currency. Hostile commands are refused, and that is honest."""


def flow(seed: int) -> Any:
    return FLOWS[seed % len(FLOWS)](seed)


def length(seed: int) -> int:
    return MARKET_COMMANDS if seed % len(FLOWS) < 7 else MONEY_COMMANDS


def honest(seed: int) -> Books:
    """A journal with its checkpoints, and the chain and the events that are claimed of each frame."""
    operator, stream = Operator(), flow(seed)
    for frame in stream.frames(length(seed)):
        events = apply(operator.machine, frame)
        operator.write(frame, events)
        stream.learn(events)
        if operator.checkpoint_is_due:
            operator.sign(operator.checkpoint())
    operator.sign(operator.checkpoint())
    return operator.books()


def alarms(seeds: Iterable[int], opinion: Callable[[], Opinion | None]) -> list[tuple[int, Finding]]:
    """What is found in the journals of these seeds."""
    found = []
    for seed in seeds:
        judge, books = Judge(JOURNAL_KEY.verifier, opinion()), honest(seed)
        for frame, claim in zip(books.journaled(), books.claims, strict=True):
            alarm = judge.take(frame, claim)
            if alarm is not None:
                found.append((seed, alarm))
                break
        else:
            assert judge.checkpoints > 1, seed
    return found


def test_no_alarm_on_honest_journals() -> None:
    assert not alarms(USUAL_SEEDS, lambda: None)


@pytest.mark.parametrize("seed", WRITTEN_SEEDS)
def test_no_alarm_on_what_the_exchanges_own_writer_wrote(seed: int, tmp_path: Path) -> None:
    """With its event chain in a file, and read by a node that remembers."""
    places, stream = Places(tmp_path / "exchange"), FLOWS[-1 - seed](seed)
    with OfflineWriter(places) as writer:
        for frame in stream.frames(MONEY_COMMANDS):
            if frame.cold is None:
                batch = writer.hot(frame.time_ns, frame.commands, frame.texts)
            else:
                batch = writer.cold(frame.time_ns, frame.cold)
            stream.learn(batch.events)
    with Node(DirectorySource(places), tmp_path / "node") as node:
        assert node.run(False, threading.Event(), lambda _: None) is None
        assert node.judge.checkpoints


@pytest.mark.heavy
@pytest.mark.parametrize("part", range(PARTS))
def test_no_alarm_on_a_thousand_honest_journals(part: int) -> None:
    assert not alarms(range(part, JOURNALS, PARTS), lambda: None)


@pytest.mark.heavy
def test_no_alarm_of_the_model() -> None:
    assert not alarms(MODEL_SEEDS, Exchange)
