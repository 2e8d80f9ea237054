"""An order list is placed or cancelled. Source: docs/rules/order_lists.md, "Refused" and "Placed"."""

from collections.abc import Sequence
from itertools import pairwise

from venus.model.ask import STOP_TYPES, Ask, ask_of, has_other
from venus.model.book import Order, State
from venus.model.desk import Desk, OrderList
from venus.model.entry import Entry, told
from venus.model.events import event, refused
from venus.model.filters import FEATURES_OF_LIST, Setting, allows, full
from venus.model.lists import Lists
from venus.model.refusals import Refusals
from venus.model.transfers import NO_DIGEST
from venus.records.commands import LEGS, Command, CommandFlag, ListType, OrderType, Side
from venus.records.events import Event, EventKind, Expiry
from venus.records.rejects import Reject

OTHER_SIDE_OF_PAIR = frozenset({OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT})
WORKING_TYPES = frozenset({OrderType.LIMIT, OrderType.LIMIT_MAKER})
SELLS_BOUGHT = frozenset({ListType.OPO, ListType.OPOCO})


class ListOrders:
    def __init__(self, desk: Desk, lists: Lists, refusals: Refusals, entry: Entry) -> None:
        self._desk = desk
        self._lists = lists
        self._refusals = refusals
        self._entry = entry

    def place(self, sequence: int, head: Command, legs: Sequence[Command]) -> list[Event]:
        """A LIST and as many ORDERs behind it as its type has legs; all or nothing."""
        asks = [ask_of(leg, self._desk.rules) for leg in legs]
        commands = [head, *legs]
        failed, reason = 0, self._head_refusal(head, asks)
        if not reason:
            failed, reason = self._leg_refusal(head.type, asks)
        if not reason:
            failed, reason = 0, self._whole_refusal(head.type, asks)
        if reason:
            return [
                refused(sequence + i, command, reason if i == failed else Reject.LIST_REFUSED)
                for i, command in enumerate(commands)
            ]
        return self._open(sequence, head, asks)

    def cancel(self, sequence: int, command: Command) -> list[Event]:
        reason = self._refusals.not_there(command.account, command.subject)
        if not reason and has_other(command.flags, CommandFlag.TARGET_IS_ORDER_ID):
            reason = Reject.INVALID_ORDER
        list_ = None if reason else self._target(command)
        if list_ is None:
            return [refused(sequence, command, reason or Reject.UNKNOWN_ORDER)]
        return self._lists.end_list(sequence, list_, EventKind.CANCELED, Expiry.NONE)

    def _target(self, command: Command) -> OrderList | None:
        subject = (command.account, command.subject)
        for list_ in self._desk.lists.values():
            if command.flags & CommandFlag.TARGET_IS_ORDER_ID:
                meant = list_.id == command.target_lo
            else:
                meant = list_.client != NO_DIGEST and list_.client == (command.target_hi, command.target_lo)
            if meant and (list_.account, list_.symbol) == subject:
                return list_
        return None

    def _head_refusal(self, head: Command, asks: Sequence[Ask]) -> Reject:
        """The LIST's own tests, before its legs'."""
        reason = self._refusals.not_tradable(head.account, head.subject)
        if reason:
            return reason
        unused = (head.flags, head.tif, head.stp, head.side, head.peg, head.price_ticks, head.quantity)
        if any(unused) or head.target_hi or head.target_lo:
            return Reject.INVALID_ORDER
        book = self._desk.books[head.subject]
        if not allows(book, FEATURES_OF_LIST[ListType(head.type)]):
            return Reject.NOT_ALLOWED_ON_SYMBOL
        subject = (head.account, head.subject)
        if any((ask.account, ask.symbol) != subject for ask in asks) or not has_shape(ListType(head.type), asks):
            return Reject.INVALID_ORDER
        theirs = [list_ for list_ in self._desk.lists.values() if list_.account == head.account]
        client = (head.client_hi, head.client_lo)
        if client != NO_DIGEST and any(list_.client == client for list_ in theirs):
            return Reject.DUPLICATE_LIST_ID
        here = sum(list_.symbol == head.subject for list_ in theirs)
        if book.rules and full(here, book.rules.order_lists_max):
            return Reject.TOO_MANY_LISTS
        if full(len(theirs), self._desk.limits.order_lists_max):
            return Reject.TOO_MANY_LISTS_ON_EXCHANGE
        return Reject.NONE

    def _leg_refusal(self, type_: int, asks: Sequence[Ask]) -> tuple[int, Reject]:
        """Which command fails by a leg's tests, 0 being the LIST, and why."""
        for i, ask in enumerate(asks):
            starts_later = type_ != ListType.OCO and i > 0
            sized = not (starts_later and type_ in SELLS_BOUGHT)
            setting = Setting(priced=not starts_later, sized=sized, before=tuple(asks[:i]))
            reason = self._refusals.before_book(ask, setting) or self._refusals.in_book(ask, setting, is_leg=True)
            if not reason and not starts_later:
                reason = self._refusals.wrong_side(ask)
            if reason:
                return i + 1, reason
        return 0, Reject.NONE

    def _whole_refusal(self, type_: int, asks: Sequence[Ask]) -> Reject:
        """A pair's prices, and funds."""
        first = asks[0]
        needed_atoms = self._refusals.needed_atoms(first)
        if type_ == ListType.OCO:
            if bad_pair_prices(self._refusals, asks, self._desk.books[first.symbol].last_price_ticks):
                return Reject.BAD_LIST_PRICES
            needed_atoms = max(self._refusals.needed_atoms(ask) for ask in asks)
        free_atoms = self._desk.free_atoms(first.account, first.symbol, first.side)
        return Reject.INSUFFICIENT_FREE if free_atoms < needed_atoms else Reject.NONE

    def _open(self, sequence: int, head: Command, asks: Sequence[Ask]) -> list[Event]:
        desk, type_ = self._desk, ListType(head.type)
        first_price_ticks = [self._refusals.entry_price_ticks(ask) for ask in asks if type_ is ListType.OCO]
        if type_ is not ListType.OCO:
            first_price_ticks = [self._refusals.entry_price_ticks(asks[0])]
        legs = [self._entry.number(ask) for ask in asks]
        for leg, price_ticks in zip(legs, first_price_ticks, strict=False):
            leg.price_ticks = price_ticks
        client = (head.client_hi, head.client_lo)
        list_ = OrderList(
            desk.next_list_id, head.account, head.subject, type_, client, legs, started=type_ is ListType.OCO
        )
        desk.next_list_id += 1
        desk.lists[list_.id] = list_
        for leg in legs:
            leg.list_id = list_.id
        opened = event(
            EventKind.LIST_OPENED,
            sequence,
            order_id=list_.id,
            quantity_lots=len(legs),
            trade_id=legs[0].id,
            account=list_.account,
            symbol=list_.symbol,
            reason=type_,
        )
        if type_ is ListType.OCO:
            return [opened, *start_pair(desk, self._entry, EventKind.ACCEPTED, [sequence + 1, sequence + 2], legs)]
        return [opened, *self._start_working(sequence + 1, list_)]

    def _start_working(self, sequence: int, list_: OrderList) -> list[Event]:
        working, pending = list_.legs[0], list_.dependent
        for leg in pending:
            leg.state = State.PENDING
            self._desk.keep(leg)
        done = self._entry.run(sequence, working, 0)
        happened = [told(EventKind.ACCEPTED, sequence, working, self._desk.held_atoms(working)), *done]
        for later, leg in enumerate(pending, 1):
            happened.append(told(EventKind.ACCEPTED, sequence + later, leg, 0))
        if working.state is State.ENDED:
            happened += self._lists.gone(sequence + len(pending), working)
        return happened


