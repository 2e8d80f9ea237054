"""What an owner has in which wallet, and what it was given. Source: the wallet SDKs' "Asset" pages."""

from typing import Any

import msgspec

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.rates import Rates
from venus.gateway.binance.wallet.reading import (
    DAY_US,
    Balance,
    amount_text,
    balances_of,
    coin_named,
    coin_wanted,
    span_wanted,
)
from venus.gateway.binance.wallet.system import withdrawing_of
from venus.registry.credentials import Permission
from venus.registry.owners import WalletKind
from venus.registry.wallet_tables import DayRow
from venus.units import NS_PER_US
from venus.views.catalog import Asset

VALUED_IN = "BTC"
DIVIDEND_DAYS_DEFAULT, DIVIDEND_DAYS_MAX = 30, 180
DIVIDENDS = Limit(20, 500)
SNAPSHOT_DAYS_DEFAULT, SNAPSHOT_DAYS_MAX = 7, 30
SNAPSHOT_DAYS = Limit(SNAPSHOT_DAYS_DEFAULT, SNAPSHOT_DAYS_MAX, least=SNAPSHOT_DAYS_DEFAULT)
SNAPSHOT_KINDS = ("SPOT", "MARGIN", "FUTURES")

_NOT_OFFERED = (
    "Cross Margin",
    "Isolated Margin",
    "USDⓈ-M Futures",
    "COIN-M Futures",
    "Earn",
    "Options",
    "Trading Bots",
)
_RECEIVED = 1  # direction


async def user_assets(desk: Desk, call: Call) -> bytes:
    """What the spot wallet holds of each coin, where it holds any."""
    zero = {"ipoable": "0"}
    return msgspec.json.encode([facts | zero for facts in await _held(desk, call, call.account)])


async def funding_assets(desk: Desk, call: Call) -> bytes:
    """What the funding wallet holds."""
    wallet = await desk.vault.treasury.wallet(call.account, WalletKind.FUNDING)
    return msgspec.json.encode(await _held(desk, call, wallet))


async def _held(desk: Desk, call: Call, wallet: int) -> list[dict[str, Any]]:
    wanted = await coin_wanted(desk, call.params, "asset")
    valued = call.params.boolean("needBtcValuation", default=False)
    await desk.symbols.refresh()
    balances, withdrawing = await balances_of(desk, wallet), await withdrawing_of(desk, wallet)
    rates = await Rates.last(desk) if valued else None
    facts = []
    for asset in desk.symbols.assets:
        balance, withdrawing_atoms = balances.get(asset.number, Balance(0, 0)), withdrawing.get(asset.number, 0)
        total_atoms = balance.free_atoms + balance.held_atoms + withdrawing_atoms
        if wanted in (None, asset) and total_atoms:
            facts.append(
                {
                    "asset": asset.code,
                    "free": amount_text(asset, balance.free_atoms),
                    "locked": amount_text(asset, balance.held_atoms),
                    "freeze": "0",
                    "withdrawing": amount_text(asset, withdrawing_atoms),
                    "btcValuation": _worth_text(desk, rates, asset, total_atoms, VALUED_IN) if rates else "0",
                }
            )
    return facts


async def wallet_balances(desk: Desk, call: Call) -> bytes:
    """What each wallet is worth, in BTC or the asset asked for; where no market leads there it counts as nothing."""
    quote = await coin_named(desk, "quoteAsset", call.params.optional("quoteAsset") or VALUED_IN)
    detailed = call.params.boolean("needBalanceDetail", default=False)
    rates = await Rates.last(desk)
    facts: list[dict[str, Any]] = []
    for kind, name in ((WalletKind.SPOT, "Spot"), (WalletKind.FUNDING, "Funding")):
        wallet = await desk.vault.treasury.wallet(call.account, kind)
        balances, withdrawing = await balances_of(desk, wallet), await withdrawing_of(desk, wallet)
        worth_atoms, details = 0, []
        for asset in desk.symbols.assets:
            balance, withdrawing_atoms = balances.get(asset.number, Balance(0, 0)), withdrawing.get(asset.number, 0)
            total_atoms = balance.free_atoms + balance.held_atoms + withdrawing_atoms
            worth_atoms += rates.worth_atoms(asset, total_atoms, quote) or 0
            if total_atoms:
                details.append(
                    {
                        "asset": asset.code,
                        "assetName": asset.code,
                        "free": amount_text(asset, balance.free_atoms),
                        "locked": amount_text(asset, balance.held_atoms),
                        "freeze": "0",
                        "withdrawing": amount_text(asset, withdrawing_atoms),
                        "btcValuation": _worth_text(desk, rates, asset, total_atoms, VALUED_IN),
                    }
                )
        told = {"activate": True, "balance": amount_text(quote, worth_atoms), "walletName": name}
        facts.append(told | ({"assetBalances": details} if detailed else {}))
    facts += [{"activate": False, "balance": "0", "walletName": name} for name in _NOT_OFFERED]
    return msgspec.json.encode(facts)


