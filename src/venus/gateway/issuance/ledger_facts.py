"""What the door knows of institutions and coins: kept until the view says that it is another version."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from venus.engine.client import EngineClient
from venus.gateway.binance import errors
from venus.gateway.binance.params import decimal_steps
from venus.gateway.binance.symbols import Symbols
from venus.gateway.issuance.refusals import no_such_coin, no_such_currency, no_such_institution, not_founded
from venus.units import ATOMS_MAX, NS_PER_MS, NS_PER_US, decimal
from venus.views.catalog import Asset
from venus.views.currency_questions import CurrenciesAnswer, CurrenciesQuestion, Currency, Operator
from venus.views.issuance_questions import (
    Coin,
    Institution,
    InstitutionsAnswer,
    LawfulOrder,
    LawfulOrdersAnswer,
    LawfulOrdersQuestion,
    LedgerAnswer,
    LedgerQuestion,
    Receipt,
    Reserve,
)


class LedgerFacts:
    """One for each door; `refresh` before anything is read."""

    def __init__(self, client: EngineClient, symbols: Symbols) -> None:
        self._client = client
        self._symbols = symbols
        self._version = 0
        self.who = InstitutionsAnswer(b"", "", "", -1, [])
        self.coins: list[Coin] = []  # by asset
        self.currencies: list[Currency] = []  # by asset
        self.reserves: dict[int, Reserve] = {}
        self.receipts: dict[int, list[Receipt]] = {}  # that wait, by coin

    async def refresh(self) -> None:
        """Ask whether anything changed since; what comes then is all of one moment."""
        ask = self._client.ask
        answer, currencies, _ = await asyncio.gather(
            ask(LedgerQuestion(self._version)), ask(CurrenciesQuestion()), self._symbols.refresh()
        )
        assert isinstance(answer, LedgerAnswer) and isinstance(currencies, CurrenciesAnswer)
        self.currencies = currencies.currencies
        # Of answers that cross, the later one stays: what it tells has happened.
        if not answer.changed or answer.version < self._version:
            return
        self._version = answer.version
        self.who, self.coins = answer.who, answer.coins
        self.reserves = {reserve.number: reserve for reserve in answer.reserves}
        self.receipts = {coin.asset: [] for coin in answer.coins}
        for receipt in answer.receipts:
            self.receipts[receipt.coin].append(receipt)

    @property
    def issued(self) -> list[Coin | Currency]:
        """All that authorities may give orders over."""
        return [*self.coins, *self.currencies]

    async def lawful_orders(self, coins: Sequence[Coin | Currency]) -> list[LawfulOrdersAnswer]:
        """Of each of these coins and currencies."""
        answers = await asyncio.gather(*(self._client.ask(LawfulOrdersQuestion(coin.asset)) for coin in coins))
        return [answer for answer in answers if isinstance(answer, LawfulOrdersAnswer)]

    async def lawful_order(self, number: int) -> LawfulOrder | None:
        """By its number, whatever it is over."""
        for answer in await self.lawful_orders(self.issued):
            for order in answer.orders:
                if order.number == number:
                    return order
        return None

    @property
    def exchange(self) -> bytes:
        """bytes[32], who this exchange is; raises ApiError before it is founded."""
        if not self.who.exchange:
            raise not_founded()
        return self.who.exchange

    @property
    def assets(self) -> list[Asset]:
        return self._symbols.assets

    # By number, for words and answers: a number that stands for nothing is told as it is

    def code(self, asset: int) -> str:
        return self.assets[asset].code if 0 <= asset < len(self.assets) else f"asset {asset}"

    def amount(self, asset: int, atoms: int) -> str:
        """Decimal text in the asset's units."""
        return decimal(atoms, self.assets[asset].scale) if 0 <= asset < len(self.assets) else f"{atoms} atoms"

    def institution(self, number: int) -> Institution | None:
        known = self.who.institutions
        return known[number] if 0 <= number < len(known) else None

    def institution_name(self, number: int) -> str:
        known = self.institution(number)
        return f"institution {number}" if known is None else known.name

    def coin_of(self, asset: int) -> Coin | None:
        return next((coin for coin in self.coins if coin.asset == asset), None)

    def currency_of(self, asset: int) -> Currency | None:
        return next((currency for currency in self.currencies if currency.asset == asset), None)

    def operator(self, asset: int, number: int) -> Operator | None:
        known = self.currency_of(asset)
        return known.operators[number] if known and 0 <= number < len(known.operators) else None

    def operator_name(self, asset: int, number: int) -> str:
        """Its institution's."""
        known = self.operator(asset, number)
        return f"operator {number}" if known is None else self.institution_name(known.institution)

    def reserve(self, number: int) -> Reserve | None:
        return self.reserves.get(number)

    # By what was sent; raise ApiError

    def coin_named(self, code: str) -> Coin:
        """By its asset's code."""
        for coin in self.coins:
            if self.code(coin.asset) == code:
                return coin
        raise no_such_coin(code)

    def currency_named(self, code: str) -> Currency:
        """By its asset's code."""
        for currency in self.currencies:
            if self.code(currency.asset) == code:
                return currency
        raise no_such_currency(code)

    def asset_named(self, code: str) -> Asset:
        for asset in self.assets:
            if asset.code == code:
                return asset
        raise errors.bad_value("asset")

    def institution_numbered(self, number: int) -> Institution:
        known = self.institution(number)
        if known is None:
            raise no_such_institution(number)
        return known


def atoms_of(asset: Asset, text: str, name: str = "amount", least: int = 1) -> int:
    """Exact decimal text as atoms, from `least` to the most there can be; raises ApiError."""
    atoms = decimal_steps(name, text, asset.scale)
    if not least <= atoms <= ATOMS_MAX:
        raise errors.bad_value(name)
    return atoms


def told_time(time_ns: int, unit_ns: int = NS_PER_MS) -> int:
    """A time as the request wants it: in milliseconds or microseconds."""
    assert unit_ns in (NS_PER_MS, NS_PER_US)
    return time_ns // unit_ns


def written(facts: Any) -> bytes:
    """An answer's body."""
    return msgspec.json.encode(facts)
