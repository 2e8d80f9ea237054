"""The scenes of nautilus-trader's day: what is subscribed, ordered and cancelled, and what must be heard of it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import Bar, BarType, OrderBookDeltas, QuoteTick, TradeTick
from nautilus_trader.model.enums import BookType, OrderSide, TimeInForce, TriggerType
from nautilus_trader.model.events import (
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderFilled,
    OrderRejected,
)
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.model.orders import Order

from tests.doors.clients.counterparty import SYMBOL, Counterparty
from tests.doors.clients.diary import Diary, Place
from tests.doors.clients.nautilus_trader.strategy import Told

INSTRUMENT = InstrumentId.from_str(f"{SYMBOL}.BINANCE")
QUANTITY = "0.01000"
MINUTE = BarType.from_str(f"{INSTRUMENT}-1-MINUTE-LAST-EXTERNAL")
REFUSALS = (OrderRejected, OrderDenied)


async def until(holds: Callable[[], bool]) -> None:
    """What the node keeps can only be looked at: it has no event for it."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.05)


class Scenes:
    def __init__(self, strategy: Told, trading: TradingNode, diary: Diary, other: Counterparty, place: Place) -> None:
        self.strategy = strategy
        self.trading = trading
        self.diary = diary
        self.other = other
        self.place = place

    async def market(self) -> None:
        strategy = self.strategy
        strategy.subscribe_trade_ticks(INSTRUMENT)
        strategy.subscribe_quote_ticks(INSTRUMENT)
        strategy.subscribe_bars(MINUTE)
        strategy.subscribe_order_book_deltas(INSTRUMENT, BookType.L2_MBP, depth=1000)
        for name, kind in (
            ("trade stream", TradeTick),
            ("best price stream", QuoteTick),
            ("book kept from its stream", OrderBookDeltas),
        ):
            async with self.diary.waiting(name):
                hearing = asyncio.create_task(strategy.hear(lambda thing, kind=kind: isinstance(thing, kind)))
                while not hearing.done():
                    self.other.trade("BUY", "0.02")
                    await asyncio.sleep(0.3)
                if kind is OrderBookDeltas:
                    await self.book_is_theirs()
        async with self.diary.waiting("candles"):
            strategy.request_bars(MINUTE, start=strategy.clock.utc_now() - timedelta(hours=2))
            await until(lambda: bool(strategy.cache.bars(MINUTE)))
            bars = strategy.cache.bars(MINUTE)
            assert bars[0].high >= bars[0].low
        async with self.diary.waiting("candle stream", seconds=150):  # it passes on closed candles only
            await strategy.hear(lambda thing: isinstance(thing, Bar))
        strategy.unsubscribe_order_book_deltas(INSTRUMENT)

    async def book_is_theirs(self) -> None:
        """Its book meets the REST API's best prices."""

        def same() -> bool:
            kept = self.trading.cache.order_book(INSTRUMENT)
            if kept is None or kept.best_bid_price() is None:
                return False
            return (kept.best_bid_price().as_decimal(), kept.best_ask_price().as_decimal()) == self.other.best()

        await until(same)

    # Orders

    def limit(self, side: OrderSide, price: Decimal, **fields: Any) -> Order:
        return self.strategy.order_factory.limit(
            INSTRUMENT, side, Quantity.from_str(QUANTITY), Price(float(price), 2), **fields
        )

    def far_bid(self) -> Decimal:
        return self.other.best()[0] * Decimal("0.8")

    async def submit(self, order: Order, *kinds: type) -> Any:
        """The first event of these kinds of the order; its refusal is an error."""
        self.strategy.submit_order(order)
        event = await self.of(order, *kinds, *REFUSALS)
        if isinstance(event, REFUSALS) and not isinstance(event, kinds):
            raise AssertionError(event.reason)
        return event

    async def of(self, order: Order, *kinds: type) -> Any:
        return await self.strategy.hear(
            lambda thing: isinstance(thing, kinds) and thing.client_order_id == order.client_order_id
        )

    async def filled(self, order: Order) -> None:
        total = Decimal(0)
        self.strategy.submit_order(order)
        while total < Decimal(QUANTITY):
            event = await self.of(order, OrderFilled, OrderExpired, OrderCanceled, *REFUSALS)
            assert isinstance(event, OrderFilled), event
            total += event.last_qty.as_decimal()

    async def orders(self) -> None:
        waiting = self.diary.waiting
        async with waiting("limit", "cancel", "orders told"):
            order = self.limit(OrderSide.BUY, self.far_bid())
            await self.submit(order, OrderAccepted)
            assert order.client_order_id in {one.client_order_id for one in self.trading.cache.orders_open()}
            self.strategy.cancel_order(order)
            await self.of(order, OrderCanceled)
        async with waiting("market"):
            await self.filled(
                self.strategy.order_factory.market(INSTRUMENT, OrderSide.BUY, Quantity.from_str(QUANTITY))
            )
            await self.filled(
                self.strategy.order_factory.market(INSTRUMENT, OrderSide.SELL, Quantity.from_str(QUANTITY))
            )
        async with waiting("balances told"):
            account = self.trading.cache.account_for_venue(INSTRUMENT.venue)
            locked = account.balance_locked(self.trading.cache.instrument(INSTRUMENT).quote_currency)
            order = self.limit(OrderSide.BUY, self.far_bid())
            await self.submit(order, OrderAccepted)
            await until(lambda: float(account.balance_locked(locked.currency)) > float(locked))
            self.strategy.cancel_order(order)
            await self.of(order, OrderCanceled)
        async with waiting("limit, immediate or cancel"):
            order = self.limit(OrderSide.BUY, self.far_bid(), time_in_force=TimeInForce.IOC)
            await self.submit(order, OrderExpired, OrderCanceled)
        async with waiting("limit, fill or kill"):
            order = self.limit(OrderSide.BUY, self.far_bid(), time_in_force=TimeInForce.FOK)
            await self.submit(order, OrderExpired, OrderCanceled)
        async with waiting("limit maker"):
            order = self.limit(OrderSide.BUY, self.far_bid(), post_only=True)
            await self.submit(order, OrderAccepted)
            self.strategy.cancel_order(order)
            await self.of(order, OrderCanceled)
            crossing = self.limit(OrderSide.BUY, self.other.best()[1] * Decimal("1.01"), post_only=True)
            assert "Order would immediately match and take." in (await self.submit(crossing, OrderRejected)).reason
        async with waiting("iceberg"):
            order = self.limit(OrderSide.BUY, self.far_bid(), display_qty=Quantity.from_str("0.00200"))
            await self.rests(order)
        await self.conditional()
        async with waiting("cancel all"):
            orders = [self.limit(OrderSide.BUY, self.far_bid()) for _ in range(3)]
            for order in orders:
                await self.submit(order, OrderAccepted)
            self.strategy.cancel_all_orders(INSTRUMENT)
            for order in orders:
                await until(lambda order=order: order.is_closed)
        async with waiting("mistakes by their codes"):
            order = self.strategy.order_factory.limit(
                INSTRUMENT, OrderSide.BUY, Quantity.from_str("0.00010"), Price(1000.0, 2)
            )
            refused = await self.submit(order, *REFUSALS)
            assert "NOTIONAL" in refused.reason, refused.reason

    async def rests(self, order: Order) -> None:
        await self.submit(order, OrderAccepted)
        self.strategy.cancel_order(order)
        await self.of(order, OrderCanceled)

    async def conditional(self) -> None:
        quantity = Quantity.from_str(QUANTITY)
        high = self.other.best()[1] * Decimal("1.2")
        async with self.diary.waiting("stop loss limit"):
            await self.rests(
                self.strategy.order_factory.stop_limit(
                    INSTRUMENT,
                    OrderSide.BUY,
                    quantity,
                    price=Price(float(high), 2),
                    trigger_price=Price(float(high), 2),
                    trigger_type=TriggerType.LAST_PRICE,
                )
            )
        async with self.diary.waiting("take profit limit"):
            await self.rests(
                self.strategy.order_factory.limit_if_touched(
                    INSTRUMENT,
                    OrderSide.SELL,
                    quantity,
                    price=Price(float(high), 2),
                    trigger_price=Price(float(high), 2),
                    trigger_type=TriggerType.LAST_PRICE,
                )
            )

    async def after_a_cut(self) -> None:
        async with self.diary.waiting("market streams after a cut", seconds=90):
            self.place.cut()
            await asyncio.sleep(1)
            self.strategy.forget()
            hearing = asyncio.create_task(self.strategy.hear(lambda thing: isinstance(thing, TradeTick)))
            while not hearing.done():
                self.other.trade("BUY", "0.02")
                await asyncio.sleep(0.5)
        async with self.diary.waiting("user data after a cut", seconds=90):
            await self.rests(self.limit(OrderSide.BUY, self.far_bid()))
