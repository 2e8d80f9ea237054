"""The exchange's own prices in money outside, noted for adverts that float. Source: docs/rules/p2p_door.md, "Index".

They come from its markets: over them every asset is worth so much of some asset that is a currency by its terms, such
as a Venus coin; a file of rates goes on from there to currencies that none is. While the exchange's clock is steered
they are noted only when somebody asks, so that the journal follows from requests alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
import structlog

from venus.bridges.p2p_rates import BadRates, Rates, fresh_rates, read_rates
from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.records.events import EventKind
from venus.records.p2p import PRICE_UNIT, IndexPrice, NoteIndex
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, NS_PER_S
from venus.views.candles import wide
from venus.views.catalog import Asset, CatalogAnswer, CatalogQuestion, Symbol
from venus.views.currency_questions import CurrenciesAnswer, CurrenciesQuestion
from venus.views.issuance_questions import CoinsAnswer, CoinsQuestion
from venus.views.market_questions import (
    AVERAGE_NS,
    TOP,
    AveragePriceAnswer,
    AveragePriceQuestion,
    TopsAnswer,
    TopsQuestion,
)
from venus.views.p2p_questions import MarketAnswer, MarketQuestion, MarketTerms
from venus.views.questions import Answer, Question

LOOK_S = 1.0
NOTE_NS = 30 * NS_PER_S
"""By the exchange's clock, between two looks at the markets."""
MOVED = 1_000
"""A price that moved by one part in so many is noted anew."""
SPREAD_MAX = Fraction(1, 50)
"""Of a book whose middle is taken for a price, in parts of it."""
DOLLAR = "USD"
_PRICES_MAX = 4_096
_log = structlog.get_logger("index")
Kind = TypeVar("Kind", bound=Answer)


class Market(NamedTuple):
    """What a unit of `base` costs in units of `quote`."""

    base: int
    quote: int
    price: Fraction


def values(asset: int, markets: Sequence[Market], anchors: Mapping[int, str]) -> dict[str, Fraction]:
    """What a unit of an asset is worth in the currencies that assets are, over as few markets as may be.

    markets  of two ways of one length the one over earlier markets is taken
    anchors  the currency that an asset is, by its number
    """
    found: dict[str, Fraction] = {}
    worth = {asset: Fraction(1)}
    waiting = deque([asset])
    while waiting:
        here = waiting.popleft()
        if here in anchors:
            found.setdefault(anchors[here], worth[here])
        for one in markets:
            for there, rate in ((one.quote, one.price), (one.base, 1 / one.price)):
                if here == (one.base if there == one.quote else one.quote) and there not in worth:
                    worth[there] = worth[here] * rate
                    waiting.append(there)
    return found


def price_in(fiat: str, worth: Mapping[str, Fraction], units_per_dollar: Mapping[str, Fraction]) -> Fraction | None:
    """What is worth so much in some currencies, in this one: as it is, or by rates, over the dollar if it can be."""
    if fiat in worth:
        return worth[fiat]
    rates = {DOLLAR: Fraction(1), **units_per_dollar}
    if fiat not in rates:
        return None
    known = [code for code in (DOLLAR, *worth) if code in worth and code in rates]
    return worth[known[0]] / rates[known[0]] * rates[fiat] if known else None


def index_of(
    assets: Iterable[int],
    fiats: Sequence[str],
    markets: Sequence[Market],
    anchors: Mapping[int, str],
    units_per_dollar: Mapping[str, Fraction],
) -> dict[tuple[int, str], int]:
    """PRICE_UNIT prices by asset and currency, as far as they can be told."""
    told: dict[tuple[int, str], int] = {}
    for asset in assets:
        worth = values(asset, markets, anchors)
        for fiat in fiats:
            price = price_in(fiat, worth, units_per_dollar)
            if price is not None and 1 <= (noted := int(price * PRICE_UNIT)) <= ATOMS_MAX:
                told[asset, fiat] = noted
    return told


