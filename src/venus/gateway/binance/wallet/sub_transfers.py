"""Transfers between a master and its sub-accounts, as either may ask for them, and their histories.

Source: the sub-account SDK's "Asset Management" pages.
"""

from typing import Any, NamedTuple

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.reading import (
    amount_text,
    atoms_of,
    coin_named,
    coin_wanted,
    page_wanted,
    span_wanted,
)
from venus.gateway.binance.wallet.retained import parting
from venus.gateway.binance.wallet.sub_accounts import sub_of
from venus.gateway.binance.wallet.transfers import state_name
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.moves_record import DuplicateClientId
from venus.registry.owners import SubAccount
from venus.registry.wallet_tables import MovementRow
from venus.units import NS_PER_US

BETWEEN = "SUB_ACCOUNT"
"""Kind of these movements in the registry."""
ACCOUNT_TYPE = "SPOT"
ROWS_DEFAULT, ROWS_MAX = 500, 500
SUBS_ROWS = Limit(500, 500, clamp=True)
DAYS_DEFAULT, DAYS_MAX = 7, 30
SUBS_DAYS_DEFAULT, SUBS_DAYS_MAX = 30, 30

_IN, _OUT = DIRECTIONS = (1, 2)


class _Family(NamedTuple):
    """A master and its sub-accounts, by what is shown of them."""

    master: int
    emails: dict[int, str]  # of the sub-accounts, by account

    def name(self, account: int) -> str:
        return self.emails.get(account, "")


async def universal(desk: Desk, call: Call) -> bytes:
    """From or to the master where no email is sent; between spot wallets."""
    params = call.params
    for name in ("fromAccountType", "toAccountType"):
        if params.required(name) != ACCOUNT_TYPE:
            raise refusals.transfer_failed()
    if params.optional("fromEmail") is None and params.optional("toEmail") is None:
        raise errors.missing_either("fromEmail", "toEmail")
    debit = (await sub_of(desk, call, "fromEmail")).account if params.has("fromEmail") else call.account
    credit = (await sub_of(desk, call, "toEmail")).account if params.has("toEmail") else call.account
    client_id = params.client_id("clientTranId")
    row = await _move(desk, call, debit, credit, client_id)
    return msgspec.json.encode({"tranId": row.id, "clientTranId": client_id or ""})


async def to_master(desk: Desk, call: Call) -> bytes:
    me = await _me(desk, call)
    return msgspec.json.encode({"txnId": (await _move(desk, call, me.account, me.master, None)).id})


async def to_sub(desk: Desk, call: Call) -> bytes:
    me = await _me(desk, call)
    email = call.params.required("toEmail")
    other = await desk.off_loop(lambda: desk.vault.registry.owners.sub_account_of(email))
    if other is None or other.master != me.master:
        raise refusals.no_relation()
    return msgspec.json.encode({"txnId": (await _move(desk, call, me.account, other.account, None)).id})


async def _me(desk: Desk, call: Call) -> SubAccount:
    """The caller, who is a sub-account."""
    me = await desk.off_loop(lambda: desk.vault.registry.owners.sub_account(call.account))
    if me is None:
        raise refusals.no_relation()
    return me


async def _move(desk: Desk, call: Call, debit: int, credit: int, client_id: str | None) -> MovementRow:
    asset = await coin_named(desk, "asset", call.params.required("asset"))
    atoms = atoms_of(asset, "amount", call.params.required("amount"))
    if atoms == 0:
        raise refusals.not_positive()
    try:
        async with parting(desk, debit, {asset.number: atoms}):
            call.still_fresh(desk)
            row, reason = await desk.vault.treasury.move(
                owner=call.account,
                kind=BETWEEN,
                debit=debit,
                credit=credit,
                coin=asset.code,
                asset=asset.number,
                atoms=atoms,
                client_id=client_id,
            )
    except DuplicateClientId:
        raise refusals.duplicate_id("clientTranId") from None
    if reason is not Reject.NONE:
        raise refusals.transfer_refused(reason)
    return row


async def universal_history(desk: Desk, call: Call) -> bytes:
    rows, count, family = await _masters_rows(desk, call, client_id=call.params.client_id("clientTranId"))
    facts = [
        {
            "tranId": row.id,
            "fromEmail": family.name(row.debit),
            "toEmail": family.name(row.credit),
            "asset": row.coin,
            "amount": amount_text(desk.symbols.assets[row.asset], row.atoms),
            "createTimeStamp": row.created_us * NS_PER_US // call.unit_ns,
            "fromAccountType": ACCOUNT_TYPE,
            "toAccountType": ACCOUNT_TYPE,
            "status": _status_name(row),
            "clientTranId": row.client_id or "",
        }
        for row in rows
    ]
    return msgspec.json.encode({"result": facts, "totalCount": count})


async def spot_history(desk: Desk, call: Call) -> bytes:
    rows, _, family = await _masters_rows(desk, call, client_id=None)
    facts = [
        {
            "from": family.name(row.debit),
            "to": family.name(row.credit),
            "asset": row.coin,
            "qty": amount_text(desk.symbols.assets[row.asset], row.atoms),
            "status": _status_name(row),
            "tranId": row.id,
            "time": row.created_us * NS_PER_US // call.unit_ns,
        }
        for row in rows
    ]
    return msgspec.json.encode(facts)


