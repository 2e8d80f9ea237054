"""Price, then time: an accepted order meets the opposite side.

Sources: docs/rules/spot.md "Accepted", docs/rules/self_trade.md.
"""

import numpy as np
from numba import njit

from venus.core.kernels import calls
from venus.core.kernels.balances import fee_atoms, release
from venus.core.kernels.book import BUY, hold_of, hold_slot, order_remove
from venus.core.kernels.events import event_new
from venus.core.kernels.icebergs import shown_lots
from venus.core.kernels.ladder import crosses, level_behind
from venus.core.kernels.layout import INLINE, JIT
from venus.core.kernels.state import state_at
from venus.records.commands import OrderType, SelfTrade
from venus.records.events import EventFlag, EventKind, Expiry

_MARKET = int(OrderType.MARKET)
_TRADE, _PREVENTED, _FILLED = int(EventKind.TRADE), int(EventKind.PREVENTED), int(EventKind.FILLED)
_TAKER_DONE, _MAKER_DONE, _MOVED = int(EventFlag.TAKER_DONE), int(EventFlag.MAKER_DONE), int(EventFlag.MOVED)
_NONE, _EXPIRE_TAKER, _EXPIRE_MAKER = int(SelfTrade.NONE), int(SelfTrade.EXPIRE_TAKER), int(SelfTrade.EXPIRE_MAKER)
_EXPIRE_BOTH, _DECREMENT, _TRANSFER = int(SelfTrade.EXPIRE_BOTH), int(SelfTrade.DECREMENT), int(SelfTrade.TRANSFER)
_NO_LIQUIDITY, _FUNDS_EXHAUSTED = int(Expiry.NO_LIQUIDITY), int(Expiry.FUNDS_EXHAUSTED)


@njit(**INLINE)
def _is_self_trade(s, account, maker_account):
    if account == maker_account:
        return True
    group = s.accounts[account].trade_group
    return group >= 0 and s.accounts[maker_account].trade_group == group


@njit(**INLINE)
def fills_whole(s, command, opposite):
    """Can a FOK order be filled whole? Walks the orders that it would meet.

    An iceberg counts whole, unless a self-trade at its price ends the count: its next slice would be met behind that.
    """
    wanted_lots = command.quantity
    if not crosses(opposite, command.price_ticks):
        return False
    level_slot = np.int64(opposite.best_level)
    while level_slot != 0:
        level = s.levels[np.uint32(level_slot)]
        if level.price_ticks > command.price_ticks if command.side == BUY else level.price_ticks < command.price_ticks:
            return False
        slices_lots = np.int64(0)
        whole_lots = np.int64(0)
        slot = level.head
        while slot != 0:
            maker = s.orders[slot]
            if command.stp != _NONE and _is_self_trade(s, command.account, maker.account):
                if command.stp != _EXPIRE_MAKER:
                    return False
            else:
                slices_lots += shown_lots(maker)
                whole_lots += maker.remaining_lots
                if wanted_lots <= slices_lots:
                    return True
            slot = maker.next
        wanted_lots -= whole_lots
        if wanted_lots <= 0:
            return True
        level_slot = level_behind(s, opposite, level_slot)
    return False


@njit(**INLINE)
def _settle(s, symbol, side, lots, notional_atoms, taker_ppm, base_slot, quote_slot, maker):
    """Pay both sides of a trade and the house; returns both fees. The taker pays from free, the maker from held."""
    base_atoms = lots * symbol.lot_atoms
    maker_ppm = s.tiers[s.accounts[maker.account].tier].maker_ppm
    taker_base = s.balances[np.uint32(base_slot)]
    taker_quote = s.balances[np.uint32(quote_slot)]
    maker_base = s.balances[maker.base_slot]
    maker_quote = s.balances[maker.quote_slot]
    if side == BUY:
        taker_fee = fee_atoms(base_atoms, taker_ppm)
        maker_fee = fee_atoms(notional_atoms, maker_ppm)
        taker_quote.free_atoms -= notional_atoms
        taker_base.free_atoms += base_atoms - taker_fee
        maker_base.held_atoms -= base_atoms
        maker_quote.free_atoms += notional_atoms - maker_fee
        s.balances[symbol.house_base_slot].free_atoms += taker_fee
        s.balances[symbol.house_quote_slot].free_atoms += maker_fee
    else:
        taker_fee = fee_atoms(notional_atoms, taker_ppm)
        maker_fee = fee_atoms(base_atoms, maker_ppm)
        taker_base.free_atoms -= base_atoms
        taker_quote.free_atoms += notional_atoms - taker_fee
        maker_quote.held_atoms -= notional_atoms
        maker_base.free_atoms += base_atoms - maker_fee
        s.balances[symbol.house_quote_slot].free_atoms += taker_fee
        s.balances[symbol.house_base_slot].free_atoms += maker_fee
    return taker_fee, maker_fee


