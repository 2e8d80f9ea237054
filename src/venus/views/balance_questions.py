"""What is asked of the balances, and what they answer. Source: docs/rules/events.md, "Balances from events"."""

import msgspec
import numpy as np

BALANCE_ROW = np.dtype([("asset", "i8"), ("free_atoms", "i8"), ("held_atoms", "i8")])


class BalancesQuestion(msgspec.Struct, frozen=True, tag=True):
    account: int


class BalancesAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is BALANCE_ROW[n] by asset, for the assets of which the account ever had any."""

    account: int
    updated_ns: int  # when a balance of it last changed; 0: never
    rows: bytes


class TotalsQuestion(msgspec.Struct, frozen=True, tag=True):
    """Sums over all accounts: free + held must be 0 in every asset."""


class TotalsAnswer(msgspec.Struct, frozen=True, tag=True):
    """`rows` is BALANCE_ROW[n] by asset."""

    rows: bytes


Question = BalancesQuestion | TotalsQuestion
Answer = BalancesAnswer | TotalsAnswer
