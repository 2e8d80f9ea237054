"""The keys that sign checkpoints and receipts: made at the first start, readable by their owner alone."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from venus.engine.places import Places
from venus.journal.delegated import delegate
from venus.journal.notes import Signer, Verifier
from venus.journal.receipts import RECEIPTS_KEY

ORIGIN = "venus/journal"


def journal_signer(places: Places) -> Signer:
    """The signer of this journal; its public half is written beside it, for whoever verifies."""
    signer = Signer(ORIGIN, _key(places.journal_key))
    places.journal_verifier.write_text(signer.verifier.text() + "\n")
    return signer


def make_receipts_key(places: Places, journal: Signer) -> None:
    """The key that doors sign receipts with, made once, and that the journal's key stands by it."""
    signer = Signer(RECEIPTS_KEY, _key(places.receipts_key))
    places.receipts_delegation.write_bytes(delegate(signer.verifier, journal))


def _key(path: Path) -> Ed25519PrivateKey:
    """The private key of a file, which is made if it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, pem)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey), path
    return key


def journal_verifier(places: Places) -> Verifier:
    """The public half; raises FileNotFoundError if it was not written here."""
    return Verifier.from_text(places.journal_verifier.read_text().strip())
