"""Compile every kernel of the views, or load it from the cache, before anyone waits for an answer."""

from functools import cache

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import (
    COMMAND,
    AccountKind,
    CommandKind,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    PlainCommand,
    Side,
)
from venus.records.events import EVENT, EventFlag, EventKind
from venus.views import balance_questions as balances
from venus.views import catalog
from venus.views import market_questions as market
from venus.views import order_questions as orders
from venus.views.house import Views
from venus.views.kernels.index import index_for, index_has_room, index_rebuild
from venus.views.kernels.wallet_moves import DAY, count_payment
from venus.views.questions import Question
from venus.views.wallet_movements import Movements
from venus.views.wallet_rows import Wallets

_OPENING: tuple[tuple[PlainCommand, EventKind, int, int], ...] = (  # with its event's kind, symbol, quantity
    (OpenAccounts(reference="0", account_kind=AccountKind.HOUSE, count=1, label="0", tier=0, trade_group=-1),
     EventKind.ACCOUNTS_OPENED, 0, 1),
    (ListAsset(reference="1", code="Q", scale=0), EventKind.ASSET_LISTED, 0, 0),
    (ListAsset(reference="2", code="B", scale=0), EventKind.ASSET_LISTED, 1, 0),
    (ListSymbol(reference="3", code="BQ", base_asset=1, quote_asset=0, tick_atoms=1, lot_atoms=1, price_ticks_min=1,
                price_ticks_max=1, quantity_lots_min=1, quantity_lots_max=1, market_lots_max=1, notional_atoms_min=0,
                notional_atoms_max=1, orders_max=1, stp_allowed=1, stp_default=0),
     EventKind.SYMBOL_LISTED, 0, 0),
)  # fmt: skip

_QUESTIONS: tuple[Question, ...] = (
    catalog.CatalogQuestion(),
    catalog.AccountQuestion(0),
    balances.BalancesQuestion(0),
    balances.TotalsQuestion(),
    orders.OrderQuestion(0, 0, client_hi=1),
    orders.OpenOrdersQuestion(0, 0),
    orders.OrdersQuestion(0, 0, end_ns=1, newest=True),
    orders.OrdersQuestion(0, 0, end_ns=1, newest=False),
    orders.TradesQuestion(0, 0, end_ns=1),
    orders.TradesQuestion(0, 0, order_id=1),
    orders.OrderListQuestion(0, client_hi=1),
    orders.OpenOrderListsQuestion(0),
    orders.OrderListsQuestion(0),
    orders.PreventionsQuestion(0, 0, match_id=1),
    orders.PreventionsQuestion(0, 0, order_id=1),
    orders.AmendmentsQuestion(0, 0, 1),
    market.DepthQuestion(0),
    market.TopsQuestion((0,)),
    market.MarketTradesQuestion(0),
    market.AggTradesQuestion(0, start_ns=1),
    market.CandlesQuestion(0, 0),
    market.TickerQuestion((0,)),
    market.AveragePriceQuestion(0),
)


@cache
def warm() -> None:
    """Open and list the least there can be, let one order meet another, ask everything, and grow an index.

    Once a process.
    """
    views = Views()
    for i, (command, kind, symbol, quantity) in enumerate(_OPENING):
        event = np.zeros(1, EVENT)
        event["sequence"], event["kind"], event["symbol"], event["quantity_lots"] = i + 1, kind, symbol, quantity
        views.apply(Batch(i, 1, i + 1, np.zeros(0, COMMAND), b"", command, event))
    views.apply(_meeting(views.sequence + 1))
    views.publication()
    for question in _QUESTIONS:
        views.answer(question)
    wallets, days = Wallets(), np.zeros(0, DAY)
    Movements(kept=1).fold(_meeting(1), wallets, days)
    count_payment(wallets.rows, days, 0, 0, 1)
    index = index_for(0)
    if index_has_room(index, 0, 1):
        index_rebuild(index, index_for(0))


def _meeting(first_sequence: int) -> Batch:
    """An order that rests and one that takes it, both of the house."""
    commands = np.zeros(2, COMMAND)
    commands["kind"], commands["type"], commands["client_hi"] = CommandKind.ORDER, OrderType.LIMIT, (1, 2)
    commands["price_ticks"], commands["quantity"], commands["side"] = 1, 1, (Side.BUY, Side.SELL)
    events = np.zeros(3, EVENT)
    events["sequence"] = np.array((0, 1, 1)) + first_sequence
    events["kind"] = EventKind.ACCEPTED, EventKind.ACCEPTED, EventKind.TRADE
    events["order_id"], events["maker_order_id"] = (1, 2, 2), (0, 0, 1)
    events["side"], events["price_ticks"], events["quantity_lots"] = (Side.BUY, Side.SELL, Side.SELL), 1, 1
    events["remaining_lots"], events["hold_atoms"], events["trade_id"] = (1, 0, 0), (1, 0, 0), (0, 0, 1)
    events["flags"] = 0, 0, EventFlag.TAKER_DONE | EventFlag.MAKER_DONE
    return Batch(len(_OPENING), 1, first_sequence, commands, b"", None, events)
