"""Orders, cancels, cancel-replace and amendments: the tests in their order, then the change.

Source: docs/rules/spot.md.
"""

from venus.model.ask import Ask, ask_of, has_other
from venus.model.book import Order, State
from venus.model.desk import Desk
from venus.model.entry import Entry, told
from venus.model.events import event, refused
from venus.model.filters import Setting, allows
from venus.model.lists import Lists, no_book_flag
from venus.model.refusals import Refusals
from venus.model.transfers import NO_DIGEST
from venus.records.commands import Command, CommandFlag, Feature
from venus.records.events import Event, EventKind, Expiry
from venus.records.rejects import Reject

AMENDS_COUNTED = 65_535
PAIRS_TOGETHER = 3
"""From these rules on a pair is amended as one."""
PAIR = 2
CANCEL_FLAGS = (
    CommandFlag.TARGET_IS_ORDER_ID
    | CommandFlag.ONLY_NEW
    | CommandFlag.ONLY_PARTIALLY_FILLED
    | CommandFlag.REPLACES
    | CommandFlag.STOP_ON_FAILURE
)


class Spot:
    def __init__(self, desk: Desk, lists: Lists, refusals: Refusals, entry: Entry) -> None:
        self._desk = desk
        self._lists = lists
        self._refusals = refusals
        self._entry = entry

    def order(self, sequence: int, command: Command) -> list[Event]:
        ask = ask_of(command, self._desk.rules)
        setting = Setting()
        reason = (
            self._refusals.before_book(ask, setting)
            or self._refusals.in_book(ask, setting, is_leg=False)
            or self._refusals.at_once(ask)
        )
        return [refused(sequence, command, reason)] if reason else self._accept(sequence, ask)

    def _accept(self, sequence: int, ask: Ask) -> list[Event]:
        price_ticks = self._refusals.entry_price_ticks(ask)
        order = self._entry.number(ask)
        if order.conditional:
            self._entry.wait(order)
            self._desk.hold(order, self._desk.held_atoms(order))
            happened = []
        else:
            order.price_ticks = price_ticks
            happened = self._entry.run(sequence, order, ask.quantity if ask.by_quote else 0)
        return [told(EventKind.ACCEPTED, sequence, order, self._desk.held_atoms(order)), *happened]

    def cancel(self, sequence: int, command: Command) -> list[Event]:
        reason = self._cancel_refusal(command)
        if reason:
            return [refused(sequence, command, reason)]
        order = self._target(command)
        assert order is not None
        return self._lists.end(sequence, order, EventKind.CANCELED, Expiry.NONE)

    def cancel_all(self, sequence: int, command: Command) -> list[Event]:
        reason = self._refusals.not_there(command.account, command.subject)
        if reason:
            return [refused(sequence, command, reason)]
        theirs = [order for order in self._desk.of_account(command.account) if order.symbol == command.subject]
        if not theirs:
            return [refused(sequence, command, Reject.UNKNOWN_ORDER)]
        theirs.sort(key=lambda order: -order.id)
        return self._end_all(sequence, theirs, EventKind.CANCELED, Expiry.NONE)

    def expire_all_of(self, sequence: int, account: int) -> list[Event]:
        """A frozen account's orders: by base asset, within it the highest id first."""
        theirs = list(self._desk.of_account(account))
        theirs.sort(key=lambda order: (self._desk.book_of(order).listing.base_asset, -order.id))
        return self._end_all(sequence, theirs, EventKind.EXPIRED, Expiry.ACCOUNT_FROZEN)

    def cancel_replace(self, cancel_sequence: int, cancel: Command, order: Command) -> list[Event]:
        """A CANCEL with REPLACES and the ORDER right behind it."""
        order_sequence = cancel_sequence + 1
        reason = self._pair_refusal(cancel, order)
        if reason:
            return [
                refused(cancel_sequence, cancel, Reject.REPLACEMENT_REFUSED),
                refused(order_sequence, order, reason),
            ]
        outcome = self.cancel(cancel_sequence, cancel)
        if outcome[0].kind == EventKind.REJECTED and cancel.flags & CommandFlag.STOP_ON_FAILURE:
            return [*outcome, refused(order_sequence, order, Reject.NOT_ATTEMPTED)]
        return [*outcome, *self.order(order_sequence, order)]

    def amend(self, sequence: int, command: Command) -> list[Event]:
        reason = self._refusals.not_tradable(command.account, command.subject) or self._amend_refusal(command)
        if reason:
            return [refused(sequence, command, reason)]
        order = self._target(command)
        assert order is not None
        client = (command.client_hi, command.client_lo)
        if client != NO_DIGEST:
            self._desk.clients.pop((order.account, order.client), None)
            order.client = client
            self._desk.clients[order.account, client] = order
        return [self._make_smaller(sequence, leg, command.quantity) for leg in self._amended(order, command.quantity)]

    def _amended(self, order: Order, quantity_lots: int) -> list[Order]:
        """The order, and from rules 3 on the other leg of its pair if that has more lots."""
        list_ = self._desk.list_of(order)
        if self._desk.rules < PAIRS_TOGETHER or list_ is None or len(list_.dependent) != PAIR:
            return [order]
        pair = list_.dependent if any(leg is order for leg in list_.dependent) else []
        others = [leg for leg in pair if leg is not order and leg.state is not State.ENDED]
        return [order, *(leg for leg in others if leg.original_lots > quantity_lots)]

    def _make_smaller(self, sequence: int, order: Order, quantity_lots: int) -> Event:
        less_lots = order.original_lots - quantity_lots
        held_atoms, hidden_lots = self._desk.held_atoms(order), order.hidden_lots
        order.original_lots -= less_lots
        order.remaining_lots -= less_lots
        order.slice_lots = min(order.slice_lots, order.remaining_lots)
        order.amends = min(order.amends + 1, AMENDS_COUNTED)
        freed_atoms = held_atoms - self._desk.held_atoms(order)
        self._desk.hold(order, -freed_atoms)
        return event(
            EventKind.AMENDED,
            sequence,
            order_id=order.id,
            price_ticks=order.price_ticks,
            quantity_lots=order.original_lots,
            remaining_lots=order.remaining_lots,
            hold_atoms=-freed_atoms,
            maker_fee_atoms=hidden_lots - order.hidden_lots,
            trade_id=less_lots if self._desk.rules >= 2 else 0,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            flags=no_book_flag(order),
        )

    def _end_all(self, sequence: int, orders: list[Order], kind: EventKind, reason: Expiry) -> list[Event]:
        """One after the other; a leg may have ended with another before its turn."""
        happened = []
        for order in orders:
            if order.state is not State.ENDED:
                happened += self._lists.end(sequence, order, kind, reason)
        return happened

    def _pair_refusal(self, cancel: Command, order: Command) -> Reject:
        """Why neither half of a cancel-replace is tried."""
        if cancel.subject < len(self._desk.books) and not allows(
            self._desk.books[cancel.subject], Feature.CANCEL_REPLACE
        ):
            return Reject.NOT_ALLOWED_ON_SYMBOL
        if (order.account, order.subject) != (cancel.account, cancel.subject):
            return Reject.INVALID_ORDER
        return self._refusals.before_book(ask_of(order, self._desk.rules), Setting(priced=False))

    def _target(self, command: Command) -> Order | None:
        """The open order that a cancel or an amendment means, if it is this account's and on this symbol."""
        if command.flags & CommandFlag.TARGET_IS_ORDER_ID:
            order = self._desk.orders.get(command.target_lo)
        else:
            order = self._desk.clients.get((command.account, (command.target_hi, command.target_lo)))
        if order is None or (order.account, order.symbol) != (command.account, command.subject):
            return None
        return order

    def _cancel_refusal(self, command: Command) -> Reject:
        reason = self._refusals.not_there(command.account, command.subject)
        if reason:
            return reason
        flags = CommandFlag(command.flags)
        both_only = CommandFlag.ONLY_NEW in flags and CommandFlag.ONLY_PARTIALLY_FILLED in flags
        stop_alone = CommandFlag.STOP_ON_FAILURE in flags and CommandFlag.REPLACES not in flags
        if has_other(command.flags, CANCEL_FLAGS) or both_only or stop_alone:
            return Reject.INVALID_ORDER
        order = self._target(command)
        if order is None:
            return Reject.UNKNOWN_ORDER
        if CommandFlag.ONLY_NEW in flags and order.executed_lots > 0:
            return Reject.CANCEL_RESTRICTED
        if CommandFlag.ONLY_PARTIALLY_FILLED in flags and order.executed_lots == 0:
            return Reject.CANCEL_RESTRICTED
        return Reject.NONE

    def _amend_refusal(self, command: Command) -> Reject:
        """Tests 5 to 12 of an amendment, with those that filters.md and order_lists.md add."""
        book = self._desk.books[command.subject]
        if not allows(book, Feature.AMEND):
            return Reject.NOT_ALLOWED_ON_SYMBOL
        if has_other(command.flags, CommandFlag.TARGET_IS_ORDER_ID):
            return Reject.INVALID_ORDER
        order = self._target(command)
        if order is None:
            return Reject.UNKNOWN_ORDER
        list_ = self._desk.list_of(order)
        if list_ is not None and list_.sells_what_it_bought and order.state is State.PENDING:
            return Reject.NOT_STARTED
        if command.quantity > order.original_lots:
            return Reject.QUANTITY_INCREASE
        if command.quantity == order.original_lots:
            return Reject.NO_CHANGE
        if command.quantity < book.listing.quantity_lots_min:
            return Reject.QUANTITY_OUT_OF_RANGE
        gone_lots = order.original_lots - order.remaining_lots  # executed and prevented
        if command.quantity <= gone_lots:
            return Reject.BELOW_EXECUTED
        for leg in self._amended(order, command.quantity):
            price_ticks = leg.hold_price_ticks
            if leg.state is State.PENDING:
                price_ticks = leg.price_ticks or leg.trigger_ticks
            if price_ticks and book.notional_atoms(price_ticks, command.quantity) < book.listing.notional_atoms_min:
                return Reject.NOTIONAL_TOO_SMALL
            if book.rules and 0 < book.rules.amends_max <= leg.amends:
                return Reject.TOO_MANY_AMENDS
        client = (command.client_hi, command.client_lo)
        if client != NO_DIGEST and self._desk.clients.get((order.account, client), order) is not order:
            return Reject.DUPLICATE_CLIENT_ID
        return Reject.NONE
