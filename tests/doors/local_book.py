"""A book kept from the depth stream, the way its documentation tells; nothing of our own code is in between."""

import json
from decimal import Decimal
from typing import Any

from websockets.asyncio.client import ClientConnection


class LocalBook:
    """The documented procedure: buffer updates, take a snapshot, drop what it has, then apply without a gap."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.last_id: int = snapshot["lastUpdateId"]
        self.sides = {
            "b": {Decimal(price): Decimal(quantity) for price, quantity in snapshot["bids"]},
            "a": {Decimal(price): Decimal(quantity) for price, quantity in snapshot["asks"]},
        }
        self.updates = 0

    def take(self, update: dict[str, Any]) -> None:
        if update["u"] <= self.last_id:
            return
        assert update["U"] <= self.last_id + 1, f"a gap: {update['U']} after {self.last_id}"
        assert not self.updates or update["U"] == self.last_id + 1, "an update that begins in the middle of another"
        for side, levels in self.sides.items():
            for price, quantity in update[side]:
                if Decimal(quantity):
                    levels[Decimal(price)] = Decimal(quantity)
                else:
                    levels.pop(Decimal(price), None)
        self.last_id = update["u"]
        self.updates += 1

    def levels(self) -> dict[str, list[tuple[Decimal, Decimal]]]:
        return {
            "bids": sorted(self.sides["b"].items(), reverse=True),
            "asks": sorted(self.sides["a"].items()),
        }


def levels(snapshot: dict[str, Any]) -> dict[str, list[tuple[Decimal, Decimal]]]:
    return {
        side: [(Decimal(price), Decimal(quantity)) for price, quantity in snapshot[side]] for side in ("bids", "asks")
    }


async def keep(book: LocalBook, first: str | bytes, stream: ClientConnection) -> None:
    book.take(json.loads(first))
    async for message in stream:
        book.take(json.loads(message))