def start_pair(
    desk: Desk, entry: Entry, kind: EventKind, sequences: Sequence[int], pair: Sequence[Order]
) -> list[Event]:
    """Both legs go to work, neither meets anyone: what they hold is told with the first.

    Of a pair that sells what was bought, what is locked is freed before: held is what the pair holds then.
    """
    locked_atoms = sum(leg.locked_atoms for leg in pair)
    desk.hold(pair[0], -locked_atoms)
    for leg in pair:
        leg.locked_atoms = 0
        if leg.conditional:
            entry.wait(leg)
        else:
            entry.rest(leg)
    held_atoms = desk.held_atoms(pair[0])
    desk.hold(pair[0], held_atoms)
    changes_atoms = [held_atoms - locked_atoms, 0]
    return [
        told(kind, sequence, leg, change_atoms)
        for sequence, leg, change_atoms in zip(sequences, pair, changes_atoms, strict=True)
    ]


def has_shape(type_: ListType, asks: Sequence[Ask]) -> bool:
    """Whether the legs' sides, types and quantities make a list of this type."""
    assert len(asks) == LEGS[type_], asks
    dependent = asks if type_ is ListType.OCO else asks[1:]
    if type_ is not ListType.OCO and asks[0].type not in WORKING_TYPES:
        return False
    if type_ in SELLS_BOUGHT:
        if asks[0].side != Side.BUY:
            return False
        if any(leg.side != Side.SELL or leg.quantity != 0 or leg.display_lots for leg in dependent):
            return False
    if len(dependent) == 2:
        return is_pair(*dependent)
    return not dependent[0].by_quote


def is_pair(one: Ask, other: Ask) -> bool:
    if (one.side, one.quantity) != (other.side, other.quantity):
        return False
    return any(a.type in STOP_TYPES and b.type in OTHER_SIDE_OF_PAIR for a, b in ((one, other), (other, one)))


def bad_pair_prices(refusals: Refusals, pair: Sequence[Ask], last_price_ticks: int) -> bool:
    """Whether the market is not between the two; what a leg does not set is not looked at."""
    [stop] = [ask for ask in pair if ask.type in STOP_TYPES]
    [gain] = [ask for ask in pair if ask.type in OTHER_SIDE_OF_PAIR]
    gain_ticks = refusals.entry_price_ticks(gain) if gain.type == OrderType.LIMIT_MAKER else gain.trigger_ticks
    in_turn = [price_ticks for price_ticks in (gain_ticks, last_price_ticks, stop.trigger_ticks) if price_ticks]
    if pair[0].side == Side.BUY:
        in_turn.reverse()
    return any(higher <= lower for higher, lower in pairwise(in_turn))
