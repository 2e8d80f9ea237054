"""The board of streams without sockets: who is told what, and what happens when more comes than can be written."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tests.examples.test_stream_channels import NOW_NS, Ear
from venus.gateway import outbox
from venus.gateway.binance.streams.door import MarketStreams
from venus.gateway.binance.symbols import Symbols
from venus.units import NS_PER_MS
from venus.views.catalog import Asset, CatalogAnswer, CatalogQuestion, Symbol
from venus.views.market_questions import LEVEL_CHANGE, SYMBOL_CHANGE, TOP, TRADE, Publication

LISTING = {
    "base_asset": 0,
    "quote_asset": 1,
    "tick_atoms": 10**6,
    "lot_atoms": 1_000,
    "tick_lot_atoms": 10,
    "price_ticks_min": 1,
    "price_ticks_max": 10**8,
    "quantity_lots_min": 1,
    "quantity_lots_max": 10**8,
    "market_lots_max": 10**8,
    "notional_atoms_min": 1,
    "notional_atoms_max": 10**16,
    "orders_max": 100,
    "stp_allowed": 63,
    "stp_default": 0,
    "halted": False,
}


class Catalog:
    """A client of an engine that lists what it is told to and answers nothing else."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = list(codes)
        self.on_publication: Callable[[Publication], None] | None = None

    async def ask(self, question: Any) -> CatalogAnswer:
        assert isinstance(question, CatalogQuestion)
        symbols = [Symbol(number=number, code=code, **LISTING) for number, code in enumerate(self.codes)]
        version = len(symbols)
        assets = [Asset(0, "BTC", 8), Asset(1, "USDT", 8)]
        return CatalogAnswer(version, version != question.known_version, assets, symbols, [], [])


def run(scenario: Callable[[Catalog, MarketStreams], Awaitable[None]]) -> None:
    async def main() -> None:
        client: Any = Catalog(["BTCUSDT"])
        streams = MarketStreams(client, Symbols(client))
        await streams.start()
        assert client.on_publication == streams.publish
        await scenario(client, streams)
        await streams.stop()

    asyncio.run(main())


def publication(
    *,
    trades: Sequence[tuple[int, ...]] = (),
    tops: Sequence[tuple[int, ...]] = (),
    changes: Sequence[tuple[int, ...]] = (),
    levels: Sequence[tuple[int, ...]] = (),
) -> Publication:
    rows = ((changes, SYMBOL_CHANGE), (levels, LEVEL_CHANGE), (tops, TOP), (trades, TRADE))
    data = [np.array([tuple(row) for row in values], dtype).tobytes() for values, dtype in rows]
    return Publication(NOW_NS, *data, aggregates=b"", candles=b"")


def trade(trade_id: int, symbol: int = 0) -> tuple[int, ...]:
    return trade_id, 100, 1, NOW_NS, 7, symbol, 0


def top(update_id: int, symbol: int = 0) -> tuple[int, ...]:
    return update_id, 99, 1, 101, 1, symbol


def join(streams: MarketStreams, *names: str) -> Any:
    ear: Any = Ear(combined=True)
    for name in names:
        streams.subscribe(ear, name)
    return ear


def test_what_comes_together_is_told_together_and_only_the_last_best_price() -> None:
    async def scenario(client: Catalog, streams: MarketStreams) -> None:
        ear = join(streams, "btcusdt@trade", "btcusdt@bookTicker")
        streams.publish(publication(trades=[trade(1), trade(2)], tops=[top(1)]))
        streams.publish(publication(trades=[trade(3)], tops=[top(4)]))
        await asyncio.sleep(0)
        assert not ear.frames
        heard = [message["data"] for message in await ear.heard()]
        assert [data.get("t") or data["u"] for data in heard] == [1, 2, 3, 4]
        streams.publish(publication(tops=[top(5)]))
        assert [message["data"]["u"] for message in await ear.heard()] == [5]

    run(scenario)


