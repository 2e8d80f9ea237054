"""An accepted order meets the book, one resting order after the other.

Source: docs/rules/spot.md, "Accepted"; docs/rules/iceberg.md, "Meeting".
"""

from dataclasses import dataclass, field
from itertools import groupby

from venus.model.book import Book, Order, crosses
from venus.model.desk import Desk
from venus.model.events import event
from venus.model.ledger import Ledger
from venus.model.lists import Lists
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

    @property
    def wanted_shown_lots(self) -> int:
        """Remaining lots as events tell them: an order by quote has none to tell."""
        return 0 if self.by_quote else self.wanted_lots

    def take(self, lots: int, notional_atoms: int) -> None:
        self.wanted_lots -= lots
        self.budget_atoms -= notional_atoms


class Matching:
    def __init__(self, desk: Desk, lists: Lists) -> None:
        self._desk = desk
        self._ledger = desk.ledger
        self._lists = lists

    def match(self, sequence: int, taker: Taker) -> None:
        """Run a taker until it is done or nothing that it crosses is left; what happened is in `taker.happened`."""
        order = taker.order
        book = self._desk.book_of(order)
        if order.tif is TimeInForce.FOK and not can_fill_whole(self._ledger, book, order):
            expire(sequence, taker, Expiry.UNFILLED_FOK)
        while not taker.done:
            facing = book.facing(order.side)
            if taker.by_quote and taker.budget_atoms == 0:
                fill_by_quote(sequence, taker)
            elif not facing or not meets(order, facing[0]):
                break
            else:
                self._meet(book, sequence, taker, facing[0])
        if taker.done:
            return
        if order.type is OrderType.MARKET:
            expire(sequence, taker, Expiry.NO_LIQUIDITY)
        elif order.tif is TimeInForce.IOC:
            expire(sequence, taker, Expiry.UNFILLED_IOC)

    def _meet(self, book: Book, sequence: int, taker: Taker, maker: Order) -> None:
        """One meeting, at the maker's price: the end for want of money, a prevention, or a trade."""
        order = taker.order
        affordable_lots = taker.budget_atoms // book.notional_atoms(maker.price_ticks, 1)
        if affordable_lots == 0 and taker.by_quote:
            fill_by_quote(sequence, taker)
        elif affordable_lots == 0:
            expire(sequence, taker, Expiry.FUNDS_EXHAUSTED)
        elif order.stp is not SelfTrade.NONE and is_self_trade(self._ledger, order.account, maker.account):
            self._prevent(book, sequence, taker, maker, affordable_lots)
        else:
            self._trade(book, sequence, taker, maker, min(taker.wanted_lots, maker.met_lots, affordable_lots))

    def _trade(self, book: Book, sequence: int, taker: Taker, maker: Order, lots: int) -> None:
        order, ledger = taker.order, self._ledger
        taker.happened += self._lists.met(sequence, maker)
        notional_atoms = book.notional_atoms(maker.price_ticks, lots)
        taker_pays_atoms, maker_pays_atoms = self._swap(book, order, maker, lots)
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
        maker_done = take_lots(book, maker, lots)
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
        book.step_trades.append((maker.price_ticks, lots))
        taker.happened += self._show(book, sequence, maker)
        buyer, fee = (order, taker_fee_atoms) if order.side is Side.BUY else (maker, maker_fee_atoms)
        taker.happened += self._lists.bought(sequence, buyer, book.base_atoms(lots) - fee)
        taker.happened += self._leave(sequence, maker)

    def _prevent(self, book: Book, sequence: int, taker: Taker, maker: Order, affordable_lots: int) -> None:
        order = taker.order
        taker.happened += self._lists.met(sequence, maker)
        what = prevention(order, maker, taker.wanted_lots, affordable_lots, taker.by_quote)
        freed_atoms = book.hold_atoms(maker.side, maker.price_ticks, what.maker_lots)
        moved = what.mode is SelfTrade.TRANSFER
        if moved:
            _, maker_pays_atoms = self._swap(book, order, maker, what.maker_lots)
            assert maker_pays_atoms == freed_atoms
        else:
            self._ledger.release(maker.account, book.pays(maker.side), freed_atoms)
        if what.mode in (SelfTrade.DECREMENT, SelfTrade.TRANSFER):
            taker.take(what.taker_lots, book.notional_atoms(maker.price_ticks, what.taker_lots))
        taker.done = what.taker_done
        hidden_lots = max(what.maker_lots - maker.met_lots, 0)
        maker_done = take_lots(book, maker, what.maker_lots)
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
                maker_fee_atoms=hidden_lots,
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
        taker.happened += self._show(book, sequence, maker)
        taker.happened += self._leave(sequence, maker)

    def _swap(self, book: Book, order: Order, maker: Order, lots: int) -> tuple[int, int]:
        """Both pay for so many lots at the maker's price, the taker from free, the maker from held; what each paid."""
        notional_atoms, base_atoms = book.notional_atoms(maker.price_ticks, lots), book.base_atoms(lots)
        buys = order.side is Side.BUY
        taker_pays_atoms, maker_pays_atoms = (notional_atoms, base_atoms) if buys else (base_atoms, notional_atoms)
        self._ledger.pay(order.account, maker.account, book.pays(order.side), taker_pays_atoms)
        self._ledger.pay_from_held(maker.account, order.account, book.pays(maker.side), maker_pays_atoms)
        return taker_pays_atoms, maker_pays_atoms

    def _show(self, book: Book, sequence: int, maker: Order) -> list[Event]:
        """The next slice of an iceberg whose slice is used up, last in time at its price."""
        if not maker.display_lots or maker.slice_lots > 0 or maker.remaining_lots == 0:
            return []
        book.remove(maker)
        maker.slice_lots = min(maker.display_lots, maker.remaining_lots)
        maker.since = self._desk.moment()
        book.rest(maker)
        shown = event(
            EventKind.SHOWN,
            sequence,
            order_id=maker.id,
            price_ticks=maker.price_ticks,
            quantity_lots=maker.slice_lots,
            remaining_lots=maker.remaining_lots,
            account=maker.account,
            symbol=maker.symbol,
            side=maker.side,
        )
        return [shown]

    def _leave(self, sequence: int, maker: Order) -> list[Event]:
        """A maker that has nothing left has ended."""
        if maker.remaining_lots > 0:
            return []
        self._desk.forget(maker)
        return self._lists.gone(sequence, maker)


