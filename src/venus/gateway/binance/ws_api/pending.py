"""Requests of the WebSocket API between their coming and their answer."""

from typing import TYPE_CHECKING

from venus.engine.client import Outcome, sequenced
from venus.gateway.binance.endpoint import Asked, Call, Endpoint
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.params import Params
from venus.gateway.binance.ws_api.methods import Method
from venus.gateway.binance.ws_api.request import Request

if TYPE_CHECKING:
    from venus.gateway.binance.ws_api.session import WsApiSession


class Pending:
    """A request that is not answered yet. As a Taker it is told what became of its command."""

    __slots__ = ("asked", "call", "came_s", "method", "now_ns", "request", "session", "weight")

    def __init__(self, session: "WsApiSession", request: Request, method: Method | None, now_ns: int) -> None:
        self.session = session
        self.request = request
        self.method = method
        self.now_ns = now_ns
        self.came_s = session.clock_s()
        self.weight = 0
        self.call: Call | None = None
        self.asked: Asked

    def __call__(self, outcome: Outcome | Exception) -> None:
        self.session.take(self, outcome)

    def answer(self, outcome: bytes | ApiError) -> None:
        self.session.answer(self, outcome)

    def note_down(self, outcome: Outcome) -> None:
        """Its command was sequenced, and it may want a receipt of that."""
        if self.call is not None and self.call.noted is not None:
            self.call.noted.append(sequenced(self.asked.command, self.asked.text, outcome))

    def give_back(self) -> None:
        """It is done: what weighs nothing then is taken off the address's count."""
        if self.method is not None and self.method.endpoint.free_if_done:
            self.session.door.desk.limits.give_back(self.session.address, self.weight)


def weight_of(endpoint: Endpoint, params: Params) -> int:
    return endpoint.weight if isinstance(endpoint.weight, int) else endpoint.weight(params)


def refused(request_id: bytes, error: ApiError, more: bytes) -> bytes:
    """`more`: the members receipt and rateLimits, each with its comma, or nothing."""
    return b'{"id":%b,"status":%d,"error":%b%b}' % (request_id, error.status, error.body(), more)
