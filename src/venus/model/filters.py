"""What a symbol allows, and the tests that its rules, the exchange's limits and an asset's limit add.

Source: docs/rules/filters.md, tests 5a, 10a to 10g, 12 to 12b; docs/rules/iceberg.md, "Refused".
"""

from collections.abc import Sequence
from typing import NamedTuple

from venus.model.ask import Ask, waits_above
from venus.model.book import UNLIMITED, Book, Order
from venus.model.desk import Desk
from venus.records.commands import (
    PRICED_TYPES,
    Feature,
    ListType,
    OrderType,
    SetSymbolRules,
    Side,
    TimeInForce,
)
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, PPM

PARTS_MAX_USUAL = 100
PERCENT_PPM_MAX = 100_000_000
TRAIL_BIPS_MAX = 32_767
AVERAGE_MINUTES_MAX = 60
PARTS_MAX = 10_000
FEATURES_OF_LIST = {
    ListType.OCO: Feature.OCO,
    ListType.OTO: Feature.OTO,
    ListType.OTOCO: Feature.OTO | Feature.OCO,
    ListType.OPO: Feature.OTO | Feature.OPO,
    ListType.OPOCO: Feature.OTO | Feature.OPO | Feature.OCO,
}
ALL_FEATURES = Feature(sum(Feature))


def allows(book: Book, features: Feature) -> bool:
    return book.rules is None or features in Feature(book.rules.features)


def features_of(ask: Ask) -> Feature:
    """What an order asks of its symbol."""
    features = Feature(0)
    features |= Feature.ICEBERG if ask.display_lots else Feature(0)
    features |= Feature.TRAILING if ask.trail_bips else Feature(0)
    features |= Feature.PEG if ask.peg else Feature(0)
    return features | (Feature.QUOTE_MARKET if ask.by_quote else Feature(0))


def figures_fit(rules: SetSymbolRules, book: Book) -> bool:
    """Whether a SetSymbolRules is one that can be: each figure by itself, and minima against maxima."""
    bounds = [
        (rules.bid_down_ppm, rules.bid_up_ppm, PERCENT_PPM_MAX),
        (rules.ask_down_ppm, rules.ask_up_ppm, PERCENT_PPM_MAX),
        (rules.trail_above_bips_min, rules.trail_above_bips_max, TRAIL_BIPS_MAX),
        (rules.trail_below_bips_min, rules.trail_below_bips_max, TRAIL_BIPS_MAX),
        (0, rules.average_minutes, AVERAGE_MINUTES_MAX),
        (0, rules.market_lots_min, book.listing.market_lots_max),
        (0, rules.iceberg_parts_max, PARTS_MAX),
        (0, rules.algo_orders_max, ATOMS_MAX),
        (0, rules.iceberg_orders_max, ATOMS_MAX),
        (0, rules.order_lists_max, ATOMS_MAX),
        (0, rules.amends_max, ATOMS_MAX),
        (0, rules.position_atoms_max, ATOMS_MAX),
    ]
    return 0 <= rules.features <= ALL_FEATURES.value and all(
        0 <= least <= limit and 0 <= most <= limit and (most == 0 or least <= most) for least, most, limit in bounds
    )


class Setting(NamedTuple):
    """In which an order is tested."""

    priced: bool = True  # a peg is looked up: the book is as it will be when the order enters it
    sized: bool = True  # its quantity is known: not so of a leg that sells what another will buy
    before: tuple[Ask, ...] = ()  # legs of its list, counted as open
    itself: int = 0  # order id of a leg that starts, else 0


