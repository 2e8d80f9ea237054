"""An accepted order meets the book, one resting order after the other. Source: docs/rules/spot.md, "Accepted"."""

from dataclasses import dataclass, field

from venus.model.book import Book, Order, crosses
from venus.model.events import event
from venus.model.ledger import Ledger
from venus.model.self_trade import is_self_trade, prevention
from venus.records.commands import OrderType, SelfTrade, Side, TimeInForce
from venus.records.events import Event, EventFlag, EventKind, Expiry
from venus.units import fee_atoms


@dataclass(slots=True)
class Taker:
    """An order on its way through the book, and what has happened to it so far."""

    order: Order
    by_quote: bool
    wanted_lots: int  # own remaining; UNLIMITED for a BUY by quote
    budget_atoms: int  # UNLIMITED if only lots limit it
    executed_lots: int = 0
    done: bool = False
    happened: list[Event] = field(default_factory=list)
    finished_makers: list[Order] = field(default_factory=list)

    @property
    def wanted_shown_lots(self) -> int:
        """Remaining lots as events tell them: an order by quote has none to tell."""
        return 0 if self.by_quote else self.wanted_lots

    def take(self, lots: int, notional_atoms: int) -> None:
        self.wanted_lots -= lots
        self.budget_atoms -= notional_atoms


def match(ledger: Ledger, book: Book, sequence: int, taker: Taker) -> None:
    """Run a taker until it is done or nothing that it crosses is left; what happened is in `taker.happened`."""
    order = taker.order
    if order.tif is TimeInForce.FOK and not can_fill_whole(ledger, book, order):
        expire(sequence, taker, Expiry.UNFILLED_FOK)
    while not taker.done:
        facing = book.facing(order.side)
        if taker.by_quote and taker.budget_atoms == 0:
            fill_by_quote(sequence, taker)
        elif not facing or not meets(order, facing[0]):
            break
        else:
            meet(ledger, book, sequence, taker, facing[0])
    if taker.done:
        return
    if order.type is OrderType.MARKET:
        expire(sequence, taker, Expiry.NO_LIQUIDITY)
    elif order.tif is TimeInForce.IOC:
        expire(sequence, taker, Expiry.UNFILLED_IOC)


def meets(order: Order, maker: Order) -> bool:
    return order.type is OrderType.MARKET or crosses(order.side, order.price_ticks, maker.price_ticks)


def can_fill_whole(ledger: Ledger, book: Book, order: Order) -> bool:
    """The walk of FOK over the orders that it would meet."""
    found_lots = 0
    for maker in book.facing(order.side):
        if found_lots >= order.original_lots or not meets(order, maker):
            break
        if order.stp is SelfTrade.NONE or not is_self_trade(ledger, order.account, maker.account):
            found_lots += maker.remaining_lots
        elif order.stp is not SelfTrade.EXPIRE_MAKER:
            break
    return found_lots >= order.original_lots


def meet(ledger: Ledger, book: Book, sequence: int, taker: Taker, maker: Order) -> None:
    """One meeting, at the maker's price: the end for want of money, a prevention, or a trade."""
    order = taker.order
    affordable_lots = taker.budget_atoms // book.notional_atoms(maker.price_ticks, 1)
    if affordable_lots == 0 and taker.by_quote:
        fill_by_quote(sequence, taker)
    elif affordable_lots == 0:
        expire(sequence, taker, Expiry.FUNDS_EXHAUSTED)
    elif order.stp is not SelfTrade.NONE and is_self_trade(ledger, order.account, maker.account):
        prevent(ledger, book, sequence, taker, maker, affordable_lots)
    else:
        trade(ledger, book, sequence, taker, maker, min(taker.wanted_lots, maker.remaining_lots, affordable_lots))


