"""A recorded market, played through the front door, is the market that our own streams then show.

A small recording is made up here. The real ones are not part of the project: where they lie beside it they are played
too, the first minutes by default and all of them with --all; where they do not, a warning says so.
"""

import asyncio
import contextlib
import json
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from tests.doors.local_book import LocalBook, levels
from venus.cli.market import replay_market
from venus.engine.places import Places
from venus.testing.market_replay import MAKER, MarketReplay
from venus.testing.recording_world import make_recording_world
from venus.testing.recordings import Changes, Line, Recording, Trade, open_recording
from venus.testing.rest_client import RestClient
from venus.testing.running import RunningExchange

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data"
MADE_NS = 1_722_000_000_000_000_000
BTC, ETH, ORDERS = "btcusdt_20240808.gz", "ethusdt_20240808.gz", "bitstamp-btcusd-20150501-orders.csv.xz"
DEPTH_EVENTS = 150
ORDER_LINES = 2_000
PATIENCE_S = 60.0  # for one depth event to come out of the stream


class Sold(NamedTuple):
    """A trade as the trade stream tells it, or a recorded one."""

    price: Decimal
    quantity: Decimal
    taker_buys: bool


class Follower:
    """What a client sees that follows depth@100ms and trade of one symbol: a kept book, and trades."""

    def __init__(self, stream: ClientConnection, exchange: RunningExchange, symbol: str) -> None:
        self.book: LocalBook
        self.trades: list[Sold] = []
        self.compared = 0
        self._stream = stream
        self._exchange = exchange
        self._rest: RestClient | None = None
        self._symbol = symbol

    def close(self) -> None:
        if self._rest is not None:
            self._rest.close()

    async def begin(self) -> None:
        """Both streams are subscribed to already, so the first snapshot has everything that they do not bring."""
        self.book = LocalBook(await self.snapshot())

    async def snapshot(self, limit: int = 5000) -> dict[str, Any]:
        if self._rest is None or self._rest.ended:  # a whole day is longer than a server keeps an idle connection
            self._rest = await RestClient.connect(self._exchange.rest, self._exchange.accounts[MAKER])
        answer: dict[str, Any] = (await self._rest.ask_public("depth", symbol=self._symbol, limit=limit)).json
        return answer

    async def until(self, seen: Callable[[], bool]) -> None:
        """Take messages until this is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not seen():
                self._take(json.loads(await self._stream.recv()))

    def _take(self, message: dict[str, Any]) -> None:
        data = message["data"]
        if data["e"] == "depthUpdate":
            self.book.take(data)
        else:
            self.trades.append(Sold(Decimal(data["p"]), Decimal(data["q"]), not data["m"]))

    async def compare(self, replay: MarketReplay) -> None:
        """After a depth event: the book that the stream shows is the recording's."""
        newest = (await self.snapshot(limit=5))["lastUpdateId"]
        await self.until(lambda: self.book.last_id >= newest)
        assert self.book.sides == {"b": replay.bids.wanted, "a": replay.asks.wanted}, f"after {self.compared} events"
        self.compared += 1


@contextlib.asynccontextmanager
async def following(exchange: RunningExchange, symbol: str) -> AsyncIterator[Follower]:
    server = exchange.ws.removesuffix("/ws")
    streams = "/".join(f"{symbol.lower()}@{stream}" for stream in ("depth@100ms", "trade"))
    # Read and answered however long nobody asks for a message: a whole day is played between two looks.
    whole = {"max_size": None, "max_queue": None, "ping_interval": None}
    async with connect(f"{server}/stream?streams={streams}", **whole) as stream:
        follower = Follower(stream, exchange, symbol)
        try:
            await follower.begin()
            yield follower
        finally:
            follower.close()


async def play(exchange: RunningExchange, recording: Recording, symbol: str) -> tuple[MarketReplay, Follower]:
    """Play a recording while somebody follows, who compares after every depth event, and trades and book at the end."""
    replay = MarketReplay(exchange.rest, exchange.accounts, symbol)
    recorded: list[Sold] = []
    async with following(exchange, symbol) as follower:
        replay.after_depth = follower.compare
        lines = remembering_trades(recording.lines, recorded)
        try:
            await replay.run(recording._replace(lines=lines), None, lambda _done, _total: None)
        finally:
            replay.close()
        final = await follower.snapshot()
        await follower.until(lambda: follower.book.last_id >= final["lastUpdateId"])
        assert follower.book.levels() == levels(final)
        if recorded:
            await follower.until(lambda: traded(follower.trades) >= traded(recorded))
            assert merged(follower.trades) == merged(recorded)
        else:  # orders that crossed made them
            await follower.until(lambda: len(follower.trades) >= replay.counts["trades made by crossing orders"])
            assert len(follower.trades) == replay.counts["trades made by crossing orders"]
    return replay, follower


def traded(trades: list[Sold]) -> Decimal:
    return sum((trade.quantity for trade in trades), Decimal(0))


