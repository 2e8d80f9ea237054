"""Order lists of every kind through a client's door: placed, seen as one, and ended in each of the ways there are."""

from decimal import Decimal
from typing import Any

from tests.doors.clients.counterparty import SYMBOL
from tests.doors.clients.trading_day import QUANTITY, TradingDay, above, on_grid, text


class ListsDay:
    """Works with what the trading day works with."""

    def __init__(self, day: TradingDay) -> None:
        self.day = day
        self.door = day.door
        self.diary = day.diary
        self.other = day.other

    def live(self) -> None:
        with self.diary.entry("OCO", "list queries", seconds=60):
            self.one_cancels_the_other()
        with self.diary.entry("OCO by the retired call"):
            prices = self.around()
            placed = self.door(
                "orderList.place",
                symbol=SYMBOL,
                side="SELL",
                quantity=QUANTITY,
                price=text(prices["above"]),
                stopPrice=text(prices["below"]),
                stopLimitPrice=text(prices["below"]),
                stopLimitTimeInForce="GTC",
            )
            assert {one["type"] for one in placed["orderReports"]} == {"STOP_LOSS_LIMIT", "LIMIT_MAKER"}
            self.cancel(placed)
        with self.diary.entry("cancel a list"):
            self.cancel(self.place_oco())
        with self.diary.entry("OTO"):
            self.one_triggers("orderList.place.oto", {"pendingQuantity": QUANTITY, **self.pending()}, 2)
        with self.diary.entry("OTOCO"):
            self.one_triggers("orderList.place.otoco", {"pendingQuantity": QUANTITY, **self.pending_pair()}, 3)
        with self.diary.entry("OPO"):
            self.one_triggers("orderList.place.opo", self.pending(), 2)
        with self.diary.entry("OPOCO"):
            self.one_triggers("orderList.place.opoco", self.pending_pair(), 3)

    def around(self) -> dict[str, Decimal]:
        """Prices far above and far below the market."""
        bid, ask = self.other.best()
        return {"above": on_grid(ask * Decimal("1.2")), "below": on_grid(bid * Decimal("0.8"))}

    def place_oco(self, above_price: Decimal | None = None) -> dict[str, Any]:
        prices = self.around()
        return self.door(
            "orderList.place.oco",
            symbol=SYMBOL,
            side="SELL",
            quantity=QUANTITY,
            aboveType="LIMIT_MAKER",
            abovePrice=text(above_price or prices["above"]),
            belowType="STOP_LOSS_LIMIT",
            belowStopPrice=text(prices["below"]),
            belowPrice=text(prices["below"]),
            belowTimeInForce="GTC",
        )

    def one_cancels_the_other(self) -> None:
        before = self.day.free("BTC")
        placed = self.place_oco()
        assert (placed["contingencyType"], placed["listOrderStatus"]) == ("OCO", "EXECUTING")
        assert before - self.day.free("BTC") == Decimal(QUANTITY)
        shown = self.door("orderList.status", orderListId=placed["orderListId"])
        assert len(shown["orders"]) == 2
        assert placed["orderListId"] in [one["orderListId"] for one in self.door("openOrderLists.status")]
        self.cancel(placed)
        assert placed["orderListId"] in [one["orderListId"] for one in self.door("allOrderLists", limit=100)]
        assert self.day.free("BTC") == before
        reached = self.day.until(lambda: self.place_oco(self.day.just_above()))
        self.day.rise_until(lambda: self.leg(reached, "LIMIT_MAKER")["status"] == "FILLED")
        assert self.leg(reached, "STOP_LOSS_LIMIT")["status"] == "EXPIRED"
        ended = self.door("orderList.status", orderListId=reached["orderListId"])
        assert (ended["listStatusType"], ended["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")

    def leg(self, placed: dict[str, Any], kind: str) -> dict[str, Any]:
        [leg] = [one for one in map(self.day.status, placed["orders"]) if one["type"] == kind]
        return leg

    def cancel(self, placed: dict[str, Any]) -> None:
        done = self.door("orderList.cancel", symbol=SYMBOL, orderListId=placed["orderListId"])
        assert (done["listStatusType"], done["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
        assert {self.day.status(one)["status"] for one in placed["orders"]} == {"CANCELED"}

    def pending(self) -> dict[str, Any]:
        price = text(self.around()["above"])
        return {"pendingType": "LIMIT", "pendingSide": "SELL", "pendingPrice": price, "pendingTimeInForce": "GTC"}

    def pending_pair(self) -> dict[str, Any]:
        prices = self.around()
        return {
            "pendingSide": "SELL",
            "pendingAboveType": "LIMIT_MAKER",
            "pendingAbovePrice": text(prices["above"]),
            "pendingBelowType": "STOP_LOSS",
            "pendingBelowStopPrice": text(prices["below"]),
        }

    def one_triggers(self, method: str, pending: dict[str, Any], orders_count: int) -> None:
        """First a list whose working order rests and is cancelled, then one whose working order is filled at once."""
        for price, status in ((self.day.far_bid(), "PENDING_NEW"), (above(self.other), "NEW")):
            placed = self.door(
                method,
                symbol=SYMBOL,
                workingType="LIMIT",
                workingSide="BUY",
                workingPrice=text(price),
                workingQuantity=QUANTITY,
                workingTimeInForce="GTC",
                **pending,
            )
            assert placed["contingencyType"] == "OTO" and len(placed["orders"]) == orders_count
            shown = [self.day.status(one) for one in placed["orders"]]
            [working] = [one for one in shown if one["side"] == "BUY"]
            assert working["status"] == ("NEW" if status == "PENDING_NEW" else "FILLED")
            assert {one["status"] for one in shown if one["side"] == "SELL"} == {status}
            if status == "PENDING_NEW":
                self.cancel(placed)
            else:
                done = self.door("orderList.cancel", symbol=SYMBOL, orderListId=placed["orderListId"])
                assert done["listOrderStatus"] == "ALL_DONE"