@njit(**INLINE)
def _maker_takes_off(s, opposite, slot, lots):
    """Reduce a resting order by lots whose hold is settled; returns whether it is finished and gone."""
    maker = s.orders[np.uint32(slot)]
    if maker.marks != 0:
        return calls.marked_takes_off(s.table, slot, lots) != 0
    maker.remaining_lots -= lots
    s.levels[maker.level].total_lots -= lots
    if maker.remaining_lots == 0:
        order_remove(s, opposite, slot)
        return True
    return False


@njit(**INLINE)
def _spent(s, command, sequence, order_id):
    """End an order by quote that spent what it could."""
    i = event_new(s, _FILLED, sequence, command.account, command.subject, command.side)
    s.events[i].order_id = order_id
    s.events[i].flags = _TAKER_DONE


@njit(**INLINE)
def match(s, command, sequence, order_id, symbol, opposite, base_slot, quote_slot, remaining_lots, limit_ticks, locks):
    """Match until nothing crosses, nothing remains or nothing is affordable.

    locks  slot of the list for whose pending legs the order buys; else 0
    Returns (remaining lots, executed lots, whether the last event ended the order, Expiry if the market failed it).
    """
    side = command.side
    is_market = command.type == _MARKET
    in_quote = is_market and command.flags != 0
    buys_in_quote = in_quote and side == BUY
    has_budget = is_market and (in_quote or side == BUY)
    budget_atoms = command.quantity if in_quote else s.balances[np.uint32(quote_slot)].free_atoms
    affordable_lots = remaining_lots
    executed_lots = np.int64(0)
    taker_ppm = s.tiers[s.accounts[command.account].tier].taker_ppm
    while crosses(opposite, limit_ticks):
        price_ticks = opposite.best_ticks
        unit_atoms = price_ticks * symbol.tick_lot_atoms
        if has_budget:
            affordable_lots = budget_atoms // unit_atoms
            if affordable_lots == 0:
                if not in_quote:
                    return remaining_lots, executed_lots, False, _FUNDS_EXHAUSTED
                _spent(s, command, sequence, order_id)
                return remaining_lots, executed_lots, True, 0
        slot = s.levels[opposite.best_level].head
        maker = s.orders[slot]
        maker_account = maker.account
        if command.stp != _NONE and _is_self_trade(s, command.account, maker_account):
            taker_lots, done = _prevent(
                s.table, command, sequence, order_id, slot, remaining_lots, affordable_lots, base_slot, quote_slot
            )
            remaining_lots -= taker_lots
            budget_atoms -= taker_lots * unit_atoms if has_budget else np.int64(0)
            if done:
                return remaining_lots, executed_lots, True, 0
            continue
        marks = maker.marks
        there_lots = maker.remaining_lots if marks == 0 else calls.meet(s.table, np.int64(slot), sequence)
        lots = min(min(there_lots, remaining_lots), affordable_lots)
        notional_atoms = unit_atoms * lots
        maker_order_id = maker.order_id
        taker_fee, maker_fee = _settle(s, symbol, side, lots, notional_atoms, taker_ppm, base_slot, quote_slot, maker)
        remaining_lots -= lots
        executed_lots += lots
        budget_atoms -= notional_atoms
        maker_done = _maker_takes_off(s, opposite, np.int64(slot), lots)
        done = remaining_lots == 0 and not buys_in_quote
        i = event_new(s, _TRADE, sequence, command.account, command.subject, side)
        e = s.events[i]
        e.order_id = order_id
        e.maker_order_id = maker_order_id
        e.price_ticks = price_ticks
        e.quantity_lots = lots
        e.remaining_lots = np.int64(0) if in_quote else remaining_lots
        e.taker_fee_atoms = taker_fee
        e.maker_fee_atoms = maker_fee
        e.trade_id = symbol.next_trade_id
        e.maker_account = maker_account
        e.flags = (_TAKER_DONE if done else 0) | (_MAKER_DONE if maker_done else 0)
        symbol.next_trade_id += 1
        symbol.last_ticks = price_ticks
        if marks != 0 or locks != 0:
            calls.met(s.table, np.int64(slot), sequence, lots, maker_fee, np.int64(locks), taker_fee, maker_done)
        if done:
            return remaining_lots, executed_lots, True, 0
    if in_quote and budget_atoms == 0:
        _spent(s, command, sequence, order_id)
        return remaining_lots, executed_lots, True, 0
    return remaining_lots, executed_lots, False, _NO_LIQUIDITY


