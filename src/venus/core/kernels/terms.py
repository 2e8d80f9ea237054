"""Tests of orders with terms (trigger, trailing distance, display lots, peg) and of legs of lists.

Every test of the rules from 1 on, for any type: a leg may be a plain order too. Sources: docs/rules/conditional.md,
iceberg.md, filters.md, spot.md "Refused".
"""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import balance_find, free_atoms
from venus.core.kernels.book import BUY
from venus.core.kernels.filters import is_off_average, product
from venus.core.kernels.ladder import crosses, level_behind
from venus.core.kernels.layout import ACCOUNTS_COUNT, INLINE, JIT, SYMBOLS_COUNT
from venus.core.kernels.orders import trades
from venus.core.kernels.state import state_at
from venus.core.kernels.sweep import sweep
from venus.core.kernels.waiting import is_conditional, waits_above
from venus.records.commands import (
    DISPLAY_BITS,
    DISPLAY_LOTS_MAX,
    PEG_LAST,
    PEG_OFFSET_MAX,
    CommandFlag,
    Feature,
    OrderType,
    SelfTrade,
    TimeInForce,
)
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_LIMIT, _MARKET, _LIMIT_MAKER = int(OrderType.LIMIT), int(OrderType.MARKET), int(OrderType.LIMIT_MAKER)
_STOP_LOSS, _TAKE_PROFIT, _TYPE_LAST = int(OrderType.STOP_LOSS), int(OrderType.TAKE_PROFIT), int(max(OrderType))
_GTC, _FOK = int(TimeInForce.GTC), int(TimeInForce.FOK)
_IN_QUOTE, _STP_LAST = int(CommandFlag.IN_QUOTE), int(max(SelfTrade))
_ICEBERG, _TRAILING, _PEG = int(Feature.ICEBERG), int(Feature.TRAILING), int(Feature.PEG)
_QUOTE_MARKET = int(Feature.QUOTE_MARKET)
_ATOMS_MAX = np.int64(ATOMS_MAX)
_ICEBERG_PARTS_USUAL = 100
_BIPS = 10_000
_MARKET_PEG_FIRST = PEG_OFFSET_MAX + 2

_NONE, _UNKNOWN_ACCOUNT, _ACCOUNT_FROZEN = int(Reject.NONE), int(Reject.UNKNOWN_ACCOUNT), int(Reject.ACCOUNT_FROZEN)
_UNKNOWN_SYMBOL, _SYMBOL_HALTED = int(Reject.UNKNOWN_SYMBOL), int(Reject.SYMBOL_HALTED)
_INVALID_ORDER, _NOT_ALLOWED = int(Reject.INVALID_ORDER), int(Reject.NOT_ALLOWED_ON_SYMBOL)
_STP_NOT_ALLOWED, _PRICE_OUT_OF_RANGE = int(Reject.STP_NOT_ALLOWED), int(Reject.PRICE_OUT_OF_RANGE)
_QUANTITY_OUT_OF_RANGE, _NO_LAST_PRICE = int(Reject.QUANTITY_OUT_OF_RANGE), int(Reject.NO_LAST_PRICE)
_NOTIONAL_TOO_LARGE, _NOTIONAL_TOO_SMALL = int(Reject.NOTIONAL_TOO_LARGE), int(Reject.NOTIONAL_TOO_SMALL)
_ICEBERG_TOO_LARGE, _TOO_MANY_PARTS = int(Reject.ICEBERG_TOO_LARGE), int(Reject.TOO_MANY_PARTS)
_TRAILING_OUT_OF_RANGE, _PERCENT_PRICE = int(Reject.TRAILING_OUT_OF_RANGE), int(Reject.PERCENT_PRICE)
_NO_PEG_PRICE, _ASSET_LIMIT = int(Reject.NO_PEG_PRICE), int(Reject.ASSET_LIMIT)
_WOULD_MATCH, _WOULD_TRIGGER = int(Reject.WOULD_MATCH), int(Reject.WOULD_TRIGGER)


@njit(**INLINE)
def display_lots(command):
    return command.target_lo & DISPLAY_LOTS_MAX


