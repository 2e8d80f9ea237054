"""The yardstick in Numba: the same algorithm over the same memory as yardstick.c, and the flow both are fed.

See yardstick.c for what it is and is not. It makes the flow, and is the ruler itself where there is no C compiler.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.extending import intrinsic

from benchmarks.yardstick_layout import BALANCE, COMMAND, COUNTERS, ENTRY, EVENT, LADDER_TICKS, LEVEL, ORDER, SYMBOL

_P = ParamSpec("_P")
_R = TypeVar("_R")

NEW, CANCEL = 1, 2
BUY, SELL = 0, 1
GTC, IOC = 0, 1
ACCEPTED, TRADE, CANCELED, EXPIRED, REJECTED = 1, 2, 3, 4, 5
NO_REASON, NO_FUNDS, UNKNOWN_ORDER, DUPLICATE_ID, OUT_OF_RANGE, NO_ROOM, SELF_TRADE, EVENTS_FULL = range(8)
EVENTS_SPARE = 16
PPM = 1_000_000
NONE = np.uint32(0)
MIX = -7046029254386353131
MIX_ACCOUNT = -4417276706812531889
TABLE_WORDS = 32


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    compiled: Callable[_P, _R] = njit(cache=True, error_model="numpy", nogil=True, forceinline=True)(function)
    return compiled


@intrinsic
def lowest(_context: Any, word: Any) -> Any:
    """Number of the lowest bit set; `word` is not 0."""

    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@intrinsic
def leading_zeros(_context: Any, word: Any) -> Any:
    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@intrinsic
def pointer(_context: Any, address: Any) -> Any:
    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


@kernel
def tag_of(account, client_id):
    mixed = client_id * MIX ^ (np.int64(account) * MIX_ACCOUNT)
    mixed ^= mixed >> 29
    mixed *= MIX
    return (mixed >> 32) & 0xFFFFFFFF


@kernel
def index_find(index, mask, orders, tag, account, client_id):
    i = tag & mask
    while True:
        entry = index[np.uint32(i)]
        slot = entry.slot
        if slot == 0:
            return NONE
        if entry.tag == tag and orders[slot].client_id == client_id and orders[slot].account == account:
            return slot
        i = (i + 1) & mask


@kernel
def index_add(index, mask, tag, slot):
    i = tag & mask
    while index[np.uint32(i)].slot != 0:
        i = (i + 1) & mask
    index[np.uint32(i)].tag = tag
    index[np.uint32(i)].slot = slot


@kernel
def index_remove(index, mask, tag, slot):
    """Linear probing without tombstones: what follows the hole and may move into it, does."""
    hole = tag & mask
    while index[np.uint32(hole)].slot != slot:
        hole = (hole + 1) & mask
    j = (hole + 1) & mask
    while index[np.uint32(j)].slot != 0:
        entry = index[np.uint32(j)]
        home = np.int64(entry.tag) & mask
        if ((j - home) & mask) >= ((j - hole) & mask):
            index[np.uint32(hole)].tag = entry.tag
            index[np.uint32(hole)].slot = entry.slot
            hole = j
        j = (j + 1) & mask
    index[np.uint32(hole)].slot = 0


@kernel
def bits_set(bits0, bits1, bits2, book, price):
    """Each bit of a higher map stands for 64 of the one below; `book` is symbol * 2 + side."""
    at = np.uint32((book << 12) + (price >> 6))
    before = bits0[at]
    bits0[at] = before | (1 << (price & 63))
    if before == 0:
        at = np.uint32((book << 6) + (price >> 12))
        before = bits1[at]
        bits1[at] = before | (1 << ((price >> 6) & 63))
        if before == 0:
            bits2[np.uint32(book)] |= 1 << (price >> 12)


@kernel
def bits_clear(bits0, bits1, bits2, book, price):
    at = np.uint32((book << 12) + (price >> 6))
    bits0[at] &= ~(1 << (price & 63))
    if bits0[at] == 0:
        at = np.uint32((book << 6) + (price >> 12))
        bits1[at] &= ~(1 << ((price >> 6) & 63))
        if bits1[at] == 0:
            bits2[np.uint32(book)] &= ~(1 << (price >> 12))


@kernel
def bits_above(bits0, bits1, bits2, book, price):
    """The lowest occupied tick above `price`, or LADDER_TICKS."""
    word = bits0[np.uint32((book << 12) + (price >> 6))] & (-2 << (price & 63))
    if word != 0:
        return (price >> 6 << 6) + lowest(word)
    q = price >> 6
    word = bits1[np.uint32((book << 6) + (q >> 6))] & (-2 << (q & 63))
    if word == 0:
        r = q >> 6
        word = bits2[np.uint32(book)] & (-2 << (r & 63))
        if word == 0:
            return LADDER_TICKS
        r = lowest(word)
        word = bits1[np.uint32((book << 6) + r)]
        q = r << 6
    q = (q >> 6 << 6) + lowest(word)
    return (q << 6) + lowest(bits0[np.uint32((book << 12) + q)])


@kernel
def bits_below(bits0, bits1, bits2, book, price):
    """The highest occupied tick below `price`, or -1."""
    word = bits0[np.uint32((book << 12) + (price >> 6))] & ((1 << (price & 63)) - 1)
    if word != 0:
        return (price >> 6 << 6) + 63 - leading_zeros(word)
    q = price >> 6
    word = bits1[np.uint32((book << 6) + (q >> 6))] & ((1 << (q & 63)) - 1)
    if word == 0:
        r = q >> 6
        word = bits2[np.uint32(book)] & ((1 << (r & 63)) - 1)
        if word == 0:
            return -1
        r = 63 - leading_zeros(word)
        word = bits1[np.uint32((book << 6) + r)]
        q = r << 6
    q = (q >> 6 << 6) + 63 - leading_zeros(word)
    return (q << 6) + 63 - leading_zeros(bits0[np.uint32((book << 12) + q)])


@kernel
def fee_of(amount, ppm):
    return (amount // PPM) * ppm + (amount % PPM) * ppm // PPM


@kernel
def emit(event, counters, c, kind, reason, order_id, price, quantity, remaining):
    """All of an event but what only a trade has."""
    event.sequence = counters[0].events_next
    counters[0].events_next += 1
    event.time = c.time
    event.command = c.sequence
    event.order_id = order_id
    event.maker_order_id = 0
    event.price = price
    event.quantity = quantity
    event.remaining = remaining
    event.taker_fee = 0
    event.maker_fee = 0
    event.account = c.account
    event.maker_account = 0
    event.symbol = c.symbol
    event.type = kind
    event.side = c.side
    event.reason = reason
    event.flags = 0


@kernel
def unlink_order(levels, bits0, bits1, bits2, orders, index, counters, symbol, book, ladder, slot):
    """Take a filled or cancelled order off its level and the index, and give its slot back."""
    order = orders[slot]
    level = levels[np.uint32(ladder + order.price)]
    following = order.next
    previous = order.previous
    if previous != 0:
        orders[previous].next = following
    else:
        level.head = following
    if following != 0:
        orders[following].previous = previous
    else:
        level.tail = previous
    if level.head == 0:
        price = order.price
        bits_clear(bits0, bits1, bits2, book, price)
        if order.side == BUY:
            if price == symbol.best_bid:
                symbol.best_bid = bits_below(bits0, bits1, bits2, book, price)
        elif price == symbol.best_ask:
            symbol.best_ask = bits_above(bits0, bits1, bits2, book, price)
    index_remove(index, counters[0].index_mask, np.int64(order.tag), slot)
    order.next = np.uint32(counters[0].free_slot)
    counters[0].free_slot = slot
    counters[0].live_count -= 1


@kernel
def release(balance, amount):
    balance.locked -= amount
    balance.free += amount


@kernel
def cancel(levels, bits0, bits1, bits2, orders, index, counters, c, symbol, balances, ladder, slot, event):
    order = orders[slot]
    remaining = order.remaining
    levels[np.uint32(ladder + order.price)].quantity -= remaining
    if order.side == BUY:
        release(balances[c.account, symbol.quote], order.price * remaining * symbol.quote_per_tick)
    else:
        release(balances[c.account, symbol.base], remaining * symbol.lot)
    emit(event, counters, c, CANCELED, NO_REASON, order.order_id, order.price, 0, remaining)
    book = (np.int64(c.symbol) << 1) + order.side
    unlink_order(levels, bits0, bits1, bits2, orders, index, counters, symbol, book, ladder, slot)


@kernel
def rest(levels, bits0, bits1, bits2, orders, index, counters, c, symbol, ladder, tag, order_id, remaining):
    """Append what remains of an order to its level."""
    slot = np.uint32(counters[0].free_slot)
    order = orders[slot]
    counters[0].free_slot = order.next
    counters[0].live_count += 1
    price = c.price
    level = levels[np.uint32(ladder + price)]
    tail = level.tail
    order.price = price
    order.remaining = remaining
    order.order_id = order_id
    order.client_id = c.client_id
    order.time = c.time
    order.account = c.account
    order.symbol = c.symbol
    order.next = 0
    order.previous = tail
    order.tag = tag
    order.side = c.side
    order.tif = GTC
    level.tail = slot
    if tail != 0:
        orders[tail].next = slot
        level.quantity += remaining
    else:
        level.head = slot
        level.quantity = remaining
        bits_set(bits0, bits1, bits2, (np.int64(c.symbol) << 1) + c.side, price)
        if c.side == BUY:
            symbol.best_bid = max(symbol.best_bid, price)
        else:
            symbol.best_ask = min(symbol.best_ask, price)
    index_add(index, counters[0].index_mask, tag, slot)


@kernel
def settle(symbol, side, taker_hold, balances, fees, event):
    """Pay both sides of the trade in `event`, out of their holds, less their fees, which it completes."""
    notional = event.price * event.quantity * symbol.quote_per_tick
    base = event.quantity * symbol.lot
    taker_base = balances[event.account, symbol.base]
    taker_quote = balances[event.account, symbol.quote]
    maker_base = balances[event.maker_account, symbol.base]
    maker_quote = balances[event.maker_account, symbol.quote]
    if side == BUY:
        taker_fee = fee_of(base, symbol.taker_ppm)
        maker_fee = fee_of(notional, symbol.maker_ppm)
        taker_quote.locked -= taker_hold
        taker_quote.free += taker_hold - notional
        taker_base.free += base - taker_fee
        maker_base.locked -= base
        maker_quote.free += notional - maker_fee
        fees[symbol.base] += taker_fee
        fees[symbol.quote] += maker_fee
    else:
        taker_fee = fee_of(notional, symbol.taker_ppm)
        maker_fee = fee_of(base, symbol.maker_ppm)
        taker_base.locked -= base
        taker_quote.free += notional - taker_fee
        maker_quote.locked -= notional
        maker_base.free += base - maker_fee
        fees[symbol.quote] += taker_fee
        fees[symbol.base] += maker_fee
    event.taker_fee = taker_fee
    event.maker_fee = maker_fee


@kernel
def match(levels, bits0, bits1, bits2, orders, index, balances, fees, events, counters, c, symbol, order_id, written):
    """Meet the opposite side as far as the price goes; lots left, reason that ended it, events written so far."""
    account = c.account
    side = c.side
    price = c.price
    remaining = c.quantity
    ladder = np.int64(c.symbol) << 18
    unit = price * symbol.quote_per_tick if side == BUY else symbol.lot
    reason = NO_REASON
    while remaining > 0:
        at = symbol.best_ask if side == BUY else symbol.best_bid
        if (at > price) if side == BUY else (at < price):
            break
        level = levels[np.uint32(ladder + at)]
        maker_slot = level.head
        maker = orders[maker_slot]
        if maker.account == account:
            reason = SELF_TRADE
            break
        if written >= events.shape[0] - 2:
            reason = EVENTS_FULL
            break
        quantity = min(maker.remaining, remaining)
        remaining -= quantity
        maker.remaining -= quantity
        level.quantity -= quantity
        symbol.last = at
        event = events[written]
        written += 1
        emit(event, counters, c, TRADE, NO_REASON, order_id, at, quantity, remaining)
        event.maker_order_id = maker.order_id
        event.maker_account = maker.account
        settle(symbol, side, unit * quantity, balances, fees, event)
        if maker.remaining == 0:
            book = (np.int64(c.symbol) << 1) + (1 - side)
            unlink_order(levels, bits0, bits1, bits2, orders, index, counters, symbol, book, ladder, maker_slot)
    return remaining, reason, written


@kernel
def refusal(c, slot, counters, free, need):
    if c.price <= 0 or c.price >= LADDER_TICKS or c.quantity <= 0 or c.side > SELL:
        return OUT_OF_RANGE
    if slot != 0:
        return DUPLICATE_ID
    if counters[0].free_slot == 0:
        return NO_ROOM
    return NO_FUNDS if free < need else NO_REASON


@kernel
def process(
    symbols, levels, bits0, bits1, bits2, orders, index, balances, fees, commands, events, counters, start, count
):
    """Run commands[start : start + count]; returns the events written, counters.commands_done says how many ran."""
    written = 0
    k = start
    room = events.shape[0] - EVENTS_SPARE
    while k < start + count and written < room:
        c = commands[k]
        k += 1
        account = c.account
        symbol = symbols[c.symbol]
        ladder = np.int64(c.symbol) << 18
        tag = tag_of(account, c.client_id)
        slot = index_find(index, counters[0].index_mask, orders, tag, account, c.client_id)
        if c.kind == CANCEL:
            if slot == 0:
                emit(events[written], counters, c, REJECTED, UNKNOWN_ORDER, 0, 0, 0, 0)
            else:
                cancel(
                    levels,
                    bits0,
                    bits1,
                    bits2,
                    orders,
                    index,
                    counters,
                    c,
                    symbol,
                    balances,
                    ladder,
                    slot,
                    events[written],
                )
            written += 1
            continue
        side = c.side
        price = c.price
        remaining = c.quantity
        paid_from = balances[account, symbol.quote if side == BUY else symbol.base]
        unit = price * symbol.quote_per_tick if side == BUY else symbol.lot
        refused = refusal(c, slot, counters, paid_from.free, unit * remaining)
        if refused != NO_REASON:
            emit(events[written], counters, c, REJECTED, refused, 0, price, 0, remaining)
            written += 1
            continue
        release(paid_from, -unit * remaining)
        order_id = counters[0].order_id_next
        counters[0].order_id_next += 1
        emit(events[written], counters, c, ACCEPTED, NO_REASON, order_id, price, 0, remaining)
        written += 1
        remaining, reason, written = match(
            levels, bits0, bits1, bits2, orders, index, balances, fees, events, counters, c, symbol, order_id, written
        )
        if remaining == 0:
            continue
        if c.tif == GTC and reason == NO_REASON:
            rest(levels, bits0, bits1, bits2, orders, index, counters, c, symbol, ladder, tag, order_id, remaining)
        else:
            release(paid_from, unit * remaining)
            emit(events[written], counters, c, EXPIRED, reason, order_id, price, 0, remaining)
            written += 1
    counters[0].commands_done = k - start
    return written


@kernel
def process_table(address, start, count):
    """`process` over a table of pointers and lengths at `address`: one int crosses into the kernel, no arrays."""
    t = carray(pointer(address), (TABLE_WORDS,), np.int64)
    symbols = carray(pointer(t[0]), (t[16],), SYMBOL)
    levels = carray(pointer(t[1]), (t[17],), LEVEL)
    bits0 = carray(pointer(t[2]), (t[18],), np.int64)
    bits1 = carray(pointer(t[3]), (t[19],), np.int64)
    bits2 = carray(pointer(t[4]), (t[20],), np.int64)
    orders = carray(pointer(t[5]), (t[21],), ORDER)
    index = carray(pointer(t[6]), (t[22],), ENTRY)
    balances = carray(pointer(t[7]), (t[23] // t[24], t[24]), BALANCE)
    fees = carray(pointer(t[8]), (t[24],), np.int64)
    commands = carray(pointer(t[9]), (t[25],), COMMAND)
    events = carray(pointer(t[10]), (t[26],), EVENT)
    counters = carray(pointer(t[11]), (1,), COUNTERS)
    return process(
        symbols, levels, bits0, bits1, bits2, orders, index, balances, fees, commands, events, counters, start, count
    )
