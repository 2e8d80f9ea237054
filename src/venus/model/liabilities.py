"""What customers are owed, as one hash. Written from docs/rules/liabilities.md alone."""

from collections.abc import Mapping
from hashlib import sha256

from blake3 import blake3

from venus.model.ledger import Ledger
from venus.records.commands import AccountKind

MOST = 2**62
CUSTOMERS = (AccountKind.PERSON, AccountKind.WALLET)
Node = tuple[bytes, list[int]]
"""Hash and amounts."""


def liabilities_root(ledger: Ledger, on_the_way: Mapping[tuple[int, int], int], frames: int, seed: bytes) -> bytes:
    """on_the_way: of each account, in each asset, what is with others for it; only of customers is it read.

    Raises OverflowError for an amount or a sum that is out of range.
    """
    assets = range(len(ledger.assets))
    leaves = []
    for account, one in enumerate(ledger.accounts):
        amounts = [
            ledger.free.get((account, asset), 0)
            + ledger.held.get((account, asset), 0)
            + on_the_way.get((account, asset), 0)
            for asset in assets
        ]
        if one.kind in CUSTOMERS and any(amounts):
            nonce = blake3(seed).digest(length=16, seek=16 * account)
            leaves.append((nonce, account, in_range(amounts)))
    nodes: list[Node] = [
        (digest(b"\0" + nonce + whole(account) + packed(amounts)), amounts)
        for nonce, account, amounts in sorted(leaves)
    ]
    while len(nodes) > 1:
        pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
        nodes = [above(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    top, totals = nodes[0] if nodes else (bytes(32), [0 for _ in assets])
    codes = digest("".join(asset.code + "\n" for asset in ledger.assets).encode())
    counts = packed([frames, len(leaves), len(ledger.assets)])
    return digest(b"\2" + counts + codes + top + packed(totals))


def above(left: Node, right: Node) -> Node:
    hashed = digest(b"\1" + left[0] + packed(left[1]) + right[0] + packed(right[1]))
    return hashed, in_range([one + other for one, other in zip(left[1], right[1], strict=True)])


def in_range(amounts: list[int]) -> list[int]:
    if not all(0 <= amount <= MOST for amount in amounts):
        raise OverflowError("an amount is out of 0..2^62")
    return amounts


def packed(numbers: list[int]) -> bytes:
    return b"".join(map(whole, numbers))


def whole(number: int) -> bytes:
    return number.to_bytes(8, "little")


def digest(data: bytes) -> bytes:
    return sha256(data).digest()
