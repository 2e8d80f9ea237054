"""The engine's tests of an order that need neither book nor balance, for order/test, which must not reach the engine.

Source: docs/rules/spot.md, 4 to 10; conditional.md; iceberg.md; filters.md.
"""

from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.refusals import features_asked
from venus.records.commands import (
    CONDITIONAL_TYPES,
    DISPLAY_BITS,
    DISPLAY_LOTS_MAX,
    PRICED_TYPES,
    Command,
    CommandFlag,
    OrderType,
    Side,
)
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_PARTS_MAX_ELSE = 100


def trial_reject(command: Command, market: Market) -> Reject:
    """Why the engine would refuse an order whatever the book and the account; NONE if it would not."""
    if market.listing.halted:
        return Reject.SYMBOL_HALTED
    if features_asked(command) & ~market.features:
        return Reject.NOT_ALLOWED_ON_SYMBOL
    if not market.listing.stp_allowed & (1 << command.stp):
        return Reject.STP_NOT_ALLOWED
    return (
        _price_reject(command, market)
        or _quantity_reject(command, market)
        or _iceberg_reject(command, market)
        or _trailing_reject(command, market)
        or _asset_reject(command, market)
    )


def _price_reject(command: Command, market: Market) -> Reject:
    listing = market.listing
    needs_price = command.type in PRICED_TYPES and not command.peg
    for ticks, is_asked in ((command.price_ticks, needs_price), (command.target_hi, False)):
        if (ticks or is_asked) and not listing.price_ticks_min <= ticks <= listing.price_ticks_max:
            return Reject.PRICE_OUT_OF_RANGE
    return Reject.NONE


def _hold_price(command: Command) -> int:
    """Its price, else its trigger; 0 if that is the last price or a price from the book."""
    return command.price_ticks or command.target_hi


def _quantity_reject(command: Command, market: Market) -> Reject:
    listing = market.listing
    priced = command.type in PRICED_TYPES
    quantity_min, quantity_max = listing.quantity_lots_min, listing.quantity_lots_max
    if command.flags & CommandFlag.IN_QUOTE:
        quantity_min, quantity_max = 1, ATOMS_MAX
    elif not priced:
        quantity_min = max(quantity_min, market.figures.market_lots_min)
        quantity_max = listing.market_lots_max
    if not quantity_min <= command.quantity <= quantity_max:
        return Reject.QUANTITY_OUT_OF_RANGE
    ticks = _hold_price(command)
    if ticks == 0:
        return Reject.NONE
    notional_atoms = ticks * command.quantity * listing.tick_lot_atoms
    if notional_atoms > listing.notional_atoms_max:
        return Reject.NOTIONAL_TOO_LARGE
    return Reject.NOTIONAL_TOO_SMALL if notional_atoms < listing.notional_atoms_min else Reject.NONE


def _iceberg_reject(command: Command, market: Market) -> Reject:
    display_lots = command.target_lo & DISPLAY_LOTS_MAX
    if display_lots == 0:
        return Reject.NONE
    if display_lots > command.quantity:
        return Reject.ICEBERG_TOO_LARGE
    if display_lots < market.listing.quantity_lots_min:
        return Reject.QUANTITY_OUT_OF_RANGE
    parts = -(-command.quantity // display_lots)
    return Reject.TOO_MANY_PARTS if parts > (market.figures.iceberg_parts_max or _PARTS_MAX_ELSE) else Reject.NONE


def waits_above(command: Command) -> bool:
    """Whether it waits for the market to rise. Source: docs/rules/conditional.md, "Which way it waits"."""
    stop_loss = command.type in (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
    return stop_loss == (command.side == Side.BUY)


def _trailing_reject(command: Command, market: Market) -> Reject:
    bips = command.target_lo >> DISPLAY_BITS
    if bips == 0 or command.type not in CONDITIONAL_TYPES:
        return Reject.NONE
    figures = market.figures
    low, high = figures.trail_below_bips_min, figures.trail_below_bips_max
    if waits_above(command):
        low, high = figures.trail_above_bips_min, figures.trail_above_bips_max
    return Reject.TRAILING_OUT_OF_RANGE if bips < low or (high and bips > high) else Reject.NONE


def _asset_reject(command: Command, market: Market) -> Reject:
    listing = market.listing
    base_max, quote_max = market.base.order_atoms_max, market.quote.order_atoms_max
    in_quote = bool(command.flags & CommandFlag.IN_QUOTE)
    if base_max and not in_quote and command.quantity * listing.lot_atoms > base_max:
        return Reject.ASSET_LIMIT
    quote_atoms = command.quantity if in_quote else _hold_price(command) * command.quantity * listing.tick_lot_atoms
    return Reject.ASSET_LIMIT if quote_max and quote_atoms > quote_max else Reject.NONE
