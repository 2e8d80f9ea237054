"""WebSocket connections of a sandbox: which there are, how they are ended, and how their messages go wrong."""

import asyncio
from collections.abc import Callable
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Literal, NamedTuple

import msgspec

from venus.gateway.binance.streams.session import StreamSession
from venus.gateway.binance.ws_api.session import WsApiSession
from venus.gateway.sandbox.faults import Fault, Faults
from venus.gateway.sandbox.refusals import Refused
from venus.gateway.sandbox.turnstile import Turnstile
from venus.gateway.websocket import Accept, CloseCode, Refusal, Upgrade, UpgradingProtocol, WebSocket

_TEXT = 0x81
_CLOSE = 0x88
_BUSY = b'{"code":-1016,"msg":"This service is no longer available."}'


class CloseForm(msgspec.Struct, forbid_unknown_fields=True):
    """Which connections, by the `path` of their URL with * and ?, and `how` they end.

    close says goodbye with `code` and `reason`, shutdown first sends the event serverShutdown, cut says nothing.
    """

    how: Literal["close", "shutdown", "cut"] = "close"
    path: str = "*"
    code: int = CloseCode.GOING_AWAY
    reason: str = "Server shutdown"


class _Live(NamedTuple):
    upgrade: Upgrade
    socket: WebSocket


class Connections:
    """Accepts for the doors behind it, and remembers what is open."""

    def __init__(self, accept: Accept, faults: Faults, turnstile: Turnstile, clock_ns: Callable[[], int]) -> None:
        self._accept = accept
        self._faults = faults
        self._turnstile = turnstile
        self._clock_ns = clock_ns
        self._live: dict[WebSocket, _Live] = {}

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        if not self._turnstile.is_open:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, _BUSY, {"Content-Type": "application/json"})
        outcome = self._accept(upgrade)
        if isinstance(outcome, WebSocket):
            self._live[outcome] = _Live(upgrade, outcome)
            outcome.disconnected.add_done_callback(lambda _: self._live.pop(outcome, None))
            outcome.between = _Tamper(outcome, upgrade, self._faults).between
        return outcome

    def facts(self) -> list[dict[str, Any]]:
        return [
            {"path": live.upgrade.path, "query": live.upgrade.query, "address": live.upgrade.address}
            for live in self._live.values()
            if live.socket.is_open
        ]

    def end(self, form: CloseForm) -> int:
        """How many were ended. Raises Refused for a code that no peer would understand."""
        if not 1000 <= form.code <= 4999 or len(form.reason.encode()) > 123:
            raise Refused(400, "a close has a code from 1000 to 4999 and a reason of at most 123 bytes")
        chosen = [
            live.socket
            for live in self._live.values()
            if live.socket.is_open and fnmatchcase(_whole(live.upgrade), form.path)
        ]
        for socket in chosen:
            if form.how == "cut":
                socket.drop()
            elif form.how == "shutdown" and isinstance(socket, StreamSession | WsApiSession):
                socket.shut_down(self._clock_ns())
            else:
                socket.close(form.code, form.reason)  # type: ignore[arg-type]  # any code that the wire can carry
        return len(chosen)

    def drop_all(self) -> None:
        for live in list(self._live.values()):
            live.socket.drop()


def _whole(upgrade: Upgrade) -> str:
    return f"{upgrade.path}?{upgrade.query}" if upgrade.query else upgrade.path


class _Tamper:
    """What stands between a door and one peer: rules of streams act on whole frames, in order."""

    def __init__(self, socket: WebSocket, upgrade: Upgrade, faults: Faults) -> None:
        self._socket = socket
        self._path = _whole(upgrade)
        self._faults = faults
        self._messages: dict[int, int] = {}  # by rule, how many it has seen here
        self._late_s = 0.0  # when the last delayed frame leaves
        self._loop = asyncio.get_running_loop()

    def between(self, write: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def tampered(data: bytes) -> None:
            rules = [
                fault
                for fault in self._faults.of_streams()
                if not fault.form.path or fnmatchcase(self._path, fault.form.path)
            ]
            if not rules and self._late_s <= self._loop.time():
                write(data)
                return
            for frame in _frames(data):
                self._send(frame, rules, write)

        return tampered

    def _send(self, frame: bytes, rules: list[Fault], write: Callable[[bytes], None]) -> None:
        copies, delay_s = 1, 0.0
        for fault in rules:
            is_message = frame[0] == _TEXT
            match fault.form.kind:
                case "silence":
                    if frame[0] != _CLOSE and (not is_message or fault.happens()):
                        return
                case "cut" if is_message and fault.happens():
                    self._loop.call_soon(self._socket.drop)
                    return
                case "stream_latency" if is_message and fault.happens():
                    delay_s += fault.form.delay_ms / 1_000
                case "drop" if is_message and self._is_nth(fault) and fault.happens():
                    return
                case "duplicate" if is_message and self._is_nth(fault) and fault.happens():
                    copies += 1
        leaves_s = max(self._loop.time() + delay_s, self._late_s)
        if leaves_s <= self._loop.time():
            write(frame * copies)
        else:
            self._late_s = leaves_s
            self._loop.call_at(leaves_s, self._write_late, frame * copies, write)

    def _write_late(self, data: bytes, write: Callable[[bytes], None]) -> None:
        if self._socket.is_open:
            write(data)

    def _is_nth(self, fault: Fault) -> bool:
        seen = self._messages[fault.number] = self._messages.get(fault.number, 0) + 1
        return seen % fault.form.every == 0


def _frames(data: bytes) -> list[bytes]:
    """A server's frames, which are not masked, one by one."""
    frames, at = [], 0
    while at < len(data):
        size, head = data[at + 1], 2
        if size == 126:
            size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
        frames.append(data[at : at + head + size])
        at += head + size
    return frames


class AbortableProtocol(UpgradingProtocol):
    """HTTP whose connections an application may cut, for faults."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"venus.abort": {"abort": self.transport.abort}}
