"""One request of the REST door from its coming to its reply, whichever way it goes in between."""

from collections.abc import Callable
from typing import NamedTuple

from venus.engine.client import EngineOverloaded, EngineRefused, Outcome, sequenced
from venus.gateway.binance.endpoint import Asked, Call, Endpoint
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.failures import api_error
from venus.gateway.binance.limits import Limits

SAPI = "/sapi/"
RECEIPT_HEADER = b"x-venus-receipt"
"""Asked with 1; answered with the receipts of all that the request had sequenced."""
_JSON = (b"content-type", b"application/json;charset=UTF-8")
_FRESH = (b"cache-control", b"no-cache, no-store, must-revalidate")


class Reply(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]  # all but content-length
    body: bytes


class Turn:
    """What is known of a request so far, and the reply that follows from it."""

    __slots__ = ("address", "call", "endpoint", "extra", "limits", "method", "now_ns", "path", "receipts_of", "weight")

    def __init__(
        self, method: str, path: str, address: str, now_ns: int, limits: Limits, receipts_of: Callable[[Call], str]
    ) -> None:
        self.method = method
        self.path = path
        self.address = address
        self.now_ns = now_ns
        self.limits = limits
        self.receipts_of = receipts_of
        self.endpoint: Endpoint | None = None
        self.weight = 0
        self.call: Call | None = None  # once it is believed
        self.extra: list[tuple[bytes, bytes]] = []

    def done(self, content: bytes) -> Reply:
        if self.endpoint is not None and self.endpoint.free_if_done:
            self.limits.give_back(self.address, self.weight)
        attached = self.call.attached if self.call is not None else None
        return self._reply(200, content, (_JSON,) if attached is None else tuple(attached))

    def refused(self, error: Exception) -> Reply:
        """Our own bug costs one request, not the door."""
        refusal = api_error(error, f"{self.method} {self.path}")
        if refusal.retry_after_s is not None:
            self.extra.append((b"retry-after", b"%d" % refusal.retry_after_s))
        return self._reply(refusal.status, refusal.body(), (_JSON,))

    def _reply(self, status: int, content: bytes, kind: tuple[tuple[bytes, bytes], ...]) -> Reply:
        limits, call, now_ns = self.limits, self.call, self.now_ns
        used = b"%d" % limits.used_weight(self.address, now_ns)
        headers = [*self.extra, *kind, _FRESH, (b"x-mbx-used-weight", used), (b"x-mbx-used-weight-1m", used)]
        if self.path.startswith(SAPI):
            headers.append((b"x-sapi-used-ip-weight-1m", b"%d" % limits.used_sapi_weight(self.address, now_ns)))
            if call is not None and self.endpoint is not None and self.endpoint.uid_weight:
                used_uid = limits.used_uid_weight(call.account, now_ns)
                headers.append((b"x-sapi-used-uid-weight-1m", b"%d" % used_uid))
        if call is not None and call.placed:
            short_count, long_count = limits.order_counts(call.account, now_ns)
            headers.append((b"x-mbx-order-count-10s", b"%d" % short_count))
            headers.append((b"x-mbx-order-count-1d", b"%d" % long_count))
        if call is not None and call.noted:
            headers.append((RECEIPT_HEADER, self.receipts_of(call).encode()))
        return Reply(status, headers, content)


Answer = Callable[[Reply], None]


class Sending:
    """A request whose one command is on its way to the engine and back; as a Taker it is told what became of it."""

    __slots__ = ("_answer", "_asked", "_call", "_turn", "_under_way", "came_s")

    def __init__(
        self, turn: Turn, call: Call, asked: Asked, answer: Answer, under_way: "dict[Sending, None]", came_s: float
    ) -> None:
        self._turn = turn
        self._call = call
        self._asked = asked
        self._answer = answer
        self._under_way = under_way  # oldest first, with this one until it is answered
        self.came_s = came_s

    def __call__(self, outcome: Outcome | Exception) -> None:
        if self._under_way.pop(self, self) is not None:
            return  # its asker has been told that it took too long
        try:
            if isinstance(outcome, Exception):
                if isinstance(outcome, EngineOverloaded | EngineRefused):
                    self._asked.not_taken()
                raise outcome
            if self._call.noted is not None:
                self._call.noted.append(sequenced(self._asked.command, self._asked.text, outcome))
            reply = self._turn.done(self._asked.answer(outcome))
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            reply = self._turn.refused(error)
        self._answer(reply)

    def give_up(self, error: ApiError) -> None:
        """It took too long; what becomes of its command is unknown."""
        del self._under_way[self]
        self._answer(self._turn.refused(error))
