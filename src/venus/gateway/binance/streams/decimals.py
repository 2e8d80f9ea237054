"""Numbers of one symbol as decimal text, for whoever writes many: the same ones come back, so their texts are kept."""

from collections.abc import Callable

from venus.gateway.binance.render_market import ratio_text
from venus.gateway.binance.symbols import DECIMALS_MIN, Market

TEXTS_MAX = 32_768
"""Texts kept of a symbol's prices, and as many of its quantities; a full memory begins anew."""


class _Texts(dict[int, str]):
    """Texts of numbers already written; a look-up writes what is missing."""

    def __init__(self, write: Callable[[int], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, number: int) -> str:
        if len(self) >= TEXTS_MAX:
            self.clear()
        text = self[number] = self._write(number)
        return text


class SymbolFormat:
    """One symbol's numbers: `price` of ticks, `quantity` of lots, `quote` of ticks x lots, `average` of a quotient.

    Sums of lots and of quote hardly ever come back: `volume` and `quote` write them anew.
    """

    __slots__ = ("_market", "code", "number", "price", "quantity", "quote", "volume")

    def __init__(self, market: Market) -> None:
        self.code = market.code
        self.number = market.number
        self.price: Callable[[int], str] = _Texts(market.price_text).__getitem__
        self.quantity: Callable[[int], str] = _Texts(market.lots_text).__getitem__
        self.volume: Callable[[int], str] = market.lots_text
        self.quote: Callable[[int], str] = market.notional_text
        self._market = market

    def average(self, tick_lots: int, lots: int) -> str:
        """The price weighted by lots, rounded half up; of nothing it is 0. Shown only."""
        quote_atoms = tick_lots * self._market.listing.tick_atoms
        return ratio_text(quote_atoms, lots * 10**self._market.quote.scale, places=DECIMALS_MIN)


def percent(change_ticks: int, from_ticks: int) -> str:
    """A change in per cent of what it began with; of nothing it is 0. Shown only."""
    return ratio_text(100 * change_ticks, from_ticks, places=3)
