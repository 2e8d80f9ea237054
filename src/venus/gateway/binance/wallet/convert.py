"""Conversions: a price stated for a moment, and the trade at it against the house's dealer.

A quote is at the best prices of the books between the two coins, less a charge. Source: the convert SDK's pages;
docs/rules/wallet.md, "Conversions".
"""

import secrets
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit, Params
from venus.gateway.binance.render_market import ratio_text
from venus.gateway.binance.symbols import DECIMALS_MIN
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.rates import Rates
from venus.gateway.binance.wallet.reading import (
    amount_text,
    atoms_of,
    balances_of,
    coin_named,
    span_wanted,
)
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.moves_record import ConversionKind, ConversionState
from venus.registry.owners import WalletKind
from venus.registry.wallet_tables import ConversionRow
from venus.units import NS_PER_US, PPM
from venus.views.catalog import Asset

CHARGE_PPM = 1_000
HISTORY_DAYS_MAX = 30
ROWS = Limit(100, 1_000)

VALID_US = {"10s": 10_000_000, "30s": 30_000_000, "1m": 60_000_000}
WALLETS = {"SPOT": WalletKind.SPOT, "FUNDING": WalletKind.FUNDING}
_STATE_NAMES = {
    ConversionState.ACCEPTED: "PROCESS",
    ConversionState.RESUMED: "PROCESS",
    ConversionState.RETURNING: "PROCESS",
    ConversionState.SUCCESS: "SUCCESS",
    ConversionState.FAILED: "FAIL",
}


async def exchange_info(desk: Desk, call: Call) -> bytes:
    """Pairs that markets lead between, and how much the dealer has to give."""
    from_code, to_code = call.params.optional("fromAsset"), call.params.optional("toAsset")
    rates = await Rates.dealing(desk)
    stock = await balances_of(desk, desk.vault.treasury.dealer)
    assets = desk.symbols.assets
    facts = []
    for source in assets:
        if from_code not in (None, source.code):
            continue
        for number in rates.reachable(source.number):
            target, rate = assets[number], rates.between(source.number, number)
            if to_code not in (None, target.code) or rate is None:
                continue
            most_atoms = stock[number].free_atoms if number in stock else 0
            facts.append(_pair_facts(source, target, most_atoms, _charged(rate)))
    return msgspec.json.encode(facts)


def _charged(rate: Fraction) -> Fraction:
    """What the owner gets for one unit."""
    return rate * (PPM - CHARGE_PPM) / PPM


