"""The fold of excerpts into standings: what each event does to the orders and balances of those it touches.

What is folded here agrees with the views at the end of every frame (tests/properties/test_standing.py).
Source: docs/rules/events.md, "Balances from events"; docs/rules/user_data.md.
"""

from collections.abc import Callable, Iterator, Sequence

from venus.records.commands import HOUSE_ACCOUNT, CommandFlag, CommandKind, SetTradeGroup, Side
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject
from venus.views.kernels.order_facts import OrderStatus
from venus.views.standing import (
    NO_ORDER,
    REFUSED,
    Grid,
    ListReport,
    LiveList,
    LiveOrder,
    OrderReport,
    PositionReport,
    RefusalReport,
    Report,
    Standing,
    TransferReport,
    client_id_of,
)
from venus.views.user_data import OTHER_KINDS, OWN_KINDS, Excerpt

# Bits as plain numbers: an IntFlag's "&" builds a flag, ten times as slow.
_TAKER_DONE = int(EventFlag.TAKER_DONE)
_MAKER_DONE = int(EventFlag.MAKER_DONE)
_MOVED = int(EventFlag.MOVED)
_REPEATED = int(EventFlag.REPEATED)
_TIMER = int(EventFlag.TIMER)
_REPLACES = int(CommandFlag.REPLACES)
_BUY = int(Side.BUY)


class Fold:
    """Folds excerpts into the standings of the accounts it is given, and says what happened on the way.

    standings  by account; whoever owns the fold adds and removes them between excerpts
    grids      by symbol number
    """

    def __init__(self, standings: dict[int, Standing], grids: Sequence[Grid]) -> None:
        self.standings = standings
        self.grids = grids

    def take(self, excerpt: Excerpt) -> Iterator[Report]:
        """What one frame did, event by event. A standing that has seen the frame already is left alone."""
        return _Frame(self, excerpt).reports()


