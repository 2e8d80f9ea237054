"""What clients ask of the wallet before they trade: the coins, the fees, and which markets lend (none).

Deposits and withdrawals have no network here yet, and the answers say so. Source: the endpoints' public SDKs.
"""

from typing import Any

import msgspec

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.render_accounts import balance_facts, rate_text
from venus.registry.credentials import Permission
from venus.views.accounts import BalancesAnswer, BalancesQuestion
from venus.views.catalog import AccountAnswer, AccountQuestion

_ZERO = "0.00000000"


async def system_status(_desk: Desk, _call: Call) -> bytes:
    return msgspec.json.encode({"status": 0, "msg": "normal"})


async def coins(desk: Desk, call: Call) -> bytes:
    """Every asset with the account's balance of it."""
    await desk.symbols.refresh()
    balances = await desk.ask(BalancesQuestion(call.account), BalancesAnswer)
    return msgspec.json.encode(
        [_coin_facts(balance) for balance in balance_facts(balances, desk.symbols.assets, omit_zero=False)]
    )


def _coin_facts(balance: dict[str, str]) -> dict[str, Any]:
    return {
        "coin": balance["asset"],
        "name": balance["asset"],
        "free": balance["free"],
        "locked": balance["locked"],
        "freeze": _ZERO,
        "withdrawing": _ZERO,
        "ipoing": _ZERO,
        "ipoable": _ZERO,
        "storage": _ZERO,
        "isLegalMoney": False,
        "trading": True,
        "depositAllEnable": False,
        "withdrawAllEnable": False,
        "networkList": [],
    }


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


async def no_margin_pairs(_desk: Desk, _call: Call) -> bytes:
    """Nothing is lent here."""
    return b"[]"


ENDPOINTS = (
    Endpoint("GET", "/sapi/v1/system/status", system_status, 1, may_be_signed=True),
    Endpoint("GET", "/sapi/v1/capital/config/getall", coins, 10, permission=Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/asset/tradeFee", trade_fees, 1, names("symbol"), Permission.USER_DATA),
    Endpoint("GET", "/sapi/v1/margin/allPairs", no_margin_pairs, 1, names("symbol"), may_be_signed=True),
    Endpoint("GET", "/sapi/v1/margin/isolated/allPairs", no_margin_pairs, 10, names("symbol"), may_be_signed=True),
)
