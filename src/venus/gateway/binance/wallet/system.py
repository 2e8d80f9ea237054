"""What clients ask of the wallet before they trade: is it there, the coins and their networks, the fees.

Source: the wallet SDKs' pages "Capital", "Asset", "Others".
"""

from typing import Any

import msgspec

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.symbols import DECIMALS_MIN
from venus.gateway.binance.trading.render_accounts import rate_text
from venus.gateway.binance.wallet.reading import Balance, amount_text, balances_of, coin_wanted
from venus.registry.credentials import Permission
from venus.registry.networks import ADDRESS_PATTERNS, NETWORKS, Terms, terms_of
from venus.units import OffGrid, decimal, steps
from venus.views.catalog import AccountAnswer, AccountQuestion, Asset

_NOTHING = Balance(0, 0)


async def system_status(_desk: Desk, _call: Call) -> bytes:
    return msgspec.json.encode({"status": 0, "msg": "normal"})


async def coins(desk: Desk, call: Call) -> bytes:
    """Every asset with its networks and the account's balance of it."""
    await desk.symbols.refresh()
    balances = await balances_of(desk, call.account)
    withdrawing = await withdrawing_of(desk, call.account)
    traded = {number for market in desk.symbols.markets for number in (market.base.number, market.quote.number)}
    facts = [
        _coin_facts(desk, asset, balances.get(asset.number, _NOTHING), withdrawing.get(asset.number, 0))
        | {"trading": asset.number in traded}
        for asset in desk.symbols.assets
    ]
    return msgspec.json.encode(facts)


async def withdrawing_of(desk: Desk, wallet: int) -> dict[int, int]:
    """By asset number, what is set aside for withdrawals; nothing where there is no wallet."""
    if desk.wallet is None:
        return {}
    registry = desk.wallet.registry
    return await desk.off_loop(lambda: registry.chain.withdrawing_atoms(wallet))


def _coin_facts(desk: Desk, asset: Asset, balance: Balance, withdrawing_atoms: int) -> dict[str, Any]:
    zero = amount_text(asset, 0)
    networks = [] if desk.wallet is None else [_network_facts(asset, terms) for terms in terms_of(asset.code)]
    return {
        "coin": asset.code,
        "name": asset.code,
        "free": amount_text(asset, balance.free_atoms),
        "locked": amount_text(asset, balance.held_atoms),
        "freeze": zero,
        "withdrawing": amount_text(asset, withdrawing_atoms),
        "ipoing": zero,
        "ipoable": zero,
        "storage": zero,
        "isLegalMoney": False,
        "depositAllEnable": bool(networks),
        "withdrawAllEnable": bool(networks),
        "networkList": networks,
    }


def _network_facts(asset: Asset, terms: Terms) -> dict[str, Any]:
    network = NETWORKS[terms.network]
    return {
        "network": terms.network,
        "coin": asset.code,
        "name": network.name,
        "isDefault": terms.is_default,
        "depositEnable": True,
        "withdrawEnable": True,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "",
        "specialWithdrawTips": "",
        "resetAddressStatus": False,
        "addressRegex": ADDRESS_PATTERNS[network.form],
        "memoRegex": "",
        "withdrawFee": terms.fee,
        "withdrawMin": terms.withdraw_min,
        "withdrawMax": terms.withdraw_max,
        "withdrawIntegerMultiple": multiple_text(asset, terms),
        "withdrawInternalMin": terms.withdraw_multiple,
        "depositDust": terms.deposit_min,
        "minConfirm": terms.confirmations_to_credit,
        "unLockConfirm": terms.confirmations_to_unlock,
        "sameAddress": False,
        "withdrawTag": False,
        "estimatedArrivalTime": max(1, network.block_ms * terms.confirmations_to_credit // 60_000),
        "busy": False,
        "contractAddressUrl": "",
        "contractAddress": "",
        "denomination": 1,
    }


def multiple_text(asset: Asset, terms: Terms) -> str:
    """As the network has it, but no finer than the asset is here."""
    try:
        steps(terms.withdraw_multiple, asset.scale)
    except OffGrid:
        return decimal(1, min(asset.scale, DECIMALS_MIN))
    return terms.withdraw_multiple


async def asset_details(desk: Desk, call: Call) -> bytes:
    """Of each coin that travels, the terms on its default network."""
    wanted = await coin_wanted(desk, call.params, "asset")
    await desk.symbols.refresh()
    facts = {}
    for asset in desk.symbols.assets:
        terms = next((terms for terms in terms_of(asset.code) if terms.is_default), None)
        if terms is not None and wanted in (None, asset):
            facts[asset.code] = {
                "minWithdrawAmount": terms.withdraw_min,
                "depositStatus": desk.wallet is not None,
                "withdrawFee": msgspec.Raw(terms.fee.encode()),  # a number, exactly as it is written
                "withdrawStatus": desk.wallet is not None,
            }
    return msgspec.json.encode(facts)


async def trade_fees(desk: Desk, call: Call) -> bytes:
    """The account's rates on one symbol or on all: they are the same."""
    code = call.params.optional("symbol")
    await desk.symbols.refresh()
    markets = desk.symbols.markets if code is None else [await desk.symbols.market(code)]
    account = await desk.ask(AccountQuestion(call.account), AccountAnswer)
    maker, taker = rate_text(account.maker_ppm), rate_text(account.taker_ppm)
    return msgspec.json.encode(
        [{"symbol": market.code, "makerCommission": maker, "takerCommission": taker} for market in markets]
    )


async def none_scheduled(_desk: Desk, _call: Call) -> bytes:
    """No market is about to be opened or closed, and nothing is lent here."""
    return b"[]"


ENDPOINTS = (
    Endpoint("GET", "/sapi/v1/system/status", system_status, 1, may_be_signed=True),
    Endpoint("GET", "/sapi/v1/capital/config/getall", coins, 10, permission=Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/asset/assetDetail", asset_details, 1, names("asset"), Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/asset/tradeFee", trade_fees, 1, names("symbol"), Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/spot/delist-schedule", none_scheduled, 100, may_be_signed=True),
    Endpoint("GET", "/sapi/v1/spot/open-symbol-list", none_scheduled, 100, may_be_signed=True),
    Endpoint("GET", "/sapi/v1/margin/allPairs", none_scheduled, 1, names("symbol"), may_be_signed=True),
    Endpoint("GET", "/sapi/v1/margin/isolated/allPairs", none_scheduled, 10, names("symbol"), may_be_signed=True),
)
