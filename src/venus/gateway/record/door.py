"""What of the public record is no JSON: the newest checkpoint, tiles, keys; and where cosignatures are handed in."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.failures import api_error
from venus.gateway.binance.limits import Limits
from venus.gateway.journal import refusals
from venus.gateway.journal.seats import Askers
from venus.gateway.record.cosignatures import COSIGNER_HEADER, Cosignatures
from venus.gateway.record.log import PublicLog
from venus.gateway.record.places import BASE
from venus.journal.tiles import tile_at

CHECKPOINT, VERIFIERS, COSIGNATURES = f"{BASE}/checkpoint", f"{BASE}/verifiers", f"{BASE}/cosignatures"
TILES = f"{BASE}/tile/"
_NOTE_BYTES_MAX = 16 * 1024
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_BINARY = (b"content-type", b"application/octet-stream")
_JSON = (b"content-type", b"application/json;charset=UTF-8")
_BRIEFLY = (b"cache-control", b"public, max-age=1")
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_FROM_ANYWHERE = (b"access-control-allow-origin", b"*")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class _Answer(NamedTuple):
    headers: Headers
    body: bytes


class LogDoor:
    """A plain ASGI application; every request counts by its address, as at the other doors."""

    def __init__(
        self,
        log: PublicLog,
        cosignatures: Cosignatures,
        askers: Askers,
        limits: Limits,
        clock_ns: Callable[[], int],
    ) -> None:
        self.log = log
        self._cosignatures = cosignatures
        self._askers = askers
        self._limits = limits
        self._clock_ns = clock_ns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, extra = 200, []
        try:
            self._limits.enter(scope["client"][0] if scope.get("client") else "", 1, self._clock_ns())
            headers, body = await self._answer(scope, receive)
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            refused = api_error(error, f"{scope['method']} {scope['path']}")
            status, headers, body = refused.status, [_JSON], refused.body()
            if refused.retry_after_s is not None:
                extra.append((b"retry-after", b"%d" % refused.retry_after_s))
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *extra, length]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer:
        path, method, query = scope["path"], scope["method"], scope["query_string"]
        if path == COSIGNATURES:
            if method != "POST":
                raise ApiError(-1020, "This operation is not supported.", status=405)
            return await self._take(scope, receive)
        if method not in ("GET", "HEAD"):
            raise ApiError(-1020, "This operation is not supported.", status=405)
        if path == CHECKPOINT and query in (b"", b"cosigned=true", b"cosigned=false"):
            note = await self._cosignatures.newest(cosigned=query == b"cosigned=true")
            return _Answer([_PLAIN, _BRIEFLY, _FROM_ANYWHERE], note)
        if query:
            raise refusals.not_read("cosigned" if path == CHECKPOINT else "none")
        if path == VERIFIERS:
            return _Answer([_PLAIN, _BRIEFLY, _FROM_ANYWHERE], await self._cosignatures.verifiers())
        tile = tile_at(path.removeprefix(f"{BASE}/")) if path.startswith(TILES) else None
        if tile is None:
            raise refusals.no_tile() if path.startswith(TILES) else _unsupported()
        return _Answer([_BINARY, _FOR_EVER, _FROM_ANYWHERE], await self.log.tile(tile))

    async def _take(self, scope: Scope, receive: Receive) -> _Answer:
        body = await _read(receive)
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            raise refusals.not_read("none")
        asker = await self._askers.believe("POST", target, scope["headers"], body)
        verifier = dict(scope["headers"]).get(COSIGNER_HEADER.lower().encode())
        if verifier is None:
            raise refusals.bad_header(COSIGNER_HEADER, "there: it is the cosigner's key on one line")
        return _Answer([_JSON], await self._cosignatures.take(asker, verifier.decode("latin-1"), body))


def _unsupported() -> ApiError:
    return ApiError(-1020, "This operation is not supported.", status=404)


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _NOTE_BYTES_MAX:
            raise ApiError(-1100, "Illegal characters found in a parameter.", status=413)
        if not message.get("more_body", False):
            return body
