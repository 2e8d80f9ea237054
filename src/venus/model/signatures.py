"""Signatures checked with nothing but whole numbers, so that the core's library is not believed.

Source: docs/rules/approvals.md, "What is signed"; RFC 8032 for edwards25519, SEC 1 and FIPS 186-5 for P-256.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256, sha512

from venus.records.approvals import Approval
from venus.records.holds import Proof
from venus.records.institutions import Scheme

Point = tuple[int, int]
Wide = tuple[int, int, int, int]

# edwards25519: -x² + y² = 1 + d x² y²
FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
BASE_Y = 4 * pow(5, FIELD - 2, FIELD) % FIELD
NEUTRAL: Wide = (0, 1, 1, 0)

# P-256: y² = x³ - 3x + b
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G: Point = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SCALAR_BITS = 256
USER_PRESENT, USER_VERIFIED = 1, 4


def key_is_sound(scheme: int, key: bytes) -> bool:
    if scheme == Scheme.PASSKEY:
        return point_of_p256(key) is not None
    point = point_of(key)
    if point is None:
        return False
    return not is_neutral(times(8, point))


@lru_cache(4096)
def holds(scheme: int, key: bytes, statement: bytes, proof: Approval | Proof, relying_party: str, page: str) -> bool:
    """Whether this is the signature of a sound key's owner."""
    if scheme == Scheme.ED25519:
        no_passkey = proof.authenticator_data == proof.client_data == b""
        return no_passkey and ed25519_holds(key, proof.signature, statement)
    data = proof.authenticator_data
    return (
        len(data) >= 37
        and data[:32] == sha256(relying_party.encode()).digest()
        and bool(data[32] & USER_PRESENT)
        and bool(data[32] & USER_VERIFIED)
        and client_data_fits(proof.client_data, sha256(statement).digest(), page)
        and ecdsa_holds(key, proof.signature, data + sha256(proof.client_data).digest())
    )


def client_data_fits(client: bytes, challenge: bytes, page: str) -> bool:
    challenge_text = urlsafe_b64encode(challenge).decode().replace("=", "")
    head = f'{{"type":"webauthn.get","challenge":"{challenge_text}","origin":"{page}"'.encode()
    same_origin = head + b',"crossOrigin":false'
    if client in (head + b"}", same_origin + b"}"):
        return True
    return client.startswith(same_origin + b",")


def ed25519_holds(key: bytes, signature: bytes, message: bytes) -> bool:
    a = point_of(key)
    if a is None or len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    h = int.from_bytes(sha512(r + key + message).digest(), "little") % ORDER
    x, y, z, t = a
    minus_a = (FIELD - x, y, z, FIELD - t)
    return encoded(plus(times(s, BASE), times(h, minus_a))) == r


def point_of(key: bytes) -> Wide | None:
    """A canonical encoding's point."""
    if len(key) != 32:
        return None
    whole = int.from_bytes(key, "little")
    sign, y = whole >> 255, whole & (2**255 - 1)
    if y >= FIELD:
        return None
    x = root_of((y * y - 1) * pow(D * y * y + 1, FIELD - 2, FIELD) % FIELD)
    if x is None or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = FIELD - x
    return x, y, 1, x * y % FIELD


def root_of(square: int) -> int | None:
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    return x if x * x % FIELD == square else None


def plus(a: Wide, b: Wide) -> Wide:
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % FIELD, (a[1] + a[0]) * (b[1] + b[0]) % FIELD
    cross, twice_z = 2 * a[3] * b[3] * D % FIELD, 2 * a[2] * b[2] % FIELD
    e, f, g, h = right - left, twice_z - cross, twice_z + cross, right + left
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


@lru_cache(256)
def doubles(point: Wide) -> list[Wide]:
    """The point times 1, 2, 4 …: of a key that signs often they are the same every time."""
    found = [point]
    while len(found) < SCALAR_BITS:
        found.append(plus(found[-1], found[-1]))
    return found


def times(factor: int, point: Wide) -> Wide:
    total = NEUTRAL
    for place, doubled in enumerate(doubles(point)):
        if factor >> place & 1:
            total = plus(total, doubled)
    return total


def is_neutral(point: Wide) -> bool:
    x, y, z, _ = point
    return x % FIELD == 0 and (y - z) % FIELD == 0


def encoded(point: Wide) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, FIELD - 2, FIELD)
    return (y * inverse % FIELD | (x * inverse % FIELD & 1) << 255).to_bytes(32, "little")


_BASE = point_of(BASE_Y.to_bytes(32, "little"))
assert _BASE is not None
BASE: Wide = _BASE


def point_of_p256(key: bytes) -> Point | None:
    if len(key) != 65 or key[0] != 4:
        return None
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    on_curve = x < P and y < P and (y * y - x * x * x + 3 * x - B) % P == 0
    return (x, y) if on_curve else None


def ecdsa_holds(key: bytes, signature: bytes, message: bytes) -> bool:
    public, pair = point_of_p256(key), der_pair(signature)
    if public is None or pair is None:
        return False
    r, s = pair
    if not (1 <= r < N and 1 <= s < N):
        return False
    digest, inverse = int.from_bytes(sha256(message).digest(), "big"), pow(s, N - 2, N)
    point = p256_plus(p256_times(digest * inverse % N, G), p256_times(r * inverse % N, public))
    return point is not None and point[0] % N == r


def der_pair(signature: bytes) -> Point | None:
    """SEQUENCE of two INTEGERs, each as short as it can be, and nothing behind."""
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2 or signature[1] > 127:
        return None
    numbers, rest = [], signature[2:]
    for _ in range(2):
        if len(rest) < 3 or rest[0] != 2:
            return None
        length = rest[1]
        body, rest = rest[2 : 2 + length], rest[2 + length :]
        if len(body) != length or length == 0 or body[0] & 0x80 or (length > 1 and body[0] == 0 and body[1] < 0x80):
            return None
        numbers.append(int.from_bytes(body, "big"))
    return (numbers[0], numbers[1]) if not rest else None


def p256_plus(a: Point | None, b: Point | None) -> Point | None:
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


@lru_cache(256)
def p256_doubles(point: Point) -> list[Point | None]:
    found: list[Point | None] = [point]
    while len(found) < SCALAR_BITS:
        found.append(p256_plus(found[-1], found[-1]))
    return found


def p256_times(factor: int, point: Point) -> Point | None:
    total: Point | None = None
    for place, doubled in enumerate(p256_doubles(point)):
        if factor >> place & 1:
            total = p256_plus(total, doubled)
    return total
