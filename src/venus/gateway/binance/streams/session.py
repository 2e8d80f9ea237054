"""One stream connection: what it listens to, how it wants it, and its answers to requests.

Source: [D] web-socket-streams.md, "General WSS information", "Live Subscribing/Unsubscribing to streams".
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol
from urllib.parse import unquote

import msgspec

from venus.gateway.binance.streams import messages
from venus.gateway.binance.streams.control import BadRequest, Request, parse_request, reply, too_many_streams
from venus.gateway.websocket import CloseCode, SocketRules, Upgrade, WebSocket, text_frame
from venus.units import NS_PER_MS, NS_PER_US

_UNITS_NS = {"millisecond": NS_PER_MS, "microsecond": NS_PER_US}


class StreamRules(msgspec.Struct, frozen=True):
    """What a client may do on the streams; the defaults are what Binance publishes."""

    socket: SocketRules = SocketRules()
    streams_max: int = 1024  # on one connection
    connections_5m_max: int = 300  # attempts of one address


class Opening(NamedTuple):
    """What a connection's URL asks for."""

    names: list[str]
    combined: bool
    unit_ns: int


class Board(Protocol):
    """Where the channels are."""

    def enter(self, session: "StreamSession") -> None: ...

    def exit(self, session: "StreamSession") -> None: ...

    def subscribe(self, session: "StreamSession", name: str) -> None: ...

    def unsubscribe(self, session: "StreamSession", name: str) -> None: ...


def read_opening(upgrade: Upgrade) -> Opening | None:
    """/ws, /ws/NAME/NAME..., /stream, /stream?streams=NAME/NAME..., each with ?timeUnit=; None for any other URL.

    Raises ValueError for a unit of time that there is not.
    """
    _, door, *names = upgrade.path.split("/")
    parameters = dict(parameter.partition("=")[::2] for parameter in upgrade.query.split("&"))
    unit_ns = _UNITS_NS.get(parameters.get("timeUnit", "millisecond").lower())
    if door not in ("ws", "stream") or (door == "stream" and any(names)):
        return None
    if unit_ns is None:
        raise ValueError("timeUnit")
    if door == "stream":
        names = parameters.get("streams", "").split("/")
    # No name holds a slash, so names may be taken apart before they are unquoted; + is itself (kline_1d@+08:00).
    unquoted = [unquote(name) for joined in names for name in unquote(joined).split("/")]
    return Opening(list(dict.fromkeys(filter(None, unquoted))), door == "stream", unit_ns)


class StreamSession(WebSocket):
    """A client that listens. A name that means nothing is listened to all the same: it stays silent."""

    def __init__(self, board: Board, opening: Opening, rules: StreamRules) -> None:
        super().__init__(rules.socket)
        self.combined = opening.combined
        self.unit_ns = opening.unit_ns
        self.names: dict[str, None] = {}
        self._board = board
        self._opening = opening
        self._streams_max = rules.streams_max

    def on_open(self) -> None:
        self._board.enter(self)
        self._subscribe(self._opening.names)

    def shut_down(self, now_ns: int) -> None:
        """Say that the server ends, and close."""
        payload = messages.shutdown(now_ns, self.unit_ns)
        if self.combined:
            payload = messages.wrapped(messages.wrapper("!serverShutdown"), payload)
        self.write(text_frame(payload))
        self.close(CloseCode.GOING_AWAY, "Server shutdown")

    def on_gone(self) -> None:
        self._unsubscribe(list(self.names))
        self._board.exit(self)

    def on_message(self, message: bytes) -> None:
        try:
            answer = self._obey(parse_request(message))
        except BadRequest as refusal:
            answer = refusal.reply
        self.write(text_frame(answer))

    def _obey(self, request: Request) -> bytes:
        params = request.params
        match request.method:
            case "SUBSCRIBE":
                if len(self.names.keys() | set(params)) > self._streams_max:
                    return too_many_streams(request.id, self._streams_max)
                self._subscribe(params)
            case "UNSUBSCRIBE":
                self._unsubscribe(params)
            case "LIST_SUBSCRIPTIONS":
                return reply(list(self.names), request.id)
            case "GET_PROPERTY":
                return reply(self.combined, request.id)
            case "SET_PROPERTY":
                self._set_combined(params[1])
        return reply(None, request.id)

    def _subscribe(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.names:
                self.names[name] = None
                self._board.subscribe(self, name)

    def _unsubscribe(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.names:
                del self.names[name]
                self._board.unsubscribe(self, name)

    def _set_combined(self, combined: bool) -> None:
        # Channels file their listeners by how they want it, so everyone is filed anew.
        names = list(self.names)
        self._unsubscribe(names)
        self.combined = combined
        self._subscribe(names)
