"""What the journal's door and its log's door serve, for the document; what of the record is JSON stands in tables."""

from venus.gateway.binance.vocabulary import TEXT, WHOLE, Schema
from venus.gateway.journal.door import CHAINS, EVENTS, FRAMES, LEAVES
from venus.gateway.operations import JSON, Operation
from venus.gateway.record.cosignatures import COSIGNER_HEADER
from venus.gateway.record.door import CHECKPOINT, COSIGNATURES, VERIFIERS
from venus.gateway.record.places import BASE
from venus.records.seat_requests import SEAT_HEADER, TIME_HEADER

_PLAIN, _BINARY = "text/plain; charset=utf-8", "application/octet-stream"
_LEVEL: Schema = {"type": "string", "pattern": "^(0|[1-9][0-9]?|entries)$"}
_TILE: Schema = {
    "type": "string",
    "pattern": "^(x[0-9]{3}/)*[0-9]{3}(\\.p/[1-9][0-9]{0,2})?$",
    "description": "Its number in groups of three digits, and .p/ with its width if that is not 256.",
}
_SEAT = (
    (SEAT_HEADER, "header", True, {"type": "string", "pattern": "^[0-9]+/[0-9]+$"}),
    (TIME_HEADER, "header", True, WHOLE),
)
_RANGE = (("from", "query", False, WHOLE), ("to", "query", False, WHOLE))

OPERATIONS = (
    Operation(
        "GET",
        FRAMES,
        "Durable frames as they stand in the journal's file, and those to come; until before `to`, if that is sent.",
        (*_RANGE, *_SEAT),
        _BINARY,
        security="seat",
    ),
    Operation(
        "GET",
        CHAINS,
        "The event chain after every frame: its number in 8 bytes, the chain in 32.",
        (*_RANGE, *_SEAT),
        _BINARY,
        security="seat",
    ),
    Operation(
        "GET",
        EVENTS,
        "The events that one of the newest frames came to: records of 96 bytes.",
        (("frame", "query", True, WHOLE), *_SEAT),
        _BINARY,
        security="seat",
    ),
    Operation(
        "GET",
        LEAVES,
        "MessagePack: what each account is owed in the tree behind so many frames, if it is one of the newest two.",
        (("frames", "query", True, WHOLE), *_SEAT),
        _BINARY,
        security="seat",
    ),
    Operation(
        "GET",
        CHECKPOINT,
        "The newest checkpoint with its cosignatures; with `cosigned` the newest that bears any.",
        (("cosigned", "query", False, {"type": "boolean"}),),
        _PLAIN,
    ),
    Operation("GET", VERIFIERS, "The journal's key, then those of its cosigners, one a line.", (), _PLAIN),
    Operation(
        "GET",
        f"{BASE}/tile/{{level}}/{{tile}}",
        "A tile of the journal's Merkle log, or a bundle of its entries.",
        (("level", "path", True, _LEVEL), ("tile", "path", True, _TILE)),
        _BINARY,
    ),
    Operation(
        "POST",
        COSIGNATURES,
        "Hand in a checkpoint with one's own cosignature.",
        (*_SEAT, (COSIGNER_HEADER, "header", True, TEXT)),
        JSON,
        body="text/plain",
        security="seat",
    ),
)
