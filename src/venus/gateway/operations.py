"""What of a door stands in no table of endpoints, as the OpenAPI document tells it."""

from typing import NamedTuple

from venus.gateway.binance.vocabulary import Schema

JSON = "application/json"


class Operation(NamedTuple):
    """What a door of its own kind serves: its answer is no JSON, or a seat signs, or its path is of parts.

    parameters  name, where it stands (query, path, header), whether it must be sent, schema
    """

    method: str
    path: str
    summary: str
    parameters: tuple[tuple[str, str, bool, Schema], ...]
    answer: str  # content type
    body: str = ""  # content type of what is sent
    security: str = ""  # key of the document's security schemes; empty: none is asked for
