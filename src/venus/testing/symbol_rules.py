"""Symbol rules, limits and asset limits that a seed makes: mostly off or wide, so that trade goes on."""

from random import Random

from venus.records.commands import FEATURES_ALL, Feature, SetAssetLimit, SetExchangeLimits, SetSymbolRules
from venus.testing.worlds import Grid
from venus.units import ATOMS_MAX, PPM


def draw_symbol_rules(random: Random, reference: str, symbol: int, grid: Grid) -> SetSymbolRules:
    """Every figure off in most symbols; what is on is met by ordinary orders at times."""

    def at_times(*figures: int) -> int:
        return random.choice(figures) if random.random() < 0.25 else 0

    def often(*figures: int) -> int:
        return random.choice(figures) if random.random() < 0.5 else 0

    features = FEATURES_ALL
    for feature in Feature:
        if random.random() < 0.03:
            features &= ~feature
    usual_atoms = grid.usual_lots * grid.listing.lot_atoms
    down_ppm, up_ppm = random.choice([(PPM * 9 // 10, PPM * 11 // 10), (PPM - 20_000, PPM + 20_000), (0, 5 * PPM)])
    percent = random.random() < 0.3
    return SetSymbolRules(
        reference=reference,
        symbol=symbol,
        features=features,
        bid_up_ppm=up_ppm if percent else 0,
        bid_down_ppm=down_ppm if percent else 0,
        ask_up_ppm=up_ppm + 30_000 if percent else 0,
        ask_down_ppm=down_ppm if percent else 0,
        average_minutes=random.choice([0, 1, 2, 5, 60]),
        market_lots_min=at_times(2, min(grid.usual_lots, grid.listing.market_lots_max)),
        iceberg_parts_max=at_times(2, 3, 10),
        algo_orders_max=often(1, 2, 4),
        iceberg_orders_max=often(1, 2),
        order_lists_max=often(1, 2),
        amends_max=often(1, 2),
        position_atoms_max=min(at_times(5 * usual_atoms, 40 * usual_atoms, 200 * usual_atoms), ATOMS_MAX),
        trail_above_bips_min=at_times(20),
        trail_above_bips_max=at_times(200, 2_000),
        trail_below_bips_min=at_times(10, 20),
        trail_below_bips_max=at_times(200, 2_000),
    )


def draw_exchange_limits(random: Random, reference: str) -> SetExchangeLimits:
    def at_times(*figures: int) -> int:
        return random.choice(figures) if random.random() < 0.4 else 0

    return SetExchangeLimits(
        reference=reference,
        orders_max=at_times(5, 9),
        algo_orders_max=at_times(2, 4),
        iceberg_orders_max=at_times(1, 3),
        order_lists_max=at_times(1, 2),
    )


def draw_asset_limit(random: Random, reference: str, asset: int, grid: Grid) -> SetAssetLimit:
    """Around what a usual order moves of the asset, or off."""
    listing = grid.listing
    usual_atoms = grid.usual_lots * listing.lot_atoms
    if asset == listing.quote_asset:
        usual_atoms = grid.usual_lots * grid.middle_ticks * grid.quote_atoms_per_lot_tick
    limit_atoms = random.choice([0, usual_atoms, 2 * usual_atoms, 10 * usual_atoms])
    return SetAssetLimit(reference=reference, asset=asset, order_atoms_max=min(limit_atoms, ATOMS_MAX))
