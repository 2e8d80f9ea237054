"""Core and model say the same of every stream around coins: approvals, reserves, mints, redemptions, orders, holds.

As in test_core_agrees_with_model.py, beside the model stand a core that grows all the time and one that is restored.
"""

from itertools import cycle

import pytest

from tests.properties.test_core_agrees_with_model import check_recut, opinions
from venus.model.exchange import Exchange
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.coin_flow import CoinFlow
from venus.testing.simulate import outcome_words, simulate

COMMANDS = 150
SEEDS = 6
SEEDS_HEAVY = 60
SEEDS_TO_MEET_ALL = 60


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