class _Frame:
    """One excerpt while it is folded."""

    def __init__(self, fold: Fold, excerpt: Excerpt) -> None:
        self._standings = fold.standings
        self._grids = fold.grids
        self._time_ns = excerpt.time_ns
        self._first_sequence = excerpt.first_sequence
        self._commands = excerpt.read_commands()
        self._cold = excerpt.read_cold()
        self._events = list(excerpt.read_events())
        self._places = excerpt.read_places()
        self._filled_by = _filled_by(self._events)
        self._legs: dict[int, int] = {}  # lists by order, of those opened in this frame
        self._active: dict[int, Standing] = {}  # those that the command under way touched
        self._at = 0  # the event under way

    def reports(self) -> Iterator[Report]:
        under_way = (0, 0)
        for at, event in enumerate(self._events):
            self._at = at
            # Timers fire under the number of the command that comes after them.
            command = (event.sequence, event.flags & _TIMER)
            if command != under_way:
                yield from self._settled()
                under_way = command
            step = _STEPS.get(event.kind)
            if step is not None:
                yield from step(self, event)
        yield from self._settled()

    def _settled(self) -> Iterator[PositionReport]:
        for standing in self._active.values():
            position = standing.settle()
            if position is not None:
                yield position
        self._active = {}

    def _of(self, account: int) -> Standing | None:
        standing = self._standings.get(account)
        if standing is None or standing.sequence >= self._first_sequence:
            return None
        self._active[account] = standing
        return standing

    # What happens to one order

    def _accepted(self, event: Event) -> Iterator[Report]:
        standing = self._of(event.account)
        if standing is None:
            return
        order = self._new_order(event.sequence, event.order_id, event.side)
        order.list_id = self._legs.get(order.order_id, 0)
        order.set_out(event.flags, event.price_ticks, self._time_ns)
        standing.orders[order.order_id] = order
        self._hold(standing, event, event.side == _BUY)
        yield self._report(standing, order, event)

    def _ended(self, event: Event) -> Iterator[Report]:
        """CANCELED or EXPIRED."""
        standing = self._of(event.account)
        if standing is None:
            return
        order = standing.orders.pop(event.order_id)
        order.status = _STATUS_OF_END[event.kind]
        self._hold(standing, event, event.side == _BUY)
        own_id = ""
        if event.kind == EventKind.CANCELED and event.sequence in self._commands:
            own_id = self._commands[event.sequence][1]
        yield self._report(standing, order, event, own_id=own_id)

    def _amended(self, event: Event) -> Iterator[Report]:
        standing = self._of(event.account)
        if standing is None:
            return
        order = standing.orders[event.order_id]
        command, text = self._commands[event.sequence]
        former_id = order.client_id
        if command.client_hi or command.client_lo:
            order.client_id = text
        order.quantity = event.quantity_lots
        self._hold(standing, event, event.side == _BUY)
        yield self._report(standing, order, event, own_id=former_id)
        order_list = standing.lists.get(order.list_id)
        if order_list is not None and order.client_id != former_id:
            order_list.legs[order.order_id] = order.client_id
            yield ListReport(standing.account, order_list, event)

    def _set_out(self, event: Event) -> Iterator[Report]:
        """TRIGGERED or STARTED: an order that waited goes on. An OPO's leg has its quantity only now."""
        standing = self._of(event.account)
        if standing is None:
            return
        order = standing.orders[event.order_id]
        if event.kind == EventKind.STARTED:
            order.quantity = event.quantity_lots
        order.set_out(event.flags, event.price_ticks, self._time_ns)
        self._hold(standing, event, event.side == _BUY)
        yield self._report(standing, order, event)

    def _tracked(self, event: Event) -> Iterator[Report]:
        """Nothing is told of it; later reports say since when the order follows the market."""
        standing = self._of(event.account)
        if standing is not None:
            standing.orders[event.order_id].trailing_ns = self._time_ns
        return iter(())

    def _locked(self, event: Event) -> Iterator[Report]:
        standing = self._of(event.account)
        if standing is not None:
            self._hold(standing, event, event.side == _BUY)
        return iter(())

    def _held(self, event: Event) -> Iterator[Report]:
        """By a redemption, a lawful order, a hold: of an asset, not of an order."""
        standing = self._of(event.account)
        if standing is not None:
            standing.touch(event.symbol, -event.hold_atoms, event.hold_atoms)
        return iter(())

    # What happens to an order list

    def _list_opened(self, event: Event) -> Iterator[Report]:
        standing = self._of(event.account)
        if standing is None:
            return
        legs = {}
        for i in range(event.quantity_lots):
            legs[event.trade_id + i] = client_id_of(*self._commands[event.sequence + 1 + i])
            self._legs[event.trade_id + i] = event.order_id
        client_id = self._commands[event.sequence][1]
        order_list = LiveList(event.order_id, event.reason, event.symbol, client_id, legs)
        standing.lists[order_list.list_id] = order_list
        yield ListReport(standing.account, order_list, event)

    def _list_done(self, event: Event) -> Iterator[Report]:
        standing = self._of(event.account)
        if standing is not None:
            yield ListReport(standing.account, standing.lists.pop(event.order_id), event)

    def _filled(self, event: Event) -> Iterator[Report]:
        """An order by quote is over: what ended it has been reported as such."""
        standing = self._of(event.account)
        if standing is not None:
            order = standing.orders.pop(event.order_id, None)
            if order is not None and order.status != OrderStatus.FILLED:
                order.status = OrderStatus.FILLED
                yield self._report(standing, order, event)

    def _rejected(self, event: Event) -> Iterator[Report]:
        """Told only of a replacement whose cancel was done: else nothing happened, and the asker has an answer."""
        if event.reason == Reject.NOT_ATTEMPTED or not self._follows_a_cancel(event):
            return
        standing = self._of(event.account)
        if standing is not None:
            order = self._new_order(event.sequence, NO_ORDER, event.side)
            order.status = REFUSED
            yield RefusalReport(event.account, order, event, self._places[self._at])

    def _follows_a_cancel(self, event: Event) -> bool:
        command, before = self._commands.get(event.sequence), self._commands.get(event.sequence - 1)
        if command is None or before is None or command[0].kind != CommandKind.ORDER:
            return False
        replaces = before[0].kind == CommandKind.CANCEL and before[0].flags & _REPLACES
        earlier = self._events[self._at - 1] if self._at else None
        if not replaces or earlier is None:
            return False
        return earlier.kind == EventKind.CANCELED and earlier.sequence == event.sequence - 1

    # What happens to two

    def _traded(self, event: Event) -> Iterator[Report]:
        taker, maker = self._of(event.account), self._of(event.maker_account)
        self._exchange(event, taker, maker)
        grid = self._grids[event.symbol]
        taker_gets, maker_gets = grid.quote_asset, grid.base_asset
        if event.side == _BUY:
            taker_gets, maker_gets = maker_gets, taker_gets
        if taker is not None:
            taker.touch(taker_gets, -event.taker_fee_atoms, 0)
        if maker is not None:
            maker.touch(maker_gets, -event.maker_fee_atoms, 0)
        house = self._of(HOUSE_ACCOUNT)
        if house is not None:
            house.touch(taker_gets, event.taker_fee_atoms, 0)
            house.touch(maker_gets, event.maker_fee_atoms, 0)
        if taker is not None:
            order = taker.orders[event.order_id]
            is_done = bool(event.flags & _TAKER_DONE) or self._at in self._filled_by
            _execute(taker, order, event, is_done=is_done)
            yield self._report(taker, order, event)
        if maker is not None:
            order = maker.orders[event.maker_order_id]
            _execute(maker, order, event, is_done=bool(event.flags & _MAKER_DONE))
            yield self._report(maker, order, event, is_maker=True)

    def _prevented(self, event: Event) -> Iterator[Report]:
        taker, maker = self._of(event.account), self._of(event.maker_account)
        if event.flags & _MOVED:
            self._exchange(event, taker, maker)
        elif maker is not None:
            self._hold(maker, event, event.side != _BUY)
        taken = taker.orders[event.order_id] if taker is not None else None
        made = maker.orders[event.maker_order_id] if maker is not None else None
        counter_lots = _would_trade(event, taken, made)
        if taker is not None and taken is not None and event.quantity_lots:
            _prevent(taker, taken, event, event.quantity_lots, is_done=bool(event.flags & _TAKER_DONE))
            if self._at in self._filled_by:
                taken.status = OrderStatus.FILLED
            yield self._report(taker, taken, event, counter_lots=counter_lots)
        if maker is not None and made is not None and event.remaining_lots:
            _prevent(maker, made, event, event.remaining_lots, is_done=bool(event.flags & _MAKER_DONE))
            yield self._report(maker, made, event, is_maker=True, counter_lots=counter_lots)

    def _transferred(self, event: Event) -> Iterator[Report]:
        if event.flags & _REPEATED:
            return
        for account, atoms in ((event.account, -event.quantity_lots), (event.maker_account, event.quantity_lots)):
            standing = self._of(account)
            if standing is not None:
                standing.touch(event.symbol, atoms, 0)
                yield TransferReport(account, event.symbol, atoms, event)

    def _regrouped(self, event: Event) -> Iterator[Report]:
        standing = self._of(event.account)
        if standing is not None and isinstance(self._cold, SetTradeGroup) and not event.flags & _REPEATED:
            standing.trade_group = self._cold.trade_group
        return iter(())

    # Parts of the steps

    def _new_order(self, sequence: int, order_id: int, side: int) -> LiveOrder:
        command, text = self._commands[sequence]
        order = LiveOrder(order_id, command.subject, side, client_id_of(command, text), self._time_ns)
        order.take_terms(command, text)
        return order

    def _report(
        self,
        standing: Standing,
        order: LiveOrder,
        event: Event,
        *,
        is_maker: bool = False,
        own_id: str = "",
        counter_lots: int = 0,
    ) -> OrderReport:
        return OrderReport(
            standing.account, order, event, is_maker, self._places[self._at], own_id, counter_lots, standing.trade_group
        )

    def _hold(self, standing: Standing, event: Event, in_quote: bool) -> None:
        """Between free and held; the symbol's other asset is named with it, though nothing of it moved."""
        grid = self._grids[event.symbol]
        assets = (grid.quote_asset, grid.base_asset) if in_quote else (grid.base_asset, grid.quote_asset)
        standing.touch(assets[0], -event.hold_atoms, event.hold_atoms)
        standing.touch(assets[1], 0, 0)

    def _exchange(self, event: Event, taker: Standing | None, maker: Standing | None) -> None:
        """The taker pays from free, the maker from held."""
        grid = self._grids[event.symbol]
        base, quote = grid.base_asset, grid.quote_asset
        base_atoms = event.quantity_lots * grid.lot_atoms
        quote_atoms = event.price_ticks * event.quantity_lots * grid.tick_lot_atoms
        paid, got = ((quote, quote_atoms), (base, base_atoms))
        if event.side != _BUY:
            paid, got = got, paid
        if taker is not None:
            taker.touch(paid[0], -paid[1], 0)
            taker.touch(got[0], got[1], 0)
        if maker is not None:
            maker.touch(got[0], 0, -got[1])
            maker.touch(paid[0], paid[1], 0)


