"""Symbols of a sandbox: listed, paused and resumed while it runs."""

from typing import Any

import msgspec

from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.refusals import Refused
from venus.records.commands import HaltSymbol, ListAsset, ResumeSymbol
from venus.records.listing import ListedAsset, ListingTexts, listing_command, usual_rules
from venus.units import OffGrid
from venus.views.catalog import Asset

NEW_ASSET_SCALE = 8


class Pause(msgspec.Struct, forbid_unknown_fields=True):
    """`symbol` "": every symbol."""

    symbol: str = ""


class NewSymbol(msgspec.Struct, forbid_unknown_fields=True):
    """An asset that is not there yet is listed too, with eight decimals unless a scale is given."""

    symbol: str
    baseAsset: str
    quoteAsset: str
    tickSize: str = "0.01"
    stepSize: str = "0.0001"
    maxPrice: str = "1000000"
    maxQty: str = "9000"
    marketMaxQty: str = "1000"
    minNotional: str = "5"
    maxNotional: str = "9000000"
    maxNumOrders: int = 200
    baseScale: int = NEW_ASSET_SCALE
    quoteScale: int = NEW_ASSET_SCALE


async def pause(desk: SandboxDesk, form: Pause) -> dict[str, Any]:
    """Halt: what rests goes on resting and may be cancelled, nothing new is taken."""
    return await _set(desk, form.symbol, halted=True)


async def resume(desk: SandboxDesk, form: Pause) -> dict[str, Any]:
    return await _set(desk, form.symbol, halted=False)


async def _set(desk: SandboxDesk, code: str, *, halted: bool) -> dict[str, Any]:
    await desk.desk.symbols.refresh()
    markets = [await desk.market(code)] if code else list(desk.desk.symbols.markets)
    for market in markets:
        # What is so already stays so: asking twice is no mistake.
        if market.listing.halted == halted:
            continue
        reference = desk.reference("pause" if halted else "resume")
        kind = HaltSymbol if halted else ResumeSymbol
        await desk.cold(kind(reference=reference, symbol=market.number), f"{kind.__name__} {market.code}")
    await desk.desk.symbols.refresh()
    return {"symbols": {market.code: market.status for market in desk.desk.symbols.markets}}


async def list_symbol(desk: SandboxDesk, form: NewSymbol) -> dict[str, Any]:
    base = await _asset(desk, form.baseAsset, form.baseScale)
    quote = await _asset(desk, form.quoteAsset, form.quoteScale)
    texts = ListingTexts(
        form.tickSize,
        form.stepSize,
        form.maxPrice,
        form.maxQty,
        form.marketMaxQty,
        form.minNotional,
        form.maxNotional,
    )
    try:
        command = listing_command(
            desk.reference("list"),
            form.symbol,
            ListedAsset(base.number, base.scale),
            ListedAsset(quote.number, quote.scale),
            texts,
            form.maxNumOrders,
        )
    except OffGrid as error:
        raise Refused(400, f"{error} has more decimals than its asset, or is no number") from None
    except ValueError as error:
        raise Refused(400, str(error)) from None
    event = await desk.cold(command, f"listing {form.symbol}")
    await desk.desk.symbols.refresh()
    if (await desk.market(form.symbol)).conditions_known:  # so filters can be set
        await desk.cold(usual_rules(desk.reference("rules"), event.symbol), f"the filters of {form.symbol}")
        await desk.desk.symbols.refresh()
    return {"symbol": form.symbol, "number": event.symbol}


async def _asset(desk: SandboxDesk, code: str, scale: int) -> Asset:
    await desk.desk.symbols.refresh()
    if all(asset.code != code for asset in desk.desk.symbols.assets):
        await desk.cold(ListAsset(reference=desk.reference("asset"), code=code, scale=scale), f"listing {code}")
    return await desk.asset(code)
