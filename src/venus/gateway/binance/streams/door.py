"""The market streams: every publication of the engine goes to whoever listens, and the timed streams beat.

`publish` only gathers; what was gathered is told as soon as the round before it is written. So with time to spare each
change is told by itself, and under load a round holds more: every trade still, but of each best price only the last.
The timed streams share one pulse of 100 ms: depth tells what gathered, the others ask the views.
Source: [D] web-socket-streams.md.
"""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import numpy as np
import structlog

from venus.engine.client import EngineClient, EngineGone
from venus.gateway.binance.attempts import Attempts, refusal, too_many
from venus.gateway.binance.streams import messages
from venus.gateway.binance.streams.channels import TICKERS, TIMED, Channel, Depth, PartialDepth, Tickers, Timed
from venus.gateway.binance.streams.decimals import SymbolFormat
from venus.gateway.binance.streams.names import FAST_NS, SLOW_NS, Stream, StreamKind, parse_stream
from venus.gateway.binance.streams.session import StreamRules, StreamSession, read_opening
from venus.gateway.binance.symbols import Symbols
from venus.gateway.outbox import Outbox
from venus.gateway.websocket import Refusal, Upgrade, WebSocket
from venus.units import NS_PER_S
from venus.views.market_questions import AGGREGATE, LEVEL_CHANGE, SYMBOL_CHANGE, TOP, TRADE, Publication, Question

_log = structlog.get_logger("streams")

_BAD_UNIT = "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
_SYMBOL_OF_TRADE = (TRADE.names or ()).index("symbol")
_SYMBOL_OF_AGGREGATE = (AGGREGATE.names or ()).index("symbol")
_SYMBOL_OF_TOP = (TOP.names or ()).index("symbol")


Build = Callable[[int], bytes]
Kind = TypeVar("Kind", bound=Channel)


