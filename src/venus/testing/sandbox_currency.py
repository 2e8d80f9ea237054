"""A sandbox's central bank, its two operators and wallets of every class, made by the commands that anybody needs.

Wallets are opened and funded weeks ago, so that they have earned something. Who holds them is made up.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from venus.packs.wallet_regimes import adopt_regime, edition_on
from venus.records.commands import AccountKind, ColdCommand
from venus.records.currency import (
    AdmitOperator,
    GrantReserves,
    IssueCurrency,
    OpenSubWallet,
    OpenWallets,
    RegisterCurrency,
)
from venus.records.transfers import transfer
from venus.registry.credentials import Permission
from venus.registry.identities import Identity
from venus.registry.registry import Registry
from venus.testing.sandbox_coins import CENTRAL_BANK, NUMBERS, OPERATORS, Founding

CODE, RESERVES, SCALE = "dCNY", "rCNY", 2
EDITION = date(2026, 1, 1)
"""Of the regime of a sandbox's wallets, whatever its clock says."""
QUOTA_UNITS, GRANTED_UNITS, ISSUED_UNITS = 2 * 10**10, 15 * 10**9, (10**10, 10**9)
_WALLET_KEY = Permission.USER_DATA | Permission.TRADE | Permission.USER_STREAM | Permission.WITHDRAW
_OPERATOR_KEY = Permission.USER_DATA | Permission.USER_STREAM | Permission.OPERATOR


class WalletPlan(NamedTuple):
    """A wallet of the sandbox. wallet_class: its place in the edition; category: of a merchant, ISO 18245."""

    name: str
    operator: int
    wallet_class: int
    units: int
    identity: Identity
    category: int = 0


def _known(phone: str, name: str, document: str) -> Identity:
    return Identity(phone=phone, name=name, document=document, country="CN")


WALLETS = (
    WalletPlan("li", 0, 0, 200_000, _known("+8613800000001", "Li Wei (made up)", "ID test-0001")),
    WalletPlan("wang", 0, 1, 50_000, _known("+8613800000002", "Wang Fang (made up)", "ID test-0002")),
    WalletPlan("chen", 1, 2, 10_000, _known("+8613800000003", "Chen Jie (made up)", "ID test-0003")),
    WalletPlan("zhao", 0, 3, 5_000, Identity(phone="+8613800000004")),
    WalletPlan("sun", 1, 3, 1_000, Identity(phone="+8613800000005")),
    WalletPlan("tea-house", 0, 4, 30_000, _known("+8613800000006", "Tea House Ltd (made up)", "USCC test-1"), 5812),
    WalletPlan("works", 1, 4, 9_000_000, _known("+8613800000007", "Works Ltd (made up)", "USCC test-2"), 5085),
)
TILL, TILL_OF = "tea-house-till", "tea-house"


