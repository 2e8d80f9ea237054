"""One exchange's REST API, synchronous and small: what is asked, what is answered, and refusals as exceptions."""

import hmac
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from venus.records.rejects import Reject

_REJECTS = {-30_000 - int(reject): reject for reject in Reject}
TIMEOUT_S = 20.0
RECV_WINDOW_MS = 10_000


class Refused(Exception):
    """The exchange said no.

    code     of the body; -30000 - n for a reject of the core
    reject   that one, if it is one
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.reject = _REJECTS.get(code)


class Connection:
    """To `rest`, such as "http://127.0.0.1:8000". Use as a context, or close it. Raises httpx.HTTPError, Refused."""

    def __init__(self, rest: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.rest = rest
        self._http = httpx.Client(base_url=rest, timeout=timeout_s)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def ask(self, method: str, path: str, /, **params: object) -> Any:
        """A public request, or one that bears a seat's signature; parameters that are None are not sent."""
        return self._send(method, path, urlencode(_sent(params)), {})

    def ask_signed(self, method: str, path: str, keys: "ApiKey", /, **params: object) -> Any:
        """A request of an account."""
        query = signed_query(keys.secret.encode(), _sent(params), self.now_ns())
        return self._send(method, path, query, {"X-MBX-APIKEY": keys.key})

    def send_file(self, path: str, keys: "ApiKey", content: bytes, content_type: str, /, **params: object) -> Any:
        """A request of an account whose body is a file, which is signed with it."""
        query = signed_query(keys.secret.encode(), _sent(params), self.now_ns(), content)
        headers = {"X-MBX-APIKEY": keys.key, "content-type": content_type}
        return _answer(self._http.request("POST", f"{path}?{query}", content=content, headers=headers))

    def fetch_file(self, path: str, keys: "ApiKey", /, **params: object) -> bytes:
        """A request of an account that is answered with a file."""
        query = signed_query(keys.secret.encode(), _sent(params), self.now_ns())
        reply = self._http.request("GET", f"{path}?{query}", headers={"X-MBX-APIKEY": keys.key})
        if reply.status_code != 200:
            _answer(reply)
        return reply.content

    def _send(self, method: str, path: str, form: str, headers: dict[str, str]) -> Any:
        if method == "POST":
            kind = {"content-type": "application/x-www-form-urlencoded"}
            reply = self._http.request(method, path, content=form.encode(), headers=headers | kind)
        else:
            reply = self._http.request(method, f"{path}?{form}" if form else path, headers=headers)
        return _answer(reply)

    # Who the exchange is

    def exchange(self) -> dict[str, Any]:
        """Its digest, relying party, page and time."""
        answer: dict[str, Any] = self.ask("GET", "/coins/v1/exchange")
        return answer

    def digest(self) -> bytes:
        """bytes[32] that approvals are signed for; what is signed for one exchange is worth nothing at another."""
        return bytes.fromhex(self.exchange()["digest"])

    def now_ns(self) -> int:
        """The exchange's time, which in a sandbox need not be the world's."""
        return int(self.ask("GET", "/api/v3/time")["serverTime"]) * 1_000_000


class ApiKey:
    """An HMAC key of an account. Its secret is kept out of repr."""

    def __init__(self, key: str, secret: str) -> None:
        self.key = key
        self.secret = secret

    def __repr__(self) -> str:
        return f"ApiKey(key={self.key!r})"


def signed_query(secret: bytes, params: Mapping[str, object], now_ns: int, content: bytes = b"") -> str:
    """Parameters with the time and the HMAC signature. content: the body, if it is signed with them."""
    sent = {**params, "recvWindow": RECV_WINDOW_MS, "timestamp": now_ns // 1_000_000}
    query = urlencode(sent)
    return f"{query}&signature={hmac.digest(secret, query.encode() + content, 'sha256').hex()}"


def _answer(reply: httpx.Response) -> Any:
    """Raises Refused."""
    try:
        answer = reply.json()
    except ValueError:
        raise Refused(reply.status_code, 0, f"{reply.status_code} and no JSON") from None
    if reply.status_code != 200:
        raise Refused(reply.status_code, int(answer.get("code", 0)), str(answer.get("msg", "")))
    return answer


def _sent(params: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in params.items() if value is not None}
