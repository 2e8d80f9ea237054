"""The engine's side of its socket."""

import asyncio
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import structlog

from venus.engine.wire import (
    ACCOUNT,
    COUNT,
    FRAME_COMMANDS_MAX,
    STAMP,
    TEXT_BYTES_AT,
    MessageKind,
    Refusal,
    Unframer,
    message,
)
from venus.engine.writer import Submission, Writer
from venus.records.batch import Batch
from venus.records.commands import COMMAND, ColdCommand, decode_cold
from venus.views.market_questions import Publication
from venus.views.p2p import is_market_news
from venus.views.questions import Answer, decode_question, encode_answer
from venus.views.user_data import Watched

_log = structlog.get_logger("engine")
_encoder = msgspec.msgpack.Encoder()
_MARKET_NEWS = message(MessageKind.MARKET_NEWS, 0)
_BEHIND_BYTES_MAX = 64 << 20
"""A client that reads so much slower than it is told is cut off, so that the engine's memory stays bounded."""


class _Connection(asyncio.Protocol):
    def __init__(self, server: "Server") -> None:
        self._server = server
        self._unframer = Unframer()
        self._out: list[bytes] = []
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self._server.subscribers.discard(self)
        self._server.watchers.pop(self, None)
        self._server.followers.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            for kind, message_id, body in self._unframer.feed(data):
                self._take(kind, message_id, body)
        except ValueError as error:
            _log.error("a client sent what is no message", error=str(error))
            self._transport.abort()

    def _take(self, kind: int, message_id: int, body: memoryview) -> None:
        match kind:
            case MessageKind.SUBMIT:
                self._submit(message_id, body)
            case MessageKind.COLD:
                self._submit_cold(message_id, body)
            case MessageKind.ASK:
                self._server.writer.ask(decode_question(bytes(body)), lambda answer: self._answered(message_id, answer))
            case MessageKind.SUBSCRIBE:
                self._server.subscribers.add(self)
            case MessageKind.WATCH:
                self._server.watchers.setdefault(self, Watched()).add(_accounts(body))
            case MessageKind.UNWATCH:
                self._server.watchers.setdefault(self, Watched()).discard(_accounts(body))
            case MessageKind.FOLLOW_MARKET:
                self._server.followers.add(self)
            case _:
                raise ValueError(f"a message of kind {kind}")

    def _submit(self, message_id: int, body: memoryview) -> None:
        (count,) = COUNT.unpack_from(body)
        end = COUNT.size + count * COMMAND.itemsize
        commands, texts = bytes(body[COUNT.size : end]), bytes(body[end:])
        lengths = commands[TEXT_BYTES_AT :: COMMAND.itemsize]
        if not 1 <= count <= FRAME_COMMANDS_MAX or len(body) < end or sum(lengths) != len(texts):
            self._refuse(message_id, Refusal.MALFORMED)
            return
        self._server.writer.submit(self._submission(message_id, commands, texts, None, count))

    def _submit_cold(self, message_id: int, body: memoryview) -> None:
        try:
            command = decode_cold(bytes(body))
        except msgspec.MsgspecError:
            self._refuse(message_id, Refusal.MALFORMED)
            return
        self._server.writer.submit(self._submission(message_id, b"", b"", command, 1))

    def _submission(
        self, message_id: int, commands: bytes, texts: bytes, cold: ColdCommand | None, count: int
    ) -> Submission:
        return Submission(
            commands,
            texts,
            cold,
            count,
            lambda first, time_ns, events: self.send(
                message(MessageKind.OUTCOME, message_id, STAMP.pack(first, time_ns), events)
            ),
            lambda refusal: self._refuse(message_id, refusal),
        )

    def _answered(self, message_id: int, answer: Answer | Exception) -> None:
        if isinstance(answer, Exception):
            _log.error("a question that has no answer; its asker is cut off", error=repr(answer))
            self._transport.abort()
        else:
            self.send(message(MessageKind.ANSWER, message_id, encode_answer(answer)))

    def _refuse(self, message_id: int, refusal: Refusal) -> None:
        self.send(message(MessageKind.REFUSED, message_id, bytes([refusal])))

    def send(self, data: bytes) -> None:
        """Gather what is said in one turn of the loop into one write."""
        if not self._out:
            self._server.loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        data, self._out = b"".join(self._out), []
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > _BEHIND_BYTES_MAX:
            _log.error("a client is too far behind and is cut off")
            self._transport.abort()

    def close(self) -> None:
        if self._out:
            self._flush()
        self._transport.close()


class Server:
    """Accepts clients on a Unix socket and hands their commands to the writer."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.loop = asyncio.get_running_loop()
        self.connections: set[_Connection] = set()
        self.subscribers: set[_Connection] = set()
        self.watchers: dict[_Connection, Watched] = {}
        self.followers: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        writer.on_publication = self._publish
        writer.on_folded = self._tell_folded

    async def start(self, path: Path) -> None:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - once, before anybody is served
        self._server = await self.loop.create_unix_server(lambda: _Connection(self), str(path))
        path.chmod(0o600)  # noqa: ASYNC240 - as above

    def _publish(self, publication: Publication) -> None:
        if self.subscribers:
            data = message(MessageKind.PUBLICATION, 0, _encoder.encode(publication))
            for subscriber in list(self.subscribers):
                subscriber.send(data)

    def _tell_folded(self, batch: Batch) -> None:
        if self.followers and is_market_news(batch):
            for follower in list(self.followers):
                follower.send(_MARKET_NEWS)
        for watcher, watched in self.watchers.items():
            excerpt = watched.cut(batch)
            if excerpt is not None:
                watcher.send(message(MessageKind.EXCERPT, 0, _encoder.encode(excerpt)))

    async def stop(self, *, leaves_snapshot: bool = True) -> None:
        """Accept nobody new, finish and answer what was taken, then close."""
        if self._server is not None:
            self._server.close()
        await self.writer.stop(leaves_snapshot=leaves_snapshot)
        await asyncio.sleep(0)
        for connection in list(self.connections):
            connection.close()


def _accounts(body: memoryview) -> list[int]:
    """Account numbers of a message; raises ValueError if it does not hold whole ones."""
    accounts: list[int] = np.frombuffer(body, ACCOUNT).tolist()
    return accounts
