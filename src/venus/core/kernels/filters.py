"""Filters of a symbol, of its assets and of the exchange. Source: docs/rules/filters.md."""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.averages import average_ticks
from venus.core.kernels.balances import balance_find
from venus.core.kernels.book import BUY
from venus.core.kernels.layout import (
    EXCHANGE_ALGO_MAX,
    EXCHANGE_ICEBERGS_MAX,
    EXCHANGE_ORDERS_MAX,
    INLINE,
    JIT,
    MARK_ICEBERG,
)
from venus.core.kernels.state import state_at
from venus.core.kernels.sweep import sweep
from venus.core.kernels.words import product_or_minus
from venus.records.commands import DISPLAY_LOTS_MAX, Feature, OrderType, TimeInForce
from venus.records.rejects import Reject
from venus.units import INT64_MAX, PPM

_LIMIT, _MARKET, _LIMIT_MAKER = int(OrderType.LIMIT), int(OrderType.MARKET), int(OrderType.LIMIT_MAKER)
_STOP_LOSS, _TAKE_PROFIT = int(OrderType.STOP_LOSS), int(OrderType.TAKE_PROFIT)
_GTC = int(TimeInForce.GTC)
_MIN_TO_MARKET, _MAX_TO_MARKET = int(Feature.APPLY_MIN_TO_MARKET), int(Feature.APPLY_MAX_TO_MARKET)
_ALL = np.int64(INT64_MAX)
_PPM = np.int64(PPM)
_NONE, _PERCENT_PRICE = int(Reject.NONE), int(Reject.PERCENT_PRICE)
_QUANTITY_OUT_OF_RANGE, _ASSET_LIMIT = int(Reject.QUANTITY_OUT_OF_RANGE), int(Reject.ASSET_LIMIT)
_NOTIONAL_TOO_LARGE, _NOTIONAL_TOO_SMALL = int(Reject.NOTIONAL_TOO_LARGE), int(Reject.NOTIONAL_TOO_SMALL)
_POSITION_TOO_LARGE, _TOO_MANY_ORDERS = int(Reject.POSITION_TOO_LARGE), int(Reject.TOO_MANY_ORDERS)
_TOO_MANY_ALGO, _TOO_MANY_ICEBERGS = int(Reject.TOO_MANY_ALGO_ORDERS), int(Reject.TOO_MANY_ICEBERGS)
_TOO_MANY_ON_EXCHANGE = int(Reject.TOO_MANY_ON_EXCHANGE)
_TOO_MANY_ALGO_ON_EXCHANGE = int(Reject.TOO_MANY_ALGO_ON_EXCHANGE)
_TOO_MANY_ICEBERGS_ON_EXCHANGE = int(Reject.TOO_MANY_ICEBERGS_ON_EXCHANGE)


@njit(**INLINE)
def product(a, b):
    """a × b for a, b ≥ 0, or what is above every figure if it leaves int64."""
    exact = product_or_minus(a, b)
    return exact if exact >= 0 else _ALL


@njit(**INLINE)
def _total(a, b):
    """a + b for a, b ≥ 0, or what is above every figure."""
    return a + b if a <= _ALL - b else _ALL


