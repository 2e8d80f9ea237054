"""The core and the model are two opinions of the same rules: on any stream of commands they must say the same.

Hypothesis looks for the shortest stream on which they differ; seeded streams go further from the beginning. Beside the
model stand more cores, which must not differ either: one whose arrays are as small as they can be, so that they grow
all the time; one restored from its arrays every few frames; and one that is given the same commands in other frames.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from venus.core.machine import Machine
from venus.core.memory import CAPACITY_LEAST
from venus.model.exchange import Exchange
from venus.records.commands import (
    HOUSE_ACCOUNT,
    AccountKind,
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    ResumeSymbol,
    SelfTrade,
    SetAccountTier,
    SetFeeTier,
    SetTradeGroup,
    Side,
    TimeInForce,
    UnfreezeAccount,
    client_digest,
    unpack_command,
)
from venus.records.events import EventKind, Expiry
from venus.records.rejects import Reject
from venus.testing.agreement import Disagreement, Opinions, RestoredCore
from venus.testing.frames import Frame, apply, cold_frame, hot_frame, recut
from venus.testing.generator import Flow
from venus.testing.simulate import outcome_words, simulate
from venus.testing.worlds import transfer
from venus.units import ATOMS_MAX, INT64_MAX

HOSTILE_SEEDS = 60
FAIR_SEEDS = 10
SEEDS_TO_MEET_ALL = 400
COMMANDS_A_SEED = 300
BANK = 1
PERSONS = range(2, 5)
ASSETS = (0, 1)
UNKNOWN_SYMBOL = 2
CLIENT_IDS = ("", "a", "b", "c")
Asked = list[tuple[Command, str]]


def opinions() -> Opinions:
    return Opinions(
        {
            "model": Exchange(),
            "core": Machine(),
            "growing core": Machine.sized(CAPACITY_LEAST),
            "restored core": RestoredCore(frames_a_life=5),
        }
    )


def stage() -> list[ColdCommand | Asked]:
    """Two assets and two symbols on them, one the other's mirror; the first person is rich, the last poor."""
    return [
        OpenAccounts(reference="a0", account_kind=AccountKind.HOUSE, count=1, label="house", tier=0, trade_group=-1),
        OpenAccounts(reference="a1", account_kind=AccountKind.EXTERNAL, count=1, label="bank", tier=0, trade_group=-1),
        OpenAccounts(reference="a2", account_kind=AccountKind.PERSON, count=1, label="", tier=0, trade_group=-1),
        OpenAccounts(reference="a3", account_kind=AccountKind.PERSON, count=2, label="", tier=1, trade_group=7),
        ListAsset(reference="c0", code="C0", scale=0),
        ListAsset(reference="c1", code="C1", scale=2),
        symbol(base=0, tick_atoms=1, lot_atoms=1),
        symbol(base=1, tick_atoms=50, lot_atoms=4),
        SetFeeTier(reference="f0", tier=0, maker_ppm=1_000, taker_ppm=5_000),
        [
            transfer(BANK, person, asset, 10 ** (6 - index), f"d{person}{asset}")
            for index, person in enumerate(PERSONS)
            for asset in ASSETS
        ],
    ]


def symbol(base: int, tick_atoms: int, lot_atoms: int) -> ListSymbol:
    return ListSymbol(
        reference=f"s{base}",
        code=f"S{base}",
        base_asset=base,
        quote_asset=1 - base,
        tick_atoms=tick_atoms,
        lot_atoms=lot_atoms,
        price_ticks_min=1,
        price_ticks_max=100,
        quantity_lots_min=2,
        quantity_lots_max=100,
        market_lots_max=50,
        notional_atoms_min=10,
        notional_atoms_max=2_000,
        orders_max=3,
        stp_allowed=(1 << len(SelfTrade)) - 1,
        stp_default=SelfTrade.NONE,
    )


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any], times: int = 24) -> st.SearchStrategy[Any]:
    """The odd one in so many times; shrinks to the usual. (`one_of` would give each branch of it an equal turn.)"""
    return st.integers(1, times).flatmap(lambda turn: odd if turn == times else usual)


