"""Coins back for money: the queue, its clock, its payment. Source: docs/rules/issuance.md, "Redemption"."""

from bisect import bisect_right
from itertools import pairwise

from venus.core.affairs import Coin, Redemption
from venus.core.backing import count_reserve, reserve_is_open, settle
from venus.core.steps import DUE_REDEMPTION, Answer, Applied, Step, is_amount, is_text
from venus.records.coins import (
    DAY_NS,
    OWN_MONEY,
    AdoptCalendar,
    PayRedemptions,
    RequestRedemption,
    WithdrawRedemption,
    receipt_digest,
)
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.holds import Release
from venus.records.rejects import Reject

_CUTOFFS_MAX = 8192
_TIME_NS_MAX = 2**62


def adopt_calendar(step: Step, command: AdoptCalendar) -> Answer:
    cutoffs = command.cutoffs_ns
    if not is_text(command.name) or not is_text(command.zone) or not 1 <= len(cutoffs) <= _CUTOFFS_MAX:
        return Reject.INVALID_COMMAND
    if cutoffs[0] < 0 or cutoffs[-1] > _TIME_NS_MAX or any(a >= b for a, b in pairwise(cutoffs)):
        return Reject.INVALID_COMMAND
    step.affairs.calendars.append(command)
    number = len(step.affairs.calendars) - 1
    return Applied(EventKind.CALENDAR_ADOPTED, number, {"order_id": number})


def deadline_ns(cutoffs_ns: tuple[int, ...], days: int, time_ns: int) -> int:
    """End of the business day that comes `days` behind the one in which the time falls."""
    place = bisect_right(cutoffs_ns, time_ns) + days
    if place < len(cutoffs_ns):
        return cutoffs_ns[place]
    # A calendar that ran out goes on day by day, holidays too: that is never to the holder's harm.
    return max(cutoffs_ns[-1], time_ns) + (place - len(cutoffs_ns) + 1) * DAY_NS


def request_redemption(step: Step, command: RequestRedemption) -> Answer:
    """No pause, stop or halt is asked: money can always be asked back."""
    affairs = step.affairs
    coin = affairs.coins.get(command.coin)
    if coin is None:
        return Reject.UNKNOWN_COIN
    if not (kind := step.accounts_kind(command.account)):
        return Reject.UNKNOWN_ACCOUNT
    if kind in (AccountKind.EXTERNAL, AccountKind.WALLET) or command.account == coin.escrow_account:
        return Reject.ACCOUNT_UNSUITED
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if not is_text(command.payee):
        return Reject.INVALID_COMMAND
    if step.is_frozen(command.account):
        return Reject.ACCOUNT_FROZEN
    if step.free_atoms(command.account, coin.asset) < command.atoms:
        return Reject.INSUFFICIENT_FREE
    assert coin.pack is not None, "coins exist, so a pack was adopted"
    cutoffs_ns = affairs.calendars[coin.pack.calendar].cutoffs_ns
    due_ns = deadline_ns(cutoffs_ns, coin.pack.redemption_days, step.time_ns)
    affairs.redemptions_count += 1
    number = affairs.redemptions_count
    affairs.redemptions[number] = Redemption(
        coin=coin.asset,
        account=command.account,
        atoms=command.atoms,
        deadline_ns=due_ns,
        overdue=False,
        payee=command.payee,
    )
    coin.queue.append(number)
    coin.waiting_atoms += command.atoms
    step.move(command.account, coin.escrow_account, coin.asset, command.atoms)
    step.hold(coin.escrow_account, coin.asset, command.atoms)
    step.wake(due_ns, DUE_REDEMPTION, number)
    fields = {
        "symbol": coin.asset,
        "order_id": number,
        "account": command.account,
        "quantity_lots": command.atoms,
        "price_ticks": due_ns,
    }
    return Applied(EventKind.REDEMPTION_REQUESTED, number, fields)


def withdraw(step: Step, number: int, atoms: int, reason: Release) -> dict[str, int]:
    """Give coins that wait back to the account that asked; the fields of REDEMPTION_WITHDRAWN."""
    redemption = step.affairs.redemptions[number]
    coin = step.affairs.coins[redemption.coin]
    redemption.atoms -= atoms
    coin.waiting_atoms -= atoms
    step.hold(coin.escrow_account, coin.asset, -atoms)
    step.move(coin.escrow_account, redemption.account, coin.asset, atoms)
    if redemption.atoms == 0:
        coin.queue.remove(number)
        coin.overdue -= redemption.overdue
        del step.affairs.redemptions[number]
    return {
        "symbol": coin.asset,
        "order_id": number,
        "account": redemption.account,
        "quantity_lots": atoms,
        "remaining_lots": redemption.atoms,
        "reason": reason,
    }


