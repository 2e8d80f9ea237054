"""The document of the REST surface, and Schemathesis asking a running sandbox whatever the document lets it ask."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openapi_spec_validator
import pytest
import schemathesis
import uvloop

from tests.doors.api_fuzzing import EXCLUDED, Json, Signed, is_excluded, is_namesake, make_real, schema_of
from tests.doors.small_exchange import small_exchange
from venus.cli.openapi import openapi
from venus.cli.replaying import replay
from venus.gateway.binance.rest import ENDPOINTS
from venus.gateway.openapi import document as api_document
from venus.gateway.record.operations import OPERATIONS
from venus.testing.running import RunningExchange

CHECKS = schemathesis.checks
BOUNDED = "^/api/v3/(order|openOrders|myTrades)$"
"""Every bound of every parameter of everything would be 24,000 requests; the same code reads the others."""


@pytest.fixture(scope="module")
def asked(sandbox: RunningExchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    """An exchange without limits; when all has been asked of it, it still answers, and its journal agrees."""
    data = tmp_path_factory.mktemp("asked") / "data"
    with sandbox.copy_to(data, quiet_market=True, open_limits=True) as running:
        yield running
        assert httpx.get(f"{running.rest}/api/v3/ping").json() == {}
    assert replay(data, from_snapshot=False) == 0
    assert "mistake" not in running.log and "request failed" not in running.log, running.log


@pytest.fixture(scope="module")
def document(asked: RunningExchange) -> Json:
    answer = httpx.get(f"{asked.rest}/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


@pytest.fixture
def few(asked: RunningExchange, document: Json) -> Any:
    return schema_of(asked, document, examples=2, coverage=False)


@pytest.fixture
def some(asked: RunningExchange, document: Json) -> Any:
    return schema_of(asked, document, examples=20, coverage=False)


@pytest.fixture
def many(asked: RunningExchange, document: Json) -> Any:
    return schema_of(asked, document, examples=15, coverage=False)


@pytest.fixture
def bounds(asked: RunningExchange, document: Json) -> Any:
    return schema_of(asked, document, examples=10, coverage=True)


@pytest.fixture(autouse=True)
def private_id(request: pytest.FixtureRequest) -> None:
    """Schemathesis 4.32 asks a test for the private name of its id, which pytest 9.2 does not have any more."""
    request.node._nodeid = request.node.nodeid


def ask(case: Any, exchange: RunningExchange, **how: bool) -> None:
    """Send it signed; whatever comes back is documented, and no failure of ours."""
    make_real(case)
    response = case.call(auth=Signed(exchange.accounts["alice"], **how))
    case.validate_response(
        response,
        checks=[
            CHECKS.not_a_server_error,
            CHECKS.status_code_conformance,
            CHECKS.content_type_conformance,
            CHECKS.response_schema_conformance,
        ],
    )


@schemathesis.pytest.from_fixture("few").exclude(is_excluded).parametrize()
def test_whatever_is_asked_is_answered_as_documented(case: Any, asked: RunningExchange) -> None:
    ask(case, asked)


@pytest.mark.heavy
@schemathesis.pytest.from_fixture("many").exclude(is_excluded).exclude(is_namesake).parametrize()
def test_whatever_else_is_asked_is_answered_as_documented(case: Any, asked: RunningExchange) -> None:
    """Every other request that may be a form is one."""
    ask(case, asked, in_form=len(case.query or {}) % 2 == 0)


@pytest.mark.heavy
@schemathesis.pytest.from_fixture("bounds").include(path_regex=BOUNDED).parametrize()
def test_every_bound_of_an_orders_parameters_is_answered_as_documented(case: Any, asked: RunningExchange) -> None:
    ask(case, asked, in_form=len(case.query or {}) % 2 == 0)


@schemathesis.pytest.from_fixture("some").include(path_regex="^/api/v3/(account|openOrders|order)$").parametrize()
def test_times_and_windows_may_be_anything(case: Any, asked: RunningExchange) -> None:
    """As they were drawn, and rightly signed."""
    ask(case, asked, keeps=True)


NO_OPERATOR = (401, -2015)
"""Of what only an operator's key may do, whoever signs with another."""


def test_no_signed_operation_is_for_a_stranger(asked: RunningExchange, document: Json) -> None:
    keys = asked.accounts["alice"]
    signed = [
        (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if {"key": [], "signature": []} in operation["security"]
    ]
    assert len(signed) > 60
    with httpx.Client(base_url=asked.rest, headers={"X-MBX-APIKEY": keys["apiKey"]}) as client:
        for method, path in signed:
            query = {"timestamp": str(time.time_ns() // 10**6), "signature": "0" * 64}
            answer = client.request(method, path, params=query)
            refused = {(400, -1022)} if not path.startswith("/currency/") else {(400, -1022), NO_OPERATOR}
            assert (answer.status_code, answer.json()["code"]) in refused, (method, path)
            answer = client.request(method, path, params=query, headers={"X-MBX-APIKEY": "A" * 64})
            assert (answer.status_code, answer.json()["code"]) == (401, -2015), (method, path)


def test_every_route_of_a_running_gateway_is_told_and_nothing_else_is() -> None:
    async def scenario() -> None:
        async with small_exchange(sandbox=True, faucet=True) as exchange, httpx.AsyncClient() as client:
            gateway = exchange.gateway
            assert gateway.annex is not None
            served = set(gateway.rest.endpoints)
            served |= {(route.method, route.path.replace("{}", "{name}")) for route in gateway.annex.door.routes}
            served |= {(operation.method, operation.path) for operation in OPERATIONS}
            document = (await client.get(f"{exchange.rest}/openapi.json")).json()
            assert told(document) == served
            openapi_spec_validator.validate(document)
            assert (await client.post(f"{exchange.rest}/openapi.json")).status_code == 405
            assert (await client.get(f"{exchange.rest}/openapi.jsons")).status_code == 404

    uvloop.run(scenario())


def test_a_sandbox_tells_of_its_conveniences_and_an_exchange_has_none(document: Json) -> None:
    assert {*EXCLUDED} < {f"{method} {path}" for method, path in told(document)}
    assert not [path for path in api_document(ENDPOINTS)["paths"] if path.startswith("/sandbox/")]


def test_it_is_printed(asked: RunningExchange, document: Json, capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi(data=asked.data) == 0
    assert json.loads(capsys.readouterr().out) == document


def told(document: Json) -> set[tuple[str, str]]:
    """Methods and paths of the operations."""
    return {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