def is_stale(market: MarketAnswer, now_ns: int) -> bool:
    """Whether a price of the terms is half as old as it may get, or was never noted."""
    terms = market.terms
    if terms is None:
        return False
    young = {(one.asset, one.fiat) for one in market.index if one.time_ns + terms.index_ns // 2 > now_ns}
    return any((asset.asset, fiat.code) not in young for asset in terms.assets for fiat in terms.fiats)


class IndexNoter:
    """Takes one `step` after another while the clock is live, and notes `when_asked` while it is steered.

    clock_ns    the exchange's
    is_live     whether it is the system's
    rates_file  of p2p_rates.py; none is there: what no market leads to has no price
    is_sandbox  whose rates need not say of when they are
    """

    def __init__(
        self,
        client: EngineClient,
        clock_ns: Callable[[], int],
        is_live: Callable[[], bool],
        rates_file: Path,
        *,
        is_sandbox: bool,
    ) -> None:
        self._client = client
        self._clock_ns = clock_ns
        self._is_live = is_live
        self._rates_file = rates_file
        self._is_sandbox = is_sandbox
        self._alone = asyncio.Lock()
        self._catalog = CatalogAnswer(0, False, [], [], [], [])
        self._looked_ns: int | None = None

    async def step(self) -> int:
        """Note what moved, or all before it is too old; how many prices. Raises what the client raises."""
        if not self._is_live():
            return 0
        market = await self._ask(MarketQuestion(), MarketAnswer)
        now_ns, terms = self._clock_ns(), market.terms
        if terms is None:
            return 0
        pause_ns = min(NOTE_NS, terms.index_ns // 4)
        if self._looked_ns is not None and 0 <= now_ns - self._looked_ns < pause_ns:
            return 0
        self._looked_ns = now_ns
        return await self._look(market, terms, now_ns)

    async def when_asked(self, market: MarketAnswer) -> bool:
        """Note what is stale of a market as it was just told, if the clock is steered; whether anything was noted.

        Nothing but the exchange's own state and its clock decides, so that a restored one decides the same again.
        """
        if self._is_live() or not is_stale(market, self._clock_ns()):
            return False
        async with self._alone:
            market = await self._ask(MarketQuestion(), MarketAnswer)
            now_ns, terms = self._clock_ns(), market.terms
            if terms is None or not is_stale(market, now_ns):
                return True  # another request had it noted meanwhile
            return await self._look(market, terms, now_ns) > 0

    async def _look(self, market: MarketAnswer, terms: MarketTerms, now_ns: int) -> int:
        prices = await self._prices(terms, now_ns)
        before = {(one.asset, one.fiat): one for one in market.index}

        def is_due(pair: tuple[int, str]) -> bool:
            noted = before.get(pair)
            return noted is not None and noted.time_ns + terms.index_ns // 2 <= now_ns

        def has_moved(pair: tuple[int, str]) -> bool:
            noted = before.get(pair)
            return noted is None or abs(prices[pair] - noted.price) * MOVED >= noted.price

        # All at once, so that they are due together the next time too.
        due = any(is_due(pair) for pair in prices)
        told = [
            IndexPrice(asset=pair[0], fiat=pair[1], price=price)
            for pair, price in prices.items()
            if due or has_moved(pair)
        ]
        for first in range(0, len(told), _PRICES_MAX):
            await self._note(tuple(told[first : first + _PRICES_MAX]), now_ns)
        return len(told)

    async def _note(self, prices: tuple[IndexPrice, ...], now_ns: int) -> None:
        # The same prices at the same time are one command.
        digest = sha256(msgspec.msgpack.encode(prices)).hexdigest()[:16]
        command = NoteIndex(reference=f"index:{now_ns}:{digest}", prices=prices)
        event = (await self._client.submit_cold(command)).events[-1]
        if event.kind == EventKind.REJECTED:
            # The terms changed in this moment; the next look sees them.
            _log.warning("the index was not taken", why=Reject(event.reason).name)

    async def _prices(self, terms: MarketTerms, now_ns: int) -> dict[tuple[int, str], int]:
        catalog = await self._ask(CatalogQuestion(self._catalog.version), CatalogAnswer)
        if catalog.changed:
            self._catalog = catalog
        rates = self._rates(now_ns)
        codes = {asset.code: asset.number for asset in self._catalog.assets}
        coins = await self._ask(CoinsQuestion(), CoinsAnswer)
        currencies = await self._ask(CurrenciesQuestion(), CurrenciesAnswer)
        anchors = {codes[code]: currency for code, currency in rates.anchors.items() if code in codes}
        anchors |= {one.asset: one.currency for one in coins.coins}
        anchors |= {one.asset: one.currency for one in currencies.currencies}
        markets = await self._markets(now_ns)
        assets, fiats = [one.asset for one in terms.assets], [one.code for one in terms.fiats]
        return index_of(assets, fiats, markets, anchors, rates.units_per_dollar)

    def _rates(self, now_ns: int) -> Rates:
        try:
            return fresh_rates(read_rates(self._rates_file), now_ns, is_sandbox=self._is_sandbox)
        except BadRates as error:
            _log.warning("no rates", file=str(self._rates_file), why=str(error))
            return Rates({}, {})

    async def _markets(self, now_ns: int) -> list[Market]:
        """By symbol, of those that have a price."""
        symbols = [one for one in self._catalog.symbols if not one.halted]
        answer = await self._ask(TopsQuestion(tuple(one.number for one in symbols)), TopsAnswer)
        tops = np.frombuffer(answer.tops, TOP)
        questions = (self._ask(AveragePriceQuestion(one.number, now_ns), AveragePriceAnswer) for one in symbols)
        averages = await asyncio.gather(*questions)
        found = []
        for symbol, top, average in zip(symbols, tops, averages, strict=True):
            ticks = _ticks(average, int(top["bid_ticks"]), int(top["ask_ticks"]), now_ns)
            if ticks is not None:
                found.append(Market(symbol.base_asset, symbol.quote_asset, ticks * _unit(symbol, self._catalog.assets)))
        return found

    async def _ask(self, question: Question, kind: type[Kind]) -> Kind:
        answer = await self._client.ask(question)
        assert isinstance(answer, kind)
        return answer


def _ticks(average: AveragePriceAnswer, bid: int, ask: int, now_ns: int) -> Fraction | None:
    """What was paid lately in the mean, else the middle of a book that is narrow; what nobody trades has no price."""
    lots = wide(average.lots_hi, average.lots_lo)
    if lots and average.last_trade_ns > now_ns - AVERAGE_NS:
        return Fraction(wide(average.quote_hi, average.quote_lo), lots)
    if bid and ask and Fraction(ask - bid, bid) <= SPREAD_MAX:
        return Fraction(bid + ask, 2)
    return None


def _unit(symbol: Symbol, assets: Sequence[Asset]) -> Fraction:
    """Units of the quote asset that one tick is."""
    return Fraction(symbol.tick_atoms, 10 ** assets[symbol.quote_asset].scale)


async def keep_noting(
    socket: Path,
    clock_ns: Callable[[], int],
    is_live: Callable[[], bool],
    rates_file: Path,
    patience_s: float = 30.0,
    *,
    is_sandbox: bool,
) -> None:
    """For ever, over whatever engine listens there; cancel it to end it."""
    while True:
        try:
            client = await EngineClient.connect(socket, patience_s)
        except OSError:
            await asyncio.sleep(LOOK_S)
            continue
        try:
            noter = IndexNoter(client, clock_ns, is_live, rates_file, is_sandbox=is_sandbox)
            while True:
                await noter.step()
                await asyncio.sleep(LOOK_S)
        except (EngineGone, EngineOverloaded, EngineRefused, OSError):
            await asyncio.sleep(LOOK_S)
        finally:
            client.close()
