"""Withdrawals: asked for, tested, set aside; and what became of them. Source: the wallet SDKs' "Capital" pages."""

import secrets
import time
from typing import Any, NamedTuple

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit, Params
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.reading import (
    Span,
    amount_text,
    atoms_of,
    balances_of,
    coin_named,
    coin_wanted,
    span_wanted,
)
from venus.gateway.binance.wallet.retained import parting
from venus.gateway.binance.wallet.system import multiple_text
from venus.records.rejects import Reject
from venus.registry.chain_record import SHOWN_STATE, DuplicateOrderId, WithdrawalState
from venus.registry.credentials import Permission
from venus.registry.networks import Terms, terms_on
from venus.registry.owners import WalletKind
from venus.registry.wallet_tables import WithdrawalRow
from venus.views.catalog import AccountAnswer, AccountQuestion, Asset

HISTORY_DAYS = 90
ORDER_ID_DAYS = 7
ROWS = Limit(1_000, 1_000, clamp=True)
IDS_MAX = 45
NAME_CHARS_MAX = 64

_TO_OUTSIDE = 0  # transferType


class _Form(NamedTuple):
    """A request that may be granted, but for the money."""

    asset: Asset
    terms: Terms
    address: str
    atoms: int  # taken from the wallet, the fee included
    fee_atoms: int
    kind: WalletKind


async def apply(desk: Desk, call: Call) -> bytes:
    """Set the money aside and give the withdrawal's id; the fee is part of the amount."""
    form = await _read(desk, call.params)
    params, treasury = call.params, desk.vault.treasury
    # The main account's freeze holds for all its wallets, each an account of its own in the ledger.
    if (await desk.ask(AccountQuestion(call.account), AccountAnswer)).frozen:
        raise refusals.withdrawals_closed()
    wallet = await treasury.wallet(call.account, form.kind)
    await _refuse_more_than_unlocked(desk, wallet, form)
    row = WithdrawalRow(
        id=secrets.token_hex(16),
        owner=call.account,
        wallet=wallet,
        wallet_kind=form.kind,
        order_id=params.client_id("withdrawOrderId"),
        coin=form.asset.code,
        asset=form.asset.number,
        network=form.terms.network,
        address=form.address,
        name=(params.optional("name") or "")[:NAME_CHARS_MAX],
        atoms=form.atoms - form.fee_atoms,
        fee_atoms=form.fee_atoms,
        state=WithdrawalState.REQUESTED,
        info="",
        tx_id="",
        block=0,
        confirmations=0,
        settle_at=form.terms.confirmations_to_credit,
        applied_us=treasury.now_us(),
        completed_us=None,
    )
    number = row.id
    try:
        async with parting(desk, wallet, {form.asset.number: form.atoms}):
            call.still_fresh(desk)
            reason = await treasury.request_withdrawal(row)
    except DuplicateOrderId:
        raise refusals.duplicate_id("withdrawOrderId") from None
    if reason is not Reject.NONE:
        raise refusals.withdrawal_refused(reason)
    return msgspec.json.encode({"id": number})


async def _read(desk: Desk, params: Params) -> _Form:
    """Every test that needs no balance."""
    asset = await coin_named(desk, "coin", params.required("coin"))
    terms = terms_on(asset.code, params.optional("network"))
    if terms is None:
        raise refusals.not_open_for_withdrawal()
    address = desk.vault.chain.read_address(terms.network, params.required("address"))
    if address is None:
        raise refusals.illegal_address()
    if params.optional("addressTag") is not None:
        raise refusals.tag_not_supported()
    params.boolean("transactionFeeFlag", default=False)  # of transfers inside, which there are none of
    kind = params.integer("walletType") or 0
    if kind not in list(WalletKind):
        raise errors.bad_value("walletType")
    atoms = atoms_of(asset, "amount", params.required("amount"))
    fee_atoms, least, most = (
        atoms_of(asset, "amount", text) for text in (terms.fee, terms.withdraw_min, terms.withdraw_max)
    )
    multiple = multiple_text(asset, terms)
    if atoms < least:
        raise refusals.below_minimum(terms.withdraw_min)
    if atoms > most:
        raise refusals.above_maximum()
    if atoms % atoms_of(asset, "amount", multiple):
        raise refusals.not_a_multiple(multiple)
    if atoms <= fee_atoms:
        raise refusals.nothing_above_fee()
    return _Form(asset, terms, address, atoms, fee_atoms, WalletKind(kind))


