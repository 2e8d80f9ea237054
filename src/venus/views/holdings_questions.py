"""What may be asked of one account besides its balances: what it bound, what it waits for, and what it was paid.

Times are ns, amounts atoms, numbers those of docs/rules/holds.md and issuance.md.
"""

import msgspec

ROWS_MAX = 1_000


class Redemption(msgspec.Struct, frozen=True):
    number: int
    coin: int
    account: int
    asked_atoms: int
    waiting_atoms: int
    asked_ns: int
    deadline_ns: int
    paid_ns: int  # when the last of it was paid or withdrawn; 0: some of it waits
    overdue: bool
    payee: str
    withdrawn_atoms: int = 0  # taken back, or taken by a lawful order


class Hold(msgspec.Struct, frozen=True):
    number: int
    account: int
    target: int
    notary: int
    asset: int
    atoms: int  # still held
    reclaim_ns: int
    expires_ns: int
    hash_lock: bytes


class Trade(msgspec.Struct, frozen=True):
    number: int
    account: int
    counterparty: int
    give_asset: int
    give_atoms: int
    take_asset: int
    take_atoms: int
    expires_ns: int


class Schedule(msgspec.Struct, frozen=True):
    number: int
    account: int
    to_account: int
    asset: int
    atoms: int
    next_ns: int
    every_ns: int
    left: int  # payments


class Allowance(msgspec.Struct, frozen=True):
    account: int
    spender: int
    asset: int
    atoms: int


class HoldingsQuestion(msgspec.Struct, frozen=True, tag=True):
    """The newest first, at most `limit` of each kind."""

    account: int
    limit: int = ROWS_MAX


class HoldingsAnswer(msgspec.Struct, frozen=True, tag=True):
    account: int
    key_scheme: int  # of the key that signs for the account; 0: none is bound
    key: bytes
    redemptions: list[Redemption]
    holds: list[Hold]  # as owner, target or notary
    trades: list[Trade]  # of either side
    schedules: list[Schedule]  # as payer or payee
    allowances: list[Allowance]  # given or had


Question = HoldingsQuestion
Answer = HoldingsAnswer
