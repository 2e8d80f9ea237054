"""One connection of the WebSocket API: its requests, each answered as soon as it can be, and what it listens to.

Everything said in one turn of the loop leaves in one write. Source: [D] web-socket-api.md, "Response format", "Rate
limits".
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from venus.engine.client import EngineOverloaded, EngineRefused, Outcome, witnessed
from venus.gateway.binance import errors
from venus.gateway.binance.auth import authenticate, fresh_until_ns, identify
from venus.gateway.binance.endpoint import Call, Endpoint
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.failures import api_error
from venus.gateway.binance.params import Params, Sent
from venus.gateway.binance.ws_api.account import OWN_METHODS, Account, OwnMethod
from venus.gateway.binance.ws_api.methods import Method
from venus.gateway.binance.ws_api.pending import Pending, refused, weight_of
from venus.gateway.binance.ws_api.request import Request, Unreadable, read_request
from venus.gateway.websocket import CloseCode, SocketRules, Upgrade, WebSocket, text_frame
from venus.registry.credentials import Credential, Permission
from venus.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from venus.gateway.binance.ws_api.door import WsApi

_UNREADABLE_WEIGHT = 1
_BANNED = 418


class Url(NamedTuple):
    """What a connection's URL asks for."""

    unit_ns: int
    show_limits: bool


