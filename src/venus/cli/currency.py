"""venus currency: a central bank's currency, for everybody; the roles' own commands are in modules beside this."""

from pathlib import Path
from typing import Any

from cyclopts import App

from venus.cli import (
    coin,
    currency_bank,
    currency_messages,
    currency_operator,
    currency_orders,
    currency_purses,
    currency_wallet,
)
from venus.cli.coin_access import Place
from venus.cli.currency_access import read
from venus.sdk.currency import CurrencyPublic

app = App(
    name="currency", help="A central bank's currency: issue and quotas, operators and wallets, payments and requests."
)
ROLES = (currency_bank, currency_operator, currency_messages, currency_orders, currency_purses, currency_wallet)
for module in ROLES:
    for command in module.COMMANDS:
        app.command(command)
# Proposals and keys are the same for coins and currencies.
for shared in (coin.proposals, coin.propose, coin.approve, coin.withdraw, coin.key, coin.institutions):
    app.command(shared)
_NOWHERE = Place()


@app.command
def show(currency: str | None = None, /, *, place: Place = _NOWHERE) -> int:
    """Currencies: supply, reserves, the regime in force."""
    return read(place, lambda one: one.currencies() if currency is None else one.currency(currency))


@app.command
def operators(currency: str, /, *, place: Place = _NOWHERE) -> int:
    """Operators of a currency: quota, what is outstanding, reserves."""
    return read(place, lambda one: one.operators(currency))


@app.command
def regimes(currency: str, /, *, place: Place = _NOWHERE) -> int:
    """What wallets of each class may hold and pay, now and later."""
    return read(place, lambda one: one.regimes(currency))


@app.command
def request(request: str, /, *, svg: Path | None = None, place: Place = _NOWHERE) -> int:
    """A payment request, by its id; with --svg its QR code goes into a file.

    Parameters
    ----------
    svg
        Where the picture goes.
    """

    def ask(one: CurrencyPublic) -> Any:
        if svg is not None:
            svg.write_text(one.request_code(request)["svg"])
        return one.request(request)

    return read(place, ask)