accounts = mostly(st.sampled_from(PERSONS), st.sampled_from([HOUSE_ACCOUNT, BANK, PERSONS.stop]))
symbols = mostly(st.sampled_from([0, 0, 0, 1]), st.just(UNKNOWN_SYMBOL))
extremes = st.sampled_from([-INT64_MAX - 1, -1, 0, 1, 50, 51, 100, 101, ATOMS_MAX, INT64_MAX])
texts = st.sampled_from(CLIENT_IDS)
# What shrinks to the first: an order that rests, without a name.
kinds_of_order = st.sampled_from(
    [
        (OrderType.LIMIT, TimeInForce.GTC),
        (OrderType.LIMIT, TimeInForce.IOC),
        (OrderType.LIMIT, TimeInForce.FOK),
        (OrderType.LIMIT_MAKER, TimeInForce.GTC),
    ]
)


def named(command: Command, text: str) -> tuple[Command, str]:
    high, low = client_digest(text)
    return command._replace(client_hi=high, client_lo=low), text


@st.composite
def limit_orders(draw: st.DrawFn) -> tuple[Command, str]:
    type_, tif = draw(kinds_of_order)
    order = Command(
        kind=CommandKind.ORDER,
        account=draw(accounts),
        subject=draw(symbols),
        side=draw(st.sampled_from(Side)),
        type=type_,
        tif=tif,
        stp=draw(st.sampled_from(SelfTrade)),
        price_ticks=draw(mostly(st.integers(8, 12), extremes)),
        quantity=draw(mostly(st.integers(2, 9), extremes)),
    )
    return named(order, draw(texts))


@st.composite
def market_orders(draw: st.DrawFn) -> tuple[Command, str]:
    in_quote = draw(st.booleans())
    order = Command(
        kind=CommandKind.ORDER,
        account=draw(accounts),
        subject=draw(symbols),
        side=draw(st.sampled_from(Side)),
        type=OrderType.MARKET,
        stp=draw(st.sampled_from(SelfTrade)),
        flags=CommandFlag.IN_QUOTE if in_quote else CommandFlag.NONE,
        quantity=draw(mostly(st.integers(5, 200) if in_quote else st.integers(2, 9), extremes)),
    )
    return named(order, draw(texts))


@st.composite
def targets(draw: st.DrawFn) -> Command:
    """An order that may be open: one of the first few ids, or one of the few client ids."""
    aimed = Command(account=draw(accounts), subject=draw(symbols))
    if draw(st.booleans()):
        return aimed._replace(target_lo=draw(st.integers(0, 12)), flags=CommandFlag.TARGET_IS_ORDER_ID)
    high, low = client_digest(draw(texts))
    return aimed._replace(target_hi=high, target_lo=low)


@st.composite
def cancels(draw: st.DrawFn) -> tuple[Command, str]:
    target = draw(targets())
    flags = draw(st.sampled_from([0, CommandFlag.ONLY_NEW, CommandFlag.ONLY_PARTIALLY_FILLED, CommandFlag.REPLACES]))
    stops = draw(st.sampled_from([0, 0, CommandFlag.STOP_ON_FAILURE]))
    return target._replace(kind=CommandKind.CANCEL, flags=target.flags | flags | stops), ""


@st.composite
def amendments(draw: st.DrawFn) -> tuple[Command, str]:
    amendment = draw(targets())._replace(kind=CommandKind.AMEND, quantity=draw(mostly(st.integers(1, 9), extremes)))
    return named(amendment, draw(texts))


cancel_alls = st.builds(
    lambda account, symbol: (Command(kind=CommandKind.CANCEL_ALL, account=account, subject=symbol), ""),
    accounts,
    symbols,
)
transfers = st.builds(
    transfer,
    mostly(accounts, st.just(BANK)),
    mostly(accounts, st.just(BANK)),
    mostly(st.sampled_from(ASSETS), st.just(len(ASSETS))),
    mostly(st.integers(1, 12), extremes),
    st.sampled_from(["t1", "t2", "t3", "t4", "d20"]),
)


# Sixty-four bytes as they come, but that they announce no text.
records = st.binary(min_size=64, max_size=64).map(lambda data: (unpack_command(data)._replace(text_bytes=0), ""))

