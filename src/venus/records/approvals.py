"""What an approval is and the exact bytes that it signs. Source: docs/rules/approvals.md."""

from hashlib import sha256
from struct import Struct

from venus.records.cold import Part
from venus.units import NS_PER_S

STATEMENT_BYTES = 107
APPROVAL_LIFE_NS_MAX = 7 * 86_400 * NS_PER_S
"""An approval is good for no longer."""
_DOMAIN = b"venus-approval-v1\0\0"
_HOLDER_DOMAIN = b"venus-holder-v1\0\0\0\0"
_FIGURES = Struct("<3q")


class Approval(Part, frozen=True):
    """One seat's signature over one command, good until `expires_ns`."""

    institution: int
    seat: int
    expires_ns: int
    signature: bytes  # ED25519: 64 bytes; PASSKEY: DER
    authenticator_data: bytes  # of a passkey, else empty
    client_data: bytes


def exchange_digest(origin: str, relying_party: str, page_origin: str) -> bytes:
    """32 bytes that stand for an exchange: what is signed for one says nothing to another."""
    return sha256(b"\0".join(text.encode() for text in (origin, relying_party, page_origin))).digest()


def statement(exchange: bytes, institution: int, seat: int, expires_ns: int, command: bytes) -> bytes:
    """What a seat signs.

    exchange  bytes[32]  of exchange_digest()
    command   the plain command as it is encoded in the journal
    """
    return exchange + _DOMAIN + _FIGURES.pack(institution, seat, expires_ns) + sha256(command).digest()


def holder_statement(exchange: bytes, account: int, expires_ns: int, command: bytes) -> bytes:
    """What a holder signs; the command is encoded with an empty proof."""
    return exchange + _HOLDER_DOMAIN + _FIGURES.pack(account, 0, expires_ns) + sha256(command).digest()


def withdrawal_of(command: bytes) -> bytes:
    """What a seat signs, in place of a command, to take back a proposal of it. No command is encoded like this."""
    return b"withdraw:" + command


def reading_of(path: str, subject: str) -> bytes:
    """What a seat signs, in place of a command, to read what only institutions may see."""
    return f"read:{path}?{subject}".encode()


def saying_of(path: str, subject: str) -> bytes:
    """What a seat signs, in place of a command, to say something where it stands: in a chat, on a record."""
    return f"say:{path}?{subject}".encode()