async def subs_history(desk: Desk, call: Call) -> bytes:
    """What the calling sub-account sent, or received."""
    me, params = await _me(desk, call), call.params
    direction = params.integer("type") or _OUT
    if direction not in DIRECTIONS:
        raise errors.bad_value("type")
    asset = await coin_wanted(desk, params, "asset")
    with_failed = params.boolean("returnFailHistory", default=False)
    span = span_wanted(call, days_default=SUBS_DAYS_DEFAULT, days_max=SUBS_DAYS_MAX)
    limit = params.limit(SUBS_ROWS)
    rows, _ = await desk.off_loop(
        lambda: desk.vault.registry.moves.movements(
            since_us=span.since_us,
            until_us=span.until_us,
            kinds=[BETWEEN],
            debits=[me.account] if direction == _OUT else None,
            credits_=[me.account] if direction == _IN else None,
            coin=asset.code if asset else None,
            offset=0,
            limit=limit,
        )
    )
    family = await _family(desk, me.master)
    facts = [
        _subs_facts(desk, row, family, me.account, call.unit_ns)
        for row in rows
        if with_failed or _status_name(row) != "FAILURE"
    ]
    return msgspec.json.encode(facts)


def _subs_facts(desk: Desk, row: MovementRow, family: _Family, me: int, unit_ns: int) -> dict[str, Any]:
    other = row.credit if row.debit == me else row.debit
    return {
        "counterParty": "master" if other == family.master else "subAccount",
        "email": family.name(other),
        "type": _OUT if row.debit == me else _IN,
        "asset": row.coin,
        "qty": amount_text(desk.symbols.assets[row.asset], row.atoms),
        "fromAccountType": ACCOUNT_TYPE,
        "toAccountType": ACCOUNT_TYPE,
        "status": _status_name(row),
        "tranId": row.id,
        "time": row.created_us * NS_PER_US // unit_ns,
    }


async def _masters_rows(desk: Desk, call: Call, client_id: str | None) -> tuple[list[MovementRow], int, _Family]:
    """What was sent from, or to, the account of an email; without one, what the master sent."""
    params = call.params
    if params.has("fromEmail") and params.has("toEmail"):
        raise errors.bad_combination()
    span = span_wanted(call, days_default=DAYS_DEFAULT, days_max=DAYS_MAX)
    offset, limit = page_wanted(params, page="page", size="limit", size_default=ROWS_DEFAULT, size_max=ROWS_MAX)
    family = await _family(desk, call.account)
    debits = credits_ = None
    if params.has("toEmail"):
        credits_ = [(await sub_of(desk, call, "toEmail")).account]
    elif params.has("fromEmail"):
        debits = [(await sub_of(desk, call, "fromEmail")).account]
    else:
        debits = [call.account]
    rows, count = await desk.off_loop(
        lambda: desk.vault.registry.moves.movements(
            since_us=span.since_us,
            until_us=span.until_us,
            kinds=[BETWEEN],
            debits=debits,
            credits_=credits_,
            client_id=client_id,
            offset=offset,
            limit=limit,
        )
    )
    return rows, count, family


async def _family(desk: Desk, master: int) -> _Family:
    subs = await desk.off_loop(lambda: desk.vault.registry.owners.sub_accounts(master))
    return _Family(master, {sub.account: sub.email for sub in subs})


def _status_name(row: MovementRow) -> str:
    return {"CONFIRMED": "SUCCESS", "FAILED": "FAILURE"}.get(state_name(row), "PROCESS")


_BASE = "/sapi/v1/sub-account"
_UNIVERSAL = "fromEmail toEmail fromAccountType! toAccountType! clientTranId symbol asset! amount!"
_HISTORY = "fromEmail toEmail startTime endTime page limit:pageSize"
_SUBS = f"asset type:direction startTime endTime {SUBS_ROWS} returnFailHistory"
_DATA, _MOVE = Permission.USER_DATA, Permission.TRANSFER

ENDPOINTS = (
    Endpoint("POST", f"{_BASE}/universalTransfer", universal, 1, names(_UNIVERSAL), _MOVE, uid_weight=360),
    Endpoint("GET", f"{_BASE}/universalTransfer", universal_history, 1, names(f"{_HISTORY} clientTranId"), _DATA),
    Endpoint("GET", f"{_BASE}/sub/transfer/history", spot_history, 1, names(_HISTORY), _DATA),
    Endpoint("POST", f"{_BASE}/transfer/subToMaster", to_master, 1, names("asset! amount!"), Permission.TRADE),
    Endpoint("POST", f"{_BASE}/transfer/subToSub", to_sub, 1, names("toEmail! asset! amount!"), Permission.TRADE),
    Endpoint("GET", f"{_BASE}/transfer/subUserHistory", subs_history, 1, names(_SUBS), _DATA),
)
