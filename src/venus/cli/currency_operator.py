"""What an operator of a currency asks from a shell, with its API key."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from venus.cli.asking import ClientId
from venus.cli.currency_access import OperatorPlace, operate, payments_of, wallet_number
from venus.registry.private import write_private
from venus.sdk.operator import Operator

_NOBODY = OperatorPlace()


def standing(*, place: OperatorPlace = _NOBODY) -> int:
    """Operator: quota, what is outstanding, reserves, treasury."""
    return operate(place, lambda one: one.standing())


def customer(wallet: str, /, *, place: OperatorPlace = _NOBODY) -> int:
    """Operator: one of its wallets; not who holds it."""
    return operate(place, lambda one: one.wallet(wallet_number(place, one.connection, wallet)))


def open_wallet(
    wallet_class: int,
    phone: str,
    /,
    *,
    name: str | None = None,
    document: str | None = None,
    country: str | None = None,
    category: int | None = None,
    client_id: ClientId = "",
    place: OperatorPlace = _NOBODY,
) -> int:
    """Operator: open a wallet; the holder is sealed, and the ledger knows a number.

    Parameters
    ----------
    name
        Where the class needs to know who it is; with document and country.
    category
        Of a merchant, ISO 18245.
    """
    who: dict[str, Any] = {"name": name, "document": document, "country": country}
    return operate(place, lambda one: one.open(wallet_class, phone, category=category, client_id=client_id, **who))


def change_class(
    wallet: str,
    wallet_class: int,
    phone: str,
    /,
    *,
    name: str | None = None,
    document: str | None = None,
    country: str | None = None,
    client_id: ClientId = "",
    place: OperatorPlace = _NOBODY,
) -> int:
    """Operator: put a wallet into another class, with what is known of its holder now."""
    who: dict[str, Any] = {"name": name, "document": document, "country": country}

    def ask(one: Operator) -> Any:
        number = wallet_number(place, one.connection, wallet)
        return one.change_class(number, wallet_class, phone, client_id=client_id, **who)

    return operate(place, ask)


def link_bank(
    wallet: str,
    line: str,
    /,
    *,
    waterfall: Annotated[bool, Parameter(negative="", help="Take in what the wallet may not hold.")] = False,
    reverse: Annotated[bool, Parameter(negative="", help="Give what a payment is short of.")] = False,
    client_id: ClientId = "",
    place: OperatorPlace = _NOBODY,
) -> int:
    """Operator: a wallet's bank account, and what is answered for there."""

    def ask(one: Operator) -> Any:
        number = wallet_number(place, one.connection, wallet)
        return one.link_bank(number, line, waterfall=waterfall, reverse=reverse, client_id=client_id)

    return operate(place, ask)


def close_wallet(wallet: str, /, *, client_id: ClientId = "", place: OperatorPlace = _NOBODY) -> int:
    """Operator: close a wallet that is empty."""
    return operate(place, lambda one: one.close(wallet_number(place, one.connection, wallet), client_id))


def wallet_key(wallet: str, file: Path, /, *, place: OperatorPlace = _NOBODY) -> int:
    """Operator: a new API key for a wallet's holder, into a file of its own."""

    def ask(one: Operator) -> Any:
        made = one.add_key(wallet_number(place, one.connection, wallet))
        write_private(file, {"apiKey": made["apiKey"], "secret": made["secret"]})
        return {"wallet": made["wallet"], "apiKey": made["apiKey"], "file": str(file)}

    return operate(place, ask)


def top_up(wallet: str, amount: str, /, *, client_id: ClientId = "", place: OperatorPlace = _NOBODY) -> int:
    """Operator: fund a wallet out of the treasury."""
    return operate(place, lambda one: one.top_up(wallet_number(place, one.connection, wallet), amount, client_id))


def subsidies(file: Path, /, *, place: OperatorPlace = _NOBODY) -> int:
    """Operator: pay many out of the treasury; the file has lines of wallet, amount, clientId."""
    return operate(place, lambda one: one.pay_many(payments_of(place, one.connection, file)))


def take_over(operator: str, /, *, place: OperatorPlace = _NOBODY) -> int:
    """Operator: seal anew the holders of wallets that were moved here from another."""
    return operate(place, lambda one: one.take_over(operator))


COMMANDS: tuple[Callable[..., int], ...] = (
    *(standing, customer, open_wallet, change_class, link_bank, close_wallet),
    *(wallet_key, top_up, subsidies, take_over),
)
