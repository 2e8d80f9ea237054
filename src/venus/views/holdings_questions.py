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

    def due_atoms(self, until_ns: int) -> int:
        """What it will pay before a time."""
        if self.next_ns >= until_ns:
            return 0
        count = 1 if self.every_ns == 0 else (until_ns - 1 - self.next_ns) // self.every_ns + 1
        return self.atoms * min(self.left, count)


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


class TradeQuestion(msgspec.Struct, frozen=True, tag=True):
    """One offer of delivery versus payment that is open."""

    number: int


class TradeAnswer(msgspec.Struct, frozen=True, tag=True):
    trade: Trade | None


class PromisedQuestion(msgspec.Struct, frozen=True, tag=True):
    """What all of an account's schedules will pay before a time."""

    account: int
    until_ns: int


class PromisedAnswer(msgspec.Struct, frozen=True, tag=True):
    atoms: dict[int, int]  # by asset; no more than INT64_MAX is told


Question = HoldingsQuestion | TradeQuestion | PromisedQuestion
Answer = HoldingsAnswer | TradeAnswer | PromisedAnswer
