"""A coin's own accounts, which only its commands debit. Source: docs/rules/issuance.md, "Treasury"."""

from venus.core.kernels.controls import expire_orders
from venus.core.steps import Answer, Applied, Step, is_amount
from venus.records.coins import PayTreasury
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.rejects import Reject


def close_accounts(step: Step, *accounts: int) -> None:
    """Freeze for good: no order, transfer, hold, trade, schedule or redemption takes anything out of them."""
    for number in accounts:
        step.memory.make_room()
        expire_orders(step.memory.table, number, step.sequence)
        account = step.memory["accounts"][number]
        account["frozen"] = 1
        account["frozen_until_ns"] = 0
        step.say(EventKind.ACCOUNT_FROZEN, account=number)


def close_all(step: Step) -> None:
    """Of the coins that were registered under rules 3."""
    for asset in sorted(step.affairs.coins):
        coin = step.affairs.coins[asset]
        close_accounts(step, coin.escrow_account, coin.treasury_account)


def pay_treasury(step: Step, command: PayTreasury) -> Answer:
    coin = step.affairs.coins[command.coin]
    if not step.is_listed(command.asset):
        return Reject.UNKNOWN_ASSET
    if not (kind := step.accounts_kind(command.account)):
        return Reject.UNKNOWN_COUNTERPARTY
    if kind == AccountKind.EXTERNAL or command.account in (coin.treasury_account, coin.escrow_account):
        return Reject.ACCOUNT_UNSUITED
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if step.free_atoms(coin.treasury_account, command.asset) < command.atoms:
        return Reject.INSUFFICIENT_FREE
    step.move(coin.treasury_account, command.account, command.asset, command.atoms)
    fields = {
        "symbol": command.coin,
        "order_id": command.asset,
        "account": coin.treasury_account,
        "maker_account": command.account,
        "quantity_lots": command.atoms,
    }
    return Applied(EventKind.TREASURY_PAID, 0, fields)