class WsApiSession(WebSocket):
    """A client that asks."""

    def __init__(self, door: "WsApi", upgrade: Upgrade, url: Url, rules: SocketRules) -> None:
        super().__init__(rules)
        self.door = door
        self.address = upgrade.address
        self.unit_ns = url.unit_ns
        self.show_limits = url.show_limits
        self.since_ns = door.desk.clock_ns()
        self.account = Account(self)
        self._running: dict[asyncio.Task[None], float] = {}  # requests under way, oldest first, and when they came
        self._asked: dict[Pending, None] = {}  # commands on their way to the engine and back, oldest first
        self._out: list[bytes] = []
        self.clock_s = self._loop.time

    def on_open(self) -> None:
        self.door.enter(self)

    def on_gone(self) -> None:
        self.account.leave()
        self.door.exit(self)

    def on_message(self, message: bytes) -> None:
        now_ns = self.door.desk.clock_ns()
        try:
            request = read_request(message)
        except Unreadable as unreadable:
            self._refuse_unreadable(unreadable, now_ns)
            return
        if len(self._running) + len(self._asked) >= self.door.rules.requests_max:
            Pending(self, request, None, now_ns).answer(errors.overloaded())
            return
        method = self.door.methods.get(request.method)
        if method is not None and self._ask_at_once(request, method, now_ns):
            return
        self._run(self._serve(request, method, now_ns))

    def _run(self, serving: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(serving)
        self._running[task] = self._loop.time()
        task.add_done_callback(self._finished)

    def say(self, payload: bytes) -> None:
        """Send a message, together with what else is said in this turn of the loop."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(text_frame(payload))

    def end_late(self, deadline_s: float) -> None:
        """Give up waiting for requests that came before `deadline_s`; what becomes of them is unknown."""
        for task, came_s in self._running.items():
            if came_s > deadline_s:
                break
            task.cancel()
        while self._asked:
            pending = next(iter(self._asked))
            if pending.came_s > deadline_s:
                return
            del self._asked[pending]
            pending.answer(errors.timed_out())

    def shut_down(self, now_ns: int) -> None:
        """Say that the server ends, and close."""
        self.farewell(msgspec.json.encode({"event": {"e": "serverShutdown", "E": now_ns // self.unit_ns}}))

    def farewell(self, payload: bytes) -> None:
        """The server stops."""
        self.say(payload)
        self._flush()
        self.close(CloseCode.GOING_AWAY, "Server shutdown")

    async def still_allowed(self) -> None:
        """Let go of a logon, and of subscriptions, whose key may not be used any more."""
        account = self.account
        if account.logon is not None and await self._find(account.logon.key) is None:
            account.forget_logon()
        for number, subscription in list(account.subscriptions.items()):
            credential = await self._find(subscription.key)
            may_listen = credential is not None and Permission.USER_STREAM in credential.permissions
            if not may_listen and number in account.subscriptions:
                account.end(number)

    # One request

    def _ask_at_once(self, request: Request, method: Method, now_ns: int) -> bool:
        """Send what is one command of an account that is logged on, without a task; False if that cannot be done.

        It is what `_serve` does, for an order the whole way, when nothing has to be looked up first.
        """
        door, endpoint, logon = self.door, method.endpoint, self.account.logon
        if endpoint.ask is None or logon is None or request.signature is not None:
            return False
        credential = door.registry.known(logon.key) if request.key in (None, logon.key) else None
        if credential is None or not credential.allows_address(self.address):
            return False
        if endpoint.permission not in credential.permissions:
            return False
        params = Params(request.values)
        pending = Pending(self, request, method, now_ns)
        try:
            pending.weight = weight_of(endpoint, params)
            door.desk.limits.enter(self.address, pending.weight, now_ns)
            endpoint.refuse_unread(params, signature=False)
            deadline_ns = fresh_until_ns(params, now_ns)
            call = Call(params, now_ns, self.unit_ns, credential.account, deadline_ns, credential.key)
            pending.call = call
            if request.wants_receipt:
                door.rest.note_down(call)
            asked = endpoint.ask(door.desk, call)
            if asked is None:
                self._run(self._carry_out(pending, endpoint.handler(door.desk, call)))
                return True
            pending.asked = asked
            door.desk.client.submit_to(pending, asked.command, asked.text)
            self._asked[pending] = None
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            pending.answer(api_error(error, request.method))
        return True

    def take(self, pending: Pending, outcome: Outcome | Exception) -> None:
        """What became of a command that was sent at once."""
        if self._asked.pop(pending, self) is not None:
            return  # its asker has been told that it took too long
        try:
            if isinstance(outcome, Exception):
                if isinstance(outcome, EngineOverloaded | EngineRefused):
                    pending.asked.not_taken()
                raise outcome
            pending.note_down(outcome)
            content: bytes | ApiError = pending.asked.answer(outcome)
            pending.give_back()
        except Exception as error:  # noqa: BLE001  as above
            content = api_error(error, pending.request.method)
        pending.answer(content)

    async def _serve(self, request: Request, method: Method | None, now_ns: int) -> None:
        """A request from its admission to its answer."""
        pending = Pending(self, request, method, now_ns)
        own = OWN_METHODS.get(request.method) if method is None else None
        try:
            endpoint = _endpoint_of(own, method)
            params = Params(request.values)
            pending.weight = weight_of(endpoint, params)
            self.door.desk.limits.enter(self.address, pending.weight, now_ns)
            call = pending.call = await self._admit(request, params, endpoint, own, now_ns)
            if request.wants_receipt:
                self.door.rest.note_down(call)
        except asyncio.CancelledError:
            pending.answer(errors.timed_out())
            return
        except Exception as error:  # noqa: BLE001  as above
            pending.answer(api_error(error, request.method))
            return
        handling = endpoint.handler(self.door.desk, call) if own is None else own.handler(self.account, call)
        await self._carry_out(pending, handling)

    async def _carry_out(self, pending: Pending, handling: Awaitable[bytes]) -> None:
        outcome: bytes | ApiError
        assert pending.call is not None
        witnessed.set(pending.call.noted)
        try:
            outcome = await handling
            pending.give_back()
        except asyncio.CancelledError:
            outcome = errors.timed_out()
        except Exception as error:  # noqa: BLE001  as above
            outcome = api_error(error, pending.request.method)
        pending.answer(outcome)

    async def _admit(
        self, request: Request, params: Params, endpoint: Endpoint, own: OwnMethod | None, now_ns: int
    ) -> Call:
        """Believe a request, or not. Raises ApiError."""
        key, signature, permission = request.key, request.signature, endpoint.permission
        endpoint.refuse_unread(params, signature=signature is not None)
        is_signed = own is not None and own.needs_signature
        if not is_signed and permission is Permission.NONE:
            return Call(params, now_ns, self.unit_ns)
        logon = self.account.logon
        needs_logon = own is not None and own.needs_logon
        is_logged_on = signature is None and logon is not None and key in (None, logon.key) and not is_signed
        if needs_logon and not is_logged_on:
            raise errors.bad_key()
        if is_logged_on and logon is not None:
            deadline_ns = 0 if endpoint.key_only or needs_logon else fresh_until_ns(params, now_ns)
            credential = await self._logged_on(logon.key, permission)
        elif key is None:
            raise errors.missing("apiKey")
        elif endpoint.key_only:
            credential, deadline_ns = await identify(self.door.registry, key, self.address, permission), 0
        else:
            sent = Sent(params.values, signature, request.payload)
            credential, deadline_ns = await authenticate(
                self.door.registry, key, sent, self.address, permission, now_ns
            )
        return Call(params, now_ns, self.unit_ns, credential.account, deadline_ns, credential.key)

    async def _logged_on(self, key: str, permission: Permission) -> Credential:
        """The session's credential as it is now. If its key is gone, so is the session, and the client is told."""
        credential = await self._find(key)
        if credential is None:
            if self.account.logon is not None and self.account.logon.key == key:
                self.account.forget_logon()
                self.say(refused(b"null", errors.bad_key(), b""))
            raise errors.bad_key()
        if permission not in credential.permissions:
            raise errors.bad_key()
        return credential

    async def _find(self, key: str) -> Credential | None:
        """A key's credential, if it may be used from where the connection comes from."""
        credential = await self.door.registry.find(key)
        return credential if credential is not None and credential.allows_address(self.address) else None

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._running[task]

    # Answers

    def answer(self, pending: Pending, outcome: bytes | ApiError) -> None:
        request, now_ns = pending.request, pending.now_ns
        limits, receipts = b"", b""
        if pending.call is not None and pending.call.noted:
            receipts = b',"receipt":"%b"' % self.door.rest.receipts_of(pending.call).encode()
        if self.show_limits if request.show_limits is None else request.show_limits:
            method, call = pending.method, pending.call
            account = call.account if call is not None and method is not None and method.shows_orders else None
            limits = self.door.limits_shown(self.address, account, now_ns)
        if isinstance(outcome, ApiError):
            self.say(refused(request.id, self._timed(outcome, now_ns), receipts + limits))
            if outcome.status == _BANNED:
                self._flush()
                self.close(CloseCode.POLICY_VIOLATION, "Banned")
        else:
            self.say(b'{"id":%b,"status":200,"result":%b%b%b}' % (request.id, outcome, receipts, limits))

    def _refuse_unreadable(self, unreadable: Unreadable, now_ns: int) -> None:
        """What cannot be read is still a request."""
        error = unreadable.error
        try:
            self.door.desk.limits.enter(self.address, _UNREADABLE_WEIGHT, now_ns)
        except ApiError as limit:
            error = limit
        request = Request(unreadable.id, "", {}, None, None, None, b"")
        Pending(self, request, None, now_ns).answer(error)

    def _timed(self, outcome: ApiError, now_ns: int) -> ApiError:
        """Who asked too much is told when to ask again."""
        if outcome.retry_after_s is None or outcome.data is not None:
            return outcome
        again_ns = now_ns // NS_PER_S * NS_PER_S + outcome.retry_after_s * NS_PER_S
        data = {"serverTime": now_ns // NS_PER_MS, "retryAfter": again_ns // NS_PER_MS}
        return ApiError(outcome.code, outcome.message, status=outcome.status, data=data)

    def _flush(self) -> None:
        if self._out:
            frames, self._out = self._out, []
            self.write(b"".join(frames) if len(frames) > 1 else frames[0])


def _endpoint_of(own: OwnMethod | None, method: Method | None) -> Endpoint:
    if own is not None:
        return own.endpoint
    if method is None:
        raise errors.unsupported()
    return method.endpoint