def meets(order: Order, maker: Order) -> bool:
    return order.type is OrderType.MARKET or crosses(order.side, order.price_ticks, maker.price_ticks)


def can_fill_whole(ledger: Ledger, book: Book, order: Order) -> bool:
    """The walk of FOK over the orders that it would meet, price by price."""
    found_lots = 0
    for _, at_price in groupby(book.facing(order.side), key=lambda maker: maker.price_ticks):
        makers = list(at_price)
        if not meets(order, makers[0]):
            break
        own = [order.stp is not SelfTrade.NONE and is_self_trade(ledger, order.account, m.account) for m in makers]
        if any(own) and order.stp is not SelfTrade.EXPIRE_MAKER:
            # An iceberg's next slice would be met behind the order that ends the count.
            return found_lots + sum(maker.met_lots for maker in makers[: own.index(True)]) >= order.original_lots
        found_lots += sum(maker.remaining_lots for maker, is_own in zip(makers, own, strict=True) if not is_own)
    return found_lots >= order.original_lots


def take_lots(book: Book, maker: Order, lots: int) -> bool:
    """Take lots off a resting order; True if it is finished and has left the book."""
    maker.remaining_lots -= lots
    maker.slice_lots = max(maker.slice_lots - lots, 0)
    if maker.remaining_lots > 0:
        return False
    book.remove(maker)
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