def test_best_prices_of_all_symbols_but_one_whose_name_is_not_known_yet() -> None:
    async def scenario(client: Catalog, streams: MarketStreams) -> None:
        everything = join(streams, "!bookTicker")
        streams.publish(publication(tops=[top(1), top(1, symbol=1)]))
        assert [message["data"]["s"] for message in await everything.heard()] == ["BTCUSDT"]
        streams.unsubscribe(everything, "!bookTicker")
        streams.publish(publication(tops=[top(2)]))
        assert await everything.heard() == []

    run(scenario)


def test_news_waits_while_the_outbox_writes_and_no_trade_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(client: Catalog, streams: MarketStreams) -> None:
        # Without a slice of time a turn of the loop serves a few of them, however fast the machine is.
        monkeypatch.setattr(outbox, "SLICE_S", 0.0)
        ears = [join(streams, "btcusdt@trade", "btcusdt@bookTicker") for _ in range(300)]
        rounds = 0
        for number in range(1, 41):
            streams.publish(publication(trades=[trade(number)], tops=[top(number)]))
            await asyncio.sleep(0)
        first, last = ears[0], ears[-1]
        told: list[int] = []
        books: list[int] = []
        while not told or told[-1] < 40 or books[-1] < 40:
            rounds += 1
            assert rounds < 1_000
            for message in await last.heard():
                (told if "t" in message["data"] else books).append(message["data"].get("t") or message["data"]["u"])
        assert told == list(range(1, 41))
        assert len(books) < 40, "under load only the last best price of a round is told"
        assert books == sorted(books)
        assert sum("t" in message["data"] for message in await first.heard()) == 40

    run(scenario)


def test_only_who_listens_is_told_and_only_of_what_they_named() -> None:
    async def scenario(client: Catalog, streams: MarketStreams) -> None:
        client.codes.append("ETHUSDT")
        eth = join(streams, "ethusdt@trade")  # not known here yet: it is listened to in silence
        junk = join(streams, "0", "BTCUSDT@trade", "btcusdt@what")
        btc = join(streams, "btcusdt@trade")
        streams.publish(publication(trades=[trade(1, symbol=1), trade(1)]))
        assert [message["stream"] for message in await btc.heard()] == ["btcusdt@trade"]
        await asyncio.sleep(0.25)  # the next beat learns of it
        streams.publish(publication(trades=[trade(2, symbol=1), trade(2)]))
        assert [(message["stream"], message["data"]["t"]) for message in await eth.heard()] == [("ethusdt@trade", 2)]
        streams.unsubscribe(btc, "btcusdt@trade")
        await btc.heard()
        streams.publish(publication(trades=[trade(3)]))
        assert await btc.heard() == await junk.heard() == []

    run(scenario)


def test_depth_beats_at_both_speeds_and_is_forgotten_with_its_last_listener() -> None:
    async def scenario(client: Catalog, streams: MarketStreams) -> None:
        ear = join(streams, "btcusdt@depth@100ms", "btcusdt@depth")
        change = publication(changes=[(1, 2, 0, 2, 0)], levels=[(99, 5, 1, 0, 0), (101, 4, 2, 0, 1)])
        streams.publish(change)
        heard: list[Any] = []
        for _ in range(60):
            await asyncio.sleep(0.02)
            heard += await ear.heard()
        assert {message["stream"] for message in heard} == {"btcusdt@depth@100ms", "btcusdt@depth"}
        for message in heard:
            data = message["data"]
            assert (data["U"], data["u"], data["E"]) == (1, 2, NOW_NS // NS_PER_MS)
            assert (data["b"], data["a"]) == ([["0.99000000", "0.00005000"]], [["1.01000000", "0.00004000"]])
        streams.unsubscribe(ear, "btcusdt@depth")
        streams.publish(publication(changes=[(3, 3, 0, 1, 0)], levels=[(99, 6, 3, 0, 0)]))
        streams.unsubscribe(ear, "btcusdt@depth@100ms")
        await asyncio.sleep(0.25)
        assert await ear.heard() == []

    run(scenario)
