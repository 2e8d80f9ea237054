"""The catalog as a door needs it: symbols by code, and numbers to and from decimal text on each symbol's grid.

Prices and amounts leave as decimal text of 8 places, as clients expect; what is finer is written out exactly. They
come in exactly too: text off the grid is refused with the filter's name, never rounded.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance import errors
from venus.gateway.binance.params import SYMBOL_RANGE, decimal_steps
from venus.records.commands import FEATURES_ALL, Feature, SetExchangeLimits, SetSymbolRules
from venus.units import ATOMS_MAX, INT64_MAX
from venus.views.catalog import Asset, CatalogAnswer, CatalogQuestion, FeeTier, Symbol

DECIMALS_MIN = 8
"""Places that every amount is written with."""

RULES_WITH_CONDITIONS = 2
"""From these rules on there are conditional orders, icebergs, pegs and order lists."""
_FEATURES_BEFORE = Feature.AMEND | Feature.CANCEL_REPLACE | Feature.QUOTE_MARKET | Feature.APPLY_MIN_TO_MARKET
_NO_FIGURES = SetSymbolRules(
    reference="", symbol=0, features=FEATURES_ALL - Feature.APPLY_MAX_TO_MARKET, bid_up_ppm=0, bid_down_ppm=0,
    ask_up_ppm=0, ask_down_ppm=0, average_minutes=0, market_lots_min=0, iceberg_parts_max=0, algo_orders_max=0,
    iceberg_orders_max=0, order_lists_max=0, amends_max=0, position_atoms_max=0, trail_above_bips_min=0,
    trail_above_bips_max=0, trail_below_bips_min=0, trail_below_bips_max=0,
)  # fmt: skip
"""Of a symbol that had none set. A market order then costs a minimum (docs/rules/spot.md, test 14) and no maximum."""
_NO_LIMITS = SetExchangeLimits(reference="", orders_max=0, algo_orders_max=0, iceberg_orders_max=0, order_lists_max=0)

NUMBERS_REMEMBERED = 1 << 12
"""Texts of so many numbers are kept for each grid: what is written was mostly written before."""

SYMBOL = re.compile(r"[A-Z0-9_.\-]{1,50}")


@lru_cache
def writer(step_atoms: int, scale: int) -> Callable[[int], str]:
    """A function from a number of steps to decimal text: steps of `step_atoms`, 10**scale atoms to a unit."""
    return lru_cache(NUMBERS_REMEMBERED)(_writer(step_atoms, scale))


def _writer(step_atoms: int, scale: int) -> Callable[[int], str]:
    if scale <= DECIMALS_MIN:
        factor = step_atoms * 10 ** (DECIMALS_MIN - scale)

        def write(steps: int) -> str:
            if steps < 0:
                return "-" + write(-steps)
            digits = str(steps * factor).zfill(DECIMALS_MIN + 1)
            return f"{digits[:-DECIMALS_MIN]}.{digits[-DECIMALS_MIN:]}"

        return write
    unit = 10**scale

    def write_fine(steps: int) -> str:
        if steps < 0:
            return "-" + write_fine(-steps)
        whole, fraction = divmod(steps * step_atoms, unit)
        digits = f"{fraction:0{scale}d}"
        return f"{whole}.{digits[:DECIMALS_MIN]}{digits[DECIMALS_MIN:].rstrip('0')}"

    return write_fine


class Market:
    """One symbol: its listing, its assets, and its grid in both directions."""

    __slots__ = (
        "_price_step",
        "_quantity_step",
        "base",
        "base_text",
        "code",
        "conditions_known",
        "features",
        "figures",
        "listing",
        "lots_text",
        "number",
        "plain_orders",
        "price_decimals",
        "price_text",
        "quantity_decimals",
        "quote",
        "quote_text",
    )

    def __init__(self, listing: Symbol, assets: Sequence[Asset], rules: int = 1) -> None:
        """`rules`: the version in force."""
        self.listing = listing
        self.code = listing.code
        self.number = listing.number
        self.base = assets[listing.base_asset]
        self.quote = assets[listing.quote_asset]
        self.price_text = writer(listing.tick_atoms, self.quote.scale)
        self.lots_text = writer(listing.lot_atoms, self.base.scale)
        self.base_text = writer(1, self.base.scale)
        self.quote_text = writer(1, self.quote.scale)
        self.price_decimals = precision(self.quote)
        self.quantity_decimals = precision(self.base)
        self.conditions_known = rules >= RULES_WITH_CONDITIONS
        self.figures = listing.rules or _NO_FIGURES  # what its filters are set to, 0 being off
        self.features = Feature(self.figures.features) if self.conditions_known else _FEATURES_BEFORE
        self.plain_orders: dict[tuple[Any, ...], Any] = {}  # by their words, what they come to; order_form.py
        self._price_step: int = listing.tick_atoms * 10 ** (self.price_decimals - self.quote.scale)
        self._quantity_step: int = listing.lot_atoms * 10 ** (self.quantity_decimals - self.base.scale)

    def price_ticks(self, text: str, name: str = "price") -> int:
        """A price in ticks. Off the grid, or beyond any number the engine takes: PRICE_FILTER."""
        ticks, off_grid = divmod(decimal_steps(name, text, self.price_decimals), self._price_step)
        if off_grid or ticks > INT64_MAX:
            raise errors.filter_failure("PRICE_FILTER")
        return ticks

    def lots(self, name: str, text: str, filter_name: str = "LOT_SIZE") -> int:
        """A quantity in lots. Off the grid, or beyond any number the engine takes: the filter's failure."""
        lots, off_grid = divmod(decimal_steps(name, text, self.quantity_decimals), self._quantity_step)
        if off_grid or lots > INT64_MAX:
            raise errors.filter_failure(filter_name)
        return lots

    def quote_atoms(self, name: str, text: str) -> int:
        """An amount of the quote asset in atoms, from 1 to the most there can be."""
        step: int = 10 ** (self.price_decimals - self.quote.scale)
        atoms, finer = divmod(decimal_steps(name, text, self.price_decimals), step)
        if finer:
            raise errors.too_precise(name)
        if not 1 <= atoms <= ATOMS_MAX:
            raise errors.filter_failure("NOTIONAL")
        return atoms

    def notional_text(self, tick_lots: int) -> str:
        """A sum of price in ticks times quantity in lots, in the quote asset."""
        return self.quote_text(tick_lots * self.listing.tick_lot_atoms)

    @property
    def status(self) -> str:
        return "HALT" if self.listing.halted else "TRADING"


