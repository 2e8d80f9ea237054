"""When an order would meet one of its own. Source: docs/rules/self_trade.md."""

from typing import NamedTuple

from venus.model.book import Order
from venus.model.ledger import Ledger
from venus.records.commands import TRADE_GROUP_NONE, SelfTrade


class Prevention(NamedTuple):
    mode: SelfTrade  # that applied
    taker_lots: int  # prevented of each
    maker_lots: int
    taker_done: bool


def is_self_trade(ledger: Ledger, account: int, other: int) -> bool:
    group = ledger.accounts[account].trade_group
    same_group = group != TRADE_GROUP_NONE and group == ledger.accounts[other].trade_group
    return account == other or same_group


def prevention(taker: Order, maker: Order, taker_lots: int, affordable_lots: int, by_quote: bool) -> Prevention:
    """What the taker's mode does to two orders that must not trade.

    taker_lots       what the taker still wants; UNLIMITED if only its budget limits it
    affordable_lots  ≥ 1, at the maker's price
    """
    mode = taker.stp
    if mode is SelfTrade.TRANSFER and (maker.stp is not SelfTrade.TRANSFER or taker.account == maker.account):
        mode = SelfTrade.DECREMENT
    whole_taker_lots = min(taker_lots, affordable_lots) if by_quote else taker_lots
    if mode is SelfTrade.EXPIRE_TAKER:
        return Prevention(mode, whole_taker_lots, 0, True)
    if mode is SelfTrade.EXPIRE_MAKER:
        return Prevention(mode, 0, maker.remaining_lots, False)
    if mode is SelfTrade.EXPIRE_BOTH:
        return Prevention(mode, whole_taker_lots, maker.remaining_lots, True)
    assert mode in (SelfTrade.DECREMENT, SelfTrade.TRANSFER), mode
    both_lots = min(taker_lots, maker.met_lots, affordable_lots)
    return Prevention(mode, both_lots, both_lots, both_lots == taker_lots)
