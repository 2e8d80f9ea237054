"""One stream and everyone who listens to it: what each kind keeps, asks, and says.

A payload is built at most once for each unit of time and framed at most once more for combined streams, however many
listen. Streams that speak as things happen are told by publications; the others ask a question of the views when they
are due, and equal questions are asked once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from venus.gateway.binance.streams import messages
from venus.gateway.binance.streams.decimals import SymbolFormat
from venus.gateway.binance.streams.names import Stream, StreamKind
from venus.gateway.outbox import Outbox
from venus.gateway.websocket import text_frame
from venus.units import NS_PER_MS, NS_PER_US
from venus.views.candles import CANDLE, MINUTE_NS
from venus.views.market_questions import (
    LEVEL,
    ROWS_MAX,
    TICKER,
    AveragePriceAnswer,
    AveragePriceQuestion,
    CandlesAnswer,
    CandlesQuestion,
    DepthAnswer,
    DepthQuestion,
    Question,
    TickerAnswer,
    TickerQuestion,
)

UNITS_NS = (NS_PER_MS, NS_PER_US)
LEVELS_MAX = 20
SETTLING_NS = 50 * NS_PER_MS
"""A candle is told closed so much later, when the trades of its last moment are in."""
_OF_DAY = ("open_ticks", "high_ticks", "low_ticks", "close_ticks", "lots_hi", "lots_lo", "quote_hi", "quote_lo")
_NOT_OF_TIME = [name for name in TICKER.names or () if name not in ("from_ns", "to_ns")]


class Listener(Protocol):
    """A connection as a channel sees it."""

    write: Callable[[bytes], None]
    combined: bool
    unit_ns: int

    def drop(self) -> None: ...


class Channel:
    """Those who listen to one name. Without a stream behind the name nothing is ever said on it."""

    def __init__(self, name: str, outbox: Outbox) -> None:
        self._outbox = outbox
        self._wrapper = messages.wrapper(name)
        # Raw in ms and in us, then combined in ms and in us; dictionaries because they keep the order of arrival.
        self._audiences: tuple[dict[Listener, None], ...] = ({}, {}, {}, {})

    @property
    def is_empty(self) -> bool:
        return not any(self._audiences)

    def join(self, listener: Listener) -> None:
        self._audience_of(listener)[listener] = None

    def leave(self, listener: Listener) -> None:
        """Safe for one who does not listen."""
        for audience in self._audiences:
            audience.pop(listener, None)

    def listeners(self) -> list[Listener]:
        return [listener for audience in self._audiences for listener in audience]

    def say(self, *builds: Callable[[int], bytes]) -> None:
        """Send everyone the payloads in a row; each is what its function makes for a unit of time in ns."""
        for unit_ns in UNITS_NS:
            if self.has_listeners(unit_ns):
                self.say_in(unit_ns, *[build(unit_ns) for build in builds])

    def say_in(self, unit_ns: int, *payloads: bytes) -> None:
        """Send payloads to those who want times in this unit."""
        place = UNITS_NS.index(unit_ns)
        raw, combined = self._audiences[place], self._audiences[place + 2]
        if raw:
            self._outbox.put(raw, b"".join(map(text_frame, payloads)))
        if combined:
            frames = [text_frame(messages.wrapped(self._wrapper, payload)) for payload in payloads]
            self._outbox.put(combined, b"".join(frames))

    def has_listeners(self, unit_ns: int) -> bool:
        place = UNITS_NS.index(unit_ns)
        return bool(self._audiences[place] or self._audiences[place + 2])

    def _audience_of(self, listener: Listener) -> dict[Listener, None]:
        return self._audiences[UNITS_NS.index(listener.unit_ns) + 2 * listener.combined]


class Depth(Channel):
    """Levels that changed since it last spoke, with their update ids U to u; nothing is said when nothing changed."""

    def __init__(self, name: str, outbox: Outbox, stream: Stream, form: SymbolFormat) -> None:
        super().__init__(name, outbox)
        self.every_ns = stream.every_ns
        self._form = form
        self._sides: tuple[dict[int, int], dict[int, int]] = ({}, {})  # lots by price in ticks; bids, asks
        self._first_update_id = 0
        self._last_update_id = 0
        self._event_ns = 0

    def take(self, first_update_id: int, last_update_id: int, levels: list[tuple[int, ...]], event_ns: int) -> None:
        """Take what one publication changed: LEVEL_CHANGE as tuples, of this symbol."""
        if self._first_update_id and first_update_id != self._last_update_id + 1:
            # Publications were lost. What was gathered is told by itself, so that the gap shows in the ids.
            self.flush()
        if not self._first_update_id:
            self._first_update_id = first_update_id
        self._last_update_id = last_update_id
        self._event_ns = event_ns
        for price_ticks, lots, _, _, side in levels:
            self._sides[side][price_ticks] = lots

    def flush(self) -> None:
        if not self._first_update_id:
            return
        ids, (bids, asks), event_ns, form = (
            (self._first_update_id, self._last_update_id),
            self._sides,
            self._event_ns,
            self._form,
        )
        self.say(lambda unit_ns: messages.depth_update(form, ids, bids, asks, event_ns, unit_ns))
        self._sides = ({}, {})
        self._first_update_id = 0


class Timed(Channel, ABC):
    """A stream that asks when it is due, and speaks if the answer is news. `tell` takes the question's answer."""

    def __init__(self, name: str, outbox: Outbox, stream: Stream) -> None:
        super().__init__(name, outbox)
        self.every_ns = stream.every_ns
        self.stream = stream
        self.is_awaited = False  # by someone new, who need not wait until it is due

    def join(self, listener: Listener) -> None:
        super().join(listener)
        self.is_awaited = True
        self.repeat()

    @abstractmethod
    def repeat(self) -> None:
        """What was said last is news once more."""

    @abstractmethod
    def question(self, now_ns: int) -> Question | None:
        """What to ask now; None if it cannot have changed."""

    @abstractmethod
    def tell(self, answer: Any, now_ns: int) -> None:
        """Speak, if the answer is news."""


