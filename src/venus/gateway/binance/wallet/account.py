"""How an account and its API key stand with the exchange. Source: the wallet SDKs' "Account" pages."""

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.registry.credentials import Permission
from venus.units import NS_PER_US
from venus.views.catalog import AccountAnswer, AccountQuestion


async def status(desk: Desk, call: Call) -> bytes:
    account = await desk.ask(AccountQuestion(call.account), AccountAnswer)
    return msgspec.json.encode({"data": "Lock" if account.frozen else "Normal"})


async def api_trading_status(desk: Desk, call: Call) -> bytes:
    """A lock is a freeze of the account; the figures that would trigger one elsewhere are not watched here."""
    account = await desk.ask(AccountQuestion(call.account), AccountAnswer)
    facts = {
        "isLocked": account.frozen,
        "plannedRecoverTime": account.frozen_until_ns // call.unit_ns,
        "triggerCondition": {"GCR": 0, "IFER": 0, "UFR": 0},
        "updateTime": 0,
    }
    return msgspec.json.encode({"data": facts})


async def info(desk: Desk, call: Call) -> bytes:
    """Only spot is traded here."""
    account = await desk.ask(AccountQuestion(call.account), AccountAnswer)
    facts = {
        "vipLevel": account.tier,
        "isMarginEnabled": False,
        "isFutureEnabled": False,
        "isOptionsEnabled": False,
        "isPortfolioMarginRetailEnabled": False,
    }
    return msgspec.json.encode(facts)


async def api_restrictions(desk: Desk, call: Call) -> bytes:
    """What the key that asks may do, and whether only from certain addresses."""
    facts = await desk.off_loop(lambda: desk.vault.registry.key_facts(call.key))
    if facts is None:
        raise errors.bad_key()  # revoked while it asked
    permissions = facts.permissions
    answer = {
        "ipRestrict": bool(facts.networks),
        "createTime": facts.created_us * NS_PER_US // call.unit_ns,
        "enableReading": Permission.USER_DATA in permissions,
        "enableSpotAndMarginTrading": Permission.TRADE in permissions,
        "enableWithdrawals": Permission.WITHDRAW in permissions,
        "enableInternalTransfer": Permission.TRANSFER in permissions,
        "permitsUniversalTransfer": Permission.TRANSFER in permissions,
        "enableMargin": False,
        "enableFutures": False,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
    }
    return msgspec.json.encode(answer)


ENDPOINTS = tuple(
    Endpoint("GET", f"/sapi/v1/account/{path}", handler, 1, permission=Permission.USER_DATA)
    for path, handler in (
        ("status", status),
        ("apiTradingStatus", api_trading_status),
        ("info", info),
        ("apiRestrictions", api_restrictions),
    )
)
