"""A new order: the tests before it, in the order of docs/rules/spot.md "Refused", and its placing."""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import balance_find, balance_open, free_atoms, hold
from venus.core.kernels.book import BUY, order_by_client, order_rest, order_take
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.ladder import crosses
from venus.core.kernels.layout import (
    ACCOUNTS_COUNT,
    EXCHANGE_ORDERS_MAX,
    INLINE,
    NEXT_ORDER_ID,
    PRICE_LIMIT,
    RULES_VERSION,
    SYMBOLS_COUNT,
)
from venus.core.kernels.matching import fills_whole, match
from venus.core.kernels.sweep import sweep
from venus.core.kernels.words import product_or_minus
from venus.records.commands import AccountKind, CommandFlag, Feature, OrderType, SelfTrade, TimeInForce
from venus.records.events import EventFlag, EventKind, Expiry
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

assert all((kind & 1 != 0) == (kind in (AccountKind.PERSON, AccountKind.HOUSE)) for kind in AccountKind)
LIMIT, MARKET, LIMIT_MAKER = int(OrderType.LIMIT), int(OrderType.MARKET), int(OrderType.LIMIT_MAKER)
GTC, IOC, FOK = int(TimeInForce.GTC), int(TimeInForce.IOC), int(TimeInForce.FOK)
_IN_QUOTE = int(CommandFlag.IN_QUOTE)
_STP_LAST = int(max(SelfTrade))
_ATOMS_MAX = np.int64(ATOMS_MAX)
_ACCEPTED, _EXPIRED = int(EventKind.ACCEPTED), int(EventKind.EXPIRED)
_TAKER_DONE = int(EventFlag.TAKER_DONE)
_UNFILLED_IOC, _UNFILLED_FOK = int(Expiry.UNFILLED_IOC), int(Expiry.UNFILLED_FOK)

_NONE = int(Reject.NONE)
_UNKNOWN_ACCOUNT, _ACCOUNT_FROZEN = int(Reject.UNKNOWN_ACCOUNT), int(Reject.ACCOUNT_FROZEN)
_UNKNOWN_SYMBOL, _SYMBOL_HALTED = int(Reject.UNKNOWN_SYMBOL), int(Reject.SYMBOL_HALTED)
_INVALID_ORDER, _STP_NOT_ALLOWED = int(Reject.INVALID_ORDER), int(Reject.STP_NOT_ALLOWED)
_PRICE_OUT_OF_RANGE, _QUANTITY_OUT_OF_RANGE = int(Reject.PRICE_OUT_OF_RANGE), int(Reject.QUANTITY_OUT_OF_RANGE)
_NOTIONAL_TOO_LARGE, _NOTIONAL_TOO_SMALL = int(Reject.NOTIONAL_TOO_LARGE), int(Reject.NOTIONAL_TOO_SMALL)
_DUPLICATE_CLIENT_ID, _TOO_MANY_ORDERS = int(Reject.DUPLICATE_CLIENT_ID), int(Reject.TOO_MANY_ORDERS)
_INSUFFICIENT_FREE, _WOULD_MATCH = int(Reject.INSUFFICIENT_FREE), int(Reject.WOULD_MATCH)
_NOT_ALLOWED, _TOO_MANY_ON_EXCHANGE = int(Reject.NOT_ALLOWED_ON_SYMBOL), int(Reject.TOO_MANY_ON_EXCHANGE)
_QUOTE_MARKET = int(Feature.QUOTE_MARKET)


@njit(**INLINE)
def trades(account_kind):
    """PERSON and HOUSE do; the even kinds, EXTERNAL and WALLET, do not."""
    return account_kind & 1 != 0


@njit(**INLINE)
def trader_reject(s, command):
    """Tests 1 to 4: who and where."""
    if command.account >= s.counters[ACCOUNTS_COUNT] or not trades(s.accounts[command.account].kind):
        return _UNKNOWN_ACCOUNT
    if s.accounts[command.account].frozen != 0:
        return _ACCOUNT_FROZEN
    if command.subject >= s.counters[SYMBOLS_COUNT]:
        return _UNKNOWN_SYMBOL
    if s.symbols[command.subject].halted != 0:
        return _SYMBOL_HALTED
    return _NONE


@njit(**INLINE)
def _shape_is_valid(command):
    """Test 5: the fields are known and combine."""
    if command.side > 1 or command.stp > _STP_LAST:
        return False
    if command.type == LIMIT:
        return command.tif <= FOK and command.flags == 0
    if command.type == LIMIT_MAKER:
        return command.tif == GTC and command.flags == 0
    if command.type == MARKET:
        return command.tif == GTC and (command.flags & ~_IN_QUOTE) == 0
    return False


