"""Whether a key is sound and whether a signature holds. Source: docs/rules/approvals.md, "What is signed".

Pure: the same bytes give the same answer everywhere. What OpenSSL leaves to its caller is tested here.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from venus.records.approvals import Approval
from venus.records.holds import Proof
from venus.records.institutions import Scheme

_ED25519_KEY_BYTES, _ED25519_SIGNATURE_BYTES = 32, 64
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SMALL_ORDER_DOUBLINGS = 3  # the cofactor is 8
_POINT_BYTES, _UNCOMPRESSED = 65, 4
_AUTHENTICATOR_BYTES_MIN, _HASH_BYTES = 37, 32
_USER_PRESENT, _USER_VERIFIED = 1, 4


def key_is_sound(scheme: int, key: bytes) -> bool:
    """Whether a public key is one that only its owner can sign for."""
    if scheme == Scheme.ED25519:
        return len(key) == _ED25519_KEY_BYTES and _is_of_large_order(key)
    if len(key) != _POINT_BYTES or key[0] != _UNCOMPRESSED:
        return False
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        return False
    return True


def _is_of_large_order(key: bytes) -> bool:
    """A canonical point of edwards25519, and not one of the eight for which anybody can sign."""
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    if y >= _P:
        return False
    y_squared = y * y % _P
    x_squared = (y_squared - 1) * pow(_D * y_squared + 1, -1, _P) % _P
    if pow(x_squared, (_P - 1) // 2, _P) not in (0, 1) or (x_squared == 0 and key[-1] & 0x80):
        return False
    for _ in range(_SMALL_ORDER_DOUBLINGS):
        # A double needs x only as its square: y' = (y² + x²) / (2 - (y² - x²)), x'² = (2xy)² / (y² - x²)². On this
        # curve neither divisor is ever 0.
        difference = (y_squared - x_squared) % _P
        x_squared, y_squared = (
            4 * x_squared * y_squared * pow(difference * difference, -1, _P) % _P,
            pow((y_squared + x_squared) * pow(2 - difference, -1, _P), 2, _P),
        )
    return x_squared != 0


def holds(scheme: int, key: bytes, statement: bytes, proof: Approval | Proof, relying_party: str, page: str) -> bool:
    """Whether the owner of a sound key signed this statement."""
    if scheme == Scheme.ED25519:
        return not proof.authenticator_data and not proof.client_data and ed25519_holds(key, proof.signature, statement)
    data, client = proof.authenticator_data, proof.client_data
    if len(data) < _AUTHENTICATOR_BYTES_MIN or data[:_HASH_BYTES] != sha256(relying_party.encode()).digest():
        return False
    if data[_HASH_BYTES] & (_USER_PRESENT | _USER_VERIFIED) != _USER_PRESENT | _USER_VERIFIED:
        return False
    if not client_data_says(client, sha256(statement).digest(), page):
        return False
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    try:
        public.verify(proof.signature, data + sha256(client).digest(), ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def client_data_says(client: bytes, challenge: bytes, page: str) -> bool:
    """The beginning that every browser writes in this order, so that nobody's JSON parser is asked."""
    wanted = urlsafe_b64encode(challenge).rstrip(b"=")
    head = b'{"type":"webauthn.get","challenge":"' + wanted + b'","origin":"' + page.encode() + b'"'
    if not client.startswith(head):
        return False
    rest = client[len(head) :].removeprefix(b',"crossOrigin":false')
    return rest == b"}" or (rest.startswith(b",") and len(rest) < len(client) - len(head))


def ed25519_holds(key: bytes, signature: bytes, statement: bytes) -> bool:
    """Whether the owner of a sound Ed25519 key signed this statement."""
    if len(signature) != _ED25519_SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    except InvalidSignature:
        return False
    return True
