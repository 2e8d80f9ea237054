"""The REST door: a plain ASGI application for paths under /api/ and /sapi/.

A request is split once from its raw bytes, counted, believed or not, handled, and answered with the headers that
clients steer by. `answer` does all of that without ASGI, for a server that has no use for it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, NamedTuple, Self

from venus.engine.client import EngineClient, witnessed
from venus.gateway.binance import errors, general, market, tickers
from venus.gateway.binance.auth import authenticate, identify
from venus.gateway.binance.bodies import NO_BODY, Bodies, begin
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.binance.failures import api_error
from venus.gateway.binance.limits import LimitRules, Limits
from venus.gateway.binance.params import Params, Sent, split
from venus.gateway.binance.symbols import Symbols
from venus.gateway.binance.trading import endpoints as trading
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
_SAPI = "/sapi/"
RECEIPT_HEADER = b"x-venus-receipt"
"""Asked with 1; answered with the receipts of all that the request had sequenced."""
_JSON = (b"content-type", b"application/json;charset=UTF-8")
_FRESH = (b"cache-control", b"no-cache, no-store, must-revalidate")


ENDPOINTS = tuple(endpoint for subject in _SUBJECTS for endpoint in subject.ENDPOINTS)
"""All that this door serves."""


class Reply(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]  # all but content-length
    body: bytes


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
        limits, now_ns = self.desk.limits, self.desk.clock_ns()
        endpoint = self.endpoints.get((method, path))
        call = None
        extra: list[tuple[bytes, bytes]] = []
        status = 200
        try:
            if endpoint is None:
                limits.enter(address, 1, now_ns)
                raise self._no_route(path, extra)
            call, weight = await self._admit(endpoint, query, headers, body, address, now_ns)
            witnessed.set(call.noted)
            async with asyncio.timeout(self.timeout_s):
                content = await endpoint.handler(self.desk, call)
            if endpoint.free_if_done:
                limits.give_back(address, weight)
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            status, content = _refused(api_error(error, f"{method} {path}"), extra)
        used = b"%d" % limits.used_weight(address, now_ns)
        attached = call.attached if call is not None and status == 200 else None
        extra += [_JSON] if attached is None else attached
        extra += (_FRESH, (b"x-mbx-used-weight", used), (b"x-mbx-used-weight-1m", used))
        if path.startswith(_SAPI):
            extra.append((b"x-sapi-used-ip-weight-1m", b"%d" % limits.used_sapi_weight(address, now_ns)))
            if call is not None and endpoint is not None and endpoint.uid_weight:
                used_uid = limits.used_uid_weight(call.account, now_ns)
                extra.append((b"x-sapi-used-uid-weight-1m", b"%d" % used_uid))
        if call is not None and call.placed:
            short_count, long_count = limits.order_counts(call.account, now_ns)
            extra.append((b"x-mbx-order-count-10s", b"%d" % short_count))
            extra.append((b"x-mbx-order-count-1d", b"%d" % long_count))
        if call is not None and call.noted:
            extra.append((RECEIPT_HEADER, self.receipts_of(call).encode()))
        return Reply(status, extra, content)

    def receipts_of(self, call: Call) -> str:
        """On one line, of all that a request had sequenced; empty if nothing was or none is wanted."""
        return self.receipts.of(call.account, call.noted) if self.receipts is not None and call.noted else ""

    def note_down(self, call: Call) -> None:
        """Have what is sequenced for this request noted down. Raises ApiError where no receipts are given."""
        if self.receipts is None:
            raise errors.unsupported()
        call.noted = []

    async def _admit(
        self, endpoint: Endpoint, query: bytes, headers: Headers, body: bytes | None, address: str, now_ns: int
    ) -> tuple[Call, int]:
        """Split, count and believe a request. Raises ApiError."""
        limits = self.desk.limits
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
        limits.enter(address, weight, now_ns, sapi=endpoint.path.startswith(_SAPI))
        unit_ns = NS_PER_MS if unit is None else _UNITS_NS.get(unit.lower(), 0)
        if unit_ns == 0:
            raise errors.bad_time_unit()
        endpoint.refuse_unread(params, signature=sent.signature is not None)
        call = await self._believe(endpoint, sent, params, key, unit_ns, address, now_ns)
        if keeps_body:
            call.body, call.content_type = body, content_type
        if wants_receipt is not None:
            if wants_receipt != b"1":
                raise errors.bad_value("X-VENUS-RECEIPT")
            self.note_down(call)
        return call, weight

    async def _believe(
        self,
        endpoint: Endpoint,
        sent: Sent,
        params: Params,
        key: str | None,
        unit_ns: int,
        address: str,
        now_ns: int,
    ) -> Call:
        """Whose request it is, as its endpoint asks. Raises ApiError."""
        if endpoint.permission is Permission.NONE or (endpoint.key_optional and key is None):
            return Call(params, now_ns, unit_ns)
        if endpoint.key_only:
            credential = await identify(self.registry, key, address, endpoint.permission)
            return Call(params, now_ns, unit_ns, credential.account, key=credential.key)
        credential, deadline_ns = await authenticate(
            self.registry, key, sent, address, endpoint.permission, now_ns, key_is_enough=endpoint.key_is_enough
        )
        if endpoint.uid_weight:
            self.desk.limits.enter_uid(credential.account, endpoint.uid_weight, now_ns)
        return Call(params, now_ns, unit_ns, credential.account, deadline_ns, credential.key)

    def _no_route(self, path: str, extra: list[tuple[bytes, bytes]]) -> errors.ApiError:
        methods = self._methods.get(path)
        if methods is None:
            return errors.unsupported(404)
        extra.append((b"allow", ", ".join(methods).encode()))
        return errors.unsupported(405)


def _key_of(headers: Headers) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"x-mbx-apikey"), None)


def _refused(error: errors.ApiError, extra: list[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    if error.retry_after_s is not None:
        extra.append((b"retry-after", b"%d" % error.retry_after_s))
    return error.status, error.body()
