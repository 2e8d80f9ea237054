"""Orders that are in no book: those that wait for a price, track it, are pending, or are in the queue.

The ladders of triggers are tries like the books' (docs/adr/0002). The queue is of one frame, threaded through next and
prev. Sources: docs/rules/conditional.md, docs/rules/order_lists.md.
"""

import numpy as np
from numba import njit

from venus.core.kernels.book import BUY, level_push, level_unlink, order_register, order_unregister
from venus.core.kernels.events import event_new
from venus.core.kernels.icebergs import parts_subtract, slice_first
from venus.core.kernels.ladder import crosses
from venus.core.kernels.layout import (
    ABOVE,
    BELOW,
    INLINE,
    JIT,
    MARK_ICEBERG,
    MARK_WAITS,
    PENDING,
    PRICE_LIMIT,
    QUEUE_HEAD,
    QUEUE_TAIL,
    QUEUED,
    STARTING,
    TRACKS,
    WAITS_FREE,
    WAITS_LIVE,
    WAITS_USED,
)
from venus.core.kernels.state import state_at
from venus.records.commands import OrderType
from venus.records.events import EventFlag, EventKind

STOP_LOSS, STOP_LOSS_LIMIT = int(OrderType.STOP_LOSS), int(OrderType.STOP_LOSS_LIMIT)
_TRACKING, _WAITING, _PENDING = int(EventKind.TRACKING), int(EventFlag.WAITING), int(EventFlag.PENDING)
_BIPS = np.int64(10_000)


@njit(**INLINE)
def is_conditional(type_):
    return type_ >= STOP_LOSS


@njit(**INLINE)
def waits_above(type_, side):
    """Whether a conditional order waits for a last price at or above its trigger."""
    return (type_ <= STOP_LOSS_LIMIT) == (side == BUY)


@njit(**INLINE)
def wait_flag(s, order):
    """Flag of an event of this order: why it is in no book."""
    if order.marks & MARK_WAITS == 0:
        return 0
    state = s.waits[order.wait].state
    return _PENDING if state in (PENDING, STARTING) else _WAITING


@njit(**INLINE)
def wait_take(s):
    """Slot of a wait that is out of use; room was checked."""
    slot = s.counters[WAITS_FREE]
    if slot != 0:
        s.counters[WAITS_FREE] = s.waits[np.uint32(slot)].next
    else:
        slot = s.counters[WAITS_USED]
        s.counters[WAITS_USED] = slot + 1
    s.counters[WAITS_LIVE] += 1
    wait = s.waits[np.uint32(slot)]
    wait.trigger_ticks = 0
    wait.hold_ticks = 0
    wait.extreme_ticks = 0
    wait.trail_bips = 0
    wait.next = 0
    wait.state = 0
    return slot


@njit(**INLINE)
def wait_end(s, order):
    """The order waits no more: free its record. It was taken out of where it waited."""
    wait = s.waits[order.wait]
    wait.state = 0
    wait.next = s.counters[WAITS_FREE]
    s.counters[WAITS_FREE] = np.int64(order.wait)
    s.counters[WAITS_LIVE] -= 1
    order.wait = 0
    order.marks = order.marks & ~np.uint8(MARK_WAITS)


@njit(**INLINE)
def trigger_book(s, symbol, above):
    """The ladder of a symbol's triggers above or below."""
    return s.triggers[np.uint32(2 * np.int64(symbol) + (1 if above else 0))]


@njit(**INLINE)
def trail_trigger(side, extreme_ticks, trail_bips):
    """The price that triggers a tracking order: exact, and within int64 since prices are below 2^60."""
    whole, part = extreme_ticks // _BIPS, extreme_ticks % _BIPS
    if side == BUY:
        factor = _BIPS + trail_bips
        return whole * factor + (part * factor + _BIPS - 1) // _BIPS
    factor = _BIPS - trail_bips
    return whole * factor + part * factor // _BIPS


