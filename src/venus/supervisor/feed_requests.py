"""Requests of a machine to an exchange's journal and public record, signed by its seat, and streams that live on."""

import http.client
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

from venus.journal.cosignatures import CosignatureVerifier
from venus.records.seat_requests import SEAT_HEADER, SIGNATURE_HEADER, TIME_HEADER, request_statement
from venus.sdk.keys import SeatKey
from venus.units import NS_PER_MS

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_PIECE_BYTES = 1 << 20
_ANSWER_BYTES_MAX = 16 << 20
_SILENCE_S = 35.0  # an exchange beats every ten seconds
_PAUSE_S, _PAUSE_S_MAX = 0.05, 2.0
_AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY}
_AGAIN |= {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


class FeedRefused(Exception):
    """The exchange refuses, in its own words; the same request would be refused again."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(f"{words} ({status}, {code})")
        self.status = status
        self.code = code
        self.words = words


class FeedRewound(FeedRefused):
    """The exchange says that it has fewer durable frames than it gave before."""


class FeedLost(ConnectionError):
    """The exchange cannot be reached."""


class _ComeAgain(ConnectionError):
    """Refused for now."""


class FeedRequests:
    """To one exchange, by one seat (None: only what is public). May be used by several threads."""

    def __init__(self, url: str, seat: SeatKey | None) -> None:
        """Raises ValueError for a URL that is none of an exchange."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"not the URL of an exchange: {url!r}")
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._base = parts.path.rstrip("/")
        self._seat = seat
        self._closing = threading.Event()
        self._live: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self.lost_since_s: float | None = None  # monotonic; None: the last attempt went well

    def close(self) -> None:
        """End every stream, also one that another thread waits for."""
        self._closing.set()
        with self._lock:
            live = list(self._live)
        for connection in live:
            _cut(connection)

    def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] = NO_HEADERS,
        bytes_max: int = _ANSWER_BYTES_MAX,
    ) -> bytes:
        """One answer's body. Raises FeedRefused, FeedLost."""
        try:
            connection, response = self._open(method, target, body, headers)
            try:
                answer = response.read(bytes_max + 1)
            finally:
                self._drop(connection)
        except (OSError, http.client.HTTPException) as error:
            raise FeedLost(f"{self.url}: {error}") from error
        if len(answer) > bytes_max:
            raise FeedLost(f"{self.url}: an answer of more than {bytes_max} bytes to {target}")
        return answer

    def hand_in(self, note: bytes, verifier: CosignatureVerifier) -> None:
        """Give the exchange a checkpoint with this key's cosignature. Raises FeedRefused, FeedLost."""
        headers = {"Content-Type": "text/plain; charset=utf-8", "X-VENUS-COSIGNER": verifier.text()}
        self.ask("POST", "/record/v1/cosignatures", note, headers)

    def pieces(self, path: str, number: Callable[[], int], end: int | None) -> Iterator[bytes]:
        """What a stream gives, over as many connections as it takes; empty where one begins, at frame `number()`.

        Raises FeedRefused, and FeedLost if not even the first connection can be made.
        """
        pause_s, began = _PAUSE_S, False
        while not self._closing.is_set() and (end is None or number() < end):
            try:
                until = "" if end is None else f"&to={end}"
                connection, response = self._open("GET", f"{path}?from={number()}{until}", b"", NO_HEADERS)
                try:
                    began, self.lost_since_s = True, None
                    yield b""
                    while piece := response.read1(_PIECE_BYTES):
                        pause_s = _PAUSE_S
                        yield piece
                finally:
                    self._drop(connection)
            except (OSError, http.client.HTTPException) as error:
                if not began and not isinstance(error, _ComeAgain):
                    raise FeedLost(f"{self.url}: {error}") from error
            if self.lost_since_s is None:
                self.lost_since_s = time.monotonic()
            self._closing.wait(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_S_MAX)

    def _open(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """A connection with its answer at hand. Raises FeedRefused, OSError, HTTPException."""
        if self._tls is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=_SILENCE_S)
        else:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=_SILENCE_S, context=self._tls)
        with self._lock:
            self._live.add(connection)
        try:
            if self._closing.is_set():
                raise FeedLost("closed")
            target = self._base + target
            signed = {**headers, **self._signed(method, target, body)}
            connection.request(method, target, body or None, signed)
            response = connection.getresponse()
            if response.status != HTTPStatus.OK:
                raise _refused(response)
        except BaseException:
            self._drop(connection)
            raise
        return connection, response

    def _signed(self, method: str, target: str, body: bytes) -> dict[str, str]:
        seat = self._seat
        if seat is None:
            return {}
        time_ms = time.time_ns() // NS_PER_MS
        signature = seat.key.sign(request_statement(method, target, time_ms, body))
        return {
            SEAT_HEADER: f"{seat.institution}/{seat.seat}",
            TIME_HEADER: str(time_ms),
            SIGNATURE_HEADER: b64encode(signature).decode(),
        }

    def _drop(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._live.discard(connection)
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    """Wake whoever reads from it in another thread."""
    held = connection.sock
    if held is not None:
        with suppress(OSError):  # it is cut already
            held.shutdown(socket.SHUT_RDWR)


def _refused(response: http.client.HTTPResponse) -> Exception:
    body = response.read(1 << 16)
    try:
        told = msgspec.json.decode(body, type=dict)
        code, words = int(told["code"]), str(told["msg"])
    except (msgspec.MsgspecError, KeyError, ValueError, TypeError):
        code, words = 0, f"{response.status} {response.reason}"
    if response.status in _AGAIN:
        return _ComeAgain(words)
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return FeedRewound(response.status, code, words)
    return FeedRefused(response.status, code, words)