class MarketStreams:
    """The door: accepts connections, keeps the channels, and fills them. Nothing here outlives its connections."""

    def __init__(
        self,
        client: EngineClient,
        symbols: Symbols,
        rules: StreamRules | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.rules = rules or StreamRules()
        self._client = client
        self._symbols = symbols
        self._clock_ns = clock_ns
        self._forms: list[SymbolFormat] = []  # by symbol number
        self._numbers: dict[str, int] = {}  # of symbols, by code
        self._sessions: dict[StreamSession, None] = {}
        self._channels: dict[str, Channel] = {}
        self._mute: dict[str, Channel] = {}  # those whose name means nothing, or nothing yet
        # Those told by publications, by symbol.
        self._trades: dict[int, Channel] = {}
        self._aggregates: dict[int, Channel] = {}
        self._book_tickers: dict[int, Channel] = {}
        self._all_books: Channel | None = None
        self._depths: dict[int, list[Depth]] = {}
        self._partials: dict[int, list[PartialDepth]] = {}
        self._timed: dict[str, Timed] = {}
        self.private: Callable[[str, Outbox], Channel | None] | None = None
        """Opens streams whose names are secrets; asked first."""
        self._is_puzzled = False  # by a symbol that may just have been listed
        self._attempts = Attempts(self.rules.connections_5m_max)
        # Gathered and not yet told: what to say on each channel; of best prices the last row of each symbol.
        self._news: dict[Channel, list[Build]] = {}
        self._tops: dict[int, tuple[int, ...]] = {}
        self._outbox = Outbox(self._tell)
        self._telling = False
        self._pulse: asyncio.Task[None] | None = None
        self._stopping = False

    # Life

    async def start(self) -> None:
        """Learn what is listed, listen to the engine, and beat from now on."""
        await self._learn()
        self._client.on_publication = self.publish
        self._pulse = asyncio.create_task(self._beat_for_ever(), name="streams")

    async def stop(self) -> None:
        """Say so to everyone, and wait until all are gone; nobody takes longer than a farewell."""
        self._stopping = True
        if self._pulse is not None:
            self._pulse.cancel()
        now_ns, sessions = self._clock_ns(), list(self._sessions)
        for session in sessions:
            session.shut_down(now_ns)
        await asyncio.gather(*(session.disconnected for session in sessions))

    @property
    def sessions_count(self) -> int:
        return len(self._sessions)

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        """A connection for a URL that opens one."""
        if self._stopping:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, -1016, "This service is no longer available.")
        try:
            opening = read_opening(upgrade)
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, -1194, _BAD_UNIT)
        if opening is None:
            return refusal(HTTPStatus.NOT_FOUND, -1020, "This operation is not supported.")
        wait_s = self._attempts.refuse(upgrade.address, self._clock_ns() // NS_PER_S)
        if wait_s:
            return too_many(self.rules.connections_5m_max, wait_s)
        if len(opening.names) > self.rules.streams_max:
            return refusal(HTTPStatus.BAD_REQUEST, -1130, "Too many streams.")
        return StreamSession(self, opening, self.rules)

    # Who listens

    def enter(self, session: StreamSession) -> None:
        self._sessions[session] = None

    def exit(self, session: StreamSession) -> None:
        del self._sessions[session]

    def subscribe(self, session: StreamSession, name: str) -> None:
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = self._open(name)
        channel.join(session)

    def unsubscribe(self, session: StreamSession, name: str) -> None:
        channel = self._channels[name]
        channel.leave(session)
        if channel.is_empty:
            del self._channels[name]
            self._forget(name, channel)

    def _open(self, name: str) -> Channel:
        """A new channel, filed by what will fill it."""
        private = self.private(name, self._outbox) if self.private is not None else None
        if private is not None:
            return private
        stream = parse_stream(name)
        if stream is None or (stream.code and stream.code not in self._numbers):
            self._is_puzzled |= stream is not None
            channel = self._mute[name] = Channel(name, self._outbox)
            return channel
        if stream.kind in TICKERS:
            return self._open_tickers(name, stream)
        if not stream.code:
            self._all_books = Channel(name, self._outbox)
            return self._all_books
        number = self._numbers[stream.code]
        form = self._forms[number]
        if stream.kind == StreamKind.DEPTH:
            depth = Depth(name, self._outbox, stream, form)
            self._depths.setdefault(number, []).append(depth)
            return depth
        if stream.kind in TIMED:
            timed = self._timed[name] = TIMED[stream.kind](name, self._outbox, stream, form)
            if isinstance(timed, PartialDepth):
                self._partials.setdefault(number, []).append(timed)
            return timed
        channel = self._told(stream.kind)[number] = Channel(name, self._outbox)
        return channel

    def _open_tickers(self, name: str, stream: Stream) -> Tickers:
        is_array = not stream.code
        forms = self._forms if is_array else [self._forms[self._numbers[stream.code]]]
        tickers = self._timed[name] = Tickers(name, self._outbox, stream, forms, is_array=is_array)
        return tickers

    def _told(self, kind: StreamKind) -> dict[int, Channel]:
        return {
            StreamKind.TRADE: self._trades,
            StreamKind.AGGREGATE: self._aggregates,
            StreamKind.BOOK_TICKER: self._book_tickers,
        }[kind]

    def _forget(self, name: str, channel: Channel) -> None:
        """Take a channel from wherever it is filed."""
        self._mute.pop(name, None)
        self._timed.pop(name, None)
        if channel is self._all_books:
            self._all_books = None
        stream = parse_stream(name)
        number = self._numbers.get(stream.code) if stream is not None else None
        if number is None:
            return
        for single in (self._trades, self._aggregates, self._book_tickers):
            if single.get(number) is channel:
                del single[number]
        _take_out(self._depths, number, channel)
        _take_out(self._partials, number, channel)

    # What is told as it happens

    def publish(self, publication: Publication) -> None:
        """Gather what one publication says to those who listen."""
        event_ns = publication.time_ns
        if self._trades and publication.trades:
            for row in np.frombuffer(publication.trades, TRADE).tolist():
                self._note(self._trades, row[_SYMBOL_OF_TRADE], messages.trade, row, event_ns)
        if self._aggregates and publication.aggregates:
            for row in np.frombuffer(publication.aggregates, AGGREGATE).tolist():
                self._note(self._aggregates, row[_SYMBOL_OF_AGGREGATE], messages.aggregate, row, event_ns)
        if (self._book_tickers or self._all_books) and publication.tops:
            for row in np.frombuffer(publication.tops, TOP).tolist():
                self._tops[row[_SYMBOL_OF_TOP]] = row
        if (self._depths or self._partials) and publication.changes:
            self._take_levels(publication)
        if (self._news or self._tops) and not self._telling:
            self._telling = True
            # Not at once: what else was read together with this publication is told together with it.
            asyncio.get_running_loop().call_soon(self._tell)

    def _note(
        self,
        channels: dict[int, Channel],
        symbol: int,
        build: Callable[[SymbolFormat, tuple[int, ...], int, int], bytes],
        row: tuple[int, ...],
        event_ns: int,
    ) -> None:
        channel = channels.get(symbol)
        if channel is not None:
            form = self._forms[symbol]
            self._news.setdefault(channel, []).append(lambda unit_ns: build(form, row, event_ns, unit_ns))

    def _tell(self) -> None:
        """Put into the outbox what was gathered, unless it is still writing: it calls again when it is empty."""
        if not self._outbox.is_empty:
            return
        self._telling = False
        news, tops = self._news, self._tops
        self._news, self._tops = {}, {}
        for channel, builds in news.items():
            channel.say(*builds)
        for symbol, row in tops.items():
            if symbol >= len(self._forms):
                continue  # listed a moment ago: its name is learned with the next second
            for channel in filter(None, (self._book_tickers.get(symbol), self._all_books)):
                channel.say(_always(messages.book_ticker(self._forms[symbol], row)))
        self._telling = not self._outbox.is_empty

    def _take_levels(self, publication: Publication) -> None:
        levels = np.frombuffer(publication.levels, LEVEL_CHANGE)
        for first_id, last_id, start, count, symbol in np.frombuffer(publication.changes, SYMBOL_CHANGE).tolist():
            for partial in self._partials.get(symbol, ()):
                partial.changed = True
            depths = self._depths.get(symbol)
            if depths:
                changed = levels[start : start + count].tolist()
                for depth in depths:
                    depth.take(first_id, last_id, changed, publication.time_ns)

    # What is told in time

    async def _beat_for_ever(self) -> None:
        """Beat on every tenth of a second of the clock; a beat that takes longer delays the next, none is made up.

        Of the system's clock, also when what is told follows another: listeners wait in their own time.
        """
        last_beat = time.time_ns() // FAST_NS
        while True:
            await asyncio.sleep((FAST_NS - time.time_ns() % FAST_NS) / NS_PER_S)
            beat = time.time_ns() // FAST_NS
            if beat <= last_beat:
                continue  # the timer was early by a hair, or the clock was set back
            await self._outbox.emptied()
            try:
                await self._beat(last_beat, beat)
            except EngineGone:
                return  # whoever holds this door learns of it too, and stops it
            except Exception:  # noqa: BLE001  logged
                # One bad answer must not silence every stream for ever; what was missed is said at the next beat.
                _log.exception("a beat of the streams failed")
            last_beat = beat

    async def _beat(self, last_beat: int, beat: int) -> None:
        """Do what became due after `last_beat`, up to `beat`: numbers of tenths of a second.

        Whole seconds are due a tenth late, so that a candle that just closed is told then, and not a second later.
        """

        def is_due(every_ns: int) -> bool:
            beats = every_ns // FAST_NS
            return (beat - 1) // beats > (last_beat - 1) // beats

        for depths in list(self._depths.values()):
            for depth in depths:
                if is_due(depth.every_ns):
                    depth.flush()
        if is_due(SLOW_NS) or self._is_puzzled:
            self._is_puzzled = False
            await self._learn()
        now_ns = self._clock_ns()
        asked: dict[Question, list[Timed]] = {}
        for timed in self._timed.values():
            if not timed.is_awaited and not is_due(timed.every_ns):
                continue
            timed.is_awaited = False
            question = timed.question(now_ns)
            if question is not None:
                asked.setdefault(question, []).append(timed)
        answers = await asyncio.gather(*map(self._client.ask, asked))
        for answer, channels in zip(answers, asked.values(), strict=True):
            for timed in channels:
                timed.tell(answer, now_ns)

    async def _learn(self) -> None:
        """Take in what was listed since, and give a voice to names that waited for it."""
        await self._symbols.refresh()
        fresh = self._symbols.markets[len(self._forms) :]
        for market in fresh:
            self._forms.append(SymbolFormat(market))
            self._numbers[market.code] = market.number
        for name, mute in list(self._mute.items()) if fresh else ():
            del self._mute[name]
            channel = self._channels[name] = self._open(name)
            for listener in mute.listeners():
                channel.join(listener)


def _always(payload: bytes) -> Build:
    return lambda unit_ns: payload


def _take_out(several: dict[int, list[Kind]], number: int, channel: Channel) -> None:
    remaining = [one for one in several.get(number, ()) if one is not channel]
    if remaining:
        several[number] = remaining
    else:
        several.pop(number, None)