@njit(**INLINE)
def _quiet_narrow(tracks, side, wait):
    """Keep the range of prices within which no tracking order is moved or triggered."""
    if wait.extreme_ticks == 0:
        low, high = np.int64(PRICE_LIMIT), np.int64(0)
    elif side == BUY:
        low, high = wait.extreme_ticks, trail_trigger(side, wait.extreme_ticks, wait.trail_bips) - 1
    else:
        low, high = trail_trigger(side, wait.extreme_ticks, wait.trail_bips) + 1, wait.extreme_ticks
    tracks.quiet_low = max(tracks.quiet_low, low)
    tracks.quiet_high = min(tracks.quiet_high, high)


@njit(**INLINE)
def _track(s, slot, extreme_ticks):
    """Let an order track from this price on, last of those that do."""
    order = s.orders[np.uint32(slot)]
    tracks = trigger_book(s, order.symbol, False)
    wait = s.waits[order.wait]
    wait.state = TRACKS
    wait.extreme_ticks = extreme_ticks
    order.next = 0
    order.prev = tracks.track_tail
    if tracks.track_tail != 0:
        s.orders[tracks.track_tail].next = slot
    else:
        tracks.track_head = slot
        tracks.quiet_low = 0
        tracks.quiet_high = PRICE_LIMIT
    tracks.track_tail = slot
    _quiet_narrow(tracks, order.side, wait)


@njit(**INLINE)
def _untrack(s, slot):
    order = s.orders[np.uint32(slot)]
    tracks = trigger_book(s, order.symbol, False)
    if order.prev != 0:
        s.orders[order.prev].next = order.next
    else:
        tracks.track_head = order.next
    if order.next != 0:
        s.orders[order.next].prev = order.prev
    else:
        tracks.track_tail = order.prev


@njit(**INLINE)
def queue_join(s, slot, state):
    """Put an order that is nowhere else last in the queue."""
    order = s.orders[np.uint32(slot)]
    s.waits[order.wait].state = state
    order.next = 0
    order.prev = s.counters[QUEUE_TAIL]
    if order.prev != 0:
        s.orders[order.prev].next = slot
    else:
        s.counters[QUEUE_HEAD] = slot
    s.counters[QUEUE_TAIL] = slot


@njit(**INLINE)
def _queue_leave(s, slot):
    order = s.orders[np.uint32(slot)]
    if order.prev != 0:
        s.orders[order.prev].next = order.next
    else:
        s.counters[QUEUE_HEAD] = order.next
    if order.next != 0:
        s.orders[order.next].prev = order.prev
    else:
        s.counters[QUEUE_TAIL] = order.prev


@njit(**JIT)
def wait_begin(table, slot):
    """Let a conditional order wait for its trigger, or track at once if it has none."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    symbol = s.symbols[order.symbol]
    wait = s.waits[order.wait]
    symbol.watched = 1
    if wait.trigger_ticks == 0:
        _track(s, slot, symbol.last_ticks)
        return np.int64(0)
    above = waits_above(order.type, order.side)
    wait.state = ABOVE if above else BELOW
    level_push(s, trigger_book(s, order.symbol, above), slot, wait.trigger_ticks)
    return np.int64(0)


@njit(**JIT)
def rest(table, slot):
    """Put an order that is registered on its book."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    level_push(s, s.books[np.uint32(2 * np.int64(order.symbol) + np.int64(order.side))], slot, order.price_ticks)
    s.levels[order.level].total_lots += order.remaining_lots
    if order.marks & MARK_ICEBERG != 0:
        slice_first(s, order)
    return np.int64(0)


