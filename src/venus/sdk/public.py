"""What anybody may read of coins."""

from decimal import Decimal
from typing import Any

from venus.sdk.connection import Connection
from venus.units import OffGrid, steps

BASE = "/coins/v1"


class Public:
    """Answers are as the door gives them: objects with amounts in decimal text and times in milliseconds."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def institutions(self) -> list[dict[str, Any]]:
        return self._ask("institutions")

    def institution(self, name: str) -> int:
        """Its number; raises LookupError."""
        for one in self.institutions():
            if one["name"] == name:
                return int(one["institution"])
        raise LookupError(f"there is no institution {name!r}")

    def coins(self) -> list[dict[str, Any]]:
        return self._ask("coins")

    def coin(self, code: str) -> dict[str, Any]:
        """Supply, backing and figures; raises Refused if there is none."""
        return dict(self._ask("coins", coin=code)[0])

    def reserves(self, coin: str) -> list[dict[str, Any]]:
        return self._ask("reserves", coin=coin)

    def queue(self, coin: str) -> list[dict[str, Any]]:
        """Redemptions that wait."""
        return self._ask("queue", coin=coin)

    def lawful_orders(self, coin: str | None = None) -> dict[str, Any]:
        return dict(self._ask("lawfulOrders", coin=coin))

    def atoms(self, coin: str, amount: str | Decimal) -> int:
        """An exact amount of a coin in atoms; raises ValueError if it is none."""
        known = self.coin(coin)
        try:
            return steps(str(amount), int(known["scale"]))
        except OffGrid:
            raise ValueError(f"{amount} is no amount of {coin}, which has {known['scale']} decimals") from None

    def _ask(self, path: str, **params: object) -> Any:
        return self.connection.ask("GET", f"{BASE}/{path}", **params)