class Filters:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def refusal(self, ask: Ask, hold_price_ticks: int, setting: Setting) -> Reject:
        """Tests 10a to 10g.

        hold_price_ticks  0: none
        """
        return (
            (iceberg_refusal(ask, self._desk.books[ask.symbol]) if setting.sized else Reject.NONE)
            or self._trail_refusal(ask)
            or (self.percent_refusal(ask.symbol, ask.side, ask.price_ticks) if ask.price_ticks else Reject.NONE)
            or (self._size_refusal(ask, hold_price_ticks) if setting.sized else Reject.NONE)
            or (self._position_refusal(ask, setting) if setting.sized else Reject.NONE)
        )

    def average_ticks(self, symbol: int) -> int:
        """0: the symbol never traded."""
        book = self._desk.books[symbol]
        minutes = book.rules.average_minutes if book.rules else 0
        return book.average.ticks(self._desk.time_ns, minutes, book.last_price_ticks)

    def percent_refusal(self, symbol: int, side: int, price_ticks: int) -> Reject:
        """Test 10c of one price."""
        rules, average_ticks = self._desk.books[symbol].rules, self.average_ticks(symbol)
        if rules is None or not average_ticks:
            return Reject.NONE
        down_ppm, up_ppm = (
            (rules.bid_down_ppm, rules.bid_up_ppm) if side == Side.BUY else (rules.ask_down_ppm, rules.ask_up_ppm)
        )
        too_low = down_ppm and price_ticks < average_ticks * down_ppm // PPM
        too_high = up_ppm and price_ticks > average_ticks * up_ppm // PPM
        return Reject.PERCENT_PRICE if too_low or too_high else Reject.NONE

    def room_refusal(self, ask: Ask, before: Sequence[Ask], is_leg: bool) -> Reject:
        """Tests 12 to 12b: how many orders the account may have open. `before`: legs of its list, counted as open."""
        book, limits = self._desk.books[ask.symbol], self._desk.limits
        theirs = list(self._desk.of_account(ask.account))
        here = [order for order in theirs if order.symbol == ask.symbol]
        rests = ask.type in (OrderType.LIMIT, OrderType.LIMIT_MAKER) and ask.tif == TimeInForce.GTC
        may_stay = is_leg or ask.conditional or rests
        if may_stay and len(here) + len(before) >= book.listing.orders_max:
            return Reject.TOO_MANY_ORDERS
        if book.rules and ask.conditional and full(conditionals(here, before), book.rules.algo_orders_max):
            return Reject.TOO_MANY_ALGO_ORDERS
        if book.rules and ask.display_lots and full(icebergs(here, before), book.rules.iceberg_orders_max):
            return Reject.TOO_MANY_ICEBERGS
        if may_stay and full(len(theirs) + len(before), limits.orders_max):
            return Reject.TOO_MANY_ON_EXCHANGE
        if ask.conditional and full(conditionals(theirs, before), limits.algo_orders_max):
            return Reject.TOO_MANY_ALGO_ON_EXCHANGE
        if ask.display_lots and full(icebergs(theirs, before), limits.iceberg_orders_max):
            return Reject.TOO_MANY_ICEBERGS_ON_EXCHANGE
        return Reject.NONE

    def _position_refusal(self, ask: Ask, setting: Setting) -> Reject:
        """Test 10g."""
        book, ledger = self._desk.books[ask.symbol], self._desk.ledger
        if ask.side != Side.BUY or book.rules is None or not book.rules.position_atoms_max:
            return Reject.NONE
        lots = ask.quantity
        if ask.by_quote:
            lots, _ = book.sweep(Side.BUY, UNLIMITED, ask.quantity)
        lots += sum(
            order.remaining_lots
            for order in self._desk.of_account(ask.account)
            if order.symbol == ask.symbol and order.side is Side.BUY and order.id != setting.itself
        )
        lots += sum(leg.quantity for leg in setting.before if leg.side == Side.BUY)
        key = ask.account, book.listing.base_asset
        position_atoms = ledger.free[key] + ledger.held[key] + book.base_atoms(lots)
        return Reject.POSITION_TOO_LARGE if position_atoms > book.rules.position_atoms_max else Reject.NONE

    def _trail_refusal(self, ask: Ask) -> Reject:
        """Test 10b."""
        rules = self._desk.books[ask.symbol].rules
        if rules is None or not ask.trail_bips:
            return Reject.NONE
        least, most = (
            (rules.trail_above_bips_min, rules.trail_above_bips_max)
            if waits_above(ask.type, ask.side)
            else (rules.trail_below_bips_min, rules.trail_below_bips_max)
        )
        outside = ask.trail_bips < least or (most and ask.trail_bips > most)
        return Reject.TRAILING_OUT_OF_RANGE if outside else Reject.NONE

    def _size_refusal(self, ask: Ask, hold_price_ticks: int) -> Reject:
        """Tests 10d to 10f."""
        book = self._desk.books[ask.symbol]
        rules, listing = book.rules, book.listing
        market = ask.type == OrderType.MARKET
        if rules and ask.type not in PRICED_TYPES and not ask.by_quote and ask.quantity < rules.market_lots_min:
            return Reject.QUANTITY_OUT_OF_RANGE
        if ask.by_quote:
            notional_atoms = ask.quantity
        else:
            price_ticks = self.average_ticks(ask.symbol) if market else hold_price_ticks
            notional_atoms = book.notional_atoms(price_ticks, ask.quantity)
        # Without an average or a price there is no notional to test.
        if rules and market and notional_atoms:
            if Feature.APPLY_MIN_TO_MARKET & rules.features and notional_atoms < listing.notional_atoms_min:
                return Reject.NOTIONAL_TOO_SMALL
            if Feature.APPLY_MAX_TO_MARKET & rules.features and notional_atoms > listing.notional_atoms_max:
                return Reject.NOTIONAL_TOO_LARGE
        base_limit_atoms = self._desk.ledger.assets[listing.base_asset].order_atoms_max
        if base_limit_atoms and not ask.by_quote and book.base_atoms(ask.quantity) > base_limit_atoms:
            return Reject.ASSET_LIMIT
        return self._quote_limit_refusal(book, notional_atoms)

    def notional_limit_refusal(self, ask: Ask, price_ticks: int) -> Reject:
        """The notional half of test 10f at a price."""
        book = self._desk.books[ask.symbol]
        return self._quote_limit_refusal(book, book.notional_atoms(price_ticks, ask.quantity))

    def _quote_limit_refusal(self, book: Book, notional_atoms: int) -> Reject:
        limit_atoms = self._desk.ledger.assets[book.listing.quote_asset].order_atoms_max
        return Reject.ASSET_LIMIT if limit_atoms and notional_atoms > limit_atoms else Reject.NONE


def iceberg_refusal(ask: Ask, book: Book) -> Reject:
    """Test 10a."""
    if not ask.display_lots:
        return Reject.NONE
    if ask.display_lots > ask.quantity:
        return Reject.ICEBERG_TOO_LARGE
    if ask.display_lots < book.listing.quantity_lots_min:
        return Reject.QUANTITY_OUT_OF_RANGE
    parts_max = (book.rules.iceberg_parts_max if book.rules else 0) or PARTS_MAX_USUAL
    parts = -(-ask.quantity // ask.display_lots)
    return Reject.TOO_MANY_PARTS if parts > parts_max else Reject.NONE


def full(count: int, most: int) -> bool:
    """Whether there is no room for one more; a limit of 0 is off."""
    return 0 < most <= count


def conditionals(orders: Sequence[Order], before: Sequence[Ask]) -> int:
    return sum(order.conditional for order in orders) + sum(ask.conditional for ask in before)


def icebergs(orders: Sequence[Order], before: Sequence[Ask]) -> int:
    return sum(order.display_lots > 0 for order in orders) + sum(ask.display_lots > 0 for ask in before)