def remembering_trades(lines: Iterable[tuple[int, Line]], trades: list[Sold]) -> Iterator[tuple[int, Line]]:
    for number, line in lines:
        if isinstance(line, Trade):
            trades.append(Sold(Decimal(line.price), Decimal(line.quantity), line.taker_buys))
        yield number, line


def merged(trades: list[Sold]) -> list[Sold]:
    """Trades in a row at one price and of one taker's side as one: how many orders they met is not recorded."""
    runs: list[Sold] = []
    for trade in trades:
        if runs and (runs[-1].price, runs[-1].taker_buys) == (trade.price, trade.taker_buys):
            runs[-1] = runs[-1]._replace(quantity=runs[-1].quantity + trade.quantity)
        else:
            runs.append(trade)
    return runs


@contextlib.contextmanager
def recording_exchange(data: Path, recording: Recording, symbol: str) -> Iterator[RunningExchange]:
    data.mkdir()
    make_recording_world(Places(data), symbol, recording.tick, recording.lot, MADE_NS)
    with RunningExchange(data, quiet_market=True, open_limits=True) as exchange:
        yield exchange


def depth(first_id: int, last_id: int, bids: list[list[str]], asks: list[list[str]]) -> str:
    data = {"e": "depthUpdate", "s": "BTCUSDT", "U": first_id, "u": last_id, "b": bids, "a": asks}
    return f"1723161253937085768 {json.dumps({'stream': 'btcusdt@depth@100ms', 'data': data})}"


def trade(price: str, quantity: str, buyer_is_maker: bool) -> str:
    data = {"e": "trade", "s": "BTCUSDT", "p": price, "q": quantity, "m": buyer_is_maker}
    return f"1723161253937085768 {json.dumps({'stream': 'btcusdt@trade', 'data': data})}"


SNAPSHOT = {"lastUpdateId": 20, "bids": [["100.00", "3"], ["99.50", "2"]], "asks": [["100.01", "1.5"], ["102.00", "4"]]}
SMALL = [
    depth(5, 19, [["98.00", "9"]], []),  # older than the book
    depth(18, 22, [["99.50", "2.5"]], [["102.00", "3.99999999"]]),  # early, but newer: applied after the book
    f"1723161253937085768 {json.dumps(SNAPSHOT)}",
    trade("100.01", "0.5", False),
    depth(23, 25, [], [["100.01", "1"]]),
    trade("100.01", "0.25", False),
    trade("100.01", "0.75", False),
    trade("99.50", "1", True),  # through the best bid, which the next event tells gone
    "1723161253937085768 {",
    depth(26, 40, [["100.00", "0"], ["99.50", "1.5"]], [["100.01", "0.00000000"], ["101", "0.00000001"]]),
    trade("100.50", "2", True),  # where nothing rests on either side
    depth(41, 41, [["101.50", "1"]], [["101", "0"], ["102.00", "0"], ["103.00", "7"]]),  # the whole market moves up
]
BOOKS = [
    {"b": {"100.00": "3", "99.50": "2.5"}, "a": {"100.01": "1.5", "102.00": "3.99999999"}},
    {"b": {"100.00": "3", "99.50": "2.5"}, "a": {"100.01": "1", "102.00": "3.99999999"}},
    {"b": {"99.50": "1.5"}, "a": {"101": "0.00000001", "102.00": "3.99999999"}},
    {"b": {"99.50": "1.5", "101.50": "1"}, "a": {"103.00": "7"}},
]


def test_a_small_recording_is_shown_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "small"
    file.write_text("\n".join(SMALL))
    recording = open_recording(file)
    with recording_exchange(tmp_path / "data", recording, "BTCUSDT") as exchange:
        replay, shown = uvloop.run(play_and_keep_books(exchange, recording))
    assert shown == [
        {side: {Decimal(price): Decimal(lots) for price, lots in book[side].items()} for side in "ba"} for book in BOOKS
    ]
    assert [number for number, _ in replay.malformed] == [9]
    assert replay.counts == {
        "depth events older than the book": 1,
        "depth events played": 4,
        "lines: book": 1,
        "lines: changes": 5,
        "lines: malformed": 1,
        "lines: trade": 5,
        "trades played": 5,
    }


