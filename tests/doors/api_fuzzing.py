"""What Schemathesis needs to ask a running sandbox as a client would: a signature, values that exist, a dose."""

import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import schemathesis
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from venus.testing.running import RunningExchange

FORM = "application/x-www-form-urlencoded"
EXCLUDED = {
    "POST /sandbox/faults": "has requests fail on purpose, so nothing could be told of the others",
    "POST /sandbox/clock": "turns or stops the time by which requests are fresh and limits are counted",
    "POST /sandbox/reset": "puts another exchange in place of the one that is asked",
    "POST /sandbox/snapshots/{name}/restore": "as reset",
    "POST /sandbox/pause": "without a symbol it halts all of them, and no order would be taken after it",
    "POST /sandbox/freeze": "the account that signs would be refused everything after it",
}
"""Operations that are not asked, and why."""
REAL = {
    "symbol": "BTCUSDT",
    "symbols": ["BTCUSDT", "ETHUSDT"],
    "asset": "BTC",
    "coin": "BTC",
    "fromAsset": "BTC",
    "toAsset": "USDT",
    "quoteAsset": "USDT",
    "quantity": "0.01",
    "pendingQuantity": "0.01",
    "workingQuantity": "0.01",
    "price": "20000",
    "abovePrice": "90000",
    "belowPrice": "20000",
    "workingPrice": "20000",
    "pendingPrice": "90000",
    "timeInForce": "GTC",
    "account": "alice",
    "amount": "0.5",
}
"""Values that mean something to a sandbox: nobody would come upon a listed symbol by chance."""

WIDE = 20  # parameters: as many as an order has

Json = dict[str, Any]


class Signed:
    """Signs what is about to be sent, byte by byte as it is sent; `session.auth` of requests takes it.

    keeps: whether the timestamp and window that were drawn stay; else they are fresh ones.
    in_form: whether parameters of other methods than GET go as a form instead of in the query.
    """

    def __init__(self, keys: Mapping[str, str], *, keeps: bool = False, in_form: bool = False) -> None:
        self._key, self._secret = keys["apiKey"], keys["secret"].encode()
        self._keeps = keeps
        self._in_form = in_form

    def __call__(self, request: Any) -> Any:
        parts = urlsplit(request.url)
        dropped = {"signature"} if self._keeps else {"signature", "timestamp", "recvWindow"}
        pairs = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in dropped]
        if not self._keeps:
            pairs.append(f"timestamp={time.time_ns() // 10**6}")
        payload = "&".join(pairs)
        signed = f"{payload}{'&' * bool(payload)}signature={self._sign(payload)}"
        if self._in_form and request.method != "GET":
            request.url = urlunsplit(parts._replace(query=""))
            request.headers["Content-Type"] = FORM
            request.prepare_body(signed, None)
        else:
            request.url = urlunsplit(parts._replace(query=signed))
        request.headers["X-MBX-APIKEY"] = self._key
        return request

    def _sign(self, payload: str) -> str:
        return hmac.digest(self._secret, payload.encode(), "sha256").hex()


def made_real(drawn: Json | None) -> st.SearchStrategy[Json | None]:
    """What was drawn, or the same with values that the sandbox knows."""
    if not isinstance(drawn, dict):
        return st.just(drawn)
    known = {name: REAL[name] for name in drawn if name in REAL}
    return st.sampled_from([drawn | known, drawn]) if known else st.just(drawn)


def schema_of(exchange: RunningExchange, document: Json, *, examples: int, coverage: bool) -> Any:
    """The document's operations, so many examples of each; `coverage`: every bound of every parameter too."""
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig())
    schema.config.update(base_url=exchange.rest, request_timeout=20)
    schema.config.generation.update(max_examples=examples, with_security_parameters=False)
    schema.config.phases.coverage.enabled = coverage
    schema.config.phases.examples.enabled = False

    @schema.hook
    def flatmap_query(context: Any, query: Json | None) -> st.SearchStrategy[Json | None]:
        return made_real(query)

    @schema.hook
    def flatmap_body(context: Any, body: Any) -> st.SearchStrategy[Any]:
        return made_real(body)

    return schema


def is_excluded(context: Any) -> bool:
    return context.operation.label in EXCLUDED


def is_wide(context: Any) -> bool:
    """With so many parameters that every bound of each would be thousands of requests; they are an order's own."""
    return len(context.operation.query) > WIDE


def is_namesake(context: Any) -> bool:
    """The same handler as under /api/v3."""
    return context.operation.path.startswith("/api/v1/")
