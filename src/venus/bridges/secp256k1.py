"""Whose key made a signature: the curve of Bitcoin and Ethereum, as far as public data goes.

Nothing here is secret, so plain whole numbers do; what touches a private key is left to the library.
Source: SEC 1, 4.1.6 (recovering the public key); SEC 2, 2.4.1 (secp256k1).
"""

from typing import NamedTuple

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
COORDINATE_BYTES = 32
Point = tuple[int, int] | None
"""None: at infinity."""
BASE: Point = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


class Signature(NamedTuple):
    """r, s, and which of the up to four keys made it (0..3)."""

    r: int
    s: int
    which: int


class NoKey(ValueError):
    """No key can have made this signature."""


def recovered(digest: bytes, signature: Signature) -> tuple[int, int]:
    """The public key, as a point, that signed these 32 bytes; raises NoKey."""
    r, s, which = signature
    if not (0 < r < N and 0 < s <= N // 2 and 0 <= which <= 3):  # the larger s is the same signature, mirrored
        raise NoKey("a signature's numbers are out of range")
    x = r + (N if which & 2 else 0)
    square = (pow(x, 3, P) + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if x >= P or y * y % P != square:
        raise NoKey("the signature is of no point of the curve")
    if y & 1 != which & 1:
        y = P - y
    inverse = pow(r, -1, N)
    key = _sum(_times(s * inverse % N, (x, y)), _times(-int.from_bytes(digest) * inverse % N, BASE))
    if key is None:
        raise NoKey("the signature is of no key")
    return key


def compressed(key: tuple[int, int]) -> bytes:
    """33 bytes."""
    return bytes([2 + (key[1] & 1)]) + key[0].to_bytes(COORDINATE_BYTES)


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = 3 * one[0] * one[0] * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def _times(count: int, point: Point) -> Point:
    total: Point = None
    while count:
        if count & 1:
            total = _sum(total, point)
        point, count = _sum(point, point), count >> 1
    return total
