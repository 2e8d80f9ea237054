"""Core and model say the same of streams in which people pay each other's orders from wallets."""

from itertools import cycle

import pytest

from tests.properties.test_core_agrees_with_model import check_recut, opinions
from venus.core.machine import Machine
from venus.records.events import EventKind
from venus.records.p2p_states import Ending
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.p2p_wallet_flow import P2pWalletFlow
from venus.testing.simulate import outcome_words, simulate

COMMANDS = 150
SEEDS = 3
SEEDS_HEAVY = 14
SEEDS_TO_MEET_ALL = 150
OUTCOMES = {
    (EventKind.ESCROW_COMPLETED, Ending.PAID_BY_WALLET),
    (EventKind.ESCROW_PAID_BY_WALLET, 0),
    (EventKind.WALLET_NAMED, 0),
    *((EventKind.REJECTED, reject) for reject in Reject if Reject.NO_WALLET <= reject <= Reject.NOT_BY_WALLET),
}
"""What only these streams reach."""


def play(seed: int) -> None:
    run = simulate(P2pWalletFlow(seed), COMMANDS, opinions())
    check_recut(run.frames, run.happened, run.state_root, cycle([1, 2, 7, 100]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_on_a_stream(seed: int):
    play(seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS_HEAVY))
def test_on_another_stream(seed: int):
    play(seed)


@pytest.mark.heavy
def test_streams_reach_every_outcome():
    """A stream that never meets a rule says nothing about it."""
    missing = {(int(kind), int(reason)) for kind, reason in OUTCOMES}
    for seed in range(SEEDS_TO_MEET_ALL):
        missing -= simulate(P2pWalletFlow(seed), 2 * COMMANDS, Opinions({"core": Machine()})).outcomes().keys()
        if not missing:
            break
    assert not missing, sorted(outcome_words(*outcome) for outcome in missing)
