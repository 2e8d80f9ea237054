"""What one asset is worth in another, through one market or several: exact fractions of whole units."""

from collections import deque
from fractions import Fraction
from typing import Self

import numpy as np

from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.symbols import Market
from venus.units import NS_PER_S
from venus.views.catalog import Asset
from venus.views.market_questions import TICKER, TOP, TickerAnswer, TickerQuestion, TopsAnswer, TopsQuestion


class Rates:
    """Steps from asset to asset, by number; a step is a market and what one unit gets there."""

    def __init__(self, assets: list[Asset]) -> None:
        self._assets = assets
        self._steps: dict[int, dict[int, Fraction]] = {}

    @classmethod
    async def last(cls, desk: Desk) -> Self:
        """At the last prices: for showing what something is worth."""
        await desk.symbols.refresh()
        rates = cls(desk.symbols.assets)
        answer = await desk.ask(TickerQuestion(window_ns=NS_PER_S), TickerAnswer)
        for market, row in zip(desk.symbols.markets, np.frombuffer(answer.tickers, TICKER), strict=False):
            price = _price(market, int(row["close_ticks"]))
            if price:
                rates._add(market, price, price)
        return rates

    @classmethod
    async def dealing(cls, desk: Desk) -> Self:
        """At the best prices of the books: what is sold gets the bid, what is bought costs the ask."""
        await desk.symbols.refresh()
        rates = cls(desk.symbols.assets)
        answer = await desk.ask(TopsQuestion(), TopsAnswer)
        for market, row in zip(desk.symbols.markets, np.frombuffer(answer.tops, TOP), strict=False):
            if not market.listing.halted:
                bid, ask = (_price(market, int(row[name])) for name in ("bid_ticks", "ask_ticks"))
                rates._add(market, bid, ask)
        return rates

    def between(self, from_asset: int, to_asset: int) -> Fraction | None:
        """Units got for one unit, by the fewest markets; None if none lead there."""
        waiting, best = deque([from_asset]), {from_asset: Fraction(1)}
        while waiting and to_asset not in best:
            here = waiting.popleft()
            for there, rate in self._steps.get(here, {}).items():
                if there not in best:
                    best[there] = best[here] * rate
                    waiting.append(there)
        return best.get(to_asset)

    def worth_atoms(self, from_asset: Asset, atoms: int, to_asset: Asset) -> int | None:
        """An amount in another asset, rounded down."""
        rate = self.between(from_asset.number, to_asset.number)
        if rate is None:
            return None
        return int(Fraction(atoms, 10**from_asset.scale) * rate * 10**to_asset.scale)

    def reachable(self, from_asset: int) -> list[int]:
        """Assets that markets lead to, by number."""
        return [
            asset.number
            for asset in self._assets
            if asset.number != from_asset and self.between(from_asset, asset.number)
        ]

    def _add(self, market: Market, sold_at: Fraction | None, bought_at: Fraction | None) -> None:
        base, quote = market.base.number, market.quote.number
        if sold_at:
            self._steps.setdefault(base, {})[quote] = sold_at
        if bought_at:
            self._steps.setdefault(quote, {})[base] = 1 / bought_at


def _price(market: Market, ticks: int) -> Fraction | None:
    """Quote units of one base unit; None without a price."""
    return Fraction(ticks * market.listing.tick_atoms, 10**market.quote.scale) if ticks else None
