"""Orders, trades and lists of accounts by a fold so slow that it is obvious: dicts, lists, one event at a time."""

from dataclasses import dataclass, field

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import CommandFlag, Side
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.views.kernels.order_facts import OrderStatus, Working
from venus.views.order_questions import ORDER_ROW


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
    text: str = ""
    working_ns: int = 0
    trailing_ns: int = 0
    trigger_ticks: int = 0
    display_lots: int = 0
    pegged_ticks: int = 0
    strategy_id: int = -1
    strategy_type: int = -1
    list_id: int = 0
    trail_bips: int = 0
    peg: int = 0
    working: int = Working.WORKING

    @property
    def text_bytes(self) -> int:
        return len(self.text)

    @property
    def is_open(self) -> bool:
        return self.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_NEW)

    def row(self) -> tuple[int, ...]:
        return tuple(int(getattr(self, name)) for name in ORDER_ROW.names)


@dataclass
class SlowList:
    """An order list, as LIST_ROW, with whose it is and its digest."""

    list_id: int
    opened_ns: int
    updated_ns: int
    symbol: int
    type: int
    legs: int
    account: int
    first_order: int
    client: tuple[int, int]
    text: str
    is_done: bool = False

    def row(self) -> tuple[int, ...]:
        head = (self.list_id, self.opened_ns, self.updated_ns, self.symbol, self.type, self.legs)
        return (*head, int(self.is_done), len(self.text))


