"""binance-connector's sockets: threads with callbacks, made into calls and into messages that can be waited for."""

import json
import queue
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from binance.spot import Spot
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

from tests.doors.clients.counterparty import SYMBOL, Counterparty
from tests.doors.clients.diary import PATIENCE_S, Diary, Place


class ApiRefused(Exception):
    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.code: int = error["code"]
        self.message: str = error["msg"]


class Api:
    """The WebSocket API client as a caller: sends, and waits for the answer to it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._keys = place.accounts["alice"]
        self.key = self._keys["apiKey"]
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._client: SpotWebsocketAPIClient | None = None

    def connected(self) -> SpotWebsocketAPIClient:
        if self._client is None:
            self._client = SpotWebsocketAPIClient(
                stream_url=self._place.ws_api,
                api_key=self._keys["apiKey"],
                api_secret=self._keys["secret"],
                on_message=lambda _, text: self._answers.put(json.loads(text)),
                on_error=lambda _, error: self._answers.put({"status": 0, "error": {"code": 0, "msg": repr(error)}}),
            )
        return self._client

    def __call__(self, name: str, **params: Any) -> Any:
        getattr(self.connected(), name)(**params)
        answer = self._answers.get(timeout=PATIENCE_S)
        if answer["status"] != 200:
            raise ApiRefused(answer["error"])
        return answer["result"]


class Stream:
    """The stream client, its messages in a queue."""

    def __init__(self, place: Place) -> None:
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.is_cut = threading.Event()
        self.client = SpotWebsocketStreamClient(
            stream_url=f"ws://{place.host}",
            on_message=lambda _, text: self.messages.put(json.loads(text)),
            on_error=lambda _, __: self.is_cut.set(),
        )

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            message = self.messages.get(timeout=max(0.01, deadline_s - time.monotonic()))
            if wanted(message):
                return message


def live_sockets_day(place: Place, diary: Diary, other: Counterparty) -> None:
    keys = place.accounts["alice"]
    spot = Spot(keys["apiKey"], keys["secret"], base_url=place.rest, timeout=30)
    for name, subscribe, event in (
        ("trade stream", lambda client: client.trade(SYMBOL), "trade"),
        ("aggregate trade stream", lambda client: client.agg_trade(SYMBOL), "aggTrade"),
        ("candle stream", lambda client: client.kline(SYMBOL, "1m"), "kline"),
        ("ticker stream", lambda client: client.ticker(SYMBOL), "24hrTicker"),
        ("best price stream", lambda client: client.book_ticker(SYMBOL), None),
    ):
        with diary.entry(name):
            stream = Stream(place)
            try:
                subscribe(stream.client)
                assert stream.until(lambda one: "id" in one)["result"] is None
                other.trade("BUY", "0.2")
                told = stream.until(lambda one, event=event: one.get("e") == event)
                assert told["s"] == SYMBOL
            finally:
                stream.client.stop()
    with diary.entry("book kept from its stream", seconds=90):
        keep_a_book(place, spot)
    with diary.entry("market streams after a cut"):
        stream = Stream(place)
        place.cut()
        assert stream.is_cut.wait(PATIENCE_S)
        again = Stream(place)  # the client tells of the cut and leaves connecting anew to its user
        again.client.trade(SYMBOL)
        other.trade("BUY", "0.2")
        again.until(lambda one: one.get("e") == "trade")
        again.client.stop()
    live_user_day(place, diary, other, spot)


def keep_a_book(place: Place, spot: Spot) -> None:
    """As its documentation tells, until it is the REST API's book; the market moves by itself."""
    stream = Stream(place)
    stream.client.diff_book_depth(SYMBOL, speed=100)
    first = stream.until(lambda one: one.get("e") == "depthUpdate")
    snapshot = spot.depth(SYMBOL, limit=5000)
    while snapshot["lastUpdateId"] < first["U"]:
        snapshot = spot.depth(SYMBOL, limit=5000)
    last = snapshot["lastUpdateId"]
    book = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
    update: dict[str, Any] = first
    try:
        for _ in range(200):
            if update["u"] > last:
                assert update["U"] <= last + 1, "a gap"
                for side, key in (("bids", "b"), ("asks", "a")):
                    for price, quantity in update[key]:
                        book[side][price] = quantity
                        if not float(quantity):
                            del book[side][price]
                last = update["u"]
                shown = spot.depth(SYMBOL, limit=5000)
                if shown["lastUpdateId"] == last:
                    assert book == {side: dict(map(tuple, shown[side])) for side in ("bids", "asks")}
                    return
            update = stream.until(lambda one: one.get("e") == "depthUpdate")
        raise AssertionError("never at the same update as the REST API")
    finally:
        stream.client.stop()


def live_user_day(place: Place, diary: Diary, other: Counterparty, spot: Spot) -> None:
    """The listen key's stream, as this client has it."""

    def listen() -> Stream:
        stream = Stream(place)
        stream.client.user_data(listen_key=spot.new_listen_key()["listenKey"])
        return stream

    def order_told(stream: Stream) -> None:
        price = f"{other.best()[0] * Decimal('0.8'):.2f}"
        placed = spot.new_order(SYMBOL, "BUY", "LIMIT", timeInForce="GTC", quantity="0.01", price=price)
        told = stream.until(lambda one: one.get("e") == "executionReport" and one["i"] == placed["orderId"])
        assert (told["x"], told["X"], told["c"]) == ("NEW", "NEW", placed["clientOrderId"])
        position = stream.until(lambda one: one.get("e") == "outboundAccountPosition")
        assert "USDT" in {one["a"] for one in position["B"]}
        spot.cancel_order(SYMBOL, orderId=placed["orderId"])
        stream.until(lambda one: one.get("e") == "executionReport" and one["x"] == "CANCELED")

    with diary.entry("orders told", "balances told"):
        stream = listen()
        order_told(stream)
        key = spot.new_listen_key()["listenKey"]
        assert spot.renew_listen_key(key) == {}
        stream.client.stop()
    with diary.entry("order lists told"):
        stream = listen()
        bid, ask = other.best()
        placed = spot.new_oco_order(
            SYMBOL,
            "SELL",
            "0.01",
            "LIMIT_MAKER",
            "STOP_LOSS",
            abovePrice=f"{ask * Decimal('1.2'):.2f}",
            belowStopPrice=f"{bid * Decimal('0.8'):.2f}",
        )
        told = stream.until(lambda one: one.get("e") == "listStatus")
        assert (told["g"], told["L"]) == (placed["orderListId"], "EXECUTING")
        spot.cancel_oco_order(SYMBOL, orderListId=placed["orderListId"])
        stream.until(lambda one: one.get("e") == "listStatus" and one["L"] == "ALL_DONE")
        stream.client.stop()
    with diary.entry("user data after a cut"):
        stream = listen()
        place.cut()
        assert stream.is_cut.wait(PATIENCE_S)
        again = listen()
        order_told(again)
        again.client.stop()
