"""Whether an answer has the documented fields of the documented types, no more and no less.

shapes.json holds the shapes, worked out from the documentation: by endpoint (an answer has several forms), the
session's answers by method, streams by name, user data by event. A type is a word; a list of one is of any number of
it; {"row": …} has those places; {"any": …} is one of those; "name?" may be missing, "*" lets others in. The second form
of a list's cancel is that of an OPO. Calls that no symbol here can answer otherwise have the shape of a refusal:
reference prices, and smart order routing. Source: [D] rest-api.md, web-socket-api.md, web-socket-streams.md,
user-data-stream.md, filters.md, faqs/opo.md, faqs/stp_faq.md.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Shape = Any
SHAPES: dict[str, dict[str, Shape]] = json.loads((Path(__file__).parent / "shapes.json").read_text())

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
TYPES: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "decimal": lambda value: isinstance(value, str) and DECIMAL.fullmatch(value) is not None,
    "text": lambda value: isinstance(value, str),
    "null": lambda value: value is None,
    "any": lambda _: True,
}
CONDITIONAL: dict[str, Shape] = {
    "preventedMatches": [
        {
            "preventedMatchId": "int",
            "makerSymbol?": "text",
            "makerOrderId": "int",
            "price": "decimal",
            "takerPreventedQuantity?": "decimal",
            "makerPreventedQuantity?": "decimal",
        }
    ],
    "icebergQty": "decimal",
    "preventedMatchId": "int",
    "preventedQuantity": "decimal",
    "stopPrice": "decimal",
    "strategyId": "int",
    "strategyType": "int",
    "trailingDelta": "int",
    "trailingTime": "int",
    "usedSor": "bool",
    "workingFloor": "text",
    "pegPriceType": "text",
    "pegOffsetType": "text",
    "pegOffsetValue": "int",
    "peggedPrice": "decimal",
    "expiryReason": "text",
    "workingTime": "int",
}
"""Fields of an order that are there only where they mean something. [D] rest-api.md, "Conditional fields in Order
Responses"; faqs/stp_faq.md; `workingTime` only once it was on the book."""
CONDITIONAL_IN_REPORTS: dict[str, Shape] = {
    **dict.fromkeys(("d", "D", "j", "J", "v", "u", "U", "W", "gOV"), "int"),
    **dict.fromkeys(("A", "B", "pl", "pL", "pY", "gp"), "decimal"),
    **dict.fromkeys(("b", "a"), "int"),
    **dict.fromkeys(("Cs", "k", "gP", "gOT", "eR"), "text"),
    "uS": "bool",
}
"""The same in an execution report. [D] user-data-stream.md, "Conditional Fields in Execution Report"."""


def breaches(value: Any, shape: Shape, where: str = "") -> Iterator[str]:
    """What is wrong with an answer, each with its place; nothing if it is as documented."""
    if isinstance(shape, str):
        if not TYPES[shape](value):
            yield f"{where}: {value!r} is no {shape}"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
        elif shape:
            for number, one in enumerate(value):
                yield from breaches(one, shape[0], f"{where}[{number}]")
    elif "row" in shape:
        if not isinstance(value, list) or len(value) != len(shape["row"]):
            yield f"{where}: {value!r} has not {len(shape['row'])} places"
        else:
            for number, (one, kind) in enumerate(zip(value, shape["row"], strict=True)):
                yield from breaches(one, kind, f"{where}[{number}]")
    elif "any" in shape:
        if all(list(breaches(value, one)) for one in shape["any"]):
            yield f"{where}: {value!r} is none of {shape['any']}"
    elif isinstance(value, dict):
        yield from _breaches_of_fields(value, shape, where)
    else:
        yield f"{where}: {value!r} has no fields"


def _breaches_of_fields(value: dict[str, Any], shape: dict[str, Shape], where: str) -> Iterator[str]:
    conditional = CONDITIONAL_IN_REPORTS if value.get("e") == "executionReport" else CONDITIONAL
    conditional = conditional if "orderId" in value or "e" in value else {}
    known = {name.removesuffix("?"): kind for name, kind in shape.items() if name != "*"}
    for name in known:
        if name not in value and name in shape and name not in conditional:
            yield f"{where}.{name} is missing"
    for name, one in value.items():
        documented = {"*": shape.get("*")} | conditional | known
        kind = documented.get(name, documented["*"])
        if kind is None:
            yield f"{where}.{name} is not documented"
        else:
            yield from breaches(one, kind, f"{where}.{name}")
