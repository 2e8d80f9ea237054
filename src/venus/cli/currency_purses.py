"""Purses that pay offline, from a shell over the API: an operator opens them, a holder loads, settles, closes them.

The device itself is `venus purse`; an operator that sits beside the exchange has a desk there, too.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from cyclopts import Parameter

from venus.cli import device_file
from venus.cli.asking import ClientId, days_ahead_ns
from venus.cli.coin_access import Place
from venus.cli.currency_access import OperatorPlace, WalletPlace, hold, operate, read, wallet_number
from venus.purse.device import certify
from venus.purse.messages import Certificate, text_of
from venus.records.purses import PAYMENTS_MAX, OpenPurse
from venus.records.rejects import Reject
from venus.sdk.keys import load_key
from venus.sdk.operator import Operator
from venus.sdk.wallet import Wallet

_NOWHERE, _NO_OPERATOR, _NO_WALLET = Place(), OperatorPlace(), WalletPlace()
_NEVER_AGAIN = (Reject.PURSE_OVER.name, Reject.COUNTER_USED.name)
TermsKey = Annotated[Path, Parameter(help="The key of the operator's purse terms, in PEM.")]


def purse_terms(currency: str, /, *, place: Place = _NOWHERE) -> int:
    """What each operator's purses may hold and pay."""
    return read(place, lambda one: one.purse_terms(currency))


def open_purse(
    wallet: str,
    public_key: str,
    /,
    *,
    key: TermsKey,
    holds: str,
    payment: str,
    days: int = 30,
    reference: str = "",
    place: OperatorPlace = _NO_OPERATOR,
) -> int:
    """Operator: open a purse for a wallet's device; its certificate is for the device (venus purse load).

    Parameters
    ----------
    holds
        The most that it has unsettled, in the currency's units.
    payment
        The most that one payment of it is.
    """

    def ask(one: Operator) -> dict[str, Any]:
        code, number = one.standing()["currency"], wallet_number(place, one.connection, wallet)
        signer, terms = load_key(key), {row["operator"]: row for row in one.purse_terms(code)}
        asset, holds_atoms = one.atoms_of(code, holds)
        _, payment_atoms = one.atoms_of(code, payment)
        opened = one.open_purse(
            signer,
            OpenPurse(
                reference=reference or f"purse:{uuid4().hex}",
                account=number,
                currency=asset,
                operator=int(terms[one.standing()["name"]]["number"]),
                key=bytes.fromhex(public_key),
                holds_atoms_max=holds_atoms,
                payment_atoms_max=payment_atoms,
                expires_ns=days_ahead_ns(one.connection, days),
                signature=b"",
            ),
        )
        return {"purse": opened["purse"], "card": _card(one, number, int(opened["purse"]), key)}

    return operate(place, ask)


def purse_card(wallet: str, purse: int, /, *, key: TermsKey, place: OperatorPlace = _NO_OPERATOR) -> int:
    """Operator: a purse's certificate, as it is loaded now."""
    return operate(place, lambda one: _card(one, wallet_number(place, one.connection, wallet), purse, key))


def _card(one: Operator, wallet: int, purse: int, key: Path) -> str:
    """Signed here: the exchange has no key of the operator's."""
    found = next((row for row in one.purses(wallet) if row["purse"] == purse), None)
    if found is None:
        raise LookupError(f"wallet {wallet} has no purse {purse}")
    code = found["currency"]
    asset = int(one.currency(code)["asset"])

    def atoms(name: str) -> int:
        return one.atoms_of(code, found[name])[1]

    bare = Certificate(
        exchange=one.connection.digest(),
        currency=asset,
        operator=int(next(row for row in one.purse_terms(code) if row["operator"] == found["operator"])["number"]),
        purse=purse,
        key=bytes.fromhex(found["key"]),
        payment_atoms_max=atoms("paymentMax"),
        holds_atoms_max=atoms("holdsMax"),
        loaded_atoms=atoms("loaded"),
        expires_ns=int(found["expiresNs"]),
        signature=b"",
    )
    return text_of(certify(load_key(key), bare))


def purses(*, place: WalletPlace = _NO_WALLET) -> int:
    """Holder: one's purses."""
    return hold(place, lambda one: one.purses())


def fund_purse(purse: int, amount: str, /, *, client_id: ClientId = "", place: WalletPlace = _NO_WALLET) -> int:
    """Holder: load a purse out of one's wallet; the operator then gives a new certificate."""
    return hold(place, lambda one: one.fund_purse(purse, amount, client_id))


def settle_purse(device: Path, /, *, place: WalletPlace = _NO_WALLET) -> int:
    """Holder: settle what a device received; what is paid, or never will be, is forgotten on it."""

    def ask(one: Wallet) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        with device_file.using(device) as found:
            taken = list(found.taken)
            for start in range(0, len(taken), PAYMENTS_MAX):
                some = taken[start : start + PAYMENTS_MAX]
                outcomes = one.settle_purses(map(text_of, some))["payments"]
                ended = [
                    paid.payment
                    for paid, outcome in zip(some, outcomes, strict=True)
                    if outcome["reason"] is None or outcome["reason"] in _NEVER_AGAIN
                ]
                found.settled(ended)
                told += outcomes
        return told

    return hold(place, ask)


def close_purse(purse: int, /, *, client_id: ClientId = "", place: WalletPlace = _NO_WALLET) -> int:
    """Holder: have back what a purse did not pay, once nobody can show a payment of it any more."""
    return hold(place, lambda one: one.close_purse(purse, client_id))


COMMANDS: tuple[Callable[..., int], ...] = (
    *(purse_terms, open_purse, purse_card),
    *(purses, fund_purse, settle_purse, close_purse),
)