_STEPS: dict[int, Callable[[_Frame, Event], Iterator[Report]]] = {
    EventKind.ACCEPTED: _Frame._accepted,
    EventKind.TRADE: _Frame._traded,
    EventKind.CANCELED: _Frame._ended,
    EventKind.EXPIRED: _Frame._ended,
    EventKind.REJECTED: _Frame._rejected,
    EventKind.AMENDED: _Frame._amended,
    EventKind.PREVENTED: _Frame._prevented,
    EventKind.FILLED: _Frame._filled,
    EventKind.TRIGGERED: _Frame._set_out,
    EventKind.STARTED: _Frame._set_out,
    EventKind.TRACKING: _Frame._tracked,
    EventKind.LOCKED: _Frame._locked,
    EventKind.HELD: _Frame._held,
    EventKind.LIST_OPENED: _Frame._list_opened,
    EventKind.LIST_DONE: _Frame._list_done,
    EventKind.TRANSFERRED: _Frame._transferred,
    EventKind.TRADE_GROUP_SET: _Frame._regrouped,
}
"""What each kind of event does; kinds that are not here change nothing that an account is told of."""
assert set(_STEPS) == OWN_KINDS | OTHER_KINDS

_STATUS_OF_END: dict[int, OrderStatus] = {
    EventKind.CANCELED: OrderStatus.CANCELED,
    EventKind.EXPIRED: OrderStatus.EXPIRED,
}


