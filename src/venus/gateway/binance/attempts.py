"""How often one address may open a WebSocket, and the words in which a connection is refused.

Source: [D] web-socket-streams.md, "WebSocket Limits"; web-socket-api.md, "Connection limits".
"""

from http import HTTPStatus

import msgspec

from venus.gateway.websocket import Refusal

WINDOW_S = 300


class Attempts:
    """Connections of each address in the present five minutes of the clock."""

    def __init__(self, attempts_max: int) -> None:
        self._attempts_max = attempts_max
        self._window = -1
        self._counts: dict[str, int] = {}

    def refuse(self, address: str, now_s: int) -> int:
        """Count one; 0 if it is allowed, else the seconds until the next may be."""
        window = now_s // WINDOW_S
        if window != self._window:
            self._window, self._counts = window, {}
        count = self._counts[address] = self._counts.get(address, 0) + 1
        return WINDOW_S - now_s % WINDOW_S if count > self._attempts_max else 0


def too_many(attempts_max: int, wait_s: int) -> Refusal:
    message = f"Too many connection attempts; current limit is {attempts_max} per 5 MINUTE."
    return refusal(HTTPStatus.TOO_MANY_REQUESTS, -1034, message, wait_s)


def refusal(status: HTTPStatus, code: int, message: str, wait_s: int | None = None) -> Refusal:
    """An HTTP answer instead of a WebSocket."""
    headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
    body = msgspec.json.encode({"code": code, "msg": message})
    return Refusal(status, body, {"Content-Type": "application/json;charset=UTF-8", **headers})
