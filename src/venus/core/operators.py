"""The first tier: operators, their reserves at the bank, and what they issue. Source: docs/rules/currency.md."""

from venus.core import regimes
from venus.core.affairs import Currency, Operator
from venus.core.currency import has_duty, operator_of, place_reject
from venus.core.kernels import layout
from venus.core.kernels.controls import expire_orders
from venus.core.steps import Answer, Applied, Step, is_amount
from venus.records.commands import AccountKind
from venus.records.currency import (
    AdmitOperator,
    GrantReserves,
    IssueCurrency,
    MoveWallets,
    RedeemCurrency,
    SetQuota,
    WithdrawReserves,
)
from venus.records.events import EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX


def supply_atoms(step: Step, asset: int) -> int:
    return int(step.memory["assets"][asset]["inside_atoms"])


def admit_operator(step: Step, command: AdmitOperator) -> Answer:
    currency, number = step.affairs.currencies[command.currency], command.institution
    code = step.facts.asset_codes[currency.asset]
    if not has_duty(step, number, Duty.CURRENCY_OPERATOR) or number == currency.central_bank:
        return Reject.WRONG_DUTY
    if any(one.institution == number for one in currency.operators):
        return Reject.ALREADY_LISTED
    if len(currency.operators) >= layout.OPERATORS_MAX or not 0 <= command.quota_atoms <= ATOMS_MAX:
        return Reject.INVALID_COMMAND
    places = (
        (command.treasury_account, f"treasury:{code}:{number}"),
        (command.reserve_account, f"reserves:{code}:{number}"),
    )
    for account, label in places:
        reject = place_reject(step, account, AccountKind.HOUSE, label)
        if reject != Reject.NONE:
            return reject
    place = len(currency.operators)
    in_memory = regimes.currency_number(step.memory, currency.asset)
    regimes.set_treasury(step.memory, in_memory, place, command.treasury_account)
    currency.operators.append(
        Operator(
            institution=number,
            treasury_account=command.treasury_account,
            reserve_account=command.reserve_account,
            quota_atoms=command.quota_atoms,
            outstanding_atoms=0,
            moved_to=-1,
        )
    )
    fields = {
        "symbol": currency.asset,
        "order_id": place,
        "maker_order_id": number,
        "account": command.treasury_account,
        "maker_account": command.reserve_account,
        "quantity_lots": command.quota_atoms,
    }
    return Applied(EventKind.OPERATOR_ADMITTED, place, fields)


def set_quota(step: Step, command: SetQuota) -> Answer:
    """One below what is outstanding takes nothing back: it lets nothing more out."""
    operator = operator_of(step.affairs.currencies[command.currency], command.operator)
    if operator is None:
        return Reject.UNKNOWN_OPERATOR
    if not 0 <= command.quota_atoms <= ATOMS_MAX:
        return Reject.INVALID_COMMAND
    if operator.quota_atoms == command.quota_atoms:
        return Reject.NO_CHANGE
    operator.quota_atoms = command.quota_atoms
    fields = {
        "symbol": command.currency,
        "order_id": command.operator,
        "quantity_lots": command.quota_atoms,
        "remaining_lots": operator.outstanding_atoms,
    }
    return Applied(EventKind.QUOTA_SET, 0, fields)


_OfAmount = GrantReserves | WithdrawReserves | IssueCurrency | RedeemCurrency


def _operator_and_amount(step: Step, command: _OfAmount) -> tuple[Currency, Operator] | Reject:
    currency = step.affairs.currencies[command.currency]
    operator = operator_of(currency, command.operator)
    if operator is None:
        return Reject.UNKNOWN_OPERATOR
    return (currency, operator) if is_amount(command.atoms) else Reject.AMOUNT_OUT_OF_RANGE


def _reserves_changed(step: Step, command: GrantReserves | WithdrawReserves, kind: EventKind) -> Applied:
    currency = step.affairs.currencies[command.currency]
    account = currency.operators[command.operator].reserve_account
    fields = {
        "symbol": command.currency,
        "order_id": command.operator,
        "account": account,
        "quantity_lots": command.atoms,
        "remaining_lots": step.free_atoms(account, currency.reserve_asset),
    }
    return Applied(kind, 0, fields)


def grant_reserves(step: Step, command: GrantReserves) -> Answer:
    found = _operator_and_amount(step, command)
    if isinstance(found, Reject):
        return found
    currency, operator = found
    if supply_atoms(step, currency.reserve_asset) + command.atoms > ATOMS_MAX:
        return Reject.ASSET_FULL
    step.move(currency.reserve_account, operator.reserve_account, currency.reserve_asset, command.atoms)
    return _reserves_changed(step, command, EventKind.RESERVES_GRANTED)