def precision(asset: Asset) -> int:
    """Decimals that amounts of an asset may be sent with."""
    return max(DECIMALS_MIN, asset.scale)


class Symbols:
    """The catalog this door last saw. What changes of a listing the engine tests, so the hot path need not ask."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._version = 0
        self._by_code: dict[str, Market] = {}
        self.markets: list[Market] = []  # by symbol number
        self.assets: list[Asset] = []  # by asset number
        self.fee_tiers: list[FeeTier] = []
        self.limits = _NO_LIMITS  # of an account's orders on all symbols together

    async def refresh(self) -> None:
        """Ask whether anything was listed, halted or repriced since."""
        answer = await self._client.ask(CatalogQuestion(known_version=self._version))
        assert isinstance(answer, CatalogAnswer)
        if not answer.changed:
            return
        self._version = answer.version
        self.assets = answer.assets
        self.fee_tiers = answer.fee_tiers
        self.limits = answer.limits or _NO_LIMITS
        self.markets = [Market(symbol, answer.assets, answer.rules) for symbol in answer.symbols]
        self._by_code = {market.code: market for market in self.markets}

    def known(self, code: str) -> Market | None:
        """The market of a code, if this door has seen it."""
        return self._by_code.get(code)

    async def market(self, code: str) -> Market:
        """The market of a code. An unknown one may just have been listed: the engine is asked before it is refused."""
        market = self._by_code.get(code)
        if market is None:
            await self.refresh()
            market = self._by_code.get(code)
            if market is None:
                if not SYMBOL.fullmatch(code):
                    raise errors.illegal_characters("symbol", SYMBOL_RANGE)
                raise errors.bad_symbol()
        return market

    async def current_market(self, code: str) -> Market:
        """As `market`, with its status of now."""
        await self.refresh()
        return await self.market(code)
