"""Coins and currency frozen, seized or issued anew under a lawful order. Source: docs/rules/lawful_orders.md."""

from typing import NamedTuple

from venus.core.affairs import Lawful
from venus.core.kernels import layout
from venus.core.kernels.controls import expire_orders
from venus.core.reach import unbind
from venus.core.steps import DUE_LAWFUL, Answer, Applied, Step, is_amount, is_long_text
from venus.core.wallets import is_closed
from venus.records.coins import (
    DAY_NS,
    AppealOrder,
    DecideAppeal,
    EnforceOrder,
    LawfulEnd,
    LawfulKind,
    LiftOrder,
    OrderLawful,
)
from venus.records.commands import AccountKind
from venus.records.currency import OrderOverCurrency
from venus.records.events import EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject

_RULES_OF_REACH = 4
_LIFE_NS_MAX = 366 * DAY_NS


def _order(step: Step, number: int) -> Lawful | None:
    lawful = step.affairs.lawful
    return lawful[number - 1] if 1 <= number <= len(lawful) else None


def _duty_reject(step: Step, command: OrderLawful) -> Reject:
    authority = step.affairs.institutions[command.authority]
    has_duty = authority.duties & (Duty.AUTHORITY | Duty.SUPERVISOR)
    return Reject.NONE if has_duty and command.second != command.authority else Reject.WRONG_DUTY


def _scope_reject(step: Step, command: OrderLawful) -> Reject:
    """Whose coins, and by what right."""
    if command.order_kind not in set(LawfulKind):
        return Reject.INVALID_COMMAND
    if not (kind := step.accounts_kind(command.account)):
        return Reject.UNKNOWN_ACCOUNT
    if kind == AccountKind.EXTERNAL or command.account == step.affairs.coins[command.coin].escrow_account:
        return Reject.ACCOUNT_UNSUITED
    return terms_reject(step, command)


def terms_reject(step: Step, command: OrderLawful | OrderOverCurrency) -> Reject:
    """How many, why, until when."""
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if not is_long_text(command.basis):
        return Reject.INVALID_COMMAND
    if not step.time_ns < command.expires_ns <= step.time_ns + _LIFE_NS_MAX:
        return Reject.INVALID_COMMAND
    return Reject.NONE


def _target_reject(step: Step, command: OrderLawful) -> Reject:
    """Where to, and which freeze it takes from."""
    to, is_seizure = command.to_account, command.order_kind == LawfulKind.SEIZE
    if command.order_kind == LawfulKind.FREEZE:
        return Reject.INVALID_COMMAND if to or command.frozen_by else Reject.NONE
    if not (kind := step.accounts_kind(to)):
        return Reject.UNKNOWN_COUNTERPARTY
    is_escrow = to == step.affairs.coins[command.coin].escrow_account
    if kind in (AccountKind.EXTERNAL, AccountKind.WALLET) or to == command.account or is_escrow:
        return Reject.ACCOUNT_UNSUITED
    if is_seizure and kind != AccountKind.HOUSE:
        return Reject.ACCOUNT_UNSUITED
    return freeze_reject(step, command, command.coin)


def freeze_reject(step: Step, command: OrderLawful | OrderOverCurrency, asset: int) -> Reject:
    """Whether what it names as frozen_by is a freeze in force of this account."""
    if not command.frozen_by:
        return Reject.NONE
    freeze = _order(step, command.frozen_by)
    of_this = freeze is not None and (freeze.coin, freeze.account) == (asset, command.account)
    if freeze is None or not of_this or freeze.order_kind != LawfulKind.FREEZE or freeze.end:
        return Reject.UNKNOWN_LAWFUL_ORDER
    return Reject.NONE


def order_lawful(step: Step, command: OrderLawful) -> Answer:
    for test in (_duty_reject, _scope_reject, _target_reject):
        reject = test(step, command)
        if reject != Reject.NONE:
            return reject
    return enter_order(step, command, command.coin)


def enter_order(step: Step, command: OrderLawful | OrderOverCurrency, asset: int) -> Applied:
    """Write an order down that was tested, and take what there is."""
    lawful = step.affairs.lawful
    lawful.append(
        Lawful(
            order_kind=command.order_kind,
            coin=asset,
            account=command.account,
            wanted_atoms=command.atoms,
            frozen_atoms=0,
            to_account=command.to_account,
            frozen_by=command.frozen_by,
            authority=command.authority,
            second=command.second,
            basis=command.basis,
            expires_ns=command.expires_ns,
            end=LawfulEnd.NONE,
            appealed=False,
        )
    )
    number = len(lawful)
    step.wake(command.expires_ns, DUE_LAWFUL, number)
    _take(step, number)
    order = lawful[number - 1]
    fields = {
        "symbol": order.coin,
        "order_id": number,
        "side": order.order_kind,
        "account": order.account,
        "maker_account": order.to_account,
        "quantity_lots": command.atoms,
        "remaining_lots": order.wanted_atoms,
        "price_ticks": order.expires_ns,
    }
    return Applied(EventKind.LAWFUL_ORDERED, number, fields)


class _Taken(NamedTuple):
    atoms: int
    orders_ended: bool


