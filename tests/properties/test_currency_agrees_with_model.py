"""Core and model say the same of every stream around a central bank's currency, its wallets and their payments.

As in test_coins_agree_with_model.py, beside the model stand a core that grows all the time and one that is restored.
"""

from itertools import cycle

import pytest

from tests.properties.test_core_agrees_with_model import (
    all_outcomes,
    check_recut,
    is_of_currencies,
    is_of_market,
    opinions,
)
from venus.core.machine import Machine
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.currency_flow import CurrencyFlow
from venus.testing.simulate import outcome_words, simulate

COMMANDS = 150
SEEDS = 5
SEEDS_HEAVY = 60
SEEDS_TO_MEET_ALL = 200


def play(seed: int) -> None:
    run = simulate(CurrencyFlow(seed), COMMANDS, opinions())
    check_recut(run.frames, run.happened, run.state_root, cycle([1, 2, 7, 100]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_on_a_stream(seed: int):
    play(seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS_HEAVY))
def test_on_another_stream(seed: int):
    play(seed)


OF_PAYMENTS = {Reject.COUNTER_USED, Reject.PURSE_SHORT}
"""Said of one payment out of a purse, never of a command."""
NEEDS_MANY_WALLETS = {Reject.INTEREST_UNDER_WAY}
"""More than one frame sweeps: test_interest_sweeps.py."""


def wanted() -> set[tuple[int, int]]:
    of_commands = OF_PAYMENTS | NEEDS_MANY_WALLETS
    told = {
        (kind, reason)
        for kind, reason in all_outcomes()
        if is_of_currencies(kind, reason) and not is_of_market(kind, reason)
    }
    told -= {(EventKind.REJECTED, int(reason)) for reason in of_commands}
    told = {(kind, reason) for kind, reason in told if kind != EventKind.PURSE_REFUSED}
    return told | {(EventKind.PURSE_REFUSED, int(reason)) for reason in OF_PAYMENTS}


@pytest.mark.heavy
def test_streams_reach_every_outcome():
    """A stream that never meets a rule says nothing about it."""
    missing = wanted()
    for seed in range(SEEDS_TO_MEET_ALL):
        missing -= simulate(CurrencyFlow(seed), COMMANDS, Opinions({"core": Machine()})).outcomes().keys()
        if not missing:
            break
    assert not missing, sorted(outcome_words(*outcome) for outcome in missing)
