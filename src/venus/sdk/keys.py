"""Keys of seats and holders, in files of their own, and what is signed with them. Source: docs/rules/approvals.md."""

import os
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from venus.records.approvals import Approval, holder_statement, statement
from venus.records.commands import PlainCommand, encode_cold
from venus.records.holds import NO_PROOF, BindHolderKey, PermitSpender, Proof, TransferAuthorized
from venus.records.institutions import Role, Scheme, SeatTerms

SignedByHolder = BindHolderKey | PermitSpender | TransferAuthorized


class BadKeyFile(ValueError):
    """A file that holds no Ed25519 private key; says why."""


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def key_of(raw: bytes) -> Ed25519PrivateKey:
    """Of its 32 bytes; raises BadKeyFile."""
    try:
        return Ed25519PrivateKey.from_private_bytes(raw)
    except ValueError as error:
        raise BadKeyFile(str(error)) from None


def load_key(path: Path) -> Ed25519PrivateKey:
    """A key in PEM (PKCS #8) without a password; raises OSError, BadKeyFile."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadKeyFile(f"{path}: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKeyFile(f"{path}: this is no Ed25519 key")
    return key


def save_key(path: Path, key: Ed25519PrivateKey) -> None:
    """In PEM (PKCS #8), for its owner's eyes only; a file that there is already is never overwritten."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


class SeatKey(NamedTuple):
    """Who signs for an institution."""

    institution: int
    seat: int
    key: Ed25519PrivateKey

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Self:
        """From an entry of a sandbox's file: institution, seat, and the key's 32 bytes in hex."""
        return cls(int(facts["institution"]), int(facts["seat"]), key_of(bytes.fromhex(facts["key"])))

    def approve(self, exchange: bytes, command: PlainCommand, expires_ns: int) -> Approval:
        """exchange: bytes[32], who the exchange is."""
        return self.approve_bytes(exchange, encode_cold(command), expires_ns)

    def approve_bytes(self, exchange: bytes, command: bytes, expires_ns: int) -> Approval:
        """The same of an encoded command, or of a withdrawal of a proposal."""
        said = statement(exchange, self.institution, self.seat, expires_ns, command)
        return Approval(
            institution=self.institution,
            seat=self.seat,
            expires_ns=expires_ns,
            signature=self.key.sign(said),
            authenticator_data=b"",
            client_data=b"",
        )


def seat_terms(person: int, role: Role, key: Ed25519PrivateKey) -> SeatTerms:
    """A seat without an end for whoever has this key."""
    return SeatTerms(
        person=person, role=int(role), scheme=int(Scheme.ED25519), key=public_bytes(key), from_ns=0, until_ns=0
    )


def prove(exchange: bytes, key: Ed25519PrivateKey, unsigned: SignedByHolder) -> SignedByHolder:
    """The command with the holder's proof over it."""
    bare = msgspec.structs.replace(unsigned, proof=NO_PROOF)
    said = holder_statement(exchange, bare.account, bare.expires_ns, encode_cold(bare))
    proof = Proof(signature=key.sign(said), authenticator_data=b"", client_data=b"")
    return msgspec.structs.replace(bare, proof=proof)
