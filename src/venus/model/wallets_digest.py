"""The state root's rows of wallets, their classes and days. Source: docs/rules/digest.md, "Under rules 4"."""

from collections.abc import Iterator
from struct import Struct

from venus.model.wallets import Wallet, Wallets

ROWS_OF_WALLETS = {"DAYS": Struct("<7q"), "CLASSES": Struct("<8q"), "WALLETS": Struct("<12q")}
"""Tag and row of each section, in the order of the root."""


def rows_of_wallets(wallets: Wallets) -> dict[str, Iterator[tuple[int, ...]]]:
    currencies = wallets.currencies.values()
    return {
        "DAYS": (
            (
                one.asset,
                one.today,
                *(one.sweep or (0, 0)),
                one.swept_atoms,
                one.owed_atoms,
                one.swept_count,
            )
            for one in currencies
        ),
        "CLASSES": (
            (
                currency.asset,
                number,
                one.balance_atoms_max,
                one.single_atoms_max,
                one.day_atoms_max,
                one.year_atoms_max,
                one.interest_ppm,
                one.sub_wallets_max,
            )
            for currency in currencies
            for number, one in enumerate(currency.classes)
        ),
        "WALLETS": (wallet_row(wallets, one) for one in wallets.all),
    }


def wallet_row(wallets: Wallets, one: Wallet) -> tuple[int, ...]:
    marks = one.closed + 2 * one.pours + 4 * one.draws
    counted = (0, 0, 0)
    if one.root is None:
        counted = (wallets.has_atoms(one), wallets.paid_today(one), wallets.paid_this_year(one))
    terms = (one.account, one.operator, one.currency.asset, one.wallet_class, one.category, marks)
    return (*terms, one.family.number, one.line_atoms, one.earned, *counted)
