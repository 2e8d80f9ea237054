"""Public keys of seats as people write them: hexadecimal, PEM, a passkey's COSE key. Source: docs/rules/founding.md."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from venus.records.institutions import Scheme
from venus.records.signatures import key_is_sound

_COSE_X, _COSE_Y = bytes.fromhex("a5010203262001215820"), bytes.fromhex("225820")
_COORDINATE_BYTES = 32


def public_key(scheme: Scheme, text: str) -> bytes:
    """A key in PEM, in hex, or a passkey's COSE key in hex; as the core has it. Raises ValueError, which says why."""
    raw = _from_pem(scheme, text) if text.lstrip().startswith("-----BEGIN") else bytes.fromhex(text)
    if scheme == Scheme.PASSKEY and raw.startswith(_COSE_X):
        x, between, y = raw[10:42], raw[42:45], raw[45:]
        if between != _COSE_Y or len(y) != _COORDINATE_BYTES:
            raise ValueError("this is no COSE key for ES256 in its canonical encoding")
        raw = b"\x04" + x + y
    if not key_is_sound(scheme, raw):
        raise ValueError(f"this is no sound public key for {scheme.name}")
    return raw


def _from_pem(scheme: Scheme, text: str) -> bytes:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("this is no public key in PEM; a private key does not belong here") from None
    if scheme == Scheme.ED25519 and isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw()
    if scheme == Scheme.PASSKEY and isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise ValueError(f"this key is of another kind than {scheme.name}")
