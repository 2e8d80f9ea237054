"""Whose key it is that asks, and what the view says of wallets: read anew for every request that depends on it."""

from typing import NamedTuple

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call
from venus.gateway.currency.refusals import (
    no_regime,
    no_such_operator,
    not_a_wallet,
    not_an_operator,
    not_your_wallet,
)
from venus.gateway.issuance.holders import whole
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import refused
from venus.records.commands import AccountKind
from venus.records.currency import WalletClass
from venus.records.rejects import Reject
from venus.units import INT64_MAX
from venus.views.catalog import AccountAnswer, AccountQuestion, Asset
from venus.views.currency_questions import Currency, Operator, Regime, WalletAnswer, WalletQuestion

ACCOUNTS_MAX = 2**32
KINDS_REMEMBERED = 1_000_000


class Acting(NamedTuple):
    """An operator whose key asks."""

    currency: Currency
    operator: Operator
    asset: Asset


class CurrencyFacts:
    """One for each door. `ledger.refresh` before anything but a wallet is asked for."""

    def __init__(self, client: EngineClient, ledger: LedgerFacts) -> None:
        self._client = client
        self.ledger = ledger
        # What never changes of an account, once it was asked for: that it may be paid, and a wallet's currency.
        self._payable: set[int] = set()
        self._assets: dict[int, int] = {}

    # Currencies and operators

    def named(self, code: str) -> Currency:
        return self.ledger.currency_named(code)

    def operator_named(self, currency: Currency, name: str) -> Operator:
        """By its institution's name."""
        for operator in currency.operators:
            if self.ledger.institution_name(operator.institution) == name:
                return operator
        raise no_such_operator(name)

    def asset_of(self, currency: Currency) -> Asset:
        return self.ledger.assets[currency.asset]

    async def acting(self, call: Call) -> Acting:
        """The operator whose treasury the key is of; one whose wallets were moved acts no more. Raises ApiError."""
        await self.ledger.refresh()
        for currency in self.ledger.currencies:
            for operator in currency.operators:
                if operator.treasury_account == call.account:
                    if operator.moved_to >= 0:
                        raise not_an_operator()
                    return Acting(currency, operator, self.asset_of(currency))
        raise not_an_operator()

    @staticmethod
    def regime_of(currency: Currency) -> Regime:
        """The one in force; raises ApiError if none is yet."""
        if not currency.in_force:
            raise no_regime()
        return currency.regimes[0]

    def class_of(self, currency: Currency, number: int) -> WalletClass:
        classes = self.regime_of(currency).classes
        if not 0 <= number < len(classes):
            raise refused(Reject.UNKNOWN_CLASS)
        return classes[number]

    # Wallets

    async def wallet(self, account: int) -> WalletAnswer:
        """Raises ApiError if it is none."""
        if not 0 <= account < ACCOUNTS_MAX:
            raise not_a_wallet(account)
        answer = await self._client.ask(WalletQuestion(account))
        assert isinstance(answer, WalletAnswer)
        if not answer.found:
            raise not_a_wallet(account)
        return answer

    async def wallet_of(self, acting: Acting, call: Call) -> WalletAnswer:
        """The wallet that the parameter `wallet` names, which is this operator's. Raises ApiError."""
        found = await self.wallet(whole(call.params, "wallet"))
        if (found.currency, found.operator) != (acting.currency.asset, acting.operator.number):
            raise not_your_wallet()
        return found

    async def own(self, call: Call) -> WalletAnswer:
        """The key's own wallet, or the one of its family below it that `wallet` names. Raises ApiError."""
        number = call.params.integer("wallet")
        found = await self.wallet(call.account if number is None else number)
        # A sub-wallet's key is that of a till: it answers for itself, its merchant's for all.
        if found.account != call.account and found.root != call.account:
            raise not_your_wallet()
        return found

    async def payer(self, call: Call) -> tuple[int, Asset]:
        """As `own`, of who pays: the account and the currency. Asks nothing for a key that paid before."""
        asset = self._assets.get(call.account) if call.params.integer("wallet") is None else None
        account = call.account
        if asset is None:
            found = await self.own(call)
            asset, account = found.currency, found.account
            if account == call.account and len(self._assets) < KINDS_REMEMBERED:
                self._assets[account] = asset
        if asset >= len(self.ledger.assets):
            await self.ledger.refresh()
        return account, self.ledger.assets[asset]

    async def payable(self, account: int) -> None:
        """People's accounts, wallets and treasuries are paid; nothing goes outside by a payment. Raises ApiError."""
        if account in self._payable:
            return
        if not 0 <= account < min(ACCOUNTS_MAX, INT64_MAX):
            raise refused(Reject.UNKNOWN_COUNTERPARTY)
        facts = await self._client.ask(AccountQuestion(account))
        assert isinstance(facts, AccountAnswer)
        is_treasury = facts.kind == AccountKind.HOUSE and self._is_treasury(account)
        if facts.kind not in (AccountKind.PERSON, AccountKind.WALLET) and not is_treasury:
            raise refused(Reject.UNKNOWN_COUNTERPARTY)
        if len(self._payable) < KINDS_REMEMBERED:
            self._payable.add(account)

    def _is_treasury(self, account: int) -> bool:
        return any(
            operator.treasury_account == account
            for currency in self.ledger.currencies
            for operator in currency.operators
        )