@njit(**INLINE)
def order_reject(s, command, place):
    """Tests 1 to 10g of commands[place], without terms: all that a replacing pair looks at before it cancels."""
    who = trader_reject(s, command)
    if who != _NONE:
        return who
    if not _shape_is_valid(command):
        return _INVALID_ORDER
    symbol = s.symbols[command.subject]
    if command.flags != 0 and symbol.features & _QUOTE_MARKET == 0:
        return _NOT_ALLOWED
    if (symbol.stp_allowed >> command.stp) & 1 == 0:
        return _STP_NOT_ALLOWED
    quantity = command.quantity
    if command.type == MARKET:
        if command.price_ticks != 0:
            return _INVALID_ORDER
        in_quote = command.flags != 0
        lowest = np.int64(1) if in_quote else symbol.quantity_lots_min
        highest = _ATOMS_MAX if in_quote else symbol.market_lots_max
        if not lowest <= quantity <= highest:
            return _QUANTITY_OUT_OF_RANGE
        return calls.filters_reject(s.table, place, 0, 0, 0, 0) if symbol.filtered != 0 else np.int64(_NONE)
    if not symbol.price_ticks_min <= command.price_ticks <= symbol.price_ticks_max:
        return _PRICE_OUT_OF_RANGE
    if not symbol.quantity_lots_min <= quantity <= symbol.quantity_lots_max:
        return _QUANTITY_OUT_OF_RANGE
    notional_atoms = product_or_minus(command.price_ticks * symbol.tick_lot_atoms, quantity)
    if notional_atoms < 0 or notional_atoms > symbol.notional_atoms_max:
        return _NOTIONAL_TOO_LARGE
    if notional_atoms < symbol.notional_atoms_min:
        return _NOTIONAL_TOO_SMALL
    if symbol.filtered != 0:
        return calls.filters_reject(s.table, place, command.price_ticks, command.price_ticks, 0, 0)
    return _NONE


@njit(**INLINE)
def _has_too_many(s, command, symbol, base_slot):
    """Test 12. The chain counts all symbols of the base asset, so it is walked only when it is long enough."""
    if base_slot == 0 or s.balances[np.uint32(base_slot)].chain_count < symbol.orders_max:
        return False
    count = 0
    slot = s.balances[np.uint32(base_slot)].chain_head
    while slot != 0:
        if s.orders[slot].symbol == command.subject:
            count += 1
        slot = s.orders[slot].chain_next
    return count >= symbol.orders_max


@njit(**INLINE)
def funds_reject(s, command, symbol, opposite, base_slot, quote_slot, sweep_lots, sweep_atoms):
    """Tests 13 to 16: liquidity, funds, post-only."""
    quantity = command.quantity
    buys = command.side == BUY
    if command.type == MARKET:
        in_quote = command.flags != 0
        if opposite.best_level != 0:
            if sweep_lots < 1:
                return _QUANTITY_OUT_OF_RANGE
            if sweep_atoms < symbol.notional_atoms_min and symbol.ruled == 0:
                return _NOTIONAL_TOO_SMALL
        if buys:
            need_atoms = quantity if in_quote else sweep_atoms
        else:
            need_atoms = product_or_minus(sweep_lots if in_quote else quantity, symbol.lot_atoms)
    elif buys:
        need_atoms = command.price_ticks * symbol.tick_lot_atoms * quantity
    else:
        need_atoms = quantity * symbol.lot_atoms
    if need_atoms < 0 or free_atoms(s, quote_slot if buys else base_slot) < need_atoms:
        return _INSUFFICIENT_FREE
    if command.type == LIMIT_MAKER and crosses(opposite, command.price_ticks):
        return _WOULD_MATCH
    return _NONE


@njit(**INLINE)
def _rest(s, command, book, symbol, order_id, remaining_lots, executed_lots, base_slot, quote_slot):
    """Put the remainder on the book and hold for it; returns the atoms held."""
    slot = order_take(s)
    order = s.orders[np.uint32(slot)]
    order.price_ticks = command.price_ticks
    order.remaining_lots = remaining_lots
    order.order_id = order_id
    order.account = command.account
    order.symbol = command.subject
    order.base_slot = base_slot
    order.quote_slot = quote_slot
    order.side = command.side
    order.type = command.type
    order.marks = 0
    order.tif = command.tif
    order.stp = command.stp
    order.client_hi = command.client_hi
    order.client_lo = command.client_lo
    order.original_lots = command.quantity
    order.prevented_lots = command.quantity - executed_lots - remaining_lots
    order.display_lots = 0
    order.slice_lots = 0
    order.list = 0
    order.wait = 0
    order.amended = 0
    order.peg = 0
    if command.side == BUY:
        held_atoms = command.price_ticks * symbol.tick_lot_atoms * remaining_lots
        hold(s, quote_slot, held_atoms)
    else:
        held_atoms = remaining_lots * symbol.lot_atoms
        hold(s, base_slot, held_atoms)
    order_rest(s, book, slot)
    return held_atoms


