"""The engine's signing key for checkpoints: made at the first start, readable by its owner alone."""

import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from venus.engine.places import Places
from venus.journal.notes import Signer, Verifier

ORIGIN = "venus/journal"


def journal_signer(places: Places) -> Signer:
    """The signer of this journal; its public half is written beside it, for whoever verifies."""
    path = places.journal_key
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
    places.journal_verifier.write_text(Verifier(ORIGIN, key.public_key()).text() + "\n")
    return Signer(ORIGIN, key)


def journal_verifier(places: Places) -> Verifier:
    """The public half; raises FileNotFoundError if it was not written here."""
    return Verifier.from_text(places.journal_verifier.read_text().strip())
