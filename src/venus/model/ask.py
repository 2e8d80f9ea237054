"""What an ORDER asks, its record read, and whether its parts go together.

Source: docs/rules/spot.md, test 5; docs/rules/conditional.md, "The record".
"""

from typing import NamedTuple

from venus.model.book import Order
from venus.model.transfers import Digest
from venus.records.commands import (
    CONDITIONAL_TYPES,
    DISPLAY_BITS,
    DISPLAY_LOTS_MAX,
    PEG_LAST,
    PRICED_TYPES,
    TRAIL_BIPS_MAX,
    Command,
    CommandFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    peg_parts,
)

SELL_TRAIL_BIPS_END = 10_000
"""At this distance a SELL would wait for a price of zero."""
ALWAYS_GTC = frozenset({OrderType.MARKET, OrderType.LIMIT_MAKER, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT})
TYPES = frozenset(OrderType)
TYPES_AT_FIRST = TYPES - CONDITIONAL_TYPES
TIMES = frozenset(TimeInForce)
STOP_TYPES = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT})


class Ask(NamedTuple):
    """Of an ORDER, or of a leg when its turn comes; its numbers are what was asked, known words or not."""

    account: int
    symbol: int
    side: int
    type: int
    tif: int
    stp: int
    flags: int
    price_ticks: int
    quantity: int
    client: Digest
    trigger_ticks: int
    display_lots: int
    trail_bips: int
    peg: int
    terms: int  # as in the record, where display and trail come from

    @property
    def conditional(self) -> bool:
        return self.type in CONDITIONAL_TYPES

    @property
    def by_quote(self) -> bool:
        return self.type == OrderType.MARKET and bool(self.flags & CommandFlag.IN_QUOTE)

    @property
    def is_pegged_at_once(self) -> bool:
        """Its price comes from the book as it is now, not as it will be when it triggers."""
        return self.peg != 0 and not self.conditional


def ask_of(command: Command, rules: int) -> Ask:
    terms = command.target_lo if rules >= 2 else 0
    return Ask(
        account=command.account,
        symbol=command.subject,
        side=command.side,
        type=command.type,
        tif=command.tif,
        stp=command.stp,
        flags=command.flags,
        price_ticks=command.price_ticks,
        quantity=command.quantity,
        client=(command.client_hi, command.client_lo),
        trigger_ticks=command.target_hi if rules >= 2 else 0,
        display_lots=terms & DISPLAY_LOTS_MAX,
        trail_bips=terms >> DISPLAY_BITS & TRAIL_BIPS_MAX,
        peg=command.peg if rules >= 2 else 0,
        terms=terms,
    )


def ask_again(leg: Order, lots: int) -> Ask:
    """What a pending leg asks when it starts."""
    return Ask(
        account=leg.account,
        symbol=leg.symbol,
        side=leg.side,
        type=leg.type,
        tif=leg.tif,
        stp=leg.stp,
        flags=CommandFlag.NONE,
        price_ticks=leg.price_ticks,
        quantity=lots,
        client=leg.client,
        trigger_ticks=leg.trigger_ticks,
        display_lots=leg.display_lots,
        trail_bips=leg.trail_bips,
        peg=leg.peg,
        terms=0,
    )


def well_formed(ask: Ask, rules: int) -> bool:
    """Test 5: side, type, tif, self-trade mode and terms are known and go together; no flag but a MARKET's IN_QUOTE."""
    allowed_flags = CommandFlag.IN_QUOTE if ask.type == OrderType.MARKET else CommandFlag.NONE
    return (
        ask.side in (Side.BUY, Side.SELL)
        and ask.type in (TYPES if rules >= 2 else TYPES_AT_FIRST)
        and ask.tif in TIMES
        and (ask.tif == TimeInForce.GTC or ask.type not in ALWAYS_GTC)
        and ask.stp <= SelfTrade.TRANSFER
        and not has_other(ask.flags, allowed_flags)
        and trigger_fits(ask)
        and display_fits(ask)
        and peg_fits(ask)
    )


def trigger_fits(ask: Ask) -> bool:
    if ask.terms < 0:  # bit 63
        return False
    if ask.conditional != (ask.trigger_ticks != 0 or ask.trail_bips != 0):
        return False
    if ask.conditional and ask.type not in PRICED_TYPES and ask.price_ticks != 0:
        return False
    return ask.side == Side.BUY or ask.trail_bips < SELL_TRAIL_BIPS_END


def display_fits(ask: Ask) -> bool:
    return ask.display_lots == 0 or (ask.type in PRICED_TYPES and ask.tif == TimeInForce.GTC)


def peg_fits(ask: Ask) -> bool:
    if ask.peg == 0:
        return True
    if ask.peg > PEG_LAST or ask.type not in PRICED_TYPES:
        return False
    market, _ = peg_parts(ask.peg)
    if ask.type == OrderType.LIMIT and not market:
        return ask.tif == TimeInForce.GTC
    return not (ask.type == OrderType.LIMIT_MAKER and market)


def has_other(flags: int, allowed: CommandFlag) -> bool:
    """Whether a flag is set that is not allowed, known or unknown (~ of an IntFlag knows only the known)."""
    return flags | allowed.value != allowed.value


def waits_above(type_: int, side: int) -> bool:
    """Whether a conditional order waits for a last price at or above its trigger."""
    return (type_ in STOP_TYPES) == (side == Side.BUY)
