"""Ping, time, and the rules of trading: what a client reads before anything else."""

from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import SINCE_V1, Call, Desk, public
from venus.gateway.binance.params import Params
from venus.gateway.binance.render_filters import exchange_filters, order_types, symbol_filters
from venus.gateway.binance.selection import status_wanted
from venus.gateway.binance.symbols import Market, precision
from venus.records.commands import Feature, SelfTrade

PERMISSION = "SPOT"
"""The one permission there is: every account has it, every symbol asks for it."""

_ALLOWED = {
    "icebergAllowed": Feature.ICEBERG,
    "ocoAllowed": Feature.OCO,
    "otoAllowed": Feature.OTO,
    "opoAllowed": Feature.OPO,
    "quoteOrderQtyMarketAllowed": Feature.QUOTE_MARKET,
    "allowTrailingStop": Feature.TRAILING,
    "cancelReplaceAllowed": Feature.CANCEL_REPLACE,
    "amendAllowed": Feature.AMEND,
    "pegInstructionsAllowed": Feature.PEG,
}
_ONE_OF = ("symbol", "symbols", "symbolStatus")
_ALL_RULES_WEIGHT = 40


async def ping(_desk: Desk, _call: Call) -> bytes:
    return b"{}"


async def server_time(desk: Desk, call: Call) -> bytes:
    return msgspec.json.encode({"serverTime": desk.clock_ns() // call.unit_ns})


async def exchange_info(desk: Desk, call: Call) -> bytes:
    """Rules of all symbols, of those named, or of those with a permission or status."""
    params = call.params
    show_permissions = params.boolean("showPermissionSets", default=True)
    await desk.symbols.refresh()
    if params.has("symbol") or params.has("symbols"):
        if params.has("permissions") or params.has("symbolStatus"):
            raise errors.bad_combination()
        markets = await _named(desk, params)
    else:
        status = status_wanted(params)
        markets = [market for market in desk.symbols.markets if status in (None, market.status)]
        if PERMISSION not in _permissions_wanted(params):
            markets = []
    return msgspec.json.encode(
        {
            "timezone": "UTC",
            "serverTime": desk.clock_ns() // call.unit_ns,
            "rateLimits": desk.limits.descriptions(),
            "exchangeFilters": exchange_filters(desk.symbols.limits),
            "symbols": [symbol_facts(market, show_permissions=show_permissions) for market in markets],
        }
    )


async def execution_rules(desk: Desk, call: Call) -> bytes:
    """Rules on the prices at which orders execute, beyond the filters; the engine has none."""
    params = call.params
    if sum(params.has(name) for name in _ONE_OF) > 1:
        raise errors.bad_combination()
    status = status_wanted(params)
    await desk.symbols.refresh()
    if params.has("symbol") or params.has("symbols"):
        markets = await _named(desk, params)
    else:
        markets = [market for market in desk.symbols.markets if status in (None, market.status)]
    return msgspec.json.encode({"symbolRules": [{"symbol": market.code, "rules": []} for market in markets]})


def _execution_rules_weight(params: Params) -> int:
    if params.has("symbol"):
        return 2
    codes = params.symbols()
    return _ALL_RULES_WEIGHT if codes is None else min(2 * len(codes), _ALL_RULES_WEIGHT)


async def _named(desk: Desk, params: Params) -> list[Market]:
    code, codes = params.optional("symbol"), params.symbols()
    if code is not None and codes is not None:
        raise errors.bad_combination()
    return [await desk.symbols.market(each) for each in (codes or [code or ""])]


def _permissions_wanted(params: Params) -> list[str]:
    text = params.optional("permissions")
    if text is None:
        return [PERMISSION]
    return (params.texts("permissions") or []) if text.startswith("[") else [text]


def symbol_facts(market: Market, *, show_permissions: bool = True) -> dict[str, Any]:
    """One symbol as exchangeInfo shows it."""
    base_decimals, quote_decimals = precision(market.base), precision(market.quote)
    listing = market.listing
    return {
        "symbol": market.code,
        "status": market.status,
        "baseAsset": market.base.code,
        "baseAssetPrecision": base_decimals,
        "quoteAsset": market.quote.code,
        "quotePrecision": quote_decimals,
        "quoteAssetPrecision": quote_decimals,
        "baseCommissionPrecision": base_decimals,
        "quoteCommissionPrecision": quote_decimals,
        "orderTypes": order_types(market),
        **{name: bool(market.features & feature) for name, feature in _ALLOWED.items()},
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": symbol_filters(market),
        "permissions": [],
        "permissionSets": [[PERMISSION]] if show_permissions else [],
        "defaultSelfTradePreventionMode": SelfTrade(listing.stp_default).name,
        "allowedSelfTradePreventionModes": [mode.name for mode in SelfTrade if listing.stp_allowed & (1 << mode)],
    }


ENDPOINTS = (
    *public(
        ("ping", ping, 1, ""),
        ("time", server_time, 1, ""),
        ("exchangeInfo", exchange_info, 20, "symbol symbols permissions showPermissionSets symbolStatus"),
        versions=SINCE_V1,
    ),
    *public(
        ("executionRules", execution_rules, _execution_rules_weight, " ".join(_ONE_OF)),
    ),
)