class PartialDepth(Timed):
    """The best levels, when the book has changed."""

    def __init__(self, name: str, outbox: Outbox, stream: Stream, form: SymbolFormat) -> None:
        super().__init__(name, outbox, stream)
        self._form = form
        self.changed = True

    def repeat(self) -> None:
        self.changed = True

    def question(self, now_ns: int) -> DepthQuestion | None:
        if not self.changed:
            return None
        self.changed = False
        # Always as many as the longest asks for, so that all lengths share one question.
        return DepthQuestion(self._form.number, LEVELS_MAX)

    def tell(self, answer: DepthAnswer, now_ns: int) -> None:
        bids, asks = (np.frombuffer(side, LEVEL)[: self.stream.levels] for side in (answer.bids, answer.asks))
        payload = messages.partial_depth(self._form, answer.last_update_id, bids, asks)
        self.say(lambda unit_ns: payload)


class Candles(Timed):
    """The present candle when it changed, after each one that closed meanwhile; a candle without trades is flat."""

    def __init__(self, name: str, outbox: Outbox, stream: Stream, form: SymbolFormat) -> None:
        super().__init__(name, outbox, stream)
        self._form = form
        self._open_ns: int | None = None  # of the candle last spoken of
        self._said = b""

    def repeat(self) -> None:
        self._said = b""

    def question(self, now_ns: int) -> CandlesQuestion:
        limit = 1 if self._open_ns is None else ROWS_MAX
        interval, offset_ns = self.stream.interval, self.stream.offset_ns
        settled_ns = now_ns - SETTLING_NS
        return CandlesQuestion(self._form.number, interval, limit, self._open_ns, None, settled_ns, offset_ns)

    def tell(self, answer: CandlesAnswer, now_ns: int) -> None:
        rows = np.frombuffer(answer.candles, CANDLE)
        for row in rows[:-1]:
            self._say_candle(row, now_ns, closed=True)
        for row in rows[-1:]:
            if row.tobytes() != self._said:
                self._say_candle(row, now_ns, closed=False)
            self._open_ns, self._said = int(row["open_ns"]), row.tobytes()

    def _say_candle(self, row: np.void, now_ns: int, *, closed: bool) -> None:
        form, stream = self._form, self.stream
        self.say(lambda unit_ns: messages.candle(form, stream, row, now_ns, unit_ns, closed=closed))