def _pair_facts(source: Asset, target: Asset, most_atoms: int, rate: Fraction) -> dict[str, Any]:
    most_from_atoms = int(Fraction(most_atoms, 10**target.scale) / rate * 10**source.scale)
    least_from_atoms = max(1, -int(-Fraction(1, 10**target.scale) / rate * 10**source.scale // 1))
    return {
        "fromAsset": source.code,
        "toAsset": target.code,
        "fromAssetMinAmount": amount_text(source, least_from_atoms),
        "fromAssetMaxAmount": amount_text(source, most_from_atoms),
        "toAssetMinAmount": amount_text(target, 1),
        "toAssetMaxAmount": amount_text(target, most_atoms),
    }


async def asset_info(desk: Desk, _call: Call) -> bytes:
    await desk.symbols.refresh()
    facts = [{"asset": asset.code, "fraction": min(asset.scale, DECIMALS_MIN)} for asset in desk.symbols.assets]
    return msgspec.json.encode(facts)


async def get_quote(desk: Desk, call: Call) -> bytes:
    """State a price; what it costs is not set aside before it is accepted."""
    params, treasury = call.params, desk.vault.treasury
    source = await coin_named(desk, "fromAsset", params.required("fromAsset"))
    target = await coin_named(desk, "toAsset", params.required("toAsset"))
    valid_us = VALID_US.get(params.optional("validTime") or "10s")
    if valid_us is None:
        raise errors.bad_value("validTime")
    kind = WALLETS.get(params.optional("walletType") or "SPOT")
    if kind is None:
        raise errors.bad_value("walletType")
    rate = (await Rates.dealing(desk)).between(source.number, target.number)
    if rate is None or source.number == target.number:
        raise refusals.no_such_pair()
    from_atoms, to_atoms = _amounts(params, source, target, _charged(rate))
    stock = await balances_of(desk, treasury.dealer)
    if not (from_atoms and to_atoms) or target.number not in stock or stock[target.number].free_atoms < to_atoms:
        raise refusals.amount_out_of_range()
    wallet = await treasury.wallet(call.account, kind)
    owned = (await balances_of(desk, wallet)).get(source.number)
    now_us = treasury.now_us()
    facts: dict[str, Any] = _price_facts(source, from_atoms, target, to_atoms) | {
        "validTimestamp": (now_us + valid_us) * NS_PER_US // call.unit_ns,
        "toAmount": amount_text(target, to_atoms),
        "fromAmount": amount_text(source, from_atoms),
    }
    if owned is None or owned.free_atoms < from_atoms:
        return msgspec.json.encode(facts)  # as documented: no id without the funds
    quote_id = secrets.token_hex(16)
    row = new_conversion(ConversionKind.CONVERT, call.account, wallet, (source, from_atoms), (target, to_atoms))
    row.quote_id, row.quoted_us, row.valid_us = quote_id, now_us, now_us + valid_us
    await desk.off_loop(lambda: desk.vault.registry.moves.add_conversions([row]))
    return msgspec.json.encode({"quoteId": quote_id} | facts)


def new_conversion(
    kind: ConversionKind, owner: int, wallet: int, given: tuple[Asset, int], got: tuple[Asset, int]
) -> ConversionRow:
    """A quote of atoms for atoms, not yet numbered or dated."""
    (source, from_atoms), (target, to_atoms) = given, got
    return ConversionRow(
        quote_id=secrets.token_hex(16),
        owner=owner,
        wallet=wallet,
        kind=kind,
        batch=0,
        from_coin=source.code,
        from_asset=source.number,
        from_atoms=from_atoms,
        to_coin=target.code,
        to_asset=target.number,
        to_atoms=to_atoms,
        charge_atoms=0,
        state=ConversionState.QUOTED,
        quoted_us=0,
        valid_us=0,
        accepted_us=None,
    )


def _amounts(params: Params, source: Asset, target: Asset, rate: Fraction) -> tuple[int, int]:
    """What is given and what is got, one of them as it was sent; rounded against the owner."""
    if params.has("fromAmount") == params.has("toAmount"):
        raise (
            errors.missing_either("fromAmount", "toAmount")
            if not params.has("fromAmount")
            else errors.bad_combination()
        )
    unit = Fraction(10**target.scale, 10**source.scale) * rate  # atoms got for one atom
    if params.has("fromAmount"):
        from_atoms = atoms_of(source, "fromAmount", params.required("fromAmount"))
        return from_atoms, int(from_atoms * unit)
    to_atoms = atoms_of(target, "toAmount", params.required("toAmount"))
    return -int(-to_atoms / unit // 1), to_atoms


def _price_facts(source: Asset, from_atoms: int, target: Asset, to_atoms: int) -> dict[str, str]:
    """What one unit of each is in the other."""
    given, got = from_atoms * 10**target.scale, to_atoms * 10**source.scale
    return {
        "ratio": ratio_text(got, given, places=DECIMALS_MIN),
        "inverseRatio": ratio_text(given, got, places=DECIMALS_MIN),
    }


async def accept_quote(desk: Desk, call: Call) -> bytes:
    quote_id, treasury = call.params.required("quoteId"), desk.vault.treasury
    row = await desk.off_loop(lambda: desk.vault.registry.moves.conversion(call.account, quote_id=quote_id))
    if row is None or row.kind != ConversionKind.CONVERT:
        raise refusals.no_such_quote()
    if row.state != ConversionState.QUOTED or treasury.now_us() > row.valid_us:
        raise refusals.quote_gone()
    call.still_fresh(desk)
    reason = await treasury.convert(row)
    if reason is Reject.NO_CHANGE:
        raise refusals.quote_gone()
    facts = {
        "orderId": str(row.id),
        "createTime": treasury.now_us() * NS_PER_US // call.unit_ns,
        "orderStatus": "SUCCESS" if reason is Reject.NONE else "FAIL",
    }
    return msgspec.json.encode(facts)


async def order_status(desk: Desk, call: Call) -> bytes:
    number, quote_id = call.params.integer("orderId"), call.params.optional("quoteId")
    if number is None and quote_id is None:
        raise errors.missing_either("orderId", "quoteId")
    row = await desk.off_loop(
        lambda: desk.vault.registry.moves.conversion(call.account, number=number, quote_id=quote_id)
    )
    if row is None or row.kind != ConversionKind.CONVERT or row.state == ConversionState.QUOTED:
        raise refusals.no_such_quote()
    return msgspec.json.encode(_order_facts(desk.symbols.assets, row, call.unit_ns))


def _order_facts(assets: Sequence[Asset], row: ConversionRow, unit_ns: int) -> dict[str, Any]:
    source, target = assets[row.from_asset], assets[row.to_asset]
    assert row.accepted_us is not None
    return {
        "orderId": row.id,
        "orderStatus": _STATE_NAMES[ConversionState(row.state)],
        "fromAsset": row.from_coin,
        "fromAmount": amount_text(source, row.from_atoms),
        "toAsset": row.to_coin,
        "toAmount": amount_text(target, row.to_atoms),
        **_price_facts(source, row.from_atoms, target, row.to_atoms),
        "createTime": row.accepted_us * NS_PER_US // unit_ns,
    }


async def trade_flow(desk: Desk, call: Call) -> bytes:
    params = call.params
    params.required("startTime")
    params.required("endTime")
    span = span_wanted(call, days_default=HISTORY_DAYS_MAX, days_max=HISTORY_DAYS_MAX)
    limit = params.limit(ROWS)
    rows, count = await desk.off_loop(
        lambda: desk.vault.registry.moves.conversions(
            call.account,
            ConversionKind.CONVERT,
            since_us=span.since_us,
            until_us=span.until_us,
            offset=0,
            limit=limit,
        )
    )
    facts = {
        "list": [{"quoteId": row.quote_id} | _order_facts(desk.symbols.assets, row, call.unit_ns) for row in rows],
        "startTime": params.integer("startTime"),
        "endTime": params.integer("endTime"),
        "limit": limit,
        "moreData": count > len(rows),
    }
    return msgspec.json.encode(facts)


_BASE = "/sapi/v1/convert"
_PAIR, _QUOTE = "fromAsset toAsset", "fromAsset! toAsset! fromAmount toAmount walletType validTime"
_DATA, _TRADE = Permission.USER_DATA, Permission.TRADE

ENDPOINTS = (
    Endpoint("GET", f"{_BASE}/exchangeInfo", exchange_info, 3_000, names(_PAIR), may_be_signed=True),
    Endpoint("GET", f"{_BASE}/assetInfo", asset_info, 100, permission=_DATA),
    Endpoint("POST", f"{_BASE}/getQuote", get_quote, 0, names(_QUOTE), _TRADE, uid_weight=200),
    Endpoint("POST", f"{_BASE}/acceptQuote", accept_quote, 0, names("quoteId!"), _TRADE, uid_weight=500),
    Endpoint("GET", f"{_BASE}/orderStatus", order_status, 0, names("orderId quoteId"), _DATA, uid_weight=100),
    Endpoint("GET", f"{_BASE}/tradeFlow", trade_flow, 0, names(f"startTime! endTime! {ROWS}"), _DATA, uid_weight=3_000),
)
