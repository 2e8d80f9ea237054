"""The REST door: a plain ASGI application for paths under /api/ and /sapi/.

A request is split once from its raw bytes, counted, believed or not, handled, and answered with the headers that
clients steer by. `answer` does all of that without ASGI, and `ask_at_once` without a task what is one command, for a
server that has no use for them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, NamedTuple, Self

from venus.engine.client import EngineClient, witnessed
from venus.gateway.binance import errors, general, market, tickers
from venus.gateway.binance.auth import authenticate, authenticate_known, identify
from venus.gateway.binance.bodies import BODY_BYTES_MAX, NO_BODY, Bodies, begin
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.binance.limits import LimitRules, Limits
from venus.gateway.binance.params import Params, Sent, split
from venus.gateway.binance.symbols import Symbols
from venus.gateway.binance.trading import endpoints as trading
from venus.gateway.binance.turns import RECEIPT_HEADER, SAPI, Answer, Reply, Sending, Turn
from venus.gateway.binance.wallet import endpoints as wallet
from venus.gateway.binance.wallet_desk import Wallet
from venus.gateway.receipts import Receipts
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.units import NS_PER_MS, NS_PER_US

TIMEOUT_S = 10.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]  # names in lower case

_SUBJECTS = (general, market, tickers, trading, wallet)
_UNITS_NS = {b"millisecond": NS_PER_MS, b"microsecond": NS_PER_US}
_LOOK_S = 1.0


ENDPOINTS = tuple(endpoint for subject in _SUBJECTS for endpoint in subject.ENDPOINTS)
"""All that this door serves."""


class _Request(NamedTuple):
    """A request that was split and counted."""

    sent: Sent
    params: Params
    key: str | None
    unit_ns: int  # of times in the answer
    body: bytes  # of an endpoint that takes a file or JSON
    content_type: str
    wants_receipt: bytes | None


class RestDoor:
    """Holds the routes and what they work with; opened by `RestDoor.open`. One for each process."""

    def __init__(
        self, desk: Desk, registry: Registry, timeout_s: float = TIMEOUT_S, receipts: Receipts | None = None
    ) -> None:
        self.desk = desk
        self.registry = registry
        self.timeout_s = timeout_s
        self.receipts = receipts
        self._bodies = Bodies(registry)
        self.endpoints: dict[tuple[str, str], Endpoint] = {}  # by method and path
        self._methods: dict[str, list[str]] = {}
        self._sending: dict[Sending, None] = {}  # what was asked at once, oldest first
        self._look: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Reply]] = set()
        for endpoint in ENDPOINTS:
            self.add(endpoint)

    @classmethod
    async def open(
        cls,
        client: EngineClient,
        registry: Registry,
        rules: LimitRules | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
        timeout_s: float = TIMEOUT_S,
        wallet: Wallet | None = None,
        receipts: Receipts | None = None,
    ) -> Self:
        """A door onto the engine behind `client`; reads the catalog first."""
        symbols = Symbols(client)
        await symbols.refresh()
        desk = Desk(client, symbols, Limits(rules or LimitRules()), clock_ns, wallet, registry)
        return cls(desk, registry, timeout_s, receipts)

    def add(self, endpoint: Endpoint) -> None:
        """Serve one more endpoint; this is how other API families (wallet, C2C) join the same limits and keys."""
        route = endpoint.method, endpoint.path
        assert route not in self.endpoints, route
        self.endpoints[route] = endpoint
        self._methods.setdefault(endpoint.path, []).append(endpoint.method)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        method, path, query, sent = scope["method"], scope["path"], scope["query_string"], scope["headers"]
        client = scope.get("client")
        address = client[0] if client else ""
        begun = NO_BODY if method == "GET" else await begin(receive)
        if begun.is_small:
            reply = await self.answer(method, path, query, sent, begun.body, address)
        else:
            endpoint = self.endpoints.get((method, path))
            async with self._bodies.large(endpoint, _key_of(sent), begun, receive) as body:
                reply = await self.answer(method, path, query, sent, body, address)
        headers = [*reply.headers, (b"content-length", b"%d" % len(reply.body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def answer(
        self, method: str, path: str, query: bytes, headers: Headers, body: bytes | None, address: str
    ) -> Reply:
        """Answer one request, whatever it is. `body` None: it was too large to read."""
        turn = self._turn(method, path, address)
        try:
            request = self._read(turn, query, headers, body)
            turn.call = await self._believe(turn, request)
            self._attach(turn.call, request)
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            return turn.refused(error)
        return await self._handled(turn, turn.call)

    def ask_at_once(
        self, method: str, path: str, query: bytes, headers: Headers, body: bytes, address: str, answer: Answer
    ) -> bool:
        """Send what is one command to the engine without a task; False if that cannot be done, and nothing was.

        It is what `answer` does, for an order the whole way, when nothing has to be looked up first.
        """
        endpoint = self.endpoints.get((method, path))
        if endpoint is None or endpoint.ask is None or len(body) > BODY_BYTES_MAX:
            return False
        key = _key_of(headers)
        credential = None if key is None else self.registry.known(key)
        if credential is None:
            return False
        loop = asyncio.get_running_loop()
        turn = self._turn(method, path, address)
        try:
            request = self._read(turn, query, headers, body)
            deadline_ns = authenticate_known(credential, request.sent, address, endpoint.permission, turn.now_ns)
            call = turn.call = Call(
                request.params, turn.now_ns, request.unit_ns, credential.account, deadline_ns, credential.key
            )
            self._attach(call, request)
            asked = endpoint.ask(self.desk, call)
            if asked is None:
                self._answer_later(turn, call, answer)
                return True
            sending = Sending(turn, call, asked, answer, self._sending, loop.time())
            self.desk.client.submit_to(sending, asked.command, asked.text)
            self._sending[sending] = None
        except Exception as error:  # noqa: BLE001  as above
            answer(turn.refused(error))
            return True
        if self._look is None:
            self._look = loop.call_later(_LOOK_S, self._give_up_late)
        return True

    def _answer_later(self, turn: Turn, call: Call, answer: Answer) -> None:
        """Something must be looked up after all."""
        task = asyncio.get_running_loop().create_task(self._handled(turn, call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: None if done.cancelled() else answer(done.result()))

    def _give_up_late(self) -> None:
        """Say so to whoever waits longer than he should; the oldest stand first."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() - self.timeout_s
        while self._sending and (sending := next(iter(self._sending))).came_s <= deadline_s:
            sending.give_up(errors.timed_out())
        self._look = loop.call_later(_LOOK_S, self._give_up_late) if self._sending else None

    def _turn(self, method: str, path: str, address: str) -> Turn:
        return Turn(method, path, address, self.desk.clock_ns(), self.desk.limits, self.receipts_of)

    async def _handled(self, turn: Turn, call: Call) -> Reply:
        assert turn.endpoint is not None
        try:
            witnessed.set(call.noted)
            async with asyncio.timeout(self.timeout_s):
                content = await turn.endpoint.handler(self.desk, call)
            return turn.done(content)
        except Exception as error:  # noqa: BLE001  as above
            return turn.refused(error)

    def receipts_of(self, call: Call) -> str:
        """On one line, of all that a request had sequenced; empty if nothing was or none is wanted."""
        return self.receipts.of(call.account, call.noted) if self.receipts is not None and call.noted else ""

    def note_down(self, call: Call) -> None:
        """Have what is sequenced for this request noted down. Raises ApiError where no receipts are given."""
        if self.receipts is None:
            raise errors.unsupported()
        call.noted = []

    def _read(self, turn: Turn, query: bytes, headers: Headers, body: bytes | None) -> _Request:
        """Split and count a request. Raises ApiError."""
        limits, address, now_ns = self.desk.limits, turn.address, turn.now_ns
        endpoint = turn.endpoint = self.endpoints.get((turn.method, turn.path))
        if endpoint is None:
            limits.enter(address, 1, now_ns)
            raise self._no_route(turn.path, turn.extra)
        key, unit, wants_receipt, content_type = None, None, None, ""
        for name, value in headers:
            if name == b"x-mbx-apikey":
                key = value.decode("latin-1")
            elif name == b"x-mbx-time-unit":
                unit = value
            elif name == RECEIPT_HEADER:
                wants_receipt = value
            elif name == b"content-type":
                content_type = value.decode("latin-1")
        try:
            if body is None:
                raise errors.ApiError(-1100, "Illegal characters found in a parameter.", status=413)
            keeps_body = endpoint.takes_file or endpoint.takes_json
            sent = split(query, b"" if keeps_body else body, endpoint.repeated)
            if endpoint.takes_file:
                sent = sent._replace(payload=sent.payload + body)
            params = Params(sent.values)
            weight = endpoint.weight if isinstance(endpoint.weight, int) else endpoint.weight(params)
        except errors.ApiError:
            limits.enter(address, 1, now_ns)  # what cannot be read is still a request
            raise
        turn.weight = weight
        limits.enter(address, weight, now_ns, sapi=endpoint.path.startswith(SAPI))
        unit_ns = NS_PER_MS if unit is None else _UNITS_NS.get(unit.lower(), 0)
        if unit_ns == 0:
            raise errors.bad_time_unit()
        endpoint.refuse_unread(params, signature=sent.signature is not None)
        return _Request(sent, params, key, unit_ns, body if keeps_body else b"", content_type, wants_receipt)

    async def _believe(self, turn: Turn, request: _Request) -> Call:
        """Whose request it is, as its endpoint asks. Raises ApiError."""
        endpoint, now_ns = turn.endpoint, turn.now_ns
        assert endpoint is not None
        sent, params, key, unit_ns = request.sent, request.params, request.key, request.unit_ns
        if endpoint.permission is Permission.NONE or (endpoint.key_optional and key is None):
            return Call(params, now_ns, unit_ns)
        if endpoint.key_only:
            credential = await identify(self.registry, key, turn.address, endpoint.permission)
            return Call(params, now_ns, unit_ns, credential.account, key=credential.key)
        known = None if key is None or endpoint.key_is_enough else self.registry.known(key)
        if known is not None:
            credential = known
            deadline_ns = authenticate_known(known, sent, turn.address, endpoint.permission, now_ns)
        else:
            credential, deadline_ns = await authenticate(
                self.registry,
                key,
                sent,
                turn.address,
                endpoint.permission,
                now_ns,
                key_is_enough=endpoint.key_is_enough,
            )
        if endpoint.uid_weight:
            self.desk.limits.enter_uid(credential.account, endpoint.uid_weight, now_ns)
        return Call(params, now_ns, unit_ns, credential.account, deadline_ns, credential.key)

    def _attach(self, call: Call, request: _Request) -> None:
        """What else came with a request that is believed. Raises ApiError."""
        call.body, call.content_type = request.body, request.content_type
        if request.wants_receipt is not None:
            if request.wants_receipt != b"1":
                raise errors.bad_value("X-VENUS-RECEIPT")
            self.note_down(call)

    def _no_route(self, path: str, extra: list[tuple[bytes, bytes]]) -> errors.ApiError:
        methods = self._methods.get(path)
        if methods is None:
            return errors.unsupported(404)
        extra.append((b"allow", ", ".join(methods).encode()))
        return errors.unsupported(405)


def _key_of(headers: Headers) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"x-mbx-apikey"), None)