async def play_and_keep_books(
    exchange: RunningExchange, recording: Recording
) -> tuple[MarketReplay, list[dict[str, dict[Decimal, Decimal]]]]:
    """As play, and what the follower's book was after each depth event."""
    shown = []
    compare = Follower.compare

    async def compare_and_keep(self: Follower, replay: MarketReplay) -> None:
        await compare(self, replay)
        shown.append({side: dict(of_side) for side, of_side in self.book.sides.items()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Follower, "compare", compare_and_keep)
        replay, _ = await play(exchange, recording, "BTCUSDT")
    return replay, shown


def test_the_command_plays_reports_and_keeps_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, data = tmp_path / "small", tmp_path / "kept"
    file.write_text("\n".join(SMALL))
    assert replay_market(file, data=data) == 1, "a malformed line is no success"
    said = capsys.readouterr().out
    assert "5  trades played" in said
    assert "4  depth events played" in said
    assert "line 9 is malformed: DecodeError" in said
    with RunningExchange(data, open_limits=True) as exchange:
        book = uvloop.run(public_depth(exchange))
    assert book["bids"] == [["101.50000000", "1.00000000"], ["99.50000000", "1.50000000"]]
    assert replay_market(file, data=data) == 1
    assert "is no empty directory" in capsys.readouterr().err


async def public_depth(exchange: RunningExchange) -> dict[str, Any]:
    rest = await RestClient.connect(exchange.rest, exchange.accounts[MAKER])
    try:
        answer: dict[str, Any] = (await rest.ask_public("depth", symbol="BTCUSDT")).json
        return answer
    finally:
        rest.close()


@pytest.mark.parametrize(
    ("content", "symbol", "speed", "why"),
    [
        (SMALL, "BTCXYZ", None, "BTCXYZ does not end in any of"),
        (SMALL, "BTCUSDT", 0.0, "the speed must be above 0"),
        (["hello"], "BTCUSDT", None, "is no recording that is known here"),
    ],
)
def test_the_command_says_why_it_does_not_play(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: list[str],
    symbol: str,
    speed: float | None,
    why: str,
) -> None:
    file = tmp_path / "file"
    file.write_text("\n".join(content))
    assert replay_market(file, symbol=symbol, speed=speed) == 1
    assert why in capsys.readouterr().err


def real_recording(name: str) -> Recording | None:
    """One that lies beside the project; None, with a warning, where it does not."""
    if not (REAL / name).exists():
        warnings.warn(f"no recording {name} beside the project: it was not played", stacklevel=2)
        return None
    return open_recording(REAL / name)


def beginning(recording: Recording, depth_events: int) -> Recording:
    """The recording up to its so-manieth depth event."""

    def lines() -> Iterator[tuple[int, Line]]:
        left = depth_events
        for number, line in recording.lines:
            yield number, line
            left -= isinstance(line, Changes)
            if left == 0:
                return

    return recording._replace(lines=lines())


def check_depth(replay: MarketReplay, follower: Follower) -> None:
    """What is so when a depth recording was played without a gap."""
    counts = replay.counts
    assert replay.malformed == []
    assert counts["depth events played"] + counts["depth events older than the book"] == counts["lines: changes"]
    assert counts["depth events played"] == follower.compared > 0
    assert counts["trades played"] == counts["lines: trade"] > 0
    assert counts["gaps in the recording"] == 0
    print(f"{follower.compared} depth events compared, {len(follower.trades)} trades seen")


def check_orders(replay: MarketReplay, lines_count: int) -> None:
    """What is so when so many lines of a recording of orders were played."""
    counts = replay.counts
    assert replay.malformed == []
    assert counts["lines: order"] == lines_count - 1  # and the header
    assert sum(counts[f"orders {action}"] for action in ("created", "changed", "deleted")) == counts["lines: order"]
    print(dict(counts))


def test_after_every_depth_event_of_a_real_market_the_book_is_the_recordings(tmp_path: Path) -> None:
    recording = real_recording(BTC)
    if recording is None:
        return
    recording = beginning(recording, DEPTH_EVENTS)
    with recording_exchange(tmp_path / "data", recording, "BTCUSDT") as exchange:
        check_depth(*uvloop.run(play(exchange, recording, "BTCUSDT")))


def test_a_day_of_orders_one_by_one_is_played(tmp_path: Path) -> None:
    recording = real_recording(ORDERS)
    if recording is None:
        return
    recording = recording._replace(lines=islice(recording.lines, ORDER_LINES))
    with recording_exchange(tmp_path / "data", recording, "BTCUSD") as exchange:
        replay, _ = uvloop.run(play(exchange, recording, "BTCUSD"))
    check_orders(replay, ORDER_LINES)


@pytest.mark.heavy
def test_whole_recordings_play_to_their_ends(tmp_path: Path) -> None:
    """Side by side: after each depth event a follower waits for the next tenth of a second, so one alone idles."""
    found = [
        (symbol, real_recording(name)) for symbol, name in (("BTCUSDT", BTC), ("ETHUSDT", ETH), ("BTCUSD", ORDERS))
    ]
    recordings = [(symbol, recording) for symbol, recording in found if recording is not None]
    with contextlib.ExitStack() as stack:
        exchanges = [
            stack.enter_context(recording_exchange(tmp_path / symbol, recording, symbol))
            for symbol, recording in recordings
        ]
        with ThreadPoolExecutor() as players:
            played = [
                players.submit(uvloop.run, play(exchange, recording, symbol))
                for exchange, (symbol, recording) in zip(exchanges, recordings, strict=True)
            ]
    for one, (symbol, recording) in zip(played, recordings, strict=True):
        replay, follower = one.result()
        if symbol == "BTCUSD":
            check_orders(replay, recording.lines_count)
        else:
            check_depth(replay, follower)
