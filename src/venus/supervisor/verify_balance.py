"""Check that a balance is in what an exchange says it owes: python verify_balance.py PROOF [CHECKPOINT] KEY

PROOF: the file that it gave you. CHECKPOINT: its signed note, as others were given it; else the one in the file counts.
KEY: its public key. Source: docs/rules/liabilities.md.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

LIMIT = 2**62
# Ed25519, RFC 8032: the curve's prime, its group's order, its constant, a square root of -1.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
Point = tuple[int, int]
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)


def point(data: bytes) -> Point:
    """A point of its 32 bytes, as (x, y)."""
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        raise ValueError("this is no point of the curve")
    return (P - x if x & 1 != sign else x), y


def add(a: Point, b: Point) -> Point:
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P)
    return x % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P


def times(n: int, a: Point) -> Point:
    total = (0, 1)
    while n:
        total, a, n = (add(total, a) if n & 1 else total), add(a, a), n >> 1
    return total


def is_signed(key: bytes, text: bytes, signature: bytes) -> bool:
    first, s = signature[:32], int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(first + key + text).digest(), "little") % L
    base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return len(signature) == 64 and s < L and times(s, base) == add(point(first), times(challenge, point(key)))


def published(note: str, key_line: str) -> tuple[int, bytes]:
    """(frames, root) of the liabilities in a checkpoint whose signature holds."""
    name, _, encoded = key_line.strip().split("+", 2)
    key = base64.b64decode(encoded)
    text, _, signatures = note.rpartition("\n\n")
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    lines = [line.split(" ") for line in signatures.splitlines()]
    signed = [base64.b64decode(words[2]) for words in lines if words[1] == name]
    ours = [one[4:] for one in signed if one[:4] == key_id]
    if key[0] != 1 or not ours or not all(is_signed(key[1:], text.encode() + b"\n", one) for one in ours):
        raise ValueError("the checkpoint is not signed by this key")
    told = [line.split(" ") for line in text.split("\n") if line.startswith("liabilities ")]
    if text.split("\n")[0] != name or len(told) != 1:
        raise ValueError("this is no checkpoint with liabilities")
    return int(told[0][1]), base64.b64decode(told[0][2])


def numbers(*values: int) -> bytes:
    if not all(type(value) is int and 0 <= value <= LIMIT for value in values):
        raise ValueError("an amount is out of range")
    return b"".join(value.to_bytes(8, "little") for value in values)


def raw(text: str, size: int) -> bytes:
    if len(data := bytes.fromhex(text)) != size:
        raise ValueError(f"{text!r} is not {size} bytes")
    return data


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def check(proof: Any, note: str, key_line: str) -> dict[str, int]:
    """Raises ValueError if anything does not hold; returns the balance as {code: atoms}."""
    (frames, root), leaves = published(note, key_line), proof["leaves"]
    codes, atoms, place, last = proof["codes"], proof["atoms"], proof["place"], leaves - 1
    if proof["frames"] != frames or len(set(codes)) != len(codes) or len(codes) != len(atoms) or not 0 <= place <= last:
        raise ValueError("the proof is for another checkpoint")
    node = sha(b"\0", raw(proof["nonce"], 16), numbers(proof["account"], *atoms))
    way = iter(proof["siblings"])
    while last:
        if place & 1 or place < last:  # else it is the odd last one, which goes up as it is
            beside = next(way, None)
            if beside is None or len(beside["atoms"]) != len(atoms):
                raise ValueError("the proof does not fit the number of leaves")
            here, there = (node, numbers(*atoms)), (raw(beside["hash"], 32), numbers(*beside["atoms"]))
            node = sha(b"\1", *(there + here if place & 1 else here + there))
            atoms = [mine + other for mine, other in zip(atoms, beside["atoms"], strict=True)]
        place, last = place >> 1, last >> 1
    names = sha("".join(f"{code}\n" for code in codes).encode())
    found = sha(b"\2", numbers(frames, leaves, len(codes)), names, node, numbers(*atoms))
    if next(way, None) is not None or found != root:
        raise ValueError("the balance is not in what the checkpoint says")
    return dict(zip(codes, proof["atoms"], strict=True))


if __name__ == "__main__":
    try:
        first, *notes, key_line = (Path(name).read_text("utf-8") for name in sys.argv[1:])
        given = json.loads(first)
        held = check(given.get("proof", given), notes[0] if notes else given["checkpoint"], key_line)
    except (OSError, ValueError, KeyError, TypeError, IndexError, StopIteration) as error:
        sys.exit(f"NOT PROVED: {error}")
    print("proved:", ", ".join(f"{atoms} atoms of {code}" for code, atoms in held.items() if atoms))
