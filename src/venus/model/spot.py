"""Orders, cancels, cancel-replace and amendments: the tests in their order, then the change.

Source: docs/rules/spot.md.
"""

from venus.model.book import UNLIMITED, Book, Order, crosses
from venus.model.events import event, refused
from venus.model.ledger import Ledger
from venus.model.matching import Taker, match
from venus.model.transfers import NO_DIGEST, Digest
from venus.records.commands import Command, CommandFlag, OrderType, SelfTrade, Side, TimeInForce
from venus.records.events import Event, EventKind, Expiry
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

KINDS_OF_ORDER = {
    (OrderType.LIMIT, TimeInForce.GTC),
    (OrderType.LIMIT, TimeInForce.IOC),
    (OrderType.LIMIT, TimeInForce.FOK),
    (OrderType.MARKET, TimeInForce.GTC),
    (OrderType.LIMIT_MAKER, TimeInForce.GTC),
}
CANCEL_FLAGS = (
    CommandFlag.TARGET_IS_ORDER_ID
    | CommandFlag.ONLY_NEW
    | CommandFlag.ONLY_PARTIALLY_FILLED
    | CommandFlag.REPLACES
    | CommandFlag.STOP_ON_FAILURE
)


class Spot:
    """All books, and the open orders by id and by (account, client id digest)."""

    def __init__(self, ledger: Ledger) -> None:
        self.books: list[Book] = []
        self.open_orders: dict[int, Order] = {}
        self.clients: dict[tuple[int, Digest], Order] = {}
        self.next_order_id = 1
        self._ledger = ledger

    def order(self, sequence: int, command: Command) -> list[Event]:
        reason = self.refusal_before_book(command) or self._refusal_in_book(command)
        if reason:
            return [refused(sequence, command, reason)]
        return self._accept(sequence, command)

    def refusal_before_book(self, command: Command) -> Reject:
        """Tests 1 to 10: those that a replacement must pass before anything happens."""
        reason = self._not_tradable(command)
        if reason:
            return reason
        if not well_formed(command):
            return Reject.INVALID_ORDER
        book = self.books[command.subject]
        listing = book.listing
        if not listing.stp_allowed & 1 << command.stp:
            return Reject.STP_NOT_ALLOWED
        price_ticks, quantity = command.price_ticks, command.quantity
        if command.type == OrderType.MARKET:
            if price_ticks != 0:
                return Reject.INVALID_ORDER
            quantity_min, quantity_max = listing.quantity_lots_min, listing.market_lots_max
            if command.flags & CommandFlag.IN_QUOTE:
                quantity_min, quantity_max = 1, ATOMS_MAX
            return Reject.NONE if quantity_min <= quantity <= quantity_max else Reject.QUANTITY_OUT_OF_RANGE
        if not listing.price_ticks_min <= price_ticks <= listing.price_ticks_max:
            return Reject.PRICE_OUT_OF_RANGE
        if not listing.quantity_lots_min <= quantity <= listing.quantity_lots_max:
            return Reject.QUANTITY_OUT_OF_RANGE
        notional_atoms = book.notional_atoms(price_ticks, quantity)
        if notional_atoms > listing.notional_atoms_max:
            return Reject.NOTIONAL_TOO_LARGE
        if notional_atoms < listing.notional_atoms_min:
            return Reject.NOTIONAL_TOO_SMALL
        return Reject.NONE

    def cancel(self, sequence: int, command: Command) -> Event:
        reason = self._cancel_refusal(command)
        if reason:
            return refused(sequence, command, reason)
        order = self._target(command)
        assert order is not None
        return self._take_off(sequence, order, EventKind.CANCELED, Expiry.NONE)

    def cancel_all(self, sequence: int, command: Command) -> list[Event]:
        reason = self._not_there(command)
        if reason:
            return [refused(sequence, command, reason)]
        theirs = [o for o in self.open_orders.values() if o.account == command.account and o.symbol == command.subject]
        if not theirs:
            return [refused(sequence, command, Reject.UNKNOWN_ORDER)]
        theirs.sort(key=lambda order: order.id, reverse=True)
        return [self._take_off(sequence, order, EventKind.CANCELED, Expiry.NONE) for order in theirs]

    def cancel_replace(self, cancel_sequence: int, cancel: Command, order: Command) -> list[Event]:
        """A CANCEL with REPLACES and the ORDER right behind it."""
        order_sequence = cancel_sequence + 1
        same = (order.account, order.subject) == (cancel.account, cancel.subject)
        reason = self.refusal_before_book(order) if same else Reject.INVALID_ORDER
        if reason:
            return [
                refused(cancel_sequence, cancel, Reject.REPLACEMENT_REFUSED),
                refused(order_sequence, order, reason),
            ]
        outcome = self.cancel(cancel_sequence, cancel)
        if outcome.kind == EventKind.REJECTED and cancel.flags & CommandFlag.STOP_ON_FAILURE:
            return [outcome, refused(order_sequence, order, Reject.NOT_ATTEMPTED)]
        return [outcome, *self.order(order_sequence, order)]

    def amend(self, sequence: int, command: Command) -> Event:
        reason = self._not_tradable(command) or self._amend_refusal(command)
        if reason:
            return refused(sequence, command, reason)
        order = self._target(command)
        assert order is not None
        book = self.books[order.symbol]
        less_lots = order.original_lots - command.quantity
        freed_atoms = book.hold_atoms(order, less_lots)
        order.original_lots -= less_lots
        order.remaining_lots -= less_lots
        self._ledger.release(order.account, book.pays(order.side), freed_atoms)
        client = (command.client_hi, command.client_lo)
        if client != NO_DIGEST:
            self.clients.pop((order.account, order.client), None)
            order.client = client
            self.clients[order.account, client] = order
        return event(
            EventKind.AMENDED,
            sequence,
            order_id=order.id,
            price_ticks=order.price_ticks,
            quantity_lots=order.original_lots,
            remaining_lots=order.remaining_lots,
            hold_atoms=-freed_atoms,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
        )

    def expire_all_of(self, sequence: int, account: int) -> list[Event]:
        """A frozen account's orders: by base asset, within it the newest first."""
        theirs = [order for order in self.open_orders.values() if order.account == account]
        theirs.sort(key=lambda order: (self.books[order.symbol].listing.base_asset, -order.id))
        return [self._take_off(sequence, order, EventKind.EXPIRED, Expiry.ACCOUNT_FROZEN) for order in theirs]

    def check(self) -> None:
        """Rules 3, 5 and 6 of docs/rules/ledger.md."""
        holds_atoms = dict.fromkeys(self._ledger.held, 0)
        resting: list[Order] = []
        for book in self.books:
            resting += book.bids + book.asks
            assert not book.bids or not book.asks or book.bids[0].price_ticks < book.asks[0].price_ticks, book.number
            for order in book.bids + book.asks:
                assert order.remaining_lots > 0, order
                assert order.executed_lots + order.remaining_lots <= order.original_lots, order
                holds_atoms[order.account, book.pays(order.side)] += book.hold_atoms(order, order.remaining_lots)
        assert holds_atoms == self._ledger.held
        assert {order.id: order for order in resting} == self.open_orders
        clients = {(order.account, order.client): order for order in resting if order.client != NO_DIGEST}
        assert clients == self.clients
        assert len(clients) == sum(order.client != NO_DIGEST for order in resting)

    def _not_there(self, command: Command) -> Reject:
        if not self._ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if command.subject >= len(self.books):
            return Reject.UNKNOWN_SYMBOL
        return Reject.NONE

    def _not_tradable(self, command: Command) -> Reject:
        """Tests 1 to 4 of orders and amendments."""
        ledger = self._ledger
        if not ledger.is_open(command.account) or ledger.is_external(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if ledger.accounts[command.account].frozen:
            return Reject.ACCOUNT_FROZEN
        if command.subject >= len(self.books):
            return Reject.UNKNOWN_SYMBOL
        return Reject.SYMBOL_HALTED if self.books[command.subject].halted else Reject.NONE

    def _refusal_in_book(self, command: Command) -> Reject:
        """Tests 11 to 16, of a command that passed tests 1 to 10."""
        book = self.books[command.subject]
        client = (command.client_hi, command.client_lo)
        if client != NO_DIGEST and (command.account, client) in self.clients:
            return Reject.DUPLICATE_CLIENT_ID
        side = Side(command.side)
        if command.type == OrderType.MARKET:
            return self._market_refusal(book, side, command)
        if command.tif == TimeInForce.GTC:  # LIMIT_MAKER too
            theirs = sum(order.account == command.account for order in book.bids + book.asks)
            if theirs >= book.listing.orders_max:
                return Reject.TOO_MANY_ORDERS
        needed_atoms = book.base_atoms(command.quantity)
        if side is Side.BUY:
            needed_atoms = book.notional_atoms(command.price_ticks, command.quantity)
        if self._ledger.free[command.account, book.pays(side)] < needed_atoms:
            return Reject.INSUFFICIENT_FREE
        facing = book.facing(side)
        if (
            command.type == OrderType.LIMIT_MAKER
            and facing
            and crosses(side, command.price_ticks, facing[0].price_ticks)
        ):
            return Reject.WOULD_MATCH
        return Reject.NONE

    def _market_refusal(self, book: Book, side: Side, command: Command) -> Reject:
        """Tests 13 to 15 of a MARKET order."""
        by_quote = bool(command.flags & CommandFlag.IN_QUOTE)
        swept_lots, cost_atoms = sweep(book, command)
        if book.facing(side):
            if swept_lots < 1:
                return Reject.QUANTITY_OUT_OF_RANGE
            if cost_atoms < book.listing.notional_atoms_min:
                return Reject.NOTIONAL_TOO_SMALL
        if side is Side.BUY:
            needed_atoms = command.quantity if by_quote else cost_atoms
        else:
            needed_atoms = book.base_atoms(swept_lots if by_quote else command.quantity)
        enough = self._ledger.free[command.account, book.pays(side)] >= needed_atoms
        return Reject.NONE if enough else Reject.INSUFFICIENT_FREE

    def _accept(self, sequence: int, command: Command) -> list[Event]:
        book = self.books[command.subject]
        by_quote = bool(command.flags & CommandFlag.IN_QUOTE)
        order = Order(
            id=self.next_order_id,
            account=command.account,
            symbol=command.subject,
            side=Side(command.side),
            type=OrderType(command.type),
            tif=TimeInForce(command.tif),
            stp=SelfTrade(command.stp),
            price_ticks=command.price_ticks,
            client=(command.client_hi, command.client_lo),
            original_lots=0 if by_quote else command.quantity,
            executed_lots=0,
            remaining_lots=0,
        )
        self.next_order_id += 1
        taker = self._taker(book, order, command)
        match(self._ledger, book, sequence, taker)
        for maker in taker.finished_makers:
            self._forget(maker)
        order.executed_lots = taker.executed_lots
        if not taker.done:
            self._rest(book, order, taker.wanted_lots)
        accepted = event(
            EventKind.ACCEPTED,
            sequence,
            order_id=order.id,
            price_ticks=order.price_ticks,
            quantity_lots=order.original_lots,
            remaining_lots=order.remaining_lots,
            hold_atoms=book.hold_atoms(order, order.remaining_lots),
            account=order.account,
            symbol=order.symbol,
            side=order.side,
        )
        return [accepted, *taker.happened]

    def _taker(self, book: Book, order: Order, command: Command) -> Taker:
        """What an order may take, in lots and in quote atoms."""
        if order.type is not OrderType.MARKET:
            return Taker(order, False, command.quantity, UNLIMITED)
        is_buy = order.side is Side.BUY
        if command.flags & CommandFlag.IN_QUOTE:
            swept_lots, _ = sweep(book, command)
            return Taker(order, True, UNLIMITED if is_buy else swept_lots, command.quantity)
        free_atoms = self._ledger.free[order.account, book.pays(order.side)]
        return Taker(order, False, command.quantity, free_atoms if is_buy else UNLIMITED)

    def _rest(self, book: Book, order: Order, lots: int) -> None:
        order.remaining_lots = lots
        self._ledger.hold(order.account, book.pays(order.side), book.hold_atoms(order, lots))
        book.rest(order)
        self.open_orders[order.id] = order
        if order.client != NO_DIGEST:
            self.clients[order.account, order.client] = order

    def _take_off(self, sequence: int, order: Order, kind: EventKind, reason: Expiry) -> Event:
        """End a resting order and free what it held."""
        book = self.books[order.symbol]
        freed_atoms = book.hold_atoms(order, order.remaining_lots)
        self._ledger.release(order.account, book.pays(order.side), freed_atoms)
        book.remove(order)
        self._forget(order)
        return event(
            kind,
            sequence,
            order_id=order.id,
            price_ticks=order.price_ticks,
            remaining_lots=order.remaining_lots,
            hold_atoms=-freed_atoms,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            reason=reason,
        )

    def _forget(self, order: Order) -> None:
        """It is no longer open: its client id may be used again."""
        del self.open_orders[order.id]
        self.clients.pop((order.account, order.client), None)

    def _target(self, command: Command) -> Order | None:
        """The open order that a cancel or an amendment means, if it is this account's and on this symbol."""
        if command.flags & CommandFlag.TARGET_IS_ORDER_ID:
            order = self.open_orders.get(command.target_lo)
        else:
            order = self.clients.get((command.account, (command.target_hi, command.target_lo)))
        if order is None or (order.account, order.symbol) != (command.account, command.subject):
            return None
        return order

    def _cancel_refusal(self, command: Command) -> Reject:
        reason = self._not_there(command)
        if reason:
            return reason
        flags = CommandFlag(command.flags)
        both_only = CommandFlag.ONLY_NEW in flags and CommandFlag.ONLY_PARTIALLY_FILLED in flags
        stop_alone = CommandFlag.STOP_ON_FAILURE in flags and CommandFlag.REPLACES not in flags
        if has_other(command, CANCEL_FLAGS) or both_only or stop_alone:
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
        """Tests 5 to 12 of an amendment."""
        if has_other(command, CommandFlag.TARGET_IS_ORDER_ID):
            return Reject.INVALID_ORDER
        order = self._target(command)
        if order is None:
            return Reject.UNKNOWN_ORDER
        book = self.books[order.symbol]
        if command.quantity > order.original_lots:
            return Reject.QUANTITY_INCREASE
        if command.quantity == order.original_lots:
            return Reject.NO_CHANGE
        if command.quantity < book.listing.quantity_lots_min:
            return Reject.QUANTITY_OUT_OF_RANGE
        gone_lots = order.original_lots - order.remaining_lots  # executed and prevented
        if command.quantity <= gone_lots:
            return Reject.BELOW_EXECUTED
        if book.notional_atoms(order.price_ticks, command.quantity) < book.listing.notional_atoms_min:
            return Reject.NOTIONAL_TOO_SMALL
        client = (command.client_hi, command.client_lo)
        if client != NO_DIGEST and self.clients.get((order.account, client), order) is not order:
            return Reject.DUPLICATE_CLIENT_ID
        return Reject.NONE


def well_formed(command: Command) -> bool:
    """Test 5: side, type, tif and self-trade mode are known and combine; no flag but a MARKET's IN_QUOTE."""
    allowed_flags = CommandFlag.IN_QUOTE if command.type == OrderType.MARKET else CommandFlag.NONE
    return (
        command.side in (Side.BUY, Side.SELL)
        and (command.type, command.tif) in KINDS_OF_ORDER
        and command.stp <= SelfTrade.TRANSFER
        and not has_other(command, allowed_flags)
    )


def has_other(command: Command, allowed: CommandFlag) -> bool:
    """Whether a flag is set that is not allowed, known or unknown (~ of an IntFlag knows only the known)."""
    return command.flags | allowed.value != allowed.value


def sweep(book: Book, command: Command) -> tuple[int, int]:
    """Lots and cost of a MARKET order's sweep."""
    if command.flags & CommandFlag.IN_QUOTE:
        return book.sweep(Side(command.side), UNLIMITED, command.quantity)
    return book.sweep(Side(command.side), command.quantity, UNLIMITED)
