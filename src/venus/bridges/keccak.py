"""Keccak-256 as Ethereum uses it, with the padding from before it became SHA-3. Source: the Keccak reference 3.0."""

_MASK = (1 << 64) - 1
_RATE_BYTES = 136
_LANES = [(x, y) for y in range(5) for x in range(5)]


def _round_constants() -> list[int]:
    constants, state = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if state & 1:
                constant ^= 1 << ((1 << power) - 1)
            state = (state << 1) ^ (0x171 if state & 0x80 else 0)
        constants.append(constant)
    return constants


def _rotations() -> dict[tuple[int, int], int]:
    rotations, x, y = {(0, 0): 0}, 1, 0
    for step in range(24):
        rotations[x, y] = (step + 1) * (step + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return rotations


_CONSTANTS, _ROTATIONS = _round_constants(), _rotations()


def _rotated(lane: int, count: int) -> int:
    return ((lane << count) | (lane >> (64 - count))) & _MASK


def _permute(lanes: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    for constant in _CONSTANTS:
        columns = [lanes[x, 0] ^ lanes[x, 1] ^ lanes[x, 2] ^ lanes[x, 3] ^ lanes[x, 4] for x in range(5)]
        mixed = [columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = {(y, (2 * x + 3 * y) % 5): _rotated(lanes[x, y] ^ mixed[x], _ROTATIONS[x, y]) for x, y in _LANES}
        lanes = {(x, y): moved[x, y] ^ (~moved[(x + 1) % 5, y] & _MASK & moved[(x + 2) % 5, y]) for x, y in _LANES}
        lanes[0, 0] ^= constant
    return lanes


def keccak_256(data: bytes) -> bytes:
    """32 bytes."""
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % _RATE_BYTES)
    padded[-1] |= 0x80
    lanes = dict.fromkeys(_LANES, 0)
    for start in range(0, len(padded), _RATE_BYTES):
        for place in range(_RATE_BYTES // 8):
            at = start + 8 * place
            lanes[_LANES[place]] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lanes[_LANES[place]].to_bytes(8, "little") for place in range(4))