def _filled_by(events: Sequence[Event]) -> set[int]:
    """Indices of the last event before each FILLED that touched its order: the one that ended it."""
    last: dict[int, int] = {}
    ended = set()
    for place, event in enumerate(events):
        if event.kind == EventKind.TRADE or (event.kind == EventKind.PREVENTED and event.quantity_lots):
            last[event.order_id] = place
        elif event.kind == EventKind.FILLED and event.order_id in last:
            ended.add(last[event.order_id])
    return ended


def _execute(standing: Standing, order: LiveOrder, event: Event, *, is_done: bool) -> None:
    order.executed_lots += event.quantity_lots
    order.executed_tick_lots += event.price_ticks * event.quantity_lots
    order.status = OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED
    if is_done:
        del standing.orders[order.order_id]


def _prevent(standing: Standing, order: LiveOrder, event: Event, lots: int, *, is_done: bool) -> None:
    order.prevented_lots += lots
    order.prevented_match_id = event.trade_id
    if is_done:
        order.status = OrderStatus.EXPIRED_IN_MATCH
        del standing.orders[order.order_id]


def _would_trade(event: Event, taken: LiveOrder | None, made: LiveOrder | None) -> int:
    """Lots that a prevented match would have traded. Of an order of a stranger's in the group only the lots that it
    lost are known: then those of the other are all that can be said."""
    known = [order.remaining_lots for order in (taken, made) if order is not None]
    known += [lots for lots in (event.quantity_lots, event.remaining_lots) if lots]
    return min(lots for lots in known if lots is not None)
