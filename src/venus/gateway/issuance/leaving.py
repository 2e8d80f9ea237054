"""What a holder's command parts with, now or later: whether it may, is asked before it is handed in."""

from typing import NamedTuple

from venus.engine.client import EngineClient
from venus.records import coins, holds
from venus.records.commands import PlainCommand
from venus.views.holdings_questions import HoldingsAnswer, HoldingsQuestion


class Leaving(NamedTuple):
    account: int
    asset: int
    atoms: int


async def leaving_of(client: EngineClient, command: PlainCommand) -> Leaving | None:
    """None: it parts with nothing. What comes back in exchange is not counted."""
    match command:
        case coins.RequestRedemption():
            return Leaving(command.account, command.coin, command.atoms)
        case holds.CreateHold() | holds.TransferFrom() | holds.TransferAuthorized():
            return Leaving(command.account, command.asset, command.atoms)
        case holds.SchedulePayment():
            return Leaving(command.account, command.asset, command.atoms * command.count)
        case holds.ProposeTrade():
            return Leaving(command.account, command.give_asset, command.give_atoms)
        case holds.AcceptTrade():
            bound = await client.ask(HoldingsQuestion(command.account))
            assert isinstance(bound, HoldingsAnswer)
            for trade in bound.trades:
                if trade.number == command.trade:
                    return Leaving(command.account, trade.take_asset, trade.take_atoms)
    return None
