"""Channels without sockets: what they gather, when they speak, and how often a payload is built."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.examples.test_stream_messages import candle_row, form
from venus.gateway.binance.streams.channels import AveragePrice, Candles, Channel, Depth, PartialDepth, Tickers
from venus.gateway.binance.streams.names import parse_stream
from venus.gateway.outbox import Outbox
from venus.units import NS_PER_MS, NS_PER_S, NS_PER_US
from venus.views.candles import MINUTE_NS, Interval
from venus.views.market_questions import (
    LEVEL,
    TICKER,
    AveragePriceAnswer,
    CandlesAnswer,
    CandlesQuestion,
    DepthAnswer,
    TickerAnswer,
)

NOW_NS = 1_700_000_000 * NS_PER_S


class Ear:
    """A listener that remembers what it was sent."""

    def __init__(self, *, combined: bool = False, unit_ns: int = NS_PER_MS) -> None:
        self.combined = combined
        self.unit_ns = unit_ns
        self.frames: list[bytes] = []
        self.write: Callable[[bytes], None] = self.frames.append

    async def heard(self) -> list[Any]:
        """Everything since it was last asked, after the outbox had its turns."""
        for _ in range(3):
            await asyncio.sleep(0)
        data = b"".join(self.frames)
        self.frames.clear()
        messages = []
        while data:
            size, at = (data[1], 2) if data[1] < 126 else (int.from_bytes(data[2:4], "big"), 4)
            messages.append(msgspec.json.decode(data[at : at + size]))
            data = data[at + size :]
        return messages


def run(scenario: Callable[[Outbox], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario(Outbox(lambda: None))

    asyncio.run(main())


def stream(name: str) -> Any:
    parsed = parse_stream(name)
    assert parsed is not None
    return name, parsed


def test_a_payload_is_built_once_for_each_unit_of_time() -> None:
    async def scenario(outbox: Outbox) -> None:
        channel = Channel("btcusdt@trade", outbox)
        ears = [Ear(), Ear(), Ear(combined=True), Ear(combined=True, unit_ns=NS_PER_US)]
        for ear in ears:
            channel.join(ear)
        built: list[int] = []

        def build(unit_ns: int) -> bytes:
            built.append(unit_ns)
            return b"%d" % unit_ns

        channel.say(build, build)
        assert [await ear.heard() for ear in ears] == [
            [NS_PER_MS] * 2,
            [NS_PER_MS] * 2,
            [{"stream": "btcusdt@trade", "data": NS_PER_MS}] * 2,
            [{"stream": "btcusdt@trade", "data": NS_PER_US}] * 2,
        ]
        assert built == [NS_PER_MS, NS_PER_MS, NS_PER_US, NS_PER_US]
        channel.leave(ears[0])
        channel.say(build)
        assert await ears[0].heard() == []
        for ear in ears[1:]:
            assert not channel.is_empty
            channel.leave(ear)
        assert channel.is_empty

    run(scenario)


def test_depth_tells_the_last_of_each_level_with_all_its_ids() -> None:
    async def scenario(outbox: Outbox) -> None:
        name, parsed = stream("btcusdt@depth@100ms")
        depth, ear = Depth(name, outbox, parsed, form()), Ear()
        depth.join(ear)
        depth.take(10, 12, [(100, 5, 11, 0, 0), (101, 7, 12, 0, 1)], NOW_NS)
        depth.take(13, 13, [(100, 0, 13, 0, 0)], NOW_NS + NS_PER_S)
        depth.flush()
        depth.flush()
        (update,) = await ear.heard()
        assert (update["U"], update["u"], update["E"]) == (10, 13, NOW_NS // NS_PER_MS + 1000)
        assert update["b"] == [["1.00000000", "0.00000000"]]
        assert update["a"] == [["1.01000000", "0.00007000"]]
        depth.take(14, 14, [(100, 1, 14, 0, 0)], NOW_NS)
        depth.flush()
        assert [update["U"] for update in await ear.heard()] == [14]

    run(scenario)


def test_depth_never_hides_a_gap() -> None:
    async def scenario(outbox: Outbox) -> None:
        name, parsed = stream("btcusdt@depth")
        depth, ear = Depth(name, outbox, parsed, form()), Ear()
        depth.join(ear)
        depth.take(1, 4, [(100, 5, 4, 0, 0)], NOW_NS)
        depth.take(6, 7, [(100, 6, 7, 0, 0)], NOW_NS)
        depth.flush()
        assert [(update["U"], update["u"]) for update in await ear.heard()] == [(1, 4), (6, 7)]

    run(scenario)


def test_partial_depth_asks_only_when_the_book_changed_or_someone_is_new() -> None:
    async def scenario(outbox: Outbox) -> None:
        name, parsed = stream("btcusdt@depth5@100ms")
        partial, ear = PartialDepth(name, outbox, parsed, form()), Ear()
        partial.join(ear)
        question = partial.question(NOW_NS)
        assert question is not None
        assert question.limit == 20
        assert partial.question(NOW_NS) is None
        bids = np.array([(100 - i, 1) for i in range(8)], LEVEL)
        partial.tell(DepthAnswer(9, bids.tobytes(), b""), NOW_NS)
        (book,) = await ear.heard()
        assert (book["lastUpdateId"], len(book["bids"]), book["asks"]) == (9, 5, [])
        partial.changed = True
        assert partial.question(NOW_NS) is not None
        partial.join(Ear())
        assert partial.is_awaited
        assert partial.question(NOW_NS) is not None

    run(scenario)


def test_candles_tell_each_that_closed_and_the_present_one_when_it_changed() -> None:
    async def scenario(outbox: Outbox) -> None:
        name, parsed = stream("btcusdt@kline_1m")
        candles, ear = Candles(name, outbox, parsed, form()), Ear()
        candles.join(ear)

        async def told(*rows: np.void) -> list[tuple[int, int, bool]]:
            candles.tell(CandlesAnswer(b"".join(row.tobytes() for row in rows)), NOW_NS)
            return [(m["k"]["t"] // 60_000, m["k"]["n"], m["k"]["x"]) for m in await ear.heard()]

        first = candles.question(NOW_NS)
        assert first == CandlesQuestion(0, Interval.M1, 1, None, None, first.now_ns, 0)
        assert first.now_ns < NOW_NS
        assert await told() == []
        assert await told(candle_row(MINUTE_NS, trades=1)) == [(1, 1, False)]
        assert candles.question(NOW_NS).start_ns == MINUTE_NS
        assert await told(candle_row(MINUTE_NS, trades=1)) == []
        assert await told(candle_row(MINUTE_NS, trades=2)) == [(1, 2, False)]
        assert await told(
            candle_row(MINUTE_NS, trades=2), candle_row(2 * MINUTE_NS), candle_row(3 * MINUTE_NS, trades=4)
        ) == [(1, 2, True), (2, 0, True), (3, 4, False)]
        assert candles.question(NOW_NS).start_ns == 3 * MINUTE_NS
        candles.join(Ear())
        assert await told(candle_row(3 * MINUTE_NS, trades=4)) == [(3, 4, False)]

    run(scenario)


def ticker_rows(*closes: int) -> bytes:
    rows = np.zeros(len(closes), TICKER)
    rows["symbol"] = range(len(closes))
    rows["close_ticks"] = closes
    rows["from_ns"], rows["to_ns"] = np.random.default_rng(1).integers(1, 10**12, 2)
    return rows.tobytes()


@pytest.mark.parametrize("name", ["btcusdt@miniTicker", "btcusdt@ticker", "btcusdt@ticker_1h"])
def test_a_ticker_speaks_when_more_than_its_times_changed(name: str) -> None:
    async def scenario(outbox: Outbox) -> None:
        tickers, ear = Tickers(*stream_with(outbox, name), [form()], is_array=False), Ear()
        tickers.join(ear)
        counts = []
        for close in (5, 5, 6):
            tickers.tell(TickerAnswer(ticker_rows(close)), NOW_NS)
            counts.append([message["c"] for message in await ear.heard()])
        assert counts == [["0.05000000"], [], ["0.06000000"]]

    run(scenario)


def test_the_array_of_tickers_holds_those_that_changed() -> None:
    async def scenario(outbox: Outbox) -> None:
        forms = [form(), form()]
        tickers, ear = Tickers(*stream_with(outbox, "!miniTicker@arr"), forms, is_array=True), Ear()
        tickers.join(ear)
        told = []
        for closes in ((5, 7), (5, 8), (5, 8), (5, 8, 9)):  # the third symbol is not learnt of yet
            tickers.tell(TickerAnswer(ticker_rows(*closes)), NOW_NS)
            told.append([[ticker["c"] for ticker in message] for message in await ear.heard()])
        assert told == [[["0.05000000", "0.07000000"]], [["0.08000000"]], [], []]
        forms.append(form())
        tickers.tell(TickerAnswer(ticker_rows(5, 8, 9)), NOW_NS)
        assert [len(message) for message in await ear.heard()] == [1]

    run(scenario)


def test_a_window_begins_on_a_whole_minute_and_a_day_does_not() -> None:
    async def scenario(outbox: Outbox) -> None:
        now_ns = NOW_NS + 17 * NS_PER_S + 250 * NS_PER_MS
        window = Tickers(*stream_with(outbox, "btcusdt@ticker_1h"), [form()], is_array=False).question(now_ns)
        assert window.from_ns is not None and window.from_ns % MINUTE_NS == 0
        assert 60 * MINUTE_NS <= now_ns - window.from_ns < 61 * MINUTE_NS
        day = Tickers(*stream_with(outbox, "btcusdt@ticker"), [form()], is_array=False).question(now_ns)
        assert (day.window_ns, day.from_ns) == (24 * 60 * MINUTE_NS, None)

    run(scenario)


def stream_with(outbox: Outbox, name: str) -> tuple[Any, ...]:
    name, parsed = stream(name)
    return name, outbox, parsed


def test_an_average_is_told_when_it_changed() -> None:
    async def scenario(outbox: Outbox) -> None:
        average, ear = AveragePrice(*stream_with(outbox, "btcusdt@avgPrice"), form()), Ear()
        average.join(ear)
        told = []
        for quote in (100, 100, 101):
            average.tell(AveragePriceAnswer(0, quote, 0, 1, NOW_NS), NOW_NS)
            told.append([message["w"] for message in await ear.heard()])
        assert told == [["1.00000000"], [], ["1.01000000"]]

    run(scenario)


def test_a_broken_connection_does_not_silence_the_others() -> None:
    async def scenario(outbox: Outbox) -> None:
        channel = Channel("btcusdt@trade", outbox)
        ears = [Ear() for _ in range(3)]
        for ear in ears:
            channel.join(ear)

        def fail(frame: bytes) -> None:
            raise RuntimeError("the transport is gone")

        ears[1].write = fail
        for number in range(2):
            channel.say(lambda _, number=number: b"%d" % number)
        assert await ears[0].heard() == await ears[2].heard() == [0, 1]
        assert outbox.is_empty

    run(scenario)


def test_the_outbox_keeps_order_and_lets_the_loop_turn() -> None:
    """A slow write takes longer than a slice: the loop turns many times before all are served."""

    async def scenario() -> None:
        emptied = 0
        turns = 0
        written: list[tuple[int, bytes]] = []

        class Slow:
            def __init__(self, number: int) -> None:
                self.number = number

            def write(self, frame: bytes) -> None:
                busy_until_s = asyncio.get_running_loop().time() + 0.0001
                while asyncio.get_running_loop().time() < busy_until_s:
                    pass
                written.append((self.number, frame))

        def on_empty() -> None:
            nonlocal emptied
            emptied += 1

        async def count_turns() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        outbox = Outbox(on_empty)
        listeners = [Slow(number) for number in range(100)]
        outbox.put(listeners, b"a")
        outbox.put(listeners[:3], b"b")
        listeners.clear()  # who listens was settled when the frame was put in
        assert not outbox.is_empty
        counting = asyncio.create_task(count_turns())
        await outbox.emptied()
        counting.cancel()
        assert written == [(number, b"a") for number in range(100)] + [(number, b"b") for number in range(3)]
        assert turns >= 3
        assert (emptied, outbox.is_empty) == (1, True)

    asyncio.run(scenario())