class CurrencyFounding:
    """Founds the currency, after the sandbox's institutions.

    founding  who signs
    asked     as Founding's
    """

    def __init__(self, founding: Founding, asked: Callable[[int, ColdCommand], Any], time_ns: int) -> None:
        self._founding = founding
        self._asked = asked
        self._time_ns = time_ns
        self.treasuries: list[int] = []  # accounts by operator
        self.wallets: dict[str, int] = {}

    def found(self, asset: int, reserve_asset: int) -> None:
        """Register the currency, admit its operators, and issue to their treasuries."""
        signed, opened, unit = self._founding.signed, self._founding.open, 10**SCALE
        signed(
            RegisterCurrency(
                reference=f"currency:{CODE}",
                asset=asset,
                reserve_asset=reserve_asset,
                currency="CNY",
                central_bank=NUMBERS[CENTRAL_BANK],
                issue_account=opened(AccountKind.EXTERNAL, f"issuer:{CODE}"),
                reserve_account=opened(AccountKind.EXTERNAL, f"issuer:{RESERVES}"),
                backing_account=opened(AccountKind.HOUSE, f"backing:{CODE}"),
                offline_account=opened(AccountKind.HOUSE, f"offline:{CODE}"),
            ),
            CENTRAL_BANK,
        )
        regime, edition = edition_on("cny", EDITION)
        reference = f"regime:{CODE}"
        signed(adopt_regime(regime, edition, reference=reference, currency=asset, scale=SCALE, from_ns=0), CENTRAL_BANK)
        for number, (name, units) in enumerate(zip(OPERATORS, ISSUED_UNITS, strict=True)):
            institution = NUMBERS[name]
            treasury = opened(AccountKind.HOUSE, f"treasury:{CODE}:{institution}")
            self.treasuries.append(treasury)
            signed(
                AdmitOperator(
                    reference=f"operator:{CODE}:{name}",
                    currency=asset,
                    institution=institution,
                    treasury_account=treasury,
                    reserve_account=opened(AccountKind.HOUSE, f"reserves:{CODE}:{institution}"),
                    quota_atoms=QUOTA_UNITS * unit,
                ),
                CENTRAL_BANK,
            )
            grant, issue = GRANTED_UNITS * unit, units * unit
            signed(GrantReserves(reference=f"grant:{name}", currency=asset, operator=number, atoms=grant), CENTRAL_BANK)
            issued = IssueCurrency(reference=f"issue:{name}", currency=asset, operator=number, atoms=issue)
            signed(issued, CENTRAL_BANK, name)

    def open_wallets(self, asset: int) -> None:
        for plan in WALLETS:
            command = OpenWallets(
                reference=f"wallet:{plan.name}",
                currency=asset,
                operator=plan.operator,
                wallet_class=plan.wallet_class,
                count=1,
                category=plan.category,
            )
            self.wallets[plan.name] = int(self._asked(self._time_ns, command)["account"])
        till = OpenSubWallet(reference=f"wallet:{TILL}", account=self.wallets[TILL_OF], category=5812)
        self.wallets[TILL] = int(self._asked(self._time_ns, till)["account"])

    def funding(self, asset: int) -> list[tuple[Any, str]]:
        """The transfers by which the wallets are funded, as hot commands with their texts."""
        return [
            transfer(
                f"fund:{plan.name}",
                debit=self.treasuries[plan.operator],
                credit=self.wallets[plan.name],
                asset=asset,
                atoms=plan.units * 10**SCALE,
            )
            for plan in WALLETS
        ]


def register_wallets(registry: Registry, founded: CurrencyFounding, asset: int) -> None:
    """Enter wallets and treasuries in the registry, and who holds which, sealed."""
    for plan in WALLETS:
        phone_once = not plan.identity.name
        entry = registry.identities.enter(
            asset, plan.operator, f"sandbox-{plan.name}", plan.identity, phone_once=phone_once
        )
        registry.know_account(founded.wallets[plan.name], plan.name)
        registry.identities.bind(entry, founded.wallets[plan.name])
    registry.know_account(founded.wallets[TILL], TILL)
    for name, treasury in zip(OPERATORS, founded.treasuries, strict=True):
        registry.know_account(treasury, name)


def currency_facts(registry: Registry) -> dict[str, Any]:
    """What sandbox.json says of wallets and operators: each one's account and a new key."""
    numbers = {facts.label: facts.number for facts in registry.accounts()}

    def keyed(name: str, permissions: Permission) -> dict[str, Any]:
        made = registry.add_api_key(numbers[name], permissions=permissions, label="sandbox")
        return {"account": numbers[name], "apiKey": made.key, "secret": made.secret}

    till = Permission.USER_DATA | Permission.TRADE
    return {
        "wallets": {
            **{plan.name: keyed(plan.name, _WALLET_KEY) for plan in WALLETS},
            TILL: keyed(TILL, till),
        },
        "operators": {name: keyed(name, _OPERATOR_KEY) for name in OPERATORS},
    }
