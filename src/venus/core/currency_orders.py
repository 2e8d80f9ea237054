"""Currency frozen or seized under a lawful order: what such an order must be. Source: docs/rules/lawful_orders.md.

What it does then is what it does to coins (lawful.py).
"""

from venus.core.lawful import enter_order, freeze_reject, terms_reject
from venus.core.steps import Answer, Step
from venus.core.wallets import suits
from venus.records.coins import LawfulKind
from venus.records.commands import AccountKind
from venus.records.currency import OrderOverCurrency
from venus.records.institutions import Duty
from venus.records.rejects import Reject

_KINDS = (LawfulKind.FREEZE, LawfulKind.SEIZE)


def _duty_reject(step: Step, command: OrderOverCurrency) -> Reject:
    """Neither key is the currency's own where the order begins: who issues or keeps it orders nothing."""
    currency = step.affairs.currencies[command.currency]
    has_duty = step.affairs.institutions[command.authority].duties & (Duty.AUTHORITY | Duty.SUPERVISOR)
    own = {currency.central_bank, *(one.institution for one in currency.operators)}
    is_apart = command.authority not in own and command.second != command.authority
    return Reject.NONE if has_duty and is_apart else Reject.WRONG_DUTY


def _account_reject(step: Step, command: OrderOverCurrency) -> Reject:
    if not (kind := step.accounts_kind(command.account)):
        return Reject.UNKNOWN_ACCOUNT
    if kind == AccountKind.EXTERNAL or command.account == step.affairs.currencies[command.currency].offline_account:
        return Reject.ACCOUNT_UNSUITED
    return suits(step, command.account, command.currency)


def _target_reject(step: Step, command: OrderOverCurrency) -> Reject:
    to, currency = command.to_account, step.affairs.currencies[command.currency]
    if command.order_kind == LawfulKind.FREEZE:
        return Reject.INVALID_COMMAND if to or command.frozen_by else Reject.NONE
    if not (kind := step.accounts_kind(to)):
        return Reject.UNKNOWN_COUNTERPARTY
    own = {currency.backing_account, currency.offline_account, *(one.reserve_account for one in currency.operators)}
    if kind not in (AccountKind.HOUSE, AccountKind.WALLET) or to == command.account or to in own:
        return Reject.ACCOUNT_UNSUITED
    reject = suits(step, to, command.currency)
    return reject if reject != Reject.NONE else freeze_reject(step, command, command.currency)


def order_over_currency(step: Step, command: OrderOverCurrency) -> Answer:
    reject = _duty_reject(step, command)
    if reject == Reject.NONE and command.order_kind not in _KINDS:
        reject = Reject.INVALID_COMMAND
    for test in (_account_reject, terms_reject, _target_reject):
        if reject == Reject.NONE:
            reject = test(step, command)
    return reject if reject != Reject.NONE else enter_order(step, command, command.currency)
