"""Transfers between an owner's wallets: spot and funding; the others there are elsewhere are not offered here.

Source: the wallet SDKs' "User Universal Transfer".
"""

from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.reading import amount_text, atoms_of, coin_named, page_wanted, span_wanted
from venus.gateway.binance.wallet.retained import parting
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.moves_record import MoveState
from venus.registry.owners import WalletKind
from venus.registry.wallet_tables import MovementRow
from venus.units import NS_PER_US
from venus.views.catalog import Asset

HISTORY_DAYS_DEFAULT, HISTORY_DAYS_MAX = 7, 180
ROWS_DEFAULT, ROWS_MAX = 10, 100

KINDS = {
    "MAIN_FUNDING": (WalletKind.SPOT, WalletKind.FUNDING),
    "FUNDING_MAIN": (WalletKind.FUNDING, WalletKind.SPOT),
}
_WALLETS = ("MAIN", "FUNDING", "UMFUTURE", "CMFUTURE", "MARGIN", "ISOLATEDMARGIN", "OPTION", "PORTFOLIO_MARGIN")
KNOWN = frozenset(f"{one}_{other}" for one in _WALLETS for other in _WALLETS)
"""Kinds that the API names; those between wallets that are not offered here are refused, and have no history."""

STATE_NAMES = {MoveState.CONFIRMED: "CONFIRMED", MoveState.FAILED: "FAILED"}


async def transfer(desk: Desk, call: Call) -> bytes:
    kind = _kind_wanted(call.params)
    if kind not in KINDS:
        raise refusals.transfer_failed()
    asset = await coin_named(desk, "asset", call.params.required("asset"))
    atoms = atoms_of(asset, "amount", call.params.required("amount"))
    if atoms == 0:
        raise refusals.not_positive()
    treasury = desk.vault.treasury
    debit, credit = [await treasury.wallet(call.account, side) for side in KINDS[kind]]
    async with parting(desk, debit, {asset.number: atoms}):
        call.still_fresh(desk)
        row, reason = await treasury.move(
            owner=call.account,
            kind=kind,
            debit=debit,
            credit=credit,
            coin=asset.code,
            asset=asset.number,
            atoms=atoms,
        )
    if reason is not Reject.NONE:
        raise refusals.transfer_refused(reason)
    return msgspec.json.encode({"tranId": row.id})


def _kind_wanted(params: Params) -> str:
    kind = params.required("type")
    if kind not in KNOWN:
        raise errors.bad_value("type")
    return kind


async def history(desk: Desk, call: Call) -> bytes:
    params = call.params
    kind = _kind_wanted(params)
    span = span_wanted(call, days_default=HISTORY_DAYS_DEFAULT, days_max=HISTORY_DAYS_MAX)
    offset, limit = page_wanted(params, page="current", size="size", size_default=ROWS_DEFAULT, size_max=ROWS_MAX)
    rows, count = await desk.off_loop(
        lambda: desk.vault.registry.moves.movements(
            since_us=span.since_us,
            until_us=span.until_us,
            kinds=[kind],
            owner=call.account,
            offset=offset,
            limit=limit,
        )
    )
    facts = [_facts(desk.symbols.assets[row.asset], row, call.unit_ns) for row in rows]
    return msgspec.json.encode({"total": count, "rows": facts})


def _facts(asset: Asset, row: MovementRow, unit_ns: int) -> dict[str, Any]:
    return {
        "asset": row.coin,
        "amount": amount_text(asset, row.atoms),
        "type": row.kind,
        "status": state_name(row),
        "tranId": row.id,
        "timestamp": row.created_us * NS_PER_US // unit_ns,
    }


def state_name(row: MovementRow) -> str:
    return STATE_NAMES.get(MoveState(row.state), "PENDING")


_PATH = "/sapi/v1/asset/transfer"
_TRANSFER = "type:transferType! asset! amount! fromSymbol toSymbol"
_HISTORY = "type:transferTypeKnown! startTime endTime current size fromSymbol toSymbol"

ENDPOINTS = (
    Endpoint("POST", _PATH, transfer, 0, names(_TRANSFER), Permission.TRANSFER, uid_weight=300),
    Endpoint("GET", _PATH, history, 1, names(_HISTORY), Permission.USER_DATA),
)