@njit(**INLINE)
def trail_bips(command):
    return command.target_lo >> DISPLAY_BITS


@njit(**INLINE)
def is_market_type(type_):
    """MARKET, or becomes one."""
    return type_ in (_MARKET, _STOP_LOSS, _TAKE_PROFIT)


@njit(**INLINE)
def hold_ticks_of(s, command):
    """The price that stands for an order's own where it has none; 0: there is none either, or it needs none yet."""
    if command.price_ticks != 0 or not is_conditional(command.type):
        return command.price_ticks
    return command.target_hi if command.target_hi != 0 else s.symbols[command.subject].last_ticks


@njit(**INLINE)
def _who_reject(s, command):
    """Tests 1 to 4; as orders.trader_reject."""
    if command.account >= s.counters[ACCOUNTS_COUNT] or not trades(s.accounts[command.account].kind):
        return _UNKNOWN_ACCOUNT
    if s.accounts[command.account].frozen != 0:
        return _ACCOUNT_FROZEN
    if command.subject >= s.counters[SYMBOLS_COUNT]:
        return _UNKNOWN_SYMBOL
    return _SYMBOL_HALTED if s.symbols[command.subject].halted != 0 else _NONE


@njit(**INLINE)
def _type_is_valid(command):
    """Of test 5: type, tif and flags combine, and the trigger and the distance are there or not."""
    type_, bips = command.type, trail_bips(command)
    if type_ == _MARKET:
        valid = command.tif == _GTC and command.flags <= _IN_QUOTE
    elif type_ in (_LIMIT_MAKER, _STOP_LOSS, _TAKE_PROFIT):
        valid = command.tif == _GTC and command.flags == 0
    else:
        valid = command.tif <= _FOK and command.flags == 0
    if is_conditional(type_):
        valid = valid and (command.target_hi != 0 or bips != 0)
        valid = valid and (bips < _BIPS or command.side == BUY)
        return valid and (command.price_ticks == 0 or not is_market_type(type_))
    return valid and command.target_hi == 0 and bips == 0


@njit(**INLINE)
def _shape_is_valid(command):
    """Test 5."""
    if command.side > 1 or command.stp > _STP_LAST or not 1 <= command.type <= _TYPE_LAST or command.target_lo < 0:
        return False
    if not _type_is_valid(command):
        return False
    peg = command.peg
    if peg != 0:
        if peg > PEG_LAST or is_market_type(command.type):
            return False
        if peg < _MARKET_PEG_FIRST and command.type == _LIMIT and command.tif != _GTC:
            return False
        if peg >= _MARKET_PEG_FIRST and command.type == _LIMIT_MAKER:
            return False
    return display_lots(command) == 0 or (command.tif == _GTC and not is_market_type(command.type))


@njit(**INLINE)
def _feature_is_missing(symbol, command):
    """Test 5a."""
    needed = _ICEBERG if display_lots(command) != 0 else 0
    needed |= _TRAILING if trail_bips(command) != 0 else 0
    needed |= _PEG if command.peg != 0 else 0
    needed |= _QUOTE_MARKET if command.flags != 0 else 0
    return needed & ~np.int64(symbol.features) != 0


@njit(**JIT)
def form_reject(table, place):
    """Tests 1 to 6: who, where, and whether it makes sense."""
    s = state_at(table)
    command = calls.command_at(s, place)
    who = _who_reject(s, command)
    if who != _NONE:
        return who
    if not _shape_is_valid(command):
        return _INVALID_ORDER
    symbol = s.symbols[command.subject]
    if _feature_is_missing(symbol, command):
        return _NOT_ALLOWED
    return _NONE if (symbol.stp_allowed >> command.stp) & 1 else _STP_NOT_ALLOWED


@njit(**INLINE)
def _is_out_of_range(symbol, ticks):
    return not symbol.price_ticks_min <= ticks <= symbol.price_ticks_max


@njit(**INLINE)
def _worth_reject(symbol, ticks, quantity):
    """Tests 9 and 10 at a price that is in range."""
    notional_atoms = product(ticks * symbol.tick_lot_atoms, quantity)
    if notional_atoms > symbol.notional_atoms_max:
        return _NOTIONAL_TOO_LARGE
    return _NONE if notional_atoms >= symbol.notional_atoms_min else _NOTIONAL_TOO_SMALL


