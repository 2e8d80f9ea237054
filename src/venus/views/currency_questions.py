"""What may be asked of a currency and what is told: numbers of accounts, never who somebody is.

Times are ns, amounts atoms, numbers those of docs/rules/currency.md.
"""

import msgspec

from venus.records.currency import WalletClass


class Regime(msgspec.Struct, frozen=True):
    name: str
    from_ns: int
    day_offset_ns: int
    classes: list[WalletClass]  # by number


class Operator(msgspec.Struct, frozen=True):
    number: int
    institution: int
    treasury_account: int
    reserve_account: int
    quota_atoms: int
    outstanding_atoms: int
    reserve_atoms: int  # at the central bank, free
    treasury_atoms: int  # in no wallet
    moved_to: int  # the operator that took its wallets over; -1: none


class Currency(msgspec.Struct, frozen=True):
    asset: int
    reserve_asset: int
    currency: str
    central_bank: int
    issue_account: int
    reserve_account: int
    backing_account: int
    offline_account: int
    supply_atoms: int  # of all operators together
    reserves_atoms: int  # granted and not withdrawn
    regimes: list[Regime]  # the one in force, if there is one yet, and those to come, by time
    in_force: bool  # the first of them is
    operators: list[Operator]  # by number
    sweeping: bool = False  # interest is being credited, some wallets a frame


class CurrenciesQuestion(msgspec.Struct, frozen=True, tag=True):
    """All currencies and their operators."""


class CurrenciesAnswer(msgspec.Struct, frozen=True, tag=True):
    currencies: list[Currency]  # by asset


class WalletQuestion(msgspec.Struct, frozen=True, tag=True):
    account: int


class WalletAnswer(msgspec.Struct, frozen=True, tag=True):
    """One wallet. What was paid is of its family, on the day and in the year (local) of the last frame."""

    account: int
    found: bool
    currency: int = -1
    operator: int = -1  # who has it now
    opened_at: int = -1  # the operator that opened it
    wallet_class: int = 0
    root: int = -1  # itself, or the wallet that it is a sub-wallet of
    category: int = 0
    closed: bool = False
    line_atoms: int = 0
    waterfall: bool = False
    reverse: bool = False
    day_paid_atoms: int = 0
    year_paid_atoms: int = 0
    sub_wallets: list[int] = []


class StatementQuestion(msgspec.Struct, frozen=True, tag=True):
    """The newest movements of a wallet of sequences below `before` (0: the newest of all)."""

    account: int
    before: int
    limit: int


class Movement(msgspec.Struct, frozen=True):
    """Money that came in (atoms above 0) or went out."""

    sequence: int
    time_ns: int
    kind: int  # EventKind
    other: int  # account; -1: none
    atoms: int
    reference_hi: int  # digest of the command's reference
    reference_lo: int


class StatementAnswer(msgspec.Struct, frozen=True, tag=True):
    movements: list[Movement]  # the newest first


class PaymentQuestion(msgspec.Struct, frozen=True, tag=True):
    """What was asked for when a payment was made out of a hold or an allowance, by its reference's digest."""

    hi: int
    lo: int


class PaymentAnswer(msgspec.Struct, frozen=True, tag=True):
    """As docs/rules/currency.md's RefundPayment names it; empty: none such is known here."""

    payment: bytes
    hold: bytes
    payer: int


class PurposesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Purpose-bound money that an account gave or holds, and that is neither spent nor expired."""

    account: int


class Purpose(msgspec.Struct, frozen=True):
    number: int
    account: int  # who gave it
    holder: int
    asset: int
    atoms: int  # left
    categories: list[int]
    expires_ns: int


class PurposesAnswer(msgspec.Struct, frozen=True, tag=True):
    purposes: list[Purpose]


class UnsealingsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Every unsealing of who holds a wallet."""

    account: int


class Unsealing(msgspec.Struct, frozen=True):
    sequence: int
    time_ns: int
    authority: int  # institution
    basis: str
    shown_after_ns: int  # the time from which the person is told


class UnsealingsAnswer(msgspec.Struct, frozen=True, tag=True):
    unsealings: list[Unsealing]  # the oldest first


class UnsealingCountsQuestion(msgspec.Struct, frozen=True, tag=True):
    """How many unsealings there ever were; whose wallets they were of is not told."""


class UnsealingCount(msgspec.Struct, frozen=True):
    currency: int
    authority: int  # institution
    count: int


class UnsealingCountsAnswer(msgspec.Struct, frozen=True, tag=True):
    counts: list[UnsealingCount]  # by currency and authority; those that are not 0


Question = (
    CurrenciesQuestion
    | WalletQuestion
    | StatementQuestion
    | PurposesQuestion
    | UnsealingsQuestion
    | UnsealingCountsQuestion
    | PaymentQuestion
)
Answer = (
    CurrenciesAnswer
    | WalletAnswer
    | StatementAnswer
    | PurposesAnswer
    | UnsealingsAnswer
    | UnsealingCountsAnswer
    | PaymentAnswer
)