class Tickers(Timed):
    """One symbol's ticker, or those of all symbols as an array of the ones that changed."""

    def __init__(self, name: str, outbox: Outbox, stream: Stream, forms: list[SymbolFormat], *, is_array: bool) -> None:
        """`forms` is of one symbol, or the live list of all by number."""
        super().__init__(name, outbox, stream)
        self._forms = forms
        self._is_array = is_array
        self._compared = list(_OF_DAY) if stream.kind == StreamKind.MINI_TICKER else _NOT_OF_TIME
        self._said: dict[int, tuple[Any, ...]] = {}  # by symbol

    def repeat(self) -> None:
        self._said = {}

    def question(self, now_ns: int) -> TickerQuestion:
        symbols = () if self._is_array else (self._forms[0].number,)
        window_ns = self.stream.window_ns
        if self.stream.kind == StreamKind.WINDOW_TICKER:
            return TickerQuestion(symbols, window_ns, now_ns, (now_ns - window_ns) // MINUTE_NS * MINUTE_NS)
        return TickerQuestion(symbols, window_ns, now_ns)

    def tell(self, answer: TickerAnswer, now_ns: int) -> None:
        fresh = []
        for row in np.frombuffer(answer.tickers, TICKER):
            symbol, facts = int(row["symbol"]), tuple(row[self._compared].tolist())
            if self._said.get(symbol) != facts and (symbol < len(self._forms) or not self._is_array):
                self._said[symbol] = facts
                fresh.append((self._forms[symbol if self._is_array else 0], row))
        if fresh and self._is_array:
            self.say(lambda unit_ns: messages.array(self._payload(form, row, now_ns, unit_ns) for form, row in fresh))
        elif fresh:
            self.say(lambda unit_ns: self._payload(*fresh[0], now_ns, unit_ns))

    def _payload(self, form: SymbolFormat, row: np.void, now_ns: int, unit_ns: int) -> bytes:
        if self.stream.kind == StreamKind.MINI_TICKER:
            return messages.mini_ticker(form, row, now_ns, unit_ns)
        if self.stream.kind == StreamKind.TICKER:
            return messages.ticker(form, row, now_ns, unit_ns)
        return messages.window_ticker(form, row, self.stream.label, now_ns, unit_ns)


class AveragePrice(Timed):
    """The average price, when it changed."""

    def __init__(self, name: str, outbox: Outbox, stream: Stream, form: SymbolFormat) -> None:
        super().__init__(name, outbox, stream)
        self._form = form
        self._said: AveragePriceAnswer | None = None

    def repeat(self) -> None:
        self._said = None

    def question(self, now_ns: int) -> AveragePriceQuestion:
        return AveragePriceQuestion(self._form.number, now_ns)

    def tell(self, answer: AveragePriceAnswer, now_ns: int) -> None:
        if answer != self._said:
            self._said = answer
            self.say(lambda unit_ns: messages.average_price(self._form, answer, now_ns, unit_ns))


TIMED: dict[StreamKind, Callable[[str, Outbox, Stream, SymbolFormat], Timed]] = {
    StreamKind.PARTIAL_DEPTH: PartialDepth,
    StreamKind.CANDLE: Candles,
    StreamKind.AVERAGE_PRICE: AveragePrice,
}
TICKERS = frozenset({StreamKind.MINI_TICKER, StreamKind.TICKER, StreamKind.WINDOW_TICKER})