@njit(**INLINE)
def order_place(s, command, sequence, static_reject):
    """Run an ORDER whose tests 1 to 10 gave `static_reject`."""
    if static_reject != _NONE:
        reject(s, command, sequence, static_reject)
        return
    symbol = s.symbols[command.subject]
    in_quote = command.flags != 0
    if (command.client_hi != 0 or command.client_lo != 0) and order_by_client(
        s, command.account, command.client_hi, command.client_lo
    ) != 0:
        reject(s, command, sequence, _DUPLICATE_CLIENT_ID)
        return
    base_slot = balance_find(s, command.account, symbol.base_asset)
    quote_slot = balance_find(s, command.account, symbol.quote_asset)
    rests = command.tif == GTC and command.type != MARKET
    if rests and _has_too_many(s, command, symbol, base_slot):
        reject(s, command, sequence, _TOO_MANY_ORDERS)
        return
    exchange_max = s.counters[EXCHANGE_ORDERS_MAX]
    if rests and exchange_max != 0 and s.accounts[command.account].orders_open >= exchange_max:
        reject(s, command, sequence, _TOO_MANY_ON_EXCHANGE)
        return
    opposite = s.books[np.uint32(2 * np.int64(command.subject) + 1 - np.int64(command.side))]
    sweep_lots, sweep_atoms = np.int64(0), np.int64(0)
    if command.type == MARKET:
        sweep_lots, sweep_atoms = sweep(s, opposite, symbol, command.quantity, in_quote)
    reason = funds_reject(s, command, symbol, opposite, base_slot, quote_slot, sweep_lots, sweep_atoms)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    if base_slot == 0:
        base_slot = balance_open(s, command.account, symbol.base_asset)
    if quote_slot == 0:
        quote_slot = balance_open(s, command.account, symbol.quote_asset)
    _enter(s, command, sequence, symbol, opposite, base_slot, quote_slot, sweep_lots)


@njit(**INLINE)
def _enter(s, command, sequence, symbol, opposite, base_slot, quote_slot, sweep_lots):
    """Accept, match, and let rest or expire what remains."""
    order_id = s.counters[NEXT_ORDER_ID]
    s.counters[NEXT_ORDER_ID] = order_id + 1
    in_quote = command.flags != 0
    accepted = event_new(s, _ACCEPTED, sequence, command.account, command.subject, command.side)
    s.events[accepted].order_id = order_id
    s.events[accepted].price_ticks = command.price_ticks
    s.events[accepted].quantity_lots = np.int64(0) if in_quote else command.quantity
    if command.tif == FOK and not fills_whole(s, command, opposite):
        expire(s, command, sequence, order_id, command.quantity, _UNFILLED_FOK)
        return
    remaining_lots = command.quantity
    if in_quote:
        remaining_lots = _ATOMS_MAX if command.side == BUY else sweep_lots
    limit_ticks = command.price_ticks
    if command.type == MARKET and command.side == BUY:
        limit_ticks = np.int64(PRICE_LIMIT)
    remaining_lots, executed_lots, done, expiry = match(
        s, command, sequence, order_id, symbol, opposite, base_slot, quote_slot, remaining_lots, limit_ticks, 0
    )
    if not done:
        if command.type == MARKET or command.tif == IOC:
            unfilled_lots = np.int64(0) if in_quote else remaining_lots
            expire(s, command, sequence, order_id, unfilled_lots, _UNFILLED_IOC if command.type == LIMIT else expiry)
        else:
            book = s.books[np.uint32(2 * np.int64(command.subject) + np.int64(command.side))]
            held_atoms = _rest(s, command, book, symbol, order_id, remaining_lots, executed_lots, base_slot, quote_slot)
            s.events[accepted].remaining_lots = remaining_lots
            s.events[accepted].hold_atoms = held_atoms
    if executed_lots != 0 and s.counters[RULES_VERSION] != 1:
        calls.step_over(s.table, np.int64(command.subject), np.int64(accepted), sequence)


@njit(**INLINE)
def expire(s, command, sequence, order_id, unfilled_lots, reason):
    """End the command's own order, which rests nowhere and holds nothing."""
    i = event_new(s, _EXPIRED, sequence, command.account, command.subject, command.side)
    e = s.events[i]
    e.order_id = order_id
    e.price_ticks = command.price_ticks
    e.remaining_lots = unfilled_lots
    e.reason = reason
    e.flags = _TAKER_DONE
