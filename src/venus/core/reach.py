"""What a lawful order reaches beyond free money: what its account bound itself. Source: docs/rules/lawful_orders.md."""

from venus.core.backing import settle
from venus.core.p2p_reach import unbind_market
from venus.core.purposes import loosen
from venus.core.redemption import withdraw
from venus.core.steps import Step
from venus.core.trades import withdraw as withdraw_trade
from venus.records.events import EventKind
from venus.records.holds import Release


def unbind(step: Step, account: int, coin: int, wanted_atoms: int) -> None:
    """Let go what was bound last first, until so many are free: trades proposed, holds, then redemptions of a coin and
    purposes given of a currency, then what the market between people holds."""
    affairs = step.affairs

    def short_atoms() -> int:
        return max(0, wanted_atoms - step.free_atoms(account, coin))

    trades = [number for number, one in affairs.trades.items() if (one.account, one.give_asset) == (account, coin)]
    for number in sorted(trades, reverse=True):
        if short_atoms():  # what is to change hands against something else goes back whole
            step.say(EventKind.TRADE_WITHDRAWN, **withdraw_trade(step, number, Release.LAWFUL))
    holds = [number for number, one in affairs.holds.items() if (one.account, one.asset) == (account, coin)]
    for number in sorted(holds, reverse=True):
        if short := short_atoms():
            _loosen(step, number, short)
    if coin not in affairs.coins:
        _unbind_purposes(step, account, coin, wanted_atoms)
        unbind_market(step, account, coin, short_atoms)
        return
    queue = affairs.coins[coin].queue
    waiting = [number for number in queue if affairs.redemptions[number].account == account]
    for number in reversed(waiting):
        if short := short_atoms():
            fields = withdraw(step, number, min(short, affairs.redemptions[number].atoms), Release.LAWFUL)
            step.say(EventKind.REDEMPTION_WITHDRAWN, **fields)
    unbind_market(step, account, coin, short_atoms)
    settle(step, affairs.coins[coin])  # an overdue one may be gone


def _unbind_purposes(step: Step, account: int, asset: int, wanted_atoms: int) -> None:
    purposes = step.affairs.purposes
    given = [number for number, one in purposes.items() if (one.account, one.asset) == (account, asset)]
    for number in sorted(given, reverse=True):
        if short := max(0, wanted_atoms - step.free_atoms(account, asset)):
            loosen(step, number, short)


def _loosen(step: Step, number: int, wanted_atoms: int) -> None:
    """Take so much of a hold, or all of it."""
    hold = step.affairs.holds[number]
    taken = min(wanted_atoms, hold.atoms)
    hold.atoms -= taken
    if hold.atoms == 0:
        del step.affairs.holds[number]
    step.hold(hold.account, hold.asset, -taken)
    step.say(
        EventKind.HOLD_RELEASED,
        order_id=number,
        account=hold.account,
        maker_account=hold.target,
        symbol=hold.asset,
        quantity_lots=taken,
        remaining_lots=hold.atoms,
        reason=Release.LAWFUL,
    )
