"""A parameter is documented as what it is read as: what reads a name and vocabulary.py say the same of it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

from tests.tidy.source import place, python_files, report, tree
from venus.gateway.binance.endpoint import Declared
from venus.gateway.binance.rest import ENDPOINTS
from venus.gateway.binance.vocabulary import BOOLEAN, DECIMAL_TEXT, ID_TEXT, KINDS, SIGNED, TIME, base_name, schema_of
from venus.gateway.currency.endpoints import currency_endpoints
from venus.gateway.issuance.endpoints import coin_endpoints
from venus.gateway.p2p.door import P2pDoor
from venus.gateway.record.cosignatures import Cosignatures
from venus.gateway.record.endpoints import record_endpoints

NUMBERS, TEXTS = ("integer",), ("string",)
READ_AS = {
    "integer": NUMBERS,
    "time_ns": TIME,
    "end_time_ns": TIME,
    "boolean": BOOLEAN,
    "client_id": ID_TEXT,
    "lots": DECIMAL_TEXT,
    "price_ticks": DECIMAL_TEXT,
    "quote_atoms": DECIMAL_TEXT,
    "atoms_of": DECIMAL_TEXT,
}
"""By what reads it: the kind itself, or the types that it may be of."""
NOT_PARAMETERS = {"subscriptionId", "returnRateLimits"}
"""Of the WebSocket API alone."""


def readings() -> Iterator[tuple[Path, ast.Call, str, str]]:
    """Every place where a door reads a parameter by a name that stands there."""
    for path in python_files("src/venus/gateway/binance"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            by = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if by in READ_AS:
                yield from ((path, node, by, name) for name in _names(node))


def _names(call: ast.Call) -> Iterator[str]:
    """Names among the arguments, and those that a leg's word is put before."""
    for argument in call.args:
        if isinstance(argument, ast.Subscript):
            of = argument.value
            if (of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")) == "names":
                argument = argument.slice
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def test_a_name_is_read_as_what_it_is_documented_to_be() -> None:
    breaches, seen = [], set()
    for path, node, by, name in readings():
        if name in NOT_PARAMETERS or name.isupper():  # the name of a filter stands beside that of a parameter
            continue
        seen.add(name)
        wanted = READ_AS[by]
        # Every kind that the name has: of its own, or at one endpoint.
        kinds = [schema_of(one) for one in declared(name)] or [KINDS.get(base_name(name), {})]
        fits = any(kind.get("type") in wanted if isinstance(wanted, tuple) else kind == wanted for kind in kinds)
        if not fits and not (by == "integer" and TIME in kinds):
            breaches.append(f"{place(path, node)} reads {name} by {by}, documented as {kinds}")
    report("documents say what is read", breaches)
    assert len(seen) > 40, "the readings are not found any more"


def declared(name: str) -> list[Declared]:
    found = [one for endpoint in ENDPOINTS for one in (*endpoint.names.declared, *SIGNED.declared)]
    return [one for one in found if one.name == name]


def test_every_name_that_an_endpoint_reads_stands_for_something_and_nothing_else_does(tmp_path: Path) -> None:
    nobody, files = Mock(), tmp_path  # nothing is asked of the endpoints
    p2p = P2pDoor(nobody, nobody, nobody, files)
    endpoints = (
        *ENDPOINTS,
        *coin_endpoints(nobody, nobody, nobody),
        *currency_endpoints(nobody, nobody, nobody),
        *record_endpoints(nobody, nobody, nobody, nobody, files, files, files),
        *Cosignatures(nobody, nobody, nobody, nobody, nobody).endpoints(),
        *p2p.endpoints(),
        *p2p.bundle_endpoints(nobody, nobody, files),
    )
    read = {one for endpoint in endpoints for one in endpoint.names.declared} | set(SIGNED.declared)
    for one in read:
        assert schema_of(one), one
    used = {one.kind or base_name(one.name) for one in read}
    report("a kind that nothing is of", KINDS.keys() - used - {"listenKey"})
