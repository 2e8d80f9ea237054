"""What clients say on a stream connection, and the words it is answered or refused with.

Refusals name the place as a Rust JSON parser does, because that is what is documented and matched on.
Source: [D] web-socket-streams.md, "Live Subscribing/Unsubscribing to streams", "Error Messages".
"""

import re
from typing import Any, NamedTuple

import msgspec

from venus.units import INT64_MAX

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
COMBINED = "combined"

_ID_TEXT = re.compile(r"[A-Za-z0-9_.\-]{1,36}")
_METHOD = re.compile(r'"method"\s*:\s*("(?:[^"\\]|\\.)*"|[^\s,}]+)')
_BYTE = re.compile(r"\(byte (\d+)\)")
_NAME_MUST_BE_TEXT = "Invalid request: property name must be a string"
_TOO_MANY = "Invalid request: too many parameters"


class Request(NamedTuple):
    """A request that is well formed. `params` are stream names, or a property's name and value."""

    method: str
    params: list[Any]
    id: int | str | None


class BadRequest(Exception):
    """A message that is not a request; `reply` says why."""

    def __init__(self, code: int, message: str, *members: tuple[str, Any]) -> None:
        super().__init__(message)
        self.reply = msgspec.json.encode({"code": code, "msg": message, **dict(members)})


def parse_request(message: bytes) -> Request:
    """Read one message; raises BadRequest."""
    try:
        body = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError) as malformed:
        where = _BYTE.search(str(malformed))
        place = _place(message, int(where[1]) + 1 if where else len(message))
        raise BadRequest(3, f"Invalid JSON: expected value at {place}") from None
    if not isinstance(body, dict):
        raise BadRequest(2, f"Invalid request: expected an object at {_place(message, len(message))}")
    if "method" not in body:
        raise BadRequest(2, f"Invalid request: missing field `method` at {_place(message, len(message))}")
    method = body["method"]
    if method not in METHODS:
        raise BadRequest(2, _unknown_method(message, method))
    if "id" not in body or not _is_id(body["id"]):
        raise BadRequest(2, "Invalid request: request ID must be an unsigned integer")
    request_id = ("id", body["id"])
    params = body.get("params")
    params = [] if params is None else params
    if not isinstance(params, list):
        raise BadRequest(2, "Invalid request: params must be an array", request_id)
    _PARAMS_CHECK[method](params, request_id)
    return Request(method, params, body["id"])


def reply(result: Any, request_id: int | str | None) -> bytes:
    return msgspec.json.encode({"result": result, "id": request_id})


def too_many_streams(request_id: int | str | None, streams_max: int) -> bytes:
    message = f"Invalid request: a connection listens to at most {streams_max} streams"
    return BadRequest(2, message, ("id", request_id)).reply


def _names(params: list[Any], request_id: tuple[str, Any]) -> None:
    if not params or not all(isinstance(name, str) for name in params):
        raise BadRequest(2, "Invalid request: params must be names of streams", request_id)


def _nothing(params: list[Any], request_id: tuple[str, Any]) -> None:
    if params:
        raise BadRequest(2, _TOO_MANY, request_id)


def _property(params: list[Any], request_id: tuple[str, Any]) -> None:
    _property_name(params, request_id, 1)


def _property_and_value(params: list[Any], request_id: tuple[str, Any]) -> None:
    _property_name(params, request_id, 2)
    if len(params) < 2 or not isinstance(params[1], bool):
        raise BadRequest(1, "Invalid value type: expected Boolean", request_id)


def _property_name(params: list[Any], request_id: tuple[str, Any], count_max: int) -> None:
    if not params or not isinstance(params[0], str):
        raise BadRequest(2, _NAME_MUST_BE_TEXT, request_id)
    if len(params) > count_max:
        raise BadRequest(2, _TOO_MANY, request_id)
    if params[0] != COMBINED:
        raise BadRequest(0, "Unknown property", request_id)


_PARAMS_CHECK = {
    "SUBSCRIBE": _names,
    "UNSUBSCRIBE": _names,
    "LIST_SUBSCRIPTIONS": _nothing,
    "SET_PROPERTY": _property_and_value,
    "GET_PROPERTY": _property,
}
assert set(_PARAMS_CHECK) == set(METHODS)


def _is_id(value: Any) -> bool:
    """A 64-bit integer, a text of up to 36 letters and digits (and what joins them in UUIDs), or null."""
    if value is None:
        return True
    if isinstance(value, str):
        return _ID_TEXT.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and -INT64_MAX - 1 <= value <= INT64_MAX


def _unknown_method(message: bytes, method: Any) -> str:
    text = message.decode()
    match = _METHOD.search(text)
    end = len(text[: match.end()].encode()) if match else len(message)
    variant = method if isinstance(method, str) else msgspec.json.encode(method).decode()
    expected = ", ".join(f"`{name}`" for name in METHODS)
    return f"Invalid request: unknown variant `{variant}`, expected one of {expected} at {_place(message, end)}"


def _place(message: bytes, end: int) -> str:
    """Line and column, from 1, of the last of the first `end` bytes."""
    before = message[:end]
    return f"line {before.count(10) + 1} column {len(before) - (before.rfind(10) + 1)}"
