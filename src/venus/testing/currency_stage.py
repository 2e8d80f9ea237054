"""A stage with a central bank and two operators of its currency: core and model side by side, and people who sign.

stage = CurrencyStage()
stage.issued(0, 600)                       # on reserves, into the east bank's treasury
stage.do(stage.redeem_currency(0, 200), EAST)
assert stage.supply == 400
"""

from typing import NamedTuple

from venus.records.commands import AccountKind, ListAsset
from venus.records.currency import (
    AdmitOperator,
    AdoptRegime,
    GrantReserves,
    IssueCurrency,
    MoveWallets,
    RedeemCurrency,
    RegisterCurrency,
    SetQuota,
    WalletClass,
    WithdrawReserves,
)
from venus.records.events import Event
from venus.records.institutions import AddInstitution
from venus.testing.coin_stage import HOUR_NS, CoinStage
from venus.testing.officials import CENTRAL_BANK, CURRENCY_BODIES, EAST, SUPERVISOR, WEST, founding
from venus.testing.play import Play

CODE, RESERVES = "dCNY", "rCNY"
OPERATORS = (EAST, WEST)
"""Institutions, by the number of the operator."""
QUOTA = 10_000


class Operator(NamedTuple):
    """Its accounts."""

    treasury: int
    reserves: int


def wallet_class(
    name: str, balance: int, single: int, day: int, year: int, *, interest_ppm: int = 0, sub_wallets: int = 4
) -> WalletClass:
    return WalletClass(
        name=name,
        balance_atoms_max=balance,
        single_atoms_max=single,
        day_atoms_max=day,
        year_atoms_max=year,
        interest_ppm=interest_ppm,
        needs_identity=1,
        sub_wallets_max=sub_wallets,
    )


CLASSES = (
    wallet_class("verified", 5_000, 500, 1_000, 0, interest_ppm=10_000),
    wallet_class("by identity", 1_000, 200, 400, 2_000),
    wallet_class("by phone", 300, 100, 150, 600),
    wallet_class("institution", 0, 0, 0, 0),
)


class CurrencyStage(CoinStage):
    """dCNY, one atom to the unit; operators 0 and 1 are the east and the west bank."""

    def __init__(self, *, furnished: bool = True, play: Play | None = None) -> None:
        self.operators: list[Operator] = []
        super().__init__(furnished=furnished, play=play or Play(furnished=False, rules=4))

    def _found(self) -> None:
        self.open(AccountKind.HOUSE, "house")
        for number, code in enumerate((CODE, RESERVES)):
            self.do(ListAsset(reference=code, code=code, scale=0))
            self.play.assets[code] = number
        self.do(founding())
        for body in CURRENCY_BODIES:
            self.do(AddInstitution(reference=self.reference(), terms=body.terms()), SUPERVISOR)
        self.do(self.registration_of_currency(), CENTRAL_BANK)
        for institution in OPERATORS:
            self.admit(institution)
        self.do(self.regime("first", from_ns=0), CENTRAL_BANK)

    def registration_of_currency(self) -> RegisterCurrency:
        """With its accounts, which are opened."""
        return RegisterCurrency(
            reference=self.reference(),
            asset=0,
            reserve_asset=1,
            currency="CNY",
            central_bank=CENTRAL_BANK,
            issue_account=self.open(AccountKind.EXTERNAL, f"issuer:{CODE}"),
            reserve_account=self.open(AccountKind.EXTERNAL, f"issuer:{RESERVES}"),
            backing_account=self.open(AccountKind.HOUSE, f"backing:{CODE}"),
            offline_account=self.open(AccountKind.HOUSE, f"offline:{CODE}"),
        )

    def admission(self, institution: int, quota_atoms: int = QUOTA) -> AdmitOperator:
        """With its accounts, which are opened."""
        return AdmitOperator(
            reference=self.reference(),
            currency=0,
            institution=institution,
            treasury_account=self.open(AccountKind.HOUSE, f"treasury:{CODE}:{institution}"),
            reserve_account=self.open(AccountKind.HOUSE, f"reserves:{CODE}:{institution}"),
            quota_atoms=quota_atoms,
        )

    def admit(self, institution: int, quota_atoms: int = QUOTA) -> None:
        command = self.admission(institution, quota_atoms)
        self.do(command, CENTRAL_BANK)
        self.operators.append(Operator(command.treasury_account, command.reserve_account))

    def regime(
        self, name: str, from_ns: int, classes: tuple[WalletClass, ...] = CLASSES, day_offset_ns: int = 8 * HOUR_NS
    ) -> AdoptRegime:
        return AdoptRegime(
            reference=self.reference(),
            currency=0,
            name=name,
            from_ns=from_ns,
            day_offset_ns=day_offset_ns,
            classes=classes,
        )

    @property
    def supply(self) -> int:
        return self.play.model.affairs.currencies.supply_atoms(0)

    def treasury(self, operator: int) -> int:
        return self.play.model.ledger.free[self.operators[operator].treasury, 0]

    def reserves(self, operator: int) -> int:
        return self.play.model.ledger.free[self.operators[operator].reserves, 1]

    def outstanding(self, operator: int) -> int:
        return self.play.model.affairs.currencies.all[0].operators[operator].outstanding_atoms

    def quota(self, operator: int, quota_atoms: int) -> SetQuota:
        return SetQuota(reference=self.reference(), currency=0, operator=operator, quota_atoms=quota_atoms)

    def grant(self, operator: int, atoms: int) -> GrantReserves:
        return GrantReserves(reference=self.reference(), currency=0, operator=operator, atoms=atoms)

    def withdrawal(self, operator: int, atoms: int) -> WithdrawReserves:
        return WithdrawReserves(reference=self.reference(), currency=0, operator=operator, atoms=atoms)

    def issue(self, operator: int, atoms: int) -> IssueCurrency:
        return IssueCurrency(reference=self.reference(), currency=0, operator=operator, atoms=atoms)

    def redeem_currency(self, operator: int, atoms: int) -> RedeemCurrency:
        return RedeemCurrency(reference=self.reference(), currency=0, operator=operator, atoms=atoms)

    def issued(self, operator: int, atoms: int) -> Event:
        """Reserves granted, and the currency issued on all of them."""
        self.do(self.grant(operator, atoms), CENTRAL_BANK)
        return self.do(self.issue(operator, atoms), CENTRAL_BANK, OPERATORS[operator])

    def move(self, from_operator: int, to_operator: int) -> MoveWallets:
        return MoveWallets(reference=self.reference(), currency=0, from_operator=from_operator, to_operator=to_operator)
