"""Filters as JSON says them: those that the engine enforces on a symbol, on an account, on an asset, and no others.

A filter whose figures are off is not listed. Source: [D] filters.md; docs/rules/filters.md.
"""

from typing import Any

from venus.gateway.binance.symbols import Market, writer
from venus.records.commands import CONDITIONAL_TYPES, Feature, OrderType, SetExchangeLimits
from venus.views.catalog import Asset

_PPM_DECIMALS = 6
_ratio_text = writer(1, _PPM_DECIMALS)
ICEBERG_PARTS_ELSE = 100
Facts = dict[str, Any]


def order_types(market: Market) -> list[str]:
    """The types of orders that a symbol takes."""
    return sorted(each.name for each in OrderType if market.conditions_known or each not in CONDITIONAL_TYPES)


def symbol_filters(market: Market) -> list[Facts]:
    return [*_size_filters(market), *_average_filters(market), *_count_filters(market)]


def _size_filters(market: Market) -> list[Facts]:
    listing, figures = market.listing, market.figures
    step = market.lots_text(1)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": market.price_text(listing.price_ticks_min),
            "maxPrice": market.price_text(listing.price_ticks_max),
            "tickSize": market.price_text(1),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": market.lots_text(listing.quantity_lots_min),
            "maxQty": market.lots_text(listing.quantity_lots_max),
            "stepSize": step,
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": market.lots_text(max(listing.quantity_lots_min, figures.market_lots_min)),
            "maxQty": market.lots_text(listing.market_lots_max),
            "stepSize": step,
        },
    ]


def _average_filters(market: Market) -> list[Facts]:
    """Those that look at an average price."""
    listing, figures = market.listing, market.figures
    filters: list[Facts] = [
        {
            "filterType": "NOTIONAL",
            "minNotional": market.quote_text(listing.notional_atoms_min),
            "applyMinToMarket": bool(market.features & Feature.APPLY_MIN_TO_MARKET),
            "maxNotional": market.quote_text(listing.notional_atoms_max),
            "applyMaxToMarket": bool(market.features & Feature.APPLY_MAX_TO_MARKET),
            # Without figures of its own a market order is measured by what it would cost, not by an average.
            "avgPriceMins": figures.average_minutes,
        }
    ]
    bid, ask = (figures.bid_up_ppm, figures.bid_down_ppm), (figures.ask_up_ppm, figures.ask_down_ppm)
    if not any(bid + ask):
        return filters
    if market.features & Feature.PERCENT_BY_SIDE:
        multipliers = {
            "bidMultiplierUp": _ratio_text(bid[0]),
            "bidMultiplierDown": _ratio_text(bid[1]),
            "askMultiplierUp": _ratio_text(ask[0]),
            "askMultiplierDown": _ratio_text(ask[1]),
        }
        name = "PERCENT_PRICE_BY_SIDE"
    else:
        multipliers = {"multiplierUp": _ratio_text(bid[0]), "multiplierDown": _ratio_text(bid[1])}
        name = "PERCENT_PRICE"
    return [*filters, {"filterType": name, **multipliers, "avgPriceMins": figures.average_minutes}]


def _count_filters(market: Market) -> list[Facts]:
    listing, figures = market.listing, market.figures
    filters: list[Facts] = [{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": listing.orders_max}]
    if market.features & Feature.ICEBERG:
        parts = figures.iceberg_parts_max or ICEBERG_PARTS_ELSE
        filters.append({"filterType": "ICEBERG_PARTS", "limit": parts})
    for name, member, figure in (
        ("MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", figures.algo_orders_max),
        ("MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", figures.iceberg_orders_max),
        ("MAX_NUM_ORDER_LISTS", "maxNumOrderLists", figures.order_lists_max),
        ("MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends", figures.amends_max),
    ):
        if figure:
            filters.append({"filterType": name, member: figure})
    if figures.position_atoms_max:
        text = market.base_text(figures.position_atoms_max)
        filters.append({"filterType": "MAX_POSITION", "maxPosition": text})
    bounds = {
        "minTrailingAboveDelta": figures.trail_above_bips_min,
        "maxTrailingAboveDelta": figures.trail_above_bips_max,
        "minTrailingBelowDelta": figures.trail_below_bips_min,
        "maxTrailingBelowDelta": figures.trail_below_bips_max,
    }
    if any(bounds.values()):
        filters.append({"filterType": "TRAILING_DELTA", **bounds})
    return filters


def exchange_filters(limits: SetExchangeLimits) -> list[Facts]:
    return [
        {"filterType": name, member: figure}
        for name, member, figure in (
            ("EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders", limits.orders_max),
            ("EXCHANGE_MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders", limits.algo_orders_max),
            ("EXCHANGE_MAX_NUM_ICEBERG_ORDERS", "maxNumIcebergOrders", limits.iceberg_orders_max),
            ("EXCHANGE_MAX_NUM_ORDER_LISTS", "maxNumOrderLists", limits.order_lists_max),
        )
        if figure
    ]


def asset_filters(assets: list[Asset]) -> list[Facts]:
    """Limits on what one order moves of an asset."""
    return [
        {"filterType": "MAX_ASSET", "asset": each.code, "limit": writer(1, each.scale)(each.order_atoms_max)}
        for each in assets
        if each.order_atoms_max
    ]