@njit(**JIT)
def leave(table, slot):
    """Take an order out of where it is: its book, its ladder of triggers, the tracking ones, the queue."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    if order.marks & MARK_WAITS == 0:
        if order.marks & MARK_ICEBERG != 0:
            parts_subtract(s, order)
        s.levels[order.level].total_lots -= order.remaining_lots
        level_unlink(s, s.books[np.uint32(2 * np.int64(order.symbol) + np.int64(order.side))], slot)
        return np.int64(0)
    state = s.waits[order.wait].state
    if state in (ABOVE, BELOW):
        level_unlink(s, trigger_book(s, order.symbol, state == ABOVE), slot)
    elif state == TRACKS:
        _untrack(s, slot)
    elif state in (QUEUED, STARTING):
        _queue_leave(s, slot)
    return np.int64(0)


@njit(**INLINE)
def register(s, slot):
    """Count an order as open and let it be found."""
    order = s.orders[np.uint32(slot)]
    order_register(s, slot)
    account = s.accounts[order.account]
    if is_conditional(order.type):
        account.algo_open += 1
    if order.marks & MARK_ICEBERG != 0:
        account.icebergs_open += 1


@njit(**JIT)
def drop(table, slot):
    """End an order that was taken out of where it was; its hold is the caller's."""
    s = state_at(table)
    order = s.orders[np.uint32(slot)]
    account = s.accounts[order.account]
    if is_conditional(order.type):
        account.algo_open -= 1
    if order.marks & MARK_ICEBERG != 0:
        account.icebergs_open -= 1
    if order.marks & MARK_WAITS != 0:
        wait_end(s, order)
    order_unregister(s, slot)
    return np.int64(0)


@njit(**INLINE)
def _look_ladder(s, symbol_number, above, price_ticks, sequence):
    """Part 1 of a look: whoever waits for this price begins to track or joins the queue."""
    book = trigger_book(s, symbol_number, above)
    while crosses(book, price_ticks):
        slot = np.int64(s.levels[book.best_level].head)
        order = s.orders[np.uint32(slot)]
        level_unlink(s, book, slot)
        if s.waits[order.wait].trail_bips == 0:
            queue_join(s, slot, QUEUED)
            continue
        _track(s, slot, price_ticks)
        i = event_new(s, _TRACKING, sequence, order.account, order.symbol, order.side)
        s.events[i].order_id = order.order_id
        s.events[i].price_ticks = price_ticks


@njit(**INLINE)
def _look_tracking(s, tracks, last, price_ticks):
    """Part 2 of a look: those that tracked before it, up to slot `last`, move their extreme or join the queue."""
    slot = np.int64(tracks.track_head)
    ends = last == 0
    tracks.quiet_low = 0
    tracks.quiet_high = PRICE_LIMIT
    while slot != 0:
        order = s.orders[np.uint32(slot)]
        wait = s.waits[order.wait]
        following = np.int64(order.next)
        triggered = False
        if not ends:
            extreme = wait.extreme_ticks
            if extreme == 0 or (price_ticks < extreme if order.side == BUY else price_ticks > extreme):
                wait.extreme_ticks = price_ticks
            else:
                trigger = trail_trigger(order.side, extreme, wait.trail_bips)
                triggered = price_ticks >= trigger if order.side == BUY else price_ticks <= trigger
        if slot == last:
            ends = True
        if triggered:
            _untrack(s, slot)
            queue_join(s, slot, QUEUED)
        else:
            _quiet_narrow(tracks, order.side, wait)
        slot = following


@njit(**JIT)
def look(table, symbol_number, price_ticks, sequence):
    """Look at the symbol's price: docs/rules/conditional.md, "When it triggers"."""
    s = state_at(table)
    tracks = trigger_book(s, symbol_number, False)
    tracked_last = np.int64(tracks.track_tail)
    quiet = tracked_last == 0 or tracks.quiet_low <= price_ticks <= tracks.quiet_high
    for above in (True, False):
        _look_ladder(s, symbol_number, above, price_ticks, sequence)
    if not quiet:
        _look_tracking(s, tracks, tracked_last, price_ticks)
    empty = tracks.track_head == 0 and tracks.best_level == 0 and trigger_book(s, symbol_number, True).best_level == 0
    s.symbols[np.uint32(symbol_number)].watched = 0 if empty else 1
