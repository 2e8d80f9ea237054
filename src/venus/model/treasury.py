"""A coin's escrow and treasury accounts, closed but for its commands. Source: docs/rules/issuance.md, "Treasury"."""

from venus.model.coins import Coins
from venus.model.events import event
from venus.model.issuance import Came, Issuance, amount_refusal
from venus.model.ledger import Ledger
from venus.model.spot import Spot
from venus.records.coins import PayTreasury
from venus.records.events import Event, EventKind
from venus.records.rejects import Reject


class Treasury:
    def __init__(self, coins: Coins, ledger: Ledger, spot: Spot, issuance: Issuance) -> None:
        self._coins = coins
        self._ledger = ledger
        self._spot = spot
        self._issuance = issuance

    def close(self, sequence: int, coin: int) -> list[Event]:
        """Its orders expire, and it stays frozen."""
        happened, terms = list[Event](), self._coins.coins[coin].terms
        for account in (terms.escrow_account, terms.treasury_account):
            happened += self._spot.expire_all_of(sequence, account)
            self._ledger.accounts[account].frozen = True
            happened.append(event(EventKind.ACCOUNT_FROZEN, sequence, account=account))
        return happened

    def close_all(self, sequence: int) -> list[Event]:
        return [one for coin in sorted(self._coins.coins) for one in self.close(sequence, coin)]

    def pay(self, sequence: int, command: PayTreasury) -> Came:
        ledger, terms = self._ledger, self._coins.coins[command.coin].terms
        if not ledger.is_listed(command.asset):
            return Reject.UNKNOWN_ASSET
        if not ledger.is_open(command.account):
            return Reject.UNKNOWN_COUNTERPARTY
        if ledger.is_external(command.account) or command.account in {terms.treasury_account, terms.escrow_account}:
            return Reject.ACCOUNT_UNSUITED
        if reason := amount_refusal(command.atoms):
            return reason
        if ledger.free[terms.treasury_account, command.asset] < command.atoms:
            return Reject.INSUFFICIENT_FREE
        return 0, [self._issuance.pay(sequence, terms.treasury_account, command.account, command.asset, command.atoms)]
