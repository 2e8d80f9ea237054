"""A currency, one operator with purse terms and persons with money, as the commands that found them.

For an exchange that runs; on a stage of core and model, see purse_stage.py.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.records import currency as money
from venus.records.coins import DAY_NS
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    AdoptRules,
    ColdCommand,
    ListAsset,
    MoveToRules,
    OpenAccounts,
)
from venus.records.holds import ApproveSpender, TransferFrom
from venus.records.institutions import AddInstitution
from venus.records.purses import SetPurseTerms
from venus.testing.officials import CENTRAL_BANK, CURRENCY_BODIES, EAST, SUPERVISOR, founding, signed_by

_HOUSE, _ISSUER, _OUTSIDE, _BACKING, _OFFLINE, _TREASURY, _RESERVES, PERSON_FIRST = range(8)
"""Accounts, in the order in which they are opened."""
_LABELS = (
    (AccountKind.HOUSE, "house"),
    (AccountKind.EXTERNAL, "issuer:dCNY"),
    (AccountKind.EXTERNAL, "issuer:rCNY"),
    (AccountKind.HOUSE, "backing:dCNY"),
    (AccountKind.HOUSE, "offline:dCNY"),
    (AccountKind.HOUSE, f"treasury:dCNY:{EAST}"),
    (AccountKind.HOUSE, f"reserves:dCNY:{EAST}"),
)
_PLENTY = 10**12
_CNY, _RESERVE = 0, 1


class PurseWorld(NamedTuple):
    """`time_ns` is the exchange's when it is founded: approvals are good for five minutes."""

    persons: int
    atoms: int  # of each
    time_ns: int
    key: Ed25519PrivateKey  # of the operator's terms
    guarantee_atoms: int = 1_000
    holds_atoms_max: int = 1_000_000
    payment_atoms_max: int = 100_000

    def set_up(self) -> Iterator[ColdCommand]:
        """Assets 0 and 1 are dCNY and its reserves, operator 0 is the east bank."""
        yield AdoptRules(reference="rules 2", rules=2)
        yield MoveToRules(reference="rules 3", rules=3)
        yield MoveToRules(reference="rules 4", rules=4)
        for kind, label in _LABELS:
            yield _opened(label, kind, 1)
        yield _opened("persons", AccountKind.PERSON, self.persons)
        yield from (ListAsset(reference=code, code=code, scale=2) for code in ("dCNY", "rCNY"))
        yield founding()
        for number, body in enumerate(CURRENCY_BODIES):
            yield signed_by(AddInstitution(reference=f"body {number}", terms=body.terms()), self.time_ns, SUPERVISOR)
        yield from self._first_tier()
        yield signed_by(self.terms(), self.time_ns, CENTRAL_BANK, EAST)
        yield from self._money()

    def terms(self) -> SetPurseTerms:
        return SetPurseTerms(
            reference="terms",
            currency=_CNY,
            operator=0,
            key=self.key.public_key().public_bytes_raw(),
            holds_atoms_max=self.holds_atoms_max,
            payment_atoms_max=self.payment_atoms_max,
            guarantee_atoms=self.guarantee_atoms,
            life_ns_max=90 * DAY_NS,
            claim_ns=30 * DAY_NS,
        )

    def _first_tier(self) -> Iterator[ColdCommand]:
        registration = money.RegisterCurrency(
            reference="currency",
            asset=_CNY,
            reserve_asset=_RESERVE,
            currency="CNY",
            central_bank=CENTRAL_BANK,
            issue_account=_ISSUER,
            reserve_account=_OUTSIDE,
            backing_account=_BACKING,
            offline_account=_OFFLINE,
        )
        admission = money.AdmitOperator(
            reference="operator",
            currency=_CNY,
            institution=EAST,
            treasury_account=_TREASURY,
            reserve_account=_RESERVES,
            quota_atoms=_PLENTY,
        )
        grant = money.GrantReserves(reference="reserves", currency=_CNY, operator=0, atoms=_PLENTY)
        issue = money.IssueCurrency(reference="issue", currency=_CNY, operator=0, atoms=_PLENTY)
        yield from (signed_by(command, self.time_ns, CENTRAL_BANK) for command in (registration, admission, grant))
        yield signed_by(issue, self.time_ns, CENTRAL_BANK, EAST)

    def _money(self) -> Iterator[ColdCommand]:
        """Out of the treasury, which lets the house pay."""
        yield ApproveSpender(reference="allow", account=_TREASURY, spender=_HOUSE, asset=_CNY, atoms=_PLENTY)
        for number in range(self.persons):
            yield TransferFrom(
                reference=f"money {number}",
                spender=_HOUSE,
                account=_TREASURY,
                to_account=PERSON_FIRST + number,
                asset=_CNY,
                atoms=self.atoms,
            )


def _opened(label: str, kind: AccountKind, count: int) -> OpenAccounts:
    return OpenAccounts(
        reference=label,
        account_kind=kind,
        count=count,
        label="" if kind is AccountKind.PERSON else label,
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
