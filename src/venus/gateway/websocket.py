"""WebSocket connections: uvicorn reads the request, picows reads the frames, and what is sent is a frame built once.

A server's frames are not masked, so a message is the same bytes for every listener: `text_frame` once, then one write
each. What a peer has not taken yet waits in its transport up to a bound; beyond it the peer is too far behind and is
dropped, so that a slow reader costs a known amount of memory and nobody else's time.
Source: RFC 6455; limits and pings as [D] web-socket-streams.md, "WebSocket Limits".
"""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable
from enum import IntEnum
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

import httptools
import msgspec
import structlog
from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # left out of the stub
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from venus.units import NS_PER_MS

_log = structlog.get_logger("websocket")
# picows reports at ERROR whatever a peer does wrong: an attacker's pen. Our own failures are logged here, by us.
_frames_log = logging.getLogger(f"{__name__}.frames")
_frames_log.setLevel(logging.CRITICAL)

_RESET = struct.pack("ii", 1, 0)  # linger for no time
_FIN = 0x80
_HANDSHAKE_S = 5
_BUFFER_BYTES = 4096
_MEDIUM = struct.Struct(">BBH")
_TEXT_FRAME, _CLOSE_FRAME = WSMsgType.TEXT, WSMsgType.CLOSE
_TEXT = WSMsgType.TEXT.value


Write = Callable[[bytes], None]


