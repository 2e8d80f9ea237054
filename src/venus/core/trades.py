"""Delivery versus payment between two holders, and payments at a time. Source: docs/rules/holds.md."""

from venus.core.affairs import Schedule, Trade
from venus.core.holds import (
    TIME_NS_MAX,
    amount_reject,
    first_of,
    is_time,
    money_reject,
    other_reject,
    payer_reject,
    payment_reject,
)
from venus.core.kernels.payments import PAYS
from venus.core.steps import DUE_SCHEDULE, DUE_TRADE, Answer, Applied, Step
from venus.records.events import EventKind
from venus.records.holds import (
    AcceptTrade,
    CancelSchedule,
    ProposeTrade,
    Release,
    SchedulePayment,
    WithdrawTrade,
)
from venus.records.rejects import Reject
from venus.units import NS_PER_S

_COUNT_MAX = 10_000
_EVERY_NS_MIN = 60 * NS_PER_S


def propose_trade(step: Step, command: ProposeTrade) -> Answer:
    reject = first_of(
        payer_reject(step, command.account),
        other_reject(step, command.counterparty),
        amount_reject(step, command.give_asset, command.give_atoms),
        amount_reject(step, command.take_asset, command.take_atoms),
    )
    if reject != Reject.NONE:
        return reject
    if not is_time(command.expires_ns):
        return Reject.INVALID_COMMAND
    if command.account == command.counterparty or command.give_asset == command.take_asset:
        return Reject.INVALID_TRANSFER
    if command.expires_ns <= step.time_ns:
        return Reject.INVALID_COMMAND
    if step.has_wallet(command.account, command.counterparty):
        return Reject.ACCOUNT_UNSUITED  # a wallet has one currency: it cannot take what it does not give
    reject = money_reject(step, command.account, command.give_asset, command.give_atoms)
    if reject != Reject.NONE:
        return reject
    affairs = step.affairs
    affairs.trades_count += 1
    number = affairs.trades_count
    affairs.trades[number] = Trade(
        account=command.account,
        counterparty=command.counterparty,
        give_asset=command.give_asset,
        give_atoms=command.give_atoms,
        take_asset=command.take_asset,
        take_atoms=command.take_atoms,
        expires_ns=command.expires_ns,
    )
    step.hold(command.account, command.give_asset, command.give_atoms)
    step.wake(command.expires_ns, DUE_TRADE, number)
    fields = {
        "order_id": number,
        "account": command.account,
        "maker_account": command.counterparty,
        "symbol": command.give_asset,
        "quantity_lots": command.give_atoms,
        "maker_order_id": command.take_asset,
        "remaining_lots": command.take_atoms,
        "price_ticks": command.expires_ns,
    }
    return Applied(EventKind.TRADE_PROPOSED, number, fields)


def accept_trade(step: Step, command: AcceptTrade) -> Answer:
    """Both move or neither: every test comes before the first move."""
    trade = step.affairs.trades.get(command.trade)
    if trade is None:
        return Reject.UNKNOWN_TRADE
    if command.account != trade.counterparty:
        return Reject.NOT_A_PARTY
    if step.is_frozen(trade.account):
        return Reject.ACCOUNT_FROZEN
    reject = money_reject(step, trade.counterparty, trade.take_asset, trade.take_atoms)
    if reject != Reject.NONE:
        return reject
    del step.affairs.trades[command.trade]
    step.hold(trade.account, trade.give_asset, -trade.give_atoms)
    step.move(trade.account, trade.counterparty, trade.give_asset, trade.give_atoms)
    step.move(trade.counterparty, trade.account, trade.take_asset, trade.take_atoms)
    fields = {"order_id": command.trade, "account": trade.account, "maker_account": trade.counterparty}
    return Applied(EventKind.TRADE_SETTLED, 0, fields)


def withdraw(step: Step, number: int, reason: Release) -> dict[str, int]:
    """What was set aside goes back; the fields of TRADE_WITHDRAWN."""
    trade = step.affairs.trades.pop(number)
    step.hold(trade.account, trade.give_asset, -trade.give_atoms)
    return {
        "order_id": number,
        "account": trade.account,
        "maker_account": trade.counterparty,
        "symbol": trade.give_asset,
        "quantity_lots": trade.give_atoms,
        "reason": reason,
    }


