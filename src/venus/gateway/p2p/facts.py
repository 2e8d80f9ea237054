"""What the door knows of the market: terms, assets and currencies in force, and amounts to and from decimal text."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from venus.engine.client import EngineClient
from venus.gateway.binance import errors
from venus.gateway.binance.params import Params, decimal_steps
from venus.gateway.binance.symbols import Symbols
from venus.gateway.issuance.refusals import refused
from venus.records.p2p import PRICE_UNIT, Fiat, Tradable
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, PPM, decimal
from venus.views.catalog import Asset
from venus.views.p2p_questions import (
    AdvertAnswer,
    Index,
    MarketAnswer,
    MarketQuestion,
    MarketTerms,
    NewsAnswer,
    P2pOrderAnswer,
)
from venus.views.questions import Answer, Question

BASE = "/p2p/v1"
PRICE_DECIMALS = len(str(PRICE_UNIT)) - 1
PERCENT_DECIMALS = 4
"""A ppm is 0.0001 %."""
MINOR_MAX = 2**62
SIDES = ("BUY", "SELL")
"""By the number of a command's side."""

Kind = TypeVar("Kind", bound=Answer)
Dated = TypeVar("Dated", AdvertAnswer, P2pOrderAnswer, NewsAnswer)
"""Says of which terms it is."""

NoteIndex = Callable[[MarketAnswer], Awaitable[bool]]
"""Has the prices noted that a market as it was just told lacks, if that is to be done when asked; whether any was."""


