"""A master's sub-accounts: opened, looked into, and paid to and from. Each is an account of the ledger by itself.

Source: the sub-account SDK's "Account Management" and "Asset Management" pages.
"""

import hashlib
import re
from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.assets import VALUED_IN
from venus.gateway.binance.wallet.deposits import HISTORY_NAMES, address_facts, history_facts
from venus.gateway.binance.wallet.rates import Rates
from venus.gateway.binance.wallet.reading import (
    Balance,
    amount_text,
    balances_of,
    coin_named,
    page_wanted,
)
from venus.gateway.binance.wallet.system import withdrawing_of
from venus.registry.credentials import Permission
from venus.registry.owners import EmailTaken, SubAccount
from venus.units import NS_PER_US
from venus.views.catalog import AccountAnswer, AccountQuestion

NAME_CHARS_MAX = 20
ROWS_DEFAULT, ROWS_MAX = 1, 200

NAME = re.compile(r"[A-Za-z0-9]{1,20}")


async def open_virtual(desk: Desk, call: Call) -> bytes:
    """Open a sub-account under a name of the master's choice; its address is of no mail server."""
    name = call.params.required("subAccountString")
    if not NAME.fullmatch(name):
        raise errors.bad_value("subAccountString")
    if await desk.off_loop(lambda: desk.vault.registry.owners.sub_account(call.account)) is not None:
        raise refusals.no_relation()  # a sub-account has none of its own
    mark = hashlib.blake2b(str(call.account).encode(), digest_size=4).hexdigest()
    email = f"{name.lower()}_virtual@{mark}noemail.com"
    if await desk.off_loop(lambda: desk.vault.registry.owners.sub_account_of(email)) is not None:
        raise refusals.bad_email()
    try:
        opened = await desk.vault.treasury.open_sub_account(call.account, email)
    except EmailTaken:
        raise refusals.bad_email() from None
    return msgspec.json.encode({"email": opened.email})


async def sub_of(desk: Desk, call: Call, name: str = "email") -> SubAccount:
    """The master's sub-account that a parameter names."""
    email = call.params.required(name)
    found = await desk.off_loop(lambda: desk.vault.registry.owners.sub_account_of(email))
    if found is None or found.master != call.account:
        raise refusals.no_relation()
    return found


async def listed(desk: Desk, call: Call) -> bytes:
    params = call.params
    email, frozen = params.optional("email"), params.boolean("isFreeze", default=False)
    only_frozen = frozen if params.has("isFreeze") else None
    offset, limit = page_wanted(params, page="page", size="limit", size_default=ROWS_MAX, size_max=ROWS_MAX)
    facts = []
    for sub in await desk.off_loop(lambda: desk.vault.registry.owners.sub_accounts(call.account)):
        standing = await desk.ask(AccountQuestion(sub.account), AccountAnswer)
        if email in (None, sub.email) and only_frozen in (None, standing.frozen):
            facts.append(
                {
                    "subUserId": sub.account,
                    "email": sub.email,
                    "remark": "",
                    "isFreeze": standing.frozen,
                    "createTime": sub.created_us * NS_PER_US // call.unit_ns,
                    "isManagedSubAccount": False,
                    "isAssetManagementSubAccount": False,
                }
            )
    return msgspec.json.encode({"subAccounts": facts[offset : offset + limit]})


async def assets(desk: Desk, call: Call) -> bytes:
    """What a sub-account's spot wallet holds of every coin."""
    sub = await sub_of(desk, call)
    await desk.symbols.refresh()
    balances, withdrawing = await balances_of(desk, sub.account), await withdrawing_of(desk, sub.account)
    facts = []
    for asset in desk.symbols.assets:
        balance = balances.get(asset.number, Balance(0, 0))
        facts.append(
            {
                "asset": asset.code,
                "free": amount_text(asset, balance.free_atoms),
                "locked": amount_text(asset, balance.held_atoms),
                "freeze": amount_text(asset, 0),
                "withdrawing": amount_text(asset, withdrawing.get(asset.number, 0)),
            }
        )
    return msgspec.json.encode({"balances": facts})


async def spot_summary(desk: Desk, call: Call) -> bytes:
    """What the master's and each sub-account's spot wallets are worth in BTC."""
    params = call.params
    email = params.optional("email")
    offset, limit = page_wanted(params, page="page", size="size", size_default=10, size_max=20)
    valued_in = await coin_named(desk, "asset", VALUED_IN)
    rates = await Rates.last(desk)

    async def worth_text(account: int) -> str:
        worth_atoms = 0
        for number, balance in (await balances_of(desk, account)).items():
            asset = desk.symbols.assets[number]
            worth_atoms += rates.worth_atoms(asset, balance.free_atoms + balance.held_atoms, valued_in) or 0
        return amount_text(valued_in, worth_atoms)

    subs = await desk.off_loop(lambda: desk.vault.registry.owners.sub_accounts(call.account))
    wanted = [sub for sub in subs if email in (None, sub.email)]
    facts: dict[str, Any] = {
        "totalCount": len(wanted),
        "masterAccountTotalAsset": await worth_text(call.account),
        "spotSubUserAssetBtcVoList": [
            {"email": sub.email, "totalAsset": await worth_text(sub.account)} for sub in wanted[offset : offset + limit]
        ],
    }
    return msgspec.json.encode(facts)


async def deposit_address(desk: Desk, call: Call) -> bytes:
    sub = await sub_of(desk, call)
    return msgspec.json.encode(await address_facts(desk, call.params, sub.account))


async def deposit_history(desk: Desk, call: Call) -> bytes:
    sub = await sub_of(desk, call)
    return msgspec.json.encode(await history_facts(desk, call, sub.account))


_BASE = "/sapi/v1/sub-account"
_DATA = Permission.USER_DATA

ENDPOINTS = (
    Endpoint("POST", f"{_BASE}/virtualSubAccount", open_virtual, 1, names("subAccountString!"), Permission.TRANSFER),
    Endpoint("GET", f"{_BASE}/list", listed, 1, names("email isFreeze page limit:pageSize"), _DATA),
    Endpoint("GET", "/sapi/v3/sub-account/assets", assets, 0, names("email!"), _DATA, uid_weight=60),
    Endpoint("GET", "/sapi/v4/sub-account/assets", assets, 0, names("email!"), _DATA, uid_weight=60),
    Endpoint("GET", f"{_BASE}/spotSummary", spot_summary, 1, names("email page size"), _DATA),
    Endpoint(
        "GET", "/sapi/v1/capital/deposit/subAddress", deposit_address, 1, names("email! coin! network amount"), _DATA
    ),
    Endpoint("GET", "/sapi/v1/capital/deposit/subHisrec", deposit_history, 1, names(f"email! {HISTORY_NAMES}"), _DATA),
)
