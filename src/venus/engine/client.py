"""The only way into the engine, from whichever process."""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import numpy as np

from venus.engine.wire import (
    ACCOUNT,
    COUNT,
    STAMP,
    MessageKind,
    Refusal,
    Unframer,
    message,
)
from venus.records.commands import ColdCommand, Command, encode_cold
from venus.records.events import Event, unpack_events
from venus.views.market_questions import Publication
from venus.views.questions import Answer, Question, decode_answer, encode_question
from venus.views.user_data import Excerpt

GATHERED_COMMANDS_MAX = 256
"""Single commands that share a message. A full queue refuses a message whole, so this bounds what one refusal costs."""

_publication_decoder = msgspec.msgpack.Decoder(Publication)
_excerpt_decoder = msgspec.msgpack.Decoder(Excerpt)


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command; it is durable."""

    sequence: int
    time_ns: int
    events: list[Event]


class Sequenced(NamedTuple):
    """Commands in a row that the engine took, as they stand in the journal: hot records and texts, or a cold one."""

    sequence: int  # of the first
    commands_count: int
    time_ns: int
    hot: bytes
    cold: bytes


witnessed: ContextVar[list[Sequenced] | None] = ContextVar("witnessed", default=None)
"""Where what is sequenced in a task is noted down, if its request wants a receipt.

It goes with the task and not with a parameter, since whoever asks the engine, however deep, must not be able to forget.
"""


def sequenced(command: Command, text: str, outcome: "Outcome") -> Sequenced:
    """One hot command that was sent by `submit_to`."""
    return Sequenced(outcome.sequence, 1, outcome.time_ns, b"".join(_record(command, text)), b"")


class EngineOverloaded(Exception):
    """The engine's queue is full; nothing was taken."""


class EngineRefused(Exception):
    """The engine takes no commands now: it stops, or its disk is full; nothing was taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


class EngineGone(Exception):
    """The connection ended; whether the command was journaled is unknown."""


class EngineClient(asyncio.Protocol):
    """One connection, shared by all callers of a process; what is asked in one turn of the loop leaves in one write."""

    def __init__(self) -> None:
        self._on_publication: Callable[[Publication], None] | None = None
        self.on_excerpt: Callable[[Excerpt], None] | None = None
        """Called with what each frame did to the accounts watched."""
        self._on_market_news: Callable[[], None] | None = None
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._unframer = Unframer()
        self._waiting: dict[int, asyncio.Future | _Batch] = {}
        self._next_id = 1
        self._out: list[bytes] = []
        # Single commands asked for since the last write: they leave as one message.
        self._records: list[bytes] = []
        self._texts: list[bytes] = []
        self._takers: list[Taker] = []
        self._transport: asyncio.Transport

    @classmethod
    async def connect(cls, path: Path, patience_s: float = 0.0) -> "EngineClient":
        """Raises OSError if the engine does not listen there within `patience_s`."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + patience_s
        while True:
            try:
                _, client = await loop.create_unix_connection(cls, str(path))
                return client
            except (FileNotFoundError, ConnectionRefusedError):
                if loop.time() >= deadline_s:
                    raise
                await asyncio.sleep(0.02)

    async def submit(self, command: Command, text: str = "") -> Outcome:
        """One hot command; `text` is its client id text. Raises EngineOverloaded, EngineRefused, EngineGone."""
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self.submit_to(_Waiter(future), command, text)
        outcome = await future
        noted = witnessed.get()
        if noted is not None:
            noted.append(sequenced(command, text, outcome))
        return outcome

    def submit_to(self, taker: "Taker", command: Command, text: str = "") -> None:
        """As `submit`, for a caller that does not wait: `taker` is called once with what would be returned or raised.

        Raises EngineGone if it is known already.
        """
        if self.gone.done():
            raise EngineGone("not connected")
        if len(self._takers) == GATHERED_COMMANDS_MAX:
            self._send_commands()
        if not self._takers and not self._out:
            self._loop.call_soon(self._flush)
        record, data = _record(command, text)
        self._records.append(record)
        self._texts.append(data)
        self._takers.append(taker)

    async def submit_linked(self, pairs: Sequence[tuple[Command, str]]) -> list[Outcome]:
        """Hot commands in a row in one frame: a cancel and its replacement, or many at once (at most 16,384)."""
        records = [_record(command, text) for command, text in pairs]
        parts = b"".join(record for record, _ in records), b"".join(text for _, text in records)
        first, time_ns, data = await self._submit(len(pairs), *parts)
        noted = witnessed.get()
        if noted is not None:
            noted.append(Sequenced(first, len(pairs), time_ns, b"".join(parts), b""))
        outcomes = [Outcome(first + i, time_ns, []) for i in range(len(pairs))]
        for event in unpack_events(data):
            outcomes[event.sequence - first].events.append(event)
        return outcomes

    async def submit_cold(self, command: ColdCommand) -> Outcome:
        """One cold command."""
        encoded = encode_cold(command)
        sequence, time_ns, data = await self._call(MessageKind.COLD, encoded)
        noted = witnessed.get()
        if noted is not None:
            noted.append(Sequenced(sequence, 1, time_ns, b"", encoded))
        return Outcome(sequence, time_ns, list(unpack_events(data)))

    async def ask(self, question: Question) -> Answer:
        """A view's answer; it sees everything that was acknowledged before."""
        return await self._call(MessageKind.ASK, encode_question(question))

    @property
    def on_publication(self) -> Callable[[Publication], None] | None:
        """Called with what changed in the markets, after every frame from when it was set on."""
        return self._on_publication

    @on_publication.setter
    def on_publication(self, callback: Callable[[Publication], None]) -> None:
        self._on_publication = callback
        self._send(message(MessageKind.SUBSCRIBE, 0))

    @property
    def on_market_news(self) -> Callable[[], None] | None:
        """Called after every frame that changed the market between people, from when it was set on."""
        return self._on_market_news

    @on_market_news.setter
    def on_market_news(self, callback: Callable[[], None]) -> None:
        self._on_market_news = callback
        self._send(message(MessageKind.FOLLOW_MARKET, 0))

    def watch(self, accounts: Sequence[int]) -> None:
        """Have `on_excerpt` called for these accounts, for every frame later than any answer asked for from now on."""
        self._send(message(MessageKind.WATCH, 0, np.array(accounts, ACCOUNT).tobytes()))

    def unwatch(self, accounts: Sequence[int]) -> None:
        self._send(message(MessageKind.UNWATCH, 0, np.array(accounts, ACCOUNT).tobytes()))

    def close(self) -> None:
        self._transport.close()

    def _send_commands(self) -> None:
        """Put the single commands gathered into one message; they may share a frame, and need not."""
        takers, self._takers = self._takers, []
        records, self._records = self._records, []
        texts, self._texts = self._texts, []
        message_id = self._next_id
        self._next_id = message_id + 1
        self._waiting[message_id] = _Batch(takers)
        body = (COUNT.pack(len(takers)), *records, *texts)
        self._out.append(message(MessageKind.SUBMIT, message_id, *body))

    def _submit(self, count: int, records: bytes, texts: bytes) -> asyncio.Future:
        return self._call(MessageKind.SUBMIT, COUNT.pack(count), records, texts)

    def _call(self, kind: MessageKind, *body: bytes) -> asyncio.Future:
        if self.gone.done():
            raise EngineGone("not connected")
        future = self._loop.create_future()
        message_id = self._next_id
        self._next_id = message_id + 1
        self._waiting[message_id] = future
        self._send(message(kind, message_id, *body))
        return future

    def _send(self, data: bytes) -> None:
        if self._takers:  # what was asked for first leaves first
            self._send_commands()
        elif not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        if self._takers:
            self._send_commands()
        data, self._out = b"".join(self._out), []
        self._transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set_result(None)
        if self._takers:
            self._send_commands()
        waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            if not one.done():
                one.set_exception(EngineGone("the engine's connection ended; the outcome is unknown"))

    def data_received(self, data: bytes) -> None:
        for kind, message_id, body in self._unframer.feed(data):
            if kind == MessageKind.PUBLICATION:
                if self._on_publication is not None:
                    self._on_publication(_publication_decoder.decode(body))
                continue
            if kind == MessageKind.EXCERPT:
                if self.on_excerpt is not None:
                    self.on_excerpt(_excerpt_decoder.decode(body))
                continue
            if kind == MessageKind.MARKET_NEWS:
                if self._on_market_news is not None:
                    self._on_market_news()
                continue
            future = self._waiting.pop(message_id)
            if future.done():  # its caller gave up waiting
                continue
            if kind == MessageKind.OUTCOME:
                first, time_ns = STAMP.unpack_from(body)
                future.set_result((first, time_ns, bytes(body[STAMP.size :])))
            elif kind == MessageKind.ANSWER:
                future.set_result(decode_answer(bytes(body)))
            else:
                future.set_exception(_refused(Refusal(body[0])))


