"""A message of the WebSocket API, taken apart: id, method, and parameters as the text that a query would have held.

JSON numbers, booleans and arrays are taken as they are written, so "0.10", 0.10 and [..] mean to an endpoint what they
would in a query, and what was signed is what was sent. Source: [D] web-socket-api.md, "Request format", "Request
security".
"""

from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.params import Params

METHOD_CHARACTERS_MAX = 64
_VERSION = "v3/"
_NO_ID = msgspec.Raw(b"")
_NULL = b"null"
_ID_STARTS = frozenset(b'"-0123456789n')
_QUOTE = ord('"')
_DIGITS = frozenset(b"-0123456789")


class _Message(msgspec.Struct):
    method: str = ""
    id: msgspec.Raw = _NO_ID
    params: dict[str, Any] | None = None


class _RawParams(msgspec.Struct):
    params: dict[str, msgspec.Raw]


_decode = msgspec.json.Decoder(_Message).decode
_decode_raw = msgspec.json.Decoder(_RawParams).decode


class Request(msgspec.Struct, frozen=True):
    """One request. `values` are all parameters as text but those that are the connection's affair."""

    id: bytes  # as JSON
    method: str  # without its version
    values: dict[str, str]
    key: str | None
    signature: str | None
    show_limits: bool | None  # None: as the connection has it
    payload: bytes  # what was signed
    wants_receipt: bool = False


class Unreadable(Exception):
    """A message that is no request; `id` is its id as JSON, if it has one."""

    def __init__(self, error: errors.ApiError, request_id: bytes = _NULL) -> None:
        super().__init__(error)
        self.error = error
        self.id = request_id


def read_request(message: bytes) -> Request:
    """Raises Unreadable."""
    try:
        read = _decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Unreadable(errors.bad_json("request")) from None
    request_id = bytes(read.id)
    if not request_id or request_id[0] not in _ID_STARTS or not _is_whole(request_id):
        raise Unreadable(errors.missing("id"))
    method = read.method
    if not method or len(method) > METHOD_CHARACTERS_MAX:
        raise Unreadable(errors.missing("method"), request_id)
    sent = read.params
    if not sent:
        return Request(request_id, method.removeprefix(_VERSION), {}, None, None, None, b"")
    try:
        values = _texts(sent, message)
        payload = b""
        signature = values.pop("signature", None)
        if signature is not None:
            payload = "&".join([f"{name}={values[name]}" for name in sorted(values)]).encode()
        show_limits = _boolean(values, "returnRateLimits") if "returnRateLimits" in values else None
        wants_receipt = "receipt" in values and _boolean(values, "receipt")
    except errors.ApiError as error:
        raise Unreadable(error, request_id) from None
    except UnicodeEncodeError:  # half of a surrogate pair
        raise Unreadable(errors.bad_json("params"), request_id) from None
    key = values.pop("apiKey", None)
    name = method.removeprefix(_VERSION)
    return Request(request_id, name, values, key, signature, show_limits, payload, wants_receipt)


def _is_whole(request_id: bytes) -> bool:
    """A text, null, or a number without a fraction or an exponent."""
    return request_id.isdigit() or request_id[0] == _QUOTE or request_id == _NULL or _DIGITS.issuperset(request_id)


def _texts(sent: dict[str, Any], message: bytes) -> dict[str, str]:
    """Parameters as text. Most are text already; of the rest only whole numbers are surely written one way."""
    for name, value in sent.items():
        kind = type(value)
        if kind is str:
            continue
        if kind is not int:
            return _written_texts(message)
        sent[name] = str(value)
    return sent


def _written_texts(message: bytes) -> dict[str, str]:
    """Parameters as they are written in the message; null is a parameter sent empty."""
    texts = {}
    for name, raw in _decode_raw(message).params.items():
        written = bytes(raw)
        if written[0] == _QUOTE:
            texts[name] = msgspec.json.decode(written, type=str)
        else:
            texts[name] = "" if written == _NULL else written.decode()
    return texts


def _boolean(values: dict[str, str], name: str) -> bool:
    """A switch that is the connection's affair, taken out of the parameters."""
    switch = Params(values).boolean(name, default=True)
    del values[name]
    return switch