def withdraw_redemption(step: Step, command: WithdrawRedemption) -> Answer:
    redemption = step.affairs.redemptions.get(command.redemption)
    if redemption is None:
        return Reject.UNKNOWN_REDEMPTION
    if command.account != redemption.account:
        return Reject.NOT_A_PARTY
    if redemption.overdue:
        return Reject.REDEMPTION_LATE
    fields = withdraw(step, command.redemption, redemption.atoms, Release.RECLAIMED)
    return Applied(EventKind.REDEMPTION_WITHDRAWN, 0, fields)


def redemption_due(step: Step, number: int) -> None:
    """A timer at a deadline; one that was paid is passed over."""
    redemption = step.affairs.redemptions.get(number)
    if redemption is None:
        return
    coin = step.affairs.coins[redemption.coin]
    redemption.overdue = True
    coin.overdue += 1
    step.say(
        EventKind.REDEMPTION_OVERDUE,
        symbol=coin.asset,
        order_id=number,
        account=redemption.account,
        quantity_lots=redemption.atoms,
        price_ticks=redemption.deadline_ns,
    )
    settle(step, coin)


def _source_reject(step: Step, command: PayRedemptions) -> Reject:
    """Whether the reserve can have paid it."""
    if command.reserve == OWN_MONEY:
        return Reject.NONE
    if not reserve_is_open(step.affairs, command.reserve):
        return Reject.UNKNOWN_RESERVE
    reserve = step.affairs.reserves[command.reserve]
    if reserve.coin != command.coin:
        return Reject.UNKNOWN_RESERVE
    return Reject.NONE if reserve.atoms >= command.atoms else Reject.RESERVE_SHORT


def pay_redemptions(step: Step, command: PayRedemptions) -> Answer:
    coin = step.affairs.coins[command.coin]
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if command.atoms > coin.waiting_atoms:
        return Reject.NOTHING_TO_REDEEM
    if not is_text(command.bank_reference):
        return Reject.INVALID_COMMAND
    reject = _source_reject(step, command)
    if reject != Reject.NONE:
        return reject
    place = OWN_MONEY - command.coin if command.reserve == OWN_MONEY else command.reserve
    digest = receipt_digest(place, command.bank_reference)
    if step.is_remembered(digest):
        return Reject.RECEIPT_USED
    step.remember(digest)
    _pay_queue(step, coin, command.atoms)
    left_atoms = 0
    if command.reserve != OWN_MONEY:
        reserve = step.affairs.reserves[command.reserve]
        reserve.atoms -= command.atoms
        reserve.moved_ns = step.time_ns
        left_atoms = reserve.atoms
        count_reserve(step, command.reserve)
    settle(step, coin)
    fields = {
        "symbol": coin.asset,
        "order_id": command.reserve,
        "price_ticks": left_atoms,
        "quantity_lots": command.atoms,
        "remaining_lots": coin.supply_atoms,
    }
    return Applied(EventKind.REDEMPTIONS_PAID, 0, fields)


def _pay_queue(step: Step, coin: Coin, atoms: int) -> None:
    """Who waits longest first, each wholly before the next."""
    redemptions = step.affairs.redemptions
    coin.waiting_atoms -= atoms
    coin.supply_atoms -= atoms
    done = 0
    while atoms:
        number = coin.queue[done]
        redemption = redemptions[number]
        paid = min(atoms, redemption.atoms)
        atoms -= paid
        redemption.atoms -= paid
        step.hold(coin.escrow_account, coin.asset, -paid)
        step.move(coin.escrow_account, coin.issue_account, coin.asset, paid)
        step.say(
            EventKind.REDEMPTION_PAID,
            symbol=coin.asset,
            order_id=number,
            account=redemption.account,
            quantity_lots=paid,
            remaining_lots=redemption.atoms,
        )
        if redemption.atoms == 0:
            done += 1
            coin.overdue -= redemption.overdue
            del redemptions[number]
    del coin.queue[:done]
