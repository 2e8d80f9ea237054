"""Which markets a public question is about: one, some or all, of a status, seen from a time zone."""

import re
from collections.abc import Sequence

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.units import NS_PER_S

STATUSES = ("TRADING", "HALT", "BREAK")
SOME_MAX = 100
"""Symbols in one question about statistics that must be computed for each."""

_MINUTE_NS = 60 * NS_PER_S
TIME_ZONE = re.compile(r"([+-]?)([0-9]{1,2})(?::([0-9]{2}))?")
_ZONE_MINUTES_MIN, _ZONE_MINUTES_MAX = -12 * 60, 14 * 60


def status_wanted(params: Params) -> str | None:
    """`symbolStatus`, if it was sent."""
    status = params.optional("symbolStatus")
    if status is not None and status not in STATUSES:
        raise errors.bad_symbol_status()
    return status


async def market_of_status(desk: Desk, call: Call) -> Market:
    """The market that `symbol` names, if it has the status asked for, if one was."""
    status = status_wanted(call.params)
    if status is None:
        return await call.market(desk)
    market = await desk.symbols.current_market(call.params.required("symbol"))
    if market.status != status:
        raise errors.status_mismatch()
    return market


async def markets_wanted(desk: Desk, call: Call) -> tuple[list[Market], bool]:
    """The markets that `symbol` or `symbols` names, or all; and whether it is one, whose answer is no list."""
    params = call.params
    code, codes = params.optional("symbol"), params.symbols()
    if code is not None and codes is not None:
        raise errors.bad_combination()
    if code is not None:
        return [await market_of_status(desk, call)], True
    status = status_wanted(params)
    if codes is None or status is not None:
        await desk.symbols.refresh()
    named: Sequence[Market] = desk.symbols.markets if codes is None else [await desk.symbols.market(c) for c in codes]
    return [market for market in named if status in (None, market.status)], False


async def some_markets_wanted(desk: Desk, call: Call) -> tuple[list[Market], bool]:
    """As `markets_wanted`, of which at least one must be named and at most SOME_MAX may be."""
    params = call.params
    if not params.values.get("symbol") and not params.values.get("symbols"):
        raise errors.missing_either("symbol", "symbols")
    codes = params.symbols()
    if codes is not None and len(codes) > SOME_MAX:
        raise errors.too_many(SOME_MAX, len(codes))
    return await markets_wanted(desk, call)


def zone_ns(params: Params) -> int:
    """`timeZone`, such as 8, -1:00 or 05:45, as nanoseconds ahead of UTC."""
    text = params.optional("timeZone")
    if text is None:
        return 0
    match = TIME_ZONE.fullmatch(text)
    if not match:
        raise errors.bad_value("timeZone")
    sign, hours, minutes = match.groups()
    ahead_minutes = int(hours) * 60 + int(minutes or 0)
    if sign == "-":
        ahead_minutes = -ahead_minutes
    if not _ZONE_MINUTES_MIN <= ahead_minutes <= _ZONE_MINUTES_MAX or int(minutes or 0) > 59:
        raise errors.bad_value("timeZone")
    return ahead_minutes * _MINUTE_NS
