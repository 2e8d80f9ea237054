"""What an institution's seat sends: how it is read, and that the seat signed it.

A seat has no API key: each request bears its signature over what it asks (records/approvals.py), good for as long as it
says. Reading what only institutions may see is signed too.
"""

import re
from typing import NamedTuple

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import bad_command
from venus.gateway.issuance.signatures import seat_that_signed
from venus.records.approvals import Approval, reading_of
from venus.records.commands import Approved, PlainCommand, decode_cold
from venus.records.fields import BadFields, from_fields

SIGNATURE = "institution! seat! expiresNs! approval! authenticatorData clientData"
"""Names of the parameters that a seat's signature is told by."""
HEX_RANGE = "^([0-9a-fA-F]{2})*$"
_HEX = re.compile("(?:[0-9a-fA-F]{2})*")


class Reader(NamedTuple):
    """Who reads: his institution's number."""

    institution: int


def approval_of(call: Call) -> Approval:
    """The signature that a request bears; raises ApiError if it is malformed."""
    params = call.params
    return Approval(
        institution=_number(call, "institution"),
        seat=_number(call, "seat"),
        expires_ns=_number(call, "expiresNs"),
        signature=_hex("approval", params.required("approval")),
        authenticator_data=_hex("authenticatorData", params.optional("authenticatorData") or ""),
        client_data=_hex("clientData", params.optional("clientData") or ""),
    )


def command_of(call: Call) -> PlainCommand:
    """The command that a request bears, as JSON with named fields or as it is encoded, in hex. Raises ApiError."""
    params = call.params
    encoded = params.optional("encoded")
    if encoded is not None:
        params.refuse("command")
        return _decoded(_hex("encoded", encoded))
    try:
        fields = msgspec.json.decode(params.required("command").encode())
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise errors.bad_json("command") from None
    if not isinstance(fields, dict):
        raise errors.bad_json("command")
    try:
        return from_fields(fields)
    except BadFields as error:
        raise bad_command(str(error)) from None


def reader_of(call: Call, facts: LedgerFacts, path: str, subject: str = "") -> Reader:
    """The institution whose seat signed this reading. subject: what of the path, such as a coin. Raises ApiError."""
    approval = approval_of(call)
    seat_that_signed(facts, approval, reading_of(path, subject), call.now_ns)
    return Reader(approval.institution)


def _decoded(data: bytes) -> PlainCommand:
    try:
        command = decode_cold(data)
    except msgspec.MsgspecError as error:
        raise bad_command(str(error)) from None
    if isinstance(command, Approved):
        raise bad_command("it bears approvals already; send the plain command")
    return command


def _number(call: Call, name: str) -> int:
    call.params.required(name)
    number = call.params.integer(name)
    assert number is not None
    return number


def _hex(name: str, text: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise errors.illegal_characters(name, HEX_RANGE)
    return bytes.fromhex(text)
