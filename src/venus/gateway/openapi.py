"""The REST surface as an OpenAPI 3.1 document, written from the tables that requests are served by.

Of a request it says all that the tables say. Of an answer it says the status, the content type, the headers and what a
refusal looks like; the members of answers are fields of Binance's documentation, and no table holds them.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec

from venus import VERSION
from venus.gateway.binance.endpoint import Endpoint
from venus.gateway.binance.vocabulary import SIGNED, TEXT, Schema, schema_of
from venus.gateway.operations import JSON, Operation
from venus.gateway.sandbox.door import Nothing, Route
from venus.records.seat_requests import SEAT_HEADER, SIGNATURE_HEADER, TIME_HEADER
from venus.registry.credentials import Permission

PATH = "/openapi.json"
FORM = "application/x-www-form-urlencoded"
FILE = "application/octet-stream"
REFUSALS = (400, 401, 404, 405, 409, 413, 418, 429, 500, 503, 504)
"""Statuses with which the API's own doors refuse."""
SANDBOX_REFUSALS = (400, 403, 404, 409, 413, 415, 500, 503)
"""Statuses with which the sandbox's own door refuses."""
OWN_REFUSALS = (400, 401, 403, 404, 405, 409, 410, 413, 416, 418, 429, 500, 503)
"""Statuses with which the doors of the journal and of its log refuse."""
LIMITED = (418, 429, 503)
"""Refusals that may say after how long to come again."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ERROR: Schema = {
    "type": "object",
    "description": "A refusal. `data` is only beside the two halves of a cancel-replace.",
    "properties": {"code": {"type": "integer"}, "msg": {"type": "string"}, "data": {"type": "object"}},
    "required": ["code", "msg"],
    "additionalProperties": False,
}
_KEY = {"type": "apiKey", "in": "header", "name": "X-MBX-APIKEY", "description": "The key, as it was given."}
_SIGNATURE = {
    "type": "apiKey",
    "in": "query",
    "name": "signature",
    "description": "Over the raw query, then the raw form, both without it: HMAC SHA-256 in hex, or RSA or Ed25519 in "
    "Base64, as the key is.",
}
_SEAT = {
    "type": "apiKey",
    "in": "header",
    "name": SIGNATURE_HEADER,
    "description": f"Ed25519 in Base64 by a seat's key over method, path and query, newline, {TIME_HEADER}, newline, "
    f"the body's SHA-256 in hex; with {SEAT_HEADER}: institution/seat.",
}
_TIME_UNIT = {
    "name": "X-MBX-TIME-UNIT",
    "in": "header",
    "description": "The unit of times in the answer.",
    "schema": {"type": "string", "enum": ["MILLISECOND", "MICROSECOND"]},
}
_RECEIPT = {
    "name": "X-VENUS-RECEIPT",
    "in": "header",
    "description": "Asks for receipts of all that it has sequenced: they are the answer's header of this name.",
    "schema": {"type": "string", "enum": ["1"]},
}
_USED = {"x-mbx-used-weight-1m": {"description": "Of the address in this minute.", "schema": {"type": "integer"}}}
_API, _SANDBOX, _OWN = "Api", "Sandbox", "Record"  # families of refusals
_KEYED: dict[str, list[str]] = {"key": []}
_SIGNED_BY = _KEYED | {"signature": []}


def document(
    endpoints: Iterable[Endpoint], routes: Iterable[Route] = (), operations: Iterable[Operation] = ()
) -> dict[str, Any]:
    """The whole document. `routes`: of a sandbox's conveniences, if it is one; `operations`: of other doors."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    served = list(routes)
    forms = [route.form for route in served if route.form is not Nothing]
    _, schemas = msgspec.json.schema_components(forms, ref_template="#/components/schemas/{name}")
    for route in served:
        paths.setdefault(route.path.replace("{}", "{name}"), {})[route.method.lower()] = _convenience(route)
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _other(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Venus",
            "version": VERSION,
            "description": "Binance's Spot and wallet REST API as it is served here; a sandbox's conveniences.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Error": _ERROR, **schemas},
            "securitySchemes": {"key": _KEY, "signature": _SIGNATURE, "seat": _SEAT},
            "parameters": {"timeUnit": _TIME_UNIT, "receipt": _RECEIPT},
            "responses": {
                **{f"{_API}{status}": _refusal(status, _USED) for status in REFUSALS},
                **{f"{_OWN}{status}": _refusal(status, {}) for status in OWN_REFUSALS},
                **{f"{_SANDBOX}{status}": _refusal(status, {}) for status in SANDBOX_REFUSALS},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    facts = _said_of(endpoint.method, endpoint.path, endpoint.handler.__doc__)
    signed = endpoint.permission is not Permission.NONE and not endpoint.key_only
    facts["parameters"] = _parameters(endpoint, signed)
    facts["security"] = [{}]
    if endpoint.permission is not Permission.NONE:
        facts["x-permission"] = endpoint.permission.name
        facts["security"] = [_KEYED] if endpoint.key_only else [_SIGNED_BY] + [_KEYED] * endpoint.key_is_enough
        facts["security"] += [{}] * endpoint.key_optional
    if endpoint.takes_file:
        facts["requestBody"] = {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}
    elif endpoint.takes_json:
        facts["requestBody"] = {"required": False, "content": {JSON: {"schema": {"type": "object"}}}}
    elif endpoint.method != "GET":
        facts["x-parameters-in"] = ["query", FORM]
    facts["x-weight"] = endpoint.weight if isinstance(endpoint.weight, int) else "by its parameters"
    if endpoint.uid_weight:
        facts["x-weight-of-account"] = endpoint.uid_weight
    facts["responses"] = _responses(_API, REFUSALS, _USED, FILE if endpoint.gives_file else JSON)
    return facts


def _parameters(endpoint: Endpoint, signed: bool) -> list[dict[str, Any]]:
    declared = list(endpoint.names.declared)
    bear = signed or endpoint.may_be_signed
    must_bear = signed and not endpoint.key_is_enough and not endpoint.key_optional
    parameters: list[dict[str, Any]] = []
    for one in declared + list(SIGNED.declared) * bear:
        required = one.required and (must_bear or one not in SIGNED.declared)
        facts: dict[str, Any] = {"name": one.name, "in": "query", "required": required}
        schema = schema_of(one)
        if schema["type"] == "array":  # JSON within the query
            facts["content"] = {JSON: {"schema": schema}}
        elif one.name in endpoint.repeated:
            facts["schema"] = {"type": "array", "items": schema, "minItems": 1}
        else:
            facts["schema"] = schema
        parameters.append(facts)
    if not signed and endpoint.may_be_signed:
        parameters.append({"name": "signature", "in": "query", "required": False, "schema": TEXT})
    receipt = [{"$ref": "#/components/parameters/receipt"}] if endpoint.method != "GET" else []
    return [*parameters, {"$ref": "#/components/parameters/timeUnit"}, *receipt]


def _convenience(route: Route) -> dict[str, Any]:
    facts = _said_of(route.method, route.path, route.form.__doc__ if route.form is not Nothing else None)
    if "{}" in route.path:
        facts["parameters"] = [{"name": "name", "in": "path", "required": True, "schema": TEXT}]
    if route.method != "GET":
        schema: Schema = {"type": "object", "additionalProperties": False}
        if route.form is not Nothing:
            schema = {"$ref": f"#/components/schemas/{route.form.__name__}"}
        facts["requestBody"] = {"required": route.method == "POST", "content": {JSON: {"schema": schema}}}
    facts["security"] = [{}]
    facts["responses"] = _responses(_SANDBOX, SANDBOX_REFUSALS, {})
    return facts


def _other(operation: Operation) -> dict[str, Any]:
    facts = _said_of(operation.method, operation.path, operation.summary)
    facts["parameters"] = [
        {"name": name, "in": place, "required": required, "schema": schema}
        for name, place, required, schema in operation.parameters
    ]
    if operation.body:
        facts["requestBody"] = {"required": True, "content": {operation.body: {"schema": TEXT}}}
    facts["security"] = [{operation.security: []}] if operation.security else [{}]
    done = {"description": "Done.", "content": {operation.answer: {}}}
    refused = {str(status): {"$ref": f"#/components/responses/{_OWN}{status}"} for status in OWN_REFUSALS}
    facts["responses"] = {"200": done, **refused}
    return facts


def _said_of(method: str, path: str, doc: str | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"operationId": f"{method} {path}", "tags": [path.split("/")[1]]}
    if doc:
        facts["summary"] = " ".join(doc.partition("\n\n")[0].split())
    return facts


def _responses(family: str, refusals: Iterable[int], headers: dict[str, Any], content: str = JSON) -> dict[str, Any]:
    done = {"description": "Done.", "headers": headers, "content": {content: {}}}
    refused = {str(status): {"$ref": f"#/components/responses/{family}{status}"} for status in refusals}
    return {"200": done, **refused}


def _refusal(status: int, headers: dict[str, Any]) -> dict[str, Any]:
    again = {"retry-after": {"description": "Seconds.", "schema": {"type": "integer"}}} if status in LIMITED else {}
    return {
        "description": HTTPStatus(status).phrase,
        "headers": headers | again,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


class OpenApiDoor:
    """Answers GET for the document, which is written when it is first asked for."""

    def __init__(self, write: Callable[[], dict[str, Any]]) -> None:
        self._write = write
        self._body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        status, headers = 200, [(b"content-type", b"application/json"), (b"cache-control", b"no-cache")]
        if scope["path"] != PATH:
            status, headers = 404, []
        elif scope["method"] not in ("GET", "HEAD"):
            status, headers = 405, [(b"allow", b"GET, HEAD")]
        if status == 200 and not self._body:
            self._body = msgspec.json.encode(self._write())
        body = self._body if status == 200 else b""
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
