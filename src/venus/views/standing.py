"""Where an account stands after each event: its open orders and its balances, folded forward from one answer.

Views say where an account stands now; a report says where it stood at its event, in the middle of a frame. So whoever
reports folds the same events once more (standing_fold.py), for the accounts that are listened to and for no others.
Source: docs/rules/user_data.md.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, Protocol

import numpy as np

from venus.records.commands import DISPLAY_BITS, DISPLAY_LOTS_MAX, Command, CommandFlag, client_digest
from venus.records.events import Event, EventFlag
from venus.views.balance_questions import BALANCE_ROW
from venus.views.kernels.order_facts import NO_STRATEGY, OrderStatus, Working
from venus.views.order_questions import LIST_ROW, ORDER_ROW, OrderListsAnswer
from venus.views.user_data import StandingAnswer

# Bits as plain numbers: an IntFlag's "&" builds a flag, ten times as slow.
IN_QUOTE = int(CommandFlag.IN_QUOTE)
WAITING = int(EventFlag.WAITING)
PENDING = int(EventFlag.PENDING)
NO_ORDER = -1
"""Number of an order that never was."""
REFUSED = 0
"""Status of such an order: none of OrderStatus, which are those of orders that were accepted."""


class Grid(Protocol):
    """What a listing says of a symbol's assets and units (venus.views.catalog.Symbol)."""

    @property
    def base_asset(self) -> int: ...

    @property
    def quote_asset(self) -> int: ...

    @property
    def lot_atoms(self) -> int: ...

    @property
    def tick_lot_atoms(self) -> int: ...


class LiveOrder:
    """An order as it stands now: it is changed by the next event that touches it."""

    __slots__ = (
        "client_id",
        "display_lots",
        "executed_lots",
        "executed_tick_lots",
        "in_quote",
        "list_id",
        "order_id",
        "peg",
        "pegged_ticks",
        "prevented_lots",
        "prevented_match_id",
        "price_ticks",
        "quantity",
        "side",
        "status",
        "stp",
        "strategy_id",
        "strategy_type",
        "symbol",
        "tif",
        "time_ns",
        "trail_bips",
        "trailing_ns",
        "trigger_ticks",
        "type",
        "working",
        "working_ns",
    )

    def __init__(self, order_id: int, symbol: int, side: int, client_id: str, time_ns: int) -> None:
        self.order_id = order_id
        self.symbol = symbol
        self.side = side
        self.client_id = client_id
        self.time_ns = time_ns  # accepted
        self.type = self.tif = self.stp = 0
        self.price_ticks = 0  # its own; 0: MARKET, or pegged without one
        self.quantity = 0  # lots as amended; quote atoms if in_quote
        self.in_quote = False
        self.status: int = OrderStatus.NEW
        self.executed_lots = self.executed_tick_lots = 0
        self.prevented_lots = self.prevented_match_id = 0
        self.trigger_ticks = self.display_lots = self.trail_bips = self.peg = self.list_id = 0  # 0: none
        self.pegged_ticks = 0  # the price taken from the book; 0: none yet
        self.strategy_id = self.strategy_type = NO_STRATEGY
        self.working: int = Working.WORKING
        self.working_ns = time_ns  # when it went to the book; 0: not yet
        self.trailing_ns = 0  # since when it follows the market; 0: it does not

    @property
    def remaining_lots(self) -> int | None:
        """Lots available for execution; None for an order by quote, which has no number of them."""
        return None if self.in_quote else self.quantity - self.executed_lots - self.prevented_lots

    def take_terms(self, command: Command, text: str) -> None:
        """What its command says beside the id. Source: docs/rules/conditional.md, "The record"; events.md, "Texts"."""
        self.type, self.tif, self.stp = command.type, command.tif, command.stp
        self.price_ticks, self.quantity = command.price_ticks, command.quantity
        self.in_quote = bool(command.flags & IN_QUOTE)
        self.trigger_ticks = command.target_hi
        self.display_lots = command.target_lo & DISPLAY_LOTS_MAX
        self.trail_bips = command.target_lo >> DISPLAY_BITS
        self.peg = command.peg
        _, *strategy = text[len(self.client_id) :].split(" ")
        for name, number in zip(("strategy_id", "strategy_type"), strategy, strict=False):
            if number.isdecimal():
                setattr(self, name, int(number))

    def set_out(self, flags: int, price_ticks: int, time_ns: int) -> None:
        """It waits for its list's working order, for its trigger, or goes to the book at this price."""
        if flags & PENDING:
            self.status, self.working, self.working_ns = OrderStatus.PENDING_NEW, Working.PENDING, 0
            return
        self.status = OrderStatus.NEW
        if flags & WAITING:
            self.working, self.working_ns = Working.WAITING, 0
            if self.trail_bips and not self.trigger_ticks:
                self.trailing_ns = time_ns
        else:
            self.working, self.working_ns = Working.WORKING, time_ns
            if self.peg:
                self.pegged_ticks = price_ticks


