"""Core and model say the same of every stream around coins: approvals, reserves, mints, redemptions, orders, holds.

As in test_core_agrees_with_model.py, beside the model stand a core that grows all the time and one that is restored.
"""

from itertools import cycle

import pytest

from tests.properties.test_core_agrees_with_model import (
    all_outcomes,
    check_recut,
    is_of_coins,
    is_of_currencies,
    opinions,
)
from venus.core.machine import Machine
from venus.records.coins import Stop
from venus.records.events import EventKind
from venus.records.holds import Release
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.coin_flow import CoinFlow
from venus.testing.simulate import outcome_words, simulate

COMMANDS = 150
SEEDS = 6
SEEDS_HEAVY = 60
SEEDS_TO_MEET_ALL = 200


def play(seed: int) -> None:
    run = simulate(CoinFlow(seed), COMMANDS, opinions())
    check_recut(run.frames, run.happened, run.state_root, cycle([1, 2, 7, 100]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_on_a_stream(seed: int):
    play(seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS_HEAVY))
def test_on_another_stream(seed: int):
    play(seed)


MANY_REASONS = {
    EventKind.SCHEDULE_FAILED: {Reject.ACCOUNT_FROZEN, Reject.INSUFFICIENT_FREE},
    EventKind.REDEMPTION_WITHDRAWN: {Release.RECLAIMED, Release.LAWFUL},
    EventKind.MINTING_STOPPED: {Stop.UNBACKED, Stop.OVERDUE, Stop.UNBACKED | Stop.OVERDUE},
}
"""Kinds whose reasons are not all that their type has."""


def test_streams_reach_every_outcome():
    """A stream that never meets a rule says nothing about it."""
    missing = {
        outcome
        for outcome in all_outcomes()
        if is_of_coins(*outcome) and not is_of_currencies(*outcome) and outcome[0] not in MANY_REASONS
    }
    missing |= {(kind, int(reason)) for kind, reasons in MANY_REASONS.items() for reason in reasons}
    for seed in range(SEEDS_TO_MEET_ALL):
        missing -= simulate(CoinFlow(seed), COMMANDS, Opinions({"core": Machine()})).outcomes().keys()
        if not missing:
            break
    assert not missing, sorted(outcome_words(*outcome) for outcome in missing)
