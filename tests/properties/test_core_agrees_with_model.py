"""The core and the model are two opinions of the same rules: on any stream of commands they must say the same.

Under each version of the rules, and when a later one is adopted in the middle.

Hypothesis looks for the shortest stream on which they differ; seeded streams go further from the beginning. Beside the
model stand more cores, which must not differ either: one whose arrays are as small as they can be, so that they grow
all the time; one restored from its arrays every few frames; and one that is given the same commands in other frames.
"""

from collections.abc import Iterator, Sequence
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
    CONDITIONAL_TYPES,
    FEATURES_ALL,
    HOUSE_ACCOUNT,
    PRICED_TYPES,
    AccountKind,
    AdoptRules,
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    ListType,
    MoveToRules,
    OpenAccounts,
    OrderType,
    ResumeSymbol,
    SelfTrade,
    SetAccountTier,
    SetAssetLimit,
    SetExchangeLimits,
    SetFeeTier,
    SetSymbolRules,
    SetTradeGroup,
    Side,
    TimeInForce,
    UnfreezeAccount,
    adoption,
    client_digest,
    order_terms,
    peg_of,
    unpack_command,
)
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.records.words import REASON_OF
from venus.testing.agreement import Disagreement, Opinions, RestoredCore
from venus.testing.frames import Frame, apply, cold_frame, hot_frame, recut
from venus.testing.generator import Flow
from venus.testing.shrink import shrunk
from venus.testing.simulate import flow_of, outcome_words, simulate
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


def stage(rules: int) -> list[ColdCommand | Asked]:
    """Two assets and two symbols on them, one the other's mirror; the first person is rich, the last poor."""
    return [
        *(adoption(f"rules {number}", number) for number in range(2, rules + 1)),
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
        orders_max=4,
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


conditional_types = st.sampled_from(sorted(CONDITIONAL_TYPES))
prices = mostly(st.integers(8, 12), extremes)


@st.composite
def orders_with_terms(draw: st.DrawFn) -> tuple[Command, str]:
    """Conditional ones, trailing or not; icebergs; pegs; mostly one of these at a time."""
    order, text = draw(limit_orders())
    trigger_ticks = trail_bips = display_lots = 0
    if draw(st.booleans()):
        type_ = draw(conditional_types)
        priced = type_ in PRICED_TYPES
        order = order._replace(
            type=type_, tif=order.tif if priced else TimeInForce.GTC, price_ticks=order.price_ticks if priced else 0
        )
        trigger_ticks, trail_bips = draw(st.one_of(triggers, triggers, tracks))
    if draw(mostly(st.booleans(), st.just(True), times=3)) and order.type in PRICED_TYPES:
        display_lots, order = draw(st.integers(1, 4)), order._replace(tif=TimeInForce.GTC)
    if order.type in PRICED_TYPES and draw(st.sampled_from([False, False, True])):
        peg = peg_of(market=draw(st.booleans()), offset=draw(st.sampled_from([0, 0, 1])))
        order = order._replace(peg=peg, price_ticks=draw(st.sampled_from([0, order.price_ticks])))
    return order._replace(target_hi=trigger_ticks, target_lo=order_terms(display_lots, trail_bips)), text


triggers = st.tuples(prices, st.sampled_from([0, 0, 1_000]))
tracks = st.tuples(st.just(0), st.sampled_from([500, 1_000, 2_000, 10_000]))


@st.composite
def lists(draw: st.DrawFn) -> list[tuple[Command, str]]:
    """A list and its legs, which mostly go together."""
    type_ = draw(st.sampled_from(ListType))
    account, subject = draw(accounts), draw(symbols)
    legs = []
    if type_ != ListType.OCO:
        legs.append(draw(limit_orders()))
    if type_ in (ListType.OCO, ListType.OTOCO, ListType.OPOCO):
        legs += draw(pairs())
    else:
        legs.append(draw(st.one_of(limit_orders(), market_orders(), orders_with_terms())))
    legs = [(leg._replace(account=account, subject=subject), text) for leg, text in legs]
    if type_ in (ListType.OPO, ListType.OPOCO):
        (working, text), *others = legs
        others = [(leg._replace(side=Side.SELL, quantity=0), text) for leg, text in others]
        legs = [(working._replace(side=Side.BUY), text), *others]
    head = Command(kind=CommandKind.LIST, type=type_, account=account, subject=subject)
    missing = draw(mostly(st.just(0), st.just(1)))
    return [named(head, draw(texts)), *legs[: len(legs) - missing]]


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[Command, str]]:
    """A stop below the usual prices and a gain above them, or the other way round."""
    side = draw(st.sampled_from(Side))
    low, high = draw(st.integers(6, 10)), draw(st.integers(10, 14))
    stop_ticks, gain_ticks = (low, high) if side is Side.SELL else (high, low)
    order, text = draw(limit_orders())
    order = order._replace(side=side, tif=TimeInForce.GTC)
    stop_type = draw(st.sampled_from([OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT]))
    stop = order._replace(
        type=stop_type, price_ticks=stop_ticks if stop_type in PRICED_TYPES else 0, target_hi=stop_ticks
    )
    gain = order._replace(type=OrderType.LIMIT_MAKER, price_ticks=gain_ticks)
    if draw(st.booleans()):
        gain = order._replace(type=OrderType.TAKE_PROFIT, price_ticks=0, target_hi=gain_ticks)
    return draw(st.permutations([named(stop, ""), named(gain, text)]))