class P2pFacts:
    """One for each door; `refresh`, or `ask_dated`, before anything is read."""

    def __init__(
        self,
        client: EngineClient,
        symbols: Symbols,
        note_index: NoteIndex | None = None,
        is_live: Callable[[], bool] | None = None,
    ) -> None:
        self._client = client
        self._symbols = symbols
        self._note_index = note_index
        self._is_live = is_live
        self._market = MarketAnswer(None, [], 0, -1)
        self._fiats: dict[str, Fiat] = {}  # of the terms, by code
        self._asking: asyncio.Future[None] | None = None
        self._asking_next: asyncio.Future[None] | None = None

    async def refresh(self) -> None:
        """The terms and prices of this moment. All who want them while they are asked for share the next question."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._refresh())
            await asyncio.shield(self._asking)
            return
        if self._asking_next is None:
            self._asking_next = asyncio.ensure_future(self._refresh_after(self._asking))
        await asyncio.shield(self._asking_next)

    async def _refresh_after(self, asking: "asyncio.Future[None]") -> None:
        await asyncio.wait([asking])
        self._asking, self._asking_next = self._asking_next, None
        await self._refresh()

    async def _refresh(self) -> None:
        try:
            await self._look()
        finally:
            if self._asking_next is None:
                self._asking = None

    async def _look(self) -> None:
        self._market = await self.ask(MarketQuestion(), MarketAnswer)
        terms = self._market.terms
        self._fiats = {one.code: one for one in terms.fiats} if terms is not None else {}
        if terms is not None and any(one.asset >= len(self._symbols.assets) for one in terms.assets):
            await self._symbols.refresh()

    async def refresh_priced(self) -> None:
        """The same before a floating price is told or taken."""
        await self.refresh()
        if self._note_index is not None and await self._note_index(self._market):
            await self.refresh()

    async def have_noted(self) -> None:
        """Before a floating price is taken that the view knows: while the clock is live there is nothing to do."""
        if self._note_index is not None and not (self._is_live and self._is_live()):
            await self.refresh_priced()

    async def ask_dated(self, question: Question, kind: type[Dated]) -> Dated:
        """As `ask`, with terms that are not older: they are asked for only if they are others."""
        answer = await self.ask(question, kind)
        if answer.terms_sequence != self._market.terms_sequence:
            await self.refresh()
        return answer

    async def ask(self, question: Question, kind: type[Kind]) -> Kind:
        answer = await self._client.ask(question)
        assert isinstance(answer, kind)
        return answer

    @property
    def terms(self) -> MarketTerms:
        """Raises ApiError before there is a market."""
        if self._market.terms is None:
            raise refused(Reject.NO_P2P_TERMS)
        return self._market.terms

    @property
    def index(self) -> list[Index]:
        """The prices that are good now."""
        until_ns = self._market.time_ns - self.terms.index_ns
        return [one for one in self._market.index if one.time_ns > until_ns]

    def index_of(self, asset: int, fiat: str) -> int:
        """PRICE_UNIT; 0 without a good one."""
        return next((one.price for one in self.index if (one.asset, one.fiat) == (asset, fiat)), 0)

    # By number, for answers

    def asset(self, number: int) -> Asset:
        return self._symbols.assets[number]

    def amount(self, asset: int, atoms: int) -> str:
        return decimal(atoms, self.asset(asset).scale)

    def fiat(self, code: str) -> Fiat:
        """Also one that the terms have no more: an order goes on in it. Its minor unit is then taken as a hundredth."""
        found = self._fiats.get(code)
        return Fiat(code=code, exponent=2) if found is None else found

    def money(self, fiat: str, minor: int) -> str:
        return decimal(minor, self.fiat(fiat).exponent)

    # By what was sent; raise ApiError

    def tradable(self, params: Params, name: str = "asset") -> tuple[Asset, Tradable]:
        code = params.required(name)
        for one in self.terms.assets:
            if self.asset(one.asset).code == code:
                return self.asset(one.asset), one
        raise refused(Reject.NOT_TRADABLE)

    def asset_sent(self, params: Params, name: str = "asset") -> Asset:
        """Any asset of the exchange: an order may be in one that the market has no more."""
        code = params.required(name)
        for one in self._symbols.assets:
            if one.code == code:
                return one
        raise errors.bad_value(name)

    def fiat_sent(self, params: Params, name: str = "fiat") -> Fiat:
        code = params.required(name)
        for one in self.terms.fiats:
            if one.code == code:
                return one
        raise refused(Reject.UNKNOWN_FIAT)


def side_sent(params: Params) -> int:
    """0 buys, 1 sells."""
    text = params.required("side")
    if text not in SIDES:
        raise errors.bad_side()
    return SIDES.index(text)


def atoms_sent(asset: Asset, text: str, name: str = "amount", least: int = 1) -> int:
    return _within(name, decimal_steps(name, text, asset.scale), least, ATOMS_MAX)


def money_sent(fiat: Fiat, text: str, name: str, least: int = 1) -> int:
    """Minor units."""
    return _within(name, decimal_steps(name, text, fiat.exponent), least, MINOR_MAX)


def price_sent(text: str, name: str = "price") -> int:
    return _within(name, decimal_steps(name, text, PRICE_DECIMALS), 1, MINOR_MAX)


def ppm_sent(text: str, name: str) -> int:
    """A percentage as ppm."""
    return _within(name, decimal_steps(name, text, PERCENT_DECIMALS), 0, 10**9)


def number_sent(params: Params, name: str) -> int:
    """The number of an order or an advert."""
    params.required(name)
    number = params.integer(name)
    assert number is not None
    return number


def listed(params: Params, name: str) -> list[str]:
    """A list with commas, none of it twice; empty if it was not sent."""
    text = params.optional(name)
    return [] if text is None else list(dict.fromkeys(part for part in text.split(",") if part))


def hash_sent(params: Params, name: str) -> bytes:
    """32 bytes in hex; none if it was not sent."""
    text = params.optional(name)
    return b"" if text is None else hash_of(name, text)


def hash_of(name: str, text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        raise errors.bad_value(name) from None
    if len(found) != 32 or len(text) != 64:
        raise errors.bad_value(name)
    return found


def price_text(price: int) -> str:
    """Without zeros at the end, but at least two decimals."""
    whole, _, fraction = decimal(price, PRICE_DECIMALS).partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def percent_text(ppm: int) -> str:
    """As short as it may be."""
    text = decimal(ppm, PERCENT_DECIMALS)
    return text.rstrip("0").rstrip(".")


def fraction_text(ppm: int) -> str:
    """1,000 ppm are 0.001."""
    return decimal(ppm, len(str(PPM)) - 1).rstrip("0").rstrip(".")


def _within(name: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise errors.bad_value(name)
    return number
