"""What a holder's command parts with, now or later: whether it may, is asked before it is handed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.wallet.retained import parting
from venus.records import coins, currency, holds
from venus.records.commands import PlainCommand
from venus.views.holdings_questions import Schedule, TradeAnswer, TradeQuestion


class Leaving(NamedTuple):
    account: int
    atoms: dict[int, int]  # by asset
    schedule: Schedule | None = None  # that it sets up


@asynccontextmanager
async def parting_by(desk: Desk, command: PlainCommand) -> AsyncIterator[None]:
    """As `parting`, for whatever the command parts with. Raises ApiError."""
    leaving = await leaving_of(desk, command)
    if leaving is None:
        yield
        return
    async with parting(desk, leaving.account, leaving.atoms, schedule=leaving.schedule):
        yield


async def leaving_of(desk: Desk, command: PlainCommand) -> Leaving | None:
    """None: it parts with nothing. What comes back in exchange is not counted."""
    match command:
        case coins.RequestRedemption():
            return Leaving(command.account, {command.coin: command.atoms})
        case holds.CreateHold() | holds.TransferFrom() | holds.TransferAuthorized() | currency.BindPurpose():
            return Leaving(command.account, {command.asset: command.atoms})
        case holds.SchedulePayment():
            made = Schedule(
                number=0,
                account=command.account,
                to_account=command.to_account,
                asset=command.asset,
                atoms=command.atoms,
                next_ns=command.first_ns,
                every_ns=command.every_ns,
                left=command.count,
            )
            return Leaving(command.account, {}, made)
        case holds.ProposeTrade():
            return Leaving(command.account, {command.give_asset: command.give_atoms})
        case holds.AcceptTrade():
            trade = (await desk.ask(TradeQuestion(command.trade), TradeAnswer)).trade
            if trade is not None:
                return Leaving(command.account, {trade.take_asset: trade.take_atoms})
    return None