@njit(**INLINE)
def _price_reject(s, symbol, command):
    """Tests 7 and 7a."""
    if command.type == _MARKET and command.price_ticks != 0:
        return _INVALID_ORDER
    priced = command.price_ticks != 0 or (command.peg == 0 and not is_market_type(command.type))
    if priced and _is_out_of_range(symbol, command.price_ticks):
        return _PRICE_OUT_OF_RANGE
    if command.target_hi != 0 and _is_out_of_range(symbol, command.target_hi):
        return _PRICE_OUT_OF_RANGE
    if is_conditional(command.type) and hold_ticks_of(s, command) == 0:
        return _NO_LAST_PRICE
    return _NONE


@njit(**INLINE)
def _quantity_reject(symbol, command):
    """Test 8."""
    lowest, highest = symbol.quantity_lots_min, symbol.quantity_lots_max
    if command.flags != 0:
        lowest, highest = np.int64(1), _ATOMS_MAX
    elif is_market_type(command.type):
        highest = symbol.market_lots_max
    return _NONE if lowest <= command.quantity <= highest else _QUANTITY_OUT_OF_RANGE


@njit(**INLINE)
def _iceberg_reject(s, symbol, command):
    """Test 10a."""
    display = display_lots(command)
    if display == 0:
        return _NONE
    if display > command.quantity:
        return _ICEBERG_TOO_LARGE
    if display < symbol.quantity_lots_min:
        return _QUANTITY_OUT_OF_RANGE
    parts_max = s.rules[command.subject].iceberg_parts_max
    parts_max = parts_max if parts_max != 0 else _ICEBERG_PARTS_USUAL
    return _NONE if (command.quantity - 1) // display < parts_max else _TOO_MANY_PARTS


@njit(**INLINE)
def _trailing_reject(s, command):
    """Test 10b."""
    bips, rules = trail_bips(command), s.rules[command.subject]
    if bips == 0:
        return _NONE
    above = waits_above(command.type, command.side)
    lowest = rules.trail_above_bips_min if above else rules.trail_below_bips_min
    highest = rules.trail_above_bips_max if above else rules.trail_below_bips_max
    return _TRAILING_OUT_OF_RANGE if bips < lowest or (highest != 0 and bips > highest) else _NONE


@njit(**JIT)
def figures_reject(table, place, has_lots, earlier_lots, own_slot):
    """Tests 7 to 10g at the order's own price.

    place         of the order: calls.command_at()
    has_lots      whether it has its quantity yet: an OPO's pending leg has none
    earlier_lots  of a list's legs before it that buy
    own_slot      of the order itself, if it is open already; else 0
    """
    s = state_at(table)
    command = calls.command_at(s, place)
    symbol = s.symbols[command.subject]
    reason = _price_reject(s, symbol, command)
    if reason == _NONE and has_lots != 0:
        reason = _quantity_reject(symbol, command)
    hold_ticks = hold_ticks_of(s, command)
    if reason == _NONE and has_lots != 0 and hold_ticks != 0:
        reason = _worth_reject(symbol, hold_ticks, command.quantity)
    if reason == _NONE and has_lots != 0:
        reason = _iceberg_reject(s, symbol, command)
    if reason == _NONE:
        reason = _trailing_reject(s, command)
    if reason != _NONE or symbol.filtered == 0:
        return reason
    if has_lots != 0:
        return calls.filters_reject(table, place, command.price_ticks, hold_ticks, earlier_lots, own_slot)
    off = command.price_ticks != 0 and is_off_average(s, command, command.price_ticks)
    return _PERCENT_PRICE if off else _NONE


