"""Cosignatures: who else stands by a checkpoint, and since when. A line of its note, as any signature is.

A cosigner says that of this log it knows no longer state than this one, and that all it knew before is a prefix of it.
Source: C2SP tlog-cosignature, version 1 with Ed25519; docs/rules/public_log.md, "Cosignature".
"""

from collections.abc import Sequence
from struct import Struct
from typing import ClassVar, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.journal.notes import NoteRefused, Verifier, signature_line, signatures_of, text_of

_TIME = Struct(">Q")
_ED25519_BYTES = 64
TIME_S_MAX = 2**63 - 1


def _message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


class CosignatureVerifier(Verifier):
    """A cosigner's public key under its name."""

    signature_type: ClassVar[bytes] = b"\x04"

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether this is the key's cosignature, time and all, of a checkpoint's text."""
        time_s = time_of(signature)
        return time_s is not None and self.signed(signature[_TIME.size :], _message(text, time_s))


class Cosigner:
    """A private key under a cosigner's name; the key signs nothing else, and under no other name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = CosignatureVerifier(name, key.public_key())

    def line(self, text: str, time_s: int) -> str:
        """The cosignature line over a checkpoint's text, made at a POSIX time; raises ValueError for no such time."""
        if not 0 <= time_s <= TIME_S_MAX:
            raise ValueError(f"not a POSIX time: {time_s}")
        return signature_line(self.verifier, _TIME.pack(time_s) + self._key.sign(_message(text, time_s)))


class Cosignature(NamedTuple):
    """One that holds."""

    verifier: CosignatureVerifier
    time_s: int  # POSIX
    line: str  # with its newline


def add_cosignature(note: bytes, cosigner: Cosigner, time_s: int) -> bytes:
    """The same checkpoint with one more line; raises NoteRefused if it is no note."""
    return note + cosigner.line(text_of(note), time_s).encode()


def cosignatures_of(note: bytes, verifiers: Sequence[CosignatureVerifier]) -> list[Cosignature]:
    """The cosignatures of known keys, in the note's order; raises NoteRefused for one that does not hold."""
    trusted = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text = text_of(note)
    found = []
    for one in signatures_of(note):
        verifier = trusted.get((one.name, one.key_id))
        if verifier is None:
            continue
        time_s = time_of(one.signature)
        if time_s is None or not verifier.holds(text, one.signature):
            raise NoteRefused(f"the cosignature of {one.name} does not hold")
        found.append(Cosignature(verifier, time_s, one.line))
    return found


def time_of(signature: bytes) -> int | None:
    """The POSIX time that a cosignature bears; None if these bytes are none."""
    if len(signature) != _TIME.size + _ED25519_BYTES:
        return None
    (time_s,) = _TIME.unpack_from(signature)
    return time_s if time_s <= TIME_S_MAX else None
