"""A currency with one operator that has plenty of it, as the commands that found them on an exchange that runs.

The central bank is CENTRAL_BANK, the operator the east bank; assets 0 and 1 are dCNY and its reserves. What is built on
it: purse_world.py, benchmarks/wallet_world.py. On a stage of core and model, see currency_stage.py.
"""

from collections.abc import Iterator, Sequence

from venus.records.commands import (
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    ListAsset,
    OpenAccounts,
    PlainCommand,
    adoption,
)
from venus.records.currency import AdmitOperator, GrantReserves, IssueCurrency, RegisterCurrency
from venus.records.institutions import AddInstitution
from venus.testing.officials import CENTRAL_BANK, CURRENCY_BODIES, EAST, SUPERVISOR, Body, founding, signed_by

LABELS = (
    (AccountKind.HOUSE, "house"),
    (AccountKind.EXTERNAL, "issuer:dCNY"),
    (AccountKind.EXTERNAL, "issuer:rCNY"),
    (AccountKind.HOUSE, "backing:dCNY"),
    (AccountKind.HOUSE, "offline:dCNY"),
    (AccountKind.HOUSE, f"treasury:dCNY:{EAST}"),
    (AccountKind.HOUSE, f"reserves:dCNY:{EAST}"),
)
HOUSE, _ISSUES, _RESERVES_FROM, _BACKING, _OFFLINE, TREASURY, _RESERVES = range(len(LABELS))
FIRST_FREE = len(LABELS)
"""The number of the next account that is opened."""
DCNY, RCNY = 0, 1


def first_tier(time_ns: int, plenty_atoms: int, bodies: Sequence[Body] = CURRENCY_BODIES[:2]) -> Iterator[ColdCommand]:
    """Rules, accounts, assets, institutions, the currency, its operator, and all that its treasury has.

    time_ns  of the frames: approvals are good for five minutes
    bodies   the central bank, the east bank, and who comes after them
    """
    for rules in range(2, RULES_LATEST + 1):
        yield adoption(f"rules {rules}", rules)
    for kind, label in LABELS:
        yield opened(label, kind)
    for code in ("dCNY", "rCNY"):
        yield ListAsset(reference=f"asset {code}", code=code, scale=2)
    yield founding()
    for body in bodies:
        yield signed_by(AddInstitution(reference=f"add {body.name}", terms=body.terms()), time_ns, SUPERVISOR)
    for command in _by_the_bank(plenty_atoms):
        yield signed_by(command, time_ns, CENTRAL_BANK)
    issue = IssueCurrency(reference="issue", currency=DCNY, operator=0, atoms=plenty_atoms)
    yield signed_by(issue, time_ns, CENTRAL_BANK, EAST)


def _by_the_bank(plenty_atoms: int) -> Iterator[PlainCommand]:
    yield RegisterCurrency(
        reference="currency",
        asset=DCNY,
        reserve_asset=RCNY,
        currency="CNY",
        central_bank=CENTRAL_BANK,
        issue_account=_ISSUES,
        reserve_account=_RESERVES_FROM,
        backing_account=_BACKING,
        offline_account=_OFFLINE,
    )
    yield AdmitOperator(
        reference="operator",
        currency=DCNY,
        institution=EAST,
        treasury_account=TREASURY,
        reserve_account=_RESERVES,
        quota_atoms=plenty_atoms,
    )
    yield GrantReserves(reference="grant", currency=DCNY, operator=0, atoms=plenty_atoms)


def opened(label: str, kind: AccountKind, count: int = 1) -> OpenAccounts:
    """Persons have no label: theirs is the reference alone."""
    return OpenAccounts(
        reference=f"open {label}",
        account_kind=kind,
        count=count,
        label="" if kind is AccountKind.PERSON else label,
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