@njit(**INLINE)
def _share(ticks, ppm):
    """⌊ticks × ppm / 10^6⌋."""
    return _total(product(ticks // _PPM, ppm), ticks % _PPM * ppm // _PPM)


@njit(**INLINE)
def is_off_average(s, command, price_ticks):
    """Test 10c, of a price that is not 0."""
    rules = s.rules[command.subject]
    up = rules.bid_up_ppm if command.side == BUY else rules.ask_up_ppm
    down = rules.bid_down_ppm if command.side == BUY else rules.ask_down_ppm
    if up == 0 and down == 0:
        return False
    average = average_ticks(s, command.subject, rules.average_minutes)
    if average == 0:
        return False
    return (up != 0 and price_ticks > _share(average, up)) or (down != 0 and price_ticks < _share(average, down))


@njit(**INLINE)
def _buying_lots(s, command, base_slot, own_slot):
    """Lots that remain of the account's open buys on the symbol, but for one order."""
    lots = np.int64(0)
    slot = s.balances[np.uint32(base_slot)].chain_head if base_slot != 0 else np.uint32(0)
    while slot != 0:
        order = s.orders[slot]
        if order.symbol == command.subject and order.side == BUY and slot != own_slot:
            lots = _total(lots, order.remaining_lots)
        slot = order.chain_next
    return lots


@njit(**INLINE)
def _is_position_too_large(s, command, position_max, earlier_lots, own_slot):
    """Test 10g of a buy."""
    symbol = s.symbols[command.subject]
    base_slot = balance_find(s, command.account, symbol.base_asset)
    lots = command.quantity
    if command.type == _MARKET and command.flags != 0:
        lots, _ = sweep(s, s.books[np.uint32(2 * np.int64(command.subject) + 1)], symbol, command.quantity, True)
    lots = _total(_total(lots, earlier_lots), _buying_lots(s, command, base_slot, own_slot))
    balance = s.balances[np.uint32(base_slot)]
    position = np.int64(0)
    if base_slot != 0:
        position = balance.free_atoms + balance.held_atoms
    return _total(position, product(lots, symbol.lot_atoms)) > position_max


@njit(**JIT)
def filters_reject(table, place, price_ticks, hold_ticks, earlier_lots, own_slot):
    """Tests 10c to 10g of any order.

    place         of the order: calls.command_at()
    price_ticks   0: none
    hold_ticks    what a notional is taken at, not of a MARKET; 0: none
    earlier_lots  of a list's legs before it that buy
    own_slot      of the order itself, if it is open already; else 0
    """
    s = state_at(table)
    command = calls.command_at(s, place)
    symbol = s.symbols[command.subject]
    rules = s.rules[command.subject]
    quantity = command.quantity
    is_market = command.type == _MARKET
    in_quote = is_market and command.flags != 0
    if price_ticks != 0 and is_off_average(s, command, price_ticks):
        return _PERCENT_PRICE
    by_lots = (is_market and not in_quote) or command.type in (_STOP_LOSS, _TAKE_PROFIT)
    if by_lots and quantity < rules.market_lots_min:
        return _QUANTITY_OUT_OF_RANGE
    notional_ticks = hold_ticks
    if is_market and not in_quote:
        notional_ticks = average_ticks(s, command.subject, rules.average_minutes)
    notional_atoms = quantity if in_quote else product(notional_ticks * symbol.tick_lot_atoms, quantity)
    if is_market and symbol.ruled != 0 and notional_atoms != 0:
        if symbol.features & _MIN_TO_MARKET != 0 and notional_atoms < symbol.notional_atoms_min:
            return _NOTIONAL_TOO_SMALL
        if symbol.features & _MAX_TO_MARKET != 0 and notional_atoms > symbol.notional_atoms_max:
            return _NOTIONAL_TOO_LARGE
    base_max = s.assets[symbol.base_asset].order_atoms_max
    quote_max = s.assets[symbol.quote_asset].order_atoms_max
    if base_max != 0 and not in_quote and product(quantity, symbol.lot_atoms) > base_max:
        return _ASSET_LIMIT
    if quote_max != 0 and notional_atoms > quote_max:
        return _ASSET_LIMIT
    position_max = rules.position_atoms_max
    bounded = command.side == BUY and position_max != 0
    if bounded and _is_position_too_large(s, command, position_max, earlier_lots, own_slot):
        return _POSITION_TOO_LARGE
    return _NONE


@njit(**JIT)
def counts_reject(table, place, is_leg, earlier, earlier_algo, earlier_icebergs):
    """Tests 12 to 12b of an order with terms or a leg; `earlier` legs of its list count as open, by kind."""
    s = state_at(table)
    command = calls.command_at(s, place)
    symbol, rules, account = s.symbols[command.subject], s.rules[command.subject], s.accounts[command.account]
    base_slot = balance_find(s, command.account, symbol.base_asset)
    orders, algo, icebergs = np.int64(earlier), np.int64(earlier_algo), np.int64(earlier_icebergs)
    slot = s.balances[np.uint32(base_slot)].chain_head if base_slot != 0 else np.uint32(0)
    while slot != 0:
        order = s.orders[slot]
        if order.symbol == command.subject:
            orders += 1
            algo += order.type >= _STOP_LOSS
            icebergs += order.marks & MARK_ICEBERG != 0
        slot = order.chain_next
    is_algo = command.type >= _STOP_LOSS
    is_iceberg = command.target_lo & DISPLAY_LOTS_MAX != 0
    may_rest = (
        is_leg != 0 or is_algo or command.type == _LIMIT_MAKER or (command.type == _LIMIT and command.tif == _GTC)
    )
    if may_rest and orders >= symbol.orders_max:
        return _TOO_MANY_ORDERS
    if is_algo and rules.algo_orders_max != 0 and algo >= rules.algo_orders_max:
        return _TOO_MANY_ALGO
    if is_iceberg and rules.iceberg_orders_max != 0 and icebergs >= rules.iceberg_orders_max:
        return _TOO_MANY_ICEBERGS
    orders_max, algo_max = s.counters[EXCHANGE_ORDERS_MAX], s.counters[EXCHANGE_ALGO_MAX]
    icebergs_max = s.counters[EXCHANGE_ICEBERGS_MAX]
    if may_rest and orders_max != 0 and np.int64(account.orders_open) + earlier >= orders_max:
        return _TOO_MANY_ON_EXCHANGE
    if is_algo and algo_max != 0 and np.int64(account.algo_open) + earlier_algo >= algo_max:
        return _TOO_MANY_ALGO_ON_EXCHANGE
    if is_iceberg and icebergs_max != 0 and np.int64(account.icebergs_open) + earlier_icebergs >= icebergs_max:
        return _TOO_MANY_ICEBERGS_ON_EXCHANGE
    return _NONE