Taker = Callable[[Outcome | Exception], None]
"""Takes what became of a command."""


class _Waiter:
    """Gives a future what became of a command, unless its caller gave up waiting."""

    __slots__ = ("_future",)

    def __init__(self, future: asyncio.Future[Outcome]) -> None:
        self._future = future

    def __call__(self, outcome: Outcome | Exception) -> None:
        if self._future.done():
            return
        if isinstance(outcome, Exception):
            self._future.set_exception(outcome)
        else:
            self._future.set_result(outcome)


class _Batch:
    """Several callers' single commands in one message, in their order."""

    __slots__ = ("_takers",)

    def __init__(self, takers: list[Taker]) -> None:
        self._takers = takers

    def done(self) -> bool:
        return False  # somebody may still wait

    def set_result(self, result: Any) -> None:
        sequence, time_ns, data = result  # of an OUTCOME: nothing else answers a submission
        events = iter(unpack_events(data))
        event = next(events, None)
        for taker in self._takers:
            own = []
            while event is not None and event.sequence == sequence:
                own.append(event)
                event = next(events, None)
            taker(Outcome(sequence, time_ns, own))
            sequence += 1

    def set_exception(self, error: Exception) -> None:
        for taker in self._takers:
            taker(error)


def _record(command: Command, text: str) -> tuple[bytes, bytes]:
    """The command's record with its text's length in it, and the text."""
    data = text.encode()
    if command.text_bytes != len(data):
        command = command._replace(text_bytes=len(data))
    return command.pack(), data


def _refused(refusal: Refusal) -> Exception:
    if refusal == Refusal.OVERLOADED:
        return EngineOverloaded("the engine's queue is full; try again")
    if refusal == Refusal.HALTED:
        return EngineGone("the engine halted; the outcome is unknown")
    return EngineRefused(refusal)