def withdraw_reserves(step: Step, command: WithdrawReserves) -> Answer:
    found = _operator_and_amount(step, command)
    if isinstance(found, Reject):
        return found
    currency, operator = found
    if step.free_atoms(operator.reserve_account, currency.reserve_asset) < command.atoms:
        return Reject.RESERVES_SHORT
    step.move(operator.reserve_account, currency.reserve_account, currency.reserve_asset, command.atoms)
    return _reserves_changed(step, command, EventKind.RESERVES_WITHDRAWN)


def _issued(step: Step, command: IssueCurrency | RedeemCurrency, kind: EventKind) -> Applied:
    operator = step.affairs.currencies[command.currency].operators[command.operator]
    fields = {
        "symbol": command.currency,
        "order_id": command.operator,
        "account": operator.treasury_account,
        "quantity_lots": command.atoms,
        "remaining_lots": operator.outstanding_atoms,
        "price_ticks": supply_atoms(step, command.currency),
    }
    return Applied(kind, 0, fields)


def issue_currency(step: Step, command: IssueCurrency) -> Answer:
    """Reserves stand still against it in the same command: what is issued is never more than what backs it."""
    found = _operator_and_amount(step, command)
    if isinstance(found, Reject):
        return found
    currency, operator = found
    if operator.outstanding_atoms + command.atoms > operator.quota_atoms:
        return Reject.BEYOND_QUOTA
    if step.free_atoms(operator.reserve_account, currency.reserve_asset) < command.atoms:
        return Reject.RESERVES_SHORT
    operator.outstanding_atoms += command.atoms
    step.move(operator.reserve_account, currency.backing_account, currency.reserve_asset, command.atoms)
    step.move(currency.issue_account, operator.treasury_account, currency.asset, command.atoms)
    return _issued(step, command, EventKind.CURRENCY_ISSUED)


def redeem_currency(step: Step, command: RedeemCurrency) -> Answer:
    """Whoever issued it: an operator that took in others' units gets reserves for them."""
    found = _operator_and_amount(step, command)
    if isinstance(found, Reject):
        return found
    currency, operator = found
    if step.free_atoms(operator.treasury_account, currency.asset) < command.atoms:
        return Reject.INSUFFICIENT_FREE
    operator.outstanding_atoms -= command.atoms
    step.move(operator.treasury_account, currency.issue_account, currency.asset, command.atoms)
    step.move(currency.backing_account, operator.reserve_account, currency.reserve_asset, command.atoms)
    return _issued(step, command, EventKind.CURRENCY_REDEEMED)


def move_wallets(step: Step, command: MoveWallets) -> Answer:
    """Without touching a wallet: they name the operator that opened them, and it names the one that has them now."""
    currency = step.affairs.currencies[command.currency]
    failed, heir = currency.operators[command.from_operator], operator_of(currency, command.to_operator)
    is_again = failed.moved_to == command.to_operator
    if heir is None or heir is failed or not (failed.moved_to < 0 or is_again):
        return Reject.UNKNOWN_OPERATOR
    orders_ended = bool(step.memory["accounts"][failed.treasury_account]["orders_open"])
    if orders_ended:
        expire_orders(step.memory.table, failed.treasury_account, step.sequence)
    moved = 0
    for account, to, asset in (
        (failed.reserve_account, heir.reserve_account, currency.reserve_asset),
        (failed.treasury_account, heir.treasury_account, currency.asset),
    ):
        atoms = step.free_atoms(account, asset)
        if atoms:
            step.move(account, to, asset, atoms)
        moved += atoms
    if is_again and not (moved or orders_ended):
        return Reject.NO_CHANGE
    outstanding = failed.outstanding_atoms
    heir.outstanding_atoms += outstanding
    # What was let out stays out: the heir may have that much more.
    heir.quota_atoms = min(ATOMS_MAX, heir.quota_atoms + max(0, outstanding))
    failed.outstanding_atoms = failed.quota_atoms = 0
    in_memory = regimes.currency_number(step.memory, currency.asset)
    regimes.move_wallets(step.memory, in_memory, command.from_operator, command.to_operator)
    for place, one in enumerate(currency.operators):
        if command.from_operator in (place, one.moved_to):
            one.moved_to = command.to_operator
    fields = {
        "symbol": command.currency,
        "order_id": command.from_operator,
        "maker_order_id": command.to_operator,
        "account": failed.treasury_account,
        "maker_account": heir.treasury_account,
        "quantity_lots": outstanding,
        "remaining_lots": heir.outstanding_atoms,
        "price_ticks": heir.quota_atoms,
    }
    return Applied(EventKind.WALLETS_MOVED, 0, fields)
