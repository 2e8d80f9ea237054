"""HTTP requests that a door takes whole and answers in one write, without a task.

uvicorn makes of each request a task, a queue and messages, which for an order cost as much as the order itself. What a
door does not take so, and what is not a plain request that came in one piece, goes uvicorn's way.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from venus.gateway.binance.turns import Answer, Reply
from venus.gateway.websocket import UpgradingProtocol

Take = Callable[[dict[str, Any], bytes, Answer], bool]
"""Given an ASGI scope, the body, and whom to give the reply to: once, now or later. False: it is not taken so."""
_FORWARDED = b"x-forwarded-"


class DirectProtocol(UpgradingProtocol):
    """uvicorn's HTTP/1.1, of which `take` has the first look at every plain request that is not a GET."""

    take: ClassVar[Take]
    _reading = False
    _held: tuple[RequestResponseCycle, Any] | None = None  # begun in what is being read

    def data_received(self, data: bytes) -> None:
        self._reading = True
        super().data_received(data)
        self._reading = False
        if self._held is not None:
            (cycle, app), self._held = self._held, None
            if not self._is_taken(cycle):
                super()._start_asgi_task(cycle, app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._reading and cycle.scope["method"] != "GET":  # which is never a command
            self._held = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _is_taken(self, cycle: RequestResponseCycle) -> bool:
        if cycle.more_body or not cycle.keep_alive or cycle.waiting_for_100_continue:
            return False
        if self.flow.write_paused or self.transport.is_closing():
            return False
        scope: dict[str, Any] = cycle.scope  # type: ignore[assignment]
        if any(name.startswith(_FORWARDED) for name, _ in scope["headers"]):
            return False  # who asks is for uvicorn to say
        return type(self).take(scope, bytes(cycle.body), partial(self._answer, cycle))

    def _answer(self, cycle: RequestResponseCycle, reply: Reply) -> None:
        if cycle.disconnected:
            return
        cycle.response_started = cycle.response_complete = True
        parts = [STATUS_LINE[reply.status]]
        for name, value in (*cycle.default_headers, *reply.headers):
            parts += (name, b": ", value, b"\r\n")
        if not cycle.keep_alive:  # the server stops
            parts.append(b"connection: close\r\n")
        parts += (b"content-length: %d\r\n\r\n" % len(reply.body), reply.body)
        self.transport.write(b"".join(parts))
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()


def direct(take: Take) -> type[DirectProtocol]:
    """A protocol class with this `take`, for `upgrading`."""
    return type(DirectProtocol.__name__, (DirectProtocol,), {"take": staticmethod(take)})
