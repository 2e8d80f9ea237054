"""A door with faults in front of it: what is asked passes through, unless a rule says that it goes wrong.

Before: the exchange never sees the request. After: it is done, and only the answer goes wrong; the case that a client
gets wrong when it sends an order again. It is also where requests wait while the exchange is put back.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.sandbox.faults import Fault, Faults
from venus.gateway.sandbox.turnstile import Turnstile
from venus.units import NS_PER_MS

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
AccountOf = Callable[[str], Awaitable[int | None]]

NO_ANSWER_S_MAX = 600.0
_WEIGHT_1M_MAX = 6_000
_SENT_S = 0.05  # in which half an answer leaves before the connection is cut


class FaultyDoor:
    """`door` is what stands behind it now; `account_of` tells whose an API key is, if a rule is about an account."""

    def __init__(
        self,
        door: Callable[[], App],
        faults: Faults,
        turnstile: Turnstile,
        account_of: AccountOf,
        clock_ns: Callable[[], int],
    ) -> None:
        self._door = door
        self._faults = faults
        self._turnstile = turnstile
        self._account_of = account_of
        self._clock_ns = clock_ns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        faults = await self._faults_of(scope)
        if not faults:
            await self._pass(scope, receive, send)
            return
        for fault in faults:
            if not fault.is_after and await self._act(fault, scope, receive, send, None):
                return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._pass(scope, receive, keep)
        for fault in faults:
            if fault.is_after and await self._act(fault, scope, receive, send, answer):
                return
        for message in answer:
            await send(message)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._turnstile:
            # Asked only now: whoever waited at the turnstile may find another exchange behind it.
            await self._door()(scope, receive, send)

    async def _faults_of(self, scope: Scope) -> list[Fault]:
        account = None
        if self._faults.ask_for_accounts:
            key = dict(scope["headers"]).get(b"x-mbx-apikey", b"").decode("latin-1")
            account = await self._account_of(key) if key else None
        return self._faults.of_request(scope["method"], scope["path"], account)

    async def _act(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send, answer: list[Message] | None
    ) -> bool:
        """Do what a rule says; whether that was the end of the request. `answer` is what the exchange has said."""
        form = fault.form
        await asyncio.sleep(form.delay_ms / 1_000)
        match form.kind:
            case "latency":
                return False
            case "disconnect":
                await _cut(scope, receive)
            case "no_answer":
                await _until_gone(receive, (form.delay_ms / 1_000) or NO_ANSWER_S_MAX)
                await _cut(scope, receive)
            case "half_answer":
                assert answer is not None
                await _half(answer, send)
                await _cut(scope, receive)
            case "status":
                error = errors.not_now(stopping=False) if answer is None else errors.outcome_unknown()
                await _refuse(send, error, form.status, form.code, form.msg)
            case "timeout_unknown":
                await _refuse(send, errors.timed_out())
            case "rate_limit":
                await _refuse(send, errors.too_much_weight(_WEIGHT_1M_MAX, form.retry_after), 429, form.code, form.msg)
            case "ban":
                error = errors.banned(self._clock_ns() // NS_PER_MS + 1_000 * form.retry_after, form.retry_after)
                await _refuse(send, error, 418, form.code, form.msg)
        return True


async def _refuse(
    send: Send, error: errors.ApiError, status: int | None = None, code: int | None = None, message: str | None = None
) -> None:
    body = error.body()
    if code is not None or message is not None:
        body = msgspec.json.encode({"code": error.code if code is None else code, "msg": message or error.message})
    headers = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", b"%d" % len(body)),
    ]
    if error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after_s))
    await send({"type": "http.response.start", "status": status or error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _half(answer: list[Message], send: Send) -> None:
    """The head with its whole length, and half of the body."""
    body = b"".join(message.get("body", b"") for message in answer[1:])
    await send(answer[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await asyncio.sleep(_SENT_S)


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection without another byte."""
    scope["extensions"]["venus.abort"]["abort"]()
    await _until_gone(receive, NO_ANSWER_S_MAX)


async def _until_gone(receive: Receive, patience_s: float) -> None:
    try:
        async with asyncio.timeout(patience_s):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
