"""The market's stream: what happens to one's orders, chats and adverts, as it happens.

A browser can sign no upgrade, so a token that a signed request was answered with opens one connection within a minute.
Nothing is kept for who is away: after a new connection REST shows how things stand.
"""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p.facts import BASE
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.news import News
from venus.gateway.websocket import CloseCode, Refusal, SocketRules, Upgrade, WebSocket, text_frame
from venus.registry.credentials import Permission
from venus.units import NS_PER_S

PATH = f"{BASE}/stream"
TOKEN_LIFE_NS = 60 * NS_PER_S
TOKENS_MAX = 100_000
CONNECTIONS_MAX = 10
"""Of one account."""


class Streams:
    """One for each door."""

    def __init__(self, market: Market, news: News, clock_ns: Callable[[], int], rules: SocketRules) -> None:
        self._market = market
        self._news = news
        self._clock_ns = clock_ns
        self._rules = rules
        self._tokens: dict[str, tuple[int, int]] = {}  # account, and until when
        self._sessions: dict[int, set[Session]] = {}

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (Endpoint("POST", f"{BASE}/streamToken", self.token, 2, names(""), Permission.USER_DATA),)

    async def token(self, desk: Desk, call: Call) -> bytes:
        """A token that opens the stream once, within a minute."""
        await self._market.people.card(call.account)
        if len(self._tokens) >= TOKENS_MAX:
            self._tokens = {one: lease for one, lease in self._tokens.items() if lease[1] > call.now_ns}
        made = secrets.token_urlsafe(32)
        self._tokens[made] = call.account, call.now_ns + TOKEN_LIFE_NS
        return written({"token": made})

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        sent = parse_qs(upgrade.query).get("token", [""])[0]
        account, until_ns = self._tokens.pop(sent, (-1, 0))
        if account < 0 or self._clock_ns() > until_ns:
            return Refusal(HTTPStatus.UNAUTHORIZED, b"This token is unknown, used, or too old.", {})
        if len(self._sessions.get(account, ())) >= CONNECTIONS_MAX:
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, b"Too many streams of one account.", {})
        return Session(self, account, self._rules)

    def stop(self) -> None:
        """Say goodbye to everyone."""
        for session in [one for some in self._sessions.values() for one in some]:
            session.close(CloseCode.GOING_AWAY, "Server shutdown")

    def enter(self, session: "Session") -> None:
        self._sessions.setdefault(session.account, set()).add(session)
        self._news.join(session.account, session)

    def exit(self, session: "Session") -> None:
        self._news.leave(session.account, session)
        some = self._sessions.get(session.account, set())
        some.discard(session)
        if not some:
            self._sessions.pop(session.account, None)


class Session(WebSocket):
    """One who listens; what he says means nothing."""

    def __init__(self, streams: Streams, account: int, rules: SocketRules) -> None:
        super().__init__(rules)
        self.account = account
        self._streams = streams

    def on_open(self) -> None:
        self._streams.enter(self)

    def on_gone(self) -> None:
        self._streams.exit(self)

    def hear(self, payload: bytes) -> None:
        self.write(text_frame(payload))
