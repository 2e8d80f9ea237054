"""The documented calls in an order in which each can be made: the same scenes over REST and over the WebSocket API."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

SYMBOL = "BTCUSDT"
Ask = Callable[..., Any]
"""Of an endpoint, the number of its answer's form and its parameters; looks at the answer's shape and gives it."""

BOOKS = ("GET /api/v3/ticker/24hr", "GET /api/v3/ticker/tradingDay", "GET /api/v3/ticker")
LIMIT = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}


class Scenes:
    """`best` gives bid and ask; a scene that fails leaves its calls unanswered, and the others go on."""

    def __init__(self, ask: Ask, best: Callable[[], tuple[Decimal, Decimal]]) -> None:
        self.ask = ask
        self.best = best

    def all_of_them(self) -> Iterator[Callable[[], None]]:
        yield from (self.general, self.market, self.tickers, self.orders, self.changes, self.replaced, self.lists)
        yield from (
            self.amended_list,
            self.list_queries,
            self.retired,
            self.account,
            self.self_trade,
            self.routed,
            self.references,
        )

    def far(self) -> str:
        return f"{self.best()[0] * Decimal('0.8'):.2f}"

    def rest_order(self, form: int = 2, **fields: Any) -> dict[str, Any]:
        kind = ("ACK", "RESULT", "FULL")[form]
        return self.ask("POST /api/v3/order", form, **LIMIT | {"price": self.far(), "newOrderRespType": kind} | fields)

    def cancel(self, order: dict[str, Any]) -> Any:
        return self.ask("DELETE /api/v3/order", 0, symbol=SYMBOL, orderId=order["orderId"])

    def general(self) -> None:
        self.ask("GET /api/v3/ping", 0)
        self.ask("GET /api/v3/time", 0)
        self.ask("GET /api/v3/exchangeInfo", 0)
        self.ask("GET /api/v3/executionRules", 0, symbol=SYMBOL)

    def market(self) -> None:
        self.ask("GET /api/v3/depth", 0, symbol=SYMBOL, limit=10)
        trades = self.ask("GET /api/v3/trades", 0, symbol=SYMBOL, limit=5)
        self.ask("GET /api/v3/historicalTrades", 0, symbol=SYMBOL, fromId=trades[0]["id"], limit=5)
        self.ask("GET /api/v3/historicalBlockTrades", 0, symbol=SYMBOL, fromId=0)
        self.ask("GET /api/v3/aggTrades", 0, symbol=SYMBOL, limit=5)
        self.ask("GET /api/v3/klines", 0, symbol=SYMBOL, interval="1h", limit=5)
        self.ask("GET /api/v3/uiKlines", 0, symbol=SYMBOL, interval="1h", limit=5)
        self.ask("GET /api/v3/avgPrice", 0, symbol=SYMBOL)

    def tickers(self) -> None:
        for endpoint in BOOKS:
            self.ask(endpoint, 0, symbol=SYMBOL)
            self.ask(endpoint, 1, symbols=[SYMBOL, "ETHUSDT"])
            self.ask(endpoint, 2, symbol=SYMBOL, type="MINI")
            self.ask(endpoint, 3, symbols=[SYMBOL, "ETHUSDT"], type="MINI")
        for endpoint in ("GET /api/v3/ticker/price", "GET /api/v3/ticker/bookTicker"):
            self.ask(endpoint, 0, symbol=SYMBOL)
            self.ask(endpoint, 1)

    def orders(self) -> None:
        for form in range(3):
            placed = self.rest_order(form, strategyId=7, strategyType=1_000_007)
            self.ask("GET /api/v3/order", 0, symbol=SYMBOL, orderId=placed["orderId"])
            assert self.ask("GET /api/v3/openOrders", 0, symbol=SYMBOL)
            self.cancel(placed)
        for side in ("BUY", "SELL"):
            done = self.ask("POST /api/v3/order", 2, symbol=SYMBOL, side=side, type="MARKET", quantity="0.01")
            assert done["fills"]
        assert self.ask("GET /api/v3/myTrades", 0, symbol=SYMBOL, limit=3)
        assert self.ask("GET /api/v3/allOrders", 0, symbol=SYMBOL, limit=10)
        stop = f"{self.best()[1] * Decimal('1.2'):.2f}"
        waiting = self.rest_order(type="STOP_LOSS_LIMIT", price=stop, stopPrice=stop)
        self.ask("GET /api/v3/order", 0, symbol=SYMBOL, orderId=waiting["orderId"])
        self.cancel(waiting)
        self.ask("POST /api/v3/order/test", 0, **LIMIT, price=self.far())
        self.ask("POST /api/v3/order/test", 1, **LIMIT, price=self.far(), computeCommissionRates=True)

    def changes(self) -> None:
        placed = self.rest_order()
        endpoint = "PUT /api/v3/order/amend/keepPriority"
        self.ask(endpoint, 0, symbol=SYMBOL, orderId=placed["orderId"], newQty="0.004")
        assert self.ask("GET /api/v3/order/amendments", 0, symbol=SYMBOL, orderId=placed["orderId"])
        self.rest_order()
        assert len(self.ask("DELETE /api/v3/openOrders", 0, symbol=SYMBOL)) >= 2

    def replaced(self) -> None:
        endpoint = "POST /api/v3/order/cancelReplace"
        good = LIMIT | {"price": self.far(), "newOrderRespType": "FULL"}
        poor = LIMIT | {"price": self.far(), "quantity": f"{7_900_000 / float(self.far()):.5f}"}
        nothing = {"cancelOrigClientOrderId": "no-such-order"}
        stop, allow = {"cancelReplaceMode": "STOP_ON_FAILURE"}, {"cancelReplaceMode": "ALLOW_FAILURE"}
        first = self.rest_order()
        both = self.ask(endpoint, 0, **good, **stop, cancelOrderId=first["orderId"])
        self.cancel(both["newOrderResponse"])
        self.ask(endpoint, 1, 400, **good, **stop, **nothing)
        self.ask(endpoint, 2, 409, **poor, **allow, cancelOrderId=self.rest_order()["orderId"])
        acknowledged = good | {"newOrderRespType": "ACK"}
        placed = self.ask(endpoint, 3, 409, **acknowledged, **allow, **nothing)
        self.cancel(placed["data"]["newOrderResponse"])
        self.ask(endpoint, 4, 400, **poor, **allow, **nothing)

    def around(self) -> tuple[str, str]:
        bid, ask = self.best()
        return f"{ask * Decimal('1.2'):.2f}", f"{bid * Decimal('0.8'):.2f}"

    def place_oco(self) -> dict[str, Any]:
        high, low = self.around()
        return self.ask(
            "POST /api/v3/orderList/oco",
            0,
            symbol=SYMBOL,
            side="SELL",
            quantity="0.01",
            aboveType="LIMIT_MAKER",
            abovePrice=high,
            belowType="STOP_LOSS_LIMIT",
            belowPrice=low,
            belowStopPrice=low,
            belowTimeInForce="GTC",
            newOrderRespType="RESULT",
        )

    def cancel_list(self, placed: dict[str, Any], form: int = 0) -> Any:
        return self.ask("DELETE /api/v3/orderList", form, symbol=SYMBOL, orderListId=placed["orderListId"])

    def cancel_without_quantity(self, placed: dict[str, Any]) -> None:
        """The pending orders of an OPO have no quantity before the working one is filled."""
        working, *pending = self.cancel_list(placed, 1)["orderReports"]
        assert working["origQty"] == "0.01000000" and all("origQty" not in report for report in pending)

    def lists(self) -> None:
        self.cancel_list(self.place_oco())
        high, low = self.around()
        working = {
            "symbol": SYMBOL,
            "workingType": "LIMIT",
            "workingSide": "BUY",
            "workingPrice": low,
            "workingQuantity": "0.01",
            "workingTimeInForce": "GTC",
            "pendingSide": "SELL",
            "newOrderRespType": "RESULT",
        }
        one = {"pendingType": "LIMIT", "pendingPrice": high, "pendingTimeInForce": "GTC"}
        pair = {
            "pendingAboveType": "LIMIT_MAKER",
            "pendingAbovePrice": high,
            "pendingBelowType": "STOP_LOSS",
            "pendingBelowStopPrice": low,
        }
        quantity = {"pendingQuantity": "0.01"}
        self.cancel_list(self.ask("POST /api/v3/orderList/oto", 0, **working, **one, **quantity))
        self.cancel_list(self.ask("POST /api/v3/orderList/otoco", 0, **working, **pair, **quantity))
        self.cancel_without_quantity(self.ask("POST /api/v3/orderList/opo", 0, **working, **one))
        self.cancel_without_quantity(self.ask("POST /api/v3/orderList/opoco", 0, **working, **pair))

    def amended_list(self) -> None:
        """The answer of an amendment to an order of a list tells of the list too."""
        placed = self.place_oco()
        [limit] = [one for one in placed["orderReports"] if one["type"] == "LIMIT_MAKER"]
        self.ask("PUT /api/v3/order/amend/keepPriority", 1, symbol=SYMBOL, orderId=limit["orderId"], newQty="0.004")
        self.cancel_list(placed)

    def list_queries(self) -> None:
        placed = self.place_oco()
        self.ask("GET /api/v3/orderList", 0, orderListId=placed["orderListId"])
        assert self.ask("GET /api/v3/openOrderList", 0)
        assert self.ask("GET /api/v3/allOrderList", 0, limit=5)
        assert self.ask("DELETE /api/v3/openOrders", 0, symbol=SYMBOL)

    def retired(self) -> None:
        high, low = self.around()
        prices = {"price": high, "stopPrice": low, "stopLimitPrice": low, "stopLimitTimeInForce": "GTC"}
        fields = {"symbol": SYMBOL, "side": "SELL", "quantity": "0.01", "newOrderRespType": "RESULT"}
        self.cancel_list(self.ask("POST /api/v3/order/oco", 0, **fields, **prices))

    def account(self) -> None:
        self.ask("GET /api/v3/account", 0)
        self.ask("GET /api/v3/account/commission", 0, symbol=SYMBOL)
        self.ask("GET /api/v3/rateLimit/order", 0)
        self.ask("GET /api/v3/myFilters", 0, symbol=SYMBOL)
        self.ask("GET /api/v3/myAllocations", 0, symbol=SYMBOL)

    def self_trade(self) -> None:
        """Buys at the price of its own sell, which is the best as long as nobody was faster."""
        for _ in range(8):
            price = f"{self.best()[0] + Decimal('0.01'):.2f}"
            self.rest_order(side="SELL", price=price)
            taker = self.rest_order(price=price, timeInForce="IOC", selfTradePreventionMode="EXPIRE_BOTH")
            if taker["status"] == "EXPIRED_IN_MATCH":
                break
            self.ask("DELETE /api/v3/openOrders", 0, symbol=SYMBOL)
        [match] = self.ask("GET /api/v3/myPreventedMatches", 0, symbol=SYMBOL, orderId=taker["orderId"])
        assert match["takerPreventedQuantity"] == match["makerPreventedQuantity"] == "0.01000000"

    def routed(self) -> None:
        """No symbol has smart order routing."""
        form = LIMIT | {"price": f"{self.best()[1] * Decimal('1.005'):.2f}"}
        for refused in (
            self.ask("POST /api/v3/sor/order/test", 0, 400, **form),
            self.ask("POST /api/v3/sor/order/test", 0, 400, **form, computeCommissionRates=True),
            self.ask("POST /api/v3/sor/order", 0, 400, **form, newOrderRespType="FULL"),
        ):
            assert refused == {"code": -1013, "msg": "This symbol has no SOR."}

    def references(self) -> None:
        """None was ever set for a symbol of the sandbox."""
        self.ask("GET /api/v3/referencePrice", 0, 400, symbol=SYMBOL)
        self.ask("GET /api/v3/referencePrice/calculation", 0, 400, symbol=SYMBOL)