def withdraw_trade(step: Step, command: WithdrawTrade) -> Answer:
    trade = step.affairs.trades.get(command.trade)
    if trade is None:
        return Reject.UNKNOWN_TRADE
    if command.account not in (trade.account, trade.counterparty):
        return Reject.NOT_A_PARTY
    reason = Release.RECLAIMED if command.account == trade.account else Release.RELEASED
    return Applied(EventKind.TRADE_WITHDRAWN, 0, withdraw(step, command.trade, reason))


def trade_due(step: Step, number: int) -> None:
    """A timer at a proposal's end; one that is done is passed over."""
    if number in step.affairs.trades:
        step.say(EventKind.TRADE_WITHDRAWN, **withdraw(step, number, Release.TIMED_OUT))


def schedule_payment(step: Step, command: SchedulePayment) -> Answer:
    reject = first_of(
        payer_reject(step, command.account),
        other_reject(step, command.to_account),
        amount_reject(step, command.asset, command.atoms),
    )
    if reject != Reject.NONE:
        return reject
    if not is_time(command.first_ns) or not is_time(command.every_ns):
        return Reject.INVALID_COMMAND
    if command.account == command.to_account:
        return Reject.INVALID_TRANSFER
    if not step.time_ns < command.first_ns or not 1 <= command.count <= _COUNT_MAX:
        return Reject.INVALID_COMMAND
    repeats = command.count > 1
    if (command.every_ns < _EVERY_NS_MIN if repeats else command.every_ns != 0) or (
        command.first_ns + command.every_ns * command.count > TIME_NS_MAX
    ):
        return Reject.INVALID_COMMAND
    affairs = step.affairs
    affairs.schedules_count += 1
    number = affairs.schedules_count
    affairs.schedules[number] = Schedule(
        account=command.account,
        to_account=command.to_account,
        asset=command.asset,
        atoms=command.atoms,
        next_ns=command.first_ns,
        every_ns=command.every_ns,
        left=command.count,
    )
    step.wake(command.first_ns, DUE_SCHEDULE, number)
    fields = {
        "order_id": number,
        "account": command.account,
        "maker_account": command.to_account,
        "symbol": command.asset,
        "quantity_lots": command.atoms,
        "remaining_lots": command.count,
        "price_ticks": command.first_ns,
    }
    return Applied(EventKind.PAYMENT_SCHEDULED, number, fields)


def schedule_due(step: Step, number: int, due_ns: int) -> None:
    """A timer of a schedule: pay, or say why not; then the next time."""
    schedule = step.affairs.schedules.get(number)
    if schedule is None:
        return
    assert schedule.next_ns == due_ns, (schedule, due_ns)
    reject = payment_reject(step, schedule.account, schedule.to_account, schedule.asset, schedule.atoms, PAYS)
    if reject == Reject.NONE:
        step.pay(schedule.account, schedule.to_account, schedule.asset, schedule.atoms, PAYS)
    schedule.left -= 1
    step.say(
        EventKind.SCHEDULE_FAILED if reject != Reject.NONE else EventKind.SCHEDULE_PAID,
        order_id=number,
        account=schedule.account,
        maker_account=schedule.to_account,
        symbol=schedule.asset,
        quantity_lots=schedule.atoms,
        remaining_lots=schedule.left,
        reason=reject,
    )
    if schedule.left == 0:
        del step.affairs.schedules[number]
    else:
        schedule.next_ns += schedule.every_ns
        step.wake(schedule.next_ns, DUE_SCHEDULE, number)


def cancel_schedule(step: Step, command: CancelSchedule) -> Answer:
    schedule = step.affairs.schedules.get(command.schedule)
    if schedule is None:
        return Reject.UNKNOWN_SCHEDULE
    if command.account != schedule.account:
        return Reject.NOT_A_PARTY
    del step.affairs.schedules[command.schedule]
    fields = {"order_id": command.schedule, "account": command.account, "remaining_lots": schedule.left}
    return Applied(EventKind.SCHEDULE_ENDED, 0, fields)
