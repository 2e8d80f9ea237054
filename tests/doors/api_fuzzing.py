"""What Schemathesis needs to ask a running sandbox as a client would: a signature, values that exist, a dose."""

import hmac
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

import schemathesis
from schemathesis.config import SchemathesisConfig

from venus.gateway.binance.trading.order_form import REFUSED, TYPES
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
THINGS = {
    "symbol": "BTCUSDT",
    "account": "alice",
    **dict.fromkeys(("asset", "coin", "fromAsset"), "BTC"),
    **dict.fromkeys(("toAsset", "quoteAsset"), "USDT"),
}
"""Names that mean something to a sandbox: nobody would come upon a listed symbol by chance."""
FIGURES = {
    **dict.fromkeys(("quantity", "pendingQuantity", "workingQuantity", "amount"), "0.01"),
    **dict.fromkeys(("price", "belowPrice", "workingPrice", "pendingBelowPrice"), "20000"),
    **dict.fromkeys(("stopPrice", "abovePrice", "pendingPrice", "pendingAbovePrice"), "90000"),
    "icebergQty": "0.005",
    **dict.fromkeys(("timeInForce", "workingTimeInForce", "pendingTimeInForce"), "GTC"),
}
"""Values near those of a sandbox's market."""
NEEDED = {
    "LIMIT": ("timeInForce", "quantity", "price"),
    "MARKET": ("quantity",),
    "LIMIT_MAKER": ("quantity", "price"),
    "STOP_LOSS": ("quantity", "stopPrice"),
    "STOP_LOSS_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
    "TAKE_PROFIT": ("quantity", "stopPrice"),
    "TAKE_PROFIT_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
}
"""What an order of a type must say, which no schema of single parameters can."""
UNUSUAL = ("pegPriceType", "pegOffsetType", "pegOffsetValue", "quoteOrderQty")
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,50}")
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
        if self._in_form and request.method != "GET" and not request.body:
            request.url = urlunsplit(parts._replace(query=""))
            request.headers["Content-Type"] = FORM
            request.prepare_body(signed, None)
        else:
            request.url = urlunsplit(parts._replace(query=signed))
        request.headers["X-MBX-APIKEY"] = self._key
        return request

    def _sign(self, payload: str) -> str:
        return hmac.digest(self._secret, payload.encode(), "sha256").hex()


def make_real(case: Any) -> None:
    """Put what exists in place of what was drawn, as far as that could be a name at all; of figures every other one.

    Every other order is made one of its type: without what that refuses, with what it needs.
    """
    for values in (case.query, case.body):
        if not isinstance(values, dict):
            continue
        for name, value in list(values.items()):
            if isinstance(value, str) and PLAIN.fullmatch(value) and (name in THINGS or _is_even(value)):
                values[name] = THINGS.get(name) or FIGURES.get(name) or value
        order_type = TYPES.get(str(values.get("type")))
        if order_type is not None and "side" in values and _is_even(repr(values)):
            for name in (*REFUSED[order_type], *UNUSUAL):
                values.pop(name, None)
            values |= {name: FIGURES[name] for name in NEEDED[order_type.name]}


def _is_even(text: str) -> bool:
    """By chance, but the same for the same text."""
    return crc32(text.encode("utf-8", "surrogatepass")) % 2 == 0


def schema_of(exchange: RunningExchange, document: Json, *, examples: int, coverage: bool) -> Any:
    """The document's operations, so many examples of each; `coverage`: every bound of every parameter too."""
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig())
    schema.config.update(base_url=exchange.rest, request_timeout=60)
    schema.config.generation.update(max_examples=examples, with_security_parameters=False)
    schema.config.phases.coverage.enabled = coverage
    schema.config.phases.examples.enabled = False
    return schema


def is_excluded(context: Any) -> bool:
    return context.operation.label in EXCLUDED


def is_namesake(context: Any) -> bool:
    """The same handler as under /api/v3."""
    return context.operation.path.startswith("/api/v1/")