async def _refuse_more_than_unlocked(desk: Desk, wallet: int, form: _Form) -> None:
    """Tell at once what the engine would refuse, and keep back what deposits have not yet unlocked."""
    balance = (await balances_of(desk, wallet)).get(form.asset.number)
    free_atoms = balance.free_atoms if balance else 0
    if free_atoms < form.atoms:
        raise refusals.not_enough_to_withdraw()
    locked_atoms = await desk.off_loop(lambda: desk.vault.registry.chain.locked_atoms(wallet, form.asset.number))
    if free_atoms - locked_atoms < form.atoms:
        raise refusals.still_locked(form.asset.code)


async def history(desk: Desk, call: Call) -> bytes:
    params = call.params
    span = _history_span(call)
    asset, state = await coin_wanted(desk, params), params.integer("status")
    ids_text, order_id = params.optional("idList"), params.client_id("withdrawOrderId")
    numbers = None if ids_text is None else [part.strip() for part in ids_text.split(",")]
    if numbers is not None and len(numbers) > IDS_MAX:
        raise errors.bad_value("idList")
    offset, limit = params.integer("offset") or 0, params.limit(ROWS)
    rows = await desk.off_loop(
        lambda: desk.vault.registry.chain.withdrawals(
            call.account,
            since_us=span.since_us,
            until_us=span.until_us,
            coin=asset.code if asset else None,
            state=state,
            order_id=order_id,
            numbers=numbers,
            offset=offset,
            limit=limit,
        )
    )
    return msgspec.json.encode([withdrawal_facts(desk.symbols.assets[row.asset], row) for row in rows])


def _history_span(call: Call) -> Span:
    if call.params.has("withdrawOrderId"):
        return span_wanted(call, days_default=ORDER_ID_DAYS, days_max=ORDER_ID_DAYS)
    return span_wanted(call, days_default=HISTORY_DAYS, days_max=HISTORY_DAYS)


def withdrawal_facts(asset: Asset, row: WithdrawalRow) -> dict[str, Any]:
    state = WithdrawalState(row.state)
    return {
        "id": row.id,
        "amount": amount_text(asset, row.atoms),
        "transactionFee": amount_text(asset, row.fee_atoms),
        "coin": row.coin,
        "status": SHOWN_STATE.get(state, state),
        "address": row.address,
        "addressTag": "",
        "txId": row.tx_id,
        "applyTime": _clock_text(row.applied_us),
        "network": row.network,
        "transferType": _TO_OUTSIDE,
        "withdrawOrderId": row.order_id or "",
        "info": row.info,
        "confirmNo": row.confirmations,
        "walletType": row.wallet_kind,
        "txKey": "",
        "completeTime": "" if row.completed_us is None else _clock_text(row.completed_us),
    }


async def saved_addresses(desk: Desk, call: Call) -> bytes:
    """The account's address book."""
    rows = await desk.off_loop(lambda: desk.vault.registry.owners.saved_addresses(call.account))
    facts = [
        {
            "address": row.address,
            "addressTag": "",
            "coin": row.coin,
            "name": row.name,
            "network": row.network,
            "origin": "",
            "originType": "others",
            "whiteStatus": False,
        }
        for row in rows
    ]
    return msgspec.json.encode(facts)


def _clock_text(time_us: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time_us // 1_000_000))


_BASE = "/sapi/v1/capital/withdraw"
_APPLY = "coin! withdrawOrderId network address! addressTag amount! transactionFeeFlag name walletType:walletNumber"
_HISTORY = f"coin withdrawOrderId status offset {ROWS} idList startTime endTime"

ENDPOINTS = (
    Endpoint("POST", f"{_BASE}/apply", apply, 0, names(_APPLY), Permission.WITHDRAW, uid_weight=900),
    Endpoint("GET", f"{_BASE}/history", history, 0, names(_HISTORY), Permission.USER_DATA, uid_weight=18_000),
    Endpoint("GET", f"{_BASE}/address/list", saved_addresses, 10, permission=Permission.USER_DATA),
)
