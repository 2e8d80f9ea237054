"""Every kind of order through a client's door: placed, looked up, changed, ended, and found again in history.

Somebody else trades when a price has to move. Markets move by themselves too, so what depends on the very best price is
tried again when it was missed.
"""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.doors.clients.counterparty import SYMBOL, Counterparty
from tests.doors.clients.diary import Diary
from tests.doors.clients.door import Door

TICK = Decimal("0.01")
QUANTITY = "0.01"
TRIES = 8
POOR = "Account has insufficient balance for requested action."


class TradingDay:
    def __init__(self, door: Door, diary: Diary, other: Counterparty) -> None:
        self.door = door
        self.diary = diary
        self.other = other

    def live(self) -> None:
        with suppress(Exception):  # nothing is open, or it is the door itself that does not work
            self.door("openOrders.cancelAll", symbol=SYMBOL)
        self.account()
        self.resting()
        self.taking()
        self.conditional()
        self.special()
        self.changes()
        self.history()

    # Words

    def place(self, **fields: Any) -> dict[str, Any]:
        return self.door("order.place", **({"symbol": SYMBOL, "newOrderRespType": "FULL"} | fields))

    def limit(self, side: str, price: Decimal, **fields: Any) -> dict[str, Any]:
        fields = {"quantity": QUANTITY, "timeInForce": "GTC", "type": "LIMIT"} | fields
        return self.place(side=side, price=text(price), **fields)

    def status(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.door("order.status", symbol=SYMBOL, orderId=order["orderId"])

    def cancel(self, order: dict[str, Any]) -> None:
        done = self.door("order.cancel", symbol=SYMBOL, orderId=order["orderId"])
        assert (done["orderId"], done["status"]) == (order["orderId"], "CANCELED")
        assert self.status(order)["status"] == "CANCELED"

    def far_bid(self) -> Decimal:
        """Where a bid rests."""
        return on_grid(self.other.best()[0] * Decimal("0.8"))

    def free(self, asset: str) -> Decimal:
        balances = {one["asset"]: one for one in self.door("account.status")["balances"]}
        return Decimal(balances[asset]["free"])

    # The day

    def account(self) -> None:
        with self.diary.entry("balances"):
            facts = self.door("account.status")
            balances = {one["asset"]: one for one in facts["balances"]}
            assert Decimal(balances["BTC"]["free"]) > 1 and Decimal(balances["USDT"]["free"]) > 1000
            assert facts["canTrade"] is True
        with self.diary.entry("commission"):
            rates = self.door("account.commission", symbol=SYMBOL)
            assert Decimal(rates["standardCommission"]["taker"]) == Decimal("0.001")
        with self.diary.entry("order counts"):
            counts = self.door("account.rateLimits.orders")
            assert {one["rateLimitType"] for one in counts} == {"ORDERS"}
        with self.diary.entry("filters of an account"):
            filters = self.door("myFilters", symbol=SYMBOL)
            assert isinstance(filters["symbolFilters"], list)
        with self.diary.entry("mistakes by their codes"):
            fields = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
            too_much = (self.free("USDT") / self.far_bid() * Decimal("1.01")).quantize(Decimal("0.00001"))
            price, low = text(self.far_bid()), text(on_grid(self.far_bid() * Decimal("0.7")))
            for method, params, code, message in (
                ("depth", {"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
                ("order.status", {"symbol": SYMBOL, "orderId": 10**15}, -2013, "Order does not exist."),
                ("order.cancel", {"symbol": SYMBOL, "orderId": 10**15}, -2011, "Unknown order sent."),
                ("order.place", fields | {"quantity": text(too_much), "price": price}, -2010, POOR),
                ("order.place", fields | {"quantity": "0.0001", "price": low}, -1013, "Filter failure: NOTIONAL"),
            ):
                refused = self.door.refused(method, **params)
                assert refused.says(code, message), refused

    def resting(self) -> None:
        with self.diary.entry("limit", "one order", "open orders", "cancel"):
            before = self.free("USDT")
            name = f"day-{uuid4().hex[:20]}"
            price = self.far_bid()
            placed = self.limit("BUY", price, newClientOrderId=name)
            assert (placed["status"], placed["clientOrderId"]) == ("NEW", name)
            assert before - self.free("USDT") == price * Decimal(QUANTITY)
            shown = self.door("order.status", symbol=SYMBOL, origClientOrderId=name)
            assert (shown["orderId"], Decimal(shown["price"])) == (placed["orderId"], price)
            open_ids = [one["orderId"] for one in self.door("openOrders.status", symbol=SYMBOL)]
            assert placed["orderId"] in open_ids
            self.cancel(placed)
            assert self.free("USDT") == before
        with self.diary.entry("limit maker"):
            rests = self.place(side="BUY", type="LIMIT_MAKER", quantity=QUANTITY, price=text(self.far_bid()))
            assert (rests["status"], rests["type"]) == ("NEW", "LIMIT_MAKER")
            self.cancel(rests)
            crossing = text(on_grid(self.other.best()[1] * Decimal("1.01")))
            fields = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT_MAKER", "quantity": QUANTITY}
            refused = self.door.refused("order.place", **fields, price=crossing)
            assert refused.says(-2010, "Order would immediately match and take."), refused

    def taking(self) -> None:
        for side in ("BUY", "SELL"):
            with self.diary.entry(*(("market", "own trades") if side == "BUY" else ())):
                done = self.place(side=side, type="MARKET", quantity=QUANTITY)
                assert done["status"] == "FILLED" and filled(done) == Decimal(done["executedQty"]) == Decimal(QUANTITY)
                trades = self.door("myTrades", symbol=SYMBOL, orderId=done["orderId"])
                assert sum(Decimal(one["qty"]) for one in trades) == Decimal(QUANTITY)
                assert [one["id"] for one in trades] == [fill["tradeId"] for fill in done["fills"]]
        with self.diary.entry("market by quote amount"):
            done = self.place(side="BUY", type="MARKET", quoteOrderQty="321.5")
            assert done["status"] == "FILLED"
            assert Decimal(319) < Decimal(done["cummulativeQuoteQty"]) <= Decimal("321.5")
        with self.diary.entry("limit, immediate or cancel"):
            assert self.limit("BUY", self.far_bid(), timeInForce="IOC")["status"] == "EXPIRED"
            done = self.limit("BUY", above(self.other), timeInForce="IOC")
            assert (done["status"], filled(done)) == ("FILLED", Decimal(QUANTITY))
        with self.diary.entry("limit, fill or kill"):
            assert self.limit("BUY", self.far_bid(), timeInForce="FOK")["status"] == "EXPIRED"
            done = self.limit("SELL", below(self.other), timeInForce="FOK")
            assert (done["status"], filled(done)) == ("FILLED", Decimal(QUANTITY))

    def conditional(self) -> None:
        """Orders that wait for a price: first far away, then one that is reached."""
        for kind, name, side in (
            ("STOP_LOSS", "stop loss", "BUY"),
            ("STOP_LOSS_LIMIT", "stop loss limit", "BUY"),
            ("TAKE_PROFIT", "take profit", "SELL"),
            ("TAKE_PROFIT_LIMIT", "take profit limit", "SELL"),
        ):
            with self.diary.entry(name, seconds=60):
                far = self.waits(kind, side, on_grid(self.other.best()[1] * Decimal("1.2")))
                shown = self.status(far)
                assert (shown["status"], shown["type"], shown["isWorking"]) == ("NEW", kind, False)
                assert Decimal(shown["stopPrice"]) > self.other.best()[1]
                self.cancel(far)
                near = self.until(lambda kind=kind, side=side: self.waits(kind, side, self.just_above()))
                self.rise_until(lambda near=near: self.status(near)["status"] == "FILLED")
        with self.diary.entry("trailing stop"):
            placed = self.place(side="SELL", type="STOP_LOSS", quantity=QUANTITY, trailingDelta=500)
            assert self.status(placed)["trailingDelta"] == 500
            self.cancel(placed)

    def just_above(self) -> Decimal:
        """The market: its best ask, and the last price, which a stop is compared with and may be the higher one."""
        return max(self.other.best()[1], self.other.last()) + TICK

    def waits(self, kind: str, side: str, stop: Decimal) -> dict[str, Any]:
        fields: dict[str, Any] = {"side": side, "type": kind, "quantity": QUANTITY, "stopPrice": text(stop)}
        if kind.endswith("LIMIT"):
            limit = stop * (Decimal("1.02") if side == "BUY" else Decimal("0.98"))
            fields |= {"price": text(on_grid(limit)), "timeInForce": "GTC"}
        return self.place(**fields)

    def until(self, attempt: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What an attempt gives that may come too late for the market, and is then refused or past."""
        for left in reversed(range(TRIES)):
            try:
                return attempt()
            except Exception:
                if not left:
                    raise
        raise AssertionError

    def rise_until(self, reached: Callable[[], bool]) -> None:
        for tenths in range(1, 3 * TRIES):
            self.other.trade("BUY", f"{tenths / 10}")
            if reached():
                return
        raise AssertionError("the price rose, and nothing came of it")

    def special(self) -> None:
        with self.diary.entry("iceberg"):
            placed = self.limit("BUY", self.far_bid(), icebergQty="0.002")
            assert Decimal(self.status(placed)["icebergQty"]) == Decimal("0.002")
            self.cancel(placed)
        with self.diary.entry("pegged"):
            fields = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": QUANTITY}
            placed = self.place(**fields, pegPriceType="PRIMARY_PEG", pegOffsetType="PRICE_LEVEL", pegOffsetValue=50)
            shown = self.status(placed)
            assert (shown["pegPriceType"], shown["pegOffsetValue"]) == ("PRIMARY_PEG", 50)
            assert Decimal(shown["peggedPrice"]) < self.other.best()[1]
            self.cancel(placed)
        with self.diary.entry("self-trade prevention", "prevented matches", seconds=90):
            taker = self.until(self.meet_oneself)
            [match] = self.door("myPreventedMatches", symbol=SYMBOL, orderId=taker["orderId"])
            assert (match["takerOrderId"], match["selfTradePreventionMode"]) == (taker["orderId"], "EXPIRE_BOTH")
        with self.diary.entry("smart order routing"):
            # No symbol has it, and that is what it must say.
            refused = self.door.refused(
                "sor.order.place",
                symbol=SYMBOL,
                side="BUY",
                type="LIMIT",
                timeInForce="GTC",
                quantity=QUANTITY,
                price=text(above(self.other)),
                newOrderRespType="FULL",
            )
            assert refused.says(-1013, "This symbol has no SOR."), refused
        with self.diary.entry("allocations"):
            # They come of smart order routing alone.
            assert self.door("myAllocations", symbol=SYMBOL) == []
        with self.diary.entry("test order"):
            fields = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": QUANTITY}
            assert self.door("order.test", **fields, price=text(self.far_bid())) in ({}, None)
            rates = self.door("order.test", **fields, price=text(self.far_bid()), computeCommissionRates="true")
            assert Decimal(rates["standardCommissionForOrder"]["maker"]) == Decimal("0.001")

    def meet_oneself(self) -> dict[str, Any]:
        """A sell at the best price, then a buy that would take it."""
        price = self.other.best()[0] + TICK
        resting = self.place(side="SELL", type="LIMIT_MAKER", quantity=QUANTITY, price=text(price))
        taker = self.limit("BUY", price, timeInForce="IOC", selfTradePreventionMode="EXPIRE_BOTH")
        if taker["status"] != "EXPIRED_IN_MATCH":
            self.door("openOrders.cancelAll", symbol=SYMBOL)
            raise AssertionError(f"met somebody else: {taker['status']}")
        assert self.status(resting)["status"] == "EXPIRED_IN_MATCH"
        return taker

    def changes(self) -> None:
        with self.diary.entry("amend keeping priority", "amendments"):
            placed = self.limit("BUY", self.far_bid())
            done = self.door("order.amend.keepPriority", symbol=SYMBOL, orderId=placed["orderId"], newQty="0.004")
            assert Decimal(done["amendedOrder"]["qty"]) == Decimal(self.status(placed)["origQty"]) == Decimal("0.004")
            [amendment] = self.door("order.amendments", symbol=SYMBOL, orderId=placed["orderId"])
            assert (Decimal(amendment["origQty"]), Decimal(amendment["newQty"])) == (
                Decimal(QUANTITY),
                Decimal("0.004"),
            )
            self.cancel(placed)
        with self.diary.entry("cancel-replace"):
            placed = self.limit("BUY", self.far_bid())
            both = self.door(
                "order.cancelReplace",
                symbol=SYMBOL,
                side="BUY",
                type="LIMIT",
                timeInForce="GTC",
                quantity="0.02",
                price=text(self.far_bid()),
                cancelReplaceMode="STOP_ON_FAILURE",
                cancelOrderId=placed["orderId"],
            )
            assert (both["cancelResult"], both["newOrderResult"]) == ("SUCCESS", "SUCCESS")
            assert self.status(placed)["status"] == "CANCELED"
            self.cancel(both["newOrderResponse"])
        with self.diary.entry("cancel all"):
            # More may be open: what a failure above left behind.
            placed_ids = {self.limit("BUY", self.far_bid())["orderId"] for _ in range(3)}
            done = self.door("openOrders.cancelAll", symbol=SYMBOL)
            assert {one["orderId"] for one in done} >= placed_ids, done
            assert self.door("openOrders.status", symbol=SYMBOL) == []

    def history(self) -> None:
        with self.diary.entry("all orders"):
            orders = self.door("allOrders", symbol=SYMBOL, limit=20)
            assert [one["orderId"] for one in orders] == sorted(one["orderId"] for one in orders)
            assert {"CANCELED", "FILLED"} & {one["status"] for one in orders}
            again = self.door("allOrders", symbol=SYMBOL, orderId=orders[3]["orderId"], limit=2)
            assert [one["orderId"] for one in again] == [one["orderId"] for one in orders[3:5]]


def text(number: Decimal) -> str:
    return f"{number:f}"


def on_grid(price: Decimal) -> Decimal:
    return price.quantize(TICK)


def above(other: Counterparty) -> Decimal:
    """A price that takes at once when buying."""
    return on_grid(other.best()[1] * Decimal("1.005"))


def below(other: Counterparty) -> Decimal:
    return on_grid(other.best()[0] * Decimal("0.995"))


def filled(order: dict[str, Any]) -> Decimal:
    return sum((Decimal(fill["qty"]) for fill in order["fills"]), Decimal())