def trade(ledger: Ledger, book: Book, sequence: int, taker: Taker, maker: Order, lots: int) -> None:
    order = taker.order
    notional_atoms = book.notional_atoms(maker.price_ticks, lots)
    taker_pays_atoms, maker_pays_atoms = swapped_atoms(book, order.side, maker.price_ticks, lots)
    ledger.pay(order.account, maker.account, book.pays(order.side), taker_pays_atoms)
    ledger.pay_from_held(maker.account, order.account, book.pays(maker.side), maker_pays_atoms)
    # Each fee is taken from what was just received, in its asset.
    taker_tier = ledger.tiers[ledger.accounts[order.account].tier]
    maker_tier = ledger.tiers[ledger.accounts[maker.account].tier]
    taker_fee_atoms = fee_atoms(maker_pays_atoms, taker_tier.taker_ppm)
    maker_fee_atoms = fee_atoms(taker_pays_atoms, maker_tier.maker_ppm)
    ledger.take_fee(order.account, book.pays(maker.side), taker_fee_atoms)
    ledger.take_fee(maker.account, book.pays(order.side), maker_fee_atoms)

    taker.take(lots, notional_atoms)
    taker.executed_lots += lots
    taker.done = taker.wanted_lots == 0
    maker.executed_lots += lots
    maker_done = shrink(book, taker, maker, lots)
    taker.happened.append(
        event(
            EventKind.TRADE,
            sequence,
            order_id=order.id,
            maker_order_id=maker.id,
            price_ticks=maker.price_ticks,
            quantity_lots=lots,
            remaining_lots=taker.wanted_shown_lots,
            taker_fee_atoms=taker_fee_atoms,
            maker_fee_atoms=maker_fee_atoms,
            trade_id=book.next_trade_id,
            account=order.account,
            maker_account=maker.account,
            symbol=book.number,
            side=order.side,
            flags=done_flags(taker.done, maker_done),
        )
    )
    book.next_trade_id += 1
    book.last_price_ticks = maker.price_ticks


def prevent(ledger: Ledger, book: Book, sequence: int, taker: Taker, maker: Order, affordable_lots: int) -> None:
    order = taker.order
    what = prevention(order, maker, taker.wanted_lots, affordable_lots, taker.by_quote)
    freed_atoms = book.hold_atoms(maker, what.maker_lots)
    moved = what.mode is SelfTrade.TRANSFER
    if moved:
        taker_pays_atoms, maker_pays_atoms = swapped_atoms(book, order.side, maker.price_ticks, what.maker_lots)
        assert maker_pays_atoms == freed_atoms
        ledger.pay(order.account, maker.account, book.pays(order.side), taker_pays_atoms)
        ledger.pay_from_held(maker.account, order.account, book.pays(maker.side), maker_pays_atoms)
    else:
        ledger.release(maker.account, book.pays(maker.side), freed_atoms)
    if what.mode in (SelfTrade.DECREMENT, SelfTrade.TRANSFER):
        taker.take(what.taker_lots, book.notional_atoms(maker.price_ticks, what.taker_lots))
    taker.done = what.taker_done
    maker_done = shrink(book, taker, maker, what.maker_lots)
    taker.happened.append(
        event(
            EventKind.PREVENTED,
            sequence,
            order_id=order.id,
            maker_order_id=maker.id,
            price_ticks=maker.price_ticks,
            quantity_lots=what.taker_lots,
            remaining_lots=what.maker_lots,
            hold_atoms=-freed_atoms,
            trade_id=book.next_prevented_id,
            account=order.account,
            maker_account=maker.account,
            symbol=book.number,
            side=order.side,
            reason=what.mode,
            flags=done_flags(taker.done, maker_done) | (EventFlag.MOVED if moved else EventFlag.NONE),
        )
    )
    book.next_prevented_id += 1


def swapped_atoms(book: Book, side: Side, price_ticks: int, lots: int) -> tuple[int, int]:
    """What a taker of this side pays for so many lots, and what its maker pays."""
    notional_atoms, base_atoms = book.notional_atoms(price_ticks, lots), book.base_atoms(lots)
    return (notional_atoms, base_atoms) if side is Side.BUY else (base_atoms, notional_atoms)


def shrink(book: Book, taker: Taker, maker: Order, lots: int) -> bool:
    """Take lots off a resting order; True if it is finished and has left the book."""
    maker.remaining_lots -= lots
    if maker.remaining_lots > 0:
        return False
    book.remove(maker)
    taker.finished_makers.append(maker)
    return True


def done_flags(taker_done: bool, maker_done: bool) -> EventFlag:
    taker_flag = EventFlag.TAKER_DONE if taker_done else EventFlag.NONE
    return taker_flag | (EventFlag.MAKER_DONE if maker_done else EventFlag.NONE)


def fill_by_quote(sequence: int, taker: Taker) -> None:
    order = taker.order
    taker.done = True
    taker.happened.append(
        event(
            EventKind.FILLED,
            sequence,
            order_id=order.id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            flags=EventFlag.TAKER_DONE,
        )
    )


def expire(sequence: int, taker: Taker, reason: Expiry) -> None:
    order = taker.order
    taker.done = True
    taker.happened.append(
        event(
            EventKind.EXPIRED,
            sequence,
            order_id=order.id,
            price_ticks=order.price_ticks,
            remaining_lots=taker.wanted_shown_lots,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            reason=reason,
            flags=EventFlag.TAKER_DONE,
        )
    )
