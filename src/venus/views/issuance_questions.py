"""What may be asked of coins and what is told: plain facts, all of them public but who a holder is outside.

Times are ns, amounts atoms, numbers those of docs/rules/issuance.md.
"""

import msgspec

from venus.records.coins import AdoptPack


class Seat(msgspec.Struct, frozen=True):
    person: int
    role: int
    scheme: int
    key: bytes
    from_ns: int
    until_ns: int  # 0: no end
    revoked: bool


class Institution(msgspec.Struct, frozen=True):
    number: int
    name: str
    duties: int  # Duty bits
    quorum: int
    seats: list[Seat]


class Minter(msgspec.Struct, frozen=True):
    """What it may mint: left_atoms at since_ns, refilled since."""

    institution: int
    cap_atoms: int
    refill_atoms_a_day: int
    left_atoms: int
    since_ns: int


class Coin(msgspec.Struct, frozen=True):
    asset: int
    currency: str
    issuer: int
    agent: int
    issue_account: int
    escrow_account: int
    treasury_account: int
    pack: AdoptPack | None
    paused: bool
    stop: int  # Stop bits
    supply_atoms: int
    backing_atoms: int
    minted_atoms: int  # ever
    redeemed_atoms: int  # ever
    burned_atoms: int  # ever
    waiting_atoms: int  # in the queue
    overdue_count: int  # of the queue
    minters: list[Minter]


class Reserve(msgspec.Struct, frozen=True):
    number: int
    coin: int
    custodian: int
    account: str
    instrument: int
    currency: str
    maturity_ns: int
    closed: bool
    atoms: int  # as attested, and as receipts and payouts moved it since
    attested_atoms: int
    as_of_ns: int  # -1: never attested
    moved_ns: int  # -1: never


class Receipt(msgspec.Struct, frozen=True):
    """Funds that came in and were not minted for yet."""

    number: int
    coin: int
    reserve: int
    account: int
    atoms: int
    bank_reference: str
    confirmed_ns: int


class Redemption(msgspec.Struct, frozen=True):
    """One that waits."""

    number: int
    coin: int
    account: int
    asked_atoms: int
    waiting_atoms: int
    asked_ns: int
    deadline_ns: int
    overdue: bool
    payee: str


class LawfulOrder(msgspec.Struct, frozen=True):
    number: int
    order_kind: int
    coin: int
    account: int
    atoms: int
    wanted_atoms: int  # still to be taken
    frozen_atoms: int  # held now, of a FREEZE
    to_account: int
    frozen_by: int
    authority: int
    second: int
    basis: str
    ordered_ns: int
    expires_ns: int
    end: int  # LawfulEnd; 0: in force
    appealed: bool
    appeal: str  # the text of the last appeal


class LawfulCount(msgspec.Struct, frozen=True):
    """Orders of one kind on one coin."""

    coin: int
    order_kind: int
    ordered: int  # ever
    in_force: int
    appeals: int  # ever
    granted: int  # of them
    taken_atoms: int  # ever


class InstitutionsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Who sits where."""


class InstitutionsAnswer(msgspec.Struct, frozen=True, tag=True):
    exchange: bytes  # what approvals are signed for; empty: not founded
    relying_party: str
    page_origin: str
    controls: int  # -1: none
    institutions: list[Institution]


class CoinsQuestion(msgspec.Struct, frozen=True, tag=True):
    """All coins, with their supply and what backs it."""


class CoinsAnswer(msgspec.Struct, frozen=True, tag=True):
    coins: list[Coin]  # by asset


class ReservesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Reserves of a coin, closed ones too, and the receipts that wait for a mint."""

    coin: int


class ReservesAnswer(msgspec.Struct, frozen=True, tag=True):
    reserves: list[Reserve]  # by number
    receipts: list[Receipt]  # by number


class QueueQuestion(msgspec.Struct, frozen=True, tag=True):
    """Who waits for money for a coin."""

    coin: int


class QueueAnswer(msgspec.Struct, frozen=True, tag=True):
    redemptions: list[Redemption]  # who waits longest first


class LawfulOrdersQuestion(msgspec.Struct, frozen=True, tag=True):
    """All lawful orders ever given on a coin, and their counts."""

    coin: int


class LawfulOrdersAnswer(msgspec.Struct, frozen=True, tag=True):
    orders: list[LawfulOrder]  # by number
    counts: list[LawfulCount]  # by kind; those that are not all 0


class LedgerQuestion(msgspec.Struct, frozen=True, tag=True):
    """Institutions, coins, reserves and receipts together, if they are not those of `known_version` (0: none known)."""

    known_version: int = 0


class LedgerAnswer(msgspec.Struct, frozen=True, tag=True):
    """`changed` is False, and all that follows is empty, if the version is the one known."""

    version: int
    changed: bool
    who: InstitutionsAnswer
    coins: list[Coin]  # by asset
    reserves: list[Reserve]  # by number
    receipts: list[Receipt]  # that wait, by number


Question = (
    LedgerQuestion | InstitutionsQuestion | CoinsQuestion | ReservesQuestion | QueueQuestion | LawfulOrdersQuestion
)
Answer = LedgerAnswer | InstitutionsAnswer | CoinsAnswer | ReservesAnswer | QueueAnswer | LawfulOrdersAnswer