@njit(**INLINE)
def _move(s, symbol, side, maker, lots, base_slot, quote_slot):
    """TRANSFER: lots and their notional change hands without a fee; the maker pays from its hold."""
    base_atoms = lots * symbol.lot_atoms
    notional_atoms = maker.price_ticks * symbol.tick_lot_atoms * lots
    if side == BUY:
        s.balances[np.uint32(quote_slot)].free_atoms -= notional_atoms
        s.balances[maker.quote_slot].free_atoms += notional_atoms
        s.balances[maker.base_slot].held_atoms -= base_atoms
        s.balances[np.uint32(base_slot)].free_atoms += base_atoms
    else:
        s.balances[np.uint32(base_slot)].free_atoms -= base_atoms
        s.balances[maker.base_slot].free_atoms += base_atoms
        s.balances[maker.quote_slot].held_atoms -= notional_atoms
        s.balances[np.uint32(quote_slot)].free_atoms += notional_atoms


@njit(**JIT)
def _prevent(table, command, sequence, order_id, slot, remaining_lots, affordable_lots, base_slot, quote_slot):
    """Prevent one self-trade; returns (lots that leave the taker, whether it is finished).

    Rare, so it is a call of its own and finds the state by its table.
    """
    s = state_at(table)
    symbol = s.symbols[command.subject]
    opposite = s.books[np.uint32(2 * np.int64(command.subject) + 1 - np.int64(command.side))]
    maker = s.orders[slot]
    in_quote = command.type == _MARKET and command.flags != 0
    mode = np.int64(command.stp)
    if mode == _TRANSFER and (maker.stp != _TRANSFER or maker.account == command.account):
        mode = np.int64(_DECREMENT)
    marks = maker.marks
    there_lots = maker.remaining_lots if marks == 0 else calls.meet(table, np.int64(slot), sequence)
    taker_lots = min(remaining_lots, affordable_lots) if in_quote else remaining_lots
    maker_lots = maker.remaining_lots
    if mode == _EXPIRE_TAKER:
        maker_lots = np.int64(0)
    elif mode == _EXPIRE_MAKER:
        taker_lots = np.int64(0)
    elif mode != _EXPIRE_BOTH:
        taker_lots = min(min(taker_lots, affordable_lots), there_lots)
        maker_lots = taker_lots
    if mode in (_EXPIRE_TAKER, _EXPIRE_BOTH):
        done = True
    else:
        done = taker_lots == remaining_lots and not (in_quote and command.side == BUY)
    i = event_new(s, _PREVENTED, sequence, command.account, command.subject, command.side)
    e = s.events[i]
    e.order_id = order_id
    e.maker_order_id = maker.order_id
    e.price_ticks = maker.price_ticks
    e.quantity_lots = taker_lots
    e.remaining_lots = maker_lots
    e.hold_atoms = -hold_of(s, symbol, maker, maker_lots)
    e.maker_fee_atoms = max(np.int64(0), maker_lots - there_lots)
    e.trade_id = symbol.next_prevented_id
    e.reason = mode
    e.maker_account = maker.account
    symbol.next_prevented_id += 1
    moved = mode == _TRANSFER
    if moved:
        _move(s, symbol, command.side, maker, maker_lots, base_slot, quote_slot)
    elif maker_lots > 0:
        release(s, hold_slot(maker), -e.hold_atoms)
    maker.prevented_lots += maker_lots
    maker_done = maker_lots > 0 and _maker_takes_off(s, opposite, np.int64(slot), maker_lots)
    e.flags = (_TAKER_DONE if done else 0) | (_MAKER_DONE if maker_done else 0) | (_MOVED if moved else 0)
    if marks != 0:
        calls.met(table, np.int64(slot), sequence, np.int64(0), np.int64(0), np.int64(0), np.int64(0), maker_done)
    return taker_lots, done
