"""Core and model say the same of every stream around a market between people: adverts, escrow, disputes, bonds.

As in test_coins_agree_with_model.py, beside the model stand a core that grows all the time and one that is restored.
"""

from itertools import cycle

import pytest

from tests.properties.test_core_agrees_with_model import all_outcomes, check_recut, is_of_market, opinions
from venus.core.machine import Machine
from venus.records.events import EventKind
from venus.records.p2p_states import AdvertState, CancelReason, Ending, Ground
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.p2p_flow import P2pFlow
from venus.testing.simulate import outcome_words, simulate

COMMANDS = 150
SEEDS = 3
SEEDS_HEAVY = 14
SEEDS_TO_MEET_ALL = 150


def play(seed: int) -> None:
    run = simulate(P2pFlow(seed), COMMANDS, opinions())
    check_recut(run.frames, run.happened, run.state_root, cycle([1, 2, 7, 100]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_on_a_stream(seed: int):
    play(seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS_HEAVY))
def test_on_another_stream(seed: int):
    play(seed)


REASONS = {
    EventKind.ADVERT_STATE_SET: set(AdvertState),
    EventKind.ESCROW_COMPLETED: {Ending.RELEASED, Ending.AGREED, Ending.SILENCE, Ending.DECIDED},
    EventKind.ESCROW_CANCELLED: set(Ending) - {Ending.NONE, Ending.RELEASED, Ending.PAID_BY_WALLET},
    EventKind.CANCEL_ASKED: set(CancelReason) - {CancelReason.NONE},
    EventKind.DISPUTE_OPENED: set(Ground) - {Ground.NONE},
    EventKind.CLAIM_MADE: set(Ground) - {Ground.NONE, Ground.RELEASE_LATE},
    EventKind.DISPUTE_DECIDED: {0, 1, 2},
    EventKind.DISPUTE_ESCALATED: {0, 3},
    EventKind.BOND_WITHDRAWN: {0, Ending.LAWFUL},
}
"""Kinds whose reasons are not all that their type has, and those that have some."""
PAID_BY_WALLET = {EventKind.ESCROW_PAID_BY_WALLET, EventKind.WALLET_NAMED}
"""What test_p2p_wallets_agree_with_model.py reaches, and rejects from NO_WALLET on."""


def is_of_streams(kind: int, reason: int) -> bool:
    if kind == EventKind.REJECTED and reason >= Reject.NO_WALLET:
        return False
    return is_of_market(kind, reason) and kind not in REASONS and kind not in PAID_BY_WALLET


@pytest.mark.heavy
def test_streams_reach_every_outcome():
    """A stream that never meets a rule says nothing about it."""
    missing = {outcome for outcome in all_outcomes() if is_of_streams(*outcome)}
    missing |= {(kind, int(reason)) for kind, reasons in REASONS.items() for reason in reasons}
    for seed in range(SEEDS_TO_MEET_ALL):
        missing -= simulate(P2pFlow(seed), 2 * COMMANDS, Opinions({"core": Machine()})).outcomes().keys()
        if not missing:
            break
    assert not missing, sorted(outcome_words(*outcome) for outcome in missing)
