"""How `venus currency` reaches an exchange as an operator or wallet holder: a sandbox's, or with a key in a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from venus.cli.asking import KEY_FILE, keys_of
from venus.cli.coin_access import Place, number_of, told
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.currency import CurrencyPublic
from venus.sdk.operator import Operator
from venus.sdk.wallet import Wallet


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class OperatorPlace(Place):
    """Where the exchange is, and which operator asks."""

    operator: Annotated[str, Parameter(name="--at", help="A sandbox's operator, such as first-bank.")] = ""
    api_key: Annotated[Path | None, Parameter(help=KEY_FILE)] = None

    def open(self, connection: Connection) -> Operator:
        return Operator(connection, _keys(self, "operators", self.operator, "--at", self.api_key))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WalletPlace(Place):
    """Where the exchange is, and whose wallet asks."""

    holder: Annotated[str, Parameter(name="--wallet", help="A sandbox's wallet, such as li.")] = ""
    api_key: Annotated[Path | None, Parameter(help=KEY_FILE)] = None

    def open(self, connection: Connection) -> Wallet:
        return Wallet(connection, _keys(self, "wallets", self.holder, "--wallet", self.api_key))


def _keys(place: Place, kind: str, name: str, option: str, file: Path | None) -> ApiKey:
    known = {} if file is not None else place.sandbox().get(kind, {})
    return keys_of(known, name, option, file)


def wallet_number(place: Place, connection: Connection, name: str) -> int:
    """A wallet, a treasury or an account, by its number or by its name in a sandbox."""
    if not (name.isascii() and name.isdigit()):
        known = place.sandbox()
        for kind in ("wallets", "operators"):
            if name in known.get(kind, {}):
                return int(known[kind][name]["account"])
    return number_of(place, connection, name)


def read(place: Place, ask: Callable[[CurrencyPublic], Any]) -> int:
    """Print what anybody may read."""
    return told(lambda: _with(place, lambda connection: ask(CurrencyPublic(connection))))


def operate(place: OperatorPlace, ask: Callable[[Operator], Any]) -> int:
    """Print what an operator was answered."""
    return told(lambda: _with(place, lambda connection: ask(place.open(connection))))


def hold(place: WalletPlace, ask: Callable[[Wallet], Any]) -> int:
    """Print what a wallet's holder was answered."""
    return told(lambda: _with(place, lambda connection: ask(place.open(connection))))


def _with(place: Place, ask: Callable[[Connection], Any]) -> Any:
    with place.connect() as connection:
        return ask(connection)


def payments_of(place: Place, connection: Connection, file: Path) -> list[dict[str, Any]]:
    """Lines of a CSV file: wallet, amount, clientId. Raises ValueError."""
    payments = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        parts = [part.strip() for part in line.split(",")]
        if not line.strip():
            continue
        if len(parts) != 3:
            raise ValueError(f"{file}, line {number}: not wallet, amount, clientId")
        to = wallet_number(place, connection, parts[0])
        payments.append({"toAccount": to, "amount": parts[1], "clientId": parts[2]})
    return payments