def _take(step: Step, number: int) -> _Taken:
    """Take what there is of what the order still wants."""
    order = step.affairs.lawful[number - 1]
    freeze = step.affairs.lawful[order.frozen_by - 1] if order.frozen_by else None
    thawed = min(order.wanted_atoms, freeze.frozen_atoms) if freeze and not freeze.end else 0
    if freeze and thawed:
        freeze.frozen_atoms -= thawed
        step.hold(order.account, order.coin, -thawed)
        step.say(
            EventKind.LAWFUL_THAWED,
            symbol=order.coin,
            order_id=order.frozen_by,
            side=LawfulKind.FREEZE,
            account=order.account,
            quantity_lots=thawed,
        )
    wanted = order.wanted_atoms
    is_short = step.free_atoms(order.account, order.coin) < wanted
    orders_ended = is_short and bool(step.memory["accounts"][order.account]["orders_open"])
    if orders_ended:
        step.memory.make_room()
        expire_orders(step.memory.table, order.account, step.sequence)
    if step.memory.counters[layout.RULES_VERSION] >= _RULES_OF_REACH:
        unbind(step, order.account, order.coin, wanted)
    taken = min(wanted, step.free_atoms(order.account, order.coin))
    if taken == 0:
        return _Taken(0, orders_ended)
    order.wanted_atoms -= taken
    if order.order_kind == LawfulKind.FREEZE:
        order.frozen_atoms += taken
        step.hold(order.account, order.coin, taken)
    elif order.order_kind == LawfulKind.SEIZE:
        step.move(order.account, order.to_account, order.coin, taken)
    else:  # of a coin alone
        issue_account = step.affairs.coins[order.coin].issue_account
        step.move(order.account, issue_account, order.coin, taken)
        step.move(issue_account, order.to_account, order.coin, taken)
    step.say(
        EventKind.LAWFUL_TAKEN,
        symbol=order.coin,
        order_id=number,
        side=order.order_kind,
        account=order.account,
        maker_account=order.to_account,
        quantity_lots=taken,
        remaining_lots=order.wanted_atoms,
    )
    if order.wanted_atoms == 0 and order.order_kind != LawfulKind.FREEZE:
        step.say(EventKind.LAWFUL_ENDED, **_end(step, number, LawfulEnd.FULFILLED))
    return _Taken(taken, orders_ended)


def _end(step: Step, number: int, end: LawfulEnd) -> dict[str, int]:
    """End an order: what a freeze holds goes back. Returns the fields of LAWFUL_ENDED."""
    order = step.affairs.lawful[number - 1]
    given_back, order.frozen_atoms = order.frozen_atoms, 0
    order.end = end
    if given_back:
        step.hold(order.account, order.coin, -given_back)
    return {
        "symbol": order.coin,
        "order_id": number,
        "side": order.order_kind,
        "account": order.account,
        "quantity_lots": given_back,
        "reason": end,
    }


def enforce_order(step: Step, command: EnforceOrder) -> Answer:
    order = step.affairs.lawful[command.order - 1]
    if order.end:
        return Reject.ORDER_ENDED
    if order.to_account and is_closed(step, order.to_account):
        return Reject.WALLET_CLOSED
    taken = _take(step, command.order)
    if taken == _Taken(0, orders_ended=False):
        return Reject.NO_CHANGE
    fields = {
        "symbol": order.coin,
        "order_id": command.order,
        "side": order.order_kind,
        "account": order.account,
        "quantity_lots": taken.atoms,
        "remaining_lots": order.wanted_atoms,
    }
    return Applied(EventKind.LAWFUL_ENFORCED, 0, fields)


def lift_order(step: Step, command: LiftOrder) -> Answer:
    if step.affairs.lawful[command.order - 1].end:
        return Reject.ORDER_ENDED
    return Applied(EventKind.LAWFUL_ENDED, 0, _end(step, command.order, LawfulEnd.LIFTED))


def lawful_due(step: Step, number: int) -> None:
    """A timer at an order's expiry; one that has ended is passed over."""
    if not step.affairs.lawful[number - 1].end:
        step.say(EventKind.LAWFUL_ENDED, **_end(step, number, LawfulEnd.EXPIRED))


def appeal_order(step: Step, command: AppealOrder) -> Answer:
    """By the holder; it is told to everybody and changes nothing until it is decided."""
    order = _order(step, command.order)
    if order is None:
        return Reject.UNKNOWN_LAWFUL_ORDER
    if order.account != command.account:
        return Reject.NOT_A_PARTY
    if order.end:
        return Reject.ORDER_ENDED
    if order.appealed:
        return Reject.APPEAL_PENDING
    if not is_long_text(command.text):
        return Reject.INVALID_COMMAND
    order.appealed = True
    fields = {
        "symbol": order.coin,
        "order_id": command.order,
        "side": order.order_kind,
        "account": command.account,
    }
    return Applied(EventKind.APPEALED, 0, fields)


def decide_appeal(step: Step, command: DecideAppeal) -> Answer:
    order = step.affairs.lawful[command.order - 1]
    if order.end:
        return Reject.ORDER_ENDED
    if not order.appealed:
        return Reject.NO_APPEAL
    if command.granted not in (0, 1):
        return Reject.INVALID_COMMAND
    order.appealed = False
    if command.granted:
        step.say(EventKind.LAWFUL_ENDED, **_end(step, command.order, LawfulEnd.APPEAL_GRANTED))
    fields = {
        "symbol": order.coin,
        "order_id": command.order,
        "side": order.order_kind,
        "account": order.account,
        "quantity_lots": command.granted,
    }
    return Applied(EventKind.APPEAL_DECIDED, 0, fields)