def _worth_text(desk: Desk, rates: Rates, asset: Asset, atoms: int, code: str) -> str:
    """A value in the asset of a code; 0 if it is not listed or no market leads there."""
    target = next((other for other in desk.symbols.assets if other.code == code), None)
    return "0" if target is None else amount_text(target, rates.worth_atoms(asset, atoms, target) or 0)


async def snapshot(desk: Desk, call: Call) -> bytes:
    """What the spot account had when days ended, the oldest first."""
    params = call.params
    kind = params.required("type")
    if kind not in SNAPSHOT_KINDS:
        raise refusals.snapshot_not_supported()
    span = span_wanted(call, days_default=SNAPSHOT_DAYS_DEFAULT, days_max=SNAPSHOT_DAYS_MAX)
    limit = params.limit(SNAPSHOT_DAYS)
    # A day belongs to the span if its last second does.
    first, last = -(-(span.since_us + 1) // DAY_US) - 1, (span.until_us + 1_000_000) // DAY_US - 1
    rates = await Rates.last(desk)
    rows = []
    if kind == "SPOT":
        rows = await desk.off_loop(lambda: desk.vault.registry.owners.days(call.account, first, last, limit))
    facts = [_day_facts(desk, rates, row, call.unit_ns) for row in rows]
    return msgspec.json.encode({"code": 200, "msg": "", "snapshotVos": facts})


def _day_facts(desk: Desk, rates: Rates, row: DayRow, unit_ns: int) -> dict[str, Any]:
    """The value in BTC is at the prices of now."""
    balances = msgspec.json.decode(row.balances, type=list[tuple[int, int, int]])
    assets = desk.symbols.assets
    valued_in = next((asset for asset in assets if asset.code == VALUED_IN), None)
    worth_atoms = 0
    for number, free_atoms, held_atoms in balances if valued_in else ():
        assert valued_in is not None
        worth_atoms += rates.worth_atoms(assets[number], free_atoms + held_atoms, valued_in) or 0
    return {
        "type": "spot",
        "updateTime": ((row.day + 1) * DAY_US - 1_000_000) * NS_PER_US // unit_ns,
        "data": {
            "totalAssetOfBtc": amount_text(valued_in, worth_atoms) if valued_in else "0",
            "balances": [
                {
                    "asset": assets[number].code,
                    "free": amount_text(assets[number], free_atoms),
                    "locked": amount_text(assets[number], held_atoms),
                }
                for number, free_atoms, held_atoms in balances
            ],
        },
    }


async def dividends(desk: Desk, call: Call) -> bytes:
    """What the house gave, the newest first."""
    params = call.params
    span = span_wanted(call, days_default=DIVIDEND_DAYS_DEFAULT, days_max=DIVIDEND_DAYS_MAX)
    asset = await coin_wanted(desk, params, "asset")
    limit = params.limit(DIVIDENDS)
    rows, count = await desk.off_loop(
        lambda: desk.vault.registry.moves.dividends(
            call.account,
            since_us=span.since_us,
            until_us=span.until_us,
            coin=asset.code if asset else None,
            limit=limit,
        )
    )
    assets = desk.symbols.assets
    facts = [
        {
            "id": row.id,
            "amount": amount_text(assets[row.asset], row.atoms),
            "asset": row.coin,
            "divTime": row.created_us * NS_PER_US // call.unit_ns,
            "enInfo": row.info,
            "tranId": row.id,
            "direction": _RECEIVED,
        }
        for row in rows
    ]
    return msgspec.json.encode({"rows": facts, "total": count})


_HELD = names("asset needBtcValuation")
_BALANCES, _DIVIDENDS = names("quoteAsset needBalanceDetail"), names(f"asset startTime endTime {DIVIDENDS}")
_SNAPSHOT = names(f"type:snapshotType! startTime endTime {SNAPSHOT_DAYS}")

ENDPOINTS = (
    Endpoint("POST", "/sapi/v3/asset/getUserAsset", user_assets, 5, _HELD, Permission.USER_DATA),
    Endpoint("POST", "/sapi/v1/asset/get-funding-asset", funding_assets, 1, _HELD, Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/asset/wallet/balance", wallet_balances, 60, _BALANCES, Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/accountSnapshot", snapshot, 2_400, _SNAPSHOT, Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/asset/assetDividend", dividends, 10, _DIVIDENDS, Permission.USER_DATA),
)
