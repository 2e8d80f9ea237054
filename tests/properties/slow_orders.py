"""Orders and trades of accounts by a fold so slow that it is obvious: dicts, lists, one event at a time."""

from dataclasses import dataclass, field

import numpy as np

from tests.properties.random_exchange import TEXT_OF
from venus.records.batch import Batch
from venus.records.commands import CommandFlag, Side
from venus.records.events import EventFlag, EventKind, unpack_events
from venus.views.orders import ORDER_ROW, OrderStatus


@dataclass
class SlowOrder:
    """An order, field for field as ORDER_ROW, and its text."""

    order_id: int
    time_ns: int
    updated_ns: int
    client_hi: int
    client_lo: int
    price_ticks: int
    quantity: int
    executed_lots: int
    executed_tick_lots: int
    prevented_lots: int
    prevented_match_id: int
    account: int
    symbol: int
    side: int
    type: int
    tif: int
    stp: int
    flags: int
    status: int
    reason: int

    @property
    def text(self) -> str:
        return TEXT_OF[self.client_hi, self.client_lo]

    @property
    def is_open(self) -> bool:
        return self.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)

    def row(self) -> tuple[int, ...]:
        return (*(getattr(self, name) for name in ORDER_ROW.names[:-1]), len(self.text))


@dataclass
class SlowOrders:
    """Every order in a dict, every trade of an account in a list, read straight from docs/rules/events.md."""

    orders: dict[int, SlowOrder] = field(default_factory=dict)
    trades: list[tuple[int, ...]] = field(default_factory=list)  # as TRADE_ROW without reserved
    bearers: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # (account, digest): by taking

    def apply(self, batch: Batch) -> None:
        for event in unpack_events(batch.events.tobytes()):
            command = batch.commands[event.sequence - batch.first_sequence] if batch.cold is None else None
            order = self.orders.get(event.order_id)
            maker = self.orders.get(event.maker_order_id)
            match event.kind:
                case EventKind.ACCEPTED:
                    names = ("price_ticks", "quantity")
                    self.orders[event.order_id] = SlowOrder(
                        event.order_id, batch.time_ns, batch.time_ns, 0, 0, *(int(command[name]) for name in names),
                        0, 0, 0, 0, event.account, event.symbol, event.side, int(command["type"]), int(command["tif"]),
                        int(command["stp"]), int(command["flags"]) & CommandFlag.IN_QUOTE, OrderStatus.NEW, 0,
                    )  # fmt: skip
                    self.rename(self.orders[event.order_id], command)
                case EventKind.AMENDED:
                    order.quantity = event.quantity_lots
                    self.rename(order, command)
                case EventKind.TRADE:
                    for side, flag in ((order, EventFlag.TAKER_DONE), (maker, EventFlag.MAKER_DONE)):
                        side.executed_lots += event.quantity_lots
                        side.executed_tick_lots += event.price_ticks * event.quantity_lots
                        side.status = OrderStatus.FILLED if event.flags & flag else OrderStatus.PARTIALLY_FILLED
                        side.updated_ns = batch.time_ns
                        is_buyer = int(side.side == Side.BUY)
                        fee = event.maker_fee_atoms if side is maker else event.taker_fee_atoms
                        self.trades.append(
                            (event.trade_id, side.order_id, event.price_ticks, event.quantity_lots, fee, batch.time_ns,
                             side.account, side.symbol, is_buyer, int(side is maker), is_buyer)
                        )  # fmt: skip
                case EventKind.PREVENTED:
                    lots_of = ((order, event.quantity_lots, 1), (maker, event.remaining_lots, 2))
                    for side, lots, flag in lots_of:
                        if lots:
                            side.prevented_lots += lots
                            side.prevented_match_id = event.trade_id
                            side.updated_ns = batch.time_ns
                        if event.flags & flag:
                            side.status = OrderStatus.EXPIRED_IN_MATCH
                            side.updated_ns = batch.time_ns
                case EventKind.CANCELED:
                    order.status = OrderStatus.CANCELED
                case EventKind.EXPIRED:
                    order.status, order.reason = OrderStatus.EXPIRED, event.reason
                case EventKind.FILLED:
                    order.status = OrderStatus.FILLED
            if order is not None and event.kind != EventKind.PREVENTED:
                order.updated_ns = batch.time_ns

    def rename(self, order: SlowOrder, command: np.void) -> None:
        client = int(command["client_hi"]), int(command["client_lo"])
        if client == (0, 0):
            return
        if order.text:
            self.bearers[order.account, order.client_hi, order.client_lo].remove(order.order_id)
        order.client_hi, order.client_lo = client
        self.bearers.setdefault((order.account, *client), []).append(order.order_id)

    def of(self, account: int, symbol: int) -> list[SlowOrder]:
        return [o for o in self.orders.values() if (o.account, o.symbol) == (account, symbol)]

    def bearer(self, account: int, symbol: int, client: tuple[int, int]) -> SlowOrder | None:
        """The order asked for by client id: the open one, else the one that took it last."""
        bearing = [self.orders[i] for i in self.bearers.get((account, *client), [])]
        here = [order for order in bearing if order.symbol == symbol]
        still_open = [order for order in here if order.is_open]
        return (still_open or here or [None])[-1]
