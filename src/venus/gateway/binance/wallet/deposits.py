"""Deposits: where to pay to, and what came in. Source: the wallet SDKs' "Capital" pages."""

from typing import Any

import msgspec

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit, Params
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.reading import amount_text, coin_named, coin_wanted, span_wanted
from venus.registry.credentials import Permission
from venus.registry.networks import NETWORKS, Terms, terms_of, terms_on
from venus.registry.wallet_tables import DepositRow
from venus.units import NS_PER_US
from venus.views.catalog import Asset

HISTORY_DAYS = 90
ROWS = Limit(1_000, 1_000, clamp=True)

_FROM_OUTSIDE = 0  # transferType
_SPOT = 0  # walletType


async def deposit_address(desk: Desk, call: Call) -> bytes:
    return msgspec.json.encode(await address_facts(desk, call.params, call.account))


async def address_facts(desk: Desk, params: Params, account: int) -> dict[str, Any]:
    """An account's address for `coin` on `network`, or on the coin's default one."""
    asset = await coin_named(desk, "coin", params.required("coin"))
    terms = terms_on(asset.code, params.optional("network"))
    if terms is None:
        raise refusals.no_address_here()
    address = await desk.vault.chain.address(account, terms.network)
    return {"address": address, "coin": asset.code, "tag": "", "url": NETWORKS[terms.network].explorer + address}


async def deposit_addresses(desk: Desk, call: Call) -> bytes:
    """The coin's address on the network asked for, else on every one."""
    asset = await coin_named(desk, "coin", call.params.required("coin"))
    network = call.params.optional("network")
    wanted: list[Terms] = [terms for terms in terms_of(asset.code) if network in (None, terms.network)]
    if network is not None and not wanted:
        raise refusals.no_address_here()
    facts = [
        {
            "coin": asset.code,
            "address": await desk.vault.chain.address(call.account, terms.network),
            "tag": "",
            "isDefault": int(terms.is_default),
        }
        for terms in wanted
    ]
    return msgspec.json.encode(facts)


async def deposit_history(desk: Desk, call: Call) -> bytes:
    return msgspec.json.encode(await history_facts(desk, call, call.account))


async def history_facts(desk: Desk, call: Call, account: int) -> list[dict[str, Any]]:
    """An account's deposits as the parameters ask for them, the newest first."""
    params = call.params
    span = span_wanted(call, days_default=HISTORY_DAYS, days_max=HISTORY_DAYS)
    asset, status = await coin_wanted(desk, params), params.integer("status")
    tx_id, offset = params.optional("txId"), params.integer("offset") or 0
    limit = params.limit(ROWS)
    with_source = params.boolean("includeSource", default=False)
    rows = await desk.off_loop(
        lambda: desk.vault.registry.chain.deposits(
            account,
            since_us=span.since_us,
            until_us=span.until_us,
            coin=asset.code if asset else None,
            status=status,
            tx_id=tx_id,
            offset=offset,
            limit=limit,
        )
    )
    assets = desk.symbols.assets
    return [deposit_facts(assets[row.asset], row, call.unit_ns, with_source=with_source) for row in rows]


def deposit_facts(asset: Asset, row: DepositRow, unit_ns: int, *, with_source: bool) -> dict[str, Any]:
    facts = {
        "id": str(row.id),
        "amount": amount_text(asset, row.atoms),
        "coin": row.coin,
        "network": row.network,
        "status": row.status,
        "address": row.address,
        "addressTag": "",
        "txId": row.tx_id,
        "insertTime": row.inserted_us * NS_PER_US // unit_ns,
        "completeTime": None if row.completed_us is None else row.completed_us * NS_PER_US // unit_ns,
        "transferType": _FROM_OUTSIDE,
        "confirmTimes": f"{min(row.confirmations, row.credit_at)}/{row.credit_at}",
        "unlockConfirm": row.unlock_at,
        "walletType": _SPOT,
        "travelRuleStatus": 0,
    }
    return facts | {"sourceAddress": row.source} if with_source else facts


HISTORY_NAMES = f"includeSource coin status startTime endTime offset {ROWS} txId"
_BASE = "/sapi/v1/capital/deposit"

ENDPOINTS = (
    Endpoint("GET", f"{_BASE}/address", deposit_address, 10, names("coin! network amount"), Permission.USER_DATA),
    Endpoint("GET", f"{_BASE}/address/list", deposit_addresses, 10, names("coin! network"), Permission.USER_DATA),
    Endpoint("GET", f"{_BASE}/hisrec", deposit_history, 1, names(HISTORY_NAMES), Permission.USER_DATA),
)
