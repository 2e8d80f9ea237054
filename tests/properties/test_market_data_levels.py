"""Books of thousands of levels, grown and emptied in every order, against sorted dicts."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.made_up_markets import LISTINGS, NO_COMMANDS, START_NS, cold_batches, events_of
from venus.records.batch import Batch
from venus.records.commands import Side
from venus.records.events import EVENT, EventKind
from venus.views.kernels.market_data_rows import FREE_NODES, NODE_KEYS
from venus.views.market_data import MarketData
from venus.views.market_questions import LEVEL, DepthQuestion

Change = tuple[int, int, int]  # side, price in ticks, lots that come or go


def listed_view() -> MarketData:
    view = MarketData()
    for batch in cold_batches(LISTINGS, START_NS):
        view.apply(batch)
    return view


def apply_changes(view: MarketData, changes: list[Change]) -> None:
    events = np.zeros(len(changes), EVENT)
    for row, (side, price_ticks, lots) in enumerate(changes):
        kind = EventKind.ACCEPTED if lots > 0 else EventKind.CANCELED
        events[row]["kind"], events[row]["side"] = kind, side
        events[row]["price_ticks"], events[row]["remaining_lots"] = price_ticks, abs(lots)
    view.apply(Batch(99, START_NS, 0, NO_COMMANDS, b"", None, events))


def assert_book(view: MarketData, levels: tuple[dict[int, int], dict[int, int]], limit: int) -> None:
    answer = view.answer(DepthQuestion(0, limit))
    bids, asks = (np.frombuffer(side, LEVEL).tolist() for side in (answer.bids, answer.asks))
    assert bids == sorted(levels[Side.BUY].items(), reverse=True)[:limit]
    assert asks == sorted(levels[Side.SELL].items())[:limit]


def assert_every_node_is_free(view: MarketData) -> None:
    market = view._state.market
    assert market.counters[FREE_NODES] == len(market.nodes) > 0
    assert (market.sides["root"][:2] == -1).all()
    assert (market.sides["first"][:2] == -1).all()
    assert (market.sides["levels"][:2] == 0).all()


ORDERS = ("from the best away", "from afar to the best", "at random", "from both ends")


def in_order(order: str, prices: list[int], chance: Random) -> list[int]:
    match order:
        case "from the best away":
            return prices
        case "from afar to the best":
            return prices[::-1]
        case "at random":
            return chance.sample(prices, len(prices))
        case _:
            return [prices[-1 - i // 2 if i % 2 else i // 2] for i in range(len(prices))]


@pytest.mark.parametrize("coming", ORDERS)
@pytest.mark.parametrize("going", ORDERS)
def test_a_deep_book_is_built_and_taken_down(coming: str, going: str) -> None:
    """Five thousand levels a side are a tree three nodes high."""
    chance = Random(f"{coming}, {going}")
    prices = sorted(chance.sample(range(1, 2**40), 5_000))
    view = listed_view()
    levels: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for side in Side:
        best_first = prices[::-1] if side == Side.BUY else prices
        for start in range(0, len(prices), 777):
            some = in_order(coming, best_first, chance)[start : start + 777]
            added = [(int(side), price, chance.randint(1, 9)) for price in some if price not in levels[side]]
            levels[side].update({price: lots for _, price, lots in added})
            apply_changes(view, added)
            assert_book(view, levels, 5_000)
    market = view._state.market
    assert len(market.nodes) - market.counters[FREE_NODES] >= 2 * len(levels[0]) // NODE_KEYS
    while levels[0] or levels[1]:
        side = Side.BUY if levels[0] else Side.SELL
        best_first = sorted(levels[side], reverse=side == Side.BUY)
        gone = in_order(going, best_first, chance)[: max(1, len(best_first) // 3)]
        apply_changes(view, [(int(side), price, -levels[side].pop(price)) for price in gone])
        assert_book(view, levels, 5_000)
    assert_every_node_is_free(view)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_levels_that_come_and_go(seed: int) -> None:
    """Waves of growth and decline at prices that drift, so that nodes split where others emptied before."""
    chance = Random(seed)
    view = listed_view()
    levels: tuple[dict[int, int], dict[int, int]] = ({}, {})
    width = chance.choice((30, 400, 3_000))
    middle = 10**6
    for wave in range(12):
        middle += chance.randint(-width, width)
        grows = wave % 2 == 0
        changes: list[Change] = []
        for _ in range(width):
            side = chance.randrange(2)
            if chance.random() < (0.8 if grows else 0.2) or not levels[side]:
                price_ticks, lots = middle + chance.randint(-width, width), chance.randint(1, 5)
                changes.append((side, price_ticks, lots))
                levels[side][price_ticks] = levels[side].get(price_ticks, 0) + lots
            else:
                price_ticks = chance.choice(list(levels[side])) if chance.random() < 0.3 else next(iter(levels[side]))
                lots = chance.choice((1, levels[side][price_ticks]))
                changes.append((side, price_ticks, -lots))
                levels[side][price_ticks] -= lots
                if levels[side][price_ticks] == 0:
                    del levels[side][price_ticks]
        apply_changes(view, changes)
        assert_book(view, levels, 5_000)
        again = MarketData()
        again.restore(view.arrays())
        assert_book(again, levels, 5_000)
    apply_changes(view, [(side, price, -lots) for side in (0, 1) for price, lots in levels[side].items()])
    assert_every_node_is_free(view)


def test_an_event_that_contradicts_the_book_stops_the_fold() -> None:
    view = listed_view()
    apply_changes(view, [(0, 100, 5)])
    with pytest.raises(AssertionError):
        apply_changes(view, [(0, 100, -6)])
    view = listed_view()
    with pytest.raises(AssertionError):
        apply_changes(view, [(1, 100, -1)])
    unlisted = events_of([{"kind": EventKind.ACCEPTED, "symbol": 3, "price_ticks": 1, "remaining_lots": 1}])
    with pytest.raises(AssertionError):
        listed_view().apply(Batch(99, START_NS, 0, NO_COMMANDS, b"", None, unlisted))
