"""A listing in decimal text, as people write it, to the command that lists it."""

from typing import NamedTuple

from venus.records.commands import FEATURES_ALL, Feature, ListSymbol, SelfTrade, SetSymbolRules
from venus.units import steps

STP_ALL = sum(1 << mode for mode in SelfTrade)


class ListedAsset(NamedTuple):
    number: int
    scale: int


class ListingTexts(NamedTuple):
    """The figures of a symbol in decimal text: prices and notionals in the quote asset, quantities in the base."""

    tick: str
    lot: str
    price_max: str
    quantity_max: str
    market_max: str
    notional_min: str
    notional_max: str


def listing_command(
    reference: str, code: str, base: ListedAsset, quote: ListedAsset, texts: ListingTexts, orders_max: int
) -> ListSymbol:
    """The command that lists a symbol with every self-trade mode; raises OffGrid, or ValueError for a step of 0."""
    tick_atoms, lot_atoms = steps(texts.tick, quote.scale), steps(texts.lot, base.scale)
    if not tick_atoms or not lot_atoms:
        raise ValueError("a tick and a lot are above 0")
    return ListSymbol(
        reference=reference,
        code=code,
        base_asset=base.number,
        quote_asset=quote.number,
        tick_atoms=tick_atoms,
        lot_atoms=lot_atoms,
        price_ticks_min=1,
        price_ticks_max=steps(texts.price_max, quote.scale) // tick_atoms,
        quantity_lots_min=1,
        quantity_lots_max=steps(texts.quantity_max, base.scale) // lot_atoms,
        market_lots_max=steps(texts.market_max, base.scale) // lot_atoms,
        notional_atoms_min=steps(texts.notional_min, quote.scale),
        notional_atoms_max=steps(texts.notional_max, quote.scale),
        orders_max=orders_max,
        stp_allowed=STP_ALL,
        stp_default=int(SelfTrade.EXPIRE_MAKER),
    )


def usual_rules(reference: str, symbol: int) -> SetSymbolRules:
    """The filters that most symbols of Binance have (exchangeInfo, 2026)."""
    return SetSymbolRules(
        reference=reference,
        symbol=symbol,
        features=FEATURES_ALL & ~Feature.APPLY_MAX_TO_MARKET,
        bid_up_ppm=5_000_000,
        bid_down_ppm=200_000,
        ask_up_ppm=5_000_000,
        ask_down_ppm=200_000,
        average_minutes=5,
        market_lots_min=0,
        iceberg_parts_max=100,
        algo_orders_max=5,
        iceberg_orders_max=0,
        order_lists_max=20,
        amends_max=10,
        position_atoms_max=0,
        trail_above_bips_min=10,
        trail_above_bips_max=2_000,
        trail_below_bips_min=10,
        trail_below_bips_max=2_000,
    )
