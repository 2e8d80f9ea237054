"""Money from and to outside: payments to an account's address, and what becomes of withdrawals.

Source: docs/rules/wallet.md, "The sandbox's chains".
"""

from typing import Any

import msgspec

from venus.gateway.binance.wallet.deposits import deposit_facts
from venus.gateway.rooms import ServedWallet
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.refusals import Refused
from venus.units import NS_PER_MS


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """`amount` in decimal; without a network the coin's default one. The same `txId` pays once."""

    account: str
    coin: str
    amount: str
    network: str | None = None
    txId: str | None = None


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """`outcome` of the withdrawal `id`: approved or rejected while it awaits that, failed while it is on its way."""

    id: str
    outcome: str
    why: str = ""


async def pay(desk: SandboxDesk, form: Payment) -> dict[str, Any]:
    """Have somebody outside pay; the deposit as capital/deposit/hisrec shows it. The next block holds it."""
    account, asset = desk.account(form.account), await desk.asset(form.coin)
    try:
        row = await _wallet(desk).chain.arrive(account, form.coin, form.amount, form.network, form.txId)
    except ValueError as why:
        raise Refused(400, str(why)) from None
    return deposit_facts(asset, row, NS_PER_MS, with_source=True)


async def decide(desk: SandboxDesk, form: Decision) -> dict[str, Any]:
    wallet = _wallet(desk)
    chain = wallet.chain
    match form.outcome:
        case "approved" | "rejected":
            done = await chain.decide(form.id, approved=form.outcome == "approved", why=form.why)
        case "failed":
            done = await chain.fail(form.id, form.why)
        case _:
            raise Refused(400, "an outcome is approved, rejected or failed")
    if not done:
        raise Refused(409, f"the withdrawal {form.id!r} is not in a state that can become {form.outcome}")
    await wallet.settle()
    return {"id": form.id, "outcome": form.outcome}


def _wallet(desk: SandboxDesk) -> ServedWallet:
    wallet = desk.wallet
    if wallet is None:
        raise Refused(403, "no chain is joined to this exchange")
    return wallet