cancel_lists = targets().map(lambda target: (target._replace(kind=CommandKind.CANCEL_LIST), ""))
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

runs = st.lists(transfers, min_size=1, max_size=3).map(
    lambda run: [*((command._replace(flags=CommandFlag.LINKED), text) for command, text in run[:-1]), run[-1]]
)
single_commands = st.one_of(
    limit_orders(), limit_orders(), limit_orders(), market_orders(), orders_with_terms(), orders_with_terms(),
    cancels(), amendments(), mostly(cancel_alls, records), cancel_lists,
)  # fmt: skip
# What belongs together comes together: a list with its legs, a run of transfers.
hot_commands = st.one_of(single_commands.map(lambda one: [one]), single_commands.map(lambda one: [one]), lists(), runs)
references = st.sampled_from([f"r{number}" for number in range(20)])
limits_on = st.sampled_from([0, 0, 1, 2])
percents = st.sampled_from([0, 0, 900_000, 1_100_000])
symbol_rules = st.builds(
    SetSymbolRules,
    reference=references,
    symbol=symbols,
    features=mostly(st.just(FEATURES_ALL), st.integers(0, FEATURES_ALL + 1), times=3),
    bid_up_ppm=percents,
    bid_down_ppm=percents,
    ask_up_ppm=percents,
    ask_down_ppm=percents,
    average_minutes=st.sampled_from([0, 1, 61]),
    market_lots_min=limits_on,
    iceberg_parts_max=limits_on,
    algo_orders_max=limits_on,
    iceberg_orders_max=limits_on,
    order_lists_max=limits_on,
    amends_max=limits_on,
    position_atoms_max=st.sampled_from([0, 0, 0, 1_000_010]),
    trail_above_bips_min=st.sampled_from([0, 0, 600]),
    trail_above_bips_max=st.sampled_from([0, 0, 1_500]),
    trail_below_bips_min=st.sampled_from([0, 0, 600]),
    trail_below_bips_max=st.sampled_from([0, 0, 1_500]),
)
cold_commands = st.one_of(
    st.builds(AdoptRules, reference=references, rules=st.sampled_from([2, 2, 3, 1])),
    st.builds(MoveToRules, reference=references, rules=st.just(3)),
    symbol_rules,
    symbol_rules,
    st.builds(
        SetExchangeLimits,
        reference=references,
        orders_max=limits_on,
        algo_orders_max=limits_on,
        iceberg_orders_max=limits_on,
        order_lists_max=limits_on,
    ),
    st.builds(
        SetAssetLimit,
        reference=references,
        asset=st.sampled_from([*ASSETS, len(ASSETS)]),
        order_atoms_max=st.sampled_from([0, 0, 50, 500, -1]),
    ),
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
batches = st.integers(1, 6).flatmap(
    lambda length: st.lists(hot_commands, min_size=length, max_size=length).map(
        lambda parts: [one for part in parts for one in part]
    )
)
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


@given(st.sampled_from([3, 2, 1]), streams, st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_on_the_shortest_streams(rules: int, asked: list[tuple[int, ColdCommand | Asked]], sizes: list[int]):
    several = opinions()
    frames = frames_of([*((0, what) for what in stage(rules)), *asked])
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


def all_outcomes() -> set[tuple[int, int]]:
    """(kind, reason) of every event that there can be."""
    told = {(kind, int(reason)) for kind, known in REASON_OF.items() for reason in known if reason}
    return told | {(kind, 0) for kind in EventKind if kind not in REASON_OF}


def is_of_coins(kind: int, reason: int) -> bool:
    """Whether it is of rules 3; reject and event numbers tell."""
    return reason >= Reject.NOT_FOUNDED if kind == EventKind.REJECTED else kind >= EventKind.APPROVED


def is_of_currencies(kind: int, reason: int) -> bool:
    """Whether it is of rules 4 or later ones."""
    return reason >= Reject.UNKNOWN_CURRENCY if kind == EventKind.REJECTED else kind >= EventKind.CURRENCY_REGISTERED


def is_of_market(kind: int, reason: int) -> bool:
    """Whether it is of rules 5."""
    return reason >= Reject.NO_P2P_TERMS if kind == EventKind.REJECTED else kind >= EventKind.P2P_TERMS_SET


def test_streams_reach_every_outcome():
    """A stream that never meets a rule says nothing about it. What coins bring: test_coins_agree_with_model.py."""
    missing = {outcome for outcome in all_outcomes() if not is_of_coins(*outcome)}
    for seed in range(SEEDS_TO_MEET_ALL):
        missing -= simulate(flow_of(seed, False), COMMANDS_A_SEED, Opinions({"model": Exchange()})).outcomes().keys()
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


def test_a_stream_that_goes_wrong_is_cut_down_to_what_it_takes():
    """Wrong be a stream in which anything is triggered: that takes a waiting order and two that trade."""

    def triggers_something(frames: Sequence[Frame]) -> bool:
        model = Exchange()
        return any((apply(model, frame)["kind"] == EventKind.TRIGGERED).any() for frame in frames)

    run = simulate(Flow(2, fair=True), COMMANDS_A_SEED, Opinions({"model": Exchange()}))
    least = shrunk(run.frames, triggers_something)
    assert triggers_something(least)
    orders = [command for frame in least for command in frame.commands if command["kind"] == CommandKind.ORDER]
    assert 3 <= len(orders) <= 5
    assert sum(frame.asked for frame in least) < 40
