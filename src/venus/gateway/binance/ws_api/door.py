"""The WebSocket API: the same operations as REST, on one connection, in any order, with events between the answers.

Source: [D] web-socket-api.md; docs/rules/binance_ws_api.md; docs/adr/0009-websockets.md.
"""

import asyncio
from http import HTTPStatus

import msgspec
import structlog

from venus.gateway.binance.attempts import Attempts, refusal, too_many
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.rest import RestDoor
from venus.gateway.binance.streams.users import UserStreams
from venus.gateway.binance.ws_api.methods import methods
from venus.gateway.binance.ws_api.session import Url, WsApiSession
from venus.gateway.websocket import Refusal, SocketRules, Upgrade, WebSocket
from venus.units import NS_PER_MS, NS_PER_S, NS_PER_US

_log = structlog.get_logger("ws_api")

PATHS = ("/ws-api/v3", "/ws-api/v3/")
CONNECTING_WEIGHT = 2
_PULSE_S = 1.0
_UNITS_NS = {"millisecond": NS_PER_MS, "microsecond": NS_PER_US}


class WsApiRules(msgspec.Struct, frozen=True):
    """What a client may do; the defaults are what Binance publishes where it says."""

    # Requests are bounded by their weights, so messages by themselves are not.
    socket: SocketRules = SocketRules(messages_1s_max=None, backlog_bytes_max=4 << 20)
    connections_5m_max: int = 300  # attempts of one address
    requests_max: int = 4_096  # of one connection that are under way
    timeout_s: float = 10.0


class WsApi:
    """The door: accepts connections and holds what they share with REST."""

    def __init__(self, rest: RestDoor, users: UserStreams, rules: WsApiRules | None = None) -> None:
        self.rules = rules or WsApiRules()
        self.rest = rest
        self.desk = rest.desk
        self.registry = rest.registry
        self.users = users
        self.methods = methods(rest.endpoints)
        self._sessions: dict[WsApiSession, None] = {}
        self._attempts = Attempts(self.rules.connections_5m_max)
        self._stopping = False
        described = [msgspec.json.encode(each)[:-1] for each in self.desk.limits.descriptions()]
        self._weight_head, self._short_head, self._long_head = described[:3]
        self._pulse = asyncio.create_task(self._beat_for_ever(), name="WebSocket API")

    async def stop(self) -> None:
        """Say so to everyone, and wait until all are gone; nobody takes longer than a farewell."""
        self._stopping = True
        sessions = list(self._sessions)
        now_ns = self.desk.clock_ns()
        for session in sessions:
            session.shut_down(now_ns)
        await asyncio.gather(*(session.disconnected for session in sessions))

    def close(self) -> None:
        """Nothing is done in the background any more."""
        self._pulse.cancel()

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        """A connection for its URL. Connecting weighs 2."""
        if self._stopping:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, -1016, "This service is no longer available.")
        url = _read_url(upgrade.query)
        if isinstance(url, Refusal):
            return url
        now_ns = self.desk.clock_ns()
        wait_s = self._attempts.refuse(upgrade.address, now_ns // NS_PER_S)
        if wait_s:
            return too_many(self.rules.connections_5m_max, wait_s)
        try:
            self.desk.limits.enter(upgrade.address, CONNECTING_WEIGHT, now_ns)
        except ApiError as limit:
            return refusal(HTTPStatus(limit.status), limit.code, limit.message, limit.retry_after_s)
        return WsApiSession(self, upgrade, url, self.rules.socket)

    def enter(self, session: WsApiSession) -> None:
        self._sessions[session] = None

    def exit(self, session: WsApiSession) -> None:
        self._sessions.pop(session, None)

    def limits_shown(self, address: str, account: int | None, now_ns: int) -> bytes:
        """The member rateLimits of an answer, with its comma; with the account's order counts if one is given."""
        limits = self.desk.limits
        weight = limits.used_weight(address, now_ns)
        if account is None:
            return b',"rateLimits":[%b,"count":%d}]' % (self._weight_head, weight)
        short, long = limits.order_counts(account, now_ns)
        return b',"rateLimits":[%b,"count":%d},%b,"count":%d},%b,"count":%d}]' % (
            self._short_head, short, self._long_head, long, self._weight_head, weight
        )  # fmt: skip

    async def _beat_for_ever(self) -> None:
        """Once a second: give up on what takes too long, and look at the keys of those who listen."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PULSE_S)
            for session in list(self._sessions):
                try:
                    session.end_late(loop.time() - self.rules.timeout_s)
                    await session.still_allowed()
                except Exception:  # noqa: BLE001  logged; the next beat looks again
                    _log.exception("a beat of the WebSocket API failed")


def _read_url(query: str) -> Url | Refusal:
    parameters = dict(parameter.partition("=")[::2] for parameter in query.split("&"))
    unit_ns = _UNITS_NS.get(parameters.get("timeUnit", "millisecond").lower())
    if unit_ns is None:
        message = "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
        return refusal(HTTPStatus.BAD_REQUEST, -1194, message)
    if parameters.get("responseFormat", "json") != "json":
        return refusal(HTTPStatus.BAD_REQUEST, -1155, "SBE is not enabled.")
    return Url(unit_ns, parameters.get("returnRateLimits", "true").lower() != "false")
