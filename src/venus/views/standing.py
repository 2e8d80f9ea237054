"""Where an account stands after each event: its open orders and its balances, folded forward from one answer.

Views say where an account stands now; a report says where it stood at its event, in the middle of a frame. So whoever
reports folds the same events once more (standing_fold.py), for the accounts that are listened to and for no others.
Source: docs/rules/user_data.md.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

from venus.records.commands import CommandFlag
from venus.records.events import Event
from venus.views.accounts import BALANCE_ROW
from venus.views.order_questions import ORDER_ROW
from venus.views.orders import OrderStatus
from venus.views.user_data import StandingAnswer

IN_QUOTE = int(CommandFlag.IN_QUOTE)
"""A bit as a plain number: an IntFlag's "&" builds a flag, ten times as slow."""
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
        "executed_lots",
        "executed_tick_lots",
        "in_quote",
        "order_id",
        "prevented_lots",
        "prevented_match_id",
        "price_ticks",
        "quantity",
        "side",
        "status",
        "stp",
        "symbol",
        "tif",
        "time_ns",
        "type",
    )

    def __init__(self, order_id: int, symbol: int, side: int, client_id: str, time_ns: int) -> None:
        self.order_id = order_id
        self.symbol = symbol
        self.side = side
        self.client_id = client_id
        self.time_ns = time_ns  # accepted; it works from then on
        self.type = self.tif = self.stp = 0
        self.price_ticks = 0
        self.quantity = 0  # lots as amended; quote atoms if in_quote
        self.in_quote = False
        self.status: int = OrderStatus.NEW
        self.executed_lots = self.executed_tick_lots = 0
        self.prevented_lots = self.prevented_match_id = 0

    @property
    def remaining_lots(self) -> int | None:
        """Lots available for execution; None for an order by quote, which has no number of them."""
        return None if self.in_quote else self.quantity - self.executed_lots - self.prevented_lots


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


class TransferReport(NamedTuple):
    account: int
    asset: int
    atoms: int  # negative: it left
    event: Event


class PositionReport(NamedTuple):
    """A command is over that changed balances: what they are now, of every asset that it may have changed."""

    account: int
    balances: list[tuple[int, int, int]]  # asset, free atoms, held atoms


Report = OrderReport | RefusalReport | TransferReport | PositionReport


class Standing:
    """One account. `sequence` is that of the last command which its state has seen."""

    __slots__ = ("account", "balances", "changed", "orders", "sequence", "touched", "trade_group")

    def __init__(self, answer: StandingAnswer) -> None:
        self.account = answer.account
        self.sequence = answer.sequence
        self.trade_group = answer.trade_group
        self.orders = {order.order_id: order for order in _orders_of(answer)}
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


def _orders_of(answer: StandingAnswer) -> Iterator[LiveOrder]:
    position = 0
    for row in np.frombuffer(answer.order_rows, ORDER_ROW):
        end = position + int(row["text_bytes"])
        text = answer.order_texts[position:end].decode()
        position = end
        order = LiveOrder(int(row["order_id"]), int(row["symbol"]), int(row["side"]), text, int(row["time_ns"]))
        order.type, order.tif, order.stp = int(row["type"]), int(row["tif"]), int(row["stp"])
        order.price_ticks, order.quantity = int(row["price_ticks"]), int(row["quantity"])
        order.in_quote = bool(row["flags"] & IN_QUOTE)
        order.status = int(row["status"])
        order.executed_lots, order.executed_tick_lots = int(row["executed_lots"]), int(row["executed_tick_lots"])
        order.prevented_lots = int(row["prevented_lots"])
        order.prevented_match_id = int(row["prevented_match_id"])
        yield order