class CloseCode(IntEnum):
    """Why a connection ends. Source: RFC 6455, 7.4.1."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    INVALID_TEXT = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011


class SocketRules(msgspec.Struct, frozen=True):
    """What a connection may do and how long it lasts; the defaults are what Binance publishes where it says."""

    messages_1s_max: int | None = 5  # incoming, pings and pongs too; None: any number
    message_bytes_max: int = 64 * 1024
    backlog_bytes_max: int = 1024 * 1024  # written and not yet taken by the kernel
    ping_every_s: float = 20
    pong_within_s: float = 60
    life_s: float = 24 * 3600
    farewell_s: float = 5  # how long a peer has to answer a close


class Upgrade(NamedTuple):
    """A request to become a WebSocket."""

    path: str
    query: str
    address: str  # of the peer


class Refusal(NamedTuple):
    """An HTTP answer instead of a WebSocket."""

    status: HTTPStatus
    body: bytes
    headers: dict[str, str]


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((_FIN | opcode, size)) + payload
    if size < 1 << 16:
        return _MEDIUM.pack(_FIN | opcode, 126, size) + payload
    return bytes((_FIN | opcode, 127)) + size.to_bytes(8, "big") + payload


def text_frame(payload: bytes) -> bytes:
    """A whole text message as it goes over the wire, for any number of `WebSocket.write`."""
    return _frame(_TEXT, payload)


class WebSocket(WSListener):
    """One connection. A door's own class says what to do when it opens, hears a message, and is gone.

    `write` takes frames, in order. From the moment a close is sent or the peer is dropped it takes and forgets them.
    """

    write: Write

    def __init__(self, rules: SocketRules) -> None:
        self.rules = rules
        self.is_open = False
        self.write = _forget
        self.between: Callable[[Write], Write] | None = None  # set before it opens: a sandbox's faults
        self._transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._parts: list[bytes] = []  # of a message that comes in several frames
        self._parts_bytes = 0
        self._most = rules.messages_1s_max
        self._second = 0
        self._second_messages = 0
        self._pings: dict[bytes, float] = {}  # payloads not yet answered, and when they were sent
        self._opened_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.disconnected: asyncio.Future[None] = self._loop.create_future()

    # What a door adds

    def on_open(self) -> None:
        """It may be written to from now on."""

    def on_message(self, message: bytes) -> None:
        """A whole message, text or binary, within the rules."""

    def on_gone(self) -> None:
        """Nothing reaches the peer any more; called once for every `on_open`."""

    # What a door may do

    def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye; the peer has `farewell_s` to answer before the connection is cut."""
        if not self.is_open:
            return
        self.write(_frame(WSMsgType.CLOSE.value, code.to_bytes(2, "big") + reason.encode()))
        self._end()
        self._timer = self._loop.call_later(self.rules.farewell_s, self._transport.abort)

    def drop(self) -> None:
        """Cut the connection and whatever waits to be written. Safe in the middle of a round of writes.

        It is reset, so that the kernel gives back at once the megabytes that it holds for a peer who does not read.
        """
        if self.is_open:
            self.write = _forget
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()

    # What picows calls

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport.underlying_transport
        self._transport.set_write_buffer_limits(high=self.rules.backlog_bytes_max)
        self.write = self._transport.write if self.between is None else self.between(self._transport.write)
        self.is_open = True
        self._timer = self._loop.call_later(self.rules.ping_every_s, self._keep_alive)
        self._guarded(self.on_open)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _CLOSE_FRAME:
            self._answer_close(frame)
            return
        if not self.is_open:
            return
        if self._most is not None and self._count_message() > self._most:
            self.close(CloseCode.POLICY_VIOLATION, "Too many requests")
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.close(CloseCode.PROTOCOL_ERROR, "No extension was agreed")
        elif kind is _TEXT_FRAME and frame.fin and not self._parts:
            self._hear(frame.get_payload_as_bytes())
        elif kind == WSMsgType.PING:
            self.write(_frame(WSMsgType.PONG.value, frame.get_payload_as_bytes()))
        elif kind == WSMsgType.PONG:
            self._note_pong(frame.get_payload_as_bytes())
        else:
            self._gather(kind, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._end()
        self.disconnected.set_result(None)

    def pause_writing(self) -> None:
        """The backlog is full. Called from within a write, so nothing but this connection may change here."""
        self.drop()

    def resume_writing(self) -> None:
        """The backlog went down after the peer was dropped; nothing to do."""

    def failed(self) -> None:
        """The peer broke the protocol: picows has sent the close, and cuts the connection in a moment."""
        self._end()

    # Within

    def _gather(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Join the frames of a message; binary is as good as text."""
        if frame.fin and not self._parts and kind != WSMsgType.CONTINUATION:
            self._hear(frame.get_payload_as_bytes())
            return
        is_first = kind != WSMsgType.CONTINUATION
        if is_first == bool(self._parts):
            self.close(CloseCode.PROTOCOL_ERROR, "Fragments out of order")
            return
        payload = frame.get_payload_as_bytes()
        self._parts_bytes += max(1, len(payload))  # empty parts cannot go on for ever either
        if self._parts_bytes > self.rules.message_bytes_max:
            self.close(CloseCode.TOO_BIG, "Message too big")
            return
        self._parts.append(payload)
        if frame.fin:
            message = b"".join(self._parts)
            self._parts, self._parts_bytes = [], 0
            self._hear(message)

    def _hear(self, message: bytes) -> None:
        if len(message) > self.rules.message_bytes_max:
            self.close(CloseCode.TOO_BIG, "Message too big")
            return
        try:
            self.on_message(message)
        except Exception:  # noqa: BLE001  as in _guarded, without its closure
            self._failed()

    def _count_message(self) -> int:
        second = int(self._loop.time())
        if second != self._second:
            self._second, self._second_messages = second, 0
        self._second_messages += 1
        return self._second_messages

    def _answer_close(self, frame: WSFrame) -> None:
        if self.is_open:
            self.write(_frame(WSMsgType.CLOSE.value, frame.get_payload_as_bytes()[:2]))
            self._end()
        self._transport.close()

    def _note_pong(self, payload: bytes) -> None:
        """An answer to a ping answers all that were sent before it; any other pong is allowed, and means nothing."""
        if payload not in self._pings:
            return
        for earlier in list(self._pings):
            del self._pings[earlier]
            if earlier == payload:
                return

    def _keep_alive(self) -> None:
        now_s = self._loop.time()
        if self._pings and now_s - next(iter(self._pings.values())) >= self.rules.pong_within_s:
            self.drop()
            return
        if now_s - self._opened_s >= self.rules.life_s:
            self.close(CloseCode.GOING_AWAY, "Connection reached its age limit")
            return
        payload = b"%d" % (time.time_ns() // NS_PER_MS)
        self._pings[payload] = now_s
        self.write(_frame(WSMsgType.PING.value, payload))
        self._timer = self._loop.call_later(self.rules.ping_every_s, self._keep_alive)

    def _guarded(self, act: Callable[[], None]) -> None:
        """A door's mistake ends its connection, not the server, and leaves a line in the log."""
        try:
            act()
        except Exception:  # noqa: BLE001  logged
            self._failed()

    def _failed(self) -> None:
        _log.exception("a connection failed")
        self.close(CloseCode.INTERNAL_ERROR, "")

    def _end(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self.write = _forget
        if self._timer is not None:
            self._timer.cancel()
        self.on_gone()


def _forget(frame: bytes) -> None:
    """A write to a connection that is not open."""


Accept = Callable[[Upgrade], WebSocket | Refusal]


class _Frames(WSProtocol):
    """picows' parser, which tells its listener when the peer broke the protocol."""

    def buffer_updated(self, nbytes: int) -> None:
        super().buffer_updated(nbytes)
        if self.listener is not None and self.transport.is_close_frame_sent:
            self.listener.failed()


class UpgradingProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, which hands a connection over to picows when it asks to become a WebSocket."""

    accept: ClassVar[Accept]

    def on_message_begin(self) -> None:
        super().on_message_begin()
        # For an answer that never ends and that its reader does not take: a close would wait for him.
        self.scope["venus.abort"] = self._abort  # type: ignore[typeddict-unknown-key]

    def _abort(self) -> None:
        """Cut the connection and what waits to be written, in the kernel too."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # What follows the head in the same packet is the peer's first frames.
            self._hand_over(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _should_upgrade_to_ws(self) -> bool:
        return True

    def _hand_over(self, tail: bytes) -> None:
        headers = dict(self.headers)
        version = headers.get(b"sec-websocket-version")
        if not self._should_upgrade() or self.scope["method"] != "GET" or version != b"13":
            self.send_400_response("Unsupported upgrade request.")
            return
        cycle: RequestResponseCycle | None = getattr(self, "cycle", None)  # None before the first request
        if self.pipeline or (cycle is not None and not cycle.response_complete):
            self.send_400_response("Upgrade before the answers to earlier requests.")
            return
        self.connections.discard(self)
        frames = _frames(type(self).accept, self.client[0] if self.client else "")
        frames.connection_made(self.transport)
        self.transport.set_protocol(frames)
        _feed(frames, _head(self.url, headers.get(b"sec-websocket-key", b"")) + tail)
        # The parser refers back to this object, which nobody needs any more.
        self.parser = None  # type: ignore[assignment]  # as uvicorn itself does


def upgrading(accept: Accept, kind: type[UpgradingProtocol] = UpgradingProtocol) -> type[UpgradingProtocol]:
    """A protocol class for uvicorn's `http=` whose WebSockets are what `accept` makes of the requests."""
    return type(kind.__name__, (kind,), {"accept": staticmethod(accept)})


def _frames(accept: Accept, address: str) -> WSProtocol:
    def listener(request: WSUpgradeRequest) -> Any:
        path, _, query = request.path.decode("latin-1").partition("?")
        outcome = accept(Upgrade(path, query, address))
        if isinstance(outcome, WebSocket):
            return outcome
        response = WSUpgradeResponse.create_error_response(outcome.status, outcome.body, outcome.headers)
        return WSUpgradeResponseWithListener(response, None)

    return _Frames(
        None,
        None,
        False,  # not the client's side
        listener,
        _frames_log,
        True,  # disconnect on an exception
        _HANDSHAKE_S,
        False,  # pings and pongs are ours: they count, and their times are published
        _HANDSHAKE_S,
        _HANDSHAKE_S,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,
        SocketRules().message_bytes_max,
        None,
        _BUFFER_BYTES,
    )


def _head(url: bytes, key: bytes) -> bytes:
    """The request once more, with what picows reads of it. It knows no lists in Connection, as Firefox sends them."""
    lines = (
        b"GET %b HTTP/1.1" % url,
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: %b" % key,
    )
    return b"\r\n".join((*lines, b"", b""))


def _feed(frames: WSProtocol, data: bytes) -> None:
    """Give a buffered protocol bytes that were read before it took over."""
    rest = memoryview(data)
    while rest:
        room = frames.get_buffer(-1)
        taken = min(len(room), len(rest))
        room[:taken] = rest[:taken]
        frames.buffer_updated(taken)
        rest = rest[taken:]
