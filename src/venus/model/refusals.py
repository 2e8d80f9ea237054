"""The tests of an order, in their order. Source: docs/rules/spot.md and conditional.md, "Refused"."""

from venus.model.ask import Ask, waits_above, well_formed
from venus.model.book import UNLIMITED, crosses
from venus.model.desk import Desk
from venus.model.filters import Filters, Setting, allows, features_of
from venus.model.transfers import NO_DIGEST
from venus.records.commands import PRICED_TYPES, OrderType, Side, peg_parts
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

PLAIN = Setting()


class Refusals:
    def __init__(self, desk: Desk, filters: Filters) -> None:
        self._desk = desk
        self._filters = filters

    def not_there(self, account: int, symbol: int) -> Reject:
        if not self._desk.ledger.is_open(account):
            return Reject.UNKNOWN_ACCOUNT
        return Reject.NONE if symbol < len(self._desk.books) else Reject.UNKNOWN_SYMBOL

    def not_tradable(self, account: int, symbol: int) -> Reject:
        """Tests 1 to 4."""
        ledger = self._desk.ledger
        if not ledger.is_open(account) or not ledger.trades(account):
            return Reject.UNKNOWN_ACCOUNT
        if ledger.accounts[account].frozen:
            return Reject.ACCOUNT_FROZEN
        if symbol >= len(self._desk.books):
            return Reject.UNKNOWN_SYMBOL
        return Reject.SYMBOL_HALTED if self._desk.books[symbol].halted else Reject.NONE

    def before_book(self, ask: Ask, setting: Setting) -> Reject:
        """Tests 1 to 10g: those that a replacement must pass before anything happens."""
        return self.not_tradable(ask.account, ask.symbol) or self._formal(ask) or self.figures(ask, setting)

    def in_book(self, ask: Ask, setting: Setting, is_leg: bool) -> Reject:
        """Tests 11 to 12b."""
        named = ask.client != NO_DIGEST
        if named and (ask.account, ask.client) in self._desk.clients:
            return Reject.DUPLICATE_CLIENT_ID
        if named and any(leg.client == ask.client for leg in setting.before):
            return Reject.DUPLICATE_CLIENT_ID
        return self._filters.room_refusal(ask, setting.before, is_leg)

    def at_once(self, ask: Ask) -> Reject:
        """Tests 13 to 16a of an order that stands for itself."""
        free_atoms = self._desk.free_atoms(ask.account, ask.symbol, ask.side)
        reason = self._sweep_refusal(ask) if ask.type == OrderType.MARKET else Reject.NONE
        if not reason and free_atoms < self.needed_atoms(ask):
            reason = Reject.INSUFFICIENT_FREE
        return reason or self.wrong_side(ask)

    def wrong_side(self, ask: Ask) -> Reject:
        """Test 16 of a LIMIT_MAKER, 16a of a conditional order."""
        book = self._desk.books[ask.symbol]
        if ask.type == OrderType.LIMIT_MAKER:
            facing = book.facing(Side(ask.side))
            meets = facing and crosses(Side(ask.side), self.entry_price_ticks(ask), facing[0].price_ticks)
            return Reject.WOULD_MATCH if meets else Reject.NONE
        if not ask.conditional or not ask.trigger_ticks or not book.last_price_ticks:
            return Reject.NONE
        if waits_above(ask.type, ask.side):
            holds = book.last_price_ticks >= ask.trigger_ticks
        else:
            holds = book.last_price_ticks <= ask.trigger_ticks
        return Reject.WOULD_TRIGGER if holds else Reject.NONE

    def figures(self, ask: Ask, setting: Setting) -> Reject:
        """Tests 7 to 10g."""
        book = self._desk.books[ask.symbol]
        listing = book.listing
        if ask.type == OrderType.MARKET and ask.price_ticks != 0:
            return Reject.INVALID_ORDER
        if ask.price_ticks == 0 and ask.type in PRICED_TYPES and not ask.peg:
            return Reject.PRICE_OUT_OF_RANGE
        for price_ticks in (ask.price_ticks, ask.trigger_ticks):
            if price_ticks != 0 and not listing.price_ticks_min <= price_ticks <= listing.price_ticks_max:
                return Reject.PRICE_OUT_OF_RANGE
        if ask.conditional and not self.hold_price_ticks(ask):
            return Reject.NO_LAST_PRICE
        if setting.sized and not self._quantity_fits(ask):
            return Reject.QUANTITY_OUT_OF_RANGE
        reason = self._priced_figures(ask, self.hold_price_ticks(ask) if ask.conditional else ask.price_ticks, setting)
        if not reason and ask.is_pegged_at_once and setting.priced:
            return self._pegged_figures(ask, setting)
        return reason

    def _priced_figures(self, ask: Ask, hold_price_ticks: int, setting: Setting) -> Reject:
        """Tests 9 to 10g; what needs a price passes where there is none."""
        reason = self._notional_refusal(ask, hold_price_ticks) if setting.sized else Reject.NONE
        return reason or self._filters.refusal(ask, hold_price_ticks, setting)

    def _pegged_figures(self, ask: Ask, setting: Setting) -> Reject:
        """What a price that comes from the book is tested for, after all else."""
        listing = self._desk.books[ask.symbol].listing
        pegged_ticks = self.pegged_ticks(ask)
        if pegged_ticks is None:
            return Reject.NO_PEG_PRICE
        if not listing.price_ticks_min <= pegged_ticks <= listing.price_ticks_max:
            return Reject.PRICE_OUT_OF_RANGE
        return (
            (self._notional_refusal(ask, pegged_ticks) if setting.sized else Reject.NONE)
            or self._filters.percent_refusal(ask.symbol, ask.side, pegged_ticks)
            or (self._filters.notional_limit_refusal(ask, pegged_ticks) if setting.sized else Reject.NONE)
        )

    def _notional_refusal(self, ask: Ask, price_ticks: int) -> Reject:
        """Tests 9 and 10 at a price, if there is one."""
        book = self._desk.books[ask.symbol]
        notional_atoms = book.notional_atoms(price_ticks, ask.quantity)
        if not price_ticks:
            return Reject.NONE
        if notional_atoms > book.listing.notional_atoms_max:
            return Reject.NOTIONAL_TOO_LARGE
        return Reject.NOTIONAL_TOO_SMALL if notional_atoms < book.listing.notional_atoms_min else Reject.NONE

    def limit_refusal(self, ask: Ask, price_ticks: int) -> Reject:
        """What a triggered LIMIT order is tested for once more, but its funds."""
        listing = self._desk.books[ask.symbol].listing
        if not listing.price_ticks_min <= price_ticks <= listing.price_ticks_max:
            return Reject.PRICE_OUT_OF_RANGE
        return self._notional_refusal(ask, price_ticks) or self._filters.percent_refusal(
            ask.symbol, ask.side, price_ticks
        )

    def hold_price_ticks(self, ask: Ask) -> int:
        """What a conditional order's hold is reckoned with; 0: nothing to reckon with."""
        return ask.price_ticks or ask.trigger_ticks or self._desk.books[ask.symbol].last_price_ticks

    def entry_price_ticks(self, ask: Ask) -> int:
        """The price with which an order that was not refused enters its book."""
        if not ask.is_pegged_at_once:
            return ask.price_ticks
        pegged_ticks = self.pegged_ticks(ask)
        assert pegged_ticks is not None, ask
        return pegged_ticks

    def pegged_ticks(self, ask: Ask) -> int | None:
        """The price that a peg takes from the book as it is, if there is such a level."""
        market, offset = peg_parts(ask.peg)
        own = Side(ask.side)
        other = Side.SELL if own is Side.BUY else Side.BUY
        return self._desk.books[ask.symbol].level_ticks(other if market else own, offset)

    def needed_atoms(self, ask: Ask) -> int:
        """What test 15 asks for."""
        book, side = self._desk.books[ask.symbol], Side(ask.side)
        if ask.type == OrderType.MARKET:
            swept_lots, cost_atoms = self._sweep(ask)
            if side is Side.BUY:
                return ask.quantity if ask.by_quote else cost_atoms
            return book.base_atoms(swept_lots if ask.by_quote else ask.quantity)
        price_ticks = self.hold_price_ticks(ask) if ask.conditional else self.entry_price_ticks(ask)
        return book.hold_atoms(side, price_ticks, ask.quantity)

    def _formal(self, ask: Ask) -> Reject:
        """Tests 5 to 6."""
        book = self._desk.books[ask.symbol]
        if not well_formed(ask, self._desk.rules):
            return Reject.INVALID_ORDER
        if not allows(book, features_of(ask)):
            return Reject.NOT_ALLOWED_ON_SYMBOL
        return Reject.NONE if book.listing.stp_allowed & 1 << ask.stp else Reject.STP_NOT_ALLOWED

    def _quantity_fits(self, ask: Ask) -> bool:
        listing = self._desk.books[ask.symbol].listing
        if ask.by_quote:
            return 1 <= ask.quantity <= ATOMS_MAX
        lots_max = listing.quantity_lots_max if ask.type in PRICED_TYPES else listing.market_lots_max
        return listing.quantity_lots_min <= ask.quantity <= lots_max

    def _sweep_refusal(self, ask: Ask) -> Reject:
        """Tests 13 and 14 of a MARKET order."""
        book = self._desk.books[ask.symbol]
        if not book.facing(Side(ask.side)):
            return Reject.NONE
        swept_lots, cost_atoms = self._sweep(ask)
        if swept_lots < 1:
            return Reject.QUANTITY_OUT_OF_RANGE
        if book.rules is None and cost_atoms < book.listing.notional_atoms_min:
            return Reject.NOTIONAL_TOO_SMALL
        return Reject.NONE

    def _sweep(self, ask: Ask) -> tuple[int, int]:
        """Lots and cost of a MARKET order's sweep."""
        book = self._desk.books[ask.symbol]
        if ask.by_quote:
            return book.sweep(Side(ask.side), UNLIMITED, ask.quantity)
        return book.sweep(Side(ask.side), ask.quantity, UNLIMITED)