@njit(**INLINE)
def peg_ticks(s, symbol_number, side, peg):
    """The price of a peg, or 0."""
    market = peg >= _MARKET_PEG_FIRST
    deeper = (np.int64(peg) - 1) % (PEG_OFFSET_MAX + 1)
    ladder = np.int64(side) ^ (1 if market else 0)
    book = s.books[np.uint32(2 * np.int64(symbol_number) + ladder)]
    level_slot = np.int64(book.best_level)
    while level_slot != 0 and deeper > 0:
        level_slot = level_behind(s, book, level_slot)
        deeper -= 1
    return s.levels[np.uint32(level_slot)].price_ticks if level_slot != 0 else np.int64(0)


@njit(**INLINE)
def pegged_reject(s, command, ticks):
    """Tests 7, 9, 10 and 10c at the price with which an order enters; `command` has its quantity."""
    if ticks == 0:
        return _NO_PEG_PRICE
    symbol = s.symbols[command.subject]
    if _is_out_of_range(symbol, ticks):
        return _PRICE_OUT_OF_RANGE
    worth = _worth_reject(symbol, ticks, command.quantity)
    if worth != _NONE or symbol.filtered == 0:
        return worth
    return _PERCENT_PRICE if is_off_average(s, command, ticks) else _NONE


@njit(**JIT)
def draft(table, draft_place, place):
    """Copy an ORDER to drafts[draft_place], where its price may change; a pegged LIMIT or LIMIT_MAKER gets its price.

    Returns the reject of its pegged price.
    """
    s = state_at(table)
    command = calls.command_at(s, place)
    d = s.drafts[np.uint32(draft_place)]
    d.client_hi = command.client_hi
    d.client_lo = command.client_lo
    d.target_hi = command.target_hi
    d.target_lo = command.target_lo
    d.price_ticks = command.price_ticks
    d.quantity = command.quantity
    d.account = command.account
    d.subject = command.subject
    d.kind = command.kind
    d.side = command.side
    d.type = command.type
    d.tif = command.tif
    d.stp = command.stp
    d.flags = command.flags
    d.text_bytes = command.text_bytes
    d.peg = command.peg
    if command.peg == 0 or is_conditional(command.type):
        return _NONE
    d.price_ticks = peg_ticks(s, command.subject, command.side, command.peg)
    reason = pegged_reject(s, d, d.price_ticks)
    symbol = s.symbols[command.subject]
    quote_max = s.assets[symbol.quote_asset].order_atoms_max
    if reason != _NONE or quote_max == 0:
        return reason
    return _ASSET_LIMIT if product(d.price_ticks * symbol.tick_lot_atoms, d.quantity) > quote_max else _NONE


@njit(**INLINE)
def own_need(s, command):
    """Atoms that test 15 asks of an order, in the asset of its side; -1: more than any."""
    symbol = s.symbols[command.subject]
    quantity = command.quantity
    if command.type == _MARKET:
        opposite = s.books[np.uint32(2 * np.int64(command.subject) + 1 - np.int64(command.side))]
        _, cost_atoms = sweep(s, opposite, symbol, quantity, command.flags != 0)
        if command.side == BUY:
            return cost_atoms
        return product(quantity, symbol.lot_atoms)
    if command.side == BUY:
        return hold_ticks_of(s, command) * symbol.tick_lot_atoms * quantity
    return quantity * symbol.lot_atoms


@njit(**INLINE)
def lacks_funds(s, command, need_atoms):
    """Test 15."""
    symbol = s.symbols[command.subject]
    asset = symbol.quote_asset if command.side == BUY else symbol.base_asset
    return free_atoms(s, balance_find(s, command.account, asset)) < need_atoms


@njit(**INLINE)
def meets_at_once(s, command):
    """Tests 16 and 16a: a LIMIT_MAKER that crosses, a condition that holds already."""
    if command.type == _LIMIT_MAKER:
        opposite = s.books[np.uint32(2 * np.int64(command.subject) + 1 - np.int64(command.side))]
        return _WOULD_MATCH if crosses(opposite, command.price_ticks) else _NONE
    last_ticks = s.symbols[command.subject].last_ticks
    if is_conditional(command.type) and command.target_hi != 0 and last_ticks != 0:
        above = waits_above(command.type, command.side)
        if last_ticks >= command.target_hi if above else last_ticks <= command.target_hi:
            return _WOULD_TRIGGER
    return _NONE