class LiveList:
    """An order list that is open."""

    __slots__ = ("client_id", "legs", "list_id", "symbol", "type")

    def __init__(self, list_id: int, list_type: int, symbol: int, client_id: str, legs: dict[int, str]) -> None:
        self.list_id = list_id
        self.type = list_type
        self.symbol = symbol
        self.client_id = client_id
        self.legs = legs  # client ids by order id


def client_id_of(command: Command, text: str) -> str:
    """The client id in an ORDER's text: what its digest is of. The rest, if any, is the strategy."""
    if " " not in text or client_digest(text) == (command.client_hi, command.client_lo):
        return text
    return text.partition(" ")[0]


class OrderReport(NamedTuple):
    """One thing that happened to an order of the account. Read it before the next is asked for: `order` is live."""

    account: int
    order: LiveOrder
    event: Event
    is_maker: bool
    place: int  # of the event in its command (user_data.execution_id)
    own_id: str = ""  # text of the command that did it: a cancel's own id; the order's former id for AMENDED
    counter_lots: int = 0  # PREVENTED: lots that would have traded
    trade_group: int = 0


class RefusalReport(NamedTuple):
    """A replacement that was refused although the cancel before it was done."""

    account: int
    order: LiveOrder  # as it would have been; it has no number
    event: Event
    place: int


class ListReport(NamedTuple):
    """A list was opened or is done, or one of its orders bears another client id."""

    account: int
    order_list: LiveList
    event: Event


class TransferReport(NamedTuple):
    account: int
    asset: int
    atoms: int  # negative: it left
    event: Event


class PositionReport(NamedTuple):
    """A command is over that changed balances: what they are now, of every asset that it may have changed."""

    account: int
    balances: list[tuple[int, int, int]]  # asset, free atoms, held atoms


Report = OrderReport | RefusalReport | ListReport | TransferReport | PositionReport


class Standing:
    """One account. `sequence` is that of the last command which its state has seen."""

    __slots__ = ("account", "balances", "changed", "lists", "orders", "sequence", "touched", "trade_group")

    def __init__(self, answer: StandingAnswer) -> None:
        self.account = answer.account
        self.sequence = answer.sequence
        self.trade_group = answer.trade_group
        self.orders = {order.order_id: order for order in _orders_of(answer.order_rows, answer.order_texts)}
        self.lists = {one.list_id: one for one in _lists_of(answer.lists)}
        rows = np.frombuffer(answer.balance_rows, BALANCE_ROW).tolist()
        self.balances = {asset: [free_atoms, held_atoms] for asset, free_atoms, held_atoms in rows}
        self.touched: dict[int, None] = {}  # assets that the command under way may have changed
        self.changed = False  # whether it did

    def touch(self, asset: int, free_atoms: int, held_atoms: int) -> None:
        balance = self.balances.get(asset)
        if balance is None:
            balance = self.balances[asset] = [0, 0]
        balance[0] += free_atoms
        balance[1] += held_atoms
        self.touched[asset] = None
        if free_atoms or held_atoms:
            self.changed = True

    def settle(self) -> PositionReport | None:
        """The command is over: its position, if a balance changed."""
        if not self.touched:
            return None
        assets, changed = self.touched, self.changed
        self.touched, self.changed = {}, False
        return PositionReport(self.account, [(asset, *self.balances[asset]) for asset in assets]) if changed else None


_SAME = tuple(name for name in LiveOrder.__slots__ if name in (ORDER_ROW.names or ()))
"""What a row of the view and a live order call by one name."""


def _orders_of(rows: bytes, texts: bytes) -> Iterator[LiveOrder]:
    position = 0
    for row in np.frombuffer(rows, ORDER_ROW):
        end = position + int(row["text_bytes"])
        client_id = texts[position:end].decode()
        position = end
        order = LiveOrder(int(row["order_id"]), int(row["symbol"]), int(row["side"]), client_id, int(row["time_ns"]))
        for name in _SAME:
            setattr(order, name, int(row[name]))
        order.in_quote = bool(row["flags"] & IN_QUOTE)
        yield order


def _lists_of(answer: OrderListsAnswer) -> Iterator[LiveList]:
    legs = _orders_of(answer.legs.rows, answer.legs.texts)
    position = 0
    for row in np.frombuffer(answer.rows, LIST_ROW):
        end = position + int(row["text_bytes"])
        client_id = answer.texts[position:end].decode()
        position = end
        own = {order.order_id: order.client_id for order in islice(legs, int(row["legs"]))}
        yield LiveList(int(row["list_id"]), int(row["type"]), int(row["symbol"]), client_id, own)