@dataclass
class SlowOrders:
    """Every order in a dict, every trade of an account in a list, read straight from docs/rules/events.md."""

    rules: int = 1
    orders: dict[int, SlowOrder] = field(default_factory=dict)
    trades: list[tuple[int, ...]] = field(default_factory=list)  # as TRADE_ROW without reserved
    bearers: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # (account, digest): by taking
    lists: dict[int, SlowList] = field(default_factory=dict)
    amendments: dict[int, list[tuple[object, ...]]] = field(default_factory=dict)  # by order
    preventions: list[tuple[int, ...]] = field(default_factory=list)  # symbol, then as PREVENTION_ROW

    def apply(self, batch: Batch) -> None:
        starts = np.cumsum([0, *batch.commands["text_bytes"]])
        for event in unpack_events(batch.events.tobytes()):
            place = event.sequence - batch.first_sequence
            command, text = None, ""
            if batch.cold is None:
                command = batch.commands[place]
                text = batch.texts[starts[place] : starts[place + 1]].decode()
            self.apply_event(event, batch.time_ns, command, text)

    def apply_event(self, event: Event, time_ns: int, command: np.void | None, text: str) -> None:
        order, maker = self.orders.get(event.order_id), self.orders.get(event.maker_order_id)
        match event.kind:
            case EventKind.ACCEPTED:
                self.accept(event, time_ns, command, text)
            case EventKind.AMENDED:
                before = (order.text, order.quantity)
                order.quantity = event.quantity_lots
                self.rename(order, command, text)
                row = (event.sequence, time_ns, before[1], event.quantity_lots, before[0], order.text)
                self.amendments.setdefault(order.order_id, []).append(row)
            case EventKind.TRADE:
                for side, flag in ((order, EventFlag.TAKER_DONE), (maker, EventFlag.MAKER_DONE)):
                    self.trade(event, time_ns, side, is_maker=side is maker, is_done=bool(event.flags & flag))
            case EventKind.PREVENTED:
                self.prevent(event, time_ns, order, maker)
            case EventKind.CANCELED:
                order.status = OrderStatus.CANCELED
            case EventKind.EXPIRED:
                order.status, order.reason = OrderStatus.EXPIRED, event.reason
            case EventKind.FILLED:
                order.status = OrderStatus.FILLED
            case EventKind.TRACKING:
                order.trailing_ns = time_ns
            case EventKind.TRIGGERED:
                self.set_out(order, event, time_ns)
            case EventKind.STARTED:
                order.status, order.quantity = OrderStatus.NEW, event.quantity_lots
                self.set_out(order, event, time_ns)
            case EventKind.LIST_OPENED:
                client = int(command["client_hi"]), int(command["client_lo"])
                self.lists[event.order_id] = SlowList(
                    event.order_id, time_ns, time_ns, event.symbol, event.reason, event.quantity_lots, event.account,
                    event.trade_id, client, text,
                )  # fmt: skip
            case EventKind.LIST_DONE:
                self.lists[event.order_id].is_done = True
                self.lists[event.order_id].updated_ns = time_ns
            case EventKind.RULES_ADOPTED:
                self.rules = event.quantity_lots
        silent = (EventKind.PREVENTED, EventKind.LIST_OPENED, EventKind.LIST_DONE, EventKind.SHOWN, EventKind.LOCKED)
        if order is not None and event.kind not in silent:
            order.updated_ns = time_ns

    def accept(self, event: Event, time_ns: int, command: np.void, text: str) -> None:
        order = self.orders[event.order_id] = SlowOrder(
            event.order_id, time_ns, time_ns, 0, 0, int(command["price_ticks"]), int(command["quantity"]),
            0, 0, 0, 0, event.account, event.symbol, event.side, int(command["type"]), int(command["tif"]),
            int(command["stp"]), int(command["flags"]) & CommandFlag.IN_QUOTE, OrderStatus.NEW, 0,
            working_ns=time_ns,
        )  # fmt: skip
        if self.rules >= 2:
            order.trigger_ticks = int(command["target_hi"])
            order.trail_bips, order.display_lots = divmod(int(command["target_lo"]), 2**48)
            order.peg = int(command["peg"])
            text, *strategy = text.split(" ")
            order.strategy_id, order.strategy_type = (
                int(word) if word.isdigit() else -1 for word in [*strategy, "-", "-"][:2]
            )
            for one in self.lists.values():
                if one.first_order <= event.order_id < one.first_order + one.legs:
                    order.list_id = one.list_id
        self.rename(order, command, text)
        self.set_out(order, event, time_ns)

    def set_out(self, order: SlowOrder, event: Event, time_ns: int) -> None:
        if event.flags & EventFlag.PENDING:
            order.status, order.working, order.working_ns = OrderStatus.PENDING_NEW, Working.PENDING, 0
        elif event.flags & EventFlag.WAITING:
            order.working, order.working_ns = Working.WAITING, 0
            if order.trail_bips and not order.trigger_ticks:
                order.trailing_ns = time_ns
        else:
            order.working, order.working_ns = Working.WORKING, time_ns
            order.pegged_ticks = event.price_ticks if order.peg else 0

    def trade(self, event: Event, time_ns: int, side: SlowOrder, *, is_maker: bool, is_done: bool) -> None:
        side.executed_lots += event.quantity_lots
        side.executed_tick_lots += event.price_ticks * event.quantity_lots
        side.status = OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED
        side.updated_ns = time_ns
        is_buyer = int(side.side == Side.BUY)
        fee = event.maker_fee_atoms if is_maker else event.taker_fee_atoms
        self.trades.append(
            (event.trade_id, side.order_id, event.price_ticks, event.quantity_lots, fee, time_ns,
             side.account, side.symbol, side.list_id, is_buyer, int(is_maker), is_buyer)
        )  # fmt: skip

    def prevent(self, event: Event, time_ns: int, order: SlowOrder, maker: SlowOrder) -> None:
        for side, lots, flag in ((order, event.quantity_lots, 1), (maker, event.remaining_lots, 2)):
            if lots:
                side.prevented_lots += lots
                side.prevented_match_id = event.trade_id
                side.updated_ns = time_ns
            if event.flags & flag:
                side.status = OrderStatus.EXPIRED_IN_MATCH
                side.updated_ns = time_ns
        lots = (event.quantity_lots, event.remaining_lots)
        ids = (event.order_id, event.maker_order_id)
        self.preventions.append((event.symbol, event.trade_id, event.price_ticks, *lots, time_ns, *ids, event.reason))

    def rename(self, order: SlowOrder, command: np.void, text: str) -> None:
        client = int(command["client_hi"]), int(command["client_lo"])
        if client == (0, 0):
            return
        if order.text:
            self.bearers[order.account, order.client_hi, order.client_lo].remove(order.order_id)
        order.text = text
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

    def lists_of(self, account: int) -> list[SlowList]:
        return [one for one in self.lists.values() if one.account == account]

    def list_bearer(self, account: int, client: tuple[int, int]) -> SlowList | None:
        bearing = [one for one in self.lists_of(account) if one.client == client]
        return (bearing or [None])[-1]