hot_commands = st.one_of(
    limit_orders(), limit_orders(), limit_orders(), market_orders(), cancels(), amendments(), transfers,
    mostly(cancel_alls, records),
)  # fmt: skip
references = st.sampled_from([f"r{number}" for number in range(20)])
cold_commands = st.one_of(
    st.builds(FreezeAccount, reference=references, account=accounts, until_ns=st.integers(-1, 12)),
    st.builds(UnfreezeAccount, reference=references, account=accounts),
    st.builds(HaltSymbol, reference=references, symbol=symbols),
    st.builds(ResumeSymbol, reference=references, symbol=symbols),
    st.builds(SetTradeGroup, reference=references, account=accounts, trade_group=st.integers(-2, 2)),
    st.builds(SetAccountTier, reference=references, account=accounts, tier=st.integers(-1, 16)),
    st.builds(
        SetFeeTier,
        reference=references,
        tier=st.sampled_from([0, 1]),
        maker_ppm=st.integers(-1, 5_001),
        taker_ppm=st.integers(-1, 5_001),
    ),
)
# What passes between two frames, in ns, and then a frame. Lists are drawn by length, or they would mostly be short.
batches = st.integers(1, 6).flatmap(lambda length: st.lists(hot_commands, min_size=length, max_size=length))
steps = st.tuples(st.sampled_from([0, 0, 1, 3]), mostly(batches, cold_commands, times=6))
streams = st.integers(0, 20).flatmap(lambda length: st.lists(steps, min_size=length, max_size=length))


def frames_of(asked: list[tuple[int, ColdCommand | Asked]]) -> list[Frame]:
    time_ns, sequence, frames = 1, 1, []
    for passed_ns, what in asked:
        time_ns += passed_ns
        make = hot_frame if isinstance(what, list) else cold_frame
        frames.append(make(time_ns, sequence, what))
        sequence += frames[-1].asked
    return frames


def joined(happened: list[np.ndarray]) -> bytes:
    return np.concatenate(happened).tobytes()


def check_recut(frames: list[Frame], happened: list[np.ndarray], state_root: bytes, sizes: Iterator[int]) -> None:
    """The same commands in other frames give the same events and the same state."""
    core = Machine()
    assert joined([apply(core, frame) for frame in recut(frames, sizes)]) == joined(happened)
    assert core.state_root() == state_root


@given(streams, st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_on_the_shortest_streams(asked: list[tuple[int, ColdCommand | Asked]], sizes: list[int]):
    several = opinions()
    frames = frames_of([*((0, what) for what in stage()), *asked])
    happened = [several.apply(frame) for frame in frames]
    check_recut(frames, happened, several.finish(), cycle(sizes))


@pytest.mark.parametrize("seed", range(HOSTILE_SEEDS))
def test_on_a_hostile_stream(seed: int):
    run = simulate(Flow(seed), COMMANDS_A_SEED, opinions())
    check_recut(run.frames, run.happened, run.state_root, cycle([1, 2, 7, 100]))


@pytest.mark.parametrize("seed", range(FAIR_SEEDS))
def test_on_a_fair_stream(seed: int):
    run = simulate(Flow(seed, fair=True), COMMANDS_A_SEED, opinions())
    check_recut(run.frames, run.happened, run.state_root, cycle([1, 1000]))


def test_hostile_streams_reach_every_outcome():
    """A stream that never meets a rule says nothing about it."""
    reasons = {EventKind.REJECTED: Reject, EventKind.EXPIRED: Expiry, EventKind.PREVENTED: SelfTrade}
    missing = {(kind, int(reason)) for kind, known in reasons.items() for reason in known if reason}
    missing |= {(kind, 0) for kind in EventKind if kind not in reasons}
    for seed in range(SEEDS_TO_MEET_ALL):
        missing -= simulate(Flow(seed), COMMANDS_A_SEED, Opinions({"model": Exchange()})).outcomes().keys()
        if not missing:
            break
    assert not missing, sorted(outcome_words(*outcome) for outcome in missing)


def test_a_difference_is_told_in_words():
    """One bit of one event: the command, and what each says of it."""

    class Contrary(Exchange):
        def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes) -> np.ndarray:
            events = super().apply_hot(time_ns, first_sequence, commands, texts)
            events["remaining_lots"][-1] ^= 1
            return events

    contrary = Opinions({"model": Exchange(), "other": Contrary()})
    cancel = Command(kind=CommandKind.CANCEL, account=3)
    with pytest.raises(Disagreement) as caught:
        contrary.apply(hot_frame(1, 1, [(cancel, ""), (cancel, "")]))
    told = str(caught.value)
    assert "event 1 of the frame" in told
    assert "2: CANCEL account 3" in told
    assert "REJECTED sequence 2 account 3 UNKNOWN_ACCOUNT" in told
    assert "remaining_lots 1" in told


def test_the_same_seed_is_the_same_stream():
    first, again, other = (simulate(Flow(seed), 100, Opinions({"model": Exchange()})) for seed in (3, 3, 4))
    assert joined(first.happened) == joined(again.happened)
    assert first.state_root == again.state_root != other.state_root
