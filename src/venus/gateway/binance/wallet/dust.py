"""What is left of coins and too little to trade, swept into BNB: the same exchange as a conversion, at a higher charge.

Source: the wallet SDKs' "Dust Transfer", "DustLog"; docs/rules/wallet.md, "Dust".
"""

from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.assets import VALUED_IN
from venus.gateway.binance.wallet.convert import new_conversion
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
from venus.registry.wallet_tables import ConversionRow
from venus.units import NS_PER_US, PPM, decimal, fee_atoms
from venus.views.catalog import Asset

SWEPT_INTO = "BNB"
DUST_MAX = "0.001"  # of a coin, valued in BTC
CHARGE_PPM = 20_000
LOG_MAX = 100
DAYS_MAX = 3_650

ACCOUNT_TYPE = "SPOT"


class _Dust(NamedTuple):
    """One coin's remainder and what it comes to."""

    asset: Asset
    atoms: int
    worth_atoms: int  # of the coin it is swept into
    charge_atoms: int
    valued_atoms: int  # of the coin it is valued in


class _Coins(NamedTuple):
    into: Asset
    valued_in: Asset


async def convertible(desk: Desk, call: Call) -> bytes:
    """The remainders there are, and what they would come to."""
    _refuse_margin(call.params)
    coins, found = await _dust_of(desk, call)
    small = [dust for dust in found if _is_small(coins, dust) and dust.worth_atoms > dust.charge_atoms]
    facts = {
        "details": [
            {
                "asset": dust.asset.code,
                "assetFullName": dust.asset.code,
                "amountFree": amount_text(dust.asset, dust.atoms),
                "toBTC": amount_text(coins.valued_in, dust.valued_atoms),
                "toBNB": amount_text(coins.into, dust.worth_atoms),
                "toBNBOffExchange": amount_text(coins.into, dust.worth_atoms - dust.charge_atoms),
                "exchange": amount_text(coins.into, dust.charge_atoms),
            }
            for dust in small
        ],
        "totalTransferBtc": amount_text(coins.valued_in, sum(dust.valued_atoms for dust in small)),
        "totalTransferBNB": amount_text(coins.into, sum(dust.worth_atoms for dust in small)),
        "dribbletPercentage": decimal(CHARGE_PPM // 10_000, 2),
    }
    return msgspec.json.encode(facts)


async def sweep(desk: Desk, call: Call) -> bytes:
    """Each coin by itself: what cannot be swept any more is left out, and all of it refused only if nothing could."""
    _refuse_margin(call.params)
    wanted = list(dict.fromkeys(part.strip() for part in call.params.required("asset").split(",")))
    coins, found = await _dust_of(desk, call)
    by_code = {dust.asset.code: dust for dust in found}
    rows = [_row(call.account, coins, await _chosen(desk, coins, by_code, code)) for code in wanted]
    call.still_fresh(desk)
    treasury = desk.vault.treasury
    for row in rows:
        row.quoted_us = row.valid_us = treasury.now_us()
    await desk.off_loop(lambda: desk.vault.registry.moves.add_conversions(rows))
    outcomes = [(row, await treasury.convert(row)) for row in rows]
    swept = [row for row, reason in outcomes if reason is Reject.NONE]
    if not swept:
        raise refusals.transfer_refused(outcomes[0][1])
    facts = {
        "totalServiceCharge": amount_text(coins.into, sum(row.charge_atoms for row in swept)),
        "totalTransfered": amount_text(coins.into, sum(row.to_atoms for row in swept)),
        "transferResult": [
            {
                "amount": amount_text(desk.symbols.assets[row.from_asset], row.from_atoms),
                "fromAsset": row.from_coin,
                "operateTime": treasury.now_us() * NS_PER_US // call.unit_ns,
                "serviceChargeAmount": amount_text(coins.into, row.charge_atoms),
                "tranId": row.id,
                "transferedAmount": amount_text(coins.into, row.to_atoms),
            }
            for row in swept
        ],
    }
    return msgspec.json.encode(facts)


async def _chosen(desk: Desk, coins: _Coins, by_code: dict[str, _Dust], code: str) -> _Dust:
    await coin_named(desk, "asset", code)
    dust = by_code.get(code)
    if dust is None or dust.worth_atoms <= dust.charge_atoms:
        raise refusals.too_little_for_dust(code)
    if not _is_small(coins, dust):
        raise refusals.too_much_for_dust(code)
    return dust


def _row(account: int, coins: _Coins, dust: _Dust) -> ConversionRow:
    got_atoms = dust.worth_atoms - dust.charge_atoms
    row = new_conversion(ConversionKind.DUST, account, account, (dust.asset, dust.atoms), (coins.into, got_atoms))
    row.charge_atoms = dust.charge_atoms
    return row


async def log(desk: Desk, call: Call) -> bytes:
    """What was swept, by the request that swept it, the newest first."""
    _refuse_margin(call.params)
    span = span_wanted(call, days_default=DAYS_MAX, days_max=DAYS_MAX)
    rows, _ = await desk.off_loop(
        lambda: desk.vault.registry.moves.conversions(
            call.account, ConversionKind.DUST, since_us=span.since_us, until_us=span.until_us, offset=0, limit=LOG_MAX
        )
    )
    done = [row for row in rows if row.state == ConversionState.SUCCESS]
    batches = [_batch_facts(desk, list(batch), call.unit_ns) for _, batch in groupby(done, lambda row: row.batch)]
    return msgspec.json.encode({"total": len(batches), "userAssetDribblets": batches})


def _batch_facts(desk: Desk, rows: list[ConversionRow], unit_ns: int) -> dict[str, Any]:
    assets = desk.symbols.assets
    into = assets[rows[0].to_asset]
    return {
        "operateTime": _time_of(rows[0], unit_ns),
        "totalTransferedAmount": amount_text(into, sum(row.to_atoms for row in rows)),
        "totalServiceChargeAmount": amount_text(into, sum(row.charge_atoms for row in rows)),
        "transId": rows[0].batch,
        "userAssetDribbletDetails": [
            {
                "transId": row.id,
                "serviceChargeAmount": amount_text(into, row.charge_atoms),
                "amount": amount_text(assets[row.from_asset], row.from_atoms),
                "operateTime": _time_of(row, unit_ns),
                "transferedAmount": amount_text(into, row.to_atoms),
                "fromAsset": row.from_coin,
                "targetAsset": row.to_coin,
            }
            for row in rows
        ],
    }


def _time_of(row: ConversionRow, unit_ns: int) -> int:
    assert row.accepted_us is not None
    return row.accepted_us * NS_PER_US // unit_ns


async def _dust_of(desk: Desk, call: Call) -> tuple[_Coins, list[_Dust]]:
    """What an account has free of each coin that markets lead from, whatever it is worth."""
    coins = _Coins(await coin_named(desk, "asset", SWEPT_INTO), await coin_named(desk, "asset", VALUED_IN))
    rates = await Rates.dealing(desk)
    found = []
    for number, balance in (await balances_of(desk, call.account)).items():
        asset = desk.symbols.assets[number]
        worth_atoms = rates.worth_atoms(asset, balance.free_atoms, coins.into)
        valued_atoms = rates.worth_atoms(asset, balance.free_atoms, coins.valued_in)
        if asset != coins.into and balance.free_atoms and worth_atoms is not None and valued_atoms is not None:
            charge_atoms = fee_atoms(worth_atoms, CHARGE_PPM)
            found.append(_Dust(asset, balance.free_atoms, worth_atoms, charge_atoms, valued_atoms))
    return coins, found


def _is_small(coins: _Coins, dust: _Dust) -> bool:
    return dust.valued_atoms <= atoms_of(coins.valued_in, "amount", DUST_MAX)


def _refuse_margin(params: Params) -> None:
    if params.optional("accountType") not in (None, ACCOUNT_TYPE):
        raise errors.bad_value("accountType")


assert CHARGE_PPM < PPM
_TYPE, _DATA = "accountType", Permission.USER_DATA

ENDPOINTS = (
    Endpoint("POST", "/sapi/v1/asset/dust-btc", convertible, 1, names(_TYPE), _DATA),
    Endpoint(
        "POST",
        "/sapi/v1/asset/dust",
        sweep,
        0,
        names(f"asset! {_TYPE}"),
        Permission.TRADE,
        uid_weight=10,
        repeated=names("asset"),
    ),
    Endpoint("GET", "/sapi/v1/asset/dribblet", log, 1, names(f"{_TYPE} startTime endTime"), _DATA),
)
