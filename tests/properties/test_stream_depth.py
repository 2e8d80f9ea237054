"""However changes of a book fall into publications, and whenever the stream speaks, who follows it has the book."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples.test_stream_channels import NOW_NS, Ear, stream
from tests.examples.test_stream_messages import form
from venus.gateway.binance.streams.channels import Depth
from venus.gateway.outbox import Outbox
from venus.records.commands import Side

CHANGE = st.tuples(st.sampled_from(Side), st.integers(1, 6), st.integers(0, 3))
"""Side, price in ticks, lots that rest there now."""


@given(st.lists(st.tuples(st.lists(CHANGE, min_size=1, max_size=6), st.booleans()), max_size=12))
def test_the_stream_rebuilds_the_book(publications: list[tuple[list[tuple[Side, int, int]], bool]]) -> None:
    updates, book = asyncio.run(told(publications))
    followed: dict[tuple[str, str], str] = {}
    last_update_id = 0
    for update in updates:
        assert update["U"] == last_update_id + 1
        assert update["u"] >= update["U"]
        last_update_id = update["u"]
        for side in ("b", "a"):
            prices = [price for price, _ in update[side]]
            assert prices == sorted(set(prices), reverse=side == "b")
            followed |= {(side, price): quantity for price, quantity in update[side]}
    assert last_update_id == sum(len(changes) for changes, _ in publications)
    cents = form()
    assert {place: quantity for place, quantity in followed.items() if float(quantity)} == {
        ("ba"[side], cents.price(ticks)): cents.quantity(lots) for (side, ticks), lots in book.items() if lots
    }


async def told(
    publications: list[tuple[list[tuple[Side, int, int]], bool]],
) -> tuple[list[Any], dict[tuple[Side, int], int]]:
    """What a listener hears, and the book as the changes leave it; after some publications the stream is due."""
    name, parsed = stream("btcusdt@depth@100ms")
    depth, ear = Depth(name, Outbox(lambda: None), parsed, form()), Ear()
    depth.join(ear)
    book: dict[tuple[Side, int], int] = {}
    update_id = 0
    for changes, is_due in publications:
        first_update_id = update_id + 1
        coalesced: dict[tuple[Side, int], tuple[int, ...]] = {}
        for side, ticks, lots in changes:
            update_id += 1
            book[side, ticks] = lots
            coalesced[side, ticks] = (ticks, lots, update_id, 0, int(side))
        depth.take(first_update_id, update_id, list(coalesced.values()), NOW_NS)
        if is_due:
            depth.flush()
    depth.flush()
    return await ear.heard(), book
