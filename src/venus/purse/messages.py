"""What passes between a purse, its operator and other purses, as text that a file or a QR code holds.

Source: docs/rules/purses.md, "Messages".
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from struct import Struct
from typing import TypeVar

import msgspec

from venus.records.cold import Part
from venus.records.purses import PursePayment

TEXT_BYTES_MAX = 2_000
_CERTIFICATE_DOMAIN = b"venus-purse-card-v1"
_REQUEST_DOMAIN = b"venus-purse-ask-v1\0"
_FIGURES = Struct("<7q")
_ASKED = Struct("<2q")
_FIGURE_MAX = 2**63 - 1


class BadMessage(ValueError):
    """Text that is no such message; says why."""


class Certificate(Part, frozen=True):
    """What an operator says of a purse, so that others believe it offline. Anew after each load."""

    exchange: bytes  # digest of who the exchange is
    currency: int
    operator: int
    purse: int
    key: bytes
    payment_atoms_max: int
    holds_atoms_max: int
    loaded_atoms: int  # ever
    expires_ns: int
    signature: bytes  # of the operator's key of purse terms


class Request(Part, frozen=True):
    """A payee asks: its certificate, how much, a nonce of its own; signed by its purse."""

    payee: Certificate
    atoms: int
    nonce: bytes
    signature: bytes


class Paid(Part, frozen=True):
    """A payer pays: its certificate, and the payment."""

    payer: Certificate
    payment: PursePayment


Message = Certificate | Request | Paid
_KINDS: dict[str, type[Message]] = {"card": Certificate, "ask": Request, "pay": Paid}
_One = TypeVar("_One", Certificate, Request, Paid)


def certificate_statement(one: Certificate) -> bytes:
    """What an operator signs of a purse."""
    figures = (one.currency, one.operator, one.purse, one.payment_atoms_max, one.holds_atoms_max)
    return one.exchange + _CERTIFICATE_DOMAIN + _FIGURES.pack(*figures, one.loaded_atoms, one.expires_ns) + one.key


def request_statement(one: Request) -> bytes:
    """What a payee's purse signs when it asks."""
    said = _ASKED.pack(one.payee.purse, one.atoms) + one.nonce
    return one.payee.exchange + _REQUEST_DOMAIN + sha256(certificate_statement(one.payee)).digest() + said


def text_of(message: Message) -> str:
    """`venus-purse:KIND:` and base64url without padding."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(message, cls))
    return f"venus-purse:{kind}:" + urlsafe_b64encode(msgspec.msgpack.encode(message)).rstrip(b"=").decode()


def parse(text: str, wanted: type[_One]) -> _One:
    """Exactly what `text_of` writes, of the kind wanted; raises BadMessage."""
    if len(text) > TEXT_BYTES_MAX:
        raise BadMessage("the text is too long")
    scheme, _, rest = text.partition(":")
    kind, colon, body = rest.partition(":")
    if scheme != "venus-purse" or not colon or kind not in _KINDS:
        raise BadMessage("this is no message of a purse")
    if _KINDS[kind] is not wanted:
        raise BadMessage(f"a message of another kind: {kind}")
    try:
        data = urlsafe_b64decode(body.encode("ascii") + b"=" * (-len(body) % 4))
        message = msgspec.msgpack.decode(data, type=wanted)
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
        raise BadMessage(f"the message cannot be read: {error}") from None
    if not _figures_fit(message):
        raise BadMessage("a figure is out of range")
    if text_of(message) != text:
        raise BadMessage("the message is not written as it must be")
    return message


def _figures_fit(part: Part) -> bool:
    """Every whole number from 0 to int64's last, all the way down."""
    return all(
        _figures_fit(value) if isinstance(value, Part) else not isinstance(value, int) or 0 <= value <= _FIGURE_MAX
        for value in msgspec.structs.astuple(part)
    )
